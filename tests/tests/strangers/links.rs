//! Links and other names of files: the program writes through none of them.

use limn_tests::make::{self, Plan, data};
use limn_tests::verdicts::Verdict;
use limn_tests::{Folder, limn};

use crate::{Asked, Seen, beside, bytes, folder_of, link};

pub const CASES: &[Asked] = &[
    Asked {
        name: "links-lock",
        right: "what a lock file that is a link points to keeps its bytes; a dangling one plants nothing",
        ask: lock,
    },
    Asked {
        name: "links-lock-other-names",
        right: "a lock file that is the project itself or has a second name is never emptied",
        ask: lock_other_names,
    },
    Asked {
        name: "links-lock-of-folder",
        right: "opening a folder whose project's lock is a link leaves what it points to as it is",
        ask: lock_of_folder,
    },
    Asked { name: "links-backup", right: "the backup at a migration appears in no other folder", ask: backup },
    Asked {
        name: "links-export-folder",
        right: "nothing is written behind a sub-folder of an export that is a link",
        ask: export_folder,
    },
    Asked {
        name: "links-export-file",
        right: "an export file that is a link is refused or replaced, never written through",
        ask: export_file,
    },
    Asked {
        name: "links-temporary-names",
        right: "temporary files are made new under names that nobody knows beforehand; somebody's folder stays",
        ask: temporary_names,
    },
    Asked {
        name: "links-sqlite-names",
        right: "links under the names of SQLite's own files: what they point to keeps its bytes",
        ask: sqlite_names,
    },
];

fn lock(case: &Folder) -> Verdict {
    let path = make::project(case, &Plan::default());
    let victim = make::file(case.join("thesis.txt"), "years of work\n".repeat(100));
    let before = bytes(&victim);
    let lock = beside(&path, ".lock");
    link(&victim, &lock);
    let mut seen = Seen::default();
    let run = limn!(case; "check", &path).run();
    seen.note(
        bytes(&victim) == before,
        format!("check: {run}; the file behind the link has {} bytes", bytes(&victim).len()),
    );
    std::fs::remove_file(&lock).ok();
    let planted = case.join("planted.txt");
    link(&planted, &lock);
    let run = limn!(case; "check", &path).run();
    seen.note(!planted.exists(), format!("check: {run}; a dangling link planted a file"));
    seen.verdict()
}

fn lock_other_names(case: &Folder) -> Verdict {
    let mut seen = Seen::default();
    let path = make::project(case, &Plan::default());
    let whole = bytes(&path).len();
    link(path.file_name().unwrap_or_default(), beside(&path, ".lock"));
    let run = limn!(case; "check", &path).run();
    let left = bytes(&path).len();
    seen.note(left == whole, format!("link to the project: {run}; {left} of {whole} bytes are left"));
    let path = make::project(case, &Plan { folder: "hard", ..Plan::default() });
    let mine = make::file(case.join("mine.txt"), "x".repeat(999));
    std::fs::hard_link(&mine, beside(&path, ".lock")).expect("a second name");
    let run = limn!(case; "check", &path).run();
    let left = bytes(&mine).len();
    seen.note(left == 999, format!("second name: {run}; my file has {left} of 999 bytes"));
    seen.verdict()
}

fn lock_of_folder(case: &Folder) -> Verdict {
    let path = make::project(case, &Plan::default());
    let victim = make::file(case.join("thesis.txt"), "years of work\n".repeat(100));
    let before = bytes(&victim);
    link(&victim, beside(&path, ".lock"));
    let run = limn!(case; "check", folder_of(&path)).run();
    if bytes(&victim) == before { Ok(run.how()) } else { Err(format!("{run}; the file behind the link is changed")) }
}

fn backup(case: &Folder) -> Verdict {
    let path = make::project(case, &Plan::default());
    make::sql(&path, "PRAGMA user_version = 1");
    make::settle(&path);
    let planted = case.join("elsewhere.bin");
    link(&planted, beside(&path, ".v1.backup"));
    let run = limn!(case; "check", &path).run();
    if planted.exists() {
        Err(format!("{run}; a file of {} bytes was planted", bytes(&planted).len()))
    } else {
        Ok(run.how())
    }
}

fn export_folder(case: &Folder) -> Verdict {
    let path = make::project(case, &Plan::default());
    let mut seen = Seen::default();
    for (format, inner) in
        [("voc", "SegmentationClass"), ("yolo", "labels"), ("datumaro", "annotations"), ("eiseg", "label")]
    {
        let mine = case.join(format!("mine-{format}"));
        let kept = make::file(mine.join("a.png"), "my own a.png");
        let out = case.join(format!("out-{format}"));
        std::fs::create_dir(&out).expect("a folder");
        link(&mine, out.join(inner));
        let run = limn!(case; "export", &path, "--to", data(format, &out)).run();
        let names = case.files_below(&format!("mine-{format}"));
        let same = bytes(&kept) == b"my own a.png" && names.len() == 1;
        seen.note(same, format!("{format}: {run}; behind the link: {names:?}"));
    }
    seen.verdict()
}

fn export_file(case: &Folder) -> Verdict {
    let path = make::project(case, &Plan::default());
    let mut seen = Seen::default();
    for (format, out, name) in [("coco", "c.json", "c.json"), ("masks", "m", "m/a#1.png"), ("labelme", "l", "l/a.json")]
    {
        let mine = make::file(case.join(format!("mine-{format}")), "mine");
        std::fs::create_dir_all(folder_of(&case.join(name))).expect("a folder");
        link(&mine, case.join(name));
        for more in [&[][..], &["--overwrite"]] {
            let mut arguments =
                vec!["export".into(), path.clone().into(), "--to".into(), data(format, &case.join(out)).into()];
            arguments.extend(more.iter().map(std::ffi::OsString::from));
            let run = case.limn(arguments).run();
            seen.note(bytes(&mine) == b"mine", format!("{format} {more:?}: {run}; written through the link"));
        }
    }
    seen.verdict()
}

fn temporary_names(case: &Folder) -> Verdict {
    let path = make::project(case, &Plan::default());
    std::fs::create_dir(case.join("shared")).expect("a folder");
    let victim = make::file(case.join("victim"), "y".repeat(999));
    let mut seen = Seen::default();
    let trap = format!("ln -s {} {}/.r.json.$$.part", victim.display(), case.join("shared").display());
    let run = limn!(case; "check", &path, "--json", case.join("shared/r.json")).before(&trap).run();
    seen.note(
        bytes(&victim).len() == 999 && bytes(&victim)[0] == b'y',
        format!("--json: {run}; my file is overwritten"),
    );
    let trap = format!("mkdir {}/limn-$$", case.join("tmp").display());
    let run = limn!(case; "check", &path).without("XDG_RUNTIME_DIR").before(&trap).run();
    let left = std::fs::read_dir(case.join("tmp")).map(Iterator::count).unwrap_or(0);
    seen.note(left == 1, format!("{run}; of somebody's folder in the temporary folder {left} are left"));
    seen.verdict()
}

fn sqlite_names(case: &Folder) -> Verdict {
    let mut seen = Seen::default();
    for suffix in ["-wal", "-shm", "-journal"] {
        let path = make::project(case, &Plan { folder: &format!("p{suffix}"), ..Plan::default() });
        let victim = make::file(case.join(format!("thesis{suffix}")), "years of work\n".repeat(50));
        let before = bytes(&victim);
        link(&victim, beside(&path, suffix));
        let run = limn!(case; "check", &path).run();
        let source =
            make::coco(case.join("m.json"), &[("a.png", 40, 30)], &[(0, 0, make::square(20, 12, 6))], &["cat"]);
        make::import(case, &path, "coco", &source, &[]);
        seen.note(bytes(&victim) == before, format!("{suffix}: {run}; changed"));
    }
    seen.verdict()
}

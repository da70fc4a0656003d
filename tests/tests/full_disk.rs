//! A disk that fills while the program works: nothing is damaged, the reason is said, and what is there can be taken elsewhere.
//!
//! The test runs itself again in a mount namespace of its own with a file system of 3 MB (`unshare`, part of util-linux), which
//! goes away with it: as root, or where users may have namespaces. The table is `target/tests/full-disk.md`.

#![cfg(target_os = "linux")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use limn_tests::make::{self, Plan, data};
use limn_tests::verdicts::{self, Case, Verdict};
use limn_tests::{Folder, Run, limn};

/// In the child: the folder where the small file system is.
const SMALL: &str = "LIMN_SMALL_DISK";

/// Asks the program in a folder of its own, with a small disk.
type Ask = fn(&Folder, &Path) -> Verdict;

#[test]
fn a_full_disk_damages_nothing() {
    let Some(small) = std::env::var_os(SMALL).map(PathBuf::from) else { return again() };
    let all: [(&str, &str, Ask); 5] = [
        ("creation", "made, or one line and nothing that the next start cannot use", creation),
        ("import", "all or nothing, and the project opens", import),
        ("export", "all or nothing; nothing is left of an export that failed", export),
        ("migration", "migrated, or as it was; the project opens", migration),
        ("no-room-at-all", "opened for reading with a word, and exported to another disk", no_room),
    ];
    let cases: Vec<Case<'_>> = all
        .iter()
        .map(|(name, right, ask)| {
            let place = small.join(name);
            Case { name: (*name).into(), right: (*right).into(), ask: Box::new(move || ask(&Folder::new(), &place)) }
        })
        .collect();
    // One file system for each, so that they may run side by side.
    for case in &cases {
        let place = small.join(&case.name);
        std::fs::create_dir(&place).expect("a folder");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=3m", "tmpfs"]).arg(&place).status();
        assert!(mounted.is_ok_and(|status| status.success()), "no small file system");
    }
    verdicts::run("full-disk", &cases);
    println!("checked inside");
}

/// This test again where file systems can be mounted.
fn again() {
    let folder = tempfile::tempdir().expect("a folder");
    let me = std::env::current_exe().expect("this test");
    let mut refusals = String::new();
    for flags in [&["--mount"][..], &["--mount", "--map-root-user"]] {
        let mount = |command: &mut Command| {
            command.args(flags).args(["mount", "-t", "tmpfs", "tmpfs"]).arg(folder.path()).output()
        };
        match mount(&mut Command::new("unshare")) {
            Ok(output) if output.status.success() => {
                let mut run = Command::new("unshare");
                run.args(flags).arg(&me).args(["--exact", "a_full_disk_damages_nothing", "--nocapture"]);
                let output = run.env(SMALL, folder.path()).output().expect("unshare");
                let text =
                    [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
                println!("{text}");
                assert!(output.status.success() && text.contains("checked inside"), "the test inside failed:\n{text}");
                return;
            }
            Ok(output) => refusals += &String::from_utf8_lossy(&output.stderr),
            Err(error) => refusals += &error.to_string(),
        }
    }
    panic!(
        "this test mounts small file systems in a namespace of its own; run it as root or allow user namespaces: {refusals}"
    );
}

/// Kilobytes that are left free; from nothing to enough.
const ROOMS: [u64; 10] = [0, 8, 16, 32, 64, 96, 160, 256, 400, 640];

/// The folder with nothing in it but what `lay` makes, filled until `room` KB are left.
fn filled(small: &Path, room: u64, lay: impl FnOnce(&Path)) {
    for entry in std::fs::read_dir(small).expect("a folder").flatten() {
        std::fs::remove_dir_all(entry.path()).or_else(|_| std::fs::remove_file(entry.path())).expect("removed");
    }
    lay(&small.join("p"));
    let mut filler = std::fs::File::create(small.join("filler")).expect("a file");
    while filler.write_all(&[1; 4096]).is_ok() {}
    let length = filler.metadata().expect("a file").len();
    filler.set_len(length.saturating_sub(room * 1024)).expect("shorter");
}

fn emptied(small: &Path) {
    std::fs::remove_file(small.join("filler")).expect("removed");
}

/// Why a run is wrong, if it is: it must end by itself, and say why where it fails.
fn said(run: &Run) -> Option<String> {
    let words = run.err.to_lowercase();
    let clear =
        run.code == 0 || ["full", "space", "finding", "faults", "left out"].iter().any(|word| words.contains(word));
    (!run.fine() || !clear).then(|| run.to_string())
}

fn usable(case: &Folder, path: &Path) -> Option<String> {
    let probe = case.join(format!("probe{}.json", std::fs::read_dir(case.path()).map(Iterator::count).unwrap_or(0)));
    let run = limn!(case; "export", path, "--to", data("coco", &probe)).seconds(60).run();
    (!run.ok()).then(|| format!("unusable afterwards: {run}"))
}

fn large(case: &Folder) -> PathBuf {
    let names: Vec<String> = (0..20).map(|i| format!("{i:03}.png")).collect();
    let pictures: Vec<make::Picture<'_>> = names.iter().map(|name| (name.as_str(), 40, 30)).collect();
    let objects: Vec<make::Outlined> =
        (0..800).map(|k| (k % 20, 0, make::square(2 + k as u32 / 20 % 30, 2 + k as u32 / 20 % 20, 5))).collect();
    make::coco(case.join("large.json"), &pictures, &objects, &["cat"])
}

fn made(case: &Folder) -> PathBuf {
    let names: Vec<String> = (0..20).map(|i| format!("{i:03}.png")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    make::project(case, &Plan { pictures: &names, ..Plan::default() })
}

fn verdict(wrong: Vec<String>) -> Verdict {
    if wrong.is_empty() { Ok(format!("{} amounts of room", ROOMS.len())) } else { Err(wrong.join("; ")) }
}

fn creation(case: &Folder, small: &Path) -> Verdict {
    // The pictures lie on the other disk.
    let (source, pictures) = (large(case), made(case).with_file_name(""));
    let mut wrong = Vec::new();
    for room in ROOMS {
        filled(small, room, |p| std::fs::create_dir(p).expect("a folder"));
        let path = small.join("p/p.limn");
        let import =
            || limn!(case; "import", &path, "--from", data("coco", &source), "--images", &pictures).seconds(60).run();
        let run = import();
        emptied(small);
        let next = import();
        let after = (!next.ok()).then(|| format!("then {next}")).or_else(|| usable(case, &path));
        wrong.extend(said(&run).into_iter().chain(after).map(|why| format!("{room} KB: {why}")));
    }
    verdict(wrong)
}

fn import(case: &Folder, small: &Path) -> Verdict {
    let (project, source) = (made(case), large(case));
    let mut wrong = Vec::new();
    for room in ROOMS {
        filled(small, room, |p| drop(make::file(p.join("p.limn"), std::fs::read(&project).expect("the project"))));
        let path = small.join("p/p.limn");
        let pictures = project.with_file_name("");
        let run =
            limn!(case; "import", &path, "--from", data("coco", &source), "--images", &pictures).seconds(60).run();
        emptied(small);
        let after = usable(case, &path).or_else(|| {
            let count = make::objects(&path);
            let half = count != Some(20) && (run.code != 0 || count.is_none_or(|n| n < 500));
            half.then(|| format!("{run}; {count:?} objects"))
        });
        wrong.extend(said(&run).into_iter().chain(after).map(|why| format!("{room} KB: {why}")));
    }
    verdict(wrong)
}

fn export(case: &Folder, small: &Path) -> Verdict {
    let project = made(case);
    let mut wrong = Vec::new();
    for room in ROOMS {
        for format in ["voc", "coco", "masks"] {
            filled(small, room, |p| drop(std::fs::create_dir(p)));
            let out = small.join("p/out");
            let run = limn!(case; "export", &project, "--to", data(format, &out)).seconds(60).run();
            let left = if run.code == 0 { Vec::new() } else { below(&small.join("p")) };
            let left = (!left.is_empty()).then(|| format!("left {left:?}"));
            wrong.extend(said(&run).into_iter().chain(left).map(|why| format!("{format} {room} KB: {why}")));
        }
    }
    verdict(wrong)
}

fn below(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

fn migration(case: &Folder, small: &Path) -> Verdict {
    let project = made(case);
    make::sql(&project, "PRAGMA user_version = 1");
    make::settle(&project);
    let mut wrong = Vec::new();
    for room in ROOMS {
        filled(small, room, |p| drop(make::file(p.join("p.limn"), std::fs::read(&project).expect("the project"))));
        let path = small.join("p/p.limn");
        let run = limn!(case; "check", &path).seconds(60).run();
        emptied(small);
        let after = usable(case, &path).or_else(|| {
            let count = make::objects(&path);
            (count != Some(20)).then(|| format!("{count:?} objects"))
        });
        wrong.extend(said(&run).into_iter().chain(after).map(|why| format!("{room} KB: {why}")));
    }
    verdict(wrong)
}

fn no_room(case: &Folder, small: &Path) -> Verdict {
    let project = made(case);
    filled(small, 0, |p| drop(make::file(p.join("p.limn"), std::fs::read(&project).expect("the project"))));
    let out = case.join("out.json");
    let run = limn!(case; "export", small.join("p/p.limn"), "--to", data("coco", &out)).run();
    emptied(small);
    if run.ok() && out.exists() { Ok(run.how()) } else { Err(run.to_string()) }
}

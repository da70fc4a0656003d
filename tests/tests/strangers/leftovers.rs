//! What runs leave behind, and what they do where nothing may be written.

use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, SystemTime};

use limn_tests::make::{self, Plan, data};
use limn_tests::verdicts::Verdict;
use limn_tests::{Folder, limn};

use crate::{Asked, Seen, folder_of};

pub const CASES: &[Asked] = &[
    Asked {
        name: "leftovers-after-runs",
        right: "a run that ended leaves nothing: no -wal, -shm, lock, temporary folder, half project",
        ask: after_runs,
    },
    Asked {
        name: "leftovers-terminated",
        right: "a run that is asked to end (SIGTERM) leaves a project that opens",
        ask: terminated,
    },
    Asked {
        name: "leftovers-read-only",
        right: "control: in a folder of others that may not be written, looking and exporting elsewhere work",
        ask: read_only,
    },
    Asked { name: "leftovers-clocks", right: "control: files from the future and from 1970", ask: clocks },
];

fn after_runs(case: &Folder) -> Verdict {
    let path = make::project(case, &Plan::default());
    let before = case.files_below("p");
    let mut seen = Seen::default();
    let mut left = |what: &str, run: limn_tests::Run, folder: &str, before: &[String]| {
        let new: Vec<String> = case.files_below(folder).into_iter().filter(|name| !before.contains(name)).collect();
        seen.note(run.fine() && new.is_empty(), format!("{what}: {}; left {new:?}", run.how()));
    };
    left("check", limn!(case; "check", &path).run(), "p", &before);
    let out = data("masks", &case.join("o"));
    left("export", limn!(case; "export", &path, "--to", out).run(), "p", &before);
    let dry = limn!(case; "batch", &path, "--dry-run", "--backend", "reference", "--class", "nobody").seconds(60).run();
    left("batch --dry-run", dry, "p", &before);
    std::fs::create_dir(case.join("q")).expect("a folder");
    let bad = make::file(case.join("bad.json"), "{");
    left("failed import", limn!(case; "import", case.join("q/q.limn"), "--from", data("coco", &bad)).run(), "q", &[]);
    let picture = make::png(case.join("s.png"));
    let run = limn!(case; "segment", &picture, "--click", "9,9", "--out", case.join("m.png"), "--model", "nobody")
        .without("XDG_RUNTIME_DIR")
        .run();
    left("temporary folder", run, "tmp", &[]);
    let folders = std::fs::read_dir(case.join("tmp")).map(Iterator::count).unwrap_or(0);
    seen.note(folders == 0, format!("{folders} folders in the temporary folder"));
    seen.verdict()
}

fn terminated(case: &Folder) -> Verdict {
    let names: Vec<String> = (0..12).map(|i| format!("{i:02}.png")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let path = make::project(case, &Plan { pictures: &names, ..Plan::default() });
    let mut seen = Seen::default();
    for n in 0..4 {
        let mut command =
            limn!(case; "batch", &path, "--source", "masks", "--backend", "reference", "--apply").command();
        let null = std::process::Stdio::null;
        let mut child = command.stdout(null()).stderr(null()).spawn().expect("the program");
        std::thread::sleep(Duration::from_millis(300 + 500 * n));
        let kill = format!("kill -s TERM {}", child.id());
        std::process::Command::new("sh").args(["-c", &kill]).status().expect("kill");
        child.wait().expect("its end");
        let next = limn!(case; "check", &path).seconds(60).run();
        seen.note(next.fine() && make::objects(&path) == Some(12), format!("after {n}: {next}"));
    }
    seen.verdict()
}

fn read_only(case: &Folder) -> Verdict {
    let path = make::project(case, &Plan::default());
    let folder = folder_of(&path);
    let mode = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("rights");
    };
    // Root may write everywhere: as somebody else, who owns the homes of the case and nothing of the project.
    let who = std::process::Command::new("id").arg("-u").output().expect("id");
    let root = who.stdout.trim_ascii() == b"0";
    let outer = case.join("elsewhere");
    std::fs::create_dir(&outer).expect("a folder");
    mode(case.path(), 0o755);
    for home in ["home", "tmp", "data", "config", "cache", "state", "elsewhere"] {
        mode(&case.join(home), if root { 0o777 } else { 0o700 });
    }
    mode(&path, 0o444);
    mode(folder, 0o555);
    let who: &[&str] =
        if root { &["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"] } else { &["env"] };
    let mut seen = Seen::default();
    let check = limn!(case; "check", &path).below(who).run();
    seen.note(check.ok(), format!("check: {check}"));
    let export = limn!(case; "export", &path, "--to", data("masks", &outer.join("out"))).below(who).run();
    seen.note(export.ok(), format!("export elsewhere: {export}"));
    let inside = limn!(case; "export", &path, "--to", data("masks", &folder.join("out"))).below(who).run();
    seen.note(inside.code == 1 && inside.fine(), format!("export inside: {inside}"));
    mode(folder, 0o755);
    seen.verdict()
}

fn clocks(case: &Folder) -> Verdict {
    let path = make::project(case, &Plan { pictures: &["a.png", "b.png"], ..Plan::default() });
    let out = case.join("out");
    std::fs::create_dir_all(out.join(".limn-export-old")).expect("a folder");
    let future = SystemTime::now() + Duration::from_secs(10 * 365 * 86_400);
    let mut seen = Seen::default();
    for time in [future, SystemTime::UNIX_EPOCH + Duration::from_secs(1)] {
        for name in case.files_below("p") {
            std::fs::File::open(case.join(name)).and_then(|file| file.set_modified(time)).expect("a time");
        }
        seen.run("check", &limn!(case; "check", &path).run(), 20.0, 500);
        let run = limn!(case; "export", &path, "--to", data("masks", &out)).run();
        seen.note(run.ok(), format!("export: {run}"));
    }
    seen.verdict()
}

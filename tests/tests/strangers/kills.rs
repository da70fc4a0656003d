//! The process is killed: at random moments, and exactly at a rename. What was said to be done is there, the rest is old or new as
//! a whole. Eight rounds each; `LIMN_KILL_ROUNDS=60` for more.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use limn_tests::make::{self, Plan, data};
use limn_tests::verdicts::Verdict;
use limn_tests::{Folder, limn};

use crate::{Asked, Seen, beside, copied, folder_of};

pub const CASES: &[Asked] = &[
    Asked {
        name: "kills-creation",
        right: "killed while a project is made: none or a whole one, and the next start works",
        ask: creation,
    },
    Asked { name: "kills-commit", right: "killed in an import: the objects of before or all of them", ask: commit },
    Asked {
        name: "kills-migration",
        right: "killed in a migration: the project whole, and a whole backup",
        ask: migration,
    },
    Asked {
        name: "kills-export",
        right: "killed in an export over an older one: never files of both after the next run",
        ask: export,
    },
    Asked {
        name: "kills-rename",
        right: "killed at the n-th rename of an export: never files of both after the next run",
        ask: renames,
    },
    Asked {
        name: "refused-rename",
        right: "a rename that is refused: every file is as before, status 1",
        ask: refused_rename,
    },
    Asked {
        name: "writers-side-by-side",
        right: "four writers: each is done or refused in a line; nothing is damaged",
        ask: writers,
    },
];

fn rounds() -> u64 {
    std::env::var("LIMN_KILL_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(8)
}

/// Shares of a duration that lie spread over it, the same in every run.
fn moments() -> impl Iterator<Item = f64> {
    let count = rounds();
    (0..count).map(move |i| ((i * 7919) % count) as f64 / count as f64 + 0.5 / count as f64)
}

/// The program started and killed after some time; whether it was still running.
fn killed(case: &Folder, arguments: &[std::ffi::OsString], after: Duration) -> bool {
    let mut command = case.limn(arguments.to_vec()).command();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program");
    std::thread::sleep(after);
    let running = child.try_wait().expect("a child").is_none();
    child.kill().ok();
    child.wait().expect("a child");
    running
}

/// The middle of three durations.
fn duration(case: &Folder, arguments: &[std::ffi::OsString], before: impl Fn()) -> Duration {
    let mut spent: Vec<Duration> = (0..3)
        .map(|_| {
            before();
            let began = Instant::now();
            case.limn(arguments.to_vec()).seconds(120).run();
            began.elapsed()
        })
        .collect();
    spent.sort();
    spent[1]
}

fn import(path: &Path, source: &Path, images: &Path) -> Vec<std::ffi::OsString> {
    vec!["import".into(), path.into(), "--from".into(), data("coco", source).into(), "--images".into(), images.into()]
}

/// A COCO file with `per` squares on each of `pictures` pictures, all moved by `shift`.
fn squares(path: PathBuf, pictures: usize, per: u32, shift: u32) -> PathBuf {
    let names = names(pictures);
    let images: Vec<make::Picture<'_>> = names.iter().map(|name| (name.as_str(), 40, 30)).collect();
    let objects: Vec<make::Outlined> = (0..pictures)
        .flat_map(|i| (0..per).map(move |k| (i, 0, make::square(2 + (k + shift) % 30, 2 + (k + shift) % 20, 5))))
        .collect();
    make::coco(path, &images, &objects, &["cat"])
}

fn names(count: usize) -> Vec<String> {
    (0..count).map(|i| format!("{i:03}.png")).collect()
}

fn project(case: &Folder, folder: &str, pictures: usize) -> PathBuf {
    let names = names(pictures);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    make::project(case, &Plan { folder, pictures: &names, ..Plan::default() })
}

/// The project as it was, without anything beside it.
fn restored(path: &Path, whole: &[u8]) {
    let stem = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    for entry in std::fs::read_dir(folder_of(path)).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.contains(stem.trim_end_matches(".limn")) && name.contains(".limn") {
            std::fs::remove_file(entry.path()).or_else(|_| std::fs::remove_dir_all(entry.path())).ok();
        }
    }
    if !whole.is_empty() {
        make::file(path, whole);
    }
}

/// The next start works: an export succeeds.
fn usable(case: &Folder, path: &Path) -> Result<(), String> {
    let run =
        limn!(case; "export", path, "--to", data("coco", &case.join("probe.json")), "--overwrite").seconds(60).run();
    let run = if run.code == 2 {
        limn!(case; "export", path, "--to", data("coco", &case.join("probe.json"))).seconds(60).run()
    } else {
        run
    };
    if run.ok() { Ok(()) } else { Err(run.to_string()) }
}

fn creation(case: &Folder) -> Verdict {
    let path = case.join("make/make.limn");
    make::png(case.join("make/a.png"));
    let source = make::coco(case.join("one.json"), &[("a.png", 40, 30)], &[(0, 0, make::square(2, 2, 6))], &["cat"]);
    let arguments = import(&path, &source, folder_of(&path));
    let whole = duration(case, &arguments, || restored(&path, &[]));
    let (mut seen, mut hits) = (Seen::default(), 0);
    for share in moments() {
        restored(&path, &[]);
        hits += usize::from(killed(case, &arguments, whole.mul_f64(share)));
        let there = path.exists();
        let again = case.limn(arguments.clone()).seconds(60).run();
        let count = make::objects(&path);
        let right = again.ok() && count.is_some_and(|n| n == 1 || there && n == 2);
        seen.note(right, format!("at {share:.2}: then {again}; {count:?} objects"));
    }
    seen.verdict().map(|text| format!("{text}, {hits} killed"))
}

fn commit(case: &Folder) -> Verdict {
    let path = project(case, "commit", 40);
    let source = squares(case.join("large.json"), 40, 100, 0);
    let arguments = import(&path, &source, folder_of(&path));
    let before = std::fs::read(&path).expect("the project");
    let whole = duration(case, &arguments, || restored(&path, &before));
    let full = make::objects(&path);
    let (mut seen, mut hits) = (Seen::default(), 0);
    for share in moments() {
        restored(&path, &before);
        hits += usize::from(killed(case, &arguments, whole.mul_f64(share)));
        let next = usable(case, &path);
        let count = make::objects(&path);
        seen.note(
            next.is_ok() && (count == Some(40) || count == full),
            format!("at {share:.2}: {next:?}; {count:?} objects of 40 or {full:?}"),
        );
    }
    seen.verdict().map(|text| format!("{text}, {hits} killed"))
}

fn migration(case: &Folder) -> Verdict {
    let path = project(case, "old", 20);
    make::import(case, &path, "coco", &squares(case.join("more.json"), 20, 40, 0), &[]);
    make::sql(&path, "PRAGMA user_version = 1");
    make::settle(&path);
    let before = std::fs::read(&path).expect("the project");
    let have = make::objects(&path);
    let arguments = vec!["check".into(), path.clone().into()];
    let whole = duration(case, &arguments, || restored(&path, &before));
    let (mut seen, mut hits) = (Seen::default(), 0);
    for share in moments() {
        restored(&path, &before);
        hits += usize::from(killed(case, &arguments, whole.mul_f64(share)));
        let next = usable(case, &path);
        let backup = case
            .files_below("old")
            .iter()
            .any(|file| file.contains("backup") && make::objects(&case.join(file)) == have);
        let right = next.is_ok() && make::objects(&path) == have && backup;
        seen.note(right, format!("at {share:.2}: {next:?}; a whole backup: {backup}"));
    }
    seen.verdict().map(|text| format!("{text}, {hits} killed"))
}

/// The files of an export by name; hidden ones of the program are not of it.
fn written(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(at) = open.pop() {
        for entry in std::fs::read_dir(at).into_iter().flatten().flatten() {
            let path = entry.path();
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            if path.is_dir() {
                open.push(path);
            } else if let Ok(name) = path.strip_prefix(folder) {
                files.insert(name.to_path_buf(), std::fs::read(&path).unwrap_or_default());
            }
        }
    }
    files
}

/// Whether files of the older export lie beside those of the newer; the note tells nothing, it is the last.
fn mixed(
    now: &BTreeMap<PathBuf, Vec<u8>>,
    old: &BTreeMap<PathBuf, Vec<u8>>,
    new: &BTreeMap<PathBuf, Vec<u8>>,
) -> Option<String> {
    let note = Path::new("limn-export.json");
    let changed =
        || old.iter().filter(|(name, data)| *name != note && new.get(*name).is_some_and(|other| other != *data));
    let count = changed().count();
    let fresh = changed().filter(|(name, _)| now.get(*name) == new.get(*name)).count();
    (fresh != 0 && fresh != count).then(|| format!("{fresh} of {count} files are new"))
}

/// A project before and after a change, and what its exports are: to `voc` as before, in a folder that can be made anew.
struct Twice {
    path: PathBuf,
    old: BTreeMap<PathBuf, Vec<u8>>,
    new: BTreeMap<PathBuf, Vec<u8>>,
    template: PathBuf,
}

/// The export of the first state lies in `template`; the project is in the second.
fn twice(case: &Folder, format: &str) -> Twice {
    let path = project(case, "twice", 10);
    let out = |name: &str| case.join(name).join(format);
    let template = out("template");
    let run = limn!(case; "export", &path, "--to", data(format, &template)).run();
    assert!(run.ok(), "{run}");
    let old = written(&template);
    make::import(case, &path, "coco", &squares(case.join("more.json"), 10, 3, 5), &[]);
    let fresh = out("fresh");
    let run = limn!(case; "export", &path, "--to", data(format, &fresh)).run();
    assert!(run.ok(), "{run}");
    Twice { path, old, new: written(&fresh), template }
}

fn export(case: &Folder) -> Verdict {
    let twice = twice(case, "voc");
    let out = case.join("out/voc");
    let arguments = vec!["export".into(), twice.path.clone().into(), "--to".into(), data("voc", &out).into()];
    let lay = || {
        std::fs::remove_dir_all(&out).ok();
        copied(&twice.template, &out);
    };
    let whole = duration(case, &arguments, lay);
    let (mut seen, mut hits) = (Seen::default(), 0);
    for share in moments() {
        lay();
        hits += usize::from(killed(case, &arguments, whole.mul_f64(0.3 + share * 0.8)));
        // The next run finishes it or takes it back.
        limn!(case; "verify", data("voc", &out)).seconds(60).run();
        let wrong = mixed(&written(&out), &twice.old, &twice.new);
        seen.note(wrong.is_none(), format!("at {share:.2}: {wrong:?}"));
    }
    seen.verdict().map(|text| format!("{text}, {hits} killed"))
}

/// `strace` with a rule for the renames, all of them.
fn traced(rule: &str) -> Vec<String> {
    let calls = "rename,renameat,renameat2";
    ["strace", "-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={calls}"), "-e", &format!("inject={calls}:{rule}")]
        .map(str::to_owned)
        .into()
}

fn renames(_: &Folder) -> Verdict {
    let mut seen = Seen::default();
    for format in ["masks", "voc", "labelme"] {
        let inner = Folder::new();
        let twice = twice(&inner, format);
        let out = inner.join("out").join(format);
        for at in [1, 2, 5, 9, 11] {
            std::fs::remove_dir_all(&out).ok();
            copied(&twice.template, &out);
            let rule = traced(&format!("signal=KILL:when={at}"));
            let words: Vec<&str> = rule.iter().map(String::as_str).collect();
            let run = limn!(inner; "export", &twice.path, "--to", data(format, &out)).below(&words).seconds(100).run();
            assert!(!run.err.contains("strace:") && run.code != 127, "strace does not run: {run}");
            limn!(inner; "verify", data(format, &out)).seconds(60).run();
            let wrong = mixed(&written(&out), &twice.old, &twice.new);
            seen.note(wrong.is_none(), format!("{format}, rename {at}: {run}; {wrong:?}"));
        }
    }
    seen.verdict()
}

fn refused_rename(case: &Folder) -> Verdict {
    let twice = twice(case, "masks");
    let out = case.join("out/masks");
    let mut seen = Seen::default();
    for at in [1, 3, 7] {
        std::fs::remove_dir_all(&out).ok();
        copied(&twice.template, &out);
        let before = written(&out);
        let rule = traced(&format!("error=EIO:when={at}+"));
        let words: Vec<&str> = rule.iter().map(String::as_str).collect();
        let run = limn!(case; "export", &twice.path, "--to", data("masks", &out)).below(&words).seconds(100).run();
        // Where taking back is refused as well, the next run does it.
        limn!(case; "verify", data("masks", &out)).seconds(60).run();
        let wrong = mixed(&written(&out), &twice.old, &twice.new);
        seen.note(run.code == 1 && wrong.is_none(), format!("from rename {at} on: {run}; {wrong:?}"));
        seen.note(written(&out) == before || wrong.is_none(), format!("from rename {at} on: not as before"));
    }
    seen.verdict()
}

fn writers(case: &Folder) -> Verdict {
    let path = project(case, "two", 20);
    let sources: Vec<PathBuf> = (0..4).map(|n| squares(case.join(format!("w{n}.json")), 20, 5, n * 5)).collect();
    let runs: Vec<limn_tests::Run> = std::thread::scope(|scope| {
        let threads: Vec<_> = sources
            .iter()
            .map(|source| {
                let path = &path;
                scope.spawn(move || (0..3).map(|_| make::import(case, path, "coco", source, &[])).collect::<Vec<_>>())
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect()
    });
    let mut seen = Seen::default();
    for run in runs {
        let refused = run.code == 1 && ["another", "open", "process"].iter().any(|word| run.err.contains(word));
        seen.note(run.ok() || run.fine() && refused, run.to_string());
    }
    let next = usable(case, &path);
    seen.note(next.is_ok() && !beside(&path, ".lock").exists(), format!("{next:?}; or a lock is left"));
    seen.verdict()
}

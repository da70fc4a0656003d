//! Exports over what stands there, with faults and deaths at every step.

use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;

const NOTE: &str = "limn-export.json";

fn rules() -> Rules {
    Rules { note: Some(NOTE.to_owned()), ..Rules::default() }
}

/// An export of these files with a note.
fn publish(target: &Path, rules: Rules, files: &[(&str, &str)], faults: Faults) -> Result<Published, FileError> {
    let export = Publication::begin_with(target, rules, faults)?;
    for (name, content) in files {
        export.write(name, |out| out.write_all(content.as_bytes()))?;
    }
    export.commit_with_note(note)
}

fn note(files: &[Record], out: &mut Draft) -> io::Result<()> {
    Ok(serde_json::to_writer(out, &serde_json::json!({"format": "x", "files": files}))?)
}

fn plainly(target: &Path, files: &[(&str, &str)]) -> Result<Published, FileError> {
    publish(target, rules(), files, Faults::new(|_| Ok(())))
}

/// Everything below a folder: content of files, `None` for folders.
fn state(folder: &Path) -> BTreeMap<String, Option<Vec<u8>>> {
    fn add(at: &Path, prefix: &str, all: &mut BTreeMap<String, Option<Vec<u8>>>) {
        for entry in std::fs::read_dir(at).unwrap().map(Result::unwrap) {
            let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                add(&entry.path(), &format!("{name}/"), all);
                all.insert(name, None);
            } else {
                let content = std::fs::read(entry.path()).unwrap_or_default();
                all.insert(name, Some(content));
            }
        }
    }
    let mut all = BTreeMap::new();
    add(folder, "", &mut all);
    all
}

fn names(folder: &Path) -> Vec<String> {
    state(folder).into_keys().collect()
}

const OLD: [(&str, &str); 4] = [("2.txt", "old"), ("a/1.txt", "old"), ("b/gone.txt", "old"), ("same.txt", "same")];
const NEW: [(&str, &str); 4] = [("2.txt", "new!"), ("a/1.txt", "new"), ("c/d/3.txt", "new"), ("same.txt", "same")];

#[test]
fn all_or_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("new/deep");
    let export = Publication::begin(&target, rules()).unwrap();
    export.write("a/1.txt", |out| out.write_all(b"old")).unwrap();
    drop(export);
    assert!(names(folder.path()).is_empty(), "an abandoned export leaves no folder");

    let published = plainly(&target, &OLD).unwrap();
    assert_eq!((published.files, published.unchanged, published.removed), (5, 0, 0));
    let before = state(&target);
    let export = Publication::begin(&target, rules()).unwrap();
    export.write("a/1.txt", |out| out.write_all(b"new")).unwrap();
    assert!(export.write("2.txt", |_| Err(io::Error::other("broken"))).is_err());
    assert!(matches!(export.write("a/1.txt", |_| Ok(())), Err(FileError::Name { .. })), "written twice");
    assert_eq!(export.names(), ["a/1.txt"]);
    drop(export);
    assert_eq!(state(&target), before);

    let published = plainly(&target, &NEW).unwrap();
    assert_eq!((published.files, published.unchanged, published.removed), (5, 1, 1));
    assert_eq!(names(&target), ["2.txt", "a", "a/1.txt", "c", "c/d", "c/d/3.txt", NOTE, "same.txt"]);
    assert_eq!(plainly(&target, &NEW).unwrap().unchanged, 5);
}

#[test]
fn only_what_was_written_here_is_replaced_or_removed() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["a.txt", "sub/b.txt", "other"] {
        std::fs::create_dir_all(at(name).parent().unwrap()).unwrap();
        std::fs::write(at(name), "mine").unwrap();
    }
    // A stranger's notes: an old one, and one with wrong sums.
    let wrong = serde_json::json!({"name": "a.txt", "length": 4, "sha256": "0".repeat(64)});
    for files in [serde_json::json!(["a.txt", "sub/b.txt", "other"]), serde_json::json!([wrong, "../x"])] {
        std::fs::write(at(NOTE), serde_json::json!({"format": "x", "files": files}).to_string()).unwrap();
        let before = state(folder.path());
        let early = Publication::begin(folder.path(), rules()).unwrap().preflight(["sub/b.txt", "new", "other"]);
        let Err(FileError::Conflict { names, .. }) = early else { panic!("{early:?}") };
        assert_eq!(names, ["sub/b.txt", "other"]);
        let late = plainly(folder.path(), &[("a.txt", "new")]);
        assert!(matches!(late, Err(FileError::Conflict { .. })), "{late:?}");
        assert_eq!(state(folder.path()), before);
        plainly(folder.path(), &[("new", "new")]).unwrap();
        assert_eq!(std::fs::read(at("other")).unwrap(), b"mine");
        std::fs::remove_file(at("new")).unwrap();
    }
    // A note that is none is somebody's file.
    std::fs::write(at(NOTE), "MINE ").unwrap();
    assert!(matches!(plainly(folder.path(), &[]), Err(FileError::Conflict { .. })));
    // The same content is in nobody's way; with the person's word everything goes but what is protected.
    let overwrite = Rules { overwrite: true, ..rules() };
    let protected = HashSet::from([FileId::of(&at("other")).unwrap()]);
    let careful = Rules { protected, ..overwrite.clone() };
    let none = || Faults::new(|_| Ok(()));
    publish(folder.path(), careful.clone(), &[("a.txt", "new"), ("sub/b.txt", "mine")], none()).unwrap();
    std::fs::hard_link(at("other"), at("second")).unwrap();
    for name in ["other", "second"] {
        let refused = publish(folder.path(), careful.clone(), &[(name, "new")], none());
        assert!(matches!(refused, Err(FileError::Protected { .. })), "{refused:?}");
    }
    // What was written here and changed since is somebody's.
    std::fs::write(at("a.txt"), "changed").unwrap();
    assert!(matches!(plainly(folder.path(), &[("a.txt", "newer")]), Err(FileError::Conflict { .. })));
    let published = plainly(folder.path(), &[("z", "z")]).unwrap();
    assert_eq!((published.removed, published.kept), (1, vec!["a.txt".to_owned()]));
    assert_eq!(names(folder.path()), ["a.txt", NOTE, "other", "second", "z"]);
}

#[test]
fn no_link_is_written_through_or_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let (target, mine) = (folder.path().join("target"), folder.path().join("mine"));
    std::fs::create_dir_all(&target).unwrap();
    std::fs::create_dir_all(&mine).unwrap();
    std::fs::write(mine.join("a.txt"), "mine").unwrap();
    symlink("../mine", target.join("sub")).unwrap();
    symlink("../mine/a.txt", target.join("link.txt")).unwrap();
    symlink("../mine/planted", target.join("dangling")).unwrap();
    let before = state(folder.path());
    let overwrite = Rules { overwrite: true, ..rules() };
    for name in ["sub/a.txt", "sub/new.txt", "link.txt", "dangling", "sub"] {
        let refused = publish(&target, overwrite.clone(), &[(name, "new")], Faults::new(|_| Ok(())));
        assert!(matches!(refused, Err(FileError::Link { .. })), "{name}: {refused:?}");
    }
    // A note whose records are right, but lead through the link.
    let record = Record { name: "sub/a.txt".to_owned(), length: 4, sha256: note::sum_of(&mut &b"mine"[..]).unwrap().1 };
    std::fs::write(target.join(NOTE), serde_json::json!({"files": [record]}).to_string()).unwrap();
    plainly(&target, &[("x", "x")]).unwrap();
    std::fs::remove_file(target.join("x")).unwrap();
    std::fs::remove_file(target.join(NOTE)).unwrap();
    assert_eq!(state(folder.path()), before);
    for name in ["../up", "/abs", "a/../../up", "nul", "a\nb", ""] {
        let refused = publish(&target, overwrite.clone(), &[(name, "new")], Faults::new(|_| Ok(())));
        assert!(matches!(refused, Err(FileError::Name { .. })), "{name}: {refused:?}");
    }
}

#[test]
fn rights_stay_narrow() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let narrow = |name: &str| std::fs::set_permissions(at(name), std::fs::Permissions::from_mode(0o600)).unwrap();
    let mode = |name: &str| at(name).metadata().unwrap().permissions().mode() & 0o777;
    std::fs::write(at("private.png"), "p").unwrap();
    narrow("private.png");
    let target = at("target");
    let export = Publication::begin(&target, rules()).unwrap();
    export.copy("copy.png", &mut crate::open(&at("private.png")).unwrap()).unwrap();
    export.write("plain", |out| out.write_all(b"1")).unwrap();
    export.write_by_path("by-path", None, |path| std::fs::write(path, "data")).unwrap();
    export.commit_with_note(note).unwrap();
    assert_eq!((mode("target/copy.png"), std::fs::read(at("target/by-path")).unwrap()), (0o600, b"data".to_vec()));
    assert_ne!(mode("target/plain"), 0o600);
    narrow("target/plain");
    plainly(&target, &[("plain", "2")]).unwrap();
    assert_eq!((mode("target/plain"), std::fs::read(at("target/plain")).unwrap()), (0o600, b"2".to_vec()));
}

/// A hook that fails (or does something) at the step `at`, and says how many steps there were.
fn at_step(at: usize, act: impl Fn() -> io::Result<()> + Send + Sync + 'static) -> (Faults, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    let faults = Faults::new(move |_| if counted.fetch_add(1, Ordering::SeqCst) == at { act() } else { Ok(()) });
    (faults, count)
}

#[test]
fn a_fault_at_any_step_leaves_everything_old_or_everything_new() {
    let (mut failed, mut at) = (0, 0);
    loop {
        let folder = tempfile::tempdir().unwrap();
        plainly(folder.path(), &OLD).unwrap();
        let before = state(folder.path());
        let (faults, count) = at_step(at, || Err(io::ErrorKind::StorageFull.into()));
        match publish(folder.path(), rules(), &NEW, faults) {
            Err(error) => {
                assert!(matches!(error, FileError::DiskFull { .. }), "{error}");
                assert_eq!(state(folder.path()), before, "step {at}");
                failed += 1;
            }
            Ok(_) if count.load(Ordering::SeqCst) <= at => break,
            Ok(_) => {
                // Only clearing up failed: the next run does it.
                recover_now(folder.path());
                assert_eq!(new_names(), names(folder.path()));
            }
        }
        at += 1;
    }
    assert!(failed > 10, "{failed}");
}

fn recover_now(target: &Path) {
    // The hidden folder of a publication in this very process is unlocked once that is dropped; a process that another test
    // starts at this moment holds the lock a little longer, until its program begins.
    for _ in 0..200 {
        recover(target).unwrap();
        if names(target).iter().all(|name| !name.starts_with(".limn-export-")) {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

fn new_names() -> Vec<String> {
    ["2.txt", "a", "a/1.txt", "c", "c/d", "c/d/3.txt", NOTE, "same.txt"].map(str::to_owned).to_vec()
}

/// What another process does here and dies of: see [`die_at`].
#[test]
fn the_one_who_dies() {
    let Ok(task) = std::env::var("LIMN_FILES_DEATH") else { return };
    let (at, target) = task.split_once(' ').unwrap();
    let (faults, _) = at_step(at.parse().unwrap(), || std::process::exit(86));
    publish(Path::new(target), rules(), &NEW, faults).unwrap();
}

/// Publishes `NEW` in another process that ends without a word at a step; true if it came so far.
fn die_at(step: usize, target: &Path) -> bool {
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "publication::tests::the_one_who_dies", "--quiet"])
        .env("LIMN_FILES_DEATH", format!("{step} {}", target.display()))
        .output()
        .unwrap();
    assert!(matches!(child.status.code(), Some(0 | 86)), "{child:?}");
    child.status.code() == Some(86)
}

#[test]
fn a_death_at_any_step_is_mended_by_the_next_run() {
    let (mut old, mut new, mut at) = (0, 0, 0);
    loop {
        let folder = tempfile::tempdir().unwrap();
        plainly(folder.path(), &OLD).unwrap();
        let before = state(folder.path());
        if !die_at(at, folder.path()) {
            break;
        }
        assert!(names(folder.path()).iter().any(|name| name.starts_with(".limn-export-")), "something was left");
        // The one who mends dies too, at some step; the one after it mends.
        let target = Beneath::open(folder.path()).unwrap();
        let (faults, _) = at_step(at % 5, || Err(io::ErrorKind::Other.into()));
        drop(recovery::recover_with(&target, &|what| (faults.0)(what)));
        recover(folder.path()).unwrap();
        let after = state(folder.path());
        if after == before {
            old += 1;
        } else {
            assert_eq!(names(folder.path()), new_names(), "step {at}");
            assert!(NEW.iter().all(|(name, content)| after[*name] == Some((*content).into())), "step {at}");
            new += 1;
        }
        // And the next export works.
        plainly(folder.path(), &NEW).unwrap();
        assert_eq!(names(folder.path()), new_names());
        at += 1;
    }
    assert!(old > 10 && new > 3, "{old} taken back, {new} were done");
}

#[test]
fn the_one_who_mends_may_die_at_any_step() {
    for at in 0.. {
        let folder = tempfile::tempdir().unwrap();
        plainly(folder.path(), &OLD).unwrap();
        let before = state(folder.path());
        // In the middle of the swap.
        assert!(die_at(9, folder.path()));
        let target = Beneath::open(folder.path()).unwrap();
        let (faults, count) = at_step(at, || Err(io::ErrorKind::Other.into()));
        drop(recovery::recover_with(&target, &|what| (faults.0)(what)));
        recover(folder.path()).unwrap();
        assert_eq!(state(folder.path()), before, "step {at}");
        if count.load(Ordering::SeqCst) <= at {
            assert!(at > 5, "{at}");
            break;
        }
    }
}

#[test]
fn what_others_write_meanwhile_is_kept() {
    // Somebody writes the file after it was checked, and puts one in the place of a new one.
    for (victim, step) in [("2.txt", 6), ("c/d/3.txt", 8)] {
        let folder = tempfile::tempdir().unwrap();
        plainly(folder.path(), &OLD).unwrap();
        let path = folder.path().join(victim);
        for at in 0..step {
            let path = path.clone();
            let (faults, _) = at_step(at, move || {
                drop(std::fs::create_dir_all(path.parent().unwrap()));
                std::fs::write(&path, "theirs")
            });
            let published = publish(folder.path(), rules(), &NEW, faults);
            let everything = state(folder.path());
            let theirs = everything.values().flatten().any(|content| content == b"theirs");
            assert!(theirs, "step {at} of {victim}: {published:?} {everything:?}");
            std::fs::remove_dir_all(folder.path()).unwrap();
            plainly(folder.path(), &OLD).unwrap();
        }
    }
}

#[test]
fn hidden_folders_of_others_stay() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let hidden = |digit: char| format!(".limn-export-{}", digit.to_string().repeat(16));
    let mark = |process: &str, host: &str| format!("limn export, process and machine:\n{process} {host}\n");
    let (this, dead) = (crate::holder::Holder::this(), "4194999");
    let journal = r#"{"Begin":1}
{"Step":{"name":"NAME","new":null,"old":true}}
{"End":1}
"#;
    let put = |name: &str, mark: &str, journal: &str| {
        std::fs::create_dir(at(name)).unwrap();
        std::fs::write(at(name).join("thesis.txt"), "mine").unwrap();
        std::fs::write(at(name).join("0.old"), "mine").unwrap();
        for (file, content) in [("mark", mark), ("journal", journal)] {
            if !content.is_empty() {
                std::fs::write(at(name).join(file), content).unwrap();
            }
        }
    };
    put(".limn-export-settings", &mark(dead, &this.host), "");
    put(&hidden('a'), "", "");
    put(&hidden('b'), "some words", "");
    put(&hidden('c'), &mark("1", "elsewhere"), "");
    // Journals that lead elsewhere, and half a one.
    put(&hidden('d'), &mark(dead, &this.host), &journal.replace("NAME", "../planted"));
    put(&hidden('e'), &mark(dead, &this.host), &journal.replace("NAME", "/planted"));
    put(&hidden('f'), &mark(dead, &this.host), "{\"Begin\":1}\n");
    std::fs::create_dir(at("real")).unwrap();
    std::fs::write(at("real/mark"), mark(dead, &this.host)).unwrap();
    std::fs::write(at("real/0.new"), "mine").unwrap();
    symlink("real", at(&hidden('0'))).unwrap();
    let before = state(folder.path());
    recover(folder.path()).unwrap();
    assert_eq!(state(folder.path()), before);
    // One with our mark and somebody's file in it: ours go, the file stays.
    put(&hidden('1'), &mark(dead, &this.host), "");
    std::fs::write(at(&hidden('1')).join("3.new"), "half").unwrap();
    recover(folder.path()).unwrap();
    assert!(!at(&hidden('1')).join("3.new").exists());
    assert!(at(&hidden('1')).join("thesis.txt").exists() && at(&hidden('1')).join("0.old").exists());
    // What a death while a hidden folder is made or removed leaves: empty, or with an empty mark.
    for (name, mark) in [(hidden('2'), false), (hidden('3'), true)] {
        std::fs::create_dir(at(&name)).unwrap();
        if mark {
            std::fs::write(at(&name).join("mark"), "").unwrap();
        }
        assert_eq!(recover(folder.path()).unwrap().removed, 1);
        assert!(!at(&name).exists());
    }
    // The hidden folder of an export at work.
    let export = Publication::begin(&at("target"), rules()).unwrap();
    export.write("a", |out| out.write_all(b"1")).unwrap();
    assert_eq!(recover(&at("target")).unwrap(), Recovery::default());
    export.commit_with_note(note).unwrap();
}

#[test]
fn two_exports_at_once_are_one_after_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let export = |content: &'static str| {
        let files: Vec<(String, &str)> = (0..20).map(|n| (format!("{n}.txt"), content)).collect();
        let files: Vec<(&str, &str)> = files.iter().map(|(name, content)| (name.as_str(), *content)).collect();
        plainly(folder.path(), &files).unwrap();
    };
    std::thread::scope(|scope| {
        for content in ["1", "22", "333"] {
            scope.spawn(move || (0..4).for_each(|_| export(content)));
        }
    });
    let all = state(folder.path());
    assert_eq!(all.len(), 21);
    let first = &all["0.txt"];
    assert!((0..20).all(|n| all[&format!("{n}.txt")] == *first));
}

mod any_files {
    use proptest::prelude::*;

    use super::*;

    fn files() -> impl Strategy<Value = BTreeMap<String, String>> {
        proptest::collection::btree_map("(a|b|c|d/a|d/b|e/f/a|a/b)", "[xy]{0,3}", 0..6)
    }

    fn export(target: &Path, files: &BTreeMap<String, String>, faults: Faults) -> Result<Published, FileError> {
        let files: Vec<(&str, &str)> = files.iter().map(|(name, content)| (name.as_str(), content.as_str())).collect();
        publish(target, rules(), &files, faults)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        /// Whatever was exported, whatever somebody changed since, wherever it fails: the folder is as before, or holds exactly
        /// the new files and what is somebody's.
        #[test]
        fn everything_or_nothing(old in files(), changed in files(), new in files(), at in 0_usize..40) {
            let folder = tempfile::tempdir().unwrap();
            drop(export(folder.path(), &old, Faults::new(|_| Ok(()))));
            for (name, content) in &changed {
                let path = folder.path().join(name);
                let made = std::fs::create_dir_all(path.parent().unwrap());
                drop(made.and_then(|()| std::fs::write(path, format!("theirs {content}"))));
            }
            let before = state(folder.path());
            let (faults, _) = at_step(at, || Err(io::ErrorKind::Other.into()));
            let published = export(folder.path(), &new, faults);
            recover(folder.path()).unwrap();
            let after = state(folder.path());
            match published {
                Err(_) => prop_assert_eq!(before, after),
                Ok(_) => {
                    for (name, content) in &new {
                        prop_assert_eq!(&after[name], &Some(content.as_bytes().to_vec()));
                    }
                    for (name, content) in before.iter().filter(|(_, content)| content.as_ref().is_some_and(|c| c.starts_with(b"theirs"))) {
                        prop_assert_eq!(&after[name], content, "{} was somebody's", name);
                    }
                    let known = |name: &String| new.contains_key(name) || name == NOTE || before[name].as_ref().is_some_and(|c| c.starts_with(b"theirs"));
                    prop_assert!(after.iter().all(|(name, content)| content.is_none() || known(name)), "{after:?}");
                }
            }
        }
    }
}

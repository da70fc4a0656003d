//! What happens to a project and to exports when the process is killed, the disk is full or cannot be written.
//!
//! The tests run themselves again in a child process: to be killed, or inside a mount namespace of its own with a
//! small file system (`unshare`, part of util-linux), which goes away with the child.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "common/fault_table.rs"]
mod fault_table;
#[path = "common/table.rs"]
mod table;

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use limn_datasets::{
    Class, ClassId, ExportOptions, Format, FormatError, ImageId, ImageRecord, Mask, NoProgress, Object, Project,
    StoreError, Transaction, export, verify,
};

const CHILD: &str = "LIMN_TEST_CHILD";

/// The folder that a child works in; `None` in the parent.
fn child_folder() -> Option<PathBuf> {
    std::env::var_os(CHILD).map(PathBuf::from)
}

/// This test again, as a child.
fn again(test: &str, folder: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]).env(CHILD, folder);
    command
}

/// Runs this test in a child that sees a file system of `size` at `folder`.
fn in_small_file_system(test: &str, size: &str) {
    let folder = tempfile::tempdir().unwrap();
    let script = format!("mount -t tmpfs -o size={size} tmpfs \"${CHILD}\" && exec \"$@\"");
    let command = again(test, folder.path());
    let mut refusals = String::new();
    for flags in [&["--mount"][..], &["--mount", "--map-root-user"]] {
        let may =
            Command::new("unshare").args(flags).args(["mount", "-t", "tmpfs", "tmpfs"]).arg(folder.path()).output();
        match may {
            Ok(output) if output.status.success() => {
                let mut run = Command::new("unshare");
                run.args(flags).args(["sh", "-c", &script, "sh"]).arg(command.get_program()).args(command.get_args());
                let output = run.env(CHILD, folder.path()).output().unwrap();
                let text =
                    [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
                assert!(output.status.success(), "the child failed:\n{text}");
                assert!(text.contains("checked inside"), "the child did nothing:\n{text}");
                return;
            }
            Ok(output) => refusals += &String::from_utf8_lossy(&output.stderr),
            Err(error) => refusals += &error.to_string(),
        }
    }
    panic!(
        "this test mounts a small tmpfs in a namespace of its own; run it as root or allow user namespaces: {refusals}"
    );
}

/// A mask of deterministic noise.
fn noise(width: u32, height: u32, seed: u64) -> Mask {
    let mut state = seed;
    let bytes: Vec<u8> = (0..width * height)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 63) as u8
        })
        .collect();
    Mask::from_bytes(width, height, &bytes)
}

/// All files below a folder, relative, sorted.
fn files(folder: &Path) -> Vec<String> {
    fn walk(folder: &Path, prefix: &str, out: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                walk(&entry.path(), &format!("{name}/"), out);
            } else {
                out.push(name);
            }
        }
    }
    let mut out = Vec::new();
    walk(folder, "", &mut out);
    out.sort();
    out
}

fn object(project: &Project, seed: u64) -> Object {
    Object::new(project.next_object_id(), ImageId(1), ClassId(1), noise(60, 50, seed))
}

fn add(project: &mut Project, seed: u64) -> Result<(), StoreError> {
    let object = object(project, seed);
    let mut t = Transaction::new(format!("add {seed}"));
    t.put_object(project.document(), object);
    project.commit(t)
}

fn prepare(project: &mut Project) {
    let mut t = Transaction::new("start");
    t.put_class(project.document(), Class::new(ClassId(1), "cat", [1, 2, 3]));
    let mut image = ImageRecord::new(ImageId(1), "a.png");
    (image.width, image.height) = (60, 50);
    t.put_image(project.document(), image);
    project.commit(t).unwrap();
}

/// Commits objects for ever; says so after each.
fn add_until_killed(path: &Path) -> ! {
    let mut project = Project::open(path).unwrap();
    loop {
        let seed = project.document().object_count() as u64 + 1;
        add(&mut project, seed).unwrap();
        let mut out = std::io::stdout().lock();
        writeln!(out, "committed {seed}").unwrap();
        out.flush().unwrap();
    }
}

#[test]
fn killed_at_any_moment_nothing_committed_is_lost() {
    if let Some(folder) = child_folder() {
        add_until_killed(&folder.join("p.limn"));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.limn");
    prepare(&mut Project::create(&path, folder.path()).unwrap());
    let mut total = 0;
    for round in 0..15u64 {
        let mut child = again("killed_at_any_moment_nothing_committed_is_lost", folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let said = |line: String| line.strip_prefix("committed ").and_then(|seed| seed.parse::<u64>().ok());
        let mut committed = loop {
            let line = lines.next().expect("the child works until it is killed").unwrap();
            if let Some(seed) = said(line) {
                break seed;
            }
        };
        // Different moments within a commit, from right away to a few commits later.
        std::thread::sleep(Duration::from_micros(round * 1_370 % 9_000));
        child.kill().unwrap();
        child.wait().unwrap();
        for line in lines {
            committed = said(line.unwrap()).unwrap_or(committed);
        }
        let mut project = Project::open(&path).unwrap();
        let count = project.document().object_count() as u64;
        assert!(count == committed || count == committed + 1, "{count} objects, {committed} were committed");
        for (seed, object) in (1..).zip(project.document().objects()) {
            assert_eq!(object.mask, noise(60, 50, seed));
        }
        let newest = format!("add {count}");
        assert_eq!(project.can_undo(), Some(newest.as_str()));
        assert_eq!(project.undo().unwrap(), Some(newest));
        project.redo().unwrap();
        assert!(count > total, "every round gets further");
        total = count;
    }
    fault_table::row("killed at 15 moments", "every commit that returned is there, with its undo");
}

#[test]
fn a_full_disk_refuses_in_one_line_and_keeps_everything() {
    let Some(folder) = child_folder() else {
        in_small_file_system("a_full_disk_refuses_in_one_line_and_keeps_everything", "3m");
        return fault_table::row(
            "disk full",
            "commit and export refuse in one line, nothing changes; work goes on with space",
        );
    };
    let path = folder.join("p.limn");
    let mut project = Project::create(&path, &folder).unwrap();
    prepare(&mut project);
    for seed in 1..20 {
        add(&mut project, seed).unwrap();
    }
    let targets = [
        (Format::Coco, folder.join("out/c.json")),
        (Format::Voc, folder.join("voc")),
        (Format::Masks, folder.join("masks")),
    ];
    for (format, target) in &targets {
        export(&project, *format, target, &ExportOptions::default(), &NoProgress).unwrap();
    }
    let exported = |folder: &Path| {
        let names = files(folder).into_iter().filter(|name| !name.starts_with("p.limn"));
        names.map(|name| (name.clone(), std::fs::read(folder.join(name)).unwrap())).collect::<Vec<_>>()
    };
    let before = exported(&folder);

    std::fs::write(folder.join("ballast"), vec![1; 300_000]).unwrap();
    let mut seed = 20;
    let error = loop {
        let document = project.document().clone();
        let label = project.can_undo().map(str::to_owned);
        match add(&mut project, seed) {
            Ok(()) => seed += 1,
            Err(error) => {
                assert_eq!(project.document(), &document, "a refused commit changes nothing");
                assert_eq!(project.can_undo().map(str::to_owned), label);
                break error;
            }
        }
    };
    assert!(matches!(error, StoreError::DiskFull { .. }), "{error:?}");
    assert!(error.to_string().contains("p.limn") && !error.to_string().contains('\n'));

    // Fill what is left, then export once more over the old files.
    let mut filler = std::fs::File::create(folder.join("filler")).unwrap();
    while filler.write_all(&[1; 512]).is_ok() {}
    for (format, target) in &targets {
        let error = export(&project, *format, target, &ExportOptions::default(), &NoProgress).unwrap_err();
        assert!(matches!(error, FormatError::DiskFull { .. }), "{format}: {error:?}");
        assert!(!error.to_string().contains('\n'));
    }
    std::fs::remove_file(folder.join("filler")).unwrap();
    std::fs::remove_file(folder.join("ballast")).unwrap();
    assert_eq!(exported(&folder), before, "the old exports are untouched and nothing else is left");

    // With space again, work goes on; nothing of before is lost.
    add(&mut project, seed).unwrap();
    let document = project.document().clone();
    drop(project);
    let project = Project::open(&path).unwrap();
    assert_eq!(project.document(), &document);
    assert_eq!(project.document().object_count() as u64, seed);
    println!("checked inside");
}

#[test]
fn a_read_only_folder_is_opened_for_reading_or_kept_elsewhere() {
    let Some(folder) = child_folder() else {
        in_small_file_system("a_read_only_folder_is_opened_for_reading_or_kept_elsewhere", "4m");
        return fault_table::row(
            "permissions revoked (read-only folder)",
            "opens for reading, also after a kill; export refuses in one line; a new project goes to the user's folder",
        );
    };
    let (with, killed, without) = (folder.join("with"), folder.join("killed"), folder.join("without"));
    for dir in [&with, &killed, &without] {
        std::fs::create_dir(dir).unwrap();
        image::GrayImage::new(60, 50).save(dir.join("a.png")).unwrap();
    }
    let mut project = Project::open_folder(&with).unwrap();
    prepare_class(&mut project);
    add(&mut project, 1).unwrap();
    export(&project, Format::Coco, &with.join("c.json"), &ExportOptions::default(), &NoProgress).unwrap();
    // A database whose newest commits are still in its log, as after a kill.
    for suffix in ["", "-wal"] {
        std::fs::copy(with.join(format!("with.limn{suffix}")), killed.join(format!("killed.limn{suffix}"))).unwrap();
    }
    let document = project.document().clone();
    drop(project);
    let remount = |mode: &str| {
        let options = format!("remount,{mode}");
        assert!(Command::new("mount").args(["-o", &options]).arg(&folder).status().unwrap().success());
    };
    remount("ro");

    for dir in [&with, &killed] {
        let mut project = Project::open_folder(dir).unwrap();
        let why = project.is_read_only().expect("nothing can be written").to_owned();
        assert!(!why.contains('\n') && why.contains("copy it"), "{why}");
        assert_eq!(project.document(), &document, "{}", dir.display());
        let error = add(&mut project, 2).unwrap_err();
        assert!(matches!(error, StoreError::ReadOnly { .. }) && error.to_string().contains(&why), "{error}");
        assert_eq!(project.document(), &document);
        project.set_view_state(&serde_json::json!(1)).unwrap();
        for (format, target) in [(Format::Coco, dir.join("c.json")), (Format::Voc, dir.join("voc"))] {
            let error = export(&project, format, &target, &ExportOptions::default(), &NoProgress).unwrap_err();
            assert!(matches!(error, FormatError::ReadOnly { .. }), "{error:?}");
            assert!(!error.to_string().contains('\n'));
        }
    }
    assert!(verify(Format::Coco, &with.join("c.json"), None, None, &NoProgress).unwrap().is_exact());

    // The fallback needs a user data folder; a run of this test again provides one.
    let data = tempfile::tempdir().unwrap();
    let name = "a_read_only_folder_without_a_project_gets_one_in_the_user_data_folder";
    let output = again(name, &without).env("LIMN_DATA_DIR", data.path()).output().unwrap();
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success() && text.contains("checked inside"), "{text}");
    remount("rw");
    println!("checked inside");
}

fn prepare_class(project: &mut Project) {
    let mut t = Transaction::new("class");
    t.put_class(project.document(), Class::new(ClassId(1), "cat", [1, 2, 3]));
    project.commit(t).unwrap();
}

#[test]
fn a_read_only_folder_without_a_project_gets_one_in_the_user_data_folder() {
    let Some(folder) = child_folder() else {
        // The test above runs the other half inside a read-only file system; here the writable case: no detour.
        let folder = tempfile::tempdir().unwrap();
        let project = Project::open_folder(folder.path()).unwrap();
        assert_eq!(project.notice(), None);
        assert!(project.path().unwrap().starts_with(folder.path().canonicalize().unwrap()));
        return;
    };
    let mut project = Project::open_folder(&folder).unwrap();
    let notice = project.notice().expect("the user is told where the project is").to_owned();
    assert!(notice.contains(&folder.display().to_string()) && notice.contains("projects"), "{notice}");
    assert_eq!((project.is_read_only(), project.document().image_count()), (None, 1));
    prepare_class(&mut project);
    add(&mut project, 3).unwrap();
    let document = project.document().clone();
    drop(project);
    let project = Project::open_folder(&folder).unwrap();
    assert_eq!((project.document(), project.notice()), (&document, Some(notice.as_str())));
    println!("checked inside");
}

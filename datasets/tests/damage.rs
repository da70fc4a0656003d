//! Damaged projects, projects opened twice, pictures that go away: what was accepted is there, and the message is clear.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
#[path = "common/fault_table.rs"]
mod fault_table;
#[path = "common/table.rs"]
mod table;

use std::path::{Path, PathBuf};

use common::{folder, mask, project};
use limn_datasets::{
    CheckOptions, ClassId, ExportOptions, FindingKind, Format, ImportOptions, NoProgress, Object, Project, StoreError,
    Transaction, check, export, import, verify,
};

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn add(project: &mut Project, column: i64) {
    let image = project.document().image_at("empty.png").unwrap().id;
    let object = Object::new(project.next_object_id(), image, ClassId(1), mask(8, 9, |x, _| x == column));
    let mut t = Transaction::new("add");
    t.put_object(project.document(), object);
    project.commit(t).unwrap();
}

/// A kill leaves the newest commits in the log; a torn or overwritten end of it must not take the others along.
#[test]
fn a_damaged_end_of_the_log_costs_the_newest_commit_only() {
    let (base, pictures) = folder();
    let mut first = project(&pictures, false);
    let path = first.path().unwrap().to_path_buf();
    let mut lengths = Vec::new();
    for column in 0..4 {
        add(&mut first, column);
        lengths.push(std::fs::metadata(with_suffix(&path, "-wal")).unwrap().len());
    }
    let count = first.document().object_count();
    // As after a kill: database and log are copied while the project is open.
    for (name, harm) in [("cut", true), ("overwritten", false)] {
        let copy = base.path().join(format!("{name}.limn"));
        std::fs::copy(&path, &copy).unwrap();
        let mut log = std::fs::read(with_suffix(&path, "-wal")).unwrap();
        let (before, end) = (lengths[2] as usize, lengths[3] as usize);
        let middle = (before + end) / 2;
        if harm {
            log.truncate(middle);
        } else {
            log[middle..end].fill(0x5a);
        }
        std::fs::write(with_suffix(&copy, "-wal"), log).unwrap();
        let again = Project::open(&copy).unwrap();
        assert_eq!((again.is_read_only(), again.document().object_count()), (None, count - 1), "{name}");
        for object in again.document().objects() {
            assert_eq!(first.document().object(object.id), Some(object));
        }
    }
    fault_table::row(
        "end of the log cut or overwritten",
        "all commits but the torn one are there, the project can be changed",
    );
}

#[test]
fn a_damaged_project_is_exported_and_lives_on_elsewhere() {
    let (base, pictures) = folder();
    let mut first = project(&pictures, false);
    let path = first.path().unwrap().to_path_buf();
    let image = first.document().image_at("photo one.png").unwrap().id;
    // Enough rows for many pages.
    let mut t = Transaction::new("many");
    for seed in 0..150 {
        let object = Object::new(first.next_object_id(), image, ClassId(2), common::noise(40, 30, seed));
        t.put_object(first.document(), object);
    }
    first.commit(t).unwrap();
    let before = first.document().clone();
    drop(first);
    let mut bytes = std::fs::read(&path).unwrap();
    let needle = b"{\"id\":100,\"image\":";
    let at = bytes.windows(needle.len()).position(|window| window == needle).unwrap();
    bytes[at / 4096 * 4096..][..4096].fill(0xa5);
    std::fs::write(&path, &bytes).unwrap();

    let rescued = Project::open(&path).unwrap();
    let (why, notice) = (rescued.is_read_only().unwrap(), rescued.notice().unwrap());
    assert!(why.contains("damaged") && why.contains("export"), "{why}");
    assert!(notice.contains("lost: object") && !notice.contains('\n'), "{notice}");
    let left = rescued.document().object_count();
    assert!(left + 30 > before.object_count() && left < before.object_count(), "{left} of {}", before.object_count());
    let to = base.path().join("rescue.json");
    export(&rescued, Format::Coco, &to, &ExportOptions::default(), &NoProgress).unwrap();
    assert!(verify(Format::Coco, &to, None, Some(&path), &NoProgress).unwrap().is_exact());
    let mut second = Project::create(&base.path().join("second.limn"), &pictures).unwrap();
    second.rescan().unwrap();
    import(&mut second, Format::Coco, &to, &ImportOptions::default(), &NoProgress).unwrap();
    for object in rescued.document().objects() {
        assert_eq!(second.document().object(object.id).map(|o| &o.mask), Some(&object.mask));
        assert_eq!(before.object(object.id), Some(object), "what is read is what was written");
    }
    fault_table::row(
        "a page of the project overwritten",
        "opens for reading with all rows but those of the page, named; export and import elsewhere work",
    );
}

#[test]
fn a_project_cannot_be_changed_from_two_windows() {
    let (_base, pictures) = folder();
    let mut first = project(&pictures, false);
    let path = first.path().unwrap().to_path_buf();
    let error = Project::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::Locked { .. }), "{error}");
    assert!(error.to_string().contains("already open") && !error.to_string().contains('\n'), "{error}");
    let reader = Project::open_read_only(&path).unwrap();
    assert_eq!(reader.document(), first.document());
    add(&mut first, 1);
    assert_eq!(reader.document().object_count() + 1, first.document().object_count());
    drop(first);
    assert!(Project::open(&path).unwrap().is_read_only().is_none());
    fault_table::row("project opened twice", "the second is refused by name of the first; reading is possible");
}

#[test]
fn pictures_that_go_away_keep_their_objects_and_come_back() {
    let (base, pictures) = folder();
    let first = project(&pictures, false);
    let path = first.path().unwrap().to_path_buf();
    let before = first.document().clone();
    drop(first);
    // The pictures go, the project stays.
    let away = base.path().join("away");
    for (name, ..) in common::PICTURES {
        let to = away.join(name);
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::rename(pictures.join(name), to).unwrap();
    }
    let mut project = Project::open_folder(&pictures).unwrap();
    assert!(project.document().images().iter().all(|image| image.missing));
    assert_eq!(project.document().objects().collect::<Vec<_>>(), before.objects().collect::<Vec<_>>());
    let found = check(project.document(), project.root(), &CheckOptions::default(), &NoProgress).unwrap();
    let missing = found.iter().filter(|finding| finding.kind == FindingKind::MissingFile).count();
    assert_eq!(missing, common::PICTURES.len());
    let to = base.path().join("c.json");
    export(&project, Format::Coco, &to, &ExportOptions::default(), &NoProgress).unwrap();
    assert!(verify(Format::Coco, &to, None, Some(&path), &NoProgress).unwrap().is_exact());
    add(&mut project, 1);
    for (name, ..) in common::PICTURES {
        std::fs::rename(away.join(name), pictures.join(name)).unwrap();
    }
    let change = project.rescan().unwrap();
    assert_eq!((change.returned.len(), change.added.len()), (common::PICTURES.len(), 0));
    assert_eq!(project.document().object_count(), before.object_count() + 1);
    fault_table::row(
        "pictures pulled away",
        "marked missing, every object kept, editing and export go on; back after a rescan",
    );
}

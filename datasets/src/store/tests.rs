use serde_json::json;

use super::*;
use crate::document::{Class, ImageRecord, Object};
use crate::raster::{Mask, PixelRect, Span};

/// A project file with one class and one 4x3 picture.
fn project(folder: &Path) -> Project {
    let mut project = Project::create(&folder.join("p.limn"), folder).unwrap();
    let mut t = Transaction::new("start");
    t.put_class(project.document(), Class::new(project.next_class_id(), "cat", [1, 2, 3]));
    let mut image = ImageRecord::new(project.next_image_id(), "a b/ü 1.png");
    (image.width, image.height) = (4, 3);
    t.put_image(project.document(), image);
    project.commit(t).unwrap();
    project
}

fn add_object(project: &mut Project, bits: u16) -> ObjectId {
    let bytes: Vec<u8> = (0..12).map(|bit| (bits >> bit & 1) as u8).collect();
    let object = Object::new(project.next_object_id(), ImageId(1), ClassId(1), Mask::from_bytes(4, 3, &bytes));
    let id = object.id;
    let mut t = Transaction::new(format!("add {}", id.0));
    t.put_object(project.document(), object);
    project.commit(t).unwrap();
    id
}

#[test]
fn history_survives_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.limn");
    let mut states = Vec::new();
    {
        let mut project = project(folder.path());
        states.push(project.document().clone());
        for bits in [1, 2, 0xfff] {
            add_object(&mut project, bits);
            states.push(project.document().clone());
        }
        assert_eq!(project.undo().unwrap().as_deref(), Some("add 3"));
    }
    let mut project = Project::open(&path).unwrap();
    assert_eq!(project.document(), &states[2]);
    assert_eq!((project.can_undo(), project.can_redo()), (Some("add 2"), Some("add 3")));
    assert_eq!(project.redo().unwrap().as_deref(), Some("add 3"));
    assert_eq!(project.document(), &states[3]);
    for expected in [&states[2], &states[1], &states[0]] {
        project.undo().unwrap().unwrap();
        assert_eq!(project.document(), expected);
    }
    drop(project);
    let mut project = Project::open(&path).unwrap();
    assert_eq!(project.undo().unwrap().as_deref(), Some("start"));
    assert_eq!(project.undo().unwrap(), None);
    assert_eq!(project.document(), &Document::default());
    while project.redo().unwrap().is_some() {}
    assert_eq!(project.document(), &states[3]);
    project.undo().unwrap();
    add_object(&mut project, 7);
    assert_eq!((project.redo().unwrap(), project.can_redo()), (None, None));
}

#[test]
fn ids_are_never_reused() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = project(folder.path());
    let first = add_object(&mut project, 1);
    project.undo().unwrap();
    drop(project);
    let mut project = Project::open(&folder.path().join("p.limn")).unwrap();
    assert!(add_object(&mut project, 1) > first);
}

#[test]
fn the_history_is_limited_by_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = project(folder.path());
    project.set_history_limit(1500);
    for bits in 1..20 {
        add_object(&mut project, bits);
    }
    let end = project.document().clone();
    let mut steps = 0;
    while project.undo().unwrap().is_some() {
        steps += 1;
    }
    assert!((1..10).contains(&steps), "{steps} steps kept");
    drop(project);
    let mut project = Project::open(&folder.path().join("p.limn")).unwrap();
    while project.redo().unwrap().is_some() {}
    assert_eq!(project.document(), &end);
}

#[test]
fn a_second_opening_is_refused_but_reading_is_allowed() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = project(folder.path());
    add_object(&mut project, 5);
    let path = project.path().unwrap().to_path_buf();
    let error = Project::open(&path).unwrap_err();
    assert!(matches!(error, StoreError::Locked { .. }), "{error}");
    let mut reader = Project::open_read_only(&path).unwrap();
    assert_eq!(reader.document(), project.document());
    let error = reader.undo().unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
}

#[test]
fn view_state_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = project(folder.path());
    assert_eq!(project.view_state(), None);
    project.set_view_state(&json!({"zoom": 2.5, "image": 1})).unwrap();
    drop(project);
    let project = Project::open(&folder.path().join("p.limn")).unwrap();
    assert_eq!(project.view_state(), Some(json!({"zoom": 2.5, "image": 1})));
    assert_eq!(project.can_undo(), Some("start"));
}

#[test]
fn foreign_and_damaged_files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.limn");
    assert!(matches!(Project::open(&path), Err(StoreError::NotFound { .. })));
    std::fs::write(&path, "just some text, long enough to be taken for a page of a database").unwrap();
    assert!(matches!(Project::open(&path), Err(StoreError::NotAProject { .. })));
    std::fs::remove_file(&path).unwrap();
    {
        let mut project = project(folder.path());
        for bits in 0..200 {
            add_object(&mut project, bits);
        }
    }
    let mut bytes = std::fs::read(&path).unwrap();
    let (from, to) = (bytes.len() / 4, bytes.len() * 3 / 4);
    bytes[from..to].fill(0x5a);
    std::fs::write(&path, &bytes).unwrap();
    match Project::open(&path) {
        Ok(rescued) => {
            assert!(rescued.is_read_only().is_some_and(|why| why.contains("damaged")));
            assert!(rescued.document().object_count() < 200, "half of the file is gone");
        }
        Err(error) => assert!(matches!(&error, StoreError::Corrupt { .. }), "{error}"),
    }
    assert_eq!(std::fs::read(&path).unwrap(), bytes, "a damaged file must stay as it is");
}

#[test]
fn a_refused_transaction_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = project(folder.path());
    let before = project.document().clone();
    let mut t = Transaction::new("bad");
    t.put_object(&before, Object::new(ObjectId(5), ImageId(99), ClassId(1), Mask::empty(4, 3)));
    assert!(matches!(project.commit(t), Err(StoreError::Edit(_))));
    assert_eq!(project.document(), &before);
    assert_eq!(project.can_undo(), Some("start"));
}

/// A grey picture without content, enough for a scan.
fn picture(path: &Path, width: u32, height: u32) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    image::GrayImage::new(width, height).save(path).unwrap();
}

#[test]
fn a_folder_is_scanned_in_natural_order_and_watched_for_changes() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("my pictures");
    for name in ["b10.png", "b2.png", "sub/ü.png", ".hidden/x.png", ".y.png", "out/e.png"] {
        picture(&dir.join(name), 5, 4);
    }
    std::fs::write(dir.join("out").join(scan::EXPORT_MARKER), "{}").unwrap();
    std::fs::write(dir.join("notes.txt"), "no picture").unwrap();
    let mut project = Project::open_folder(&dir).unwrap();
    let names = |p: &Project| p.document().images().iter().map(|i| i.path.clone()).collect::<Vec<_>>();
    assert_eq!(names(&project), ["b2.png", "b10.png", "sub/ü.png"]);
    assert_eq!(project.document().images()[0].width, 5);
    assert_eq!(project.path().unwrap().file_name().unwrap(), "my pictures.limn");
    assert_eq!(project.can_undo(), None);

    std::fs::remove_file(dir.join("b2.png")).unwrap();
    picture(&dir.join("b3.png"), 7, 7);
    let change = project.rescan().unwrap();
    assert_eq!((change.added.len(), change.missing.len(), change.returned.len()), (1, 1, 0));
    assert!(project.document().image_at("b2.png").unwrap().missing);
    assert!(project.rescan().unwrap().is_empty());
    drop(project);
    picture(&dir.join("b2.png"), 5, 4);
    let project = Project::open_folder(&dir).unwrap();
    assert_eq!(names(&project), ["b2.png", "b3.png", "b10.png", "sub/ü.png"]);
    assert!(!project.document().image_at("b2.png").unwrap().missing);
}

#[test]
fn a_moved_folder_takes_its_project_along() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("before");
    picture(&dir.join("a.png"), 5, 4);
    drop(Project::open_folder(&dir).unwrap());
    let moved = folder.path().join("after");
    std::fs::rename(&dir, &moved).unwrap();
    let project = Project::open_folder(&moved).unwrap();
    assert_eq!(project.path().unwrap().file_name().unwrap(), "before.limn");
    assert!(project.image_path("a.png").is_file());
    assert!(!project.document().images()[0].missing);
}

#[test]
fn several_projects_in_a_folder_are_not_guessed_between() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["x.limn", "y.limn"] {
        drop(Project::create(&folder.path().join(name), folder.path()).unwrap());
    }
    let error = Project::open_folder(folder.path()).unwrap_err();
    assert!(error.to_string().contains("x.limn, y.limn"), "{error}");
}

#[test]
fn a_project_in_memory_has_history_too() {
    let mut project = Project::in_memory(Path::new("/nowhere"));
    let mut t = Transaction::new("class");
    t.put_class(project.document(), Class::new(project.next_class_id(), "cat", [0; 3]));
    project.commit(t).unwrap();
    assert_eq!(project.undo().unwrap().as_deref(), Some("class"));
    assert_eq!(project.redo().unwrap().as_deref(), Some("class"));
    assert_eq!(project.document().class_count(), 1);
}

/// One random action on a project of one class and one picture.
fn act(project: &mut Project, action: u8, bits: u16) {
    let newest = project.document().objects().last().map(|object| object.id);
    match (action % 6, newest) {
        (0 | 1, _) => drop(add_object(project, bits)),
        (2, Some(id)) => {
            let mut t = Transaction::new("remove");
            t.remove_object(project.document(), id);
            project.commit(t).unwrap();
        }
        (3, Some(id)) => {
            let mut object = project.document().object(id).unwrap().clone();
            object.z = i64::from(bits);
            object.extra.insert("n".to_owned(), json!({"ü": bits}));
            let mut t = Transaction::new("change");
            t.put_object(project.document(), object);
            project.commit(t).unwrap();
        }
        (4, _) => drop(project.undo().unwrap()),
        _ => drop(project.redo().unwrap()),
    }
}

proptest::proptest! {
    // Every case writes and syncs some forty times.
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(12))]
    #[test]
    fn random_work_then_undo_of_everything_also_after_reopening(
        actions in proptest::collection::vec(proptest::prelude::any::<(u8, u16)>(), 1..25),
        reopen_at in 0usize..25,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.limn");
        let mut work = project(folder.path());
        let start = work.document().clone();
        for (at, (action, bits)) in actions.into_iter().enumerate() {
            if at == reopen_at {
                let before = work.document().clone();
                drop(work);
                work = Project::open(&path).unwrap();
                proptest::prop_assert_eq!(work.document(), &before);
            }
            // The first transaction made the class and the picture: it stays.
            if !(action % 6 == 4 && work.can_undo() == Some("start")) {
                act(&mut work, action, bits);
            }
        }
        let end = work.document().clone();
        let mut undone = 0;
        while work.can_undo() != Some("start") {
            work.undo().unwrap();
            undone += 1;
        }
        proptest::prop_assert_eq!(work.document(), &start);
        drop(work);
        let mut work = Project::open(&path).unwrap();
        proptest::prop_assert_eq!(work.document(), &start);
        for _ in 0..undone {
            work.redo().unwrap();
        }
        proptest::prop_assert_eq!(work.document(), &end);
    }
}

#[cfg(unix)]
#[test]
fn a_lock_that_is_another_file_is_left_and_the_project_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut work = project(folder.path());
    add_object(&mut work, 5);
    let path = work.path().unwrap().to_path_buf();
    drop(work);
    let (lock, mine) = (folder.path().join("p.limn.lock"), folder.path().join("mine.txt"));
    std::fs::write(&mine, "years of work").unwrap();
    let whole = std::fs::read(&path).unwrap();
    let nowhere = folder.path().join("planted");
    for target in [&mine, &path, &nowhere] {
        std::os::unix::fs::symlink(target, &lock).unwrap();
        assert!(Project::open(&path).unwrap().is_read_only().unwrap().contains("lock"));
        std::fs::remove_file(&lock).unwrap();
    }
    std::fs::hard_link(&mine, &lock).unwrap();
    let read = Project::open(&path).unwrap();
    assert_eq!((read.is_read_only().is_some(), read.document().object_count()), (true, 1));
    assert_eq!((std::fs::read(&mine).unwrap(), std::fs::read(&path).unwrap()), (b"years of work".to_vec(), whole));
    assert!(!nowhere.exists());
}

#[test]
fn a_project_of_the_older_version_is_read_without_leaving_anything() {
    let folder = tempfile::tempdir().unwrap();
    let mut work = project(folder.path());
    add_object(&mut work, 5);
    drop(work);
    let path = folder.path().join("p.limn");
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 1).unwrap();
    let before = std::fs::read(&path).unwrap();
    assert_eq!(Project::open_read_only(&path).unwrap().document().object_count(), 1);
    assert_eq!(std::fs::read(&path).unwrap(), before);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn the_log_of_a_project_that_is_gone_is_not_taken_for_the_new_ones() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("p.limn-wal"), "somebody's").unwrap();
    drop(project(folder.path()));
    assert_eq!(std::fs::read(folder.path().join("p.limn-wal.old")).unwrap(), b"somebody's");
    assert_eq!(Project::open(&folder.path().join("p.limn")).unwrap().is_read_only(), None);
}

#[test]
fn the_last_id_and_claims_of_the_history_stop_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut work = project(folder.path());
    let mut t = Transaction::new("last");
    t.put_object(work.document(), Object::new(ObjectId(i64::MAX), ImageId(1), ClassId(1), Mask::empty(4, 3)));
    work.commit(t).unwrap();
    add_object(&mut work, 1);
    drop(work);
    let path = folder.path().join("p.limn");
    Connection::open(&path).unwrap().execute("UPDATE journal SET bytes = ?1", [i64::MAX]).unwrap();
    let mut work = Project::open(&path).unwrap();
    add_object(&mut work, 3);
    let mut steps = 0;
    while work.undo().unwrap().is_some() {
        steps += 1;
    }
    assert_eq!(steps, 4, "no step of the history is gone");
}

/// What a run left that was killed while it made a backup or a project goes with the next start; what others left stays.
#[cfg(target_os = "linux")]
#[test]
fn what_a_killed_run_left_is_cleared_by_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    drop(Project::create(&at("p.limn"), folder.path()).unwrap());
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let lay = |name: &str, process: u32| {
        std::fs::create_dir(at(name)).unwrap();
        let mark = format!("limn export, process and machine:\n{process} {}\n", host.trim());
        std::fs::write(at(name).join("mark"), mark).unwrap();
        std::fs::write(at(name).join("0.new"), "half").unwrap();
        std::fs::write(at(name).join("0.new-journal"), "half").unwrap();
    };
    lay(".limn-export-0123456789abcdef", u32::MAX);
    std::fs::create_dir(at(".limn-export-mine")).unwrap();
    std::fs::write(at(".limn-export-mine/thesis"), "years of work").unwrap();
    drop(Project::open(&at("p.limn")).unwrap());
    assert!(!at(".limn-export-0123456789abcdef").exists());
    assert!(at(".limn-export-mine/thesis").exists());
}

/// A mask with a rough edge of more rows than stay in a record, and with a hole whose place depends on `seed`.
fn large(seed: u32) -> Mask {
    let rough = |y: u32| y.wrapping_mul(2_654_435_761) >> 22;
    let rows = (20..2980).map(|y| Span { y, x0: 10 + rough(y), x1: 1990 - rough(y + 7) / 2 });
    let whole = Mask::from_spans(2000, 3000, rows.collect());
    let (x0, y0) = (50 + seed * 97 % 1500, 100 + seed * 89 % 2500);
    whole.subtract(&Mask::rectangle(2000, 3000, PixelRect { x0, y0, x1: x0 + 40, y1: y0 + 40 }))
}

/// A project with a large mask in its first object.
fn with_large_mask(folder: &Path) -> Project {
    let mut work = project(folder);
    let mut t = Transaction::new("large");
    let mut image = ImageRecord::new(ImageId(2), "scan.png");
    (image.width, image.height) = (2000, 3000);
    t.put_image(work.document(), image);
    let mut object = Object::new(ObjectId(1), ImageId(2), ClassId(1), large(0));
    let rerun =
        crate::document::Rerun { run: "r".into(), model: "m".into(), iou: 0.9, proposal: Some(large(7)), base: None };
    object.rerun = Some(rerun);
    t.put_object(work.document(), object);
    work.commit(t).unwrap();
    work
}

fn number(path: &Path, sql: &str) -> i64 {
    Connection::open(path).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn large_masks_are_stored_by_tiles_and_a_stroke_is_a_small_entry() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.limn");
    let mut work = with_large_mask(folder.path());
    let all = number(&path, "SELECT count(*) FROM mask_tile");
    assert!(all > 30, "{all} tiles of both masks");
    assert!(number(&path, "SELECT length(record) FROM object WHERE id = 1") < 1000);
    let journal = number(&path, "SELECT octet_length(edits) FROM journal ORDER BY seq DESC LIMIT 1");
    for seed in 1..6 {
        let mut object = work.document().object(ObjectId(1)).unwrap().clone();
        object.mask = large(seed);
        let mut t = Transaction::new(format!("stroke {seed}"));
        t.put_object(work.document(), object);
        work.commit(t).unwrap();
        let stroke = number(&path, "SELECT octet_length(edits) FROM journal ORDER BY seq DESC LIMIT 1");
        assert!(stroke < journal / 2, "{stroke} of {journal} bytes");
    }
    let end = work.document().clone();
    drop(work);
    let mut work = Project::open(&path).unwrap();
    assert_eq!(work.document(), &end);
    for seed in (0..5).rev() {
        work.undo().unwrap();
        assert_eq!(work.document().object(ObjectId(1)).unwrap().mask, large(seed));
    }
    drop(work);
    let mut work = Project::open(&path).unwrap();
    assert_eq!(work.document().object(ObjectId(1)).unwrap().mask, large(0));
    while work.redo().unwrap().is_some() {}
    assert_eq!(work.document(), &end);
    // Smaller than what has tiles, the new mask decided, then gone.
    let mut object = work.document().object(ObjectId(1)).unwrap().clone();
    (object.mask, object.rerun) = (Mask::rectangle(2000, 3000, PixelRect { x0: 0, y0: 0, x1: 9, y1: 9 }), None);
    let mut t = Transaction::new("small");
    t.put_object(work.document(), object);
    work.commit(t).unwrap();
    assert_eq!(number(&path, "SELECT count(*) FROM mask_tile"), 0);
    work.undo().unwrap();
    let mut t = Transaction::new("gone");
    t.remove_object(work.document(), ObjectId(1));
    work.commit(t).unwrap();
    assert_eq!(number(&path, "SELECT count(*) FROM mask_tile"), 0);
    work.undo().unwrap();
    drop(work);
    assert_eq!(Project::open(&path).unwrap().document(), &end);
}

#[test]
fn of_lost_tiles_the_object_is_named_and_the_rest_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.limn");
    for damage in
        ["DELETE FROM mask_tile WHERE role = 0 AND row = 3", "UPDATE mask_tile SET data = x'0102' WHERE row = 5"]
    {
        let mut work = with_large_mask(folder.path());
        add_object(&mut work, 9);
        drop(work);
        Connection::open(&path).unwrap().execute(damage, []).unwrap();
        let read = Project::open(&path).unwrap();
        assert!(read.is_rescued() && read.notice().unwrap().contains("lost: object 1"), "{:?}", read.notice());
        assert_eq!(read.document().object_count(), 1);
        drop(read);
        std::fs::remove_file(&path).unwrap();
    }
}

/// Makes the file one of version 2: masks in the records, edits as JSON.
fn make_old(path: &Path, document: &Document, edits: &[Edit]) {
    let connection = Connection::open(path).unwrap();
    connection.execute_batch("DROP TABLE mask_tile; DELETE FROM journal; PRAGMA user_version = 2").unwrap();
    for object in document.objects() {
        let record = serde_json::to_string(object).unwrap();
        connection.execute("UPDATE object SET record = ?1 WHERE id = ?2", (record, object.id.0)).unwrap();
    }
    let edits = serde_json::to_string(edits).unwrap();
    connection.execute("INSERT INTO journal VALUES(1, 'all', 1, ?1)", [edits]).unwrap();
    connection.execute("UPDATE meta SET value = '1' WHERE key = 'cursor'", []).unwrap();
}

#[test]
fn a_project_of_version_2_is_read_migrated_and_keeps_its_history() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.limn");
    let mut work = with_large_mask(folder.path());
    add_object(&mut work, 9);
    let end = work.document().clone();
    drop(work);
    let put = |object: &Object| Edit::Object { before: None, after: Some(object.clone()) };
    make_old(&path, &end, &end.objects().map(put).collect::<Vec<_>>());
    let old = std::fs::read(&path).unwrap();
    assert_eq!(Project::open_read_only(&path).unwrap().document(), &end);
    assert_eq!(std::fs::read(&path).unwrap(), old, "reading changes nothing");
    let mut work = Project::open(&path).unwrap();
    assert_eq!((work.document(), work.is_read_only()), (&end, None));
    assert_eq!(number(&path, "SELECT count(*) FROM mask_tile"), 0, "no row is changed by the opening");
    let mut object = end.object(ObjectId(1)).unwrap().clone();
    object.mask = large(3);
    let mut t = Transaction::new("stroke");
    t.put_object(work.document(), object);
    work.commit(t).unwrap();
    assert!(number(&path, "SELECT count(*) FROM mask_tile") > 30);
    let changed = work.document().clone();
    drop(work);
    let mut work = Project::open(&path).unwrap();
    assert_eq!(work.document(), &changed);
    work.undo().unwrap();
    assert_eq!(work.document(), &end);
    assert_eq!(work.undo().unwrap().as_deref(), Some("all"));
    assert_eq!(work.document().object_count(), 0);
    work.redo().unwrap();
    assert_eq!(work.document(), &end);
}

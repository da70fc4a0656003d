//! Changes that are written behind.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::Project;
use crate::document::{Class, ClassId, ImageId, ImageRecord, Object, ObjectId};
use crate::edit::Transaction;
use crate::raster::Mask;

fn begun(folder: &Path) -> (Project, Arc<AtomicUsize>) {
    let mut project = Project::create(&folder.join("p.limn"), folder).unwrap();
    let mut t = Transaction::new("start");
    t.put_class(project.document(), Class::new(ClassId(1), "cat", [1, 2, 3]));
    let mut image = ImageRecord::new(ImageId(1), "a.png");
    (image.width, image.height) = (4, 3);
    t.put_image(project.document(), image);
    project.commit(t).unwrap();
    let rung = Arc::new(AtomicUsize::new(0));
    let bell = Arc::clone(&rung);
    project
        .write_behind(move || {
            bell.fetch_add(1, Ordering::SeqCst);
        })
        .unwrap();
    (project, rung)
}

fn add(project: &mut Project, bits: u8) -> ObjectId {
    let id = project.next_object_id();
    let bytes: Vec<u8> = (0..12).map(|bit| bits >> (bit % 8) & 1).collect();
    let mut t = Transaction::new(format!("add {}", id.0));
    t.put_object(project.document(), Object::new(id, ImageId(1), ClassId(1), Mask::from_bytes(4, 3, &bytes)));
    project.commit(t).unwrap();
    id
}

/// Waits until something is so.
fn until(mut so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it does not come");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn what_is_written_behind_is_there_after_closing_in_the_order_in_which_it_was_done() {
    let folder = tempfile::tempdir().unwrap();
    let (mut project, rung) = begun(folder.path());
    for bits in 1..40 {
        add(&mut project, bits);
    }
    // Undone and done again before and after it is on disk.
    assert_eq!(project.undo().unwrap().as_deref(), Some("add 39"));
    assert_eq!(project.undo().unwrap().as_deref(), Some("add 38"));
    until(|| project.unwritten() == 0);
    assert!(project.news().is_none() && project.written_at().is_some());
    until(|| rung.load(Ordering::SeqCst) == 41);
    assert_eq!(project.undo().unwrap().as_deref(), Some("add 37"));
    assert_eq!(project.redo().unwrap().as_deref(), Some("add 37"));
    add(&mut project, 7);
    project.set_view_state(&serde_json::json!({"zoom": 3})).unwrap();
    project.leave_out("b.png").unwrap();
    let (end, history) = (project.document().clone(), project.history());
    drop(project);
    let mut project = Project::open(&folder.path().join("p.limn")).unwrap();
    assert_eq!((project.document(), project.history()), (&end, history));
    assert_eq!(project.view_state(), Some(serde_json::json!({"zoom": 3})));
    let mut steps = 0;
    while project.undo().unwrap().is_some() {
        steps += 1;
    }
    assert_eq!(steps, 39, "37 objects, the newest and the start");
}

#[test]
fn what_cannot_be_written_waits_and_is_lost_by_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p.limn");
    let (mut project, _) = begun(folder.path());
    until(|| project.unwritten() == 0);
    let blocker = Connection::open(&path).unwrap();
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    let begun = Instant::now();
    add(&mut project, 1);
    add(&mut project, 2);
    assert!(begun.elapsed() < Duration::from_secs(2), "nobody waits for the lock");
    until(|| project.is_stuck());
    assert!(project.news().is_some_and(|error| error.to_string().contains("p.limn")), "it is told");
    assert!(project.news().is_none(), "once");
    assert_eq!((project.document().object_count(), project.unwritten()), (2, 2));
    for zoom in 0..5 {
        project.set_view_state(&serde_json::json!({ "zoom": zoom })).unwrap();
    }
    assert_eq!(project.unwritten(), 2, "how the window looks is nobody's work");
    add(&mut project, 3);
    assert_eq!(project.undo().unwrap().as_deref(), Some("add 3"), "work goes on");
    // A job, which is to hear what became of its change: it waits, tries again, and nothing of the change is left.
    project.wait_from_now_on();
    let before = project.document().clone();
    let mut t = Transaction::new("job");
    t.remove_object(project.document(), ObjectId(1));
    assert!(project.commit(t).is_err());
    assert_eq!((project.document(), project.unwritten()), (&before, 4));
    blocker.execute_batch("ROLLBACK").unwrap();
    project.write_again();
    until(|| project.unwritten() == 0);
    let end = project.document().clone();
    let read = Project::open_read_only(&path).unwrap();
    assert_eq!((read.document(), read.view_state()), (&end, Some(serde_json::json!({ "zoom": 4 }))));
    // At once from now on.
    add(&mut project, 4);
    assert_eq!(Project::open_read_only(&path).unwrap().document().object_count(), 3, "at once again");
}

//! Pictures that are broken, places that are not what they seem: one clear message each, and the work goes on.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use limn::window::command::Command;

use crate::support::{DISK, Window, write_picture};

#[test]
fn a_broken_picture_says_why_and_the_next_one_opens() {
    let mut w = Window::new(&["c.ppm"]);
    std::fs::write(w.dir.path().join("a.png"), b"").unwrap();
    std::fs::write(w.dir.path().join("b.png"), b"not a picture at all").unwrap();
    w.open_folder();
    assert_eq!(w.picture(), "a.png");
    let error = w.app().picture_error().expect("a message").to_owned();
    assert!(error.contains("a.png") && error.contains("empty"), "{error}");
    // A click into the place where a picture should be does nothing.
    w.add(DISK);
    assert_eq!(w.app().draft_clicks(), 0);
    w.key(Modifiers::NONE, Key::ArrowRight);
    w.settle();
    assert!(w.app().picture_error().is_some_and(|e| e.contains("b.png")));
    w.key(Modifiers::NONE, Key::ArrowRight);
    w.settle();
    assert!(w.app().picture_is_ready() && w.app().picture_error().is_none());
    w.add(DISK);
    assert!(w.draft_mask().contains(50, 60));
}

#[test]
fn places_that_cannot_be_opened_leave_the_open_one_alone() {
    let mut w = Window::new(&["a.ppm"]);
    w.open_folder();
    std::fs::write(w.dir.path().join("notes.txt"), b"x").unwrap();
    std::fs::write(w.dir.path().join("broken.limn"), b"this is no database").unwrap();
    for (name, words) in [("notes.txt", "not a picture"), ("nowhere", "no such file"), ("broken.limn", "broken.limn")] {
        let path = w.dir.path().join(name);
        w.harness.state_mut().apply(Command::Open(path));
        w.settle();
        assert!(w.has_message(words), "{name}: {:?}", w.app().messages());
        assert_eq!(w.picture(), "a.ppm");
    }
}

#[test]
fn a_desktop_without_file_dialogs_is_told_how_to_go_on() {
    let mut w = Window::new(&["a.ppm"]);
    w.press("Open a folder of pictures");
    w.settle();
    assert!(w.has_message("no file dialog came up"), "{:?}", w.app().messages());
    assert!(!w.app().is_open());
}

#[test]
fn new_pictures_appear_and_removed_ones_are_marked() {
    let mut w = Window::new(&["a.ppm", "b.ppm"]);
    w.open_folder();
    write_picture(&w.dir.path().join("c.ppm"));
    std::fs::remove_file(w.dir.path().join("b.ppm")).unwrap();
    w.harness.state_mut().apply(Command::Rescan);
    w.settle();
    assert_eq!(w.app().document().image_count(), 3);
    assert!(w.has_message("1 new, 1 gone"), "{:?}", w.app().messages());
    assert!(w.harness.query_by_label("b.ppm, missing").is_some());
    // The search narrows the list and the steps through it.
    w.harness.get_by_label("Search pictures").focus();
    w.harness.run_steps(2);
    w.harness.get_by_label("Search pictures").type_text("c.");
    w.harness.run_steps(2);
    assert!(w.harness.query_by_label("a.ppm, open").is_none());
    w.press("c.ppm, open");
    w.settle();
    assert_eq!(w.picture(), "c.ppm");
}

#[test]
fn what_a_damaged_project_has_lost_is_said_for_as_long_as_a_person_likes() {
    let mut w = Window::new(&["a.ppm"]);
    w.open_folder();
    w.add(DISK);
    w.key(Modifiers::NONE, Key::Enter);
    let (dir, project) = (w.dir, w.harness.state().project().and_then(|p| p.path()).unwrap().to_path_buf());
    eframe::App::on_exit(w.harness.state_mut());
    drop(w.harness);
    let store = rusqlite::Connection::open(&project).unwrap();
    store.execute("UPDATE object SET record = '{nonsense'", []).unwrap();
    drop(store);
    let mut w = Window::with_engine(dir, crate::support::small_engine());
    w.app_mut().apply(Command::Open(project));
    w.settle();
    w.press("All of it");
    assert!(w.harness.query_all_by_label_contains("lost: object 1").count() > 1, "a page holds every line");
    w.key(Modifiers::NONE, Key::Escape);
    assert!(w.harness.query_by_label("All of it").is_some(), "the bar stays");
}

#[test]
fn changes_that_cannot_be_written_wait_and_are_told_by_a_bar() {
    let mut w = Window::new(&["a.ppm"]);
    w.open_folder();
    let path = w.harness.state().project().and_then(|p| p.path()).unwrap().to_path_buf();
    let blocker = rusqlite::Connection::open(&path).unwrap();
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    w.add(DISK);
    w.key(Modifiers::NONE, Key::Enter);
    w.settle();
    assert_eq!(w.objects().len(), 1, "the object is there although the file cannot have it");
    assert!(w.harness.query_by_label_contains("not on disk yet").is_some(), "{:?}", w.app().messages());
    let stored = |path: &std::path::Path| {
        let store = rusqlite::Connection::open(path).unwrap();
        store.query_row("SELECT count(*) FROM object", [], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!(stored(&path), 0);
    // Another folder does not take its place before that was said, nor does an export make it forgotten.
    let elsewhere = tempfile::tempdir().unwrap();
    w.app_mut().apply(Command::Open(elsewhere.path().to_path_buf()));
    w.settle();
    assert_eq!(w.objects().len(), 1);
    assert!(w.has_message("do this once more to give them up"), "{:?}", w.app().messages());
    w.app_mut().apply(Command::Check);
    w.settle();
    assert!(w.harness.query_by_label_contains("not on disk yet").is_some(), "{:?}", w.app().messages());
    blocker.execute_batch("ROLLBACK").unwrap();
    w.press("Try again");
    w.settle();
    assert!(w.harness.query_by_label_contains("not on disk yet").is_none());
    assert!(w.has_message("All changes are on disk again"), "{:?}", w.app().messages());
    assert_eq!(stored(&path), 1);
}

#[test]
fn a_file_that_holds_more_than_is_shown_says_so_upon_the_canvas() {
    let mut w = Window::new(&[]);
    // Two frames of 1 x 1 pixel, as small as a GIF can be.
    let frame: &[u8] = &[0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0];
    let head: &[u8] = &[0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255];
    std::fs::write(w.dir.path().join("film.gif"), [head, frame, frame, &[0x3b]].concat()).unwrap();
    w.open_folder();
    let said = w.harness.query_by_label_contains("the file holds 2 pictures");
    assert!(said.is_some(), "{:?}", w.app().picture_error());
}

#[cfg(unix)]
#[test]
fn links_that_lead_out_are_told_and_followed_once_a_person_says_so() {
    let elsewhere = tempfile::tempdir().unwrap();
    write_picture(&elsewhere.path().join("far.ppm"));
    let mut w = Window::new(&[]);
    std::os::unix::fs::symlink(elsewhere.path().join("far.ppm"), w.dir.path().join("near.ppm")).unwrap();
    w.open_folder();
    assert_eq!(w.app().document().images().len(), 0, "nothing outside is read unasked");
    w.press("Look there too");
    w.settle();
    assert_eq!(w.picture(), "near.ppm");
    w.add(DISK);
    assert!(w.draft_mask().contains(50, 60), "and it is a picture like any other");
    assert!(w.harness.query_by_label("Look there too").is_none(), "it is said once");
    // At the next opening it is remembered.
    let folder = w.dir.path().to_path_buf();
    w.harness.state_mut().apply(Command::Open(folder));
    w.settle();
    assert_eq!((w.picture().as_str(), w.app().document().images().len()), ("near.ppm", 1));
}

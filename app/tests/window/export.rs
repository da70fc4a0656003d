//! Exports: which objects, several formats at once, files that are in the way, and folders that are data sets already.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use limn::window::command::Command;
use limn_datasets::{Format, NoProgress, verify};

use crate::support::{DISK, SQUARE, Window, small_engine};

const NONE: Modifiers = Modifiers::NONE;
const CTRL: Modifiers = Modifiers::COMMAND;

/// A disk of class "disk" in the first picture, a square of class "square" in the second, which is done.
fn two() -> Window {
    let mut w = Window::new(&["a.ppm", "b.ppm"]);
    w.open_folder();
    w.app_mut().apply(Command::AddClasses(vec!["square".into(), "disk".into()]));
    w.add(DISK);
    w.key(NONE, Key::Enter);
    w.key(NONE, Key::PageDown);
    w.settle();
    w.key(NONE, Key::Num1);
    w.add(SQUARE);
    w.key(NONE, Key::Enter);
    w.key(NONE, Key::D);
    w
}

#[test]
fn classes_states_and_several_formats() {
    let mut w = two();
    w.key(CTRL, Key::E);
    w.press("Which objects: all");
    w.press("Only square");
    assert!(w.harness.query_by_label("1 object, 2 pictures: square 1").is_some());
    w.press("Only done");
    assert!(w.harness.query_by_label("1 object, 1 picture: square 1").is_some());
    assert!(w.harness.query_by_label("Outlines may leave the mask by").is_some());
    w.press("YOLO segmentation (folder)");
    w.confirm("Export");
    w.settle();
    assert!(w.has_message("1 object in 1 picture"), "{:?}", w.app().messages());
    let out = w.dir.path().join("export");
    for (format, place) in [(Format::Coco, out.join("coco/instances.json")), (Format::Yolo, out.join("yolo"))] {
        let report = verify(format, &place, Some(w.dir.path()), None, &NoProgress).unwrap();
        assert_eq!(report.objects.iter().filter(|o| o.fault.is_none()).count(), 1, "{format}: {report:?}");
    }
    // The next time the same formats are chosen.
    w.key(CTRL, Key::E);
    w.harness.run_steps(4);
    assert!(w.harness.query_by_label_contains("coco, yolo").is_some());
}

#[test]
fn the_selected_objects_alone() {
    let mut w = two();
    w.add(DISK);
    w.key(NONE, Key::Enter);
    let id = w.app().document().objects().last().unwrap().id;
    w.app_mut().apply(Command::Select(Some(id)));
    w.key(CTRL, Key::E);
    w.press("Which objects: all");
    w.press("Only the selected object");
    assert!(w.harness.query_by_label("1 object, 1 picture: square 1, disk 0").is_some());
    w.confirm("Export");
    w.settle();
    let file = w.dir.path().join("export/coco/instances.json");
    let report = verify(Format::Coco, &file, Some(w.dir.path()), None, &NoProgress).unwrap();
    assert_eq!(report.objects.len(), 1, "{report:?}");
}

#[test]
fn files_that_this_project_did_not_write_are_replaced_only_when_a_person_says_so() {
    let mut w = two();
    let mine = w.dir.path().join("export/coco/instances.json");
    std::fs::create_dir_all(mine.parent().unwrap()).unwrap();
    std::fs::write(&mine, "{\"mine\": true}").unwrap();
    w.key(CTRL, Key::E);
    w.press("PASCAL VOC (folder)");
    w.harness.get_all_by_label("Export").last().unwrap().click();
    w.harness.run_steps(3);
    w.settle();
    assert!(w.harness.query_by_label_contains("instances.json was not written by this project").is_some());
    assert_eq!(std::fs::read_to_string(&mine).unwrap(), "{\"mine\": true}");
    w.press("Cancel");
    assert_eq!(std::fs::read_to_string(&mine).unwrap(), "{\"mine\": true}");
    assert!(!w.dir.path().join("export/voc").exists(), "what comes behind it waits");

    w.key(CTRL, Key::E);
    w.harness.run_steps(3);
    w.harness.get_all_by_label("Export").last().unwrap().click();
    w.harness.run_steps(3);
    w.settle();
    w.press("Replace");
    w.settle();
    assert!(std::fs::read_to_string(&mine).unwrap().contains("annotations"), "{:?}", w.app().messages());
    assert!(w.dir.path().join("export/voc/Annotations").is_dir(), "and the rest is written too");
}

#[test]
fn a_folder_that_is_a_data_set_is_recognised_and_its_objects_come_in_when_wanted() {
    let mut w = two();
    w.key(CTRL, Key::E);
    w.press("COCO instances (JSON)");
    w.press("PASCAL VOC (folder)");
    w.confirm("Export");
    w.settle();
    let strange = tempfile::tempdir().unwrap();
    let voc = w.dir.path().join("export/voc");
    copy(&voc, strange.path());
    std::fs::remove_file(strange.path().join("limn-export.json")).unwrap();
    let mut w = Window::with_engine(strange, small_engine());
    w.open_folder();
    assert!(w.harness.query_by_label("This is a data set: PASCAL VOC (folder)").is_some());
    assert_eq!(w.app().document().image_count(), 2, "masks are no pictures");
    w.press("Import it");
    w.settle();
    assert_eq!(w.app().document().object_count(), 2, "{:?}", w.app().messages());
    // So is a file of one, wherever it lies.
    let beside = tempfile::tempdir().unwrap();
    std::fs::write(beside.path().join("labels.json"), "{\"images\": [], \"annotations\": [], \"categories\": []}")
        .unwrap();
    w.app_mut().apply(Command::Open(beside.path().join("labels.json")));
    w.settle();
    assert!(w.harness.query_by_label("This is a data set: COCO instances (JSON)").is_some());
    w.press("Take the pictures only");
    assert!(!w.app().is_dialog_open());
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

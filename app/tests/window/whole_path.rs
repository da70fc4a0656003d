//! The whole path: open, click, accept, class, next picture, undo, redo, export; and what is left after a restart.

use egui::{Key, Modifiers, PointerButton};
use egui_kittest::kittest::Queryable as _;
use limn::window::command::Command;
use limn_datasets::{Format, ImageState, NoProgress, Project, verify};

use crate::support::{DISK, SQUARE, Window};

const NONE: Modifiers = Modifiers::NONE;
const CTRL: Modifiers = Modifiers::COMMAND;

#[test]
fn from_a_folder_of_pictures_to_coco_and_voc() {
    let mut w = Window::new(&["a.ppm", "b.ppm"]);
    w.open_folder();
    assert_eq!(w.picture(), "a.ppm");

    // A class, two clicks, accept.
    w.harness.get_by_label("New class name").focus();
    w.harness.run_steps(2);
    w.harness.get_by_label("New class name").type_text("disk");
    w.harness.run_steps(2);
    w.press("Add class");
    assert_eq!(w.app().document().classes()[0].name, "disk");
    w.add(DISK);
    assert_eq!(w.app().draft_clicks(), 1);
    w.remove(SQUARE);
    assert_eq!(w.app().draft_clicks(), 2);
    let shown = w.draft_mask();
    assert!(shown.contains(50, 60), "the clicked pixel belongs to the mask");
    w.key(NONE, Key::Enter);
    let objects = w.objects();
    assert_eq!(objects.len(), 1);
    assert_eq!(objects[0].mask, shown, "what was seen is what is kept");
    assert_eq!(objects[0].clicks.len(), 2);
    assert!(objects[0].clicks[0].positive && !objects[0].clicks[1].positive);
    let disk = objects[0].class;

    // Next picture, another class by digit, three clicks, undo, redo, accept with Space.
    w.key(NONE, Key::PageDown);
    w.settle();
    assert_eq!(w.picture(), "b.ppm");
    w.harness.get_by_label("New class name").focus();
    w.harness.run_steps(2);
    w.harness.get_by_label("New class name").type_text("square");
    w.harness.run_steps(2);
    w.press("Add class");
    w.key(NONE, Key::Num1);
    assert_eq!(w.app().class(), Some(disk));
    w.key(NONE, Key::Num2);
    w.add(SQUARE);
    let one = w.draft_mask();
    w.click([20.0, 20.0], PointerButton::Primary, Modifiers::SHIFT);
    w.click([110.0, 80.0], PointerButton::Primary, NONE);
    let three = w.draft_mask();
    w.key(CTRL, Key::Z);
    w.settle();
    w.key(CTRL, Key::Z);
    w.settle();
    assert_eq!((w.app().draft_clicks(), w.draft_mask()), (1, one));
    w.key(CTRL, Key::Y);
    w.settle();
    w.key(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    w.settle();
    assert_eq!((w.app().draft_clicks(), w.draft_mask()), (3, three.clone()));
    w.key(NONE, Key::Space);
    assert_eq!(w.objects().len(), 1);
    assert_eq!(w.objects()[0].mask, three);

    // The document's history goes on where that of the clicks ends.
    w.key(CTRL, Key::Z);
    assert!(w.objects().is_empty());
    w.key(CTRL, Key::Y);
    assert_eq!(w.objects()[0].mask, three);
    w.key(NONE, Key::D);
    let done = w.app().current().and_then(|id| w.app().document().image(id)).map(|i| i.state);
    assert_eq!(done, Some(ImageState::Done));

    // Export both formats through the dialog; the files hold what was seen.
    w.key(CTRL, Key::E);
    w.press("PASCAL VOC (folder)");
    // The bar and the dialog both have a button of that name; the dialog's is the later one.
    w.confirm("Export");
    w.settle();
    assert!(w.has_message("2 objects in 2 pictures"), "{:?}", w.app().messages());
    assert!(w.has_message("every object is exact"), "{:?}", w.app().messages());
    for (format, file) in [(Format::Coco, "export/coco/instances.json"), (Format::Voc, "export/voc")] {
        let path = w.dir.path().join(file);
        let project = w.app().project().and_then(Project::path).map(std::path::Path::to_path_buf);
        let report = verify(format, &path, Some(w.dir.path()), project.as_deref(), &NoProgress).unwrap();
        assert_eq!(report.objects.len(), 2);
        assert_eq!(report.min_iou(), Some(1.0), "{report:?}");
    }
}

#[test]
fn closing_and_opening_again_loses_nothing_not_even_clicks() {
    let mut w = Window::new(&["a.ppm", "b.ppm"]);
    w.open_folder();
    w.add(DISK);
    w.key(Modifiers::SHIFT, Key::Enter);
    w.settle();
    assert_eq!(w.picture(), "b.ppm", "accept and next");
    w.add(SQUARE);
    w.remove(DISK);
    let half_done = w.draft_mask();
    let dir = w.dir;
    eframe::App::on_exit(w.harness.state_mut());
    drop(w.harness);

    let mut w = Window::with_engine(dir, crate::support::small_engine());
    w.open_folder();
    w.settle();
    assert_eq!(w.picture(), "b.ppm", "the picture where the work was left");
    assert_eq!(w.app().draft_clicks(), 2);
    assert_eq!(w.draft_mask(), half_done);
    w.key(NONE, Key::Enter);
    w.key(NONE, Key::ArrowLeft);
    w.settle();
    assert_eq!(w.app().document().object_count(), 2);
    // Undo reaches back over the restart; what changes in another picture is shown before it changes.
    assert_eq!(w.picture(), "a.ppm");
    w.key(CTRL, Key::Z);
    w.settle();
    assert_eq!((w.picture().as_str(), w.app().document().object_count()), ("b.ppm", 2));
    w.key(CTRL, Key::Z);
    assert_eq!(w.app().document().object_count(), 1);
    w.key(CTRL, Key::Z);
    w.settle();
    assert_eq!((w.picture().as_str(), w.app().document().object_count()), ("a.ppm", 1));
    w.key(CTRL, Key::Z);
    assert_eq!(w.app().document().object_count(), 0);
}

#[test]
fn clicks_made_while_the_engine_works_are_all_kept() {
    let mut w = Window::new(&["a.ppm"]);
    w.open_folder();
    w.click_without_waiting(SQUARE, PointerButton::Primary, NONE);
    w.click_without_waiting([110.0, 80.0], PointerButton::Primary, NONE);
    w.click_without_waiting(DISK, PointerButton::Secondary, NONE);
    // Accepting before the answer is there waits for it.
    w.key(NONE, Key::Enter);
    w.settle();
    let objects = w.objects();
    assert_eq!(objects.len(), 1);
    assert_eq!(objects[0].clicks.len(), 3);
    assert!(!objects[0].mask.is_empty());
}

#[test]
fn an_object_is_selected_relabelled_corrected_hidden_and_deleted() {
    let mut w = Window::new(&["a.ppm"]);
    w.open_folder();
    w.drag([100.0, 35.0], [150.0, 95.0], Modifiers::COMMAND);
    let boxed = w.draft_mask();
    assert!(boxed.area() > 200, "the box gives a first mask: {} pixels, {:?}", boxed.area(), boxed.bounds());
    w.key(NONE, Key::Enter);
    assert_eq!(w.app().document().classes()[0].name, "object", "without a class the first object makes one");

    // Select with Ctrl + click, give another class by digit.
    w.click(SQUARE, PointerButton::Primary, Modifiers::COMMAND);
    let id = w.objects()[0].id;
    assert_eq!(w.app().selected(), Some(id));
    w.harness.get_by_label("New class name").focus();
    w.harness.run_steps(2);
    w.harness.get_by_label("New class name").type_text("square");
    w.harness.run_steps(2);
    w.press("Add class");
    w.key(NONE, Key::Num2);
    let class = w.objects()[0].class;
    assert_eq!(w.app().document().class(class).map(|c| c.name.as_str()), Some("square"));

    // Re-open: it starts from its mask, one more click, accept keeps the id and all clicks.
    w.key(NONE, Key::E);
    assert_eq!(w.draft_mask(), boxed);
    w.remove([102.0, 38.0]);
    let corrected = w.draft_mask();
    w.key(NONE, Key::Enter);
    let objects = w.objects();
    assert_eq!((objects.len(), objects[0].id, objects[0].class), (1, id, class));
    assert_eq!(objects[0].mask, corrected);

    w.press("Hide object 1");
    assert!(w.objects()[0].hidden);
    w.press("Show object 1");
    assert!(!w.objects()[0].hidden);
    w.key(NONE, Key::Delete);
    assert!(w.objects().is_empty());
    w.key(CTRL, Key::Z);
    assert_eq!(w.objects()[0].mask, corrected, "undo brings the object back");
}

#[test]
fn a_class_in_use_is_deleted_only_with_a_new_home_for_its_objects() {
    let mut w = Window::new(&["a.ppm"]);
    w.open_folder();
    w.add(DISK);
    w.key(NONE, Key::Enter);
    w.menu("Class object", "Delete class object");
    assert!(w.harness.query_by_label_contains("1 object has the class").is_some());
    assert!(w.harness.query_by_label_contains("Make another class first").is_some());
    w.key(NONE, Key::Escape);
    w.harness.get_by_label("New class name").focus();
    w.harness.run_steps(2);
    w.harness.get_by_label("New class name").type_text("other");
    w.harness.run_steps(2);
    w.press("Add class");
    w.press("Class object");
    w.menu("Class object", "Delete class object");
    assert_eq!(w.app().document().class_count(), 2);
    // The title and the button have the same words; the button comes last.
    w.harness.get_all_by_label("Delete class").last().expect("the button of the dialog").click();
    w.harness.run_steps(3);
    assert_eq!(w.app().document().class_count(), 1);
    let class = w.objects()[0].class;
    assert_eq!(w.app().document().class(class).map(|c| c.name.as_str()), Some("other"));
    w.key(CTRL, Key::Z);
    assert_eq!(w.app().document().class_count(), 2, "one step back");
}

#[test]
fn mask_options_act_on_the_object_at_hand_and_views_open() {
    let mut w = Window::new(&["a.ppm"]);
    w.open_folder();
    w.add(DISK);
    let before = w.draft_mask();
    w.harness.get_by_role_and_label(egui::accesskit::Role::Slider, "Threshold").set_value_accesskit(0.9);
    w.harness.run_steps(3);
    w.settle();
    let stricter = w.draft_mask();
    assert!(stricter.area() < before.area(), "{} < {}", stricter.area(), before.area());
    assert_eq!(stricter.subtract(&before).area(), 0);
    w.key(NONE, Key::Escape);
    assert_eq!(w.app().draft_clicks(), 0);

    // Every dialog opens, has accessible names (the harness checks), and closes.
    for (modifiers, key, title) in
        [(NONE, Key::F1, "Keys and mouse"), (CTRL, Key::Comma, "Settings"), (CTRL, Key::I, "Import")]
    {
        w.key(modifiers, key);
        w.harness.run();
        assert!(w.harness.query_all_by_label(title).next().is_some(), "{title}");
        w.key(NONE, Key::Escape);
        assert!(!w.app().is_dialog_open(), "{title}");
    }
    w.key(NONE, Key::Num0);
    w.key(NONE, Key::H);
    w.key(NONE, Key::F);
    w.harness.run();
}

#[test]
fn the_order_of_objects_and_the_names_of_classes_can_be_changed() {
    let mut w = Window::new(&["a.ppm"]);
    w.open_folder();
    for at in [DISK, SQUARE] {
        w.add(at);
        w.key(NONE, Key::Enter);
    }
    let [lower, upper] = [w.objects()[0].id, w.objects()[1].id];
    // J selects the uppermost object, J again the one below; "]" moves it up.
    w.key(NONE, Key::J);
    assert_eq!(w.app().selected(), Some(upper));
    w.key(NONE, Key::J);
    assert_eq!(w.app().selected(), Some(lower));
    w.key(NONE, Key::CloseBracket);
    assert_eq!(w.objects().iter().map(|o| o.id).collect::<Vec<_>>(), [upper, lower]);
    w.key(CTRL, Key::Z);
    assert_eq!(w.objects().iter().map(|o| o.id).collect::<Vec<_>>(), [lower, upper]);

    let class = w.objects()[0].class;
    w.harness.state_mut().apply(Command::RenameClass(class, "coin".into()));
    w.harness.state_mut().apply(Command::RecolorClass(class, [1, 2, 3]));
    w.harness.run_steps(2);
    assert!(w.harness.query_by_label("Class coin").is_some());
    assert_eq!(w.app().document().class(class).map(|c| c.color), Some([1, 2, 3]));
    // A name that is taken, and an empty one, change nothing.
    w.harness.state_mut().apply(Command::AddClass("leaf".into()));
    w.harness.state_mut().apply(Command::RenameClass(class, "leaf".into()));
    w.harness.state_mut().apply(Command::RenameClass(class, "  ".into()));
    assert_eq!(w.app().document().class(class).map(|c| c.name.as_str()), Some("coin"));
    assert!(w.has_message("leaf"), "{:?}", w.app().messages());
    for _ in 0..3 {
        w.key(CTRL, Key::Z);
    }
    assert_eq!(w.app().document().class(class).map(|c| c.name.as_str()), Some("object"));
}

#[test]
fn a_coco_export_comes_back_through_the_import_dialog() {
    let mut w = Window::new(&["a.ppm"]);
    w.open_folder();
    w.add(DISK);
    w.key(NONE, Key::Enter);
    let mask = w.objects()[0].mask.clone();
    w.key(CTRL, Key::E);
    w.confirm("Export");
    w.settle();
    w.key(CTRL, Key::Z);
    assert!(w.objects().is_empty());
    w.picker.will_choose(&w.dir.path().join("export/coco/instances.json"));
    w.key(CTRL, Key::I);
    w.press("Choose ...");
    w.confirm("Import");
    w.settle();
    assert_eq!(w.objects().len(), 1, "{:?}", w.app().messages());
    assert_eq!(w.objects()[0].mask, mask);
    w.key(CTRL, Key::Z);
    assert!(w.objects().is_empty(), "an import is one step");
}

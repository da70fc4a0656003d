//! Several objects at once: selection, flags, groups, attributes, one mask out of many; thumbnails and statistics.

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use limn::window::command::Command;
use limn_datasets::{Attribute, AttributeKind};

use crate::support::{DISK, SQUARE, Window};

const NONE: Modifiers = Modifiers::NONE;
const CTRL: Modifiers = Modifiers::COMMAND;

fn two_objects() -> Window {
    let mut w = Window::new(&["a.ppm", "b.ppm"]);
    w.open_folder();
    for at in [DISK, SQUARE] {
        w.add(at);
        w.key(NONE, Key::Enter);
    }
    assert_eq!(w.objects().len(), 2);
    w
}

#[test]
fn several_objects_are_selected_flagged_grouped_and_deleted_as_one_step() {
    let mut w = two_objects();
    w.press("Object 2, object");
    w.harness.get_by_label("Object 1, object").click_modifiers(CTRL);
    w.harness.run_steps(3);
    assert_eq!(w.app().selection().len(), 2);
    w.press("difficult");
    assert!(w.objects().iter().all(|o| o.difficult));
    w.key(CTRL, Key::G);
    assert!(w.objects().iter().all(|o| o.group == Some(1)));
    w.key(Modifiers::COMMAND | Modifiers::SHIFT, Key::G);
    assert!(w.objects().iter().all(|o| o.group.is_none()));
    w.key(NONE, Key::Delete);
    assert!(w.objects().is_empty());
    w.key(CTRL, Key::Z);
    assert_eq!(w.objects().len(), 2, "one step brings both back");
}

#[test]
fn masks_are_united_subtracted_intersected_and_excluded() {
    let mut w = two_objects();
    let [a, b] = [w.objects()[0].mask.clone(), w.objects()[1].mask.clone()];
    let both = a.intersect(&b);
    for (button, wanted, left) in [
        ("Union", a.union(&b), 1),
        ("Subtract", b.subtract(&a), 2),
        ("Intersect", both.clone(), 1),
        ("Exclude", a.union(&b).subtract(&both), 1),
    ] {
        w.key(CTRL, Key::A);
        // The uppermost object is the first of the selection.
        w.press(button);
        if wanted.is_empty() {
            assert!(w.has_message("Nothing would be left"), "{button}");
            assert_eq!(w.objects().len(), 2);
            continue;
        }
        assert_eq!(w.objects().len(), left, "{button}");
        assert_eq!(w.objects().last().map(|o| o.mask.clone()), Some(wanted), "{button}");
        w.key(CTRL, Key::Z);
        assert_eq!([&w.objects()[0].mask, &w.objects()[1].mask], [&a, &b], "{button} is undone");
    }
}

#[test]
fn the_questions_of_a_class_are_answered_for_its_objects() {
    let mut w = two_objects();
    let mut class = w.app().document().classes()[0].clone();
    class.attributes = vec![
        Attribute { name: "wet".into(), kind: AttributeKind::Flag },
        Attribute { name: "age".into(), kind: AttributeKind::Number },
        Attribute { name: "colour".into(), kind: AttributeKind::Choice(vec!["red".into(), "blue green".into()]) },
    ];
    w.harness.state_mut().apply(Command::PutClass(Box::new(class)));
    w.press("Object 1, object");
    w.press("wet");
    w.harness.get_by_role_and_label(Role::ComboBox, "colour").click_accesskit();
    w.harness.run_steps(3);
    w.harness.get_by_label("blue green").click_accesskit();
    w.harness.run_steps(3);
    for (typed, told) in [("old", true), ("7.5", false)] {
        w.harness.get_by_role_and_label(Role::TextInput, "age").focus();
        w.harness.run_steps(2);
        w.harness.get_by_role_and_label(Role::TextInput, "age").type_text(typed);
        w.harness.run_steps(2);
        w.key(NONE, Key::Enter);
        assert_eq!(w.has_message("this attribute is a number, not: old"), told || typed == "7.5");
    }
    let attributes = w.objects()[0].attributes.clone();
    assert_eq!(
        serde_json::Value::Object(attributes),
        serde_json::json!({"age": 7.5, "colour": "blue green", "wet": true})
    );
    assert!(w.objects()[1].attributes.is_empty());
}

#[test]
fn the_next_match_goes_through_the_objects_of_a_class() {
    let mut w = two_objects();
    w.harness.state_mut().apply(Command::CopyToNext);
    w.settle();
    assert_eq!(w.picture(), "b.ppm");
    w.key(NONE, Key::F4);
    assert_eq!(w.app().selected(), Some(w.objects()[0].id));
    w.key(NONE, Key::F4);
    assert_eq!(w.app().selected(), Some(w.objects()[1].id));
    w.key(NONE, Key::F4);
    w.settle();
    assert_eq!((w.picture().as_str(), w.app().selected()), ("a.ppm", Some(w.objects()[0].id)), "round to the first");
    w.key(Modifiers::SHIFT, Key::F4);
    w.settle();
    assert_eq!(w.picture(), "b.ppm");
}

#[test]
fn thumbnails_and_statistics_open_and_lead_on() {
    let mut w = two_objects();
    w.key(NONE, Key::F3);
    w.harness.run_steps(8);
    assert!(w.harness.query_by_label("2 pictures by state").is_some());
    assert!(w.harness.query_by_label_contains("Clicks per object: 0, 2").is_some());
    w.press("Close");
    w.key(NONE, Key::F2);
    w.press("b.ppm, open, 0 objects");
    w.settle();
    assert_eq!(w.picture(), "b.ppm");
    assert!(w.harness.query_by_label("Canvas").is_some(), "a picture that was chosen is shown");
}

#[test]
fn objects_travel_over_the_clipboard_and_as_templates_and_are_moved_by_keys() {
    let mut w = two_objects();
    w.key(CTRL, Key::A);
    w.harness.event(egui::Event::Copy);
    w.harness.step();
    assert!(w.has_message("2 objects copied"));
    // What the system's clipboard holds now.
    let text = w.harness.output().platform_output.commands.iter().find_map(|c| match c {
        egui::OutputCommand::CopyText(text) => Some(text.clone()),
        _ => None,
    });
    let originals = w.objects();
    w.key(NONE, Key::PageDown);
    w.settle();
    w.harness.event(egui::Event::Paste(text.expect("a text was copied")));
    w.settle();
    let pasted: Vec<_> = w.objects().iter().map(|o| (o.mask.clone(), o.class)).collect();
    assert_eq!(pasted, originals.iter().map(|o| (o.mask.clone(), o.class)).collect::<Vec<_>>(), "in their old place");
    assert_eq!(w.app().selection().len(), 2);

    w.key(CTRL, Key::ArrowRight);
    w.key(CTRL, Key::ArrowDown);
    let (before, after) = (pasted[0].0.bounds().expect("pixels"), w.objects()[0].mask.bounds().expect("pixels"));
    assert_eq!((after.x0, after.y0), (before.x0 + 1, before.y0 + 1));

    w.key(NONE, Key::F9);
    w.harness.run_steps(2);
    w.press("Name of a new template");
    w.harness.event(egui::Event::Text("pair".into()));
    w.harness.run_steps(2);
    w.press("Keep the 2 selected objects");
    w.press("Insert template pair");
    w.settle();
    assert_eq!(w.objects().len(), 4);
    w.key(CTRL, Key::Z);
    assert_eq!(w.objects().len(), 2, "one step takes both away");
    w.harness.event(egui::Event::Paste("just words".into()));
    w.settle();
    assert!(w.has_message("holds no objects"));
}

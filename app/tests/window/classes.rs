//! Classes over the whole data set: table, attributes, merge, split, delete, lists as files.

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use limn::window::command::Command;
use limn_datasets::AttributeKind;

use crate::support::{DISK, SQUARE, Window};

const NONE: Modifiers = Modifiers::NONE;
const CTRL: Modifiers = Modifiers::COMMAND;

/// Two objects of the class "object", and the class "leaf"; the dialog is open.
fn opened() -> Window {
    let mut w = Window::new(&["a.ppm"]);
    w.open_folder();
    for at in [DISK, SQUARE] {
        w.add(at);
        w.key(NONE, Key::Enter);
    }
    w.harness.state_mut().apply(Command::AddClass("leaf".into()));
    w.key(NONE, Key::F8);
    w.harness.run_steps(8);
    w
}

fn counts(w: &Window) -> Vec<(String, usize)> {
    let document = w.app().document();
    document.classes().iter().map(|c| (c.name.clone(), document.object_count_of_class(c.id))).collect()
}

fn named(list: &[(&str, usize)]) -> Vec<(String, usize)> {
    list.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

fn type_into(w: &mut Window, label: &str, text: &str) {
    w.harness.get_by_role_and_label(Role::TextInput, label).focus();
    w.harness.run_steps(2);
    w.key(CTRL, Key::A);
    w.harness.get_by_role_and_label(Role::TextInput, label).type_text(text);
    w.harness.run_steps(2);
    w.key(NONE, Key::Enter);
    w.harness.run_steps(8);
}

#[test]
fn classes_are_merged_split_and_deleted_with_a_count_and_undone() {
    let mut w = opened();
    w.press("Choose class object");
    w.harness.run_steps(8);
    assert!(w.harness.query_by_label("Merge 1 class with 2 objects into").is_some());
    w.press("Merge");
    assert_eq!(counts(&w), named(&[("leaf", 2)]));
    w.press("Close");
    w.key(CTRL, Key::Z);
    assert_eq!(counts(&w), named(&[("object", 2), ("leaf", 0)]));

    // The selected object becomes a class of its own.
    w.press("Object 1, object");
    w.key(NONE, Key::F8);
    w.press("Choose class object");
    w.harness.run_steps(8);
    assert!(w.harness.query_by_label("Make 1 object of object (selected) the class").is_some());
    type_into(&mut w, "Name of the class that is split off", "große Scheibe");
    w.press("Split off");
    assert_eq!(counts(&w), named(&[("object", 1), ("leaf", 0), ("große Scheibe", 1)]));

    // Deleting a class with its objects says how many go.
    w.harness.get_all_by_label("Delete class object").last().expect("the button of the table").click();
    w.harness.run_steps(8);
    w.press("Delete the 1 object too");
    w.harness.get_all_by_label("Delete class").last().expect("the button of the dialog").click();
    w.harness.run_steps(8);
    assert_eq!(counts(&w), named(&[("leaf", 0), ("große Scheibe", 1)]));
    w.key(CTRL, Key::Z);
    w.key(CTRL, Key::Z);
    assert_eq!(counts(&w), named(&[("object", 2), ("leaf", 0)]));
}

#[test]
fn names_groups_keys_and_attributes_are_edited_in_the_table() {
    let mut w = opened();
    // The panel behind the dialog has no field of this name while nothing is renamed there.
    type_into(&mut w, "Name of class leaf", "blade of grass");
    type_into(&mut w, "Group of class blade of grass", "plants");
    w.press("Choose class blade of grass");
    w.harness.run_steps(8);
    type_into(&mut w, "Name of a new attribute", "colour");
    w.harness.get_by_role_and_label(Role::ComboBox, "Kind of attribute colour").click_accesskit();
    w.harness.run_steps(8);
    w.harness.get_by_label("Choice").click_accesskit();
    w.harness.run_steps(8);
    type_into(&mut w, "Choices of attribute colour", "green, brown");
    let class = w.app().document().classes()[1].clone();
    assert_eq!((class.name.as_str(), class.supercategory.as_str()), ("blade of grass", "plants"));
    assert_eq!(class.attributes[0].kind, AttributeKind::Choice(vec!["green".into(), "brown".into()]));
    type_into(&mut w, "Name of attribute 1", "hue");
    assert_eq!(w.app().document().classes()[1].attributes[0].name, "hue");
    // Each change was one step.
    w.press("Close");
    for _ in 0..6 {
        w.key(CTRL, Key::Z);
    }
    let class = &w.app().document().classes()[1];
    assert_eq!((class.name.as_str(), class.supercategory.as_str(), class.attributes.len()), ("leaf", "", 0));
}

#[test]
fn lists_of_classes_are_read_and_written() {
    let mut w = opened();
    let list = w.dir.path().join("list.txt");
    std::fs::write(&list, "leaf 1 2 3\n物体 图片 4 5 6\ntraffic light 7 8 9\n").unwrap();
    w.picker.will_choose(&list);
    w.press("Import a list ...");
    w.harness.run_steps(8);
    assert_eq!(counts(&w), named(&[("object", 2), ("leaf", 0), ("物体 图片", 0), ("traffic light", 0)]));
    assert_eq!(w.app().document().classes()[1].color, [1, 2, 3], "what is known takes the colour of the list");
    let written = w.dir.path().join("classes.json");
    w.picker.will_choose(&written);
    w.press("Export the list ...");
    w.harness.run_steps(8);
    let json: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&written).unwrap()).unwrap();
    assert_eq!(json["categories"][2]["name"], "物体 图片");
    w.press("Close");
    w.key(CTRL, Key::Z);
    assert_eq!(counts(&w), named(&[("object", 2), ("leaf", 0)]));
}

//! Working through a data set: languages, palette, keys, states, filters, history.

use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use limn::window::command::Command;
use limn_datasets::ImageState;

use crate::support::{DISK, SQUARE, Window};

const NONE: Modifiers = Modifiers::NONE;
const CTRL: Modifiers = Modifiers::COMMAND;

fn state(w: &Window) -> ImageState {
    w.app().current().and_then(|id| w.app().document().image(id)).map(|i| i.state).unwrap()
}

#[test]
fn the_language_changes_at_once_and_back() {
    let mut w = Window::new(&["a.ppm"]);
    w.open_folder();
    w.key(CTRL, Key::Comma);
    w.press("中文");
    w.press("关闭");
    assert!(w.harness.query_all_by_label("图片").next().is_some());
    assert!(w.harness.query_by_label("Pictures").is_none());
    w.harness.state_mut().apply(Command::SwitchLanguage);
    w.harness.run_steps(2);
    assert!(w.harness.query_all_by_label("Pictures").next().is_some());
}

#[test]
fn the_palette_finds_an_action_and_runs_it() {
    let mut w = Window::new(&["a.ppm", "b.ppm"]);
    w.open_folder();
    w.key(CTRL, Key::K);
    w.harness.get_by_label("Type a few letters of an action").type_text("next pict");
    w.harness.run_steps(3);
    w.key(NONE, Key::Enter);
    w.settle();
    assert_eq!(w.picture(), "b.ppm");
}

#[test]
fn a_key_is_recorded_taken_from_another_action_and_given_back() {
    let mut w = Window::new(&["a.ppm", "b.ppm"]);
    w.open_folder();
    w.harness.state_mut().apply(Command::OpenDialog(limn::window::dialog::Dialog::Keys));
    w.harness.run_steps(8);
    w.press("Add a key for: Accept, then next picture");
    w.key(NONE, Key::D);
    // "D" marks a picture as done: who has it is told, and nothing changes before the answer.
    assert!(w.harness.query_by_label_contains("D is the key of: Picture done").is_some());
    w.press("Use it for: Accept, then next picture");
    w.press("Close");
    w.key(NONE, Key::D);
    w.settle();
    assert_eq!(w.picture(), "b.ppm");
    assert_eq!(state(&w), ImageState::Open);
    w.harness.state_mut().apply(Command::OpenDialog(limn::window::dialog::Dialog::Keys));
    w.harness.run_steps(8);
    w.press("All standard keys");
    w.press("Close");
    w.key(NONE, Key::D);
    assert_eq!(state(&w), ImageState::Done);
}

#[test]
fn states_remarks_and_tags_are_kept_found_and_undone() {
    let mut w = Window::new(&["a.ppm", "b.ppm", "c.ppm"]);
    w.open_folder();
    w.key(Modifiers::SHIFT, Key::D);
    assert_eq!(state(&w), ImageState::Checked);
    w.key(NONE, Key::N);
    w.settle();
    // Rejecting puts the keyboard into the remark.
    w.key(Modifiers::ALT, Key::D);
    w.harness.run_steps(2);
    w.harness.get_by_label("Remark").type_text("the edge is missing");
    w.harness.run_steps(2);
    w.key(NONE, Key::Enter);
    w.key(CTRL, Key::T);
    w.harness.get_by_label("Tags").type_text("night, blurred");
    w.harness.run_steps(2);
    w.key(NONE, Key::Enter);
    let image = w.app().current().and_then(|id| w.app().document().image(id)).cloned().unwrap();
    assert_eq!((image.state, image.remark.as_str()), (ImageState::Rejected, "the edge is missing"));
    assert_eq!(image.tags, ["night", "blurred"]);

    // The search field finds the remark; going on stays within what is listed.
    w.key(CTRL, Key::F);
    w.harness.get_by_label("Search pictures").type_text("edge");
    w.harness.run_steps(3);
    assert!(w.harness.query_by_label("1 of 3 shown").is_some());
    // Esc empties the field, then leaves it.
    w.key(NONE, Key::Escape);
    assert!(w.harness.query_by_label("1 of 3 shown").is_none());
    w.key(NONE, Key::Escape);

    for _ in 0..5 {
        w.key(CTRL, Key::Z);
        w.settle();
    }
    assert!(w.app().document().images().iter().all(|i| i.state == ImageState::Open && i.tags.is_empty()));
}

#[test]
fn the_history_lists_what_was_done_and_goes_there() {
    let mut w = Window::new(&["a.ppm", "b.ppm"]);
    w.open_folder();
    for at in [DISK, SQUARE] {
        w.add(at);
        w.key(NONE, Key::Enter);
    }
    w.key(NONE, Key::F6);
    w.press("Step 1: Add object in a.ppm");
    assert_eq!(w.objects().len(), 1);
    w.press("Step 0: Beginning");
    assert!(w.objects().is_empty());
    w.press("Step 2: Add object in a.ppm");
    assert_eq!(w.objects().len(), 2);
}

#[test]
fn objects_are_copied_to_the_next_picture() {
    let mut w = Window::new(&["a.ppm", "b.ppm"]);
    w.open_folder();
    w.add(DISK);
    w.key(NONE, Key::Enter);
    let mask = w.objects()[0].mask.clone();
    w.key(Modifiers::COMMAND | Modifiers::SHIFT, Key::D);
    w.settle();
    assert_eq!(w.picture(), "b.ppm");
    assert_eq!(w.objects()[0].mask, mask);
    w.key(CTRL, Key::Z);
    assert!(w.objects().is_empty());
}

#[test]
fn problems_are_listed_and_gone_to() {
    let mut w = Window::new(&["a.ppm", "b.ppm"]);
    w.open_folder();
    w.add(DISK);
    w.key(NONE, Key::Enter);
    // The same object once more.
    w.harness.state_mut().apply(Command::CopyToNext);
    w.settle();
    w.harness.state_mut().apply(Command::Step(-1));
    w.settle();
    w.harness.state_mut().apply(Command::CopyToNext);
    w.settle();
    let ids: Vec<_> = w.objects().iter().map(|o| o.id).collect();
    assert_eq!(ids.len(), 2);
    w.key(NONE, Key::PageUp);
    w.settle();
    w.key(NONE, Key::F5);
    w.press("Check all");
    w.settle();
    let label = w.harness.get_by_label_contains("duplicate: b.ppm").accesskit_node().label().unwrap_or_default();
    w.press(&label);
    w.settle();
    assert_eq!(w.picture(), "b.ppm");
    assert_eq!(w.app().selection(), ids[..1], "of two that are the same the lower one is too many");
    w.key(NONE, Key::Delete);
    assert_eq!(w.objects().iter().map(|o| o.id).collect::<Vec<_>>(), ids[1..]);
    w.press("Check again");
    w.settle();
    assert!(w.harness.query_by_label("Nothing is wrong.").is_some());
}

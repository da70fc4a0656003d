//! Running the network over many objects, and deciding one by one.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use limn::rerun::{Options, Source};
use limn::window::command::Command;
use limn_datasets::Mask;

use crate::support::{DISK, Window};

const NONE: Modifiers = Modifiers::NONE;
const CTRL: Modifiers = Modifiers::COMMAND;

/// A rough box around the disk in each of two pictures.
fn rough() -> Window {
    let mut w = Window::new(&["a.ppm", "b.ppm"]);
    w.open_folder();
    for _ in 0..2 {
        w.key(NONE, Key::G);
        for corner in [[12.0, 20.0], [90.0, 20.0], [90.0, 100.0], [12.0, 100.0]] {
            w.add(corner);
        }
        w.key(NONE, Key::Enter);
        w.key(NONE, Key::A);
        w.key(NONE, Key::Enter);
        w.key(NONE, Key::PageDown);
        w.settle();
    }
    w
}

fn masks(w: &Window) -> Vec<Mask> {
    w.app().document().objects().map(|o| o.mask.clone()).collect()
}

#[test]
fn rough_boxes_become_masks_that_are_taken_or_refused_by_key() {
    let mut w = rough();
    let before = masks(&w);
    assert_eq!(before.len(), 2);
    w.key(CTRL, Key::B);
    w.harness.run();
    w.press("the box around each object");
    w.press("Start");
    w.settle();
    assert_eq!(w.app().proposals(), 2, "{:?}", w.app().messages());
    assert_eq!(masks(&w), before, "nothing is replaced before a person says so");
    assert!(w.has_message("2 objects run, 2 disagree, 0 replaced"));
    w.key(CTRL, Key::B);
    assert!(w.harness.query_by_label("Take the last run back").is_some());
    w.press("Log of the last run");
    assert!(w.harness.query_by_label_contains("a.ppm: object, IoU 0.").is_some());
    w.key(NONE, Key::Escape);
    w.key(Modifiers::SHIFT, Key::Y);
    w.settle();
    w.key(NONE, Key::Y);
    w.settle();
    w.key(NONE, Key::U);
    w.settle();
    assert_eq!(w.app().proposals(), 0);
    let after = masks(&w);
    let changed: Vec<bool> = before.iter().zip(&after).map(|(a, b)| a != b).collect();
    assert_eq!(changed.iter().filter(|c| **c).count(), 1, "one was taken, one kept");
    let taken = after.iter().zip(&changed).find(|(_, c)| **c).map(|(m, _)| m.clone()).expect("one was taken");
    assert!(taken.contains(DISK[0] as u32, DISK[1] as u32));
    // What changes in another picture is shown before it changes.
    for _ in 0..4 {
        if w.app().proposals() < 2 {
            w.key(CTRL, Key::Z);
            w.settle();
        }
    }
    assert_eq!(masks(&w), before);
    assert_eq!(w.app().proposals(), 2, "decisions are taken back like anything else");
    w.key(CTRL, Key::B);
    w.press("Take the last run back");
    w.settle();
    assert!(w.app().document().objects().all(|o| o.rerun.is_none()), "the run over both pictures is undone");
    assert_eq!(masks(&w), before);
}

#[test]
fn a_long_way_through_the_history_goes_on_a_thread() {
    let mut w = Window::new(&["a.ppm"]);
    w.open_folder();
    for i in 0..30 {
        w.harness.state_mut().apply(Command::AddClass(format!("class {i}")));
    }
    assert_eq!(w.app().document().class_count(), 30);
    w.harness.state_mut().apply(Command::GoTo(3));
    w.settle();
    assert_eq!(w.app().document().class_count(), 3);
    w.harness.state_mut().apply(Command::GoTo(30));
    w.settle();
    assert_eq!(w.app().document().class_count(), 30);
}

#[test]
fn a_run_over_some_pictures_leaves_the_others() {
    let mut w = rough();
    let first = w.app().document().images()[0].id;
    let model = match w.app().engine() {
        limn::window::app::EngineState::Ready(info) => info.model.clone(),
        other => panic!("{other:?}"),
    };
    let images = Some([first].into());
    w.harness.state_mut().apply(Command::Rerun(Options {
        source: Source::Masks,
        model,
        images,
        limit: 1.0,
        ..Options::default()
    }));
    w.settle();
    let run: Vec<bool> = w.app().document().objects().map(|o| o.rerun.is_some()).collect();
    assert_eq!(run.iter().filter(|r| **r).count(), 1, "{run:?}");
}

#[test]
fn masks_are_judged_from_a_list_and_all_that_are_alike_at_once() {
    let mut w = rough();
    w.key(CTRL, Key::B);
    w.harness.run();
    w.press("the box around each object");
    w.press("Start");
    w.settle();
    assert_eq!(w.app().proposals(), 2);
    w.app_mut().apply(Command::ToggleJudging);
    w.harness.run_steps(6);
    assert!(w.harness.query_by_label("0 of 2 judged: 0 taken, 0 refused").is_some());
    w.app_mut().apply(Command::NextProposal);
    w.settle();
    assert!(w.harness.query_by_label("1 of 2").is_some());
    w.key(NONE, Key::U);
    w.settle();
    let (before, left) = (masks(&w), w.app().proposals());
    assert_eq!(left, 1);
    w.app_mut().apply(Command::TakeAbove(0.0));
    assert_eq!(w.app().proposals(), 0);
    assert!(masks(&w) != before && w.has_message("All 2 new masks are judged: 1 taken, 1 refused."));
    w.key(CTRL, Key::Z);
    assert_eq!(w.app().proposals(), 1, "it is one step");
}

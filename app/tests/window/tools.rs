//! Drawing by hand: every tool through the pointer and the keys, and how it lives together with clicks.

use egui::{Key, Modifiers, PointerButton};
use egui_kittest::kittest::Queryable as _;
use limn::window::command::Command;
use limn_datasets::{Mask, PixelRect};

use crate::support::{DISK, SQUARE, Window};

const NONE: Modifiers = Modifiers::NONE;
const CTRL: Modifiers = Modifiers::COMMAND;

fn open() -> Window {
    let mut w = Window::new(&["a.ppm"]);
    w.open_folder();
    w
}

/// The square of the picture, accepted as an object.
fn with_square() -> Window {
    let mut w = open();
    w.key(NONE, Key::G);
    for corner in [[105.0, 40.0], [145.0, 40.0], [145.0, 90.0], [105.0, 90.0]] {
        w.add(corner);
    }
    w.key(NONE, Key::Enter);
    w.key(NONE, Key::Enter);
    assert_eq!(w.objects().len(), 1);
    w
}

fn rect(x0: u32, y0: u32, x1: u32, y1: u32) -> Mask {
    Mask::rectangle(160, 120, PixelRect { x0, y0, x1, y1 })
}

#[test]
fn a_stroke_becomes_an_object_and_is_undone_and_erased() {
    let mut w = open();
    w.key(NONE, Key::B);
    w.drag([30.0, 60.0], [70.0, 60.0], NONE);
    let painted = w.draft_mask();
    assert!(painted.contains(50, 60) && painted.contains(50, 66) && !painted.contains(50, 75));
    w.key(NONE, Key::X);
    w.drag([50.0, 40.0], [50.0, 80.0], NONE);
    assert!(!w.draft_mask().contains(50, 60));
    w.key(CTRL, Key::Z);
    assert_eq!(w.draft_mask(), painted);
    w.key(CTRL, Key::Y);
    w.key(NONE, Key::Enter);
    assert_eq!(w.objects().len(), 1);
    assert_eq!(w.objects()[0].mask.components().len(), 2);
    assert!(w.objects()[0].seconds > 0.0);
}

#[test]
fn clicks_go_on_from_what_was_painted_and_the_hand_stays() {
    let mut w = open();
    w.add(DISK);
    w.key(NONE, Key::B);
    w.drag([120.0, 60.0], [130.0, 70.0], NONE);
    let both = w.draft_mask();
    assert!(both.contains(50, 60) && both.contains(125, 65));
    w.key(NONE, Key::A);
    w.click([10.0, 110.0], PointerButton::Secondary, NONE);
    assert!(w.draft_mask().contains(125, 65), "a click elsewhere leaves what was painted");
    w.click(SQUARE, PointerButton::Secondary, NONE);
    assert!(!w.draft_mask().contains(125, 65), "a click against it frees it");
    w.key(CTRL, Key::Z);
    w.settle();
    w.key(CTRL, Key::Z);
    w.settle();
    assert_eq!(w.draft_mask(), both);
}

#[test]
fn a_polygon_is_closed_with_enter_and_cut_out_with_the_right_button() {
    let mut w = with_square();
    assert_eq!(w.objects()[0].mask, rect(105, 40, 145, 90));
    // A hole in the finished object: the tool takes it up by itself.
    for corner in [[115.0, 50.0], [125.0, 50.0], [125.0, 60.0], [115.0, 60.0]] {
        w.remove(corner);
    }
    w.remove([115.0, 50.0]);
    assert_eq!(w.draft_mask().area(), 40 * 50 - 100);
    w.key(NONE, Key::I);
    w.add([120.0, 55.0]);
    assert_eq!(w.draft_mask().area(), 40 * 50, "a click fills the hole");
    w.key(NONE, Key::Escape);
    assert_eq!(w.objects()[0].mask, rect(105, 40, 145, 90), "dropped, the object is as it was");
}

#[test]
fn wand_lasso_and_clean_up_change_one_mask() {
    let mut w = open();
    w.key(NONE, Key::W);
    w.add(SQUARE);
    assert_eq!(w.draft_mask(), rect(105, 40, 145, 90), "the pixels of one colour");
    w.key(NONE, Key::L);
    w.drag([20.0, 20.0], [30.0, 20.0], NONE);
    assert_eq!(w.draft_mask().area(), 2000, "a straight way has no inside");
    w.key(Modifiers::SHIFT, Key::G);
    assert_eq!(w.draft_mask().area(), 42 * 52 - 4);
    w.key(Modifiers::SHIFT, Key::K);
    assert_eq!(w.draft_mask().area(), 2000);
    w.key(NONE, Key::T);
    w.drag([115.0, 30.0], [115.0, 100.0], NONE);
    let left = w.draft_mask();
    assert!(left.contains(130, 60) && !left.contains(108, 60), "the larger side stays: {left:?}");
}

#[test]
fn a_finished_object_is_cut_in_two_in_one_step() {
    let mut w = with_square();
    w.key(NONE, Key::T);
    w.drag([100.0, 60.0], [150.0, 60.0], NONE);
    let objects = w.objects();
    assert_eq!(objects.len(), 2);
    assert_eq!(objects[0].mask.union(&objects[1].mask), rect(105, 40, 145, 90));
    assert_eq!(objects[0].class, objects[1].class);
    w.key(CTRL, Key::Z);
    assert_eq!(w.objects().len(), 1);
}

#[test]
fn corners_are_dragged_and_the_polygon_says_how_far_it_is() {
    let mut w = with_square();
    w.key(NONE, Key::O);
    w.add([120.0, 60.0]);
    w.harness.run_steps(2);
    assert!(w.harness.query_by_label_contains("4 corners, IoU 1.000").is_some());
    w.drag([145.0, 90.0], [155.0, 110.0], NONE);
    let dragged = w.draft_mask();
    assert!(dragged.contains(150, 102) && !dragged.contains(150, 50));
    w.key(NONE, Key::Enter);
    assert_eq!(w.objects()[0].mask, dragged);
}

#[test]
fn neighbours_are_kept_off_or_taken_from() {
    let mut w = with_square();
    let mut options =
        limn::window::tool::ToolOptions { neighbours: limn::window::tool::Neighbours::Respect, ..Default::default() };
    w.harness.state_mut().apply(Command::SetToolOptions(options));
    w.key(NONE, Key::B);
    w.drag([90.0, 60.0], [120.0, 60.0], NONE);
    assert_eq!(w.draft_mask().intersection_area(&rect(105, 40, 145, 90)), 0);
    w.key(NONE, Key::Escape);
    options.neighbours = limn::window::tool::Neighbours::Take;
    w.harness.state_mut().apply(Command::SetToolOptions(options));
    w.drag([90.0, 60.0], [120.0, 60.0], NONE);
    let taken = w.draft_mask();
    w.key(NONE, Key::Enter);
    let objects = w.objects();
    assert_eq!(objects.len(), 2);
    assert_eq!(objects[0].mask, rect(105, 40, 145, 90).subtract(&taken));
    w.key(CTRL, Key::Z);
    assert_eq!(w.objects()[0].mask, rect(105, 40, 145, 90), "one step back, for both");
}

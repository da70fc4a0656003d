//! Nothing gets lost: what each of Esc, Delete, Backspace, Ctrl+Z, Space and Enter does, gestures that end elsewhere, masks
//! that are accepted before they are there.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use egui::{Event, Key, Modifiers, PointerButton};
use egui_kittest::kittest::Queryable as _;
use limn::engine::{EngineInfo, PredictError, Predictor, PredictorFactory};
use limn::window::command::Command;
use limn_datasets::{ImageState, Project};
use limn_inference::BackendKind;
use limn_models::{ClickSession, RgbLevels, Timing};

use crate::support::{DISK, SQUARE, Small, Window, small_engine, write_picture};

const NONE: Modifiers = Modifiers::NONE;
const CTRL: Modifiers = Modifiers::COMMAND;

fn open(pictures: &[&str]) -> Window {
    let mut w = Window::new(pictures);
    w.open_folder();
    w
}

fn type_text(w: &mut Window, text: &str) {
    w.harness.event(Event::Text(text.to_owned()));
    w.harness.run_steps(2);
}

fn polygon(w: &mut Window) {
    w.key(NONE, Key::G);
    for corner in [[105.0, 40.0], [145.0, 40.0], [145.0, 90.0], [105.0, 90.0]] {
        w.add(corner);
    }
}

fn state(w: &Window) -> ImageState {
    w.app().current().and_then(|id| w.app().document().image(id)).map(|i| i.state).unwrap()
}

/// Answers only while the gate is open.
struct Gated {
    inner: Small,
    gate: Arc<AtomicBool>,
}

impl Predictor for Gated {
    fn info(&self) -> &EngineInfo {
        self.inner.info()
    }

    fn predict(&mut self, image: &Arc<dyn RgbLevels>, session: &mut ClickSession) -> Result<Timing, PredictError> {
        while !self.gate.load(Ordering::Acquire) {
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        self.inner.predict(image, session)
    }
}

fn gated() -> (Window, Arc<AtomicBool>) {
    let gate = Arc::new(AtomicBool::new(false));
    let theirs = gate.clone();
    let factory: PredictorFactory =
        Arc::new(move |_| Ok(Box::new(Gated { inner: Small::new(BackendKind::Reference), gate: theirs.clone() })));
    let dir = tempfile::tempdir().unwrap();
    for name in ["a.ppm", "b.ppm", "c.ppm"] {
        write_picture(&dir.path().join(name));
    }
    let mut w = Window::with_engine(dir, factory);
    w.open_folder();
    (w, gate)
}

/// Frames until the next picture is read; the engine may be at work.
fn go_on(w: &mut Window, picture: &str) {
    for _ in 0..2_000 {
        w.harness.step();
        if w.picture() == picture && w.app().picture_is_ready() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("{picture} never came");
}

#[test]
fn esc_drops_and_one_undo_brings_clicks_and_corners_back() {
    let mut w = open(&["a.ppm"]);
    w.add(DISK);
    w.remove(SQUARE);
    let mask = w.draft_mask();
    w.key(NONE, Key::Escape);
    assert_eq!(w.app().draft_clicks(), 0);
    assert!(w.has_message("The mask was dropped"));
    w.key(CTRL, Key::Z);
    w.settle();
    assert_eq!((w.app().draft_clicks(), w.draft_mask()), (2, mask.clone()));
    w.key(CTRL, Key::Y);
    assert_eq!(w.app().draft_clicks(), 0, "redo drops it again");
    w.key(CTRL, Key::Z);
    w.settle();
    assert_eq!(w.draft_mask(), mask);
    // The button of the message does the same.
    w.key(NONE, Key::Escape);
    w.press("Undo: The mask was dropped.");
    w.settle();
    assert_eq!(w.draft_mask(), mask);
    w.key(NONE, Key::Enter);

    polygon(&mut w);
    w.key(NONE, Key::Escape);
    assert!(!w.app().is_at_hand());
    w.key(CTRL, Key::Z);
    assert_eq!(w.app().ring().0.len(), 4);
    w.key(NONE, Key::Enter);
    assert_eq!(w.draft_mask().area(), 2000);
}

#[test]
fn esc_closes_the_topmost_thing_and_drops_only_when_nothing_else_is_open() {
    let mut w = open(&["a.ppm", "b.ppm"]);
    w.add(DISK);
    w.key(NONE, Key::F6);
    w.key(NONE, Key::Escape);
    assert!(w.harness.query_by_label("Close: History").is_none());
    assert_eq!(w.app().draft_clicks(), 1);
    w.key(CTRL, Key::F);
    type_text(&mut w, "b.");
    assert!(w.harness.query_by_label("1 of 2 shown").is_some());
    w.key(NONE, Key::Escape);
    assert!(w.harness.query_by_label("1 of 2 shown").is_none(), "the first press empties the field");
    w.key(NONE, Key::Escape);
    assert_eq!(w.app().draft_clicks(), 1, "the second one leaves it");
    w.key(NONE, Key::Escape);
    assert_eq!(w.app().draft_clicks(), 0);
}

#[test]
fn delete_acts_on_what_is_at_hand_and_one_undo_mends_it() {
    let mut w = open(&["a.ppm"]);
    w.add(DISK);
    w.key(NONE, Key::Enter);
    w.add(SQUARE);
    w.press("Object 1, object");
    w.key(NONE, Key::Delete);
    assert_eq!((w.objects().len(), w.app().draft_clicks()), (1, 0), "the mask at hand goes, not the object");
    w.key(CTRL, Key::Z);
    w.settle();
    assert_eq!((w.objects().len(), w.app().draft_clicks()), (1, 1));
    // What was done last is undone first, also when that is not the click.
    let id = w.objects()[0].id;
    w.harness.state_mut().apply(Command::DeleteObject(id));
    w.harness.run_steps(2);
    assert!(w.objects().is_empty() && w.has_message("Delete object"));
    w.key(CTRL, Key::Z);
    assert_eq!((w.objects().len(), w.app().draft_clicks()), (1, 1));
    w.key(CTRL, Key::Z);
    w.settle();
    assert_eq!((w.objects().len(), w.app().draft_clicks()), (1, 0));
}

#[test]
fn backspace_takes_the_last_corner_or_click_back_and_deletes_nothing() {
    let mut w = open(&["a.ppm"]);
    polygon(&mut w);
    w.key(NONE, Key::Backspace);
    assert_eq!(w.app().ring().0.len(), 3);
    w.add([105.0, 90.0]);
    w.key(NONE, Key::Enter);
    w.key(NONE, Key::Enter);
    assert_eq!(w.objects().len(), 1);
    w.key(NONE, Key::A);
    w.add(DISK);
    w.remove([10.0, 110.0]);
    w.key(NONE, Key::Backspace);
    w.settle();
    assert_eq!(w.app().draft_clicks(), 1);
    w.key(NONE, Key::Backspace);
    w.press("Object 1, object");
    w.key(NONE, Key::Backspace);
    assert_eq!(w.objects().len(), 1);
}

#[test]
fn a_closed_polygon_opens_again_corner_by_corner() {
    let mut w = open(&["a.ppm", "b.ppm"]);
    polygon(&mut w);
    w.key(NONE, Key::Enter);
    w.key(CTRL, Key::Z);
    w.key(CTRL, Key::Z);
    assert_eq!(w.app().ring().0.len(), 3);
    // It belongs to its picture.
    w.key(NONE, Key::PageDown);
    w.settle();
    assert!(w.app().ring().0.is_empty());
    w.key(NONE, Key::PageUp);
    w.settle();
    assert_eq!(w.app().ring().0.len(), 3);
    // Another tool closes it instead of losing it.
    w.key(NONE, Key::A);
    assert_eq!(w.app().ring().0.len(), 0);
    assert!(w.draft_mask().area() > 900);
}

#[test]
fn space_accepts_and_never_presses_a_button() {
    let mut w = open(&["a.ppm"]);
    w.add(DISK);
    w.key(NONE, Key::Tab);
    w.key(NONE, Key::Space);
    assert_eq!(w.objects().len(), 1);
    assert!(w.harness.query_by_label("Folder of pictures ...").is_none(), "no menu dropped down");
}

#[test]
fn class_names_are_typed_one_after_the_other_and_pasted_as_lines() {
    let mut w = open(&["a.ppm"]);
    w.key(NONE, Key::C);
    type_text(&mut w, "person");
    w.key(NONE, Key::Enter);
    type_text(&mut w, "vehicle");
    w.key(NONE, Key::Enter);
    w.harness.event(Event::Paste("dog\nlarge cat\r\n\nperson".to_owned()));
    w.harness.run_steps(3);
    let names: Vec<String> = w.app().document().classes().iter().map(|c| c.name.clone()).collect();
    assert_eq!(names, ["person", "vehicle", "dog", "large cat"]);
    w.key(NONE, Key::Escape);
    w.key(CTRL, Key::Z);
    assert_eq!(w.app().document().class_count(), 2, "a paste is one step");
}

#[test]
fn what_is_typed_before_the_field_has_the_keyboard_goes_into_the_field() {
    let mut w = open(&["a.ppm"]);
    // All in one frame, as on a slow machine.
    let key = |key| Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers: NONE };
    for event in [key(Key::C), Event::Text("c".into()), key(Key::V), Event::Text("v".into())] {
        w.harness.event(event);
    }
    w.harness.event(key(Key::D));
    w.harness.event(Event::Text("d".into()));
    w.harness.run_steps(6);
    w.key(NONE, Key::Enter);
    assert_eq!(w.app().document().classes().first().map(|c| c.name.as_str()), Some("vd"));
    assert_eq!(state(&w), ImageState::Open, "D is a letter there");
}

#[test]
fn names_typed_faster_than_frames_are_drawn_are_all_there() {
    let mut w = open(&["a.ppm"]);
    let mut events = Vec::new();
    let mut press = |key: Key, text: Option<&str>| {
        let event = |pressed| Event::Key { key, physical_key: None, pressed, repeat: false, modifiers: NONE };
        events.push(event(true));
        events.extend(text.map(|text| Event::Text(text.to_owned())));
        events.push(event(false));
    };
    press(Key::C, Some("c"));
    for name in ["person", "vehicle"] {
        for letter in name.chars().map(String::from) {
            press(Key::from_name(&letter.to_uppercase()).unwrap(), Some(&letter));
        }
        press(Key::Enter, None);
    }
    press(Key::Escape, None);
    // All of it arrives while one frame is being drawn.
    w.harness.input_mut().events = events;
    w.harness.run_steps(20);
    let names: Vec<String> = w.app().document().classes().iter().map(|c| c.name.clone()).collect();
    assert_eq!(names, ["person", "vehicle"]);
    assert!(w.harness.query_by_label("Show all masks").is_none(), "H is a letter there");
}

#[test]
fn a_click_and_enter_in_one_frame_make_an_object() {
    let mut w = open(&["a.ppm"]);
    let pos = w.app().ui_from_image(DISK[0], DISK[1]);
    w.harness.hover_at(pos);
    w.harness.step();
    let button = |pressed| Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers: NONE };
    w.harness.event(button(true));
    w.harness.event(button(false));
    w.harness.event(Event::Key { key: Key::Enter, physical_key: None, pressed: true, repeat: false, modifiers: NONE });
    w.settle();
    assert_eq!(w.objects().len(), 1);
}

#[test]
fn a_stroke_that_leaves_the_window_is_finished() {
    let mut w = open(&["a.ppm"]);
    w.key(NONE, Key::B);
    let (from, out) = (w.app().ui_from_image(50.0, 60.0), w.app().ui_from_image(50.0, 119.0));
    w.harness.hover_at(from);
    w.harness.step();
    let button = |pos, pressed| Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers: NONE };
    w.harness.event(button(from, true));
    w.harness.run_steps(2);
    w.harness.hover_at(out);
    w.harness.step();
    w.harness.event(Event::PointerGone);
    w.harness.run_steps(2);
    // The button is let go outside, where some systems still tell of it.
    w.harness.event(button(egui::pos2(600.0, 2_000.0), false));
    w.settle();
    assert!(w.draft_mask().contains(50, 118), "down to the edge of the picture");
    assert_eq!(w.draft_mask().components().len(), 1);

    // And where nobody tells of it, another window comes to the front.
    w.key(NONE, Key::Enter);
    let from = w.app().ui_from_image(120.0, 20.0);
    w.harness.hover_at(from);
    w.harness.step();
    w.harness.event(button(from, true));
    w.harness.run_steps(2);
    w.harness.event(Event::WindowFocused(false));
    w.harness.run_steps(2);
    assert!(w.draft_mask().contains(120, 20));
}

#[test]
fn enter_before_the_answer_is_fulfilled_wherever_the_person_is() {
    let (mut w, gate) = gated();
    w.click_without_waiting(DISK, PointerButton::Primary, NONE);
    w.key(NONE, Key::Enter);
    w.key(NONE, Key::PageDown);
    go_on(&mut w, "b.ppm");
    w.click_without_waiting(SQUARE, PointerButton::Primary, NONE);
    w.key(NONE, Key::Enter);
    w.key(NONE, Key::PageDown);
    go_on(&mut w, "c.ppm");
    w.click_without_waiting(DISK, PointerButton::Primary, NONE);
    gate.store(true, Ordering::Release);
    w.settle();
    assert_eq!(w.app().draft_clicks(), 1, "the mask at hand is still at hand");
    let document = w.app().document();
    let counts: Vec<usize> = document.images().iter().map(|image| document.object_count_of(image.id)).collect();
    assert_eq!(counts, [1, 1, 0], "{:?}", w.app().messages());
    assert!(w.has_message("Accepted in a.ppm"));
    let clicks: Vec<usize> = document.objects().map(|object| object.clicks.len()).collect();
    assert_eq!(clicks, [1, 1]);
}

#[test]
fn a_wish_outlives_the_window() {
    let (mut w, _gate) = gated();
    w.click_without_waiting(DISK, PointerButton::Primary, NONE);
    w.key(NONE, Key::Enter);
    w.key(NONE, Key::PageDown);
    go_on(&mut w, "b.ppm");
    let dir = w.dir;
    eframe::App::on_exit(w.harness.state_mut());
    _gate.store(true, Ordering::Release);
    drop(w.harness);
    let mut w = Window::with_engine(dir, small_engine());
    w.open_folder();
    w.key(NONE, Key::PageUp);
    w.settle();
    assert_eq!((w.picture().as_str(), w.objects().len()), ("a.ppm", 1), "{:?}", w.app().messages());
}

#[test]
fn an_accepted_mask_is_not_at_hand_in_the_same_step() {
    let mut w = open(&["a.ppm"]);
    w.add(DISK);
    // The draft is in the file; then the process dies right after the object is there.
    std::thread::sleep(std::time::Duration::from_millis(450));
    w.harness.run_steps(3);
    w.key(NONE, Key::Enter);
    let project = w.app().project().unwrap();
    let copy = w.dir.path().join("copy.limn");
    for suffix in ["", "-wal"] {
        let from = format!("{}{suffix}", project.path().unwrap().display());
        if std::path::Path::new(&from).exists() {
            std::fs::copy(from, format!("{}{suffix}", copy.display())).unwrap();
        }
    }
    let killed = Project::open_read_only(&copy).unwrap();
    assert_eq!(killed.document().object_count(), 1);
    let drafts = killed.view_state().and_then(|view| view["drafts"].as_array().map(Vec::len));
    assert_eq!(drafts, Some(0), "else the mask would be there twice");
}

#[test]
fn a_mask_that_is_not_accepted_is_marked_and_asked_about() {
    let mut w = open(&["a.ppm", "b.ppm"]);
    w.add(DISK);
    w.key(NONE, Key::D);
    assert!(w.app().is_dialog_open());
    assert_eq!(state(&w), ImageState::Open);
    w.press("Cancel");
    w.key(NONE, Key::PageDown);
    w.settle();
    assert!(w.harness.query_by_label("a.ppm, open, a mask is not accepted").is_some());
    w.key(CTRL, Key::E);
    w.harness.run_steps(3);
    assert!(w.harness.query_by_label("1 mask is not accepted and not in the export.").is_some());
    w.press("Show");
    w.settle();
    assert_eq!(w.picture(), "a.ppm");
    w.key(NONE, Key::D);
    w.harness.run_steps(3);
    w.key(NONE, Key::Enter);
    w.settle();
    assert_eq!((state(&w), w.objects().len()), (ImageState::Done, 1));
}

#[test]
fn checked_falls_back_when_the_objects_change() {
    let mut w = open(&["a.ppm"]);
    w.key(Modifiers::SHIFT, Key::D);
    w.add(DISK);
    w.key(NONE, Key::Enter);
    assert_eq!(state(&w), ImageState::Done);
    assert!(w.has_message("no longer checked"));
    w.key(CTRL, Key::Z);
    assert_eq!((state(&w), w.objects().len()), (ImageState::Checked, 0), "one step back, for both");
}

#[test]
fn the_same_thing_twice_is_said_and_replaces() {
    let mut w = open(&["a.ppm"]);
    w.add(DISK);
    w.key(NONE, Key::Enter);
    let first = w.objects()[0].id;
    w.add(DISK);
    w.key(NONE, Key::Enter);
    assert_eq!(w.objects().len(), 1);
    assert!(w.harness.query_by_label_contains("Covers another object by 100 %").is_some());
    w.press("Keep both");
    assert_eq!(w.objects().len(), 2);
    w.key(CTRL, Key::Z);
    w.add(DISK);
    w.key(NONE, Key::Enter);
    w.key(NONE, Key::Enter);
    assert_eq!(w.objects().len(), 1);
    assert!(w.objects()[0].id != first);
}

#[test]
fn a_picture_that_is_replaced_is_read_again_and_its_clicks_wait() {
    let mut w = open(&["a.ppm", "b.ppm"]);
    w.add(DISK);
    w.key(NONE, Key::Enter);
    w.add(SQUARE);
    let path = w.dir.path().join("a.ppm");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes.iter_mut().skip(20).for_each(|b| *b = 255 - *b);
    std::fs::write(&path, bytes).unwrap();
    w.harness.state_mut().apply(Command::FileChanged(path));
    for _ in 0..400 {
        w.harness.step();
        if w.has_message("was replaced by other pixels") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    w.settle();
    assert!(w.has_message("was replaced by other pixels"), "{:?}", w.app().messages());
    assert_eq!((w.objects().len(), w.app().draft_clicks()), (1, 0));
    let image = w.app().current().and_then(|id| w.app().document().image(id)).cloned().unwrap();
    assert_eq!(image.tags, ["replaced"]);
    assert!(w.app().has_open_draft(image.id), "the clicks are kept for the old picture");
}

#[test]
fn a_stroke_is_kept_when_the_picture_is_replaced_beneath_it() {
    let mut w = open(&["a.ppm"]);
    w.key(NONE, Key::B);
    let at = |w: &Window, x: f32, y: f32| w.app().ui_from_image(x, y);
    let button = |pos, pressed| Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers: NONE };
    let (from, to) = (at(&w, 20.0, 20.0), at(&w, 60.0, 20.0));
    w.harness.hover_at(from);
    w.harness.step();
    w.harness.event(button(from, true));
    w.harness.step();
    w.harness.hover_at(to);
    w.harness.step();
    // Somebody saves other pixels under the same name; the window hears of it in the middle of the stroke.
    let path = w.dir.path().join("a.ppm");
    std::fs::write(&path, [b"P6\n160 120\n255\n".as_slice(), &[9; 160 * 120 * 3]].concat()).unwrap();
    w.app_mut().apply(Command::FileChanged(path));
    for _ in 0..200 {
        w.harness.step();
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    assert!(!w.has_message("other pixels"), "the pixels do not change beneath a stroke: {:?}", w.app().messages());
    w.harness.event(button(to, false));
    w.harness.run_steps(3);
    w.settle();
    let image = w.app().current().unwrap();
    assert!(w.app().has_open_draft(image), "the stroke is kept");
    assert!(!w.app().messages().is_empty(), "and that the picture was replaced is said");
}

#[test]
fn a_list_that_is_pasted_where_there_are_no_classes_makes_them() {
    let mut w = open(&["a.ppm"]);
    w.harness.event(Event::Paste("cat\ndog\n\n  bird ".into()));
    w.harness.run_steps(3);
    let names: Vec<_> = w.app().document().classes().iter().map(|c| c.name.clone()).collect();
    assert_eq!(names, ["cat", "dog", "bird"]);
    w.harness.event(Event::Paste("x\ny".into()));
    w.harness.run_steps(3);
    assert_eq!(w.app().document().class_count(), 3, "only where there are none");
}

#[test]
fn the_card_of_the_first_minute_goes_with_the_first_object() {
    let mut w = open(&["a.ppm"]);
    assert!(w.harness.query_by_label("The first object").is_some());
    w.add(DISK);
    w.key(NONE, Key::Enter);
    w.harness.run_steps(3);
    assert!(w.harness.query_by_label("The first object").is_none());
    w.key(CTRL, Key::Z);
    w.harness.run_steps(3);
    assert!(w.harness.query_by_label("The first object").is_none(), "it never comes again");
}

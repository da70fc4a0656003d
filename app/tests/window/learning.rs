//! Learning while annotating, seen from the window.

use std::time::{Duration, Instant};

use egui::{Event, Key, Modifiers, PointerButton};
use egui_kittest::kittest::Queryable as _;
use limn::window::command::Command;

use crate::support::{DISK, SQUARE, Window};

const NONE: Modifiers = Modifiers::NONE;

/// Accepts the disk of the picture in sight with more than the network saw in it: made with two clicks and a stroke.
fn teach(w: &mut Window) {
    w.add(DISK);
    w.click(SQUARE, PointerButton::Secondary, NONE);
    w.key(NONE, Key::B);
    w.drag([20.0, 30.0], [90.0, 100.0], NONE);
    w.key(NONE, Key::A);
    w.key(NONE, Key::Enter);
    w.settle();
}

/// Runs frames until so many objects are learned from.
fn wait_for(w: &mut Window, objects: u64) {
    let begun = Instant::now();
    while w.app().learning().objects < objects || w.app().learning().waiting > 0 {
        w.harness.step();
        std::thread::sleep(Duration::from_millis(5));
        let report = w.app().learning();
        assert!(begun.elapsed() < Duration::from_secs(60), "never learned: {report:?} {:?}", w.app().messages());
    }
}

#[test]
fn accepted_objects_teach_and_a_restart_forgets_nothing() {
    let mut w = Window::new(&["a.ppm", "b.ppm", "c.ppm"]);
    w.open_folder();
    for objects in 1..=3 {
        teach(&mut w);
        wait_for(&mut w, objects);
        w.key(NONE, Key::PageDown);
        w.settle();
    }
    let report = w.app().learning().clone();
    assert_eq!((report.objects, report.history.len()), (3, 3));
    assert!(report.history.iter().all(|o| o.clicks == 2), "{:?}", report.history);

    // The panel shows it, and a version can be gone back to.
    w.key(NONE, Key::F7);
    w.harness.run_steps(3);
    assert!(w.harness.query_by_label("Objects learned from").is_some());
    let first = report.generations.first().expect("there was something to learn").number;
    w.press(&format!("Go back to version {first}"));
    let begun = Instant::now();
    while w.app().learning().generation != first {
        w.harness.step();
        assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", w.app().learning());
    }

    // Closing writes it beside the project; another window goes on from there.
    let Window { harness, dir, .. } = w;
    drop(harness);
    let mut again = Window::with_engine(dir, crate::support::small_engine());
    again.open_folder();
    wait_for(&mut again, 3);
    assert_eq!(again.app().learning().generation, first);
    assert_eq!(again.app().learning().history, report.history);
}

#[test]
fn switched_off_nothing_is_learned_and_the_bare_network_can_be_compared() {
    let mut w = Window::new(&["a.ppm"]);
    w.open_folder();
    w.harness.state_mut().apply(Command::SetLearning { global: false, local: false, per_class: false });
    teach(&mut w);
    w.harness.run_steps(20);
    assert_eq!(w.app().learning().objects, 0);
    w.add(SQUARE);
    let mask = w.draft_mask();
    let held = |pressed| Event::Key { key: Key::Q, physical_key: None, pressed, repeat: false, modifiers: NONE };
    w.harness.event(held(true));
    let begun = Instant::now();
    while w.app().frozen_mask().is_none() {
        w.harness.step();
        assert!(begun.elapsed() < Duration::from_secs(60), "the mask without learning never came");
    }
    assert_eq!(w.app().frozen_mask(), Some(&mask), "nothing was learned, so both agree");
    w.harness.event(held(false));
    w.harness.run_steps(3);
    assert_eq!(w.app().frozen_mask(), None);
}

#[test]
fn classes_learn_apart_where_that_is_asked_for() {
    let mut w = Window::new(&["a.ppm", "b.ppm"]);
    w.open_folder();
    w.key(NONE, Key::F7);
    w.harness.run_steps(3);
    w.press("One learned state per class");
    teach(&mut w);
    wait_for(&mut w, 1);
    let object = w.app().document().objects().next().expect("it was accepted").clone();
    let report = w.app().learning().clone();
    assert_eq!((report.class, report.objects), (Some(object.class.0), 1));

    // Together again: of that nothing was learned.
    w.press("One learned state per class");
    let begun = Instant::now();
    while w.app().learning().class.is_some() {
        w.harness.step();
        assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", w.app().learning());
    }
    assert_eq!(w.app().learning().objects, 0);
}

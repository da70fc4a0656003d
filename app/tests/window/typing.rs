//! Fast typing: whatever the frames are, what follows a command that opens a field belongs to that field.

use egui::{Event, Key, Modifiers};

use crate::support::{DISK, Window};

const NONE: Modifiers = Modifiers::NONE;

/// What typing this says to the window: letters as keys and texts, a line break as Enter.
fn typed(text: &str) -> Vec<Event> {
    let key = |key| {
        [true, false].map(|pressed| Event::Key { key, physical_key: None, pressed, repeat: false, modifiers: NONE })
    };
    let one = |letter: char| match letter {
        '\n' => key(Key::Enter).to_vec(),
        letter => {
            let name = letter.to_ascii_uppercase().to_string();
            let mut events: Vec<Event> = Key::from_name(&name).map(key).into_iter().flatten().collect();
            events.insert(events.len().min(1), Event::Text(letter.to_string()));
            events
        }
    };
    text.chars().flat_map(one).collect()
}

/// The window hears all this, so many events in each frame; a whole number of frames later it is at rest.
fn hear(w: &mut Window, events: &[Event], size: usize) {
    for events in events.chunks(size.min(events.len())) {
        w.harness.input_mut().events.extend(events.iter().cloned());
        w.harness.step();
    }
    w.settle();
    w.harness.run_steps(6);
}

/// All in one frame, in pairs, event by event.
const SIZES: [usize; 4] = [usize::MAX, 2, 1, 5];

#[test]
fn names_of_classes_one_after_the_other() {
    for size in SIZES {
        let mut w = Window::new(&["a.ppm", "b.ppm"]);
        w.open_folder();
        hear(&mut w, &typed("cperson\nvehicle\nhand\n"), size);
        let names: Vec<_> = w.app().document().classes().iter().map(|c| c.name.clone()).collect();
        assert_eq!(names, ["person", "vehicle", "hand"], "{size} events a frame");
        assert_eq!(w.picture(), "a.ppm");
    }
}

#[test]
fn a_class_found_by_its_name_and_the_next_key_after_it() {
    for size in SIZES {
        let mut w = Window::new(&["a.ppm", "b.ppm"]);
        w.open_folder();
        hear(&mut w, &typed("cperson\nvehicle\nhand\n"), 1);
        w.key(NONE, Key::Escape);
        w.add(DISK);
        let mut events = typed("/veh\n\n");
        events.extend(typed("n"));
        hear(&mut w, &events, size);
        assert_eq!(w.picture(), "b.ppm", "{size} events a frame");
        w.key(NONE, Key::P);
        w.settle();
        let class = w.objects().first().and_then(|o| w.app().document().class(o.class)).map(|c| c.name.clone());
        assert_eq!(class.as_deref(), Some("vehicle"), "{size} events a frame");
    }
}

#[test]
fn a_search_and_an_action_by_name() {
    for size in SIZES {
        let mut w = Window::new(&["a.ppm", "xhd.ppm"]);
        w.open_folder();
        let ctrl =
            |key| Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers: Modifiers::COMMAND };
        let mut events = vec![ctrl(Key::F)];
        events.extend(typed("xhd\n"));
        hear(&mut w, &events, size);
        assert_eq!(w.picture(), "xhd.ppm", "{size} events a frame");
        hear(&mut w, &typed("d"), 1);
        let mut events = vec![ctrl(Key::K)];
        events.extend(typed("previous picture\nd"));
        w.app_mut().apply(limn::window::command::Command::ClearFilter);
        hear(&mut w, &events, size);
        assert_eq!(w.picture(), "a.ppm", "{size} events a frame");
        assert_eq!(w.app().document().done_count(), 2, "D after Enter is a command again");
    }
}

#[test]
fn keys_that_come_while_the_project_opens_are_heard_when_it_is_there() {
    let mut w = Window::new(&["a.ppm", "b.ppm"]);
    let folder = w.dir.path().to_path_buf();
    w.app_mut().apply(limn::window::command::Command::Open(folder));
    hear(&mut w, &typed("cdog\n"), usize::MAX);
    assert_eq!(w.app().document().classes().first().map(|c| c.name.as_str()), Some("dog"));
}

#[test]
fn keys_that_come_while_a_project_opens_answer_no_question() {
    let mut w = Window::new(&["a.ppm"]);
    let yaml = "names: [cat]\ntrain: images\n";
    std::fs::write(w.dir.path().join("data.yaml"), yaml).unwrap();
    let folder = w.dir.path().to_path_buf();
    w.app_mut().apply(limn::window::command::Command::Open(folder));
    hear(&mut w, &typed("\n"), usize::MAX);
    assert!(w.app().is_dialog_open(), "the question of the data set waits for an answer: {:?}", w.app().messages());
}

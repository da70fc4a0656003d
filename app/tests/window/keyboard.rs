//! A whole picture without a mouse: open, class, clicks, accept, review, next, export.

use egui::{Key, Modifiers};
use limn_datasets::{Format, ImageState, NoProgress, Project, verify};

use crate::support::{DISK, Window};

const NONE: Modifiers = Modifiers::NONE;
const CTRL: Modifiers = Modifiers::COMMAND;

/// Text for the field that has the keyboard.
fn type_text(w: &mut Window, text: &str) {
    w.harness.event(egui::Event::Text(text.to_owned()));
    w.harness.run_steps(2);
}

#[test]
fn a_picture_from_opening_to_export() {
    let mut w = Window::new(&["a.ppm", "b.ppm"]);
    w.picker.will_choose(w.dir.path());
    w.key(CTRL, Key::O);
    w.settle();
    assert_eq!(w.picture(), "a.ppm");

    // A class by name.
    w.key(NONE, Key::C);
    type_text(&mut w, "big disk");
    w.key(NONE, Key::Enter);
    assert_eq!(w.app().document().classes()[0].name, "big disk");
    // The field waits for the next name until it is left.
    w.key(NONE, Key::Escape);

    // The keyboard's pointer begins in the middle, at 80, 60; the disk lies to the left.
    let mut steps = 0;
    while w.app().cursor().is_none_or(|[x, _]| x > DISK[0]) {
        w.key(Modifiers::ALT, Key::ArrowLeft);
        steps += 1;
        assert!(steps < 100, "the pointer does not move: {:?}", w.app().cursor());
    }
    w.key(Modifiers::ALT | Modifiers::SHIFT, Key::ArrowRight);
    w.key(NONE, Key::M);
    w.settle();
    assert!(w.draft_mask().contains(50, 60), "{:?}", w.app().cursor());
    for _ in 0..30 {
        w.key(Modifiers::ALT, Key::ArrowRight);
    }
    w.key(Modifiers::SHIFT, Key::M);
    w.settle();
    assert_eq!(w.app().draft_clicks(), 2);
    let mask = w.draft_mask();
    w.key(NONE, Key::Enter);
    assert_eq!(w.objects()[0].mask, mask);
    assert!(w.objects()[0].clicks[0].positive && !w.objects()[0].clicks[1].positive);

    // Select, mark, go on, come back by the palette.
    w.key(NONE, Key::J);
    assert_eq!(w.app().selected(), Some(w.objects()[0].id));
    w.key(NONE, Key::D);
    w.key(NONE, Key::N);
    w.settle();
    assert_eq!(w.picture(), "b.ppm");
    w.key(CTRL, Key::K);
    type_text(&mut w, "previous picture");
    w.key(NONE, Key::Enter);
    w.settle();
    assert_eq!(w.picture(), "a.ppm");
    let image = w.app().current().and_then(|id| w.app().document().image(id)).cloned();
    assert_eq!(image.map(|i| i.state), Some(ImageState::Done));

    // Enter in the dialog exports.
    w.key(CTRL, Key::E);
    w.key(NONE, Key::Enter);
    w.settle();
    let path = w.dir.path().join("export/coco/instances.json");
    let project = w.app().project().and_then(Project::path).map(std::path::Path::to_path_buf);
    let report = verify(Format::Coco, &path, Some(w.dir.path()), project.as_deref(), &NoProgress).unwrap();
    assert_eq!((report.objects.len(), report.min_iou()), (1, Some(1.0)));
}

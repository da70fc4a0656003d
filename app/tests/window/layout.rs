//! Every dialog and panel in windows of every size: the buttons at the foot are there, and nothing is drawn outside of the window.
//! With `LIMN_SHOTS=FOLDER` each is written as a picture too, to be looked at.

use egui::{Key, Modifiers, Vec2, vec2};
use egui_kittest::kittest::Queryable as _;
use limn::window::command::Command;
use limn::window::dialog::Dialog;
use limn_datasets::{
    Class, ClassId, ImageId, ImageState, Mask, Object, ObjectId, PixelRect, Project, Rerun, Transaction,
};

use crate::support::{DISK, Window, small_engine, write_picture};

/// Points of the window: 1600 x 970, 900 x 600, and 1280 x 720 and 900 x 600 at 150 %.
const SIZES: [Vec2; 4] = [vec2(1600.0, 970.0), vec2(900.0, 600.0), vec2(853.0, 480.0), vec2(600.0, 400.0)];

/// A project that is not empty: classes with long names, many objects, masks to be judged, a remark.
fn full() -> Window {
    let dir = tempfile::tempdir().unwrap();
    let names =
        ["a.ppm", "airplane05_00000000547_left.ppm", "airplane05_00000000547_right.ppm", "b/deep/folder/picture.ppm"];
    std::fs::create_dir_all(dir.path().join("b/deep/folder")).unwrap();
    names.iter().for_each(|name| write_picture(&dir.path().join(name)));
    let mut project = Project::open_folder(dir.path()).unwrap();
    let mut all = Transaction::new("all");
    for (id, name) in ["person", "vehicle on the road", "animal", "furniture", "a class with quite a long name", "food"]
        .into_iter()
        .cycle()
        .take(14)
        .enumerate()
    {
        let id = id as i64 + 1;
        let name = if id <= 6 { name.to_owned() } else { format!("{name} {id}") };
        let mut class = Class::new(ClassId(id), name, [(40 * id % 255) as u8, (90 * id % 255) as u8, 120]);
        class.hotkey = (id <= 9).then_some(id as u8);
        all.put_class(project.document(), class);
    }
    let images: Vec<ImageId> = project.document().images().iter().map(|image| image.id).collect();
    for n in 0..24_i64 {
        let at = [4 + (n as u32 * 13) % 120, 4 + (n as u32 * 29) % 90];
        let rect = PixelRect { x0: at[0], y0: at[1], x1: at[0] + 24, y1: at[1] + 20 };
        let image = images[n as usize % images.len()];
        let mask = Mask::rectangle(160, 120, rect);
        let mut object = Object::new(ObjectId(n + 1), image, ClassId(n % 14 + 1), mask);
        object.z = n;
        if n % 3 == 0 {
            let new = Mask::rectangle(160, 120, PixelRect { x1: rect.x1 + 4, ..rect });
            let run = "box/test".to_owned();
            object.rerun =
                Some(Rerun { run, model: "test".into(), iou: 0.7 + n as f32 / 80.0, proposal: Some(new), base: None });
        }
        all.put_object(project.document(), object);
    }
    let mut image = project.document().image(images[1]).cloned().unwrap();
    (image.state, image.remark) = (ImageState::Done, "please look at the border again".into());
    image.tags = vec!["night".into(), "rain".into()];
    all.put_image(project.document(), image);
    project.commit(all).unwrap();
    drop(project);
    let mut w = Window::with_engine(dir, small_engine());
    w.open_folder();
    w
}

/// Saves what is seen, where a person asked for it.
fn shot(w: &mut Window, name: &str) {
    if let Some(folder) = std::env::var_os("LIMN_SHOTS") {
        let picture = w.harness.render().unwrap();
        picture.save(std::path::Path::new(&folder).join(format!("{name}.png"))).unwrap();
    }
}

/// The buttons with these labels are wholly within the window.
fn within(w: &Window, labels: &[&str], what: &str) {
    let screen = w.harness.ctx.content_rect();
    for label in labels {
        let node = w.harness.get_all_by_label(label).last();
        let rect = node.unwrap_or_else(|| panic!("{what}: no {label}")).rect();
        assert!(screen.expand(0.5).contains_rect(rect), "{what}: {label} at {rect:?} is not within {screen:?}");
    }
}

/// Dialogs with the buttons of their foot.
const DIALOGS: [(Dialog, &str, &[&str]); 9] = [
    (Dialog::Export, "export", &["Cancel", "Export"]),
    (Dialog::Import, "import", &["Cancel", "Import"]),
    (Dialog::Batch, "batch", &["Cancel", "Start"]),
    (Dialog::Settings, "settings", &["Close"]),
    (Dialog::Help, "help", &[]),
    (Dialog::Keys, "keys", &[]),
    (Dialog::Classes, "classes", &[]),
    (Dialog::Statistics, "statistics", &[]),
    (Dialog::Templates, "templates", &[]),
];

#[test]
fn the_foot_of_every_dialog_is_there_in_every_window() {
    let mut w = full();
    for (n, size) in SIZES.into_iter().enumerate() {
        w.harness.set_size(size);
        if n == 2 {
            w.app_mut().apply(Command::SwitchTheme);
        }
        w.harness.run_steps(6);
        for (dialog, name, foot) in DIALOGS {
            w.app_mut().apply(Command::OpenDialog(dialog));
            w.harness.run_steps(6);
            shot(&mut w, &format!("{n}-{name}"));
            within(&w, foot, &format!("{name} in {size}"));
            // Nothing of the dialog is drawn outside of the window, where it could not be reached.
            w.app_mut().apply(Command::CloseDialog);
            w.harness.run_steps(3);
        }
        w.key(Modifiers::COMMAND, Key::K);
        shot(&mut w, &format!("{n}-palette"));
        w.key(Modifiers::NONE, Key::Escape);
        w.key(Modifiers::NONE, Key::Escape);
        w.key(Modifiers::NONE, Key::Slash);
        shot(&mut w, &format!("{n}-pick"));
        w.app_mut().apply(Command::CloseDialog);
        for (command, name) in [
            (Command::ToggleProblems, "problems"),
            (Command::ToggleHistory, "history"),
            (Command::ToggleLearning, "learning"),
            (Command::ToggleGrid, "grid"),
            (Command::ToggleJudging, "judging"),
        ] {
            w.app_mut().apply(command.clone());
            if name == "judging" {
                w.app_mut().apply(Command::NextProposal);
                w.settle();
            }
            w.harness.run_steps(8);
            shot(&mut w, &format!("{n}-{name}"));
            w.app_mut().apply(command);
            w.harness.run_steps(3);
        }
        w.app_mut().apply(Command::Select(None));
        w.add(DISK);
        w.harness.run_steps(3);
        within(&w, &["Accept", "Drop"], &format!("the bar in {size}"));
        shot(&mut w, &format!("{n}-draft"));
        w.key(Modifiers::NONE, Key::Escape);
        w.app_mut().apply(Command::ToggleNames);
        w.key(Modifiers::NONE, Key::J);
        shot(&mut w, &format!("{n}-object"));
        w.app_mut().apply(Command::ToggleNames);
    }
}

#[test]
fn the_page_without_a_project_fits() {
    let mut w = Window::new(&[]);
    for (n, size) in SIZES.into_iter().enumerate() {
        w.harness.set_size(size);
        w.harness.run_steps(6);
        shot(&mut w, &format!("{n}-start"));
        within(&w, &["Open a folder of pictures"], &format!("the first page in {size}"));
    }
}

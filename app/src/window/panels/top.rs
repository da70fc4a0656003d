//! The bar at the top.

use egui::{Align, Button, Layout, RichText, Ui};

use crate::window::app::LimnApp;
use crate::window::command::Command;
use crate::window::dialog::Dialog;
use crate::window::draft::Draft;
use crate::window::draft::timeline::Newest;
use crate::window::icons::{self, Icon};
use crate::window::keymap::hint;
use crate::window::lang::{self, t, tf};
use crate::window::theme::{self, space};

/// Below this width, in points, some buttons have no text.
const NARROW: f32 = 960.0;
/// Below this width the view has a menu of its own.
const TINY: f32 = 780.0;
/// From this width on all that is not plain from its picture has a word.
const WIDE: f32 = 1300.0;

/// Draws the bar.
pub fn show(ui: &mut Ui, app: &LimnApp, problems: usize, out: &mut Vec<Command>) {
    let narrow = ui.available_width() < NARROW;
    let wide = ui.available_width() >= WIDE;
    let tiny = ui.available_width() < TINY;
    ui.horizontal(|ui| {
        ui.label(RichText::new("Limn").strong().size(16.0).color(theme::palette(ui).accent));
        ui.add_space(space::S);
        open_menu(ui, app, out);
        if app.is_open() {
            ui.separator();
            history(ui, app, out);
            ui.separator();
            if tiny {
                ui.menu_button(icons::atom(Icon::Eye), |ui| {
                    ui.horizontal(|ui| zoom(ui, app, out));
                    ui.horizontal(|ui| masks(ui, app, out));
                })
                .response
                .accessible_name(t(lang::VIEW_MENU))
                .on_hover_text(t(lang::VIEW_MENU));
            } else {
                zoom(ui, app, out);
                ui.separator();
                masks(ui, app, out);
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if icons::button(ui, Icon::Help, &hint(t(lang::KEYS_AND_HELP), &Command::ToggleHelp)).clicked() {
                out.push(Command::ToggleHelp);
            }
            if icons::button(ui, Icon::Sliders, &hint(t(lang::SETTINGS), &Command::OpenSettings)).clicked() {
                out.push(Command::OpenSettings);
            }
            if app.is_open() {
                ui.separator();
                for (icon, label, command) in [
                    (Icon::Chart, t(lang::STATISTICS), Command::OpenDialog(Dialog::Statistics)),
                    (Icon::Warning, t(lang::PROBLEMS), Command::ToggleProblems),
                    (Icon::Clock, t(lang::HISTORY), Command::ToggleHistory),
                    (Icon::Learn, t(lang::LEARNING), Command::ToggleLearning),
                ] {
                    let text = if command == Command::ToggleProblems && problems > 0 {
                        format!("{label} ({problems})")
                    } else {
                        label.to_owned()
                    };
                    let pressed = if wide {
                        let button = Button::new((icons::atom(icon), &text)).frame_when_inactive(false);
                        ui.add(button).on_hover_text(hint(label, &command)).clicked()
                    } else {
                        icons::button(ui, icon, &hint(&text, &command)).clicked()
                    };
                    if pressed {
                        out.push(command);
                    }
                }
                ui.separator();
                for (icon, label, command) in [
                    (Icon::Export, t(lang::EXPORT), Command::OpenExport),
                    (Icon::Import, t(lang::IMPORT), Command::OpenImport),
                ] {
                    let text = hint(label, &command);
                    let pressed = if narrow {
                        icons::button(ui, icon, &text).clicked()
                    } else {
                        let button = Button::new((icons::atom(icon), label)).frame_when_inactive(false);
                        ui.add(button).on_hover_text(text).clicked()
                    };
                    if pressed {
                        out.push(command);
                    }
                }
            }
        });
    });
}

fn open_menu(ui: &mut Ui, app: &LimnApp, out: &mut Vec<Command>) {
    ui.menu_button((icons::atom(Icon::Folder), t(lang::OPEN)), |ui| {
        ui.set_min_width(230.0);
        for (icon, text, command) in [
            (Icon::Folder, t(lang::OPEN_FOLDER_MENU), Command::AskOpenFolder),
            (Icon::Picture, t(lang::OPEN_PICTURE_MENU), Command::AskOpenPicture),
            (Icon::Project, t(lang::OPEN_PROJECT_MENU), Command::AskOpenProject),
        ] {
            if ui.add(Button::new((icons::atom(icon), text)).min_size(egui::vec2(220.0, 24.0))).clicked() {
                out.push(command);
                ui.close();
            }
        }
        if !app.settings.recent.is_empty() {
            ui.separator();
            ui.label(RichText::new(t(lang::RECENT)).small().color(theme::palette(ui).weak));
            for place in &app.settings.recent {
                let name =
                    place.file_stem().map_or_else(|| place.display().to_string(), |n| n.to_string_lossy().into_owned());
                if ui.button(name).on_hover_text(place.display().to_string()).clicked() {
                    out.push(Command::Open(place.clone()));
                    ui.close();
                }
            }
        }
    });
}

fn history(ui: &mut Ui, app: &LimnApp, out: &mut Vec<Command>) {
    let draft = app.drawing.draft.as_ref();
    let (undo, redo) = match app.project() {
        Some(project) => (project.can_undo().map(lang::said_again), project.can_redo().map(lang::said_again)),
        None => (None, None),
    };
    let (undo, redo) = (undo.as_deref(), redo.as_deref());
    let label =
        |what: &str, of: Option<&str>| of.map_or_else(|| what.to_owned(), |of| tf(lang::WHAT_OF, &[&what, &of]));
    let next = app.next_undo();
    let of = match next {
        Some(Newest::Prompt) => Some(t(lang::THE_LAST_CLICK)),
        Some(Newest::Reopening) => Some(t(lang::REOPEN_OBJECT)),
        Some(Newest::Drop) => Some(t(lang::THE_DROPPED_MASK)),
        Some(Newest::Document) => undo,
        None => None,
    };
    let text = label(t(lang::UNDO), of);
    if icons::toggle(ui, Icon::Undo, &hint(&text, &Command::Undo), false, next.is_some()).clicked() {
        out.push(Command::Undo);
    }
    let clicks = draft.is_some_and(Draft::can_redo) && app.drawing.timeline.next_redo() == Some(Newest::Prompt);
    let text = label(t(lang::REDO), if clicks { Some(t(lang::THE_CLICK)) } else { redo });
    if icons::toggle(ui, Icon::Redo, &hint(&text, &Command::Redo), false, clicks || redo.is_some()).clicked() {
        out.push(Command::Redo);
    }
}

fn zoom(ui: &mut Ui, app: &LimnApp, out: &mut Vec<Command>) {
    for (icon, label, command, on) in [
        (Icon::Fit, t(lang::ACT_FIT), Command::Fit, app.shown.view.fit),
        (Icon::ActualSize, t(lang::ACT_ACTUAL_SIZE), Command::ActualSize, false),
        (Icon::ZoomOut, t(lang::ACT_SMALLER), Command::ZoomStep(-1), false),
        (Icon::ZoomIn, t(lang::ACT_LARGER), Command::ZoomStep(1), false),
    ] {
        if icons::toggle(ui, icon, &hint(label, &command), on, app.shown.picture().is_some()).clicked() {
            out.push(command);
        }
    }
}

fn masks(ui: &mut Ui, app: &LimnApp, out: &mut Vec<Command>) {
    let (icon, label) =
        if app.selection.masks_shown { (Icon::Eye, t(lang::HIDE_MASKS)) } else { (Icon::EyeOff, t(lang::SHOW_MASKS)) };
    if icons::button(ui, icon, &hint(label, &Command::ToggleMasks)).clicked() {
        out.push(Command::ToggleMasks);
    }
    let label = t(lang::ACT_NAMES);
    let names = ui.selectable_label(app.settings.names, t(lang::NAMES_SHORT)).accessible_name(label);
    if names.on_hover_text(hint(label, &Command::ToggleNames)).clicked() {
        out.push(Command::ToggleNames);
    }
    let mut opacity = app.settings.opacity;
    let slider = egui::Slider::new(&mut opacity, 0.0..=1.0).show_value(false);
    ui.spacing_mut().slider_width = 90.0;
    if ui.add(slider).accessible_name(t(lang::OPACITY)).on_hover_text(t(lang::OPACITY)).changed() {
        out.push(Command::SetOpacity(opacity));
    }
}

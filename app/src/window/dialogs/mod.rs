//! What opens above the window: export, import, settings, keys, a question, and the progress of long work.

mod batch;
mod classes;
mod confirm;
mod data_set;
mod export;
mod help;
mod import;
mod keys;
mod locked;
mod open_mask;
mod palette;
mod pick_class;
mod progress;
mod replace;
mod settings;
mod statistics;
mod templates;
mod which;

use std::path::Path;

use egui::{Align, Id, Layout, Modal, RichText, Ui};
use limn_datasets::Format;

use super::app::LimnApp;
use super::command::Command;
use super::dialog::Dialog;
use super::lang::{self, t};
use super::panels::Local;
use super::picker::Ask;
use super::theme::{self, size, space};

/// Fields of the dialogs.
#[derive(Debug, Default)]
pub struct Forms {
    export: export::Form,
    import: import::Form,
    batch: batch::Form,
    confirm: confirm::Form,
    settings: settings::Form,
    classes: classes::Form,
    help: help::Form,
    keys: keys::Form,
    statistics: statistics::Form,
    templates: templates::Form,
    pub(super) palette: palette::Form,
    pub(super) pick_class: pick_class::Form,
}

/// Draws the open dialog, or the progress of the running job.
pub fn show(ctx: &egui::Context, app: &LimnApp, local: &mut Local, out: &mut Vec<Command>) {
    if app.job.is_some() {
        progress::show(ctx, app, out);
        return;
    }
    match app.dialog {
        Some(Dialog::Export) => export::show(ctx, app, &mut local.forms.export, out),
        Some(Dialog::Import) => import::show(ctx, app, &mut local.forms.import, out),
        Some(Dialog::Batch) => batch::show(ctx, app, &mut local.forms.batch, &local.shown.ids, out),
        Some(Dialog::Settings) => settings::show(ctx, app, &mut local.forms.settings, out),
        Some(Dialog::Help) => help::show(ctx, &mut local.forms.help, out),
        Some(Dialog::Palette) => palette::show(ctx, app, &mut local.forms.palette, out),
        Some(Dialog::PickClass) => pick_class::show(ctx, app, &mut local.forms.pick_class, out),
        Some(Dialog::Classes) => {
            let filtered = local.filtered_objects(app);
            classes::show(ctx, app, &mut local.forms.classes, filtered.as_deref(), out);
        }
        Some(Dialog::Statistics) => statistics::show(ctx, app, &mut local.forms.statistics, out),
        Some(Dialog::Templates) => templates::show(ctx, app, &mut local.forms.templates, out),
        Some(Dialog::Keys) => keys::show(ctx, app, &mut local.forms.keys, out),
        Some(Dialog::Locked) => locked::show(ctx, local, out),
        Some(Dialog::Replace) => replace::show(ctx, local, out),
        Some(Dialog::DataSet) => data_set::show(ctx, local, out),
        Some(Dialog::OpenMask(state)) => open_mask::show(ctx, state, out),
        Some(Dialog::DeleteClass(id)) => confirm::show(ctx, app, id, &mut local.forms.confirm, out),
        None => {}
    }
}

/// A path that was chosen for a field of a dialog.
pub fn take_path(local: &mut Local, ask: Ask, path: &Path) {
    match ask {
        Ask::ExportTo => local.forms.export.set_folder(path),
        Ask::ImportFile | Ask::ImportFolder => local.forms.import.set_path(path),
        Ask::OrtLibrary => local.forms.settings.set_library(path),
        Ask::Folder
        | Ask::Picture
        | Ask::Project
        | Ask::LearnedIn
        | Ask::LearnedOut
        | Ask::ClassList
        | Ask::SaveClassList
        | Ask::SaveReport
        | Ask::Relink => {}
    }
}

/// A titled dialog; Esc closes it. A click beside it does not: what was chosen would be forgotten. What may not fit goes
/// into [`middle`], so that head and foot are always there.
fn dialog(
    ctx: &egui::Context,
    name: &str,
    title: &str,
    width: f32,
    out: &mut Vec<Command>,
    contents: impl FnOnce(&mut Ui, &mut Vec<Command>),
) {
    if open_frame(ctx, Modal::new(Id::unique(name)), title, width, out, contents).escaped {
        out.push(Command::CloseDialog);
    }
}

/// How a dialog was left.
struct Left {
    escaped: bool,
    beside: bool,
}

fn open_frame(
    ctx: &egui::Context,
    modal: Modal,
    title: &str,
    width: f32,
    out: &mut Vec<Command>,
    contents: impl FnOnce(&mut Ui, &mut Vec<Command>),
) -> Left {
    let frame = egui::Frame::window(&ctx.global_style()).inner_margin(egui::Margin::same(PADDING as i8));
    let room = ctx.content_rect().width() - 2.0 * (PADDING + 12.0);
    let shown = modal.frame(frame).show(ctx, |ui| {
        ui.set_width(width.min(room));
        if !title.is_empty() {
            ui.label(RichText::new(title).size(size::TITLE).strong());
            ui.add_space(space::M);
        }
        contents(ui, out);
    });
    let beside = shown.backdrop_response.clicked();
    Left { escaped: shown.should_close() && !beside, beside }
}

/// Inside the frame of a dialog.
const PADDING: f32 = 20.0;

/// What lies between head and foot of a dialog: scrolled where the window is too small for it. `foot` is the height of what
/// comes below, without the usual row of buttons.
fn middle<R>(ui: &mut Ui, foot: f32, contents: impl FnOnce(&mut Ui) -> R) -> R {
    // Head, row of buttons, padding, and 16 points of air above and below.
    let fixed = 30.0 + 52.0 + 2.0 * PADDING + 32.0 + foot;
    let room = (ui.ctx().content_rect().height() - fixed).max(60.0);
    let scroll = egui::ScrollArea::vertical().max_height(room).min_scrolled_height(room);
    scroll.auto_shrink([false, true]).show(ui, contents).inner
}

/// What may be wider than a narrow window: scrolled sideways there.
fn sideways<R>(ui: &mut Ui, name: &str, contents: impl FnOnce(&mut Ui) -> R) -> R {
    egui::ScrollArea::horizontal().id_salt(name).auto_shrink([false, true]).show(ui, contents).inner
}

/// The formats to choose from, in two columns; the one that was pressed.
fn formats(ui: &mut Ui, chosen: Format, offered: impl Fn(Format) -> bool) -> Option<Format> {
    let all: Vec<Format> = Format::ALL.iter().copied().filter(|format| offered(*format)).collect();
    let (left, right) = all.split_at(all.len().div_ceil(2));
    let mut pressed = None;
    ui.columns(2, |columns| {
        for (column, formats) in columns.iter_mut().zip([left, right]) {
            for &format in formats {
                if column.radio(format == chosen, lang::format_title(format)).clicked() {
                    pressed = Some(format);
                }
            }
        }
    });
    pressed
}

/// The row of buttons at the foot; true when the main one was pressed.
fn buttons(ui: &mut Ui, main: &str, enabled: bool, out: &mut Vec<Command>) -> bool {
    ui.add_space(space::M);
    let p = theme::palette(ui);
    let mut pressed = false;
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let button = egui::Button::new(RichText::new(main).color(p.on_accent)).fill(p.accent);
        pressed = ui.add_enabled_ui(enabled, |ui| ui.add_sized([104.0, 30.0], button)).inner.clicked();
        if ui.add_sized([84.0, 30.0], egui::Button::new(t(lang::CANCEL))).clicked() {
            out.push(Command::CloseDialog);
        }
    });
    // Enter is the main button, unless something else has the keyboard.
    let free = ui.memory(|m| m.focused().is_none());
    pressed || (enabled && free && ui.input(|i| i.key_pressed(egui::Key::Enter)))
}

/// The foot of a dialog that has nothing to confirm: other buttons at the left, "Close" at the right; true when that was pressed.
fn foot(ui: &mut Ui, out: &mut Vec<Command>, others: impl FnOnce(&mut Ui, &mut Vec<Command>)) -> bool {
    ui.add_space(space::M);
    let mut closed = false;
    ui.horizontal(|ui| {
        others(ui, out);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            closed = ui.add_sized([84.0, 30.0], egui::Button::new(t(lang::CLOSE))).clicked();
        });
    });
    if closed {
        out.push(Command::CloseDialog);
    }
    closed
}

/// A small line of explanation.
fn note(ui: &mut Ui, text: &str) {
    let weak = theme::palette(ui).weak;
    ui.label(RichText::new(text).size(size::SMALL).color(weak));
}

//! Objects kept under a name, to be put into any picture.

use egui::{Align, Layout, RichText, TextEdit, Ui};

use super::{dialog, foot, middle, note};
use crate::window::app::LimnApp;
use crate::window::command::Command;
use crate::window::icons::{self, Icon};
use crate::window::lang::{self, counted, t, tf};
use crate::window::stamp::Stamp;
use crate::window::theme::{self, size, space};

/// Fields of the dialog.
#[derive(Debug, Default)]
pub struct Form {
    name: String,
}

/// Draws the dialog.
pub fn show(ctx: &egui::Context, app: &LimnApp, form: &mut Form, out: &mut Vec<Command>) {
    dialog(ctx, "templates", t(lang::TEMPLATES_TITLE), 460.0, out, |ui, out| {
        note(ui, t(lang::TEMPLATES_NOTE));
        ui.add_space(space::S);
        new_one(ui, app, form, out);
        ui.add_space(space::S);
        if app.clipboard.templates.list.is_empty() {
            ui.label(RichText::new(t(lang::TEMPLATES_NONE)).color(theme::palette(ui).weak));
        }
        middle(ui, 100.0, |ui| {
            for (name, stamp) in &app.clipboard.templates.list {
                row(ui, app, name, stamp, out);
            }
        });
        foot(ui, out, |_, _| ());
    });
}

/// The selected objects under a new name.
fn new_one(ui: &mut Ui, app: &LimnApp, form: &mut Form, out: &mut Vec<Command>) {
    let selected = app.selection().len();
    ui.horizontal(|ui| {
        let field = TextEdit::singleline(&mut form.name).hint_text(t(lang::TEMPLATES_NAME)).desired_width(200.0);
        let field = ui.add(field).accessible_name(t(lang::TEMPLATES_NAME));
        let entered = field.lost_focus() && ui.input(|i| i.key_pressed(egui::Key::Enter));
        let can = selected > 0 && !form.name.trim().is_empty();
        let label = counted(selected, lang::TEMPLATES_KEEP_ONE, lang::TEMPLATES_KEEP);
        let pressed = ui.add_enabled(can, egui::Button::new(label)).clicked();
        if pressed || (entered && can) {
            out.push(Command::SaveTemplate(std::mem::take(&mut form.name)));
        }
    });
}

fn row(ui: &mut Ui, app: &LimnApp, name: &str, stamp: &Stamp, out: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        for piece in stamp.pieces.iter().take(6) {
            let (dot, _) = ui.allocate_exact_size(egui::vec2(12.0, 12.0), egui::Sense::hover());
            ui.painter().rect_filled(dot, 3.0, theme::class_color(piece.color));
        }
        ui.label(name);
        let objects = counted(stamp.pieces.len(), lang::OBJECT_ONE, lang::OBJECT_MANY);
        ui.label(RichText::new(objects).color(theme::palette(ui).weak).size(size::SMALL));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if icons::button(ui, Icon::Trash, &tf(lang::TEMPLATES_DELETE, &[&name])).clicked() {
                out.push(Command::DeleteTemplate(name.to_owned()));
            }
            let insert = egui::Button::new(t(lang::TEMPLATES_INSERT));
            let label = tf(lang::TEMPLATES_INSERT_NAMED, &[&name]);
            if ui.add_enabled(app.shown.current.is_some(), insert).accessible_name(&label).clicked() {
                out.extend([Command::CloseDialog, Command::InsertTemplate(name.to_owned())]);
            }
        });
    });
}

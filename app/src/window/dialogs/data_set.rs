//! What was opened is a data set: its objects can be imported.

use egui::{Align, Button, Key, Layout, RichText, vec2};

use super::dialog;
use crate::window::command::Command;
use crate::window::jobs::ImportRequest;
use crate::window::lang::{self, t, tf};
use crate::window::panels::Local;
use crate::window::theme::{self, space};

/// Draws the question.
pub fn show(ctx: &egui::Context, local: &Local, out: &mut Vec<Command>) {
    let Some((format, from)) = &local.data_set else {
        out.push(Command::CloseDialog);
        return;
    };
    dialog(ctx, "data set", &tf(lang::DATA_SET_TITLE, &[&lang::format_title(*format)]), 460.0, out, |ui, out| {
        ui.label(tf(lang::DATA_SET_NOTE, &[&from.display()]));
        ui.add_space(space::M);
        let p = theme::palette(ui);
        let mut import = false;
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let text = RichText::new(t(lang::DATA_SET_IMPORT)).color(p.on_accent);
            import = ui.add(Button::new(text).fill(p.accent).min_size(vec2(104.0, 30.0))).clicked();
            if ui.add(Button::new(t(lang::DATA_SET_PICTURES)).min_size(vec2(84.0, 30.0))).clicked() {
                out.push(Command::CloseDialog);
            }
        });
        if import || ui.input(|i| i.key_pressed(Key::Enter)) {
            let request = ImportRequest { format: *format, from: from.clone(), options: Default::default() };
            out.extend([Command::CloseDialog, Command::Import(request)]);
        }
    });
}

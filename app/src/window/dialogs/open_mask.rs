//! A picture is to be done while a mask of it is not accepted.

use egui::{Align, Button, Layout, RichText};
use limn_datasets::ImageState;

use super::dialog;
use crate::window::command::Command;
use crate::window::facts::state_name;
use crate::window::lang::{self, t, tf};
use crate::window::theme::{self, space};

/// Draws the question. Enter accepts.
pub fn show(ctx: &egui::Context, state: ImageState, out: &mut Vec<Command>) {
    dialog(ctx, "open mask", t(lang::OPEN_MASK_TITLE), 400.0, out, |ui, out| {
        ui.label(tf(lang::OPEN_MASK_NOTE, &[&t(state_name(state))]));
        ui.add_space(space::L);
        let p = theme::palette(ui);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let main = Button::new(RichText::new(t(lang::ACCEPT)).color(p.on_accent)).fill(p.accent);
            let accept = ui.add_sized([104.0, 30.0], main).clicked();
            if accept || ui.input(|i| i.key_pressed(egui::Key::Enter)) {
                out.extend([Command::CloseDialog, Command::Accept { then_next: false }, Command::MarkState(state)]);
            }
            if ui.button(t(lang::LEAVE_OPEN)).clicked() {
                out.extend([Command::CloseDialog, Command::MarkState(state)]);
            }
            if ui.button(t(lang::CANCEL)).clicked() {
                out.push(Command::CloseDialog);
            }
        });
    });
}

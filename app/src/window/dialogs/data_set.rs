//! What was opened is a data set: its objects can be imported.

use super::{buttons, dialog};
use crate::window::command::Command;
use crate::window::jobs::ImportRequest;
use crate::window::lang::{self, t, tf};
use crate::window::panels::Local;
use crate::window::theme::space;

/// Draws the question.
pub fn show(ctx: &egui::Context, local: &Local, out: &mut Vec<Command>) {
    let Some((format, from)) = &local.data_set else {
        out.push(Command::CloseDialog);
        return;
    };
    dialog(ctx, "data set", &tf(lang::DATA_SET_TITLE, &[&format.title()]), 460.0, out, |ui, out| {
        ui.label(tf(lang::DATA_SET_NOTE, &[&from.display()]));
        ui.add_space(space::S);
        let named = (t(lang::DATA_SET_IMPORT), t(lang::DATA_SET_PICTURES));
        let request = ImportRequest { format: *format, from: from.clone(), options: Default::default() };
        if ui.button(named.1).clicked() {
            out.push(Command::CloseDialog);
        }
        if buttons(ui, named.0, true, out) {
            out.extend([Command::CloseDialog, Command::Import(request)]);
        }
    });
}

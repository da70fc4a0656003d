//! Another window has the project: it can be looked at.

use super::{buttons, dialog};
use crate::window::command::Command;
use crate::window::lang::{self, t};
use crate::window::panels::Local;

/// Draws the question.
pub fn show(ctx: &egui::Context, local: &Local, out: &mut Vec<Command>) {
    let Some((path, said)) = &local.locked else {
        out.push(Command::CloseDialog);
        return;
    };
    dialog(ctx, "locked", t(lang::LOCKED_TITLE), 460.0, out, |ui, out| {
        ui.label(said);
        if buttons(ui, t(lang::OPEN_READ_ONLY), true, out) {
            out.extend([Command::CloseDialog, Command::OpenReadOnly(path.clone())]);
        }
    });
}

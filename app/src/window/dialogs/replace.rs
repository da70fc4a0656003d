//! An export would replace files that this project did not write.

use super::dialog;
use crate::window::command::Command;
use crate::window::dialog::Dialog;
use crate::window::jobs::ExportRequest;
use crate::window::lang::{self, t};
use crate::window::panels::Local;
use crate::window::picker::Ask;
use crate::window::theme::{self, space};

/// Draws the question.
pub fn show(ctx: &egui::Context, local: &mut Local, out: &mut Vec<Command>) {
    let Some((said, rest)) = local.not_ours.clone() else {
        out.push(Command::CloseDialog);
        return;
    };
    dialog(ctx, "replace", t(lang::REPLACE_TITLE), 480.0, out, |ui, out| {
        ui.label(said);
        ui.label(t(lang::REPLACE_NOTE));
        ui.add_space(space::M);
        ui.horizontal_wrapped(|ui| {
            let bad = theme::palette(ui).bad;
            let replace = egui::Button::new(egui::RichText::new(t(lang::REPLACE_FILES)).color(bad));
            if ui.add(replace).clicked() {
                let mut request: ExportRequest = rest.clone();
                request.options.overwrite = true;
                out.extend([Command::CloseDialog, Command::Export(request)]);
            }
            if ui.button(t(lang::REPLACE_ELSEWHERE)).clicked() {
                local.forms.export.only(&rest.targets);
                out.extend([Command::OpenDialog(Dialog::Export), Command::Ask(Ask::ExportTo)]);
            }
            if ui.button(t(lang::CANCEL)).clicked() {
                out.push(Command::CloseDialog);
            }
        });
    });
}

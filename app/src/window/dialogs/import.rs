//! Import: format and place.

use std::path::{Path, PathBuf};

use egui::TextEdit;
use limn_datasets::{Format, ImportOptions};

use super::{buttons, dialog, formats, middle, note};
use crate::window::app::LimnApp;
use crate::window::command::Command;
use crate::window::jobs::ImportRequest;
use crate::window::lang::{self, t};
use crate::window::picker::Ask;
use crate::window::theme::space;

/// Fields of the dialog.
#[derive(Debug)]
pub struct Form {
    format: Format,
    from: String,
}

impl Default for Form {
    fn default() -> Self {
        Self { format: Format::Coco, from: String::new() }
    }
}

impl Form {
    /// A file or folder was chosen.
    pub fn set_path(&mut self, path: &Path) {
        self.from = path.display().to_string();
    }
}

/// Draws the dialog.
pub fn show(ctx: &egui::Context, _app: &LimnApp, form: &mut Form, out: &mut Vec<Command>) {
    dialog(ctx, "import", t(lang::IMPORT), 520.0, out, |ui, out| {
        middle(ui, 0.0, |ui| {
            form.format = formats(ui, form.format, Format::can_import).unwrap_or(form.format);
            ui.add_space(space::M);
            ui.horizontal(|ui| {
                let label = ui.label(t(lang::IMPORT_FROM));
                ui.add(TextEdit::singleline(&mut form.from).desired_width(ui.available_width() - 92.0))
                    .labelled_by(label.id);
                if ui.button(t(lang::CHOOSE)).clicked() {
                    out.push(Command::Ask(if form.format.is_file() { Ask::ImportFile } else { Ask::ImportFolder }));
                }
            });
            ui.add_space(space::S);
            note(ui, t(lang::IMPORT_NOTE));
        });
        if buttons(ui, t(lang::IMPORT), !form.from.trim().is_empty(), out) {
            out.push(Command::Import(ImportRequest {
                format: form.format,
                from: PathBuf::from(form.from.trim()),
                options: ImportOptions::default(),
            }));
        }
    });
}

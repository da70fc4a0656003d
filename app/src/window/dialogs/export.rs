//! Export: format, place, options.

use std::path::{Path, PathBuf};

use egui::{RichText, TextEdit};
use limn_datasets::{Choice, CocoSegmentation, ExportOptions, Format, MaskLayout};

use super::{buttons, dialog, formats, middle, note};
use crate::window::app::LimnApp;
use crate::window::command::Command;
use crate::window::jobs::ExportRequest;
use crate::window::lang::{self, counted, t};
use crate::window::picker::Ask;
use crate::window::theme::space;

/// Fields of the dialog.
#[derive(Debug)]
pub struct Form {
    format: Format,
    /// Empty: the default place.
    to: String,
    options: ExportOptions,
    check: bool,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            format: Format::Coco,
            to: String::new(),
            options: ExportOptions { copy_images: true, ..Default::default() },
            check: true,
        }
    }
}

impl Form {
    /// A folder was chosen.
    pub fn set_folder(&mut self, folder: &Path) {
        self.to = place(folder, self.format).display().to_string();
    }
}

/// The file or folder of a format within a folder.
fn place(folder: &Path, format: Format) -> PathBuf {
    match format.file() {
        Some(name) => folder.join(name),
        None => folder.to_path_buf(),
    }
}

/// Draws the dialog.
pub fn show(ctx: &egui::Context, app: &LimnApp, form: &mut Form, out: &mut Vec<Command>) {
    let Some(project) = app.project() else { return };
    let document = project.document();
    let standard =
        |format: Format| place(&project.root().join("export").join(format.name()), format).display().to_string();
    if form.to.is_empty() {
        form.to = standard(form.format);
    }
    let open = app.open_drafts().len();
    dialog(ctx, "export", t(lang::EXPORT), 560.0, out, |ui, out| {
        middle(ui, 0.0, |ui| {
            if let Some(format) = formats(ui, form.format, |_| true).filter(|format| *format != form.format) {
                let kept = form.to != standard(form.format);
                let folder = Path::new(&form.to).parent().map(Path::to_path_buf);
                form.to = match folder {
                    Some(folder) if kept && form.format.is_file() => place(&folder, format).display().to_string(),
                    _ if kept => place(Path::new(&form.to), format).display().to_string(),
                    _ => standard(format),
                };
                form.format = format;
            }
            ui.add_space(space::M);
            ui.horizontal(|ui| {
                let label = ui.label(t(lang::EXPORT_TO));
                ui.add(TextEdit::singleline(&mut form.to).desired_width(ui.available_width() - 92.0))
                    .labelled_by(label.id);
                if ui.button(t(lang::CHOOSE)).clicked() {
                    out.push(Command::Ask(Ask::ExportTo));
                }
            });
            ui.add_space(space::M);
            form.format.choices().iter().for_each(|choice| draw_choice(ui, *choice, &mut form.options));
            let o = &mut form.options;
            ui.add_space(space::S);
            ui.checkbox(&mut o.only_done, t(lang::ONLY_DONE));
            ui.checkbox(&mut form.check, t(lang::READ_BACK));
            ui.add_space(space::S);
            let parts = [
                counted(document.object_count(), lang::OBJECT_ONE, lang::OBJECT_MANY),
                counted(document.image_count(), lang::PICTURE_ONE, lang::PICTURE_MANY),
                counted(document.class_count(), lang::CLASS_ONE, lang::CLASS_MANY),
            ];
            note(ui, &parts.join(", "));
            if open > 0 {
                ui.horizontal_wrapped(|ui| {
                    let text = counted(open, lang::EXPORT_OPEN_ONE, lang::EXPORT_OPEN_MANY);
                    ui.label(RichText::new(text).color(ui.visuals().warn_fg_color));
                    if ui.small_button(t(lang::SHOW_THEM)).clicked() {
                        out.extend([Command::CloseDialog, Command::NextDraft]);
                    }
                });
            }
            if document.object_count() == 0 {
                ui.label(RichText::new(t(lang::NO_OBJECTS_YET)).color(ui.visuals().warn_fg_color));
            }
        });
        let ready = !form.to.trim().is_empty();
        if buttons(ui, t(lang::EXPORT), ready, out) {
            out.push(Command::Export(ExportRequest {
                format: form.format,
                to: PathBuf::from(form.to.trim()),
                options: form.options.clone(),
                check: form.check,
                open_drafts: open,
            }));
        }
    });
}

/// The controls of one option.
fn draw_choice(ui: &mut egui::Ui, choice: Choice, o: &mut ExportOptions) {
    match choice {
        Choice::Segmentation => {
            for (value, text) in [
                (CocoSegmentation::Auto, lang::COCO_AUTO),
                (CocoSegmentation::Rle, lang::COCO_RLE),
                (CocoSegmentation::RleUncompressed, lang::COCO_RLE_PLAIN),
                (CocoSegmentation::Polygon, lang::COCO_POLYGON),
            ] {
                ui.radio_value(&mut o.segmentation, value, t(text));
            }
        }
        Choice::MaskLayout => {
            for (value, text) in [
                (MaskLayout::Objects, lang::MASK_OBJECTS),
                (MaskLayout::Classes, lang::MASK_CLASSES),
                (MaskLayout::Instances, lang::MASK_INSTANCES),
                (MaskLayout::Colors, lang::MASK_COLORS),
            ] {
                ui.radio_value(&mut o.mask_layout, value, t(text));
            }
        }
        Choice::Polygons => drop(ui.checkbox(&mut o.polygons, t(lang::POLYGONS))),
        // Asked for on the command line so far.
        Choice::Tolerance => {}
        Choice::CopyImages => drop(ui.checkbox(&mut o.copy_images, t(lang::COPY_PICTURES))),
        Choice::VoidBand => drop(ui.horizontal(|ui| {
            let label = ui.label(t(lang::VOID_BAND));
            ui.add(egui::DragValue::new(&mut o.void_band).range(0..=20).suffix(" px")).labelled_by(label.id);
        })),
        Choice::Validation => drop(ui.horizontal(|ui| {
            let label = ui.label(t(lang::VALIDATION));
            ui.add(egui::DragValue::new(&mut o.validation_percent).range(0..=90).suffix(" %")).labelled_by(label.id);
        })),
    }
}

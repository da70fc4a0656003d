//! Export: formats, place, options, and which objects.

use std::path::{Path, PathBuf};

use egui::{Align2, Modal, RichText, TextEdit};
use limn_datasets::{Choice, CocoSegmentation, ExportOptions, Format, MaskLayout, Tolerance};

use super::which::{self, Counted};
use super::{buttons, middle, note, open_frame};
use crate::window::app::LimnApp;
use crate::window::command::Command;
use crate::window::jobs::ExportRequest;
use crate::window::lang::{self, Text, counted, t, tf};
use crate::window::picker::Ask;
use crate::window::theme::space;

/// Fields of the dialog.
#[derive(Debug)]
pub struct Form {
    /// In the order of the table; `None` until the dialog is opened: those of the last time.
    formats: Option<Vec<Format>>,
    /// The file or folder of one format; of several the folder that holds a folder for each. Empty: the default place.
    to: String,
    options: ExportOptions,
    check: bool,
    counted: Counted,
}

impl Default for Form {
    fn default() -> Self {
        Self {
            formats: None,
            to: String::new(),
            options: ExportOptions { copy_images: true, ..Default::default() },
            check: true,
            counted: Counted::default(),
        }
    }
}

impl Form {
    /// A folder was chosen.
    pub fn set_folder(&mut self, folder: &Path) {
        self.to = match self.formats.as_deref() {
            Some(&[format]) => place(folder, format),
            _ => folder.to_path_buf(),
        }
        .display()
        .to_string();
    }

    /// Only these formats are still to be written.
    pub fn only(&mut self, targets: &[(Format, PathBuf)]) {
        self.formats = Some(targets.iter().map(|(format, _)| *format).collect());
        self.to.clear();
    }

    /// Adds a format or takes it away; a place that a person chose stays as far as it can.
    fn toggle(&mut self, format: Format, home: &Path) {
        let Some(formats) = &mut self.formats else { return };
        let (before, kept) = (formats.clone(), self.to != standard(formats, home).display().to_string());
        match formats.iter().position(|f| *f == format) {
            Some(at) => drop(formats.remove(at)),
            None => formats.push(format),
        }
        formats.sort_by_key(|f| Format::ALL.iter().position(|g| g == f));
        let now = formats.clone();
        let to = Path::new(&self.to);
        self.to = match (before.as_slice(), now.as_slice()) {
            _ if !kept => standard(&now, home),
            (&[one], _) if one.is_file() => to.parent().unwrap_or(to).to_path_buf(),
            (_, &[one]) => place(to, one),
            _ => to.to_path_buf(),
        }
        .display()
        .to_string();
    }

    /// Where each format goes.
    fn targets(&self) -> Vec<(Format, PathBuf)> {
        let to = PathBuf::from(self.to.trim());
        match self.formats.as_deref().unwrap_or_default() {
            &[format] => vec![(format, to)],
            several => several.iter().map(|&format| (format, place(&to.join(format.name()), format))).collect(),
        }
    }
}

/// The file or folder of a format within a folder.
fn place(folder: &Path, format: Format) -> PathBuf {
    match format.file() {
        Some(name) => folder.join(name),
        None => folder.to_path_buf(),
    }
}

/// The default place below the folder for exports.
fn standard(formats: &[Format], home: &Path) -> PathBuf {
    match formats {
        &[format] => place(&home.join(format.name()), format),
        _ => home.to_path_buf(),
    }
}

/// What a format does not hold, where that is worth a word.
fn cannot_hold(format: Format) -> Option<Text> {
    match format {
        Format::Panoptic | Format::Voc => Some(lang::LOSES_COVERED),
        Format::Yolo => Some(lang::LOSES_BRIDGES),
        Format::YoloBoxes => Some(lang::LOSES_MASKS),
        Format::Masks => Some(lang::LOSES_NAMES),
        Format::Cutouts => Some(lang::LOSES_SURROUNDINGS),
        Format::Coco | Format::Labelme | Format::Cvat | Format::LabelStudio | Format::Datumaro | Format::Eiseg => None,
    }
}

/// The formats of the last export, else COCO.
fn last(names: &[String]) -> Vec<Format> {
    let known: Vec<Format> = Format::ALL.iter().copied().filter(|f| names.iter().any(|n| n == f.name())).collect();
    if known.is_empty() { vec![Format::Coco] } else { known }
}

/// Draws the dialog.
pub fn show(ctx: &egui::Context, app: &LimnApp, form: &mut Form, out: &mut Vec<Command>) {
    let Some(project) = app.project() else { return };
    let home = project.root().join("export");
    let formats = form.formats.get_or_insert_with(|| last(&app.settings.exports)).clone();
    if form.to.is_empty() {
        form.to = standard(&formats, &home).display().to_string();
    }
    let open = app.open_drafts().len();
    // It stays at its place when a format brings more lines.
    let area = Modal::default_area(egui::Id::unique("export")).anchor(Align2::CENTER_TOP, [0.0, 14.0]);
    let modal = Modal::new(egui::Id::unique("export")).area(area);
    let left = open_frame(ctx, modal, t(lang::EXPORT), 580.0, out, |ui, out| {
        middle(ui, 0.0, |ui| {
            if let Some(format) = several(ui, &formats) {
                form.toggle(format, &home);
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
            if formats.len() > 1 {
                let names: Vec<&str> = formats.iter().map(|format| format.name()).collect();
                note(ui, &tf(lang::EXPORT_FOLDERS, &[&names.join(", ")]));
            }
            ui.add_space(space::S);
            let mut choices: Vec<Choice> = Vec::new();
            for choice in formats.iter().flat_map(|format| format.choices()) {
                if !choices.contains(choice) {
                    choices.push(*choice);
                }
            }
            choices.into_iter().for_each(|choice| draw_choice(ui, choice, &mut form.options));
            for format in &formats {
                if let Some(text) = cannot_hold(*format) {
                    note(ui, &tf(lang::WHAT_OF, &[&lang::format_title(*format), &t(text)]));
                }
            }
            ui.add_space(space::S);
            ui.checkbox(&mut form.options.only_done, t(lang::ONLY_DONE));
            which::show(ui, project.document(), &app.selection(), &mut form.options);
            ui.checkbox(&mut form.check, t(lang::READ_BACK));
            ui.add_space(space::S);
            form.counted.refresh(project.document(), app.opened.edits, &form.options);
            note(ui, &form.counted.said());
            if open > 0 {
                ui.horizontal_wrapped(|ui| {
                    let text = counted(open, lang::EXPORT_OPEN_ONE, lang::EXPORT_OPEN_MANY);
                    ui.label(RichText::new(text).color(ui.visuals().warn_fg_color));
                    if ui.small_button(t(lang::SHOW_THEM)).clicked() {
                        out.extend([Command::CloseDialog, Command::NextDraft]);
                    }
                });
            }
            if form.counted.objects() == 0 {
                let none = project.document().object_count() == 0;
                let text = t(if none { lang::NO_OBJECTS_YET } else { lang::EXPORT_NONE_CHOSEN });
                ui.label(RichText::new(text).color(ui.visuals().warn_fg_color));
            }
        });
        let ready = !form.to.trim().is_empty() && form.formats.as_ref().is_some_and(|formats| !formats.is_empty());
        if buttons(ui, t(lang::EXPORT), ready, out) {
            out.push(Command::Export(ExportRequest {
                targets: form.targets(),
                options: form.options.clone(),
                check: form.check,
                open_drafts: open,
            }));
        }
    });
    if left.escaped {
        out.push(Command::CloseDialog);
    }
}

/// The formats in two columns; the one that was pressed.
fn several(ui: &mut egui::Ui, chosen: &[Format]) -> Option<Format> {
    let (left, right) = Format::ALL.split_at(Format::ALL.len().div_ceil(2));
    let mut pressed = None;
    ui.columns(2, |columns| {
        for (column, formats) in columns.iter_mut().zip([left, right]) {
            for &format in formats {
                let mut on = chosen.contains(&format);
                if column.checkbox(&mut on, lang::format_title(format)).changed() {
                    pressed = Some(format);
                }
            }
        }
    });
    pressed
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
        Choice::Tolerance => drop(ui.horizontal(|ui| {
            let label = ui.label(t(lang::TOLERANCE_OF_OUTLINES));
            let mut pixels = o.tolerance.pixels();
            let field = egui::DragValue::new(&mut pixels).range(0.0..=20.0).speed(0.05).max_decimals(2).suffix(" px");
            let field = ui.add(field).labelled_by(label.id).on_hover_text(t(lang::TOLERANCE_HINT));
            if field.changed() {
                o.tolerance = Tolerance::of_pixels(pixels).unwrap_or_default();
            }
        })),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn form(formats: &[Format], to: &str) -> Form {
        Form { formats: Some(formats.to_vec()), to: to.into(), ..Form::default() }
    }

    #[test]
    fn each_of_several_formats_has_its_folder_and_a_chosen_place_stays() {
        let home = Path::new("/p/export");
        let mut f = form(&[Format::Coco], "/p/export/coco/instances.json");
        f.toggle(Format::Voc, home);
        assert_eq!(f.to, "/p/export");
        let there = |f: &Form| f.targets().iter().map(|(_, to)| to.display().to_string()).collect::<Vec<_>>();
        assert_eq!(there(&f), ["/p/export/coco/instances.json", "/p/export/voc"]);
        f.toggle(Format::Coco, home);
        assert_eq!(there(&f), ["/p/export/voc"]);

        let mut f = form(&[Format::Coco], "/elsewhere/mine.json");
        f.toggle(Format::Yolo, home);
        assert_eq!(there(&f), ["/elsewhere/coco/instances.json", "/elsewhere/yolo"]);
        f.toggle(Format::Coco, home);
        assert_eq!(there(&f), ["/elsewhere"]);
        f.set_folder(Path::new("/third"));
        assert_eq!(there(&f), ["/third"]);
    }

    #[test]
    fn the_last_formats_are_remembered_and_unknown_ones_forgotten() {
        assert_eq!(last(&["voc".into(), "coco".into(), "gone".into()]), [Format::Coco, Format::Voc]);
        assert_eq!(last(&[]), [Format::Coco]);
    }
}

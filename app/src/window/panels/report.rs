//! What came of an import or export: a page that stays until it is closed, holds every line, leads to the picture, and can
//! be saved.

use egui::{RichText, Role, ScrollArea, Sense, Ui, WidgetInfo, vec2};
use limn_datasets::{Document, ImageId, ObjectId};

use super::{Local, floating};
use crate::window::app::LimnApp;
use crate::window::command::Command;
use crate::window::lang::{self, counted, t};
use crate::window::picker::Ask;
use crate::window::report::Line;
use crate::window::theme::{self, size, space};

/// Where a line leads: the object that it names, else the picture.
pub fn target(document: &Document, line: &Line) -> Option<(ImageId, Option<ObjectId>)> {
    let picture = line.picture.as_deref().and_then(|path| document.image_at(path)).map(|image| image.id);
    let mut words = line.text.split_whitespace().map(|w| w.trim_matches([':', ',', ';', '"', '(', ')', '.']));
    let mut before = "";
    let object = words.find_map(|word| {
        let number = (before == "object").then(|| word.parse().ok()).flatten();
        before = word;
        document.object(ObjectId(number?))
    });
    if let Some(object) = object.filter(|object| picture.is_none_or(|image| object.image == image)) {
        return Some((object.image, Some(object.id)));
    }
    let named = || {
        let words = line.text.split([' ', ':', ',', ';', '"', '(', ')']).filter(|word| word.contains('.'));
        words.filter_map(|word| document.image_at(word.trim_end_matches('.'))).map(|image| image.id).next()
    };
    picture.or_else(named).map(|image| (image, None))
}

/// Draws the page.
pub fn show(ctx: &egui::Context, app: &LimnApp, local: &mut Local, out: &mut Vec<Command>) {
    let Some(report) = local.report.clone().filter(|_| local.report_open) else { return };
    let mut open = true;
    let size = vec2(560.0, 300.0).min(local.canvas(app).size() - vec2(40.0, 60.0)).max(vec2(240.0, 120.0));
    let at = local.canvas(app).center() - 0.5 * size;
    floating::show(ctx, ("report", t(lang::REPORT)), &mut open, size, at, |ui| {
        ui.label(RichText::new(&report.title).strong());
        ui.label(&report.summary);
        let weak = theme::palette(ui).weak;
        ui.horizontal(|ui| {
            if ui.button(t(lang::REPORT_SAVE)).clicked() {
                out.push(Command::Ask(Ask::SaveReport));
            }
            let count = counted(report.lines.len(), lang::LINE_ONE, lang::LINE_MANY);
            ui.label(RichText::new(count).color(weak).size(size::SMALL));
        });
        ui.spacing_mut().item_spacing.y = 1.0;
        ScrollArea::both().auto_shrink(false).show_rows(ui, space::ROW, report.lines.len(), |ui, rows| {
            for line in &report.lines[rows] {
                if row(ui, app.document(), line) {
                    out.extend(target(app.document(), line).map(|(image, object)| match object {
                        Some(object) => Command::ShowObject(image, object),
                        None => Command::Show(image),
                    }));
                }
            }
        });
    });
    local.report_open = open;
}

/// One line; true when it was pressed.
fn row(ui: &mut Ui, document: &Document, line: &Line) -> bool {
    let p = theme::palette(ui);
    let font = egui::FontId::proportional(size::BODY);
    let color = if line.serious { p.warn } else { p.text };
    let text = ui.painter().layout_no_wrap(line.text.clone(), font, color);
    let width = ui.available_width().max(text.size().x + 16.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width, space::ROW), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &line.text));
    if ui.is_rect_visible(rect) {
        if response.hovered() && target(document, line).is_some() {
            ui.painter().rect_filled(rect, 4.0, p.hover);
        }
        ui.painter().galley(egui::pos2(rect.min.x + 8.0, rect.center().y - text.size().y / 2.0), text, color);
    }
    response.on_hover_text(&line.text).clicked()
}

#[cfg(test)]
mod tests {
    use limn_datasets::{Class, ClassId, ImageRecord, Mask, Object, Transaction};

    use super::*;

    #[test]
    fn a_line_leads_to_the_object_or_picture_that_it_names() {
        let mut document = Document::default();
        let mut all = Transaction::new("all");
        all.put_class(&document, Class::new(ClassId(1), "cat", [0; 3]));
        for (id, path) in [(1, "a/one.png"), (2, "two.jpg")] {
            all.put_image(&document, ImageRecord::new(ImageId(id), path));
        }
        all.put_object(&document, Object::new(ObjectId(14), ImageId(2), ClassId(1), Mask::empty(2, 2)));
        document.apply(&all).unwrap();
        let at = |text: &str| target(&document, &Line::new(text, false));
        assert_eq!(at("object 14 lost 29 of 29 pixels"), Some((ImageId(2), Some(ObjectId(14)))));
        assert_eq!(at("a/one.png: it has an orientation tag."), Some((ImageId(1), None)));
        assert_eq!(at("nothing that is known, object 99"), None);
        let told = Line { picture: Some("a/one.png".into()), ..Line::new("object 3: wrong", true) };
        assert_eq!(target(&document, &told), Some((ImageId(1), None)));
    }
}

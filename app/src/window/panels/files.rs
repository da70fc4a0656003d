//! The pictures: search, state, how many objects.

use egui::{Align2, FontId, RichText, Role, ScrollArea, Sense, Ui, WidgetInfo, vec2};
use limn_datasets::{ImageRecord, ImageState};

use super::{Local, filter, heading, review};
use crate::window::app::LimnApp;
use crate::window::command::Command;
use crate::window::facts::state_name;
use crate::window::icons::{self, Icon};
use crate::window::lang::{self, counted, t, tf};
use crate::window::picker::Ask;
use crate::window::theme::{self, size, space};

/// Draws the panel.
pub fn show(ui: &mut Ui, app: &LimnApp, local: &mut Local, out: &mut Vec<Command>) {
    let document = app.document();
    heading(ui, t(lang::PICTURES), &tf(lang::DONE_OF, &[&document.done_count(), &document.image_count()]));
    filter::show(ui, app, local, out);
    egui::Panel::bottom("this picture")
        .frame(egui::Frame::new())
        .show_separator_line(false)
        .show(ui, |ui| review::show(ui, app, local, out));
    local.shown.refresh(document, app.opened.edits, &local.filter);
    let images = &local.shown.ids;
    if !local.filter.is_empty() {
        let text = tf(lang::SHOWN_OF, &[&images.len(), &document.image_count()]);
        ui.label(RichText::new(text).color(theme::palette(ui).weak).size(size::SMALL));
    }
    if images.is_empty() {
        let text = if document.image_count() == 0 { lang::NO_PICTURES } else { lang::NOTHING_FOUND };
        ui.add_space(space::M);
        ui.label(RichText::new(t(text)).color(theme::palette(ui).weak));
        return;
    }
    ui.spacing_mut().item_spacing.y = 2.0;
    let mut area = ScrollArea::vertical().auto_shrink(false);
    if std::mem::take(&mut local.scroll_to_current)
        && let Some(at) = images.iter().position(|id| Some(*id) == app.shown.current)
    {
        let row = space::ROW + ui.spacing().item_spacing.y;
        let height = ui.available_height();
        area = area.vertical_scroll_offset((at as f32 * row - height / 2.0).max(0.0));
    }
    area.show_rows(ui, space::ROW, images.len(), |ui, range| {
        for image in images[range].iter().filter_map(|id| document.image(*id)) {
            if row(ui, app, image, out) {
                out.push(Command::Show(image.id));
            }
        }
    });
}

/// One picture; true when it was chosen.
fn row(ui: &mut Ui, app: &LimnApp, image: &ImageRecord, out: &mut Vec<Command>) -> bool {
    let p = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), space::ROW), Sense::click());
    let current = app.shown.current == Some(image.id);
    let count = app.document().object_count_of(image.id);
    let state = if image.missing { t(lang::STATE_MISSING) } else { t(state_name(image.state)) };
    let open = app.has_open_draft(image.id);
    let state = if open { format!("{state}, {}", t(lang::NOT_ACCEPTED)) } else { state.to_owned() };
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, current, format!("{}, {state}", image.path)));
    if !ui.is_rect_visible(rect) {
        return response.clicked();
    }
    let painter = ui.painter();
    if current || response.hovered() || response.has_focus() {
        painter.rect_filled(rect, 5.0, if current { p.selected } else { p.hover });
    }
    let mark = egui::Rect::from_center_size(rect.left_center() + vec2(13.0, 0.0), vec2(13.0, 13.0));
    if image.missing {
        icons::paint(painter, mark, Icon::Warning, p.warn);
    } else if image.state == ImageState::Rejected {
        icons::paint(painter, mark, Icon::Cross, p.bad);
    } else if image.state.is_finished() {
        let second = egui::Rect::from_min_size(mark.min + vec2(0.0, 3.0), mark.size());
        icons::paint(painter, mark, Icon::Check, p.good);
        if image.state == ImageState::Checked {
            icons::paint(painter, second, Icon::Check, p.good);
        }
    } else if count > 0 {
        painter.circle_filled(mark.center(), 3.0, p.accent);
    } else {
        painter.circle_stroke(mark.center(), 3.0, egui::Stroke::new(1.2, p.weak));
    }
    if open {
        half_ring(painter, mark.center(), p.warn);
    }
    let mut right = rect.max.x - 8.0;
    if count > 0 {
        let font = FontId::proportional(size::SMALL);
        right = painter
            .text(rect.right_center() - vec2(8.0, 0.0), Align2::RIGHT_CENTER, count.to_string(), font, p.weak)
            .min
            .x
            - 6.0;
    }
    let color = if image.missing { p.weak } else { p.text };
    let font = FontId::proportional(size::BODY);
    let galley = super::middle_cut(painter, &image.path, font, color, (right - rect.min.x - 28.0).max(20.0));
    painter.galley(egui::pos2(rect.min.x + 27.0, rect.center().y - galley.size().y / 2.0), galley, color);
    let tip = if image.width > 0 {
        let objects = counted(count, lang::OBJECT_ONE, lang::OBJECT_MANY);
        format!("{}\n{}", image.path, tf(lang::PICTURE_TIP, &[&image.width, &image.height, &objects, &state]))
    } else {
        format!("{}\n{state}", image.path)
    };
    let tip = if image.remark.is_empty() { tip } else { format!("{tip}\n{}", image.remark) };
    let response = response.on_hover_text(tip);
    response.context_menu(|ui| menu(ui, app, image, out));
    response.clicked()
}

/// What can be done with a picture of the list.
pub fn menu(ui: &mut Ui, app: &LimnApp, image: &ImageRecord, out: &mut Vec<Command>) {
    ui.set_min_width(200.0);
    let mut item = |ui: &mut Ui, text: &str, commands: Vec<Command>| {
        if ui.button(text).clicked() {
            out.extend(commands);
            ui.close();
        }
    };
    item(ui, t(lang::MENU_SHOW), vec![Command::Show(image.id)]);
    for state in ImageState::ALL.into_iter().filter(|state| *state != image.state) {
        let text = tf(lang::MARK_AS, &[&t(state_name(state))]);
        item(ui, &text, vec![Command::Show(image.id), Command::SetState(state)]);
    }
    ui.separator();
    if image.missing && app.shown.current == Some(image.id) {
        item(ui, t(lang::RELINK), vec![Command::Ask(Ask::Relink)]);
    }
    item(ui, t(lang::TAKE_OUT), vec![Command::TakeOut(image.id)]);
}

/// The mark of a picture with a mask that is not accepted.
pub fn half_ring(painter: &egui::Painter, at: egui::Pos2, color: egui::Color32) {
    let points = (0..=12).map(|i| {
        let angle = std::f32::consts::PI * (0.5 + i as f32 / 12.0);
        at + 8.5 * vec2(angle.cos(), angle.sin())
    });
    painter.line(points.collect(), egui::Stroke::new(2.2, color));
}

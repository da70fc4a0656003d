//! The listed pictures as thumbnails, in the place of the canvas.

use egui::{Align2, FontId, Rect, Role, ScrollArea, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};
use limn_datasets::{Document, ImageId, ImageRecord, ImageState};

use super::Local;
use crate::window::app::LimnApp;
use crate::window::command::Command;
use crate::window::facts::state_name;
use crate::window::icons::{self, Icon};
use crate::window::lang::{self, counted, t};
use crate::window::theme::{self, size, space};
use crate::window::thumbs::Thumb;

/// Room for one picture.
const CELL: egui::Vec2 = vec2(176.0, 168.0);
/// Outlines drawn on a thumbnail at most.
const BOXES: usize = 100;

/// Draws the page.
pub fn show(ui: &mut Ui, app: &LimnApp, local: &mut Local, out: &mut Vec<Command>) {
    let ids = &local.shown.ids;
    let p = theme::palette(ui);
    if ids.is_empty() {
        let font = FontId::proportional(size::BODY);
        let at = ui.available_rect_before_wrap().center();
        ui.painter().text(at, Align2::CENTER_CENTER, t(lang::NOTHING_FOUND), font, p.weak);
        return;
    }
    let mut in_sight: Vec<ImageId> = Vec::new();
    let columns = ((ui.available_width() - space::M) / CELL.x).floor().max(1.0) as usize;
    let mut area = ScrollArea::vertical().id_salt("thumbnails").auto_shrink(false);
    if std::mem::take(&mut local.scroll_grid)
        && let Some(at) = ids.iter().position(|id| Some(*id) == app.shown.current)
    {
        let middle = (at / columns) as f32 * CELL.y - (ui.available_height() - CELL.y) / 2.0;
        area = area.vertical_scroll_offset(middle.max(0.0));
    }
    ui.spacing_mut().item_spacing = egui::Vec2::ZERO;
    area.show_rows(ui, CELL.y, ids.len().div_ceil(columns), |ui, rows| {
        for row in rows {
            ui.horizontal(|ui| {
                for id in ids.iter().skip(row * columns).take(columns) {
                    in_sight.push(*id);
                    if let Some(image) = app.document().image(*id)
                        && cell(ui, app, image, out)
                    {
                        out.extend([Command::Show(*id), Command::ToggleGrid]);
                    }
                }
            });
        }
    });
    let paths: Vec<_> = in_sight
        .into_iter()
        .filter_map(|id| {
            let image = app.document().image(id).filter(|image| !image.missing)?;
            Some((id, app.project()?.image_path(&image.path)))
        })
        .collect();
    app.pictures.thumbs.want(ui.ctx(), paths.into_iter());
}

/// One picture; true when it was chosen.
fn cell(ui: &mut Ui, app: &LimnApp, image: &ImageRecord, out: &mut Vec<Command>) -> bool {
    let p = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(CELL, Sense::click());
    let count = app.document().object_count_of(image.id);
    let current = app.shown.current == Some(image.id);
    let objects = counted(count, lang::OBJECT_ONE, lang::OBJECT_MANY);
    let open = app.has_open_draft(image.id);
    let mut label = format!("{}, {}, {objects}", image.path, t(state_name(image.state)));
    if open {
        label = format!("{label}, {}", t(lang::NOT_ACCEPTED));
    }
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, current, label.clone()));
    let rect = rect.shrink(4.0);
    let painter = ui.painter();
    let ground = if current { p.selected } else { p.panel };
    painter.rect_filled(rect, 6.0, if response.hovered() { p.hover } else { ground });
    if current || response.has_focus() {
        painter.rect_stroke(rect, 6.0, Stroke::new(1.5, p.accent), StrokeKind::Inside);
    }
    let room = Rect::from_min_max(rect.min + vec2(6.0, 6.0), rect.max - vec2(6.0, 26.0));
    match app.pictures.thumbs.get(image.id) {
        Thumb::Here(texture) => {
            let full = texture.size_vec2();
            let shown =
                Rect::from_center_size(room.center(), full * (room.width() / full.x).min(room.height() / full.y));
            let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
            painter.image(texture.id(), shown, uv, egui::Color32::WHITE);
            boxes(ui, app.document(), image, shown);
        }
        Thumb::Broken => {
            icons::paint(painter, Rect::from_center_size(room.center(), vec2(24.0, 24.0)), Icon::Warning, p.warn)
        }
        Thumb::Coming if image.missing => {
            icons::paint(painter, Rect::from_center_size(room.center(), vec2(24.0, 24.0)), Icon::Warning, p.warn);
        }
        Thumb::Coming => {}
    }
    let font = FontId::proportional(size::SMALL);
    let foot = pos2(rect.min.x + 8.0, rect.max.y - 14.0);
    let mark = Rect::from_center_size(foot + vec2(6.0, 0.0), vec2(12.0, 12.0));
    match image.state {
        ImageState::Done | ImageState::Checked => icons::paint(painter, mark, Icon::Check, p.good),
        ImageState::Rejected => icons::paint(painter, mark, Icon::Cross, p.bad),
        ImageState::Open => drop(painter.circle_stroke(mark.center(), 3.0, Stroke::new(1.2, p.weak))),
    }
    if open {
        super::files::half_ring(painter, mark.center(), p.warn);
    }
    let number = if count == 0 { String::new() } else { count.to_string() };
    let right = painter.text(pos2(rect.max.x - 8.0, foot.y), Align2::RIGHT_CENTER, number, font.clone(), p.weak).min.x;
    let galley = super::middle_cut(painter, image.file_name(), font, p.text, (right - foot.x - 22.0).max(20.0));
    painter.galley(pos2(foot.x + 18.0, foot.y - galley.size().y / 2.0), galley, p.text);
    let response = response.on_hover_text(label);
    response.context_menu(|ui| super::files::menu(ui, app, image, out));
    response.clicked()
}

/// The boxes of the objects in the colours of their classes.
fn boxes(ui: &Ui, document: &Document, image: &ImageRecord, shown: Rect) {
    if image.width == 0 || image.height == 0 {
        return;
    }
    let k = vec2(shown.width() / image.width as f32, shown.height() / image.height as f32);
    for object in document.objects_of(image.id).filter(|o| !o.hidden).take(BOXES) {
        let Some(b) = object.mask.bounds() else { continue };
        let at = |x: u32, y: u32| shown.min + vec2(x as f32, y as f32) * k;
        let color = document.class(object.class).map_or([128; 3], |c| c.color);
        let rect = Rect::from_min_max(at(b.x0, b.y0), at(b.x1, b.y1));
        ui.painter().rect_stroke(rect, 1.0, Stroke::new(1.2, theme::class_color(color)), StrokeKind::Middle);
    }
}

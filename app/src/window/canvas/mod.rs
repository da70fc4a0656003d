//! The canvas: picture, masks, prompts.
//!
//! * `view`: the transform between window and picture; `tiles`: the picture; `overlay`: the masks
//! * `tools`: pointer to commands; `marks`: clicks, boxes and what is written upon the canvas

mod marks;
pub mod overlay;
pub mod tiles;
pub mod tools;
pub mod view;

use egui::{Color32, Role, Sense, Ui, WidgetInfo, pos2};
use limn_datasets::Object;

use super::app::LimnApp;
use super::command::Command;
use super::keymap::PEEK;
use super::lang::{self, t};
use super::panels::Local;
use super::theme;
use overlay::Layer;

/// Draws the canvas into what is left of `ui` and collects what the pointer asks for.
pub fn show(ui: &mut Ui, app: &mut LimnApp, local: &mut Local, out: &mut Vec<Command>) {
    let rect = ui.available_rect_before_wrap();
    let response = ui.allocate_rect(rect, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, t(lang::CANVAS)));
    app.canvas = rect;
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 0.0, theme::palette(ui).canvas);
    local.pointer_in_image = None;

    let Some(picture) = app.picture.clone() else {
        app.tiles.set(None);
        marks::no_picture(ui, app, rect);
        return;
    };
    app.view.settle(picture.size(), rect);
    let view = app.view;
    app.tiles.set(Some(picture.clone()));
    app.tiles.draw(&painter, rect, &view);

    let peek = !ui.ctx().egui_wants_keyboard_input() && ui.input(|i| i.key_down(PEEK));
    if !peek {
        masks(app, &painter, rect, &view);
        marks::prompts(ui, app, &painter, rect);
    }

    let mut gesture = app.gesture;
    let active = app.dialog.is_none() && app.job.is_none();
    gesture.commands(ui, &response, &view, picture.size(), active, out);
    app.gesture = gesture;
    let pointer = ui.input(|i| i.pointer.latest_pos());
    if response.contains_pointer()
        && let Some(at) = pointer
    {
        let p = view.image_from_ui(rect, at);
        local.pointer_in_image = Some([p.x, p.y]);
        let panning = gesture.is_panning() || ui.input(|i| i.key_down(egui::Key::Space));
        ui.ctx().set_cursor_icon(if panning { egui::CursorIcon::Grabbing } else { egui::CursorIcon::Crosshair });
    }
    marks::rubber_band(ui, &painter, gesture.rubber_band(pointer));
    marks::draft_bar(ui, app, rect, out);
    marks::hints(ui, app, rect);
}

/// Objects in their order, then the object at hand.
fn masks(app: &mut LimnApp, painter: &egui::Painter, rect: egui::Rect, view: &view::View) {
    let mut overlay = std::mem::take(&mut app.overlay);
    let ppp = painter.ctx().pixels_per_point();
    let this = &*app;
    overlay.draw(painter, rect, view, this.revision, || layers(this, ppp));
    app.overlay = overlay;
}

fn layers(app: &LimnApp, ppp: f32) -> Vec<Layer<'_>> {
    let Some(image) = app.current else { return Vec::new() };
    let document = app.document();
    let opacity = app.settings.opacity;
    let drafting = app.draft.as_ref().is_some_and(|d| !d.is_empty() || d.correcting.is_some());
    let correcting = app.draft.as_ref().and_then(|d| d.correcting);
    let width = |points: f32| (points * ppp).round().clamp(1.0, 12.0) as u8;
    let color_of = |object: &Object| document.class(object.class).map_or([128; 3], |c| c.color);
    let mut layers = Vec::new();
    if app.masks_shown {
        for object in document.objects_of(image).filter(|o| !o.hidden && Some(o.id) != correcting) {
            let color = theme::class_color(color_of(object));
            let selected = app.selected == Some(object.id) && !drafting;
            let (fill, line) = match (drafting, selected) {
                (true, _) => (0.5 * opacity, 0.65),
                (false, true) => ((1.25 * opacity).min(1.0), 1.0),
                (false, false) => (opacity, 0.95),
            };
            layers.push(Layer {
                mask: &object.mask,
                fill: color.gamma_multiply(fill),
                line: if selected { Color32::WHITE } else { color.gamma_multiply(line) },
                width: width(if selected { 2.0 } else { 1.3 }),
            });
        }
    }
    if let Some(draft) = &app.draft
        && let Some(mask) = &draft.mask
    {
        let class = app.class_of_draft(draft);
        let color = theme::class_color(class.map_or(theme::CLASS_COLORS[0], |c| c.color));
        layers.push(Layer {
            mask,
            fill: color.gamma_multiply((opacity + 0.08).min(1.0)),
            line: color,
            width: width(2.0),
        });
    }
    layers
}

/// The rectangle of an object in the picture, as an egui rectangle.
pub fn view_rect_of(object: &Object) -> Option<egui::Rect> {
    let b = object.mask.bounds()?;
    Some(egui::Rect::from_min_max(pos2(b.x0 as f32, b.y0 as f32), pos2(b.x1 as f32, b.y1 as f32)))
}

//! The right column: classes, a splitter, objects, and at the foot what is set for masks. Free height goes to the list that
//! needs it; a splitter that was moved keeps its share until a double click gives it back.

use egui::{CursorIcon, Rect, Sense, Ui, UiBuilder, pos2, vec2};

use super::{Local, classes, objects, outline};
use crate::window::app::LimnApp;
use crate::window::command::Command;
use crate::window::lang::{self, t};
use crate::window::theme::{self, space};

/// Height of a row with the distance to the next.
const ROW: f32 = space::ROW + 2.0;
/// Head and field of the classes, and head of the objects.
const CLASSES_HEAD: f32 = 70.0;
const OBJECTS_HEAD: f32 = 36.0;
/// Rows that each list has at least.
const LEAST: f32 = 4.0;
/// The splitter.
const SPLITTER: f32 = 9.0;

/// Height of the classes: all of them if that leaves the objects what they need, else what is left, else half.
fn share(height: f32, classes: usize, objects: usize, tools: f32) -> f32 {
    let need = |head: f32, count: usize| head + ROW * (count as f32).max(1.0);
    let least = |head: f32| head + ROW * LEAST;
    let (all_classes, all_objects) = (need(CLASSES_HEAD, classes), need(OBJECTS_HEAD, objects) + tools);
    let left_for_classes = height - all_objects.min(height / 2.0).max(least(OBJECTS_HEAD));
    all_classes.min(left_for_classes.max(height - all_objects)).max(least(CLASSES_HEAD).min(height / 2.0))
}

/// Draws the column.
pub fn show(ui: &mut Ui, app: &LimnApp, local: &mut Local, out: &mut Vec<Command>) {
    outline::show(ui, app, local, out);
    let room = ui.available_rect_before_wrap();
    let document = app.document();
    let objects_here = app.shown.current.map_or(0, |image| document.object_count_of(image));
    let tools = if app.selection.selected.is_some() { objects::TOOLS } else { 0.0 };
    let height = room.height() - SPLITTER;
    let least = CLASSES_HEAD + ROW * 2.0;
    let own = local.split.map(|part| (part * height).clamp(least.min(height / 2.0), (height - 90.0).max(height / 2.0)));
    let split = own.unwrap_or_else(|| share(height, document.class_count(), objects_here, tools));
    let above = Rect::from_min_max(room.min, pos2(room.max.x, room.min.y + split));
    let between = Rect::from_min_size(above.left_bottom(), vec2(room.width(), SPLITTER));
    let below = Rect::from_min_max(between.left_bottom(), room.max);
    let mut part = ui.new_child(UiBuilder::new().id_salt("classes").max_rect(above));
    part.set_clip_rect(above.expand2(vec2(2.0, 0.0)).intersect(ui.clip_rect()));
    classes::show(&mut part, app, local, out);
    splitter(ui, between, room, height, local);
    let mut part = ui.new_child(UiBuilder::new().id_salt("objects").max_rect(below));
    part.set_clip_rect(below.expand2(vec2(2.0, 0.0)).intersect(ui.clip_rect()));
    objects::show(&mut part, app, local, out);
    ui.advance_cursor_after_rect(room);
}

fn splitter(ui: &Ui, rect: Rect, room: Rect, height: f32, local: &mut Local) {
    let response = ui.interact(rect, egui::Id::unique("splitter of the right column"), Sense::click_and_drag());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Splitter, true, t(lang::SPLITTER)));
    let p = theme::palette(ui);
    let held = response.hovered() || response.dragged();
    let line = if held { p.accent } else { p.border };
    ui.painter().hline(rect.x_range(), rect.center().y, egui::Stroke::new(if held { 2.0 } else { 1.0 }, line));
    if held {
        ui.ctx().set_cursor_icon(CursorIcon::ResizeVertical);
    }
    if response.double_clicked() {
        local.split = None;
    } else if let Some(at) = response.interact_pointer_pos().filter(|_| response.dragged()) {
        local.split = Some(((at.y - room.min.y) / height).clamp(0.1, 0.9));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_height_goes_to_the_list_that_needs_it() {
        let rows = |height: f32| ((height - CLASSES_HEAD) / ROW).floor();
        assert!(rows(share(700.0, 30, 1, 0.0)) >= 17.0, "one object leaves the rest to the classes");
        assert_eq!(rows(share(700.0, 3, 200, 0.0)), LEAST, "few classes leave the rest to the objects");
        let both = share(700.0, 30, 200, 0.0);
        assert!((300.0..400.0).contains(&both), "both full: half each, {both}");
        let small = share(330.0, 30, 30, 0.0);
        assert!(330.0 - small >= OBJECTS_HEAD + ROW * LEAST - 1.0, "objects have four rows in a small window: {small}");
    }
}

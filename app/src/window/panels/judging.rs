//! The new masks that wait for a decision, the least alike first, and one press for all that are alike enough.

use egui::{RichText, Role, ScrollArea, Sense, Slider, Ui, WidgetInfo, vec2};
use limn_datasets::{ImageId, ObjectId};

use super::{Local, floating, middle_cut};
use crate::window::app::LimnApp;
use crate::window::command::Command;
use crate::window::lang::{self, counted, t, tf};
use crate::window::theme::{self, size, space};

/// One mask that waits.
#[derive(Clone, Copy, Debug)]
struct Row {
    image: ImageId,
    object: ObjectId,
    iou: f32,
}

/// What the panel remembers.
#[derive(Debug)]
pub struct Judging {
    /// It is open.
    pub open: bool,
    /// Masks at least as alike as this are taken at once.
    above: f32,
    made_for: Option<u64>,
    rows: Vec<Row>,
}

impl Default for Judging {
    fn default() -> Self {
        Self { open: false, above: 0.95, made_for: None, rows: Vec::new() }
    }
}

impl Judging {
    fn refresh(&mut self, app: &LimnApp) {
        if self.made_for == Some(app.opened.edits) {
            return;
        }
        let document = app.document();
        let waiting = document.waiting().filter_map(|id| {
            let object = document.object(id)?;
            let rerun = object.rerun.as_ref()?;
            Some(Row { image: object.image, object: object.id, iou: rerun.iou })
        });
        self.rows = waiting.collect();
        self.rows.sort_by(|a, b| a.iou.total_cmp(&b.iou).then(a.object.cmp(&b.object)));
        self.made_for = Some(app.opened.edits);
    }
}

/// Draws the panel.
pub fn show(ctx: &egui::Context, app: &LimnApp, local: &mut Local, out: &mut Vec<Command>) {
    let canvas = local.canvas(app);
    let judging = &mut local.judging;
    if !judging.open {
        return;
    }
    judging.refresh(app);
    let mut open = true;
    // The bar at the foot of the canvas, where one decides, stays free.
    let size = vec2(330.0, 320.0).min(canvas.size() - vec2(40.0, 190.0)).max(vec2(220.0, 110.0));
    let at = canvas.right_top() + vec2(-size.x - 30.0, 16.0);
    floating::show(ctx, ("judging", t(lang::JUDGING)), &mut open, size, at, |ui| {
        let weak = theme::palette(ui).weak;
        let [taken, kept] = app.last_run.judged;
        let waiting = judging.rows.len();
        let text = tf(lang::JUDGED, &[&(taken + kept), &(taken + kept + waiting), &taken, &kept]);
        ui.label(RichText::new(text).color(weak).size(size::SMALL));
        if waiting == 0 {
            ui.label(t(lang::SAY_NO_PROPOSALS));
            return;
        }
        ui.horizontal_wrapped(|ui| {
            let above = judging.rows.iter().filter(|row| row.iou >= judging.above).count();
            let slider = Slider::new(&mut judging.above, 0.5..=1.0).fixed_decimals(2);
            ui.add(slider).accessible_name(t(lang::JUDGE_ABOVE));
            let label = counted(above, lang::JUDGE_TAKE_ONE, lang::JUDGE_TAKE_MANY);
            if ui.add_enabled(above > 0, egui::Button::new(label)).on_hover_text(t(lang::JUDGE_ABOVE)).clicked() {
                out.push(Command::TakeAbove(judging.above));
            }
        });
        ui.add_space(space::XS);
        ui.spacing_mut().item_spacing.y = 1.0;
        let rows = &judging.rows;
        ScrollArea::vertical().auto_shrink(false).show_rows(ui, space::ROW, rows.len(), |ui, range| {
            for row in &rows[range] {
                if draw(ui, app, row) {
                    out.push(Command::ShowObject(row.image, row.object));
                }
            }
        });
    });
    judging.open = open;
}

/// One mask; true when it was pressed.
fn draw(ui: &mut Ui, app: &LimnApp, row: &Row) -> bool {
    let p = theme::palette(ui);
    let document = app.document();
    let picture = document.image(row.image).map_or("?", |image| image.path.as_str());
    let class = document.object(row.object).and_then(|o| document.class(o.class)).map_or("?", |c| c.name.as_str());
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), space::ROW), Sense::click());
    let chosen = app.selection.selected == Some(row.object);
    let iou = format!("{:.2}", row.iou);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, format!("{class}, {picture}, {iou}")));
    let painter = ui.painter();
    if chosen || response.hovered() {
        painter.rect_filled(rect, 5.0, if chosen { p.selected } else { p.hover });
    }
    let font = egui::FontId::proportional(size::BODY);
    let right = rect.right_center() - vec2(8.0, 0.0);
    let left_of = painter.text(right, egui::Align2::RIGHT_CENTER, iou, font.clone(), p.weak).min.x;
    let text = middle_cut(painter, &format!("{class}  {picture}"), font, p.text, left_of - rect.min.x - 16.0);
    painter.galley(egui::pos2(rect.min.x + 8.0, rect.center().y - text.size().y / 2.0), text, p.text);
    response.clicked()
}

//! What is written upon the canvas: click markers, boxes, the bar of the object at hand, states without a picture.

use egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Stroke, StrokeKind, Ui, pos2, vec2};

use crate::window::app::{LimnApp, SPINNER_AFTER};
use crate::window::draft::Prompt;
use crate::window::icons::{self, Icon};
use crate::window::lang::{self, t};
use crate::window::theme::{self, size, space};
use crate::window::view::View;

/// Clicks and the box of the object at hand.
pub fn prompts(ui: &Ui, app: &LimnApp, painter: &Painter, canvas: Rect, view: &View) {
    let Some(draft) = &app.drawing.draft else { return };
    let p = theme::palette(ui);
    for prompt in draft.prompts() {
        match *prompt {
            Prompt::Click(x, y, positive) => {
                marker(
                    painter,
                    view.ui_from_image(canvas, pos2(x, y)),
                    positive,
                    if positive { p.good } else { p.bad },
                );
            }
            Prompt::Box([x0, y0, x1, y1]) => {
                let r = view.ui_rect(canvas, Rect::from_min_max(pos2(x0, y0), pos2(x1, y1)));
                painter.rect_stroke(r, 2.0, Stroke::new(3.0, Color32::from_black_alpha(90)), StrokeKind::Middle);
                painter.rect_stroke(r, 2.0, Stroke::new(1.5, p.accent), StrokeKind::Middle);
            }
            Prompt::Hand(_) | Prompt::Corner(..) => {}
        }
    }
    if draft.pending()
        && let Some(since) = draft.since
    {
        let waited = since.elapsed();
        if waited >= SPINNER_AFTER {
            let at = match draft.prompts().last() {
                Some(Prompt::Click(x, y, _)) => view.ui_from_image(canvas, pos2(*x, *y)),
                Some(Prompt::Box([x0, y0, x1, y1])) => {
                    view.ui_from_image(canvas, pos2((x0 + x1) / 2.0, (y0 + y1) / 2.0))
                }
                _ => canvas.center(),
            };
            ring(painter, at, ui.input(|i| i.time), p.accent);
            ui.ctx().request_repaint();
        } else {
            ui.ctx().request_repaint_after(SPINNER_AFTER - waited);
        }
    }
}

fn marker(painter: &Painter, at: Pos2, positive: bool, color: Color32) {
    painter.circle_filled(at, 7.5, Color32::from_black_alpha(110));
    painter.circle(at, 6.2, color, Stroke::new(1.4, Color32::WHITE));
    let ink = Stroke::new(1.6, Color32::WHITE);
    painter.line_segment([at - vec2(3.0, 0.0), at + vec2(3.0, 0.0)], ink);
    if positive {
        painter.line_segment([at - vec2(0.0, 3.0), at + vec2(0.0, 3.0)], ink);
    }
}

/// A turning ring around a point.
fn ring(painter: &Painter, at: Pos2, time: f64, color: Color32) {
    let start = (time * 5.0) as f32;
    let points = (0..=24)
        .map(|i| {
            let angle = start + 4.2 * i as f32 / 24.0;
            at + 14.0 * vec2(angle.cos(), angle.sin())
        })
        .collect();
    painter.line(points, Stroke::new(2.5, color));
    painter.ctx().request_repaint();
}

/// The box that is being drawn.
pub fn rubber_band(ui: &Ui, painter: &Painter, band: Option<Rect>) {
    if let Some(r) = band {
        let accent = theme::palette(ui).accent;
        painter.rect(r, 2.0, accent.gamma_multiply(0.12), Stroke::new(1.5, accent), StrokeKind::Middle);
    }
}

/// The canvas when there is no picture to draw: being read, or why not.
pub fn no_picture(ui: &mut Ui, app: &LimnApp, canvas: Rect) {
    let p = theme::palette(ui);
    let painter = ui.painter_at(canvas);
    let font = FontId::proportional(size::BODY);
    if let Some(error) = &app.shown.error {
        let at = canvas.center() - vec2(0.0, 40.0);
        icons::paint(&painter, Rect::from_center_size(at, vec2(34.0, 34.0)), Icon::Warning, p.warn);
        let width = (canvas.width() - 2.0 * space::XL).clamp(120.0, 560.0);
        let galley = painter.layout(format!("{}\n\n{error}", t(lang::CANNOT_SHOW)), font, p.text, width);
        painter.galley(pos2(canvas.center().x - galley.size().x / 2.0, at.y + 30.0), galley, p.text);
    } else if app.shown.current.is_some() {
        let waited = app.shown.wanted_since.elapsed();
        if waited >= SPINNER_AFTER {
            ring(&painter, canvas.center(), ui.input(|i| i.time), p.accent);
            let at = canvas.center() + vec2(0.0, 34.0);
            painter.text(at, Align2::CENTER_CENTER, t(lang::READING_PICTURE), font, p.weak);
        } else {
            ui.ctx().request_repaint_after(SPINNER_AFTER - waited);
        }
    } else if app.is_open() {
        painter.text(canvas.center(), Align2::CENTER_CENTER, t(lang::NO_PICTURES_YET), font, p.weak);
    }
}

/// Says that the mask is the one without learning.
pub fn frozen(ui: &Ui, canvas: Rect) {
    let p = theme::palette(ui);
    let painter = ui.painter_at(canvas);
    let galley = painter.layout_no_wrap(t(lang::LEARN_FROZEN).to_owned(), FontId::proportional(size::BODY), p.text);
    let at = pos2(canvas.center().x - galley.size().x / 2.0, canvas.min.y + space::M);
    painter.rect_filled(Rect::from_min_size(at, galley.size()).expand2(vec2(12.0, 6.0)), 6.0, p.panel);
    painter.galley(at, galley, p.text);
}

/// One line of help at the foot of the canvas, while nothing is at hand.
pub fn hints(ui: &Ui, app: &LimnApp, canvas: Rect) {
    let idle = app.drawing.draft.as_ref().is_none_or(|d| d.is_empty() && d.correcting.is_none());
    let deciding = app.proposal().is_some();
    if !app.settings.key_hints || !idle || deciding || canvas.width() < 520.0 {
        return;
    }
    let text = t(app.drawing.tool.help());
    let p = theme::palette(ui);
    let painter = ui.painter_at(canvas);
    let galley = painter.layout_no_wrap(text.to_owned(), FontId::proportional(size::SMALL), p.weak);
    let at = pos2(canvas.center().x - galley.size().x / 2.0, canvas.max.y - galley.size().y - space::M);
    let back = Rect::from_min_size(at, galley.size()).expand2(vec2(10.0, 4.0));
    painter.rect_filled(back, 6.0, p.panel.gamma_multiply(0.86));
    painter.galley(at, galley, p.weak);
}

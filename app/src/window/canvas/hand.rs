//! What drawing by hand looks like while it goes on: the brush, lasso and knife, polygons, corners.

use egui::{Color32, Painter, Pos2, Rect, Stroke, Ui, Vec2, pos2};

use super::tools::{Gesture, REACH};
use crate::window::app::LimnApp;
use crate::window::theme;
use crate::window::tool::Tool;
use crate::window::view::View;

/// More corners than this are not drawn one by one.
const CORNERS: usize = 3_000;

/// Draws it. `pointer` is in points of the window, over the canvas.
pub fn marks(
    ui: &Ui,
    app: &LimnApp,
    gesture: &Gesture,
    painter: &Painter,
    (canvas, view): (Rect, &View),
    pointer: Option<Pos2>,
) {
    let p = theme::palette(ui);
    let ui_from = |q: [f32; 2]| view.ui_from_image(canvas, pos2(q[0], q[1]));
    match app.drawing.tool {
        Tool::Brush | Tool::Eraser => {
            if let Some(at) = pointer {
                let radius = app.settings.tools.brush * view.zoom as f32;
                painter.circle_stroke(at, radius + 1.0, Stroke::new(1.0, Color32::from_black_alpha(150)));
                painter.circle_stroke(at, radius, Stroke::new(1.2, Color32::WHITE));
            }
        }
        Tool::Lasso | Tool::Cut => {
            let points: Vec<Pos2> = gesture.trail().iter().map(|q| ui_from(*q)).collect();
            let color = if app.drawing.tool == Tool::Cut { p.bad } else { p.accent };
            path(painter, &points, color, app.drawing.tool == Tool::Lasso);
        }
        Tool::Polygon => {
            let (corners, adds) = app.ring();
            let mut points: Vec<Pos2> = corners.iter().map(|q| ui_from(*q)).collect();
            let color = if adds { p.accent } else { p.bad };
            let closing = points.len() >= 3
                && pointer.is_some_and(|at| points.first().is_some_and(|first| first.distance(at) <= REACH));
            let dots = points.clone();
            points.extend(pointer.filter(|_| !dots.is_empty() && !closing));
            path(painter, &points, color, closing);
            for (order, at) in dots.iter().enumerate() {
                let large = order == 0 && dots.len() >= 3;
                painter.circle(*at, if large { 5.0 } else { 3.2 }, color, Stroke::new(1.2, Color32::WHITE));
            }
        }
        Tool::Corners => corners(gesture, painter, (canvas, view), pointer, p.accent),
        Tool::Click | Tool::Wand | Tool::Parts => {}
    }
}

fn path(painter: &Painter, points: &[Pos2], color: Color32, closed: bool) {
    if points.len() < 2 {
        return;
    }
    let mut points = points.to_vec();
    points.extend(closed.then(|| points[0]));
    painter.line(points.clone(), Stroke::new(3.5, Color32::from_black_alpha(120)));
    painter.line(points, Stroke::new(1.6, color));
}

fn corners(gesture: &Gesture, painter: &Painter, (canvas, view): (Rect, &View), pointer: Option<Pos2>, color: Color32) {
    let Some(corners) = &gesture.corners else { return };
    let ui_from = |q: &[f64; 2]| view.ui_from_image(canvas, pos2(q[0] as f32, q[1] as f32));
    let near = pointer.and_then(|at| {
        let q = view.image_from_ui(canvas, at);
        corners.corner_near([f64::from(q.x), f64::from(q.y)], f64::from(REACH) / view.zoom)
    });
    let marked = corners.held().or(near);
    let shown = corners.outline().points() <= CORNERS;
    for (polygon, rings) in corners.outline().polygons.iter().enumerate() {
        for (ring, points) in rings.iter().enumerate() {
            let at: Vec<Pos2> = points.iter().map(ui_from).collect();
            path(painter, &at, Color32::WHITE, true);
            for (place, at) in at.iter().enumerate().filter(|(_, at)| shown && canvas.contains(**at)) {
                let hot = marked == Some([polygon, ring, place]);
                let side = if hot { 10.0 } else { 6.5 };
                let square = Rect::from_center_size(*at, Vec2::splat(side));
                painter.rect_filled(square.expand(1.0), 1.5, Color32::from_black_alpha(150));
                painter.rect_filled(square, 1.0, if hot { color } else { Color32::WHITE });
            }
        }
    }
}

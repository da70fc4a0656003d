//! What the keyboard's pointer looks like.

use egui::{Color32, Painter, Rect, Stroke, pos2, vec2};

use crate::window::view::View;

/// Draws the pointer.
pub fn draw(painter: &Painter, canvas: Rect, view: &View, [x, y]: [f32; 2]) {
    let at = view.ui_from_image(canvas, pos2(x, y));
    for (width, color) in [(3.5, Color32::from_black_alpha(150)), (1.5, Color32::WHITE)] {
        for d in [vec2(1.0, 0.0), vec2(-1.0, 0.0), vec2(0.0, 1.0), vec2(0.0, -1.0)] {
            painter.line_segment([at + 4.0 * d, at + 14.0 * d], Stroke::new(width, color));
        }
    }
}

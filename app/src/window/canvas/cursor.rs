//! The keyboard's pointer on the picture: moved by keys, clicked by keys, so that a mask can be made without a mouse.

use egui::{Color32, Painter, Rect, Stroke, pos2, vec2};

use super::view::View;

/// A step is this part of the shorter side of what is seen.
const STEP: f32 = 1.0 / 24.0;

/// Where the pointer goes: `by` counts steps, or picture pixels when `fine`. It begins in the middle of what is seen
/// and stays within the picture.
pub fn moved(now: Option<[f32; 2]>, by: [i32; 2], fine: bool, view: &View, canvas: Rect, size: [u32; 2]) -> [f32; 2] {
    let seen = view.seen(canvas);
    let [x, y] = now.filter(|[x, y]| seen.contains(pos2(*x, *y))).unwrap_or_else(|| seen.center().into());
    let step = if fine { 1.0 } else { (STEP * seen.width().min(seen.height())).max(1.0).round() };
    // The middle of a pixel, so that what is clicked is what is pointed at.
    let within =
        |at: f32, by: i32, side: u32| (at.floor() + 0.5 + step * by as f32).clamp(0.5, (side.max(1) as f32) - 0.5);
    [within(x, by[0], size[0]), within(y, by[1], size[1])]
}

/// Draws the pointer.
pub fn draw(painter: &Painter, canvas: Rect, view: &View, [x, y]: [f32; 2]) {
    let at = view.ui_from_image(canvas, pos2(x, y));
    for (width, color) in [(3.5, Color32::from_black_alpha(150)), (1.5, Color32::WHITE)] {
        for d in [vec2(1.0, 0.0), vec2(-1.0, 0.0), vec2(0.0, 1.0), vec2(0.0, -1.0)] {
            painter.line_segment([at + 4.0 * d, at + 14.0 * d], Stroke::new(width, color));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pointer_begins_in_the_middle_and_stays_inside() {
        let canvas = Rect::from_min_size(pos2(0.0, 0.0), vec2(480.0, 480.0));
        let size = [240, 240];
        let view = View::fitted(size, canvas);
        let first = moved(None, [0, 0], false, &view, canvas, size);
        assert_eq!(first, [120.5, 120.5]);
        assert_eq!(moved(Some(first), [1, -1], true, &view, canvas, size), [121.5, 119.5]);
        assert_eq!(moved(Some(first), [-99, 99], false, &view, canvas, size), [0.5, 239.5]);
    }
}

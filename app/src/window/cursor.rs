//! Where the keyboard's pointer is on the picture: moved by keys, clicked by keys, so that a mask can be made without a mouse.

use egui::{Rect, pos2};

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

#[cfg(test)]
mod tests {
    use egui::vec2;

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

//! Shapes that other programs draw, as masks: boxes, turned boxes, ellipses. Pixel-edge coordinates.

use super::room::Room;
use crate::raster::{Mask, PixelRect, Span};

/// Corners of the polygon that stands for an ellipse.
const ELLIPSE_CORNERS: usize = 120;

/// The member of an object's further fields that says what it was drawn as where that was no outline, for example a box:
/// the mask then is the box, as long as nobody changed it.
pub(super) const SHAPE: &str = "limn_shape";

/// An object that was drawn as a box; its mask is the box.
pub(super) const BOX: &str = "box";

/// A filled ring; one line says what is wrong with it.
pub(super) fn polygon(room: &Room, [width, height]: [u32; 2], points: &[[f64; 2]]) -> Result<Mask, String> {
    room.mask(|budget| Mask::from_polygon_within(width, height, points, budget))
}

/// A box between two opposite corners, turned by `degrees` (clockwise on the screen) around `pivot`.
pub(super) fn turned_box(
    room: &Room,
    size: [u32; 2],
    [a, b]: [[f64; 2]; 2],
    degrees: f64,
    pivot: [f64; 2],
) -> Result<Mask, String> {
    let corners = [[a[0], a[1]], [b[0], a[1]], [b[0], b[1]], [a[0], b[1]]].map(|corner| turn(corner, degrees, pivot));
    polygon(room, size, &corners)
}

/// A box between two opposite corners.
pub(super) fn rectangle(room: &Room, size: [u32; 2], corners: [[f64; 2]; 2]) -> Result<Mask, String> {
    turned_box(room, size, corners, 0.0, corners[0])
}

/// An ellipse with the given half axes, turned by `degrees` around `pivot`.
pub(super) fn ellipse(
    room: &Room,
    size: [u32; 2],
    centre: [f64; 2],
    radii: [f64; 2],
    degrees: f64,
    pivot: [f64; 2],
) -> Result<Mask, String> {
    let corner = |at: usize| {
        let (sin, cos) = (at as f64 * std::f64::consts::TAU / ELLIPSE_CORNERS as f64).sin_cos();
        turn([centre[0] + radii[0] * cos, centre[1] + radii[1] * sin], degrees, pivot)
    };
    let points: Vec<[f64; 2]> = (0..ELLIPSE_CORNERS).map(corner).collect();
    polygon(room, size, &points)
}

/// The pixels of a mask within a box, row-major, 1 and 0.
pub(super) fn crop(mask: &Mask, rect: PixelRect) -> Vec<u8> {
    let width = rect.width() as usize;
    let mut values = vec![0; width * rect.height() as usize];
    let inside = |span: &&Span| (rect.y0..rect.y1).contains(&span.y) && span.x0 < rect.x1 && span.x1 > rect.x0;
    for span in mask.spans().iter().filter(inside) {
        let row = (span.y - rect.y0) as usize * width;
        let (from, to) = (span.x0.max(rect.x0) - rect.x0, span.x1.min(rect.x1) - rect.x0);
        values[row + from as usize..row + to as usize].fill(1);
    }
    values
}

/// A small mask within a picture of `width x height`, its corner at (`x0`, `y0`), which may lie outside; what lies outside is
/// cut off.
pub(super) fn place(width: u32, height: u32, [x0, y0]: [i64; 2], small: &Mask) -> Mask {
    let within = |value: i64, side: u32| u32::try_from(value.clamp(0, i64::from(side))).unwrap_or(side);
    let moved = |span: &Span| {
        let y = u32::try_from(i64::from(span.y) + y0).ok().filter(|y| *y < height)?;
        let (x0, x1) = (i64::from(span.x0) + x0, i64::from(span.x1) + x0);
        Some(Span { y, x0: within(x0, width), x1: within(x1, width) })
    };
    Mask::from_spans(width, height, small.spans().iter().filter_map(moved).collect())
}

fn turn(point: [f64; 2], degrees: f64, pivot: [f64; 2]) -> [f64; 2] {
    let (sin, cos) = if degrees == 0.0 { (0.0, 1.0) } else { degrees.to_radians().sin_cos() };
    let (x, y) = (point[0] - pivot[0], point[1] - pivot[1]);
    [pivot[0] + x * cos - y * sin, pivot[1] + x * sin + y * cos]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cropped_and_placed() {
        let room = &Room::of(0);
        let mask = rectangle(room, [20, 20], [[2.0, 3.0], [8.0, 7.0]])
            .unwrap()
            .subtract(&rectangle(room, [20, 20], [[3.0, 4.0], [5.0, 6.0]]).unwrap());
        let bounds = mask.bounds().unwrap();
        let small = Mask::from_bytes(bounds.width(), bounds.height(), &crop(&mask, bounds));
        assert_eq!((small.area(), place(20, 20, [2, 3], &small)), (mask.area(), mask));
        assert_eq!(place(5, 5, [3, 4], &small).area(), 2);
        assert_eq!(place(20, 20, [-2, -1], &small).area(), 10, "what lies before the picture is cut off");
        assert!(place(5, 5, [i64::from(i32::MAX), -9], &small).is_empty());
    }

    #[test]
    fn boxes_and_ellipses() {
        let room = &Room::of(0);
        let plain = rectangle(room, [20, 20], [[2.0, 3.0], [8.0, 7.0]]).unwrap();
        assert_eq!(plain.area(), 24);
        assert_eq!(rectangle(room, [20, 20], [[8.0, 7.0], [2.0, 3.0]]).unwrap(), plain, "corners in any order");
        let turned = turned_box(room, [20, 20], [[2.0, 3.0], [8.0, 7.0]], 90.0, [5.0, 5.0]).unwrap();
        assert_eq!(turned.bounds().map(|b| [b.x0, b.y0, b.x1, b.y1]), Some([3, 2, 7, 8]));
        let disc = ellipse(room, [40, 40], [20.0, 20.0], [10.0, 10.0], 0.0, [20.0, 20.0]).unwrap();
        // The 120-gon lies within the circle; its pixels differ from pi r^2 by less than its outline is long.
        assert!(disc.area().abs_diff(314) < 10, "{}", disc.area());
        assert!(polygon(room, [5, 5], &[[f64::NAN, 0.0]; 3]).is_err());
    }
}

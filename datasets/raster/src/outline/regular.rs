//! Right angles for the outlines of buildings: every edge is laid along the main direction of the ring or across it.

/// Share of the boundary's length that must agree on a direction; a circle has 0, a rectangle 1.
const LEAST_AGREEMENT: f64 = 0.5;
/// An edge farther than this from both directions is a diagonal and the ring is left as it is.
const MOST_TURN: f64 = 35.0;

/// The ring with right angles; `None` if it has a long diagonal edge, or too few edges are left.
pub(super) fn right_angled(ring: &[[f64; 2]]) -> Option<Vec<[f64; 2]>> {
    let direction = main_direction(ring)?;
    let (sin, cos) = direction.sin_cos();
    let turned: Vec<[f64; 2]> = ring.iter().map(|p| [p[0] * cos + p[1] * sin, p[1] * cos - p[0] * sin]).collect();

    // Edges as lines: along (y is fixed) or across (x is fixed), with the length-weighted mean of their position.
    struct Line {
        along: bool,
        position: f64,
        length: f64,
    }
    let perimeter: f64 = edges(&turned).map(|(a, b)| (b[0] - a[0]).hypot(b[1] - a[1])).sum();
    let mut lines: Vec<Line> = Vec::new();
    let first_along = edges(&turned).next().is_some_and(|(a, b)| (b[0] - a[0]).abs() >= (b[1] - a[1]).abs());
    for (a, b) in edges(&turned) {
        let (dx, dy) = ((b[0] - a[0]).abs(), (b[1] - a[1]).abs());
        let length = dx.hypot(dy);
        let along = dx >= dy;
        let off = dx.min(dy).atan2(dx.max(dy)).to_degrees();
        if off > MOST_TURN && length > 0.15 * perimeter {
            return None;
        }
        let position = if along { (a[1] + b[1]) / 2.0 } else { (a[0] + b[0]) / 2.0 };
        match lines.last_mut() {
            Some(last) if last.along == along => join(&mut last.position, &mut last.length, position, length),
            _ => lines.push(Line { along, position, length }),
        }
    }
    // The first and the last may be one edge too.
    if lines.len() > 1
        && let Some(last) = lines.pop_if(|last| last.along == first_along)
    {
        let first = &mut lines[0];
        join(&mut first.position, &mut first.length, last.position, last.length);
    }
    if lines.len() < 4 || !lines.len().is_multiple_of(2) {
        return None;
    }
    let corner = |first: &Line, second: &Line| {
        let (x, y) = if first.along { (second.position, first.position) } else { (first.position, second.position) };
        [x * cos - y * sin, x * sin + y * cos]
    };
    Some(lines.iter().zip(lines.iter().cycle().skip(1)).map(|(a, b)| corner(a, b)).collect())
}

fn join(position: &mut f64, length: &mut f64, other: f64, other_length: f64) {
    let sum = *length + other_length;
    *position = (*position * *length + other * other_length) / sum.max(f64::MIN_POSITIVE);
    *length = sum;
}

fn edges(ring: &[[f64; 2]]) -> impl Iterator<Item = ([f64; 2], [f64; 2])> + '_ {
    ring.iter().zip(ring.iter().cycle().skip(1)).map(|(a, b)| (*a, *b))
}

/// The direction in radians that most of the edges follow or cross: the mean of their angles modulo a right angle,
/// weighted by length (four times the angle makes a full turn of it).
fn main_direction(ring: &[[f64; 2]]) -> Option<f64> {
    let (mut x, mut y, mut perimeter) = (0.0, 0.0, 0.0);
    for (a, b) in edges(ring) {
        let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
        perimeter += dx.hypot(dy);
        let four = 4.0 * dy.atan2(dx);
        x += dx.hypot(dy) * four.cos();
        y += dx.hypot(dy) * four.sin();
    }
    (x.hypot(y) > LEAST_AGREEMENT * perimeter).then(|| y.atan2(x) / 4.0)
}

#[cfg(test)]
mod tests {
    use super::super::{Mask, OutlineOptions};

    /// An L-shaped building, turned by 17 degrees, as its mask and its true outline.
    fn building() -> (Mask, Vec<[f64; 2]>) {
        let (sin, cos) = 17f64.to_radians().sin_cos();
        let plan = [[0.0, 0.0], [90.0, 0.0], [90.0, 40.0], [40.0, 40.0], [40.0, 100.0], [0.0, 100.0]];
        let ring: Vec<[f64; 2]> =
            plan.iter().map(|p: &[f64; 2]| [60.0 + p[0] * cos - p[1] * sin, 30.0 + p[0] * sin + p[1] * cos]).collect();
        (Mask::from_area(200, 200, std::slice::from_ref(&ring)), ring)
    }

    #[test]
    fn a_turned_building_gets_its_corners_back() {
        let (mask, plan) = building();
        let outline = mask.outline(&OutlineOptions { tolerance: 2.0, orthogonal: true });
        let ring = &outline.polygons[0][0];
        assert_eq!(ring.len(), plan.len(), "{ring:?}");
        for corner in plan {
            let near = ring.iter().map(|p| (p[0] - corner[0]).hypot(p[1] - corner[1])).fold(f64::INFINITY, f64::min);
            // A pixel is what a raster can tell.
            assert!(near < 1.0, "{corner:?} is {near} away");
        }
        assert!(outline.error(&mask).iou > 0.98);
    }

    #[test]
    fn a_disc_is_no_building() {
        let disc = Mask::stroke(200, 200, &[[100.0, 100.0]], 70.0);
        let outline = disc.outline(&OutlineOptions { tolerance: 1.0, orthogonal: true });
        assert!(outline.error(&disc).iou > 0.95, "it keeps its round outline");
    }
}

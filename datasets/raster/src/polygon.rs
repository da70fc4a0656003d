//! Float polygons to masks exactly as the COCO tools do it (`rleFrPoly` in `maskApi.c`).
//!
//! The boundary is walked in steps of a fifth of a pixel; every time the walk crosses from one pixel column's centre
//! line to the next, the row where it does so toggles the column from there downwards. On rings with integer
//! pixel-edge corners this is exact; on others it is the rule that every COCO data set was measured with.

use super::mask::{Mask, Span};

/// Coordinates beyond this magnitude are refused: the walk takes a step for every fifth of a pixel.
pub const MAX_POLYGON_COORDINATE: f64 = 1e6;

/// Steps per pixel of the boundary walk.
const SCALE: f64 = 5.0;

/// Why a polygon cannot be filled.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PolygonError {
    /// Fewer than three corners.
    #[error("a polygon needs at least 3 corners, this one has {0}")]
    TooFew(usize),
    /// NaN, infinite or absurdly large.
    #[error("corner {index} of the polygon is ({x}, {y}), not a place near a picture")]
    BadCorner {
        /// Position of the corner.
        index: usize,
        /// Its x.
        x: f64,
        /// Its y.
        y: f64,
    },
}

impl Mask {
    /// Fills one closed polygon given in pixel-edge coordinates, pixel for pixel as pycocotools does.
    ///
    /// # Errors
    /// On fewer than three corners and on coordinates that are not finite or beyond [`MAX_POLYGON_COORDINATE`].
    pub fn from_polygon(width: u32, height: u32, points: &[[f64; 2]]) -> Result<Mask, PolygonError> {
        if points.len() < 3 {
            return Err(PolygonError::TooFew(points.len()));
        }
        for (index, &[x, y]) in points.iter().enumerate() {
            let near = |value: f64| value.is_finite() && value.abs() <= MAX_POLYGON_COORDINATE;
            if !near(x) || !near(y) {
                return Err(PolygonError::BadCorner { index, x, y });
            }
        }
        if width == 0 || height == 0 {
            return Ok(Mask::empty(width, height));
        }
        let mut toggles = column_toggles(width, height, points);
        toggles.sort_unstable();
        Ok(fill(width, height, &toggles))
    }

    /// The union of several polygons: the meaning of a COCO `segmentation` list.
    ///
    /// # Errors
    /// As [`Mask::from_polygon`], for the first bad one.
    pub fn from_polygons(width: u32, height: u32, polygons: &[Vec<[f64; 2]>]) -> Result<Mask, PolygonError> {
        let mut spans = Vec::new();
        for polygon in polygons {
            spans.extend_from_slice(Mask::from_polygon(width, height, polygon)?.spans());
        }
        Ok(Mask::from_spans(width, height, spans))
    }
}

/// Column-major positions at which the walk changes inside to outside or back. `as i32` truncates towards zero like
/// the C cast it mirrors.
fn column_toggles(width: u32, height: u32, points: &[[f64; 2]]) -> Vec<u64> {
    let fine: Vec<[i32; 2]> =
        points.iter().map(|&[x, y]| [(SCALE * x + 0.5) as i32, (SCALE * y + 0.5) as i32]).collect();
    let mut toggles = Vec::new();
    let mut previous: Option<[i32; 2]> = None;
    for (&from, &to) in fine.iter().zip(fine.iter().cycle().skip(1)) {
        walk(from, to, |u, v| {
            if let Some([last_u, last_v]) = previous
                && u != last_u
            {
                toggles.extend(toggle(width, height, u, v, last_u, last_v));
            }
            previous = Some([u, v]);
        });
    }
    toggles
}

/// The lattice points of one edge, both ends included, always computed from the end with the smaller coordinate.
fn walk(from: [i32; 2], to: [i32; 2], mut visit: impl FnMut(i32, i32)) {
    let (dx, dy) = ((to[0] - from[0]).abs(), (to[1] - from[1]).abs());
    let flat = dx >= dy;
    let flip = if flat { from[0] > to[0] } else { from[1] > to[1] };
    let (low, high) = if flip { (to, from) } else { (from, to) };
    let steps = dx.max(dy);
    let slope =
        if flat { f64::from(high[1] - low[1]) / f64::from(dx) } else { f64::from(high[0] - low[0]) / f64::from(dy) };
    for step in 0..=steps {
        let t = if flip { steps - step } else { step };
        if flat {
            visit(t + low[0], (f64::from(low[1]) + slope * f64::from(t) + 0.5) as i32);
        } else {
            visit((f64::from(low[0]) + slope * f64::from(t) + 0.5) as i32, t + low[1]);
        }
    }
}

/// The toggle for a step from `last_u` to `u`, if it crosses the centre line of a column of the picture.
fn toggle(width: u32, height: u32, u: i32, v: i32, last_u: i32, last_v: i32) -> Option<u64> {
    let column = (f64::from(if u < last_u { u } else { u - 1 }) + 0.5) / SCALE - 0.5;
    if column.floor() != column || column < 0.0 || column > f64::from(width) - 1.0 {
        return None;
    }
    let row = (f64::from(v.min(last_v)) + 0.5) / SCALE - 0.5;
    let row = row.clamp(0.0, f64::from(height)).ceil();
    Some(column as u64 * u64::from(height) + row as u64)
}

/// Sorted toggles to spans: inside between the 1st and 2nd, the 3rd and 4th ...
fn fill(width: u32, height: u32, toggles: &[u64]) -> Mask {
    let rows = u64::from(height);
    let end = u64::from(width) * rows;
    let mut columns = Vec::new();
    for pair in toggles.chunks(2) {
        let (mut start, stop) = (pair[0], pair.get(1).copied().unwrap_or(end));
        while start < stop {
            let column = start / rows;
            let base = column * rows;
            let until = stop.min(base + rows);
            columns.push(Span { y: column as u32, x0: (start - base) as u32, x1: (until - base) as u32 });
            start = until;
        }
    }
    let turned = Mask::from_spans(height, width, columns);
    Mask::from_sorted(width, height, super::transpose::transpose(turned.spans(), height, width))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::arbitrary::mask;
    use super::*;

    proptest! {
        /// Crack rings without holes decode to the very mask under the COCO rule (annotation formats rely on it).
        #[test]
        fn lattice_rings_are_exact(m in mask()) {
            let filled = m.fill_holes(u64::MAX);
            for part in filled.components_by(super::super::Connectivity::Four) {
                let rings = part.rings();
                if rings.len() == 1 {
                    let points: Vec<[f64; 2]> = rings[0].points.iter().map(|p| [f64::from(p[0]), f64::from(p[1])]).collect();
                    prop_assert_eq!(Mask::from_polygon(m.width(), m.height(), &points).unwrap(), part);
                }
            }
        }

        #[test]
        fn any_polygon_stays_in_the_picture(points in proptest::collection::vec((-40.0f64..60.0, -40.0f64..60.0), 3..12)) {
            let points: Vec<[f64; 2]> = points.into_iter().map(|(x, y)| [x, y]).collect();
            let m = Mask::from_polygon(20, 17, &points).unwrap();
            prop_assert!(m.area() <= 20 * 17);
        }
    }

    #[test]
    fn bad_polygons_are_refused() {
        assert_eq!(Mask::from_polygon(5, 5, &[[0.0, 0.0], [1.0, 1.0]]), Err(PolygonError::TooFew(2)));
        let nan = [[0.0, 0.0], [f64::NAN, 1.0], [1.0, 0.0]];
        assert!(matches!(Mask::from_polygon(5, 5, &nan), Err(PolygonError::BadCorner { index: 1, .. })));
        assert!(Mask::from_polygon(5, 5, &[[0.0, 0.0], [1e9, 1.0], [1.0, 0.0]]).is_err());
    }
}

//! Float polygons to masks exactly as the COCO tools do it (`rleFrPoly` in `maskApi.c`).
//!
//! There the boundary is walked in steps of a fifth of a pixel; every time the walk crosses from one pixel column's centre
//! line to the next, the row where it does so toggles the column from there downwards. On rings with integer
//! pixel-edge corners this is exact; on others it is the rule that every COCO data set was measured with.
//!
//! Here the crossings are computed instead of walked to: an edge costs the columns of the picture that it crosses, however far
//! away its ends are, and where it crosses them is the same to the bit.

use super::columns::from_toggles;
use super::limits::{LimitError, MaskBudget, check_sides};
use super::mask::Mask;

/// Coordinates beyond this magnitude are refused: a fifth of a pixel could not be told there.
pub const MAX_POLYGON_COORDINATE: f64 = 1e14;

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
    /// The picture or the mask claims more than is given.
    #[error("polygon: {0}")]
    TooLarge(#[from] LimitError),
}

impl Mask {
    /// Fills one closed polygon given in pixel-edge coordinates, pixel for pixel as pycocotools does. Corners may lie far
    /// outside the picture.
    ///
    /// # Errors
    /// On fewer than three corners, on coordinates that are not finite or beyond [`MAX_POLYGON_COORDINATE`], and on a picture
    /// or a mask that is too large ([`LimitError`]).
    pub fn from_polygon(width: u32, height: u32, points: &[[f64; 2]]) -> Result<Mask, PolygonError> {
        Self::from_polygon_within(width, height, points, &mut MaskBudget::one_mask())
    }

    /// [`Mask::from_polygon`] within what is left of a budget, from which the memory of the mask is taken.
    ///
    /// # Errors
    /// As there; [`LimitError::Memory`] when the budget does not reach.
    pub fn from_polygon_within(
        width: u32,
        height: u32,
        points: &[[f64; 2]],
        budget: &mut MaskBudget,
    ) -> Result<Mask, PolygonError> {
        check_sides(width, height)?;
        if points.len() < 3 {
            return Err(PolygonError::TooFew(points.len()));
        }
        for (index, &[x, y]) in points.iter().enumerate() {
            let near = |value: f64| value.is_finite() && value.abs() <= MAX_POLYGON_COORDINATE;
            if !near(x) || !near(y) {
                return Err(PolygonError::BadCorner { index, x, y });
            }
        }
        let mut toggles = column_toggles(width, height, points, budget)?;
        toggles.sort_unstable();
        // Inside between the 1st and 2nd, the 3rd and 4th ..., behind a last odd one to the end.
        let end = u64::from(width) * u64::from(height);
        Ok(from_toggles(width, height, toggles.into_iter().chain([end]), budget)?)
    }

    /// The union of several polygons: the meaning of a COCO `segmentation` list.
    ///
    /// # Errors
    /// As [`Mask::from_polygon`], for the first bad one; all polygons together must fit into one mask.
    pub fn from_polygons(width: u32, height: u32, polygons: &[Vec<[f64; 2]>]) -> Result<Mask, PolygonError> {
        Self::from_polygons_within(width, height, polygons, &mut MaskBudget::one_mask())
    }

    /// [`Mask::from_polygons`] within what is left of a budget.
    ///
    /// # Errors
    /// As there; [`LimitError::Memory`] when the budget does not reach.
    pub fn from_polygons_within(
        width: u32,
        height: u32,
        polygons: &[Vec<[f64; 2]>],
        budget: &mut MaskBudget,
    ) -> Result<Mask, PolygonError> {
        check_sides(width, height)?;
        let mut spans = Vec::new();
        for polygon in polygons {
            spans.extend_from_slice(Mask::from_polygon_within(width, height, polygon, budget)?.spans());
        }
        Ok(Mask::from_spans(width, height, spans))
    }
}

/// The whole number towards zero, like the C cast that it mirrors.
#[expect(clippy::cast_possible_truncation, reason = "corners are below 1e14, so the value is far inside i64")]
fn whole(value: f64) -> i64 {
    value as i64
}

/// Column-major positions at which the walk changes inside to outside or back.
fn column_toggles(width: u32, height: u32, points: &[[f64; 2]], budget: &MaskBudget) -> Result<Vec<u64>, LimitError> {
    let fine: Vec<[i64; 2]> = points.iter().map(|p| p.map(|v| whole(SCALE * v + 0.5))).collect();
    let edges = || fine.iter().zip(fine.iter().cycle().skip(1)).map(|(&from, &to)| Edge::new(from, to));
    let in_all: u64 =
        edges().map(|edge| edge.crossed(width).map_or(0, |(first, last)| u64::from(last - first) + 1)).sum();
    // Two toggles make a column span at least.
    MaskBudget::one_mask().allows_spans(in_all / 2)?;
    budget.allows_spans(in_all / 2)?;
    let mut toggles = Vec::with_capacity(usize::try_from(in_all).unwrap_or_default());
    for edge in edges() {
        let Some((first, last)) = edge.crossed(width) else { continue };
        for column in first..=last {
            let row = edge.row_at(column, height);
            toggles.push(u64::from(column) * u64::from(height) + row);
        }
    }
    Ok(toggles)
}

/// One edge of the polygon on the lattice of fifths of a pixel, from the end with the smaller coordinate along its longer
/// axis: the points of its walk are `low + t` on that axis, for `t` in `0..=steps`.
struct Edge {
    low: [i64; 2],
    steps: i64,
    /// The longer axis is x.
    flat: bool,
    /// Change of the other coordinate for each step.
    slope: f64,
}

/// The step of the walk from `u` to `u + 1` that crosses the centre line of a column.
const fn before_centre(column: u32) -> i64 {
    column as i64 * 5 + 2
}

impl Edge {
    fn new(from: [i64; 2], to: [i64; 2]) -> Self {
        let (dx, dy) = ((to[0] - from[0]).abs(), (to[1] - from[1]).abs());
        let flat = dx >= dy;
        let flip = if flat { from[0] > to[0] } else { from[1] > to[1] };
        let (low, high) = if flip { (to, from) } else { (from, to) };
        let slope = if flat { (high[1] - low[1]) as f64 / dx as f64 } else { (high[0] - low[0]) as f64 / dy as f64 };
        Self { low, steps: dx.max(dy), flat, slope }
    }

    /// The coordinate across the longer axis after `t` steps.
    fn across(&self, t: i64) -> i64 {
        let low = self.low[usize::from(self.flat)];
        whole(low as f64 + self.slope * t as f64 + 0.5)
    }

    /// x after `t` steps.
    fn u(&self, t: i64) -> i64 {
        if self.flat { self.low[0] + t } else { self.across(t) }
    }

    /// The columns of the picture whose centre line the walk crosses, first and last.
    fn crossed(&self, width: u32) -> Option<(u32, u32)> {
        let (a, b) = (self.u(0), self.u(self.steps));
        let (left, right) = (a.min(b), a.max(b));
        // The columns with left <= before_centre and before_centre + 1 <= right.
        let first = (left - 2).div_euclid(5) + i64::from((left - 2).rem_euclid(5) != 0);
        let last = (right - 3).div_euclid(5);
        let first = u32::try_from(first.max(0)).ok()?;
        let last = u32::try_from(last.min(i64::from(width) - 1)).ok()?;
        (first <= last).then_some((first, last))
    }

    /// The row (0 to `height`) from which on the crossing of a column's centre line toggles the column.
    fn row_at(&self, column: u32, height: u32) -> u64 {
        let u = before_centre(column);
        let v = if self.flat {
            let t = u - self.low[0];
            self.across(t).min(self.across(t + 1))
        } else {
            // `u(t)` is monotone and moves by at most 1: the step before it passes the line.
            let rising = self.slope > 0.0;
            let before = |t: i64| if rising { self.u(t) <= u } else { self.u(t) > u };
            let (mut inside, mut beyond) = (0, self.steps);
            while beyond - inside > 1 {
                let middle = inside + (beyond - inside) / 2;
                *(if before(middle) { &mut inside } else { &mut beyond }) = middle;
            }
            self.low[1] + inside
        };
        let row = (v as f64 + 0.5) / SCALE - 0.5;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=height")]
        let row = row.clamp(0.0, f64::from(height)).ceil() as u64;
        row
    }
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

        /// The crossings are those of the walk that `maskApi.c` takes, also from far outside.
        #[test]
        fn crossings_equal_the_walk(
            points in proptest::collection::vec((-40.0f64..60.0, -40.0f64..60.0), 3..9),
            far in proptest::collection::vec((-3e4f64..3e4, -3e4f64..3e4), 0..2),
        ) {
            let points: Vec<[f64; 2]> = points.into_iter().chain(far).map(|(x, y)| [x, y]).collect();
            let mut ours = column_toggles(20, 17, &points, &MaskBudget::one_mask()).unwrap();
            let mut theirs = walked(20, 17, &points);
            ours.sort_unstable();
            theirs.sort_unstable();
            prop_assert_eq!(ours, theirs);
        }

        #[test]
        fn any_polygon_stays_in_the_picture(points in proptest::collection::vec((-40.0f64..60.0, -40.0f64..60.0), 3..12)) {
            let points: Vec<[f64; 2]> = points.into_iter().map(|(x, y)| [x, y]).collect();
            let m = Mask::from_polygon(20, 17, &points).unwrap();
            prop_assert!(m.area() <= 20 * 17);
        }
    }

    /// `rleFrPoly` step by step.
    fn walked(width: u32, height: u32, points: &[[f64; 2]]) -> Vec<u64> {
        let fine: Vec<[i32; 2]> =
            points.iter().map(|&[x, y]| [(SCALE * x + 0.5) as i32, (SCALE * y + 0.5) as i32]).collect();
        let mut walk = Vec::new();
        for (&from, &to) in fine.iter().zip(fine.iter().cycle().skip(1)) {
            let (dx, dy) = ((to[0] - from[0]).abs(), (to[1] - from[1]).abs());
            let flat = dx >= dy;
            let flip = if flat { from[0] > to[0] } else { from[1] > to[1] };
            let (low, high) = if flip { (to, from) } else { (from, to) };
            let slope = if flat {
                f64::from(high[1] - low[1]) / f64::from(dx)
            } else {
                f64::from(high[0] - low[0]) / f64::from(dy)
            };
            for step in 0..=dx.max(dy) {
                let t = if flip { dx.max(dy) - step } else { step };
                let across = |low: i32| (f64::from(low) + slope * f64::from(t) + 0.5) as i32;
                walk.push(if flat { [t + low[0], across(low[1])] } else { [across(low[0]), t + low[1]] });
            }
        }
        let mut toggles = Vec::new();
        for pair in walk.windows(2) {
            let ([last_u, last_v], [u, v]) = (pair[0], pair[1]);
            let column = (f64::from(if u < last_u { u } else { u - 1 }) + 0.5) / SCALE - 0.5;
            if u == last_u || column.floor() != column || column < 0.0 || column > f64::from(width) - 1.0 {
                continue;
            }
            let row = ((f64::from(v.min(last_v)) + 0.5) / SCALE - 0.5).clamp(0.0, f64::from(height)).ceil();
            toggles.push(column as u64 * u64::from(height) + row as u64);
        }
        toggles
    }

    #[test]
    fn far_corners_cost_nothing_and_cut_the_picture_where_they_should() {
        for far in [1e6, 1e9, 1e12] {
            let half = [[-far, -far], [10.0, -far], [10.0, far], [-far, far]];
            let left = Mask::from_polygon(20, 17, &half).unwrap();
            assert_eq!(left, Mask::rectangle(20, 17, super::super::PixelRect { x0: 0, y0: 0, x1: 10, y1: 17 }));
            let over = Mask::from_polygon(20, 17, &[[-far, -far], [far, -far], [far, far], [-far, far]]).unwrap();
            assert_eq!(over.area(), 20 * 17);
        }
    }

    #[test]
    fn a_zigzag_over_a_wide_picture_is_refused_before_memory_is_taken() {
        let side = f64::from(1 << 22);
        let zigzag: Vec<[f64; 2]> = (0..100).map(|n| [if n % 2 == 0 { 0.0 } else { side }, f64::from(n)]).collect();
        let refused = Mask::from_polygon(1 << 22, 1 << 22, &zigzag);
        assert!(matches!(refused, Err(PolygonError::TooLarge(LimitError::Memory { .. }))), "{refused:?}");
        // What is left of a budget bounds the work too.
        let whole = [[0.0, 0.0], [side, 0.0], [side, 9.0], [0.0, 9.0]];
        let mut little = MaskBudget::new(1 << 20);
        assert!(Mask::from_polygon_within(1 << 22, 9, &whole, &mut little).is_err() && little.left() == 1 << 20);
    }

    #[test]
    fn bad_polygons_are_refused() {
        assert_eq!(Mask::from_polygon(5, 5, &[[0.0, 0.0], [1.0, 1.0]]), Err(PolygonError::TooFew(2)));
        let nan = [[0.0, 0.0], [f64::NAN, 1.0], [1.0, 0.0]];
        assert!(matches!(Mask::from_polygon(5, 5, &nan), Err(PolygonError::BadCorner { index: 1, .. })));
        assert!(Mask::from_polygon(5, 5, &[[0.0, 0.0], [1e18, 1.0], [1.0, 0.0]]).is_err());
        assert!(Mask::from_polygon(u32::MAX, 5, &[[0.0, 0.0], [9.0, 1.0], [1.0, 0.0]]).is_err());
    }
}

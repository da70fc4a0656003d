//! Polygons that are derived from a mask at a chosen tolerance, to be shown, dragged and exported. The mask stays the truth;
//! how far the polygon is from it is always said.
//!
//! * `regular`: right angles for buildings
//! * `near`: how far a point is from many segments

mod near;
mod regular;

use geo::{Coord, LineString, Polygon, Simplify};

use super::components::Connectivity;
use super::mask::Mask;

/// How a mask becomes polygons.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OutlineOptions {
    /// Largest distance in pixels that a corner of the pixel boundary may lie off the polygon; 0: the boundary itself, exact.
    pub tolerance: f64,
    /// Edges follow one direction and the one across it, where the shape bears it (buildings).
    pub orthogonal: bool,
}

impl Default for OutlineOptions {
    fn default() -> Self {
        Self { tolerance: 1.0, orthogonal: false }
    }
}

/// A polygon with holes: rings of pixel-edge points, the outer one first; the last point is joined to the first.
pub type Rings = Vec<Vec<[f64; 2]>>;

/// The polygons of a mask, one for each part.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outline {
    /// In the order of their first pixel.
    pub polygons: Vec<Rings>,
}

/// How far an outline is from its mask.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OutlineError {
    /// Intersection over union of the filled outline and the mask.
    pub iou: f64,
    /// Largest distance in pixels from a corner of the pixel boundary to the outline.
    pub distance: f64,
}

/// A simplified part must keep this IoU; else the tolerance is halved for it, at last to the exact boundary. Small objects
/// therefore keep their shape whatever the tolerance.
const LEAST_IOU: f64 = 0.93;
/// A shape with right angles may be this far off, because that is what they are for.
const LEAST_REGULAR_IOU: f64 = 0.85;

impl Mask {
    /// The polygons of the mask. Parts that touch at a corner only are parts of their own, so that no ring crosses itself.
    pub fn outline(&self, options: &OutlineOptions) -> Outline {
        let parts = self.components_by(Connectivity::Four);
        Outline { polygons: parts.iter().map(|part| part_outline(part, options)).collect() }
    }
}

impl Outline {
    /// Number of points.
    pub fn points(&self) -> usize {
        self.polygons.iter().flatten().map(Vec::len).sum()
    }

    /// The pixels whose centre lies inside, in a picture of `width x height`.
    pub fn to_mask(&self, width: u32, height: u32) -> Mask {
        let parts: Vec<Mask> = self.polygons.iter().map(|rings| Mask::from_area(width, height, rings)).collect();
        Mask::union_all(width, height, &parts)
    }

    /// How far it is from `mask`.
    pub fn error(&self, mask: &Mask) -> OutlineError {
        let iou = self.to_mask(mask.width(), mask.height()).iou(mask);
        let near = near::Segments::new(self.polygons.iter().flatten().flat_map(|ring| closed(ring)).collect());
        let corners = mask.rings().into_iter().flat_map(|ring| ring.points);
        let distance = corners.map(|p| near.distance(p.map(f64::from))).fold(0.0, f64::max);
        OutlineError { iou, distance }
    }
}

/// The edges of a closed ring.
fn closed(ring: &[[f64; 2]]) -> impl Iterator<Item = [[f64; 2]; 2]> + '_ {
    ring.iter().zip(ring.iter().cycle().skip(1)).map(|(a, b)| [*a, *b])
}

/// One connected part: an outer ring and its holes.
fn part_outline(part: &Mask, options: &OutlineOptions) -> Rings {
    let exact: Rings = part.rings().iter().map(|ring| ring.points.iter().map(|p| p.map(f64::from)).collect()).collect();
    let iou = |rings: &Rings| Mask::from_area(part.width(), part.height(), rings).iou(part);
    let mut tolerance = options.tolerance;
    while tolerance >= 0.25 {
        let simple: Rings = exact.iter().filter_map(|ring| simplified(ring, tolerance)).collect();
        // A hole that is thinner than the tolerance may go, the outer ring never.
        let whole = simple.first().is_some_and(|ring| ring.len() >= 3);
        if whole && options.orthogonal {
            let regular: Rings = simple.iter().filter_map(|ring| regular::right_angled(ring)).collect();
            if regular.len() == simple.len() && iou(&regular) >= LEAST_REGULAR_IOU {
                return regular;
            }
        }
        if whole && iou(&simple) >= LEAST_IOU {
            return simple;
        }
        tolerance /= 2.0;
    }
    exact
}

/// Douglas-Peucker on a closed ring, both halves from the two points that are farthest apart, so that the result does not
/// hang on where the ring begins. `None` when fewer than three points are left.
fn simplified(ring: &[[f64; 2]], tolerance: f64) -> Option<Vec<[f64; 2]>> {
    let middle = [0, 1].map(|axis| ring.iter().map(|p| p[axis]).sum::<f64>() / ring.len() as f64);
    let farthest = |from: [f64; 2]| {
        let off = |p: &[f64; 2]| (p[0] - from[0]).hypot(p[1] - from[1]);
        (0..ring.len()).max_by(|&a, &b| off(&ring[a]).total_cmp(&off(&ring[b])).then(b.cmp(&a)))
    };
    let start = farthest(middle)?;
    let turned: Vec<Coord> = ring[start..].iter().chain(&ring[..start]).map(|p| Coord { x: p[0], y: p[1] }).collect();
    let simple = Polygon::new(LineString::new(turned), Vec::new()).simplify(tolerance);
    let mut points: Vec<[f64; 2]> = simple.exterior().coords().map(|c| [c.x, c.y]).collect();
    points.pop();
    let area = closed(&points).map(|[a, b]| a[0] * b[1] - b[0] * a[1]).sum::<f64>() / 2.0;
    (points.len() >= 3 && area.abs() >= 0.5).then_some(points)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::arbitrary::mask;
    use super::*;

    fn disc(radius: f32) -> Mask {
        Mask::stroke(700, 700, &[[350.0, 350.0]], radius)
    }

    #[test]
    fn small_discs_keep_their_shape_and_large_ones_need_few_points() {
        for radius in [1.0, 2.0, 3.0, 5.0, 12.0, 20.0, 150.0, 300.0] {
            let mask = disc(radius);
            let outline = mask.outline(&OutlineOptions::default());
            let error = outline.error(&mask);
            assert!(error.iou > 0.93, "radius {radius}: {error:?}");
            // Rounding aside: Douglas-Peucker promises the tolerance.
            assert!(error.distance <= 1.0 + 1e-9, "radius {radius}: {error:?}");
            assert!(outline.points() < 16 + radius as usize, "radius {radius}: {} points", outline.points());
        }
    }

    #[test]
    fn a_ring_keeps_its_hole_and_a_line_of_one_pixel_stays() {
        let ring = disc(100.0).subtract(&disc(60.0));
        let outline = ring.outline(&OutlineOptions { tolerance: 2.0, orthogonal: false });
        assert_eq!(outline.polygons.iter().map(Vec::len).collect::<Vec<_>>(), [2]);
        assert!(outline.error(&ring).iou > 0.97);
        let line = Mask::stroke(700, 700, &[[10.5, 10.5], [600.5, 10.5]], 0.4);
        assert_eq!(line.outline(&OutlineOptions::default()).to_mask(700, 700), line);
    }

    proptest! {
        #[test]
        fn without_tolerance_it_is_exact(m in mask()) {
            let outline = m.outline(&OutlineOptions { tolerance: 0.0, orthogonal: false });
            prop_assert_eq!(outline.to_mask(m.width(), m.height()), m.clone());
            prop_assert_eq!(outline.error(&m), OutlineError { iou: 1.0, distance: 0.0 });
        }

        #[test]
        fn nothing_collapses(m in mask(), tolerance in 0.0f64..6.0, orthogonal: bool) {
            let least = if orthogonal { LEAST_REGULAR_IOU } else { LEAST_IOU };
            for part in m.components_by(Connectivity::Four) {
                let outline = part.outline(&OutlineOptions { tolerance, orthogonal });
                prop_assert!(outline.error(&part).iou >= least);
            }
        }
    }
}

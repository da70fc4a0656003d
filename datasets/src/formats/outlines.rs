//! Masks as the polygons that a format holds: exact ones, or ones with fewer corners within a tolerance, and how far those are
//! from their masks.
//!
//! Holes and parts are joined by bridges where a format holds one ring ([`keyhole`]).

use std::sync::{Mutex, PoisonError};

use super::options::Tolerance;
use crate::raster::keyhole::{self, Corners};
use crate::raster::{Mask, OutlineOptions, Ring};

/// An outline that a tolerance would take farther from its mask than this stays exact (intersection over union).
pub(super) const LEAST_IOU: f64 = 0.85;

/// Corners as pixel-edge coordinates.
pub(super) fn floats(ring: &[[u32; 2]]) -> Vec<[f64; 2]> {
    ring.iter().map(|corner| corner.map(f64::from)).collect()
}

/// The outlines of one export; can be shared between threads.
pub(super) struct Outlines {
    tolerance: Tolerance,
    errors: Mutex<Errors>,
}

/// What the tolerance cost so far.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Errors {
    objects: usize,
    /// 1 less the intersection over union.
    largest_share: f64,
    shares: f64,
    /// In pixels.
    largest_distance: f64,
    distances: f64,
    corners: usize,
    exact_corners: usize,
}

impl Outlines {
    pub(super) fn new(tolerance: Tolerance) -> Self {
        Self { tolerance, errors: Mutex::default() }
    }

    pub(super) fn is_exact(&self) -> bool {
        self.tolerance.is_off()
    }

    /// One ring for every part of the mask, its holes joined to it; in the order of the parts.
    pub(super) fn rings_by_part(&self, mask: &Mask) -> Vec<Corners> {
        let simple = self.simplified(mask, |parts| parts.iter().filter_map(|rings| keyhole::join(rings)).collect());
        simple.unwrap_or_else(|| keyhole::rings_by_part(mask))
    }

    /// One ring for the whole mask, and whether it needs a bridge; `None` for an empty mask.
    pub(super) fn one_ring(&self, mask: &Mask) -> Option<(Corners, bool)> {
        let mut bridged = false;
        let simple = self.simplified(mask, |parts| {
            let rings: Vec<Ring> = parts.iter().flatten().cloned().collect();
            bridged = rings.len() > 1;
            keyhole::join(&rings).into_iter().collect()
        });
        match simple.map(|mut rings| rings.pop()) {
            Some(ring) => ring.map(|ring| (ring, bridged)),
            None => keyhole::one_ring(mask),
        }
    }

    /// The outer ring of every part.
    pub(super) fn outer_rings(&self, mask: &Mask) -> Vec<Corners> {
        let simple = self.simplified(mask, |parts| {
            parts.iter().filter_map(|rings| rings.first().map(|ring| ring.points.clone())).collect()
        });
        simple.unwrap_or_else(|| {
            let rings = mask.rings().into_iter();
            rings.filter(|ring| !ring.is_hole()).map(|ring| ring.points).collect()
        })
    }

    /// What `join` makes of the simplified rings of all parts; `None` where the outline stays exact.
    fn simplified(&self, mask: &Mask, join: impl FnOnce(&[Vec<Ring>]) -> Vec<Corners>) -> Option<Vec<Corners>> {
        if self.tolerance.is_off() || mask.is_empty() {
            return None;
        }
        let outline = mask.outline(&OutlineOptions { tolerance: self.tolerance.pixels(), orthogonal: false });
        let ring = |points: &Vec<[f64; 2]>| Ring { points: points.iter().map(|point| point.map(whole)).collect() };
        let parts: Vec<Vec<Ring>> = outline.polygons.iter().map(|rings| rings.iter().map(ring).collect()).collect();
        let joined = join(&parts);
        // As readers fill it.
        let filled: Vec<Vec<[f64; 2]>> = joined.iter().map(|ring| floats(ring)).collect();
        let read = Mask::from_polygons(mask.width(), mask.height(), &filled).ok()?;
        let iou = read.iou(mask);
        if iou < LEAST_IOU {
            self.note(mask, 1.0, 0.0, None);
            return None;
        }
        self.note(mask, iou, outline.error(mask).distance, Some(joined.iter().map(Vec::len).sum()));
        Some(joined)
    }

    fn note(&self, mask: &Mask, iou: f64, distance: f64, corners: Option<usize>) {
        let exact: usize = mask.rings().iter().map(|ring| ring.points.len()).sum();
        let mut errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
        errors.objects += 1;
        errors.largest_share = errors.largest_share.max(1.0 - iou);
        errors.shares += 1.0 - iou;
        errors.largest_distance = errors.largest_distance.max(distance);
        errors.distances += distance;
        errors.corners += corners.unwrap_or(exact);
        errors.exact_corners += exact;
    }

    /// A line for the report: how far the outlines are from their masks; `None` where they are exact.
    pub(super) fn report(&self) -> Option<String> {
        let errors = *self.errors.lock().unwrap_or_else(PoisonError::into_inner);
        if errors.objects == 0 {
            return None;
        }
        let count = errors.objects as f64;
        Some(format!(
            "outlines within {} pixels: {} corners instead of {}; IoU with the masks at least {:.4}, {:.4} on average; \
             farthest corner {:.2} pixels off, {:.2} on average over {} objects",
            self.tolerance,
            errors.corners,
            errors.exact_corners,
            1.0 - errors.largest_share,
            1.0 - errors.shares / count,
            errors.largest_distance,
            errors.distances / count,
            errors.objects
        ))
    }
}

/// Douglas-Peucker keeps corners of the pixel boundary, which are whole numbers.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "corners of a mask are whole and within u32"
)]
fn whole(value: f64) -> u32 {
    value.round() as u32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::raster::arbitrary::mask;

    fn read(mask: &Mask, rings: &[Corners]) -> Mask {
        let filled: Vec<Vec<[f64; 2]>> = rings.iter().map(|ring| floats(ring)).collect();
        Mask::from_polygons(mask.width(), mask.height(), &filled).unwrap()
    }

    proptest! {
        #[test]
        fn exact_where_no_tolerance_is_asked_for(m in mask()) {
            let outlines = Outlines::new(Tolerance::default());
            let one: Vec<Corners> = outlines.one_ring(&m).into_iter().map(|(ring, _)| ring).collect();
            prop_assert_eq!(&read(&m, &outlines.rings_by_part(&m)), &m);
            prop_assert_eq!(&read(&m, &one), &m);
            prop_assert_eq!(outlines.report(), None);
        }

        #[test]
        fn near_where_it_is(m in mask(), hundredths in 25u16..400) {
            let outlines = Outlines::new(Tolerance::of_pixels(f64::from(hundredths) / 100.0).unwrap());
            let one: Vec<Corners> = outlines.one_ring(&m).into_iter().map(|(ring, _)| ring).collect();
            for rings in [outlines.rings_by_part(&m), one] {
                prop_assert!(read(&m, &rings).iou(&m) >= LEAST_IOU);
            }
        }
    }

    #[test]
    fn a_disc_needs_few_corners_and_the_report_says_what_it_cost() {
        let disc = Mask::stroke(700, 700, &[[350.0, 350.0]], 300.0);
        let outlines = Outlines::new(Tolerance::of_pixels(2.0).unwrap());
        let rings = outlines.rings_by_part(&disc);
        let iou = read(&disc, &rings).iou(&disc);
        assert!(rings[0].len() < 60 && iou > 0.98 && iou < 1.0, "{} corners, IoU {iou}", rings[0].len());
        let text = outlines.report().unwrap();
        assert!(text.contains("within 2 pixels") && text.contains(&format!("{iou:.4}")), "{text}");
        let errors = *outlines.errors.lock().unwrap();
        assert!(errors.largest_distance > 0.5 && errors.largest_distance <= 2.0 + 1e-9, "{errors:?}");
    }
}

//! Crumbs: small parts and holes that a network leaves, and fringes along the neighbours.

use limn_datasets::Mask;
use limn_models::Click;

/// By default parts below this share of the object are left out.
pub const CRUMBS: f32 = 0.005;
/// What "clean" takes: parts and holes below this share of the object.
pub const CLEAN: f32 = 0.03;
/// A fringe between neighbours is at most so many pixels wide on each side.
const FRINGE: f32 = 1.5;

/// A mask without parts that are smaller than a share of it. What was clicked stays, and so does the largest part.
pub fn without_crumbs(mask: &Mask, share: f32, clicks: &[Click]) -> Mask {
    let least = (f64::from(share) * mask.area() as f64).ceil() as u64;
    if share <= 0.0 || least <= 1 {
        return mask.clone();
    }
    let clicked =
        |part: &Mask| clicks.iter().any(|c| c.positive && part.contains(c.x.max(0.0) as u32, c.y.max(0.0) as u32));
    let parts = mask.components();
    if parts.len() < 2 {
        return mask.clone();
    }
    let largest = parts.iter().map(Mask::area).max().unwrap_or(0);
    let crumbs = parts.iter().filter(|part| part.area() < least.min(largest) && !clicked(part));
    crumbs.fold(mask.clone(), |mask, crumb| mask.subtract(crumb))
}

/// A mask without small parts and without small holes.
pub fn cleaned(mask: &Mask, share: f32) -> Mask {
    let least = (f64::from(share) * mask.area() as f64).ceil() as u64;
    without_crumbs(mask, share, &[]).fill_holes(least)
}

/// The narrow gap between a mask and its neighbours, which belongs to nobody: the mask gets it.
pub fn closed_fringe(mask: &Mask, neighbours: &Mask) -> Mask {
    if neighbours.is_empty() {
        return mask.clone();
    }
    let gap = mask.grow(FRINGE).intersect(&neighbours.grow(FRINGE));
    let gap = gap.subtract(neighbours).subtract(mask);
    if gap.is_empty() { mask.clone() } else { mask.union(&gap) }
}

/// How many parts and holes a mask has.
pub fn parts_and_holes(mask: &Mask) -> (usize, usize) {
    (mask.components().len(), mask.holes().len())
}

#[cfg(test)]
mod tests {
    use limn_datasets::PixelRect;

    use super::*;

    fn rect(x0: u32, y0: u32, x1: u32, y1: u32) -> Mask {
        Mask::rectangle(100, 100, PixelRect { x0, y0, x1, y1 })
    }

    #[test]
    fn crumbs_go_and_what_was_clicked_stays() {
        let mask = rect(10, 10, 60, 60).union(&rect(80, 80, 82, 82)).union(&rect(90, 10, 93, 13));
        assert_eq!(parts_and_holes(&mask), (3, 0));
        assert_eq!(without_crumbs(&mask, 0.0, &[]), mask);
        assert_eq!(without_crumbs(&mask, CRUMBS, &[]), rect(10, 10, 60, 60));
        let here = Click { x: 81.0, y: 81.0, positive: true };
        assert_eq!(without_crumbs(&mask, CRUMBS, &[here]), rect(10, 10, 60, 60).union(&rect(80, 80, 82, 82)));
        let only = rect(0, 0, 1, 1).union(&rect(3, 3, 4, 4));
        assert_eq!(without_crumbs(&only, 0.9, &[]), only, "of equals none is a crumb");
    }

    #[test]
    fn clean_closes_small_holes_too() {
        let holed = rect(10, 10, 60, 60).subtract(&rect(20, 20, 23, 23)).subtract(&rect(30, 30, 50, 50));
        let clean = cleaned(&holed.union(&rect(90, 90, 92, 92)), CLEAN);
        assert_eq!(clean, rect(10, 10, 60, 60).subtract(&rect(30, 30, 50, 50)), "a large hole is meant");
    }

    #[test]
    fn a_fringe_along_a_neighbour_is_closed_and_a_real_gap_stays() {
        let (mask, near, far) = (rect(10, 10, 30, 30), rect(31, 10, 50, 30), rect(40, 10, 60, 30));
        let closed = closed_fringe(&mask, &near);
        assert!(closed.contains(30, 20) && closed.intersection_area(&near) == 0);
        assert_eq!(closed_fringe(&mask, &far), mask);
    }
}

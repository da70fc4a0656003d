//! How far around a click what it says is taken to hold: as far as the mask it was set against gives no other reason.
//!
//! Somebody clicks into the middle of what is wrong. What is wrong ends, at the latest, where the mask that was on the screen
//! said already what the click says; so the distance from the click to the nearest such pixel, its *depth*, bounds the radius.
//! A click beside the outline corrects a sliver and a click in a missed part all of it. Between two clicks of different signs
//! runs the outline: their disks stay apart.

use super::guard::CellClick;

/// Radius in cells that every click has: that of the disk which the network is shown.
const LEAST: f32 = 1.25;
/// Radius in cells that no click exceeds.
const MOST: f32 = 6.0;
/// Radius in cells where there was no mask to be set against.
const UNKNOWN: f32 = 3.0;
/// Of the distance to a click of the other sign.
const APART: f32 = 0.4;

/// Distance in the network's pixels from a click at (`x`, `y`) to the nearest pixel of the mask before it (`previous`, `size`
/// squared probabilities) that says what the click says; `None` if that mask was empty.
pub fn depth(previous: &[f32], size: u32, (x, y): (f64, f64), positive: bool) -> Option<f64> {
    previous.iter().any(|&p| p > 0.5).then(|| {
        let mut nearest = f64::INFINITY;
        for (row, line) in previous.chunks_exact(size as usize).enumerate() {
            let down = (row as f64 + 0.5 - y).powi(2);
            if down >= nearest {
                continue;
            }
            for (column, _) in line.iter().enumerate().filter(|(_, p)| (**p > 0.5) == positive) {
                nearest = nearest.min(down + (column as f64 + 0.5 - x).powi(2));
            }
        }
        nearest.sqrt()
    })
}

/// The radius in cells around every click, whose depths in cells are `depths`.
pub fn radii(clicks: &[CellClick], depths: &[Option<f32>]) -> Vec<f32> {
    let radius = |(click, depth): (&CellClick, &Option<f32>)| {
        let others = clicks.iter().filter(|other| other.positive != click.positive);
        let apart = others.map(|other| APART * (other.x - click.x).hypot(other.y - click.y));
        apart.fold(depth.unwrap_or(UNKNOWN).min(MOST), f32::min).max(LEAST)
    };
    clicks.iter().zip(depths).map(radius).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depth_is_the_way_to_the_mask_that_agrees() {
        let mut previous = [0.0; 64];
        assert_eq!(depth(&previous, 8, (3.5, 3.5), true), None, "an empty mask says nothing");
        previous[3 * 8 + 6] = 0.9;
        assert_eq!(depth(&previous, 8, (3.5, 3.5), true), Some(3.0));
        assert_eq!(depth(&previous, 8, (6.5, 3.5), true), Some(0.0), "it was right already");
        assert_eq!(depth(&previous, 8, (6.5, 3.5), false), Some(1.0));
        assert_eq!(depth(&[1.0; 64], 8, (3.5, 3.5), false), Some(f64::INFINITY), "everything was wrong");
    }

    #[test]
    fn radii_are_bounded_by_depth_and_by_clicks_of_the_other_sign() {
        let click = |x: f32, positive| CellClick { x, y: 10.0, positive };
        let clicks = [click(10.0, true), click(40.0, true), click(20.0, false), click(42.0, false)];
        let got = radii(&clicks, &[None, Some(100.0), Some(2.0), Some(5.0)]);
        assert_eq!(got, [UNKNOWN, LEAST, 2.0, LEAST]);
        assert_eq!(radii(&clicks[..2], &[Some(4.5), Some(100.0)]), [4.5, MOST]);
    }
}

//! The magic wand: the connected pixels of about one colour.

use super::mask::{Mask, Span};

impl Mask {
    /// The pixels that are connected (by edges) to `seed` and whose red, green and blue differ from the seed's by at most
    /// `tolerance` each. `rgb` holds three bytes a pixel, row-major. Empty if the seed lies outside or bytes are missing.
    pub fn wand(width: u32, height: u32, rgb: &[u8], seed: [u32; 2], tolerance: u8) -> Mask {
        let (w, h) = (width as usize, height as usize);
        if seed[0] >= width || seed[1] >= height || w.checked_mul(h).and_then(|n| n.checked_mul(3)) > Some(rgb.len()) {
            return Mask::empty(width, height);
        }
        let at = |x: u32, y: u32| y as usize * w + x as usize;
        let pixel = |x: u32, y: u32| [0, 1, 2].map(|c| rgb[at(x, y) * 3 + c]);
        let wanted = pixel(seed[0], seed[1]);
        let fits = |x: u32, y: u32| pixel(x, y).iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= tolerance);
        let mut taken = vec![false; w * h];
        let mut spans = Vec::new();
        let mut open = vec![(seed[0], seed[1])];
        while let Some((x, y)) = open.pop() {
            if taken[at(x, y)] {
                continue;
            }
            let (mut x0, mut x1) = (x, x + 1);
            while x0 > 0 && !taken[at(x0 - 1, y)] && fits(x0 - 1, y) {
                x0 -= 1;
            }
            while x1 < width && !taken[at(x1, y)] && fits(x1, y) {
                x1 += 1;
            }
            taken[at(x0, y)..at(x0, y) + (x1 - x0) as usize].fill(true);
            spans.push(Span { y, x0, x1 });
            for next in [y.wrapping_sub(1), y + 1] {
                if next >= height {
                    continue;
                }
                // One entry for each run of fitting pixels above and below.
                let mut inside = false;
                for x in x0..x1 {
                    let free = !taken[at(x, next)] && fits(x, next);
                    if free && !inside {
                        open.push((x, next));
                    }
                    inside = free;
                }
            }
        }
        Mask::from_spans(width, height, spans)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Connectivity;
    use super::*;

    proptest! {
        /// The wand takes the part under the seed of all pixels that fit.
        #[test]
        fn it_takes_the_connected_part_that_fits(
            grey in proptest::collection::vec(0u8..60, 9 * 8), seed in (0u32..9, 0u32..8), tolerance in 0u8..30,
        ) {
            let rgb: Vec<u8> = grey.iter().flat_map(|&v| [v, v / 2, 255 - v]).collect();
            let wanted = grey[(seed.1 * 9 + seed.0) as usize];
            let fitting = Mask::from_predicate(9, 8, &grey, |v| v.abs_diff(wanted) <= tolerance);
            let part = fitting.components_by(Connectivity::Four).into_iter().find(|p| p.contains(seed.0, seed.1));
            prop_assert_eq!(Some(Mask::wand(9, 8, &rgb, [seed.0, seed.1], tolerance)), part);
        }
    }

    #[test]
    fn outside_there_is_nothing() {
        assert!(Mask::wand(2, 2, &[0; 12], [2, 0], 9).is_empty());
        assert!(Mask::wand(2, 2, &[0; 11], [0, 0], 9).is_empty());
    }
}

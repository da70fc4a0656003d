//! What is done to the mask that a network proposes: small parts go, the largest stays, holes are filled; and its rim, which a
//! network is given when a mask is to be corrected.

use super::mask::{Mask, PixelRect, Span};

/// What is to be cleaned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cleaning {
    /// Parts (pixels that touch at an edge or a corner) of fewer pixels go first.
    pub min_area: u64,
    /// Then only the part of most pixels stays; of equal ones the first from the top.
    pub largest_component: bool,
    /// Then background that does not reach the picture's border (pixels that share an edge) is filled.
    pub fill_holes: bool,
}

impl PixelRect {
    /// Whether it holds no pixel.
    pub fn is_empty(&self) -> bool {
        self.x0 >= self.x1 || self.y0 >= self.y1
    }
}

impl Mask {
    /// The mask after cleaning.
    #[must_use]
    pub fn cleaned(&self, cleaning: &Cleaning) -> Mask {
        let mut mask = self.clone();
        if cleaning.min_area > 1 || cleaning.largest_component {
            let mut parts = self.components();
            parts.retain(|part| part.area() >= cleaning.min_area);
            if cleaning.largest_component {
                // Of equal ones `max_by_key` takes the last: from behind that is the first.
                let largest = (0..parts.len()).rev().max_by_key(|&at| parts[at].area());
                parts = largest.map(|at| parts.swap_remove(at)).into_iter().collect();
            }
            mask = Mask::union_all(self.width(), self.height(), &parts);
        }
        if cleaning.fill_holes { mask.fill_holes(u64::MAX) } else { mask }
    }

    /// The rim: 3 x 3 dilation without 3 x 3 erosion. Outside of the picture counts as background for both.
    #[must_use]
    pub fn rim(&self) -> Mask {
        let (width, height) = (self.width(), self.height());
        let sideways = |change: fn(&Span) -> Span| -> Mask {
            Mask::from_spans(width, height, self.spans().iter().map(change).collect())
        };
        let wide = sideways(|s| Span { y: s.y, x0: s.x0.saturating_sub(1), x1: s.x1.saturating_add(1) });
        let narrow = sideways(|s| Span { y: s.y, x0: s.x0 + 1, x1: s.x1 - 1 });
        let [up, down] = [-1, 1];
        let moved = |mask: &Mask, by: i64| mask.moved([0, by], width, height);
        let grown = wide.union(&moved(&wide, up)).union(&moved(&wide, down));
        grown.subtract(&narrow.intersect(&moved(&narrow, up)).intersect(&moved(&narrow, down)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::arbitrary::mask;
    use super::*;

    /// Labels (0: none) and areas of the pixels of one value, by flood fill in reading order.
    fn flood(m: &Mask, value: u8, eight: bool) -> (Vec<usize>, Vec<u64>) {
        let (w, h, bytes) = (i64::from(m.width()), i64::from(m.height()), m.to_bytes());
        let (mut labels, mut areas) = (vec![0usize; bytes.len()], vec![0u64]);
        for start in 0..bytes.len() {
            if bytes[start] != value || labels[start] != 0 {
                continue;
            }
            let label = areas.len();
            areas.push(0);
            labels[start] = label;
            let mut stack = vec![start as i64];
            while let Some(p) = stack.pop() {
                areas[label] += 1;
                for (dx, dy) in [(-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (1, -1), (-1, 1), (1, 1)] {
                    let (x, y) = (p % w + dx, p / w + dy);
                    if x < 0 || y < 0 || x >= w || y >= h || (!eight && dx != 0 && dy != 0) {
                        continue;
                    }
                    let q = (y * w + x) as usize;
                    if bytes[q] == value && labels[q] == 0 {
                        labels[q] = label;
                        stack.push(y * w + x);
                    }
                }
            }
        }
        (labels, areas)
    }

    fn by_flood(m: &Mask, cleaning: &Cleaning) -> Mask {
        let (labels, areas) = flood(m, 1, true);
        let first_largest = (1..areas.len()).rev().max_by_key(|&n| areas[n]);
        let keep = |label: usize| {
            label != 0
                && areas[label] >= cleaning.min_area
                && (!cleaning.largest_component || Some(label) == first_largest)
        };
        let kept = Mask::from_predicate(m.width(), m.height(), &labels, keep);
        if !cleaning.fill_holes {
            return kept;
        }
        let (labels, areas) = flood(&kept, 0, false);
        let (w, h) = (m.width() as usize, m.height() as usize);
        let mut open = vec![false; areas.len()];
        for (p, &label) in labels.iter().enumerate() {
            open[label] |= p % w == 0 || p % w == w - 1 || p / w == 0 || p / w == h - 1;
        }
        Mask::from_predicate(m.width(), m.height(), &labels, |label| label == 0 || !open[label])
    }

    proptest! {
        #[test]
        fn cleaning_equals_a_flood_fill(m in mask(), min_area in 0u64..6, largest_component: bool, fill_holes: bool) {
            let cleaning = Cleaning { min_area, largest_component, fill_holes };
            prop_assert_eq!(m.cleaned(&cleaning), by_flood(&m, &cleaning));
        }

        #[test]
        fn the_rim_is_what_nine_pixels_say(m in mask()) {
            let (w, h) = (i64::from(m.width()), i64::from(m.height()));
            let at = |x: i64, y: i64| (0..w).contains(&x) && (0..h).contains(&y) && m.contains(x as u32, y as u32);
            let rim = m.rim();
            for (x, y) in (0..h).flat_map(|y| (0..w).map(move |x| (x, y))) {
                let nine: Vec<bool> = (-1..=1).flat_map(|dy| (-1..=1).map(move |dx| at(x + dx, y + dy))).collect();
                prop_assert_eq!(rim.contains(x as u32, y as u32), nine.contains(&true) && nine.contains(&false));
            }
        }
    }
}

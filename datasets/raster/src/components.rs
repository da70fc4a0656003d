//! Connected parts and holes.

use super::mask::{Mask, Span};

/// Which pixels count as neighbours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Connectivity {
    /// Pixels that share an edge.
    Four,
    /// Pixels that share an edge or a corner.
    Eight,
}

impl Mask {
    /// The parts of the mask, pixels that touch at an edge or a corner belonging together ([`Connectivity::Eight`]),
    /// in the order of their first pixel (topmost, then leftmost).
    pub fn components(&self) -> Vec<Mask> {
        self.components_by(Connectivity::Eight)
    }

    /// The parts of the mask under the given rule, in the order of their first pixel.
    pub fn components_by(&self, connectivity: Connectivity) -> Vec<Mask> {
        let spans = self.spans();
        let labels = label(spans, connectivity);
        let mut parts: Vec<Vec<Span>> = Vec::new();
        let mut part_of_root = vec![usize::MAX; spans.len()];
        for (index, span) in spans.iter().enumerate() {
            let root = labels[index];
            if part_of_root[root] == usize::MAX {
                part_of_root[root] = parts.len();
                parts.push(Vec::new());
            }
            parts[part_of_root[root]].push(*span);
        }
        parts.into_iter().map(|spans| Mask::from_sorted(self.width(), self.height(), spans)).collect()
    }

    /// The part with the most pixels (the first of equals); empty for an empty mask.
    pub fn largest_component(&self) -> Mask {
        let parts = self.components();
        let mut best: Option<Mask> = None;
        for part in parts {
            if best.as_ref().is_none_or(|b| part.area() > b.area()) {
                best = Some(part);
            }
        }
        best.unwrap_or_else(|| Mask::empty(self.width(), self.height()))
    }

    /// The holes: parts of the background that do not reach the picture's border. Since the object is 8-connected,
    /// its background is 4-connected.
    pub fn holes(&self) -> Vec<Mask> {
        let Some(around) = self.bounds() else { return Vec::new() };
        // Background that reaches the edge of the mask's bounds goes on outside of them.
        let inside = |hole: &Mask| {
            let b = hole.bounds().unwrap_or(around);
            b.x0 > around.x0 && b.y0 > around.y0 && b.x1 < around.x1 && b.y1 < around.y1
        };
        let background = Mask::rectangle(self.width(), self.height(), around).subtract(self);
        background.components_by(Connectivity::Four).into_iter().filter(inside).collect()
    }

    /// The mask with holes of at most `max_area` pixels filled.
    pub fn fill_holes(&self, max_area: u64) -> Mask {
        let filled = self.holes().into_iter().filter(|hole| hole.area() <= max_area);
        let spans = self.spans().iter().copied().chain(filled.flat_map(|hole| hole.spans().to_vec())).collect();
        Mask::from_spans(self.width(), self.height(), spans)
    }
}

/// The root span of every span, by union-find over neighbouring rows.
fn label(spans: &[Span], connectivity: Connectivity) -> Vec<usize> {
    let reach = match connectivity {
        Connectivity::Four => 0,
        Connectivity::Eight => 1,
    };
    let mut parent: Vec<usize> = (0..spans.len()).collect();
    let mut above = 0;
    for (index, span) in spans.iter().enumerate() {
        // `above` walks the previous row; it stays before the first span that can still touch a later one.
        while spans[above].y + 1 < span.y || (spans[above].y + 1 == span.y && spans[above].x1 + reach <= span.x0) {
            above += 1;
        }
        let mut other = above;
        while spans[other].y + 1 == span.y && spans[other].x0 < span.x1 + reach {
            let (a, b) = (find(&mut parent, index), find(&mut parent, other));
            parent[a.max(b)] = a.min(b);
            other += 1;
        }
    }
    (0..spans.len()).map(|index| find(&mut parent, index)).collect()
}

fn find(parent: &mut [usize], mut index: usize) -> usize {
    while parent[index] != index {
        parent[index] = parent[parent[index]];
        index = parent[index];
    }
    index
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::arbitrary::mask;
    use super::*;

    fn drawn(rows: &[&str]) -> Mask {
        let bytes: Vec<u8> = rows.iter().flat_map(|row| row.bytes().map(|b| u8::from(b == b'#'))).collect();
        Mask::from_bytes(rows[0].len() as u32, rows.len() as u32, &bytes)
    }

    #[test]
    fn corners_join_only_under_eight() {
        let m = drawn(&["#.#", ".#.", "..."]);
        assert_eq!(m.components().len(), 1);
        assert_eq!(m.components_by(Connectivity::Four).len(), 3);
    }

    #[test]
    fn a_diagonal_ring_has_a_hole_and_a_gap_to_the_border_has_none() {
        assert_eq!(drawn(&[".#.", "#.#", ".#."]).holes(), [drawn(&["...", ".#.", "..."])]);
        assert!(drawn(&["###", "#..", "###"]).holes().is_empty());
        let two = drawn(&["#######", "#.#...#", "#######"]);
        assert_eq!(two.fill_holes(1).area(), two.area() + 1);
        assert_eq!(two.fill_holes(u64::MAX).area(), 21);
    }

    /// Flood fill, the slow and obvious way.
    fn flood(m: &Mask, connectivity: Connectivity) -> usize {
        let (w, h) = (m.width() as i64, m.height() as i64);
        let mut left = m.to_bytes();
        let mut parts = 0;
        for start in 0..left.len() {
            if left[start] == 0 {
                continue;
            }
            parts += 1;
            let mut stack = vec![start as i64];
            left[start] = 0;
            while let Some(at) = stack.pop() {
                let (x, y) = (at % w, at / w);
                for (dx, dy) in [(1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (1, -1), (-1, 1), (-1, -1)] {
                    if connectivity == Connectivity::Four && dx * dy != 0 {
                        continue;
                    }
                    let (nx, ny) = (x + dx, y + dy);
                    if nx >= 0 && ny >= 0 && nx < w && ny < h && left[(ny * w + nx) as usize] == 1 {
                        left[(ny * w + nx) as usize] = 0;
                        stack.push(ny * w + nx);
                    }
                }
            }
        }
        parts
    }

    proptest! {
        #[test]
        fn parts_equal_a_flood_fill(m in mask()) {
            for connectivity in [Connectivity::Four, Connectivity::Eight] {
                let parts = m.components_by(connectivity);
                prop_assert_eq!(parts.len(), flood(&m, connectivity));
                let empty = Mask::empty(m.width(), m.height());
                prop_assert_eq!(parts.iter().fold(empty, |all, part| all.union(part)), m.clone());
                prop_assert_eq!(parts.iter().map(Mask::area).sum::<u64>(), m.area());
                prop_assert!(parts.iter().all(|part| flood(part, connectivity) == 1));
            }
        }
    }
}

//! Boundaries on the pixel lattice ("crack" tracing): closed rings of integer pixel-edge corners.
//!
//! The object lies to the right of the direction of travel (rows run downwards), so the shoelace sum of an outer ring
//! is positive, that of a hole negative, and over all rings it equals the number of object pixels exactly. Pixels that
//! touch only at a corner get rings of their own (the traced object is 4-connected, its background 8-connected), so a
//! ring never crosses itself.

use super::algebra::{combine_row, take_row};
use super::mask::{Mask, Span};

/// A closed boundary: corners in pixel-edge coordinates, the last one joined to the first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ring {
    /// Corners `[x, y]`; horizontal and vertical edges take turns.
    pub points: Vec<[u32; 2]>,
}

impl Ring {
    /// The signed area in pixels (shoelace): positive for an outer ring, negative for a hole.
    pub fn signed_area(&self) -> i64 {
        let corners = self.points.iter().zip(self.points.iter().cycle().skip(1));
        // The products of far corners do not fit into 64 bits, their sum (twice the area) does.
        let wide = |a: u32, b: u32| i128::from(a) * i128::from(b);
        let twice = corners.map(|(a, b)| wide(a[0], b[1]) - wide(b[0], a[1])).sum::<i128>();
        i64::try_from(twice / 2).unwrap_or(if twice < 0 { i64::MIN } else { i64::MAX })
    }

    /// True if the ring bounds a hole.
    pub fn is_hole(&self) -> bool {
        self.signed_area() < 0
    }
}

/// A maximal horizontal piece of the boundary with one direction of travel.
struct Edge {
    start: [u32; 2],
    end: [u32; 2],
    /// Whether the vertical edge that leads to `start` runs downwards.
    arrives_down: bool,
    /// Whether the vertical edge that leaves `end` runs downwards.
    leaves_down: bool,
}

impl Mask {
    /// All boundary rings, outer ones and holes, in the order of their topmost, leftmost horizontal edge.
    pub fn rings(&self) -> Vec<Ring> {
        let edges = horizontal_edges(self);
        let next = link(&edges);
        let mut used = vec![false; edges.len()];
        let mut rings = Vec::new();
        for first in 0..edges.len() {
            if used[first] {
                continue;
            }
            let mut points = Vec::new();
            let mut at = first;
            while !used[at] {
                used[at] = true;
                points.extend([edges[at].start, edges[at].end]);
                at = next[at];
            }
            rings.push(Ring { points });
        }
        rings
    }

    /// Fills rings with integer corners by the even-odd rule, exactly: the inverse of [`Mask::rings`]. Edges must be
    /// horizontal or vertical; what lies outside the picture is cut off.
    pub fn from_rings(width: u32, height: u32, rings: &[Ring]) -> Mask {
        let mut crossings: Vec<(u32, u32)> = Vec::new();
        for ring in rings {
            for (a, b) in ring.points.iter().zip(ring.points.iter().cycle().skip(1)) {
                debug_assert!(a[0] == b[0] || a[1] == b[1], "edges of a lattice ring are axis-parallel");
                let rows = a[1].min(b[1])..a[1].max(b[1]).min(height);
                crossings.extend(rows.map(|y| (y, a[0].min(width))));
            }
        }
        crossings.sort_unstable();
        let mut spans = Vec::with_capacity(crossings.len() / 2);
        for pair in crossings.chunks_exact(2) {
            if pair[0].1 < pair[1].1 {
                spans.push(Span { y: pair[0].0, x0: pair[0].1, x1: pair[1].1 });
            }
        }
        Mask::from_spans(width, height, spans)
    }
}

/// Every horizontal edge, sorted by row and column, with its turns at both ends. The turn at a corner depends only on
/// whether the rows above and below go on beyond it.
fn horizontal_edges(mask: &Mask) -> Vec<Edge> {
    let mut edges = Vec::new();
    let mut spans = mask.spans();
    let mut above: &[Span] = &[];
    let mut pieces = Vec::new();
    let mut y = spans.first().map_or(0, |span| span.y);
    while y <= mask.height() && (!spans.is_empty() || !above.is_empty()) {
        let row = take_row(&mut spans, y);
        let from = edges.len();
        // Object below, background above: travel to the right.
        pieces.clear();
        combine_row(y, mask.width(), row, above, &|below, over| below && !over, &mut pieces);
        edges.extend(pieces.iter().map(|piece| Edge {
            start: [piece.x0, y],
            end: [piece.x1, y],
            arrives_down: piece.x0 > 0 && covers(row, piece.x0 - 1),
            leaves_down: !covers(row, piece.x1),
        }));
        // Object above, background below: travel to the left.
        pieces.clear();
        combine_row(y, mask.width(), above, row, &|over, below| over && !below, &mut pieces);
        edges.extend(pieces.iter().map(|piece| Edge {
            start: [piece.x1, y],
            end: [piece.x0, y],
            arrives_down: !covers(above, piece.x1),
            leaves_down: piece.x0 > 0 && covers(above, piece.x0 - 1),
        }));
        edges[from..].sort_unstable_by_key(|edge: &Edge| edge.start[0].min(edge.end[0]));
        above = row;
        y = if row.is_empty() { spans.first().map_or(y + 1, |span| span.y) } else { y + 1 };
    }
    edges
}

fn covers(row: &[Span], x: u32) -> bool {
    let next = row.partition_point(|span| span.x0 <= x);
    next > 0 && x < row[next - 1].x1
}

/// The successor of every edge. Vertical edges of one direction in one column never overlap, so their tops and
/// bottoms, both sorted by (column, row), belong together one by one.
fn link(edges: &[Edge]) -> Vec<usize> {
    let mut next = vec![0; edges.len()];
    for down in [true, false] {
        // Corner and edge side by side: sorting does not have to look the corners up.
        let sorted = |corner: fn(&Edge) -> ([u32; 2], bool)| {
            let ends = edges.iter().map(corner).zip(0usize..).filter(|((_, turn), _)| *turn == down);
            let mut ends: Vec<([u32; 2], usize)> = ends.map(|((corner, _), at)| (corner, at)).collect();
            ends.sort_unstable();
            ends
        };
        let leaving = sorted(|edge| (edge.end, edge.leaves_down));
        let arriving = sorted(|edge| (edge.start, edge.arrives_down));
        debug_assert_eq!(leaving.len(), arriving.len());
        for ((end, from), (start, to)) in leaving.into_iter().zip(arriving) {
            debug_assert_eq!(end[0], start[0]);
            next[from] = to;
        }
    }
    next
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::arbitrary::mask;
    use super::super::components::Connectivity;
    use super::*;

    fn drawn(rows: &[&str]) -> Mask {
        let bytes: Vec<u8> = rows.iter().flat_map(|row| row.bytes().map(|b| u8::from(b == b'#'))).collect();
        Mask::from_bytes(rows[0].len() as u32, rows.len() as u32, &bytes)
    }

    #[test]
    fn one_pixel_is_a_unit_square_clockwise_on_the_screen() {
        let rings = drawn(&["...", ".#.", "..."]).rings();
        assert_eq!(rings, [Ring { points: vec![[1, 1], [2, 1], [2, 2], [1, 2]] }]);
        assert_eq!(rings[0].signed_area(), 1);
    }

    #[test]
    fn a_hole_runs_the_other_way() {
        let rings = drawn(&["###", "#.#", "###"]).rings();
        assert_eq!(rings.len(), 2);
        assert_eq!(rings.iter().map(Ring::signed_area).collect::<Vec<_>>(), [9, -1]);
        assert!(rings[1].is_hole());
    }

    #[test]
    fn corner_neighbours_get_rings_of_their_own() {
        let m = drawn(&["#.", ".#"]);
        assert_eq!(m.rings().len(), 2);
        assert_eq!(Mask::from_rings(2, 2, &m.rings()), m);
    }

    proptest! {
        #[test]
        fn shoelace_equals_the_pixel_count_and_filling_restores(m in mask()) {
            let rings = m.rings();
            prop_assert_eq!(rings.iter().map(Ring::signed_area).sum::<i64>(), m.area() as i64);
            prop_assert_eq!(&Mask::from_rings(m.width(), m.height(), &rings), &m);
            prop_assert_eq!(rings.iter().filter(|r| !r.is_hole()).count(), m.components_by(Connectivity::Four).len());
            for ring in &rings {
                prop_assert!(ring.points.len() >= 4);
                for (a, b) in ring.points.iter().zip(ring.points.iter().cycle().skip(1)) {
                    prop_assert!((a[0] == b[0]) != (a[1] == b[1]));
                }
            }
        }
    }
}

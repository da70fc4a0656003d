//! Masks as single rings: holes and parts are joined to the outline by bridges of no width.
//!
//! On the pixel lattice such a ring is exact under the even-odd rule, and under the rule of the COCO tools, because the
//! two sides of a bridge cancel each other. Programs that only draw the ring show the bridge as a line.
//!
//! Every ring is joined to the nearest corner of those before it, found in a k-d tree over all corners: the work grows with
//! the corners (times their logarithm), not with corners times holes.

use super::components::Connectivity;
use super::mask::Mask;
use super::rings::Ring;

/// Pixel-edge corners of one closed ring.
pub type Corners = Vec<[u32; 2]>;

/// One ring for every part of the mask (pixels that share an edge), its holes joined to it; in the order of the parts.
pub fn rings_by_part(mask: &Mask) -> Vec<Corners> {
    let parts = mask.components_by(Connectivity::Four);
    parts.iter().filter_map(|part| join(&part.rings())).collect()
}

/// One ring for the whole mask, and whether it needs a bridge; `None` for an empty mask.
pub fn one_ring(mask: &Mask) -> Option<(Corners, bool)> {
    let rings = mask.rings();
    join(&rings).map(|ring| (ring, rings.len() > 1))
}

/// Joins rings to one; the first leads. `None` for none.
pub fn join(rings: &[Ring]) -> Option<Corners> {
    let first = rings.first()?;
    if rings.len() == 1 {
        return Some(first.points.clone());
    }
    let mut finder = Finder::new(rings);
    let mut links: Vec<Link> = (1..rings.len()).filter_map(|ring| finder.link(rings, ring)).collect();
    links.sort_unstable();
    Some(walk(rings, &links))
}

/// A bridge from a corner of a ring to a corner of a later one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Link {
    ring: usize,
    corner: usize,
    later: usize,
    later_corner: usize,
}

/// All rings in one path: ... corner, later corner, once around, later corner, corner ...
fn walk(rings: &[Ring], links: &[Link]) -> Corners {
    struct Place {
        ring: usize,
        /// Where the path came onto the ring.
        from: usize,
        /// Corners that are done.
        done: usize,
        /// Bridges of the present corner that are left; `None` before it is reached.
        bridges: Option<std::ops::Range<usize>>,
    }
    let corners: usize = rings.iter().map(|ring| ring.points.len() + 2).sum();
    let mut path = Vec::with_capacity(corners);
    let mut stack = vec![Place { ring: 0, from: 0, done: 0, bridges: None }];
    while let Some(place) = stack.last_mut() {
        let points = &rings[place.ring].points;
        // A ring that a bridge leads to ends with the corner where it began.
        let steps = points.len() + usize::from(place.ring != 0);
        if place.done == steps {
            stack.pop();
            if let Some(back) = stack.last() {
                let points = &rings[back.ring].points;
                path.push(points[(back.from + back.done) % points.len()]);
            }
            continue;
        }
        let corner = (place.from + place.done) % points.len();
        let bridges = place.bridges.get_or_insert_with(|| {
            path.push(points[corner]);
            let here = (place.ring, corner);
            let start = links.partition_point(|link| (link.ring, link.corner) < here);
            let end = links.partition_point(|link| (link.ring, link.corner) <= here);
            if place.done < points.len() { start..end } else { 0..0 }
        });
        match bridges.next() {
            Some(link) => {
                let Link { later, later_corner, .. } = links[link];
                stack.push(Place { ring: later, from: later_corner, done: 0, bridges: None });
            }
            None => {
                place.done += 1;
                place.bridges = None;
            }
        }
    }
    path
}

/// A corner, and what is known of the part of the tree below it.
struct Node {
    point: [u32; 2],
    ring: usize,
    corner: usize,
    /// The least ring below.
    least_ring: usize,
    /// The rectangle around all corners below: least and greatest x, y.
    least: [u32; 2],
    most: [u32; 2],
}

/// A k-d tree over the corners of all rings that finds the nearest one of an earlier ring. The middle of every range is its root.
struct Finder {
    nodes: Vec<Node>,
    /// Nodes looked at so far: what the searches cost.
    looked_at: u64,
}

/// The best corner so far and its squared distance.
type Best = Option<(u64, usize)>;

impl Finder {
    fn new(rings: &[Ring]) -> Self {
        let corners =
            rings.iter().enumerate().flat_map(|(ring, r)| r.points.iter().enumerate().map(move |p| (ring, p)));
        let node = |(ring, (corner, &point)): (usize, (usize, &[u32; 2]))| Node {
            point,
            ring,
            corner,
            least_ring: ring,
            least: point,
            most: point,
        };
        let mut nodes: Vec<Node> = corners.map(node).collect();
        build(&mut nodes, 0);
        Self { nodes, looked_at: 0 }
    }

    /// The shortest bridge to a ring from those before it.
    fn link(&mut self, rings: &[Ring], ring: usize) -> Option<Link> {
        let (mut best, mut later_corner): (Best, usize) = (None, 0);
        for (at, &point) in rings[ring].points.iter().enumerate() {
            let before = best;
            self.search(0..self.nodes.len(), ring, point, &mut best);
            if best != before {
                later_corner = at;
            }
        }
        let found = &self.nodes[best?.1];
        Some(Link { ring: found.ring, corner: found.corner, later: ring, later_corner })
    }

    fn search(&mut self, range: std::ops::Range<usize>, ring: usize, point: [u32; 2], best: &mut Best) {
        if range.is_empty() {
            return;
        }
        self.looked_at += 1;
        let middle = range.start + range.len() / 2;
        let node = &self.nodes[middle];
        let outside = [0, 1].map(|axis| point[axis].clamp(node.least[axis], node.most[axis]));
        let nearer = |from: [u32; 2], best: &Best| {
            let [dx, dy] = [0, 1].map(|axis| u64::from(from[axis].abs_diff(point[axis])));
            // Two sides of 2^32 would be too much for the sum.
            let square = (dx * dx).saturating_add(dy * dy);
            best.is_none_or(|(least, _)| square < least).then_some(square)
        };
        if node.least_ring >= ring || nearer(outside, best).is_none() {
            return;
        }
        if node.ring < ring
            && let Some(square) = nearer(node.point, best)
        {
            *best = Some((square, middle));
        }
        let (low, high) = (range.start..middle, middle + 1..range.end);
        // The half in which the point lies first. Only the rectangles tell, because the axis of the cut is not kept.
        let off = |half: &std::ops::Range<usize>| {
            let at = half.start + half.len() / 2;
            self.nodes.get(at).filter(|_| !half.is_empty()).map_or(u64::MAX, |node| {
                let [dx, dy] = [0, 1]
                    .map(|axis| u64::from(point[axis].clamp(node.least[axis], node.most[axis]).abs_diff(point[axis])));
                (dx * dx).saturating_add(dy * dy)
            })
        };
        let halves = if off(&high) < off(&low) { [high, low] } else { [low, high] };
        for half in halves {
            self.search(half, ring, point, best);
        }
    }
}

/// Orders the nodes as a tree, split by the axis of the depth, and fills in what is known below each.
fn build(nodes: &mut [Node], axis: usize) {
    if nodes.len() < 2 {
        return;
    }
    let middle = nodes.len() / 2;
    nodes.select_nth_unstable_by_key(middle, |node| (node.point[axis], node.point[1 - axis], node.ring, node.corner));
    let (low, rest) = nodes.split_at_mut(middle);
    let Some((root, high)) = rest.split_first_mut() else { return };
    for half in [low, high] {
        build(half, 1 - axis);
        if let Some(below) = half.get(half.len() / 2) {
            root.least_ring = root.least_ring.min(below.least_ring);
            for axis in [0, 1] {
                root.least[axis] = root.least[axis].min(below.least[axis]);
                root.most[axis] = root.most[axis].max(below.most[axis]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::arbitrary::mask;
    use super::*;

    fn floats(ring: &[[u32; 2]]) -> Vec<[f64; 2]> {
        ring.iter().map(|corner| corner.map(f64::from)).collect()
    }

    proptest! {
        #[test]
        fn one_ring_is_the_very_mask(m in mask()) {
            match one_ring(&m) {
                None => prop_assert!(m.is_empty()),
                Some((ring, _)) => {
                    let ring = floats(&ring);
                    prop_assert_eq!(&Mask::from_polygon(m.width(), m.height(), &ring).unwrap(), &m);
                    prop_assert_eq!(&Mask::from_area(m.width(), m.height(), &[ring]), &m);
                }
            }
        }

        #[test]
        fn the_rings_of_the_parts_are_the_very_mask(m in mask()) {
            let rings: Vec<_> = rings_by_part(&m).iter().map(|ring| floats(ring)).collect();
            prop_assert_eq!(rings.len(), m.components_by(Connectivity::Four).len());
            prop_assert_eq!(&Mask::from_polygons(m.width(), m.height(), &rings).unwrap(), &m);
        }

        /// Every bridge is as short as can be.
        #[test]
        fn bridges_lead_to_the_nearest_corner(m in mask()) {
            let rings = m.rings();
            let mut finder = Finder::new(&rings);
            for later in 1..rings.len() {
                let square = |a: [u32; 2], b: [u32; 2]| a[0].abs_diff(b[0]).pow(2) + a[1].abs_diff(b[1]).pow(2);
                let earlier = || rings[..later].iter().flat_map(|ring| &ring.points);
                let least = rings[later].points.iter().flat_map(|&p| earlier().map(move |&q| square(p, q))).min();
                let link = finder.link(&rings, later).unwrap();
                let (from, to) = (rings[link.ring].points[link.corner], rings[later].points[link.later_corner]);
                prop_assert_eq!(Some(square(from, to)), least);
            }
        }
    }

    /// What the searches look at for boards of holes and for separate spots, of one side and of twice as many squares.
    #[test]
    fn the_work_grows_with_the_corners() {
        let board = |side: u32, holes: bool| {
            let value = |at: u32| u8::from((at / side % 2 == 1 && at % side % 2 == 1) != holes);
            let bytes: Vec<u8> = (0..side * side).map(value).collect();
            let rings = Mask::from_bytes(side, side, &bytes).rings();
            let mut finder = Finder::new(&rings);
            for ring in 1..rings.len() {
                finder.link(&rings, ring);
            }
            (rings.len() as f64, finder.looked_at as f64)
        };
        for holes in [true, false] {
            let ((few, small), (many, large)) = (board(141, holes), board(201, holes));
            assert!(large / small < 1.15 * many / few, "{few} rings {small}, {many} rings {large}");
        }
    }

    #[test]
    fn far_too_many_corners_are_joined_all_the_same() {
        let bytes: Vec<u8> = (0..120 * 120).map(|at| u8::from((at / 120 + at % 120) % 2 == 0)).collect();
        let board = Mask::from_bytes(120, 120, &bytes);
        let (ring, bridged) = one_ring(&board).unwrap();
        assert!(bridged);
        assert_eq!(Mask::from_polygon(120, 120, &floats(&ring)).unwrap(), board);
    }
}

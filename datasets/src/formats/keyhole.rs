//! Masks as single rings: holes and parts are joined to the outline by bridges of no width.
//!
//! On the pixel lattice such a ring is exact under the even-odd rule, and under the rule of the COCO tools, because the
//! two sides of a bridge cancel each other. Programs that only draw the ring show the bridge as a line.

use crate::raster::{Connectivity, Mask, Ring};

/// Beyond so many pairs of corners the bridges lead to the first corner instead of the nearest one.
const MAX_PAIRS: usize = 4_000_000;

/// Pixel-edge corners of one closed ring.
pub(super) type Corners = Vec<[u32; 2]>;

/// One ring for every part of the mask (pixels that share an edge), its holes joined to it; in the order of the parts.
pub(super) fn rings_by_part(mask: &Mask) -> Vec<Corners> {
    let parts = mask.components_by(Connectivity::Four);
    parts.iter().filter_map(|part| join(part.rings())).collect()
}

/// One ring for the whole mask, and whether it needs a bridge; `None` for an empty mask.
pub(super) fn one_ring(mask: &Mask) -> Option<(Corners, bool)> {
    let rings = mask.rings();
    let bridged = rings.len() > 1;
    join(rings).map(|ring| (ring, bridged))
}

fn join(rings: Vec<Ring>) -> Option<Corners> {
    let mut rings = rings.into_iter().map(|ring| ring.points);
    let mut path = rings.next()?;
    let mut pairs = 0usize;
    for ring in rings {
        pairs = pairs.saturating_add(path.len() * ring.len());
        let (at, from) = if pairs <= MAX_PAIRS { nearest(&path, &ring) } else { (0, 0) };
        // ... path[at], ring[from], once around, ring[from], path[at] ...
        let detour = ring[from..].iter().chain(&ring[..=from]).copied().chain([path[at]]);
        let detour: Corners = detour.collect();
        path.splice(at + 1..at + 1, detour);
    }
    Some(path)
}

/// Positions of the two corners that are closest to each other.
fn nearest(path: &[[u32; 2]], ring: &[[u32; 2]]) -> (usize, usize) {
    let distance = |a: [u32; 2], b: [u32; 2]| {
        let (dx, dy) = (u64::from(a[0].abs_diff(b[0])), u64::from(a[1].abs_diff(b[1])));
        dx * dx + dy * dy
    };
    let pairs = (0..path.len()).flat_map(|at| (0..ring.len()).map(move |from| (at, from)));
    pairs.min_by_key(|&(at, from)| distance(path[at], ring[from])).unwrap_or((0, 0))
}

/// Corners as pixel-edge coordinates.
pub(super) fn floats(ring: &[[u32; 2]]) -> Vec<[f64; 2]> {
    ring.iter().map(|corner| corner.map(f64::from)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::raster::arbitrary::mask;

    proptest! {
        #[test]
        fn one_ring_is_the_very_mask(m in mask()) {
            match one_ring(&m) {
                None => prop_assert!(m.is_empty()),
                Some((ring, _)) => {
                    prop_assert_eq!(&Mask::from_polygon(m.width(), m.height(), &floats(&ring)).unwrap(), &m);
                }
            }
        }

        #[test]
        fn the_rings_of_the_parts_are_the_very_mask(m in mask()) {
            let rings: Vec<_> = rings_by_part(&m).iter().map(|ring| floats(ring)).collect();
            prop_assert_eq!(rings.len(), m.components_by(Connectivity::Four).len());
            prop_assert_eq!(&Mask::from_polygons(m.width(), m.height(), &rings).unwrap(), &m);
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

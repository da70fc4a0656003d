//! Holding to the border of a neighbour.

use limn_datasets::{Mask, OutlineOptions};

/// The borders of the neighbours, as line pieces in picture coordinates.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snap {
    pieces: Vec<[[f64; 2]; 2]>,
}

impl Snap {
    /// The borders of these masks.
    pub fn to<'a>(masks: impl Iterator<Item = &'a Mask>, options: OutlineOptions) -> Self {
        let mut pieces = Vec::new();
        for ring in masks.flat_map(|mask| mask.outline(&options).polygons).flatten() {
            pieces.extend(ring.iter().zip(ring.iter().cycle().skip(1)).map(|(a, b)| [*a, *b]));
        }
        Self { pieces }
    }

    /// The nearest point of a border within `reach` of `p`; a corner of it goes before an edge.
    pub fn nearest(&self, p: [f64; 2], reach: f64) -> Option<[f64; 2]> {
        let off = |q: &[f64; 2]| (q[0] - p[0]).hypot(q[1] - p[1]);
        let near = |points: &mut dyn Iterator<Item = [f64; 2]>, reach: f64| {
            points.filter(|q| off(q) <= reach).min_by(|a, b| off(a).total_cmp(&off(b)))
        };
        near(&mut self.pieces.iter().map(|piece| piece[0]), 0.7 * reach)
            .or_else(|| near(&mut self.pieces.iter().map(|piece| nearest_on(*piece, p)), reach))
    }
}

/// The point of a line piece that is nearest to `p`.
pub fn nearest_on([a, b]: [[f64; 2]; 2], p: [f64; 2]) -> [f64; 2] {
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let square = dx * dx + dy * dy;
    let t = if square > 0.0 { (((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / square).clamp(0.0, 1.0) } else { 0.0 };
    [a[0] + t * dx, a[1] + t * dy]
}

#[cfg(test)]
mod tests {
    use limn_datasets::PixelRect;

    use super::*;

    #[test]
    fn corners_go_before_edges_and_far_things_do_not_pull() {
        let mask = Mask::rectangle(50, 50, PixelRect { x0: 10, y0: 10, x1: 30, y1: 40 });
        let snap = Snap::to(std::iter::once(&mask), OutlineOptions::default());
        assert_eq!(snap.nearest([31.0, 20.0], 2.0), Some([30.0, 20.0]));
        assert_eq!(snap.nearest([29.5, 11.0], 2.0), Some([30.0, 10.0]));
        assert_eq!(snap.nearest([20.0, 20.0], 2.0), None);
        assert_eq!(Snap::default().nearest([0.0, 0.0], 9.0), None);
    }
}

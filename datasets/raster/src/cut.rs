//! Cutting a mask in two along a line.

use super::components::Connectivity;
use super::mask::Mask;

/// Half the thickness of a line of pixels that no corner contact can cross: half the diagonal of a pixel.
const BLADE: f32 = std::f32::consts::FRAC_1_SQRT_2 + 1e-4;

impl Mask {
    /// The parts into which a line (pixel-edge coordinates) cuts the mask, the largest first. No pixel is lost: those under
    /// the line go to a part beside them. Parts that were separate before and that the line does not touch stay with the
    /// largest. A line that does not go right through cuts nothing: one part comes back.
    pub fn cut(&self, line: &[[f32; 2]]) -> Vec<Mask> {
        let blade = Mask::stroke(self.width(), self.height(), line, BLADE).intersect(self);
        let (touched, rest): (Vec<Mask>, Vec<Mask>) =
            self.components().into_iter().partition(|part| blade.intersection_area(part) > 0);
        let mut parts: Vec<Mask> = Vec::new();
        for part in touched {
            parts.extend(halves(&part, &blade.intersect(&part)));
        }
        if parts.is_empty() {
            return vec![self.clone()];
        }
        // A stable sort: equal parts stay in the order of their first pixel.
        parts.sort_by_key(|part| std::cmp::Reverse(part.area()));
        let largest = [parts[0].clone()];
        parts[0] = Mask::union_all(self.width(), self.height(), largest.iter().chain(&rest));
        parts
    }
}

/// The pieces of one connected part without the blade, and the blade's pixels given back to them.
fn halves(part: &Mask, blade: &Mask) -> Vec<Mask> {
    let mut pieces = part.subtract(blade).components_by(Connectivity::Eight);
    if pieces.len() < 2 {
        return vec![part.clone()];
    }
    let mut left = blade.clone();
    while !left.is_empty() {
        let before = left.area();
        for piece in &mut pieces {
            let beside = piece.grow(1.0).intersect(&left);
            left = left.subtract(&beside);
            *piece = piece.union(&beside);
        }
        if left.area() == before {
            // Pixels that touch a piece at a corner only.
            pieces[0] = pieces[0].union(&left);
            break;
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::PixelRect;
    use super::super::arbitrary::mask;
    use super::*;

    #[test]
    fn a_line_through_gives_two_parts_and_one_that_ends_inside_gives_one() {
        let square = Mask::rectangle(20, 20, PixelRect { x0: 2, y0: 2, x1: 18, y1: 18 });
        for line in [[[7.0, 0.0], [7.0, 20.0]], [[0.0, 0.0], [20.0, 20.0]], [[0.0, 3.3], [20.0, 15.1]]] {
            let parts = square.cut(&line);
            assert_eq!(parts.len(), 2, "{line:?}");
            assert_eq!(parts[0].union(&parts[1]), square);
            assert_eq!(parts[0].intersection_area(&parts[1]), 0);
        }
        let upright = square.cut(&[[7.0, 0.0], [7.0, 20.0]]);
        assert!(upright[0].area().abs_diff(11 * 16) <= 16 && upright[1].area().abs_diff(5 * 16) <= 16);
        assert_eq!(square.cut(&[[7.0, 0.0], [7.0, 9.0]]), std::slice::from_ref(&square));
        assert_eq!(square.cut(&[[0.0, 0.0], [1.0, 1.0]]), [square]);
    }

    proptest! {
        #[test]
        fn no_pixel_is_lost_or_doubled(m in mask(), line in proptest::collection::vec((-2.0f32..20.0, -2.0f32..20.0), 2..5)) {
            let line: Vec<[f32; 2]> = line.into_iter().map(|(x, y)| [x, y]).collect();
            let parts = m.cut(&line);
            prop_assert_eq!(parts.iter().map(Mask::area).sum::<u64>(), m.area());
            let all = parts.iter().fold(Mask::empty(m.width(), m.height()), |all, part| all.union(part));
            prop_assert_eq!(all, m);
        }
    }
}

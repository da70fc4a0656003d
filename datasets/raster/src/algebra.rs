//! Set operations on masks, row by row over the span ends.
//!
//! Both operands should belong to the same picture. If their sizes differ, the result has the size of the left one
//! and the right one is cut to it.

use super::mask::{Mask, Span};

impl Mask {
    /// Pixels of either mask.
    pub fn union(&self, other: &Mask) -> Mask {
        self.combine(other, |a, b| a || b)
    }

    /// Pixels of both masks.
    pub fn intersect(&self, other: &Mask) -> Mask {
        let (a, b) = common_rows(self, other);
        self.combine_spans(a, b, |a, b| a && b)
    }

    /// Pixels of this mask that are not in the other.
    pub fn subtract(&self, other: &Mask) -> Mask {
        self.combine(other, |a, b| a && !b)
    }

    /// Pixels that are not in this mask.
    pub fn complement(&self) -> Mask {
        let (width, height) = (self.width(), self.height());
        if width == 0 {
            return Mask::empty(width, height);
        }
        let full = (0..height).map(|y| Span { y, x0: 0, x1: width }).collect();
        Mask::from_sorted(width, height, full).subtract(self)
    }

    /// The mask moved by whole pixels into a picture of another size; what falls outside is lost.
    pub fn moved(&self, by: [i64; 2], width: u32, height: u32) -> Mask {
        let place = |at: u32, by: i64, end: u32| {
            let moved = i64::from(at).saturating_add(by).clamp(0, i64::from(end));
            u32::try_from(moved).unwrap_or(end)
        };
        let spans = self.spans().iter().filter_map(|span| {
            let y = i64::from(span.y).checked_add(by[1]).and_then(|y| u32::try_from(y).ok()).filter(|&y| y < height)?;
            let (x0, x1) = (place(span.x0, by[0], width), place(span.x1, by[0], width));
            (x0 < x1).then_some(Span { y, x0, x1 })
        });
        Mask::from_sorted(width, height, spans.collect())
    }

    /// Pixels of any of the masks, in a picture of the given size. The work grows with all spans together, not with masks times
    /// spans as a chain of [`Mask::union`] would.
    pub fn union_all<'a>(width: u32, height: u32, masks: impl IntoIterator<Item = &'a Mask>) -> Mask {
        Mask::from_spans(width, height, masks.into_iter().flat_map(|mask| mask.spans()).copied().collect())
    }

    /// Number of pixels in both masks.
    pub fn intersection_area(&self, other: &Mask) -> u64 {
        let (a, b) = common_rows(self, other);
        let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
        let mut area = 0;
        while let (Some(&p), Some(&q)) = (a.peek(), b.peek()) {
            if p.y == q.y {
                area += u64::from(p.x1.min(q.x1).saturating_sub(p.x0.max(q.x0)));
            }
            if (p.y, p.x1) <= (q.y, q.x1) {
                a.next();
            } else {
                b.next();
            }
        }
        area
    }

    /// Intersection over union; 1 if both are empty.
    pub fn iou(&self, other: &Mask) -> f64 {
        let both = self.intersection_area(other);
        let either = self.area() + other.area() - both;
        if either == 0 { 1.0 } else { both as f64 / either as f64 }
    }

    /// The general operation: `keep(in self, in other)` decides per pixel; `keep(false, false)` must be false.
    fn combine(&self, other: &Mask, keep: impl Fn(bool, bool) -> bool) -> Mask {
        self.combine_spans(self.spans(), other.spans(), keep)
    }

    fn combine_spans(&self, mut a: &[Span], mut b: &[Span], keep: impl Fn(bool, bool) -> bool) -> Mask {
        let (width, height) = (self.width(), self.height());
        let mut out = Vec::with_capacity(a.len().max(b.len()));
        while let Some(y) = [a.first(), b.first()].into_iter().flatten().map(|span| span.y).min() {
            if y >= height {
                break;
            }
            let row_a = take_row(&mut a, y);
            let row_b = take_row(&mut b, y);
            combine_row(y, width, row_a, row_b, &keep, &mut out);
        }
        Mask::from_sorted(width, height, out)
    }
}

/// The spans of the rows in which both masks have pixels.
fn common_rows<'a>(a: &'a Mask, b: &'a Mask) -> (&'a [Span], &'a [Span]) {
    let (Some(p), Some(q)) = (a.bounds(), b.bounds()) else { return (&[], &[]) };
    let (from, to) = (p.y0.max(q.y0), p.y1.min(q.y1));
    let rows = |mask: &'a Mask| {
        let spans = mask.spans();
        let start = spans.partition_point(|span| span.y < from);
        &spans[start..start.max(spans.partition_point(|span| span.y < to))]
    };
    (rows(a), rows(b))
}

/// Splits the spans of row `y` off the front.
pub(super) fn take_row<'a>(spans: &mut &'a [Span], y: u32) -> &'a [Span] {
    let end = spans.partition_point(|span| span.y <= y);
    let (row, rest) = spans.split_at(end);
    *spans = rest;
    row
}

/// Span ends of a row in ascending order: even positions open a span, odd ones close it.
fn ends(row: &[Span], position: usize, width: u32) -> Option<u32> {
    let span = row.get(position / 2)?;
    Some(if position.is_multiple_of(2) { span.x0 } else { span.x1 }.min(width))
}

/// Sweeps the ends of two rows and appends the spans of the result.
pub(super) fn combine_row(
    y: u32,
    width: u32,
    a: &[Span],
    b: &[Span],
    keep: &impl Fn(bool, bool) -> bool,
    out: &mut Vec<Span>,
) {
    let (mut i, mut j) = (0, 0);
    let mut open: Option<u32> = None;
    loop {
        let x = match (ends(a, i, width), ends(b, j, width)) {
            (None, None) => break,
            (Some(p), None) => p,
            (None, Some(q)) => q,
            (Some(p), Some(q)) => p.min(q),
        };
        while ends(a, i, width) == Some(x) {
            i += 1;
        }
        while ends(b, j, width) == Some(x) {
            j += 1;
        }
        match (keep(i % 2 == 1, j % 2 == 1), open) {
            (true, None) if x < width => open = Some(x),
            (false, Some(x0)) => {
                out.push(Span { y, x0, x1: x });
                open = None;
            }
            _ => {}
        }
    }
    debug_assert!(open.is_none(), "keep(false, false) must be false");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::arbitrary::mask_pair;
    use super::*;

    fn pixelwise(a: &Mask, b: &Mask, op: impl Fn(bool, bool) -> bool) -> Mask {
        let bytes: Vec<u8> =
            a.to_bytes().iter().zip(b.to_bytes()).map(|(&p, q)| u8::from(op(p != 0, q != 0))).collect();
        Mask::from_bytes(a.width(), a.height(), &bytes)
    }

    #[test]
    fn a_moved_mask_is_cut_at_the_border_of_its_new_picture() {
        let mask = Mask::rectangle(10, 8, crate::PixelRect { x0: 2, y0: 1, x1: 6, y1: 4 });
        assert_eq!(mask.moved([3, 2], 10, 8).moved([-3, -2], 10, 8), mask);
        let cut = mask.moved([-4, -2], 5, 3);
        assert_eq!((cut.width(), cut.height(), cut.area()), (5, 3, 4));
        assert!(cut.contains(0, 0) && cut.contains(1, 1) && !cut.contains(2, 0));
        for far in [i64::MAX, i64::MIN, 10, -6] {
            assert!(mask.moved([far, 0], 10, 8).is_empty());
            assert!(mask.moved([0, far], 10, 8).is_empty());
        }
    }

    proptest! {
        #[test]
        fn operations_equal_the_pixelwise_ones((a, b) in mask_pair()) {
            prop_assert_eq!(a.union(&b), Mask::union_all(a.width(), a.height(), [&a, &b]));
            prop_assert_eq!(a.union(&b), pixelwise(&a, &b, |p, q| p || q));
            prop_assert_eq!(a.intersect(&b), pixelwise(&a, &b, |p, q| p && q));
            prop_assert_eq!(a.subtract(&b), pixelwise(&a, &b, |p, q| p && !q));
            prop_assert_eq!(a.complement(), pixelwise(&a, &b, |p, _| !p));
            prop_assert_eq!(a.intersection_area(&b), a.intersect(&b).area());
        }

        #[test]
        fn laws_of_sets((a, b) in mask_pair()) {
            prop_assert_eq!(a.union(&b), b.union(&a));
            prop_assert_eq!(a.subtract(&b).union(&a.intersect(&b)), a.clone());
            prop_assert_eq!(a.union(&b).complement(), a.complement().intersect(&b.complement()));
            prop_assert_eq!(a.union(&b).area() + a.intersect(&b).area(), a.area() + b.area());
            prop_assert!((a.iou(&a) - 1.0).abs() < f64::EPSILON);
        }

        #[test]
        fn bytes_and_lookups_agree((a, _) in mask_pair()) {
            let bytes = a.to_bytes();
            prop_assert_eq!(&Mask::from_bytes(a.width(), a.height(), &bytes), &a);
            for y in 0..a.height() {
                for x in 0..a.width() {
                    prop_assert_eq!(a.contains(x, y), bytes[(y * a.width() + x) as usize] == 1);
                }
            }
            prop_assert_eq!(&Mask::from_spans(a.width(), a.height(), a.spans().iter().rev().copied().collect()), &a);
        }
    }

    #[test]
    fn a_larger_operand_is_cut() {
        let small = Mask::empty(3, 2);
        let large = Mask::from_bytes(5, 4, &[1; 20]);
        assert_eq!(small.union(&large), Mask::from_bytes(3, 2, &[1; 6]));
    }
}

//! Growing, shrinking and smoothing with a disc. What lies outside the picture counts as neither: a mask at the border is not
//! eaten from there.
//!
//! Growing goes row by row and holds, besides its result, one row's worth of memory, whatever the radius. There are two ways:
//! *sparse*, the spans within reach of a row are widened and merged; *dense*, for masks of many spans, half a disc at a time from
//! how far above (then below) each column's nearest object pixel is.

use super::limits::MAX_SIDE;
use super::mask::{Mask, PixelRect, Span};

/// A disc as the half width of each of its rows, from the middle one down.
struct Disc {
    half_widths: Vec<u32>,
}

impl Disc {
    /// Rows beyond `height` reach no pixel and are left out.
    fn new(radius: f32, height: u32) -> Self {
        let radius = f64::from(radius.clamp(0.0, MAX_SIDE as f32 * 2.0));
        let rows = (0..height.saturating_add(1)).map(f64::from).take_while(|&dy| dy <= radius.floor());
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 2^23")]
        let half_width = |dy: f64| (radius.powi(2) - dy * dy).max(0.0).sqrt().floor() as u32;
        Self { half_widths: rows.map(half_width).collect() }
    }

    /// How many rows it reaches up and down.
    fn reach(&self) -> u32 {
        u32::try_from(self.half_widths.len()).unwrap_or(u32::MAX).saturating_sub(1)
    }
}

impl Mask {
    /// Every pixel within `radius` (between centres) of the mask.
    pub fn grow(&self, radius: f32) -> Mask {
        let Some(b) = self.bounds() else { return self.clone() };
        let disc = Disc::new(if radius.is_nan() { 0.0 } else { radius }, self.height());
        let (wide, reach) = (disc.half_widths.first().copied().unwrap_or_default(), disc.reach());
        if wide == 0 && reach == 0 {
            return self.clone();
        }
        let near = PixelRect {
            x0: b.x0.saturating_sub(wide),
            y0: b.y0.saturating_sub(reach),
            x1: b.x1.saturating_add(wide).min(self.width()),
            y1: b.y1.saturating_add(reach).min(self.height()),
        };
        let sparse_steps = self.spans().len() as u64 * (2 * u64::from(reach) + 1);
        let dense_steps = u64::from(near.width()) * u64::from(near.height());
        // A step of the sparse way sorts, one of the dense way looks at a pixel.
        if sparse_steps.saturating_mul(4) < dense_steps {
            self.grow_sparse(&disc, near)
        } else {
            self.grow_dense(&disc, near)
        }
    }

    fn grow_sparse(&self, disc: &Disc, near: PixelRect) -> Mask {
        let spans = self.spans();
        let reach = disc.reach();
        let (mut from, mut to) = (0, 0);
        let (mut row, mut out): (Vec<(u32, u32)>, Vec<Span>) = (Vec::new(), Vec::new());
        let mut y = near.y0;
        while y < near.y1 {
            while from < spans.len() && u64::from(spans[from].y) + u64::from(reach) < u64::from(y) {
                from += 1;
            }
            while to < spans.len() && u64::from(spans[to].y) <= u64::from(y) + u64::from(reach) {
                to += 1;
            }
            if from == to {
                // Nothing within reach: on to the first row that the next span reaches.
                let Some(next) = spans.get(to) else { break };
                y = next.y - reach;
                continue;
            }
            let widened = spans[from..to].iter().map(|span| {
                let by = disc.half_widths[span.y.abs_diff(y) as usize];
                (span.x0.saturating_sub(by), span.x1.saturating_add(by).min(self.width()))
            });
            row.clear();
            row.extend(widened);
            row.sort_unstable();
            let first = out.len();
            for &(x0, x1) in &row {
                match out.last_mut() {
                    Some(last) if last.y == y && x0 <= last.x1 => last.x1 = last.x1.max(x1),
                    _ => out.push(Span { y, x0, x1 }),
                }
            }
            debug_assert!(out.len() > first);
            y += 1;
        }
        Mask::from_sorted(self.width(), self.height(), out)
    }

    fn grow_dense(&self, disc: &Disc, near: PixelRect) -> Mask {
        let downwards = half_disc(disc, near, near.y0..near.y1, |y| self.row(y));
        let mut upwards = half_disc(disc, near, (near.y0..near.y1).rev(), |y| self.row(y));
        upwards.sort_unstable();
        let half = |spans| Mask::from_sorted(self.width(), self.height(), spans);
        half(downwards).union(&half(upwards))
    }

    /// The pixels with no background pixel within `radius` (between centres).
    pub fn shrink(&self, radius: f32) -> Mask {
        // Only the background near the mask matters; far from it the picture may be large.
        let Some(b) = self.bounds() else { return self.clone() };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 2^23")]
        let reach = radius.clamp(0.0, MAX_SIDE as f32 * 2.0).ceil() as u32 + 1;
        let near = PixelRect {
            x0: b.x0.saturating_sub(reach),
            y0: b.y0.saturating_sub(reach),
            x1: b.x1.saturating_add(reach).min(self.width()),
            y1: b.y1.saturating_add(reach).min(self.height()),
        };
        let background = Mask::rectangle(self.width(), self.height(), near).subtract(self);
        self.subtract(&background.grow(radius))
    }

    /// Notches narrower than twice `radius` are filled and spikes narrower than that cut off (closing, then opening). A mask
    /// that is nothing but spikes keeps its closed form.
    pub fn smooth(&self, radius: f32) -> Mask {
        let closed = self.grow(radius).shrink(radius);
        let opened = closed.shrink(radius).grow(radius);
        if opened.is_empty() { closed } else { opened }
    }
}

/// What lies within the disc around the pixels of the rows that came before, rows in the order in which they are given; of the
/// spans of a row the first is the leftmost.
fn half_disc<'a>(
    disc: &Disc,
    near: PixelRect,
    rows: impl Iterator<Item = u32>,
    row: impl Fn(u32) -> &'a [Span],
) -> Vec<Span> {
    let width = near.width() as usize;
    // Rows since the last object pixel of every column; beyond the reach the half width is `NONE`.
    const NONE: i64 = -1;
    let beyond = disc.reach() + 1;
    let half_widths: Vec<i64> = disc.half_widths.iter().map(|&w| i64::from(w)).chain([NONE]).collect();
    let mut since = vec![beyond; width];
    let mut covered = vec![false; width];
    let mut empty_rows = beyond;
    let mut out = Vec::new();
    for y in rows {
        let spans = row(y);
        empty_rows = if spans.is_empty() { (empty_rows + 1).min(beyond) } else { 0 };
        if empty_rows == beyond {
            continue;
        }
        for rows in &mut since {
            *rows = (*rows + 1).min(beyond);
        }
        for span in spans {
            since[(span.x0 - near.x0) as usize..(span.x1 - near.x0) as usize].fill(0);
        }
        // From the left: the farthest column that those before cover; from the right likewise.
        let mut until = NONE;
        for ((x, &rows), covered) in (0i64..).zip(&since).zip(&mut covered) {
            let half = half_widths[rows as usize];
            if half >= 0 {
                until = until.max(x + half);
            }
            *covered = x <= until;
        }
        let mut until = width as i64;
        for ((x, &rows), covered) in (0i64..width as i64).rev().zip(since.iter().rev()).zip(covered.iter_mut().rev()) {
            let half = half_widths[rows as usize];
            if half >= 0 {
                until = until.min(x - half);
            }
            *covered |= x >= until;
        }
        super::mask::push_runs(y, near.x0, &covered, |&covered| covered, &mut out);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::arbitrary::mask;
    use super::*;

    proptest! {
        #[test]
        fn growing_and_shrinking_look_at_every_pixel_within_the_radius(m in mask(), radius in 0.0f32..4.0) {
            let (grown, shrunk) = (m.grow(radius), m.shrink(radius));
            let (w, h) = (i64::from(m.width()), i64::from(m.height()));
            for y in 0..h {
                for x in 0..w {
                    let disc = (-4..=4_i64).flat_map(|dy| (-4..=4_i64).map(move |dx| (dx, dy))).filter(|(dx, dy)| {
                        ((dx * dx + dy * dy) as f64) <= f64::from(radius).powi(2)
                            && (0..w).contains(&(x + dx)) && (0..h).contains(&(y + dy))
                    });
                    let inside: Vec<bool> = disc.map(|(dx, dy)| m.contains((x + dx) as u32, (y + dy) as u32)).collect();
                    prop_assert_eq!(grown.contains(x as u32, y as u32), inside.contains(&true));
                    prop_assert_eq!(shrunk.contains(x as u32, y as u32), !inside.contains(&false));
                }
            }
        }
    }

    proptest! {
        #[test]
        fn both_ways_of_growing_agree(m in mask(), radius in 0.0f32..9.0) {
            let all = PixelRect { x0: 0, y0: 0, x1: m.width(), y1: m.height() };
            let disc = Disc::new(radius, m.height());
            prop_assert_eq!(m.grow_sparse(&disc, all), m.grow_dense(&disc, all));
        }
    }

    #[test]
    fn a_radius_beyond_the_picture_covers_it_and_no_number_is_no_radius() {
        let spot = Mask::rectangle(40, 30, PixelRect { x0: 7, y0: 9, x1: 8, y1: 10 });
        for radius in [60.0, 1e9, f32::MAX, f32::INFINITY] {
            assert_eq!(spot.grow(radius).area(), 40 * 30);
            assert!(spot.shrink(radius).is_empty());
        }
        assert_eq!(spot.grow(f32::NAN), spot);
        let far = Mask::from_spans(
            1 << 22,
            1 << 22,
            vec![Span { y: 0, x0: 0, x1: 1 }, Span { y: (1 << 22) - 1, x0: 9, x1: 10 }],
        );
        assert_eq!(far.grow(2.0).area(), 6 + 9);
    }

    #[test]
    fn smoothing_cuts_a_spike_and_fills_a_notch_but_never_empties() {
        let square = Mask::stroke(60, 60, &[[30.0, 30.0]], 14.0);
        let spike = Mask::stroke(60, 60, &[[30.0, 30.0], [30.0, 4.0]], 0.5);
        let notch = Mask::stroke(60, 60, &[[30.0, 30.0], [56.0, 30.0]], 0.5);
        let rough = square.union(&spike).subtract(&notch);
        let smooth = rough.smooth(3.0);
        assert!(rough.iou(&square) < 0.95 && smooth.iou(&square) > 0.97, "{}", smooth.iou(&square));
        assert!(!spike.smooth(3.0).is_empty());
        assert!(Mask::empty(5, 5).smooth(2.0).is_empty());
    }
}

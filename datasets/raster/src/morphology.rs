//! Growing, shrinking and smoothing with a disc. What lies outside the picture counts as neither: a mask at the border is not
//! eaten from there.

use super::mask::{Mask, Span};

impl Mask {
    /// Every pixel within `radius` (between centres) of the mask.
    pub fn grow(&self, radius: f32) -> Mask {
        let reach = radius.max(0.0).floor() as i64;
        let half_width: Vec<u32> = (0..=reach)
            .map(|dy| (f64::from(radius).powi(2) - (dy * dy) as f64).max(0.0).sqrt().floor() as u32)
            .collect();
        let mut spans = Vec::with_capacity(self.spans().len() * half_width.len() * 2);
        for span in self.spans() {
            for dy in -reach..=reach {
                let y = i64::from(span.y) + dy;
                if (0..i64::from(self.height())).contains(&y) {
                    let by = half_width[dy.unsigned_abs() as usize];
                    spans.push(Span { y: y as u32, x0: span.x0.saturating_sub(by), x1: span.x1.saturating_add(by) });
                }
            }
        }
        Mask::from_spans(self.width(), self.height(), spans)
    }

    /// The pixels with no background pixel within `radius` (between centres).
    pub fn shrink(&self, radius: f32) -> Mask {
        // Only the background near the mask matters; far from it the picture may be large.
        let Some(b) = self.bounds() else { return self.clone() };
        let reach = radius.max(0.0).ceil() as u32 + 1;
        let near = super::PixelRect {
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

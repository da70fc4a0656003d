//! Masks drawn by hand: brush strokes, and areas within polygons. A pixel belongs to a shape if its centre does.

use super::mask::{Mask, Span};

impl Mask {
    /// What a round brush of `radius` pixels covers on its way along `points` (pixel-edge coordinates); the pixels under
    /// the points always belong to it. Points that are not finite are left out.
    pub fn stroke(width: u32, height: u32, points: &[[f32; 2]], radius: f32) -> Mask {
        let points: Vec<[f64; 2]> =
            points.iter().filter(|p| p[0].is_finite() && p[1].is_finite()).map(|p| p.map(f64::from)).collect();
        let radius = f64::from(radius.max(0.0));
        let mut spans = Vec::new();
        for (at, &a) in points.iter().enumerate() {
            let b = points.get(at + 1).copied().unwrap_or(a);
            if at == 0 || at + 1 < points.len() {
                capsule(width, height, a, b, radius, &mut spans);
            }
            let under = PixelRow { y: a[1].floor(), from: a[0].floor(), to: a[0].floor() + 1.0 };
            spans.extend(under.cut(width, height));
        }
        Mask::from_spans(width, height, spans)
    }

    /// The inside of closed rings by the even-odd rule, so that rings within rings are holes. Rings of fewer than three
    /// points and points that are not finite are left out.
    pub fn from_area(width: u32, height: u32, rings: &[Vec<[f64; 2]>]) -> Mask {
        let mut crossings: Vec<(u32, f64)> = Vec::new();
        for ring in rings {
            let ring: Vec<[f64; 2]> = ring.iter().copied().filter(|p| p[0].is_finite() && p[1].is_finite()).collect();
            if ring.len() < 3 {
                continue;
            }
            for (a, b) in ring.iter().zip(ring.iter().cycle().skip(1)) {
                let (top, bottom) = if a[1] <= b[1] { (a, b) } else { (b, a) };
                // Rows whose centre lies in [top, bottom).
                let (first, end) = (clipped((top[1] - 0.5).ceil(), height), clipped((bottom[1] - 0.5).ceil(), height));
                let slope = (bottom[0] - top[0]) / (bottom[1] - top[1]);
                crossings.extend((first..end).map(|y| (y, top[0] + (f64::from(y) + 0.5 - top[1]) * slope)));
            }
        }
        crossings.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let inside = crossings.chunks_exact(2).filter_map(|pair| {
            let row =
                PixelRow { y: f64::from(pair[0].0), from: (pair[0].1 - 0.5).ceil(), to: (pair[1].1 - 0.5).ceil() };
            row.cut(width, height)
        });
        Mask::from_spans(width, height, inside.collect())
    }
}

/// Whole columns `from..to` of a row, before they are cut to the picture.
struct PixelRow {
    y: f64,
    from: f64,
    to: f64,
}

impl PixelRow {
    fn cut(&self, width: u32, height: u32) -> Option<Span> {
        let (x0, x1) = (clipped(self.from, width), clipped(self.to, width));
        let inside = self.y >= 0.0 && self.y < f64::from(height) && x0 < x1;
        inside.then_some(Span { y: clipped(self.y, height), x0, x1 })
    }
}

/// A place on a side of the picture, its ends for what lies outside.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=side")]
fn clipped(at: f64, side: u32) -> u32 {
    at.clamp(0.0, f64::from(side)) as u32
}

/// The pixels whose centre is at most `radius` away from the line from `a` to `b`. The shape is convex: one run a row.
fn capsule(width: u32, height: u32, a: [f64; 2], b: [f64; 2], radius: f64, spans: &mut Vec<Span>) {
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let length = dx.hypot(dy);
    let side = if length > 0.0 { [-dy / length * radius, dx / length * radius] } else { [0.0; 2] };
    let corners = [
        [a[0] + side[0], a[1] + side[1]],
        [b[0] + side[0], b[1] + side[1]],
        [b[0] - side[0], b[1] - side[1]],
        [a[0] - side[0], a[1] - side[1]],
    ];
    let first = (a[1].min(b[1]) - radius - 0.5).ceil().max(0.0);
    let last = (a[1].max(b[1]) + radius - 0.5).floor().min(f64::from(height) - 1.0);
    let mut y = first;
    while y <= last {
        let centre = y + 0.5;
        let (mut from, mut to) = (f64::INFINITY, f64::NEG_INFINITY);
        let mut reach = |x0: f64, x1: f64| {
            from = from.min(x0);
            to = to.max(x1);
        };
        for end in [a, b] {
            let half = radius * radius - (centre - end[1]).powi(2);
            if half >= 0.0 {
                reach(end[0] - half.sqrt(), end[0] + half.sqrt());
            }
        }
        for (p, q) in corners.iter().zip(corners.iter().cycle().skip(1)) {
            if (p[1] <= centre) != (q[1] <= centre) {
                let x = p[0] + (centre - p[1]) * (q[0] - p[0]) / (q[1] - p[1]);
                reach(x, x);
            }
        }
        if from <= to {
            spans.extend(PixelRow { y, from: (from - 0.5).ceil(), to: (to - 0.5).floor() + 1.0 }.cut(width, height));
        }
        y += 1.0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn distance(p: [f64; 2], a: [f64; 2], b: [f64; 2]) -> f64 {
        let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
        let square = dx * dx + dy * dy;
        let t = if square > 0.0 { (((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / square).clamp(0.0, 1.0) } else { 0.0 };
        (p[0] - a[0] - t * dx).hypot(p[1] - a[1] - t * dy)
    }

    proptest! {
        /// Pixel by pixel against the distance to the line. Centres within 1e-9 of the rim may fall on either side.
        #[test]
        fn a_stroke_covers_what_is_near_its_line(
            points in proptest::collection::vec((-6.0f32..26.0, -6.0f32..22.0), 1..5),
            radius in 0.0f32..7.0,
        ) {
            let points: Vec<[f32; 2]> = points.into_iter().map(|(x, y)| [x, y]).collect();
            let stroke = Mask::stroke(20, 17, &points, radius);
            let exact: Vec<[f64; 2]> = points.iter().map(|p| p.map(f64::from)).collect();
            for y in 0..17 {
                for x in 0..20 {
                    let centre = [f64::from(x) + 0.5, f64::from(y) + 0.5];
                    let lone = [exact[0], exact[0]];
                    let legs = exact.windows(2).map(|w| [w[0], w[1]]).chain([lone]);
                    let near = legs.map(|[a, b]| distance(centre, a, b)).fold(f64::INFINITY, f64::min);
                    let under = exact.iter().any(|p| p[0].floor() == f64::from(x) && p[1].floor() == f64::from(y));
                    if (near - f64::from(radius)).abs() > 1e-9 {
                        prop_assert_eq!(stroke.contains(x, y), near < f64::from(radius) || under, "{} {}", x, y);
                    }
                }
            }
        }

        /// Lattice rings are filled exactly, holes too.
        #[test]
        fn rings_of_a_mask_give_the_mask(m in super::super::arbitrary::mask()) {
            let rings: Vec<Vec<[f64; 2]>> =
                m.rings().iter().map(|r| r.points.iter().map(|p| p.map(f64::from)).collect()).collect();
            prop_assert_eq!(Mask::from_area(m.width(), m.height(), &rings), m);
        }
    }

    #[test]
    fn an_area_takes_the_pixels_whose_centre_is_inside() {
        let triangle = vec![vec![[0.0, 0.0], [8.0, 0.0], [0.0, 8.0]]];
        let m = Mask::from_area(10, 10, &triangle);
        for (x, y) in [(0, 0), (6, 0), (0, 6), (3, 3)] {
            assert!(m.contains(x, y), "{x} {y}");
        }
        assert!(!m.contains(4, 4) && !m.contains(7, 1));
        assert!(Mask::from_area(5, 5, &[vec![[0.0, 0.0], [f64::NAN, 1.0], [3.0, 3.0]]]).is_empty());
    }
}

//! Crop policy: which square of the picture the network sees.
//!
//! The square follows the object from the second prediction on (zoom-in as in f-BRS and RITM, with a square instead of the
//! object's aspect ratio), and stays where it is while the object hardly changes, so that what depends only on the image need
//! not be computed again.

use crate::picture::{Click, PixelRect};

/// A square of the picture in pixel-edge image coordinates; it may reach beyond the picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CropSquare {
    /// Horizontal centre.
    pub cx: f64,
    /// Vertical centre.
    pub cy: f64,
    /// Length of a side.
    pub side: f64,
}

/// The object's box is enlarged by this factor.
pub const EXPANSION: f64 = 1.4;
/// No square is smaller than this many pixels, unless the picture is.
pub const MIN_SIDE: f64 = 64.0;
/// A square of this part of the longer side of the picture becomes the whole picture.
pub const WHOLE_FROM: f64 = 0.95;
/// A mask of fewer pixels does not guide the crop.
pub const MIN_AREA: u64 = 10;
/// The previous square is kept while the ratio of the sides is above this ...
pub const KEEP_RATIO: f64 = 0.85;
/// ... and the centre has moved by less than this part of the previous side on both axes.
pub const KEEP_SHIFT: f64 = 0.08;

/// What the policy looks at.
#[derive(Clone, Copy, Debug)]
pub struct CropRequest<'a> {
    /// Width of the picture.
    pub width: u32,
    /// Height of the picture.
    pub height: u32,
    /// Bounds and area of the current mask (p > 0.5), if there is one.
    pub mask: Option<(PixelRect, u64)>,
    /// All clicks, the newest last.
    pub clicks: &'a [Click],
    /// The square of the previous prediction of this object.
    pub previous: Option<CropSquare>,
}

impl CropSquare {
    /// Rule 1: the whole picture, centred.
    pub fn whole(width: u32, height: u32) -> Self {
        let (w, h) = (f64::from(width), f64::from(height));
        Self { cx: w / 2.0, cy: h / 2.0, side: w.max(h) }
    }

    /// Rule 2 for a box `[x0, x1] x [y0, y1]`: enlarged, at least [`MIN_SIDE`], moved into the picture where it fits.
    pub fn around(x0: f64, y0: f64, x1: f64, y1: f64, width: u32, height: u32) -> Self {
        let (w, h) = (f64::from(width), f64::from(height));
        let longest = w.max(h);
        let side = (EXPANSION * (x1 - x0).max(y1 - y0)).max(MIN_SIDE.min(longest));
        if side >= WHOLE_FROM * longest {
            return Self::whole(width, height);
        }
        let place = |centre: f64, extent: f64| {
            if side <= extent { centre.clamp(side / 2.0, extent - side / 2.0) } else { extent / 2.0 }
        };
        Self { cx: place((x0 + x1) / 2.0, w), cy: place((y0 + y1) / 2.0, h), side }
    }

    /// The policy, rules 1 to 3.
    pub fn choose(request: &CropRequest<'_>) -> Self {
        let CropRequest { width, height, mask, clicks, previous } = *request;
        let Some((bounds, _)) = mask.filter(|&(bounds, area)| area >= MIN_AREA && !bounds.is_empty()) else {
            return Self::whole(width, height);
        };
        let (mut x0, mut y0) = (f64::from(bounds.x0), f64::from(bounds.y0));
        let (mut x1, mut y1) = (f64::from(bounds.x1), f64::from(bounds.y1));
        let newest_negative = clicks.iter().rev().find(|c| !c.positive);
        for click in clicks.iter().filter(|c| c.positive).chain(newest_negative) {
            let (x, y) = (f64::from(click.x), f64::from(click.y));
            (x0, x1) = (x0.min(x), x1.max(x));
            (y0, y1) = (y0.min(y), y1.max(y));
        }
        let square = Self::around(x0, y0, x1, y1, width, height);
        match previous {
            Some(previous) if clicks.len() >= 3 && square.near(&previous) => previous,
            _ => square,
        }
    }

    /// Rule 3: close enough to `previous` to keep that one.
    fn near(&self, previous: &Self) -> bool {
        let ratio = self.side.min(previous.side) / self.side.max(previous.side);
        let limit = KEEP_SHIFT * previous.side;
        ratio > KEEP_RATIO && (self.cx - previous.cx).abs() < limit && (self.cy - previous.cy).abs() < limit
    }

    /// Network pixels per image pixel for a network of `size` pixels: k = S / side.
    pub fn scale(&self, size: u32) -> f64 {
        f64::from(size) / self.side
    }

    /// Image point -> continuous pixel-edge coordinates of the network's input.
    pub fn net_from_image(&self, x: f64, y: f64, size: u32) -> (f64, f64) {
        let (k, half) = (self.scale(size), f64::from(size) / 2.0);
        ((x - self.cx) * k + half, (y - self.cy) * k + half)
    }

    /// The whole pixels of a picture whose centres lie in the square.
    pub fn pixels(&self, width: u32, height: u32) -> PixelRect {
        let half = self.side / 2.0;
        let range = |centre: f64, extent: u32| {
            let first = (centre - half - 0.5).ceil().clamp(0.0, f64::from(extent)) as u32;
            let last = (centre + half - 0.5).floor();
            let end = if last < 0.0 { 0 } else { (last as u32).saturating_add(1).min(extent) };
            (first, end.max(first))
        };
        let ((x0, x1), (y0, y1)) = (range(self.cx, width), range(self.cy, height));
        PixelRect { x0, y0, x1, y1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request<'a>(
        mask: Option<(PixelRect, u64)>,
        clicks: &'a [Click],
        previous: Option<CropSquare>,
    ) -> CropRequest<'a> {
        CropRequest { width: 640, height: 480, mask, clicks, previous }
    }

    const fn rect(x0: u32, y0: u32, x1: u32, y1: u32) -> PixelRect {
        PixelRect { x0, y0, x1, y1 }
    }

    fn click(x: f32, y: f32, positive: bool) -> Click {
        Click { x, y, positive }
    }

    #[test]
    fn the_first_click_sees_the_whole_picture() {
        let clicks = [click(10.0, 10.0, true)];
        let whole = CropSquare { cx: 320.0, cy: 240.0, side: 640.0 };
        assert_eq!(CropSquare::choose(&request(None, &clicks, None)), whole);
        // Nine pixels are too few to follow.
        assert_eq!(CropSquare::choose(&request(Some((rect(0, 0, 3, 3), 9)), &clicks, Some(whole))), whole);
    }

    #[test]
    fn the_box_is_enlarged_around_mask_positives_and_newest_negative() {
        // x 100..200, y 50..150 and a positive at (250, 100): x 100..250, side 1.4 * 150 = 210, centre (175, 100) -> y moves to 105.
        let clicks = [click(150.0, 100.0, true), click(250.0, 100.0, true)];
        let got = CropSquare::choose(&request(Some((rect(100, 50, 200, 150), 500)), &clicks, None));
        assert!(
            (got.side - 210.0).abs() < 1e-9 && (got.cx - 175.0).abs() < 1e-9 && (got.cy - 105.0).abs() < 1e-9,
            "{got:?}"
        );
        // Only the newest of two negatives counts: x 100..260, side 224, centre x 180.
        let clicks = [click(600.0, 100.0, false), click(260.0, 100.0, false)];
        let got = CropSquare::choose(&request(Some((rect(100, 50, 200, 150), 500)), &clicks, None));
        assert!((got.side - 224.0).abs() < 1e-9 && (got.cx - 180.0).abs() < 1e-9, "{got:?}");
    }

    #[test]
    fn small_objects_get_the_least_side_and_stay_inside() {
        let clicks = [click(636.0, 476.0, true)];
        let got = CropSquare::choose(&request(Some((rect(630, 470, 640, 480), 100)), &clicks, None));
        assert_eq!(got, CropSquare { cx: 608.0, cy: 448.0, side: 64.0 });
        // In a picture of 40x20 the least side is 40, which is the whole picture.
        let tiny = CropRequest {
            width: 40,
            height: 20,
            mask: Some((rect(0, 0, 5, 5), 25)),
            clicks: &clicks[..0],
            previous: None,
        };
        assert_eq!(CropSquare::choose(&tiny), CropSquare { cx: 20.0, cy: 10.0, side: 40.0 });
    }

    #[test]
    fn a_square_that_does_not_fit_an_axis_is_centred_there() {
        // Side 1.4 * 400 = 560 fits 640 but not 480.
        let got = CropSquare::choose(&request(Some((rect(0, 0, 400, 100), 1000)), &[], None));
        assert_eq!((got.cx, got.cy), (280.0, 240.0));
        assert!((got.side - 560.0).abs() < 1e-9);
    }

    #[test]
    fn from_95_percent_on_it_is_the_whole_picture() {
        // 1.4 * 435 = 609 >= 608; 1.4 * 434 = 607.6 < 608.
        let side = |x1| CropSquare::choose(&request(Some((rect(0, 0, x1, 100), 1000)), &[], None)).side;
        assert_eq!(side(435), 640.0);
        assert!((side(434) - 607.6).abs() < 1e-9);
    }

    #[test]
    fn from_the_third_click_a_close_square_is_kept() {
        let mask = Some((rect(100, 100, 200, 200), 500)); // side 140, centre (150, 150)
        let inside = click(150.0, 150.0, true);
        let (two, three) = ([inside; 2], [inside; 3]);
        let close = CropSquare { cx: 155.0, cy: 150.0, side: 150.0 }; // ratio 0.933, moved 5 < 12
        assert_ne!(CropSquare::choose(&request(mask, &two, Some(close))), close);
        assert_eq!(CropSquare::choose(&request(mask, &three, Some(close))), close);
        let shifted = CropSquare { cx: 163.0, ..close }; // moved 13 > 12
        assert_ne!(CropSquare::choose(&request(mask, &three, Some(shifted))), shifted);
        let large = CropSquare { side: 166.0, ..close }; // ratio 0.843
        assert_ne!(CropSquare::choose(&request(mask, &three, Some(large))), large);
    }

    #[test]
    fn pixels_of_the_square_are_those_with_their_centre_inside() {
        let square = CropSquare { cx: 10.0, cy: 2.0, side: 5.0 }; // x 7.5..12.5, y -0.5..4.5
        assert_eq!(square.pixels(100, 3), rect(7, 0, 13, 3));
    }
}

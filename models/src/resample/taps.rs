//! Weights of one axis: which source samples, with which weight, make up each target sample.

use crate::crop::CropSquare;

/// Source index and weight.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tap {
    /// Index of the source sample.
    pub index: u32,
    /// Its weight; 0 for taps that fall outside.
    pub weight: f32,
}

/// One axis of a crop: its centre on this axis, network pixels per image pixel, network size, image extent in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Axis {
    /// Centre of the square, image pixel edges.
    pub centre: f64,
    /// Side of the square.
    pub side: f64,
    /// Pixels of the network.
    pub size: u32,
    /// Pixels of the picture.
    pub extent: u32,
}

impl Axis {
    /// The horizontal axis of a crop.
    pub fn x(crop: &CropSquare, size: u32, width: u32) -> Self {
        Self { centre: crop.cx, side: crop.side, size, extent: width }
    }

    /// The vertical axis of a crop.
    pub fn y(crop: &CropSquare, size: u32, height: u32) -> Self {
        Self { centre: crop.cy, side: crop.side, size, extent: height }
    }

    /// Pixel-edge image coordinate of the centre of network pixel `u`.
    pub fn image_from_net(&self, u: u32) -> f64 {
        (f64::from(u) + 0.5 - f64::from(self.size) / 2.0) * self.side / f64::from(self.size) + self.centre
    }

    /// Network pixel (its integer part) and fraction towards the next one at the centre of image pixel `i`; clamped to the
    /// first and last network pixel. `None` outside the square.
    pub fn net_from_pixel(&self, i: u32) -> Option<(u32, f32)> {
        let from_centre = f64::from(i) + 0.5 - self.centre;
        if from_centre.abs() > self.side / 2.0 {
            return None;
        }
        let last = f64::from(self.size - 1);
        let t = (from_centre * f64::from(self.size) / self.side + f64::from(self.size) / 2.0 - 0.5).clamp(0.0, last);
        let index = (t.floor() as u32).min(self.size.saturating_sub(2));
        Some((index, (t - f64::from(index)) as f32))
    }

    /// Bilinear taps in the image, for every network pixel; samples outside the picture have weight 0.
    pub fn image_taps(&self) -> Vec<[Tap; 2]> {
        (0..self.size).map(|u| bilinear(self.image_from_net(u), self.extent)).collect()
    }

    /// Taps in the network of an earlier crop, for every network pixel of this one, as if the earlier result had been pasted
    /// into the picture (bilinear; zero outside its square and outside `clip`, image pixels `clip.0..clip.1`) and resampled
    /// from there.
    pub fn earlier_taps(&self, earlier: &Axis, clip: (u32, u32)) -> Vec<[Tap; 4]> {
        let through = |pair: [Tap; 2]| {
            let mut taps = [Tap::default(); 4];
            for (n, tap) in pair.into_iter().enumerate() {
                if tap.weight == 0.0 || tap.index < clip.0 || tap.index >= clip.1 {
                    continue;
                }
                if let Some((index, fraction)) = earlier.net_from_pixel(tap.index) {
                    taps[2 * n] = Tap { index, weight: tap.weight * (1.0 - fraction) };
                    let next = (index + 1).min(earlier.size - 1);
                    taps[2 * n + 1] = Tap { index: next, weight: tap.weight * fraction };
                }
            }
            taps
        };
        self.image_taps().into_iter().map(through).collect()
    }
}

/// Bilinear taps at pixel-edge coordinate `x` of an axis of `extent` samples.
pub fn bilinear(x: f64, extent: u32) -> [Tap; 2] {
    let t = x - 0.5;
    let floor = t.floor();
    let fraction = (t - floor) as f32;
    let tap = |index: f64, weight: f32| {
        if index >= 0.0 && index < f64::from(extent) { Tap { index: index as u32, weight } } else { Tap::default() }
    };
    [tap(floor, 1.0 - fraction), tap(floor + 1.0, fraction)]
}

//! The picture under a crop as the network's `image` input.

use std::sync::Arc;

use rayon::prelude::*;

use crate::card::Input;
use crate::crop::CropSquare;
use crate::picture::{PixelRect, RgbError, RgbLevels};
use crate::resample::area::{Reduced, Reduction, reduce};
use crate::resample::taps::{Tap, bilinear};

/// Below this scale the picture is area-averaged first ...
const AVERAGE_BELOW: f64 = 0.6;
/// ... to this many times the scale.
const AVERAGE_TO: f64 = 1.2;

/// Resamples one picture; keeps what later crops of the same picture can use again.
#[derive(Debug)]
pub struct PictureResampler {
    picture: Arc<dyn RgbLevels>,
    reduced: Reduced,
}

/// Interleaved RGB samples of a part of a (possibly reduced) picture: `stride` values per row, the first pixel is `x0`, `y0`.
struct Samples<'a, T> {
    data: &'a [T],
    stride: usize,
    x0: u32,
    y0: u32,
}

impl PictureResampler {
    /// For one picture.
    pub fn new(picture: Arc<dyn RgbLevels>) -> Self {
        Self { picture, reduced: Reduced::default() }
    }

    /// True if it is for this picture: the same one, not an equal one.
    pub fn is_for(&self, picture: &Arc<dyn RgbLevels>) -> bool {
        std::ptr::addr_eq(Arc::as_ptr(&self.picture), Arc::as_ptr(picture))
    }

    /// Writes `(value - mean) / scale` of the crop into `out`, three planes of `input.size` squared; `mean` (that is 0 in
    /// the network's input) outside the picture.
    ///
    /// # Errors
    /// When the picture cannot be read.
    pub fn resample(&mut self, crop: &CropSquare, input: &Input, out: &mut [f32]) -> Result<(), RgbError> {
        let [width, height] = self.picture.size();
        let k = crop.scale(input.size);
        if k >= AVERAGE_BELOW {
            let columns = axis(crop.cx, crop.side, input.size, 1.0, width);
            let rows = axis(crop.cy, crop.side, input.size, 1.0, height);
            let ((x0, x1), (y0, y1)) = (used(&columns), used(&rows));
            let part = self.picture.read(0, PixelRect { x0, y0, x1, y1 })?;
            let samples = Samples { data: &part.data, stride: part.width as usize * 3, x0, y0 };
            gather(&samples, &columns, &rows, input, out);
            return Ok(());
        }
        let size_of = |extent: u32| ((f64::from(extent) * AVERAGE_TO * k).round() as u32).clamp(1, extent);
        let full = (size_of(width), size_of(height));
        let ratio = (f64::from(full.0) / f64::from(width), f64::from(full.1) / f64::from(height));
        let columns = axis(crop.cx, crop.side, input.size, ratio.0, full.0);
        let rows = axis(crop.cy, crop.side, input.size, ratio.1, full.1);
        let reduction = Reduction { full, x: used(&columns), y: used(&rows) };
        reduce(self.picture.as_ref(), &reduction, &mut self.reduced)?;
        let Reduced { x0, y0, width, ref data, .. } = self.reduced;
        gather(&Samples { data, stride: width as usize * 3, x0, y0 }, &columns, &rows, input, out);
        Ok(())
    }
}

/// Taps in an axis of `extent` samples that shows the picture `ratio` times its size.
fn axis(centre: f64, side: f64, size: u32, ratio: f64, extent: u32) -> Vec<[Tap; 2]> {
    let step = side / f64::from(size);
    let half = f64::from(size) / 2.0;
    (0..size).map(|u| bilinear(((f64::from(u) + 0.5 - half) * step + centre) * ratio, extent)).collect()
}

/// The smallest range that holds every tap of weight.
fn used(taps: &[[Tap; 2]]) -> (u32, u32) {
    let indices = || taps.iter().flatten().filter(|t| t.weight > 0.0).map(|t| t.index);
    match (indices().min(), indices().max()) {
        (Some(first), Some(last)) => (first, last + 1),
        _ => (0, 1),
    }
}

fn gather<T>(source: &Samples<'_, T>, columns: &[[Tap; 2]], rows: &[[Tap; 2]], input: &Input, out: &mut [f32])
where
    T: Copy + Into<f32> + Sync,
{
    let size = input.size as usize;
    let gain = 1.0 / input.scale;
    let (red, rest) = out.split_at_mut(size * size);
    let (green, blue) = rest.split_at_mut(size * size);
    let planes = red.par_chunks_mut(size).zip(green.par_chunks_mut(size)).zip(blue.par_chunks_mut(size));
    planes.zip(rows).with_min_len(16).for_each(|(((red, green), blue), row)| {
        for plane in [&mut *red, &mut *green, &mut *blue] {
            plane.fill(0.0);
        }
        for vertical in row.iter().filter(|t| t.weight != 0.0) {
            let line = &source.data[(vertical.index - source.y0) as usize * source.stride..][..source.stride];
            for (x, taps) in columns.iter().enumerate() {
                for tap in taps.iter().filter(|t| t.weight != 0.0) {
                    // Outside the picture the value is `mean`, so that it adds nothing here.
                    let weight = vertical.weight * tap.weight * gain;
                    let at = (tap.index - source.x0) as usize * 3;
                    red[x] += weight * (line[at].into() - input.mean);
                    green[x] += weight * (line[at + 1].into() - input.mean);
                    blue[x] += weight * (line[at + 2].into() - input.mean);
                }
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::picture::{Rgb8, WholeRgb};

    fn whole(picture: Rgb8) -> Arc<dyn RgbLevels> {
        Arc::new(WholeRgb::new(picture).unwrap())
    }

    fn picture(width: u32, height: u32) -> Rgb8 {
        let data = (0..width * height * 3).map(|i| (i.wrapping_mul(2_654_435_761) >> 11) as u8).collect();
        Rgb8 { width, height, data }
    }

    /// The formula of the crop policy as a plain double loop.
    fn twin(picture: &Rgb8, crop: &CropSquare, size: u32, channel: usize, u: u32, v: u32) -> f64 {
        let k = f64::from(size) / crop.side;
        let x = (f64::from(u) + 0.5 - f64::from(size) / 2.0) / k + crop.cx - 0.5;
        let y = (f64::from(v) + 0.5 - f64::from(size) / 2.0) / k + crop.cy - 0.5;
        let at = |i: f64, j: f64| {
            if i < 0.0 || j < 0.0 || i >= f64::from(picture.width) || j >= f64::from(picture.height) {
                return 127.0;
            }
            f64::from(picture.data[(j as usize * picture.width as usize + i as usize) * 3 + channel])
        };
        let (i, j) = (x.floor(), y.floor());
        let (fx, fy) = (x - i, y - j);
        let upper = at(i, j) * (1.0 - fx) + at(i + 1.0, j) * fx;
        let lower = at(i, j + 1.0) * (1.0 - fx) + at(i + 1.0, j + 1.0) * fx;
        (upper * (1.0 - fy) + lower * fy - 127.0) / 128.0
    }

    #[test]
    fn bilinear_resampling_is_the_formula() {
        let picture = picture(50, 37);
        let input = Input { size: 32, ..Input::default() };
        for crop in [
            CropSquare { cx: 25.0, cy: 18.5, side: 50.0 }, // beyond the upper and lower border, k = 0.64
            CropSquare { cx: 12.3, cy: 20.7, side: 9.5 },  // enlarged
            CropSquare { cx: 49.0, cy: 0.0, side: 20.0 },  // over a corner
        ] {
            let mut out = vec![0.0; 32 * 32 * 3];
            PictureResampler::new(whole(picture.clone())).resample(&crop, &input, &mut out).unwrap();
            for c in 0..3u32 {
                for v in 0..32 {
                    for u in 0..32 {
                        let want = twin(&picture, &crop, 32, c as usize, u, v);
                        let got = f64::from(out[(c * 1024 + v * 32 + u) as usize]);
                        assert!((want - got).abs() < 1e-5, "{crop:?} channel {c} at {u},{v}: {got} for {want}"); // f32 sums
                    }
                }
            }
        }
    }

    #[test]
    fn strong_reductions_average_before_they_sample() {
        // Stripes one pixel wide: sampling alone would alias, the average is grey.
        let data = (0..400 * 400 * 3).map(|i| if (i / 3) % 2 == 0 { 0 } else { 254 }).collect();
        let stripes = whole(Rgb8 { width: 400, height: 400, data });
        let input = Input { size: 32, ..Input::default() };
        let mut out = vec![9.0; 32 * 32 * 3];
        PictureResampler::new(stripes).resample(&CropSquare::whole(400, 400), &input, &mut out).unwrap();
        // 400 / 38 columns per box: at most one unpaired stripe of 5 in a level that has been halved to grey before.
        assert!(out.iter().all(|v| v.abs() < 0.02), "{:?}", out.iter().copied().fold(0.0f32, |a, b| a.max(b.abs())));
    }

    #[test]
    fn a_crop_of_a_reduction_is_the_same_as_that_part_of_the_whole() {
        let picture = whole(picture(300, 200));
        let input = Input { size: 32, ..Input::default() };
        let mut resampler = PictureResampler::new(Arc::clone(&picture));
        let crop = CropSquare { cx: 190.0, cy: 100.0, side: 150.0 };
        let (mut first, mut second) = (vec![0.0; 3072], vec![0.0; 3072]);
        resampler.resample(&crop, &input, &mut first).unwrap();
        resampler.resample(&CropSquare::whole(300, 200), &input, &mut second).unwrap();
        resampler.resample(&crop, &input, &mut second).unwrap();
        assert_eq!(first, second);
    }
}

//! Area averaging: strong reductions of a picture without aliasing.
//!
//! A reduction starts from the coarsest level of the picture that is still at least twice as fine as wanted, so that its cost does
//! not grow with the picture.

use rayon::prelude::*;

use crate::picture::{PixelRect, RgbError, RgbLevels};

/// A part of a reduced picture: columns `x0..x0 + width` and rows `y0..y0 + height` of it, interleaved RGB, values 0..255.
#[derive(Debug, Default)]
pub struct Reduced {
    /// First column.
    pub x0: u32,
    /// First row.
    pub y0: u32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// `width * height * 3` values.
    pub data: Vec<f32>,
}

/// Which part of which reduction: the whole reduced picture has `full` pixels, of which `x` and `y` are wanted (half-open).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reduction {
    /// Size of the whole reduced picture.
    pub full: (u32, u32),
    /// Wanted columns.
    pub x: (u32, u32),
    /// Wanted rows.
    pub y: (u32, u32),
}

/// Averages a picture over the boxes of the reduction's pixels.
///
/// # Errors
/// When the picture cannot be read.
pub fn reduce(picture: &dyn RgbLevels, reduction: &Reduction, out: &mut Reduced) -> Result<(), RgbError> {
    let [width, height] = picture.size();
    let per_pixel_x = f64::from(width) / f64::from(reduction.full.0);
    let per_pixel_y = f64::from(height) / f64::from(reduction.full.1);
    let level = (per_pixel_x.min(per_pixel_y) / 2.0).log2().floor().max(0.0) as usize;
    let level = level.min(picture.levels().saturating_sub(1));
    let step = (1u64 << level) as f64;
    let columns = boxes(reduction.x, per_pixel_x / step, f64::from(width) / step);
    let rows = boxes(reduction.y, per_pixel_y / step, f64::from(height) / step);
    out.x0 = reduction.x.0;
    out.y0 = reduction.y.0;
    out.width = reduction.x.1 - reduction.x.0;
    out.height = reduction.y.1 - reduction.y.0;
    out.data.resize(out.width as usize * out.height as usize * 3, 0.0);
    let ends = |taps: &[BoxTaps]| Some((taps.first()?.start, taps.last().map(|last| last.start + last.weights.len())?));
    let (Some((from, to)), Some((top, bottom))) = (ends(&columns), ends(&rows)) else { return Ok(()) };
    let part = PixelRect { x0: from as u32, y0: top as u32, x1: to as u32, y1: bottom as u32 };
    let source = picture.read(level, part)?;
    let stride = (to - from) * 3;
    out.data.par_chunks_mut(out.width as usize * 3).zip(&rows).for_each_init(
        || vec![0.0f32; (to - from) * 3],
        |sums, (target, row)| {
            sums.fill(0.0);
            for (n, &weight) in row.weights.iter().enumerate() {
                let line = &source.data[(row.start - top + n) * stride..][..stride];
                for (sum, &value) in sums.iter_mut().zip(line) {
                    *sum += weight * f32::from(value);
                }
            }
            for (pixel, column) in target.chunks_exact_mut(3).zip(&columns) {
                let mut total = [0.0f32; 3];
                let values = sums[(column.start - from) * 3..].chunks_exact(3);
                for (value, &weight) in values.zip(&column.weights) {
                    for (t, v) in total.iter_mut().zip(value) {
                        *t += weight * v;
                    }
                }
                pixel.copy_from_slice(&total);
            }
        },
    );
    Ok(())
}

/// The source samples under one box, with weights that sum to 1.
struct BoxTaps {
    start: usize,
    weights: Vec<f32>,
}

/// Boxes `[j * per, (j + 1) * per)` for `j` in `range`, on an axis of length `extent` (its last sample may be cut off).
fn boxes(range: (u32, u32), per: f64, extent: f64) -> Vec<BoxTaps> {
    let samples = extent.ceil().max(1.0) as usize;
    let one = |j: u32| {
        let (from, to) = (f64::from(j) * per, (f64::from(j + 1) * per).min(extent));
        let start = (from.floor() as usize).min(samples - 1);
        let end = (to.ceil() as usize).clamp(start + 1, samples);
        let overlap = |i: usize| ((i as f64 + 1.0).min(to) - (i as f64).max(from)).max(0.0);
        let total: f64 = (start..end).map(overlap).sum();
        let weight = |i| if total > 0.0 { (overlap(i) / total) as f32 } else { 1.0 / (end - start) as f32 };
        BoxTaps { start, weights: (start..end).map(weight).collect() }
    };
    (range.0..range.1).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    use crate::picture::{Rgb8, WholeRgb};

    fn picture(width: u32, height: u32) -> Rgb8 {
        let n = width * height * 3;
        let data = (0..n).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        Rgb8 { width, height, data }
    }

    /// The definition: mean over the box, by a double loop over all pixels.
    fn mean(picture: &Rgb8, x: (f64, f64), y: (f64, f64), channel: usize) -> f64 {
        let (mut total, mut weight) = (0.0, 0.0);
        for j in 0..picture.height {
            for i in 0..picture.width {
                let wx = (f64::from(i + 1).min(x.1) - f64::from(i).max(x.0)).max(0.0);
                let wy = (f64::from(j + 1).min(y.1) - f64::from(j).max(y.0)).max(0.0);
                total += wx * wy * f64::from(picture.data[((j * picture.width + i) * 3) as usize + channel]);
                weight += wx * wy;
            }
        }
        total / weight
    }

    fn largest_difference(picture: &Rgb8, reduction: Reduction) -> f64 {
        let mut out = Reduced::default();
        reduce(&WholeRgb::new(picture.clone()).unwrap(), &reduction, &mut out).unwrap();
        let per_x = f64::from(picture.width) / f64::from(reduction.full.0);
        let per_y = f64::from(picture.height) / f64::from(reduction.full.1);
        let mut worst = 0.0f64;
        for y in 0..out.height {
            for x in 0..out.width {
                let (gx, gy) = (f64::from(x + out.x0), f64::from(y + out.y0));
                for c in 0..3 {
                    let want = mean(picture, (gx * per_x, (gx + 1.0) * per_x), (gy * per_y, (gy + 1.0) * per_y), c);
                    let got = f64::from(out.data[((y * out.width + x) * 3) as usize + c]);
                    worst = worst.max((want - got).abs());
                }
            }
        }
        worst
    }

    #[test]
    fn without_the_pyramid_it_is_the_mean_over_the_box() {
        let all = Reduction { full: (11, 9), x: (0, 11), y: (0, 9) };
        assert!(largest_difference(&picture(31, 22), all) < 1e-3); // f32 sums of some ten values up to 255
        let part = Reduction { full: (11, 9), x: (3, 7), y: (8, 9) };
        assert!(largest_difference(&picture(31, 22), part) < 1e-3);
    }

    #[test]
    fn exact_multiples_through_the_pyramid_agree_with_the_mean() {
        // Two halvings, each rounded to 8 bits: at most one grey level in all, whatever the picture.
        let whole = Reduction { full: (8, 4), x: (0, 8), y: (0, 4) };
        assert!(largest_difference(&picture(64, 32), whole) <= 1.0);
    }

    #[test]
    fn odd_sizes_keep_their_flat_colour_and_never_read_outside() {
        let flat = Rgb8 { width: 101, height: 67, data: vec![77; 101 * 67 * 3] };
        for full in [(50, 33), (20, 13), (7, 5), (1, 1)] {
            let worst = largest_difference(&flat, Reduction { full, x: (0, full.0), y: (0, full.1) });
            assert!(worst < 1e-3, "{full:?}: {worst}");
        }
    }
}

//! Rectangles of pixels, several bands to a pixel.

use limn_raster::{PixelRect, halve_row};
use rayon::prelude::*;

use super::sample::{Sample, SampleType, Value, is_nodata};
use super::samples::{Samples, both, each};

/// A rectangle of pixels: row-major, the bands of a pixel side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Samples of a pixel.
    pub bands: usize,
    /// `width * height * bands` samples.
    pub samples: Samples,
}

impl Block {
    /// A block of zeros.
    pub fn zeros(width: u32, height: u32, bands: usize, of: SampleType) -> Self {
        Self { width, height, bands, samples: Samples::zeros(of, width as usize * height as usize * bands) }
    }

    /// Bytes of its samples.
    pub fn bytes(&self) -> usize {
        self.samples.len() * self.samples.sample_type().bytes()
    }

    /// The samples of a pixel, if it lies inside.
    pub fn pixel(&self, x: u32, y: u32) -> Option<Vec<f64>> {
        let at = (y as usize * self.width as usize + x as usize) * self.bands;
        let inside = x < self.width && y < self.height;
        inside.then(|| (at..at + self.bands).filter_map(|index| self.samples.get(index)).collect())
    }

    /// The samples of a pixel with all their digits, if it lies inside.
    pub fn values(&self, x: u32, y: u32) -> Option<Vec<Value>> {
        let at = (y as usize * self.width as usize + x as usize) * self.bands;
        let inside = x < self.width && y < self.height;
        inside.then(|| (at..at + self.bands).filter_map(|index| self.samples.value(index)).collect())
    }

    /// A rectangle of it that lies inside.
    pub fn part(&self, part: PixelRect) -> Self {
        let stride = self.width as usize * self.bands;
        let range = part.x0 as usize * self.bands..part.x1 as usize * self.bands;
        fn cut<T: Copy>(
            values: &[T],
            rows: std::ops::Range<u32>,
            stride: usize,
            range: std::ops::Range<usize>,
        ) -> Vec<T> {
            let mut out = Vec::with_capacity(rows.len() * range.len());
            rows.for_each(|y| out.extend_from_slice(&values[y as usize * stride..][range.clone()]));
            out
        }
        let samples = each!(&self.samples, values => cut(values, part.y0..part.y1, stride, range));
        Self { width: part.width(), height: part.height(), bands: self.bands, samples }
    }

    /// Lays another block of the same type and bands over this one, its upper left pixel at `(x, y)`; what lies outside is
    /// left out.
    pub fn paste(&mut self, other: &Self, x: u32, y: u32) {
        let (width, height) =
            (other.width.min(self.width.saturating_sub(x)) as usize, other.height.min(self.height.saturating_sub(y)));
        let (to_stride, from_stride) = (self.width as usize * self.bands, other.width as usize * other.bands);
        let (at, count) = (x as usize * self.bands, width * self.bands);
        fn copy<T: Copy>(to: &mut [T], to_stride: usize, from: &[T], from_stride: usize, at: usize, count: usize) {
            for (to, from) in to.chunks_exact_mut(to_stride.max(1)).zip(from.chunks_exact(from_stride.max(1))) {
                to[at..at + count].copy_from_slice(&from[..count]);
            }
        }
        let (first, rows) = (y as usize * to_stride, height as usize * from_stride);
        both!(&mut self.samples, &other.samples, to, from => {
            copy(&mut to[first..], to_stride, &from[..rows], from_stride, at, count);
        });
    }

    /// Lays what another block of the same type and bands has in common with this one over it. Both are parts of one level: the upper
    /// left pixel of this one is at `here`, that of the other at `there`.
    pub fn lay(&mut self, here: [u32; 2], other: &Self, there: [u32; 2]) {
        let common = PixelRect {
            x0: here[0].max(there[0]),
            y0: here[1].max(there[1]),
            x1: here[0].saturating_add(self.width).min(there[0].saturating_add(other.width)),
            y1: here[1].saturating_add(self.height).min(there[1].saturating_add(other.height)),
        };
        if common.x0 >= common.x1 || common.y0 >= common.y1 {
            return;
        }
        let (to_stride, from_stride) = (self.width as usize * self.bands, other.width as usize * other.bands);
        let count = common.width() as usize * self.bands;
        let at = |stride: usize, bands: usize, corner: [u32; 2], y: u32| {
            (y - corner[1]) as usize * stride + (common.x0 - corner[0]) as usize * bands
        };
        both!(&mut self.samples, &other.samples, to, from => {
            for y in common.y0..common.y1 {
                let (to_at, from_at) = (at(to_stride, self.bands, here, y), at(from_stride, other.bands, there, y));
                to[to_at..to_at + count].copy_from_slice(&from[from_at..from_at + count]);
            }
        });
    }

    /// Puts the only band of a block of the same size and type in the place of one of its own.
    pub(crate) fn set_band(&mut self, band: usize, from: &Self) {
        let bands = self.bands.max(1);
        both!(&mut self.samples, &from.samples, to, from => {
            for (pixel, value) in to.chunks_exact_mut(bands).zip(from) {
                pixel[band] = *value;
            }
        });
    }

    /// With one band more: full opacity where `mask`, a byte a pixel, is not 0.
    pub(crate) fn with_mask(self, mask: &[u8]) -> Self {
        let full = self.samples.sample_type().range()[1];
        fn masked<T: Sample>(values: &[T], bands: usize, mask: &[u8], full: f64) -> Vec<T> {
            let mut out = Vec::with_capacity(values.len() / bands.max(1) * (bands + 1));
            for (pixel, valid) in values.chunks_exact(bands.max(1)).zip(mask) {
                out.extend_from_slice(pixel);
                out.push(if *valid == 0 { T::default() } else { T::nearest(full) });
            }
            out
        }
        let samples = each!(&self.samples, values => masked(values, self.bands, mask, full));
        Self { bands: self.bands + 1, samples, ..self }
    }

    /// So many pixels across and down, each the nearest of this block, as parts of levels of two sizes: where pixel `x` of the other
    /// level lies in this block is `columns[x]`, and the same for rows.
    pub(crate) fn picked(&self, columns: &[u32], rows: &[u32]) -> Self {
        let (stride, bands) = (self.width as usize * self.bands, self.bands);
        fn pick<T: Sample>(values: &[T], [stride, bands]: [usize; 2], columns: &[u32], rows: &[u32]) -> Vec<T> {
            let mut out = Vec::with_capacity(columns.len() * rows.len() * bands);
            for &y in rows {
                let row = &values[y as usize * stride..][..stride];
                columns.iter().for_each(|&x| out.extend_from_slice(&row[x as usize * bands..][..bands]));
            }
            out
        }
        let samples = each!(&self.samples, values => pick(values, [stride, bands], columns, rows));
        Self { width: columns.len() as u32, height: rows.len() as u32, bands, samples }
    }

    /// Its rows followed by those of a block of the same width, type and bands.
    pub fn append(&mut self, below: Self) {
        both!(&mut self.samples, below.samples, to, from => to.extend(from));
        self.height += below.height;
    }

    /// The 2 x 2 means, rounded to the nearest (halves up) in whole types; at an odd border over what is there.
    pub fn halved(&self) -> Self {
        self.halved_without(None)
    }

    /// As [`Block::halved`]; samples of the value `nodata` do not count, and where there is nothing else they stay.
    #[expect(clippy::cast_possible_truncation, reason = "a level is no larger than the one below")]
    pub fn halved_without(&self, nodata: Option<f64>) -> Self {
        let (w, h) = (self.width as usize, self.height as usize);
        let (half_w, half_h) = (w.div_ceil(2), h.div_ceil(2));
        let bands = self.bands;
        fn rows<T: Sample>(
            values: &[T],
            [h, stride, half_h, half_stride]: [usize; 4],
            row: impl Fn(&[T], &[T], &mut [T]) + Sync,
        ) -> Vec<T> {
            let mut out = vec![T::default(); half_h * half_stride];
            out.par_chunks_mut(half_stride.max(1)).enumerate().for_each(|(y, target)| {
                let upper = &values[2 * y * stride..][..stride];
                let lower = &values[(2 * y + 1).min(h - 1) * stride..][..stride];
                row(upper, lower, target);
            });
            out
        }
        /// As [`halve_row`] for the other types: the border counts twice, which leaves the mean as it is.
        fn means<T: Sample>(upper: &[T], lower: &[T], bands: usize, target: &mut [T], mean: impl Fn([T; 4]) -> T) {
            let last = upper.len() / bands - 1;
            for (x, pixel) in target.chunks_exact_mut(bands).enumerate() {
                let (a, b) = (2 * x * bands, (2 * x + 1).min(last) * bands);
                for c in 0..bands {
                    pixel[c] = mean([upper[a + c], upper[b + c], lower[a + c], lower[b + c]]);
                }
            }
        }
        fn all<T: Sample>(values: &[T], shape: [usize; 4], bands: usize, nodata: Option<f64>) -> Vec<T> {
            let Some(nodata) = nodata else {
                return rows(values, shape, |a, b, out| means(a, b, bands, out, |four| T::mean(&four)));
            };
            let mean = |four: [T; 4]| {
                let (mut some, mut count) = (four, 0);
                for value in four.into_iter().filter(|value| !is_nodata(value.number(), nodata)) {
                    some[count] = value;
                    count += 1;
                }
                if count == 0 { four[0] } else { T::mean(&some[..count]) }
            };
            rows(values, shape, |a, b, out| means(a, b, bands, out, mean))
        }
        let shape = [h, w * bands, half_h, half_w * bands];
        let samples = match &self.samples {
            Samples::U8(values) if nodata.is_none() => {
                Samples::U8(rows(values, shape, |a, b, out| halve_row(a, b, bands, out)))
            }
            other => each!(other, values => all(values, shape, bands, nodata)),
        };
        Self { width: half_w as u32, height: half_h as u32, bands, samples }
    }

    /// Turned as an EXIF orientation (1 to 8) asks for.
    pub fn oriented(self, orientation: u8) -> Self {
        if !(2..=8).contains(&orientation) {
            return self;
        }
        let (w, h, bands) = (self.width as usize, self.height as usize, self.bands);
        let swapped = orientation >= 5;
        let (width, height) = if swapped { (h, w) } else { (w, h) };
        // Where the pixel (x, y) of the upright picture lies in the stored one.
        let from = |x: usize, y: usize| match orientation {
            2 => (w - 1 - x, y),
            3 => (w - 1 - x, h - 1 - y),
            4 => (x, h - 1 - y),
            5 => (y, x),
            6 => (y, h - 1 - x),
            7 => (w - 1 - y, h - 1 - x),
            _ => (w - 1 - y, x),
        };
        fn turn<T: Copy>(
            values: &[T],
            [w, width, height, bands]: [usize; 4],
            from: impl Fn(usize, usize) -> (usize, usize),
        ) -> Vec<T> {
            let mut out = Vec::with_capacity(values.len());
            for y in 0..height {
                for x in 0..width {
                    let (x, y) = from(x, y);
                    out.extend_from_slice(&values[(y * w + x) * bands..][..bands]);
                }
            }
            out
        }
        let samples = each!(&self.samples, values => turn(values, [w, width, height, bands], from));
        let (width, height) = if swapped { (self.height, self.width) } else { (self.width, self.height) };
        Self { width, height, bands, samples }
    }
}

#[cfg(test)]
mod tests {
    use image::metadata::Orientation;
    use limn_raster::Rgb8;

    use super::*;

    fn noise(width: u32, height: u32, bands: usize) -> Block {
        let count = (width * height) as usize * bands;
        let samples = (0..count as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        Block { width, height, bands, samples: Samples::U8(samples) }
    }

    #[test]
    fn bytes_are_halved_as_the_network_sees_them() {
        for (width, height) in [(1, 1), (2, 3), (7, 4), (31, 22)] {
            let block = noise(width, height, 3);
            let Samples::U8(data) = &block.samples else { panic!() };
            let rgb = Rgb8 { width, height, data: data.clone() }.halved();
            assert_eq!(
                block.halved(),
                Block { width: rgb.width, height: rgb.height, bands: 3, samples: Samples::U8(rgb.data) }
            );
        }
    }

    #[test]
    fn every_type_is_halved_by_its_mean() {
        let block = |samples| Block { width: 3, height: 2, bands: 1, samples };
        assert_eq!(
            block(Samples::U16(vec![0, 1000, 7, 60000, 65535, 9])).halved().samples,
            Samples::U16(vec![31634, 8])
        );
        assert_eq!(block(Samples::I16(vec![-3, -3, -7, -3, -4, 8])).halved().samples, Samples::I16(vec![-3, 1]));
        assert_eq!(
            block(Samples::F32(vec![0.5, 1.5, 2.0, 1.0, 1.0, 3.0])).halved().samples,
            Samples::F32(vec![1.0, 2.5])
        );
    }

    #[test]
    fn a_part_pasted_back_changes_nothing_and_strips_make_the_whole() {
        let block = noise(20, 9, 2);
        let part = block.part(PixelRect { x0: 5, y0: 2, x1: 20, y1: 9 });
        let mut copy = block.clone();
        copy.paste(&part, 5, 2);
        assert_eq!(copy, block);
        // Beyond the border there is nothing to lay it over.
        copy.paste(&noise(20, 9, 2), 0, 0);
        copy.paste(&noise(9, 9, 2), 19, 8);
        assert_eq!(
            copy.part(PixelRect { x0: 0, y0: 0, x1: 19, y1: 9 }),
            block.part(PixelRect { x0: 0, y0: 0, x1: 19, y1: 9 })
        );
        let mut strips = block.part(PixelRect { x0: 0, y0: 0, x1: 20, y1: 4 });
        strips.append(block.part(PixelRect { x0: 0, y0: 4, x1: 20, y1: 9 }));
        assert_eq!(strips, block);
        assert_eq!(block.pixel(5, 2), part.pixel(0, 0));
        assert_eq!(block.pixel(20, 0), None);
    }

    #[test]
    fn every_orientation_is_the_one_of_the_image_crate() {
        let stored = noise(5, 3, 3);
        let Samples::U8(data) = stored.samples.clone() else { panic!() };
        for orientation in 1..=8 {
            let mut picture = image::DynamicImage::ImageRgb8(image::RgbImage::from_raw(5, 3, data.clone()).unwrap());
            picture.apply_orientation(Orientation::from_exif(orientation).unwrap());
            let block = stored.clone().oriented(orientation);
            assert_eq!((block.width, block.height), (picture.width(), picture.height()), "{orientation}");
            assert_eq!(block.samples, Samples::U8(picture.into_rgb8().into_raw()), "{orientation}");
        }
    }
}

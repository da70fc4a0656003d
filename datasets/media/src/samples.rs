//! Samples as a file holds them: typed, several bands to a pixel, no display in them.

use limn_raster::{PixelRect, halve_row};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

/// The type of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SampleType {
    /// Unsigned, 8 bits.
    U8,
    /// Unsigned, 16 bits.
    U16,
    /// Signed, 16 bits.
    I16,
    /// IEEE 754 of 32 bits; what a file stores in more bits is rounded to it.
    F32,
}

impl SampleType {
    /// Bytes of a sample.
    pub fn bytes(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::F32 => 4,
        }
    }
}

/// Samples of one type.
#[derive(Clone, Debug, PartialEq)]
pub enum Samples {
    /// See [`SampleType::U8`].
    U8(Vec<u8>),
    /// See [`SampleType::U16`].
    U16(Vec<u16>),
    /// See [`SampleType::I16`].
    I16(Vec<i16>),
    /// See [`SampleType::F32`].
    F32(Vec<f32>),
}

/// Does the same with the samples of every type.
macro_rules! each {
    ($samples:expr, $values:ident => $result:expr) => {
        match $samples {
            Samples::U8($values) => Samples::U8($result),
            Samples::U16($values) => Samples::U16($result),
            Samples::I16($values) => Samples::I16($result),
            Samples::F32($values) => Samples::F32($result),
        }
    };
}

impl Samples {
    /// So many zeros.
    pub fn zeros(of: SampleType, count: usize) -> Self {
        match of {
            SampleType::U8 => Self::U8(vec![0; count]),
            SampleType::U16 => Self::U16(vec![0; count]),
            SampleType::I16 => Self::I16(vec![0; count]),
            SampleType::F32 => Self::F32(vec![0.0; count]),
        }
    }

    /// Their type.
    pub fn sample_type(&self) -> SampleType {
        match self {
            Self::U8(_) => SampleType::U8,
            Self::U16(_) => SampleType::U16,
            Self::I16(_) => SampleType::I16,
            Self::F32(_) => SampleType::F32,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::U8(values) => values.len(),
            Self::U16(values) => values.len(),
            Self::I16(values) => values.len(),
            Self::F32(values) => values.len(),
        }
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One of them as a number; exact for every type.
    pub fn get(&self, index: usize) -> Option<f64> {
        match self {
            Self::U8(values) => values.get(index).copied().map(f64::from),
            Self::U16(values) => values.get(index).copied().map(f64::from),
            Self::I16(values) => values.get(index).copied().map(f64::from),
            Self::F32(values) => values.get(index).copied().map(f64::from),
        }
    }
}

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
        match (&mut self.samples, &other.samples) {
            (Samples::U8(to), Samples::U8(from)) => {
                copy(&mut to[first..], to_stride, &from[..rows], from_stride, at, count)
            }
            (Samples::U16(to), Samples::U16(from)) => {
                copy(&mut to[first..], to_stride, &from[..rows], from_stride, at, count)
            }
            (Samples::I16(to), Samples::I16(from)) => {
                copy(&mut to[first..], to_stride, &from[..rows], from_stride, at, count)
            }
            (Samples::F32(to), Samples::F32(from)) => {
                copy(&mut to[first..], to_stride, &from[..rows], from_stride, at, count)
            }
            _ => debug_assert!(false, "blocks of two types"),
        }
    }

    /// Its rows followed by those of a block of the same width, type and bands.
    pub fn append(&mut self, below: Self) {
        match (&mut self.samples, below.samples) {
            (Samples::U8(to), Samples::U8(from)) => to.extend(from),
            (Samples::U16(to), Samples::U16(from)) => to.extend(from),
            (Samples::I16(to), Samples::I16(from)) => to.extend(from),
            (Samples::F32(to), Samples::F32(from)) => to.extend(from),
            _ => debug_assert!(false, "blocks of two types"),
        }
        self.height += below.height;
    }

    /// The 2 x 2 means, rounded to the nearest (halves up) in whole types; at an odd border over what is there.
    #[expect(clippy::cast_possible_truncation, reason = "a mean of samples of a type is one of that type")]
    pub fn halved(&self) -> Self {
        let (w, h) = (self.width as usize, self.height as usize);
        let (half_w, half_h) = (w.div_ceil(2), h.div_ceil(2));
        let bands = self.bands;
        fn rows<T: Copy + Default + Send + Sync>(
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
        fn means<T: Copy>(upper: &[T], lower: &[T], bands: usize, target: &mut [T], mean: impl Fn([T; 4]) -> T) {
            let last = upper.len() / bands - 1;
            for (x, pixel) in target.chunks_exact_mut(bands).enumerate() {
                let (a, b) = (2 * x * bands, (2 * x + 1).min(last) * bands);
                for c in 0..bands {
                    pixel[c] = mean([upper[a + c], upper[b + c], lower[a + c], lower[b + c]]);
                }
            }
        }
        let shape = [h, w * bands, half_h, half_w * bands];
        let samples = match &self.samples {
            Samples::U8(values) => Samples::U8(rows(values, shape, |a, b, out| halve_row(a, b, bands, out))),
            Samples::U16(values) => Samples::U16(rows(values, shape, |a, b, out| {
                means(a, b, bands, out, |v| ((v.into_iter().map(u32::from).sum::<u32>() + 2) >> 2) as u16);
            })),
            Samples::I16(values) => Samples::I16(rows(values, shape, |a, b, out| {
                means(a, b, bands, out, |v| ((v.into_iter().map(i32::from).sum::<i32>() + 2) >> 2) as i16);
            })),
            Samples::F32(values) => Samples::F32(rows(values, shape, |a, b, out| {
                means(a, b, bands, out, |v| v.into_iter().sum::<f32>() / 4.0);
            })),
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

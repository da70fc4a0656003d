//! From samples to RGB, as a display asks for.

use std::sync::{Arc, OnceLock};

use super::block::Block;
use super::display::{Appearance, Display, Statistics, Stretch};
use super::sample::{Sample, SampleType, is_nodata};
use super::samples::{Samples, with_each};

/// A display made ready for the samples of one medium.
#[derive(Debug)]
pub struct Mapping {
    sample: SampleType,
    bands: [usize; 3],
    alpha: bool,
    black: f64,
    white: f64,
    gamma: f32,
    invert: bool,
    /// It changes nothing: bytes as they are.
    plain: bool,
    palette: Option<Arc<[[u8; 3]]>>,
    premultiplied: bool,
    nodata: Option<f64>,
    /// What each value of a whole type becomes, from the least on; made when it is first needed.
    table: OnceLock<Vec<u8>>,
}

impl Mapping {
    /// `bands` samples a pixel of type `sample`, the last one opacity with `alpha`; `statistics` is asked if the stretch needs it.
    pub fn new(
        display: &Display,
        sample: SampleType,
        bands: usize,
        alpha: bool,
        appearance: &Appearance,
        statistics: impl FnOnce() -> Arc<Statistics>,
    ) -> Self {
        let (black, white) = match display.stretch {
            Stretch::None => {
                let [least, most] = sample.range();
                (least, appearance.white.unwrap_or(most))
            }
            Stretch::Percentile { low, high } => statistics().between(low, high),
            Stretch::Window { centre, width } => {
                ((centre - width.abs() / 2.0).into(), (centre + width.abs() / 2.0).into())
            }
        };
        let last = bands.saturating_sub(1 + usize::from(alpha && bands > 1));
        let bands_shown = display.bands.map(|band| usize::from(band).min(last));
        let usual = display.stretch == Stretch::None && (display.gamma - 1.0).abs() < f32::EPSILON;
        let indexed = usual && bands_shown == [0; 3];
        let plain_colours = appearance.white.is_none() && appearance.nodata.is_none() && !appearance.inverted;
        Self {
            sample,
            bands: bands_shown,
            alpha: alpha && bands > 1,
            black,
            white,
            gamma: display.gamma,
            invert: display.invert != appearance.inverted,
            plain: sample == SampleType::U8 && usual && !display.invert && plain_colours,
            palette: appearance.palette.clone().filter(|_| indexed),
            premultiplied: appearance.premultiplied,
            nodata: appearance.nodata,
            table: OnceLock::new(),
        }
    }

    /// What a value becomes, 0 to 255.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is clamped to the bytes")]
    fn byte(&self, value: f32) -> u8 {
        if !value.is_finite() {
            return 0;
        }
        let (black, white) = (self.black as f32, self.white as f32);
        let range = if white > black { white - black } else { 1.0 };
        let mut share = ((value - black) / range).clamp(0.0, 1.0);
        if (self.gamma - 1.0).abs() >= f32::EPSILON {
            share = share.powf(1.0 / self.gamma.clamp(0.05, 20.0));
        }
        if self.invert {
            share = 1.0 - share;
        }
        (share * 255.0 + 0.5) as u8
    }

    /// As [`Mapping::byte`] for values of other types, exactly rounded.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is clamped to the bytes")]
    fn byte_of(&self, value: f64) -> u8 {
        if !value.is_finite() {
            return 0;
        }
        let range = if self.white > self.black { self.white - self.black } else { 1.0 };
        if (self.gamma - 1.0).abs() >= f32::EPSILON {
            let share = ((value - self.black) / range).clamp(0.0, 1.0) as f32;
            let share = share.powf(1.0 / self.gamma.clamp(0.05, 20.0));
            return ((if self.invert { 1.0 - share } else { share }) * 255.0 + 0.5) as u8;
        }
        let byte = ((value - self.black) * 255.0 / range + 0.5).clamp(0.0, 255.0) as u8;
        if self.invert { 255 - byte } else { byte }
    }

    fn table(&self, least: i32, many: i32) -> &[u8] {
        self.table.get_or_init(|| (least..least + many).map(|value| self.byte_of(value.into())).collect())
    }

    /// RGB of a block, row-major; transparent and empty pixels are laid over white.
    pub fn rgb(&self, block: &Block) -> Vec<u8> {
        let mut out = Vec::with_capacity(block.width as usize * block.height as usize * 3);
        let bands = block.bands;
        if let Some(palette) = &self.palette {
            with_each!(&block.samples, values => self.indexed(values, bands, palette, &mut out));
            return out;
        }
        match &block.samples {
            Samples::U8(values) if self.plain && bands == 3 && self.bands == [0, 1, 2] => out.extend(values),
            Samples::U8(values) => {
                let table = self.table(0, 1 << 8);
                self.each(values, bands, |v| table[usize::from(v)], &mut out);
            }
            Samples::U16(values) => {
                let table = self.table(0, 1 << 16);
                self.each(values, bands, |v| table[usize::from(v)], &mut out);
            }
            Samples::I16(values) => {
                let table = self.table(i32::from(i16::MIN), 1 << 16);
                let at = |v: i16| usize::try_from(i32::from(v) - i32::from(i16::MIN)).unwrap_or(0);
                self.each(values, bands, |v| table[at(v)], &mut out);
            }
            Samples::F32(values) => self.each(values, bands, |v| self.byte(v), &mut out),
            other => with_each!(other, values => self.each(values, bands, |v| self.byte_of(v.number()), &mut out)),
        }
        out
    }

    /// Opacity of each pixel of a block; `None` if it has none, or is opaque everywhere.
    pub fn alpha(&self, block: &Block) -> Option<Vec<u8>> {
        if !self.alpha && self.nodata.is_none() {
            return None;
        }
        let bands = block.bands;
        let alpha: Vec<u8> = with_each!(&block.samples, values => {
            values.chunks_exact(bands.max(1)).map(|pixel| if self.is_empty(pixel) { 0 } else { self.opacity(pixel) }).collect()
        });
        alpha.iter().any(|&v| v != 255).then_some(alpha)
    }

    fn each<T: Sample>(&self, values: &[T], bands: usize, byte: impl Fn(T) -> u8, out: &mut Vec<u8>) {
        let [r, g, b] = self.bands;
        for pixel in values.chunks_exact(bands.max(1)) {
            if self.nodata.is_some() && self.is_empty(pixel) {
                out.extend([255; 3]);
                continue;
            }
            if !self.alpha {
                let same = r == g && g == b;
                out.extend(if same { [byte(pixel[r]); 3] } else { [byte(pixel[r]), byte(pixel[g]), byte(pixel[b])] });
                continue;
            }
            let opacity = self.opacity(pixel);
            let colour = |band: usize| {
                let value = pixel[band];
                // What was multiplied with nothing is nothing.
                let whole = || T::nearest(value.number() * 255.0 / f64::from(opacity.max(1)));
                over_white(byte(if self.premultiplied && opacity < 255 { whole() } else { value }), opacity)
            };
            out.extend([colour(r), colour(g), colour(b)]);
        }
    }

    fn indexed<T: Sample>(&self, values: &[T], bands: usize, palette: &[[u8; 3]], out: &mut Vec<u8>) {
        for pixel in values.chunks_exact(bands.max(1)) {
            let colour = palette.get(pixel[0].number().max(0.0) as usize).copied().unwrap_or_default();
            let opacity = if self.is_empty(pixel) { 0 } else { self.opacity(pixel) };
            out.extend(colour.map(|value| over_white(value, opacity)));
        }
    }

    /// All colours of the pixel are the value of what is missing.
    fn is_empty<T: Sample>(&self, pixel: &[T]) -> bool {
        let Some(nodata) = self.nodata else { return false };
        let colours = pixel.len() - usize::from(self.alpha);
        pixel[..colours].iter().all(|value| is_nodata(value.number(), nodata))
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is clamped to the bytes")]
    fn opacity<T: Sample>(&self, pixel: &[T]) -> u8 {
        if !self.alpha {
            return 255;
        }
        let value = pixel.last().map_or(0.0, |value| value.number());
        match self.sample {
            SampleType::U8 => value as u8,
            SampleType::U16 => (value / 256.0) as u8,
            other => ((value / other.range()[1]).clamp(0.0, 1.0) * 255.0 + 0.5) as u8,
        }
    }
}

/// A channel of a pixel that is laid over white.
#[expect(clippy::cast_possible_truncation, reason = "a mean of bytes is a byte")]
pub(crate) fn over_white(value: u8, opacity: u8) -> u8 {
    let (value, opacity) = (u32::from(value), u32::from(opacity));
    ((value * opacity + 255 * (255 - opacity) + 127) / 255) as u8
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn shown(samples: Samples, bands: usize, alpha: bool, display: Display) -> Vec<u8> {
        let width = (samples.len() / bands) as u32;
        let block = Block { width, height: 1, bands, samples };
        let statistics = Arc::new(Statistics::of(&block, alpha, None));
        let rgb =
            Mapping::new(&display, block.samples.sample_type(), bands, alpha, &Appearance::default(), || statistics)
                .rgb(&block);
        rgb.chunks_exact(3).map(|pixel| pixel[0]).collect()
    }

    fn usual(samples: Samples) -> Vec<u8> {
        let display = Display::usual(samples.sample_type(), 1);
        shown(samples, 1, false, display)
    }

    #[test]
    fn the_extremes_become_black_and_white() {
        assert_eq!(usual(Samples::U16(vec![1000, 1500, 2000])), [0, 128, 255]);
        assert_eq!(usual(Samples::U16(vec![7, 7])), [0, 0]);
        assert_eq!(usual(Samples::I16(vec![-1000, 0, 1000])), [0, 128, 255]);
        assert_eq!(usual(Samples::F32(vec![-1.0, 0.0, 1.0, f32::NAN])), [0, 128, 255, 0]);
        assert_eq!(usual(Samples::F32(vec![f32::NAN])), [0]);
        assert_eq!(usual(Samples::U8(vec![0, 7, 255])), [0, 7, 255]);
    }

    #[test]
    fn opacity_keeps_its_scale_and_does_not_take_part() {
        let display = Display::usual(SampleType::U16, 1);
        assert_eq!(shown(Samples::U16(vec![0, 65535, 10, 0, 10, 65535]), 2, true, display), [0, 255, 255]);
    }

    #[test]
    fn empty_pixels_palettes_few_bits_and_multiplied_colours() {
        let seen = |samples: Samples, bands: usize, alpha: bool, appearance: Appearance| {
            let block = Block { width: (samples.len() / bands) as u32, height: 1, bands, samples };
            let sample = block.samples.sample_type();
            let statistics = Arc::new(Statistics::of(&block, alpha, appearance.nodata));
            let display = Display::usual(sample, bands - usize::from(alpha));
            Mapping::new(&display, sample, bands, alpha, &appearance, || statistics).rgb(&block)
        };
        let nodata = Appearance { nodata: Some(-9999.0), ..Appearance::default() };
        let values = Samples::I16(vec![-9999, 10, 20]);
        assert_eq!(seen(values, 1, false, nodata.clone()), [[255; 3], [0; 3], [255; 3]].concat());
        // Empty only where every band is.
        let rgb = seen(Samples::F64(vec![-9999.0, 0.0, 1e9, -9999.0, -9999.0, -9999.0]), 3, false, nodata);
        assert_eq!(rgb, [0, 0, 255, 255, 255, 255]);
        let nan = Appearance { nodata: Some(f64::NAN), ..Appearance::default() };
        assert_eq!(seen(Samples::F32(vec![f32::NAN, 0.0, 1.0]), 1, false, nan)[..6], [255, 255, 255, 0, 0, 0]);
        let palette = Appearance { palette: Some(vec![[1, 2, 3], [4, 5, 6]].into()), ..Appearance::default() };
        assert_eq!(seen(Samples::U8(vec![1, 0, 9]), 1, false, palette), [4, 5, 6, 1, 2, 3, 0, 0, 0]);
        let few = Appearance { white: Some(3.0), inverted: true, ..Appearance::default() };
        assert_eq!(seen(Samples::U8(vec![0, 1, 3]), 1, false, few)[..6], [255, 255, 255, 170, 170, 170]);
        let multiplied = Appearance { premultiplied: true, ..Appearance::default() };
        assert_eq!(seen(Samples::U8(vec![50, 0, 128, 128]), 4, true, multiplied)[..2], [177, 127]);
    }

    #[test]
    fn a_hot_and_a_dead_pixel_do_not_count() {
        let mut samples: Vec<u16> = (0..2000).map(|at| 1000 + at % 1000).collect();
        (samples[5], samples[7]) = (u16::MAX, 0);
        let bytes = usual(Samples::U16(samples.clone()));
        assert_eq!((bytes[0], bytes[500], bytes[999], bytes[5], bytes[7]), (0, 128, 255, 255, 0));
        let floats: Vec<f32> = samples.iter().map(|value| f32::from(*value)).collect();
        assert_eq!(usual(Samples::F32(floats))[500], 128);
    }

    #[test]
    fn windows_gamma_bands_and_inversion() {
        let window =
            Display { bands: [0; 3], stretch: Stretch::Window { centre: 40.0, width: 400.0 }, ..Display::default() };
        assert_eq!(shown(Samples::I16(vec![-1000, -160, 40, 240]), 1, false, window), [0, 0, 128, 255]);
        let inverted = Display { invert: true, ..window };
        assert_eq!(shown(Samples::I16(vec![-1000, 240]), 1, false, inverted), [255, 0]);
        let lifted = Display { gamma: 2.0, bands: [1; 3], ..Display::default() };
        assert_eq!(shown(Samples::U8(vec![9, 0, 9, 64, 9, 255]), 2, false, lifted), [0, 128, 255]);
        // A band that is not there is the last one.
        let beyond = Display { bands: [9; 3], ..Display::default() };
        assert_eq!(shown(Samples::U8(vec![1, 2, 3, 4]), 2, false, beyond), [2, 4]);
    }
}

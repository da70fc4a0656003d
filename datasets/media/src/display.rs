//! From samples to what is seen, by a person and by the network: bands, stretch, gamma.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::samples::{Block, SampleType, Samples};

/// How samples become RGB. It belongs to a medium, not to its file.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Display {
    /// The bands that are shown as red, green and blue; grey names one band three times.
    pub bands: [u16; 3],
    /// Which values are black and white.
    pub stretch: Stretch,
    /// Above 1 the dark parts become lighter.
    pub gamma: f32,
    /// Black and white exchanged.
    pub invert: bool,
}

/// Which values are black and which are white; between them the way is straight.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stretch {
    /// 0 and the largest value of the type (1 for floating point).
    None,
    /// All but so many percent of the samples of the shown bands lie above the darkest and below the brightest.
    Percentile {
        /// Percent that are darker than black.
        low: f32,
        /// Percent that are not brighter than white.
        high: f32,
    },
    /// As scans are read: the middle and the width of what is shown.
    Window {
        /// The value of middle grey.
        centre: f32,
        /// White minus black.
        width: f32,
    },
}

impl Stretch {
    /// All but the darkest and the brightest thousandth, so that a hot or a dead pixel does not blacken the picture.
    pub const USUAL: Self = Self::Percentile { low: 0.1, high: 99.9 };
}

impl Default for Display {
    fn default() -> Self {
        Self { bands: [0, 1, 2], stretch: Stretch::None, gamma: 1.0, invert: false }
    }
}

impl Display {
    /// The usual one for a medium of so many colour bands: samples of 8 bits as they are, others by [`Stretch::USUAL`].
    pub fn usual(sample: SampleType, colours: usize) -> Self {
        let bands = if colours >= 3 { [0, 1, 2] } else { [0; 3] };
        let stretch = if sample == SampleType::U8 { Stretch::None } else { Stretch::USUAL };
        Self { bands, stretch, ..Self::default() }
    }
}

/// How often each value occurs in a picture, over all its colour bands together: that keeps the hue.
#[derive(Debug)]
pub enum Statistics {
    /// For whole types: how many samples have the value `least + index`.
    Counts {
        /// The least value of the type.
        least: i32,
        /// A count for each value.
        counts: Vec<u64>,
    },
    /// For floating point: finite values in order; of very many an evenly taken part.
    Sorted(Vec<f32>),
}

/// Of floating point samples at most so many are put in order.
const MOST_SORTED: usize = 1 << 24;

impl Statistics {
    /// Counts the samples of a block; with `alpha` its last band is opacity and does not count.
    pub fn of(block: &Block, alpha: bool) -> Self {
        let colours = block.bands - usize::from(alpha && block.bands > 1);
        fn colour<T: Copy>(values: &[T], bands: usize, colours: usize) -> impl Iterator<Item = T> {
            values.chunks_exact(bands.max(1)).flat_map(move |pixel| &pixel[..colours]).copied()
        }
        let counted = |least: i32, many: usize, values: &mut dyn Iterator<Item = i32>| {
            let mut counts = vec![0u64; many];
            values.for_each(|value| counts[usize::try_from(value - least).unwrap_or(0)] += 1);
            Self::Counts { least, counts }
        };
        match &block.samples {
            Samples::U8(values) => counted(0, 1 << 8, &mut colour(values, block.bands, colours).map(i32::from)),
            Samples::U16(values) => counted(0, 1 << 16, &mut colour(values, block.bands, colours).map(i32::from)),
            Samples::I16(values) => {
                counted(i32::from(i16::MIN), 1 << 16, &mut colour(values, block.bands, colours).map(i32::from))
            }
            Samples::F32(values) => {
                let step = values.len().div_ceil(MOST_SORTED).max(1);
                let finite = colour(values, block.bands, colours).filter(|value| value.is_finite());
                let mut sorted: Vec<f32> = finite.step_by(step).collect();
                sorted.sort_unstable_by(f32::total_cmp);
                Self::Sorted(sorted)
            }
        }
    }

    /// The values that `low` percent lie below and `high` percent not above.
    fn between(&self, low: f32, high: f32) -> (f32, f32) {
        // In millionths, so that 99.9 leaves out as many as 0.1 does.
        let beyond = |count: u64, percent: f32| {
            let millionths = (f64::from(percent.clamp(0.0, 100.0)) * 1e4).round() as u128;
            (u128::from(count) * millionths / 1_000_000) as u64
        };
        let (below, above) = (low, 100.0 - high);
        match self {
            Self::Counts { least, counts } => {
                let (total, last) = (counts.iter().sum::<u64>(), counts.len().saturating_sub(1));
                // How many values are passed until more than those beyond are seen.
                let passed = |beyond: u64, counts: &mut dyn Iterator<Item = &u64>| {
                    let mut seen = 0;
                    let passed = counts.take_while(|count| {
                        seen += **count;
                        seen <= beyond
                    });
                    passed.count().min(last)
                };
                let value = |index: usize| (*least + index as i32) as f32;
                let low = passed(beyond(total, below), &mut counts.iter());
                (value(low), value(last - passed(beyond(total, above), &mut counts.iter().rev())))
            }
            Self::Sorted(values) => {
                let Some(last) = values.len().checked_sub(1) else { return (0.0, 0.0) };
                let at = |beyond: u64| (beyond as usize).min(last);
                let count = values.len() as u64;
                (values[at(beyond(count, below))], values[last - at(beyond(count, above))])
            }
        }
    }
}

/// A display made ready for the samples of one medium.
#[derive(Debug)]
pub struct Mapping {
    bands: [usize; 3],
    alpha: bool,
    black: f32,
    white: f32,
    gamma: f32,
    invert: bool,
    /// It changes nothing: bytes as they are.
    plain: bool,
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
        statistics: impl FnOnce() -> std::sync::Arc<Statistics>,
    ) -> Self {
        let (black, white) = match display.stretch {
            Stretch::None => match sample {
                SampleType::U8 => (0.0, 255.0),
                SampleType::U16 => (0.0, 65_535.0),
                SampleType::I16 => (-32_768.0, 32_767.0),
                SampleType::F32 => (0.0, 1.0),
            },
            Stretch::Percentile { low, high } => statistics().between(low, high),
            Stretch::Window { centre, width } => (centre - width.abs() / 2.0, centre + width.abs() / 2.0),
        };
        let last = bands.saturating_sub(1 + usize::from(alpha && bands > 1));
        Self {
            bands: display.bands.map(|band| usize::from(band).min(last)),
            alpha: alpha && bands > 1,
            black,
            white,
            gamma: display.gamma,
            invert: display.invert,
            plain: sample == SampleType::U8
                && display.stretch == Stretch::None
                && (display.gamma - 1.0).abs() < f32::EPSILON
                && !display.invert,
            table: OnceLock::new(),
        }
    }

    /// What a value becomes, 0 to 255.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is clamped to the bytes")]
    fn byte(&self, value: f32) -> u8 {
        if !value.is_finite() {
            return 0;
        }
        let range = if self.white > self.black { self.white - self.black } else { 1.0 };
        let mut share = ((value - self.black) / range).clamp(0.0, 1.0);
        if (self.gamma - 1.0).abs() >= f32::EPSILON {
            share = share.powf(1.0 / self.gamma.clamp(0.05, 20.0));
        }
        if self.invert {
            share = 1.0 - share;
        }
        (share * 255.0 + 0.5) as u8
    }

    /// As [`Mapping::byte`] for a whole value, exactly rounded.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is clamped to the bytes")]
    fn byte_of_whole(&self, value: i32) -> u8 {
        if (self.gamma - 1.0).abs() >= f32::EPSILON {
            return self.byte(value as f32);
        }
        let (black, white) = (f64::from(self.black), f64::from(self.white));
        let range = if white > black { white - black } else { 1.0 };
        let byte = ((f64::from(value) - black) * 255.0 / range + 0.5).clamp(0.0, 255.0) as u8;
        if self.invert { 255 - byte } else { byte }
    }

    fn table(&self, least: i32, many: i32) -> &[u8] {
        self.table.get_or_init(|| (least..least + many).map(|value| self.byte_of_whole(value)).collect())
    }

    /// RGB of a block, row-major; transparent pixels are laid over white.
    pub fn rgb(&self, block: &Block) -> Vec<u8> {
        let mut out = Vec::with_capacity(block.width as usize * block.height as usize * 3);
        match &block.samples {
            Samples::U8(values) if self.plain && block.bands == 3 && self.bands == [0, 1, 2] => out.extend(values),
            Samples::U8(values) => {
                let table = self.table(0, 1 << 8);
                self.each(values, block.bands, |v| table[usize::from(v)], |v| v, &mut out);
            }
            Samples::U16(values) => {
                let table = self.table(0, 1 << 16);
                self.each(values, block.bands, |v| table[usize::from(v)], |v| v.to_be_bytes()[0], &mut out);
            }
            Samples::I16(values) => {
                let table = self.table(i32::from(i16::MIN), 1 << 16);
                let at = |v: i16| usize::try_from(i32::from(v) - i32::from(i16::MIN)).unwrap_or(0);
                self.each(
                    values,
                    block.bands,
                    |v| table[at(v)],
                    |v| v.max(0).to_be_bytes()[0].saturating_mul(2),
                    &mut out,
                );
            }
            Samples::F32(values) => self.each(values, block.bands, |v| self.byte(v), opacity, &mut out),
        }
        out
    }

    /// Opacity of each pixel of a block; `None` if it has none, or is opaque everywhere.
    pub fn alpha(&self, block: &Block) -> Option<Vec<u8>> {
        if !self.alpha {
            return None;
        }
        fn last<T: Copy>(values: &[T], bands: usize, byte: impl Fn(T) -> u8) -> Vec<u8> {
            values.chunks_exact(bands).map(|pixel| byte(pixel[bands - 1])).collect()
        }
        let alpha = match &block.samples {
            Samples::U8(values) => values.chunks_exact(block.bands).map(|pixel| pixel[block.bands - 1]).collect(),
            Samples::U16(values) => last(values, block.bands, |v| v.to_be_bytes()[0]),
            Samples::I16(_) => return None,
            Samples::F32(values) => last(values, block.bands, opacity),
        };
        alpha.iter().any(|&v| v != 255).then_some(alpha)
    }

    fn each<T: Copy>(
        &self,
        values: &[T],
        bands: usize,
        byte: impl Fn(T) -> u8,
        opacity: impl Fn(T) -> u8,
        out: &mut Vec<u8>,
    ) {
        let [r, g, b] = self.bands;
        for pixel in values.chunks_exact(bands.max(1)) {
            let rgb =
                if r == g && g == b { [byte(pixel[r]); 3] } else { [byte(pixel[r]), byte(pixel[g]), byte(pixel[b])] };
            if self.alpha {
                let opacity = opacity(pixel[bands - 1]);
                out.extend(rgb.map(|value| over_white(value, opacity)));
            } else {
                out.extend(rgb);
            }
        }
    }
}

/// An opacity of 0 to 1 as a byte.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is clamped to the bytes")]
fn opacity(value: f32) -> u8 {
    (value.clamp(0.0, 1.0) * 255.0 + 0.5) as u8
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
        let statistics = Arc::new(Statistics::of(&block, alpha));
        let rgb = Mapping::new(&display, block.samples.sample_type(), bands, alpha, || statistics).rgb(&block);
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

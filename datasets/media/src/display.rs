//! How samples are to be seen, by a person and by the network: bands, stretch, gamma; and which values occur.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::block::Block;
use super::sample::{Sample, SampleType, is_nodata};
use super::samples::{Samples, with_each};

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
    /// For floating point of 32 bits: finite values in order; of very many an evenly taken part.
    Sorted(Vec<f32>),
    /// The same for other types of more than 16 bits.
    Wide(Vec<f64>),
}

/// Of floating point samples at most so many are put in order.
const MOST_SORTED: usize = 1 << 24;

/// Of other samples of more than 16 bits at most so many are put in order.
const MOST_WIDE: usize = 1 << 22;

/// How samples look that are no plain greys or colours. It belongs to the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Appearance {
    /// What each value of the first band stands for.
    pub palette: Option<Arc<[[u8; 3]]>>,
    /// The largest value that a sample of few bits can have, where it is less than that of its type.
    pub white: Option<f64>,
    /// The least value is white.
    pub inverted: bool,
    /// The colours are multiplied with the opacity already.
    pub premultiplied: bool,
    /// A pixel whose colour bands all have this value is empty: it is shown as transparent, and counted nowhere.
    pub nodata: Option<f64>,
}

impl Statistics {
    /// Counts the samples of a block; with `alpha` its last band is opacity and does not count, nor do pixels that are wholly
    /// transparent, or empty because their colours all are `nodata`.
    pub fn of(block: &Block, alpha: bool, nodata: Option<f64>) -> Self {
        let colours = block.bands - usize::from(alpha && block.bands > 1);
        let alpha = colours < block.bands;
        fn colour<T: Sample>(
            values: &[T],
            [bands, colours]: [usize; 2],
            alpha: bool,
            nodata: Option<f64>,
        ) -> impl Iterator<Item = T> {
            let filled = move |pixel: &&[T]| {
                let empty = |nodata| pixel[..colours].iter().all(|value| is_nodata(value.number(), nodata));
                (!alpha || pixel[bands - 1].number() > 0.0) && !nodata.is_some_and(empty)
            };
            values.chunks_exact(bands.max(1)).filter(filled).flat_map(move |pixel| &pixel[..colours]).copied()
        }
        let bands = [block.bands, colours];
        let counted = |least: i32, many: usize, values: &mut dyn Iterator<Item = i32>| {
            let mut counts = vec![0u64; many];
            values.for_each(|value| counts[usize::try_from(value - least).unwrap_or(0)] += 1);
            Self::Counts { least, counts }
        };
        match &block.samples {
            Samples::U8(values) => counted(0, 1 << 8, &mut colour(values, bands, alpha, nodata).map(i32::from)),
            Samples::I8(values) => counted(-128, 1 << 8, &mut colour(values, bands, alpha, nodata).map(i32::from)),
            Samples::U16(values) => counted(0, 1 << 16, &mut colour(values, bands, alpha, nodata).map(i32::from)),
            Samples::I16(values) => {
                counted(i32::from(i16::MIN), 1 << 16, &mut colour(values, bands, alpha, nodata).map(i32::from))
            }
            Samples::F32(values) => {
                let step = values.len().div_ceil(MOST_SORTED).max(1);
                let finite = colour(values, bands, alpha, nodata).filter(|value| value.is_finite());
                let mut sorted: Vec<f32> = finite.step_by(step).collect();
                sorted.sort_unstable_by(f32::total_cmp);
                Self::Sorted(sorted)
            }
            other => {
                let step = other.len().div_ceil(MOST_WIDE).max(1);
                let mut sorted: Vec<f64> = with_each!(other, values => {
                    let numbers = colour(values, bands, alpha, nodata).map(|value| value.number());
                    numbers.filter(|value| value.is_finite()).step_by(step).collect()
                });
                sorted.sort_unstable_by(f64::total_cmp);
                Self::Wide(sorted)
            }
        }
    }

    /// The values that `low` percent lie below and `high` percent not above.
    pub(crate) fn between(&self, low: f32, high: f32) -> (f64, f64) {
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
                let value = |index: usize| f64::from(*least + index as i32);
                let low = passed(beyond(total, below), &mut counts.iter());
                (value(low), value(last - passed(beyond(total, above), &mut counts.iter().rev())))
            }
            Self::Sorted(values) => {
                let Some(last) = values.len().checked_sub(1) else { return (0.0, 0.0) };
                let at = |beyond: u64| (beyond as usize).min(last);
                let count = values.len() as u64;
                (values[at(beyond(count, below))].into(), values[last - at(beyond(count, above))].into())
            }
            Self::Wide(values) => {
                let Some(last) = values.len().checked_sub(1) else { return (0.0, 0.0) };
                let at = |beyond: u64| (beyond as usize).min(last);
                let count = values.len() as u64;
                (values[at(beyond(count, below))], values[last - at(beyond(count, above))])
            }
        }
    }
}

//! COCO run lengths: column-major counts that start with a run of zeros, and their compressed string.
//!
//! The string is that of `maskApi.c` (`rleToString`): 5 bits and a continuation bit per character, offset 48, from
//! the fourth count on as the difference to the count two before.
//!
//! Counts are 64 bits wide: pictures of 2^32 pixels and more have longer runs than the COCO tools hold. What leaves for those
//! tools goes through [`Mask::to_coco_counts`] and [`Mask::to_coco_string`], which refuse such a run instead of cutting it.

use super::columns::from_toggles;
use super::limits::{LimitError, MaskBudget, check_sides};
use super::mask::Mask;
use super::transpose::transpose;

pub use super::limits::MAX_SIDE;

/// Why run lengths cannot be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RleError {
    /// The picture or the mask claims more than is given.
    #[error("run lengths: {0}")]
    TooLarge(#[from] LimitError),
    /// The runs do not add up to the picture.
    #[error("run lengths cover {covered} pixels, the picture {width}x{height} has {expected}")]
    WrongSum {
        /// Pixels covered by all runs.
        covered: u64,
        /// Pixels of the picture.
        expected: u64,
        /// Width of the picture.
        width: u32,
        /// Height of the picture.
        height: u32,
    },
    /// A character that the code does not have, or a string that ends within a number.
    #[error("the compressed run lengths are damaged at character {at}")]
    BadCharacter {
        /// Position in the string.
        at: usize,
    },
    /// A count below zero or too large.
    #[error("run length {index} is {value}, which no picture can have")]
    BadCount {
        /// Position among the counts.
        index: usize,
        /// What was found.
        value: i64,
    },
    /// A run is longer than 32 bits can say.
    #[error("run length {index} is {value}; the COCO tools hold at most {max}: write label maps or split the picture", max = u32::MAX)]
    TooLong {
        /// Position among the counts.
        index: usize,
        /// The length of the run.
        value: u64,
    },
}

impl Mask {
    /// The COCO counts: lengths of alternating runs of 0 and 1, column by column, beginning with zeros. The last run
    /// reaches the end of the picture; a run of zeros at the end is written, one of ones is the last.
    ///
    /// # Errors
    /// [`RleError::TooLarge`] when the mask has more column runs than memory is given for (a few long rows of a very wide
    /// picture are millions of them).
    pub fn to_rle_counts(&self) -> Result<Vec<u64>, RleError> {
        let height = u64::from(self.height());
        let total = u64::from(self.width()) * height;
        let mut counts: Vec<u64> = Vec::new();
        let mut position = 0u64;
        for span in transpose(self.spans(), self.width(), self.height(), &MaskBudget::one_mask())? {
            let column = u64::from(span.y) * height;
            let (start, end) = (column + u64::from(span.x0), column + u64::from(span.x1));
            match counts.last_mut() {
                Some(ones) if start == position => *ones += end - start,
                _ => counts.extend([start - position, end - start]),
            }
            position = end;
        }
        if position < total || counts.is_empty() {
            counts.push(total - position);
        }
        Ok(counts)
    }

    /// The counts as the COCO tools hold them, in 32 bits.
    ///
    /// # Errors
    /// [`RleError::TooLong`] when a run does not fit, and as [`Mask::to_rle_counts`].
    pub fn to_coco_counts(&self) -> Result<Vec<u32>, RleError> {
        let narrow = |(index, value)| u32::try_from(value).map_err(|_| RleError::TooLong { index, value });
        self.to_rle_counts()?.into_iter().enumerate().map(narrow).collect()
    }

    /// From COCO counts. The runs must cover the picture exactly, except that a missing last run of zeros is
    /// tolerated (the number of counts is then even), as the COCO tools do.
    ///
    /// # Errors
    /// When the sum is wrong, the picture larger than [`MAX_SIDE`], or the mask has more than
    /// [`MAX_MASK_BYTES`](super::limits::MAX_MASK_BYTES) (one run may be millions of row spans).
    pub fn from_rle_counts(width: u32, height: u32, counts: &[u64]) -> Result<Mask, RleError> {
        Self::from_rle_counts_within(width, height, counts, &mut MaskBudget::one_mask())
    }

    /// [`Mask::from_rle_counts`] within what is left of a budget, from which the memory of the mask is taken.
    ///
    /// # Errors
    /// As there; [`LimitError::Memory`] when the budget does not reach.
    pub fn from_rle_counts_within(
        width: u32,
        height: u32,
        counts: &[u64],
        budget: &mut MaskBudget,
    ) -> Result<Mask, RleError> {
        check_sides(width, height)?;
        let expected = u64::from(width) * u64::from(height);
        let covered = counts.iter().fold(0u64, |sum, &count| sum.saturating_add(count));
        if covered > expected || (covered < expected && !counts.len().is_multiple_of(2)) {
            return Err(RleError::WrongSum { covered, expected, width, height });
        }
        let ends = counts.iter().scan(0u64, |position, &count| {
            *position += count;
            Some(*position)
        });
        Ok(from_toggles(width, height, ends, budget)?)
    }

    /// The compressed counts as pycocotools writes them, with runs of any length.
    ///
    /// # Errors
    /// As [`Mask::to_rle_counts`].
    pub fn to_rle_string(&self) -> Result<String, RleError> {
        Ok(encode_counts(&self.to_rle_counts()?))
    }

    /// The compressed counts as the COCO tools can read them.
    ///
    /// # Errors
    /// As [`Mask::to_coco_counts`].
    pub fn to_coco_string(&self) -> Result<String, RleError> {
        let counts = self.to_rle_counts()?;
        match counts.iter().position(|&count| u32::try_from(count).is_err()) {
            Some(index) => Err(RleError::TooLong { index, value: counts[index] }),
            None => Ok(encode_counts(&counts)),
        }
    }

    /// From compressed counts.
    ///
    /// # Errors
    /// As [`decode_counts`] and [`Mask::from_rle_counts`].
    pub fn from_rle_string(width: u32, height: u32, text: &str) -> Result<Mask, RleError> {
        Self::from_rle_string_within(width, height, text, &mut MaskBudget::one_mask())
    }

    /// [`Mask::from_rle_string`] within what is left of a budget.
    ///
    /// # Errors
    /// As there; [`LimitError::Memory`] when the budget does not reach.
    pub fn from_rle_string_within(
        width: u32,
        height: u32,
        text: &str,
        budget: &mut MaskBudget,
    ) -> Result<Mask, RleError> {
        check_sides(width, height)?;
        Self::from_rle_counts_within(width, height, &decode_counts(text)?, budget)
    }
}

/// Counts to the compressed string. Counts are below 2^62, which every picture keeps.
pub fn encode_counts(counts: &[u64]) -> String {
    let mut text = String::with_capacity(counts.len() * 2);
    let at = |index: usize| -> i64 { i64::try_from(counts[index]).unwrap_or(i64::MAX) };
    for index in 0..counts.len() {
        let mut value = at(index);
        if index > 2 {
            value -= at(index - 2);
        }
        loop {
            let bits = u8::try_from(value & 0x1f).unwrap_or_default();
            value >>= 5;
            let more = if bits & 0x10 != 0 { value != -1 } else { value != 0 };
            text.push(char::from(bits + 48 + if more { 0x20 } else { 0 }));
            if !more {
                break;
            }
        }
    }
    text
}

/// The most bits of a number in the compressed string: no picture of [`MAX_SIDE`] needs more than 46.
const MAX_BITS: u32 = 55;

/// The compressed string to counts.
///
/// # Errors
/// On characters outside `0`..`o`, on a string that ends within a number, and on counts that no picture can have.
pub fn decode_counts(text: &str) -> Result<Vec<u64>, RleError> {
    let mut counts: Vec<u64> = Vec::new();
    let (mut value, mut shift) = (0i64, 0u32);
    for (at, byte) in text.bytes().enumerate() {
        let bits = match byte.checked_sub(48) {
            Some(bits) if bits < 64 && shift < MAX_BITS => bits,
            _ => return Err(RleError::BadCharacter { at }),
        };
        value |= i64::from(bits & 0x1f) << shift;
        shift += 5;
        if bits & 0x20 != 0 {
            continue;
        }
        if bits & 0x10 != 0 {
            value |= -1i64 << shift;
        }
        let index = counts.len();
        if index > 2 {
            // Both below 2^55 or refused: the sum fits.
            value += i64::try_from(counts[index - 2]).unwrap_or(i64::MAX >> 1);
        }
        let count = u64::try_from(value).ok().filter(|count| *count < 1 << MAX_BITS);
        counts.push(count.ok_or(RleError::BadCount { index, value })?);
        (value, shift) = (0, 0);
    }
    if shift > 0 {
        return Err(RleError::BadCharacter { at: text.len() });
    }
    Ok(counts)
}

/// A mask is stored as the COCO run-length object `{"size": [height, width], "counts": "..."}`.
impl serde::Serialize for Mask {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let counts = self.to_rle_string().map_err(serde::ser::Error::custom)?;
        RleObject { size: [self.height(), self.width()], counts }.serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for Mask {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let object = RleObject::deserialize(deserializer)?;
        let [height, width] = object.size;
        Mask::from_rle_string(width, height, &object.counts).map_err(serde::de::Error::custom)
    }
}

#[derive(serde::Serialize, serde::Deserialize)]
struct RleObject {
    size: [u32; 2],
    counts: String,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::arbitrary::mask;
    use super::super::mask::{PixelRect, Span};
    use super::*;

    proptest! {
        #[test]
        fn counts_and_string_round_trip(m in mask()) {
            let counts = m.to_rle_counts().unwrap();
            prop_assert_eq!(counts.iter().sum::<u64>(), u64::from(m.width()) * u64::from(m.height()));
            prop_assert!(counts.iter().skip(1).all(|&c| c > 0));
            prop_assert_eq!(&Mask::from_rle_counts(m.width(), m.height(), &counts).unwrap(), &m);
            prop_assert_eq!(&decode_counts(&encode_counts(&counts)).unwrap(), &counts);
            let json = serde_json::to_string(&m).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Mask>(&json).unwrap(), &m);
            let narrow = counts.iter().map(|&c| u32::try_from(c).unwrap()).collect();
            prop_assert_eq!(m.to_coco_counts(), Ok::<Vec<u32>, _>(narrow));
            prop_assert_eq!(m.to_coco_string(), m.to_rle_string());
        }

        #[test]
        fn any_counts_survive_the_string(counts in proptest::collection::vec(0u64..1 << 54, 0..40)) {
            prop_assert_eq!(decode_counts(&encode_counts(&counts)).unwrap(), counts);
        }

        /// Pictures of 2^32 pixels and more: a few spans far apart.
        #[test]
        fn runs_of_any_length_are_kept(
            sides in (16u32..=22, 16u32..=22),
            spots in proptest::collection::vec((any::<u32>(), any::<u32>(), 1u32..300), 0..12),
        ) {
            let (width, height) = (1 << sides.0, 1 << sides.1);
            let spans = spots.iter().map(|&(x, y, long)| {
                let x0 = x % width;
                Span { y: y % height, x0, x1: x0 + long }
            });
            let m = Mask::from_spans(width, height, spans.collect());
            let counts = m.to_rle_counts().unwrap();
            prop_assert_eq!(counts.iter().sum::<u64>(), u64::from(width) * u64::from(height));
            prop_assert_eq!(&Mask::from_rle_counts(width, height, &counts).unwrap(), &m);
            let json = serde_json::to_string(&m).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Mask>(&json).unwrap(), &m);
            match m.to_coco_counts() {
                Ok(narrow) => prop_assert!(narrow.iter().zip(&counts).all(|(&a, &b)| u64::from(a) == b)),
                Err(RleError::TooLong { index, value }) => prop_assert!(counts[index] == value && value > u64::from(u32::MAX)),
                Err(other) => prop_assert!(false, "{}", other),
            }
        }

        #[test]
        fn hostile_text_never_panics(text in "\\PC{0,40}") {
            if let Ok(m) = Mask::from_rle_string(7, 5, &text) {
                prop_assert!(m.area() <= 35);
            }
        }
    }

    #[test]
    fn wrong_sums_and_characters_are_named() {
        assert!(matches!(
            Mask::from_rle_counts(4, 4, &[3, 20]),
            Err(RleError::WrongSum { covered: 23, expected: 16, .. })
        ));
        assert!(matches!(Mask::from_rle_counts(4, 4, &[3]), Err(RleError::WrongSum { .. })));
        assert_eq!(Mask::from_rle_counts(4, 4, &[3, 2]).unwrap().area(), 2);
        assert_eq!(decode_counts("5 "), Err(RleError::BadCharacter { at: 1 }));
        assert_eq!(decode_counts("P"), Err(RleError::BadCharacter { at: 1 }));
    }

    #[test]
    fn a_long_run_is_refused_by_32_bits_and_kept_otherwise() {
        let spot = PixelRect { x0: 69_000, y0: 69_000, x1: 69_010, y1: 69_010 };
        let m = Mask::rectangle(70_000, 70_000, spot);
        assert!(matches!(m.to_coco_string(), Err(RleError::TooLong { index: 0, value: 4_830_069_000 })));
        let again = Mask::from_rle_string(70_000, 70_000, &m.to_rle_string().unwrap()).unwrap();
        assert_eq!((again.area(), again.bounds()), (100, Some(spot)));
    }

    #[test]
    fn claims_are_refused_before_memory_is_taken() {
        for (width, height) in [(u32::MAX, u32::MAX), (MAX_SIDE + 1, 1), (1, 1 << 31)] {
            let all = u64::from(width) * u64::from(height);
            assert!(matches!(Mask::from_rle_counts(width, height, &[0, all]), Err(RleError::TooLarge(_))));
        }
        // One run over a picture of one column is a span for every row. A budget for the file ends it.
        let (tall, mut budget) = (MAX_SIDE, MaskBudget::new(110_000_000));
        let runs = [0, u64::from(tall)];
        let read = |budget: &mut MaskBudget| Mask::from_rle_counts_within(1, tall, &runs, budget);
        assert_eq!(read(&mut budget).unwrap().area(), u64::from(tall));
        assert_eq!(read(&mut budget).unwrap().area(), u64::from(tall));
        assert!(matches!(read(&mut budget), Err(RleError::TooLarge(LimitError::Memory { bytes: 0x300_0000, .. }))));
        // Long rows of a wide picture are a column run for every column.
        let rows = (0..10).map(|n| Span { y: 2 * n, x0: 0, x1: MAX_SIDE }).collect();
        assert!(matches!(Mask::from_spans(MAX_SIDE, 20, rows).to_rle_string(), Err(RleError::TooLarge(_))));
        assert!(Mask::from_rle_counts(3, 3, &[u64::MAX, u64::MAX]).is_err());
    }
}

//! COCO run lengths: column-major counts that start with a run of zeros, and their compressed string.
//!
//! The string is that of `maskApi.c` (`rleToString`): 5 bits and a continuation bit per character, offset 48, from
//! the fourth count on as the difference to the count two before.

use super::mask::{Mask, Span};
use super::transpose::transpose;

/// The longest side of a picture that run lengths may claim: working memory grows with it.
pub const MAX_SIDE: u32 = 1 << 22;

/// Why run lengths cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RleError {
    /// The picture is larger than [`MAX_SIDE`] on a side.
    #[error("run lengths claim a picture of {width}x{height}, more than {MAX_SIDE} on a side")]
    TooLarge {
        /// Claimed width.
        width: u32,
        /// Claimed height.
        height: u32,
    },
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
}

impl Mask {
    /// The COCO counts: lengths of alternating runs of 0 and 1, column by column, beginning with zeros. The last run
    /// reaches the end of the picture; a run of zeros at the end is written, one of ones is the last.
    pub fn to_rle_counts(&self) -> Vec<u32> {
        let height = u64::from(self.height());
        let total = u64::from(self.width()) * height;
        let mut counts: Vec<u32> = Vec::new();
        let mut position = 0u64;
        for span in transpose(self.spans(), self.width(), self.height()) {
            let (start, end) =
                (u64::from(span.y) * height + u64::from(span.x0), u64::from(span.y) * height + u64::from(span.x1));
            match counts.last_mut() {
                Some(ones) if start == position => *ones += (end - start) as u32,
                _ => counts.extend([(start - position) as u32, (end - start) as u32]),
            }
            position = end;
        }
        if position < total || counts.is_empty() {
            counts.push((total - position) as u32);
        }
        counts
    }

    /// From COCO counts. The runs must cover the picture exactly, except that a missing last run of zeros is
    /// tolerated (the number of counts is then even), as the COCO tools do.
    ///
    /// # Errors
    /// When the sum is wrong or the picture larger than [`MAX_SIDE`].
    pub fn from_rle_counts(width: u32, height: u32, counts: &[u32]) -> Result<Mask, RleError> {
        if width > MAX_SIDE || height > MAX_SIDE {
            return Err(RleError::TooLarge { width, height });
        }
        let expected = u64::from(width) * u64::from(height);
        let covered: u64 = counts.iter().map(|&count| u64::from(count)).sum();
        if covered > expected || (covered < expected && !counts.len().is_multiple_of(2)) {
            return Err(RleError::WrongSum { covered, expected, width, height });
        }
        let mut columns = Vec::new();
        let mut position = 0u64;
        for (index, &count) in counts.iter().enumerate() {
            let end = position + u64::from(count);
            if index % 2 == 1 {
                push_columns(&mut columns, position, end, u64::from(height));
            }
            position = end;
        }
        Ok(Mask::from_spans(width, height, transpose(Mask::from_spans(height, width, columns).spans(), height, width)))
    }

    /// The compressed counts as pycocotools writes them.
    pub fn to_rle_string(&self) -> String {
        encode_counts(&self.to_rle_counts())
    }

    /// From compressed counts.
    ///
    /// # Errors
    /// As [`decode_counts`] and [`Mask::from_rle_counts`].
    pub fn from_rle_string(width: u32, height: u32, text: &str) -> Result<Mask, RleError> {
        Self::from_rle_counts(width, height, &decode_counts(text)?)
    }
}

/// Splits the run `start..end` of column-major positions into column spans.
fn push_columns(columns: &mut Vec<Span>, mut start: u64, end: u64, height: u64) {
    while start < end {
        let column = start / height;
        let stop = end.min((column + 1) * height);
        let base = column * height;
        columns.push(Span { y: column as u32, x0: (start - base) as u32, x1: (stop - base) as u32 });
        start = stop;
    }
}

/// Counts to the compressed string.
pub fn encode_counts(counts: &[u32]) -> String {
    let mut text = String::with_capacity(counts.len() * 2);
    for (index, &count) in counts.iter().enumerate() {
        let mut value = i64::from(count);
        if index > 2 {
            value -= i64::from(counts[index - 2]);
        }
        loop {
            let bits = (value & 0x1f) as u8;
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

/// The compressed string to counts.
///
/// # Errors
/// On characters outside `0`..`o`, on a string that ends within a number, and on counts that do not fit.
pub fn decode_counts(text: &str) -> Result<Vec<u32>, RleError> {
    let mut counts: Vec<u32> = Vec::new();
    let (mut value, mut shift) = (0i64, 0u32);
    for (at, byte) in text.bytes().enumerate() {
        let bits = match byte.checked_sub(48) {
            Some(bits) if bits < 64 && shift <= 35 => bits,
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
            value += i64::from(counts[index - 2]);
        }
        counts.push(u32::try_from(value).map_err(|_| RleError::BadCount { index, value })?);
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
        RleObject { size: [self.height(), self.width()], counts: self.to_rle_string() }.serialize(serializer)
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
    use super::*;

    proptest! {
        #[test]
        fn counts_and_string_round_trip(m in mask()) {
            let counts = m.to_rle_counts();
            prop_assert_eq!(counts.iter().map(|&c| u64::from(c)).sum::<u64>(), u64::from(m.width()) * u64::from(m.height()));
            prop_assert!(counts.iter().skip(1).all(|&c| c > 0));
            prop_assert_eq!(&Mask::from_rle_counts(m.width(), m.height(), &counts).unwrap(), &m);
            prop_assert_eq!(decode_counts(&encode_counts(&counts)).unwrap(), counts);
            let json = serde_json::to_string(&m).unwrap();
            prop_assert_eq!(serde_json::from_str::<Mask>(&json).unwrap(), m);
        }

        #[test]
        fn any_counts_survive_the_string(counts in proptest::collection::vec(any::<u32>(), 0..40)) {
            prop_assert_eq!(decode_counts(&encode_counts(&counts)).unwrap(), counts);
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
}

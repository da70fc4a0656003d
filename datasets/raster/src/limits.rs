//! What a claimed size may ask for. Files say how large a picture is and how long its runs are; nothing of that is believed
//! before it has passed here, and it passes before memory is taken or a loop begins.

use super::mask::Span;

/// The longest side of a picture that may be claimed.
pub const MAX_SIDE: u32 = 1 << 22;

/// The most memory in bytes that one mask may take when it comes from a few bytes (run lengths, a polygon).
pub const MAX_MASK_BYTES: u64 = 96 << 20;

/// The most pixels that a mask is unpacked to, one byte each.
pub const MAX_DENSE_PIXELS: u64 = 1 << 30;

/// More was claimed than may be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// A side of the picture is longer than [`MAX_SIDE`].
    #[error("a picture of {width}x{height} is claimed, more than {MAX_SIDE} pixels on a side")]
    Side {
        /// Claimed width.
        width: u32,
        /// Claimed height.
        height: u32,
    },
    /// A mask needs more than [`MAX_MASK_BYTES`] or than what is left of a [`MaskBudget`].
    #[error("a mask of {bytes} bytes of memory is claimed where {left} are left; split the object or the picture")]
    Memory {
        /// Bytes that the mask needs (at least).
        bytes: u64,
        /// Bytes that were left.
        left: u64,
    },
    /// A picture has too many pixels to be unpacked.
    #[error("a picture of {width}x{height} has more than {MAX_DENSE_PIXELS} pixels, too many to unpack at once")]
    Pixels {
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
    },
}

/// Whether both sides of a picture may be claimed.
///
/// # Errors
/// [`LimitError::Side`].
pub fn check_sides(width: u32, height: u32) -> Result<(), LimitError> {
    if width > MAX_SIDE || height > MAX_SIDE { Err(LimitError::Side { width, height }) } else { Ok(()) }
}

/// How many bytes a picture of one byte a pixel takes.
///
/// # Errors
/// [`LimitError::Pixels`] beyond [`MAX_DENSE_PIXELS`].
pub fn dense_bytes(width: u32, height: u32) -> Result<usize, LimitError> {
    let pixels = u64::from(width) * u64::from(height);
    let too_many = LimitError::Pixels { width, height };
    if pixels > MAX_DENSE_PIXELS { Err(too_many) } else { usize::try_from(pixels).map_err(|_| too_many) }
}

/// The memory that all masks of a file together may take. A reader makes one a file and hands it to every decoding call, so
/// that many small claims cannot do what one large claim may not.
#[derive(Debug, Clone)]
pub struct MaskBudget {
    left: u64,
}

impl MaskBudget {
    /// So many bytes.
    pub fn new(bytes: u64) -> Self {
        Self { left: bytes }
    }

    /// What one mask may have: [`MAX_MASK_BYTES`].
    pub fn one_mask() -> Self {
        Self::new(MAX_MASK_BYTES)
    }

    /// Bytes that are left.
    pub fn left(&self) -> u64 {
        self.left
    }

    /// Whether so many spans would still find room.
    ///
    /// # Errors
    /// [`LimitError::Memory`].
    pub(super) fn allows_spans(&self, spans: u64) -> Result<(), LimitError> {
        let bytes = spans.saturating_mul(size_of::<Span>() as u64);
        if bytes > self.left { Err(LimitError::Memory { bytes, left: self.left }) } else { Ok(()) }
    }

    /// Takes so many bytes away.
    ///
    /// # Errors
    /// [`LimitError::Memory`]; then nothing is taken.
    pub fn take(&mut self, bytes: u64) -> Result<(), LimitError> {
        self.left = self.left.checked_sub(bytes).ok_or(LimitError::Memory { bytes, left: self.left })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_much_is_refused_and_takes_nothing() {
        assert_eq!(check_sides(MAX_SIDE, MAX_SIDE), Ok(()));
        assert!(check_sides(MAX_SIDE + 1, 1).is_err() && check_sides(1, u32::MAX).is_err());
        assert_eq!(dense_bytes(1 << 15, 1 << 15), Ok(1 << 30));
        assert!(dense_bytes(u32::MAX, u32::MAX).is_err());
        let mut budget = MaskBudget::new(10);
        assert_eq!(budget.take(7), Ok(()));
        assert_eq!(budget.take(4), Err(LimitError::Memory { bytes: 4, left: 3 }));
        assert_eq!((budget.left(), budget.allows_spans(1).is_err()), (3, true));
    }
}

//! Pictures as the eye and the network see them: RGB of 8 bits, in levels of halved size.

use std::borrow::Cow;
use std::fmt::Debug;
use std::sync::OnceLock;

use rayon::prelude::*;

use super::mask::PixelRect;

/// A picture: interleaved RGB, 8 bits, row-major.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rgb8 {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// `width * height * 3` bytes.
    pub data: Vec<u8>,
}

/// Why a part of a picture was not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RgbError {
    /// It could not be read; one line for the person.
    #[error("{0}")]
    Unreadable(String),
    /// Nobody waits for it any more: the work that asked for it is to end, without a word to the person.
    #[error("reading the picture was stopped, because nobody waits for it any more")]
    Stopped,
}

/// A picture of any size that is read part by part. Level 0 is the picture itself; a pixel of level `l` is the mean of 2 x 2
/// pixels of level `l - 1`, at an odd right or lower border of those that are there. Shared as `Arc<dyn RgbLevels>`; the
/// `Arc` is its identity for caches.
pub trait RgbLevels: Send + Sync + Debug {
    /// Width and height of level 0 in pixels.
    fn size(&self) -> [u32; 2];

    /// How many levels there are, at least 1.
    fn levels(&self) -> usize;

    /// The pixels of a part of a level, which lies inside it. May wait for a disk, or until the level is made.
    ///
    /// # Errors
    /// What keeps the file from being read, or [`RgbError::Stopped`].
    fn read(&self, level: usize, part: PixelRect) -> Result<Cow<'_, Rgb8>, RgbError>;
}

/// Size of a level of a picture of `size`.
pub fn level_size(size: [u32; 2], level: usize) -> [u32; 2] {
    let level = u32::try_from(level).unwrap_or(u32::MAX).min(31);
    size.map(|side| u32::try_from(u64::from(side).div_ceil(1 << level)).unwrap_or(side).max(u32::from(side > 0)))
}

/// How many levels a picture of `size` has until its longer side is at most `coarsest`.
pub fn level_count(size: [u32; 2], coarsest: u32) -> usize {
    let longest = |level: usize| level_size(size, level).into_iter().max().unwrap_or(0);
    (0..32).find(|&level| longest(level) <= coarsest.max(1)).map_or(32, |level| level + 1)
}

impl Rgb8 {
    /// The 2 x 2 means; at an odd border over what is there.
    pub fn halved(&self) -> Self {
        let (w, h) = (self.width as usize, self.height as usize);
        let (half_w, half_h) = (w.div_ceil(2), h.div_ceil(2));
        let mut data = vec![0u8; half_w * half_h * 3];
        if data.is_empty() {
            return Self { width: self.width.div_ceil(2), height: self.height.div_ceil(2), data };
        }
        data.par_chunks_mut(half_w * 3).enumerate().for_each(|(y, target)| {
            let upper = &self.data[2 * y * w * 3..][..w * 3];
            let lower = &self.data[(2 * y + 1).min(h - 1) * w * 3..][..w * 3];
            halve_row(upper, lower, 3, target);
        });
        Self { width: self.width.div_ceil(2), height: self.height.div_ceil(2), data }
    }

    /// The pixels of a rectangle that lies inside.
    pub fn part(&self, part: PixelRect) -> Self {
        let at = |x: u32, y: u32| 3 * (y as usize * self.width as usize + x as usize);
        let mut data = Vec::with_capacity(3 * part.width() as usize * part.height() as usize);
        (part.y0..part.y1).for_each(|y| data.extend_from_slice(&self.data[at(part.x0, y)..at(part.x1, y)]));
        Self { width: part.width(), height: part.height(), data }
    }
}

/// One row of 2 x 2 means of interleaved bytes.
#[expect(clippy::cast_possible_truncation, reason = "a mean of bytes is a byte")]
pub fn halve_row(upper: &[u8], lower: &[u8], bands: usize, target: &mut [u8]) {
    let width = upper.len() / bands;
    let even = (width / 2) * 2 * bands;
    let pairs = upper[..even].chunks_exact(2 * bands).zip(lower[..even].chunks_exact(2 * bands));
    for (pixel, (a, b)) in target.chunks_exact_mut(bands).zip(pairs) {
        for c in 0..bands {
            let sum = u16::from(a[c]) + u16::from(a[c + bands]) + u16::from(b[c]) + u16::from(b[c + bands]);
            pixel[c] = ((sum + 2) >> 2) as u8;
        }
    }
    if width % 2 == 1 {
        let last = target.len() - bands;
        for c in 0..bands {
            let sum = u16::from(upper[even + c]) + u16::from(lower[even + c]);
            target[last + c] = sum.div_ceil(2) as u8;
        }
    }
}

/// A picture that is wholly in memory; its levels are made when they are first read.
#[derive(Debug)]
pub struct WholeRgb {
    levels: Vec<OnceLock<Rgb8>>,
    size: [u32; 2],
}

impl WholeRgb {
    /// Levels go on until the longer side is this or less.
    const COARSEST: u32 = 16;

    /// The picture as its level 0.
    ///
    /// # Errors
    /// A picture without pixels, or with another number of bytes than its size asks for.
    pub fn new(picture: Rgb8) -> Result<Self, RgbError> {
        let size = [picture.width, picture.height];
        let bytes = picture.data.len();
        if bytes == 0 || u64::from(size[0]) * u64::from(size[1]) * 3 != bytes as u64 {
            let why = format!("a picture of {}x{} pixels cannot have {bytes} bytes", size[0], size[1]);
            return Err(RgbError::Unreadable(why));
        }
        let levels: Vec<_> = (0..level_count(size, Self::COARSEST)).map(|_| OnceLock::new()).collect();
        if let Some(first) = levels.first() {
            first.get_or_init(|| picture);
        }
        Ok(Self { levels, size })
    }

    /// The picture itself.
    pub fn full(&self) -> &Rgb8 {
        self.level(0)
    }

    fn level(&self, level: usize) -> &Rgb8 {
        self.levels[level].get_or_init(|| self.level(level - 1).halved())
    }
}

impl RgbLevels for WholeRgb {
    fn size(&self) -> [u32; 2] {
        self.size
    }

    fn levels(&self) -> usize {
        self.levels.len()
    }

    fn read(&self, level: usize, part: PixelRect) -> Result<Cow<'_, Rgb8>, RgbError> {
        let level = self.level(level);
        if (part.x0, part.y0, part.x1, part.y1) == (0, 0, level.width, level.height) {
            return Ok(Cow::Borrowed(level));
        }
        Ok(Cow::Owned(level.part(part)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halving_is_the_mean_and_odd_edges_are_kept() {
        let source = Rgb8 { width: 3, height: 1, data: vec![0, 0, 0, 100, 50, 10, 9, 9, 9] };
        assert_eq!(source.halved(), Rgb8 { width: 2, height: 1, data: vec![50, 25, 5, 9, 9, 9] });
        let column = Rgb8 { width: 1, height: 3, data: vec![1, 1, 1, 2, 2, 2, 7, 8, 9] };
        assert_eq!(column.halved(), Rgb8 { width: 1, height: 2, data: vec![2, 2, 2, 7, 8, 9] });
    }

    #[test]
    fn levels_end_where_they_are_small_enough() {
        assert_eq!(level_count([3_000, 1_001], 512), 4);
        assert_eq!(
            (0..4).map(|l| level_size([3_000, 1_001], l)).collect::<Vec<_>>(),
            [[3_000, 1_001], [1_500, 501], [750, 251], [375, 126]]
        );
        assert_eq!((level_count([1, 1], 512), level_size([1, 1], 9), level_size([0, 5], 1)), (1, [1, 1], [0, 3]));
        assert_eq!(level_size([u32::MAX, 3], 31), [2, 1]);
    }

    #[test]
    fn a_part_of_a_level_is_cut_out_of_it() {
        let data: Vec<u8> = (0..40 * 30 * 3).map(|i: u32| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let picture = Rgb8 { width: 40, height: 30, data };
        let whole = WholeRgb::new(picture.clone()).unwrap();
        let part = PixelRect { x0: 3, y0: 2, x1: 20, y1: 15 };
        let read = whole.read(1, part).unwrap().into_owned();
        assert_eq!(read, picture.halved().part(part));
        assert_eq!((whole.levels(), whole.full()), (3, &picture));
        assert!(WholeRgb::new(Rgb8 { width: 64, height: 64, data: vec![0; 7] }).is_err());
        assert!(WholeRgb::new(Rgb8 { width: 0, height: 64, data: Vec::new() }).is_err());
        assert_eq!(read.data[..3], picture.halved().data[3 * (2 * 20 + 3)..][..3]);
    }
}

//! The planes of a TIFF and their levels: which of ours the file holds, which are halves of another one, and which are made.

use std::path::{Path, PathBuf};

use limn_raster::{PixelRect, level_size};

use super::super::MediaError;
use super::super::block::Block;
use super::super::medium::{LevelOrigin, Plane, Stop};
use super::super::tiff::series::{Image, Pyramid};

/// Levels of up to so many doublings are halved from a stored one whenever they are wanted.
const HALVED_AT_ONCE: usize = 2;

/// Where a level comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LevelSource {
    /// The picture itself (0) or a smaller copy of it (1 and on).
    Image(usize),
    /// The level below, halved as it is read.
    Halved,
    /// It has to be made beforehand.
    Made,
}

impl LevelSource {
    pub(crate) fn origin(&self) -> LevelOrigin {
        match self {
            Self::Image(_) => LevelOrigin::Stored,
            Self::Halved | Self::Made => LevelOrigin::Made,
        }
    }
}

/// The planes of a file.
#[derive(Debug)]
pub(crate) struct Layers {
    pub(crate) path: PathBuf,
    planes: Vec<Pyramid>,
    /// Slices; the planes of the next frame come after them.
    slices: u32,
    /// Where each of our levels comes from, of each plane.
    pub(crate) sources: Vec<LevelSource>,
    nodata: Option<f64>,
}

impl Layers {
    pub(crate) fn new(path: &Path, planes: Vec<Pyramid>, slices: u32, nodata: Option<f64>) -> Self {
        let sources = sources(&planes);
        Self { path: path.to_path_buf(), planes, slices: slices.max(1), sources, nodata }
    }

    pub(crate) fn nodata(&self) -> Option<f64> {
        self.nodata
    }

    /// Bytes of decoded tiles and strips that are kept.
    pub(crate) fn kept_bytes(&self) -> usize {
        self.planes[0].full.parts[0].kept_bytes()
    }

    pub(crate) fn size(&self) -> [u32; 2] {
        self.planes[0].full.size()
    }

    /// The picture of a plane; the first one for those that are not there.
    fn pyramid(&self, plane: Plane) -> &Pyramid {
        let index = plane.frame as usize * self.slices as usize + plane.slice as usize;
        self.planes.get(index).unwrap_or(&self.planes[0])
    }

    fn image(&self, plane: Plane, index: usize) -> &Image {
        let pyramid = self.pyramid(plane);
        if index == 0 { &pyramid.full } else { &pyramid.smaller[index - 1] }
    }

    /// A part of a level that is not made beforehand.
    ///
    /// # Errors
    /// As [`super::super::Medium::read`].
    pub(crate) fn read(&self, plane: Plane, level: usize, part: PixelRect, stop: &Stop) -> Result<Block, MediaError> {
        let index = match self.sources[level] {
            LevelSource::Image(index) => index,
            LevelSource::Halved | LevelSource::Made => {
                let [width, height] = level_size(self.size(), level - 1);
                let twice = PixelRect {
                    x0: part.x0 * 2,
                    y0: part.y0 * 2,
                    x1: (part.x1 * 2).min(width),
                    y1: (part.y1 * 2).min(height),
                };
                return Ok(self.read(plane, level - 1, twice, stop)?.halved_without(self.nodata));
            }
        };
        let image = self.image(plane, index);
        let (ours, stored) = (level_size(self.size(), level), image.size());
        if ours == stored {
            return image.read(part, stop);
        }
        // Rounded otherwise than ours: corner to corner, the nearest pixel.
        let nearest = |at: u32, side: usize| {
            let centre = (u64::from(at) * 2 + 1) * u64::from(stored[side]) / (u64::from(ours[side]) * 2);
            (centre as u32).min(stored[side] - 1)
        };
        let columns: Vec<u32> = (part.x0..part.x1).map(|x| nearest(x, 0)).collect();
        let rows: Vec<u32> = (part.y0..part.y1).map(|y| nearest(y, 1)).collect();
        let (Some(x0), Some(y0)) = (columns.first().copied(), rows.first().copied()) else {
            return image.read(PixelRect { x0: 0, y0: 0, x1: 0, y1: 0 }, stop);
        };
        let end = |places: &[u32]| places.last().map_or(0, |last| last + 1);
        let block = image.read(PixelRect { x0, y0, x1: end(&columns), y1: end(&rows) }, stop)?;
        let shift = |places: Vec<u32>, by: u32| places.into_iter().map(|at| at - by).collect::<Vec<_>>();
        Ok(block.picked(&shift(columns, x0), &shift(rows, y0)))
    }

    /// Parts of the picture that are evenly spread over it, about so many: tell which values occur.
    pub(crate) fn sampled(&self, plane: Plane, count: u32) -> impl Iterator<Item = Result<Block, MediaError>> {
        let image = self.image(plane, 0);
        let all = image.parts[0].count();
        let step = (all / count).max(1);
        (step / 2..all).step_by(step as usize).map(|number| image.read(image.parts[0].rect(number), &Stop::default()))
    }
}

impl Image {
    /// A part of it, its mask as one band more.
    fn read(&self, part: PixelRect, stop: &Stop) -> Result<Block, MediaError> {
        let block = match self.parts.as_slice() {
            [only] => only.read(part, stop)?,
            several => {
                let bands = several.iter().map(super::super::tiff::chunks::Chunks::bands).sum();
                let mut out = Block::zeros(part.width(), part.height(), bands, several[0].sample());
                for (band, chunks) in several.iter().enumerate() {
                    out.set_band(band, &chunks.read(part, stop)?);
                }
                out
            }
        };
        match &self.mask {
            None => Ok(block),
            Some(mask) => Ok(block.with_mask(mask.read(part, stop)?.samples.bytes())),
        }
    }
}

/// Where each level comes from.
fn sources(planes: &[Pyramid]) -> Vec<LevelSource> {
    let size = planes[0].full.size();
    let count = super::levels(size);
    let masked = planes[0].full.mask.is_some();
    let shape = |plane: &Pyramid| plane.smaller.iter().map(Image::size).collect::<Vec<_>>();
    let smaller = shape(&planes[0]);
    // Only what all planes have.
    let everywhere = planes.iter().all(|plane| shape(plane) == smaller);
    let stored = |level: usize| {
        let ours = level_size(size, level);
        let near = |[w, h]: [u32; 2]| ours[0].abs_diff(w) <= 1 && ours[1].abs_diff(h) <= 1;
        let usable = |index: &usize| near(smaller[*index]) && planes[0].smaller[*index].mask.is_some() == masked;
        (0..smaller.len()).filter(|_| everywhere).find(usable).map(|index| LevelSource::Image(index + 1))
    };
    let mut sources = vec![LevelSource::Image(0)];
    sources.extend((1..count).map(|level| stored(level).unwrap_or(LevelSource::Made)));
    // Gaps, and what is left above the smallest copy, are halved at once where that is not far.
    let mut last = 0;
    for level in 1..=count {
        if level < count && sources[level] == LevelSource::Made {
            continue;
        }
        let gap = level - last - 1;
        if last > 0 || level < count {
            if gap > HALVED_AT_ONCE {
                // Beyond a wide gap nothing stored is used: all is made from here on.
                sources[last + 1..].fill(LevelSource::Made);
                break;
            }
            sources[last + 1..level].fill(LevelSource::Halved);
        }
        last = level;
    }
    sources
}

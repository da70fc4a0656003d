//! A plane of a medium as it is seen: what canvas, network, wand and thumbnails read.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use limn_raster::{PixelRect, Rgb8, RgbError, RgbLevels, level_size};
use rayon::prelude::*;

use super::block::Block;
use super::cache::{MediumId, TILE, TileAt, TileCache};
use super::display::Display;
use super::mapping::Mapping;
use super::medium::{Medium, MediumInfo, Plane, Stop};
use super::sample::{Value, is_nodata};
use super::{Limits, MediaError, still};

/// A cheap handle: the medium, the plane, the display, and the cache that all share.
#[derive(Clone, Debug)]
pub struct View {
    medium: Arc<dyn Medium>,
    id: MediumId,
    cache: Arc<TileCache>,
    plane: Plane,
    display: Display,
    mapping: Arc<Mapping>,
    stop: Stop,
}

impl View {
    /// Opens a file in its usual display.
    ///
    /// # Errors
    /// When the file cannot be read, is empty, no picture, too large, cut off or damaged.
    pub fn open(path: &Path, limits: &Limits, cache: &Arc<TileCache>) -> Result<Self, MediaError> {
        Self::new(still::open(path, limits, cache.scratch())?, Arc::clone(cache))
    }

    /// The first plane of a medium in its usual display.
    ///
    /// # Errors
    /// As [`Medium::read`]: a display may need to know the values that occur.
    pub fn new(medium: Arc<dyn Medium>, cache: Arc<TileCache>) -> Result<Self, MediaError> {
        let info = medium.info();
        let (plane, display) = (Plane::default(), info.usual_display());
        let mapping = mapping(medium.as_ref(), plane, &display)?;
        Ok(Self { medium, id: MediumId::new(), cache, plane, display, mapping, stop: Stop::default() })
    }

    /// The same in another display.
    ///
    /// # Errors
    /// As [`View::new`].
    pub fn shown_as(&self, display: Display) -> Result<Self, MediaError> {
        let mapping = mapping(self.medium.as_ref(), self.plane, &display)?;
        Ok(Self { display, mapping, ..self.clone() })
    }

    /// Another plane of the same medium, in the same display.
    ///
    /// # Errors
    /// As [`View::new`].
    pub fn of_plane(&self, plane: Plane) -> Result<Self, MediaError> {
        let mapping = mapping(self.medium.as_ref(), plane, &self.display)?;
        Ok(Self { plane, mapping, ..self.clone() })
    }

    /// The plane that is seen.
    pub fn plane(&self) -> Plane {
        self.plane
    }

    /// The same for work that `stop` ends: reading ends with [`MediaError::Stopped`] from then on, also where it waits.
    #[must_use]
    pub fn with_stop(&self, stop: Stop) -> Self {
        Self { stop, ..self.clone() }
    }

    /// What is known of the medium.
    pub fn info(&self) -> &MediumInfo {
        self.medium.info()
    }

    /// Width and height of level 0 in pixels.
    pub fn size(&self) -> [u32; 2] {
        self.info().size
    }

    /// How many levels there are.
    pub fn levels(&self) -> usize {
        self.info().levels.len()
    }

    /// How it is shown.
    pub fn display(&self) -> &Display {
        &self.display
    }

    /// Bytes of memory that the medium holds, the cache apart.
    pub fn bytes(&self) -> usize {
        self.medium.bytes()
    }

    /// See [`Medium::print`].
    pub fn print(&self) -> u64 {
        self.medium.print()
    }

    /// See [`Medium::progress`].
    pub fn progress(&self) -> Option<f32> {
        self.medium.progress()
    }

    /// True if a level is read without waiting.
    pub fn is_resident(&self, level: usize) -> bool {
        self.medium.is_resident(self.plane, level)
    }

    /// See [`Medium::rows_ready`].
    pub fn rows_ready(&self, level: usize) -> u32 {
        self.medium.rows_ready(self.plane, level)
    }

    /// The samples of a pixel of level 0 as the file holds them, those of 64 bits rounded; `None` outside, or where they would have to
    /// be waited for.
    pub fn values(&self, x: u32, y: u32) -> Option<Vec<f64>> {
        Some(self.raw(x, y)?.into_iter().map(Value::number).collect())
    }

    /// As [`View::values`], with all their digits.
    pub fn raw(&self, x: u32, y: u32) -> Option<Vec<Value>> {
        let mut values = self.at_hand(x, y, |block, x, y| block.values(x, y))??;
        values.truncate(self.info().stored_bands());
        Some(values)
    }

    /// Whether a pixel of level 0 holds anything: it is not masked out, not wholly transparent, and not all its colours are missing;
    /// `None` as for [`View::values`].
    pub fn is_valid(&self, x: u32, y: u32) -> Option<bool> {
        self.at_hand(x, y, |block, x, y| self.validity(block, x, y))?
    }

    /// As [`View::is_valid`], of a pixel of a block.
    pub(crate) fn validity(&self, block: &Block, x: u32, y: u32) -> Option<bool> {
        let values = block.pixel(x, y)?;
        let info = self.info();
        let opaque = !info.alpha || values.last().is_none_or(|opacity| *opacity > 0.0);
        let empty = |nodata| values[..info.colours()].iter().all(|value| is_nodata(*value, nodata));
        Some(opaque && !info.appearance.nodata.is_some_and(empty))
    }

    /// What a block with a pixel of level 0 says of it, if one is at hand.
    fn at_hand<T>(&self, x: u32, y: u32, of: impl Fn(&Block, u32, u32) -> T) -> Option<T> {
        let [width, height] = self.info().size;
        if x >= width || y >= height {
            return None;
        }
        if self.is_resident(0) {
            let part = PixelRect { x0: x, y0: y, x1: x + 1, y1: y + 1 };
            return Some(of(&self.medium.read(self.plane, 0, part, &self.stop).ok()?, 0, 0));
        }
        Some(of(&*self.cache.get(&self.at(0, x / TILE, y / TILE))?, x % TILE, y % TILE))
    }

    /// Red, green and blue of a pixel of level 0 as it is shown; `None` as for [`View::values`].
    pub fn pixel(&self, x: u32, y: u32) -> Option<[u8; 3]> {
        let one = |block: &Block, x: u32, y: u32| {
            let rgb = self.mapping.rgb(&block.part(PixelRect { x0: x, y0: y, x1: x + 1, y1: y + 1 }));
            rgb.first_chunk().copied()
        };
        self.at_hand(x, y, one)?
    }

    /// The samples of a part of a level, tile by tile through the cache where they do not lie in memory anyway.
    ///
    /// # Errors
    /// As [`Medium::read`].
    pub fn samples(&self, level: usize, part: PixelRect) -> Result<Block, MediaError> {
        if self.stop.is_stopped() {
            return Err(MediaError::Stopped);
        }
        if part.is_empty() || self.is_resident(level) {
            return self.medium.read(self.plane, level, part, &self.stop);
        }
        // Here, and not by the threads that read the tiles: those may be needed for what is waited for.
        self.medium.wait(self.plane, level, part.y1, &self.stop)?;
        let info = self.info();
        let [width, height] = level_size(info.size, level);
        let ready = self.medium.rows_ready(self.plane, level);
        let tiles: Vec<(u32, u32)> = (part.y0 / TILE..part.y1.div_ceil(TILE))
            .flat_map(|row| (part.x0 / TILE..part.x1.div_ceil(TILE)).map(move |column| (column, row)))
            .collect();
        let read = |&(column, row): &(u32, u32)| {
            let at = self.at(level, column, row);
            if let Some(tile) = self.cache.get(&at) {
                return Ok((column, row, tile));
            }
            let (x0, y0) = (column * TILE, row * TILE);
            let whole = PixelRect { x0, y0, x1: (x0 + TILE).min(width), y1: (y0 + TILE).min(height) };
            // While a level is being made, its lowest tiles are read as far as they go, and not kept.
            let rect = PixelRect { y1: whole.y1.min(ready), ..whole };
            let tile = Arc::new(self.medium.read(self.plane, level, rect, &self.stop)?);
            if rect == whole {
                self.cache.put(at, Arc::clone(&tile));
            }
            Ok((column, row, tile))
        };
        let tiles = tiles.par_iter().map(read).collect::<Result<Vec<_>, MediaError>>()?;
        let mut out = Block::zeros(part.width(), part.height(), info.bands, info.sample);
        for (column, row, tile) in tiles {
            out.lay([part.x0, part.y0], &tile, [column * TILE, row * TILE]);
        }
        Ok(out)
    }

    /// A part of a level as it is shown.
    ///
    /// # Errors
    /// As [`Medium::read`].
    pub fn rgb(&self, level: usize, part: PixelRect) -> Result<Rgb8, MediaError> {
        let block = self.samples(level, part)?;
        Ok(Rgb8 { width: part.width(), height: part.height(), data: self.mapping.rgb(&block) })
    }

    fn at(&self, level: usize, column: u32, row: u32) -> TileAt {
        TileAt { medium: self.id, plane: self.plane, level, column, row }
    }
}

impl RgbLevels for View {
    fn size(&self) -> [u32; 2] {
        self.size()
    }

    fn levels(&self) -> usize {
        self.levels()
    }

    fn read(&self, level: usize, part: PixelRect) -> Result<Cow<'_, Rgb8>, RgbError> {
        self.rgb(level, part).map(Cow::Owned).map_err(|error| match error {
            MediaError::Stopped => RgbError::Stopped,
            other => RgbError::Unreadable(other.to_string()),
        })
    }
}

fn mapping(medium: &dyn Medium, plane: Plane, display: &Display) -> Result<Arc<Mapping>, MediaError> {
    let info = medium.info();
    let statistics = match display.stretch {
        super::Stretch::Percentile { .. } => Some(medium.statistics(plane)?),
        _ => None,
    };
    let statistics = || statistics.unwrap_or_else(|| Arc::new(super::Statistics::Sorted(Vec::new())));
    Ok(Arc::new(Mapping::new(display, info.sample, info.bands, info.alpha, &info.appearance, statistics)))
}

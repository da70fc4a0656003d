//! Planes that fit into memory: each is decoded with all its levels when it is first asked for; those that were not asked for the longest
//! time are let go.

use std::sync::{Arc, OnceLock};

use limn_raster::{PixelRect, level_size};
use quick_cache::Weighter;
use quick_cache::sync::Cache;

use super::super::MediaError;
use super::super::block::Block;
use super::super::display::Statistics;
use super::super::medium::{Medium, MediumInfo, Plane, Stop};
use super::super::still::{print_of, usual};
use super::super::tiff::chunks::cache;
use super::Found;
use super::layers::{Layers, LevelSource};

#[derive(Clone)]
struct Bytes;

impl Weighter<Plane, Arc<Levels>> for Bytes {
    fn weight(&self, _: &Plane, levels: &Arc<Levels>) -> u64 {
        levels.bytes() as u64 + 64
    }
}

/// A plane in memory.
#[derive(Debug)]
struct Levels {
    levels: Vec<Block>,
    statistics: OnceLock<Arc<Statistics>>,
}

impl Levels {
    fn bytes(&self) -> usize {
        self.levels.iter().map(Block::bytes).sum()
    }
}

pub(crate) struct Held {
    info: MediumInfo,
    layers: Layers,
    /// The first one stays.
    first: Arc<Levels>,
    others: Cache<Plane, Arc<Levels>, Bytes>,
    print: u64,
}

impl std::fmt::Debug for Held {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Held").field("info", &self.info).finish_non_exhaustive()
    }
}

impl Held {
    /// Decodes the first plane; others are kept up to so many bytes.
    ///
    /// # Errors
    /// What keeps the file from being read.
    pub(crate) fn new(found: Found, bytes: u64) -> Result<Self, MediaError> {
        let Found { layers, mut info, .. } = found;
        let orientation = info.source.orientation;
        if orientation >= 5 {
            info.size.swap(0, 1);
        }
        if orientation > 1 {
            info.levels = super::made(info.size);
        }
        let first = Arc::new(decoded(&layers, Plane::default(), &info, &Stop::default())?);
        let mut held = Self { info, layers, first, others: cache(bytes, Bytes), print: 0 };
        let statistics = || held.counted(&held.first);
        held.print = print_of(&held.first.levels[0], &usual(&held.info, statistics));
        Ok(held)
    }

    /// The levels of a plane.
    fn plane(&self, plane: Plane, stop: &Stop) -> Result<Arc<Levels>, MediaError> {
        if plane == Plane::default() {
            return Ok(Arc::clone(&self.first));
        }
        if let Some(levels) = self.others.get(&plane) {
            return Ok(levels);
        }
        let levels = Arc::new(decoded(&self.layers, plane, &self.info, stop)?);
        self.others.insert(plane, Arc::clone(&levels));
        Ok(levels)
    }

    fn counted(&self, levels: &Levels) -> Arc<Statistics> {
        let count = || Arc::new(Statistics::of(&levels.levels[0], self.info.alpha, self.info.appearance.nodata));
        Arc::clone(levels.statistics.get_or_init(count))
    }
}

fn decoded(layers: &Layers, plane: Plane, info: &MediumInfo, stop: &Stop) -> Result<Levels, MediaError> {
    let whole = |level: usize| {
        let [x1, y1] = level_size(layers.size(), level);
        layers.read(plane, level, PixelRect { x0: 0, y0: 0, x1, y1 }, stop)
    };
    let orientation = info.source.orientation;
    let mut levels = vec![whole(0)?.oriented(orientation)];
    for level in 1..info.levels.len() {
        let stored = matches!(layers.sources[level], LevelSource::Image(_)) && orientation == 1;
        let made = if stored { whole(level)? } else { levels[level - 1].halved_without(layers.nodata()) };
        levels.push(made);
    }
    Ok(Levels { levels, statistics: OnceLock::new() })
}

impl Medium for Held {
    fn info(&self) -> &MediumInfo {
        &self.info
    }

    fn read(&self, plane: Plane, level: usize, part: PixelRect, stop: &Stop) -> Result<Block, MediaError> {
        Ok(self.plane(plane, stop)?.levels[level].part(part))
    }

    fn is_resident(&self, plane: Plane, _: usize) -> bool {
        plane == Plane::default() || self.others.peek(&plane).is_some()
    }

    fn rows_ready(&self, _: Plane, level: usize) -> u32 {
        level_size(self.info.size, level)[1]
    }

    fn wait(&self, _: Plane, _: usize, _: u32, _: &Stop) -> Result<(), MediaError> {
        Ok(())
    }

    fn statistics(&self, plane: Plane) -> Result<Arc<Statistics>, MediaError> {
        Ok(self.counted(&*self.plane(plane, &Stop::default())?))
    }

    fn bytes(&self) -> usize {
        self.first.bytes() + usize::try_from(self.others.weight()).unwrap_or(usize::MAX)
    }

    fn print(&self) -> u64 {
        self.print
    }
}

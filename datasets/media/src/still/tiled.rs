//! A TIFF that is too large for memory: its tiles or strips are read where they are wanted, and a thread makes those of its levels from the
//! top that the file does not hold.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use limn_files::Facts;
use limn_raster::{PixelRect, level_size};
use std::path::Path;

use super::super::block::Block;
use super::super::cache::TILE;
use super::super::display::Statistics;
use super::super::medium::{Medium, MediumInfo, Plane, Stop};
use super::super::scene::layers::{Layers, LevelSource};
use super::super::scene::{Found, SAMPLED};
use super::super::tiff::layout::unsupported;
use super::super::{MediaError, probe};
use super::levels::{Halving, LevelFile};
use super::{FNV_START, mixed};

/// How far the levels are made.
#[derive(Debug, Default)]
struct Making {
    /// Rows of each level that are there; those that the file holds always are.
    rows: Vec<u32>,
    /// Why it ended early.
    failed: Option<Arc<MediaError>>,
    done: bool,
}

#[derive(Debug)]
struct Shared {
    layers: Layers,
    /// The level that those above it are made of.
    base: usize,
    /// Those that are made, if any are.
    made_levels: Option<LevelFile>,
    making: Mutex<Making>,
    made: Condvar,
    stop: Stop,
}

#[derive(Debug)]
pub(super) struct Tiled {
    info: MediumInfo,
    shared: Arc<Shared>,
    print: u64,
}

impl Tiled {
    /// The first plane of a TIFF.
    ///
    /// # Errors
    /// When its levels find no room, or the picture lies on its side.
    pub(super) fn new(found: Found, scratch: Option<&Path>) -> Result<Self, MediaError> {
        let Found { layers, mut info, .. } = found;
        let path = layers.path.clone();
        if info.source.orientation != 1 {
            return Err(unsupported(&path, "a large TIFF that is stored turned"));
        }
        info.planes = 1;
        info.scene.sizes = None;
        let io = |source| MediaError::Scratch { path: path.clone(), source };
        let count = info.levels.len();
        let first = layers.sources.iter().position(|source| *source == LevelSource::Made);
        let made_levels = match first {
            Some(first) => {
                Some(LevelFile::new(info.size, [first, count], info.bands, info.sample, scratch).map_err(io)?)
            }
            None => None,
        };
        let (_, facts) = limn_files::open_with_facts(&path).map_err(|error| probe::from_files(&path, error))?;
        let print = print_of(&facts, info.size);
        let rows = layers.sources.iter().enumerate().map(|(level, source)| match source {
            LevelSource::Made => 0,
            _ => level_size(info.size, level)[1],
        });
        let making = Mutex::new(Making { rows: rows.collect(), done: first.is_none(), ..Making::default() });
        let base = first.map_or(0, |first| first - 1);
        let shared = Shared { layers, base, made_levels, making, made: Condvar::new(), stop: Stop::default() };
        let shared = Arc::new(shared);
        if first.is_some() {
            let theirs = Arc::clone(&shared);
            std::thread::Builder::new().name("levels".into()).spawn(move || make_levels(&theirs)).map_err(io)?;
        }
        Ok(Self { info, shared, print })
    }
}

/// A number that another file does not have; what it holds is too much to look at.
fn print_of(facts: &Facts, size: [u32; 2]) -> u64 {
    let since = facts.modified.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok()).unwrap_or_default();
    let words =
        [facts.length, since.as_secs(), u64::from(since.subsec_nanos()), u64::from(size[0]), u64::from(size[1])];
    words.into_iter().fold(FNV_START, mixed)
}

/// Makes all levels that the file does not hold, from the top, with half of the machine: clicks and tiles need the other half.
fn make_levels(shared: &Shared) {
    let threads = (std::thread::available_parallelism().map_or(1, usize::from) / 2).max(1);
    match rayon::ThreadPoolBuilder::new().num_threads(threads).thread_name(|_| "levels".to_owned()).build() {
        Ok(pool) => pool.install(|| make_levels_here(shared)),
        Err(_) => make_levels_here(shared),
    }
}

fn make_levels_here(shared: &Shared) {
    let Some(file) = &shared.made_levels else { return };
    let base = shared.base;
    let [width, height] = level_size(shared.layers.size(), base);
    let count = shared.layers.sources.len() - base;
    let make = || -> Result<(), MediaError> {
        let mut halving = Halving::new(count, shared.layers.nodata());
        for y0 in (0..height).step_by(TILE as usize) {
            let y1 = (y0 + TILE).min(height);
            let part = PixelRect { x0: 0, y0, x1: width, y1 };
            let strip = shared.layers.read(Plane::default(), base, part, &shared.stop)?;
            let mut ready = vec![0; count];
            let pushed = halving.push(strip, y1 == height, &mut |level, y, rows| {
                ready[level] = y + rows.height;
                if level == 0 { Ok(()) } else { file.write(base + level, y, rows) }
            });
            pushed.map_err(|source| MediaError::Scratch { path: shared.layers.path.clone(), source })?;
            let mut making = shared.making.lock().unwrap_or_else(PoisonError::into_inner);
            for (rows, ready) in making.rows[base..].iter_mut().zip(&ready).skip(1) {
                *rows = (*rows).max(*ready);
            }
            shared.made.notify_all();
        }
        Ok(())
    };
    let made = make();
    let mut making = shared.making.lock().unwrap_or_else(PoisonError::into_inner);
    making.failed = made.err().map(Arc::new);
    making.done = true;
    shared.made.notify_all();
}

impl Medium for Tiled {
    fn info(&self) -> &MediumInfo {
        &self.info
    }

    fn read(&self, plane: Plane, level: usize, part: PixelRect, stop: &Stop) -> Result<Block, MediaError> {
        let shared = &self.shared;
        match (&shared.made_levels, shared.layers.sources[level]) {
            (Some(file), LevelSource::Made) => {
                self.wait(plane, level, part.y1, stop)?;
                let io = |source| MediaError::Scratch { path: shared.layers.path.clone(), source };
                file.read(level, part).map_err(io)
            }
            _ => shared.layers.read(Plane::default(), level, part, stop),
        }
    }

    fn wait(&self, _: Plane, level: usize, rows: u32, stop: &Stop) -> Result<(), MediaError> {
        let shared = &self.shared;
        let mut making = shared.making.lock().unwrap_or_else(PoisonError::into_inner);
        while making.rows[level] < rows {
            if let Some(why) = &making.failed {
                return Err(MediaError::Levels { source: Arc::clone(why) });
            }
            if stop.is_stopped() || making.done {
                return Err(MediaError::Stopped);
            }
            let pause = std::time::Duration::from_millis(50);
            making = shared.made.wait_timeout(making, pause).unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(())
    }

    fn is_resident(&self, _: Plane, _: usize) -> bool {
        false
    }

    fn rows_ready(&self, _: Plane, level: usize) -> u32 {
        self.shared.making.lock().unwrap_or_else(PoisonError::into_inner).rows[level]
    }

    fn progress(&self) -> Option<f32> {
        let making = self.shared.making.lock().unwrap_or_else(PoisonError::into_inner);
        let first = self.shared.base + 1;
        let rows = making.rows.get(first).copied().unwrap_or(0);
        let all = level_size(self.info.size, first)[1].max(1);
        let open = |(level, rows): (usize, &u32)| *rows < level_size(self.info.size, level)[1];
        let left = !making.done && making.rows.iter().enumerate().any(open);
        left.then_some(rows as f32 / all as f32)
    }

    fn statistics(&self, _: Plane) -> Result<Arc<Statistics>, MediaError> {
        let mut sampled: Option<Block> = None;
        for part in self.shared.layers.sampled(Plane::default(), SAMPLED) {
            let part = part?;
            // As one column of pixels: only how often values occur counts.
            let column = Block { width: 1, height: part.width * part.height, ..part };
            match &mut sampled {
                Some(block) => block.append(column),
                None => sampled = Some(column),
            }
        }
        let sampled = sampled.unwrap_or_else(|| Block::zeros(1, 1, self.info.bands, self.info.sample));
        Ok(Arc::new(Statistics::of(&sampled, self.info.alpha, self.info.appearance.nodata)))
    }

    fn bytes(&self) -> usize {
        self.shared.layers.kept_bytes()
    }

    fn print(&self) -> u64 {
        self.print
    }
}

impl Drop for Tiled {
    fn drop(&mut self) {
        self.shared.stop.stop();
    }
}

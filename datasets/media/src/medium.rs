//! What a project's entry points at: planes of levels of typed samples.

use std::fmt::Debug;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use limn_raster::PixelRect;

use super::block::Block;
use super::display::{Appearance, Display, Statistics, Stretch};
use super::sample::SampleType;
use super::scene::SceneInfo;
use super::{MediaError, SourceInfo};

/// One picture of a medium. A still has one plane, a volume one for each slice, a film one for each frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Plane {
    /// Number of the slice.
    pub slice: u32,
    /// Number of the frame.
    pub frame: u32,
}

/// How a level comes to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LevelOrigin {
    /// The file holds it.
    Stored,
    /// 2 x 2 means of the level below.
    Made,
}

/// What is known of a medium without reading its samples.
#[derive(Clone, Debug, PartialEq)]
pub struct MediumInfo {
    /// Width and height of level 0 in pixels, upright.
    pub size: [u32; 2],
    /// How each level comes to be. Level `l` has [`limn_raster::level_size`].
    pub levels: Vec<LevelOrigin>,
    /// Samples of a pixel.
    pub bands: usize,
    /// The last band is opacity.
    pub alpha: bool,
    /// Type of the samples as they are handed out.
    pub sample: SampleType,
    /// How many planes there are.
    pub planes: u32,
    /// How its samples look.
    pub appearance: Appearance,
    /// How the file stores it.
    pub source: SourceInfo,
    /// What else is known of it: its place in the world, nodata, names of bands.
    pub scene: SceneInfo,
}

impl MediumInfo {
    /// Bands that are no opacity.
    pub fn colours(&self) -> usize {
        self.bands - usize::from(self.alpha)
    }

    /// How it is usually shown.
    pub fn usual_display(&self) -> Display {
        let usual = Display::usual(self.sample, self.colours());
        // Numbers of colours are not stretched.
        let stretch = if self.appearance.palette.is_some() { Stretch::None } else { usual.stretch };
        Display { stretch, ..usual }
    }

    /// Bands that the file holds: all but a mask that is handed out as one more.
    pub fn stored_bands(&self) -> usize {
        self.bands - usize::from(self.scene.mask.is_some())
    }

    /// The plane of a number: slices first, then frames.
    pub fn plane(&self, number: u32) -> Option<Plane> {
        let slices = self.scene.sizes.map_or(1, |sizes| sizes.z).max(1);
        (number < self.planes).then_some(Plane { slice: number % slices, frame: number / slices })
    }
}

/// Ends work that is not wanted any more. Copies share it.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// The work is to end.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the work is to end.
    pub fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// One open file or sequence of files. Readers of any thread may ask it at once.
pub trait Medium: Send + Sync + Debug {
    /// What is known of it.
    fn info(&self) -> &MediumInfo;

    /// The samples of a part of a level of a plane; the part lies inside the level. Waits until they are there, or `stop` says
    /// that nobody waits any more.
    ///
    /// # Errors
    /// What keeps the file from being read; [`MediaError::Stopped`].
    fn read(&self, plane: Plane, level: usize, part: PixelRect, stop: &Stop) -> Result<Block, MediaError>;

    /// True if [`Medium::read`] of this level answers from memory, without a disk or a decoder.
    fn is_resident(&self, plane: Plane, level: usize) -> bool;

    /// The rows of a level that can be read at once: all of them, or fewer while the level is being made from the top.
    fn rows_ready(&self, plane: Plane, level: usize) -> u32;

    /// Waits until so many rows of a level can be read. Must not be called from a pool of threads that share work: what is waited for may
    /// need them.
    ///
    /// # Errors
    /// As [`Medium::read`].
    fn wait(&self, plane: Plane, level: usize, rows: u32, stop: &Stop) -> Result<(), MediaError>;

    /// How far the levels are made, 0 to 1; `None` once there is nothing left to make.
    fn progress(&self) -> Option<f32> {
        None
    }

    /// How often each value occurs.
    ///
    /// # Errors
    /// As [`Medium::read`].
    fn statistics(&self, plane: Plane) -> Result<Arc<Statistics>, MediaError>;

    /// Bytes of memory that it holds.
    fn bytes(&self) -> usize;

    /// A number that other pixels do not have (not against malice): a file that was replaced has another one.
    fn print(&self) -> u64;
}

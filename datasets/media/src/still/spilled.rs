//! A picture that was decoded as a whole and is too large to stay in memory: its tiles lie in a file without a name.

use std::path::Path;
use std::sync::Arc;

use limn_raster::{PixelRect, level_size};

use super::super::MediaError;
use super::super::block::Block;
use super::super::cache::TILE;
use super::super::display::Statistics;
use super::super::medium::{Medium, MediumInfo, Plane, Stop};
use super::super::read::Decoded;
use super::levels::{Halving, LevelFile};
use super::{info_of, print_of, usual};

#[derive(Debug)]
pub(super) struct Spilled {
    info: MediumInfo,
    file: LevelFile,
    path: std::path::PathBuf,
    statistics: Arc<Statistics>,
    print: u64,
}

impl Spilled {
    /// # Errors
    /// A full disk.
    pub(super) fn new(decoded: Decoded, path: &Path, scratch: Option<&Path>) -> Result<Self, MediaError> {
        let info = info_of(&decoded, path);
        let io = |source| MediaError::Scratch { path: path.to_path_buf(), source };
        let (block, alpha) = (decoded.block, decoded.alpha);
        let statistics = Arc::new(Statistics::of(&block, alpha, None));
        let print = print_of(&block, &usual(&info, || Arc::clone(&statistics)));
        let count = info.levels.len();
        let file = LevelFile::new(info.size, [0, count], info.bands, info.sample, scratch).map_err(io)?;
        let mut halving = Halving::new(count, None);
        for y0 in (0..block.height).step_by(TILE as usize) {
            let y1 = (y0 + TILE).min(block.height);
            let strip = block.part(PixelRect { x0: 0, y0, x1: block.width, y1 });
            halving.push(strip, y1 == block.height, &mut |level, y, rows| file.write(level, y, rows)).map_err(io)?;
        }
        Ok(Self { info, file, path: path.to_path_buf(), statistics, print })
    }
}

impl Medium for Spilled {
    fn info(&self) -> &MediumInfo {
        &self.info
    }

    fn read(&self, _: Plane, level: usize, part: PixelRect, _: &Stop) -> Result<Block, MediaError> {
        self.file.read(level, part).map_err(|source| MediaError::Scratch { path: self.path.clone(), source })
    }

    fn is_resident(&self, _: Plane, _: usize) -> bool {
        false
    }

    fn rows_ready(&self, _: Plane, level: usize) -> u32 {
        level_size(self.info.size, level)[1]
    }

    fn wait(&self, _: Plane, _: usize, _: u32, _: &Stop) -> Result<(), MediaError> {
        Ok(())
    }

    fn statistics(&self, _: Plane) -> Result<Arc<Statistics>, MediaError> {
        Ok(Arc::clone(&self.statistics))
    }

    fn bytes(&self) -> usize {
        0
    }

    fn print(&self) -> u64 {
        self.print
    }
}

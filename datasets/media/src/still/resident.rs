//! A picture in memory with all its levels.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use limn_raster::{PixelRect, level_size};

use super::super::MediaError;
use super::super::block::Block;
use super::super::display::Statistics;
use super::super::medium::{Medium, MediumInfo, Plane, Stop};
use super::super::read::Decoded;
use super::{info_of, print_of, usual};

#[derive(Debug)]
pub(super) struct Resident {
    info: MediumInfo,
    levels: Vec<Block>,
    statistics: OnceLock<Arc<Statistics>>,
    print: u64,
}

impl Resident {
    pub(super) fn new(decoded: Decoded, path: &Path) -> Self {
        let info = info_of(&decoded, path);
        let (block, alpha) = (decoded.block, decoded.alpha);
        let mut levels = vec![block];
        while let Some(last) = levels.last()
            && levels.len() < info.levels.len()
        {
            let half = last.halved();
            levels.push(half);
        }
        let mut resident = Self { info, levels, statistics: OnceLock::new(), print: 0 };
        resident.print = print_of(&resident.levels[0], &usual(&resident.info, || resident.counted(alpha)));
        resident
    }

    fn counted(&self, alpha: bool) -> Arc<Statistics> {
        Arc::clone(self.statistics.get_or_init(|| Arc::new(Statistics::of(&self.levels[0], alpha, None))))
    }
}

impl Medium for Resident {
    fn info(&self) -> &MediumInfo {
        &self.info
    }

    fn read(&self, _: Plane, level: usize, part: PixelRect, _: &Stop) -> Result<Block, MediaError> {
        Ok(self.levels[level].part(part))
    }

    fn is_resident(&self, _: Plane, _: usize) -> bool {
        true
    }

    fn rows_ready(&self, _: Plane, level: usize) -> u32 {
        level_size(self.info.size, level)[1]
    }

    fn wait(&self, _: Plane, _: usize, _: u32, _: &Stop) -> Result<(), MediaError> {
        Ok(())
    }

    fn statistics(&self, _: Plane) -> Result<Arc<Statistics>, MediaError> {
        Ok(self.counted(self.info.alpha))
    }

    fn bytes(&self) -> usize {
        self.levels.iter().map(Block::bytes).sum()
    }

    fn print(&self) -> u64 {
        self.print
    }
}

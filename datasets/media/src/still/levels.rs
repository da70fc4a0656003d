//! Halved levels, made from the top in strips, and a file without a name that holds the tiles of levels.

use std::io;
use std::path::Path;

use limn_files::Scratch;
use limn_raster::{PixelRect, level_size};

use super::super::block::Block;
use super::super::cache::TILE;
use super::super::sample::SampleType;

/// Makes the levels above strips of one level: holds at most two rows of tiles of each.
#[derive(Debug)]
pub(super) struct Halving {
    levels: Vec<Held>,
    nodata: Option<f64>,
}

/// What is held of a level.
#[derive(Debug, Default)]
struct Held {
    /// Rows that do not fill a row of tiles yet.
    rows: Option<Block>,
    /// The first of them.
    y: u32,
    /// So many rows of the level were halved; always an even number until the last ones.
    halved: u32,
}

/// Takes rows of a level: number of the level, first row, rows.
type Emit<'a> = &'a mut dyn FnMut(usize, u32, &Block) -> io::Result<()>;

impl Halving {
    /// For so many levels, the lowest one among them. Samples of the value `nodata` do not count.
    pub(super) fn new(levels: usize, nodata: Option<f64>) -> Self {
        Self { levels: (0..levels).map(|_| Held::default()).collect(), nodata }
    }

    /// Takes the next rows of the lowest level (at most [`TILE`] of them) and hands out rows of every level, from a multiple of
    /// [`TILE`] on. Rows that do not fill a row of tiles yet are handed out again when there are more of them.
    ///
    /// # Errors
    /// Those of `emit`.
    pub(super) fn push(&mut self, strip: Block, last: bool, emit: Emit<'_>) -> io::Result<()> {
        let mut next = Some(strip);
        for (level, held) in self.levels.iter_mut().enumerate() {
            let Some(strip) = next else { break };
            next = held.take(level, strip, last, self.nodata, emit)?;
        }
        Ok(())
    }
}

impl Held {
    /// Takes the next rows, hands them out, and gives their halves for the level above.
    fn take(
        &mut self,
        level: usize,
        strip: Block,
        last: bool,
        nodata: Option<f64>,
        emit: Emit<'_>,
    ) -> io::Result<Option<Block>> {
        let mut rows = match self.rows.take() {
            Some(mut held) => {
                held.append(strip);
                held
            }
            None => strip,
        };
        let cut = |rows: &Block, y0: u32, y1: u32| rows.part(PixelRect { x0: 0, y0, x1: rows.width, y1 });
        let (from, to) = (self.halved - self.y, if last { rows.height } else { rows.height & !1 });
        // Tiles have an even number of rows, so `y` is even and so is what is halved.
        let above = (from < to).then(|| cut(&rows, from, to).halved_without(nodata));
        self.halved = self.y + to.max(from);
        while rows.height > TILE {
            emit(level, self.y, &cut(&rows, 0, TILE))?;
            rows = cut(&rows, TILE, rows.height);
            self.y += TILE;
        }
        emit(level, self.y, &rows)?;
        if rows.height == TILE {
            self.y += TILE;
        } else {
            self.rows = Some(rows);
        }
        Ok(above)
    }
}

/// The tiles of levels in a file without a name.
#[derive(Debug)]
pub(super) struct LevelFile {
    scratch: Scratch,
    /// Where each level begins.
    offsets: Vec<u64>,
    size: [u32; 2],
    /// The lowest level that it holds.
    first: usize,
    bands: usize,
    sample: SampleType,
}

impl LevelFile {
    /// For levels `first..levels` of a picture of `size`, on the disk of `folder` if that can be written.
    ///
    /// # Errors
    /// When no disk takes the file.
    pub(super) fn new(
        size: [u32; 2],
        [first, levels]: [usize; 2],
        bands: usize,
        sample: SampleType,
        folder: Option<&Path>,
    ) -> io::Result<Self> {
        let mut end = 0u64;
        let mut offsets = Vec::with_capacity(levels - first);
        for level in first..levels {
            offsets.push(end);
            let [columns, rows] = level_size(size, level).map(|side| u64::from(side.div_ceil(TILE)));
            end += columns * rows * slot(bands, sample);
        }
        Ok(Self { scratch: Scratch::new(folder)?, offsets, size, first, bands, sample })
    }

    fn offset(&self, level: usize, column: u32, row: u32) -> u64 {
        let columns = u64::from(level_size(self.size, level)[0].div_ceil(TILE));
        let tile = u64::from(row) * columns + u64::from(column);
        self.offsets[level - self.first] + tile * slot(self.bands, self.sample)
    }

    /// Writes rows of a level, from a multiple of [`TILE`] on, at most [`TILE`] of them.
    pub(super) fn write(&self, level: usize, y: u32, rows: &Block) -> io::Result<()> {
        for column in 0..rows.width.div_ceil(TILE) {
            let (x0, x1) = (column * TILE, ((column + 1) * TILE).min(rows.width));
            let tile = rows.part(PixelRect { x0, y0: 0, x1, y1: rows.height });
            self.scratch.write_at(tile.samples.bytes(), self.offset(level, column, y / TILE))?;
        }
        Ok(())
    }

    /// Reads a part of a level that was written.
    pub(super) fn read(&self, level: usize, part: PixelRect) -> io::Result<Block> {
        let mut out = Block::zeros(part.width(), part.height(), self.bands, self.sample);
        let width = level_size(self.size, level)[0];
        for row in part.y0 / TILE..part.y1.div_ceil(TILE) {
            for column in part.x0 / TILE..part.x1.div_ceil(TILE) {
                let (x0, y0) = (column * TILE, row * TILE);
                let tile_width = TILE.min(width - x0);
                let (top, bottom) = (part.y0.max(y0) - y0, part.y1.min(y0 + TILE) - y0);
                // The wanted rows of a tile lie side by side.
                let mut rows = Block::zeros(tile_width, bottom - top, self.bands, self.sample);
                let stride = u64::from(tile_width) * (self.bands * self.sample.bytes()) as u64;
                let at = self.offset(level, column, row) + u64::from(top) * stride;
                self.scratch.read_at(rows.samples.bytes_mut(), at)?;
                out.lay([part.x0, part.y0], &rows, [x0, y0 + top]);
            }
        }
        Ok(out)
    }
}

/// Bytes of a whole tile.
fn slot(bands: usize, sample: SampleType) -> u64 {
    u64::from(TILE) * u64::from(TILE) * (bands * sample.bytes()) as u64
}

#[cfg(test)]
mod tests {
    use limn_raster::level_count;
    use proptest::prelude::*;

    use super::super::super::samples::Samples;
    use super::*;

    fn noise(width: u32, height: u32, bands: usize) -> Block {
        let count = (width * height) as usize * bands;
        let samples = (0..count as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 9) as u16).collect();
        Block { width, height, bands, samples: Samples::U16(samples) }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        /// Strips through the file are the levels made as a whole, whatever the size and the part.
        #[test]
        fn strips_make_the_same_levels_as_the_whole(
            width in 1u32..900, height in 1u32..900, bands in 1usize..3, strip in 1u32..=128, share in [0.0f64..1.0, 0.0..1.0, 0.0..1.0, 0.0..1.0],
        ) {
            let whole = noise(width, height, bands);
            let size = [width, height];
            let levels = level_count(size, 40);
            let file = LevelFile::new(size, [0, levels], bands, SampleType::U16, None).unwrap();
            let mut halving = Halving::new(levels, None);
            let mut y = 0;
            while y < height {
                let end = (y + 2 * strip).min(height);
                let rows = whole.part(PixelRect { x0: 0, y0: y, x1: width, y1: end });
                halving.push(rows, end == height, &mut |level, y, rows| file.write(level, y, rows)).unwrap();
                y = end;
            }
            let mut expected = whole;
            for level in 0..levels {
                let at = |share: f64, side: u32| (share * f64::from(side)) as u32;
                let (x0, y0) = (at(share[0], expected.width), at(share[1], expected.height));
                let (x1, y1) = (x0 + 1 + at(share[2], expected.width - x0 - 1), y0 + 1 + at(share[3], expected.height - y0 - 1));
                for part in [PixelRect { x0, y0, x1, y1 }, PixelRect { x0: 0, y0: 0, x1: expected.width, y1: expected.height }] {
                    prop_assert_eq!(&file.read(level, part).unwrap(), &expected.part(part), "level {} {:?}", level, part);
                }
                expected = expected.halved();
            }
        }
    }
}

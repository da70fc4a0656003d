//! The pixels of one directory, tile by tile or strip by strip, decoded where they are wanted.

use std::hash::Hash;
use std::sync::Arc;

use limn_raster::PixelRect;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};
use rayon::prelude::*;

use super::super::block::Block;
use super::super::medium::Stop;
use super::super::sample::SampleType;
use super::super::{MediaError, guarded, probe};
use super::directory::Source;
use super::layout::Layout;
use super::{codec, unpack};

/// Bytes of decoded tiles and strips that a medium keeps: neighbours are cut out of the same ones.
const CHUNK_CACHE: u64 = 96 << 20;

/// Bytes of tiles and strips that are decoded at once.
const AT_ONCE: u64 = 256 << 20;

#[derive(Clone)]
pub(crate) struct Bytes;

impl Weighter<[u32; 2], Arc<Block>> for Bytes {
    fn weight(&self, _: &[u32; 2], chunk: &Arc<Block>) -> u64 {
        chunk.bytes() as u64 + 64
    }
}

/// Decoded tiles and strips of all directories of a file.
pub(crate) type Kept = Cache<[u32; 2], Arc<Block>, Bytes>;

/// An empty one, for tiles or strips of so many bytes: two of them have room.
pub(crate) fn kept(bytes: u64) -> Arc<Kept> {
    Arc::new(cache(CHUNK_CACHE.max(bytes.saturating_mul(2)), Bytes))
}

/// A cache in one piece: in parts of it large values would find no room.
pub(crate) fn cache<K: Eq + Hash, V: Clone, W: Weighter<K, V> + Clone>(bytes: u64, weighter: W) -> Cache<K, V, W> {
    let options = OptionsBuilder::new().shards(1).estimated_items_capacity(1024).weight_capacity(bytes).build();
    match options {
        Ok(options) => {
            Cache::with_options(options, weighter, DefaultHashBuilder::default(), DefaultLifecycle::default())
        }
        Err(_) => Cache::with_weighter(1024, bytes, weighter),
    }
}

/// The tiles or strips of a directory.
pub(crate) struct Chunks {
    pub(crate) layout: Layout,
    source: Source,
    /// What stands where the file leaves a tile or strip out.
    fill: f64,
    /// Tells it from the other directories of the file.
    number: u32,
    kept: Arc<Kept>,
}

impl std::fmt::Debug for Chunks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Layout { size, bands, compression, .. } = &self.layout;
        write!(f, "Chunks({} {size:?} x {bands}, {compression:?})", self.source.path.display())
    }
}

impl Chunks {
    pub(crate) fn new(layout: Layout, source: Source, fill: f64, number: u32, kept: Arc<Kept>) -> Self {
        Self { layout, source, fill, number, kept }
    }

    pub(crate) fn size(&self) -> [u32; 2] {
        self.layout.size
    }

    pub(crate) fn bands(&self) -> usize {
        self.layout.bands
    }

    pub(crate) fn sample(&self) -> SampleType {
        self.layout.sample()
    }

    /// Bytes that are kept of all directories of the file.
    pub(crate) fn kept_bytes(&self) -> usize {
        usize::try_from(self.kept.weight()).unwrap_or(usize::MAX)
    }

    /// How many tiles or strips it has, those of several bands as one.
    pub(crate) fn count(&self) -> u32 {
        let [across, down] = self.layout.grid();
        across.saturating_mul(down)
    }

    /// Where a tile or strip lies.
    pub(crate) fn rect(&self, number: u32) -> PixelRect {
        let [across, _] = self.layout.grid();
        let [width, height] = self.layout.chunk;
        let (x0, y0) = (number % across * width, number / across * height);
        let [right, bottom] = self.layout.size;
        PixelRect { x0, y0, x1: x0.saturating_add(width).min(right), y1: y0.saturating_add(height).min(bottom) }
    }

    fn chunk(&self, number: u32) -> Result<Arc<Block>, MediaError> {
        // Whoever else wants the same one waits for it.
        self.kept.get_or_insert_with(&[self.number, number], || self.decoded(number).map(Arc::new))
    }

    /// One tile or strip with all its bands, cut to the picture.
    pub(crate) fn decoded(&self, number: u32) -> Result<Block, MediaError> {
        let read = guarded(|| self.decoded_here(number));
        read.unwrap_or_else(|| Err(self.fault(number, "its decoder gave up on it")))
    }

    fn decoded_here(&self, number: u32) -> Result<Block, MediaError> {
        let layout = &self.layout;
        let rect = self.rect(number);
        if !layout.planar {
            return self.part(number, number, rect);
        }
        let mut out = Block::zeros(rect.width(), rect.height(), layout.bands, layout.sample());
        for band in 0..layout.bands {
            let place = band as u32 * self.count() + number;
            out.set_band(band, &self.part(number, place, rect)?);
        }
        Ok(out)
    }

    /// What lies at one place of the file, cut to `rect`.
    fn part(&self, number: u32, place: u32, rect: PixelRect) -> Result<Block, MediaError> {
        let layout = &self.layout;
        let bands = layout.chunk_bands();
        let [at, count] = layout.places.get(place as usize).copied().unwrap_or_default();
        if count == 0 {
            let mut empty = Block::zeros(rect.width(), rect.height(), bands, layout.sample());
            empty.samples.fill(self.fill);
            return Ok(empty);
        }
        // Some writers claim more than there is; what is there may be enough.
        let there = self.source.length.saturating_sub(at);
        let packed = self.source.bytes(at, if there == 0 { count } else { count.min(there) })?;
        let rows = if layout.tiled { layout.chunk[1] } else { rect.height() };
        let bytes = codec::decompressed(layout, packed, rows).map_err(|why| self.fault(number, &why))?;
        let columns = layout.chunk[0] as usize;
        let samples = unpack::samples(layout, bytes, columns);
        let whole = Block { width: layout.chunk[0], height: rows, bands, samples };
        let inside = PixelRect { x0: 0, y0: 0, x1: rect.width(), y1: rect.height() };
        let same = (whole.width, whole.height) == (rect.width(), rect.height());
        Ok(if same { whole } else { whole.part(inside) })
    }

    fn fault(&self, number: u32, why: &str) -> MediaError {
        let kind = if self.layout.tiled { "tile" } else { "strip" };
        let PixelRect { y0, y1, .. } = self.rect(number);
        let detail =
            format!("{kind} {number} (rows {y0} to {}): {why}; copy it again from its source", y1.saturating_sub(1));
        probe::damaged(&self.source.path, &detail)
    }

    /// A part of the picture.
    pub(crate) fn read(&self, part: PixelRect, stop: &Stop) -> Result<Block, MediaError> {
        let [width, height] = self.layout.chunk;
        let [across, _] = self.layout.grid();
        let wanted: Vec<u32> = (part.y0 / height..part.y1.div_ceil(height))
            .flat_map(|row| (part.x0 / width..part.x1.div_ceil(width)).map(move |column| row * across + column))
            .collect();
        let mut out = Block::zeros(part.width(), part.height(), self.bands(), self.sample());
        // So many at once as are decoded together and have room: a wide part does not hold all its chunks.
        let room = usize::try_from(AT_ONCE / self.layout.chunk_bytes().max(1)).unwrap_or(usize::MAX).max(1);
        for some in wanted.chunks((rayon::current_num_threads().max(1) * 4).min(room)) {
            if stop.is_stopped() {
                return Err(MediaError::Stopped);
            }
            let read = |&number: &u32| Ok((self.rect(number), self.chunk(number)?));
            for (rect, chunk) in some.par_iter().map(read).collect::<Result<Vec<_>, MediaError>>()? {
                out.lay([part.x0, part.y0], &chunk, [rect.x0, rect.y0]);
            }
        }
        Ok(out)
    }
}

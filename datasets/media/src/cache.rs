//! Tiles that were read from a disk or decoded, in one bound for all media.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, OptionsBuilder, Weighter};

use super::block::Block;
use super::medium::Plane;

/// Edge of a tile in pixels.
pub const TILE: u32 = 256;

/// Tells one open medium from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MediumId(u64);

impl MediumId {
    /// One that was not given out before.
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// Where a tile lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TileAt {
    pub(crate) medium: MediumId,
    pub(crate) plane: Plane,
    pub(crate) level: usize,
    pub(crate) column: u32,
    pub(crate) row: u32,
}

#[derive(Clone)]
struct Bytes;

impl Weighter<TileAt, Arc<Block>> for Bytes {
    fn weight(&self, _: &TileAt, tile: &Arc<Block>) -> u64 {
        tile.bytes() as u64 + 128
    }
}

/// The tiles, shared by all who read media. What was not used for the longest time goes first.
pub struct TileCache {
    tiles: Cache<TileAt, Arc<Block>, Bytes>,
    scratch: Option<PathBuf>,
}

impl TileCache {
    /// Bytes of tiles that are kept if nobody says otherwise.
    pub const USUAL_BYTES: u64 = 256 << 20;

    /// A cache of at most so many bytes.
    pub fn new(bytes: u64) -> Arc<Self> {
        Self::with_scratch(bytes, None)
    }

    /// The same; what does not fit into memory goes to the disk of this folder, or to the system's place for such files.
    pub fn with_scratch(bytes: u64, scratch: Option<PathBuf>) -> Arc<Self> {
        let tiles = usize::try_from(bytes / (u64::from(TILE) * u64::from(TILE))).unwrap_or(1 << 16).max(16);
        // In parts so large that tiles of many bands have room in each.
        let parts = usize::try_from(bytes >> 25).unwrap_or(1).clamp(1, 32);
        let options =
            OptionsBuilder::new().shards(parts).estimated_items_capacity(tiles).weight_capacity(bytes).build();
        let tiles = match options {
            Ok(options) => {
                Cache::with_options(options, Bytes, DefaultHashBuilder::default(), DefaultLifecycle::default())
            }
            Err(_) => Cache::with_weighter(tiles, bytes, Bytes),
        };
        Arc::new(Self { tiles, scratch })
    }

    /// Where what does not fit into memory goes.
    pub(crate) fn scratch(&self) -> Option<&Path> {
        self.scratch.as_deref()
    }

    /// Bytes of the tiles that are held.
    pub fn bytes(&self) -> u64 {
        self.tiles.weight()
    }

    pub(crate) fn get(&self, at: &TileAt) -> Option<Arc<Block>> {
        self.tiles.get(at)
    }

    pub(crate) fn put(&self, at: TileAt, tile: Arc<Block>) {
        self.tiles.insert(at, tile);
    }
}

impl std::fmt::Debug for TileCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TileCache({} tiles, {} bytes)", self.tiles.len(), self.tiles.weight())
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::SampleType;
    use super::*;

    #[test]
    fn it_holds_no_more_than_its_bound() {
        let cache = TileCache::new(4 << 20);
        let medium = MediumId::new();
        let at = |column| TileAt { medium, plane: Plane::default(), level: 0, column, row: 0 };
        for column in 0..500 {
            cache.put(at(column), Arc::new(Block::zeros(TILE, TILE, 3, SampleType::U8)));
            assert!(cache.bytes() <= 4 << 20);
        }
        assert!(cache.bytes() > 1 << 20, "it is used");
        assert!(MediumId::new() != medium);
    }
}

//! Masks as tiles of 256 x 256 pixels, for pictures of any size.
//!
//! A mask is a list of rows of tiles, a row a list of tiles; what is empty is left out, what is full is one word, the rest are
//! runs (`tile`). Rows and tiles are shared between copies, and between equal neighbours: a copy costs nothing, an edit makes the
//! tiles anew that it touches, and two masks are compared by looking where their memory differs. A run down a column of four
//! million rows, or a filled picture of that side, is a few kilobytes.
//!
//! * `tile`, `row`: one tile, one row of tiles; `build`: from spans and from runs; `read`: rows, pixels, bytes
//! * `algebra`: set operations, `turn`: rows and columns exchanged (what the column-major COCO counts need)
//! * [`delta`]: which tiles differ between two masks (an entry of a journal); [`bytes`]: tiles as bytes for storage

mod algebra;
mod build;
pub mod bytes;
pub mod delta;
mod read;
mod row;
#[cfg(test)]
mod tests;
mod tile;
mod turn;

use std::sync::Arc;

use super::mask::PixelRect;
use row::TileRow;
pub use tile::TILE;

/// The pixels of one object in a picture of `width x height`, as shared tiles.
#[derive(Clone)]
pub struct TileMask {
    inner: Arc<Inner>,
}

/// A row of tiles with its number from the top.
type NumberedRow = (u32, Arc<TileRow>);

struct Inner {
    width: u32,
    height: u32,
    area: u64,
    bounds: Option<PixelRect>,
    /// Rows of tiles that have pixels, from the top, with their number.
    rows: Vec<NumberedRow>,
}

impl TileMask {
    /// A mask without pixels.
    pub fn empty(width: u32, height: u32) -> Self {
        Self::from_rows(width, height, Vec::new())
    }

    fn from_rows(width: u32, height: u32, rows: Vec<NumberedRow>) -> Self {
        debug_assert!(rows.is_sorted_by(|a, b| a.0 < b.0));
        let area = rows.iter().map(|(_, row)| row.area()).sum();
        let ends = rows.first().zip(rows.last());
        let bounds = ends.map(|((top, first), (bottom, last))| PixelRect {
            x0: rows.iter().map(|(_, row)| row.columns()[0]).min().unwrap_or_default(),
            y0: top * TILE + first.rows()[0],
            x1: rows.iter().map(|(_, row)| row.columns()[1]).max().unwrap_or_default(),
            y1: bottom * TILE + last.rows()[1],
        });
        Self { inner: Arc::new(Inner { width, height, area, bounds, rows }) }
    }

    fn rows(&self) -> &[NumberedRow] {
        &self.inner.rows
    }

    /// Width of the picture.
    pub fn width(&self) -> u32 {
        self.inner.width
    }

    /// Height of the picture.
    pub fn height(&self) -> u32 {
        self.inner.height
    }

    /// Number of object pixels.
    pub fn area(&self) -> u64 {
        self.inner.area
    }

    /// True if no pixel belongs to the object.
    pub fn is_empty(&self) -> bool {
        self.inner.rows.is_empty()
    }

    /// The smallest rectangle around all pixels; `None` for an empty mask.
    pub fn bounds(&self) -> Option<PixelRect> {
        self.inner.bounds
    }

    /// Bytes that the mask takes in memory. Copies share them, and rows that are equal to their neighbour are counted once.
    pub fn heap_bytes(&self) -> u64 {
        let rows = self.rows();
        let shared = |at: usize| at > 0 && Arc::ptr_eq(&rows[at].1, &rows[at - 1].1);
        let tiles = (0..rows.len()).filter(|&at| !shared(at)).map(|at| rows[at].1.heap_bytes()).sum::<u64>();
        size_of::<Inner>() as u64 + size_of_val(rows) as u64 + tiles
    }
}

impl PartialEq for TileMask {
    fn eq(&self, other: &Self) -> bool {
        let same_row = |(a, b): (&NumberedRow, &NumberedRow)| a.0 == b.0 && (Arc::ptr_eq(&a.1, &b.1) || a.1 == b.1);
        let (a, b) = (&*self.inner, &*other.inner);
        Arc::ptr_eq(&self.inner, &other.inner)
            || ((a.width, a.height, a.area, a.bounds) == (b.width, b.height, b.area, b.bounds)
                && a.rows.len() == b.rows.len()
                && a.rows.iter().zip(&b.rows).all(same_row))
    }
}

impl Eq for TileMask {}

impl std::fmt::Debug for TileMask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TileMask({}x{}, {} px in {:?})", self.width(), self.height(), self.area(), self.bounds())
    }
}

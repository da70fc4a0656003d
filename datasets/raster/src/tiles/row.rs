//! A row of tiles.

use std::sync::Arc;

use super::tile::{Shape, TILE, Tile};

/// Neighbouring tiles of one content: columns of tiles `first..end`.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Entry {
    pub first: u32,
    pub end: u32,
    pub tile: Tile,
}

/// The tiles of [`TILE`] pixel rows that have pixels, from left to right, with what is often asked of them. It does not know
/// which row of tiles it is, so equal ones can be shared.
#[derive(Debug)]
pub(crate) struct TileRow {
    entries: Vec<Entry>,
    /// Pixel rows.
    height: u32,
    area: u64,
    /// Columns of the picture with pixels, and rows of this row, half-open.
    columns: [u32; 2],
    rows: [u32; 2],
}

impl TileRow {
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Pixel rows.
    pub fn height(&self) -> u32 {
        self.height
    }

    pub fn area(&self) -> u64 {
        self.area
    }

    pub fn columns(&self) -> [u32; 2] {
        self.columns
    }

    /// Pixel rows of this row of tiles that have pixels.
    pub fn rows(&self) -> [u32; 2] {
        self.rows
    }

    /// The content of one tile.
    pub fn tile(&self, column: u32) -> Option<&Tile> {
        let next = self.entries.partition_point(|entry| entry.first <= column);
        let entry = self.entries.get(next.checked_sub(1)?)?;
        (column < entry.end).then_some(&entry.tile)
    }

    /// Bytes in memory, tiles included.
    pub fn heap_bytes(&self) -> u64 {
        let tiles = self.entries.iter().map(|entry| match &entry.tile {
            Tile::Full => 0,
            // Reference counts, the head of the tile and its toggles.
            Tile::Runs(_) => 48 + 2 * entry.tile.toggles().len() as u64,
        });
        size_of_val(&self.entries[..]) as u64 + size_of::<Self>() as u64 + 16 + tiles.sum::<u64>()
    }
}

impl PartialEq for TileRow {
    fn eq(&self, other: &Self) -> bool {
        self.height == other.height && self.area == other.area && self.entries == other.entries
    }
}

/// How wide a column of tiles is in a picture.
pub(crate) fn tile_width(picture: u32, column: u32) -> u32 {
    picture.saturating_sub(column.saturating_mul(TILE)).min(TILE)
}

/// Makes a row of tiles from left to right.
pub(crate) struct RowBuilder {
    /// Width of the picture.
    width: u32,
    /// Pixel rows.
    height: u32,
    entries: Vec<Entry>,
}

impl RowBuilder {
    pub fn new(width: u32, height: u32) -> Self {
        Self { width, height, entries: Vec::new() }
    }

    /// The shape of a tile of this row.
    pub fn shape(&self, column: u32) -> Shape {
        Shape { width: tile_width(self.width, column), height: self.height }
    }

    /// Appends tiles of one content behind those that are there. All of them have the same shape, unless they are full.
    pub fn push(&mut self, first: u32, end: u32, tile: Tile) {
        debug_assert!(first < end && self.entries.last().is_none_or(|last| last.end <= first));
        if let Some(last) = self.entries.last_mut()
            && last.end == first
            && last.tile == tile
            && (matches!(tile, Tile::Full) || end <= self.width / TILE)
        {
            last.end = end;
        } else {
            self.entries.push(Entry { first, end, tile });
        }
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The row; `None` without pixels.
    pub fn finish(mut self) -> Option<Arc<TileRow>> {
        self.entries.shrink_to_fit();
        let (mut area, mut columns, mut rows) = (0, [u32::MAX, 0], [u32::MAX, 0]);
        for entry in &self.entries {
            let shape = self.shape(entry.first);
            let [[_, _], [top, bottom]] = entry.tile.bounds(shape);
            let [[left, _], _] = entry.tile.bounds(shape);
            let last = self.shape(entry.end - 1);
            let [[_, right], _] = entry.tile.bounds(last);
            let pixels = u64::from(entry.end - 1 - entry.first) * u64::from(entry.tile.area(shape));
            area += pixels + u64::from(entry.tile.area(last));
            columns = [columns[0].min(entry.first * TILE + left), columns[1].max((entry.end - 1) * TILE + right)];
            rows = [rows[0].min(top), rows[1].max(bottom)];
        }
        let Self { entries, height, .. } = self;
        (!entries.is_empty()).then(|| Arc::new(TileRow { entries, height, area, columns, rows }))
    }
}

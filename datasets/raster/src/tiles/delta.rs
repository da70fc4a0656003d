//! Which tiles differ between two masks: what a journal keeps of an edit, and undoes and does it again with.

use std::sync::Arc;

use super::super::limits::check_sides;
use super::super::mask::PixelRect;
use super::TileMask;
use super::algebra::pairs;
use super::build::Builder;
use super::bytes::{BytesError, Reader, Writer};
use super::row::{Entry, RowBuilder, TileRow, tile_width};
use super::tile::{Shape, TILE, Tile};

/// Why a change cannot be found, made or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeltaError {
    /// The masks belong to pictures of two sizes.
    #[error("a change of a mask of {0}x{1} does not fit one of {2}x{3}")]
    OtherSize(u32, u32, u32, u32),
    /// The mask is not the one that the change began with.
    #[error("the mask is not the one that was changed: tile {column} of row {row} differs")]
    OtherMask {
        /// Row of tiles.
        row: u32,
        /// Column of tiles.
        column: u32,
    },
    /// The bytes are damaged.
    #[error("the change of a mask cannot be read: {0}")]
    Bytes(#[from] BytesError),
}

/// Tiles of one content that became tiles of another one.
#[derive(Clone, Debug, PartialEq)]
struct Change {
    row: u32,
    /// Columns of tiles.
    first: u32,
    end: u32,
    before: Option<Tile>,
    after: Option<Tile>,
}

/// From one mask to another of the same picture. The tiles are shared with both masks.
#[derive(Clone, Debug, PartialEq)]
pub struct MaskDelta {
    width: u32,
    height: u32,
    /// By row and column, apart from each other.
    changes: Vec<Change>,
}

impl MaskDelta {
    /// What changes from `before` to `after`. Rows and tiles that the masks share are not looked at.
    ///
    /// # Errors
    /// [`DeltaError::OtherSize`].
    pub fn between(before: &TileMask, after: &TileMask) -> Result<Self, DeltaError> {
        let (width, height) = (before.width(), before.height());
        if (width, height) != (after.width(), after.height()) {
            return Err(DeltaError::OtherSize(width, height, after.width(), after.height()));
        }
        let mut changes = Vec::new();
        let (mut a, mut b) = (before.rows().iter().peekable(), after.rows().iter().peekable());
        loop {
            let row = match (a.peek(), b.peek()) {
                (None, None) => break,
                (Some(p), None) => p.0,
                (None, Some(q)) => q.0,
                (Some(p), Some(q)) => p.0.min(q.0),
            };
            let (p, q) = (a.next_if(|p| p.0 == row), b.next_if(|q| q.0 == row));
            if let (Some(p), Some(q)) = (p, q)
                && Arc::ptr_eq(&p.1, &q.1)
            {
                continue;
            }
            let entries = |row: Option<&'_ (u32, Arc<TileRow>)>| row.map_or(&[][..], |row| row.1.entries()).to_vec();
            let (p, q) = (entries(p), entries(q));
            let differ = pairs(&p, &q).filter(|pair| pair.a != pair.b);
            changes.extend(differ.map(|pair| Change {
                row,
                first: pair.first,
                end: pair.end,
                before: pair.a.cloned(),
                after: pair.b.cloned(),
            }));
        }
        Ok(Self { width, height, changes })
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// How many tiles change.
    pub fn tiles(&self) -> u64 {
        self.changes.iter().map(|change| u64::from(change.end - change.first)).sum()
    }

    /// The rectangles of pixels in which something changes: whole tiles, neighbours of a row together where they change alike.
    pub fn rectangles(&self) -> impl Iterator<Item = PixelRect> + '_ {
        self.changes.iter().map(|change| PixelRect {
            x0: change.first * TILE,
            y0: change.row * TILE,
            x1: change.end.saturating_mul(TILE).min(self.width),
            y1: (change.row + 1).saturating_mul(TILE).min(self.height),
        })
    }

    /// The way back.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let back = |change: &Change| Change { before: change.after.clone(), after: change.before.clone(), ..*change };
        Self { changes: self.changes.iter().map(back).collect(), ..*self }
    }

    /// The mask after the change.
    ///
    /// # Errors
    /// When the mask is not what it was before the change.
    pub fn apply(&self, mask: &TileMask) -> Result<TileMask, DeltaError> {
        if (self.width, self.height) != (mask.width(), mask.height()) {
            return Err(DeltaError::OtherSize(self.width, self.height, mask.width(), mask.height()));
        }
        let mut old = mask.rows().iter().peekable();
        let mut rows = Vec::with_capacity(mask.rows().len());
        for changes in self.changes.chunk_by(|a, b| a.row == b.row) {
            let at = changes[0].row;
            while let Some(row) = old.next_if(|row| row.0 < at) {
                rows.push(row.clone());
            }
            let row = old.next_if(|row| row.0 == at).map_or(&[][..], |row| row.1.entries());
            let mut builder = RowBuilder::new(self.width, tile_width(self.height, at));
            for entry in replaced(row, changes)? {
                builder.push(entry.first, entry.end, entry.tile);
            }
            rows.extend(builder.finish().map(|row| (at, row)));
        }
        rows.extend(old.cloned());
        Ok(TileMask::from_rows(self.width, self.height, rows))
    }

    /// As bytes: version, size of the picture, changes, checksum.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::new();
        out.number(self.width);
        out.number(self.height);
        out.number(u32::try_from(self.changes.len()).unwrap_or(u32::MAX));
        let mut last = (0, 0);
        for change in &self.changes {
            out.number(change.row - last.0);
            out.number(if change.row == last.0 { change.first - last.1 } else { change.first });
            out.number(change.end - change.first);
            out.tile(change.before.as_ref());
            out.tile(change.after.as_ref());
            last = (change.row, change.end);
        }
        out.finish()
    }

    /// From the bytes of [`MaskDelta::to_bytes`].
    ///
    /// # Errors
    /// When they are damaged, or of a later version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DeltaError> {
        let mut input = Reader::new(bytes)?;
        let (width, height) = (input.number()?, input.number()?);
        check_sides(width, height).map_err(BytesError::from)?;
        let count = input.number()?;
        let mut changes: Vec<Change> = Vec::new();
        let mut last = (0, 0);
        for _ in 0..count {
            let row = input.sum(last.0)?;
            let first = input.sum(if row == last.0 { last.1 } else { 0 })?;
            let end = input.sum(first)?;
            if row >= height.div_ceil(TILE) || first >= end || end > width.div_ceil(TILE) {
                return Err(BytesError::Damaged { at: input.at() }.into());
            }
            let shape = Shape { width: tile_width(width, first), height: tile_width(height, row) };
            let (before, after) = (input.tile(shape)?, input.tile(shape)?);
            let narrow = |tile: &Option<Tile>| matches!(tile, Some(Tile::Runs(_)));
            if end > width / TILE && end - first > 1 && (narrow(&before) || narrow(&after)) {
                return Err(BytesError::Damaged { at: input.at() }.into());
            }
            changes.push(Change { row, first, end, before, after });
            last = (row, end);
        }
        input.finish()?;
        Ok(Self { width, height, changes })
    }
}

/// The entries of a row with those of the changes in their places.
fn replaced(row: &[Entry], changes: &[Change]) -> Result<Vec<Entry>, DeltaError> {
    let mut out: Vec<Entry> = Vec::with_capacity(row.len() + changes.len());
    let mut found = vec![0u32; changes.len()];
    let mut next = 0;
    for entry in row {
        let mut from = entry.first;
        while changes.get(next).is_some_and(|change| change.end <= from) {
            next += 1;
        }
        for (change, found) in changes[next..].iter().zip(&mut found[next..]).take_while(|(c, _)| c.first < entry.end) {
            if change.before.as_ref() != Some(&entry.tile) {
                return Err(DeltaError::OtherMask { row: change.row, column: change.first });
            }
            if from < change.first {
                out.push(Entry { first: from, end: change.first, tile: entry.tile.clone() });
            }
            *found += change.end.min(entry.end) - change.first.max(entry.first);
            from = change.end.min(entry.end);
        }
        if from < entry.end {
            out.push(Entry { first: from, end: entry.end, tile: entry.tile.clone() });
        }
    }
    for (change, found) in changes.iter().zip(found) {
        let expected = if change.before.is_some() { change.end - change.first } else { 0 };
        if found != expected {
            return Err(DeltaError::OtherMask { row: change.row, column: change.first });
        }
        out.extend(change.after.as_ref().map(|tile| Entry {
            first: change.first,
            end: change.end,
            tile: tile.clone(),
        }));
    }
    out.sort_unstable_by_key(|entry| entry.first);
    Ok(out)
}

/// Tiles of a row for storage, see [`TileMask::pieces`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Row of tiles.
    pub row: u32,
    /// First column of tiles.
    pub column: u32,
    /// How many tiles of that content stand side by side, and the content; with version and checksum.
    pub bytes: Vec<u8>,
}

impl TileMask {
    /// The tiles for storage in a table, row by row. An edit changes the pieces of the rows that it touches
    /// ([`MaskDelta::rows`]) and of no other.
    pub fn pieces(&self) -> impl Iterator<Item = Piece> + '_ {
        self.rows().iter().flat_map(|(at, row)| pieces_of(*at, row))
    }

    /// How many [`TileMask::pieces`] there are.
    pub fn piece_count(&self) -> u64 {
        self.rows().iter().map(|(_, row)| row.entries().len() as u64).sum()
    }

    /// The pieces of one row of tiles.
    pub fn pieces_of_row(&self, row: u32) -> Vec<Piece> {
        let at = self.rows().binary_search_by_key(&row, |row| row.0).ok();
        at.map(|at| pieces_of(row, &self.rows()[at].1).collect()).unwrap_or_default()
    }

    /// From stored pieces, in the order of their rows and columns.
    ///
    /// # Errors
    /// When a piece is damaged or lies beside the picture, or the picture is too large.
    pub fn from_pieces<'a>(
        width: u32,
        height: u32,
        pieces: impl IntoIterator<Item = (u32, u32, &'a [u8])>,
    ) -> Result<Self, BytesError> {
        check_sides(width, height)?;
        let mut builder = Builder::new(width, height, super::super::limits::MAX_MASK_BYTES);
        let mut row: Option<(u32, RowBuilder, u32)> = None;
        for (at, column, bytes) in pieces {
            if row.as_ref().is_none_or(|row| row.0 != at) {
                if let Some((at, row, _)) = row.take() {
                    builder.push(at, row.finish())?;
                }
                if at >= height.div_ceil(TILE) || builder.last_row().is_some_and(|last| at <= last) {
                    return Err(BytesError::Damaged { at: 0 });
                }
                row = Some((at, RowBuilder::new(width, builder.height_of(at)), 0));
            }
            let Some((_, row, end_so_far)) = &mut row else { continue };
            let mut input = Reader::new(bytes)?;
            let columns = input.number()?;
            let end = column.saturating_add(columns);
            if column < *end_so_far || columns == 0 || end > width.div_ceil(TILE) {
                return Err(BytesError::Damaged { at: input.at() });
            }
            match input.tile(row.shape(column))? {
                Some(Tile::Runs(_)) if columns > 1 && end > width / TILE => {
                    return Err(BytesError::Damaged { at: input.at() });
                }
                Some(tile) => row.push(column, end, tile),
                None => {}
            }
            input.finish()?;
            *end_so_far = end;
        }
        if let Some((at, row, _)) = row {
            builder.push(at, row.finish())?;
        }
        Ok(builder.finish())
    }
}

impl MaskDelta {
    /// The rows of tiles in which something changes.
    pub fn rows(&self) -> impl Iterator<Item = u32> + '_ {
        self.changes.chunk_by(|a, b| a.row == b.row).map(|changes| changes[0].row)
    }
}

fn pieces_of(at: u32, row: &TileRow) -> impl Iterator<Item = Piece> + '_ {
    row.entries().iter().map(move |entry| {
        let mut out = Writer::new();
        out.number(entry.end - entry.first);
        out.tile(Some(&entry.tile));
        Piece { row: at, column: entry.first, bytes: out.finish() }
    })
}

//! Rows, runs and pixels out of tiles.

use super::super::components::Connectivity;
use super::super::mask::{Mask, Span};
use super::super::rings::Ring;
use super::TileMask;
use super::row::TileRow;
use super::tile::{TILE, Tile};

impl From<&Mask> for TileMask {
    fn from(mask: &Mask) -> Self {
        Self::from_sorted(mask.width(), mask.height(), mask.spans())
    }
}

impl From<&TileMask> for Mask {
    fn from(tiles: &TileMask) -> Self {
        Self::from_sorted(tiles.width(), tiles.height(), tiles.to_spans())
    }
}

impl TileMask {
    /// The parts of the mask under the given rule, in the order of their first pixel.
    pub fn components_by(&self, connectivity: Connectivity) -> Vec<Self> {
        Mask::from(self).components_by(connectivity).iter().map(Self::from).collect()
    }

    /// All boundary rings, outer ones and holes, see [`Mask::rings`].
    pub fn rings(&self) -> Vec<Ring> {
        Mask::from(self).rings()
    }

    /// The row spans, sorted; spans of a row never touch.
    pub fn spans(&self) -> impl Iterator<Item = Span> + '_ {
        let mut lines = Lines::new(self);
        let (mut line, mut at): (Vec<Span>, usize) = (Vec::new(), 0);
        std::iter::from_fn(move || {
            while at == line.len() {
                at = 0;
                if !lines.next_line(&mut line) {
                    line.clear();
                    return None;
                }
            }
            at += 1;
            Some(line[at - 1])
        })
    }

    /// Whether the row spans are at most so many. They are counted where the tiles alone do not tell, and never held.
    pub fn has_at_most(&self, spans: u64) -> bool {
        self.most_spans() <= spans || self.spans().zip(0..=spans).count() as u64 <= spans
    }

    /// As many row spans as there can be, from the number of toggles in the tiles.
    fn most_spans(&self) -> u64 {
        let of_entry = |entry: &super::row::Entry, height: u32| match &entry.tile {
            Tile::Full => u64::from(height),
            tile => {
                let columns = u64::from(entry.end - entry.first);
                columns.saturating_mul(u64::from(height) + tile.toggles().len() as u64)
            }
        };
        let of_row = |row: &TileRow| {
            row.entries().iter().map(|entry| of_entry(entry, row.height())).fold(0, u64::saturating_add)
        };
        self.rows().iter().map(|(_, row)| of_row(row)).fold(0, u64::saturating_add)
    }

    /// All row spans at once.
    pub fn to_spans(&self) -> Vec<Span> {
        let mut lines = Lines::new(self);
        let mut all = Vec::new();
        while lines.append_line(&mut all) {}
        all
    }

    /// Runs of row-major positions, ascending; they never touch, and go on from one row to the next where both are filled there.
    pub(crate) fn linear_runs(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        let width = u64::from(self.width());
        let mut runs = self.spans().map(move |span| {
            let row = u64::from(span.y) * width;
            (row + u64::from(span.x0), row + u64::from(span.x1))
        });
        let mut next = runs.next();
        std::iter::from_fn(move || {
            let (start, mut end) = next?;
            loop {
                next = runs.next();
                match next {
                    Some((from, to)) if from == end => end = to,
                    _ => return Some((start, end)),
                }
            }
        })
    }

    /// The spans of one row.
    pub fn row(&self, y: u32) -> Vec<Span> {
        let mut line = Vec::new();
        if y >= self.height() {
            return line;
        }
        if let Some(row) = self.tile_row(y) {
            for entry in row.entries() {
                Cursor::at(&entry.tile, y % TILE, self.tile_width(entry.first)).line(
                    entry.first,
                    entry.end,
                    y,
                    self.width(),
                    &mut line,
                );
            }
        }
        line
    }

    fn tile_width(&self, column: u32) -> u32 {
        super::row::tile_width(self.width(), column)
    }

    fn tile_row(&self, y: u32) -> Option<&TileRow> {
        let at = self.rows().binary_search_by_key(&(y / TILE), |row| row.0).ok()?;
        Some(&self.rows()[at].1)
    }

    /// True if pixel `(x, y)` belongs to the object.
    pub fn contains(&self, x: u32, y: u32) -> bool {
        if x >= self.width() || y >= self.height() {
            return false;
        }
        let tile = self.tile_row(y).and_then(|row| row.tile(x / TILE));
        tile.is_some_and(|tile| {
            let at = (y % TILE) * self.tile_width(x / TILE) + x % TILE;
            tile.toggles().partition_point(|&toggle| u32::from(toggle) <= at) % 2 == 1
        })
    }

    /// One byte per pixel, row-major: 1 inside, 0 outside.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.width() as usize * self.height() as usize];
        self.paint(&mut bytes, 1);
        bytes
    }

    /// Writes `value` at every object pixel of a row-major map of the picture's size.
    pub fn paint<T: Copy>(&self, map: &mut [T], value: T) {
        let width = self.width() as usize;
        for span in self.spans() {
            let row = span.y as usize * width;
            if let Some(run) = map.get_mut(row + span.x0 as usize..row + span.x1 as usize) {
                run.fill(value);
            }
        }
    }
}

/// Goes through the pixel rows of a mask that have pixels.
struct Lines<'a> {
    mask: &'a TileMask,
    /// Row of tiles that is read, its next pixel row, and where its tiles are read.
    row: usize,
    y: u32,
    cursors: Vec<Cursor<'a>>,
}

impl<'a> Lines<'a> {
    fn new(mask: &'a TileMask) -> Self {
        Self { mask, row: 0, y: 0, cursors: Vec::new() }
    }

    /// The spans of the next pixel row; false behind the last.
    fn next_line(&mut self, line: &mut Vec<Span>) -> bool {
        line.clear();
        self.append_line(line)
    }

    /// Appends the spans of the next pixel row; false behind the last.
    fn append_line(&mut self, line: &mut Vec<Span>) -> bool {
        let Some((at, row)) = self.mask.rows().get(self.row) else { return false };
        if self.cursors.is_empty() {
            self.y = row.rows()[0];
            let cursor =
                |entry: &'a super::row::Entry| Cursor::at(&entry.tile, self.y, self.mask.tile_width(entry.first));
            self.cursors = row.entries().iter().map(cursor).collect();
        }
        let y = at * TILE + self.y;
        for (entry, cursor) in row.entries().iter().zip(&mut self.cursors) {
            cursor.line(entry.first, entry.end, y, self.mask.width(), line);
        }
        self.y += 1;
        if self.y == row.rows()[1] {
            self.row += 1;
            self.cursors.clear();
        }
        true
    }
}

/// A place in the toggles of a tile, at the start of a pixel row.
struct Cursor<'a> {
    toggles: &'a [u16],
    /// Toggles that lie at or before the place.
    passed: usize,
    place: u32,
    width: u32,
}

impl<'a> Cursor<'a> {
    fn at(tile: &'a Tile, row: u32, width: u32) -> Self {
        let (toggles, place) = (tile.toggles(), row * width);
        let passed = toggles.partition_point(|&toggle| u32::from(toggle) <= place);
        Self { toggles, passed, place, width }
    }

    /// Appends the spans of the pixel row for the columns of tiles `first..end`, and goes on to the next row. A span that begins
    /// where the last one ends continues it.
    fn line(&mut self, first: u32, end: u32, y: u32, picture: u32, line: &mut Vec<Span>) {
        let start = self.passed;
        let next_row = self.place + self.width;
        let until =
            self.toggles[start..].iter().position(|&t| u32::from(t) >= next_row).unwrap_or(self.toggles.len() - start);
        let inner = &self.toggles[start..start + until];
        let inside = start % 2 == 1;
        let mut push = |x0: u32, x1: u32| match line.last_mut() {
            Some(last) if last.y == y && last.x1 == x0 => last.x1 = x1,
            _ => line.push(Span { y, x0, x1 }),
        };
        if inner.is_empty() {
            if inside {
                push(first * TILE, end.saturating_mul(TILE).min(picture));
            }
        } else {
            for column in first..end {
                let left = column * TILE;
                let mut open = inside.then_some(left);
                for &toggle in inner {
                    let x = left + (u32::from(toggle) - self.place);
                    open = match open {
                        Some(x0) => {
                            push(x0, x);
                            None
                        }
                        None => Some(x),
                    };
                }
                if let Some(x0) = open {
                    push(x0, left + self.width);
                }
            }
        }
        self.place = next_row;
        self.passed = start + until;
        // A toggle at the very start of the next row counts as passed there.
        if self.toggles.get(self.passed).is_some_and(|&t| u32::from(t) == next_row) {
            self.passed += 1;
        }
    }
}

//! Tiles from spans, from runs of a whole picture, from values per pixel.

use std::sync::Arc;

use super::super::limits::LimitError;
use super::super::mask::{PixelRect, Span, push_runs};
use super::TileMask;
use super::row::{RowBuilder, TileRow, tile_width};
use super::tile::{Shape, TILE, Tile, push_run};

/// Columns of tiles that are written one by one; beyond, the columns between those that hold an end of a span are written as
/// one, because they are all alike.
const SINGLE_COLUMNS: u32 = 64;

/// The most runs that may be written for one row of tiles when a limit is set.
const MAX_RUNS: u64 = 1 << 26;

/// Makes a mask row of tiles by row of tiles.
pub(super) struct Builder {
    width: u32,
    height: u32,
    rows: Vec<(u32, Arc<TileRow>)>,
    bytes: u64,
    limit: u64,
    /// Columns of tiles that are written as one, and their toggles; kept for the next row.
    columns: Vec<(u32, u32)>,
    toggles: Vec<Vec<u16>>,
}

impl Builder {
    /// At most `limit` bytes of tiles.
    pub fn new(width: u32, height: u32, limit: u64) -> Self {
        Self { width, height, rows: Vec::new(), bytes: 0, limit, columns: Vec::new(), toggles: Vec::new() }
    }

    /// The last row that was appended.
    pub fn last_row(&self) -> Option<u32> {
        self.rows.last().map(|row| row.0)
    }

    /// Pixel rows of a row of tiles.
    pub fn height_of(&self, row: u32) -> u32 {
        tile_width(self.height, row)
    }

    /// Appends a row; one that is equal to the row before shares its memory.
    pub fn push(&mut self, at: u32, row: Option<Arc<TileRow>>) -> Result<(), LimitError> {
        let Some(row) = row else { return Ok(()) };
        self.bytes += size_of::<(u32, Arc<TileRow>)>() as u64;
        match self.rows.last() {
            Some((_, last)) if Arc::ptr_eq(last, &row) || *last == row => self.rows.push((at, Arc::clone(last))),
            _ => {
                self.bytes += row.heap_bytes();
                self.rows.push((at, row));
            }
        }
        if self.bytes > self.limit { Err(LimitError::Memory { bytes: self.bytes, left: self.limit }) } else { Ok(()) }
    }

    /// Appends rows of tiles that are full.
    fn push_full(&mut self, rows: std::ops::Range<u32>) -> Result<(), LimitError> {
        for at in rows {
            let mut row = RowBuilder::new(self.width, self.height_of(at));
            row.push(0, self.width.div_ceil(TILE), Tile::Full);
            let row = row.finish();
            self.push(at, row)?;
        }
        Ok(())
    }

    /// Appends a row of tiles with these spans, which are sorted, apart from each other, and of its pixel rows.
    pub fn push_spans(&mut self, at: u32, spans: &[Span]) -> Result<(), LimitError> {
        let row = self.row_of_spans(at, spans)?;
        self.push(at, row)
    }

    fn row_of_spans(&mut self, at: u32, spans: &[Span]) -> Result<Option<Arc<TileRow>>, LimitError> {
        let ends = |span: &Span| [span.x0 / TILE, (span.x1 - 1) / TILE];
        let Some(first) = spans.iter().map(|span| ends(span)[0]).min() else { return Ok(None) };
        let last = spans.iter().map(|span| ends(span)[1]).max().unwrap_or(first);
        let single = last - first < SINGLE_COLUMNS;
        self.columns.clear();
        if single {
            self.columns.extend((first..=last).map(|column| (column, column + 1)));
        } else {
            let mut with_ends: Vec<u32> = spans.iter().flat_map(ends).collect();
            with_ends.sort_unstable();
            with_ends.dedup();
            for column in with_ends {
                let behind = self.columns.last().map_or(column, |last| last.1);
                self.columns.extend((behind < column).then_some((behind, column)));
                self.columns.push((column, column + 1));
            }
        }
        let columns = &self.columns;
        self.toggles.resize_with(self.toggles.len().max(columns.len()), Vec::new);
        let toggles = &mut self.toggles[..columns.len()];
        let (top, height) = (at * TILE, tile_width(self.height, at));
        let mut written = 0u64;
        for span in spans {
            let find = |column: u32| {
                if single { (column - first) as usize } else { columns.partition_point(|c| c.1 <= column) }
            };
            let [from, to] = ends(span).map(find);
            written += (to - from) as u64 + 1;
            if self.limit < u64::MAX && written > MAX_RUNS {
                toggles.iter_mut().for_each(Vec::clear);
                return Err(LimitError::Memory { bytes: written * 4, left: MAX_RUNS * 4 });
            }
            for (column, toggles) in columns[from..=to].iter().zip(&mut toggles[from..=to]) {
                let left = column.0 * TILE;
                let shape = Shape { width: tile_width(self.width, column.0), height };
                let base = (span.y - top) * shape.width;
                let (x0, x1) = (span.x0.max(left) - left, (span.x1 - left).min(shape.width));
                push_run(toggles, base + x0, base + x1, shape);
            }
        }
        let mut row = RowBuilder::new(self.width, height);
        for (&(first, end), toggles) in columns.iter().zip(toggles) {
            if let Some(tile) = Tile::from_toggles(toggles, row.shape(first)) {
                row.push(first, end, tile);
            }
            toggles.clear();
        }
        Ok(row.finish())
    }

    pub fn finish(self) -> TileMask {
        TileMask::from_rows(self.width, self.height, self.rows)
    }
}

impl TileMask {
    /// From spans that are sorted, do not touch within a row and lie inside the picture.
    pub(crate) fn from_sorted(width: u32, height: u32, spans: &[Span]) -> Self {
        Self::try_from_sorted(width, height, spans, u64::MAX).unwrap_or_else(|_| Self::empty(width, height))
    }

    /// [`TileMask::from_sorted`] with a limit in bytes: long spans in a picture of millions of columns may need more tiles than
    /// they are spans.
    pub(crate) fn try_from_sorted(width: u32, height: u32, spans: &[Span], limit: u64) -> Result<Self, LimitError> {
        let mut builder = Builder::new(width, height, limit);
        for band in spans.chunk_by(|a, b| a.y / TILE == b.y / TILE) {
            builder.push_spans(band[0].y / TILE, band)?;
        }
        Ok(builder.finish())
    }

    /// From spans in any order, overlapping or not; what lies outside the picture is cut off.
    pub fn from_spans(width: u32, height: u32, mut spans: Vec<Span>) -> Self {
        super::super::mask::tidy(width, height, &mut spans);
        Self::from_sorted(width, height, &spans)
    }

    /// A filled rectangle, clipped to the picture.
    pub fn rectangle(width: u32, height: u32, rect: PixelRect) -> Self {
        let (x0, x1) = (rect.x0, rect.x1.min(width));
        let (y0, y1) = (rect.y0, rect.y1.min(height));
        let mut builder = Builder::new(width, height, u64::MAX);
        if x0 >= x1 || y0 >= y1 {
            return builder.finish();
        }
        let mut whole: Option<Arc<TileRow>> = None;
        for at in y0 / TILE..=(y1 - 1) / TILE {
            let (top, end) = (at * TILE, (at * TILE).saturating_add(TILE));
            let inner = y0 <= top && end <= y1;
            if inner && let Some(row) = &whole {
                builder.rows.push((at, Arc::clone(row)));
                continue;
            }
            let spans: Vec<Span> = (top.max(y0)..end.min(y1)).map(|y| Span { y, x0, x1 }).collect();
            // Without a limit nothing is refused.
            let row = builder.row_of_spans(at, &spans).ok().flatten();
            whole = row.clone().filter(|_| inner);
            builder.rows.extend(row.map(|row| (at, row)));
        }
        builder.finish()
    }

    /// From a row-major label map: the pixels whose value satisfies `belongs`. Values beyond `width * height` are ignored,
    /// missing ones do not belong.
    pub fn from_predicate<T: Copy>(width: u32, height: u32, values: &[T], belongs: impl Fn(T) -> bool) -> Self {
        let mut builder = Builder::new(width, height, u64::MAX);
        if width == 0 {
            return builder.finish();
        }
        let mut spans = Vec::new();
        for (at, band) in (0..height.div_ceil(TILE)).zip(values.chunks(width as usize * TILE as usize)) {
            spans.clear();
            let rows = at * TILE..at * TILE + builder.height_of(at);
            for (y, row) in rows.zip(band.chunks(width as usize)) {
                push_runs(y, 0, row, |&value| belongs(value), &mut spans);
            }
            let row = builder.row_of_spans(at, &spans).ok().flatten();
            builder.rows.extend(row.map(|row| (at, row)));
        }
        builder.finish()
    }

    /// From one byte per pixel, row-major; every value other than 0 belongs to the object.
    pub fn from_bytes(width: u32, height: u32, bytes: &[u8]) -> Self {
        Self::from_predicate(width, height, bytes, |value| value != 0)
    }

    /// From runs of row-major positions, ascending; runs may touch, what lies behind the picture is cut off. Runs over whole rows
    /// of tiles cost nothing.
    ///
    /// # Errors
    /// When the tiles need more than `limit` bytes.
    pub(crate) fn from_linear_runs(
        width: u32,
        height: u32,
        runs: impl Iterator<Item = (u64, u64)>,
        limit: u64,
    ) -> Result<Self, LimitError> {
        let mut builder = Builder::new(width, height, limit);
        let (wide, all) = (u64::from(width), u64::from(width) * u64::from(height));
        let band = wide * u64::from(TILE);
        let mut spans: Vec<Span> = Vec::new();
        let small = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
        let mut runs = runs.map(|(start, end)| (start.min(all), end.min(all))).filter(|run| run.0 < run.1).peekable();
        while let Some((mut start, mut end)) = runs.next() {
            while let Some(next) = runs.next_if(|next| next.0 <= end) {
                end = end.max(next.1);
            }
            while start < end {
                let at = start / band;
                let stop = all.min((at + 1) * band);
                if spans.first().is_some_and(|span| u64::from(span.y / TILE) != at) {
                    builder.push_spans(spans[0].y / TILE, &spans)?;
                    spans.clear();
                }
                if start == at * band && stop <= end {
                    // Whole rows of tiles; the last one may be lower.
                    let until = if end == all { u64::from(height.div_ceil(TILE)) } else { end / band };
                    builder.push_full(small(at)..small(until))?;
                    start = all.min(until * band);
                    continue;
                }
                let stop = stop.min(end);
                while start < stop {
                    let y = start / wide;
                    let row_end = stop.min((y + 1) * wide);
                    spans.push(Span { y: small(y), x0: small(start - y * wide), x1: small(row_end - y * wide) });
                    start = row_end;
                }
            }
        }
        if let Some(first) = spans.first() {
            builder.push_spans(first.y / TILE, &spans)?;
        }
        Ok(builder.finish())
    }
}

//! Set operations, tile by tile: what is empty, full or shared is decided without looking inside.

use std::sync::Arc;

use super::row::{Entry, RowBuilder, TileRow};
use super::tile::{Shape, TILE, Tile, combined, common, complement};
use super::{PixelRect, TileMask};

/// A set operation: whether a pixel of one, of the other, of both stays.
struct Operation<F: Fn(bool, bool) -> bool> {
    keep: F,
}

impl TileMask {
    /// Pixels of either mask.
    pub fn union(&self, other: &Self) -> Self {
        self.combine(other, |a, b| a || b)
    }

    /// Pixels of both masks.
    pub fn intersect(&self, other: &Self) -> Self {
        self.combine(other, |a, b| a && b)
    }

    /// Pixels of this mask that are not in the other.
    pub fn subtract(&self, other: &Self) -> Self {
        self.combine(other, |a, b| a && !b)
    }

    /// Pixels that are not in this mask.
    pub fn complement(&self) -> Self {
        let (width, height) = (self.width(), self.height());
        Self::rectangle(width, height, PixelRect { x0: 0, y0: 0, x1: width, y1: height }).subtract(self)
    }

    /// Pixels of any of the masks, in a picture of the given size. The work grows with all masks together (times the logarithm
    /// of their number), not with masks times the union so far.
    pub fn union_all<'a>(width: u32, height: u32, masks: impl IntoIterator<Item = &'a Self>) -> Self {
        let empty = Self::empty(width, height);
        let mut masks: Vec<Self> = masks.into_iter().map(|mask| mask.cut_to(width, height)).collect();
        while masks.len() > 1 {
            masks = masks.chunks(2).map(|pair| pair[0].union(pair.get(1).unwrap_or(&empty))).collect();
        }
        masks.pop().unwrap_or(empty)
    }

    /// Number of pixels in both masks.
    pub fn intersection_area(&self, other: &Self) -> u64 {
        let other = other.cut_to(self.width(), self.height());
        let (mut a, mut b) = (self.rows().iter().peekable(), other.rows().iter().peekable());
        let mut area = 0;
        while let (Some((p, row_p)), Some((q, row_q))) = (a.peek(), b.peek()) {
            if p == q {
                area += self.common_area(row_p, row_q);
            }
            if p <= q {
                a.next();
            }
            if q <= p {
                b.next();
            }
        }
        area
    }

    fn common_area(&self, a: &Arc<TileRow>, b: &Arc<TileRow>) -> u64 {
        if Arc::ptr_eq(a, b) {
            return a.area();
        }
        let mut area = 0;
        for pair in pairs(a.entries(), b.entries()) {
            let (Some(p), Some(q)) = (pair.a, pair.b) else { continue };
            let shape = |column| Shape { width: super::row::tile_width(self.width(), column), height: a.height() };
            let of = |column: u32| match (p, q) {
                (Tile::Full, other) | (other, Tile::Full) => other.area(shape(column)),
                (p, q) if p.same(q) => p.area(shape(column)),
                (p, q) => common(p.toggles(), q.toggles(), shape(column)),
            };
            // All but the last column have the same width.
            let others = pair.end - 1 - pair.first;
            let first = if others > 0 { of(pair.first) } else { 0 };
            area += u64::from(first) * u64::from(others) + u64::from(of(pair.end - 1));
        }
        area
    }

    /// Intersection over union; 1 if both are empty.
    pub fn iou(&self, other: &Self) -> f64 {
        let both = self.intersection_area(other);
        let either = self.area() + other.area() - both;
        if either == 0 { 1.0 } else { both as f64 / either as f64 }
    }

    /// The mask in a picture of another size; what lies outside is lost.
    pub fn cut_to(&self, width: u32, height: u32) -> Self {
        if (width, height) == (self.width(), self.height()) {
            self.clone()
        } else {
            Self::from_spans(width, height, self.to_spans())
        }
    }

    fn combine(&self, other: &Self, keep: impl Fn(bool, bool) -> bool) -> Self {
        let other = &other.cut_to(self.width(), self.height());
        let operation = Operation { keep };
        let (mut a, mut b) = (self.rows().iter().peekable(), other.rows().iter().peekable());
        let mut rows = Vec::with_capacity(self.rows().len().max(other.rows().len()));
        loop {
            let at = match (a.peek(), b.peek()) {
                (None, None) => break,
                (Some(p), None) => p.0,
                (None, Some(q)) => q.0,
                (Some(p), Some(q)) => p.0.min(q.0),
            };
            let (p, q) = (a.next_if(|p| p.0 == at), b.next_if(|q| q.0 == at));
            let row = operation.row(p.map(|p| &p.1), q.map(|q| &q.1), self.width());
            rows.extend(row.map(|row| (at, row)));
        }
        Self::from_rows(self.width(), self.height(), rows)
    }
}

impl<F: Fn(bool, bool) -> bool> Operation<F> {
    fn row(&self, a: Option<&Arc<TileRow>>, b: Option<&Arc<TileRow>>, width: u32) -> Option<Arc<TileRow>> {
        let whole = |row: &Arc<TileRow>, stays: bool| stays.then(|| Arc::clone(row));
        match (a, b) {
            (None, None) => None,
            (Some(a), None) => whole(a, (self.keep)(true, false)),
            (None, Some(b)) => whole(b, (self.keep)(false, true)),
            (Some(a), Some(b)) if Arc::ptr_eq(a, b) => whole(a, (self.keep)(true, true)),
            (Some(a), Some(b)) => {
                let mut row = RowBuilder::new(width, a.height());
                let mut line = Vec::new();
                for pair in pairs(a.entries(), b.entries()) {
                    // The last column may be narrower than those that share an entry with it only where all is full; the result
                    // is then full or empty, or comes from a tile that has an entry of its own.
                    if let Some(tile) = self.tile(pair.a, pair.b, row.shape(pair.first), &mut line) {
                        row.push(pair.first, pair.end, tile);
                    }
                }
                row.finish()
            }
        }
    }

    fn tile(&self, a: Option<&Tile>, b: Option<&Tile>, shape: Shape, line: &mut Vec<u16>) -> Option<Tile> {
        // What becomes of a tile where the other side is the same everywhere.
        let alone = |tile: &Tile, outside: bool, inside: bool| match (outside, inside) {
            (false, true) => Some(tile.clone()),
            (false, false) => None,
            (true, true) => Some(Tile::Full),
            (true, false) => Tile::from_toggles(&complement(tile.toggles()), shape),
        };
        let keep = &self.keep;
        let full = |inside: bool| inside.then_some(Tile::Full);
        match (a, b) {
            (None, None) => None,
            (None, Some(Tile::Full)) => full(keep(false, true)),
            (Some(Tile::Full), None) => full(keep(true, false)),
            (Some(Tile::Full), Some(Tile::Full)) => full(keep(true, true)),
            (Some(a), None) => alone(a, false, keep(true, false)),
            (None, Some(b)) => alone(b, false, keep(false, true)),
            (Some(a), Some(Tile::Full)) => alone(a, keep(false, true), keep(true, true)),
            (Some(Tile::Full), Some(b)) => alone(b, keep(true, false), keep(true, true)),
            (Some(a), Some(b)) if a.same(b) => alone(a, false, keep(true, true)),
            (Some(a), Some(b)) => {
                combined(a.toggles(), b.toggles(), keep, line);
                // A result that is one of the two shares its memory.
                match &line[..] {
                    same if same == a.toggles() => Some(a.clone()),
                    same if same == b.toggles() => Some(b.clone()),
                    other => Tile::from_toggles(other, shape),
                }
            }
        }
    }
}

/// Columns of tiles over which neither of two rows changes.
pub(super) struct Pair<'a> {
    pub first: u32,
    pub end: u32,
    pub a: Option<&'a Tile>,
    pub b: Option<&'a Tile>,
}

/// Goes through two rows of tiles together, leaving out where both are empty.
pub(super) fn pairs<'a>(a: &'a [Entry], b: &'a [Entry]) -> impl Iterator<Item = Pair<'a>> {
    let (mut i, mut j, mut at) = (0, 0, 0u32);
    std::iter::from_fn(move || {
        loop {
            while a.get(i).is_some_and(|entry| entry.end <= at) {
                i += 1;
            }
            while b.get(j).is_some_and(|entry| entry.end <= at) {
                j += 1;
            }
            // The tile at the place, and where that ends.
            let here = |entry: Option<&'a Entry>| match entry {
                Some(entry) if entry.first <= at => (Some(&entry.tile), entry.end),
                Some(entry) => (None, entry.first),
                None => (None, u32::MAX),
            };
            let ((a, a_end), (b, b_end)) = (here(a.get(i)), here(b.get(j)));
            let (first, end) = (at, a_end.min(b_end));
            if end == u32::MAX {
                return None;
            }
            at = end;
            if a.is_some() || b.is_some() {
                return Some(Pair { first, end, a, b });
            }
        }
    })
}

const _: () = assert!(TILE * TILE == 65_536, "places in a tile fit into 16 bits");

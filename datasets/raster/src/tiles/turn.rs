//! Rows and columns exchanged. Column-major formats (COCO) are row-major ones of the turned mask.

use std::sync::Arc;

use super::super::limits::{LimitError, MAX_MASK_BYTES, MaskBudget, check_sides};
use super::super::rle::RleError;
use super::TileMask;
use super::build::Builder;
use super::row::{RowBuilder, tile_width};
use super::tile::{Shape, TILE};

impl TileMask {
    /// Calls `visit` with the COCO counts one after another, without a list of them: alternating runs of 0 and 1, column by
    /// column, beginning with zeros; a run of zeros at the end is given, one of ones is the last.
    ///
    /// # Errors
    /// [`RleError::TooLarge`] when the mask is too large with rows and columns exchanged, and what `visit` returns.
    pub fn each_rle_count(&self, mut visit: impl FnMut(u64) -> Result<(), RleError>) -> Result<(), RleError> {
        let all = u64::from(self.width()) * u64::from(self.height());
        let mut position = 0;
        for (start, end) in self.turned(MAX_MASK_BYTES)?.linear_runs() {
            visit(start - position)?;
            visit(end - start)?;
            position = end;
        }
        if position < all || all == 0 { visit(all - position) } else { Ok(()) }
    }

    /// From COCO counts, which may come one by one, within what is left of a budget. They must cover the picture exactly, except
    /// that a missing last run of zeros is tolerated.
    ///
    /// # Errors
    /// When the sum is wrong, the picture larger than [`MAX_SIDE`](super::super::limits::MAX_SIDE), or the mask larger than the
    /// budget or [`MAX_MASK_BYTES`].
    pub fn from_rle_counts(
        width: u32,
        height: u32,
        counts: impl IntoIterator<Item = u64>,
        budget: &mut MaskBudget,
    ) -> Result<Self, RleError> {
        check_sides(width, height)?;
        let (expected, limit) = (u64::from(width) * u64::from(height), budget.left().min(MAX_MASK_BYTES));
        let (mut covered, mut number) = (0u64, 0u64);
        let mut counts = counts.into_iter().map(|count| {
            number += 1;
            let start = covered;
            covered = covered.saturating_add(count);
            (start, covered)
        });
        let runs = std::iter::from_fn(|| {
            counts.next()?;
            counts.next()
        });
        let turned = Self::from_linear_runs(height, width, runs, limit)?;
        if covered > expected || (covered < expected && number % 2 == 1) {
            return Err(RleError::WrongSum { covered, expected, width, height });
        }
        let mask = turned.turned(limit)?;
        budget.take(mask.heap_bytes())?;
        Ok(mask)
    }

    /// The mask with rows and columns exchanged: pixel `(x, y)` becomes `(y, x)`.
    ///
    /// # Errors
    /// When it needs more than `limit` bytes.
    pub(crate) fn turned(&self, limit: u64) -> Result<Self, LimitError> {
        let (width, height) = (self.height(), self.width());
        let mut builder = Builder::new(width, height, limit);
        let Some(bounds) = self.bounds() else { return Ok(builder.finish()) };
        let (first, end) = (bounds.x0 / TILE, (bounds.x1 - 1) / TILE + 1);
        let mut rows: Vec<RowBuilder> = (first..end).map(|at| RowBuilder::new(width, tile_width(height, at))).collect();
        // Equal rows of tiles that follow each other go together.
        let together = |a: &(u32, Arc<_>), b: &(u32, Arc<_>)| a.0 + 1 == b.0 && Arc::ptr_eq(&a.1, &b.1);
        for group in self.rows().chunk_by(together) {
            let (from, to) = (group[0].0, group[group.len() - 1].0 + 1);
            let row = &group[0].1;
            for entry in row.entries() {
                let shape = Shape { width: tile_width(self.width(), entry.first), height: row.height() };
                let tile = entry.tile.turned(shape);
                for turned in &mut rows[(entry.first - first) as usize..(entry.end - first) as usize] {
                    turned.push(from, to, tile.clone());
                }
            }
        }
        for (at, row) in (first..end).zip(rows) {
            if !row.is_empty() {
                builder.push(at, row.finish())?;
            }
        }
        Ok(builder.finish())
    }
}

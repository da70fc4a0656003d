//! How far a point is from the nearest of many segments, by a grid of square cells: a point looks into the cells around it.

/// A segment from point to point.
type Segment = [[f64; 2]; 2];

/// Segments, and which of them pass through which cell.
pub(super) struct Segments {
    segments: Vec<Segment>,
    origin: [f64; 2],
    cell: f64,
    columns: usize,
    rows: usize,
    /// Where the list of every cell begins in `lists`, and where the last one ends.
    starts: Vec<usize>,
    lists: Vec<usize>,
}

impl Segments {
    pub(super) fn new(segments: Vec<Segment>) -> Self {
        let points = || segments.iter().flatten();
        let least = [0, 1].map(|axis| points().map(|p| p[axis]).fold(f64::INFINITY, f64::min));
        let most = [0, 1].map(|axis| points().map(|p| p[axis]).fold(f64::NEG_INFINITY, f64::max));
        let size = [0, 1].map(|axis| (most[axis] - least[axis]).max(1.0));
        // About as many cells as segments.
        let cell = (size[0] * size[1] / segments.len().max(1) as f64).sqrt().max(size[0].max(size[1]) / 4096.0);
        let mut grid =
            Self { segments, origin: least, cell, columns: 1, rows: 1, starts: Vec::new(), lists: Vec::new() };
        if grid.segments.is_empty() || !cell.is_finite() {
            return grid;
        }
        grid.columns = whole(size[0] / cell) + 1;
        grid.rows = whole(size[1] / cell) + 1;
        let mut pairs: Vec<(usize, usize)> = Vec::new();
        for (at, segment) in grid.segments.iter().enumerate() {
            grid.cells_of(segment, |cell| pairs.push((cell, at)));
        }
        pairs.sort_unstable();
        let cells = grid.columns * grid.rows;
        grid.starts = (0..=cells)
            .scan(0, |at, cell| {
                while pairs.get(*at).is_some_and(|pair| pair.0 < cell) {
                    *at += 1;
                }
                Some(*at)
            })
            .collect();
        grid.lists = pairs.into_iter().map(|pair| pair.1).collect();
        grid
    }

    /// The cells that a segment may pass through: row by row the columns between where it enters and leaves.
    fn cells_of(&self, [a, b]: &Segment, mut visit: impl FnMut(usize)) {
        let (top, bottom) = if a[1] <= b[1] { (a, b) } else { (b, a) };
        let (first, last) = (self.at(1, top[1]), self.at(1, bottom[1]));
        let x_at = |y: f64| {
            let share = if bottom[1] > top[1] { ((y - top[1]) / (bottom[1] - top[1])).clamp(0.0, 1.0) } else { 0.0 };
            top[0] + share * (bottom[0] - top[0])
        };
        for row in first..=last {
            let edge = |row: usize| self.origin[1] + row as f64 * self.cell;
            let from = if row == first { top[0] } else { x_at(edge(row)) };
            let to = if row == last { bottom[0] } else { x_at(edge(row + 1)) };
            for column in self.at(0, from.min(to))..=self.at(0, from.max(to)) {
                visit(row * self.columns + column);
            }
        }
    }

    /// Row or column of the grid for a coordinate, the nearest one for what lies outside.
    fn at(&self, axis: usize, value: f64) -> usize {
        whole((value - self.origin[axis]) / self.cell).min([self.columns, self.rows][axis] - 1)
    }

    /// From `p` to the nearest segment; infinite if there is none.
    pub(super) fn distance(&self, p: [f64; 2]) -> f64 {
        let mut least = f64::INFINITY;
        if self.starts.is_empty() {
            return self.segments.iter().map(|s| distance(p, *s)).fold(least, f64::min);
        }
        let (column, row) = (self.at(0, p[0]), self.at(1, p[1]));
        for ring in 0..self.columns.max(self.rows) {
            // What lies in this ring of cells or beyond is at least so far from any point of the middle cell. A rounding error
            // at the edge of a cell is covered by looking one ring farther.
            if least <= (ring as f64 - 2.0) * self.cell {
                break;
            }
            for row_at in row.saturating_sub(ring)..=(row + ring).min(self.rows - 1) {
                let inner = row_at.abs_diff(row) < ring;
                let step = if inner { (2 * ring).max(1) } else { 1 };
                for shifted in (column..=column + 2 * ring).step_by(step) {
                    let Some(column_at) = shifted.checked_sub(ring).filter(|&c| c < self.columns) else { continue };
                    let cell = row_at * self.columns + column_at;
                    for &at in &self.lists[self.starts[cell]..self.starts[cell + 1]] {
                        least = least.min(distance(p, self.segments[at]));
                    }
                }
            }
        }
        least
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "cells are counted by thousands; below 0 is 0"
)]
fn whole(value: f64) -> usize {
    value as usize
}

/// From a point to a segment.
fn distance(p: [f64; 2], [a, b]: Segment) -> f64 {
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let square = dx * dx + dy * dy;
    let t = if square > 0.0 { (((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / square).clamp(0.0, 1.0) } else { 0.0 };
    (p[0] - a[0] - t * dx).hypot(p[1] - a[1] - t * dy)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_the_least_of_all_distances(
            ends in proptest::collection::vec((-50.0f64..90.0, -20.0f64..40.0), 0..60),
            p in (-80.0f64..120.0, -80.0f64..80.0),
        ) {
            let segments: Vec<Segment> = ends.windows(2).map(|w| [[w[0].0, w[0].1], [w[1].0, w[1].1]]).collect();
            let p = [p.0, p.1];
            let least = segments.iter().map(|s| distance(p, *s)).fold(f64::INFINITY, f64::min);
            prop_assert_eq!(Segments::new(segments).distance(p), least);
        }
    }
}

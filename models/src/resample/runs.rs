//! Pasting a result back: the pixels of the picture above a threshold, as run lengths.
//!
//! A row of the picture is a linear function between network columns. Where both ends of such a piece lie on the same side of
//! the threshold, so does all between them: most of a large picture is decided without looking at its pixels.

use rayon::prelude::*;

use crate::picture::PixelRect;
use crate::resample::taps::Axis;

/// Pixels `x0..x1` of row `y`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Run {
    /// Row.
    pub y: u32,
    /// First column.
    pub x0: u32,
    /// One past the last column.
    pub x1: u32,
}

/// Image columns that read the same pair of network columns.
struct Piece {
    index: usize,
    /// Image columns, half-open.
    columns: (u32, u32),
}

/// Columns of an axis: the fraction of each image pixel, and the pieces.
fn pieces(axis: &Axis, range: (u32, u32)) -> (Vec<f32>, Vec<Piece>) {
    let mut fractions = Vec::with_capacity((range.1 - range.0) as usize);
    let mut pieces: Vec<Piece> = Vec::new();
    for x in range.0..range.1 {
        let (index, fraction) = axis.net_from_pixel(x).unwrap_or((0, 0.0));
        fractions.push(fraction);
        match pieces.last_mut() {
            Some(piece) if piece.index == index as usize => piece.columns.1 = x + 1,
            _ => pieces.push(Piece { index: index as usize, columns: (x, x + 1) }),
        }
    }
    (fractions, pieces)
}

/// One row of the pasted map at network columns: `values` interpolated between two network rows.
fn network_row(values: &[u16], size: usize, axis: &Axis, y: u32, out: &mut [f32]) {
    let (index, fraction) = axis.net_from_pixel(y).unwrap_or((0, 0.0));
    let upper = &values[index as usize * size..][..size];
    let lower = &values[(index as usize + 1).min(size - 1) * size..][..size];
    for ((target, &a), &b) in out.iter_mut().zip(upper).zip(lower) {
        let (a, b) = (f32::from(a), f32::from(b));
        *target = a + (b - a) * fraction;
    }
}

/// Runs of the pixels in `rect` whose pasted value (`values` are 0..=65535 for 0..=1, a square map) is above `threshold`.
pub fn above(values: &[u16], x: &Axis, y: &Axis, rect: PixelRect, threshold: f32) -> Vec<Run> {
    if rect.is_empty() {
        return Vec::new();
    }
    let size = x.size as usize;
    let limit = threshold * 65535.0;
    let (fractions, pieces) = pieces(x, (rect.x0, rect.x1));
    let row_of_runs = |row: &mut Vec<f32>, line: u32| {
        network_row(values, size, y, line, row);
        let mut runs: Vec<Run> = Vec::new();
        let mut add = |x0: u32, x1: u32| match runs.last_mut() {
            Some(run) if run.x1 == x0 => run.x1 = x1,
            _ => runs.push(Run { y: line, x0, x1 }),
        };
        for piece in &pieces {
            let (a, b) = (row[piece.index], row[(piece.index + 1).min(size - 1)]);
            match (a > limit, b > limit) {
                (true, true) => add(piece.columns.0, piece.columns.1),
                (false, false) => {}
                _ => {
                    for column in piece.columns.0..piece.columns.1 {
                        if a + (b - a) * fractions[(column - rect.x0) as usize] > limit {
                            add(column, column + 1);
                        }
                    }
                }
            }
        }
        runs
    };
    let rows = (rect.y0..rect.y1).into_par_iter().with_min_len(32);
    rows.map_init(|| vec![0.0f32; size], row_of_runs).flatten_iter().collect()
}

/// The pasted values of `rect`, row by row, as probabilities.
pub fn dense(values: &[u16], x: &Axis, y: &Axis, rect: PixelRect) -> Vec<f32> {
    if rect.is_empty() {
        return Vec::new();
    }
    let size = x.size as usize;
    let width = (rect.x1 - rect.x0) as usize;
    let (fractions, pieces) = pieces(x, (rect.x0, rect.x1));
    let mut out = vec![0.0f32; width * (rect.y1 - rect.y0) as usize];
    out.par_chunks_mut(width).enumerate().with_min_len(16).for_each_init(
        || vec![0.0f32; size],
        |row, (line, target)| {
            network_row(values, size, y, rect.y0 + line as u32, row);
            for piece in &pieces {
                let (a, b) = (row[piece.index], row[(piece.index + 1).min(size - 1)]);
                for column in piece.columns.0..piece.columns.1 {
                    let n = (column - rect.x0) as usize;
                    target[n] = (a + (b - a) * fractions[n]) / 65535.0;
                }
            }
        },
    );
    out
}

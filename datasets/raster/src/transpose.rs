//! Rows to columns: the sparse transposition behind the column-major COCO codec.

use super::algebra::{combine_row, take_row};
use super::mask::Span;

/// Turns row spans of a `width x height` picture into column spans: in the result `y` is the column and `x0..x1` are
/// rows. Works on the places where neighbouring rows differ, so the cost grows with the boundary, not with the area.
/// The function is its own inverse (with `width` and `height` exchanged).
pub(super) fn transpose(spans: &[Span], width: u32, height: u32) -> Vec<Span> {
    let changes = row_changes(spans, width, height);
    // Counting sort by column keeps the rows of a column in order.
    let mut offset = vec![0usize; width as usize + 1];
    for change in &changes {
        for x in change.x0..change.x1 {
            offset[x as usize + 1] += 1;
        }
    }
    for x in 0..width as usize {
        offset[x + 1] += offset[x];
    }
    let mut toggles = vec![0u32; offset[width as usize]];
    let mut next = offset.clone();
    for change in &changes {
        for x in change.x0..change.x1 {
            toggles[next[x as usize]] = change.y;
            next[x as usize] += 1;
        }
    }
    let mut columns = Vec::with_capacity(toggles.len() / 2);
    for x in 0..width {
        let of_column = &toggles[offset[x as usize]..offset[x as usize + 1]];
        columns.extend(of_column.chunks_exact(2).map(|ends| Span { y: x, x0: ends[0], x1: ends[1] }));
    }
    columns
}

/// Where row `y` differs from row `y - 1`, for every `y` in `0..=height` (both outside rows are empty).
fn row_changes(mut spans: &[Span], width: u32, height: u32) -> Vec<Span> {
    let mut changes = Vec::with_capacity(spans.len() * 2);
    let mut above: &[Span] = &[];
    let mut y = spans.first().map_or(height + 1, |span| span.y);
    while y <= height {
        let row = take_row(&mut spans, y);
        combine_row(y, width, above, row, &|a, b| a != b, &mut changes);
        above = row;
        // After an empty row jump to the next one that has pixels.
        y = if row.is_empty() { spans.first().map_or(height + 1, |span| span.y) } else { y + 1 };
    }
    changes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::arbitrary::mask;
    use super::super::mask::Mask;
    use super::*;

    proptest! {
        #[test]
        fn equals_the_dense_transposition(m in mask()) {
            let (w, h) = (m.width(), m.height());
            let columns = transpose(m.spans(), w, h);
            let bytes = m.to_bytes();
            let turned: Vec<u8> = (0..w).flat_map(|x| (0..h).map(move |y| (y * w + x) as usize)).map(|i| bytes[i]).collect();
            let dense = Mask::from_bytes(h, w, &turned);
            prop_assert_eq!(dense.spans(), &columns[..]);
            prop_assert_eq!(transpose(&columns, h, w), m.spans());
        }
    }
}

//! Rows to columns: the sparse transposition behind the column-major COCO codec.

use super::algebra::{combine_row, take_row};
use super::limits::{LimitError, MaskBudget};
use super::mask::Span;

/// Turns row spans of a `width x height` picture into column spans: in the result `y` is the column and `x0..x1` are
/// rows. Works on the places where neighbouring rows differ, so the cost grows with the boundary, not with the area.
/// The function is its own inverse (with `width` and `height` exchanged).
///
/// # Errors
/// When there are more column spans than the budget allows. They are counted before memory is taken for them.
pub(super) fn transpose(spans: &[Span], width: u32, height: u32, budget: &MaskBudget) -> Result<Vec<Span>, LimitError> {
    let changes = row_changes(spans, width, height);
    let toggles_in_all: u64 = changes.iter().map(|change| u64::from(change.x1 - change.x0)).sum();
    budget.allows_spans(toggles_in_all / 2)?;
    let (first, end) = changes.iter().fold((width, 0), |(x0, x1), change| (x0.min(change.x0), x1.max(change.x1)));
    let columns_in_all = end.saturating_sub(first) as usize;
    if toggles_in_all < columns_in_all as u64 / 16 {
        return Ok(sorted_columns(&changes));
    }
    // Counting sort by column keeps the rows of a column in order.
    let mut offset = vec![0usize; columns_in_all + 1];
    for change in &changes {
        for x in change.x0..change.x1 {
            offset[(x - first) as usize + 1] += 1;
        }
    }
    for x in 0..columns_in_all {
        offset[x + 1] += offset[x];
    }
    let mut toggles = vec![0u32; offset[columns_in_all]];
    // `offset[x]` becomes the end of column `x` while its toggles are put down.
    for change in &changes {
        for x in change.x0..change.x1 {
            let next = &mut offset[(x - first) as usize];
            toggles[*next] = change.y;
            *next += 1;
        }
    }
    let mut columns = Vec::with_capacity(toggles.len() / 2);
    let mut start = 0;
    for (x, &stop) in (first..end).zip(&offset) {
        columns.extend(toggles[start..stop].chunks_exact(2).map(|ends| Span { y: x, x0: ends[0], x1: ends[1] }));
        start = stop;
    }
    Ok(columns)
}

/// The column spans of few changes far apart, by sorting.
fn sorted_columns(changes: &[Span]) -> Vec<Span> {
    let places = changes.iter().flat_map(|change| (change.x0..change.x1).map(|x| (x, change.y)));
    let mut toggles: Vec<(u32, u32)> = places.collect();
    toggles.sort_unstable();
    toggles.chunks_exact(2).map(|ends| Span { y: ends[0].0, x0: ends[0].1, x1: ends[1].1 }).collect()
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
            let budget = MaskBudget::one_mask();
            let columns = transpose(m.spans(), w, h, &budget).unwrap();
            let bytes = m.to_bytes();
            let turned: Vec<u8> = (0..w).flat_map(|x| (0..h).map(move |y| (y * w + x) as usize)).map(|i| bytes[i]).collect();
            let dense = Mask::from_bytes(h, w, &turned);
            prop_assert_eq!(dense.spans(), &columns[..]);
            prop_assert_eq!(transpose(&columns, h, w, &budget).unwrap(), m.spans());
            prop_assert_eq!(&sorted_columns(&row_changes(m.spans(), w, h)), &columns);
            let needed = size_of_val(&columns[..]) as u64;
            prop_assert!(needed == 0 || transpose(m.spans(), w, h, &MaskBudget::new(needed - 1)).is_err());
        }
    }
}

//! Masks from column-major positions: what COCO run lengths and COCO polygons both come down to.

use super::limits::{LimitError, MaskBudget};
use super::mask::{Mask, Span};
use super::transpose::transpose;

/// The mask whose pixels, column by column from the top, change between outside and inside at the ascending positions
/// `toggles`. A position may come twice (nothing lies between); a last one without a partner reaches the end of the picture
/// only if the caller gives that end; beyond the picture nothing is taken.
///
/// # Errors
/// When the mask has more row spans than the budget has room for, or more column spans than a mask may have; both are counted
/// before memory is taken. On success the memory of the mask is taken from the budget.
pub(super) fn from_toggles(
    width: u32,
    height: u32,
    toggles: impl Iterator<Item = u64>,
    budget: &mut MaskBudget,
) -> Result<Mask, LimitError> {
    let mut columns: Vec<Span> = Vec::new();
    if height == 0 {
        return Ok(Mask::empty(width, height));
    }
    let rows = u64::from(height);
    let end = u64::from(width) * rows;
    let limit = MaskBudget::one_mask();
    let mut inside_since: Option<u64> = None;
    for position in toggles {
        let position = position.min(end);
        let Some(mut start) = inside_since.take() else {
            inside_since = Some(position);
            continue;
        };
        if start >= position {
            continue;
        }
        limit.allows_spans(columns.len() as u64 + (position - 1) / rows - start / rows + 1)?;
        while start < position {
            let column = start / rows;
            let base = column * rows;
            let stop = position.min(base + rows);
            let span = Span { y: within(column), x0: within(start - base), x1: within(stop - base) };
            match columns.last_mut() {
                Some(last) if last.y == span.y && last.x1 == span.x0 => last.x1 = span.x1,
                _ => columns.push(span),
            }
            start = stop;
        }
    }
    let spans = transpose(&columns, height, width, budget)?;
    let mask = Mask::from_sorted(width, height, spans);
    budget.take(mask.heap_bytes())?;
    Ok(mask)
}

/// A column or a row of a picture whose sides are `u32`.
fn within(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

//! Masks from positions along the columns (what COCO run lengths and COCO polygons both come down to) or along the rows (as other
//! formats count).

use super::limits::{LimitError, MaskBudget, check_sides};
use super::mask::{Mask, Span};
use super::transpose::transpose;

impl Mask {
    /// From runs of row-major positions: outside and inside take turns, beginning with outside, and change at the ascending
    /// positions `toggles`. What lies behind the picture is left out. For formats that count along the rows.
    ///
    /// # Errors
    /// When the picture is larger than [`MAX_SIDE`](super::limits::MAX_SIDE), or the mask larger than what is left of the budget.
    pub fn from_row_toggles(
        width: u32,
        height: u32,
        toggles: impl IntoIterator<Item = u64>,
        budget: &mut MaskBudget,
    ) -> Result<Mask, LimitError> {
        check_sides(width, height)?;
        let mask = Mask::from_sorted(width, height, lines(height, width, toggles.into_iter(), budget)?);
        budget.take(mask.heap_bytes())?;
        Ok(mask)
    }
}

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
    let columns = lines(width, height, toggles, &MaskBudget::one_mask())?;
    let mask = Mask::from_sorted(width, height, transpose(&columns, height, width, budget)?);
    budget.take(mask.heap_bytes())?;
    Ok(mask)
}

/// The spans of `number` lines of `length` pixels, line after line, as `y` the line.
fn lines(
    number: u32,
    length: u32,
    toggles: impl Iterator<Item = u64>,
    limit: &MaskBudget,
) -> Result<Vec<Span>, LimitError> {
    let mut spans: Vec<Span> = Vec::new();
    let long = u64::from(length);
    let end = u64::from(number) * long;
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
        limit.allows_spans(spans.len() as u64 + (position - 1) / long - start / long + 1)?;
        while start < position {
            let line = start / long;
            let base = line * long;
            let stop = position.min(base + long);
            let span = Span { y: within(line), x0: within(start - base), x1: within(stop - base) };
            match spans.last_mut() {
                Some(last) if last.y == span.y && last.x1 == span.x0 => last.x1 = span.x1,
                _ => spans.push(span),
            }
            start = stop;
        }
    }
    Ok(spans)
}

/// A column or a row of a picture whose sides are `u32`.
fn within(value: u64) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::arbitrary::mask;
    use super::super::limits::MAX_SIDE;
    use super::*;

    proptest! {
        #[test]
        fn rows_come_back_from_their_toggles(m in mask()) {
            let at = |span: &Span, x: u32| u64::from(span.y) * u64::from(m.width()) + u64::from(x);
            let toggles: Vec<u64> = m.spans().iter().flat_map(|s| [at(s, s.x0), at(s, s.x1)]).collect();
            let mut budget = MaskBudget::one_mask();
            prop_assert_eq!(&Mask::from_row_toggles(m.width(), m.height(), toggles, &mut budget).unwrap(), &m);
        }
    }

    #[test]
    fn long_runs_of_claimed_pictures_are_refused() {
        let mut budget = MaskBudget::new(1 << 20);
        let all = u64::from(MAX_SIDE) * u64::from(MAX_SIDE);
        assert!(Mask::from_row_toggles(MAX_SIDE, MAX_SIDE, [0, all], &mut budget).is_err());
        assert!(Mask::from_row_toggles(u32::MAX, 2, [0, 1], &mut budget).is_err());
        assert_eq!(Mask::from_row_toggles(MAX_SIDE, 2, [3, u64::MAX], &mut budget).unwrap().area(), 2 * (1 << 22) - 3);
        assert_eq!(Mask::from_row_toggles(0, 0, [3, 4], &mut budget).unwrap().area(), 0);
    }
}

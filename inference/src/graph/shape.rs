//! Shapes of results.

/// The shape two operands broadcast to (numpy rules), if they do.
#[must_use]
pub fn broadcast(a: &[usize], b: &[usize]) -> Option<Vec<usize>> {
    let rank = a.len().max(b.len());
    let extent = |shape: &[usize], axis: usize| (axis + shape.len()).checked_sub(rank).map_or(1, |axis| shape[axis]);
    (0..rank)
        .map(|axis| match (extent(a, axis), extent(b, axis)) {
            (a, b) if a == b => Some(a),
            (1, other) | (other, 1) => Some(other),
            _ => None,
        })
        .collect()
}

/// Output extent of a window that slides over `extent` elements between paddings, or `None` if it does not fit.
#[must_use]
pub fn windows(
    extent: usize,
    kernel: usize,
    stride: usize,
    dilation: usize,
    pad: [usize; 2],
    ceil: bool,
) -> Option<usize> {
    let span = dilation * (kernel.checked_sub(1)?) + 1;
    let room = (extent + pad[0] + pad[1]).checked_sub(span)?;
    let count = if ceil { room.div_ceil(stride) } else { room / stride } + 1;
    // A window that would start in the padding behind the data does not count.
    let starts_outside = ceil && (count - 1) * stride >= extent + pad[0];
    Some(count - usize::from(starts_outside))
}

/// Padding such that the output has `ceil(extent / stride)` elements (`SAME_UPPER`; `SAME_LOWER` swaps the two).
#[must_use]
pub fn same_padding(extent: usize, kernel: usize, stride: usize, dilation: usize) -> [usize; 2] {
    let out = extent.div_ceil(stride);
    let span = dilation * kernel.saturating_sub(1) + 1;
    let total = (out.saturating_sub(1) * stride + span).saturating_sub(extent);
    [total / 2, total - total / 2]
}

/// An axis that may be counted from the end, as an index.
#[must_use]
pub fn axis(axis: i64, rank: usize) -> Option<usize> {
    let rank = i64::try_from(rank).ok()?;
    let from_start = if axis < 0 { axis.checked_add(rank)? } else { axis };
    (0..rank).contains(&from_start).then_some(from_start as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broadcasting() {
        assert_eq!(broadcast(&[2, 1, 3], &[4, 1]), Some(vec![2, 4, 3]));
        assert_eq!(broadcast(&[], &[5]), Some(vec![5]));
        assert_eq!(broadcast(&[2], &[3]), None);
    }

    #[test]
    fn sliding_windows() {
        assert_eq!(windows(224, 3, 2, 1, [1, 1], false), Some(112));
        assert_eq!(windows(7, 3, 1, 2, [2, 2], false), Some(7));
        assert_eq!(windows(2, 3, 1, 1, [0, 0], false), None);
        assert_eq!(windows(4, 3, 2, 1, [0, 0], true), Some(2));
        assert_eq!(windows(1, 1, 2, 1, [0, 0], true), Some(1));
        assert_eq!(windows(2, 1, 3, 1, [0, 0], true), Some(1), "the second window would start behind the data");
        assert_eq!(same_padding(5, 3, 2, 1), [1, 1]);
        assert_eq!(same_padding(4, 3, 2, 1), [0, 1]);
    }

    #[test]
    fn axes_from_the_end() {
        assert_eq!(axis(-1, 4), Some(3));
        assert_eq!(axis(4, 4), None);
        assert_eq!(axis(i64::MIN, 4), None);
    }
}

//! Masks that were drawn on the stored pixels of a picture with an orientation tag, turned upright with it (EXIF 2.32,
//! tag 0x0112).

use crate::raster::{Mask, RleError, Span};

/// The mask in the upright picture, from that in the stored pixels. `orientation` is EXIF's, 1 to 8.
///
/// # Errors
/// When the turned mask would need more memory than one may have.
pub(super) fn upright(mask: &Mask, orientation: u8) -> Result<Mask, RleError> {
    let turned = if orientation >= 5 { transposed(mask)? } else { mask.clone() };
    let (flip_x, flip_y) = match orientation {
        2 | 6 => (true, false),
        3 | 7 => (true, true),
        4 | 8 => (false, true),
        _ => return Ok(turned),
    };
    let (width, height) = (turned.width(), turned.height());
    let flip = |span: &Span| {
        let (x0, x1) = if flip_x { (width - span.x1, width - span.x0) } else { (span.x0, span.x1) };
        Span { y: if flip_y { height - 1 - span.y } else { span.y }, x0, x1 }
    };
    Ok(Mask::from_spans(width, height, turned.spans().iter().map(flip).collect()))
}

/// Rows to columns: COCO's counts run column by column, which are the rows of the transposed mask.
fn transposed(mask: &Mask) -> Result<Mask, RleError> {
    let (width, height) = (mask.height(), mask.width());
    let row = u64::from(width);
    let (mut at, mut spans) = (0u64, Vec::new());
    for (index, run) in mask.to_rle_counts()?.into_iter().enumerate() {
        let end = at + run;
        while index % 2 == 1 && at < end {
            let y = at / row;
            let stop = end.min((y + 1) * row);
            spans.push(Span { y: y as u32, x0: (at - y * row) as u32, x1: (stop - y * row) as u32 });
            at = stop;
        }
        at = end;
    }
    Ok(Mask::from_spans(width, height, spans))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_orientation() {
        // A picture of 3 x 2 with one pixel at (0, 0) and one at (2, 1)'s left neighbour.
        let mask = Mask::from_bytes(3, 2, &[1, 0, 0, 0, 1, 0]);
        let expected: [(u32, &[u8]); 8] = [
            (3, &[1, 0, 0, 0, 1, 0]),
            (3, &[0, 0, 1, 0, 1, 0]),
            (3, &[0, 1, 0, 0, 0, 1]),
            (3, &[0, 1, 0, 1, 0, 0]),
            (2, &[1, 0, 0, 1, 0, 0]),
            (2, &[0, 1, 1, 0, 0, 0]),
            (2, &[0, 0, 1, 0, 0, 1]),
            (2, &[0, 0, 0, 1, 1, 0]),
        ];
        for (orientation, (width, pixels)) in (1..).zip(expected) {
            let turned = upright(&mask, orientation).unwrap();
            assert_eq!((turned.width(), turned.to_bytes().as_slice()), (width, pixels), "orientation {orientation}");
        }
    }
}

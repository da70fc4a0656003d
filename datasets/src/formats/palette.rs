//! The VOC colour map: index to colour, bits of the index spread over the channels from the top.

/// Colour of an index in the PASCAL VOC palette (0 is black, 1 dark red, 255 the pale void colour).
pub(super) fn voc_color(index: u8) -> [u8; 3] {
    let mut color = [0u8; 3];
    let mut rest = index;
    for bit in (0..8).rev() {
        for (channel, value) in color.iter_mut().enumerate() {
            *value |= (rest >> channel & 1) << bit;
        }
        rest >>= 3;
    }
    color
}

/// All 256 colours, as a PNG palette.
pub(super) fn voc_palette() -> Vec<u8> {
    (0..=u8::MAX).flat_map(voc_color).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_well_known_colours() {
        let expected = [[0, 0, 0], [128, 0, 0], [0, 128, 0], [128, 128, 0], [0, 0, 128]];
        assert_eq!([0, 1, 2, 3, 4].map(voc_color), expected);
        assert_eq!((voc_color(20), voc_color(255)), ([0, 64, 128], [224, 224, 192]));
    }
}

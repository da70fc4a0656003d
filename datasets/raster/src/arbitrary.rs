//! Random masks for property tests: noise, blobs, single pixels, full and empty ones.

use proptest::prelude::*;

use super::Mask;

/// A mask of up to 24 x 24 pixels with any density.
pub fn mask() -> impl Strategy<Value = Mask> {
    (1u32..24, 1u32..24, 0u8..=10).prop_flat_map(|(width, height, density)| sized(width, height, density))
}

/// Two masks of the same picture.
pub fn mask_pair() -> impl Strategy<Value = (Mask, Mask)> {
    (1u32..24, 1u32..24, 0u8..=10, 0u8..=10)
        .prop_flat_map(|(width, height, p, q)| (sized(width, height, p), sized(width, height, q)))
}

fn sized(width: u32, height: u32, density: u8) -> impl Strategy<Value = Mask> {
    proptest::collection::vec(0u8..10, (width * height) as usize).prop_map(move |values| {
        let bytes: Vec<u8> = values.into_iter().map(|value| u8::from(value < density)).collect();
        Mask::from_bytes(width, height, &bytes)
    })
}

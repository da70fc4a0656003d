//! More than 8 bits a sample to 8: a linear stretch from the smallest to the largest value of the picture.

/// Stretches interleaved samples to 0..=255. `alpha_every` names the number of channels if the last one is alpha:
/// alpha is scaled by its full range and does not take part in the stretch.
pub(super) fn stretch_u16(samples: &[u16], channels: usize, has_alpha: bool) -> Vec<u8> {
    let is_alpha = |index: usize| has_alpha && index % channels == channels - 1;
    let (mut low, mut high) = (u16::MAX, u16::MIN);
    for (index, &value) in samples.iter().enumerate() {
        if !is_alpha(index) {
            (low, high) = (low.min(value), high.max(value));
        }
    }
    let range = u32::from(high.saturating_sub(low)).max(1);
    let stretched = |value: u16| ((u32::from(value.saturating_sub(low)) * 255 + range / 2) / range) as u8;
    samples
        .iter()
        .enumerate()
        .map(|(index, &value)| if is_alpha(index) { (value >> 8) as u8 } else { stretched(value) })
        .collect()
}

/// As [`stretch_u16`] for floating point samples; values that are not finite become black.
pub(super) fn stretch_f32(samples: &[f32], channels: usize, has_alpha: bool) -> Vec<u8> {
    let is_alpha = |index: usize| has_alpha && index % channels == channels - 1;
    let colours = samples.iter().enumerate().filter(|&(index, value)| !is_alpha(index) && value.is_finite());
    let (low, high) = colours.fold((f32::MAX, f32::MIN), |(low, high), (_, &v)| (low.min(v), high.max(v)));
    let range = if high > low { high - low } else { 1.0 };
    let byte = |value: f32| (value.clamp(0.0, 1.0) * 255.0 + 0.5) as u8;
    samples
        .iter()
        .enumerate()
        .map(|(index, &value)| match (is_alpha(index), value.is_finite()) {
            (true, _) => byte(value),
            (false, true) => byte((value - low) / range),
            (false, false) => 0,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extremes_become_black_and_white_and_alpha_keeps_its_scale() {
        assert_eq!(stretch_u16(&[1000, 1500, 2000], 1, false), [0, 128, 255]);
        assert_eq!(stretch_u16(&[7, 7], 1, false), [0, 0]);
        assert_eq!(stretch_u16(&[0, 65535, 10, 32768], 2, true), [0, 255, 255, 128]);
        assert_eq!(stretch_f32(&[-1.0, 0.0, 1.0, f32::NAN], 1, false), [0, 128, 255, 0]);
    }
}

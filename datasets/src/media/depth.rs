//! More than 8 bits a sample to 8: a linear stretch between the values that all but the darkest and the brightest
//! thousandth of the samples lie between, so that a hot or a dead pixel does not blacken the picture.

/// Of so many samples one at each end may lie beyond the stretch.
const PER_OUTLIER: u64 = 1000;

/// Stretches interleaved samples to 0..=255. `channels` is their number; with `has_alpha` the last one is alpha: it is
/// scaled by its full range and does not take part in the stretch.
pub(super) fn stretch_u16(samples: &[u16], channels: usize, has_alpha: bool) -> Vec<u8> {
    let is_alpha = |index: usize| has_alpha && index % channels == channels - 1;
    let mut count = vec![0u64; usize::from(u16::MAX) + 1];
    samples
        .iter()
        .enumerate()
        .filter(|(index, _)| !is_alpha(*index))
        .for_each(|(_, value)| count[usize::from(*value)] += 1);
    let beyond = count.iter().sum::<u64>() / PER_OUTLIER;
    // The first value at which more than the outliers are passed.
    let passed = |mut values: Box<dyn Iterator<Item = u16>>| {
        let mut seen = 0;
        values.find(|value| {
            seen += count[usize::from(*value)];
            seen > beyond
        })
    };
    let (low, high) =
        (passed(Box::new(0..=u16::MAX)).unwrap_or(0), passed(Box::new((0..=u16::MAX).rev())).unwrap_or(0));
    let range = u32::from(high.saturating_sub(low)).max(1);
    let stretched = |value: u16| ((u32::from(value.clamp(low, high.max(low)) - low) * 255 + range / 2) / range) as u8;
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
    let mut values: Vec<f32> = colours.map(|(_, value)| *value).collect();
    let beyond = (values.len() as u64 / PER_OUTLIER) as usize;
    let (low, high) = match values.len() {
        0 => (0.0, 0.0),
        count => {
            let low = *values.select_nth_unstable_by(beyond, f32::total_cmp).1;
            let high = *values.select_nth_unstable_by(count - 1 - beyond, f32::total_cmp).1;
            (low, high)
        }
    };
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

    #[test]
    fn a_hot_and_a_dead_pixel_do_not_count() {
        let mut samples: Vec<u16> = (0..2000).map(|at| 1000 + at % 1000).collect();
        (samples[5], samples[7]) = (u16::MAX, 0);
        let bytes = stretch_u16(&samples, 1, false);
        assert_eq!((bytes[0], bytes[500], bytes[999], bytes[5], bytes[7]), (0, 128, 255, 255, 0));
        let floats: Vec<f32> = samples.iter().map(|value| f32::from(*value)).collect();
        assert_eq!(stretch_f32(&floats, 1, false)[500], 128);
        assert_eq!(stretch_f32(&[f32::NAN], 1, false), [0]);
    }
}

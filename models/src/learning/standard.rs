//! Scale and shift of a head that has not learned yet.

use limn_inference::adapt::Head;

/// Sets them such that these cells come out with mean 0 and deviation 1 in every channel: the network's own standardisation is
/// that of the pictures it was trained on.
pub fn standardise<'a, T: Copy + Into<f32> + 'a>(head: &mut Head<f32>, cells: impl Iterator<Item = &'a [T]>) {
    let channels = head.shape.channels;
    let (mut sum, mut square, mut count) = (vec![0.0f64; channels], vec![0.0f64; channels], 0.0f64);
    for cell in cells {
        count += 1.0;
        for ((sum, square), &value) in sum.iter_mut().zip(&mut square).zip(cell) {
            let value = f64::from(value.into());
            *sum += value;
            *square += value * value;
        }
    }
    if count == 0.0 {
        return;
    }
    for c in 0..channels {
        // A channel that hardly varies here is not blown up.
        const LEAST: f64 = 0.25;
        let mean = sum[c] / count;
        let deviation = (square[c] / count - mean * mean).max(0.0).sqrt().max(LEAST);
        head.theta[c] = (1.0 / deviation) as f32;
        head.theta[channels + c] = (-mean / deviation) as f32;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use limn_inference::adapt::HeadShape;

    #[test]
    fn cells_come_out_with_mean_0_and_deviation_1() {
        let mut head = Head::new(HeadShape { channels: 2, hidden: 1 });
        let cells = [[4.0f32, 7.0], [8.0, 7.0]];
        standardise(&mut head, cells.iter().map(|cell| cell.as_slice()));
        assert_eq!(head.theta[..4], [0.5, 4.0, -3.0, -28.0], "the second channel does not vary");
        let before = head.clone();
        standardise::<f32>(&mut head, std::iter::empty());
        assert_eq!(head, before);
    }
}

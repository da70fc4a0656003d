//! A prediction at feature resolution: the cells that the head reads, the network's logits there, and the way back up.

/// The feature cells and mask logits of one prediction; buffers are reused from click to click.
#[derive(Clone, Debug, Default)]
pub struct PredictionField {
    /// Cells a row; as many rows.
    pub side: usize,
    /// Channels a cell.
    pub channels: usize,
    /// side x side x channels, a cell after the other.
    pub cells: Vec<f32>,
    /// The frozen network's mask logits, side x side.
    pub base: Vec<f32>,
}

impl PredictionField {
    /// Takes in `feature` (`channels` x side x side) and `logits` (a whole multiple of it in both directions), of which each cell
    /// gets the mean.
    ///
    /// # Panics
    /// If the lengths do not fit; the caller has checked the network's tensors.
    pub fn load(&mut self, feature: &[f32], channels: usize, logits: &[f32]) {
        let cells = feature.len() / channels;
        let side = cells.isqrt();
        assert_eq!(feature.len(), channels * side * side, "feature is channels x side x side");
        (self.side, self.channels) = (side, channels);
        self.cells.resize(channels * cells, 0.0);
        // Some cells at a time, so that what is written stays in the cache while the channels are read in turn.
        for (first, block) in self.cells.chunks_mut(channels * 64).enumerate() {
            for c in 0..channels {
                let from = &feature[c * cells + first * 64..];
                for (values, &value) in block.chunks_exact_mut(channels).zip(from) {
                    values[c] = value;
                }
            }
        }
        let factor = factor(logits.len(), cells);
        let share = 1.0 / (factor * factor) as f32;
        self.base.clear();
        self.base.resize(cells, 0.0);
        for (row, line) in logits.chunks_exact(side * factor).enumerate() {
            let sums = &mut self.base[row / factor * side..][..side];
            for (sum, part) in sums.iter_mut().zip(line.chunks_exact(factor)) {
                *sum += share * part.iter().sum::<f32>();
            }
        }
    }
}

/// How many logits lie along a side of a cell.
pub fn factor(logits: usize, cells: usize) -> usize {
    let factor = (logits / cells.max(1)).isqrt();
    assert_eq!(factor * factor * cells, logits, "logits are a multiple of the cells");
    factor
}

/// Adds `answer` (a value a cell of a square field), upsampled bilinearly between cell centres, to `logits`.
pub fn add_upsampled(answer: &[f32], logits: &mut [f32]) {
    let side = answer.len().isqrt();
    let taps = taps(side, factor(logits.len(), answer.len()));
    let mut line = vec![0.0; side];
    for (&(above, below, part), out) in taps.iter().zip(logits.chunks_exact_mut(taps.len())) {
        for (x, value) in line.iter_mut().enumerate() {
            let (a, b) = (answer[above * side + x], answer[below * side + x]);
            *value = a + part * (b - a);
        }
        for (logit, &(left, right, part)) in out.iter_mut().zip(&taps) {
            *logit += line[left] + part * (line[right] - line[left]);
        }
    }
}

/// For every logit along an axis the two cells that it lies between, and how far on the way to the second.
fn taps(side: usize, factor: usize) -> Vec<(usize, usize, f32)> {
    let tap = |at: usize| {
        let place = ((at as f32 + 0.5) / factor as f32 - 0.5).clamp(0.0, (side - 1) as f32);
        (place as usize, (place as usize + 1).min(side - 1), place.fract())
    };
    (0..side * factor).map(tap).collect()
}

/// The cells that the upsampled answer is mixed of at logit (`x`, `y`).
pub fn cells_under(x: usize, y: usize, side: usize, factor: usize) -> [usize; 4] {
    let along = |at: usize| {
        let place = ((at as f32 + 0.5) / factor as f32 - 0.5).clamp(0.0, (side - 1) as f32);
        [place as usize, (place as usize + 1).min(side - 1)]
    };
    let ([x0, x1], [y0, y1]) = (along(x), along(y));
    [y0 * side + x0, y0 * side + x1, y1 * side + x0, y1 * side + x1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_gathered_and_logits_averaged() {
        let mut field = PredictionField::default();
        let feature: Vec<f32> = (0..8).map(|v| v as f32).collect(); // 2 channels, 2 rows, 2 columns
        let logits: Vec<f32> = (0..16).map(|v| v as f32).collect(); // 4 rows, 4 columns
        field.load(&feature, 2, &logits);
        assert_eq!((field.side, field.channels), (2, 2));
        assert_eq!(field.cells, [0.0, 4.0, 1.0, 5.0, 2.0, 6.0, 3.0, 7.0]);
        assert_eq!(field.base, [2.5, 4.5, 10.5, 12.5]);
    }

    #[test]
    fn the_answer_is_upsampled_between_cell_centres() {
        let mut logits = [10.0; 64];
        add_upsampled(&[0.0, 4.0, 0.0, 4.0], &mut logits);
        assert_eq!(&logits[..8], [10.0, 10.0, 10.5, 11.5, 12.5, 13.5, 14.0, 14.0]);
        assert_eq!(&logits[56..], &logits[..8]);
        assert_eq!(
            cells_under(0, 7, 2, 4),
            [2, 3, 2, 3].map(|cell: usize| cell),
            "at the border the last row counts alone"
        );
    }
}

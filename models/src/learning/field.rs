//! A prediction at feature resolution: the cells that the head reads, the network's logits there, and the way back up.

use limn_inference::adapt::Head;

use super::local::Field;
use super::sample::Sample;

/// The feature cells and mask logits of one prediction; buffers are reused from click to click.
#[derive(Clone, Debug, Default)]
pub struct PredictionField {
    width: usize,
    height: usize,
    channels: usize,
    cells: Vec<f32>,
    base: Vec<f32>,
    answer: Vec<f32>,
    hidden: Vec<f32>,
}

impl PredictionField {
    /// Takes in `feature` (channels x height x width) and `logits` (a whole multiple of it in both directions), of which each cell
    /// gets the mean.
    ///
    /// # Panics
    /// If the lengths do not fit; the caller has checked the network's tensors.
    pub fn load(&mut self, feature: &[f32], [channels, height, width]: [usize; 3], logits: &[f32]) {
        let cells = width * height;
        assert_eq!(feature.len(), channels * cells, "feature is channels x height x width");
        (self.width, self.height, self.channels) = (width, height, channels);
        self.cells.resize(channels * cells, 0.0);
        for (cell, values) in self.cells.chunks_exact_mut(channels).enumerate() {
            for (c, value) in values.iter_mut().enumerate() {
                *value = feature[c * cells + cell];
            }
        }
        let factor = self.factor(logits.len());
        let share = 1.0 / (factor * factor) as f32;
        self.base.clear();
        self.base.resize(cells, 0.0);
        for (row, line) in logits.chunks_exact(width * factor).enumerate() {
            let sums = &mut self.base[row / factor * width..][..width];
            for (sum, part) in sums.iter_mut().zip(line.chunks_exact(factor)) {
                *sum += share * part.iter().sum::<f32>();
            }
        }
    }

    /// How many logits lie along a side of a cell.
    fn factor(&self, logits: usize) -> usize {
        let factor = (logits / (self.width * self.height).max(1)).isqrt();
        assert_eq!(factor * factor * self.width * self.height, logits, "logits are a multiple of the cells");
        factor
    }

    /// What the local step looks at.
    pub fn view(&self) -> Field<'_> {
        Field { width: self.width, height: self.height, cells: &self.cells, base: &self.base }
    }

    /// Adds the head's answer, upsampled bilinearly between cell centres, to the logits that were loaded.
    pub fn add_answer(&mut self, head: &Head<f32>, logits: &mut [f32]) {
        head.forward(&self.cells, &mut self.answer, &mut self.hidden);
        let factor = self.factor(logits.len());
        let taps = |extent: usize| -> Vec<(usize, usize, f32)> {
            (0..extent * factor)
                .map(|at| {
                    let place = ((at as f32 + 0.5) / factor as f32 - 0.5).clamp(0.0, (extent - 1) as f32);
                    (place as usize, (place as usize + 1).min(extent - 1), place.fract())
                })
                .collect()
        };
        let (columns, rows) = (taps(self.width), taps(self.height));
        let mut line = vec![0.0; self.width];
        for (&(above, below, part), out) in rows.iter().zip(logits.chunks_exact_mut(columns.len())) {
            for (x, value) in line.iter_mut().enumerate() {
                let (a, b) = (self.answer[above * self.width + x], self.answer[below * self.width + x]);
                *value = a + part * (b - a);
            }
            for (logit, &(left, right, part)) in out.iter_mut().zip(&columns) {
                *logit += line[left] + part * (line[right] - line[left]);
            }
        }
    }

    /// A copy for the time when the mask will have been accepted.
    pub fn keep(&self) -> KeptField {
        let cells = self.cells.iter().map(|&f| half::f16::from_f32(f)).collect();
        KeptField { channels: self.channels, cells, base: self.base.clone() }
    }
}

/// A [`PredictionField`] in half precision (1.6 MB for 96 x 96 cells of 88 channels).
#[derive(Clone, Debug, PartialEq)]
pub struct KeptField {
    channels: usize,
    cells: Vec<half::f16>,
    base: Vec<f32>,
}

impl KeptField {
    /// Number of cells.
    pub fn len(&self) -> usize {
        self.base.len()
    }

    /// Whether there are no cells.
    pub fn is_empty(&self) -> bool {
        self.base.is_empty()
    }

    /// A sample of the cells with their labels (one a cell) out of the accepted mask.
    pub fn sample(&self, labels: &[bool], seed: u64) -> Option<Sample> {
        Sample::draw(self.channels, &self.cells, &self.base, labels, seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use limn_inference::adapt::HeadShape;

    #[test]
    fn cells_are_gathered_and_logits_averaged() {
        let mut field = PredictionField::default();
        let feature: Vec<f32> = (0..12).map(|v| v as f32).collect(); // 2 channels, 2 rows, 3 columns
        let logits: Vec<f32> = (0..24).map(|v| v as f32).collect(); // 4 rows, 6 columns
        field.load(&feature, [2, 2, 3], &logits);
        assert_eq!(field.cells, [0.0, 6.0, 1.0, 7.0, 2.0, 8.0, 3.0, 9.0, 4.0, 10.0, 5.0, 11.0]);
        assert_eq!(field.base, [3.5, 5.5, 7.5, 15.5, 17.5, 19.5]);
    }

    #[test]
    fn the_answer_is_upsampled_between_cell_centres() {
        let mut field = PredictionField::default();
        field.load(&[0.0, 4.0], [1, 1, 2], &[0.0; 32]);
        let mut head = Head::<f32>::new(HeadShape { channels: 1, hidden: 1 });
        head.theta.copy_from_slice(&[1.0, 0.0, 1.0, 0.0, 1.0, 0.0]); // y = relu(f)
        let mut logits = [10.0; 32];
        field.add_answer(&head, &mut logits);
        assert_eq!(&logits[..8], [10.0, 10.0, 10.5, 11.5, 12.5, 13.5, 14.0, 14.0]);
        assert_eq!(&logits[24..], &logits[..8]);
    }
}

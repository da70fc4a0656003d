//! Some cells of a prediction with labels out of the accepted mask: what the replay buffer is made of.

use half::f16;
use half::slice::HalfFloatSliceExt as _;
use limn_inference::adapt::head::uniform;
use limn_inference::adapt::{Goal, GoalKind};

/// Cells drawn from one prediction.
pub const SAMPLE_CELLS: usize = 2048;

/// Cells of one prediction of an accepted object.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// n x channels, half precision.
    pub cells: Vec<f16>,
    /// n logits of the frozen network.
    pub base: Vec<f16>,
    /// n: how much of the cell belongs to the object, 0..=255 for 0..=1.
    pub labels: Vec<u8>,
}

impl Sample {
    /// Draws at most [`SAMPLE_CELLS`] of the cells (n x channels, with n `base` logits and n labels 0 to 1): as many of the object
    /// as of the rest where there are enough. `seed` decides which. Empty fields give `None`.
    pub fn draw(channels: usize, cells: &[f16], base: &[f32], labels: &[f32], seed: u64) -> Option<Self> {
        let mut sides: [Vec<usize>; 2] = [Vec::new(), Vec::new()];
        for (at, &label) in labels.iter().enumerate() {
            sides[usize::from(label > 0.5)].push(at);
        }
        let half = SAMPLE_CELLS / 2;
        let object = sides[1].len().min(half.max(SAMPLE_CELLS.saturating_sub(sides[0].len())));
        let rest = sides[0].len().min(SAMPLE_CELLS - object);
        let mut state = seed;
        let mut sample = Self { cells: Vec::new(), base: Vec::new(), labels: Vec::new() };
        for (side, count) in sides.iter_mut().zip([rest, object]) {
            for drawn in 0..count {
                let other = drawn + (uniform(&mut state) * (side.len() - drawn) as f64) as usize;
                side.swap(drawn, other);
                let at = side[drawn];
                sample.cells.extend_from_slice(&cells[at * channels..(at + 1) * channels]);
                sample.base.push(f16::from_f32(base[at]));
                sample.labels.push((labels[at] * 255.0 + 0.5) as u8);
            }
        }
        (!sample.base.is_empty()).then_some(sample)
    }

    /// Cells, base logits and goals as a trainer wants them.
    pub fn expand(&self) -> (Vec<f32>, Vec<f32>, Vec<Goal>) {
        let goal = |&label: &u8| Goal { kind: GoalKind::Label, weight: 1.0, wanted: f32::from(label) / 255.0 };
        (long(&self.cells), long(&self.base), self.labels.iter().map(goal).collect())
    }
}

/// In half precision.
pub(super) fn short(values: &[f32]) -> Vec<f16> {
    let mut out = vec![f16::ZERO; values.len()];
    out.convert_from_f32_slice(values);
    out
}

/// In single precision.
pub(super) fn long(values: &[f16]) -> Vec<f32> {
    let mut out = vec![0.0; values.len()];
    values.convert_to_f32_slice(&mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_is_balanced_where_it_can_be() {
        let labels: Vec<f32> = (0..9000).map(|at| if at % 10 == 0 { 1.0 } else { 0.25 }).collect();
        let sample = Sample::draw(1, &vec![f16::ZERO; 9000], &vec![0.0; 9000], &labels, 5).expect("cells");
        assert_eq!(sample.labels.len(), SAMPLE_CELLS);
        assert_eq!(sample.labels.iter().filter(|&&label| label == 255).count(), 900);
        assert!(sample.labels.iter().all(|&label| label == 255 || label == 64));
    }
}

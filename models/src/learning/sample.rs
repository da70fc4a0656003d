//! What one click of an accepted object looked like: some cells of its field, with labels out of the accepted mask.

use limn_inference::adapt::head::uniform;

/// Cells drawn from one click's field.
pub const SAMPLE_CELLS: usize = 2048;

/// What one click of an accepted object looked like.
#[derive(Clone, Debug)]
pub struct Sample {
    /// n x channels, half precision.
    pub(super) cells: Vec<half::f16>,
    /// n logits of the frozen network.
    pub(super) base: Vec<f32>,
    /// n labels out of the accepted mask.
    pub(super) labels: Vec<bool>,
    /// How many cells of the field each drawn cell stands for: of the rest, of the object.
    pub(super) share: [f32; 2],
}

impl Sample {
    /// Draws at most [`SAMPLE_CELLS`] of the cells (n x channels, with n `base` logits and n labels): as many of the object as of
    /// the rest where there are enough. `seed` decides which. Empty fields give `None`.
    pub fn draw(channels: usize, cells: &[half::f16], base: &[f32], labels: &[bool], seed: u64) -> Option<Self> {
        let mut sides: [Vec<usize>; 2] = [Vec::new(), Vec::new()];
        for (at, &label) in labels.iter().enumerate() {
            sides[usize::from(label)].push(at);
        }
        let half = SAMPLE_CELLS / 2;
        let object = sides[1].len().min(half.max(SAMPLE_CELLS.saturating_sub(sides[0].len())));
        let rest = sides[0].len().min(SAMPLE_CELLS - object);
        let mut state = seed;
        let shares = [(sides[0].len(), rest), (sides[1].len(), object)];
        let share = shares.map(|(all, drawn)| if drawn == 0 { 0.0 } else { all as f32 / drawn as f32 });
        let mut sample = Self { cells: Vec::new(), base: Vec::new(), labels: Vec::new(), share };
        for (side, count) in sides.iter_mut().zip([rest, object]) {
            for drawn in 0..count {
                let other = drawn + (uniform(&mut state) * (side.len() - drawn) as f64) as usize;
                side.swap(drawn, other);
                let at = side[drawn];
                sample.cells.extend_from_slice(&cells[at * channels..(at + 1) * channels]);
                sample.base.push(base[at]);
                sample.labels.push(labels[at]);
            }
        }
        (!sample.base.is_empty()).then_some(sample)
    }

    /// The cells in single precision, n x channels.
    pub fn cells(&self) -> Vec<f32> {
        self.cells.iter().map(|f| f.to_f32()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_is_balanced_where_it_can_be() {
        let labels: Vec<bool> = (0..9000).map(|at| at % 10 == 0).collect();
        let sample = Sample::draw(1, &vec![half::f16::ZERO; 9000], &vec![0.0; 9000], &labels, 5).expect("cells");
        assert_eq!(sample.labels.len(), SAMPLE_CELLS);
        assert_eq!(sample.labels.iter().filter(|&&label| label).count(), 900);
    }
}

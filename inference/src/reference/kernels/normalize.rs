//! Layer, group and instance normalisation.

use rayon::prelude::*;

use super::Operand;
use crate::graph::Normalize;

/// Operands as at [`Normalize`]. Mean and variance in f64. Parallel over groups.
pub fn run(normalize: &Normalize, inputs: &[Operand<'_>], out: &mut [f32]) {
    let (x, scale) = (inputs[0], inputs[1].data);
    if out.is_empty() {
        return;
    }
    match normalize {
        Normalize::Layer { axis, epsilon, shift } => {
            let len: usize = x.shape[*axis..].iter().product();
            let shift = shift.then(|| inputs[2].data);
            out.par_chunks_mut(len).zip(x.data.par_chunks(len)).for_each(|(out, x)| {
                let (mean, factor) = moments(x, *epsilon);
                for (at, (out, x)) in out.iter_mut().zip(x).enumerate() {
                    *out = (x - mean) * factor * scale[at] + shift.map_or(0.0, |shift| shift[at]);
                }
            });
        }
        Normalize::Group { groups, epsilon } => {
            let plane: usize = x.shape[2..].iter().product();
            let per_group = x.shape[1] / groups;
            let shift = inputs[2].data;
            let len = per_group * plane;
            out.par_chunks_mut(len).zip(x.data.par_chunks(len)).enumerate().for_each(|(index, (out, x))| {
                let (mean, factor) = moments(x, *epsilon);
                let first = index % groups * per_group;
                for (at, (out, x)) in out.iter_mut().zip(x).enumerate() {
                    let channel = first + at / plane;
                    *out = (x - mean) * factor * scale[channel] + shift[channel];
                }
            });
        }
    }
}

/// The mean and 1 / sqrt(variance + epsilon).
fn moments(x: &[f32], epsilon: f32) -> (f32, f32) {
    let mean = x.iter().map(|&x| f64::from(x)).sum::<f64>() / x.len() as f64;
    let variance = x.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / x.len() as f64;
    (mean as f32, (1.0 / (variance + f64::from(epsilon)).sqrt()) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_groups_by_hand() {
        let x = Operand { shape: &[1, 2, 1, 2], data: &[1.0, 3.0, 10.0, 10.0] };
        let (scale, shift) = (Operand { shape: &[2], data: &[1.0, 2.0] }, Operand { shape: &[2], data: &[0.0, 5.0] });
        let mut out = [0.0; 4];
        run(&Normalize::Group { groups: 2, epsilon: 0.0 }, &[x, scale, shift], &mut out[..2]);
        assert_eq!(out[..2], [-1.0, 1.0]);
        run(&Normalize::Group { groups: 2, epsilon: 1e-5 }, &[x, scale, shift], &mut out);
        assert_eq!(out[2..], [5.0, 5.0]);
        let flat = Operand { shape: &[2, 2], data: &[1.0, 3.0, 2.0, 6.0] };
        run(&Normalize::Layer { axis: 1, epsilon: 0.0, shift: true }, &[flat, scale, shift], &mut out);
        assert_eq!(out, [-1.0, 7.0, -1.0, 7.0]);
    }
}

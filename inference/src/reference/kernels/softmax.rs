//! Softmax along one axis.

use rayon::prelude::*;

use super::Operand;

/// exp(x - max) / sum along `axis`, or its logarithm. Sums are kept in f64.
pub fn run(axis: usize, log: bool, x: Operand<'_>, out: &mut [f32]) {
    let extent = x.shape[axis];
    let inner: usize = x.shape[axis + 1..].iter().product();
    if out.is_empty() {
        return;
    }
    out.par_chunks_mut(extent * inner).zip(x.data.par_chunks(extent * inner)).for_each(|(out, x)| {
        for at in 0..inner {
            let elements = || x[at..].iter().step_by(inner);
            let max = elements().fold(f32::NEG_INFINITY, |max, &value| max.max(value));
            let sum: f64 = elements().map(|&value| f64::from(value - max).exp()).sum();
            for (out, &x) in out[at..].iter_mut().step_by(inner).zip(elements()) {
                let shifted = f64::from(x - max);
                *out = if log { shifted - sum.ln() } else { shifted.exp() / sum } as f32;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn along_the_middle_axis_and_without_overflow() {
        let x = Operand { shape: &[1, 2, 2], data: &[1000.0, 0.0, 1000.0, 3.0f32.ln()] };
        let mut out = [0.0; 4];
        run(1, false, x, &mut out);
        for (value, expected) in out.iter().zip([0.5, 0.25, 0.5, 0.75]) {
            // One rounding of the logarithm and one of the result.
            assert!((value - expected).abs() < 1e-6, "{out:?}");
        }
        run(1, true, x, &mut out);
        assert!((out[0] - 0.5f32.ln()).abs() < 1e-6);
    }
}

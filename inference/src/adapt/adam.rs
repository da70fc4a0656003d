//! Adam (Kingma and Ba, arXiv 1412.6980), with the usual constants.

use super::Real;

/// Decay of the mean of gradients.
pub(super) const FIRST: f64 = 0.9;
/// Decay of the mean of squared gradients.
pub(super) const SECOND: f64 = 0.999;
/// Keeps the step finite where no gradient ever was.
pub(super) const GUARD: f64 = 1e-8;

/// State of the optimiser for one parameter vector.
#[derive(Clone, Debug)]
pub struct Adam<T> {
    pub(super) rate: T,
    pub(super) step: i32,
    pub(super) mean: Vec<T>,
    pub(super) square: Vec<T>,
}

impl<T: Real> Adam<T> {
    /// A fresh optimiser for `len` parameters with learning rate `rate`.
    pub fn new(len: usize, rate: f64) -> Self {
        Self { rate: T::of(rate), step: 0, mean: vec![T::ZERO; len], square: vec![T::ZERO; len] }
    }

    /// Moves `theta` one step against `gradient`.
    pub fn step(&mut self, theta: &mut [T], gradient: &[T]) {
        self.step += 1;
        let (b1, b2) = (T::of(FIRST), T::of(SECOND));
        let first = T::of(1.0 - FIRST.powi(self.step));
        let second = T::of(1.0 - SECOND.powi(self.step));
        let moments = self.mean.iter_mut().zip(&mut self.square);
        for ((value, &g), (m, v)) in theta.iter_mut().zip(gradient).zip(moments) {
            *m = b1 * *m + (T::ONE - b1) * g;
            *v = b2 * *v + (T::ONE - b2) * g * g;
            *value = *value - self.rate * (*m / first) / ((*v / second).sqrt() + T::of(GUARD));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_step_has_the_length_of_the_rate() {
        let mut theta = [1.0f64, -2.0, 3.0];
        Adam::new(3, 0.1).step(&mut theta, &[0.5, -4.0, 0.0]);
        // m/sqrt(v) is the sign of the gradient at the first step; 1e-8 is Adam's own guard against division by zero.
        for (got, expected) in theta.iter().zip([0.9, -1.9, 3.0]) {
            assert!((got - expected).abs() < 1e-7, "{got} {expected}");
        }
    }

    #[test]
    fn a_parabola_is_descended() {
        let mut theta = [3.0f32];
        let mut adam = Adam::new(1, 0.1);
        for _ in 0..200 {
            let gradient = [2.0 * (theta[0] - 1.0)];
            adam.step(&mut theta, &gradient);
        }
        assert!((theta[0] - 1.0).abs() < 0.05, "{}", theta[0]);
    }
}

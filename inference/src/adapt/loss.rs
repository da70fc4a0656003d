//! Losses on the head's answer. Each adds its gradient by the answer `y` to `dy` and returns its value.
//!
//! `p = sigmoid(base + y)`, where `base` is the frozen network's mask logit at the cell.

use super::Real;

/// `mean (1-p)^2` over positive cells plus `mean p^2` over negative cells: the clicked places come out right
/// (the data term of f-BRS, arXiv 2001.10331). `cells` are indices into `base` and `y`.
pub fn clicks<T: Real>(base: &[T], y: &[T], positive: &[usize], negative: &[usize], dy: &mut [T]) -> T {
    let mut value = T::ZERO;
    for (cells, wanted) in [(positive, T::ONE), (negative, T::ZERO)] {
        if cells.is_empty() {
            continue;
        }
        let share = T::ONE / T::of(cells.len() as f64);
        for &at in cells {
            let p = (base[at] + y[at]).sigmoid();
            let error = p - wanted;
            value += share * error * error;
            dy[at] += share * T::of(2.0) * error * p * (T::ONE - p);
        }
    }
    value
}

/// `weight x mean (p - kept)^2` over `cells`: what is far from the clicks stays as it was. `kept` are probabilities.
pub fn keep<T: Real>(base: &[T], y: &[T], kept: &[T], cells: &[usize], weight: T, dy: &mut [T]) -> T {
    if cells.is_empty() {
        return T::ZERO;
    }
    let share = weight / T::of(cells.len() as f64);
    let mut value = T::ZERO;
    for &at in cells {
        let p = (base[at] + y[at]).sigmoid();
        let error = p - kept[at];
        value += share * error * error;
        dy[at] += share * T::of(2.0) * error * p * (T::ONE - p);
    }
    value
}

/// Binary cross entropy of `base + y` against `labels`, averaged with `weights` (which count as constants).
pub fn cross_entropy<T: Real>(base: &[T], y: &[T], labels: &[bool], weights: &[T], dy: &mut [T]) -> T {
    let total: T = weights.iter().copied().sum::<T>().max(T::of(1e-12));
    let mut value = T::ZERO;
    for at in 0..labels.len() {
        let logit = base[at] + y[at];
        let share = weights[at] / total;
        let target = if labels[at] { T::ONE } else { T::ZERO };
        value += share * (logit.softplus() - target * logit);
        dy[at] += share * (logit.sigmoid() - target);
    }
    value
}

/// Focal weights (arXiv 1708.02002) `floor + (1 - p_true)^2`: cells that are wrong count most, but the others count.
pub fn focal_weights<T: Real>(base: &[T], y: &[T], labels: &[bool], floor: T, weights: &mut Vec<T>) {
    weights.clear();
    weights.extend(labels.iter().enumerate().map(|(at, &label)| {
        let p = (base[at] + y[at]).sigmoid();
        let miss = if label { T::ONE - p } else { p };
        floor + miss * miss
    }));
}

/// `weight x |theta - origin|^2`; its gradient goes to `gradient`.
pub fn anchor<T: Real>(theta: &[T], origin: &[T], weight: T, gradient: &mut [T]) -> T {
    let mut value = T::ZERO;
    for ((&now, &then), slope) in theta.iter().zip(origin).zip(gradient) {
        let moved = now - then;
        value += weight * moved * moved;
        *slope += weight * T::of(2.0) * moved;
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: [f64; 6] = [-2.0, 0.3, 1.5, -0.2, 4.0, -6.0];
    const Y: [f64; 6] = [0.4, -1.0, 0.2, 0.9, -3.5, 2.0];

    fn check(loss: impl Fn(&[f64], &mut [f64]) -> f64) {
        let mut gradient = [0.0; 6];
        loss(&Y, &mut gradient);
        for at in 0..6 {
            let (mut more, mut less) = (Y, Y);
            more[at] += 1e-6;
            less[at] -= 1e-6;
            let numeric = (loss(&more, &mut [0.0; 6]) - loss(&less, &mut [0.0; 6])) / 2e-6;
            // Half the digits of f64 are what central differences can show.
            assert!((numeric - gradient[at]).abs() < 1e-7, "{at}: {numeric} {}", gradient[at]);
        }
    }

    #[test]
    fn click_gradient() {
        check(|y, dy| clicks(&BASE, y, &[0, 2, 4], &[1, 5], dy));
        check(|y, dy| clicks(&BASE, y, &[3], &[], dy));
    }

    #[test]
    fn keep_gradient() {
        check(|y, dy| keep(&BASE, y, &[0.1, 0.9, 0.5, 0.2, 0.7, 0.0], &[0, 1, 3, 5], 3.0, dy));
    }

    #[test]
    fn cross_entropy_gradient() {
        let labels = [true, false, true, true, false, false];
        check(|y, dy| cross_entropy(&BASE, y, &labels, &[1.0, 0.2, 0.5, 2.0, 1.0, 0.1], dy));
    }

    #[test]
    fn cross_entropy_stands_far_logits() {
        let mut dy = [0.0f32; 2];
        let value = cross_entropy(&[500.0, -500.0], &[0.0, 0.0], &[false, true], &[1.0, 1.0], &mut dy);
        assert_eq!((value, dy), (500.0, [0.5, -0.5]));
    }

    #[test]
    fn anchor_gradient() {
        check(|theta, dy| anchor(theta, &BASE, 0.7, dy));
    }

    #[test]
    fn what_is_wrong_weighs_more() {
        let mut weights = Vec::new();
        focal_weights(&[5.0f64, 5.0], &[0.0, 0.0], &[true, false], 0.05, &mut weights);
        assert!(weights[1] > 10.0 * weights[0]);
    }
}

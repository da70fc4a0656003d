//! The adaptation head: per-channel scale and shift, a linear layer to a few hidden values, ReLU, a linear layer to one.
//!
//! `y = w2 . relu(W1 (s * f + b) + b1) + b2` for every feature cell `f`. The last layer starts at zero, so a new head says
//! nothing. Scale and shift are folded into the first layer for the passes over the cells:
//! `W1 (s * f + b) + b1 = (W1 diag(s)) f + (b1 + W1 b)`, which keeps both passes at `cells x channels x hidden` multiplications.

use super::Real;

/// Size of a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeadShape {
    /// Channels of a feature cell.
    pub channels: usize,
    /// Hidden values.
    pub hidden: usize,
}

impl HeadShape {
    /// Number of parameters.
    pub fn len(self) -> usize {
        2 * self.channels + self.hidden * self.channels + 2 * self.hidden + 1
    }

    /// Whether there are no parameters at all: never.
    pub fn is_empty(self) -> bool {
        false
    }

    pub(super) fn w1(self) -> usize {
        2 * self.channels
    }
    pub(super) fn b1(self) -> usize {
        self.w1() + self.hidden * self.channels
    }
    pub(super) fn w2(self) -> usize {
        self.b1() + self.hidden
    }
    pub(super) fn b2(self) -> usize {
        self.w2() + self.hidden
    }

    /// Where the parameters of the last layer (`w2`, `b2`) stand in the flat vector.
    pub fn last_layer(self) -> std::ops::Range<usize> {
        self.w2()..self.len()
    }
}

/// The parameters, flat: scale (channels), shift (channels), W1 (hidden x channels), b1 (hidden), w2 (hidden), b2 (1).
#[derive(Clone, Debug, PartialEq)]
pub struct Head<T> {
    /// Size.
    pub shape: HeadShape,
    /// All parameters.
    pub theta: Vec<T>,
}

/// The first layer with scale and shift folded in.
struct Folded<T> {
    /// hidden x channels.
    weights: Vec<T>,
    /// hidden.
    bias: Vec<T>,
}

impl<T: Real> Head<T> {
    /// A head that answers zero everywhere. Its first layer is drawn by a fixed generator (He initialisation), so that
    /// two new heads are equal.
    pub fn new(shape: HeadShape) -> Self {
        let mut theta = vec![T::ZERO; shape.len()];
        theta[..shape.channels].fill(T::ONE);
        let mut state = 0x9E37_79B9_7F4A_7C15_u64;
        let spread = (2.0 / shape.channels as f64).sqrt() * 3f64.sqrt();
        for weight in &mut theta[shape.w1()..shape.b1()] {
            *weight = T::of((uniform(&mut state) * 2.0 - 1.0) * spread);
        }
        Self { shape, theta }
    }

    fn folded(&self) -> Folded<T> {
        let HeadShape { channels, hidden } = self.shape;
        let (scale, shift) = (&self.theta[..channels], &self.theta[channels..2 * channels]);
        let w1 = &self.theta[self.shape.w1()..self.shape.b1()];
        let b1 = &self.theta[self.shape.b1()..self.shape.w2()];
        let mut weights = w1.to_vec();
        let mut bias = b1.to_vec();
        for j in 0..hidden {
            for c in 0..channels {
                bias[j] += w1[j * channels + c] * shift[c];
                weights[j * channels + c] = w1[j * channels + c] * scale[c];
            }
        }
        Folded { weights, bias }
    }

    /// The head's answer for `cells` (n x channels, a cell after the other) into `y` (n), and the hidden values after ReLU
    /// into `hidden` (n x hidden), which the backward pass wants.
    pub fn forward(&self, cells: &[T], y: &mut Vec<T>, hidden: &mut Vec<T>) {
        let channels = self.shape.channels;
        let folded = self.folded();
        let (w2, b2) = (&self.theta[self.shape.w2()..self.shape.b2()], self.theta[self.shape.b2()]);
        y.clear();
        hidden.clear();
        for cell in cells.chunks_exact(channels) {
            let mut answer = b2;
            for (j, &w2) in w2.iter().enumerate() {
                let value =
                    (folded.bias[j] + dot(&folded.weights[j * channels..(j + 1) * channels], cell)).max(T::ZERO);
                hidden.push(value);
                answer += w2 * value;
            }
            y.push(answer);
        }
    }

    /// Adds to `gradient` (flat, as `theta`) what the loss's gradient `dy` (n) by the answers means for the parameters.
    pub fn backward(&self, cells: &[T], hidden: &[T], dy: &[T], gradient: &mut [T]) {
        let HeadShape { channels, hidden: width } = self.shape;
        let shape = self.shape;
        let mut weights = vec![T::ZERO; width * channels];
        let mut bias = vec![T::ZERO; width];
        for ((cell, values), &slope) in cells.chunks_exact(channels).zip(hidden.chunks_exact(width)).zip(dy) {
            if slope == T::ZERO {
                continue;
            }
            gradient[shape.b2()] += slope;
            for (j, &value) in values.iter().enumerate() {
                gradient[shape.w2() + j] += slope * value;
                if value > T::ZERO {
                    let by_hidden = slope * self.theta[shape.w2() + j];
                    bias[j] += by_hidden;
                    for (sum, &f) in weights[j * channels..(j + 1) * channels].iter_mut().zip(cell) {
                        *sum += by_hidden * f;
                    }
                }
            }
        }
        // From the folded layer back to scale, shift, W1 and b1.
        for j in 0..width {
            gradient[shape.b1() + j] += bias[j];
            for c in 0..channels {
                let w1 = self.theta[shape.w1() + j * channels + c];
                gradient[c] += weights[j * channels + c] * w1;
                gradient[channels + c] += bias[j] * w1;
                gradient[shape.w1() + j * channels + c] +=
                    weights[j * channels + c] * self.theta[c] + bias[j] * self.theta[channels + c];
            }
        }
    }
}

/// Dot product in eight lanes, so that the order of additions is fixed and the compiler may use vector registers.
fn dot<T: Real>(a: &[T], b: &[T]) -> T {
    let mut lanes = [T::ZERO; 8];
    let (a8, b8) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: T = a8.remainder().iter().zip(b8.remainder()).map(|(&x, &y)| x * y).sum();
    for (x, y) in a8.zip(b8) {
        for lane in 0..8 {
            lanes[lane] += x[lane] * y[lane];
        }
    }
    lanes.into_iter().sum::<T>() + rest
}

/// The next number in [0, 1) of a splitmix64 sequence.
pub fn uniform(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: HeadShape = HeadShape { channels: 11, hidden: 5 };

    /// A head whose every parameter differs from its start, and cells to feed it.
    fn busy() -> (Head<f64>, Vec<f64>) {
        let mut head = Head::<f64>::new(SHAPE);
        let mut state = 7;
        for value in &mut head.theta {
            *value += uniform(&mut state) - 0.5;
        }
        let cells = (0..13 * SHAPE.channels).map(|_| uniform(&mut state) * 4.0 - 2.0).collect();
        (head, cells)
    }

    #[test]
    fn a_new_head_answers_zero() {
        let (mut y, mut hidden) = (Vec::new(), Vec::new());
        Head::<f32>::new(SHAPE).forward(&[1.5; 4 * 11], &mut y, &mut hidden);
        assert_eq!(y, [0.0; 4]);
        assert!(hidden.iter().any(|&value| value > 0.0), "a dead first layer could never learn");
    }

    #[test]
    fn folding_changes_nothing() {
        let (head, cells) = busy();
        let (mut y, mut hidden) = (Vec::new(), Vec::new());
        head.forward(&cells, &mut y, &mut hidden);
        let t = &head.theta;
        for (cell, got) in cells.chunks_exact(11).zip(&y) {
            let z: Vec<f64> = (0..11).map(|c| t[c] * cell[c] + t[11 + c]).collect();
            let mut expected = t[SHAPE.b2()];
            for j in 0..5 {
                let sum: f64 = (0..11).map(|c| t[SHAPE.w1() + j * 11 + c] * z[c]).sum::<f64>() + t[SHAPE.b1() + j];
                expected += t[SHAPE.w2() + j] * sum.max(0.0);
            }
            assert!((expected - got).abs() < 1e-12, "{expected} {got}");
        }
    }

    /// Central differences of `sum(k * y)` for every parameter.
    #[test]
    fn gradients_agree_with_finite_differences() {
        let (head, cells) = busy();
        let (mut y, mut hidden) = (Vec::new(), Vec::new());
        let weights: Vec<f64> = (0..13).map(|k| f64::from(k) * 0.3 - 1.7).collect();
        head.forward(&cells, &mut y, &mut hidden);
        let mut gradient = vec![0.0; SHAPE.len()];
        head.backward(&cells, &hidden, &weights, &mut gradient);
        let value = |head: &Head<f64>| {
            let (mut y, mut hidden) = (Vec::new(), Vec::new());
            head.forward(&cells, &mut y, &mut hidden);
            y.iter().zip(&weights).map(|(y, k)| y * k).sum::<f64>()
        };
        for (at, gradient) in gradient.into_iter().enumerate() {
            let step = 1e-6;
            let (mut more, mut less) = (head.clone(), head.clone());
            more.theta[at] += step;
            less.theta[at] -= step;
            let numeric = (value(&more) - value(&less)) / (2.0 * step);
            // Central differences lose about half the digits of f64: 1e-6 relative is what they can show.
            assert!((numeric - gradient).abs() <= 1e-6 * (1.0 + numeric.abs()), "{at}: {numeric} {gradient}");
        }
    }
}

//! What each cell's answer should become, as a loss and its gradient by the head's output.
//!
//! `p = sigmoid(base + y)`, where `base` is the frozen network's mask logit at the cell and `y` the head's output.

use super::Real;

/// What a goal asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GoalKind {
    /// `weight x (p - wanted)^2`, asked for by a click. With a weight of one divided by the number of positive (negative)
    /// cells this is the data term of f-BRS (arXiv 2001.10331): `mean (1-p)^2` over positive disks plus `mean p^2` over
    /// negative ones. These terms are what [`enough`](super::TrainOptions::enough) looks at.
    Click,
    /// `weight x (p - wanted)^2`, asked for so that what is far from the clicks stays as it was.
    Keep,
    /// Binary cross entropy of `base + y` against `wanted`, out of an accepted mask. The labels of a batch are averaged with
    /// the focal weights (arXiv 1708.02002) `weight x (floor + (p - wanted)^2)`, which count as constants in the gradient:
    /// cells that are wrong count most, but the others count.
    Label,
}

/// What one cell's answer should become.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Goal {
    /// How the distance is measured.
    pub kind: GoalKind,
    /// How much it counts.
    pub weight: f32,
    /// The probability that is wanted, 0 to 1.
    pub wanted: f32,
}

impl Goal {
    /// A cell near a click, one of `count` of its sign.
    #[must_use]
    pub fn click(positive: bool, count: usize) -> Self {
        Self { kind: GoalKind::Click, weight: 1.0 / count.max(1) as f32, wanted: f32::from(u8::from(positive)) }
    }

    /// A cell that should stay at `probability`, one of `count` that weigh `weight` together.
    #[must_use]
    pub fn keep(probability: f32, weight: f32, count: usize) -> Self {
        Self { kind: GoalKind::Keep, weight: weight / count.max(1) as f32, wanted: probability }
    }

    /// A cell of an accepted mask.
    #[must_use]
    pub fn label(object: bool) -> Self {
        Self { kind: GoalKind::Label, weight: 1.0, wanted: f32::from(u8::from(object)) }
    }
}

/// The loss of a batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Loss<T> {
    /// All goals.
    pub value: T,
    /// The part of [`GoalKind::Click`].
    pub asked: T,
}

/// The weight of every goal in the loss of its batch at the present answers `y`. Of labels: focal, and divided by their sum.
pub fn weigh<T: Real>(base: &[T], y: &[T], goals: &[Goal], floor: f32, weights: &mut Vec<T>) {
    weights.clear();
    let mut total = T::ZERO;
    for ((goal, &base), &y) in goals.iter().zip(base).zip(y) {
        let mut weight = T::of(f64::from(goal.weight));
        if goal.kind == GoalKind::Label {
            let miss = (base + y).sigmoid() - T::of(f64::from(goal.wanted));
            weight = weight * (T::of(f64::from(floor)) + miss * miss);
            total += weight;
        }
        weights.push(weight);
    }
    let total = total.max(T::of(1e-12));
    for (weight, goal) in weights.iter_mut().zip(goals) {
        if goal.kind == GoalKind::Label {
            *weight = *weight / total;
        }
    }
}

/// The loss of a batch whose goals have these [weights](weigh); `dy` is set to its gradient by `y`, times `share`.
pub fn loss<T: Real>(base: &[T], y: &[T], goals: &[Goal], weights: &[T], share: T, dy: &mut Vec<T>) -> Loss<T> {
    dy.clear();
    let mut loss = Loss { value: T::ZERO, asked: T::ZERO };
    for (((goal, &weight), &base), &y) in goals.iter().zip(weights).zip(base).zip(y) {
        let logit = base + y;
        let wanted = T::of(f64::from(goal.wanted));
        let p = logit.sigmoid();
        let (value, slope) = match goal.kind {
            GoalKind::Label => (logit.softplus() - wanted * logit, p - wanted),
            GoalKind::Click | GoalKind::Keep => {
                ((p - wanted) * (p - wanted), T::of(2.0) * (p - wanted) * p * (T::ONE - p))
            }
        };
        loss.value += weight * value;
        if goal.kind == GoalKind::Click {
            loss.asked += weight * value;
        }
        dy.push(share * weight * slope);
    }
    loss
}

/// `weight x |theta - origin|^2`: its gradient is added to `gradient`.
pub fn anchor<T: Real>(theta: &[T], origin: &[T], weight: T, gradient: &mut [T]) {
    for ((&now, &then), slope) in theta.iter().zip(origin).zip(gradient) {
        *slope += weight * T::of(2.0) * (now - then);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: [f64; 6] = [-2.0, 0.3, 1.5, -0.2, 4.0, -6.0];
    const Y: [f64; 6] = [0.4, -1.0, 0.2, 0.9, -3.5, 2.0];

    /// Central differences of the loss by every answer, the weights held as they are at `Y`.
    fn check(goals: &[Goal]) {
        let (mut weights, mut dy, mut scrap) = (Vec::new(), Vec::new(), Vec::new());
        weigh(&BASE, &Y, goals, 0.05, &mut weights);
        loss(&BASE, &Y, goals, &weights, 1.0, &mut dy);
        for at in 0..goals.len() {
            let (mut more, mut less) = (Y, Y);
            more[at] += 1e-6;
            less[at] -= 1e-6;
            let mut value = |y: &[f64]| loss(&BASE, y, goals, &weights, 1.0, &mut scrap).value;
            let numeric = (value(&more) - value(&less)) / 2e-6;
            // Half the digits of f64 are what central differences can show.
            assert!((numeric - dy[at]).abs() < 1e-7, "{at}: {numeric} {}", dy[at]);
        }
    }

    #[test]
    fn gradients_agree_with_finite_differences() {
        check(&[true, false, true, false, true, false].map(|positive| Goal::click(positive, 3)));
        check(&[0.1, 0.9, 0.5, 0.2, 0.7, 0.0].map(|p| Goal::keep(p, 3.0, 6)));
        check(&[true, false, true, true, false, false].map(Goal::label));
    }

    #[test]
    fn clicks_are_the_mean_over_each_sign() {
        let goals = [Goal::click(true, 2), Goal::click(true, 2), Goal::click(false, 1), Goal::keep(0.5, 3.0, 1)];
        let (mut weights, mut dy) = (Vec::new(), Vec::new());
        let (base, y) = ([0.0f64, 100.0, 0.0, 100.0], [0.0; 4]);
        weigh(&base, &y, &goals, 0.05, &mut weights);
        let loss = loss(&base, &y, &goals, &weights, 1.0, &mut dy);
        // (0.25 + 0) / 2 + 0.25 asked, 3 x 0.25 kept: exact in f64 but for the sigmoid of 100.
        assert!((loss.asked - 0.375).abs() < 1e-12 && (loss.value - 1.125).abs() < 1e-12, "{loss:?}");
    }

    #[test]
    fn labels_stand_far_logits() {
        let (mut weights, mut dy) = (Vec::new(), Vec::new());
        let goals = [Goal::label(false), Goal::label(true)];
        weigh(&[500.0f32, -500.0], &[0.0; 2], &goals, 0.0, &mut weights);
        let loss = loss(&[500.0, -500.0], &[0.0; 2], &goals, &weights, 1.0, &mut dy);
        assert_eq!((loss.value, dy.as_slice()), (500.0, [0.5, -0.5].as_slice()));
    }

    #[test]
    fn what_is_wrong_weighs_more() {
        let mut weights = Vec::new();
        weigh(&[5.0f64, 5.0], &[0.0, 0.0], &[Goal::label(true), Goal::label(false)], 0.05, &mut weights);
        assert!(weights[1] > 10.0 * weights[0]);
        assert!((weights[0] + weights[1] - 1.0).abs() < 1e-12);
    }
}

//! Functions of one, two and three operands, element by element.

use rayon::prelude::*;

use super::{Operand, broadcast_strides, offset_of};
use crate::graph::{Activation, Binary, Unary};

/// Elements per task: enough to pay for handing it out.
const CHUNK: usize = 16_384;

/// Applies an activation in place.
pub fn activate(activation: Activation, values: &mut [f32]) {
    if activation != Activation::None {
        for value in values {
            *value = activated(activation, *value);
        }
    }
}

/// An activation of one number.
#[must_use]
pub fn activated(activation: Activation, x: f32) -> f32 {
    match activation {
        Activation::None => x,
        Activation::Relu => x.max(0.0),
        Activation::Clip { min, max } => x.max(min).min(max),
        Activation::LeakyRelu { alpha } => {
            if x < 0.0 {
                alpha * x
            } else {
                x
            }
        }
        Activation::Sigmoid => sigmoid(x),
        Activation::HardSigmoid { alpha, beta } => (alpha * x + beta).clamp(0.0, 1.0),
        Activation::HardSwish => x * (x / 6.0 + 0.5).clamp(0.0, 1.0),
        Activation::Silu => x * sigmoid(x),
    }
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// A function of one operand.
pub fn unary(function: Unary, x: &[f32], out: &mut [f32]) {
    out.par_chunks_mut(CHUNK).zip(x.par_chunks(CHUNK)).for_each(|(out, x)| {
        for (out, &x) in out.iter_mut().zip(x) {
            *out = unary_of(function, x);
        }
    });
}

/// A function of one number.
#[must_use]
pub fn unary_of(function: Unary, x: f32) -> f32 {
    match function {
        Unary::Activation(activation) => activated(activation, x),
        Unary::Abs => x.abs(),
        Unary::Ceil => x.ceil(),
        Unary::Erf => erf(f64::from(x)) as f32,
        Unary::Exp => x.exp(),
        Unary::Floor => x.floor(),
        Unary::Gelu { tanh: false } => x * (0.5 + 0.5 * erf(f64::from(x) * std::f64::consts::FRAC_1_SQRT_2) as f32),
        Unary::Gelu { tanh: true } => {
            let inner = (2.0 / std::f32::consts::PI).sqrt() * (x + 0.044_715 * x * x * x);
            0.5 * x * (1.0 + inner.tanh())
        }
        Unary::Log => x.ln(),
        Unary::Neg => -x,
        Unary::Not => f32::from(u8::from(x == 0.0)),
        Unary::Reciprocal => 1.0 / x,
        Unary::Round => x.round_ties_even(),
        Unary::Sign => {
            if x == 0.0 {
                0.0
            } else {
                x.signum()
            }
        }
        Unary::Softplus => x.max(0.0) + (-x.abs()).exp().ln_1p(),
        Unary::Sqrt => x.sqrt(),
        Unary::Tanh => x.tanh(),
        Unary::Elu { alpha } => {
            if x < 0.0 {
                alpha * x.exp_m1()
            } else {
                x
            }
        }
        Unary::Truncate => x.trunc(),
    }
}

/// Abramowitz & Stegun 7.1.26; off by at most 1.5e-7.
fn erf(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.327_591_1 * x.abs());
    let series = [1.061_405_429, -1.453_152_027, 1.421_413_741, -0.284_496_736, 0.254_829_592];
    let polynomial = series.iter().fold(0.0, |sum, factor| sum * t + factor) * t;
    (1.0 - polynomial * (-x * x).exp()).copysign(x)
}

/// A function of two operands, broadcast to `out_shape`.
pub fn binary(function: Binary, a: Operand<'_>, b: Operand<'_>, out_shape: &[usize], out: &mut [f32]) {
    let truth = |value: bool| f32::from(u8::from(value));
    match function {
        Binary::Add => zip(a, b, out_shape, out, |a, b| a + b),
        Binary::Sub => zip(a, b, out_shape, out, |a, b| a - b),
        Binary::Mul => zip(a, b, out_shape, out, |a, b| a * b),
        Binary::Div => zip(a, b, out_shape, out, |a, b| a / b),
        Binary::Pow => zip(a, b, out_shape, out, f32::powf),
        Binary::Min => zip(a, b, out_shape, out, f32::min),
        Binary::Max => zip(a, b, out_shape, out, f32::max),
        Binary::PRelu => zip(a, b, out_shape, out, |a, b| if a < 0.0 { a * b } else { a }),
        Binary::Less => zip(a, b, out_shape, out, |a, b| truth(a < b)),
        Binary::LessOrEqual => zip(a, b, out_shape, out, |a, b| truth(a <= b)),
        Binary::Greater => zip(a, b, out_shape, out, |a, b| truth(a > b)),
        Binary::GreaterOrEqual => zip(a, b, out_shape, out, |a, b| truth(a >= b)),
        Binary::Equal => zip(a, b, out_shape, out, |a, b| truth(a == b)),
        Binary::And => zip(a, b, out_shape, out, |a, b| truth(a != 0.0 && b != 0.0)),
        Binary::Or => zip(a, b, out_shape, out, |a, b| truth(a != 0.0 || b != 0.0)),
        Binary::Xor => zip(a, b, out_shape, out, |a, b| truth((a != 0.0) != (b != 0.0))),
    }
}

fn zip(
    a: Operand<'_>,
    b: Operand<'_>,
    out_shape: &[usize],
    out: &mut [f32],
    function: impl Fn(f32, f32) -> f32 + Sync,
) {
    if a.shape == out_shape && b.shape == out_shape {
        out.par_chunks_mut(CHUNK).zip(a.data.par_chunks(CHUNK)).zip(b.data.par_chunks(CHUNK)).for_each(
            |((out, a), b)| {
                for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
                    *out = function(a, b);
                }
            },
        );
        return;
    }
    let width = out_shape.last().copied().unwrap_or(1);
    if out.is_empty() {
        return;
    }
    let (a_strides, b_strides) = (broadcast_strides(a.shape, out_shape), broadcast_strides(b.shape, out_shape));
    let (a_step, b_step) = (a_strides.last().copied().unwrap_or(0), b_strides.last().copied().unwrap_or(0));
    out.par_chunks_mut(width).enumerate().for_each(|(row, out)| {
        let a = &a.data[offset_of(row * width, out_shape, &a_strides)..];
        let b = &b.data[offset_of(row * width, out_shape, &b_strides)..];
        for (x, out) in out.iter_mut().enumerate() {
            *out = function(a[x * a_step], b[x * b_step]);
        }
    });
}

/// a where the condition is not 0, else b; broadcast to `out_shape`.
pub fn select(condition: Operand<'_>, a: Operand<'_>, b: Operand<'_>, out_shape: &[usize], out: &mut [f32]) {
    let strides = [condition.shape, a.shape, b.shape].map(|shape| broadcast_strides(shape, out_shape));
    out.par_iter_mut().enumerate().for_each(|(index, out)| {
        let [c, a_at, b_at] = [0, 1, 2].map(|operand| offset_of(index, out_shape, &strides[operand]));
        *out = if condition.data[c] != 0.0 { a.data[a_at] } else { b.data[b_at] };
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn activations_by_hand() {
        let at = |activation, x| activated(activation, x);
        assert_eq!(at(Activation::Relu, -1.0), 0.0);
        assert_eq!(at(Activation::Clip { min: 0.0, max: 6.0 }, 7.0), 6.0);
        assert_eq!(at(Activation::LeakyRelu { alpha: 0.25 }, -4.0), -1.0);
        assert_eq!(at(Activation::Sigmoid, 0.0), 0.5);
        assert_eq!(at(Activation::HardSigmoid { alpha: 0.2, beta: 0.5 }, 1.0), 0.7);
        assert_eq!(at(Activation::HardSwish, 3.0), 3.0);
        assert_eq!(at(Activation::HardSwish, -3.0), 0.0);
        assert!((at(Activation::Silu, 1.0) - 0.731_058_6).abs() < 1e-6);
    }

    #[test]
    fn functions_by_hand() {
        assert_eq!(unary_of(Unary::Round, 2.5), 2.0, "halves to even");
        assert_eq!(unary_of(Unary::Sign, -0.0), 0.0);
        // erf(1) and Phi(1) from tables; the series is good to 1.5e-7.
        assert!((unary_of(Unary::Erf, 1.0) - 0.842_700_8).abs() < 3e-7);
        assert!((unary_of(Unary::Gelu { tanh: false }, 1.0) - 0.841_344_7).abs() < 3e-7);
        assert!((unary_of(Unary::Softplus, 100.0) - 100.0).abs() < 1e-5, "no overflow");
    }

    #[test]
    fn broadcasting_by_hand() {
        let a = Operand { shape: &[2, 2], data: &[1.0, 2.0, 3.0, 4.0] };
        let b = Operand { shape: &[2, 1], data: &[10.0, 20.0] };
        let mut out = [0.0; 4];
        binary(Binary::Add, a, b, &[2, 2], &mut out);
        assert_eq!(out, [11.0, 12.0, 23.0, 24.0]);
        let scalar = Operand { shape: &[], data: &[2.0] };
        binary(Binary::Less, a, scalar, &[2, 2], &mut out);
        assert_eq!(out, [1.0, 0.0, 0.0, 0.0]);
        let condition = Operand { shape: &[2], data: &[1.0, 0.0] };
        select(condition, a, scalar, &[2, 2], &mut out);
        assert_eq!(out, [1.0, 2.0, 3.0, 2.0]);
    }
}

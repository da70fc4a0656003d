//! How much an operator does.

use super::Op;

/// Multiply-adds of an operator with operands of these shapes, or what its movement costs in their place.
#[must_use]
pub fn of(op: &Op, operands: &[&[usize]], output: &[usize]) -> u64 {
    let len = |shape: &[usize]| shape.iter().fold(1u64, |len, &extent| len.saturating_mul(extent as u64));
    let out = len(output);
    let operand = |index: usize| operands.get(index).copied().unwrap_or_default();
    match op {
        Op::Conv(_) => out.saturating_mul(len(operand(1).get(1..).unwrap_or_default())),
        // Each element of the operand is spread over a window of every channel of its group.
        Op::ConvTranspose(_) => len(operand(0)).saturating_mul(len(operand(1).get(1..).unwrap_or_default())),
        Op::MatMul(_) => out.saturating_mul(operand(0).iter().rev().take(2).max().map_or(1, |&extent| extent as u64)),
        Op::Pool(pool) => {
            let [height, width] = [2, 3].map(|axis| operand(0).get(axis).copied().unwrap_or(1));
            out.saturating_mul((pool.kernel[0].min(height) * pool.kernel[1].min(width)) as u64)
        }
        Op::TopK(_) => len(operand(0)).saturating_mul(32),
        _ => operands.iter().fold(out, |sum, shape| sum.saturating_add(len(shape))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{Pool, PoolKind};

    #[test]
    fn a_window_counts_as_far_as_there_is_something_in_it() {
        let kernel = [1 << 14, 1 << 14];
        let pool = Pool { kind: PoolKind::Max, kernel, strides: [1, 1], pads: [0; 4], dilations: [1, 1] };
        assert_eq!(of(&Op::Pool(pool), &[&[1, 1, 4, 5]], &[1, 1, 10, 10]), 100 * 20);
        assert_eq!(of(&Op::Reshape, &[&[usize::MAX, 2]], &[2]), u64::MAX);
    }
}

//! Operators on constants, computed while the graph is built.
//!
//! Floats go through the reference kernels. Integers (arithmetic on shapes) are computed exactly here.

use std::sync::Arc;

use super::{Binary, Constant, Data, Element, Op, ReduceKind, Unary};
use crate::reference::kernels::movement::{self, FromF32};
use crate::reference::kernels::{self, Operand, broadcast_strides, offset_of};

/// The result, or `None` where it must be computed at run time. The caller vouches for the size of the work.
#[must_use]
pub fn evaluate(op: &Op, inputs: &[&Constant], shape: &[usize], element: Element) -> Option<Constant> {
    let len: usize = shape.iter().product();
    if inputs.iter().all(|constant| constant.element() == Element::I64) {
        return integers(op, inputs, shape, len);
    }
    if is_movement(op) && inputs.iter().all(|constant| constant.element() == Element::Bool) {
        let moved = moved(op, inputs, shape, len, |constant| match &constant.data {
            Data::Bool(data) => data,
            _ => &[],
        });
        return Some(Constant::bool(shape, moved));
    }
    if matches!(op, Op::Select) && element == Element::I64 {
        return select_integers(inputs, shape, len);
    }
    let floats: Vec<Arc<[f32]>> = inputs.iter().map(|constant| constant.to_f32()).collect();
    let operands: Vec<Operand<'_>> =
        floats.iter().zip(inputs).map(|(data, constant)| Operand { shape: &constant.shape, data }).collect();
    let mut out = vec![0.0; len];
    kernels::run(op, &operands, shape, &mut out);
    Some(match element {
        Element::F32 => Constant::f32(shape, out),
        Element::I64 => Constant::i64(shape, out.into_iter().map(|value| value as i64).collect::<Vec<_>>()),
        Element::Bool => Constant::bool(shape, out.into_iter().map(|value| value != 0.0).collect::<Vec<_>>()),
    })
}

fn is_movement(op: &Op) -> bool {
    matches!(
        op,
        Op::Concat { .. }
            | Op::Slice(_)
            | Op::Pad(_)
            | Op::Transpose { .. }
            | Op::Reshape
            | Op::Expand
            | Op::Tile { .. }
            | Op::Gather(_)
            | Op::DepthToSpace { .. }
    )
}

fn moved<'a, T: Copy + Default + FromF32 + 'a>(
    op: &Op,
    inputs: &[&'a Constant],
    shape: &[usize],
    len: usize,
    data: impl Fn(&'a Constant) -> &'a [T],
) -> Vec<T> {
    let operands: Vec<Operand<'_, T>> =
        inputs.iter().map(|constant| Operand { shape: &constant.shape, data: data(constant) }).collect();
    let mut out = vec![T::default(); len];
    movement::run(op, &operands, shape, &mut out);
    out
}

fn integers(op: &Op, inputs: &[&Constant], shape: &[usize], len: usize) -> Option<Constant> {
    if is_movement(op) {
        return Some(Constant::i64(shape, moved(op, inputs, shape, len, |c| c.as_i64().unwrap_or(&[]))));
    }
    let data: Vec<&[i64]> = inputs.iter().map(|constant| constant.as_i64()).collect::<Option<_>>()?;
    match op {
        Op::Binary(function) => {
            let strides = [0, 1].map(|at| broadcast_strides(&inputs[at].shape, shape));
            let pairs = (0..len).map(|index| {
                let at = |operand: usize| data[operand][offset_of(index, shape, &strides[operand])];
                (at(0), at(1))
            });
            if function.is_truth() {
                let out: Option<Vec<bool>> = pairs.map(|(a, b)| compare(*function, a, b)).collect();
                return Some(Constant::bool(shape, out?));
            }
            let out: Option<Vec<i64>> = pairs.map(|(a, b)| arithmetic(*function, a, b)).collect();
            Some(Constant::i64(shape, out?))
        }
        Op::Unary(function) => {
            let out: Option<Vec<i64>> = data[0]
                .iter()
                .map(|&x| match function {
                    Unary::Abs => x.checked_abs(),
                    Unary::Neg => x.checked_neg(),
                    Unary::Sign => Some(x.signum()),
                    Unary::Truncate | Unary::Floor | Unary::Ceil | Unary::Round => Some(x),
                    _ => None,
                })
                .collect();
            Some(Constant::i64(shape, out?))
        }
        Op::Reduce(reduce) if reduce.axes.len() == inputs[0].shape.len() && len == 1 => {
            let mut elements = data[0].iter().copied();
            let value = match reduce.kind {
                ReduceKind::Sum => elements.try_fold(0i64, i64::checked_add)?,
                ReduceKind::Prod => elements.try_fold(1i64, i64::checked_mul)?,
                ReduceKind::Max => elements.max()?,
                ReduceKind::Min => elements.min()?,
                _ => return None,
            };
            Some(Constant::i64(shape, vec![value]))
        }
        _ => None,
    }
}

fn arithmetic(function: Binary, a: i64, b: i64) -> Option<i64> {
    match function {
        Binary::Add => a.checked_add(b),
        Binary::Sub => a.checked_sub(b),
        Binary::Mul => a.checked_mul(b),
        Binary::Div => a.checked_div(b),
        Binary::Pow => a.checked_pow(u32::try_from(b).ok()?),
        Binary::Min => Some(a.min(b)),
        Binary::Max => Some(a.max(b)),
        _ => None,
    }
}

fn compare(function: Binary, a: i64, b: i64) -> Option<bool> {
    match function {
        Binary::Less => Some(a < b),
        Binary::LessOrEqual => Some(a <= b),
        Binary::Greater => Some(a > b),
        Binary::GreaterOrEqual => Some(a >= b),
        Binary::Equal => Some(a == b),
        _ => None,
    }
}

fn select_integers(inputs: &[&Constant], shape: &[usize], len: usize) -> Option<Constant> {
    let Data::Bool(condition) = &inputs[0].data else { return None };
    let (a, b) = (inputs[1].as_i64()?, inputs[2].as_i64()?);
    let strides = [0, 1, 2].map(|at| broadcast_strides(&inputs[at].shape, shape));
    let out: Vec<i64> = (0..len)
        .map(|index| {
            let [c, a_at, b_at] = [0, 1, 2].map(|operand| offset_of(index, shape, &strides[operand]));
            if condition[c] { a[a_at] } else { b[b_at] }
        })
        .collect();
    Some(Constant::i64(shape, out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_stay_exact() {
        let big = Constant::i64([1], [i64::MAX - 1]);
        let one = Constant::i64([], [1]);
        let add = Op::Binary(Binary::Add);
        assert_eq!(evaluate(&add, &[&big, &one], &[1], Element::I64), Some(Constant::i64([1], [i64::MAX])));
        let max = Constant::i64([1], [i64::MAX]);
        assert_eq!(evaluate(&add, &[&max, &one], &[1], Element::I64), None, "overflow is not folded");
        let less = Op::Binary(Binary::Less);
        assert_eq!(evaluate(&less, &[&one, &big], &[1], Element::Bool), Some(Constant::bool([1], [true])));
        let zero = Constant::i64([], [0]);
        assert_eq!(evaluate(&Op::Binary(Binary::Div), &[&one, &zero], &[], Element::I64), None);
    }

    #[test]
    fn floats_go_through_the_kernels() {
        let x = Constant::f32([2], [4.0, 9.0]);
        let root = evaluate(&Op::Unary(Unary::Sqrt), &[&x], &[2], Element::F32);
        assert_eq!(root, Some(Constant::f32([2], [2.0, 3.0])));
    }
}

//! Elements go elsewhere and stay what they are; generic, so that constants of integers can be folded.

use super::{Operand, broadcast_strides, strides};
use crate::graph::{Op, Pad, PadMode};

/// Runs [`Op::Concat`], [`Op::Slice`], [`Op::Transpose`], [`Op::Reshape`], [`Op::Expand`], [`Op::Tile`],
/// [`Op::Gather`], [`Op::DepthToSpace`] and [`Op::Pad`].
pub fn run<T: Copy + Default + FromF32>(op: &Op, inputs: &[Operand<'_, T>], out_shape: &[usize], out: &mut [T]) {
    let x = inputs[0];
    match op {
        Op::Concat { axis } => concat(*axis, inputs, out_shape, out),
        Op::Slice(slice) => {
            let own = strides(x.shape);
            let start: usize = slice.starts.iter().zip(&own).map(|(start, stride)| start * stride).sum();
            let steps: Vec<isize> = slice.steps.iter().zip(&own).map(|(step, own)| step * *own as isize).collect();
            copy_strided(x.data, start, &steps, out_shape, out);
        }
        Op::Transpose { perm } => {
            let own = strides(x.shape);
            let steps: Vec<isize> = perm.iter().map(|&axis| own[axis] as isize).collect();
            copy_strided(x.data, 0, &steps, out_shape, out);
        }
        Op::Expand => {
            let steps: Vec<isize> =
                broadcast_strides(x.shape, out_shape).into_iter().map(|step| step as isize).collect();
            copy_strided(x.data, 0, &steps, out_shape, out);
        }
        Op::Tile { .. } => {
            let own = strides(x.shape);
            each_index(out_shape, out, |index| {
                x.data[index.iter().zip(x.shape).zip(&own).map(|((i, extent), own)| i % extent * own).sum::<usize>()]
            });
        }
        Op::Gather(gather) => {
            let inner: usize = x.shape[gather.axis + 1..].iter().product();
            let extent = x.shape[gather.axis];
            let chosen = gather.indices.len();
            for (index, out) in out.iter_mut().enumerate() {
                let (outer, at, rest) = (index / inner / chosen.max(1), index / inner % chosen.max(1), index % inner);
                *out = x.data[(outer * extent + gather.indices[at]) * inner + rest];
            }
        }
        Op::DepthToSpace { block, channels_first } => {
            depth_to_space(*block, *channels_first, x, out_shape, out);
        }
        Op::Pad(pad) => run_pad(pad, x, out_shape, out),
        _ => out.copy_from_slice(x.data),
    }
}

/// What a pad value becomes in the element type.
pub trait FromF32 {
    /// Rounds towards zero.
    fn from_f32(value: f32) -> Self;
}

impl FromF32 for f32 {
    fn from_f32(value: f32) -> Self {
        value
    }
}

impl FromF32 for i64 {
    fn from_f32(value: f32) -> Self {
        value as Self
    }
}

impl FromF32 for bool {
    fn from_f32(value: f32) -> Self {
        value != 0.0
    }
}

fn concat<T: Copy>(axis: usize, inputs: &[Operand<'_, T>], out_shape: &[usize], out: &mut [T]) {
    let inner: usize = out_shape[axis + 1..].iter().product();
    let row = out_shape[axis] * inner;
    let mut start = 0;
    for input in inputs {
        let part = input.shape[axis] * inner;
        if part > 0 {
            for (out, part) in out.chunks_mut(row).zip(input.data.chunks(part)) {
                out[start..start + part.len()].copy_from_slice(part);
            }
        }
        start += part;
    }
}

/// `out[i] = x[start + i . steps]`, row by row.
fn copy_strided<T: Copy>(x: &[T], start: usize, steps: &[isize], out_shape: &[usize], out: &mut [T]) {
    let width = out_shape.last().copied().unwrap_or(1);
    let step = steps.last().copied().unwrap_or(1);
    if out.is_empty() {
        return;
    }
    let rows = &out_shape[..out_shape.len().saturating_sub(1)];
    let mut index = vec![0; rows.len()];
    for out in out.chunks_mut(width) {
        let base = start as isize + index.iter().zip(steps).map(|(&i, step)| i as isize * step).sum::<isize>();
        if step == 1 {
            out.copy_from_slice(&x[base as usize..][..width]);
        } else {
            for (at, out) in out.iter_mut().enumerate() {
                *out = x[(base + at as isize * step) as usize];
            }
        }
        advance(&mut index, rows);
    }
}

fn each_index<T>(shape: &[usize], out: &mut [T], value: impl Fn(&[usize]) -> T) {
    let mut index = vec![0; shape.len()];
    for out in out {
        *out = value(&index);
        advance(&mut index, shape);
    }
}

fn advance(index: &mut [usize], shape: &[usize]) {
    for (at, &extent) in index.iter_mut().zip(shape).rev() {
        *at += 1;
        if *at < extent {
            return;
        }
        *at = 0;
    }
}

fn run_pad<T: Copy + FromF32>(pad: &Pad, x: Operand<'_, T>, out_shape: &[usize], out: &mut [T]) {
    let own = strides(x.shape);
    let fill = if let PadMode::Constant(value) = pad.mode { value } else { 0.0 };
    each_index(out_shape, out, |index| {
        let mut offset = 0;
        for (axis, &at) in index.iter().enumerate() {
            match pad.mode.source(at as isize - pad.before[axis], x.shape[axis]) {
                Some(source) => offset += source * own[axis],
                None => return T::from_f32(fill),
            }
        }
        x.data[offset]
    });
}

fn depth_to_space<T: Copy>(block: usize, channels_first: bool, x: Operand<'_, T>, out_shape: &[usize], out: &mut [T]) {
    let own = strides(x.shape);
    let channels = out_shape[1];
    each_index(out_shape, out, |index| {
        let (n, c, y, x_at) = (index[0], index[1], index[2], index[3]);
        let inside = y % block * block + x_at % block;
        let channel = if channels_first { c * block * block + inside } else { inside * channels + c };
        x.data[n * own[0] + channel * own[1] + y / block * own[2] + x_at / block]
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{Gather, Slice};

    fn apply(op: &Op, inputs: &[(&[usize], &[i64])], out_shape: &[usize]) -> Vec<i64> {
        let operands: Vec<Operand<'_, i64>> = inputs.iter().map(|&(shape, data)| Operand { shape, data }).collect();
        let mut out = vec![-1; out_shape.iter().product()];
        run(op, &operands, out_shape, &mut out);
        out
    }

    const X: (&[usize], &[i64]) = (&[2, 3], &[1, 2, 3, 4, 5, 6]);

    #[test]
    fn concat_slice_and_transpose_by_hand() {
        let concat = apply(&Op::Concat { axis: 1 }, &[X, (&[2, 1], &[7, 8])], &[2, 4]);
        assert_eq!(concat, [1, 2, 3, 7, 4, 5, 6, 8]);
        let slice = Op::Slice(Slice { starts: vec![0, 2], steps: vec![1, -2] });
        assert_eq!(apply(&slice, &[X], &[2, 2]), [3, 1, 6, 4]);
        assert_eq!(apply(&Op::Transpose { perm: vec![1, 0] }, &[X], &[3, 2]), [1, 4, 2, 5, 3, 6]);
    }

    #[test]
    fn expand_tile_and_gather_by_hand() {
        assert_eq!(apply(&Op::Expand, &[(&[2, 1], &[1, 2])], &[2, 2]), [1, 1, 2, 2]);
        assert_eq!(apply(&Op::Tile { repeats: vec![2, 1] }, &[(&[1, 2], &[1, 2])], &[2, 2]), [1, 2, 1, 2]);
        let gather = Op::Gather(Gather { axis: 1, indices: vec![2, 0] });
        assert_eq!(apply(&gather, &[X], &[2, 2]), [3, 1, 6, 4]);
    }

    #[test]
    fn pads_by_hand() {
        let pad = |mode| Op::Pad(Pad { mode, before: vec![2], after: vec![1] });
        let x: (&[usize], &[i64]) = (&[3], &[1, 2, 3]);
        assert_eq!(apply(&pad(PadMode::Constant(9.0)), &[x], &[6]), [9, 9, 1, 2, 3, 9]);
        assert_eq!(apply(&pad(PadMode::Edge), &[x], &[6]), [1, 1, 1, 2, 3, 3]);
        assert_eq!(apply(&pad(PadMode::Reflect), &[x], &[6]), [3, 2, 1, 2, 3, 2]);
        let crop = Op::Pad(Pad { mode: PadMode::Constant(0.0), before: vec![-1], after: vec![-1] });
        assert_eq!(apply(&crop, &[x], &[1]), [2]);
    }

    #[test]
    fn depth_to_space_orders_channels_both_ways() {
        let x: (&[usize], &[i64]) = (&[1, 8, 1, 1], &[0, 1, 2, 3, 4, 5, 6, 7]);
        let op = |channels_first| Op::DepthToSpace { block: 2, channels_first };
        assert_eq!(apply(&op(true), &[x], &[1, 2, 2, 2]), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(apply(&op(false), &[x], &[1, 2, 2, 2]), [0, 2, 4, 6, 1, 3, 5, 7]);
    }
}

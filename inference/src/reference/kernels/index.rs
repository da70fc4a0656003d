//! Elements chosen by indices that are found at run time. Indices are floats here: whole numbers up to 2^24.

use super::{Operand, strides};
use crate::graph::{ScatterMode, TopK};

/// An index as ONNX counts it, negative ones from the end; clamped, so that no contents can lead outside.
fn inside(index: f32, extent: usize) -> usize {
    let index = if index < 0.0 { index + extent as f32 } else { index };
    (index.max(0.0) as usize).min(extent.saturating_sub(1))
}

/// `y[outer, i.., inner] = x[outer, indices[i..], inner]`.
pub fn gather_at(axis: usize, x: Operand<'_>, indices: Operand<'_>, out: &mut [f32]) {
    let inner: usize = x.shape[axis + 1..].iter().product();
    let chosen = indices.data.len();
    for (index, out) in out.iter_mut().enumerate() {
        let (outer, at, rest) = (index / inner / chosen, index / inner % chosen, index % inner);
        *out = x.data[(outer * x.shape[axis] + inside(indices.data[at], x.shape[axis])) * inner + rest];
    }
}

/// `y[i, j, k] = x[i, indices[i, j, k], k]` for the middle axis.
pub fn gather_elements(axis: usize, x: Operand<'_>, indices: Operand<'_>, out: &mut [f32]) {
    let places = Places::new(axis, x.shape, indices.shape);
    for (at, (out, &index)) in out.iter_mut().zip(indices.data).enumerate() {
        *out = x.data[places.of(at, index)];
    }
}

/// A copy of `x` in which `updates[i, j, k]` has arrived at `[i, indices[i, j, k], k]` for the middle axis, in order.
pub fn scatter_elements(axis: usize, mode: ScatterMode, [x, indices, updates]: [Operand<'_>; 3], out: &mut [f32]) {
    out.copy_from_slice(x.data);
    let places = Places::new(axis, x.shape, indices.shape);
    for (at, (&update, &index)) in updates.data.iter().zip(indices.data).enumerate() {
        let there = &mut out[places.of(at, index)];
        *there = match mode {
            ScatterMode::Replace => update,
            ScatterMode::Add => *there + update,
            ScatterMode::Mul => *there * update,
            ScatterMode::Max => there.max(update),
            ScatterMode::Min => there.min(update),
        };
    }
}

/// Where an element of the indices points to in x.
struct Places<'a> {
    axis: usize,
    extent: usize,
    indices_shape: &'a [usize],
    x_strides: Vec<usize>,
}

impl<'a> Places<'a> {
    fn new(axis: usize, x_shape: &[usize], indices_shape: &'a [usize]) -> Self {
        Self { axis, extent: x_shape[axis], indices_shape, x_strides: strides(x_shape) }
    }

    fn of(&self, mut at: usize, index: f32) -> usize {
        let mut offset = inside(index, self.extent) * self.x_strides[self.axis];
        for (axis, &extent) in self.indices_shape.iter().enumerate().rev() {
            if axis != self.axis {
                offset += at % extent * self.x_strides[axis];
            }
            at /= extent;
        }
        offset
    }
}

/// The best elements along an axis, or their indices.
pub fn top_k(op: TopK, x: Operand<'_>, out_shape: &[usize], out: &mut [f32]) {
    let inner: usize = x.shape[op.axis + 1..].iter().product();
    let (extent, k) = (x.shape[op.axis], out_shape[op.axis]);
    let mut order: Vec<usize> = Vec::with_capacity(extent);
    for line in 0..x.data.len().checked_div(extent).unwrap_or(0) {
        let (outer, rest) = (line / inner, line % inner);
        let value = |at: usize| x.data[(outer * extent + at) * inner + rest];
        order.clear();
        order.extend(0..extent);
        // Stable: of equals the first stays first.
        order.sort_by(|&a, &b| {
            let ascending = value(a).total_cmp(&value(b));
            if op.largest { ascending.reverse() } else { ascending }
        });
        for (rank, &at) in order.iter().take(k).enumerate() {
            out[(outer * k + rank) * inner + rest] = if op.indices { at as f32 } else { value(at) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const X: Operand<'_> = Operand { shape: &[2, 3], data: &[1.0, 5.0, 5.0, 4.0, 2.0, 6.0] };

    #[test]
    fn the_best_come_first_and_of_equals_the_first() {
        let mut out = [0.0; 4];
        top_k(TopK { axis: 1, largest: true, indices: true }, X, &[2, 2], &mut out);
        assert_eq!(out, [1.0, 2.0, 2.0, 0.0]);
        top_k(TopK { axis: 1, largest: false, indices: false }, X, &[2, 2], &mut out);
        assert_eq!(out, [1.0, 5.0, 2.0, 4.0]);
        let mut out = [0.0; 3];
        top_k(TopK { axis: 0, largest: true, indices: false }, X, &[1, 3], &mut out);
        assert_eq!(out, [4.0, 5.0, 6.0]);
    }

    #[test]
    fn indices_choose_and_place() {
        let indices = Operand { shape: &[2, 2], data: &[2.0, -3.0, 1.0, 9.0] };
        let mut out = [0.0; 4];
        gather_elements(1, X, indices, &mut out);
        assert_eq!(out, [5.0, 1.0, 2.0, 6.0], "the last one is clamped");
        let updates = Operand { shape: &[2, 2], data: &[10.0, 20.0, 30.0, 40.0] };
        let mut out = [0.0; 6];
        scatter_elements(1, ScatterMode::Add, [X, indices, updates], &mut out);
        assert_eq!(out, [21.0, 5.0, 15.0, 4.0, 32.0, 46.0]);
        let mut out = [0.0; 4];
        gather_at(1, X, Operand { shape: &[2], data: &[2.0, 0.0] }, &mut out);
        assert_eq!(out, [5.0, 1.0, 6.0, 4.0]);
    }
}

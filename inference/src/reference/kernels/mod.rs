//! One kernel per operator in plain Rust: the truth that tests hold the shaders against.
//!
//! * [`conv`], [`conv_transpose`], [`matmul`]: products with weights.
//! * [`elementwise`]: functions of one, two, three operands; activations.
//! * [`reduce`], [`softmax`], [`normalize`], [`pool`]: many elements to one.
//! * [`index`]: elements chosen by indices that are found at run time.
//! * [`resize`], [`grid_sample`]: resampling.
//! * [`movement`]: elements go elsewhere and stay what they are; also for integers.
//!
//! Shapes were checked when the graph was built; a kernel may index freely.

pub mod conv;
pub mod conv_transpose;
pub mod elementwise;
pub mod grid_sample;
pub mod index;
pub mod matmul;
pub mod movement;
pub mod normalize;
pub mod pool;
pub mod reduce;
pub mod resize;
pub mod softmax;

use crate::graph::Op;

/// A tensor to read.
#[derive(Clone, Copy, Debug)]
pub struct Operand<'a, T = f32> {
    /// Extents, outermost first.
    pub shape: &'a [usize],
    /// Elements, last axis fastest.
    pub data: &'a [T],
}

/// Runs one operator. `out` has as many elements as `out_shape`.
pub fn run(op: &Op, inputs: &[Operand<'_>], out_shape: &[usize], out: &mut [f32]) {
    match op {
        Op::Conv(conv) => conv::run(conv, inputs, out_shape, out),
        Op::ConvTranspose(conv) => conv_transpose::run(conv, inputs, out_shape, out),
        Op::MatMul(product) => matmul::run(product, inputs, out_shape, out),
        Op::Unary(function) => elementwise::unary(*function, inputs[0].data, out),
        Op::Binary(function) => elementwise::binary(*function, inputs[0], inputs[1], out_shape, out),
        Op::Select => elementwise::select(inputs[0], inputs[1], inputs[2], out_shape, out),
        Op::Softmax { axis, log } => softmax::run(*axis, *log, inputs[0], out),
        Op::Pool(pool) => pool::run(pool, inputs[0], out_shape, out),
        Op::Reduce(reduce) => reduce::run(reduce, inputs[0], out),
        Op::Resize(resize) => resize::run(resize, inputs[0], out_shape, out),
        Op::Normalize(normalize) => normalize::run(normalize, inputs, out),
        Op::GridSample { align_corners } => {
            grid_sample::run(*align_corners, inputs[0], inputs[1], out_shape, out);
        }
        Op::GatherAt { axis } => index::gather_at(*axis, inputs[0], inputs[1], out),
        Op::GatherElements { axis } => index::gather_elements(*axis, inputs[0], inputs[1], out),
        Op::ScatterElements { axis, mode } => {
            index::scatter_elements(*axis, *mode, [inputs[0], inputs[1], inputs[2]], out);
        }
        Op::TopK(op) => index::top_k(*op, inputs[0], out_shape, out),
        _ => movement::run(op, inputs, out_shape, out),
    }
}

/// Distance in elements between neighbours on every axis of a row-major tensor.
#[must_use]
pub fn strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis];
    }
    strides
}

/// Strides with which a tensor of `shape` is read as one of `out_shape` (numpy broadcasting): 0 on repeated axes.
#[must_use]
pub fn broadcast_strides(shape: &[usize], out_shape: &[usize]) -> Vec<usize> {
    let own = strides(shape);
    let missing = out_shape.len() - shape.len();
    (0..out_shape.len())
        .map(|axis| match axis.checked_sub(missing) {
            Some(axis) if shape[axis] != 1 => own[axis],
            _ => 0,
        })
        .collect()
}

/// The offset of the `index`-th element (row-major over `shape`) under other strides.
#[must_use]
pub fn offset_of(mut index: usize, shape: &[usize], strides: &[usize]) -> usize {
    let mut offset = 0;
    for (&extent, &stride) in shape.iter().zip(strides).rev() {
        offset += index % extent * stride;
        index /= extent;
    }
    offset
}

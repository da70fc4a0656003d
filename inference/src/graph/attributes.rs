//! What the operators with attributes do exactly; [`Op`](super::Op) has one of these in most of its variants.
//!
//! Axes are counted from 0, slices are clipped to the extent, so an executor never parses anything. Definitions:
//! <https://onnx.ai/onnx/operators/>.

use super::function::Activation;

/// Two-dimensional convolution (cross-correlation), NCHW, weights `[co, ci / groups, kh, kw]`.
/// y = activation(conv(x, w) + bias + residual).
#[derive(Clone, PartialEq, Debug)]
pub struct Conv {
    /// Height and width of the kernel.
    pub kernel: [usize; 2],
    /// Steps on y and x.
    pub strides: [usize; 2],
    /// Zeros added: top, left, bottom, right.
    pub pads: [usize; 4],
    /// Distance between taps on y and x.
    pub dilations: [usize; 2],
    /// Channels are split into so many independent groups; equal to the input channels: depthwise.
    pub groups: usize,
    /// Operand 2 is a bias `[co]`.
    pub bias: bool,
    /// The last operand is added before the activation; it has the shape of the output.
    pub residual: bool,
    /// Applied last.
    pub activation: Activation,
}

/// Two-dimensional transposed convolution, weights `[ci, co / groups, kh, kw]`.
#[derive(Clone, PartialEq, Debug)]
pub struct ConvTranspose {
    /// Height and width of the kernel.
    pub kernel: [usize; 2],
    /// Steps of the output per input pixel on y and x.
    pub strides: [usize; 2],
    /// Cut off: top, left, bottom, right.
    pub pads: [usize; 4],
    /// Distance between taps on y and x.
    pub dilations: [usize; 2],
    /// Independent groups of channels.
    pub groups: usize,
    /// Operand 2 is a bias `[co]`.
    pub bias: bool,
    /// Applied last.
    pub activation: Activation,
}

/// Batched matrix product, y = activation(alpha op(a) op(b) + beta c). Leading axes broadcast.
#[derive(Clone, PartialEq, Debug)]
pub struct MatMul {
    /// a is `[.., k, m]`.
    pub transpose_a: bool,
    /// b is `[.., n, k]`.
    pub transpose_b: bool,
    /// Factor of the product.
    pub alpha: f32,
    /// Operand 2, broadcast to the output, is added.
    pub bias: bool,
    /// Factor of operand 2.
    pub beta: f32,
    /// Applied last.
    pub activation: Activation,
}

/// What a pool computes in its window.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PoolKind {
    /// The largest; padding never wins.
    Max,
    /// The mean.
    Average {
        /// Divide by the whole window, padding included (but never what ceil mode adds beyond it).
        count_pad: bool,
    },
}

/// Two-dimensional pooling.
#[derive(Clone, PartialEq, Debug)]
pub struct Pool {
    /// What is computed.
    pub kind: PoolKind,
    /// Height and width of the window.
    pub kernel: [usize; 2],
    /// Steps on y and x.
    pub strides: [usize; 2],
    /// Padding: top, left, bottom, right (a window may also reach beyond it where ceil mode made the output larger).
    pub pads: [usize; 4],
    /// Distance between taps on y and x.
    pub dilations: [usize; 2],
}

/// What a reduction computes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ReduceKind {
    /// Arithmetic mean.
    Mean,
    /// Sum.
    Sum,
    /// Largest.
    Max,
    /// Smallest.
    Min,
    /// Product.
    Prod,
    /// Sum of absolute values.
    L1,
    /// Root of the sum of squares.
    L2,
    /// Sum of squares.
    SumSquare,
    /// Index of the largest (the first one); exactly one axis.
    ArgMax,
    /// Index of the smallest (the first one); exactly one axis.
    ArgMin,
}

/// Reduction over axes. Whether they stay with extent 1 shows in the output's shape; the order of elements is the same.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reduce {
    /// What is computed.
    pub kind: ReduceKind,
    /// Axes, ascending, from 0.
    pub axes: Vec<usize>,
}

/// How an output index is mapped to a coordinate of the input (ONNX `coordinate_transformation_mode`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Coordinates {
    /// (o + 1/2) / scale - 1/2.
    HalfPixel,
    /// As half pixel, but 0 where the output extent is 1.
    PytorchHalfPixel,
    /// o (input - 1) / (output - 1); 0 where the output extent is 1.
    AlignCorners,
    /// o / scale.
    Asymmetric,
}

/// How a coordinate becomes an index (ONNX `nearest_mode`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NearestRounding {
    /// Halves down.
    RoundPreferFloor,
    /// Halves up.
    RoundPreferCeil,
    /// Down.
    Floor,
    /// Up.
    Ceil,
}

/// How values between samples are made.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ResizeMode {
    /// The nearest sample.
    Nearest(NearestRounding),
    /// Linear on every axis whose extent changes; the border repeats.
    Linear,
}

/// Resampling on any axes of a tensor.
#[derive(Clone, PartialEq, Debug)]
pub struct Resize {
    /// How values between samples are made.
    pub mode: ResizeMode,
    /// How indices are mapped.
    pub coordinates: Coordinates,
    /// Output extent per input extent on every axis, as the model gave it (1 on axes that do not change).
    pub scales: Vec<f32>,
}

/// A strided part. `output[i] = input[starts + i * steps]` on every axis.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Slice {
    /// First index on every axis.
    pub starts: Vec<usize>,
    /// Step on every axis; may be negative, never 0.
    pub steps: Vec<isize>,
}

/// What stands in the margin.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum PadMode {
    /// This value.
    Constant(f32),
    /// The mirror image without the border itself.
    Reflect,
    /// The border repeated.
    Edge,
}

impl PadMode {
    /// The index that stands at `at` (counted from the first element, negative before it) of an axis of `extent`; `None`:
    /// the constant.
    #[must_use]
    pub fn source(self, at: isize, extent: usize) -> Option<usize> {
        let last = extent as isize - 1;
        let source = match self {
            Self::Constant(_) if at < 0 || at > last => return None,
            Self::Constant(_) => at,
            Self::Edge => at.clamp(0, last),
            Self::Reflect if last == 0 => 0,
            Self::Reflect => {
                let at = at.rem_euclid(2 * last);
                at.min(2 * last - at)
            }
        };
        Some(source as usize)
    }
}

/// A margin around a tensor; negative amounts crop.
#[derive(Clone, PartialEq, Debug)]
pub struct Pad {
    /// What stands there.
    pub mode: PadMode,
    /// Elements added before, on every axis.
    pub before: Vec<isize>,
    /// Elements added after, on every axis.
    pub after: Vec<isize>,
}

/// Choice of indices along an axis: `output[.., j.., ..] = input[.., indices[j..], ..]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gather {
    /// The axis that the indices replace.
    pub axis: usize,
    /// The indices in row-major order, all inside the extent.
    pub indices: Vec<usize>,
}

/// How [`Op::ScatterElements`](super::Op::ScatterElements) joins what is there with what arrives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScatterMode {
    /// What arrives; of several the last.
    Replace,
    /// The sum.
    Add,
    /// The product.
    Mul,
    /// The larger one.
    Max,
    /// The smaller one.
    Min,
}

/// The `k` largest or smallest elements along an axis, best first; of equals the one with the lower index.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TopK {
    /// The axis; its extent becomes that of the output.
    pub axis: usize,
    /// The largest (else the smallest).
    pub largest: bool,
    /// Their indices (else their values).
    pub indices: bool,
}

/// (x - mean) / sqrt(variance + epsilon) scale + shift, over groups of elements.
#[derive(Clone, PartialEq, Debug)]
pub enum Normalize {
    /// Over all axes from `axis` on; operands 1 and 2 (scale, [shift]) have the shape of those axes.
    Layer {
        /// First axis that is averaged over.
        axis: usize,
        /// Added to the variance.
        epsilon: f32,
        /// Operand 2 is there.
        shift: bool,
    },
    /// Over `channels / groups` channels and all pixels; operands 1 and 2 are scale and shift per channel.
    /// Instance normalisation is `groups == channels`.
    Group {
        /// Number of groups.
        groups: usize,
        /// Added to the variance.
        epsilon: f32,
    },
}

//! The operators.
//!
//! Attributes are fully parsed (see [`attributes`](super::attributes)), shapes are known (the node's output value has its own).
//! Operands of a node stand in the order given at each variant; an operand in brackets is there only if the attribute says
//! so.

use std::fmt;

use super::attributes::{
    Conv, ConvTranspose, Gather, MatMul, Normalize, Pad, Pool, Reduce, Resize, ScatterMode, Slice, TopK,
};
use super::function::{Activation, Binary, Unary};

/// What a node does.
#[derive(Clone, PartialEq, Debug)]
pub enum Op {
    /// Operands: x, weights, [bias], [residual].
    Conv(Conv),
    /// Operands: x, weights, [bias].
    ConvTranspose(ConvTranspose),
    /// Operands: a, b, [c].
    MatMul(MatMul),
    /// Operand: x.
    Unary(Unary),
    /// Operands: a, b.
    Binary(Binary),
    /// Operands: condition, a, b; a where the condition is not 0, broadcast.
    Select,
    /// Operand: x. exp(x - max) / sum along one axis.
    Softmax {
        /// The axis.
        axis: usize,
        /// Take the logarithm.
        log: bool,
    },
    /// Operand: x, `[n, c, h, w]`.
    Pool(Pool),
    /// Operand: x.
    Reduce(Reduce),
    /// Operand: x.
    Resize(Resize),
    /// Operands: the parts, in order.
    Concat {
        /// The axis along which they stand.
        axis: usize,
    },
    /// Operand: x. (`Split` becomes one of these per part.)
    Slice(Slice),
    /// Operand: x.
    Pad(Pad),
    /// Operand: x; `output axis i = input axis perm[i]`.
    Transpose {
        /// Where each output axis comes from.
        perm: Vec<usize>,
    },
    /// Operand: x. The same elements in the same row-major order under another shape.
    Reshape,
    /// Operand: x. Broadcast to the output's shape.
    Expand,
    /// Operand: x. The tensor repeated so often on every axis.
    Tile {
        /// Repetitions of every axis.
        repeats: Vec<usize>,
    },
    /// Operand: x. Constant indices.
    Gather(Gather),
    /// Operands: x, indices (found at run time, negative ones from the end, clamped to the extent). As [`Self::Gather`].
    GatherAt {
        /// The axis that the indices replace.
        axis: usize,
    },
    /// Operands: x, indices of the output's shape. `y[i, j] = x[i, indices[i, j]]` for axis 1.
    GatherElements {
        /// The axis that the indices are on.
        axis: usize,
    },
    /// Operands: x, indices, updates of the indices' shape. A copy of x with `y[i, indices[i, j]] = updates[i, j]` for axis 1.
    ScatterElements {
        /// The axis that the indices are on.
        axis: usize,
        /// What happens to what is there.
        mode: ScatterMode,
    },
    /// Operand: x.
    TopK(TopK),
    /// Operands: x, scale, [shift].
    Normalize(Normalize),
    /// Operands: x `[n, c, h, w]`, grid `[n, ho, wo, 2]` of (x, y) in -1..1; bilinear, zeros outside.
    GridSample {
        /// -1 and 1 are the centres of the corner pixels (else their outer edges).
        align_corners: bool,
    },
    /// Operand: x `[n, c, h, w]` to `[n, c / b^2, h b, w b]`.
    DepthToSpace {
        /// Block size.
        block: usize,
        /// Channels are ordered `[c, b, b]` (ONNX `CRD`), else `[b, b, c]` (`DCR`).
        channels_first: bool,
    },
}

impl Op {
    /// The name for messages and tables.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Conv(_) => "Conv",
            Self::ConvTranspose(_) => "ConvTranspose",
            Self::MatMul(_) => "MatMul",
            Self::Unary(_) => "Unary",
            Self::Binary(_) => "Binary",
            Self::Select => "Select",
            Self::Softmax { .. } => "Softmax",
            Self::Pool(_) => "Pool",
            Self::Reduce(_) => "Reduce",
            Self::Resize(_) => "Resize",
            Self::Concat { .. } => "Concat",
            Self::Slice(_) => "Slice",
            Self::Pad(_) => "Pad",
            Self::Transpose { .. } => "Transpose",
            Self::Reshape => "Reshape",
            Self::Expand => "Expand",
            Self::Tile { .. } => "Tile",
            Self::Gather(_) | Self::GatherAt { .. } => "Gather",
            Self::GatherElements { .. } => "GatherElements",
            Self::ScatterElements { .. } => "ScatterElements",
            Self::TopK(_) => "TopK",
            Self::Normalize(_) => "Normalize",
            Self::GridSample { .. } => "GridSample",
            Self::DepthToSpace { .. } => "DepthToSpace",
        }
    }
}

/// Short form for printed graphs: the name with what fusion and tests look at.
impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conv(conv) => {
                write!(f, "Conv{}x{}", conv.kernel[0], conv.kernel[1])?;
                if conv.bias {
                    f.write_str("+bias")?;
                }
                if conv.residual {
                    f.write_str("+residual")?;
                }
                activation(f, conv.activation)
            }
            Self::ConvTranspose(conv) => {
                write!(f, "ConvTranspose{}x{}", conv.kernel[0], conv.kernel[1])?;
                if conv.bias {
                    f.write_str("+bias")?;
                }
                activation(f, conv.activation)
            }
            Self::MatMul(product) => {
                f.write_str("MatMul")?;
                if product.bias {
                    f.write_str("+bias")?;
                }
                activation(f, product.activation)
            }
            Self::Unary(Unary::Activation(function)) => write!(f, "{function:?}"),
            Self::Unary(function) => write!(f, "{function:?}"),
            Self::Binary(function) => write!(f, "{function:?}"),
            other => f.write_str(other.name()),
        }
    }
}

fn activation(f: &mut fmt::Formatter<'_>, activation: Activation) -> fmt::Result {
    if activation == Activation::None { Ok(()) } else { write!(f, "+{activation:?}") }
}

//! One function per ONNX operator: checks operands and attributes, works out the shape, pushes our operators.
//!
//! `elementwise`: functions of one to three operands, casts. `window`: convolutions and pools. `product`: matrix
//! products, softmax, normalisation. `reduce`: reductions over axes. `movement`: concat, split, slice, pad, transpose and
//! relatives. `index`: elements chosen by indices. `shape`: shapes, changed and as values. `resize`: resampling.

mod elementwise;
mod index;
mod movement;
mod product;
mod reduce;
mod resize;
mod shape;
mod window;

use super::attributes::Attributes;
use super::builder::Builder;
use super::{Refusal, invalid, unsupported};
use crate::graph::{Constant, Data, Element, Op, ValueId, shape as shapes};

/// A node on its way into the graph.
pub struct Lowering<'a> {
    builder: &'a mut Builder,
    name: &'a str,
    op: &'a str,
    opset: i64,
    inputs: Vec<Option<ValueId>>,
    outputs: &'a [String],
    attributes: &'a Attributes<'a>,
    values_before: usize,
}

/// Takes a node over.
///
/// # Errors
/// [`Refusal`]: what is missing or wrong.
pub fn lower(l: &mut Lowering<'_>) -> Result<(), Refusal> {
    match l.op {
        "Conv" => window::conv(l),
        "ConvTranspose" => window::conv_transpose(l),
        "MaxPool" | "AveragePool" => window::pool(l),
        "MatMul" => product::matmul(l),
        "Gemm" => product::gemm(l),
        "Softmax" | "LogSoftmax" => product::softmax(l),
        "BatchNormalization" => product::batch_normalization(l),
        "LayerNormalization" => product::layer_normalization(l),
        "InstanceNormalization" | "GroupNormalization" => product::group_normalization(l),
        "GlobalAveragePool" | "GlobalMaxPool" => reduce::global_pool(l),
        "ReduceMean" | "ReduceSum" | "ReduceMax" | "ReduceMin" | "ReduceProd" | "ReduceL1" | "ReduceL2"
        | "ReduceSumSquare" => reduce::reduce(l),
        "ArgMax" | "ArgMin" => reduce::arg(l),
        "Resize" | "Upsample" => resize::resize(l),
        "GridSample" => resize::grid_sample(l),
        "Concat" => movement::concat(l),
        "Split" => movement::split(l),
        "Slice" => movement::slice(l),
        "Pad" => movement::pad(l),
        "Transpose" => movement::transpose(l),
        "Expand" => movement::expand(l),
        "Tile" => movement::tile(l),
        "Gather" => index::gather(l),
        "GatherElements" => index::gather_elements(l),
        "Scatter" | "ScatterElements" => index::scatter_elements(l),
        "TopK" => index::top_k(l),
        "DepthToSpace" => movement::depth_to_space(l),
        "Reshape" => shape::reshape(l),
        "Flatten" => shape::flatten(l),
        "Squeeze" | "Unsqueeze" => shape::squeeze(l),
        "Shape" | "Size" => shape::shape(l),
        "Constant" => shape::constant(l),
        "ConstantOfShape" => shape::constant_of_shape(l),
        "Range" => shape::range(l),
        "Identity" | "Dropout" => elementwise::identity(l),
        "Cast" => elementwise::cast(l),
        "Clip" => elementwise::clip(l),
        "Where" => elementwise::select(l),
        "Min" | "Max" | "Sum" | "Mean" => elementwise::many(l),
        _ => elementwise::by_name(l),
    }?;
    l.attributes.finish()
}

impl<'a> Lowering<'a> {
    /// A node of this name and type, with its operands (`None`: left out).
    #[must_use]
    pub fn new(
        builder: &'a mut Builder,
        name: &'a str,
        op: &'a str,
        opset: i64,
        inputs: Vec<Option<ValueId>>,
        outputs: &'a [String],
        attributes: &'a Attributes<'a>,
    ) -> Self {
        let values_before = builder.graph.values.len();
        Self { builder, name, op, opset, inputs, outputs, attributes, values_before }
    }

    /// The operand at this place.
    fn input(&self, index: usize) -> Result<ValueId, Refusal> {
        self.optional(index).ok_or_else(|| invalid(format!("operand {index} is missing")))
    }

    /// The operand at this place, if there is one.
    fn optional(&self, index: usize) -> Option<ValueId> {
        self.inputs.get(index).copied().flatten()
    }

    fn shape(&self, id: ValueId) -> Vec<usize> {
        self.builder.graph.shape(id).to_vec()
    }

    fn element(&self, id: ValueId) -> Element {
        self.builder.graph.value(id).element
    }

    fn constant(&self, id: ValueId) -> Option<&Constant> {
        self.builder.graph.constant(id)
    }

    /// An operand that must be a picture, `[n, c, h, w]`.
    fn picture(&self, index: usize) -> Result<(ValueId, [usize; 4]), Refusal> {
        let id = self.input(index)?;
        let shape = self.shape(id);
        let picture = <[usize; 4]>::try_from(shape.as_slice()).map_err(|_| {
            unsupported(format!("operand {index} has {} axes, only pictures [n, c, h, w] are handled", shape.len()))
        })?;
        Ok((id, picture))
    }

    /// An operand that must be of floats.
    fn floats(&self, index: usize) -> Result<ValueId, Refusal> {
        let id = self.input(index)?;
        match self.element(id) {
            Element::F32 => Ok(id),
            other => Err(unsupported(format!("operand {index} is of type {other:?}, only floats are handled"))),
        }
    }

    /// The integers of an operand that must be known now, or `None` where it is left out.
    fn integers(&self, index: usize, what: &str) -> Result<Option<Vec<i64>>, Refusal> {
        let Some(id) = self.optional(index) else { return Ok(None) };
        match self.constant(id).map(|constant| &constant.data) {
            Some(Data::I64(data)) => Ok(Some(data.to_vec())),
            Some(_) => Err(invalid(format!("`{what}` is not made of integers"))),
            None => Err(unsupported(format!("`{what}` depends on the contents of the inputs"))),
        }
    }

    /// The floats of an operand that must be known now, or `None` where it is left out.
    fn known_floats(&self, index: usize, what: &str) -> Result<Option<Vec<f32>>, Refusal> {
        let Some(id) = self.optional(index) else { return Ok(None) };
        match self.constant(id) {
            Some(constant) => Ok(Some(constant.to_f32().to_vec())),
            None => Err(unsupported(format!("`{what}` depends on the contents of the inputs"))),
        }
    }

    fn axis(&self, axis: i64, rank: usize) -> Result<usize, Refusal> {
        shapes::axis(axis, rank).ok_or_else(|| invalid(format!("axis {axis} of a tensor of {rank} axes")))
    }

    /// Axes as indices, ascending, none twice.
    fn axes(&self, axes: &[i64], rank: usize) -> Result<Vec<usize>, Refusal> {
        let mut indices = axes.iter().map(|&axis| self.axis(axis, rank)).collect::<Result<Vec<_>, _>>()?;
        indices.sort_unstable();
        if indices.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(invalid(format!("axes {axes:?} name one axis twice")));
        }
        Ok(indices)
    }

    fn push(&mut self, op: Op, inputs: &[ValueId], shape: Vec<usize>) -> Result<ValueId, Refusal> {
        self.push_as(op, inputs, shape, Element::F32)
    }

    fn push_as(&mut self, op: Op, inputs: &[ValueId], shape: Vec<usize>, element: Element) -> Result<ValueId, Refusal> {
        self.builder.push(self.name, op, inputs.to_vec(), shape, element)
    }

    fn push_constant(&mut self, constant: Constant) -> ValueId {
        self.builder.graph.add_constant(self.name, constant)
    }

    /// The value is the n-th output of the node.
    fn done_at(&mut self, index: usize, id: ValueId) -> Result<(), Refusal> {
        match self.outputs.get(index) {
            Some(name) if !name.is_empty() => self.builder.name(name, id, id.0 >= self.values_before),
            _ => Ok(()),
        }
    }

    /// The value is the first output of the node; the others are not computed, which matters only if somebody reads them.
    fn done(&mut self, id: ValueId) -> Result<(), Refusal> {
        for extra in self.outputs.iter().skip(1).filter(|name| !name.is_empty()) {
            self.builder.leave_out(extra, self.name);
        }
        self.done_at(0, id)
    }

    /// Pushes the last operator of the node.
    fn finish(&mut self, op: Op, inputs: &[ValueId], shape: Vec<usize>) -> Result<(), Refusal> {
        let id = self.push(op, inputs, shape)?;
        self.done(id)
    }
}

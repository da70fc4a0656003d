//! Graph to steps: which kernel with which operands and numbers, in which layout.
//!
//! * `batch`: several pictures, one after the other.
//! * `builder`: places of values, conversion between layouts, weights.
//! * `conv`, `dense`, `conv_transpose`: convolutions; `elementwise`: functions; `layouts`: concatenation, slices and other movement;
//!   `reductions`: matrix products, reductions, softmax; `sampling`: pools and resampling.
//! * `strided`: elements counted over axes with steps, and copies of them; `refusal`: why a node cannot be lowered.
//!
//! Two layouts: [`Layout::Planes`] for pictures and [`Layout::Rows`] for everything else. A value may exist in both.

mod batch;
mod builder;
mod conv;
mod conv_transpose;
mod dense;
mod elementwise;
mod layouts;
mod reductions;
mod refusal;
mod sampling;
mod strided;

use crate::graph::{Graph, NodeId, Op};
use crate::plan::{self, InputSet, Kernel, SlotId};
use crate::{BackendKind, EngineError};

use super::pipelines::PipelineKey;
use super::tuning::Tuning;
use builder::Builder;
pub use refusal::Refusal;

/// How a tensor lies in memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Layout {
    /// Row-major `f32`, as in ONNX.
    Rows,
    /// `[1, c, h, w]` as planes of four channels: element `(c / 4 * h + y) * w + x` is a vec4. The lanes beyond the last
    /// channel hold finite numbers that nobody looks at.
    Planes,
}

/// What kind of memory a slot is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Form {
    /// vec4s that are read as the texels of a texture; what steps write goes through a buffer.
    pub texels: bool,
    /// Constants stored with half precision.
    pub half: bool,
}

/// Where a tensor lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// The memory.
    pub slot: SlotId,
    /// Its first element there: floats for [`Layout::Rows`], vec4 for [`Layout::Planes`].
    pub first: u32,
}

/// One dispatch.
#[derive(Clone, Debug)]
pub struct Dispatch {
    /// What runs.
    pub key: PipelineKey,
    /// The uniform `Params`.
    pub params: Vec<u32>,
    /// How many of the step's reads are bound before what it writes.
    pub written: usize,
    /// Workgroups.
    pub groups: [u32; 3],
    /// Name of the node this belongs to.
    pub node: String,
    /// Shape of the result.
    pub shape: Vec<usize>,
    /// Multiply-adds, as the network needs them (not as the kernel pads them).
    pub macs: u64,
}

impl Kernel for Dispatch {
    type Form = Form;
    type Constant = Vec<f32>;
}

/// A graph ready for a device.
pub type Program = plan::Program<Dispatch>;

/// One dispatch and what it reads and writes.
pub type Step = plan::Step<Dispatch>;

impl Step {
    /// What is bound after the parameters, in order.
    pub fn operands(&self) -> impl Iterator<Item = SlotId> + '_ {
        let (before, after) = self.reads.split_at(self.kernel.written);
        before.iter().chain([&self.writes]).chain(after).copied()
    }
}

/// Lowers a graph.
///
/// # Errors
/// [`EngineError::UnsupportedOperator`] with the first node that no kernel can do, and why.
pub fn lower(graph: &Graph, tuning: &Tuning) -> Result<Program, EngineError> {
    if graph.inputs.len() > InputSet::MAX_INPUTS {
        return Err(EngineError::BadModel(format!(
            "{} inputs, more than {}",
            graph.inputs.len(),
            InputSet::MAX_INPUTS
        )));
    }
    let split = batch::split(graph);
    let graph = split.as_ref().unwrap_or(graph);
    let program = attempt(graph, tuning, true)?;
    // Views may hide that a part of a concatenation is made from another part of it.
    let conflict = |step: &Step| step.reads.contains(&step.writes);
    if program.steps.iter().any(conflict) { attempt(graph, tuning, false) } else { Ok(program) }
}

fn attempt(graph: &Graph, tuning: &Tuning, in_place: bool) -> Result<Program, EngineError> {
    let mut builder = Builder::new(graph, tuning, in_place);
    for index in 0..graph.nodes.len() {
        let id = NodeId(index);
        node(&mut builder, id).map_err(|reason| {
            let node = graph.node(id);
            EngineError::UnsupportedOperator {
                node: node.name.clone(),
                op: node.op.name().to_owned(),
                reason: reason.to_string(),
                backend: Some(BackendKind::Wgpu),
            }
        })?;
    }
    builder.finish()
}

fn node(b: &mut Builder<'_>, id: NodeId) -> Result<(), Refusal> {
    b.enter(id);
    let graph = b.graph;
    let node = graph.node(id);
    if node.inputs.iter().chain([&node.output]).any(|&value| graph.value(value).is_empty()) {
        return Err(Refusal::Empty);
    }
    match &node.op {
        Op::Conv(op) => conv::conv(b, node, op),
        Op::ConvTranspose(op) => conv_transpose::transposed(b, node, op),
        Op::MatMul(op) => reductions::matmul(b, node, op),
        Op::Unary(function) => elementwise::unary(b, node, *function),
        Op::Binary(function) => elementwise::binary(b, node, *function),
        Op::Select => elementwise::select(b, node),
        Op::Softmax { axis, log } => reductions::softmax(b, node, *axis, *log),
        Op::Pool(op) => sampling::pool(b, node, op),
        Op::Reduce(op) => reductions::reduce(b, node, op),
        Op::Resize(op) => sampling::resize(b, node, op),
        Op::Concat { axis } => layouts::concat(b, node, *axis),
        Op::Slice(op) => layouts::slice(b, node, op),
        Op::Pad(op) => layouts::pad(b, node, op),
        Op::Transpose { perm } => layouts::transpose(b, node, perm),
        Op::Reshape => layouts::reshape(b, node),
        Op::Expand => layouts::expand(b, node),
        Op::Tile { repeats } => layouts::tile(b, node, repeats),
        Op::DepthToSpace { block, channels_first } => layouts::depth_to_space(b, node, *block, *channels_first),
        Op::Gather(op) => layouts::gather(b, node, op),
        Op::GatherAt { axis } => layouts::gather_at(b, node, *axis),
        Op::GatherElements { axis } => layouts::gather_elements(b, node, *axis),
        Op::ScatterElements { .. } | Op::TopK(_) => Err(Refusal::NoKernel),
        Op::Normalize(op) => reductions::normalize(b, node, op),
        Op::GridSample { align_corners } => sampling::grid_sample(b, node, *align_corners),
    }
}

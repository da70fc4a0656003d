//! The static plan: which value lies in which buffer, and what runs when inputs change.
//!
//! * [`dependence`]: which inputs each value depends on.
//! * [`lifetimes`]: when each value is needed, which ones outlive a run.
//! * [`pool`]: the assignment of values to a small pool of separate buffers.
//! * [`schedule`]: what runs again after some inputs changed.
//!
//! A plan knows no device: the executor says through [`Layout`] how many bytes a value takes in its memory layout and
//! which nodes are mere views. The pool is of separate buffers, not one arena, because a graphics API forbids one buffer
//! as input and output of the same dispatch; for the same reason an output never lies where an operand of its node lies.

pub mod dependence;
pub mod lifetimes;
pub mod pool;
pub mod schedule;

pub use dependence::InputSet;
pub use schedule::Schedule;

use crate::graph::{Graph, NodeId, Op, Value, ValueId};
use crate::onnx::limits::MAX_POOL_BYTES;

/// How an executor lays values out in memory.
pub trait Layout {
    /// Bytes a value takes, alignment included.
    fn bytes(&self, value: &Value) -> u64;

    /// Whether the node's output is its first operand's memory under another shape, so that nothing need run.
    fn is_view(&self, graph: &Graph, node: NodeId) -> bool;
}

/// Row-major `f32` without gaps: what the reference executor uses. Reshapes are views.
#[derive(Clone, Copy, Debug, Default)]
pub struct Dense;

impl Layout for Dense {
    fn bytes(&self, value: &Value) -> u64 {
        value.len() as u64 * 4
    }

    fn is_view(&self, graph: &Graph, node: NodeId) -> bool {
        let node = graph.node(node);
        // A reshaped constant is folded, so the operand lies in a buffer.
        matches!(node.op, Op::Reshape) && graph.constant(node.inputs[0]).is_none()
    }
}

/// Where everything lies.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What is run.
    pub graph: Graph,
    /// Bytes of every buffer of the pool, those of the inputs included.
    pub buffers: Vec<u64>,
    /// For every value its buffer; `None` for constants and for values nothing computes.
    pub buffer_of: Vec<Option<usize>>,
    /// For every value the inputs it depends on.
    pub depends: Vec<InputSet>,
    /// For every value whether it is still there after the run: inputs, outputs, and what a later run that skips its
    /// node will read.
    pub resident: Vec<bool>,
    /// For every node whether it is a view: nothing runs.
    pub is_view: Vec<bool>,
    /// For every value the node that makes it.
    pub producer: Vec<Option<NodeId>>,
}

impl Plan {
    /// Plans a graph. Without `partial` only inputs and outputs outlive a run.
    #[must_use]
    pub fn new(graph: Graph, layout: &dyn Layout, partial: bool) -> Self {
        let depends = dependence::of_values(&graph);
        let is_view: Vec<bool> = (0..graph.nodes.len()).map(|index| layout.is_view(&graph, NodeId(index))).collect();
        let lifetimes = lifetimes::of_values(&graph, &is_view, &depends, partial);
        let (buffers, buffer_of) = pool::assign(&graph, layout, &lifetimes);
        let mut producer = vec![None; graph.values.len()];
        for (index, node) in graph.nodes.iter().enumerate() {
            producer[node.output.0] = Some(NodeId(index));
        }
        let resident = (0..graph.values.len()).map(|value| lifetimes.is_resident(ValueId(value))).collect();
        Self { buffers, buffer_of, depends, resident, is_view, producer, graph }
    }

    /// Bytes of all buffers together.
    #[must_use]
    pub fn pool_bytes(&self) -> u64 {
        self.buffers.iter().sum()
    }

    /// Refuses plans whose buffers no machine of today has, before anything is allocated.
    ///
    /// # Errors
    /// [`crate::EngineError::OutOfMemory`].
    pub fn check_size(&self) -> Result<(), crate::EngineError> {
        let needed = self.buffers.iter().fold(0u64, |sum, &bytes| sum.saturating_add(bytes));
        if needed <= MAX_POOL_BYTES {
            return Ok(());
        }
        Err(crate::EngineError::OutOfMemory(format!("the plan wants {} MiB of buffers", needed >> 20)))
    }

    /// Names and shapes of the inputs.
    #[must_use]
    pub fn inputs(&self) -> Vec<crate::TensorSpec> {
        let spec = |&id: &ValueId| {
            let value = self.graph.value(id);
            crate::TensorSpec { name: value.name.clone(), shape: value.shape.clone() }
        };
        self.graph.inputs.iter().map(spec).collect()
    }

    /// Names and shapes of the outputs.
    #[must_use]
    pub fn outputs(&self) -> Vec<crate::TensorSpec> {
        let spec = |output: &crate::graph::Output| crate::TensorSpec {
            name: output.name.clone(),
            shape: self.graph.shape(output.value).to_vec(),
        };
        self.graph.outputs.iter().map(spec).collect()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::graph::{Activation, Element, Output, Source, Unary};

    /// `chain` unary nodes on "image", then one that joins with "clicks", then `chain` more; all of shape [4].
    pub(crate) fn two_inputs(chain: usize) -> Graph {
        let mut graph = Graph::default();
        let image = graph.add_input("image", [4]);
        let clicks = graph.add_input("clicks", [4]);
        let mut last = image;
        for index in 0..chain {
            last = push(&mut graph, &format!("a{index}"), Op::Unary(Unary::Abs), &[last]);
        }
        last = push(&mut graph, "join", Op::Binary(crate::graph::Binary::Add), &[last, clicks]);
        for index in 0..chain {
            last = push(&mut graph, &format!("b{index}"), Op::Unary(Unary::Activation(Activation::Relu)), &[last]);
        }
        graph.outputs.push(Output { name: "mask".into(), value: last });
        graph
    }

    pub(crate) fn push(graph: &mut Graph, name: &str, op: Op, inputs: &[ValueId]) -> ValueId {
        let shape = graph.shape(inputs[0]).to_vec();
        let node = NodeId(graph.nodes.len());
        let output = graph.add_value(name, shape, Element::F32, Source::Node(node));
        graph.nodes.push(crate::graph::Node { name: name.into(), op, inputs: inputs.to_vec(), output });
        output
    }

    #[test]
    fn an_output_never_lies_where_an_operand_lies() {
        let plan = Plan::new(two_inputs(6), &Dense, true);
        for node in &plan.graph.nodes {
            for input in &node.inputs {
                assert_ne!(plan.buffer_of[node.output.0], plan.buffer_of[input.0], "{}", node.name);
            }
        }
    }

    #[test]
    fn a_chain_needs_few_buffers() {
        let plan = Plan::new(two_inputs(20), &Dense, true);
        // Two inputs, the value that survives, the output, and two that take turns.
        assert_eq!(plan.buffers.len(), 6);
        assert_eq!(plan.pool_bytes(), 6 * 16);
        // Without partial evaluation nothing but the inputs and the output survives.
        assert_eq!(Plan::new(two_inputs(20), &Dense, false).buffers.len(), 5);
    }

    #[test]
    fn what_click_nodes_read_of_the_image_survives_alone() {
        let plan = Plan::new(two_inputs(3), &Dense, true);
        let named = |name: &str| plan.graph.values.iter().position(|value| value.name == name).unwrap();
        let survivor = named("a2");
        assert!(plan.resident[survivor] && !plan.resident[named("a1")]);
        let sharing = plan.buffer_of.iter().filter(|&&buffer| buffer == plan.buffer_of[survivor]).count();
        assert_eq!(sharing, 1, "nothing else may overwrite it");
    }

    #[test]
    fn a_reshape_is_a_view() {
        let mut graph = two_inputs(1);
        let last = graph.outputs[0].value;
        let flat = push(&mut graph, "flat", Op::Reshape, &[last]);
        graph.outputs[0].value = flat;
        let plan = Plan::new(graph, &Dense, true);
        assert_eq!(plan.buffer_of[flat.0], plan.buffer_of[last.0]);
        assert!(plan.resident[last.0], "its memory is the output");
    }
}

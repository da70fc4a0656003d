//! The static plan: which step writes where, and what runs when inputs change.
//!
//! * [`program`]: steps and the memory that they name, as every executor of ours lowers a graph.
//! * [`dependence`]: which inputs each value depends on.
//! * [`lifetimes`]: when each slot is needed, which ones outlive a run.
//! * [`memory`]: the assignment of slots to a small pool of separate buffers.
//! * [`schedule`]: what runs again after some inputs changed.
//! * [`ids`]: the indices of all of these.
//!
//! A plan knows no device: what a step does is the executor's [`Kernel`], and what kinds of memory there are its form. The pool is of
//! separate buffers, not one arena, because a graphics API forbids one buffer as input and output of the same dispatch; for the
//! same reason no step reads what it writes.

pub mod dependence;
pub mod ids;
pub mod lifetimes;
pub mod memory;
pub mod program;
pub mod schedule;

pub use dependence::InputSet;
pub use ids::{BufferId, ConstantId, IdVec, InputId, OutputId, SlotId, StepId};
pub use memory::Memory;
pub use program::{Kernel, Output, Program, Slot, SlotSource, Step};
pub use schedule::Schedule;

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::graph::{Activation, Element, Graph, NodeId, Op, Output, Source, Unary, ValueId};
    use crate::reference::lower::{CpuKernel, lower};

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

    fn plan(graph: &Graph, partial: bool) -> (Program<CpuKernel>, Memory<()>) {
        let program = lower(graph);
        let memory = Memory::new(&program, partial);
        (program, memory)
    }

    /// The slot that the node of this name writes.
    fn slot_of(graph: &Graph, program: &Program<CpuKernel>, name: &str) -> SlotId {
        let node = graph.nodes.iter().position(|node| node.name == name).unwrap();
        program.steps[StepId(node)].writes
    }

    #[test]
    fn a_result_never_lies_where_an_operand_lies() {
        let (program, memory) = plan(&two_inputs(6), true);
        for step in &program.steps {
            for &read in &step.reads {
                assert_ne!(memory.buffer_of[step.writes], memory.buffer_of[read], "{step:?}");
            }
        }
    }

    #[test]
    fn a_chain_needs_few_buffers() {
        let (_, memory) = plan(&two_inputs(20), true);
        // Two inputs, the value that survives, the output, and two that take turns.
        assert_eq!(memory.buffers.len(), 6);
        assert_eq!(memory.bytes(), 6 * 16);
        // Without partial evaluation nothing but the inputs and the output survives.
        assert_eq!(plan(&two_inputs(20), false).1.buffers.len(), 5);
    }

    #[test]
    fn what_click_nodes_read_of_the_image_survives_alone() {
        let graph = two_inputs(3);
        let (program, memory) = plan(&graph, true);
        let survivor = slot_of(&graph, &program, "a2");
        assert!(memory.resident[survivor] && !memory.resident[slot_of(&graph, &program, "a1")]);
        let sharing = memory.buffer_of.iter().filter(|&&buffer| buffer == memory.buffer_of[survivor]).count();
        assert_eq!(sharing, 1, "nothing else may overwrite it");
    }

    #[test]
    fn a_reshape_is_a_view() {
        let mut graph = two_inputs(1);
        let last = graph.outputs[0].value;
        let flat = push(&mut graph, "flat", Op::Reshape, &[last]);
        graph.outputs[0].value = flat;
        let (program, memory) = plan(&graph, true);
        assert_eq!(program.steps.len(), 3, "nothing runs for it");
        let slot = program.outputs[OutputId(0)].slot;
        assert_eq!(slot, slot_of(&graph, &program, "b0"));
        assert!(memory.resident[slot], "its memory is the output");
    }
}

//! Graph to steps in row-major memory without gaps. Reshapes are views: nothing runs for them.

use std::sync::Arc;

use crate::graph::{Graph, Op, Source, ValueId, work};
use crate::plan::{InputId, Kernel, Output, Program, Slot, SlotId, SlotSource, Step, dependence};

/// One operator with the shapes of its operands.
#[derive(Clone, Debug)]
pub struct CpuKernel {
    /// What is computed.
    pub op: Op,
    /// Shapes of what is read, in the order of [`Step::reads`].
    pub operands: Vec<Vec<usize>>,
    /// Shape of the result.
    pub shape: Vec<usize>,
}

impl Kernel for CpuKernel {
    type Form = ();
    type Constant = Arc<[f32]>;
}

/// Lowers a graph: a step per node that is no view. There is a kernel for every operator.
#[must_use]
pub fn lower(graph: &Graph) -> Program<CpuKernel> {
    let depends = dependence::of_values(graph);
    let mut program = Program::default();
    let mut slot_of: Vec<Option<SlotId>> = vec![None; graph.values.len()];
    for (index, value) in graph.values.iter().enumerate() {
        let source = match value.source {
            Source::Input(input) => SlotSource::Input(InputId(input)),
            Source::Node(_) => SlotSource::Steps,
            // Only those that somebody reads.
            Source::Constant(_) => continue,
        };
        let slot = Slot { bytes: value.len() as u64 * 4, form: (), source, depends: depends[index] };
        slot_of[index] = Some(program.slots.push(slot));
    }
    for node in &graph.nodes {
        let reads: Vec<SlotId> =
            node.inputs.iter().map(|&input| slot(&mut program, &mut slot_of, graph, input)).collect();
        // A reshaped constant is folded if it is small; a larger one is copied.
        if matches!(node.op, Op::Reshape) && graph.constant(node.inputs[0]).is_none() {
            slot_of[node.output.0] = Some(reads[0]);
            continue;
        }
        let operands: Vec<Vec<usize>> = node.inputs.iter().map(|&input| graph.shape(input).to_vec()).collect();
        let shape = graph.shape(node.output).to_vec();
        let work = work::of(&node.op, &operands.iter().map(Vec::as_slice).collect::<Vec<_>>(), &shape);
        let writes = slot(&mut program, &mut slot_of, graph, node.output);
        let kernel = CpuKernel { op: node.op.clone(), operands, shape };
        program.steps.push(Step { kernel, reads, writes, depends: depends[node.output.0], work });
    }
    for &input in &graph.inputs {
        let slot = slot(&mut program, &mut slot_of, graph, input);
        program.inputs.push(slot);
    }
    for output in &graph.outputs {
        let slot = slot(&mut program, &mut slot_of, graph, output.value);
        program.outputs.push(Output { slot, first: 0, len: graph.value(output.value).len() });
    }
    program
}

/// The memory of a value; that of a constant is made when it is first asked for.
fn slot(program: &mut Program<CpuKernel>, slot_of: &mut [Option<SlotId>], graph: &Graph, value: ValueId) -> SlotId {
    *slot_of[value.0].get_or_insert_with(|| {
        let data = graph.constant(value).map_or_else(|| Arc::from([]), crate::graph::Constant::to_f32);
        let bytes = data.len() as u64 * 4;
        let source = SlotSource::Constant(program.constants.push(data));
        program.slots.push(Slot { bytes, form: (), source, depends: dependence::InputSet::EMPTY })
    })
}

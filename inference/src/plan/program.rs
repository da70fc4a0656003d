//! What an executor makes of a graph before it runs anything.

use super::dependence::InputSet;
use super::ids::{ConstantId, IdVec, InputId, OutputId, SlotId, StepId};

/// What a step of an executor does.
pub trait Kernel {
    /// What kind of memory there is, beside its size. Slots share a buffer only with others of the same form.
    type Form: Copy + PartialEq + std::fmt::Debug;

    /// Contents of constant memory.
    type Constant: std::fmt::Debug;
}

/// A graph ready for an executor: steps in the order they run, and the memory that they name.
#[derive(Debug)]
pub struct Program<K: Kernel> {
    /// In the order they run: what a step reads was written by steps before it.
    pub steps: IdVec<StepId, Step<K>>,
    /// All memory.
    pub slots: IdVec<SlotId, Slot<K::Form>>,
    /// Contents of constant slots.
    pub constants: IdVec<ConstantId, K::Constant>,
    /// The memory of every input of the graph, row-major.
    pub inputs: IdVec<InputId, SlotId>,
    /// The outputs of the graph.
    pub outputs: IdVec<OutputId, Output>,
}

impl<K: Kernel> Default for Program<K> {
    fn default() -> Self {
        Self {
            steps: IdVec::new(),
            slots: IdVec::new(),
            constants: IdVec::new(),
            inputs: IdVec::new(),
            outputs: IdVec::new(),
        }
    }
}

/// One thing that runs.
#[derive(Clone, Debug)]
pub struct Step<K> {
    /// What it does.
    pub kernel: K,
    /// What it reads, in the order of the kernel; never what it writes.
    pub reads: Vec<SlotId>,
    /// What it writes, alone or with other steps that write other parts of it.
    pub writes: SlotId,
    /// The inputs that the result depends on.
    pub depends: InputSet,
    /// About how many multiply-adds it costs.
    pub work: u64,
}

impl<K> Step<K> {
    /// Every slot that is read or written.
    pub fn slots(&self) -> impl Iterator<Item = SlotId> + '_ {
        self.reads.iter().copied().chain([self.writes])
    }
}

/// A piece of memory.
#[derive(Clone, Debug)]
pub struct Slot<F> {
    /// Its size.
    pub bytes: u64,
    /// What kind of memory it is.
    pub form: F,
    /// Who writes it.
    pub source: SlotSource,
    /// The inputs that its contents depend on.
    pub depends: InputSet,
}

/// Who writes a slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SlotSource {
    /// The caller.
    Input(InputId),
    /// Nobody.
    Constant(ConstantId),
    /// Steps.
    Steps,
}

/// An output of the graph.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Output {
    /// The memory in which it lies, row-major.
    pub slot: SlotId,
    /// Its first float there.
    pub first: u32,
    /// Number of floats.
    pub len: usize,
}

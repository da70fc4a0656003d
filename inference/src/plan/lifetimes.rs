//! When each value is needed.

use super::dependence::InputSet;
use crate::graph::{Graph, Source, ValueId};

/// First and last step (node index) at which memory is needed, both included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Interval {
    /// The step that writes it.
    pub first: usize,
    /// The last step that reads it.
    pub last: usize,
}

impl Interval {
    /// Whether both need memory at the same time.
    #[must_use]
    pub const fn overlaps(self, other: Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// Lifetimes of the memory behind values; views share that of their operand.
#[derive(Debug)]
pub struct Lifetimes {
    /// For every value the value whose memory it uses (itself unless it is a view).
    pub root: Vec<ValueId>,
    /// For every root its interval; `None` for constants, views and values nothing makes.
    pub interval: Vec<Option<Interval>>,
    /// For every root whether it must survive the run.
    resident: Vec<bool>,
}

impl Lifetimes {
    /// Whether the memory of a value survives the run.
    #[must_use]
    pub fn is_resident(&self, value: ValueId) -> bool {
        self.resident[self.root[value.0].0]
    }
}

/// The lifetimes of all values of a graph.
#[must_use]
pub fn of_values(graph: &Graph, is_view: &[bool], depends: &[InputSet], partial: bool) -> Lifetimes {
    let count = graph.values.len();
    let mut root: Vec<ValueId> = (0..count).map(ValueId).collect();
    let mut interval = vec![None; count];
    let mut resident = vec![false; count];
    for &input in &graph.inputs {
        interval[input.0] = Some(Interval { first: 0, last: usize::MAX });
        resident[input.0] = true;
    }
    for (step, node) in graph.nodes.iter().enumerate() {
        if is_view[step] {
            root[node.output.0] = root[node.inputs[0].0];
        } else {
            interval[node.output.0] = Some(Interval { first: step, last: step });
        }
        for input in &node.inputs {
            let memory = root[input.0].0;
            if let Some(interval) = &mut interval[memory] {
                interval.last = interval.last.max(step);
            }
            // The reader runs when inputs change that leave this value as it is.
            let outlives = partial && depends[input.0].lacks_some_of(depends[node.output.0]);
            if outlives && !matches!(graph.value(*input).source, Source::Constant(_)) {
                resident[memory] = true;
            }
        }
    }
    for output in &graph.outputs {
        resident[root[output.value.0].0] = true;
    }
    for (interval, _) in interval.iter_mut().zip(&resident).filter(|(_, resident)| **resident) {
        if let Some(interval) = interval {
            *interval = Interval { first: 0, last: usize::MAX };
        }
    }
    Lifetimes { root, interval, resident }
}

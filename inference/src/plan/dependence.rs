//! Which inputs each value depends on.

use crate::graph::{Graph, Node, Source, work};

/// Share of the work that must depend on one input alone to be worth the trouble.
const MIN_SHARE: f64 = 0.05;

/// A set of graph inputs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct InputSet(u64);

impl InputSet {
    /// As many inputs as a set can tell apart; a graph with more is refused.
    pub const MAX_INPUTS: usize = 64;

    /// No input: constants.
    pub const EMPTY: Self = Self(0);

    /// One input, counted from 0 and below [`MAX_INPUTS`](Self::MAX_INPUTS).
    #[must_use]
    pub const fn one(input: usize) -> Self {
        Self(1 << input)
    }

    /// Members of either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether an input is a member.
    #[must_use]
    pub const fn contains(self, input: usize) -> bool {
        self.0 & (1 << input) != 0
    }

    /// Whether there are no members.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether `other` has a member that this set has not.
    #[must_use]
    pub const fn lacks_some_of(self, other: Self) -> bool {
        other.0 & !self.0 != 0
    }
}

/// For every value the inputs it depends on.
#[must_use]
pub fn of_values(graph: &Graph) -> Vec<InputSet> {
    let mut depends = vec![InputSet::EMPTY; graph.values.len()];
    for (value, set) in graph.values.iter().zip(&mut depends) {
        if let Source::Input(index) = value.source {
            *set = InputSet::one(index);
        }
    }
    for node in &graph.nodes {
        let set = node.inputs.iter().fold(InputSet::EMPTY, |set, input| set.union(depends[input.0]));
        depends[node.output.0] = set;
    }
    depends
}

/// The input on which the most work depends alone, if that is a share worth the trouble.
#[must_use]
pub fn heaviest_input(graph: &Graph, depends: &[InputSet]) -> Option<usize> {
    let work = |node: &Node| -> f64 {
        let operands: Vec<&[usize]> = node.inputs.iter().map(|&id| graph.shape(id)).collect();
        work::of(&node.op, &operands, graph.shape(node.output)) as f64
    };
    let total: f64 = graph.nodes.iter().map(work).sum();
    let share = |input: usize| -> f64 {
        let alone = graph.nodes.iter().filter(|node| depends[node.output.0] == InputSet::one(input));
        alone.map(work).sum::<f64>() / total
    };
    let best = (0..graph.inputs.len()).max_by(|&a, &b| share(a).total_cmp(&share(b)))?;
    (graph.inputs.len() > 1 && share(best) > MIN_SHARE).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::tests::two_inputs;

    #[test]
    fn the_join_depends_on_both() {
        let graph = two_inputs(1);
        let depends = of_values(&graph);
        let of = |name: &str| depends[graph.values.iter().position(|value| value.name == name).unwrap()];
        assert_eq!(of("a0"), InputSet::one(0));
        assert_eq!(of("join"), InputSet::one(0).union(InputSet::one(1)));
        assert!(of("a0").lacks_some_of(of("join")) && !of("join").lacks_some_of(of("a0")));
    }
}

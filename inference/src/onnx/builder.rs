//! The graph under construction. Operators on constants are computed at once, operators that change nothing vanish.

use std::collections::HashMap;

use super::limits::{MAX_FOLDED, MAX_FOLDED_TOTAL, MAX_FOLDED_WORK};
use super::tensor::check_shape;
use super::{Refusal, invalid, unsupported};
use crate::graph::{Constant, Element, Graph, Node, NodeId, Op, Source, ValueId, fold, work};

/// A graph under construction.
#[derive(Default)]
pub struct Builder {
    /// What there is so far.
    pub graph: Graph,
    names: HashMap<String, ValueId>,
    /// Outputs that are not computed, with the node they belong to.
    left_out: HashMap<String, String>,
    /// Elements and multiplications of what was folded.
    folded: usize,
    folded_work: u64,
}

impl Builder {
    /// The value of this name in the file.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<ValueId> {
        self.names.get(name).copied()
    }

    /// An output of this node is not computed.
    pub fn leave_out(&mut self, output: &str, node: &str) {
        self.left_out.insert(output.to_owned(), node.to_owned());
    }

    /// Why there is no value of this name.
    #[must_use]
    pub fn why_missing(&self, name: &str) -> Refusal {
        match self.left_out.get(name) {
            Some(node) => {
                unsupported(format!("it needs `{name}`, a further output of node `{node}`, which is not computed"))
            }
            None => invalid(format!("it reads `{name}`, which nothing before it makes")),
        }
    }

    /// Every name of the file with its value, in alphabetical order.
    #[must_use]
    pub fn into_parts(self) -> (Graph, Vec<(String, ValueId)>) {
        let mut names: Vec<(String, ValueId)> = self.names.into_iter().collect();
        names.sort();
        (self.graph, names)
    }

    /// Gives a value its name in the file.
    ///
    /// # Errors
    /// The name is taken.
    pub fn name(&mut self, name: &str, id: ValueId, is_new: bool) -> Result<(), Refusal> {
        if self.names.insert(name.to_owned(), id).is_some() {
            return Err(invalid(format!("two values are called `{name}`")));
        }
        if is_new {
            name.clone_into(&mut self.graph.values[id.0].name);
        }
        Ok(())
    }

    /// Adds an operator, or what it comes to.
    ///
    /// # Errors
    /// The result is too large.
    pub fn push(
        &mut self,
        node: &str,
        op: Op,
        inputs: Vec<ValueId>,
        shape: Vec<usize>,
        element: Element,
    ) -> Result<ValueId, Refusal> {
        check_shape(&shape)?;
        if self.changes_nothing(&op, &inputs, &shape) {
            return Ok(inputs[0]);
        }
        if let Some(constant) = self.fold(&op, &inputs, &shape, element) {
            self.folded += constant.len();
            self.folded_work += self.work(&op, &inputs, &shape);
            return Ok(self.graph.add_constant(node, constant));
        }
        let id = NodeId(self.graph.nodes.len());
        let output = self.graph.add_value(node, shape, element, Source::Node(id));
        self.graph.nodes.push(Node { name: node.to_owned(), op, inputs, output });
        Ok(output)
    }

    fn changes_nothing(&self, op: &Op, inputs: &[ValueId], shape: &[usize]) -> bool {
        let Some(&input) = inputs.first() else { return false };
        let same_shape = self.graph.shape(input) == shape;
        match op {
            Op::Reshape | Op::Expand | Op::Tile { .. } => same_shape,
            Op::Transpose { perm } => perm.iter().enumerate().all(|(axis, &from)| axis == from),
            Op::Slice(slice) => same_shape && slice.steps.iter().all(|&step| step == 1),
            Op::Pad(pad) => pad.before.iter().chain(&pad.after).all(|&amount| amount == 0),
            Op::Concat { .. } => inputs.len() == 1,
            Op::Reduce(reduce) => reduce.axes.is_empty() && same_shape,
            _ => false,
        }
    }

    fn fold(&self, op: &Op, inputs: &[ValueId], shape: &[usize], element: Element) -> Option<Constant> {
        let constants: Vec<&Constant> = inputs.iter().map(|&id| self.graph.constant(id)).collect::<Option<_>>()?;
        let len: usize = shape.iter().product();
        let largest = constants.iter().map(|constant| constant.len()).max().unwrap_or(0).max(len);
        let work = self.folded_work.saturating_add(self.work(op, inputs, shape));
        if largest > MAX_FOLDED || self.folded + len > MAX_FOLDED_TOTAL || work > MAX_FOLDED_WORK {
            return None;
        }
        fold::evaluate(op, &constants, shape, element)
    }

    fn work(&self, op: &Op, inputs: &[ValueId], shape: &[usize]) -> u64 {
        let operands: Vec<&[usize]> = inputs.iter().map(|&id| self.graph.shape(id)).collect();
        work::of(op, &operands, shape)
    }
}

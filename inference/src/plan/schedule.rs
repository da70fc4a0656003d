//! What runs again after some inputs changed.
//!
//! A node is *pending* if an input it depends on changed since it last ran. To get the wanted outputs, every pending node
//! they need runs, and with it every node whose result is needed but did not survive the last run.

use super::Plan;
use crate::graph::ValueId;

/// The state between runs. Allocates nothing after it was made.
#[derive(Clone, Debug)]
pub struct Schedule {
    pending: Vec<bool>,
    needed: Vec<bool>,
    steps: Vec<usize>,
    is_set: Vec<bool>,
    partial: bool,
}

impl Schedule {
    /// Nothing has run. Without `partial` every run is a whole run.
    #[must_use]
    pub fn new(plan: &Plan, partial: bool) -> Self {
        let nodes = plan.graph.nodes.len();
        Self {
            pending: vec![true; nodes],
            needed: vec![false; nodes],
            steps: Vec::with_capacity(nodes),
            is_set: vec![false; plan.graph.inputs.len()],
            partial,
        }
    }

    /// The input of this index has new data.
    pub fn input_changed(&mut self, plan: &Plan, input: usize) {
        self.is_set[input] = true;
        for (pending, node) in self.pending.iter_mut().zip(&plan.graph.nodes) {
            *pending |= plan.depends[node.output.0].contains(input);
        }
    }

    /// The first input that never got data.
    #[must_use]
    pub fn missing_input(&self) -> Option<usize> {
        self.is_set.iter().position(|&set| !set)
    }

    /// The nodes to run for these outputs (indices into `plan.graph.outputs`; none: all), in order, views left out.
    pub fn prepare(&mut self, plan: &Plan, outputs: impl IntoIterator<Item = usize>) -> &[usize] {
        if !self.partial {
            self.pending.fill(true);
        }
        self.needed.fill(false);
        let mut any = false;
        for output in outputs {
            any = true;
            self.need(plan, plan.graph.outputs[output].value);
        }
        if !any {
            for output in &plan.graph.outputs {
                self.need(plan, output.value);
            }
        }
        // Operands stand before their readers: one pass backwards finds everything.
        for index in (0..self.needed.len()).rev() {
            if self.needed[index] {
                for input in &plan.graph.nodes[index].inputs {
                    self.need(plan, *input);
                }
            }
        }
        self.steps.clear();
        self.steps.extend((0..self.needed.len()).filter(|&index| self.needed[index] && !plan.is_view[index]));
        &self.steps
    }

    /// The steps of the last [`prepare`](Self::prepare).
    #[must_use]
    pub fn steps(&self) -> &[usize] {
        &self.steps
    }

    /// All steps of the last [`prepare`](Self::prepare) have run.
    pub fn finish(&mut self) {
        for (pending, needed) in self.pending.iter_mut().zip(&self.needed) {
            *pending &= !needed;
        }
    }

    /// Whether a value is there and up to date.
    #[must_use]
    pub fn is_current(&self, plan: &Plan, value: ValueId) -> bool {
        plan.producer[value.0].is_none_or(|node| !self.pending[node.0]) && self.missing_input().is_none()
    }

    fn need(&mut self, plan: &Plan, value: ValueId) {
        if let Some(node) = plan.producer[value.0]
            && (self.pending[node.0] || !plan.resident[value.0])
        {
            self.needed[node.0] = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{Op, Output, Unary};
    use crate::plan::tests::{push, two_inputs};
    use crate::plan::{Dense, Plan};

    #[test]
    fn only_what_depends_on_changed_inputs_runs_again() {
        let plan = Plan::new(two_inputs(3), &Dense, true);
        let mut schedule = Schedule::new(&plan, true);
        schedule.input_changed(&plan, 0);
        assert_eq!(schedule.missing_input(), Some(1));
        schedule.input_changed(&plan, 1);
        assert_eq!(schedule.prepare(&plan, []), [0, 1, 2, 3, 4, 5, 6]);
        schedule.finish();
        assert!(schedule.prepare(&plan, []).is_empty(), "nothing changed");
        schedule.input_changed(&plan, 1);
        assert_eq!(schedule.prepare(&plan, []), [3, 4, 5, 6]);
        schedule.finish();
        schedule.input_changed(&plan, 0);
        assert_eq!(schedule.prepare(&plan, []), [0, 1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn an_output_not_wanted_is_made_up_for_later() {
        // join -> b0 -> mask, and join -> side: `join` does not survive the first run.
        let mut graph = two_inputs(1);
        let join = graph.nodes[1].output;
        let side = push(&mut graph, "side", Op::Unary(Unary::Exp), &[join]);
        graph.outputs.push(Output { name: "side".into(), value: side });
        let plan = Plan::new(graph, &Dense, true);
        let mut schedule = Schedule::new(&plan, true);
        schedule.input_changed(&plan, 0);
        schedule.input_changed(&plan, 1);
        assert_eq!(schedule.prepare(&plan, [0]), [0, 1, 2]);
        schedule.finish();
        assert!(!schedule.is_current(&plan, side));
        assert_eq!(schedule.prepare(&plan, [1]), [1, 3], "the join again, the image part not");
        schedule.finish();
        assert!(schedule.is_current(&plan, side));
    }

    #[test]
    fn whole_runs_when_asked_for() {
        let plan = Plan::new(two_inputs(2), &Dense, false);
        let mut schedule = Schedule::new(&plan, false);
        schedule.input_changed(&plan, 0);
        schedule.input_changed(&plan, 1);
        for _ in 0..2 {
            assert_eq!(schedule.prepare(&plan, []).len(), 5);
            schedule.finish();
        }
    }
}

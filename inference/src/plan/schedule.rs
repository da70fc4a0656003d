//! What runs again after some inputs changed.
//!
//! The result of a step is *fresh* if it is in memory and no input that it depends on changed since. To get the wanted outputs, every
//! step that is not fresh and that they need runs. What is not resident lives only for the run that made it: another may lie there
//! afterwards, so it is made again whenever it is needed.

use super::ids::{IdVec, InputId, OutputId, SlotId, StepId};
use super::program::{Kernel, Program};

/// The state between runs. Allocates nothing after it was made.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// For every step whether its result is in memory and up to date.
    fresh: IdVec<StepId, bool>,
    /// For every slot whether a chosen step or the caller needs it.
    needed: IdVec<SlotId, bool>,
    /// For every slot whether what is in it is still there in the next run.
    resident: IdVec<SlotId, bool>,
    /// The chosen steps.
    steps: Vec<StepId>,
    partial: bool,
}

impl Schedule {
    /// Nothing has run. `resident` is that of [`super::Memory`]. Without `partial` every run is a whole run.
    #[must_use]
    pub fn new<K: Kernel>(program: &Program<K>, resident: IdVec<SlotId, bool>, partial: bool) -> Self {
        let steps = program.steps.len();
        Self {
            fresh: IdVec::filled(false, steps),
            needed: IdVec::filled(false, program.slots.len()),
            resident,
            steps: Vec::with_capacity(steps),
            partial,
        }
    }

    /// This input has new data.
    pub fn input_changed<K: Kernel>(&mut self, program: &Program<K>, input: InputId) {
        for (fresh, step) in self.fresh.iter_mut().zip(&program.steps) {
            *fresh &= !step.depends.contains(input.0);
        }
    }

    /// Chooses the steps to run for these outputs, in order.
    pub fn prepare<K: Kernel>(&mut self, program: &Program<K>, wanted: &[OutputId]) -> &[StepId] {
        if !self.partial {
            self.forget();
        }
        self.needed.fill(false);
        for &output in wanted {
            self.needed[program.outputs[output].slot] = true;
        }
        self.steps.clear();
        // What a step reads is written before it: one pass backwards finds everything.
        for (id, step) in program.steps.entries().rev() {
            if self.needed[step.writes] && !self.fresh[id] {
                self.steps.push(id);
                for &slot in &step.reads {
                    self.needed[slot] = true;
                }
            }
        }
        self.steps.reverse();
        &self.steps
    }

    /// The steps of the last [`prepare`](Self::prepare).
    #[must_use]
    pub fn steps(&self) -> &[StepId] {
        &self.steps
    }

    /// All steps of the last [`prepare`](Self::prepare) have run.
    pub fn finish<K: Kernel>(&mut self, program: &Program<K>) {
        for &id in &self.steps {
            self.fresh[id] = self.resident[program.steps[id].writes];
        }
    }

    /// Every result is lost: the next run is a whole one.
    pub fn forget(&mut self) {
        self.fresh.fill(false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{Graph, Op, Output, Unary};
    use crate::plan::Memory;
    use crate::plan::tests::{push, two_inputs};
    use crate::reference::lower::{CpuKernel, lower};

    const MASK: OutputId = OutputId(0);

    fn plan(graph: &Graph, partial: bool) -> (Program<CpuKernel>, Schedule) {
        let program = lower(graph);
        let memory = Memory::new(&program, partial);
        let schedule = Schedule::new(&program, memory.resident, partial);
        (program, schedule)
    }

    fn numbers(steps: &[StepId]) -> Vec<usize> {
        steps.iter().map(|step| step.0).collect()
    }

    #[test]
    fn only_what_depends_on_changed_inputs_runs_again() {
        let (program, mut schedule) = plan(&two_inputs(3), true);
        assert_eq!(numbers(schedule.prepare(&program, &[MASK])), [0, 1, 2, 3, 4, 5, 6]);
        schedule.finish(&program);
        assert!(schedule.prepare(&program, &[MASK]).is_empty(), "nothing changed");
        schedule.input_changed(&program, InputId(1));
        assert_eq!(numbers(schedule.prepare(&program, &[MASK])), [3, 4, 5, 6]);
        schedule.finish(&program);
        schedule.input_changed(&program, InputId(0));
        assert_eq!(numbers(schedule.prepare(&program, &[MASK])), [0, 1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn an_output_not_wanted_is_made_up_for_later() {
        // join -> b0 -> mask, and join -> side: `join` does not survive the first run.
        let mut graph = two_inputs(1);
        let join = graph.nodes[1].output;
        let side = push(&mut graph, "side", Op::Unary(Unary::Exp), &[join]);
        graph.outputs.push(Output { name: "side".into(), value: side });
        let side = OutputId(1);
        let (program, mut schedule) = plan(&graph, true);
        assert_eq!(numbers(schedule.prepare(&program, &[MASK])), [0, 1, 2]);
        schedule.finish(&program);
        assert_eq!(numbers(schedule.prepare(&program, &[side])), [1, 3], "the join again, the image part not");
        schedule.finish(&program);
        assert!(schedule.prepare(&program, &[side, MASK]).is_empty(), "both are there now");
    }

    #[test]
    fn a_run_that_failed_leaves_nothing() {
        let (program, mut schedule) = plan(&two_inputs(1), true);
        schedule.prepare(&program, &[MASK]);
        schedule.finish(&program);
        schedule.input_changed(&program, InputId(1));
        schedule.prepare(&program, &[MASK]);
        schedule.forget();
        assert_eq!(numbers(schedule.prepare(&program, &[MASK])), [0, 1, 2]);
    }

    #[test]
    fn whole_runs_when_asked_for() {
        let (program, mut schedule) = plan(&two_inputs(2), false);
        for _ in 0..2 {
            assert_eq!(schedule.prepare(&program, &[MASK]).len(), 5);
            schedule.finish(&program);
        }
    }
}

//! When each slot is needed.

use super::ids::{IdVec, SlotId};
use super::program::{Kernel, Program, SlotSource};

/// First and last step at which memory is needed, both included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Interval {
    /// The first step that writes it.
    pub first: usize,
    /// The last step that reads or writes it.
    pub last: usize,
}

impl Interval {
    /// For good.
    pub const WHOLE: Self = Self { first: 0, last: usize::MAX };

    /// Whether both need memory at the same time.
    #[must_use]
    pub const fn overlaps(self, other: Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// Lifetimes of the slots of a program.
#[derive(Clone, Debug)]
pub struct Lifetimes {
    /// For every slot when it needs a buffer; none for constants, and for what no step touches.
    pub interval: IdVec<SlotId, Option<Interval>>,
    /// For every slot whether what is in it is still there in the next run: inputs, outputs, and with `partial` what is
    /// read by steps that run when inputs change that leave it as it is.
    pub resident: IdVec<SlotId, bool>,
}

impl Lifetimes {
    /// The lifetimes of all slots. Without `partial` only inputs and outputs outlive a run.
    #[must_use]
    pub fn of<K: Kernel>(program: &Program<K>, partial: bool) -> Self {
        let mut interval: IdVec<SlotId, Option<Interval>> = IdVec::filled(None, program.slots.len());
        let mut resident = IdVec::filled(false, program.slots.len());
        for (id, step) in program.steps.entries() {
            for slot in step.slots() {
                let interval = interval[slot].get_or_insert(Interval { first: id.0, last: id.0 });
                interval.last = id.0;
                resident[slot] |= partial && program.slots[slot].depends != step.depends;
            }
        }
        for &slot in &program.inputs {
            resident[slot] = true;
            interval[slot] = Some(Interval::WHOLE);
        }
        for output in &program.outputs {
            resident[output.slot] = true;
        }
        for (id, slot) in program.slots.entries() {
            match (&mut interval[id], slot.source) {
                (none, SlotSource::Constant(_)) => *none = None,
                (Some(interval), _) if resident[id] => *interval = Interval::WHOLE,
                _ => {}
            }
        }
        Self { interval, resident }
    }
}

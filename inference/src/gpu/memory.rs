//! Which step results share a buffer.
//!
//! Memory is asked for in *slots*: what a step writes as a whole, be it one value, several (concatenation in place) or a
//! copy in another layout. Slots that live at different times share a buffer, the largest placed first (Pisarchyk & Lee,
//! arXiv 2001.03288). Separate buffers, not one arena: a buffer cannot be read and written in one dispatch.

use super::lower::{Program, SlotKind};
use crate::plan::lifetimes::Interval;

/// The assignment.
#[derive(Debug)]
pub struct Memory {
    /// Every pool buffer: its bytes, and whether it is a texture.
    pub buffers: Vec<(u64, bool)>,
    /// For every slot of kind [`SlotKind::Value`] its pool buffer.
    pub buffer_of: Vec<Option<usize>>,
    /// For every slot whether what is in it is still there in the next run.
    pub resident: Vec<bool>,
}

impl Memory {
    /// All of it; texels are there twice, as what is written and as what is read.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.buffers.iter().map(|&(bytes, texels)| if texels { 2 * bytes } else { bytes }).sum()
    }

    /// Plans a program. With `partial`, what is read by steps that depend on more inputs than its writers stays.
    #[must_use]
    pub fn new(program: &Program, partial: bool) -> Self {
        let count = program.slots.len();
        let mut interval: Vec<Option<Interval>> = vec![None; count];
        let mut resident = vec![false; count];
        for (at, step) in program.steps.iter().enumerate() {
            for slot in step.slots() {
                let interval = interval[slot.0].get_or_insert(Interval { first: at, last: at });
                interval.last = at;
                resident[slot.0] |= partial && program.slots[slot.0].depends != step.depends;
            }
        }
        for output in &program.outputs {
            resident[output.place.slot.0] = true;
        }
        let mut waiting: Vec<(u64, bool, usize, Interval)> = Vec::new();
        for (index, slot) in program.slots.iter().enumerate() {
            let Some(interval) = interval[index] else { continue };
            if slot.kind == SlotKind::Value {
                let whole_run = Interval { first: 0, last: usize::MAX };
                let interval = if resident[index] { whole_run } else { interval };
                waiting.push((slot.bytes, slot.texels, index, interval));
            }
        }
        waiting.sort_by_key(|&(bytes, _, index, _)| (std::cmp::Reverse(bytes), index));

        let mut buffers: Vec<(u64, bool, Vec<Interval>)> = Vec::new();
        let mut buffer_of = vec![None; count];
        for (bytes, texels, index, interval) in waiting {
            let free = |(_, kind, taken): &(u64, bool, Vec<Interval>)| {
                *kind == texels && taken.iter().all(|other| !other.overlaps(interval))
            };
            let chosen = buffers.iter().rposition(free).unwrap_or_else(|| {
                buffers.push((bytes, texels, Vec::new()));
                buffers.len() - 1
            });
            buffers[chosen].2.push(interval);
            buffer_of[index] = Some(chosen);
        }
        Self { buffers: buffers.into_iter().map(|(bytes, texels, _)| (bytes, texels)).collect(), buffer_of, resident }
    }
}

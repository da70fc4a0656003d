//! Which slots share a buffer: greedy assignment, the largest first (Pisarchyk & Lee, "Efficient Memory Management for Deep
//! Neural Net Inference", arXiv 2001.03288, "greedy by size").

use super::ids::{BufferId, IdVec, SlotId};
use super::lifetimes::{Interval, Lifetimes};
use super::program::{Kernel, Program};
use crate::EngineError;

/// Bytes of all buffers of a program, whatever the backend.
const MAX_BYTES: u64 = 1 << 30;

/// A buffer of the pool.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Buffer<F> {
    /// Its size.
    pub bytes: u64,
    /// What kind of memory it is.
    pub form: F,
}

/// Where everything lies.
#[derive(Clone, Debug)]
pub struct Memory<F> {
    /// The pool, the inputs included.
    pub buffers: IdVec<BufferId, Buffer<F>>,
    /// For every slot its buffer; none for constants and for what no step touches.
    pub buffer_of: IdVec<SlotId, Option<BufferId>>,
    /// For every slot whether what is in it is still there in the next run.
    pub resident: IdVec<SlotId, bool>,
}

impl<F: Copy + PartialEq> Memory<F> {
    /// Assigns the slots of a program. Without `partial` only inputs and outputs outlive a run.
    #[must_use]
    pub fn new<K: Kernel<Form = F>>(program: &Program<K>, partial: bool) -> Self {
        let lifetimes = Lifetimes::of(program, partial);
        let mut waiting: Vec<(Buffer<F>, SlotId, Interval)> = Vec::new();
        for (id, slot) in program.slots.entries() {
            if let Some(interval) = lifetimes.interval[id] {
                waiting.push((Buffer { bytes: slot.bytes, form: slot.form }, id, interval));
            }
        }
        // The largest first; among equals in the order of the program, so that a plan is always the same.
        waiting.sort_by_key(|&(buffer, id, _)| (std::cmp::Reverse(buffer.bytes), id));

        let mut pool: Vec<(Buffer<F>, Vec<Interval>)> = Vec::new();
        let mut buffer_of = IdVec::filled(None, program.slots.len());
        for (buffer, id, interval) in waiting {
            let free = |(other, taken): &(Buffer<F>, Vec<Interval>)| {
                other.form == buffer.form && taken.iter().all(|other| !other.overlaps(interval))
            };
            // Every buffer is large enough, the last one made wastes least.
            let chosen = pool.iter().rposition(free).unwrap_or_else(|| {
                pool.push((buffer, Vec::new()));
                pool.len() - 1
            });
            pool[chosen].1.push(interval);
            buffer_of[id] = Some(BufferId(chosen));
        }
        let buffers = pool.into_iter().map(|(buffer, _)| buffer).collect();
        Self { buffers, buffer_of, resident: lifetimes.resident }
    }
}

impl<F> Memory<F> {
    /// Bytes of all buffers together.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.buffers.iter().fold(0, |sum, buffer| sum.saturating_add(buffer.bytes))
    }

    /// Refuses what no machine of today has, before anything is allocated.
    ///
    /// # Errors
    /// [`EngineError::OutOfMemory`].
    pub fn check_size(&self) -> Result<(), EngineError> {
        let needed = self.bytes();
        if needed <= MAX_BYTES {
            return Ok(());
        }
        Err(EngineError::OutOfMemory(format!("the plan wants {} MiB of buffers", needed >> 20)))
    }
}

//! The steps, replayed on the CPU.

use super::kernels::{self, Operand};
use super::lower::{CpuKernel, lower};
use crate::calls::{Backend, Calls};
use crate::graph::Graph;
use crate::plan::{BufferId, IdVec, InputId, Memory, OutputId, Program, Schedule, SlotId, SlotSource, StepId};
use crate::{BackendKind, EngineError, ExecutorInfo};

/// Runs a network in main memory. Needs nothing but the program itself.
pub struct ReferenceExecutor {
    info: ExecutorInfo,
    calls: Calls,
    program: Program<CpuKernel>,
    memory: Memory<()>,
    schedule: Schedule,
    buffers: IdVec<BufferId, Vec<f32>>,
    /// Threads of its own, if a number was asked for.
    threads: Option<rayon::ThreadPool>,
}

impl ReferenceExecutor {
    /// Plans the graph and makes its buffers.
    ///
    /// # Errors
    /// [`EngineError::OutOfMemory`] if the buffers would be absurdly large.
    pub fn new(graph: &Graph, partial: bool, reason: String) -> Result<Self, EngineError> {
        let program = lower(graph);
        let memory = Memory::new(&program, partial);
        memory.check_size()?;
        let info = ExecutorInfo {
            backend: BackendKind::Reference,
            device: "plain Rust on the CPU".to_owned(),
            reason,
            pool_bytes: memory.bytes(),
        };
        Ok(Self {
            info,
            calls: Calls::new(graph.input_specs(), graph.output_specs()),
            schedule: Schedule::new(&program, memory.resident.clone(), partial),
            buffers: memory.buffers.iter().map(|buffer| vec![0.0; buffer.bytes as usize / 4]).collect(),
            program,
            memory,
            threads: None,
        })
    }

    /// Runs on so many threads of its own; 0: on those that the program shares.
    ///
    /// # Errors
    /// [`EngineError::Backend`] if the system gives no threads.
    pub fn with_threads(mut self, threads: usize) -> Result<Self, EngineError> {
        if threads > 0 {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .thread_name(|index| format!("limn-reference-{index}"))
                .build();
            let failed = |error: rayon::ThreadPoolBuildError| EngineError::Backend {
                backend: "reference",
                message: error.to_string(),
            };
            self.threads = Some(pool.map_err(failed)?);
        }
        Ok(self)
    }

    /// The steps that the last run executed, in order.
    #[must_use]
    pub fn last_steps(&self) -> &[StepId] {
        self.schedule.steps()
    }

    fn step(&mut self, id: StepId) {
        let step = &self.program.steps[id];
        let CpuKernel { op, operands, shape } = &step.kernel;
        let Some(target) = self.memory.buffer_of[step.writes] else { return };
        // No operand lies in the buffer of the result, so it can be taken out while the others are read.
        let mut out = std::mem::take(&mut self.buffers[target]);
        {
            let reads = operands.iter().zip(&step.reads);
            let inputs: Vec<Operand<'_>> =
                reads.map(|(shape, &slot)| Operand { shape, data: self.elements(slot) }).collect();
            let len = shape.iter().product();
            let mut run = || kernels::run(op, &inputs, shape, &mut out[..len]);
            match &self.threads {
                Some(pool) => pool.install(run),
                None => run(),
            }
        }
        self.buffers[target] = out;
    }

    /// What lies in a slot.
    fn elements(&self, slot: SlotId) -> &[f32] {
        let info = &self.program.slots[slot];
        match (info.source, self.memory.buffer_of[slot]) {
            (SlotSource::Constant(constant), _) => &self.program.constants[constant],
            (_, Some(buffer)) => &self.buffers[buffer][..info.bytes as usize / 4],
            (_, None) => &[],
        }
    }
}

impl Backend for ReferenceExecutor {
    fn about(&self) -> &ExecutorInfo {
        &self.info
    }

    fn calls(&self) -> &Calls {
        &self.calls
    }

    fn calls_mut(&mut self) -> &mut Calls {
        &mut self.calls
    }

    fn write_input(&mut self, input: InputId, data: &[f32]) -> Result<(), EngineError> {
        if let Some(buffer) = self.memory.buffer_of[self.program.inputs[input]] {
            self.buffers[buffer][..data.len()].copy_from_slice(data);
        }
        self.schedule.input_changed(&self.program, input);
        Ok(())
    }

    fn compute(&mut self, wanted: &[OutputId]) -> Result<(), EngineError> {
        self.schedule.prepare(&self.program, wanted);
        for at in 0..self.schedule.steps().len() {
            self.step(self.schedule.steps()[at]);
        }
        self.schedule.finish(&self.program);
        Ok(())
    }

    fn read_computed(&mut self, output: OutputId, out: &mut Vec<f32>) -> Result<(), EngineError> {
        let elements = self.elements(self.program.outputs[output].slot);
        out.resize(elements.len(), 0.0);
        out.copy_from_slice(elements);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Executor;
    use crate::plan::tests::two_inputs;

    #[test]
    fn a_second_click_gives_the_bits_of_a_fresh_run() {
        let mut kept = ReferenceExecutor::new(&two_inputs(3), true, String::new()).unwrap();
        let mut fresh = ReferenceExecutor::new(&two_inputs(3), false, String::new()).unwrap();
        let image = [-1.0, 2.0, -3.0, 4.0];
        kept.set_input("image", &image).unwrap();
        fresh.set_input("image", &image).unwrap();
        let (mut a, mut b) = (Vec::new(), Vec::new());
        for clicks in [[0.0; 4], [-10.0, 1.0, -1.0, 2.0]] {
            for executor in [&mut kept, &mut fresh] {
                executor.set_input("clicks", &clicks).unwrap();
                executor.run(&["mask"]).unwrap();
            }
            kept.read_output("mask", &mut a).unwrap();
            fresh.read_output("mask", &mut b).unwrap();
            assert_eq!(a, b);
        }
        assert_eq!(a, [0.0, 3.0, 2.0, 6.0]);
        assert_eq!(kept.last_steps(), [3, 4, 5, 6].map(StepId));
        assert_eq!(fresh.last_steps().len(), 7);
    }
}

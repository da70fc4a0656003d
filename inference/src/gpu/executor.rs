//! The replay of the steps.

use std::time::Instant;

use super::context::Context;
use super::lower::{Program, lower};
use super::pipelines::{self, Pipeline};
use super::resources::{self, Piece, Prepared};
use super::staging::Staging;
use super::startup::{Startup, lap};
use super::tuning::Tuning;
use crate::calls::{Backend, Calls};
use crate::graph::Graph;
use crate::plan::{IdVec, InputId, Memory, OutputId, Schedule, SlotId, StepId};
use crate::trials::Purpose;
use crate::{BackendKind, EngineError, EngineOptions, ExecutorInfo};

/// A network on a graphics device.
///
/// Buffers, pipelines, bind groups and staging buffers are made once; a run only records dispatches.
pub struct WgpuExecutor {
    pub(super) context: Context,
    pub(super) program: Program,
    pub(super) prepared: IdVec<StepId, Prepared>,
    pub(super) pipelines: Vec<Pipeline>,
    pub(super) schedule: Schedule,
    /// For every slot its memory.
    pieces: IdVec<SlotId, Piece>,
    staging: IdVec<OutputId, Staging>,
    info: ExecutorInfo,
    calls: Calls,
    startup: Startup,
}

/// Work of one submission on a software adapter, in multiply-adds: some 50 ms.
const SOFTWARE_BUDGET: u64 = 500_000_000;
/// The same on hardware, where even a slow card does ten times as much.
const HARDWARE_BUDGET: u64 = 5_000_000_000;

impl WgpuExecutor {
    /// Builds an executor: lowers the graph, opens a device, makes buffers and pipelines, and runs every pipeline once so
    /// that drivers which compile at the first dispatch have done so.
    ///
    /// # Errors
    /// [`EngineError::UnsupportedOperator`], [`EngineError::NoAdapter`], [`EngineError::OutOfMemory`], or what the device
    /// says.
    pub fn new(graph: &Graph, options: &EngineOptions, reason: String) -> Result<Self, EngineError> {
        let begun = Instant::now();
        let context = Context::tried_for(Purpose::Engine, options)?;
        let device = begun.elapsed();
        let tuning = Tuning { half: options.half_weights, ..context.tuning() };
        let mut executor = Self::tuned(context, tuning, graph, options, reason)?;
        executor.startup.device = device;
        Ok(executor)
    }

    /// As [`new`](Self::new), with kernels for another kind of adapter than the device is on.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn tuned(
        context: Context,
        tuning: Tuning,
        graph: &Graph,
        options: &EngineOptions,
        reason: String,
    ) -> Result<Self, EngineError> {
        let (mut begun, mut startup) = (Instant::now(), Startup::default());
        let mut program = lower(graph, &tuning)?;
        let memory = Memory::new(&program, options.partial);
        startup.plan = lap(&mut begun);
        let (pipelines, index_of) = pipelines::make(&context, program.steps.iter().map(|step| &step.kernel.key))?;
        startup.pipelines = lap(&mut begun);
        let pieces = resources::pieces(&context, &program, &memory)?;
        // They are on the device now.
        program.constants.clear();
        let prepared = resources::prepare(&context, &program, &pieces, &pipelines, &index_of)?;
        let staging = program.outputs.iter().map(|output| Staging::new(&context, output.len)).collect();
        let info = ExecutorInfo {
            backend: BackendKind::Wgpu,
            device: context.description(),
            reason,
            pool_bytes: resources::pool_bytes(&memory),
        };
        let schedule = Schedule::new(&program, memory.resident, options.partial);
        let calls = Calls::new(graph.input_specs(), graph.output_specs());
        startup.memory = lap(&mut begun);
        let mut executor =
            Self { context, program, prepared, pipelines, schedule, pieces, staging, info, calls, startup };
        executor.warm_up(&index_of)?;
        executor.context.works();
        Ok(executor)
    }

    /// One workgroup of every pipeline. What it writes is overwritten before anything reads it.
    fn warm_up(&mut self, index_of: &[usize]) -> Result<(), EngineError> {
        let mut seen = vec![false; self.pipelines.len()];
        let mut begun = Instant::now();
        for (step, &pipeline) in self.program.steps.ids().zip(index_of) {
            if std::mem::replace(&mut seen[pipeline], true) {
                continue;
            }
            let mut encoder = self.encoder();
            {
                let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
                self.dispatch(&mut pass, step, [1, 1, 1]);
            }
            self.context.queue.submit([encoder.finish()]);
            self.context.wait()?;
            let name = self.program.steps[step].kernel.key.to_string();
            self.startup.first_runs.push((name, lap(&mut begun)));
        }
        Ok(())
    }

    pub(super) fn encoder(&self) -> wgpu::CommandEncoder {
        self.context.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default())
    }

    pub(super) fn dispatch(&self, pass: &mut wgpu::ComputePass<'_>, step: StepId, [x, y, z]: [u32; 3]) {
        let prepared = &self.prepared[step];
        pass.set_pipeline(&self.pipelines[prepared.pipeline].pipeline);
        pass.set_bind_group(0, &prepared.bind_group, &[]);
        pass.dispatch_workgroups(x, y, z);
    }

    /// Brings what a step wrote to where the next ones read it.
    pub(super) fn copy_to_texels(&self, encoder: &mut wgpu::CommandEncoder, step: StepId) {
        let slot = self.program.steps[step].writes;
        self.pieces[slot].copy_to_texels(encoder, self.program.slots[slot].bytes);
    }

    /// Records chosen steps from the `at`-th on, as many as one submission may hold; `at` is the next one then.
    pub(super) fn record(&self, at: &mut usize) -> wgpu::CommandEncoder {
        let budget = if self.context.is_software() { SOFTWARE_BUDGET } else { HARDWARE_BUDGET };
        let chosen = self.schedule.steps();
        let mut encoder = self.encoder();
        let mut work = 0;
        while *at < chosen.len() && work < budget {
            // A pass ends where a result has to be copied.
            let mut last = None;
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            while *at < chosen.len() && work < budget && last.is_none() {
                let step = &self.program.steps[chosen[*at]];
                self.dispatch(&mut pass, chosen[*at], step.kernel.groups);
                work += step.work;
                last = self.program.slots[step.writes].form.texels.then_some(chosen[*at]);
                *at += 1;
            }
            drop(pass);
            if let Some(step) = last {
                self.copy_to_texels(&mut encoder, step);
            }
        }
        encoder
    }

    /// Records and submits the chosen steps, and the copies of the wanted outputs with the last of them.
    fn submit(&self, wanted: &[OutputId]) -> Result<(), EngineError> {
        let mut at = 0;
        loop {
            let mut encoder = self.record(&mut at);
            let is_last = at == self.schedule.steps().len();
            for &output in wanted.iter().filter(|_| is_last) {
                let from = self.program.outputs[output];
                let source = self.pieces[from.slot].buffer()?;
                self.staging[output].copy(&mut encoder, source, u64::from(from.first) * 4);
            }
            self.context.queue.submit([encoder.finish()]);
            if is_last {
                return Ok(());
            }
        }
    }

    /// Forgets every result: the next run is a whole one.
    pub fn forget(&mut self) {
        self.schedule.forget();
    }

    /// Destroys the device, as a driver reset would. For tests of what follows.
    pub fn destroy_device(&self) {
        self.context.device.destroy();
    }

    /// The steps of the last run.
    #[cfg(test)]
    pub(super) fn ran(&self) -> &[StepId] {
        self.schedule.steps()
    }

    /// The memory behind a slot.
    #[cfg(test)]
    pub(super) fn piece(&self, slot: SlotId) -> &Piece {
        &self.pieces[slot]
    }

    /// What building it took.
    #[must_use]
    pub fn startup(&self) -> &Startup {
        &self.startup
    }

    /// The device, its adapter and what it can do.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.context
    }
}

impl Backend for WgpuExecutor {
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
        self.context.check()?;
        let buffer = self.pieces[self.program.inputs[input]].buffer()?;
        self.context.queue.write_buffer(buffer, 0, bytemuck::cast_slice(data));
        self.schedule.input_changed(&self.program, input);
        Ok(())
    }

    fn compute(&mut self, wanted: &[OutputId]) -> Result<(), EngineError> {
        self.context.check()?;
        for staging in &self.staging {
            staging.release();
        }
        self.schedule.prepare(&self.program, wanted);
        self.submit(wanted)?;
        for &output in wanted {
            self.staging[output].request();
        }
        let done = self.context.wait();
        let done = done.and_then(|()| wanted.iter().try_for_each(|&output| self.staging[output].check()));
        match done {
            Ok(()) => self.schedule.finish(&self.program),
            Err(_) => self.forget(),
        }
        done
    }

    fn read_computed(&mut self, output: OutputId, out: &mut Vec<f32>) -> Result<(), EngineError> {
        self.context.check()?;
        self.staging[output].read(out)
    }
}

//! The replay of the steps.

use super::context::Context;
#[cfg(test)]
use super::lower::Slot;
use super::lower::{Program, Step, lower};
use super::memory::Memory;
use super::pipelines::{self, Pipeline};
use super::resources::{self, Piece, Prepared};
use super::staging::Staging;
use super::tuning::Tuning;
use crate::executor::{check_len, find_tensor};
use crate::graph::Graph;
use crate::trials::Purpose;
use crate::{BackendKind, EngineError, EngineOptions, Executor, ExecutorInfo, TensorSpec};

/// A network on a graphics device.
///
/// Buffers, pipelines, bind groups and staging buffers are made once; a run only records dispatches.
pub struct WgpuExecutor {
    pub(super) context: Context,
    pub(super) program: Program,
    pub(super) prepared: Vec<Prepared>,
    pub(super) pipelines: Vec<Pipeline>,
    /// For every slot its memory.
    pieces: Vec<Piece>,
    resident: Vec<bool>,
    staging: Vec<Staging>,
    inputs: Vec<TensorSpec>,
    outputs: Vec<TensorSpec>,
    info: ExecutorInfo,
    state: State,
    partial: bool,
}

/// What is known between runs.
struct State {
    is_set: Vec<bool>,
    /// For every step whether its result is in memory and up to date.
    fresh: Vec<bool>,
    /// For every step whether it runs now.
    running: Vec<bool>,
    /// For every slot whether a running step or the caller needs it.
    needed: Vec<bool>,
    /// The outputs of the last run, kept for its memory.
    wanted: Vec<usize>,
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
        let context = Context::tried_for(Purpose::Engine, options)?;
        let tuning = Tuning { half: options.half_weights, ..context.tuning() };
        Self::tuned(context, tuning, graph, options, reason)
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
        let mut program = lower(graph, &tuning)?;
        let memory = Memory::new(&program, options.partial);
        let (pipelines, index_of) = pipelines::make(&context, program.steps.iter().map(|step| &step.key))?;
        let pieces = resources::pieces(&context, &program, &memory)?;
        // They are on the device now.
        program.weights = Vec::new();
        let prepared = resources::prepare(&context, &program, &pieces, &pipelines, &index_of)?;
        let specs = |ids: &mut dyn Iterator<Item = (String, crate::graph::ValueId)>| -> Vec<TensorSpec> {
            ids.map(|(name, id)| TensorSpec { name, shape: graph.shape(id).to_vec() }).collect()
        };
        let inputs = specs(&mut graph.inputs.iter().map(|&id| (graph.value(id).name.clone(), id)));
        let outputs = specs(&mut graph.outputs.iter().map(|output| (output.name.clone(), output.value)));
        let staging = program.outputs.iter().map(|output| Staging::new(&context, output.len)).collect();
        let input_bytes: u64 = program.inputs.iter().map(|slot| program.slots[slot.0].bytes).sum();
        let info = ExecutorInfo {
            backend: BackendKind::Wgpu,
            device: context.description(),
            reason,
            pool_bytes: memory.bytes() + input_bytes,
        };
        let state = State {
            is_set: vec![false; inputs.len()],
            fresh: vec![false; program.steps.len()],
            running: vec![false; program.steps.len()],
            needed: vec![false; program.slots.len()],
            wanted: Vec::with_capacity(outputs.len()),
        };
        let mut executor = Self {
            context,
            program,
            prepared,
            pipelines,
            pieces,
            resident: memory.resident,
            staging,
            inputs,
            outputs,
            info,
            state,
            partial: options.partial,
        };
        executor.warm_up(&index_of)?;
        executor.context.works();
        Ok(executor)
    }

    /// One workgroup of every pipeline. What it writes is overwritten before anything reads it.
    fn warm_up(&self, index_of: &[usize]) -> Result<(), EngineError> {
        let mut seen = vec![false; self.pipelines.len()];
        for (step, &pipeline) in index_of.iter().enumerate() {
            if std::mem::replace(&mut seen[pipeline], true) {
                continue;
            }
            let mut encoder = self.encoder();
            {
                let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
                self.dispatch(&mut pass, step, [1, 1, 1]);
            }
            self.context.queue.submit([encoder.finish()]);
        }
        self.context.wait()
    }

    pub(super) fn encoder(&self) -> wgpu::CommandEncoder {
        self.context.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default())
    }

    pub(super) fn dispatch(&self, pass: &mut wgpu::ComputePass<'_>, step: usize, [x, y, z]: [u32; 3]) {
        let prepared = &self.prepared[step];
        pass.set_pipeline(&self.pipelines[prepared.pipeline].pipeline);
        pass.set_bind_group(0, &prepared.bind_group, &[]);
        pass.dispatch_workgroups(x, y, z);
    }

    /// Brings what a step wrote to where the next ones read it.
    pub(super) fn copy_to_texels(&self, encoder: &mut wgpu::CommandEncoder, step: usize) {
        let slot = self.program.steps[step].output();
        self.pieces[slot.0].copy_to_texels(encoder, self.program.slots[slot.0].bytes);
    }

    /// Marks in [`State::running`] what has to run for the wanted outputs.
    pub(super) fn select_steps(&mut self, wanted: &[usize]) {
        let state = &mut self.state;
        if !self.partial {
            state.fresh.fill(false);
        }
        state.needed.fill(false);
        for &output in wanted {
            state.needed[self.program.outputs[output].place.slot.0] = true;
        }
        for (index, step) in self.program.steps.iter().enumerate().rev() {
            let runs = state.needed[step.output().0] && !state.fresh[index];
            state.running[index] = runs;
            if runs {
                for slot in step.reads() {
                    state.needed[slot.0] = true;
                }
            }
        }
    }

    /// The steps that [`select_steps`](Self::select_steps) chose have run.
    fn mark_fresh(&mut self) {
        for (index, step) in self.program.steps.iter().enumerate() {
            if self.state.running[index] {
                self.state.fresh[index] = self.resident[step.output().0];
            }
        }
    }

    /// Records chosen steps from `at` on, as many as one submission may hold; `at` is the next one then.
    pub(super) fn record(&self, at: &mut usize) -> wgpu::CommandEncoder {
        let budget = if self.context.is_software() { SOFTWARE_BUDGET } else { HARDWARE_BUDGET };
        let steps = &self.program.steps;
        let mut encoder = self.encoder();
        let mut work = 0;
        while *at < steps.len() && work < budget {
            // A pass ends where a result has to be copied.
            let mut last = None;
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            while *at < steps.len() && work < budget && last.is_none() {
                if self.state.running[*at] {
                    self.dispatch(&mut pass, *at, steps[*at].groups);
                    work += work_of(&steps[*at]);
                    last = self.program.slots[steps[*at].output().0].texels.then_some(*at);
                }
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
    fn submit(&self, wanted: &[usize]) -> Result<(), EngineError> {
        let mut at = 0;
        loop {
            let mut encoder = self.record(&mut at);
            let is_last = at == self.program.steps.len();
            for &output in wanted.iter().filter(|_| is_last) {
                let from = self.program.outputs[output].place;
                let source = self.pieces[from.slot.0].buffer()?;
                self.staging[output].copy(&mut encoder, source, u64::from(from.first) * 4);
            }
            self.context.queue.submit([encoder.finish()]);
            if is_last {
                return Ok(());
            }
        }
    }

    /// Fills `wanted` with the indices of the named outputs; no name means all.
    fn find_wanted(&self, names: &[&str], wanted: &mut Vec<usize>) -> Result<(), EngineError> {
        wanted.clear();
        if names.is_empty() {
            wanted.extend(0..self.outputs.len());
        }
        for name in names {
            let index = find_tensor(&self.outputs, "output", name)?;
            if !wanted.contains(&index) {
                wanted.push(index);
            }
        }
        Ok(())
    }

    fn run_wanted(&mut self, wanted: &[usize]) -> Result<(), EngineError> {
        self.check_inputs()?;
        self.context.check()?;
        for staging in &self.staging {
            staging.release();
        }
        self.select_steps(wanted);
        self.submit(wanted)?;
        for &output in wanted {
            self.staging[output].request();
        }
        let done = self.context.wait();
        let done = done.and_then(|()| wanted.iter().try_for_each(|&output| self.staging[output].check()));
        if done.is_err() {
            self.forget();
            return done;
        }
        self.mark_fresh();
        Ok(())
    }

    /// Fails if an input that the wanted outputs need was never set.
    pub(super) fn check_inputs(&self) -> Result<(), EngineError> {
        match self.state.is_set.iter().position(|&set| !set) {
            Some(index) => Err(EngineError::NotReady {
                name: self.inputs[index].name.clone(),
                reason: "the input was never set".to_owned(),
            }),
            None => Ok(()),
        }
    }

    /// Forgets every result: the next run is a whole one.
    pub fn forget(&mut self) {
        self.state.fresh.fill(false);
    }

    /// Destroys the device, as a driver reset would. For tests of what follows.
    pub fn destroy_device(&self) {
        self.context.device.destroy();
    }

    /// The steps of the last run.
    #[cfg(test)]
    pub(super) fn ran(&self) -> impl Iterator<Item = usize> + '_ {
        self.state.running.iter().enumerate().filter(|(_, ran)| **ran).map(|(at, _)| at)
    }

    /// The memory behind a slot.
    #[cfg(test)]
    pub(super) fn piece(&self, slot: Slot) -> &Piece {
        &self.pieces[slot.0]
    }

    /// The device, its adapter and what it can do.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.context
    }
}

impl Executor for WgpuExecutor {
    fn info(&self) -> &ExecutorInfo {
        &self.info
    }

    fn inputs(&self) -> &[TensorSpec] {
        &self.inputs
    }

    fn outputs(&self) -> &[TensorSpec] {
        &self.outputs
    }

    fn set_input(&mut self, name: &str, data: &[f32]) -> Result<(), EngineError> {
        let index = find_tensor(&self.inputs, "input", name)?;
        check_len(&self.inputs[index], data)?;
        self.context.check()?;
        let buffer = self.pieces[self.program.inputs[index].0].buffer()?;
        self.context.queue.write_buffer(buffer, 0, bytemuck::cast_slice(data));
        self.state.is_set[index] = true;
        for (fresh, step) in self.state.fresh.iter_mut().zip(&self.program.steps) {
            *fresh &= !step.depends.contains(index);
        }
        Ok(())
    }

    fn run(&mut self, wanted: &[&str]) -> Result<(), EngineError> {
        let mut indices = std::mem::take(&mut self.state.wanted);
        let found = self.find_wanted(wanted, &mut indices);
        let done = found.and_then(|()| self.run_wanted(&indices));
        self.state.wanted = indices;
        done
    }

    fn read_output(&mut self, name: &str, out: &mut Vec<f32>) -> Result<(), EngineError> {
        let index = find_tensor(&self.outputs, "output", name)?;
        self.context.check()?;
        if self.staging[index].read(out)? {
            return Ok(());
        }
        Err(EngineError::NotReady { name: name.to_owned(), reason: "the last run did not compute it".to_owned() })
    }
}

/// Multiply-adds of a step, or what its movement costs in their place.
fn work_of(step: &Step) -> u64 {
    step.macs + 16 * step.shape.iter().product::<usize>() as u64
}

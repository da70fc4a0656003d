//! Time per step: a pass per dispatch, with time stamps at its ends where the device has them, else by the clock.

use std::time::Instant;

use super::WgpuExecutor;
use super::lower::Step;
use crate::calls::Backend as _;
use crate::plan::{IdVec, OutputId, StepId};
use crate::{EngineError, TensorSpec};

/// One step of a profile.
#[derive(Clone, Debug)]
pub struct StepTime {
    /// Name of the node in the ONNX file.
    pub node: String,
    /// Kernel and defines, e.g. `conv P=4 J=2 WG=16`.
    pub kernel: String,
    /// Shape of the result.
    pub shape: Vec<usize>,
    /// Multiply-adds the network needs.
    pub macs: u64,
    /// Milliseconds, the best of the repetitions.
    pub ms: f64,
    /// The inputs whose change makes it run again.
    pub depends: Vec<String>,
}

impl WgpuExecutor {
    /// Runs every step `repetitions` times on its own and takes the best time of each. Inputs must be set. Afterwards the
    /// next run is a whole one.
    ///
    /// # Errors
    /// As [`crate::Executor::run`].
    pub fn profile(&mut self, repetitions: usize) -> Result<Vec<StepTime>, EngineError> {
        self.calls().check_inputs()?;
        self.forget();
        let mut best: IdVec<StepId, f64> = IdVec::filled(f64::INFINITY, self.program.steps.len());
        for _ in 0..repetitions.max(1) {
            for (step, best) in self.program.steps.ids().zip(best.iter_mut()) {
                let ms = if self.has_time_stamps() { self.stamped(step)? } else { self.clocked(step)? };
                *best = best.min(ms);
            }
        }
        self.forget();
        let table = self.program.steps.iter().zip(&best).map(|(step, &ms)| StepTime {
            node: step.kernel.node.clone(),
            kernel: step.kernel.key.to_string(),
            shape: step.kernel.shape.clone(),
            macs: step.kernel.macs,
            ms,
            depends: depends_on(step, self.calls().inputs()),
        });
        Ok(table.collect())
    }

    /// Milliseconds of every submission of a whole run, each waited for on its own.
    ///
    /// # Errors
    /// As [`crate::Executor::run`].
    pub fn submissions(&mut self) -> Result<Vec<f64>, EngineError> {
        self.calls().check_inputs()?;
        self.forget();
        let wanted: Vec<OutputId> = self.calls().all_outputs().collect();
        self.schedule.prepare(&self.program, &wanted);
        let (mut at, mut times) = (0, Vec::new());
        while at < self.schedule.steps().len() {
            let encoder = self.record(&mut at);
            let start = Instant::now();
            self.context.queue.submit([encoder.finish()]);
            self.context.wait()?;
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
        Ok(times)
    }

    fn has_time_stamps(&self) -> bool {
        self.context.device.features().contains(wgpu::Features::TIMESTAMP_QUERY)
    }

    fn clocked(&self, step: StepId) -> Result<f64, EngineError> {
        let start = Instant::now();
        let mut encoder = self.encoder();
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            self.dispatch(&mut pass, step, self.program.steps[step].kernel.groups);
        }
        self.copy_to_texels(&mut encoder, step);
        self.context.queue.submit([encoder.finish()]);
        self.context.wait()?;
        Ok(start.elapsed().as_secs_f64() * 1e3)
    }

    fn stamped(&self, step: StepId) -> Result<f64, EngineError> {
        let device = &self.context.device;
        let queries = device.create_query_set(&wgpu::QuerySetDescriptor {
            label: Some("profile"),
            ty: wgpu::QueryType::Timestamp,
            count: 2,
        });
        let buffer = |usage| {
            device.create_buffer(&wgpu::BufferDescriptor {
                label: Some("profile"),
                size: 16,
                usage,
                mapped_at_creation: false,
            })
        };
        let resolved = buffer(wgpu::BufferUsages::QUERY_RESOLVE | wgpu::BufferUsages::COPY_SRC);
        let staging = buffer(wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST);
        let mut encoder = self.encoder();
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor {
                label: Some("profile"),
                timestamp_writes: Some(wgpu::ComputePassTimestampWrites {
                    query_set: &queries,
                    beginning_of_pass_write_index: Some(0),
                    end_of_pass_write_index: Some(1),
                }),
            });
            self.dispatch(&mut pass, step, self.program.steps[step].kernel.groups);
        }
        encoder.resolve_query_set(&queries, 0..2, &resolved, 0);
        encoder.copy_buffer_to_buffer(&resolved, 0, &staging, 0, 16);
        self.context.queue.submit([encoder.finish()]);
        staging.map_async(wgpu::MapMode::Read, .., |_| {});
        self.context.wait()?;
        let view = staging.get_mapped_range(..).map_err(|error| super::context::backend(error.to_string()))?;
        let stamps: Vec<u64> = bytemuck::pod_collect_to_vec(&view);
        let ticks = stamps[1].saturating_sub(stamps[0]) as f64;
        Ok(ticks * f64::from(self.context.queue.get_timestamp_period()) / 1e6)
    }
}

/// The inputs a step depends on, for the table of a profile.
fn depends_on(step: &Step, inputs: &[TensorSpec]) -> Vec<String> {
    let named = inputs.iter().enumerate().filter(|(index, _)| step.depends.contains(*index));
    named.map(|(_, spec)| spec.name.clone()).collect()
}

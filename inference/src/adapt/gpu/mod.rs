//! The trainer in compute shaders: `shaders/src/wgsl/adapt`.
//!
//! Only cells, goals and parameters go to the device, and nothing comes back before a lesson is over. A step is, for each of
//! its batches, the forward pass, what the goals say, and the gradient summed over chunks of cells; then the sum of the
//! chunks, the way from the folded to the flat head, and Adam. Every sum has a fixed order, so that reruns are bit-identical;
//! there are no atomics.
//!
//! * [`record`]: dispatches and their numbers, until they are submitted.
//! * [`memory`]: the buffers of a lesson.

mod memory;
mod record;
#[cfg(test)]
mod tests;

use super::adam::{Adam, FIRST, SECOND};
use super::train::{Lesson, TrainOptions, Trained, Trainer, check};
use super::{Head, HeadShape};
use crate::gpu::context::Context;
use crate::gpu::pipelines::{self, Pipeline, PipelineKey};
use crate::trials::{Purpose, Subject, Trials};
use crate::{EngineError, EngineOptions};
use memory::{Extent, Memory, read};
use record::{Kernel, Params, Recorder};

/// Cells whose gradients are summed by one invocation.
const CHUNK: usize = 64;
/// Invocations of a workgroup.
const WORKGROUP: usize = 64;

/// Trains on a graphics device of its own.
pub struct GpuTrainer {
    context: Context,
    device: String,
    /// For which number of vec4 of hidden values, and one pipeline per [`Kernel`].
    pipelines: Option<(usize, Vec<Pipeline>)>,
    trials: Option<Trials>,
}

impl GpuTrainer {
    /// Opens a device on the best adapter that the options allow.
    ///
    /// # Errors
    /// [`EngineError::NoAdapter`], [`EngineError::LeftOut`], [`EngineError::Backend`].
    pub fn new(options: &EngineOptions) -> Result<Self, EngineError> {
        let mut context = Context::tried_for(Purpose::Learning, options)?;
        // The next trial is that of the pipelines.
        context.pause();
        let device = context.description();
        Ok(Self { context, device, pipelines: None, trials: options.trials.clone() })
    }

    /// Makes the pipelines for heads of that shape.
    fn prepare(&mut self, shape: HeadShape) -> Result<(), EngineError> {
        self.context.check()?;
        let quads = quads(shape);
        if self.pipelines.as_ref().is_some_and(|(known, _)| *known == quads) {
            return Ok(());
        }
        let defines = vec![("Q", quads as u32), ("CHUNK", CHUNK as u32)];
        let keys = Kernel::ALL.map(|kernel| PipelineKey { kernel: kernel.name(), defines: defines.clone() });
        let subject = Subject::of(Purpose::Learning, &self.context.adapter);
        let trial = self.trials.as_ref().map(|trials| trials.begin(subject));
        let (pipelines, _) = pipelines::make(&self.context, keys.iter())?;
        self.context.keep_shaders();
        if let Some(trial) = trial {
            trial.succeed();
        }
        self.pipelines = Some((quads, pipelines));
        Ok(())
    }

    fn recorder(&self) -> Recorder<'_> {
        let pipelines = self.pipelines.as_ref().map_or(&[][..], |(_, pipelines)| pipelines);
        Recorder::new(&self.context, pipelines)
    }

    /// Destroys the device, as a driver reset would. For tests of what follows.
    pub fn destroy_device(&self) {
        self.context.device.destroy();
    }
}

impl Trainer for GpuTrainer {
    fn forward(&mut self, head: &Head<f32>, cells: &[f32], y: &mut Vec<f32>) -> Result<(), EngineError> {
        let count = cells.len() / head.shape.channels;
        y.clear();
        if count == 0 {
            return Ok(());
        }
        self.prepare(head.shape)?;
        let memory =
            Memory::new(&self.context, head.shape, Extent { cells: count, largest: count, batches: 1, chunks: 1 })?;
        memory.upload(&self.context, head, cells);
        let params = Params { count: count as u32, ..Params::new(head.shape) };
        let mut recorder = self.recorder();
        recorder.add(Kernel::Fold, params, &[&memory.theta, &memory.folded], [folded_groups(head.shape), 1]);
        forward(&mut recorder, &memory, params);
        recorder.submit();
        *y = read(&self.context, &[(&memory.y, count)])?;
        Ok(())
    }

    fn train(
        &mut self,
        head: &mut Head<f32>,
        adam: &mut Adam<f32>,
        lesson: &Lesson<'_>,
        options: &TrainOptions,
    ) -> Result<Trained, EngineError> {
        check(head, adam, lesson)?;
        if lesson.steps.is_empty() {
            return Ok(Trained { loss: 0.0, steps: 0 });
        }
        let shape = head.shape;
        self.prepare(shape)?;
        let counts: Vec<usize> = lesson.batches.iter().map(|batch| batch.goals.len()).collect();
        let chunks = |step: &Vec<usize>| step.iter().map(|&at| counts[at].div_ceil(CHUNK)).sum::<usize>();
        let extent = Extent {
            cells: counts.iter().sum(),
            largest: counts.iter().copied().max().unwrap_or(0),
            batches: lesson.steps.iter().map(Vec::len).max().unwrap_or(0),
            chunks: lesson.steps.iter().map(chunks).max().unwrap_or(0),
        };
        let memory = Memory::new(&self.context, shape, extent)?;
        memory.upload_lesson(&self.context, head, adam, lesson);

        let mut recorder = self.recorder();
        for (number, step) in lesson.steps.iter().enumerate() {
            let made = adam.step + 1 + number as i32;
            let common = Params {
                step: number as u32 + 1,
                share: 1.0 / step.len() as f32,
                anchor: options.anchor,
                decay: options.decay,
                lowest_weight: options.floor,
                enough: options.enough,
                rate: adam.rate,
                first_correction: (1.0 - FIRST.powi(made)) as f32,
                second_correction: (1.0 - SECOND.powi(made)) as f32,
                ..Params::new(shape)
            };
            record_step(&mut recorder, &memory, shape, &counts, step, common);
            // A driver's watchdog looks at submissions.
            recorder.cut();
        }
        recorder.submit();

        let len = shape.len();
        let parts = [(&memory.theta, len), (&memory.mean, len), (&memory.square, len), (&memory.report, 2)];
        let results = read(&self.context, &parts)?;
        head.theta.copy_from_slice(&results[..len]);
        adam.mean.copy_from_slice(&results[len..2 * len]);
        adam.square.copy_from_slice(&results[2 * len..3 * len]);
        let trained = Trained { loss: results[3 * len], steps: results[3 * len + 1] as usize };
        adam.step += trained.steps as i32;
        Ok(trained)
    }

    fn device(&self) -> &str {
        &self.device
    }
}

/// The dispatches of one step.
fn record_step<'a>(
    recorder: &mut Recorder<'a>,
    memory: &'a Memory,
    shape: HeadShape,
    counts: &[usize],
    step: &[usize],
    common: Params,
) {
    let folded = folded_groups(shape);
    recorder.add(Kernel::Fold, common, &[&memory.theta, &memory.folded], [folded, 1]);
    let mut chunk = 0;
    for (batch, &at) in step.iter().enumerate() {
        let count = counts[at];
        let params = Params {
            count: count as u32,
            first: counts[..at].iter().sum::<usize>() as u32,
            chunk: chunk as u32,
            batch: batch as u32,
            ..common
        };
        let chunks = count.div_ceil(CHUNK);
        forward(recorder, memory, params);
        let loss = [&memory.goals, &memory.y, &memory.slopes, &memory.values];
        recorder.add(Kernel::Loss, params, &loss, [groups(count), 1]);
        recorder.add(Kernel::Total, params, &[&memory.values, &memory.totals], [1, 1]);
        let backward = [&memory.cells, &memory.folded, &memory.hidden, &memory.slopes, &memory.totals, &memory.partial];
        recorder.add(Kernel::Backward, params, &backward, [folded, chunks as u32]);
        chunk += chunks;
    }
    let params = Params { chunk: chunk as u32, batch: step.len() as u32, ..common };
    let parameters = groups(shape.len());
    recorder.add(Kernel::Reduce, params, &[&memory.partial, &memory.by_folded], [folded, 1]);
    let unfold = [&memory.by_folded, &memory.theta, &memory.origin, &memory.gradient];
    recorder.add(Kernel::Unfold, params, &unfold, [parameters, 1]);
    let adam = [&memory.gradient, &memory.totals, &memory.theta, &memory.mean, &memory.square, &memory.report];
    recorder.add(Kernel::Adam, params, &adam, [parameters, 1]);
}

/// The answers of a batch.
fn forward<'a>(recorder: &mut Recorder<'a>, memory: &'a Memory, params: Params) {
    let operands = [&memory.cells, &memory.folded, &memory.hidden, &memory.y];
    recorder.add(Kernel::Forward, params, &operands, [groups(params.count as usize), 1]);
}

/// vec4 that hold the hidden values of a cell.
fn quads(shape: HeadShape) -> usize {
    shape.hidden.div_ceil(4)
}

/// vec4 of a folded head.
fn folded_len(shape: HeadShape) -> usize {
    (shape.channels + 3) * quads(shape)
}

fn folded_groups(shape: HeadShape) -> u32 {
    groups(folded_len(shape))
}

/// Workgroups for so many invocations.
fn groups(invocations: usize) -> u32 {
    invocations.div_ceil(WORKGROUP) as u32
}

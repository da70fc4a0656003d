//! The buffers of a lesson.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::super::adam::Adam;
use super::super::train::Lesson;
use super::super::{GoalKind, Head, HeadShape};
use super::folded_len;
use crate::EngineError;
use crate::gpu::context::{Context, MAX_BINDING, backend};

/// One buffer per operand of the kernels.
pub(super) struct Memory {
    pub(super) cells: wgpu::Buffer,
    pub(super) goals: wgpu::Buffer,
    pub(super) theta: wgpu::Buffer,
    pub(super) origin: wgpu::Buffer,
    pub(super) gradient: wgpu::Buffer,
    pub(super) mean: wgpu::Buffer,
    pub(super) square: wgpu::Buffer,
    pub(super) folded: wgpu::Buffer,
    pub(super) by_folded: wgpu::Buffer,
    pub(super) hidden: wgpu::Buffer,
    pub(super) y: wgpu::Buffer,
    pub(super) slopes: wgpu::Buffer,
    pub(super) values: wgpu::Buffer,
    pub(super) totals: wgpu::Buffer,
    pub(super) partial: wgpu::Buffer,
    pub(super) report: wgpu::Buffer,
}

/// How much a lesson needs.
#[derive(Clone, Copy)]
pub(super) struct Extent {
    /// Cells of all batches.
    pub(super) cells: usize,
    /// Cells of the largest batch.
    pub(super) largest: usize,
    /// Batches of the longest step.
    pub(super) batches: usize,
    /// Chunks of the longest step.
    pub(super) chunks: usize,
}

impl Memory {
    /// Makes the buffers.
    pub(super) fn new(context: &Context, shape: HeadShape, extent: Extent) -> Result<Self, EngineError> {
        let quads = super::quads(shape);
        let too_large = std::cell::Cell::new(0);
        let make = |label: &'static str, floats: usize| {
            let bytes = floats.max(4) as u64 * 4;
            if bytes > MAX_BINDING {
                too_large.set(bytes);
            }
            context.device.create_buffer(&wgpu::BufferDescriptor {
                label: Some(label),
                size: bytes.min(MAX_BINDING),
                usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: false,
            })
        };
        let folded = 4 * folded_len(shape);
        let memory = Self {
            cells: make("cells", extent.cells * shape.channels),
            goals: make("goals", extent.cells * 4),
            theta: make("theta", shape.len()),
            origin: make("origin", shape.len()),
            gradient: make("gradient", shape.len()),
            mean: make("mean", shape.len()),
            square: make("square", shape.len()),
            folded: make("folded", folded),
            by_folded: make("gradient by the folded head", folded),
            hidden: make("hidden", extent.largest * quads * 4),
            y: make("y", extent.largest),
            slopes: make("slopes", extent.largest * 2),
            values: make("values", extent.largest * 4),
            totals: make("totals", extent.batches * 4),
            partial: make("partial sums", extent.chunks * folded),
            report: make("report", 4),
        };
        match too_large.get() {
            0 => context.check().map(|()| memory),
            bytes => Err(EngineError::OutOfMemory(format!(
                "a lesson with a buffer of {} MiB, and the graphics interface promises {} MiB at most",
                bytes >> 20,
                MAX_BINDING >> 20
            ))),
        }
    }

    /// Writes a head, and cells for its forward pass.
    pub(super) fn upload(&self, context: &Context, head: &Head<f32>, cells: &[f32]) {
        context.queue.write_buffer(&self.theta, 0, bytemuck::cast_slice(&head.theta));
        context.queue.write_buffer(&self.cells, 0, bytemuck::cast_slice(cells));
    }

    /// Writes all that a lesson starts from.
    pub(super) fn upload_lesson(&self, context: &Context, head: &Head<f32>, adam: &Adam<f32>, lesson: &Lesson<'_>) {
        let write = |buffer: &wgpu::Buffer, offset: usize, data: &[f32]| {
            context.queue.write_buffer(buffer, offset as u64 * 4, bytemuck::cast_slice(data));
        };
        write(&self.theta, 0, &head.theta);
        write(&self.origin, 0, &head.theta);
        write(&self.mean, 0, &adam.mean);
        write(&self.square, 0, &adam.square);
        let mut first = 0;
        let mut goals: Vec<[u32; 4]> = Vec::new();
        for batch in lesson.batches {
            write(&self.cells, first * head.shape.channels, batch.cells);
            first += batch.goals.len();
            goals.extend(batch.goals.iter().zip(batch.base).map(|(goal, base)| {
                let kind = match goal.kind {
                    GoalKind::Click => 0,
                    GoalKind::Keep => 1,
                    GoalKind::Label => 2,
                };
                [kind, goal.weight.to_bits(), goal.wanted.to_bits(), base.to_bits()]
            }));
        }
        context.queue.write_buffer(&self.goals, 0, bytemuck::cast_slice(&goals));
    }
}

/// Waits for the device and reads so many floats of each buffer.
pub(super) fn read(context: &Context, parts: &[(&wgpu::Buffer, usize)]) -> Result<Vec<f32>, EngineError> {
    let floats: usize = parts.iter().map(|(_, floats)| floats).sum();
    let staging = context.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("results"),
        size: floats as u64 * 4,
        usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    let mut encoder = context.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
    let mut at = 0;
    for &(buffer, floats) in parts {
        encoder.copy_buffer_to_buffer(buffer, 0, &staging, at, floats as u64 * 4);
        at += floats as u64 * 4;
    }
    context.queue.submit([encoder.finish()]);
    let mapped = Arc::new(AtomicBool::new(false));
    let is_mapped = Arc::clone(&mapped);
    staging.map_async(wgpu::MapMode::Read, .., move |result| is_mapped.store(result.is_ok(), Ordering::Release));
    context.wait()?;
    if !mapped.load(Ordering::Acquire) {
        return Err(backend("the results could not be mapped"));
    }
    let view = staging.get_mapped_range(..).map_err(|error| backend(error.to_string()))?;
    Ok(bytemuck::pod_collect_to_vec(&view[..]))
}

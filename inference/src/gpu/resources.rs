//! Buffers and bind groups of a program, made once.

use super::context::Context;
use super::lower::{Program, Slot, SlotKind};
use super::memory::Memory;
use super::pipelines::Pipeline;
use crate::EngineError;

/// A step ready to be recorded.
pub(super) struct Prepared {
    pub(super) pipeline: usize,
    pub(super) bind_group: wgpu::BindGroup,
}

/// One buffer per pool entry, input and constant; the answer is per slot.
pub(super) fn buffers(context: &Context, program: &Program, memory: &Memory) -> Result<Vec<wgpu::Buffer>, EngineError> {
    let make = |label, size| {
        context.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size,
            usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        })
    };
    let pool: Vec<wgpu::Buffer> = memory.buffers.iter().map(|&bytes| make("pool", bytes)).collect();
    let mut buffers = Vec::with_capacity(program.slots.len());
    for (index, slot) in program.slots.iter().enumerate() {
        buffers.push(match (slot.kind, memory.buffer_of[index]) {
            (SlotKind::Value, Some(buffer)) => pool[buffer].clone(),
            (SlotKind::Value, None) => make("unused", 16),
            (SlotKind::Input(_), _) => make("input", slot.bytes),
            (SlotKind::Weights(at), _) => {
                let buffer = make("weights", slot.bytes);
                context.queue.write_buffer(&buffer, 0, bytemuck::cast_slice(&program.weights[at]));
                buffer
            }
        });
    }
    context.check()?;
    Ok(buffers)
}

/// Writes all parameters into one uniform buffer and makes the bind groups.
pub(super) fn prepare(
    context: &Context,
    program: &Program,
    buffers: &[wgpu::Buffer],
    pipelines: &[Pipeline],
    index_of: &[usize],
) -> Result<Vec<Prepared>, EngineError> {
    let alignment = context.device.limits().min_uniform_buffer_offset_alignment.max(16) as usize;
    let mut params: Vec<u8> = Vec::new();
    let mut spans = Vec::with_capacity(program.steps.len());
    for step in &program.steps {
        let start = params.len();
        params.extend_from_slice(bytemuck::cast_slice(&step.params));
        let size = (params.len() - start).next_multiple_of(16);
        spans.push((start as u64, std::num::NonZeroU64::new(size as u64)));
        params.resize(start + size.next_multiple_of(alignment), 0);
    }
    let uniform = context.device.create_buffer(&wgpu::BufferDescriptor {
        label: Some("params"),
        size: params.len().max(16) as u64,
        usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    context.queue.write_buffer(&uniform, 0, &params);
    let mut prepared = Vec::with_capacity(program.steps.len());
    for (index, step) in program.steps.iter().enumerate() {
        let (offset, size) = spans[index];
        let pipeline = index_of[index];
        let first = wgpu::BindGroupEntry {
            binding: 0,
            resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding { buffer: &uniform, offset, size }),
        };
        let operand = |(at, slot): (usize, &Slot)| wgpu::BindGroupEntry {
            binding: at as u32 + 1,
            resource: buffers[slot.0].as_entire_binding(),
        };
        let entries: Vec<_> = std::iter::once(first).chain(step.operands.iter().enumerate().map(operand)).collect();
        let bind_group = context.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(&step.node),
            layout: &pipelines[pipeline].layout,
            entries: &entries,
        });
        prepared.push(Prepared { pipeline, bind_group });
    }
    context.check()?;
    Ok(prepared)
}

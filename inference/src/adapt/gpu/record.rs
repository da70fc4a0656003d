//! Dispatches and their numbers, until they are submitted.

use std::num::NonZeroU64;

use super::super::HeadShape;
use crate::gpu::context::Context;
use crate::gpu::pipelines::Pipeline;

/// The kernels, in the order of their pipelines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kernel {
    Fold,
    Forward,
    Loss,
    Total,
    Backward,
    Reduce,
    Unfold,
    Adam,
}

impl Kernel {
    pub(super) const ALL: [Self; 8] =
        [Self::Fold, Self::Forward, Self::Loss, Self::Total, Self::Backward, Self::Reduce, Self::Unfold, Self::Adam];

    /// Its name in the table of kernels.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Fold => "adapt/fold",
            Self::Forward => "adapt/forward",
            Self::Loss => "adapt/loss",
            Self::Total => "adapt/total",
            Self::Backward => "adapt/backward",
            Self::Reduce => "adapt/reduce",
            Self::Unfold => "adapt/unfold",
            Self::Adam => "adapt/adam",
        }
    }
}

/// `Params` of `shared/head.wgsl`.
#[derive(Clone, Copy, Debug, Default, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub(super) struct Params {
    pub(super) channels: u32,
    pub(super) hidden: u32,
    pub(super) count: u32,
    pub(super) first: u32,
    pub(super) chunk: u32,
    pub(super) batch: u32,
    pub(super) step: u32,
    pub(super) share: f32,
    pub(super) anchor: f32,
    pub(super) decay: f32,
    pub(super) lowest_weight: f32,
    pub(super) enough: f32,
    pub(super) rate: f32,
    pub(super) first_correction: f32,
    pub(super) second_correction: f32,
    /// Uniform blocks end at a multiple of 16 bytes.
    pub(super) padding: u32,
}

impl Params {
    pub(super) fn new(shape: HeadShape) -> Self {
        Self { channels: shape.channels as u32, hidden: shape.hidden as u32, ..Self::default() }
    }
}

struct Dispatch<'a> {
    kernel: Kernel,
    params: Params,
    operands: Vec<&'a wgpu::Buffer>,
    groups: [u32; 2],
}

/// What is to be done on the device, in order.
pub(super) struct Recorder<'a> {
    context: &'a Context,
    pipelines: &'a [Pipeline],
    submissions: Vec<Vec<Dispatch<'a>>>,
}

impl<'a> Recorder<'a> {
    /// `pipelines`: one per kernel.
    pub(super) fn new(context: &'a Context, pipelines: &'a [Pipeline]) -> Self {
        Self { context, pipelines, submissions: vec![Vec::new()] }
    }

    /// A dispatch with what is bound after the parameters.
    pub(super) fn add(&mut self, kernel: Kernel, params: Params, operands: &[&'a wgpu::Buffer], groups: [u32; 2]) {
        let dispatch = Dispatch { kernel, params, operands: operands.to_vec(), groups };
        if groups[0] > 0
            && groups[1] > 0
            && let Some(last) = self.submissions.last_mut()
        {
            last.push(dispatch);
        }
    }

    /// What follows goes into a submission of its own.
    pub(super) fn cut(&mut self) {
        self.submissions.push(Vec::new());
    }

    /// Sends everything to the device.
    pub(super) fn submit(self) {
        let device = &self.context.device;
        let size = size_of::<Params>();
        let stride = size.next_multiple_of(device.limits().min_uniform_buffer_offset_alignment as usize);
        let mut bytes = Vec::new();
        for dispatch in self.submissions.iter().flatten() {
            bytes.extend_from_slice(bytemuck::bytes_of(&dispatch.params));
            bytes.resize(bytes.len().next_multiple_of(stride), 0);
        }
        let uniform = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("params"),
            size: bytes.len().max(size) as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        self.context.queue.write_buffer(&uniform, 0, &bytes);
        let mut offset = 0;
        for submission in &self.submissions {
            let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
            {
                let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
                for dispatch in submission {
                    let Pipeline { pipeline, layout, .. } = &self.pipelines[dispatch.kernel as usize];
                    let block = wgpu::BufferBinding { buffer: &uniform, offset, size: NonZeroU64::new(size as u64) };
                    let first = wgpu::BindGroupEntry { binding: 0, resource: wgpu::BindingResource::Buffer(block) };
                    let rest = dispatch.operands.iter().zip(1..).map(|(buffer, binding)| wgpu::BindGroupEntry {
                        binding,
                        resource: buffer.as_entire_binding(),
                    });
                    let entries: Vec<_> = std::iter::once(first).chain(rest).collect();
                    let group = device.create_bind_group(&wgpu::BindGroupDescriptor {
                        label: Some(dispatch.kernel.name()),
                        layout,
                        entries: &entries,
                    });
                    pass.set_pipeline(pipeline);
                    pass.set_bind_group(0, &group, &[]);
                    pass.dispatch_workgroups(dispatch.groups[0], dispatch.groups[1], 1);
                    offset += stride as u64;
                }
            }
            self.context.queue.submit([encoder.finish()]);
        }
    }
}

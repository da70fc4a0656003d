//! Memory and bind groups of a program, made once.

use limn_shaders::kernels::TEXELS_IN_ROW;

use super::context::{Context, backend};
use super::lower::{Form, Program};
use super::pipelines::Pipeline;
use crate::EngineError;
use crate::plan::{BufferId, IdVec, Memory, SlotId, SlotSource, StepId};

/// A step ready to be recorded.
pub(super) struct Prepared {
    pub(super) pipeline: usize,
    pub(super) bind_group: wgpu::BindGroup,
}

/// Memory on the device.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Piece {
    /// What steps and the caller write, and what is read where there are no texels. Constant texels have none.
    buffer: Option<wgpu::Buffer>,
    /// The same as vec4s, for reading.
    texels: Option<wgpu::TextureView>,
}

/// Bytes of a row of texels.
const ROW: u64 = TEXELS_IN_ROW as u64 * 16;
const LAYOUT: wgpu::TexelCopyBufferLayout =
    wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(TEXELS_IN_ROW * 16), rows_per_image: None };

impl Piece {
    fn new(context: &Context, label: &str, bytes: u64, texels: bool) -> Self {
        let texels = texels.then(|| texture(context, label, bytes.div_ceil(ROW), wgpu::TextureFormat::Rgba32Float));
        let size = if texels.is_some() { bytes.next_multiple_of(ROW) } else { bytes };
        context.count(size);
        let buffer = context.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size,
            usage: wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        Self { buffer: Some(buffer), texels }
    }

    fn constant(context: &Context, data: &[f32], form: Form) -> Self {
        let halves: Vec<half::f16>;
        let bytes: &[u8] = if form.half {
            halves = data.iter().map(|&weight| half::f16::from_f32(weight)).collect();
            bytemuck::cast_slice(&halves)
        } else {
            bytemuck::cast_slice(data)
        };
        let row = if form.half { ROW / 2 } else { ROW };
        let len = bytes.len() as u64;
        if !form.texels {
            let piece = Self::new(context, "weights", len.max(16), false);
            if let Some(buffer) = &piece.buffer {
                context.queue.write_buffer(buffer, 0, bytes);
            }
            return piece;
        }
        let format = if form.half { wgpu::TextureFormat::Rgba16Float } else { wgpu::TextureFormat::Rgba32Float };
        let view = texture(context, "weights", len.div_ceil(row), format);
        let mut rows = bytes.to_vec();
        rows.resize(len.next_multiple_of(row) as usize, 0);
        let layout = wgpu::TexelCopyBufferLayout { bytes_per_row: Some(row as u32), ..LAYOUT };
        let size = used(&view, len.div_ceil(row));
        context.queue.write_texture(view.texture().as_image_copy(), &rows, layout, size);
        Self { buffer: None, texels: Some(view) }
    }

    /// As operand of a kernel that reads texels, or of another.
    fn binding(&self, as_texels: bool) -> Result<wgpu::BindingResource<'_>, EngineError> {
        match (&self.texels, &self.buffer) {
            (Some(view), _) if as_texels => Ok(wgpu::BindingResource::TextureView(view)),
            _ => self.buffer().map(wgpu::Buffer::as_entire_binding),
        }
    }

    /// What is written, and read by copies.
    pub(super) fn buffer(&self) -> Result<&wgpu::Buffer, EngineError> {
        self.buffer.as_ref().ok_or_else(|| backend("constant texels where a buffer is needed"))
    }

    /// Brings the first `bytes` of what was written to the texels.
    pub(super) fn copy_to_texels(&self, encoder: &mut wgpu::CommandEncoder, bytes: u64) {
        if let (Some(buffer), Some(view)) = (&self.buffer, &self.texels) {
            let from = wgpu::TexelCopyBufferInfo { buffer, layout: LAYOUT };
            encoder.copy_buffer_to_texture(from, view.texture().as_image_copy(), used(view, bytes.div_ceil(ROW)));
        }
    }
}

/// The first rows of a texture.
fn used(view: &wgpu::TextureView, rows: u64) -> wgpu::Extent3d {
    wgpu::Extent3d { height: rows as u32, ..view.texture().size() }
}

fn texture(context: &Context, label: &str, rows: u64, format: wgpu::TextureFormat) -> wgpu::TextureView {
    // A software adapter compiles a kernel again for textures that are a power of two high: none is.
    let height = (rows as u32).max(3);
    let height = if height.is_power_of_two() { height + 1 } else { height };
    context.count(u64::from(height) * ROW);
    let texture = context.device.create_texture(&wgpu::TextureDescriptor {
        label: Some(label),
        size: wgpu::Extent3d { width: TEXELS_IN_ROW, height, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::STORAGE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    });
    texture.create_view(&wgpu::TextureViewDescriptor::default())
}

/// Bytes of a pool on the device: texels are there twice, as what is written and as what is read.
pub(super) fn pool_bytes(memory: &Memory<Form>) -> u64 {
    memory.buffers.iter().map(|buffer| if buffer.form.texels { 2 * buffer.bytes } else { buffer.bytes }).sum()
}

/// One piece per pool buffer and constant; the answer is per slot.
pub(super) fn pieces(
    context: &Context,
    program: &Program,
    memory: &Memory<Form>,
) -> Result<IdVec<SlotId, Piece>, EngineError> {
    let pool = memory.buffers.iter().map(|buffer| Piece::new(context, "pool", buffer.bytes, buffer.form.texels));
    let pool: IdVec<BufferId, Piece> = pool.collect();
    let pieces = program.slots.entries().map(|(id, slot)| match (slot.source, memory.buffer_of[id]) {
        (SlotSource::Constant(constant), _) => Piece::constant(context, &program.constants[constant], slot.form),
        (_, Some(buffer)) => pool[buffer].clone(),
        (_, None) => Piece::new(context, "unused", 16, slot.form.texels),
    });
    let pieces = pieces.collect();
    context.check()?;
    Ok(pieces)
}

/// Writes all parameters into one uniform buffer and makes the bind groups.
pub(super) fn prepare(
    context: &Context,
    program: &Program,
    pieces: &IdVec<SlotId, Piece>,
    pipelines: &[Pipeline],
    index_of: &[usize],
) -> Result<IdVec<StepId, Prepared>, EngineError> {
    let alignment = context.device.limits().min_uniform_buffer_offset_alignment.max(16) as usize;
    let mut params: Vec<u8> = Vec::new();
    let mut spans = Vec::with_capacity(program.steps.len());
    for step in &program.steps {
        let start = params.len();
        params.extend_from_slice(bytemuck::cast_slice(&step.kernel.params));
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
    let mut prepared = IdVec::new();
    for (index, step) in program.steps.iter().enumerate() {
        let (offset, size) = spans[index];
        let pipeline = index_of[index];
        let first = wgpu::BindGroupEntry {
            binding: 0,
            resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding { buffer: &uniform, offset, size }),
        };
        let mut entries = vec![first];
        for (binding, (slot, as_texels)) in (1..).zip(step.operands().zip(&pipelines[pipeline].texels)) {
            entries.push(wgpu::BindGroupEntry { binding, resource: pieces[slot].binding(*as_texels)? });
        }
        let bind_group = context.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some(&step.kernel.node),
            layout: &pipelines[pipeline].layout,
            entries: &entries,
        });
        prepared.push(Prepared { pipeline, bind_group });
    }
    context.check()?;
    Ok(prepared)
}

//! The way of an output to the caller.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use super::context::{Context, backend};
use crate::EngineError;

/// A buffer that the caller can read, and whether it may now.
pub(super) struct Staging {
    buffer: wgpu::Buffer,
    mapping: Arc<AtomicU8>,
}

const UNMAPPED: u8 = 0;
const PENDING: u8 = 1;
const MAPPED: u8 = 2;
const FAILED: u8 = 3;

impl Staging {
    pub(super) fn new(context: &Context, floats: usize) -> Self {
        context.count(floats as u64 * 4);
        let buffer = context.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("output"),
            size: floats as u64 * 4,
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        Self { buffer, mapping: Arc::new(AtomicU8::new(UNMAPPED)) }
    }

    /// Gives it back to the device.
    pub(super) fn release(&self) {
        if self.mapping.swap(UNMAPPED, Ordering::AcqRel) != UNMAPPED {
            self.buffer.unmap();
        }
    }

    /// Records the copy of floats that start at `offset` bytes of `source`.
    pub(super) fn copy(&self, encoder: &mut wgpu::CommandEncoder, source: &wgpu::Buffer, offset: u64) {
        encoder.copy_buffer_to_buffer(source, offset, &self.buffer, 0, self.buffer.size());
    }

    /// Asks for it once everything submitted is done.
    pub(super) fn request(&self) {
        self.mapping.store(PENDING, Ordering::Release);
        let mapping = Arc::clone(&self.mapping);
        self.buffer.map_async(wgpu::MapMode::Read, .., move |result| {
            mapping.store(if result.is_ok() { MAPPED } else { FAILED }, Ordering::Release);
        });
    }

    /// Fails if the request was refused.
    pub(super) fn check(&self) -> Result<(), EngineError> {
        match self.mapping.load(Ordering::Acquire) {
            FAILED => Err(EngineError::OutOfMemory("an output could not be mapped".into())),
            _ => Ok(()),
        }
    }

    /// Reads the floats that were requested.
    pub(super) fn read(&self, out: &mut Vec<f32>) -> Result<(), EngineError> {
        if self.mapping.load(Ordering::Acquire) != MAPPED {
            return Err(backend("an output is not mapped"));
        }
        let view = self.buffer.get_mapped_range(..).map_err(|error| backend(error.to_string()))?;
        out.resize(view.len() / 4, 0.0);
        bytemuck::cast_slice_mut(out.as_mut_slice()).copy_from_slice(&view);
        Ok(())
    }
}

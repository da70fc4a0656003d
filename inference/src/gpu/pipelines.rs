//! Shaders and pipelines, each made once.

use std::collections::HashMap;
use std::fmt;

use limn_shaders::{Binding, KernelSpec, kernel, kernels::ENTRY};
use rayon::prelude::*;

use super::context::{Context, backend};
use super::shader_cache::ShaderCache;
use crate::EngineError;

/// A permutation of a kernel.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct PipelineKey {
    /// Name in the table of kernels.
    pub kernel: &'static str,
    /// Values of its defines.
    pub defines: Vec<(&'static str, u32)>,
}

impl fmt::Display for PipelineKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kernel)?;
        self.defines.iter().try_for_each(|(name, value)| write!(f, " {name}={value}"))
    }
}

/// A pipeline ready for bind groups.
pub struct Pipeline {
    /// The compute pipeline.
    pub pipeline: wgpu::ComputePipeline,
    /// Layout of group 0.
    pub layout: wgpu::BindGroupLayout,
    /// For every operand (after the parameters) whether it is read as texels.
    pub texels: Vec<bool>,
}

/// Makes the pipelines of every key, on all threads of the current pool; equal keys share one. The answer has the index
/// of the pipeline of each key.
///
/// # Errors
/// [`EngineError::Backend`] for a kernel that is not in the table or does not expand; what the device says about the rest
/// is found by [`Context::check`].
pub fn make<'a>(
    context: &Context,
    keys: impl Iterator<Item = &'a PipelineKey>,
) -> Result<(Vec<Pipeline>, Vec<usize>), EngineError> {
    let mut known: HashMap<&PipelineKey, usize> = HashMap::new();
    let mut distinct = Vec::new();
    let mut index_of = Vec::new();
    for key in keys {
        index_of.push(*known.entry(key).or_insert_with(|| {
            distinct.push(key);
            distinct.len() - 1
        }));
    }
    let pipelines = distinct.into_par_iter().map(|key| one(context, key)).collect::<Result<Vec<_>, _>>()?;
    context.check()?;
    Ok((pipelines, index_of))
}

fn one(context: &Context, key: &PipelineKey) -> Result<Pipeline, EngineError> {
    let spec = kernel(key.kernel).ok_or_else(|| backend(format!("no kernel `{}`", key.kernel)))?;
    let text = spec.expand(&key.defines).map_err(|error| backend(format!("{}.wgsl, {error}", spec.name)))?;
    let device = &context.device;
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some(spec.name),
        source: wgpu::ShaderSource::Wgsl(text.into()),
    });
    let layout = layout_of(device, spec, key);
    let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some(spec.name),
        bind_group_layouts: &[Some(&layout)],
        immediate_size: 0,
    });
    let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some(spec.name),
        layout: Some(&pipeline_layout),
        module: &module,
        entry_point: Some(ENTRY),
        compilation_options: wgpu::PipelineCompilationOptions {
            constants: &[],
            // What workgroup memory a kernel reads it has written.
            zero_initialize_workgroup_memory: false,
        },
        cache: context.shaders.as_ref().map(ShaderCache::handle),
    });
    let has_texels = has_texels(key);
    let texels = spec
        .bindings(&key.defines)
        .skip(1)
        .map(|kind| has_texels && matches!(kind, Binding::ReadTexels | Binding::ReadWeights))
        .collect();
    Ok(Pipeline { pipeline, layout, texels })
}

fn has_texels(key: &PipelineKey) -> bool {
    key.defines.iter().any(|&(name, _)| name == "TEXELS")
}

fn layout_of(device: &wgpu::Device, spec: &KernelSpec, key: &PipelineKey) -> wgpu::BindGroupLayout {
    let texels = has_texels(key);
    let half = key.defines.iter().any(|&(name, _)| name == "HALF");
    let buffer = |ty| wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None };
    let texture = |half: bool| wgpu::BindingType::StorageTexture {
        access: wgpu::StorageTextureAccess::ReadOnly,
        format: if half { wgpu::TextureFormat::Rgba16Float } else { wgpu::TextureFormat::Rgba32Float },
        view_dimension: wgpu::TextureViewDimension::D2,
    };
    let entries: Vec<_> = (0..)
        .zip(spec.bindings(&key.defines))
        .map(|(binding, kind)| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::COMPUTE,
            ty: match kind {
                Binding::Params => buffer(wgpu::BufferBindingType::Uniform),
                Binding::ReadTexels if texels => texture(false),
                Binding::ReadWeights if texels => texture(half),
                Binding::Read | Binding::ReadTexels | Binding::ReadWeights => {
                    buffer(wgpu::BufferBindingType::Storage { read_only: true })
                }
                Binding::Write => buffer(wgpu::BufferBindingType::Storage { read_only: false }),
            },
            count: None,
        })
        .collect();
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: Some(spec.name), entries: &entries })
}

//! Compiled shaders from one start to the next, where the driver gives them out.

use super::context::Context;
use crate::trials::{Subject, Trials};

/// What the driver compiled so far, on the device and in the user's folder.
pub(super) struct ShaderCache {
    cache: wgpu::PipelineCache,
    trials: Trials,
    name: String,
    subject: Subject,
    /// What the file had at the start.
    read: Option<Vec<u8>>,
}

impl ShaderCache {
    /// Gives the device what an earlier process kept. None where the driver has no such thing. It is called while the adapter is being
    /// tried: if the driver cannot bear what it is given, the mark says so at the next start, and the file goes.
    pub(super) fn open(
        device: &wgpu::Device,
        info: &wgpu::AdapterInfo,
        trials: &Trials,
        subject: &Subject,
    ) -> Option<Self> {
        if !device.features().contains(wgpu::Features::PIPELINE_CACHE) {
            return None;
        }
        let name = wgpu::util::pipeline_cache_key(info)?;
        let read = trials.shaders(&name, subject);
        let descriptor =
            wgpu::PipelineCacheDescriptor { label: Some("limn engine"), data: read.as_deref(), fallback: true };
        #[expect(
            unsafe_code,
            reason = "the driver believes what the cache holds; there is no safe way to give it back"
        )]
        // SAFETY: the data are what `get_data` gave for this adapter, driver and version of the program, with a checksum that holds.
        let cache = unsafe { device.create_pipeline_cache(&descriptor) };
        Some(Self { cache, trials: trials.clone(), name, subject: subject.clone(), read })
    }

    /// For pipelines to be made with.
    pub(super) const fn handle(&self) -> &wgpu::PipelineCache {
        &self.cache
    }

    /// Keeps what was compiled since, for the next start.
    fn keep(&self) {
        let Some(data) = self.cache.get_data().filter(|data| self.read.as_ref() != Some(data)) else { return };
        if let Err(error) = self.trials.keep_shaders(&self.name, &self.subject, &data) {
            tracing::warn!("compiled shaders are not kept: {error}");
        }
    }
}

impl Context {
    /// Shaders were built and have run: the adapter can be trusted, and what its driver compiled is worth keeping.
    pub fn works(&mut self) {
        self.keep_shaders();
        if let Some(trial) = self.trial.take() {
            trial.succeed();
        }
    }

    /// Keeps what the driver compiled for the next start.
    pub fn keep_shaders(&self) {
        if let Some(shaders) = &self.shaders {
            shaders.keep();
        }
    }
}

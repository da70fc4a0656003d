//! Adapter, device, and what goes wrong with them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::shader_cache::ShaderCache;
use super::tuning::Tuning;
use crate::choice::adapters::{self, AdapterKind};
use crate::trials::{Purpose, Subject, Trial};
use crate::{AdapterPreference, EngineError, EngineOptions};

/// How long one submission may take before the device counts as hung. Submissions are cut to about a tenth of a second,
/// but a software adapter compiles shaders inside the first one and may share its cores.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Largest storage binding that WebGPU promises, bytes.
pub const MAX_BINDING: u64 = 128 << 20;

/// A device of our own and its queue.
pub struct Context {
    /// What the adapter says about itself.
    pub adapter: wgpu::AdapterInfo,
    /// The device.
    pub device: wgpu::Device,
    /// Its only queue.
    pub queue: wgpu::Queue,
    /// The first thing that went wrong since it was last asked for.
    failure: Arc<Mutex<Option<EngineError>>>,
    /// Bytes asked for so far, and the most that may be.
    memory: AtomicU64,
    memory_limit: u64,
    /// The mark that says that this adapter is being tried.
    pub(super) trial: Option<Trial>,
    /// What its driver compiled, for the next start.
    pub(super) shaders: Option<ShaderCache>,
}

impl Context {
    /// Opens a device on the best adapter that `preference` allows.
    ///
    /// # Errors
    /// [`EngineError::NoAdapter`] if there is none, [`EngineError::Backend`] if it gives no device.
    pub fn new(preference: AdapterPreference) -> Result<Self, EngineError> {
        Self::tried_for(Purpose::Engine, &EngineOptions { adapter: preference, ..EngineOptions::default() })
    }

    /// Opens a device on the best adapter that the options allow and that did not end an earlier process, and marks it until
    /// [`works`](Self::works) is called or the context dropped.
    ///
    /// # Errors
    /// As [`new`](Self::new); [`EngineError::LeftOut`] if every adapter ended an earlier process.
    pub fn tried_for(purpose: Purpose, options: &EngineOptions) -> Result<Self, EngineError> {
        if let Some(failure) = adapters::all(options).left_out.clone() {
            return Err(EngineError::LeftOut(failure));
        }
        let mut adapters = pollster::block_on(adapters::instance().enumerate_adapters(wgpu::Backends::PRIMARY));
        let kind = |adapter: &wgpu::Adapter| AdapterKind::from(adapter.get_info().device_type);
        adapters.retain(|adapter| adapters::is_allowed(options.adapter, kind(adapter)));
        adapters.sort_by_key(|adapter| kind(adapter).rank());
        let failures = adapters::failures(options, purpose);
        let mut left_out = None;
        for adapter in adapters {
            let subject = Subject::of(purpose, &adapter.get_info());
            if let Some(failure) = failures.iter().find(|failure| failure.subject == subject) {
                left_out.get_or_insert(failure);
                continue;
            }
            let trials = options.trials.as_ref();
            let trial = trials.map(|trials| trials.begin(subject.clone()));
            let mut context = Self::on(&adapter)?;
            context.memory_limit = options.memory_limit.unwrap_or(u64::MAX);
            context.trial = trial;
            context.shaders =
                trials.and_then(|trials| ShaderCache::open(&context.device, &context.adapter, trials, &subject));
            return Ok(context);
        }
        Err(left_out.map_or(EngineError::NoAdapter, |failure| EngineError::LeftOut(failure.clone())))
    }

    /// What follows is no trial; nothing is known of the adapter yet.
    pub fn pause(&mut self) {
        self.trial = None;
    }

    fn on(adapter: &wgpu::Adapter) -> Result<Self, EngineError> {
        let info = adapter.get_info();
        // A broadcast reads the values of eight neighbouring invocations.
        let subgroups = if info.subgroup_min_size >= 8 { wgpu::Features::SUBGROUP } else { wgpu::Features::empty() };
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("limn engine"),
            required_features: adapter.features()
                & (subgroups | wgpu::Features::TIMESTAMP_QUERY | wgpu::Features::PIPELINE_CACHE),
            required_limits: adapter.limits(),
            ..wgpu::DeviceDescriptor::default()
        };
        let (device, queue) = pollster::block_on(adapter.request_device(&descriptor))
            .map_err(|error| backend(format!("`{}` gives no device: {error}", info.name)))?;
        let failure = Arc::new(Mutex::new(None));
        let record = Arc::clone(&failure);
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            note(
                &record,
                match error {
                    wgpu::Error::OutOfMemory { .. } => {
                        EngineError::OutOfMemory("the graphics device has none left".into())
                    }
                    other => backend(other.to_string()),
                },
            );
        }));
        let record = Arc::clone(&failure);
        device.set_device_lost_callback(move |reason, message| {
            let mut slot = record.lock().unwrap_or_else(PoisonError::into_inner);
            // What else failed, failed because of this.
            *slot = Some(EngineError::DeviceLost(one_line(&format!("{reason:?} {message}"))));
        });
        let (memory, memory_limit) = (AtomicU64::new(0), u64::MAX);
        Ok(Self { adapter: info, device, queue, failure, memory, memory_limit, trial: None, shaders: None })
    }

    /// Whether the adapter is a rasteriser on the CPU.
    #[must_use]
    pub fn is_software(&self) -> bool {
        AdapterKind::from(self.adapter.device_type) == AdapterKind::Software
    }

    /// What the kernels may make use of.
    #[must_use]
    pub fn tuning(&self) -> Tuning {
        let lanes = match self.adapter.subgroup_min_size {
            _ if !self.device.features().contains(wgpu::Features::SUBGROUP) => 0,
            8..16 => 8,
            16.. => 16,
            _ => 0,
        };
        Tuning { software: self.is_software(), lanes, texels: self.is_software(), half: false }
    }

    /// Counts memory that is about to be asked for. Beyond the limit [`check`](Self::check) fails, as it does where the device
    /// has none left.
    pub(super) fn count(&self, bytes: u64) {
        let all = self.memory.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if all > self.memory_limit {
            let message =
                format!("the engine may use {} KiB of graphics memory and needs more", self.memory_limit >> 10);
            note(&self.failure, EngineError::OutOfMemory(message));
        }
    }

    /// Adapter, interface and driver, for people.
    #[must_use]
    pub fn description(&self) -> String {
        let info = &self.adapter;
        let driver = format!("{} {}", info.driver, info.driver_info);
        format!("{} ({}, {})", info.name, info.backend, driver.trim())
    }

    /// Fails with whatever the device reported since the last call. A lost device stays lost.
    ///
    /// # Errors
    /// [`EngineError::DeviceLost`], [`EngineError::OutOfMemory`], [`EngineError::Backend`].
    pub fn check(&self) -> Result<(), EngineError> {
        let mut slot = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        match slot.take() {
            None => Ok(()),
            Some(EngineError::DeviceLost(message)) => {
                *slot = Some(EngineError::DeviceLost(message.clone()));
                Err(EngineError::DeviceLost(message))
            }
            Some(error) => Err(error),
        }
    }

    /// Waits on the calling thread until everything submitted is done.
    ///
    /// # Errors
    /// As [`check`](Self::check); [`EngineError::DeviceLost`] if it takes two minutes.
    pub fn wait(&self) -> Result<(), EngineError> {
        let poll = wgpu::PollType::Wait { submission_index: None, timeout: Some(TIMEOUT) };
        let result = self.device.poll(poll);
        self.check()?;
        match result {
            Ok(_) => Ok(()),
            Err(wgpu::PollError::Timeout) => {
                Err(EngineError::DeviceLost(format!("no answer for {} s", TIMEOUT.as_secs())))
            }
            Err(error) => Err(backend(error.to_string())),
        }
    }
}

/// Keeps the first failure: the others follow from it.
fn note(record: &Mutex<Option<EngineError>>, error: EngineError) {
    let mut slot = record.lock().unwrap_or_else(PoisonError::into_inner);
    slot.get_or_insert(error);
}

/// A failure in wgpu's own words.
pub(crate) fn backend(message: impl AsRef<str>) -> EngineError {
    EngineError::Backend { backend: "wgpu", message: one_line(message.as_ref()) }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

//! What graphics adapters there are.

use std::sync::OnceLock;

use crate::executor::{AdapterPreference, EngineOptions};
use crate::trials::{Failure, Purpose, Subject};

/// What an adapter is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AdapterKind {
    /// A card of its own.
    Discrete,
    /// Part of the processor.
    Integrated,
    /// Handed through to a virtual machine.
    Virtual,
    /// A rasteriser on the CPU (llvmpipe, WARP).
    Software,
    /// The driver does not say.
    Unknown,
}

impl AdapterKind {
    /// Whether it is worth preferring over the CPU.
    #[must_use]
    pub const fn is_hardware(self) -> bool {
        matches!(self, Self::Discrete | Self::Integrated | Self::Virtual)
    }

    /// Its place when the fastest is wanted: 0 is the first.
    #[must_use]
    pub const fn rank(self) -> u8 {
        match self {
            Self::Discrete => 0,
            Self::Integrated => 1,
            Self::Virtual => 2,
            Self::Unknown => 3,
            Self::Software => 4,
        }
    }
}

impl From<wgpu::DeviceType> for AdapterKind {
    fn from(kind: wgpu::DeviceType) -> Self {
        match kind {
            wgpu::DeviceType::DiscreteGpu => Self::Discrete,
            wgpu::DeviceType::IntegratedGpu => Self::Integrated,
            wgpu::DeviceType::VirtualGpu => Self::Virtual,
            wgpu::DeviceType::Cpu => Self::Software,
            wgpu::DeviceType::Other => Self::Unknown,
        }
    }
}

/// A graphics adapter, for people.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Adapter {
    /// E.g. `NVIDIA GeForce RTX 3080` or `llvmpipe (LLVM 15.0.6, 256 bits)`.
    pub name: String,
    /// What it is.
    pub kind: AdapterKind,
    /// `Vulkan`, `Metal`, `Dx12`.
    pub api: String,
    /// Driver and its version.
    pub driver: String,
    /// Name and interface, as marks have it.
    title: String,
}

impl Adapter {
    /// It, tried for something.
    #[must_use]
    pub fn subject(&self, purpose: Purpose) -> Subject {
        Subject { purpose, adapter: self.title.clone(), driver: self.driver.clone() }
    }
}

impl From<wgpu::AdapterInfo> for Adapter {
    fn from(info: wgpu::AdapterInfo) -> Self {
        let subject = Subject::of(Purpose::Drivers, &info);
        Self {
            name: info.name,
            kind: info.device_type.into(),
            api: info.backend.to_string(),
            driver: subject.driver,
            title: subject.adapter,
        }
    }
}

/// The door to the graphics drivers. Only the interfaces that have compute shaders everywhere: OpenGL, which the window's
/// crates bring along, is left alone.
pub(crate) fn instance() -> &'static wgpu::Instance {
    static INSTANCE: OnceLock<wgpu::Instance> = OnceLock::new();
    INSTANCE.get_or_init(new_instance)
}

fn new_instance() -> wgpu::Instance {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = wgpu::Backends::PRIMARY;
    // The line of every expression in every shader is worked out otherwise, and nobody looks at it.
    descriptor.flags.remove(wgpu::InstanceFlags::DEBUG);
    wgpu::Instance::new(descriptor)
}

/// What graphics drivers answered.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Every adapter.
    pub adapters: Vec<Adapter>,
    /// Why the drivers were not even loaded, if they were not.
    pub left_out: Option<Failure>,
}

/// Every adapter that answers. Asked once per process: loading the drivers takes a while. They are not loaded if that ended the
/// last process that did so, unless a person insists.
#[must_use]
pub fn all(options: &EngineOptions) -> &'static Found {
    static FOUND: OnceLock<Found> = OnceLock::new();
    static LEFT_OUT: OnceLock<Found> = OnceLock::new();
    let subject = Subject::drivers(Purpose::Drivers);
    if FOUND.get().is_none()
        && !options.insist
        && let Some(failure) = options.trials.as_ref().and_then(|trials| trials.failure(&subject))
    {
        return LEFT_OUT.get_or_init(|| Found { adapters: Vec::new(), left_out: Some(failure) });
    }
    FOUND.get_or_init(|| {
        let trial = options.trials.as_ref().map(|trials| trials.begin(subject));
        let adapters = pollster::block_on(instance().enumerate_adapters(wgpu::Backends::PRIMARY))
            .iter()
            .map(|adapter| Adapter::from(adapter.get_info()))
            .collect();
        if let Some(trial) = trial {
            trial.succeed();
        }
        Found { adapters, left_out: None }
    })
}

/// The adapters that the options allow, hardware first, without those that ended an earlier process.
#[must_use]
pub fn usable(options: &EngineOptions) -> Vec<&'static Adapter> {
    let failures = failures(options, Purpose::Engine);
    let mut usable: Vec<&Adapter> = all(options)
        .adapters
        .iter()
        .filter(|adapter| is_allowed(options.adapter, adapter.kind))
        .filter(|adapter| !failures.iter().any(|failure| failure.subject == adapter.subject(Purpose::Engine)))
        .collect();
    usable.sort_by_key(|adapter| adapter.kind.rank());
    usable
}

/// Whether a preference allows an adapter.
#[must_use]
pub const fn is_allowed(preference: AdapterPreference, kind: AdapterKind) -> bool {
    match preference {
        AdapterPreference::Auto => true,
        AdapterPreference::Software => matches!(kind, AdapterKind::Software),
        AdapterPreference::Hardware => kind.is_hardware(),
    }
}

/// Failures of earlier processes that keep an adapter from being used: none where a person insists.
#[must_use]
pub fn failures(options: &EngineOptions, purpose: Purpose) -> Vec<Failure> {
    if options.insist {
        return Vec::new();
    }
    let failures = options.trials.as_ref().map(crate::trials::Trials::failures).unwrap_or_default();
    failures.into_iter().filter(|failure| failure.subject.purpose == purpose).collect()
}

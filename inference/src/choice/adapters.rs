//! What graphics adapters there are.

use std::sync::OnceLock;

use crate::executor::AdapterPreference;

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
}

/// The door to the graphics drivers. Only the interfaces that have compute shaders everywhere: OpenGL, which the window's
/// crates bring along, is left alone.
pub(crate) fn instance() -> wgpu::Instance {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = wgpu::Backends::PRIMARY;
    // The line of every expression in every shader is worked out otherwise, and nobody looks at it.
    descriptor.flags.remove(wgpu::InstanceFlags::DEBUG);
    wgpu::Instance::new(descriptor)
}

/// Every adapter that answers. Asked once per process: loading the drivers takes a while.
#[must_use]
pub fn all() -> &'static [Adapter] {
    static ADAPTERS: OnceLock<Vec<Adapter>> = OnceLock::new();
    ADAPTERS.get_or_init(|| {
        pollster::block_on(instance().enumerate_adapters(wgpu::Backends::PRIMARY))
            .iter()
            .map(|adapter| {
                let info = adapter.get_info();
                Adapter {
                    name: info.name,
                    kind: info.device_type.into(),
                    api: info.backend.to_string(),
                    driver: format!("{} {}", info.driver, info.driver_info).trim().to_owned(),
                }
            })
            .collect()
    })
}

/// The adapters that `preference` allows, hardware first.
#[must_use]
pub fn usable(preference: AdapterPreference) -> Vec<&'static Adapter> {
    let mut usable: Vec<&Adapter> = all()
        .iter()
        .filter(|adapter| match preference {
            AdapterPreference::Auto => true,
            AdapterPreference::Software => adapter.kind == AdapterKind::Software,
            AdapterPreference::Hardware => adapter.kind.is_hardware(),
        })
        .collect();
    usable.sort_by_key(|adapter| match adapter.kind {
        AdapterKind::Discrete => 0,
        AdapterKind::Integrated => 1,
        AdapterKind::Virtual => 2,
        AdapterKind::Unknown => 3,
        AdapterKind::Software => 4,
    });
    usable
}

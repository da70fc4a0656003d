//! The `wgpu` executor: a graph as compute shaders of `limn-shaders`.
//!
//! * [`context`]: adapter, device, and what goes wrong with them.
//! * [`lower`]: graph to the steps of a [plan](crate::plan) (kernel, operands, numbers); the layouts of tensors.
//! * [`pipelines`]: shaders and pipelines, each made once.
//! * [`tuning`]: tile sizes.
//! * [`executor`]: the replay of the steps.
//! * [`startup`]: what building an executor took; `shader_cache`: compiled shaders from one start to the next.
//! * `resources`: buffers, textures and bind groups; `staging`: outputs on their way to the caller.
//! * [`profile`]: time per step.
//!
//! The device is the engine's own, never the window's: it may be lost and made again without the window noticing.

pub mod context;
pub mod executor;
pub mod lower;
pub mod pipelines;
pub mod profile;
mod resources;
mod shader_cache;
mod staging;
pub mod startup;
pub mod tuning;

#[cfg(test)]
mod tests;

pub use executor::WgpuExecutor;
pub use profile::StepTime;
pub use startup::Startup;

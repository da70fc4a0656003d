//! Where learning runs.

use super::{GpuTrainer, PlainTrainer, Trainer};
use crate::choice::adapters;
use crate::{AdapterPreference, BackendChoice, BackendKind, EngineError, EngineOptions};

/// The trainer for `options.backend`: with `wgpu` and with [`BackendChoice::Auto`] compute shaders where there is a hardware
/// adapter, else plain Rust. It needs features only, so that the network may run elsewhere. A software adapter is the same
/// processor with a detour (a local step takes 26 times as long there), so that shaders run on one only where `wgpu` and
/// [`AdapterPreference::Software`] were asked for.
///
/// # Errors
/// What keeps compute shaders that were asked for from working. With [`BackendChoice::Auto`] there is no error.
pub fn trainer(options: &EngineOptions) -> Result<Box<dyn Trainer>, EngineError> {
    let hardware = || adapters::usable(options).first().is_some_and(|adapter| adapter.kind.is_hardware());
    match options.backend {
        BackendChoice::Only(BackendKind::Wgpu) if hardware() || options.adapter == AdapterPreference::Software => {
            Ok(Box::new(GpuTrainer::new(options)?))
        }
        BackendChoice::Auto if hardware() => match GpuTrainer::new(options) {
            Ok(trainer) => Ok(Box::new(trainer)),
            Err(error) => {
                tracing::warn!("the adaptation runs on the CPU: {error}");
                Ok(Box::new(PlainTrainer::default()))
            }
        },
        BackendChoice::Auto | BackendChoice::Only(_) => Ok(Box::new(PlainTrainer::default())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choice_follows_backend_and_adapter() {
        let software = |backend| EngineOptions { backend, adapter: AdapterPreference::Software, ..Default::default() };
        assert_eq!(trainer(&software(BackendChoice::Auto)).unwrap().device(), "CPU");
        assert_eq!(trainer(&software(BackendChoice::Only(BackendKind::Ort))).unwrap().device(), "CPU");
        let gpu = trainer(&software(BackendChoice::Only(BackendKind::Wgpu))).unwrap();
        assert!(gpu.device().contains("llvmpipe"), "{}", gpu.device());
        if !adapters::usable(&EngineOptions::default()).first().is_some_and(|adapter| adapter.kind.is_hardware()) {
            assert_eq!(trainer(&EngineOptions::only(BackendKind::Wgpu)).unwrap().device(), "CPU");
        }
    }
}

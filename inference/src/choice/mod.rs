//! Which backend runs a network, and why.
//!
//! * [`adapters`]: what graphics adapters there are.
//! * [`environment`]: what their drivers are told.
//! * [`survey`]: everything that was found, for `limn doctor`.
//!
//! The order (unless the user names one): a hardware graphics adapter -> `wgpu`; else ONNX Runtime if its library is
//! found -> `ort`; else `wgpu` on the software adapter; else `reference`.

pub mod adapters;
pub mod environment;
mod survey;

pub use adapters::{Adapter, AdapterKind};
pub use survey::{OrtFinding, Survey, survey};

use crate::executor::{BackendChoice, BackendKind, EngineOptions, Executor};
use crate::gpu::WgpuExecutor;
use crate::graph::{Graph, passes};
use crate::onnxruntime::{self, OrtExecutor};
use crate::reference::ReferenceExecutor;
use crate::{AdapterPreference, EngineError, onnx};

/// Loads ONNX bytes for fixed input shapes and builds an executor.
///
/// `input_shapes` names every input of the network. With [`BackendChoice::Auto`] a graph that `wgpu` cannot run goes to
/// the next backend in the order; the reason stands in [`crate::ExecutorInfo::reason`].
///
/// # Errors
/// [`EngineError::BadModel`], [`EngineError::ShapeMismatch`], [`EngineError::UnsupportedOperator`], or what keeps the
/// backend asked for from working ([`EngineError::NoAdapter`], [`EngineError::NoOrtLibrary`], ...).
pub fn load(
    onnx: &[u8],
    input_shapes: &[(&str, &[usize])],
    options: &EngineOptions,
) -> Result<Box<dyn Executor>, EngineError> {
    let (order, reason) = match options.backend {
        BackendChoice::Only(kind) => (vec![kind], "asked for".to_owned()),
        BackendChoice::Auto => preference(options),
    };
    load_first(&order, reason, onnx, input_shapes, options)
}

/// As [`load`], with the first backend of `order` that can be built, whatever the options say; `reason` is why the first of
/// them is the first. Why one was passed over (no kernel, no memory, no device) is the reason of the next.
///
/// # Errors
/// As [`load`].
pub fn load_first(
    order: &[BackendKind],
    mut reason: String,
    onnx: &[u8],
    input_shapes: &[(&str, &[usize])],
    options: &EngineOptions,
) -> Result<Box<dyn Executor>, EngineError> {
    let mut failures: Vec<(BackendKind, EngineError)> = Vec::new();
    for &kind in order {
        if let Some((failed, error)) = failures.last() {
            reason = format!("{failed} cannot run it: {error}");
        }
        match build(kind, onnx, input_shapes, options, reason.clone()) {
            Ok(executor) => return Ok(executor),
            Err(error) => failures.push((kind, error)),
        }
    }
    // What is wrong with the model itself helps most; a missing library or adapter only if there is nothing else.
    let about_the_machine =
        |error: &EngineError| matches!(error, EngineError::NoAdapter | EngineError::NoOrtLibrary { .. });
    let telling = failures.iter().position(|(_, error)| !about_the_machine(error)).unwrap_or(0);
    Err(failures.swap_remove(telling).1)
}

/// ONNX bytes -> optimised graph at fixed input shapes: what our own executors run.
///
/// # Errors
/// [`EngineError::BadModel`], [`EngineError::ShapeMismatch`], [`EngineError::UnsupportedOperator`].
pub fn compile(onnx: &[u8], input_shapes: &[(&str, &[usize])]) -> Result<Graph, EngineError> {
    let model = onnx::parse(onnx)?;
    Ok(passes::optimise(onnx::import(&model, input_shapes)?.graph))
}

fn build(
    kind: BackendKind,
    onnx: &[u8],
    input_shapes: &[(&str, &[usize])],
    options: &EngineOptions,
    reason: String,
) -> Result<Box<dyn Executor>, EngineError> {
    match kind {
        BackendKind::Ort => Ok(Box::new(OrtExecutor::load(onnx, input_shapes, options, reason)?)),
        BackendKind::Wgpu => {
            let graph = compile(onnx, input_shapes)?;
            Ok(Box::new(WgpuExecutor::new(&graph, options, reason)?))
        }
        BackendKind::Reference => {
            let graph = compile(onnx, input_shapes)?;
            Ok(Box::new(ReferenceExecutor::new(graph, options.partial, reason)?.with_threads(options.threads)?))
        }
    }
}

/// The order in which backends are tried when the user names none, and the reason for the first.
fn preference(options: &EngineOptions) -> (Vec<BackendKind>, String) {
    use BackendKind::{Ort, Reference, Wgpu};
    let usable = adapters::usable(options.adapter);
    if let Some(adapter) = usable.iter().find(|adapter| adapter.kind.is_hardware()) {
        return (vec![Wgpu, Ort, Reference], format!("{} is a hardware adapter", adapter.name));
    }
    if options.adapter == AdapterPreference::Hardware {
        return (vec![Ort, Reference], "no hardware graphics adapter".to_owned());
    }
    let has_ort = onnxruntime::library::load(options.ort_library.as_deref()).is_ok();
    match (has_ort, usable.is_empty()) {
        (true, false) => (
            vec![Ort, Wgpu, Reference],
            "no hardware graphics adapter; ONNX Runtime is faster than a software adapter".to_owned(),
        ),
        (true, true) => (vec![Ort, Reference], "no graphics adapter".to_owned()),
        (false, false) => {
            (vec![Wgpu, Reference], "no hardware graphics adapter and no ONNX Runtime library".to_owned())
        }
        (false, true) => (vec![Reference], "no graphics adapter and no ONNX Runtime library".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_that_is_none_is_refused_not_passed_on() {
        let options = EngineOptions::default();
        let Err(error) = load(b"not an ONNX file", &[], &options) else { panic!("accepted") };
        assert!(matches!(error, EngineError::BadModel(_)), "{error}");
    }

    #[test]
    fn without_hardware_the_order_ends_with_the_reference() {
        let options = EngineOptions { adapter: AdapterPreference::Software, ..EngineOptions::default() };
        let (order, reason) = preference(&options);
        assert_eq!(order.last(), Some(&BackendKind::Reference));
        assert!(reason.contains("no "), "{reason}");
    }
}

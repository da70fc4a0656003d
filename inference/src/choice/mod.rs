//! Which backend runs a network, and why.
//!
//! * [`adapters`]: what graphics adapters there are.
//! * [`guarded`]: an executor whose faults become errors.
//! * [`WindowTrial`]: the adapter of the window, by the same rules.
//! * [`measured`]: which is the fastest where nothing tells it beforehand;
//! * [`survey`]: everything that was found, for `limn doctor`.
//!
//! The order (unless the user names one): a hardware graphics adapter -> `wgpu`; else ONNX Runtime if its library is
//! found -> `ort`; else what was measured to be the fastest of `rten`, `wgpu` on the software adapter and `reference`, and `rten` before
//! anything was measured.

pub mod adapters;
mod guarded;
pub mod measured;
mod survey;
mod window;

pub use adapters::{Adapter, AdapterKind};
pub use survey::{OrtFinding, Survey, survey};
pub use window::{NoWindowAdapter, WindowTrial};

use std::sync::mpsc;

use crate::EngineError;
use crate::embedded::RtenExecutor;
use crate::executor::{BackendChoice, BackendKind, EngineOptions, Executor};
use crate::gpu::WgpuExecutor;
use crate::graph::Graph;
use crate::onnx::Checked;
use crate::onnxruntime::{self, OrtExecutor};
use crate::reference::ReferenceExecutor;
use crate::trials::{self, PATIENCE, Purpose};

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
    // Nothing but our reader sees a model that it refuses.
    let checked = guarded::read(|| Checked::read(onnx, input_shapes, options.partial))?;
    let mut failures: Vec<(BackendKind, EngineError)> = Vec::new();
    for &kind in order {
        if let Some((failed, error)) = failures.last() {
            reason = format!("{failed} cannot run it: {error}");
        }
        match guarded::build(kind, || build(kind, &checked, options, reason.clone())) {
            Ok(executor) => return Ok(guarded::guarded(executor)),
            Err(error) => failures.push((kind, error)),
        }
    }
    // What is wrong with the model itself helps most; a missing library or adapter only if there is nothing else.
    let about_the_machine = |error: &EngineError| {
        matches!(error, EngineError::NoAdapter | EngineError::NoOrtLibrary { .. } | EngineError::LeftOut(_))
    };
    let telling = failures.iter().position(|(_, error)| !about_the_machine(error)).unwrap_or(0);
    if failures.is_empty() {
        return Err(EngineError::NoAdapter);
    }
    Err(failures.swap_remove(telling).1)
}

/// ONNX bytes -> optimised graph at fixed input shapes: what our own executors run.
///
/// # Errors
/// [`EngineError::BadModel`], [`EngineError::ShapeMismatch`], [`EngineError::UnsupportedOperator`],
/// [`EngineError::OutOfMemory`].
pub fn compile(onnx: &[u8], input_shapes: &[(&str, &[usize])]) -> Result<Graph, EngineError> {
    Ok(Checked::read(onnx, input_shapes, true)?.graph)
}

fn build(
    kind: BackendKind,
    checked: &Checked,
    options: &EngineOptions,
    reason: String,
) -> Result<Box<dyn Executor>, EngineError> {
    match kind {
        BackendKind::Ort => Ok(Box::new(OrtExecutor::load(checked, options, reason)?)),
        BackendKind::Rten => Ok(Box::new(RtenExecutor::load(checked, options, reason)?)),
        BackendKind::Wgpu => {
            let (graph, options) = (checked.graph.clone(), options.clone());
            let executor = in_time(kind, move || WgpuExecutor::new(&graph, &options, reason))?;
            Ok(Box::new(executor))
        }
        BackendKind::Reference => {
            let executor = ReferenceExecutor::new(&checked.graph, options.partial, reason)?;
            Ok(Box::new(executor.with_threads(options.threads)?))
        }
    }
}

/// Builds an executor on threads of its own, which can be given up where a driver hangs. The mark of the trial stays then, so that
/// the next start does not wait again.
fn in_time<T: Send + 'static>(
    kind: BackendKind,
    build: impl FnOnce() -> Result<T, EngineError> + Send + 'static,
) -> Result<T, EngineError> {
    let no_threads = |error: String| EngineError::Backend { backend: kind.name(), message: error };
    let (sender, receiver) = mpsc::sync_channel(1);
    let pool = rayon::ThreadPoolBuilder::new().thread_name(|index| format!("limn-build-{index}")).build();
    let pool = pool.map_err(|error| no_threads(error.to_string()))?;
    let work = move || {
        // Nobody may be waiting any more.
        sender.send(pool.install(|| guarded::build(kind, build))).ok();
    };
    std::thread::Builder::new()
        .name("limn-build".to_owned())
        .spawn(work)
        .map_err(|error| no_threads(error.to_string()))?;
    match receiver.recv_timeout(PATIENCE) {
        Ok(result) => result,
        Err(_) => {
            trials::give_up(Purpose::Engine);
            Err(EngineError::NoAnswer { backend: kind, seconds: PATIENCE.as_secs() })
        }
    }
}

/// The order in which backends are tried when the user names none, and the reason for the first.
fn preference(options: &EngineOptions) -> (Vec<BackendKind>, String) {
    use BackendKind::{Ort, Wgpu};
    let usable = adapters::usable(options);
    let hardware = usable.iter().find(|adapter| adapter.kind.is_hardware());
    // Asking for the library loads it.
    let has_ort = hardware.is_none() && onnxruntime::library::load(options.ort_library.as_deref()).is_ok();
    let (mut order, mut reason) = match (hardware, has_ort) {
        (Some(adapter), _) => (vec![Wgpu, Ort], format!("{} is a hardware adapter", adapter.name)),
        (None, true) => {
            (vec![Ort], "no hardware graphics adapter; ONNX Runtime is the fastest on a processor".to_owned())
        }
        (None, false) => {
            let speeds = measured::known(options).unwrap_or_default();
            let found = if speeds.is_empty() { String::new() } else { format!("; measured here: {speeds}") };
            (speeds.order().collect(), format!("no hardware graphics adapter and no ONNX Runtime library{found}"))
        }
    };
    for kind in measured::CANDIDATES {
        let is_there = kind != Wgpu || hardware.is_none() && !usable.is_empty();
        if is_there && !order.contains(&kind) {
            order.push(kind);
        }
    }
    order.retain(|&kind| kind != Wgpu || !usable.is_empty());
    for failure in left_out(options).iter().rev() {
        reason = format!(
            "{failure}, so that way is not taken for two weeks (choose the backend `wgpu` to try it again); {reason}"
        );
    }
    (order, reason)
}

/// Failures of earlier processes that change what is chosen.
fn left_out(options: &EngineOptions) -> Vec<trials::Failure> {
    let found = adapters::all(options);
    let failures = adapters::failures(options, Purpose::Engine);
    let is_here = |failure: &trials::Failure| {
        found.adapters.iter().any(|adapter| {
            adapters::is_allowed(options.adapter, adapter.kind) && adapter.subject(Purpose::Engine) == failure.subject
        })
    };
    let mut left_out: Vec<trials::Failure> = found.left_out.iter().cloned().collect();
    for failure in failures.into_iter().filter(is_here) {
        // One line for an adapter is enough.
        if !left_out.iter().any(|known| known.subject == failure.subject) {
            left_out.push(failure);
        }
    }
    left_out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AdapterPreference;

    #[test]
    fn a_model_that_is_none_is_refused_not_passed_on() {
        let options = EngineOptions::default();
        let Err(error) = load(b"not an ONNX file", &[], &options) else { panic!("accepted") };
        assert!(matches!(error, EngineError::Damaged(_)), "{error}");
    }

    #[test]
    fn without_hardware_the_order_ends_with_the_reference() {
        let options = EngineOptions { adapter: AdapterPreference::Software, ..EngineOptions::default() };
        let (order, reason) = preference(&options);
        assert_eq!(order.last(), Some(&BackendKind::Reference));
        let place = |kind: BackendKind| order.iter().position(|&other| other == kind);
        assert!(place(BackendKind::Rten) < place(BackendKind::Wgpu), "{order:?}");
        assert!(reason.contains("no "), "{reason}");
    }
}

//! The `ort` executor: the ONNX Runtime library, found and loaded at run time.
//!
//! * [`library`]: where the library may lie, and loading it once per process.
//! * [`split`]: the network in two, for partial evaluation.
//! * [`executor`]: sessions with bound tensors, so that a run allocates nothing of ours.

pub mod executor;
pub mod library;
pub mod split;

pub use executor::OrtExecutor;

use crate::EngineError;

/// The variable that has to be `1` before the library is loaded. Its makers' builds look up an address and keep a queue of events
/// otherwise, from the moment they are loaded, whatever their interface is told afterwards.
pub const NO_TELEMETRY: &str = "ORT_DISABLE_TELEMETRY";

/// ONNX Runtime's words on one line.
fn failed<R>(error: &ort::Error<R>) -> EngineError {
    let message = error.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
    EngineError::Backend { backend: "ort", message }
}

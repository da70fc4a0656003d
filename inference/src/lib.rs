//! The engine: ONNX -> graph -> plan -> executors (`reference`, `wgpu`, `ort`), and adaptation.
//!
//! * [`adapt`]: the head that learns from clicks and accepted masks.
//! * [`executor`]: what a caller sees: options, the [`Executor`] trait, tensors.
//! * [`graph`]: the intermediate representation and its passes.
//! * [`tensor`], [`error`]: the types every room uses.
//!
//! Must not know: documents, files of a data set, windows.

pub mod adapt;
pub mod error;
pub mod executor;
pub mod graph;
pub mod tensor;

pub use error::EngineError;
pub use executor::{
    AdapterPreference, BackendChoice, BackendKind, EngineOptions, Executor, ExecutorInfo,
    TensorSpec,
};
pub use tensor::Tensor;

//! The engine: ONNX -> graph -> plan -> executors (`reference`, `wgpu`, `ort`, `rten`), and adaptation.
//!
//! * [`adapt`]: the head that learns from clicks and accepted masks.
//! * [`calls`]: what every executor checks: names, lengths, the order of the calls.
//! * [`choice`]: which backend, and why.
//! * [`embedded`]: the `rten` executor.
//! * [`executor`]: what a caller sees: options, the [`Executor`] trait, tensors.
//! * [`gpu`]: the `wgpu` executor.
//! * [`graph`]: the intermediate representation and its passes.
//! * [`mod@onnx`]: files -> graph.
//! * [`onnxruntime`]: the `ort` executor.
//! * [`plan`]: buffers and order, for every executor of ours.
//! * [`reference`]: the executor in plain Rust.
//! * [`tensor`], [`error`]: the types every room uses.
//! * [`trials`]: marks of what is tried with graphics drivers, so that a crash is known at the next start.
//!
//! Must not know: documents, files of a data set, windows.

#![warn(unreachable_pub)]
#![cfg_attr(not(test), warn(unused_crate_dependencies))]

pub mod adapt;
pub mod calls;
pub mod choice;
pub mod embedded;
pub mod error;
pub mod executor;
pub mod gpu;
pub mod graph;
pub mod onnx;
pub mod onnxruntime;
pub mod plan;
pub mod reference;
pub mod tensor;
pub mod trials;

pub use choice::{Survey, compile, load, measured, survey};
pub use error::EngineError;
pub use executor::{
    AdapterPreference, BackendChoice, BackendKind, EngineOptions, Executor, ExecutorInfo, TensorSpec, UnknownBackend,
};
pub use tensor::Tensor;

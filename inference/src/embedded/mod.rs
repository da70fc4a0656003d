//! The `rten` executor: the crate `rten`, a runtime in plain Rust with kernels for the vector units of processors. It is part of the
//! program, so that a machine without graphics card and without ONNX Runtime is not left with slow ways.
//!
//! It reads the ONNX file by itself, after our reader found it good. Partial evaluation: what depends only on the input that most of
//! the work hangs on (the picture) is computed once by `partial_run`, and later runs start from there.

mod executor;
mod refusals;

pub use executor::RtenExecutor;
pub use refusals::COMPARED;

/// Version of the crate.
pub const VERSION: &str = "0.27";

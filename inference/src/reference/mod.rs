//! The `reference` executor: plain Rust, `f32`, the truth for tests.
//!
//! * [`kernels`]: one per operator.
//! * [`lower`]: graph to steps.
//! * [`executor`]: the steps, replayed.

pub mod executor;
pub mod kernels;
pub mod lower;

pub use executor::ReferenceExecutor;

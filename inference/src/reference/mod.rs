//! The `reference` executor: plain Rust, `f32`, the truth for tests.
//!
//! * [`kernels`]: one per operator.
//! * [`executor`]: the plan, replayed.

pub mod executor;
pub mod kernels;

pub use executor::ReferenceExecutor;

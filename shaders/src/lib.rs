//! WGSL compute kernels and the table that describes them.
//!
//! * [`kernels`]: the table, one [`KernelSpec`] per file under `src/wgsl/`; those of the
//!   adaptation in a folder of their own, where several results may be written.
//! * [`preprocess`]: imports, conditions and unrolled loops of the WGSL files.
//!
//! A kernel plus values for its defines is a permutation: one shader, one pipeline. Binding 0 is always the uniform
//! `Params`, then the operands, then the result; what is optional comes last.
//!
//! Must not know: wgpu, models, documents.

pub mod kernels;
pub mod preprocess;

pub use kernels::{BINARY, Binding, KERNELS, KernelSpec, UNARY, kernel};

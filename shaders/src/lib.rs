//! WGSL compute kernels and the table that describes them.
//!
//! Must not know: wgpu, models, documents. One file per kernel under `src/wgsl/`.

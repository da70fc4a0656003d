//! How much of everything is accepted; files come from anywhere.

/// Nodes in a graph.
pub const MAX_NODES: usize = 10_000;
/// Initialisers in a graph.
pub const MAX_INITIALISERS: usize = 20_000;
/// Axes of a tensor.
pub const MAX_RANK: usize = 8;
/// Elements of one tensor (1 GiB of `f32`).
pub const MAX_ELEMENTS: usize = 1 << 28;
/// Elements of a constant that is computed while the graph is built; larger ones are computed at run time.
pub const MAX_FOLDED: usize = 1 << 22;
/// Elements of all computed constants together.
pub const MAX_FOLDED_TOTAL: usize = 1 << 26;
/// Extent of a kernel or pooling window, stride, dilation and padding.
pub const MAX_WINDOW: i64 = 1 << 14;
/// Messages inside messages.
pub const MAX_DEPTH: usize = 24;
/// Bytes of all buffers of a plan.
pub const MAX_POOL_BYTES: u64 = 8 << 30;

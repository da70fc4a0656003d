//! How much of everything is accepted; files come from anywhere.

/// Nodes in a graph.
pub const MAX_NODES: usize = 10_000;
/// Initialisers in a graph.
pub const MAX_INITIALISERS: usize = 20_000;
/// Axes of a tensor.
pub const MAX_RANK: usize = 8;
/// Elements of one tensor (256 MiB of `f32`).
pub const MAX_ELEMENTS: usize = 1 << 26;
/// Elements of a constant that is computed while the graph is built; larger ones are computed at run time.
pub const MAX_FOLDED: usize = 1 << 22;
/// Elements of all computed constants together.
pub const MAX_FOLDED_TOTAL: usize = 1 << 25;
/// Multiplications that all computed constants together may cost.
pub const MAX_FOLDED_WORK: u64 = 1 << 31;
/// Elements of all constants that are left to be computed at run time: other runtimes compute them while they load.
pub const MAX_CONSTANT: usize = 1 << 24;
/// Multiplications of a run: minutes on a processor.
pub const MAX_WORK: u64 = 1 << 40;
/// Extent of a kernel or pooling window, stride, dilation and padding.
pub const MAX_WINDOW: i64 = 1 << 14;
/// Bytes of a name.
pub const MAX_NAME: usize = 1 << 12;
/// Messages inside messages.
pub const MAX_DEPTH: usize = 24;

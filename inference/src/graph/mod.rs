//! The graph: what the executors run.
//!
//! * [`ir`]: graph, nodes, values, constants.
//! * [`op`]: the operators; [`attributes`]: what they do exactly, fully parsed.
//! * [`function`]: functions of single numbers.
//! * [`passes`]: fusion and removal. [`fold`]: operators on constants. [`shape`]: shapes of results.
//! * [`work`]: how much an operator does.
//!
//! A [`Graph`] is always at fixed shapes and checked: every value has its shape, nodes stand in topological order,
//! integer arithmetic on shapes is folded away. Run-time values are `f32`; truth values are stored as 0 and 1.

pub mod attributes;
pub mod fold;
pub mod function;
pub mod ir;
pub mod op;
pub mod passes;
pub mod shape;
pub mod work;

pub use attributes::{
    Conv, ConvTranspose, Coordinates, Gather, MatMul, NearestRounding, Normalize, Pad, PadMode, Pool, PoolKind, Reduce,
    ReduceKind, Resize, ResizeMode, ScatterMode, Slice, TopK,
};
pub use function::{Activation, Binary, Unary};
pub use ir::{Constant, Data, Element, Graph, Node, NodeId, Output, Source, Value, ValueId};
pub use op::Op;

//! ONNX files -> [`crate::graph::Graph`] at fixed input shapes.
//!
//! * [`guard`]: is it a whole, sanely nested file at all; [`limits`]: how much of everything is accepted.
//! * [`tensor`], [`attributes`]: values and attributes out of the file.
//! * [`import`]: the walk over the nodes; [`builder`]: the graph under construction, where constants fold at once.
//! * [`lower`]: one function per ONNX operator.
//! * [`checked`]: a model that passed all of this, the only kind that any backend is given.
//!
//! Shapes of the inputs are fixed, so every shape is known while the graph is built and all arithmetic on shapes
//! (`Shape`, `Gather`, `Concat`, `Reshape` ...) is gone when it is finished. An operator or attribute that is not known is
//! refused with the name of the node. Specification: <https://onnx.ai/onnx/operators/>.

pub mod attributes;
pub mod builder;
pub mod checked;
pub mod guard;
pub mod import;
pub mod limits;
pub mod lower;
pub mod tensor;

pub use checked::Checked;
pub use import::{Imported, import, parse};

/// Why a node cannot be taken over.
#[derive(Debug)]
pub enum Refusal {
    /// Valid ONNX, but not here.
    Unsupported(String),
    /// Not valid ONNX.
    Invalid(String),
}

/// Valid ONNX, but not here.
pub(crate) fn unsupported(reason: impl Into<String>) -> Refusal {
    Refusal::Unsupported(reason.into())
}

/// Not valid ONNX.
pub(crate) fn invalid(reason: impl Into<String>) -> Refusal {
    Refusal::Invalid(reason.into())
}

//! Why a node cannot be lowered.

use crate::graph::Activation;

/// What the kernels lack.
#[derive(Clone, PartialEq, Debug, thiserror::Error)]
pub enum Refusal {
    /// Operators that only other executors have.
    #[error("no shader does this")]
    NoKernel,
    /// An activation that does not fuse here.
    #[error("activation {0:?}")]
    Activation(Activation),
    /// A matrix product with a vector.
    #[error("a vector operand")]
    Vector,
    /// Several matrices where one is handled.
    #[error("{0} matrices")]
    Matrices(usize),
    /// Leading axes of which some are broadcast.
    #[error("operands that broadcast over some leading axes and not over others")]
    MixedBroadcast,
    /// More axes than kernels count.
    #[error("{0} axes")]
    Axes(usize),
    /// Padding beyond the window.
    #[error("more padding than the kernel reaches")]
    Padding,
    /// Padding that crops more than there is.
    #[error("nothing is left")]
    NothingLeft,
    /// Nothing to compute.
    #[error("a tensor without elements")]
    Empty,
    /// Only height and width are resampled.
    #[error("resizing of channels")]
    ResizedChannels,
    /// Groups that do not fill the planes.
    #[error("{groups} groups of {channels} channels")]
    Groups {
        /// How many.
        groups: usize,
        /// Channels of each.
        channels: usize,
    },
    /// An operand that must be known when the pipeline is made.
    #[error("{0} that are not constant")]
    NotConstant(&'static str),
    /// Only pictures lie in planes.
    #[error("shape {0:?}; only 1xCxHxW")]
    NoPicture(Vec<usize>),
}

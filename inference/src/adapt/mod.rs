//! Learning while annotating: a small head on the network's `feature` output, trained from clicks and accepted masks.
//!
//! The network stays frozen (the *basic module* of RAIS, arXiv 2210.10984). The head's output, one value a feature cell, is
//! upsampled and added to the mask logits.
//!
//! * [`head`]: the head, its forward and backward pass; one flat parameter vector.
//! * [`loss`]: what clicks and accepted masks ask for, as loss and gradient by the head's output.
//! * [`adam`]: the optimiser.
//! * [`field`]: a prediction at feature resolution.
//! * [`local`]: parameters for the object at hand, from its clicks; dropped when it is accepted.
//! * [`global`]: parameters of the data set, from accepted masks, through a bounded replay buffer.
//!
//! All of it is plain Rust over small matrices, deterministic, and generic over `f32` and `f64`: the gradients are checked
//! against finite differences in `f64`.

pub mod adam;
pub mod field;
pub mod global;
pub mod head;
pub mod local;
pub mod loss;
mod real;

pub use head::{Head, HeadShape};
pub use real::Real;

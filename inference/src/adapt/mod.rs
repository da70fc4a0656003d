//! Learning while annotating: a small head on the network's `feature` output, trained from clicks and accepted masks.
//!
//! The network stays frozen (the *basic module* of RAIS, arXiv 2210.10984). The head's output, one value a feature cell, is
//! upsampled and added to the mask logits.
//!
//! * [`head`]: the head, its forward and backward pass; one flat parameter vector.
//! * [`loss`]: what clicks and accepted masks ask for, as loss and gradient by the head's output.
//! * [`adam`]: the optimiser.
//!
//! What is learned when, from what, and how far it is trusted is decided in `limn-models`.
//!
//! All of it is plain Rust over small matrices, deterministic, and generic over `f32` and `f64`: the gradients are checked
//! against finite differences in `f64`.

pub mod adam;
pub mod head;
pub mod loss;
mod real;

pub use head::{Head, HeadShape};
pub use real::Real;

//! Learning while annotating: a small head on the network's `feature` output, trained from clicks and accepted masks.
//!
//! The network stays frozen (the *basic module* of RAIS, arXiv 2210.10984). The head's output, one value a feature cell, is
//! upsampled and added to the mask logits.
//!
//! * [`head`]: the head, its forward and backward pass; one flat parameter vector.
//! * [`goal`]: what clicks and accepted masks ask of a cell, as loss and gradient by the head's output.
//! * [`adam`]: the optimiser.
//! * [`train`]: batches of cells with goals, lessons, and the [`Trainer`] that learns them.
//! * [`plain`]: the trainer in plain Rust.
//! * [`gpu`]: the trainer in compute shaders.
//! * `choice`: which of the two.
//!
//! What is learned when, from what, and how far it is trusted is decided in `limn-models`.
//!
//! Head, goals and optimiser are deterministic and generic over `f32` and `f64`: the gradients are checked against finite
//! differences in `f64`, the compute shaders against the plain trainer.

pub mod adam;
mod choice;
pub mod goal;
pub mod gpu;
pub mod head;
pub mod plain;
mod real;
pub mod train;

pub use choice::trainer;
pub use goal::{Goal, GoalKind};
pub use gpu::GpuTrainer;
pub use head::{Head, HeadShape};
pub use plain::PlainTrainer;
pub use real::Real;
pub use train::{Batch, Lesson, TrainOptions, Trained, Trainer};

//! The Limn window and command line. The engine and the document meet only here.
//!
//! Floors, each knowing only those below: [`program`]; [`window`] and [`cli`], which do not know each other; [`rerun`]: the network over
//! many objects; [`engine`].

pub mod cli;
pub mod engine;
pub mod program;
pub mod rerun;
pub mod window;

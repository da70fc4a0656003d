//! The Limn window and command line. The engine and the document meet only here.

pub mod cli;
pub mod rerun;
pub mod window;

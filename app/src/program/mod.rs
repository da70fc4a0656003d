//! The program as a whole: where command line and window meet.
//!
//! * `window_bench`: the window's own work per frame, for `limn bench --ui`

mod window_bench;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;

use crate::cli::{self, Windows};
use crate::window::{self, WindowOptions};

/// Runs the program with the process's arguments.
pub fn main() -> ExitCode {
    cli::main(&Windows { open, bench: window_bench::run })
}

fn open(path: Option<PathBuf>, common: &cli::args::Common) -> Result<()> {
    let options = WindowOptions { backend: common.backend, model: common.model.clone() };
    Ok(window::run(path, options)?)
}

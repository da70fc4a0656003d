//! The command line: `limn [PATH]` opens the window, sub-commands do the same work without one.
//!
//! * [`args`]: what can be written; [`engine`]: from the common options to a segmenter, and pictures from files;
//! * [`output`]: JSON, mask PNGs, progress bars;
//! * one module per sub-command: [`segment`], [`eval`], [`convert`] (import, export, verify), [`info`], [`check`], [`batch`], [`bench`], [`doctor`].
//!
//! Exit status: 0 done, 1 failed (one line on stderr: what, where, how to mend), 2 wrong usage.

pub mod args;
pub mod batch;
pub mod bench;
pub mod check;
pub mod convert;
pub mod doctor;
pub mod engine;
pub mod eval;
pub mod info;
pub mod output;
pub mod segment;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser as _};

use crate::cli::output::complain;
use args::{Args, BenchArgs, Command, Common};

/// What has a window, which the command line does not know.
pub struct Windows {
    /// `limn [PATH]`.
    pub open: fn(Option<PathBuf>, &Common) -> Result<()>,
    /// `limn bench --ui`.
    pub bench: fn(&BenchArgs, &Common) -> Result<()>,
}

/// Runs the program with the process's arguments.
pub fn main(windows: &Windows) -> ExitCode {
    let args = Args::parse();
    if let (Some(path), Some(_)) = (&args.path, &args.command) {
        let text = format!("unexpected argument '{}' before the command", path.display());
        Args::command().error(ErrorKind::UnknownArgument, text).exit();
    }
    start_log();
    match run(args, windows) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            complain!("limn: {}", one_line(&error));
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args, windows: &Windows) -> Result<()> {
    let common = &args.common;
    match args.command {
        None => (windows.open)(args.path, common),
        Some(Command::Segment(given)) => segment::run(&given, common),
        Some(Command::Eval(given)) => eval::run(&given, common),
        Some(Command::Import(given)) => convert::import(&given, common),
        Some(Command::Export(given)) => convert::export(&given, common),
        Some(Command::Verify(given)) => convert::verify(&given, common),
        Some(Command::Info(given)) => info::run(&given, common),
        Some(Command::Check(given)) => check::run(&given, common),
        Some(Command::Batch(given)) => batch::run(&given, common),
        Some(Command::Bench(given)) if given.ui => (windows.bench)(&given, common),
        Some(Command::Bench(given)) => bench::run(&given, common),
        Some(Command::Doctor) => doctor::run(common),
    }
}

/// The whole chain of causes, without the repetitions that transparent errors bring, on one line.
fn one_line(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if !text.contains(&cause) {
            let separator = if text.is_empty() { "" } else { ": " };
            text = format!("{text}{separator}{cause}");
        }
    }
    limn_files::printable(&text.split_whitespace().collect::<Vec<_>>().join(" ")).into_owned()
}

/// Diagnostics on stderr, only if `RUST_LOG` asks for them.
fn start_log() {
    if std::env::var_os("RUST_LOG").is_some() {
        tracing_subscriber::fmt()
            .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
            .with_writer(std::io::stderr)
            .init();
    }
}

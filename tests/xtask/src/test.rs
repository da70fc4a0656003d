//! `cargo xtask test`: set-up, then every test of the workspace, doc tests included.

use crate::setup;
use crate::shell::{root, run};
use anyhow::Result;
use std::process::Command;

/// Runs all tests; what follows `--` goes to `cargo test`.
///
/// # Errors
/// Set-up is not possible, or a test failed.
pub fn test(arguments: &[String]) -> Result<()> {
    let tools = setup::everything()?;
    let extra: Vec<&String> = arguments.iter().filter(|argument| *argument != "--").collect();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(root()).args(["test", "--workspace", "--locked", "--no-fail-fast"]).args(extra);
    tools.equip(&mut cargo);
    run(&mut cargo)
}

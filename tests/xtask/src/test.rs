//! `cargo xtask test`: set-up, then every test of the workspace, doc tests included, then the tables that tests leave.

use crate::setup;
use crate::shell::{root, run, target};
use anyhow::Result;
use std::process::Command;

/// Runs all tests; what follows `--` goes to `cargo test`. The tests of the real program find it beside them: cargo builds it for
/// them, as it belongs to the workspace.
///
/// # Errors
/// Set-up is not possible, or a test failed.
pub fn test(arguments: &[String]) -> Result<()> {
    let tools = setup::everything()?;
    let tables = target().join("tests");
    if tables.is_dir() {
        std::fs::remove_dir_all(&tables)?;
    }
    let extra: Vec<&String> = arguments.iter().filter(|argument| *argument != "--").collect();
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(root()).args(["test", "--workspace", "--locked", "--no-fail-fast"]).args(extra);
    tools.equip(&mut cargo);
    let done = run(&mut cargo);
    let mut found: Vec<_> =
        std::fs::read_dir(&tables).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    found.sort();
    for table in found.iter().filter(|path| path.extension().is_some_and(|extension| extension == "md")) {
        println!("\n{}\n\n{}", table.display(), std::fs::read_to_string(table)?);
    }
    done
}

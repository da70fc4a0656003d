//! `limn`: entry point only; everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    limn::cli::main()
}

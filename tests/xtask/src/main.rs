//! The project's chores. `cargo xtask run` and `cargo xtask test` do all set-up themselves.

mod run;
mod setup;
mod shell;
mod test;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <chore>

  run [--release] [-- ARGS]   build Limn, fetch what is missing, open the sample data set
                              (without a display: the same job on the command line)
  test [-- ARGS]              fetch what is missing, then every test; ARGS go to cargo test
  setup                       only fetch what is missing, and say what is where
  help                        this text";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.first().map(String::as_str) {
        Some("run") => run::run_samples(&arguments[1..]),
        Some("test") => test::test(&arguments[1..]),
        Some("setup") => setup::everything().map(|tools| println!("{tools}")),
        Some("help" | "--help" | "-h") => {
            println!("{HELP}");
            Ok(())
        }
        other => {
            eprintln!("xtask: unknown chore {:?}\n\n{HELP}", other.unwrap_or(""));
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

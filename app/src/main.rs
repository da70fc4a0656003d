//! `limn`: entry point only; everything is in the library.

use std::process::ExitCode;

use limn_inference::choice::environment;

fn main() -> ExitCode {
    // Whatever fails here, drivers have defaults.
    let folder = environment::private_folder();
    for (name, value) in environment::variables() {
        if name == "XDG_RUNTIME_DIR" && make_private(&folder).is_err() {
            continue;
        }
        #[expect(unsafe_code, reason = "the environment is changed while this is the only thread, as `set_var` asks")]
        // SAFETY: nothing has been started yet.
        unsafe {
            std::env::set_var(name, value);
        }
    }
    let code = limn::cli::main();
    // It is there only if it was made above, and stays if a driver left something in it.
    std::fs::remove_dir(&folder).ok();
    code
}

#[cfg(unix)]
fn make_private(folder: &std::path::Path) -> std::io::Result<()> {
    std::os::unix::fs::DirBuilderExt::mode(&mut std::fs::DirBuilder::new(), 0o700).create(folder)
}

#[cfg(not(unix))]
fn make_private(folder: &std::path::Path) -> std::io::Result<()> {
    std::fs::create_dir(folder)
}

//! The built program that the tests run: `limn` beside the tests, or the one that `LIMN_BINARY` names.
//!
//! `cargo test --workspace` (so `cargo xtask test`) builds it. A single test of this crate does not: a program that is older
//! than its sources fails the test with the command that builds it, rather than being asked about what it does not know yet.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The program.
///
/// # Panics
/// If it is missing, or older than one of its sources.
pub fn binary() -> &'static Path {
    static FOUND: OnceLock<PathBuf> = OnceLock::new();
    FOUND.get_or_init(|| match find() {
        Ok(path) => path,
        Err(why) => panic!("{why}; build it with: cargo build --package limn"),
    })
}

fn find() -> Result<PathBuf, String> {
    if let Some(path) = std::env::var_os("LIMN_BINARY").map(PathBuf::from) {
        return path.canonicalize().map_err(|error| format!("LIMN_BINARY: {}: {error}", path.display()));
    }
    let here = std::env::current_exe().map_err(|error| error.to_string())?;
    // target/PROFILE/deps/TEST
    let profile = here.ancestors().nth(2).ok_or("the test lies in no target folder")?;
    let path = profile.join(if cfg!(windows) { "limn.exe" } else { "limn" });
    let built = modified(&path).ok_or_else(|| format!("{} is missing", path.display()))?;
    // What cargo writes beside it: `PATH: SOURCE SOURCE ...`, with blanks escaped.
    let list = std::fs::read_to_string(profile.join("limn.d")).unwrap_or_default();
    for source in
        list.replace("\\ ", "\0").split_whitespace().skip(1).map(|word| PathBuf::from(word.replace('\0', " ")))
    {
        if modified(&source).is_some_and(|time| time > built) {
            return Err(format!("{} is older than {}", path.display(), source.display()));
        }
    }
    Ok(path)
}

fn modified(path: &Path) -> Option<std::time::SystemTime> {
    path.metadata().and_then(|data| data.modified()).ok()
}

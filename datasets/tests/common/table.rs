//! Tables that tests leave behind in `target/tests`.

use std::path::{Path, PathBuf};

/// The folder of the tables; made if need be.
pub fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("tests");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Prints a table and keeps it.
pub fn write(name: &str, text: &str) {
    std::fs::write(folder().join(name), text).unwrap();
    println!("{text}");
}

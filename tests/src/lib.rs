//! Support for the tests that cross crates.
//!
//! * `program`: the built `limn`; `call`: one run of it under limits; `folder`: a folder of its own with an empty home
//! * `make`: small pictures, data sets and projects; `stub`: a resolver that answers nothing; `verdicts`: the table of a suite and what is known to be wrong;
//!   `use_paths`: which modules a source names

mod call;
mod folder;
pub mod make;
pub mod program;
pub mod stub;
pub mod use_paths;
pub mod verdicts;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use limn_datasets::media::{self, Limits};
use limn_models::RgbLevels;

pub use call::{Call, GB, Run};
pub use folder::Folder;

/// The workspace's root folder.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// Where the suites leave their tables and screenshots: `target/tests`.
///
/// # Panics
/// If it cannot be made.
pub fn reports() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let folder = target.join("tests");
    if let Err(error) = std::fs::create_dir_all(&folder) {
        panic!("cannot make {}: {error}", folder.display());
    }
    folder
}

/// A picture of the sample data set.
///
/// # Panics
/// If it cannot be read: the samples are part of the source tree.
pub fn sample(name: &str) -> Arc<dyn RgbLevels> {
    let path = root().join("assets/samples").join(name);
    match media::View::open(&path, &Limits::default(), &media::TileCache::new(1 << 20)) {
        Ok(picture) => Arc::new(picture),
        Err(error) => panic!("{error}"),
    }
}

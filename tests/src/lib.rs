//! Support for the tests that cross crates.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use limn_datasets::media::{self, Limits};
use limn_models::Rgb8;

/// The workspace's root folder.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// A picture of the sample data set.
///
/// # Panics
/// If it cannot be read: the samples are part of the source tree.
pub fn sample(name: &str) -> Arc<Rgb8> {
    let path = root().join("assets/samples").join(name);
    match media::read_picture(&path, &Limits::default()) {
        Ok(picture) => Arc::new(Rgb8 { width: picture.width, height: picture.height, data: picture.rgb }),
        Err(error) => panic!("{error}"),
    }
}

//! COCO instances: one JSON file (<https://cocodataset.org/#format-data>).
//!
//! * `write`: the file, one record a line; `read`: lenient in form, strict in content; `segmentation`: masks in their
//!   three spellings
//!
//! Ids of pictures, categories and annotations are those of the project: unique and from 1. `file_name` is the path
//! relative to the project's root with `/`. `area` is the number of pixels, `bbox` the mask's box. Fields that COCO
//! does not know are carried along; Limn's own lie under `limn`.

mod read;
mod segmentation;
mod write;

use std::path::{Path, PathBuf};

use super::dataset::{Dataset, Origin};
use super::report::{ExportReport, FormatError};
use super::{Door, Purpose, Source};
use crate::document::{ImageId, ObjectId};
use crate::formats::{ExportOptions, Progress};
use crate::raster::Mask;
use crate::store::Project;

/// The door of the format.
pub(super) struct Coco;

impl Door for Coco {
    fn write(
        &self,
        source: &Source<'_>,
        to: &Path,
        options: &ExportOptions,
        progress: &dyn Progress,
    ) -> Result<ExportReport, FormatError> {
        write::write(source, &target_file(to), options, progress)
    }

    fn read(
        &self,
        from: &Path,
        images: Option<&Path>,
        _: Purpose,
        progress: &dyn Progress,
    ) -> Result<Dataset, FormatError> {
        read::read(&source_file(from), images, progress)
    }

    fn holdable(&self, project: &Project, image: ImageId, _: &Origin) -> Vec<(ObjectId, Mask)> {
        project.document().objects_of(image).map(|object| (object.id, object.mask.clone())).collect()
    }
}

/// The file to write: the path itself if it names a JSON file, else `instances.json` in that folder.
fn target_file(to: &Path) -> PathBuf {
    if has_json_name(to) && !to.is_dir() { to.to_path_buf() } else { to.join("instances.json") }
}

/// The file to read: the path itself, or within a folder `instances.json`, else the only JSON file.
fn source_file(from: &Path) -> PathBuf {
    if !from.is_dir() {
        return from.to_path_buf();
    }
    let usual = from.join("instances.json");
    if usual.is_file() {
        return usual;
    }
    let entries = std::fs::read_dir(from).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
    let mut files: Vec<PathBuf> = entries.filter(|path| has_json_name(path)).collect();
    match (files.pop(), files.is_empty()) {
        (Some(only), true) => only,
        _ => usual,
    }
}

fn has_json_name(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}

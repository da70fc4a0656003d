//! COCO instances: one JSON file (<https://cocodataset.org/#format-data>).
//!
//! * `write`: the file, one record a line; `read`: lenient in form, strict in content; `stream`: one annotation after
//!   the other; `segmentation`: masks in their three spellings
//!
//! Ids of pictures, categories and annotations are those of the project: unique and from 1. `file_name` is the path
//! relative to the project's root with `/`. `area` is the number of pixels, `bbox` the mask's box. `attributes` are those of the object
//! (CVAT and Datumaro spell them so). Fields that COCO does not know are carried along; Limn's own lie under `limn`.

pub(super) mod read;
pub(super) mod segmentation;
mod stream;
pub(super) mod write;

use std::path::Path;

use super::dataset::Dataset;
use super::report::{ExportReport, FormatError};
use super::{Choice, Door, ExportOptions, Format, Progress, Purpose, Source, reading, writing};

/// The usual name of the file.
const FILE: &str = "instances.json";

/// The door of the format.
pub(super) struct Coco;

impl Door for Coco {
    fn name(&self) -> &'static str {
        "coco"
    }

    fn title(&self) -> &'static str {
        "COCO instances (JSON)"
    }

    fn file(&self) -> Option<&'static str> {
        Some(FILE)
    }

    fn choices(&self) -> &'static [Choice] {
        &[Choice::Segmentation]
    }

    fn write(
        &self,
        source: &Source<'_>,
        to: &Path,
        options: &ExportOptions,
        progress: &dyn Progress,
    ) -> Result<ExportReport, FormatError> {
        let (folder, name) = writing::target_of(to, FILE);
        write::write(source, &folder.join(name), options, progress)
    }

    fn read(
        &self,
        from: &Path,
        images: Option<&Path>,
        _: Purpose,
        progress: &dyn Progress,
    ) -> Result<Dataset, FormatError> {
        read::read(&reading::source_file(from, FILE), Format::Coco, images, progress)
    }
}

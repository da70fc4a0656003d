//! Label Studio: one JSON file, a list of tasks (<https://labelstud.io/guide/export.html>).
//!
//! * `write`, `read`; `rle`: the run lengths of brush masks
//!
//! Masks are written as `brushlabels`; with the option `polygons` as one `polygonlabels` each, holes and parts joined by
//! a bridge, in per cent of the picture's size. What Label Studio has no place for lies in `meta` under `limn`.

mod read;
mod rle;
mod write;

use std::path::Path;

use super::dataset::Dataset;
use super::report::{ExportReport, FormatError};
use super::{Choice, Door, ExportOptions, Progress, Purpose, Source, reading, writing};

/// The usual name of the file.
const FILE: &str = "tasks.json";

/// Members of a result that Limn reads or writes itself.
const OWN_OF_RESULT: &[&str] =
    &["id", "type", "from_name", "to_name", "original_width", "original_height", "image_rotation", "value", "meta"];

/// The door of the format.
pub(super) struct LabelStudio;

impl Door for LabelStudio {
    fn name(&self) -> &'static str {
        "label-studio"
    }

    fn title(&self) -> &'static str {
        "Label Studio (JSON)"
    }

    fn file(&self) -> Option<&'static str> {
        Some(FILE)
    }

    fn choices(&self) -> &'static [Choice] {
        &[Choice::Polygons]
    }

    fn write(
        &self,
        source: &Source<'_>,
        to: &Path,
        options: &ExportOptions,
        progress: &dyn Progress,
    ) -> Result<ExportReport, FormatError> {
        let (folder, name) = writing::target_of(to, FILE);
        write::write(source, &folder, &name, options, progress)
    }

    fn read(
        &self,
        from: &Path,
        images: Option<&Path>,
        _: Purpose,
        progress: &dyn Progress,
    ) -> Result<Dataset, FormatError> {
        read::read(&reading::source_file(from, FILE), images, progress)
    }
}

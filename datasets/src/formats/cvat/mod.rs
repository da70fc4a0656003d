//! CVAT for images 1.1: one XML file (<https://docs.cvat.ai/docs/dataset_management/formats/format-cvat/>).
//!
//! * `write`, `read`, `attributes`: their types and texts
//!
//! Masks are written as `mask` elements: run lengths row by row within the mask's box, beginning with a run of zeros
//! (not COCO's). With the option `polygons` every object is one polygon, holes and parts joined by a bridge. Objects
//! carry `z_order`, `occluded`, `group_id` and attributes. What CVAT has no place for lies in `meta` under `limn`, where
//! CVAT and Datumaro do not look. Tags of pictures are `tag` elements.

mod attributes;
mod read;
mod write;

use std::path::Path;

use super::dataset::Dataset;
use super::report::{ExportReport, FormatError};
use super::{Choice, Door, ExportOptions, Progress, Purpose, Source, reading};

/// The usual name of the file.
const FILE: &str = "annotations.xml";

/// The door of the format.
pub(super) struct Cvat;

impl Door for Cvat {
    fn name(&self) -> &'static str {
        "cvat"
    }

    fn title(&self) -> &'static str {
        "CVAT for images 1.1 (XML)"
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
        write::write(source, to, options, progress)
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

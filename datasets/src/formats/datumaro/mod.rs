//! Datumaro: one JSON file per subset in `annotations`, pictures in `images`
//! (<https://open-edge-platform.github.io/datumaro/latest/docs/data-formats/formats/datumaro.html>).
//!
//! * `write`, `read`
//!
//! Masks are written with COCO's compressed run lengths; with the option `polygons` as one polygon per part, holes
//! joined by a bridge, the parts sharing a `group`. Attributes, group and `z_order` have members of their own; what
//! Datumaro has no place for lies under `limn`. The one subset is called `default`.

mod read;
mod write;

use std::path::Path;

use super::dataset::Dataset;
use super::report::{ExportReport, FormatError};
use super::{Choice, Door, ExportOptions, Progress, Purpose, Source};

/// The door of the format.
pub(super) struct Datumaro;

impl Door for Datumaro {
    fn name(&self) -> &'static str {
        "datumaro"
    }

    fn title(&self) -> &'static str {
        "Datumaro (folder of JSON)"
    }

    fn choices(&self) -> &'static [Choice] {
        &[Choice::Polygons, Choice::CopyImages]
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
        read::read(from, images, progress)
    }
}

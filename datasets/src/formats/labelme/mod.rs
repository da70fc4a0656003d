//! labelme: one JSON file per picture (<https://github.com/wkentaro/labelme>, `labelme/_label_file.py`, version 5 and on).
//!
//! * `write`, `read`
//!
//! Masks are written as shapes of type `mask` (exact, with holes and parts); with the option `polygons` as one polygon
//! per part, holes joined by a bridge, the parts sharing a `group_id`. `imagePath` is relative to the JSON file. Flags
//! of shapes are the object's attributes that are yes or no, flags of files those of the picture. Unknown members are
//! carried along; Limn's own lie under `limn`.

mod read;
mod write;

use std::path::Path;

use super::dataset::Dataset;
use super::report::{ExportReport, FormatError};
use super::{Choice, Door, ExportOptions, Progress, Purpose, Source};

/// The door of the format.
pub(super) struct Labelme;

/// Members of a file that Limn reads or writes itself.
const OWN_OF_FILE: &[&str] =
    &["version", "flags", "shapes", "imagePath", "imageData", "imageHeight", "imageWidth", "limn"];

/// Members of a shape that Limn reads or writes itself.
const OWN_OF_SHAPE: &[&str] = &["label", "points", "group_id", "shape_type", "flags", "mask", "limn"];

impl Door for Labelme {
    fn name(&self) -> &'static str {
        "labelme"
    }

    fn title(&self) -> &'static str {
        "labelme (folder of JSON)"
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

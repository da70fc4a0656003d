//! COCO panoptic: a JSON file and a folder of the same name with one PNG per picture
//! (<https://cocodataset.org/#format-data>, `panopticapi/evaluation.py`).
//!
//! * `write`, `read`
//!
//! A pixel's segment is `R + 256 G + 65536 B`, 0 is nothing. Segments cannot overlap: the topmost object keeps the
//! pixel and the report says who lost how many. The number of a segment is the object's id where it fits. Categories
//! say `isthing`: 1 unless an import said otherwise.

mod read;
mod write;

use std::path::Path;

use super::dataset::{Dataset, Origin};
use super::report::{ExportReport, FormatError};
use super::{Door, ExportOptions, Progress, Purpose, Source, reading, writing};
use crate::document::{ImageId, ObjectId};
use crate::raster::Mask;
use crate::store::Project;

/// The usual name of the file.
const FILE: &str = "panoptic.json";

/// Members of a segment that Limn reads or writes itself.
const OWN_OF_SEGMENT: &[&str] = &["id", "category_id", "iscrowd", "area", "bbox", "limn", "attributes"];

/// The door of the format.
pub(super) struct Panoptic;

impl Door for Panoptic {
    fn name(&self) -> &'static str {
        "coco-panoptic"
    }

    fn title(&self) -> &'static str {
        "COCO panoptic (JSON and PNGs)"
    }

    fn file(&self) -> Option<&'static str> {
        Some(FILE)
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

    fn holdable(&self, project: &Project, image: ImageId, _: &Origin) -> Vec<(ObjectId, Mask)> {
        project.document().visible_masks(image)
    }
}

//! PASCAL VOC: one XML file per picture, palette PNGs for classes and objects, image sets, label map
//! (<http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/devkit_doc.html>).
//!
//! * `write`, `read`; `labelmap`: names and indices
//!
//! Rules: `bndbox` is 1-based and inclusive, as in the original. Object `k` of the XML is index `k` of
//! `SegmentationObject`. Pictures are named by stems; where two pictures share one, folder or extension is added.
//! VOC has one index per pixel: where objects overlap, the topmost keeps the pixel and the report says who lost how
//! many. At most 254 objects a picture and 254 classes.

mod labelmap;
mod read;
mod write;

use std::path::Path;

use super::dataset::{Dataset, Origin};
use super::report::{ExportReport, FormatError};
use super::{Choice, Door, ExportOptions, Progress, Purpose, Source, label_map};
use crate::document::{ImageId, ObjectId};
use crate::raster::Mask;
use crate::store::Project;

/// The door of the format.
pub(super) struct Voc;

impl Door for Voc {
    fn name(&self) -> &'static str {
        "voc"
    }

    fn title(&self) -> &'static str {
        "PASCAL VOC (folder)"
    }

    fn choices(&self) -> &'static [Choice] {
        &[Choice::CopyImages, Choice::VoidBand, Choice::Validation]
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

    fn holdable(&self, project: &Project, image: ImageId, origin: &Origin) -> Vec<(ObjectId, Mask)> {
        label_map::remaining(project.document(), image, origin.void_band)
    }
}

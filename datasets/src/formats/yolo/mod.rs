//! YOLO: one text file per picture, `data.yaml` names the classes
//! (<https://docs.ultralytics.com/datasets/segment/>).
//!
//! * `write`, `read`; `names`: the little YAML that is needed
//!
//! A line is an object: the class from 0, then corners (segmentation) or centre and size (boxes) as shares of the
//! picture's width and height. A line holds one ring: holes and parts are joined by a bridge of no width, which the
//! report counts. Files lie in `images/{train,val}` and `labels/{train,val}`; a picture without objects has an empty
//! file.

mod names;
mod read;
mod write;

use std::path::Path;

use super::dataset::{Dataset, Origin};
use super::report::{ExportReport, FormatError};
use super::{Choice, Door, ExportOptions, Format, Progress, Purpose, Source};
use crate::document::{ImageId, ObjectId};
use crate::raster::Mask;
use crate::store::Project;

/// The door of the format: polygons or boxes.
pub(super) struct Yolo {
    pub(super) boxes: bool,
}

impl Yolo {
    fn format(&self) -> Format {
        if self.boxes { Format::YoloBoxes } else { Format::Yolo }
    }
}

impl Door for Yolo {
    fn name(&self) -> &'static str {
        if self.boxes { "yolo-boxes" } else { "yolo" }
    }

    fn title(&self) -> &'static str {
        if self.boxes { "YOLO boxes (folder)" } else { "YOLO segmentation (folder)" }
    }

    fn choices(&self) -> &'static [Choice] {
        &[Choice::CopyImages, Choice::Validation]
    }

    fn write(
        &self,
        source: &Source<'_>,
        to: &Path,
        options: &ExportOptions,
        progress: &dyn Progress,
    ) -> Result<ExportReport, FormatError> {
        write::write(self.format(), source, to, options, progress)
    }

    fn read(
        &self,
        from: &Path,
        images: Option<&Path>,
        _: Purpose,
        progress: &dyn Progress,
    ) -> Result<Dataset, FormatError> {
        read::read(self.format(), from, images, progress)
    }

    fn holdable(&self, project: &Project, image: ImageId, _: &Origin) -> Vec<(ObjectId, Mask)> {
        let boxed = |mask: &Mask| match mask.bounds() {
            Some(bounds) if self.boxes => Mask::rectangle(mask.width(), mask.height(), bounds),
            _ => mask.clone(),
        };
        project.document().objects_of(image).map(|object| (object.id, boxed(&object.mask))).collect()
    }
}

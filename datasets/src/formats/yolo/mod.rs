//! YOLO: one text file per picture, `data.yaml` names the classes
//! (<https://docs.ultralytics.com/datasets/segment/>).
//!
//! * `write`, `read`; `config`: `data.yaml`, `names` in it; `line`: one object
//!
//! A line is an object: the class from 0, then corners (segmentation) or centre and size (boxes) as shares of the
//! picture's width and height. A line holds one ring: holes and parts are joined by a bridge of no width, which the
//! report counts. Files lie in `images/{train,val}` and `labels/{train,val}`; a picture without objects has an empty
//! file.

mod config;
mod line;
mod names;
mod read;
mod write;

pub(in crate::formats) use config::part_of;

use super::Choice;
use super::dataset::Origin;
use super::door::{self, Door};
use crate::document::{Document, ImageId, ObjectId};
use crate::raster::Mask;

/// The door of YOLO segmentation: polygons.
pub(super) const SEGMENTATION: Door = Door {
    name: "yolo",
    title: "YOLO segmentation (folder)",
    file: None,
    choices: &[Choice::Tolerance, Choice::CopyImages, Choice::Validation],
    can_import: true,
    write: write::write,
    read: read::read,
    holdable: door::everything,
};

/// The door of YOLO boxes.
pub(super) const BOXES: Door = Door {
    name: "yolo-boxes",
    title: "YOLO boxes (folder)",
    choices: &[Choice::CopyImages, Choice::Validation],
    holdable: boxes,
    ..SEGMENTATION
};

fn boxes(document: &Document, image: ImageId, _: &Origin) -> Vec<(ObjectId, Mask)> {
    let boxed = |mask: &Mask| match mask.bounds() {
        Some(bounds) => Mask::rectangle(mask.width(), mask.height(), bounds),
        None => mask.clone(),
    };
    document.objects_of(image).map(|object| (object.id, boxed(&object.mask))).collect()
}

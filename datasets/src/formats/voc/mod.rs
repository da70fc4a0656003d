//! PASCAL VOC: one XML file per picture, palette PNGs for classes and objects, image sets, label map
//! (<http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/devkit_doc.html>).
//!
//! * `write`, `read`; `layout`: which files belong together, `object`: masks and boxes; `labelmap`: names and indices
//!
//! Rules: `bndbox` is 1-based and inclusive, as in the original. Object `k` of the XML is index `k` of
//! `SegmentationObject`. Pictures are named by stems; where two pictures share one, folder or extension is added.
//! VOC has one index per pixel: where objects overlap, the topmost keeps the pixel and the report says who lost how
//! many. At most 254 objects a picture and 254 classes.

mod labelmap;
mod layout;
mod object;
mod read;
mod write;

use super::door::Door;
use super::{Choice, label_map};

/// The door of the format.
pub(super) const DOOR: Door = Door {
    name: "voc",
    title: "PASCAL VOC (folder)",
    file: None,
    choices: &[Choice::CopyImages, Choice::VoidBand, Choice::Validation],
    can_import: true,
    write: write::write,
    read: read::read,
    holdable: |document, image, origin| label_map::remaining(document, image, origin.void_band),
};

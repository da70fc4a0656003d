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

use super::Choice;
use super::door::{self, Door};

/// The usual name of the file.
const FILE: &str = "annotations.xml";

/// The door of the format.
pub(super) const DOOR: Door = Door {
    name: "cvat",
    title: "CVAT for images 1.1 (XML)",
    file: Some(FILE),
    choices: &[Choice::Polygons, Choice::Tolerance],
    can_import: true,
    write: write::write,
    read: read::read,
    holdable: door::everything,
};

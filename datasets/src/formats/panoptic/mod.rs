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

use super::door::Door;

/// The usual name of the file.
const FILE: &str = "panoptic.json";

/// Members of a segment that Limn reads or writes itself.
const OWN_OF_SEGMENT: &[&str] = &["id", "category_id", "iscrowd", "area", "bbox", "limn", "attributes"];

/// The door of the format.
pub(super) const DOOR: Door = Door {
    name: "coco-panoptic",
    title: "COCO panoptic (JSON and PNGs)",
    file: Some(FILE),
    choices: &[],
    can_import: true,
    write: write::write,
    read: read::read,
    holdable: |document, image, _| document.visible_masks(image),
};

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

use super::Choice;
use super::door::{self, Door};

/// Members of a file that Limn reads or writes itself.
const OWN_OF_FILE: &[&str] =
    &["version", "flags", "shapes", "imagePath", "imageData", "imageHeight", "imageWidth", "limn"];

/// Members of a shape that Limn reads or writes itself.
const OWN_OF_SHAPE: &[&str] = &["label", "points", "group_id", "shape_type", "flags", "mask", "limn"];

/// The door of the format.
pub(super) const DOOR: Door = Door {
    name: "labelme",
    title: "labelme (folder of JSON)",
    file: None,
    choices: &[Choice::Polygons, Choice::Tolerance, Choice::CopyImages],
    can_import: true,
    write: write::write,
    read: read::read,
    holdable: door::everything,
};

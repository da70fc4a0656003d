//! Label Studio: one JSON file, a list of tasks (<https://labelstud.io/guide/export.html>).
//!
//! * `write`, `read`; `rle`: the run lengths of brush masks; `min`: rows of a JSON-MIN export
//!
//! Masks are written as `brushlabels`; with the option `polygons` as one `polygonlabels` each, holes and parts joined by
//! a bridge, in per cent of the picture's size. What Label Studio has no place for lies in `meta` under `limn`.

mod min;
mod read;
mod rle;
mod write;

use super::Choice;
use super::door::{self, Door};

/// The usual name of the file.
const FILE: &str = "tasks.json";

/// Members of a result that Limn reads or writes itself.
const OWN_OF_RESULT: &[&str] =
    &["id", "type", "from_name", "to_name", "original_width", "original_height", "image_rotation", "value", "meta"];

/// Members of an object's further fields: the id of its result, and its labels beyond the first.
const ID: &str = "label_studio_id";
const LABELS: &str = "label_studio_labels";

/// The member of a picture's further fields that holds the data of its task.
const DATA: &str = "label_studio_data";

/// The door of the format.
pub(super) const DOOR: Door = Door {
    name: "label-studio",
    title: "Label Studio (JSON)",
    file: Some(FILE),
    choices: &[Choice::Polygons, Choice::Tolerance],
    can_import: true,
    write: write::write,
    read: read::read,
    holdable: door::everything,
};

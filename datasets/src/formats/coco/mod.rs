//! COCO instances: one JSON file (<https://cocodataset.org/#format-data>).
//!
//! * `write`: the file, one record a line; `read`: lenient in form, strict in content; `stream`: one annotation after
//!   the other; `segmentation`: masks in their three spellings
//!
//! Ids of pictures, categories and annotations are those of the project: unique and from 1. `file_name` is the path
//! relative to the project's root with `/`. `area` is the number of pixels, `bbox` the mask's box. `attributes` are those of the object
//! (CVAT and Datumaro spell them so). Key points without an area are no objects; they are kept and written back. Fields that COCO does not know are carried along; Limn's own lie under `limn`.

pub(super) mod read;
pub(super) mod segmentation;
pub(super) mod stream;
pub(super) mod write;

use super::Choice;
use super::door::{self, Door};

/// The usual name of the file.
const FILE: &str = "instances.json";

/// The member of what is kept as it came that names its class: ids of classes change.
const CATEGORY: &str = "category_name";

/// The door of the format.
pub(super) const DOOR: Door = Door {
    name: "coco",
    title: "COCO instances (JSON)",
    file: Some(FILE),
    choices: &[Choice::Segmentation, Choice::Tolerance],
    can_import: true,
    write: write::write,
    read: read::read,
    holdable: door::everything,
};

//! Datumaro: one JSON file per subset in `annotations`, pictures in `images`
//! (<https://open-edge-platform.github.io/datumaro/latest/docs/data-formats/formats/datumaro.html>).
//!
//! * `write`, `read`
//!
//! Masks are written with COCO's compressed run lengths; with the option `polygons` as one polygon per part, holes
//! joined by a bridge, the parts sharing a `group`. Attributes, group and `z_order` have members of their own; what
//! Datumaro has no place for lies under `limn`. The one subset is called `default`.

mod read;
mod write;

use super::Choice;
use super::door::{self, Door};

/// The door of the format.
pub(super) const DOOR: Door = Door {
    name: "datumaro",
    title: "Datumaro (folder of JSON)",
    file: None,
    choices: &[Choice::Polygons, Choice::Tolerance, Choice::CopyImages],
    can_import: true,
    write: write::write,
    read: read::read,
    holdable: door::everything,
};

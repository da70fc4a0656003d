//! Plain mask PNGs: one per object (what `limn eval` reads), or one index picture per picture.
//!
//! * `write`, `read`; `pairing`: from a mask to its picture; the layouts are those of [`crate::formats::MaskLayout`]
//!
//! Files lie in the same subfolders as the pictures. Per object: `stem#k.png`, `k` from 1 in z order, grey, 255 object
//! and 0 background (read: 128 is ignored). Index pictures: VOC palette, 0 background, the topmost object keeps the
//! pixel, `labelmap.txt` names the classes. Colour pictures: as index pictures, but RGB in the colours of the classes,
//! which `labelmap.txt` tells.

mod pairing;
mod read;
mod write;

use std::collections::BTreeMap;

use super::dataset::Origin;
use super::door::Door;
use super::{Choice, MaskLayout, label_map};
use crate::document::{ClassId, Document, ImageId, ObjectId};
use crate::raster::Mask;

/// The door of the format.
pub(super) const DOOR: Door = Door {
    name: "masks",
    title: "Mask PNGs (folder)",
    file: None,
    choices: &[Choice::MaskLayout],
    can_import: true,
    write: write::write,
    read: read::read,
    holdable,
};

/// A picture of indices or colours joins what it cannot tell apart.
fn holdable(document: &Document, image: ImageId, origin: &Origin) -> Vec<(ObjectId, Mask)> {
    match origin.layout {
        MaskLayout::Objects => document.objects_of(image).map(|o| (o.id, o.mask.clone())).collect(),
        MaskLayout::Instances => label_map::remaining(document, image, 0),
        // A class picture joins all objects of a class.
        MaskLayout::Classes | MaskLayout::Colors => {
            let remaining = label_map::remaining(document, image, 0);
            let class_of = |id: ObjectId| document.object(id).map(|object| object.class);
            let mut regions: BTreeMap<ClassId, Mask> = BTreeMap::new();
            for (id, mask) in &remaining {
                if let Some(class) = class_of(*id) {
                    let region = regions.get(&class).map_or_else(|| mask.clone(), |region| region.union(mask));
                    regions.insert(class, region);
                }
            }
            let region = |id| class_of(id).and_then(|class| regions.get(&class).cloned());
            remaining.iter().filter_map(|(id, _)| Some((*id, region(*id)?))).collect()
        }
    }
}

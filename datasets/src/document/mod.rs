//! What a project holds: classes, pictures and objects. Read access only; changes go through [`crate::edit`].
//!
//! * `records`: the plain records and their ids, `order`: the natural order of paths, `colors`: those of new classes
//! * `kept`: what is counted so that nobody looks through all records
//! * `filter`: which pictures and objects are meant, `statistics`: what there is of each class
//!
//! Overlap: objects of one picture may overlap. They lie in z order (larger `z` on top, the newer id on top of
//! equals); whoever needs one label per pixel gives it to the topmost object.

mod colors;
mod filter;
mod kept;
mod order;
mod records;
mod statistics;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

pub use colors::{CLASS_COLORS, ClassColors};
pub use filter::Filter;
pub use order::natural_cmp;
pub use records::{
    Attribute, AttributeKind, Class, ClassId, ClickRecord, ImageId, ImageRecord, ImageState, Object, ObjectId, Rerun,
};
pub use statistics::{ClassStatistics, Statistics};

use crate::raster::Mask;
use kept::{Revision, Words};

/// All classes, pictures and objects of a project, in memory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    pub(crate) classes: Vec<Class>,
    pub(crate) images: Vec<ImageRecord>,
    pub(crate) image_index: BTreeMap<ImageId, usize>,
    pub(crate) objects: BTreeMap<ObjectId, Object>,
    pub(crate) objects_by_image: BTreeMap<ImageId, BTreeSet<(i64, ObjectId)>>,
    pub(crate) objects_by_class: BTreeMap<ClassId, usize>,
    /// Pictures that are finished.
    pub(crate) done: usize,
    /// Objects with a mask that waits for a decision.
    pub(crate) waiting: BTreeSet<ObjectId>,
    pub(crate) extra: Map<String, Value>,
    /// Tags of pictures, and names of attributes of objects.
    pub(crate) tags: Words,
    pub(crate) attributes: Words,
    /// Changes with the pictures and their order.
    pub(crate) order: Revision,
}

impl Document {
    /// All classes by ascending id.
    pub fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// The class with this id.
    pub fn class(&self, id: ClassId) -> Option<&Class> {
        let at = self.classes.binary_search_by_key(&id, |class| class.id).ok()?;
        self.classes.get(at)
    }

    /// The class with this name.
    pub fn class_named(&self, name: &str) -> Option<&Class> {
        self.classes.iter().find(|class| class.name == name)
    }

    /// All pictures in the natural order of their paths (`a2.png` before `a10.png`).
    pub fn images(&self) -> &[ImageRecord] {
        &self.images
    }

    /// The picture with this id.
    pub fn image(&self, id: ImageId) -> Option<&ImageRecord> {
        self.images.get(*self.image_index.get(&id)?)
    }

    /// The place of a picture within [`Document::images`].
    pub fn image_position(&self, id: ImageId) -> Option<usize> {
        self.image_index.get(&id).copied()
    }

    /// The picture with this path (relative to the project's root, with `/`).
    pub fn image_at(&self, path: &str) -> Option<&ImageRecord> {
        let at = self.images.binary_search_by(|image| natural_cmp(&image.path, path)).ok()?;
        self.images.get(at)
    }

    /// The object with this id.
    pub fn object(&self, id: ObjectId) -> Option<&Object> {
        self.objects.get(&id)
    }

    /// The objects of a picture from the bottom to the top.
    pub fn objects_of(&self, image: ImageId) -> impl DoubleEndedIterator<Item = &Object> + Clone {
        let ids = self.objects_by_image.get(&image).into_iter().flatten();
        ids.filter_map(|(_, id)| self.objects.get(id))
    }

    /// All objects by ascending id.
    pub fn objects(&self) -> impl ExactSizeIterator<Item = &Object> {
        self.objects.values()
    }

    /// Number of classes.
    pub fn class_count(&self) -> usize {
        self.classes.len()
    }

    /// Number of pictures.
    pub fn image_count(&self) -> usize {
        self.images.len()
    }

    /// Number of objects.
    pub fn object_count(&self) -> usize {
        self.objects.len()
    }

    /// Number of objects of one picture.
    pub fn object_count_of(&self, image: ImageId) -> usize {
        self.objects_by_image.get(&image).map_or(0, BTreeSet::len)
    }

    /// Number of objects of one class.
    pub fn object_count_of_class(&self, class: ClassId) -> usize {
        self.objects_by_class.get(&class).copied().unwrap_or(0)
    }

    /// Number of pictures that are marked done; kept, not counted.
    pub fn done_count(&self) -> usize {
        self.done
    }

    /// The objects whose new mask waits for a decision, by ascending id; kept, not looked for.
    pub fn waiting(&self) -> impl ExactSizeIterator<Item = ObjectId> {
        self.waiting.iter().copied()
    }

    /// All tags of pictures, in order; kept, not looked for.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.tags.all()
    }

    /// The names of all attributes that objects have, in order; kept, not looked for.
    pub fn attribute_names(&self) -> impl Iterator<Item = &str> {
        self.attributes.all()
    }

    /// Another number whenever pictures came, went, or changed their order.
    pub fn order_revision(&self) -> u64 {
        self.order.0
    }

    /// The objects of a picture from the bottom to the top, by their ids.
    pub fn object_ids_of(&self, image: ImageId) -> impl DoubleEndedIterator<Item = ObjectId> {
        self.objects_by_image.get(&image).into_iter().flatten().map(|(_, id)| *id)
    }

    /// A `z` that lies above every object of the picture.
    pub fn top_z(&self, image: ImageId) -> i64 {
        let top = self.objects_by_image.get(&image).and_then(BTreeSet::last);
        top.map_or(0, |(z, _)| z.saturating_add(1))
    }

    /// Fields of the whole data set that came with an import and go out again with an export (for example COCO's
    /// `info`, `licenses` and unknown top-level members).
    pub fn extra(&self) -> &Map<String, Value> {
        &self.extra
    }

    /// The topmost object of the picture at a pixel, hidden ones left out.
    pub fn object_at(&self, image: ImageId, x: u32, y: u32) -> Option<&Object> {
        self.objects_of(image).rev().find(|object| !object.hidden && object.mask.contains(x, y))
    }

    /// What remains visible of every object when each pixel goes to the topmost one, from bottom to top.
    pub fn visible_masks(&self, image: ImageId) -> Vec<(ObjectId, Mask)> {
        let mut visible = Vec::new();
        let mut above: Option<Mask> = None;
        for object in self.objects_of(image).rev() {
            let seen = above.as_ref().map_or_else(|| object.mask.clone(), |above| object.mask.subtract(above));
            visible.push((object.id, seen));
            above = Some(above.map_or_else(|| object.mask.clone(), |above| above.union(&object.mask)));
        }
        visible.reverse();
        visible
    }
}

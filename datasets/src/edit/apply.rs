//! Applying a transaction to a document: all of it or nothing.

use std::collections::{BTreeSet, HashMap};

use super::{Edit, EditError, Transaction};
use crate::document::{Class, ClassId, Document, ImageId, ImageRecord, Object, ObjectId, natural_cmp};

impl Document {
    /// Applies the transaction; on error the document is as before.
    ///
    /// # Errors
    /// When an edit does not start from the present state or the result would break a rule (see [`EditError`]).
    pub fn apply(&mut self, transaction: &Transaction) -> Result<(), EditError> {
        self.apply_revertible(transaction.clone()).map(drop)
    }

    /// As [`Document::apply`]; the result can be given to [`Document::revert`] and holds the edits as they were really
    /// carried out, in the very list that came in: there may be a million.
    pub(crate) fn apply_revertible(&mut self, transaction: Transaction) -> Result<Applied, EditError> {
        let mut touched = Touched::default();
        let mut edits = transaction.edits;
        for at in 0..edits.len() {
            if let Err(error) = self.apply_edit(&mut edits[at], &mut touched) {
                edits.truncate(at);
                self.revert(Applied { edits, touched });
                return Err(error);
            }
        }
        self.settle(&touched);
        if let Err(error) = self.check(&touched) {
            self.revert(Applied { edits, touched });
            return Err(error);
        }
        Ok(Applied { edits, touched })
    }

    /// Builds a document from stored records. The size of a picture's file is a fact, no rule: where all objects of a
    /// picture have another, theirs holds.
    ///
    /// # Errors
    /// When the records break a rule.
    pub(crate) fn from_records(
        classes: Vec<Class>,
        images: Vec<ImageRecord>,
        objects: Vec<Object>,
        extra: serde_json::Map<String, serde_json::Value>,
    ) -> Result<Self, EditError> {
        let mut document = Self { extra, ..Self::default() };
        let mut touched = Touched::default();
        let classes = classes.into_iter().map(|class| Edit::Class { before: None, after: Some(class) });
        let images = images.into_iter().map(|image| Edit::Image { before: None, after: Some(image) });
        let objects = objects.into_iter().map(|object| Edit::Object { before: None, after: Some(object) });
        classes.chain(images).chain(objects).for_each(|edit| document.carry_out(edit, &mut touched));
        document.settle(&touched);
        document.take_sizes_of_masks();
        document.check(&touched)?;
        Ok(document)
    }

    fn take_sizes_of_masks(&mut self) {
        let size_of = |id: ImageId| {
            let mut sizes = self.objects_of(id).map(|object| (object.mask.width(), object.mask.height()));
            let first = sizes.next().filter(|size| size.0 > 0 && size.1 > 0)?;
            sizes.all(|size| size == first).then_some(first)
        };
        let sizes: Vec<_> = self.images.iter().map(|image| size_of(image.id)).collect();
        for (image, size) in self.images.iter_mut().zip(sizes) {
            if let Some((width, height)) = size.filter(|_| image.width > 0) {
                (image.width, image.height) = (width, height);
            }
        }
    }

    /// Changes facts about picture files outside of any transaction.
    pub(crate) fn set_facts(&mut self, id: ImageId, width: u32, height: u32, missing: bool) {
        if let Some(&at) = self.image_index.get(&id)
            && let Some(image) = self.images.get_mut(at)
        {
            (image.width, image.height, image.missing) = (width, height, missing);
        }
    }

    /// Takes back what was applied, in reverse.
    pub(crate) fn revert(&mut self, applied: Applied) {
        let mut touched = applied.touched;
        for edit in applied.edits.into_iter().rev() {
            self.carry_out(edit.invert(), &mut touched);
        }
        self.settle(&touched);
    }

    /// Checks one edit against the present state and carries it out; it then holds its real `before` and `after`.
    fn apply_edit(&mut self, edit: &mut Edit, touched: &mut Touched) -> Result<(), EditError> {
        match edit {
            Edit::Class { before, after } => {
                let id = same_id(before.as_ref().map(|r| r.id), after.as_ref().map(|r| r.id), "a class")?;
                require(id.0, 0, || format!("class {}", id.0), self.class(id) == before.as_ref())?;
            }
            Edit::Image { before, after } => {
                let id = same_id(before.as_ref().map(|r| r.id), after.as_ref().map(|r| r.id), "a picture")?;
                let current = self.image(id);
                let same = match (current, before.as_ref()) {
                    (Some(current), Some(before)) => same_but_facts(current, before),
                    (None, None) => true,
                    _ => false,
                };
                require(id.0, 1, || format!("picture {}", id.0), same)?;
                let merged = after.as_ref().map(|after| with_facts(current, before.as_ref(), after));
                (*before, *after) = (current.cloned(), merged);
            }
            Edit::Object { before, after } => {
                let id = same_id(before.as_ref().map(|r| r.id), after.as_ref().map(|r| r.id), "an object")?;
                require(id.0, 1, || format!("object {}", id.0), self.object(id) == before.as_ref())?;
            }
            Edit::Extra { before, .. } => {
                require(1, 1, || "the data set's description".to_owned(), self.extra() == before)?;
            }
        }
        self.carry_out(edit.clone(), touched);
        Ok(())
    }

    /// Changes the maps without any check. Lists may be out of order until `settle`.
    fn carry_out(&mut self, edit: Edit, touched: &mut Touched) {
        match edit {
            Edit::Class { before, after } => {
                touched.classes.extend([&before, &after].into_iter().flatten().map(|class| class.id));
                let at = before.and_then(|class| self.classes.iter().position(|c| c.id == class.id));
                match (at, after) {
                    (Some(at), Some(after)) => self.classes[at] = after,
                    (Some(at), None) => drop(self.classes.remove(at)),
                    (None, Some(after)) => {
                        let at = self.classes.partition_point(|class| class.id < after.id);
                        self.classes.insert(at, after);
                    }
                    (None, None) => {}
                }
            }
            Edit::Image { before, after } => self.carry_out_image(before, after, touched),
            Edit::Object { before, after } => {
                touched.objects.extend([&before, &after].into_iter().flatten().map(|object| object.id));
                if let Some(old) = before {
                    self.unlink(&old);
                }
                if let Some(new) = after {
                    if new.rerun.as_ref().is_some_and(|rerun| rerun.proposal.is_some()) {
                        self.waiting.insert(new.id);
                    }
                    self.objects_by_image.entry(new.image).or_default().insert((new.z, new.id));
                    *self.objects_by_class.entry(new.class).or_default() += 1;
                    self.attributes.add(new.attributes.keys());
                    self.objects.insert(new.id, new);
                }
            }
            Edit::Extra { after, .. } => {
                touched.extra = true;
                self.extra = after;
            }
        }
    }

    fn carry_out_image(&mut self, before: Option<ImageRecord>, after: Option<ImageRecord>, touched: &mut Touched) {
        touched.images.extend([&before, &after].into_iter().flatten().map(|image| image.id));
        let moved = match (&before, &after) {
            (Some(before), Some(after)) => before.path != after.path,
            _ => true,
        };
        touched.image_order |= moved;
        let at = before.and_then(|image| self.image_index.get(&image.id).copied());
        if let Some(old) = at.and_then(|at| self.images.get(at)) {
            self.done -= usize::from(old.state.is_finished());
            self.tags.remove(&old.tags);
        }
        self.done += usize::from(after.as_ref().is_some_and(|new| new.state.is_finished()));
        self.tags.add(after.iter().flat_map(|new| &new.tags));
        match (at, after) {
            (Some(at), Some(after)) => self.images[at] = after,
            (Some(at), None) => {
                let removed = self.images.swap_remove(at);
                self.image_index.remove(&removed.id);
                if let Some(moved) = self.images.get(at) {
                    self.image_index.insert(moved.id, at);
                }
            }
            (None, Some(after)) => {
                self.image_index.insert(after.id, self.images.len());
                self.images.push(after);
            }
            (None, None) => {}
        }
    }

    fn unlink(&mut self, object: &Object) {
        if let Some(old) = self.objects.remove(&object.id) {
            self.attributes.remove(old.attributes.keys());
        }
        self.waiting.remove(&object.id);
        if let Some(ids) = self.objects_by_image.get_mut(&object.image) {
            ids.remove(&(object.z, object.id));
            if ids.is_empty() {
                self.objects_by_image.remove(&object.image);
            }
        }
        if let Some(count) = self.objects_by_class.get_mut(&object.class) {
            *count -= 1;
            if *count == 0 {
                self.objects_by_class.remove(&object.class);
            }
        }
    }

    /// Restores the order of pictures after some came, went or changed their path.
    fn settle(&mut self, touched: &Touched) {
        if touched.image_order {
            self.order.0 += 1;
            self.images.sort_by(|a, b| natural_cmp(&a.path, &b.path));
            self.image_index = self.images.iter().enumerate().map(|(at, image)| (image.id, at)).collect();
        }
    }

    /// The rules that hold between records, for everything that was touched.
    fn check(&self, touched: &Touched) -> Result<(), EditError> {
        let mut names: HashMap<&str, usize> = HashMap::new();
        if !touched.classes.is_empty() {
            self.classes.iter().for_each(|class| *names.entry(&class.name).or_default() += 1);
        }
        for &id in &touched.classes {
            self.check_class(id, &names)?;
        }
        for &id in &touched.images {
            self.check_image(id)?;
        }
        for object in touched.objects.iter().filter_map(|&id| self.object(id)) {
            self.check_object(object)?;
        }
        if touched.image_order
            && let Some(pair) = self.images.windows(2).find(|pair| pair[0].path == pair[1].path)
        {
            return Err(EditError::Duplicate { what: format!("a picture {}", pair[0].path) });
        }
        Ok(())
    }

    /// `names` says how many classes have each name.
    fn check_class(&self, id: ClassId, names: &HashMap<&str, usize>) -> Result<(), EditError> {
        let objects = self.object_count_of_class(id);
        match self.class(id) {
            None if objects > 0 => Err(EditError::InUse { what: format!("class {}", id.0), objects }),
            None => Ok(()),
            Some(Class { name, .. }) if name.is_empty() => Err(EditError::Unnamed { what: format!("class {}", id.0) }),
            Some(Class { name, .. }) => {
                if names.get(name.as_str()).is_some_and(|namesakes| *namesakes > 1) {
                    Err(EditError::Duplicate { what: format!("a class {name:?}") })
                } else {
                    Ok(())
                }
            }
        }
    }

    fn check_image(&self, id: ImageId) -> Result<(), EditError> {
        let objects = self.object_count_of(id);
        match self.image(id) {
            None if objects > 0 => Err(EditError::InUse { what: format!("picture {}", id.0), objects }),
            Some(image) if image.path.is_empty() => Err(EditError::Unnamed { what: format!("picture {}", id.0) }),
            _ => Ok(()),
        }
    }

    fn check_object(&self, object: &Object) -> Result<(), EditError> {
        let dangling = |missing| Err(EditError::Dangling { object: object.id.0, missing });
        if self.class(object.class).is_none() {
            return dangling(format!("class {}", object.class.0));
        }
        let Some(image) = self.image(object.image) else {
            return dangling(format!("picture {}", object.image.0));
        };
        let (mask_width, mask_height) = (object.mask.width(), object.mask.height());
        if image.width > 0 && (mask_width, mask_height) != (image.width, image.height) {
            let (width, height) = (image.width, image.height);
            return Err(EditError::MaskSize { object: object.id.0, mask_width, mask_height, width, height });
        }
        Ok(())
    }
}

/// A transaction that was carried out.
pub(crate) struct Applied {
    /// The edits as they were really carried out.
    pub(crate) edits: Vec<Edit>,
    /// The records that changed.
    pub(crate) touched: Touched,
}

/// What a transaction touched, for the checks at its end and for the store.
#[derive(Default)]
pub(crate) struct Touched {
    pub(crate) classes: BTreeSet<ClassId>,
    pub(crate) images: BTreeSet<ImageId>,
    pub(crate) objects: BTreeSet<ObjectId>,
    pub(crate) extra: bool,
    image_order: bool,
}

fn same_id<Id: PartialEq>(before: Option<Id>, after: Option<Id>, what: &'static str) -> Result<Id, EditError> {
    match (before, after) {
        (Some(before), Some(after)) if before != after => Err(EditError::Malformed { what }),
        (Some(id), _) | (None, Some(id)) => Ok(id),
        (None, None) => Err(EditError::Malformed { what }),
    }
}

/// `lowest` is 0 for classes, which data sets may count from there, else 1.
fn require(id: i64, lowest: i64, what: impl Fn() -> String, fresh: bool) -> Result<(), EditError> {
    if id < lowest {
        return Err(EditError::BadId { what: what() });
    }
    if fresh { Ok(()) } else { Err(EditError::Stale { what: what() }) }
}

/// Facts about the file may change without a transaction, so they do not make an edit stale.
fn same_but_facts(a: &ImageRecord, b: &ImageRecord) -> bool {
    let ImageRecord { id, path, width: _, height: _, state, remark, tags, attributes, missing: _, extra } = a;
    (id, path, state) == (&b.id, &b.path, &b.state)
        && (remark, tags, attributes, extra) == (&b.remark, &b.tags, &b.attributes, &b.extra)
}

/// The record after the edit: facts that the edit itself does not change keep their present value.
fn with_facts(current: Option<&ImageRecord>, before: Option<&ImageRecord>, after: &ImageRecord) -> ImageRecord {
    let mut record = after.clone();
    if let (Some(current), Some(before)) = (current, before) {
        if (before.width, before.height) == (after.width, after.height) {
            (record.width, record.height) = (current.width, current.height);
        }
        if before.missing == after.missing {
            record.missing = current.missing;
        }
    }
    record
}

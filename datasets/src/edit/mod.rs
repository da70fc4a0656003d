//! Changes to a document as transactions that can be inverted.
//!
//! An [`Edit`] names a record before and after; swapping the two undoes it. A [`Transaction`] is applied whole or not
//! at all (`apply`); `latest` finds the last edit of a record; [`classes`] makes those that change classes over a whole data set. What was done and undone is
//! remembered by the store's journal.

mod apply;
pub mod classes;
mod latest;

pub(crate) use apply::Applied;
use latest::{Key, Latest};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::document::{Class, ClassId, Document, ImageId, ImageRecord, Object, ObjectId};

/// One changed record: `None` before means created, `None` after means removed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::large_enum_variant, reason = "nearly all edits are of objects, a box each would cost more")]
pub enum Edit {
    /// A class.
    Class {
        /// As it was.
        before: Option<Class>,
        /// As it becomes.
        after: Option<Class>,
    },
    /// A picture.
    Image {
        /// As it was.
        before: Option<ImageRecord>,
        /// As it becomes.
        after: Option<ImageRecord>,
    },
    /// An object.
    Object {
        /// As it was.
        before: Option<Object>,
        /// As it becomes.
        after: Option<Object>,
    },
    /// The fields of the whole data set ([`Document::extra`]).
    Extra {
        /// As they were.
        before: Map<String, Value>,
        /// As they become.
        after: Map<String, Value>,
    },
}

impl Edit {
    /// The edit that undoes this one.
    pub fn invert(self) -> Self {
        match self {
            Self::Class { before, after } => Self::Class { before: after, after: before },
            Self::Image { before, after } => Self::Image { before: after, after: before },
            Self::Object { before, after } => Self::Object { before: after, after: before },
            Self::Extra { before, after } => Self::Extra { before: after, after: before },
        }
    }
}

/// A named group of edits that is done and undone as one.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Transaction {
    /// What the user did, for the undo menu: "Add object".
    pub label: String,
    /// The edits in order.
    pub edits: Vec<Edit>,
    /// Where the last edit of each record stands; follows `edits` when it is asked.
    #[serde(skip)]
    latest: Latest,
}

impl Transaction {
    /// An empty transaction.
    pub fn new(label: impl Into<String>) -> Self {
        Self::of(label, Vec::new())
    }

    /// A transaction of these edits.
    pub fn of(label: impl Into<String>, edits: Vec<Edit>) -> Self {
        Self { label: label.into(), edits, latest: Latest::default() }
    }

    /// True if nothing would change.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// Creates or replaces a class.
    pub fn put_class(&mut self, document: &Document, class: Class) -> &mut Self {
        let before = self.latest_class(document, class.id);
        self.edits.push(Edit::Class { before, after: Some(class) });
        self
    }

    /// Removes a class; its objects must go or change class in the same transaction.
    pub fn remove_class(&mut self, document: &Document, id: ClassId) -> &mut Self {
        if let Some(before) = self.latest_class(document, id) {
            self.edits.push(Edit::Class { before: Some(before), after: None });
        }
        self
    }

    /// Creates or replaces a picture's record.
    pub fn put_image(&mut self, document: &Document, image: ImageRecord) -> &mut Self {
        let before = self.latest_image(document, image.id);
        self.edits.push(Edit::Image { before, after: Some(image) });
        self
    }

    /// Removes a picture's record (the file stays); its objects must go in the same transaction.
    pub fn remove_image(&mut self, document: &Document, id: ImageId) -> &mut Self {
        if let Some(before) = self.latest_image(document, id) {
            self.edits.push(Edit::Image { before: Some(before), after: None });
        }
        self
    }

    /// Creates or replaces an object.
    pub fn put_object(&mut self, document: &Document, object: Object) -> &mut Self {
        let before = self.latest_object(document, object.id);
        self.edits.push(Edit::Object { before, after: Some(object) });
        self
    }

    /// Removes an object.
    pub fn remove_object(&mut self, document: &Document, id: ObjectId) -> &mut Self {
        if let Some(before) = self.latest_object(document, id) {
            self.edits.push(Edit::Object { before: Some(before), after: None });
        }
        self
    }

    /// Replaces the fields of the whole data set.
    pub fn put_extra(&mut self, document: &Document, extra: Map<String, Value>) -> &mut Self {
        let before = match self.latest.edit(&self.edits, Key::Extra) {
            Some(Edit::Extra { after, .. }) => after.clone(),
            _ => document.extra().clone(),
        };
        self.edits.push(Edit::Extra { before, after: extra });
        self
    }

    /// The transaction that undoes this one.
    pub fn invert(self) -> Self {
        Self::of(self.label, self.edits.into_iter().rev().map(Edit::invert).collect())
    }

    /// The pictures whose record or objects this touches, each once, ascending.
    pub fn images(&self) -> Vec<ImageId> {
        let mut ids: Vec<ImageId> = Vec::new();
        for edit in &self.edits {
            match edit {
                Edit::Image { before, after } => ids.extend([before, after].into_iter().flatten().map(|r| r.id)),
                Edit::Object { before, after } => ids.extend([before, after].into_iter().flatten().map(|r| r.image)),
                Edit::Class { .. } | Edit::Extra { .. } => {}
            }
        }
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    fn latest_class(&mut self, document: &Document, id: ClassId) -> Option<Class> {
        match self.latest.edit(&self.edits, Key::Class(id)) {
            Some(Edit::Class { after, .. }) => after.clone(),
            _ => document.class(id).cloned(),
        }
    }

    fn latest_image(&mut self, document: &Document, id: ImageId) -> Option<ImageRecord> {
        match self.latest.edit(&self.edits, Key::Image(id)) {
            Some(Edit::Image { after, .. }) => after.clone(),
            _ => document.image(id).cloned(),
        }
    }

    fn latest_object(&mut self, document: &Document, id: ObjectId) -> Option<Object> {
        match self.latest.edit(&self.edits, Key::Object(id)) {
            Some(Edit::Object { after, .. }) => after.clone(),
            _ => document.object(id).cloned(),
        }
    }
}

/// Why a transaction does not fit the document. The document is then unchanged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The record is not in the state the edit starts from.
    #[error("{what} changed meanwhile; repeat the action")]
    Stale {
        /// Kind and id of the record.
        what: String,
    },
    /// Before and after of one edit are different records, or both are absent.
    #[error("an edit of {what} must keep its id and change something")]
    Malformed {
        /// Kind of the record.
        what: &'static str,
    },
    /// An id below 1 (of a class: below 0).
    #[error("{what} has an id below the first; ids start at 1, of classes at 0")]
    BadId {
        /// Kind and id of the record.
        what: String,
    },
    /// An object refers to a picture or class that does not exist.
    #[error("object {object} refers to {missing}, which does not exist")]
    Dangling {
        /// The object.
        object: i64,
        /// Kind and id of what is missing.
        missing: String,
    },
    /// A class or picture is removed while objects still use it.
    #[error("{what} still has {objects} objects; delete or move them first")]
    InUse {
        /// Kind and name.
        what: String,
        /// How many.
        objects: usize,
    },
    /// Two classes with one name or two pictures with one path.
    #[error("there is already {what}; choose another name")]
    Duplicate {
        /// Kind and name.
        what: String,
    },
    /// A class without a name or a picture without a path.
    #[error("{what} needs a name")]
    Unnamed {
        /// Kind and id.
        what: String,
    },
    /// A mask of another size than its picture.
    #[error("the mask of object {object} is {mask_width}x{mask_height}, its picture {width}x{height}")]
    MaskSize {
        /// The object.
        object: i64,
        /// Width of the mask.
        mask_width: u32,
        /// Height of the mask.
        mask_height: u32,
        /// Width of the picture.
        width: u32,
        /// Height of the picture.
        height: u32,
    },
}

#[cfg(test)]
mod tests;

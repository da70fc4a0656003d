//! Where in a transaction the last edit of each record stands, so that a transaction of a million edits is not looked through for
//! each of them.

use std::collections::HashMap;

use super::Edit;
use crate::document::{ClassId, ImageId, ObjectId};

/// A record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Class(ClassId),
    Image(ImageId),
    Object(ObjectId),
    Extra,
}

/// The places; what was added to the list since is taken in when it is asked. It says nothing about what a transaction is, so all
/// are equal.
#[derive(Clone, Debug, Default)]
pub(super) struct Latest {
    /// So many edits are taken in.
    seen: usize,
    places: HashMap<Key, usize>,
}

impl PartialEq for Latest {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Latest {
    /// The last edit of a record, if there is one.
    pub(super) fn edit<'e>(&mut self, edits: &'e [Edit], key: Key) -> Option<&'e Edit> {
        if self.seen > edits.len() {
            *self = Self::default();
        }
        for (at, edit) in edits.iter().enumerate().skip(self.seen) {
            if let Some(key) = key_of(edit) {
                self.places.insert(key, at);
            }
        }
        self.seen = edits.len();
        edits.get(*self.places.get(&key)?)
    }
}

fn key_of(edit: &Edit) -> Option<Key> {
    match edit {
        Edit::Class { before, after } => after.as_ref().or(before.as_ref()).map(|class| Key::Class(class.id)),
        Edit::Image { before, after } => after.as_ref().or(before.as_ref()).map(|image| Key::Image(image.id)),
        Edit::Object { before, after } => after.as_ref().or(before.as_ref()).map(|object| Key::Object(object.id)),
        Edit::Extra { .. } => Some(Key::Extra),
    }
}

//! What is chosen: the class of the next object, and the objects that the next command is about.

use std::collections::BTreeSet;

use limn_datasets::{ClassId, ObjectId};

/// What is chosen.
#[derive(Debug)]
pub struct Selection {
    /// The class of the next object.
    pub class: Option<ClassId>,
    /// The selected object; others are combined with it.
    pub selected: Option<ObjectId>,
    /// Selected besides.
    pub also: BTreeSet<ObjectId>,
    /// The masks of the finished objects are drawn.
    pub masks_shown: bool,
}

impl Default for Selection {
    fn default() -> Self {
        Self { class: None, selected: None, also: BTreeSet::new(), masks_shown: true }
    }
}

impl Selection {
    /// Another project: nothing is chosen.
    pub fn clear(&mut self) {
        (self.class, self.selected) = (None, None);
    }

    /// Selects one object or none; false if that was so before.
    pub fn select(&mut self, object: Option<ObjectId>) -> bool {
        let changes = self.selected != object || !self.also.is_empty();
        self.selected = object;
        self.also.clear();
        changes
    }

    /// Whether an object is selected.
    pub fn has(&self, object: ObjectId) -> bool {
        self.selected == Some(object) || (self.selected.is_some() && self.also.contains(&object))
    }

    /// What is drawn now is to be seen: hidden masks come back; true if they were hidden.
    pub fn show_masks(&mut self) -> bool {
        !std::mem::replace(&mut self.masks_shown, true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selecting_one_object_lets_the_others_go() {
        let mut selection = Selection { also: [ObjectId(2)].into(), ..Selection::default() };
        assert!(!selection.has(ObjectId(2)), "nothing is selected besides nothing");
        selection.selected = Some(ObjectId(1));
        assert!(selection.has(ObjectId(2)));
        assert!(selection.select(Some(ObjectId(1))) && !selection.has(ObjectId(2)));
        assert!(!selection.select(Some(ObjectId(1))));
    }
}

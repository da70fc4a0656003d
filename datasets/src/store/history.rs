//! The history as a list: what was done and can be gone back to.

use super::journal::Past;
use super::{Project, StoreError};
use crate::document::ImageId;

/// One transaction of the history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// What the user did.
    pub label: String,
    /// In force; false: undone and waiting to be done again.
    pub applied: bool,
}

impl Project {
    /// The transactions that are remembered, the oldest first; those in force come before those undone.
    pub fn history(&self) -> Vec<HistoryEntry> {
        let applied = self.history_position();
        let labels = self.journal.labels().enumerate();
        labels.map(|(at, label)| HistoryEntry { label: label.to_owned(), applied: at < applied }).collect()
    }

    /// How many of [`Project::history`] are in force.
    pub fn history_position(&self) -> usize {
        self.journal.applied()
    }

    /// The pictures that [`Project::undo`] would change; `None` where that cannot be told quickly.
    pub fn undo_images(&self) -> Option<Vec<ImageId>> {
        self.images_of(self.journal.undo()?)
    }

    /// The pictures that [`Project::redo`] would change; `None` where that cannot be told quickly.
    pub fn redo_images(&self) -> Option<Vec<ImageId>> {
        self.images_of(self.journal.redo()?)
    }

    fn images_of(&self, past: Past<'_>) -> Option<Vec<ImageId>> {
        let read = || past.read(|| self.writer.connection(), &self.document).ok();
        past.is_short().then(read)?.map(|transaction| transaction.images())
    }

    /// Undoes or redoes until `position` transactions are in force (at most as many as there are).
    ///
    /// # Errors
    /// As [`Project::commit`]; the steps before the failing one stay done.
    pub fn go_to(&mut self, position: usize) -> Result<(), StoreError> {
        while self.history_position() > position && self.undo()?.is_some() {}
        while self.history_position() < position && self.redo()?.is_some() {}
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::document::{Class, ClassId};
    use crate::edit::Transaction;
    use crate::store::Project;

    #[test]
    fn changed_pictures_are_remembered_new_ones_are_not() {
        use crate::document::{ImageId, ImageRecord, Object};
        use crate::raster::Mask;
        let mut project = Project::in_memory(std::path::Path::new("."));
        let mut t = Transaction::new("begin");
        t.put_class(project.document(), Class::new(ClassId(1), "cat", [0; 3]));
        for id in 1..=3 {
            t.put_image(project.document(), ImageRecord::new(ImageId(id), format!("{id}.png")));
        }
        project.commit(t).unwrap();
        assert!(project.changed_images().is_empty());
        let mut t = Transaction::new("object");
        let object = Object::new(project.next_object_id(), ImageId(2), ClassId(1), Mask::empty(4, 4));
        t.put_object(project.document(), object);
        project.commit(t).unwrap();
        let mut t = Transaction::new("remark");
        let image = project.document().image(ImageId(3)).unwrap().clone();
        t.put_image(project.document(), ImageRecord { remark: "look".into(), ..image });
        project.commit(t).unwrap();
        assert_eq!(project.changed_images(), &[ImageId(2), ImageId(3)].into());
        assert_eq!((project.undo_images(), project.redo_images()), (Some(vec![ImageId(3)]), None));
        project.undo().unwrap();
        assert_eq!((project.undo_images(), project.redo_images()), (Some(vec![ImageId(2)]), Some(vec![ImageId(3)])));
    }

    #[test]
    fn one_can_go_to_any_place_of_the_history() {
        let mut project = Project::in_memory(std::path::Path::new("."));
        for id in 1..=4 {
            let mut t = Transaction::new(format!("Add {id}"));
            t.put_class(project.document(), Class::new(ClassId(id), id.to_string(), [0; 3]));
            project.commit(t).unwrap();
        }
        project.go_to(1).unwrap();
        assert_eq!((project.document().class_count(), project.history_position()), (1, 1));
        let applied: Vec<bool> = project.history().iter().map(|entry| entry.applied).collect();
        assert_eq!(applied, [true, false, false, false]);
        project.go_to(99).unwrap();
        assert_eq!((project.document().class_count(), project.history()[3].label.as_str()), (4, "Add 4"));
    }
}

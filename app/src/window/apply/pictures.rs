//! Pictures that are found again or taken out of the project.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use limn_datasets::{ImageId, ImageRecord, Transaction};

use crate::window::app::LimnApp;
use crate::window::lang::{self, tf};
use crate::window::toasts::Kind;

impl LimnApp {
    /// The file of a picture is `path` now. Other missing pictures that lie in the same place under their old names come
    /// along, all as one step.
    pub(super) fn relink(&mut self, id: ImageId, path: &Path) {
        let Some(project) = &self.opened.project else { return };
        let document = project.document();
        let Some(image) = document.image(id) else { return };
        let mut found: BTreeMap<ImageId, PathBuf> = BTreeMap::new();
        if let Some(folder) = path.parent() {
            let others = document.images().iter().filter(|i| i.missing);
            let there = others.map(|i| (i.id, folder.join(i.file_name()))).filter(|(_, path)| path.is_file());
            found.extend(there);
        }
        found.insert(id, path.to_path_buf());
        let mut change = Transaction::new(tf(lang::DID_RELINK, &[&image.file_name()]));
        for (id, path) in &found {
            let stored = super::open::stored_path(project.root(), path);
            let Some(image) = document.image(*id).filter(|image| image.path != stored) else { continue };
            if let Some(other) = document.image_at(&stored) {
                // A scan took it for a new picture; without objects of its own it gives way.
                if document.object_count_of(other.id) > 0 {
                    self.toasts.error(tf(lang::SAY_RELINK_TAKEN, &[&stored]));
                    return;
                }
                change.remove_image(document, other.id);
            }
            change.put_image(document, ImageRecord { path: stored, ..image.clone() });
        }
        let count = found.len();
        if self.commit(change) {
            self.toasts.add(Kind::Good, tf(lang::SAY_RELINKED, &[&count]));
            found.keys().for_each(|id| self.pictures.loader.forget(*id));
            self.rescan();
            self.shown.close();
            self.show_picture(id);
        }
    }

    /// A picture goes out of the project, with its objects. The file stays; undo brings all back.
    pub(super) fn take_out(&mut self, id: ImageId) {
        let Some(project) = &self.opened.project else { return };
        let document = project.document();
        let Some(image) = document.image(id).cloned() else { return };
        let next = self.neighbour(1).or_else(|| self.neighbour(-1)).filter(|next| *next != id);
        let mut change = Transaction::new(tf(lang::DID_TAKE_OUT, &[&image.file_name()]));
        for object in document.objects_of(id) {
            change.remove_object(document, object.id);
        }
        change.remove_image(document, id);
        if let Some(project) = &mut self.opened.project
            && let Err(error) = project.leave_out(&image.path)
        {
            self.toasts.error(error);
            return;
        }
        if self.shown.current == Some(id) {
            self.drawing.draft = None;
        }
        self.drawing.parked.remove(&id);
        if !self.commit(change) {
            return;
        }
        self.toasts.undoable(tf(lang::SAY_TAKEN_OUT, &[&image.file_name()]));
        if self.shown.current == Some(id) {
            self.shown.close();
            match next {
                Some(next) => self.show_picture(next),
                None => self.revision.touch(),
            }
        }
    }
}

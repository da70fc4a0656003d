//! Objects that travel: clipboard, templates, and moving the selected ones.

use limn_datasets::{Class, ClassId, Object, ObjectId, Transaction};

use crate::window::app::LimnApp;
use crate::window::lang::{self, counted, t, tf};
use crate::window::stamp::Stamp;
use crate::window::toasts::Kind;

impl LimnApp {
    fn stamp_of_selected(&mut self) -> Option<Stamp> {
        let document = self.document();
        let chosen = self.selection();
        let mut objects: Vec<&Object> = chosen.iter().filter_map(|id| document.object(*id)).collect();
        objects.sort_by_key(|o| (o.z, o.id));
        let stamp = Stamp::of(&objects, |object| document.class(object.class));
        if stamp.is_none() {
            self.toasts.add(Kind::Info, t(lang::SAY_SELECT_FIRST));
        }
        stamp
    }

    /// Puts the selected objects upon the clipboard, and takes them away if `cut`.
    pub(super) fn copy_objects(&mut self, cut: bool) {
        let Some(stamp) = self.stamp_of_selected() else { return };
        let text = counted(stamp.pieces.len(), lang::OBJECT_ONE, lang::OBJECT_MANY);
        self.ctx.copy_text(stamp.to_text());
        self.clipboard.copied = Some(stamp);
        self.toasts.add(Kind::Info, tf(lang::SAY_COPIED, &[&text]));
        if cut {
            self.delete_selected();
        }
    }

    /// Puts the objects of a text into the picture; without a text those that were copied last.
    pub(super) fn paste_objects(&mut self, text: Option<&str>, at_pointer: bool) {
        let stamp = match text {
            Some(text) => Stamp::from_text(text),
            None => self.clipboard.copied.clone(),
        };
        match stamp {
            Some(stamp) => self.put_stamp(&stamp, at_pointer),
            None => match text.map(names_in).filter(|names| names.len() > 1 && self.document().class_count() == 0) {
                Some(names) => self.add_classes(&names),
                None => self.toasts.add(Kind::Info, t(lang::SAY_NOTHING_TO_PASTE)),
            },
        }
    }

    /// The objects keep their place in a picture of the same size; else, or when asked for, they come to the pointer or
    /// into the middle of what is seen.
    fn put_stamp(&mut self, stamp: &Stamp, at_pointer: bool) {
        let Some((image, size)) = self.shown.current.zip(self.shown.picture().map(|p| p.size())) else {
            self.toasts.add(Kind::Info, t(lang::SAY_OPEN_FIRST));
            return;
        };
        let pointer = self.local.pointer_in_image.filter(|_| at_pointer);
        let middle = || self.shown.view.image_from_ui(self.shown.canvas, self.shown.canvas.center()).into();
        let wanted = pointer.or_else(|| (at_pointer || size != stamp.size).then(middle));
        let by = wanted.zip(stamp.centre()).map_or([0, 0], |(to, from): ([f32; 2], _)| {
            [0, 1].map(|i| (to[i].clamp(0.0, size[i] as f32) - from[i]).round() as i64)
        });
        let label = counted(stamp.pieces.len(), lang::OBJECT_ONE, lang::OBJECT_MANY);
        let Some(project) = &mut self.opened.project else { return };
        let mut transaction = Transaction::new(tf(lang::DID_PASTE, &[&label]));
        let mut new_classes: Vec<Class> = Vec::new();
        let mut new_objects = Vec::new();
        for piece in &stamp.pieces {
            let mask = piece.mask.moved(by, size[0], size[1]);
            if mask.is_empty() {
                continue;
            }
            let known =
                project.document().class_named(&piece.class).or(new_classes.iter().find(|c| c.name == piece.class));
            let class: ClassId = match known.map(|c| c.id) {
                Some(id) => id,
                None => {
                    let id = project.next_class_id();
                    new_classes.push(Class::new(id, piece.class.clone(), piece.color));
                    id
                }
            };
            let mut object = Object::new(project.next_object_id(), image, class, mask);
            object.z = project.document().top_z(image) + new_objects.len() as i64;
            (object.crowd, object.difficult, object.truncated) = (piece.crowd, piece.difficult, piece.truncated);
            (object.group, object.attributes) = (piece.group, piece.attributes.clone());
            new_objects.push(object);
        }
        if new_objects.is_empty() {
            self.toasts.add(Kind::Info, t(lang::SAY_PASTE_OUTSIDE));
            return;
        }
        let document = project.document();
        for class in new_classes {
            transaction.put_class(document, class);
        }
        let ids: Vec<ObjectId> = new_objects.iter().map(|o| o.id).rev().collect();
        for object in new_objects {
            transaction.put_object(document, object);
        }
        if self.commit(transaction) {
            self.select_several(&ids);
        }
    }

    /// Moves the selected objects by whole picture pixels; what leaves the picture is cut off.
    pub(super) fn move_selected(&mut self, by: [i32; 2]) {
        let gone = |object: &Object| {
            object.mask.moved(by.map(i64::from), object.mask.width(), object.mask.height()).is_empty()
        };
        let document = self.document();
        if self.selection().iter().filter_map(|id| document.object(*id)).any(gone) {
            self.toasts.add(Kind::Info, t(lang::SAY_PASTE_OUTSIDE));
            return;
        }
        self.edit_selected(t(lang::DID_MOVE), |object| {
            object.mask = object.mask.moved(by.map(i64::from), object.mask.width(), object.mask.height());
            for click in &mut object.clicks {
                click.x += by[0] as f32;
                click.y += by[1] as f32;
            }
        });
    }

    /// Keeps the selected objects under a name.
    pub(super) fn save_template(&mut self, name: &str) {
        let name = name.trim();
        let Some(stamp) = self.stamp_of_selected().filter(|_| !name.is_empty()) else { return };
        self.clipboard.templates.put(name, stamp);
        self.save_templates();
    }

    /// Puts the objects of a template into the picture.
    pub(super) fn insert_template(&mut self, name: &str) {
        if let Some(stamp) = self.clipboard.templates.get(name).cloned() {
            self.put_stamp(&stamp, false);
        }
    }

    /// Forgets a template.
    pub(super) fn delete_template(&mut self, name: &str) {
        self.clipboard.templates.list.retain(|(n, _)| n != name);
        self.save_templates();
    }

    fn save_templates(&mut self) {
        if let Err(error) = self.clipboard.save(self.settings.path()) {
            self.toasts.error(tf(lang::SAY_TEMPLATES_NOT_KEPT, &[&error]));
        }
    }
}

/// The lines of a list of names.
fn names_in(text: &str) -> Vec<String> {
    text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

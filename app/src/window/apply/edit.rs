//! Changes of classes and finished objects.

use limn_datasets::{Class, ClassId, Object, ObjectId, Transaction};

use crate::window::app::LimnApp;
use crate::window::dialog::Dialog;
use crate::window::facts::digit_of;
use crate::window::lang::{self, Text, t, tf};
use crate::window::theme;
use crate::window::toasts::Kind;

impl LimnApp {
    /// New classes as one step; the last one is chosen. A name that is there already is only chosen.
    pub(super) fn add_classes(&mut self, names: &[String]) {
        let Some(project) = &self.opened.project else { return };
        let document = project.document();
        let mut all = document.classes().to_vec();
        let mut change = Transaction::default();
        let mut last = None;
        for name in names.iter().map(|name| name.trim()).filter(|name| !name.is_empty()) {
            let known = all.iter().find(|c| c.name == name).map(|c| c.id);
            last = Some(known.unwrap_or_else(|| {
                let mut class = Class::new(project.next_class_id(), name, theme::next_class_color(&all));
                class.hotkey = (1..=9).find(|digit| !all.iter().any(|c| c.hotkey == Some(*digit)));
                all.push(class.clone());
                change.label = tf(lang::DID_ADD_CLASS, &[&name]);
                change.put_class(document, class);
                all[all.len() - 1].id
            }));
        }
        if change.edits.len() > 1 {
            change.label = tf(lang::DID_ADD_CLASSES, &[&change.edits.len()]);
        }
        if let (Some(last), true) = (last, self.commit(change)) {
            self.choose_class(last);
        }
    }

    fn edit_class(&mut self, id: ClassId, label: Text, change: impl FnOnce(&mut Class)) {
        let Some(mut class) = self.document().class(id).cloned() else { return };
        let before = class.clone();
        change(&mut class);
        if class == before {
            return;
        }
        let mut t = Transaction::new(tf(label, &[&before.name]));
        t.put_class(self.document(), class);
        self.commit(t);
    }

    pub(super) fn rename_class(&mut self, id: ClassId, name: &str) {
        let name = name.trim();
        if !name.is_empty() {
            self.edit_class(id, lang::DID_RENAME_CLASS, |class| class.name = name.to_owned());
        }
    }

    /// The whole record; another class with the same key loses it.
    pub(super) fn put_class(&mut self, class: Class) {
        let document = self.document();
        let Some(before) = document.class(class.id) else { return };
        let mut transaction = Transaction::new(tf(lang::DID_EDIT_CLASS, &[&before.name]));
        let taken = |c: &&Class| c.id != class.id && c.hotkey.is_some() && c.hotkey == class.hotkey;
        if let Some(other) = document.classes().iter().find(taken) {
            transaction.put_class(document, Class { hotkey: None, ..other.clone() });
        }
        if *before != class {
            transaction.put_class(document, class);
        }
        self.commit(transaction);
    }

    pub(super) fn recolor_class(&mut self, id: ClassId, color: [u8; 3]) {
        self.edit_class(id, lang::DID_RECOLOUR_CLASS, |class| class.color = color);
    }

    /// A class without objects goes at once (undo brings it back); one in use asks first.
    pub(super) fn ask_delete_class(&mut self, id: ClassId) {
        if self.document().object_count_of_class(id) == 0 {
            self.delete_class(id, None);
        } else {
            self.dialog = Some(Dialog::DeleteClass(id));
        }
    }

    pub(super) fn delete_class(&mut self, id: ClassId, reassign: Option<ClassId>) {
        let document = self.document();
        let Some(class) = document.class(id).cloned() else { return };
        let used: Vec<Object> = document.objects().filter(|o| o.class == id).cloned().collect();
        let mut t = Transaction::new(tf(lang::DID_DELETE_CLASS, &[&class.name]));
        match reassign.filter(|to| *to != id && document.class(*to).is_some()) {
            Some(to) => {
                for object in used {
                    t.put_object(document, Object { class: to, ..object });
                }
            }
            None if !used.is_empty() => {
                self.toasts.error(tf(lang::SAY_CLASS_USED, &[&class.name, &used.len()]));
                return;
            }
            None => {}
        }
        t.remove_class(document, id);
        self.dialog = None;
        if self.commit(t) && self.selection.class == Some(id) {
            self.selection.class = reassign.or_else(|| self.document().classes().first().map(|c| c.id));
        }
    }

    /// A digit chooses the class with that key, else the one at that place; a selected object gets it too.
    pub(super) fn class_digit(&mut self, digit: u8) {
        let document = self.document();
        let found = document.classes().iter().find(|c| digit_of(document, c) == Some(digit)).map(|c| c.id);
        let Some(class) = found else {
            self.toasts.add(Kind::Info, tf(lang::SAY_NO_KEY, &[&digit]));
            return;
        };
        self.give_class(class);
    }

    /// Chooses a class; what is at hand, else what is selected, gets it too.
    pub(super) fn give_class(&mut self, class: ClassId) {
        self.choose_class(class);
        let target = self.drawing.draft.as_ref().map_or(self.selection.selected, |d| d.correcting);
        match target {
            Some(_) if self.drawing.draft.is_none() => self.set_class_of_selected(class),
            Some(object) => self.set_object_class(object, class),
            None => {}
        }
    }

    fn edit_object(&mut self, id: ObjectId, label: &str, change: impl FnOnce(&mut Object)) {
        let Some(before) = self.document().object(id).cloned() else { return };
        let mut after = before.clone();
        change(&mut after);
        if after == before {
            return;
        }
        let mut t = Transaction::new(label);
        t.put_object(self.document(), after);
        self.commit(t);
    }

    pub(super) fn set_object_class(&mut self, id: ObjectId, class: ClassId) {
        let Some(name) = self.document().class(class).map(|c| c.name.clone()) else { return };
        self.edit_object(id, &tf(lang::DID_CHANGE_CLASS, &[&name]), |object| object.class = class);
    }

    pub(super) fn set_hidden(&mut self, id: ObjectId, hidden: bool) {
        self.edit_object(id, t(if hidden { lang::DID_HIDE } else { lang::DID_SHOW }), |object| object.hidden = hidden);
    }

    pub(super) fn delete_object(&mut self, id: ObjectId) {
        let Some(object) = self.document().object(id) else { return };
        let name = self.document().class(object.class).map_or(t(lang::OBJECT_CLASS), |c| c.name.as_str());
        let label = tf(lang::DID_DELETE, &[&name]);
        let mut t = Transaction::new(&label);
        t.remove_object(self.document(), id);
        if self.commit(t) {
            self.toasts.undoable(label);
            if self.drawing.draft.as_ref().is_some_and(|d| d.correcting == Some(id)) {
                self.drawing.draft = None;
            }
            self.selection.selected = self.selection.selected.filter(|s| *s != id);
            self.revision.touch();
        }
    }

    /// Swaps an object with its neighbour in the stack; all of the picture get distinct places.
    pub(super) fn raise(&mut self, id: ObjectId, by: i32) {
        let Some(image) = self.document().object(id).map(|o| o.image) else { return };
        let mut stack: Vec<Object> = self.document().objects_of(image).cloned().collect();
        let Some(at) = stack.iter().position(|o| o.id == id) else { return };
        let to = (at as i64 + i64::from(by)).clamp(0, stack.len() as i64 - 1) as usize;
        if to == at {
            return;
        }
        let object = stack.remove(at);
        stack.insert(to, object);
        let mut t = Transaction::new(t(if by > 0 { lang::DID_UP } else { lang::DID_DOWN }));
        for (z, object) in stack.into_iter().enumerate() {
            if object.z != z as i64 {
                t.put_object(self.document(), Object { z: z as i64, ..object });
            }
        }
        self.commit(t);
    }
}

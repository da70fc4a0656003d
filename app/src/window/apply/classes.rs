//! Classes over the whole data set: merge, split, delete with objects, attributes, lists as files.

use std::path::Path;

use limn_datasets::edit::classes;
use limn_datasets::{Class, ClassId, ObjectId, Transaction};

use crate::window::app::LimnApp;
use crate::window::class_list;
use crate::window::keep;
use crate::window::lang::{self, t, tf};
use crate::window::theme;
use crate::window::toasts::Kind;

/// Longer lists are refused before they are read.
const LONGEST_LIST: u64 = 64 << 20;

impl LimnApp {
    pub(super) fn merge_classes(&mut self, from: &[ClassId], into: ClassId) {
        let document = self.document();
        let Some(name) = document.class(into).map(|c| c.name.clone()) else { return };
        let mut transaction = classes::merge(document, from, into);
        transaction.label = tf(lang::DID_MERGE, &[&from.iter().filter(|id| **id != into).count(), &name]);
        self.commit_classes(transaction, into);
    }

    pub(super) fn split_class(&mut self, objects: &[ObjectId], name: &str) {
        let name = name.trim();
        if name.is_empty() || objects.is_empty() {
            return;
        }
        if self.document().class_named(name).is_some() {
            self.toasts.error(tf(lang::SAY_CLASS_EXISTS, &[&name]));
            return;
        }
        let Some(project) = &self.opened.project else { return };
        let color = theme::next_class_color(project.document().classes());
        let class = Class::new(project.next_class_id(), name, color);
        let id = class.id;
        let mut transaction = classes::split(project.document(), objects, class);
        transaction.label = tf(lang::DID_SPLIT, &[&objects.len(), &name]);
        self.commit_classes(transaction, id);
    }

    pub(super) fn delete_class_and_objects(&mut self, id: ClassId) {
        let document = self.document();
        let Some(name) = document.class(id).map(|c| c.name.clone()) else { return };
        let mut transaction = classes::delete(document, id, None);
        transaction.label = tf(lang::DID_DELETE_CLASS, &[&name]);
        let next = document.classes().iter().map(|c| c.id).find(|c| *c != id);
        self.dialog = None;
        self.commit_classes(transaction, next.unwrap_or(id));
    }

    /// Commits; nothing refers to classes and objects that are gone.
    fn commit_classes(&mut self, transaction: Transaction, fallback: ClassId) {
        if !self.commit(transaction) {
            return;
        }
        if self.selection.class.is_none_or(|id| self.document().class(id).is_none()) {
            self.selection.class = Some(fallback);
        }
        self.forget_what_is_gone();
        self.revision.touch();
    }

    /// Another name for a question of a class; the answers of its objects follow.
    pub(super) fn rename_attribute(&mut self, id: ClassId, from: &str, to: &str) {
        let document = self.document();
        let Some(mut class) = document.class(id).cloned() else { return };
        if to.is_empty() || class.attributes.iter().any(|a| a.name == to) {
            self.toasts.error(tf(lang::SAY_ATTRIBUTE_EXISTS, &[&to]));
            return;
        }
        let Some(attribute) = class.attributes.iter_mut().find(|a| a.name == from) else { return };
        to.clone_into(&mut attribute.name);
        let mut transaction = Transaction::new(tf(lang::DID_RENAME_ATTRIBUTE, &[&from, &to]));
        transaction.put_class(document, class);
        for object in document.objects().filter(|o| o.class == id && o.attributes.contains_key(from)) {
            let mut after = object.clone();
            if let Some(value) = after.attributes.remove(from) {
                after.attributes.insert(to.to_owned(), value);
            }
            let edit = limn_datasets::Edit::Object { before: Some(object.clone()), after: Some(after) };
            transaction.edits.push(edit);
        }
        self.commit(transaction);
    }

    /// Adds the classes of a list that are not there yet; colours and groups of known ones follow the list.
    pub(in crate::window) fn import_classes(&mut self, path: &Path) {
        let Some(project) = &self.opened.project else { return };
        let size = std::fs::metadata(path).map(|m| m.len());
        let text = match size {
            Ok(size) if size > LONGEST_LIST => Err(t(lang::SAY_LIST_TOO_LONG).to_owned()),
            _ => std::fs::read_to_string(path).map_err(|error| error.to_string()),
        };
        let list = match text.and_then(|text| class_list::read(&text)) {
            Ok(list) => list,
            Err(error) => {
                self.toasts.error(tf(lang::SAY_LIST_NOT_READ, &[&error, &path.display()]));
                return;
            }
        };
        let document = project.document();
        let mut transaction = Transaction::new(tf(lang::DID_IMPORT_CLASSES, &[&list.len()]));
        let mut all = document.classes().to_vec();
        for listed in list {
            let known = all.iter().position(|c| c.name == listed.name);
            let mut class = match known {
                Some(at) => all[at].clone(),
                None => {
                    let mut class = Class::new(project.next_class_id(), listed.name, theme::next_class_color(&all));
                    class.hotkey = (1..=9).find(|digit| !all.iter().any(|c| c.hotkey == Some(*digit)));
                    class
                }
            };
            class.color = listed.color.unwrap_or(class.color);
            if !listed.group.is_empty() {
                class.supercategory = listed.group;
            }
            match known {
                Some(at) if all[at] == class => continue,
                Some(at) => all[at] = class.clone(),
                None => all.push(class.clone()),
            }
            transaction.put_class(document, class);
        }
        let count = transaction.edits.len();
        if self.commit(transaction) {
            self.toasts.add(Kind::Good, tf(lang::SAY_CLASSES_IMPORTED, &[&count]));
            if self.selection.class.is_none() {
                self.selection.class = self.document().classes().first().map(|c| c.id);
            }
        }
    }

    pub(in crate::window) fn export_classes(&mut self, path: &Path) {
        let json = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("json"));
        let text = class_list::write(self.document().classes(), json);
        match keep::write(path, text.as_bytes()) {
            Ok(()) => self.toasts.add(Kind::Good, tf(lang::SAY_CLASSES_EXPORTED, &[&path.display()])),
            Err(error) => self.toasts.error(tf(lang::SAY_LIST_NOT_WRITTEN, &[&error])),
        }
    }
}

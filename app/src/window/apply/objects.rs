//! Several objects at once: selection, class, flags, groups, attributes, and one mask out of many.

use std::collections::BTreeSet;

use limn_datasets::{ClassId, Mask, Object, ObjectId, Transaction};
use serde_json::Value;

use crate::window::app::LimnApp;
use crate::window::command::{Combine, ObjectFlag};
use crate::window::lang::{self, Text, counted, t, tf};
use crate::window::toasts::Kind;

impl LimnApp {
    pub(super) fn select_toggle(&mut self, id: ObjectId) {
        let mut chosen = self.selection();
        match chosen.iter().position(|c| *c == id) {
            Some(at) => drop(chosen.remove(at)),
            None => chosen.push(id),
        }
        self.select_several(&chosen);
    }

    /// Everything between the first selected object and this one.
    pub(super) fn select_range(&mut self, id: ObjectId) {
        let Some(image) = self.shown.current else { return };
        let stack: Vec<ObjectId> = self.document().objects_of(image).map(|o| o.id).collect();
        let place = |id| stack.iter().position(|o| *o == id);
        let (Some(to), Some(from)) = (place(id), place(self.selection.selected.unwrap_or(id))) else { return };
        let first = stack[from];
        let range = &stack[from.min(to)..=from.max(to)];
        let chosen: Vec<_> = std::iter::once(first).chain(range.iter().copied().filter(|id| *id != first)).collect();
        self.select_several(&chosen);
    }

    pub(super) fn select_all(&mut self) {
        let Some(image) = self.shown.current else { return };
        let all: Vec<ObjectId> = self.document().objects_of(image).rev().map(|o| o.id).collect();
        self.select_several(&all);
    }

    /// The first is the one that others are combined with.
    pub(super) fn select_several(&mut self, chosen: &[ObjectId]) {
        self.selection.selected = chosen.first().copied();
        self.selection.also = chosen.iter().skip(1).copied().collect();
        self.revision.touch();
    }

    /// Changes the selected objects as one step; `false` when nothing is selected.
    pub(super) fn edit_selected(&mut self, label: &str, change: impl Fn(&mut Object)) -> bool {
        let chosen = self.selection();
        if chosen.is_empty() {
            self.toasts.add(Kind::Info, t(lang::SAY_SELECT_FIRST));
            return false;
        }
        let document = self.document();
        let mut transaction = Transaction::new(label);
        for before in chosen.iter().filter_map(|id| document.object(*id)) {
            let mut after = before.clone();
            change(&mut after);
            if after != *before {
                transaction.put_object(document, after);
            }
        }
        self.commit(transaction)
    }

    pub(super) fn set_class_of_selected(&mut self, class: ClassId) {
        let Some(name) = self.document().class(class).map(|c| c.name.clone()) else { return };
        self.edit_selected(&tf(lang::DID_CHANGE_CLASS, &[&name]), |object| object.class = class);
    }

    pub(super) fn set_flag(&mut self, flag: ObjectFlag, on: bool) {
        let (name, change): (Text, fn(&mut Object) -> &mut bool) = match flag {
            ObjectFlag::Difficult => (lang::DIFFICULT, |o| &mut o.difficult),
            ObjectFlag::Crowd => (lang::CROWD, |o| &mut o.crowd),
            ObjectFlag::Truncated => (lang::TRUNCATED, |o| &mut o.truncated),
        };
        let label = tf(if on { lang::DID_FLAG } else { lang::DID_UNFLAG }, &[&t(name)]);
        self.edit_selected(&label, |object| *change(object) = on);
    }

    pub(super) fn toggle_flag(&mut self, flag: ObjectFlag) {
        let now = self.selection.selected.and_then(|id| self.document().object(id)).is_some_and(|o| match flag {
            ObjectFlag::Difficult => o.difficult,
            ObjectFlag::Crowd => o.crowd,
            ObjectFlag::Truncated => o.truncated,
        });
        self.set_flag(flag, !now);
    }

    pub(super) fn set_group(&mut self, group: Option<i64>) {
        let label = group.map_or_else(|| t(lang::DID_UNGROUP).to_owned(), |g| tf(lang::DID_GROUP, &[&g]));
        self.edit_selected(&label, |object| object.group = group);
    }

    /// Gives the selected objects a group number that no other object of the picture has.
    pub(super) fn group_selected(&mut self) {
        let Some(image) = self.shown.current else { return };
        let used = self.document().objects_of(image).filter_map(|o| o.group).max();
        self.set_group(Some(used.unwrap_or(0).saturating_add(1)));
    }

    pub(super) fn set_attribute(&mut self, name: &str, value: Option<Value>) {
        if name.is_empty() {
            return;
        }
        self.edit_selected(&tf(lang::DID_ATTRIBUTE, &[&name]), |object| {
            match &value {
                Some(value) => object.attributes.insert(name.to_owned(), value.clone()),
                None => object.attributes.remove(name),
            };
        });
    }

    pub(super) fn hide_selected(&mut self) {
        let hidden = self.selection.selected.and_then(|id| self.document().object(id)).is_some_and(|o| o.hidden);
        let label = t(if hidden { lang::DID_SHOW } else { lang::DID_HIDE });
        self.edit_selected(label, |object| object.hidden = !hidden);
    }

    pub(super) fn delete_selected(&mut self) {
        let chosen = self.selection();
        if chosen.len() < 2 {
            self.with_selected(Self::delete_object);
            return;
        }
        let document = self.document();
        let text = counted(chosen.len(), lang::OBJECT_ONE, lang::OBJECT_MANY);
        let label = tf(lang::DID_DELETE, &[&text]);
        let mut transaction = Transaction::new(&label);
        for id in &chosen {
            transaction.remove_object(document, *id);
        }
        if self.commit(transaction) {
            self.toasts.undoable(label);
            self.forget_objects(&chosen);
        }
    }

    /// Makes one mask of the selected objects. All but a difference removes the others.
    pub(super) fn combine_selected(&mut self, operation: Combine) {
        let chosen = self.selection();
        let document = self.document();
        let objects: Vec<&Object> = chosen.iter().filter_map(|id| document.object(*id)).collect();
        let [first, others @ ..] = objects.as_slice() else { return };
        if others.is_empty() {
            self.toasts.add(Kind::Info, t(lang::SAY_SELECT_TWO));
            return;
        }
        let both = |a: Mask, b: &Mask| match operation {
            Combine::Union => a.union(b),
            Combine::Subtract => a.subtract(b),
            Combine::Intersect => a.intersect(b),
            Combine::Exclude => a.union(b).subtract(&a.intersect(b)),
        };
        let mask = others.iter().fold(first.mask.clone(), |mask, other| both(mask, &other.mask));
        if mask.is_empty() {
            self.toasts.add(Kind::Info, t(lang::SAY_NOTHING_LEFT));
            return;
        }
        let label = match operation {
            Combine::Union => lang::DID_UNION,
            Combine::Subtract => lang::DID_SUBTRACT,
            Combine::Intersect => lang::DID_INTERSECT,
            Combine::Exclude => lang::DID_EXCLUDE,
        };
        let mut transaction = Transaction::new(tf(label, &[&chosen.len()]));
        transaction.put_object(document, Object { mask, ..(*first).clone() });
        let gone: Vec<ObjectId> = match operation {
            Combine::Subtract => Vec::new(),
            _ => others.iter().map(|o| o.id).collect(),
        };
        for id in &gone {
            transaction.remove_object(document, *id);
        }
        if self.commit(transaction) {
            self.forget_objects(&gone);
        }
    }

    /// Nothing refers to these objects any more.
    fn forget_objects(&mut self, gone: &[ObjectId]) {
        let gone: BTreeSet<&ObjectId> = gone.iter().collect();
        if self.drawing.draft.as_ref().and_then(|d| d.correcting).is_some_and(|id| gone.contains(&id)) {
            self.drawing.draft = None;
        }
        self.selection.selected = self.selection.selected.filter(|id| !gone.contains(id));
        self.selection.also.retain(|id| !gone.contains(id));
        self.revision.touch();
    }
}

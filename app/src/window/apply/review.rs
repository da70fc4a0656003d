//! Going through a data set: states, remarks, tags, the next object that matches, copies for the next picture.

use std::collections::BTreeSet;

use limn_datasets::{
    CheckOptions, Document, Edit, Finding, FindingKind, ImageId, ImageRecord, ImageState, Object, ObjectId, Transaction,
};
use serde_json::Value;

use crate::window::app::LimnApp;
use crate::window::facts::state_name;
use crate::window::facts::view_rect_of;
use crate::window::focus::Focus;
use crate::window::jobs::Job;
use crate::window::lang::{self, counted, t, tf};
use crate::window::toasts::Kind;

/// A picture that was looked over and found right is that no longer when its objects change. Takes it back to done in the
/// same step, and says how many pictures that were.
pub(super) fn no_longer_checked(document: &Document, transaction: &mut Transaction) -> usize {
    // What a second look changes: not how the window shows an object, nor what a run noted.
    fn matters(object: &Object) -> impl PartialEq + '_ {
        let Object { id, image, class, mask, crowd, difficult, truncated, group, attributes, .. } = object;
        (id, image, class, mask, crowd, difficult, truncated, group, attributes)
    }
    let is_checked = |id: ImageId| document.image(id).is_some_and(|image| image.state == ImageState::Checked);
    let (mut changed, mut told) = (BTreeSet::new(), BTreeSet::new());
    for edit in &transaction.edits {
        match edit {
            Edit::Object { before, after } => {
                let image = after.as_ref().or(before.as_ref()).map(|object| object.image);
                if let Some(image) = image.filter(|image| !changed.contains(image) && is_checked(*image))
                    && before.as_ref().map(matters) != after.as_ref().map(matters)
                {
                    changed.insert(image);
                }
            }
            Edit::Image { after: Some(image), .. } => drop(told.insert(image.id)),
            _ => {}
        }
    }
    let checked: Vec<ImageRecord> = changed.difference(&told).filter_map(|id| document.image(*id).cloned()).collect();
    let count = checked.len();
    for image in checked {
        transaction.put_image(document, ImageRecord { state: ImageState::Done, ..image });
    }
    count
}

/// The tag of pictures whose files were replaced under their objects.
const REPLACED: &str = "replaced";

impl LimnApp {
    /// The file of a picture with objects was replaced: they want a look.
    pub(super) fn mark_replaced(&mut self, id: ImageId) {
        self.edit_image(
            id,
            |name| tf(lang::DID_MARK_REPLACED, &[&name]),
            |image| {
                if !image.tags.iter().any(|tag| tag == REPLACED) {
                    image.tags.push(REPLACED.to_owned());
                }
                if image.state.is_finished() {
                    image.state = ImageState::Open;
                }
            },
        );
    }

    fn edit_image(&mut self, id: ImageId, label: impl FnOnce(&str) -> String, change: impl FnOnce(&mut ImageRecord)) {
        let Some(before) = self.document().image(id).cloned() else { return };
        let mut after = before.clone();
        change(&mut after);
        if after != before {
            let mut transaction = Transaction::new(label(before.file_name()));
            transaction.put_image(self.document(), after);
            self.commit(transaction);
        }
    }

    /// The picture gets the state, or is open again if it has it.
    pub(super) fn toggle_state(&mut self, state: ImageState) {
        let now = self.shown.current.and_then(|id| self.document().image(id)).map(|i| i.state);
        self.set_state(if now == Some(state) { ImageState::Open } else { state });
    }

    pub(super) fn set_state(&mut self, state: ImageState) {
        let Some(id) = self.shown.current else { return };
        if self.asks_about_draft(state) {
            return;
        }
        self.mark_state(id, state);
    }

    /// As [`LimnApp::set_state`], whatever is at hand.
    pub(super) fn mark_state(&mut self, id: ImageId, state: ImageState) {
        let label = |name: &str| tf(lang::DID_MARK, &[&name, &t(state_name(state))]);
        self.edit_image(id, label, |image| image.state = state);
        let silent = self.document().image(id).is_some_and(|image| image.remark.is_empty());
        if state == ImageState::Rejected && silent {
            self.local.focus = Some(Focus::Remark);
        }
    }

    pub(super) fn set_remark(&mut self, id: ImageId, remark: String) {
        self.edit_image(id, |name| tf(lang::DID_REMARK, &[&name]), |image| image.remark = remark);
    }

    pub(super) fn set_tags(&mut self, id: ImageId, tags: Vec<String>) {
        self.edit_image(id, |name| tf(lang::DID_TAGS, &[&name]), |image| image.tags = tags);
    }

    pub(super) fn set_picture_attribute(&mut self, id: ImageId, name: String, value: Option<Value>) {
        if name.is_empty() {
            return;
        }
        let label = |picture: &str| tf(lang::DID_PICTURE_ATTRIBUTE, &[&name, &picture]);
        self.edit_image(id, label, |image| {
            match value {
                Some(value) => image.attributes.insert(name.clone(), value),
                None => image.attributes.remove(&name),
            };
        });
    }

    /// Selects the next (or previous) object of the data set that the filter lets through, and goes there.
    pub(super) fn next_match(&mut self, by: i32) {
        let (document, filter) = (self.document(), &self.local.filter);
        let mut found: Vec<(usize, usize, ImageId, ObjectId)> = Vec::new();
        for (at, image) in document.images().iter().enumerate() {
            if image.missing || !filter.image(document, image) {
                continue;
            }
            let fitting = document.objects_of(image.id).enumerate().filter(|(_, object)| filter.object(object));
            found.extend(fitting.map(|(place, object)| (at, place, image.id, object.id)));
        }
        let at = self.shown.current.and_then(|id| document.image_position(id)).unwrap_or(0);
        let place = self
            .shown
            .current
            .zip(self.selection.selected)
            .and_then(|(image, selected)| document.objects_of(image).position(|object| object.id == selected));
        // Places count from 1 here, so that 0 is before the first object of the picture.
        let here = (at, place.map_or(0, |place| place + 1));
        let key = |(at, place, ..): &(usize, usize, ImageId, ObjectId)| (*at, place + 1);
        let next = if by > 0 {
            found.iter().find(|f| key(f) > here).or(found.first())
        } else {
            found.iter().rev().find(|f| key(f) < here).or(found.last())
        };
        let Some(&(_, _, image, object)) = next else {
            self.toasts.add(Kind::Info, t(lang::SAY_NO_MATCH));
            return;
        };
        self.go_to_object(image, object);
    }

    /// Shows an object in its picture.
    pub(super) fn go_to_object(&mut self, image: ImageId, object: ObjectId) {
        self.local.grid = false;
        self.show_picture(image);
        self.select(Some(object));
        if let Some(rect) = self.document().object(object).and_then(view_rect_of) {
            self.shown.view.bring(self.shown.canvas, rect);
            self.opened.touch_view_state(&self.ctx);
        }
    }

    /// Copies the selected objects, or all of the picture, to the next picture and goes there.
    pub(super) fn copy_to_next(&mut self) {
        let Some(next) = self.neighbour(1).and_then(|id| self.document().image(id).cloned()) else {
            self.toasts.add(Kind::Info, t(lang::SAY_LAST_PICTURE));
            return;
        };
        let Some(image) = self.shown.current else { return };
        let selection = self.selection();
        let document = self.document();
        let wanted = |object: &&Object| selection.is_empty() || selection.contains(&object.id);
        let objects: Vec<Object> = document.objects_of(image).filter(wanted).cloned().collect();
        if objects.is_empty() {
            self.toasts.add(Kind::Info, t(lang::SAY_NOTHING_TO_COPY));
            return;
        }
        let same = objects.iter().all(|o| (o.mask.width(), o.mask.height()) == (next.width, next.height));
        if !same && next.width > 0 {
            self.toasts.add(Kind::Info, t(lang::SAY_OTHER_SIZE));
            return;
        }
        let Some(project) = &self.opened.project else { return };
        let text = counted(objects.len(), lang::OBJECT_ONE, lang::OBJECT_MANY);
        let mut transaction = Transaction::new(tf(lang::DID_COPY, &[&text, &next.file_name()]));
        let top = document.top_z(next.id);
        for (i, object) in objects.into_iter().enumerate() {
            let id = project.next_object_id();
            let copy = Object { id, image: next.id, z: top + i as i64, seconds: 0.0, clicks: Vec::new(), ..object };
            transaction.put_object(document, copy);
        }
        if self.commit(transaction) {
            self.show_picture(next.id);
        }
    }

    /// Looks through the whole data set on a thread.
    pub(super) fn check(&mut self) {
        let files = !self.local.problems.skip_files;
        self.local.problems.open = true;
        self.start_job(|project, ctx| Job::check(project, CheckOptions { files, ..CheckOptions::default() }, ctx));
    }

    /// Takes in what a check found.
    pub(in crate::window) fn take_findings(&mut self, found: Vec<Finding>) {
        let problems = &mut self.local.problems;
        problems.at = None;
        problems.found = Some(found);
        problems.found_at = self.opened.edits;
    }

    /// Shows what a finding is about: its objects, else its picture.
    pub(super) fn go_to_finding(&mut self, at: usize) {
        let problems = &mut self.local.problems;
        let Some(finding) = problems.found.as_ref().and_then(|found| found.get(at)).cloned() else { return };
        problems.at = Some(at);
        let document = self.document();
        let objects: Vec<ObjectId> =
            finding.objects.iter().copied().filter(|id| document.object(*id).is_some()).collect();
        if document.image(finding.image).is_none() || (objects.is_empty() && !finding.objects.is_empty()) {
            self.toasts.add(Kind::Info, t(lang::SAY_FINDING_GONE));
            return;
        }
        self.local.grid = false;
        match objects.first() {
            // Of two that are the same one is too many: the lower one is selected, so that Delete leaves the upper one.
            Some(first) if finding.kind == FindingKind::Duplicate => {
                let below = |id: &ObjectId| self.document().object(*id).map(|o| (o.z, o.id));
                let lower = objects.iter().copied().min_by_key(below).unwrap_or(*first);
                self.go_to_object(finding.image, lower);
            }
            Some(first) => {
                self.go_to_object(finding.image, *first);
                self.select_several(&objects);
            }
            None => self.show_picture(finding.image),
        }
    }
}

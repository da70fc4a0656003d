//! The object at hand becomes an object of the document.

use limn_datasets::{Class, ClassId, Object, ObjectId, Transaction};

use crate::window::app::{EngineState, LimnApp};
use crate::window::draft::neighbours;
use crate::window::draft::{Draft, Wish};
use crate::window::lang::{self, t, tf};
use crate::window::theme;
use crate::window::toasts::Kind;
use crate::window::tool::Neighbours;

/// Seconds of work on one object that are believed; longer, and the person was away.
const LONGEST_WORK: f32 = 600.0;
/// Masks that agree so far (IoU) are taken for the same thing.
const TWICE: f64 = 0.85;

impl LimnApp {
    /// Makes the mask an object. While the worker is still at it, the wish is kept and fulfilled wherever the person is
    /// by then.
    pub(super) fn accept(&mut self, then_next: bool) {
        if self.close_ring() {
            return;
        }
        let class = self.selection.class;
        let Some(draft) = &mut self.drawing.draft else {
            if then_next {
                self.step(1);
            }
            return;
        };
        if draft.pending() {
            draft.wish = Some(Wish { then_next, class });
            self.opened.touch_view_state(&self.ctx);
            return;
        }
        if draft.is_empty() {
            self.drawing.draft = None;
            self.revision.touch();
        } else {
            if self.covers_another() {
                return;
            }
            if !self.commit_draft(class) {
                return;
            }
        }
        self.opened.touch_view_state(&self.ctx);
        if then_next {
            self.step(1);
        }
    }

    /// A new object that covers one which is there: said once, in the bar of the object at hand. The second time it takes
    /// that object's place.
    fn covers_another(&mut self) -> bool {
        let Some((draft, mask)) = self.drawing.draft.as_ref().and_then(|d| Some((d, d.mask.as_ref()?))) else {
            return false;
        };
        if draft.correcting.is_some() || draft.twice.is_some() {
            return false;
        }
        let near = |object: &&Object| !object.hidden && object.mask.area().abs_diff(mask.area()) * 4 < mask.area();
        let same = self.document().objects_of(draft.image).filter(near).find(|o| o.mask.iou(mask) >= TWICE);
        let same = same.map(|object| object.id);
        if let Some(draft) = &mut self.drawing.draft {
            draft.twice = same;
        }
        same.is_some()
    }

    /// Accepts beside the object that is covered.
    pub(super) fn keep_both(&mut self) {
        if let Some(draft) = self.drawing.draft.as_mut().filter(|d| d.twice.is_some() && !d.pending()) {
            draft.twice = None;
            let class = self.selection.class;
            if self.commit_draft(class) {
                self.opened.touch_view_state(&self.ctx);
            }
        }
    }

    /// Objects that were accepted before their masks were there.
    pub(in crate::window) fn fulfil_wishes(&mut self) {
        if self.opened.project.is_none() {
            return;
        }
        if let Some(wish) = self.drawing.draft.as_ref().filter(|d| !d.pending()).and_then(|d| d.wish) {
            if let Some(draft) = &mut self.drawing.draft {
                draft.wish = None;
            }
            self.selection.class =
                wish.class.filter(|id| self.document().class(*id).is_some()).or(self.selection.class);
            self.accept(wish.then_next);
        }
        while let Some(at) = self.drawing.wished.iter().position(|draft| !draft.pending()) {
            let draft = self.drawing.wished.remove(at);
            let name = self.name_of(draft.image);
            let class = draft.wish.and_then(|wish| wish.class);
            let saved = draft.save();
            if draft.wish.is_some() && self.commit_this(draft, class) {
                self.toasts.add(Kind::Good, tf(lang::SAY_ACCEPTED_THERE, &[&name]));
            } else {
                self.toasts.error(tf(lang::SAY_NOT_ACCEPTED_THERE, &[&name]));
                self.drawing.parked.insert(limn_datasets::ImageId(saved.image), saved);
            }
            self.opened.touch_view_state(&self.ctx);
        }
    }

    fn commit_draft(&mut self, class: Option<ClassId>) -> bool {
        let Some(draft) = self.drawing.draft.clone() else { return false };
        let correcting = draft.correcting.is_some();
        let Some(id) = self.commit_object(draft, class) else { return false };
        self.drawing.draft = None;
        self.selection.class =
            self.document().object(id).map(|object| object.class).filter(|_| !correcting).or(self.selection.class);
        self.selection.selected = Some(id).filter(|_| correcting);
        self.masks_are_seen();
        self.has_begun();
        true
    }

    /// A person knows by now how an object is made.
    pub(super) fn has_begun(&mut self) {
        if !self.settings.begun {
            self.settings.begun = true;
            self.settings.touch(&self.ctx);
        }
    }

    /// As [`LimnApp::commit_draft`], of another picture than the one in sight.
    fn commit_this(&mut self, draft: Draft, class: Option<ClassId>) -> bool {
        self.commit_object(draft, class).is_some()
    }

    /// Writes the object, and in the same step that it is not at hand any more.
    fn commit_object(&mut self, draft: Draft, class: Option<ClassId>) -> Option<ObjectId> {
        let project = self.opened.project.as_ref()?;
        let Some(mask) = draft.mask.clone().filter(|m| !m.is_empty()) else {
            self.toasts.add(Kind::Info, t(lang::SAY_MASK_EMPTY));
            return None;
        };
        let taken = mask.clone();
        let seconds = draft.begun.elapsed().as_secs_f32().min(LONGEST_WORK);
        let model = match &self.engine.state {
            EngineState::Ready(info) => Some(info.model.clone()),
            _ => None,
        };
        let document = project.document();
        let picture = document.image(draft.image).map_or_else(String::new, |i| i.file_name().to_owned());
        let mut change;
        let id;
        if let Some(old) = draft.correcting.and_then(|id| document.object(id)).cloned() {
            change = Transaction::new(tf(lang::DID_CORRECT, &[&picture]));
            id = old.id;
            let clicks = old.clicks.iter().copied().chain(draft.records()).collect();
            let seconds = old.seconds + seconds;
            change.put_object(document, Object { mask, clicks, model, seconds, ..old });
        } else {
            let known = class.and_then(|c| document.class(c)).map(|c| (c.id, c.name.clone()));
            let (class_id, name) = known.unwrap_or_else(|| {
                let name = t(lang::OBJECT_CLASS);
                let known = document.class_named(name).map(|c| c.id);
                (known.unwrap_or_else(|| project.next_class_id()), name.to_owned())
            });
            change = Transaction::new(tf(lang::DID_ADD, &[&name, &picture]));
            if document.class(class_id).is_none() {
                let mut new = Class::new(class_id, name, theme::next_class_color(document.classes()));
                new.hotkey = (1..=9).find(|digit| !document.classes().iter().any(|c| c.hotkey == Some(*digit)));
                change.put_class(document, new);
            }
            id = project.next_object_id();
            let mut object = Object::new(id, draft.image, class_id, mask);
            object.clicks = draft.records();
            object.model = model;
            object.z = document.top_z(draft.image);
            object.seconds = seconds;
            if let Some(replaced) = draft.twice.and_then(|id| document.object(id)) {
                // It takes the other one's place, and keeps what a person said of it.
                (object.z, object.group) = (replaced.z, replaced.group);
                object.attributes.clone_from(&replaced.attributes);
                (object.crowd, object.difficult, object.truncated) =
                    (replaced.crowd, replaced.difficult, replaced.truncated);
                change.remove_object(document, replaced.id);
            }
            change.put_object(document, object);
        }
        if self.settings.tools.neighbours == Neighbours::Take {
            neighbours::take_from(document, &mut change, &taken, draft.image, [Some(id), draft.twice]);
        }
        if !self.commit_accepted(change, &draft) {
            return None;
        }
        if !draft.clicks().is_empty() || draft.bounds().is_some() {
            let class = self.document().object(id).map(|object| object.class);
            self.engine.worker.learn(self.opened.place, draft.number, taken, class);
        }
        Some(id)
    }
}

//! Undo and redo: the newest thing that was done goes first, be it a click, something dropped, or a change of the document.
//! What would change in another picture is shown before it is changed.

use limn_datasets::ImageId;

use crate::window::app::LimnApp;
use crate::window::draft::Draft;
use crate::window::draft::timeline::Newest;
use crate::window::jobs::Job;
use crate::window::lang::{self, Text, t, tf};
use crate::window::toasts::Kind;

/// So many steps of the history are gone at once, without a thread.
const SHORT_WAY: usize = 12;

impl LimnApp {
    /// Takes back what was done last.
    pub(super) fn undo(&mut self) {
        match self.next_undo() {
            Some(Newest::Prompt) => self.undo_prompt(),
            Some(Newest::Reopening) => {
                self.drawing.draft = None;
                self.revision.touch();
            }
            Some(Newest::Drop) => self.undo_drop(),
            Some(Newest::Document) => self.undo_document(),
            None => self.toasts.add(Kind::Info, t(lang::SAY_NOTHING_TO_UNDO)),
        }
    }

    pub(super) fn undo_prompt(&mut self) {
        if self.drawing.draft.as_mut().is_some_and(Draft::undo) {
            self.drawing.timeline.undone(Newest::Prompt);
            self.prompts_changed();
        }
    }

    fn undo_drop(&mut self) {
        let Some(image) = self.drawing.timeline.last_dropped().map(|draft| draft.image) else { return };
        if self.shown_first(&[image], t(lang::THE_DROPPED_MASK), lang::SAY_UNDO_AGAIN) {
            return;
        }
        let Some(draft) = self.drawing.timeline.take_dropped() else { return };
        let gone = draft.correcting.is_some_and(|id| self.document().object(id).is_none());
        if gone || self.document().image(draft.image).is_none() {
            return self.undo();
        }
        self.park_draft();
        self.drawing.parked.remove(&image);
        let pending = draft.pending();
        self.drawing.draft = Some(draft);
        self.drawing.timeline.undone(Newest::Drop);
        if pending {
            self.refresh_draft();
        }
        self.masks_are_seen();
        self.opened.touch_view_state(&self.ctx);
        self.revision.touch();
    }

    fn undo_document(&mut self) {
        let Some(project) = &self.opened.project else { return };
        let label = lang::said_again(project.can_undo().unwrap_or_default());
        let images = project.undo_images().unwrap_or_default();
        if self.shown_first(&images, &label, lang::SAY_UNDO_AGAIN) {
            return;
        }
        let Some(project) = &mut self.opened.project else { return };
        match project.undo() {
            Ok(Some(label)) => {
                self.drawing.timeline.undone(Newest::Document);
                self.history_moved(lang::SAY_UNDONE, &lang::said_again(&label));
            }
            Ok(None) => self.toasts.add(Kind::Info, t(lang::SAY_NOTHING_TO_UNDO)),
            Err(error) => self.toasts.error(error),
        }
    }

    pub(super) fn redo(&mut self) {
        match self.drawing.timeline.next_redo() {
            Some(Newest::Prompt) => {
                self.drawing.timeline.redo();
                match self.drawing.draft.as_mut().is_some_and(Draft::redo) {
                    true => self.prompts_changed(),
                    false => self.redo(),
                }
            }
            Some(Newest::Drop) => {
                self.drawing.timeline.redo();
                if let Some(draft) = self.drawing.draft.take() {
                    self.engine.worker.forget(draft.number);
                    self.drawing.timeline.dropped_again(draft);
                    self.opened.touch_view_state(&self.ctx);
                    self.revision.touch();
                }
            }
            Some(Newest::Reopening | Newest::Document) | None => self.redo_document(),
        }
    }

    fn redo_document(&mut self) {
        let Some(project) = &self.opened.project else { return };
        let label = lang::said_again(project.can_redo().unwrap_or_default());
        let images = project.redo_images().unwrap_or_default();
        if self.shown_first(&images, &label, lang::SAY_REDO_AGAIN) {
            return;
        }
        let Some(project) = &mut self.opened.project else { return };
        self.drawing.timeline.redo();
        match project.redo() {
            Ok(Some(label)) => self.history_moved(lang::SAY_DONE_AGAIN, &lang::said_again(&label)),
            Ok(None) => self.toasts.add(Kind::Info, t(lang::SAY_NOTHING_TO_REDO)),
            Err(error) => self.toasts.error(error),
        }
    }

    /// Nobody sees a change of a picture that is not in sight: it is shown first, and what the next press does is said.
    fn shown_first(&mut self, images: &[ImageId], label: &str, says: Text) -> bool {
        let there = |id: &ImageId| self.document().image(*id).is_some_and(|image| !image.missing);
        let seen = self.shown.current.is_some_and(|current| images.contains(&current));
        let Some(image) = images.iter().copied().find(there).filter(|_| !seen) else { return false };
        self.local.grid = false;
        self.show_picture(image);
        self.toasts.add(Kind::Info, tf(says, &[&label, &self.name_of(image)]));
        true
    }

    /// Undoes or redoes until so many steps of the history are in force; a long way on a thread of its own.
    pub(super) fn go_to(&mut self, position: usize) {
        if self.drawing.draft.is_some() {
            self.park_draft();
            self.unpark_draft();
        }
        let Some(project) = &mut self.opened.project else { return };
        match project.history_position().abs_diff(position) {
            0 => {}
            1..=SHORT_WAY => {
                if let Err(error) = project.go_to(position) {
                    self.toasts.error(error);
                }
                self.arrived();
            }
            _ => self.start_job(|project, ctx| Job::travel(project, position, ctx)),
        }
    }

    /// Says where in the history the document is now.
    pub(super) fn arrived(&mut self) {
        let label = self.opened.project.as_ref().and_then(|p| p.can_undo()).map(lang::said_again);
        let label = label.unwrap_or_else(|| t(lang::HISTORY_START).to_owned());
        self.history_moved(lang::SAY_NOW_AT, &label);
    }

    /// The document went back or forward.
    fn history_moved(&mut self, what: Text, label: &str) {
        self.toasts.add(Kind::Info, tf(what, &[&label]));
        self.forget_what_is_gone();
        self.touch_document();
        self.opened.touch_view_state(&self.ctx);
    }

    /// Class, selection and object at hand refer to nothing that the document no longer has.
    pub(super) fn forget_what_is_gone(&mut self) {
        let document = self.document();
        let class = self
            .selection
            .class
            .filter(|id| document.class(*id).is_some())
            .or_else(|| document.classes().first().map(|c| c.id));
        let selected = self.selection.selected.filter(|id| document.object(*id).is_some());
        let orphan =
            self.drawing.draft.as_ref().and_then(|d| d.correcting).is_some_and(|id| document.object(id).is_none());
        (self.selection.class, self.selection.selected) = (class, selected);
        if orphan {
            self.drawing.draft = None;
        }
    }
}

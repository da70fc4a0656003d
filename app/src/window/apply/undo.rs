//! Undo and redo: first within the object at hand, then in the document.

use crate::window::app::LimnApp;
use crate::window::draft::Draft;
use crate::window::jobs::Job;
use crate::window::lang::{self, Text, t, tf};
use crate::window::toasts::Kind;

/// So many steps of the history are gone at once, without a thread.
const SHORT_WAY: usize = 12;

impl LimnApp {
    /// Takes back a prompt, else the newest change of the document.
    pub(super) fn undo(&mut self) {
        if self.gesture.pop_corner() {
            return;
        }
        if let Some(draft) = &mut self.draft {
            if draft.undo() {
                self.prompts_changed();
                return;
            }
            if draft.correcting.is_some() || !draft.can_redo() {
                self.drop_draft();
                return;
            }
        }
        let Some(project) = &mut self.project else { return };
        match project.undo() {
            Ok(Some(label)) => self.history_moved(lang::SAY_UNDONE, &label),
            Ok(None) => self.toasts.add(Kind::Info, t(lang::SAY_NOTHING_TO_UNDO)),
            Err(error) => self.toasts.error(error),
        }
    }

    pub(super) fn redo(&mut self) {
        if self.draft.as_mut().is_some_and(Draft::redo) {
            self.prompts_changed();
            return;
        }
        let Some(project) = &mut self.project else { return };
        match project.redo() {
            Ok(Some(label)) => self.history_moved(lang::SAY_DONE_AGAIN, &label),
            Ok(None) => self.toasts.add(Kind::Info, t(lang::SAY_NOTHING_TO_REDO)),
            Err(error) => self.toasts.error(error),
        }
    }

    /// Undoes or redoes until so many steps of the history are in force; a long way on a thread of its own.
    pub(super) fn go_to(&mut self, position: usize) {
        if self.draft.is_some() {
            self.park_draft();
            self.unpark_draft();
        }
        let Some(project) = &mut self.project else { return };
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
        let label = self.project.as_ref().and_then(|p| p.can_undo()).unwrap_or(t(lang::HISTORY_START)).to_owned();
        self.history_moved(lang::SAY_NOW_AT, &label);
    }

    /// The document went back or forward.
    fn history_moved(&mut self, what: Text, label: &str) {
        self.toasts.add(Kind::Info, tf(what, &[&label]));
        self.forget_what_is_gone();
        self.touch_document();
        self.touch_view_state();
    }

    /// Class, selection and object at hand refer to nothing that the document no longer has.
    pub(super) fn forget_what_is_gone(&mut self) {
        let document = self.document();
        let class =
            self.class.filter(|id| document.class(*id).is_some()).or_else(|| document.classes().first().map(|c| c.id));
        let selected = self.selected.filter(|id| document.object(*id).is_some());
        let orphan = self.draft.as_ref().and_then(|d| d.correcting).is_some_and(|id| document.object(id).is_none());
        (self.class, self.selected) = (class, selected);
        if orphan {
            self.draft = None;
        }
    }
}

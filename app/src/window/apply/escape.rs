//! What Esc and Delete mean. Esc closes the topmost thing, and drops the object at hand only when nothing else is open.
//! Delete acts on the object at hand if there is one.

use limn_datasets::{ImageId, ImageState};

use crate::window::app::LimnApp;
use crate::window::dialog::Dialog;
use crate::window::lang::{self, t};
use crate::window::toasts::Kind;

impl LimnApp {
    pub(super) fn escape(&mut self) {
        if self.local.gesture.cancel() {
            self.revision.touch_draft();
        } else if self.local.close_topmost() {
        } else if self.drawing.draft.is_some() {
            self.drop_draft();
        } else {
            self.select(None);
        }
    }

    pub(super) fn delete_at_hand(&mut self) {
        // An object that was only opened again is that object; a change of it is at hand.
        if self.drawing.draft.as_ref().is_some_and(|draft| !draft.is_empty()) {
            self.drop_draft();
        } else {
            self.delete_selected();
        }
    }

    /// A picture with a mask that is not accepted is not done without a question.
    pub(super) fn asks_about_draft(&mut self, state: ImageState) -> bool {
        let open = self.drawing.draft.as_ref().is_some_and(|draft| !draft.is_empty() && draft.wish.is_none());
        let asks = open && state.is_finished();
        if asks {
            self.dialog = Some(Dialog::OpenMask(state));
        }
        asks
    }

    /// The next picture with a mask that is not accepted, round to the first.
    pub(super) fn next_draft(&mut self) {
        let all = self.open_drafts();
        let at = |id: &ImageId| self.document().image_position(*id);
        let here = self.shown.current.and_then(|id| at(&id));
        match all.iter().find(|id| at(id) > here).or(all.first()).copied() {
            Some(image) => {
                self.local.grid = false;
                self.show_picture(image);
            }
            None => self.toasts.add(Kind::Info, t(lang::SAY_NO_OPEN_MASKS)),
        }
    }
}

//! Learning while annotating, on the window's side.

use std::path::PathBuf;

use limn_models::Adapt;

use crate::window::app::LimnApp;
use crate::window::drawing::Frozen;
use crate::window::worker::{Answer, Order, learned_file};

impl LimnApp {
    /// What learns, by the settings.
    fn adapt(&self) -> Adapt {
        Adapt { local: self.settings.learn_local, global: self.settings.learn_global }
    }

    pub(super) fn set_learning(&mut self, global: bool, local: bool, per_class: bool) {
        (self.settings.learn_global, self.settings.learn_local) = (global, local);
        self.settings.learn_per_class = per_class;
        self.save_settings();
        self.engine.worker.order(Order::Adapt(self.adapt()));
        self.engine.worker.order(Order::PerClass(per_class));
        self.ask_again();
    }

    /// What is at hand is answered by the parameters that are in force now.
    fn ask_again(&mut self) {
        self.forget_preview();
        if self.drawing.draft.as_ref().is_some_and(|d| !d.clicks().is_empty() || d.bounds().is_some()) {
            self.refresh_draft();
        }
    }

    /// Another project is open (or none): its learning is taken up.
    pub(in crate::window) fn place_learning(&self) {
        let project = self.opened.project.as_ref().filter(|p| p.is_read_only().is_none());
        self.engine.worker.order(Order::Place(self.opened.place, project.and_then(|p| p.path()).map(learned_file)));
        self.engine.worker.order(Order::Adapt(self.adapt()));
        self.engine.worker.order(Order::PerClass(self.settings.learn_per_class));
    }

    pub(super) fn learn_order(&mut self, order: Order) {
        self.drawing.frozen = Frozen::default();
        self.engine.worker.order(order);
        self.ask_again();
    }

    pub(in crate::window) fn take_learned_path(&mut self, path: PathBuf, import: bool) {
        self.learn_order(if import { Order::Import(path) } else { Order::Export(path) });
    }

    /// The key is held or let go: asks for the mask without learning, once for each answer.
    pub(super) fn compare_frozen(&mut self, held: bool) {
        self.drawing.frozen.held = held;
        self.revision.touch();
        let Some(draft) = self.drawing.draft.as_ref().filter(|d| held && !d.pending() && d.result_of_hand().is_none())
        else {
            return;
        };
        let answered = draft.answered;
        if draft.clicks().is_empty() || self.drawing.frozen.of == Some(answered) {
            return;
        }
        let Some(request) = self.next_request() else { return };
        self.drawing.frozen = Frozen { held, of: Some(answered), ticket: request.ticket, mask: None };
        self.engine.worker.frozen(request);
    }

    pub(in crate::window) fn take_frozen(&mut self, answer: Answer) {
        if answer.ticket == self.drawing.frozen.ticket && answer.generation == self.engine.worker.generation() {
            self.drawing.frozen.mask = answer.mask;
            self.revision.touch();
        }
    }
}

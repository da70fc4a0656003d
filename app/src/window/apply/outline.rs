//! The object at hand: prompts, answers of the worker, accept, drop.

use std::time::Instant;

use limn_datasets::{Class, ClassId, Object, ObjectId, Transaction};
use limn_models::MaskOptions;

use crate::window::app::{ClickTime, EngineState, LimnApp};
use crate::window::canvas::cursor;
use crate::window::canvas::tools::Neighbours;
use crate::window::draft::{Draft, Prompt};
use crate::window::lang::{self, t, tf};
use crate::window::theme;
use crate::window::toasts::Kind;
use crate::window::worker::{Answer, Request};

/// Seconds of work on one object that are believed; longer, and the person was away.
const LONGEST_WORK: f32 = 600.0;

impl LimnApp {
    /// The class the object at hand has (when it is corrected) or will get.
    pub(in crate::window) fn class_of_draft(&self, draft: &Draft) -> Option<&Class> {
        let document = self.document();
        let own = draft.correcting.and_then(|id| document.object(id)).map(|o| o.class);
        document.class(own.or(self.class)?)
    }

    pub(super) fn add_click(&mut self, x: f32, y: f32, positive: bool) {
        if self.draft_or_new().is_some_and(|d| d.push(Prompt::Click(x, y, positive))) {
            self.prompts_changed();
        }
    }

    /// Moves the keyboard's pointer over the picture.
    pub(super) fn move_cursor(&mut self, by: [i32; 2], fine: bool) {
        let Some(picture) = &self.picture else { return };
        self.local.grid = false;
        self.cursor = Some(cursor::moved(self.cursor, by, fine, &self.view, self.canvas, picture.size()));
    }

    pub(super) fn click_at_cursor(&mut self, positive: bool) {
        if self.cursor.is_none() {
            self.move_cursor([0, 0], false);
        }
        if let Some([x, y]) = self.cursor {
            self.add_click(x, y, positive);
        }
    }

    pub(super) fn set_box(&mut self, bounds: [f32; 4]) {
        match self.draft_or_new().map(|d| d.push(Prompt::Box(bounds))) {
            Some(true) => self.prompts_changed(),
            Some(false) => self.toasts.add(Kind::Info, t(lang::SAY_BOX_FIRST)),
            None => {}
        }
    }

    /// The object at hand; a new one if there is none. `None` without a picture, or where nothing can be kept.
    pub(super) fn draft_or_new(&mut self) -> Option<&mut Draft> {
        let image = self.current.filter(|_| self.picture.is_some())?;
        if let Some(why) = self.project.as_ref()?.is_read_only() {
            self.toasts.error(tf(lang::SAY_CANNOT_DRAW, &[&why]));
            return None;
        }
        if self.draft.is_none() {
            self.next_draft += 1;
            self.draft = Some(Draft::new(self.next_draft, image));
        }
        self.draft.as_mut()
    }

    pub(super) fn prompts_changed(&mut self) {
        if let Some(draft) = &mut self.draft {
            draft.accept_when_ready = None;
        }
        self.forget_preview();
        self.refresh_draft();
        self.touch_view_state();
        self.touch_overlay();
    }

    /// Brings the mask in line with the prompts: at once after a change by hand, through the worker otherwise.
    pub(super) fn refresh_draft(&mut self) {
        match &mut self.draft {
            Some(draft) if draft.result_of_hand().is_some() => {
                draft.mask = draft.result_of_hand().cloned();
                draft.answered = draft.asked;
                draft.since = None;
            }
            _ => self.ask_worker(),
        }
    }

    /// Tells the worker the whole state of the object at hand.
    fn ask_worker(&mut self) {
        let Some(draft) = &mut self.draft else { return };
        if draft.is_empty() && draft.start.is_none() {
            draft.mask = None;
            draft.answered = draft.asked;
            draft.since = None;
            return;
        }
        let Some(request) = self.next_request() else { return };
        if let Some(draft) = &mut self.draft {
            draft.asked = request.ticket;
            draft.since = Some(Instant::now());
        }
        self.worker.ask(request);
    }

    /// The object at hand as the worker is to see it, with a ticket of its own.
    pub(super) fn next_request(&mut self) -> Option<Request> {
        let (draft, picture) = (self.draft.as_ref()?, self.picture.as_ref()?);
        let (start, clicks, given) = draft.for_network();
        self.next_ticket += 1;
        Some(Request {
            ticket: self.next_ticket,
            draft: draft.number,
            image_id: draft.image,
            class: self.class_of_draft(draft).map(|class| class.id),
            image: picture.full().clone(),
            bounds: draft.bounds().filter(|_| start.is_none()),
            start,
            clicks,
            given,
            options: self.mask_options,
        })
    }

    /// An answer of the worker; one that is no longer asked for is dropped.
    pub(in crate::window) fn take_answer(&mut self, answer: Answer) {
        let keep_off = self.settings.tools.neighbours == Neighbours::Respect;
        let Some(draft) = &mut self.draft else { return };
        let stale = draft.number != answer.draft || draft.image != answer.image_id || answer.ticket <= draft.answered;
        if stale || draft.asked == draft.answered {
            return;
        }
        draft.answered = answer.ticket;
        let failed = answer.mask.is_none();
        if let Some(mask) = answer.mask {
            let (image, own) = (draft.image, draft.correcting);
            let mask = draft.with_hand(&mask);
            let mask = if keep_off { self.off_neighbours(&mask, image, own) } else { mask };
            if let Some(draft) = &mut self.draft {
                draft.mask = Some(mask);
            }
        }
        let Some(draft) = &mut self.draft else { return };
        if answer.ticket == draft.asked {
            let whole_ms = draft.since.take().map_or(answer.whole_ms, |since| since.elapsed().as_secs_f64() * 1e3);
            // A slider or an undo needs no run of the network and says nothing about the time of a click.
            if let Some(timing) = answer.timing {
                self.click_time = Some(ClickTime { network_ms: timing.network_ms, whole_ms });
            }
            let accept = draft.accept_when_ready.take().filter(|_| !failed);
            self.touch_overlay();
            if let Some(then_next) = accept {
                self.accept(then_next);
            }
        } else {
            self.touch_overlay();
        }
    }

    /// Makes the mask an object. While the worker is still at it, the wish is kept.
    pub(super) fn accept(&mut self, then_next: bool) {
        if let Some(edit) = self.gesture.close_polygon() {
            self.edit_mask(&edit);
            return;
        }
        let Some(draft) = &mut self.draft else {
            if then_next {
                self.step(1);
            }
            return;
        };
        if draft.pending() {
            draft.accept_when_ready = Some(then_next);
            return;
        }
        let untouched = draft.is_empty();
        if untouched {
            self.draft = None;
            self.touch_overlay();
        } else if !self.commit_draft() {
            return;
        }
        self.touch_view_state();
        if then_next {
            self.step(1);
        }
    }

    fn commit_draft(&mut self) -> bool {
        let (Some(draft), Some(project)) = (self.draft.clone(), &mut self.project) else { return false };
        let Some(mask) = draft.mask.clone().filter(|m| !m.is_empty()) else {
            self.toasts.add(Kind::Info, t(lang::SAY_MASK_EMPTY));
            return false;
        };
        let taken = mask.clone();
        let seconds = draft.begun.elapsed().as_secs_f32().min(LONGEST_WORK);
        let model = match &self.engine {
            EngineState::Ready(info) => Some(info.model.clone()),
            _ => None,
        };
        let picture = project.document().image(draft.image).map_or_else(String::new, |i| i.file_name().to_owned());
        let mut class = self.class;
        let mut change;
        let id;
        if let Some(old) = draft.correcting.and_then(|id| project.document().object(id)).cloned() {
            change = Transaction::new(tf(lang::DID_CORRECT, &[&picture]));
            id = old.id;
            let clicks = old.clicks.iter().copied().chain(draft.records()).collect();
            let seconds = old.seconds + seconds;
            change.put_object(project.document(), Object { mask, clicks, model, seconds, ..old });
        } else {
            let known = class.and_then(|c| project.document().class(c)).map(|c| (c.id, c.name.clone()));
            let (class_id, name) = match known {
                Some(known) => known,
                None => (project.next_class_id(), t(lang::OBJECT_CLASS).to_owned()),
            };
            change = Transaction::new(tf(lang::DID_ADD, &[&name, &picture]));
            if project.document().class(class_id).is_none() {
                let mut new = Class::new(class_id, name, theme::CLASS_COLORS[0]);
                new.hotkey = Some(1);
                change.put_class(project.document(), new);
            }
            class = Some(class_id);
            id = project.next_object_id();
            let mut object = Object::new(id, draft.image, class_id, mask);
            object.clicks = draft.records();
            object.model = model;
            object.z = project.document().top_z(draft.image);
            object.seconds = seconds;
            change.put_object(project.document(), object);
        }
        if self.settings.tools.neighbours == Neighbours::Take {
            self.take_from_neighbours(&mut change, &taken, draft.image, id);
        }
        if !self.commit(change) {
            return false;
        }
        if !draft.clicks().is_empty() || draft.bounds().is_some() {
            let class = self.document().object(id).map(|object| object.class);
            self.worker.learn(draft.number, taken, class);
        }
        self.class = class;
        self.draft = None;
        self.parked.remove(&draft.image);
        self.selected = draft.correcting.map(|_| id);
        true
    }

    pub(super) fn drop_draft(&mut self) {
        if self.gesture.cancel() {
            return;
        }
        self.forget_preview();
        if let Some(draft) = self.draft.take() {
            self.parked.remove(&draft.image);
            self.touch_view_state();
        } else {
            self.selected = None;
        }
        self.touch_overlay();
    }

    pub(super) fn set_mask_options(&mut self, options: MaskOptions) {
        self.mask_options = options;
        if self.draft.as_ref().is_some_and(|d| !d.is_empty()) {
            self.refresh_draft();
        }
        self.touch_view_state();
    }

    /// Opens an object for more clicks.
    pub(super) fn reopen(&mut self, id: ObjectId) {
        let Some(object) = self.document().object(id).cloned() else { return };
        if self.draft.as_ref().is_some_and(|d| d.pending() || !d.is_empty()) {
            self.toasts.add(Kind::Info, t(lang::SAY_ACCEPT_FIRST));
            return;
        }
        if self.current != Some(object.image) {
            self.show_picture(object.image);
        }
        self.next_draft += 1;
        self.draft = Some(Draft::correcting(self.next_draft, object.image, id, object.mask));
        self.selected = Some(id);
        self.touch_overlay();
    }

    /// Keeps the object at hand while another picture is shown.
    pub(super) fn park_draft(&mut self) {
        if let Some(draft) = self.draft.take().filter(|d| !d.is_empty()) {
            self.parked.insert(draft.image, draft.save());
        }
    }

    /// Takes the object at hand of this picture up again.
    pub(super) fn unpark_draft(&mut self) {
        let Some(image) = self.current else { return };
        let Some(saved) = self.parked.remove(&image) else { return };
        self.next_draft += 1;
        let corrected = saved.correcting.map(ObjectId);
        let mut draft = match corrected.and_then(|id| self.document().object(id)) {
            Some(object) => Draft::correcting(self.next_draft, image, object.id, object.mask.clone()),
            None if corrected.is_some() => return,
            None => Draft::new(self.next_draft, image),
        };
        for prompt in saved.prompts {
            draft.push(prompt);
        }
        if !draft.is_empty() {
            self.draft = Some(draft);
            self.refresh_draft();
        }
    }

    pub(super) fn choose_class(&mut self, id: ClassId) {
        if self.document().class(id).is_some() {
            self.class = Some(id);
            self.touch_overlay();
            self.touch_view_state();
        }
    }
}

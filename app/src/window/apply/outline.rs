//! The object at hand: prompts and the answers of the worker. `accept` makes it an object.

use std::time::Instant;

use limn_datasets::{ClassId, ObjectId};
use limn_models::MaskOptions;

use crate::window::app::{ClickTime, LimnApp};
use crate::window::cursor;
use crate::window::draft::clean;
use crate::window::draft::edit::MaskEdit;
use crate::window::draft::neighbours;
use crate::window::draft::{Draft, Prompt, Wish};
use crate::window::lang::{self, t, tf};
use crate::window::toasts::Kind;
use crate::window::tool::Neighbours;
use crate::window::worker::{Answer, Request};

impl LimnApp {
    /// Adds a prompt to the object at hand, a new one if there is none; false where it has no place.
    pub(super) fn push_prompt(&mut self, prompt: Prompt) -> bool {
        let print = self.shown.picture().map(|picture| picture.print());
        let at = self.drawing.timeline.tick();
        let Some(draft) = self.draft_or_new() else { return false };
        draft.print = print;
        draft.push(prompt, at)
    }

    pub(super) fn add_click(&mut self, x: f32, y: f32, positive: bool) {
        if self.push_prompt(Prompt::Click(x, y, positive)) {
            self.prompts_changed();
        }
    }

    /// A corner of the polygon, which needs no network before it is closed.
    pub(super) fn add_corner(&mut self, x: f32, y: f32, adds: bool) {
        if self.push_prompt(Prompt::Corner(x, y, adds)) {
            self.forget_preview();
            self.opened.touch_view_state(&self.ctx);
            self.revision.touch();
        }
    }

    /// Closes the polygon; false if none is open. Two corners make none, which is said.
    pub(super) fn close_ring(&mut self) -> bool {
        let (ring, add) = self.ring();
        match ring.len() {
            0 => return false,
            1 | 2 => self.toasts.add(Kind::Info, t(lang::SAY_THREE_CORNERS)),
            _ => self.edit_mask(&MaskEdit::Area { ring, add }),
        }
        true
    }

    /// Moves the keyboard's pointer over the picture.
    pub(super) fn move_cursor(&mut self, by: [i32; 2], fine: bool) {
        let Some(picture) = self.shown.picture() else { return };
        self.local.grid = false;
        self.shown.cursor =
            Some(cursor::moved(self.shown.cursor, by, fine, &self.shown.view, self.shown.canvas, picture.size()));
    }

    pub(super) fn click_at_cursor(&mut self, positive: bool) {
        if self.shown.cursor.is_none() {
            self.move_cursor([0, 0], false);
        }
        if let Some([x, y]) = self.shown.cursor {
            self.add_click(x, y, positive);
        }
    }

    pub(super) fn set_box(&mut self, bounds: [f32; 4]) {
        if self.push_prompt(Prompt::Box(bounds)) {
            self.prompts_changed();
        } else if self.drawing.draft.is_some() {
            self.toasts.add(Kind::Info, t(lang::SAY_BOX_FIRST));
        }
    }

    /// The object at hand; a new one if there is none. `None` without a picture, or where nothing can be kept.
    pub(super) fn draft_or_new(&mut self) -> Option<&mut Draft> {
        let image = self.shown.current.filter(|_| self.shown.picture().is_some())?;
        if let Some(why) = self.opened.project.as_ref()?.is_read_only() {
            self.toasts.error(tf(lang::SAY_CANNOT_DRAW, &[&why]));
            return None;
        }
        if self.drawing.draft.is_none() {
            self.drawing.draft = Some(Draft::new(self.drawing.new_draft(), image));
        }
        self.masks_are_seen();
        self.drawing.draft.as_mut()
    }

    pub(super) fn prompts_changed(&mut self) {
        self.forget_preview();
        self.refresh_draft();
        self.opened.touch_view_state(&self.ctx);
        self.revision.touch();
    }

    /// Brings the mask in line with the prompts: at once after a change by hand, through the worker otherwise.
    pub(super) fn refresh_draft(&mut self) {
        match &mut self.drawing.draft {
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
        let Some(draft) = &mut self.drawing.draft else { return };
        if !draft.has_mask_prompt() {
            draft.mask.clone_from(&draft.start);
            draft.answered = draft.asked;
            draft.since = None;
            return;
        }
        let Some(request) = self.next_request() else { return };
        if let Some(draft) = &mut self.drawing.draft {
            draft.asked = request.ticket;
            draft.since = Some(Instant::now());
        }
        self.engine.worker.ask(request);
    }

    /// The object at hand as the worker is to see it, with a ticket of its own.
    pub(super) fn next_request(&mut self) -> Option<Request> {
        let (draft, image) = (self.drawing.draft.as_ref()?, self.shown.levels()?);
        let (start, clicks, given) = draft.for_network();
        let class = self.class_of_draft(draft).map(|class| class.id);
        let (number, image_id, bounds) = (draft.number, draft.image, draft.bounds().filter(|_| start.is_none()));
        Some(Request {
            ticket: self.drawing.new_ticket(),
            place: self.opened.place,
            generation: 0,
            wished: false,
            draft: number,
            image_id,
            class,
            image,
            bounds,
            start,
            clicks,
            given,
            options: self.drawing.mask_options,
        })
    }

    /// An answer of the worker; one that is no longer asked for is dropped. It finds its object wherever that waits.
    pub(in crate::window) fn take_answer(&mut self, answer: Answer) {
        let here = self.drawing.draft.as_ref().is_some_and(|d| d.number == answer.draft);
        let away = self.drawing.wished.iter().position(|d| d.number == answer.draft);
        let mut draft = match (here, away) {
            (true, _) => self.drawing.draft.take(),
            (false, Some(at)) => Some(self.drawing.wished.remove(at)),
            (false, None) => None,
        };
        if let Some(draft) = &mut draft {
            self.answer_draft(draft, answer);
        }
        match draft {
            Some(draft) if here => {
                self.drawing.draft = Some(draft);
                self.revision.touch();
            }
            Some(draft) => self.drawing.wished.push(draft),
            None => {}
        }
    }

    fn answer_draft(&mut self, draft: &mut Draft, answer: Answer) {
        let stale = draft.image != answer.image_id || answer.ticket <= draft.answered;
        if stale || draft.asked == draft.answered {
            return;
        }
        draft.answered = answer.ticket;
        match answer.mask {
            Some(mask) => {
                let mask = clean::without_crumbs(&mask, self.drawing.crumbs, &draft.clicks());
                let mask = draft.with_hand(&mask);
                let own = draft.correcting;
                let mask = match self.settings.tools.neighbours {
                    Neighbours::Overlap => mask,
                    rule => {
                        let near = neighbours::of(self.document(), &mask, draft.image, own);
                        let mask = if rule == Neighbours::Respect { mask.subtract(&near) } else { mask };
                        clean::closed_fringe(&mask, &near)
                    }
                };
                draft.mask = Some(mask);
            }
            // Nothing can be accepted; the clicks stay.
            None => draft.wish = None,
        }
        if answer.ticket == draft.asked {
            let whole_ms = draft.since.take().map_or(answer.whole_ms, |since| since.elapsed().as_secs_f64() * 1e3);
            // A slider or an undo needs no run of the network and says nothing about the time of a click.
            if let Some(timing) = answer.timing {
                self.engine.click_time = Some(ClickTime { network_ms: timing.network_ms, whole_ms });
            }
        }
    }

    pub(super) fn set_mask_options(&mut self, options: MaskOptions) {
        self.drawing.mask_options = options;
        if self.drawing.draft.as_ref().is_some_and(|d| !d.is_empty()) {
            self.refresh_draft();
        }
        self.opened.touch_view_state(&self.ctx);
    }

    /// Drops the object at hand, or only its open polygon. Undo brings back what was dropped.
    pub(super) fn drop_draft(&mut self) {
        self.forget_preview();
        let Some(mut draft) = self.drawing.draft.take() else { return };
        let mut before = draft.clone();
        before.wish = None;
        if draft.drop_ring() && (draft.correcting.is_some() || !draft.is_empty()) {
            self.drawing.draft = Some(draft);
        } else {
            self.engine.worker.forget(draft.number);
            self.drawing.parked.remove(&draft.image);
        }
        if !before.is_empty() {
            let text = if before.correcting.is_some() { lang::SAY_DROPPED_CHANGES } else { lang::SAY_DROPPED };
            self.toasts.undoable(t(text));
            self.drawing.timeline.dropped(before);
        }
        self.opened.touch_view_state(&self.ctx);
        self.revision.touch();
    }

    /// Takes the last corner or click back.
    pub(super) fn take_back(&mut self) {
        match &self.drawing.draft {
            Some(draft) if draft.can_undo() => {
                self.undo_prompt();
            }
            _ => {
                let key = crate::window::keymap::keys_of(&crate::window::command::Command::Delete);
                self.toasts.add(Kind::Info, tf(lang::SAY_NOTHING_TO_TAKE_BACK, &[&key]));
            }
        }
    }

    /// Opens an object for more clicks.
    pub(super) fn reopen(&mut self, id: ObjectId) {
        let Some(object) = self.document().object(id).cloned() else { return };
        if self.drawing.draft.as_ref().is_some_and(|d| d.pending() || !d.is_empty()) {
            self.toasts.add(Kind::Info, t(lang::SAY_ACCEPT_FIRST));
            return;
        }
        if self.shown.current != Some(object.image) {
            self.show_picture(object.image);
        }
        let mut draft = Draft::correcting(self.drawing.new_draft(), object.image, id, object.mask);
        draft.opened = self.drawing.timeline.tick();
        self.drawing.draft = Some(draft);
        self.selection.selected = Some(id);
        self.masks_are_seen();
        self.revision.touch();
    }

    /// Keeps the object at hand while another picture is shown. One that was accepted before its mask was there is
    /// accepted when it comes.
    pub(super) fn park_draft(&mut self) {
        let Some(draft) = self.drawing.draft.take().filter(|d| !d.is_empty()) else { return };
        if draft.wish.is_some() {
            self.engine.worker.wish(draft.number);
            self.shown.let_reading_go_on();
            self.drawing.wished.push(draft);
        } else {
            self.engine.worker.forget(draft.number);
            self.drawing.parked.insert(draft.image, draft.save());
        }
    }

    /// Takes the object at hand of this picture up again.
    pub(super) fn unpark_draft(&mut self) {
        let Some(image) = self.shown.current else { return };
        if let Some(at) = self.drawing.wished.iter().position(|draft| draft.image == image) {
            self.drawing.draft = Some(self.drawing.wished.remove(at));
            return;
        }
        let Some(print) = self.shown.picture().map(|picture| picture.print()) else { return };
        let Some(saved) = self.drawing.parked.remove(&image) else { return };
        if saved.print.is_some_and(|then| then != print) {
            // Its clicks say nothing about other pixels; they stay kept in case the picture comes back.
            self.toasts.error(tf(lang::SAY_OTHER_PIXELS, &[&self.name_of(image)]));
            self.drawing.parked.insert(image, saved);
            return;
        }
        let number = self.drawing.new_draft();
        let corrected = saved.correcting.map(ObjectId);
        let mut draft = match corrected.and_then(|id| self.document().object(id)) {
            Some(object) => Draft::correcting(number, image, object.id, object.mask.clone()),
            None if corrected.is_some() => {
                self.toasts.error(tf(lang::SAY_CORRECTED_GONE, &[&self.name_of(image)]));
                return;
            }
            None => Draft::new(number, image),
        };
        for prompt in saved.prompts {
            draft.push(prompt, 0);
        }
        draft.print = Some(print);
        let wish = saved.accept.then_some(Wish { then_next: false, class: self.selection.class });
        if !draft.is_empty() {
            self.drawing.draft = Some(draft);
            self.refresh_draft();
            if let Some(draft) = &mut self.drawing.draft {
                draft.wish = wish;
            }
        }
    }

    pub(super) fn choose_class(&mut self, id: ClassId) {
        if self.document().class(id).is_some() {
            self.selection.class = Some(id);
            self.revision.touch();
            self.opened.touch_view_state(&self.ctx);
        }
    }
}

//! Drawing by hand: every tool ends as one change of the object at hand, which the network goes on from.

use std::time::{Duration, Instant};

use limn_datasets::{Mask, Object, Transaction};
use limn_models::Click;

use crate::window::app::LimnApp;
use crate::window::draft::Prompt;
use crate::window::draft::edit::MaskEdit;
use crate::window::draft::hand::HandEdit;
use crate::window::draft::neighbours;
use crate::window::draft::snap::Snap;
use crate::window::lang::{self, t, tf};
use crate::window::toasts::Kind;
use crate::window::tool::{Neighbours, Tool, ToolOptions};
use crate::window::worker::{Answer, Request};

/// The pointer rests when it stayed in its place for so long.
const REST: Duration = Duration::from_millis(140);
/// On a slower machine there is no preview: it would make the real click wait.
const QUICK_MS: f64 = 150.0;
/// Most neighbours whose border corners hold to.
const SNAPPED: usize = 200;

impl LimnApp {
    pub(super) fn set_tool(&mut self, tool: Tool) {
        if self.drawing.tool != tool {
            // A polygon with an inside is closed; fewer corners wait until the tool is at hand again.
            if self.ring().0.len() >= 3 {
                self.close_ring();
            }
            self.drawing.tool = tool;
            self.forget_preview();
        }
    }

    pub(super) fn set_tool_options(&mut self, options: ToolOptions) {
        self.settings.tools = options;
        self.settings.touch(&self.ctx);
        self.apply_neighbours();
    }

    pub(super) fn resize_brush(&mut self, steps: f32) {
        self.settings.tools.brush = self.settings.tools.brush_by(steps);
        self.settings.touch(&self.ctx);
    }

    /// Takes up the object under `at`, else the selected one, unless something is at hand already.
    pub(super) fn take_up(&mut self, at: Option<[f32; 2]>) {
        let Some(image) = self.shown.current.filter(|_| !self.is_at_hand()) else { return };
        let under = at.and_then(|[x, y]| self.document().object_at(image, x.max(0.0) as u32, y.max(0.0) as u32));
        let selected =
            self.selection.selected.filter(|id| self.document().object(*id).is_some_and(|o| o.image == image));
        if let Some(id) = under.map(|o| o.id).or(selected) {
            self.reopen(id);
        }
    }

    /// Changes the mask at hand.
    pub(super) fn edit_mask(&mut self, edit: &MaskEdit) {
        if !edit.can_begin() {
            self.take_up(edit.place());
            if !self.is_at_hand() {
                self.toasts.add(Kind::Info, t(lang::SAY_NO_MASK));
                return;
            }
        }
        let Some(picture) = self.shown.picture().cloned() else { return };
        let keep_off = self.settings.tools.neighbours == Neighbours::Respect;
        let Some(draft) = self.draft_or_new() else { return };
        let [width, height] = picture.size();
        let before = draft.mask.clone().unwrap_or_else(|| Mask::empty(width, height));
        let after = match edit.apply(&before, picture.as_ref()) {
            Ok(after) => after,
            Err(error) => {
                self.toasts.error(error.to_string());
                return;
            }
        };
        let (image, own) = (draft.image, draft.correcting);
        let after = if keep_off { neighbours::without(self.document(), &after, image, own) } else { after };
        let Some(hand) = HandEdit::between(&before, after.clone()) else { return };
        self.push_prompt(Prompt::Hand(hand));
        if let Some(draft) = &mut self.drawing.draft {
            draft.mask = Some(after);
        }
        self.forget_preview();
        self.revision.touch();
        self.opened.touch_view_state(&self.ctx);
    }

    /// Brings the mask at hand in line with the rule for neighbours.
    fn apply_neighbours(&mut self) {
        let rule = self.settings.tools.neighbours;
        let Some((mask, image, own)) =
            self.drawing.draft.as_ref().and_then(|d| d.mask.clone().map(|mask| (mask, d.image, d.correcting)))
        else {
            return;
        };
        if rule == Neighbours::Respect {
            let off = neighbours::without(self.document(), &mask, image, own);
            if let Some(draft) = &mut self.drawing.draft {
                draft.mask = Some(off);
            }
        } else {
            self.refresh_draft();
        }
        self.revision.touch();
    }

    /// Cuts the object at hand, or makes several of a finished one.
    pub(super) fn cut(&mut self, line: &[[f32; 2]]) {
        if self.is_at_hand() {
            self.edit_mask(&MaskEdit::CutOff(line.to_vec()));
            return;
        }
        let (Some(image), Some(project)) = (self.shown.current, &self.opened.project) else { return };
        let document = project.document();
        let selected = self.selection.selected.and_then(|id| document.object(id)).filter(|o| o.image == image);
        let all = selected.into_iter().chain(document.objects_of(image).rev().filter(|o| !o.hidden));
        let cut = all.map(|object| (object, object.mask.cut(line))).find(|(_, parts)| parts.len() > 1);
        let Some((object, parts)) = cut else {
            self.toasts.add(Kind::Info, t(lang::SAY_CUT_THROUGH));
            return;
        };
        let (object, count) = (object.clone(), parts.len());
        let mut change = Transaction::new(tf(lang::DID_CUT, &[&count]));
        let mut z = document.top_z(image);
        for (order, mask) in parts.into_iter().enumerate() {
            let part = if order == 0 {
                Object { mask, ..object.clone() }
            } else {
                z += 1;
                Object { id: project.next_object_id(), mask, z, clicks: Vec::new(), seconds: 0.0, ..object.clone() }
            };
            change.put_object(document, part);
        }
        if self.commit(change) {
            self.toasts.add(Kind::Good, tf(lang::SAY_CUT_INTO, &[&count]));
        }
    }

    /// Gathers the borders of the neighbours that can be seen.
    pub(super) fn prepare_snap(&mut self) {
        let Some(image) = self.shown.current else { return };
        let seen = self.shown.view.seen(self.shown.canvas);
        let own = self.drawing.draft.as_ref().and_then(|d| d.correcting);
        let options = self.settings.tools.outline();
        let near = |mask: &Mask| {
            mask.bounds().is_some_and(|b| {
                let min = egui::pos2(b.x0 as f32, b.y0 as f32);
                seen.intersects(egui::Rect::from_min_max(min, egui::pos2(b.x1 as f32, b.y1 as f32)))
            })
        };
        let masks = self.document().objects_of(image).rev().filter(|o| Some(o.id) != own && !o.hidden).map(|o| &o.mask);
        let snap = Snap::to(masks.filter(|mask| near(mask)).take(SNAPPED), options);
        self.local.gesture.snap = snap;
    }

    /// The pointer rests at `at`, or is away.
    pub(super) fn hover(&mut self, at: Option<[f32; 2]>) {
        self.forget_preview();
        self.drawing.hover.at = at.map(|at| (at, Instant::now()));
        self.ctx.request_repaint_after(REST);
    }

    /// Asks the worker what a click would give, once the pointer rests.
    pub(in crate::window) fn poll_hover(&mut self) {
        let Some((at, since)) = self.drawing.hover.at.filter(|_| self.drawing.hover.ticket.is_none()) else { return };
        let quick = self.engine.click_time.is_some_and(|time| time.network_ms <= QUICK_MS);
        let idle = self.drawing.draft.as_ref().is_none_or(|d| !d.pending() && d.correcting.is_none());
        let ready = self.engine.is_ready() && self.job.is_none() && self.dialog.is_none();
        if since.elapsed() < REST || !(quick && idle && ready) {
            return;
        }
        let here = Click { x: at[0], y: at[1], positive: true };
        let request = match self.next_request() {
            Some(request) => Request { clicks: [request.clicks, vec![here]].concat(), ..request },
            None => {
                let (Some(image_id), Some(image)) = (self.shown.current, self.shown.levels()) else { return };
                Request {
                    ticket: self.drawing.new_ticket(),
                    place: self.opened.place,
                    generation: 0,
                    wished: false,
                    draft: self.drawing.next_draft + 1,
                    image_id,
                    class: self.selection.class,
                    image,
                    bounds: None,
                    start: None,
                    clicks: vec![here],
                    given: 0,
                    options: self.drawing.mask_options,
                }
            }
        };
        self.drawing.hover.ticket = Some(request.ticket);
        self.engine.worker.preview(request);
    }

    pub(in crate::window) fn take_preview(&mut self, answer: Answer) {
        let fresh = answer.generation == self.engine.worker.generation();
        if fresh && self.drawing.hover.ticket == Some(answer.ticket) && self.shown.current == Some(answer.image_id) {
            self.drawing.hover.mask = answer.mask;
            self.revision.touch();
        }
    }

    /// The preview does not hold any more.
    pub(super) fn forget_preview(&mut self) {
        if self.drawing.forget_preview() {
            self.revision.touch();
        }
    }
}

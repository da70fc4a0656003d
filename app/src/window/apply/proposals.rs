//! Masks of a run over many objects that wait for a decision.

use limn_datasets::{Object, ObjectId, Rerun, Transaction};

use crate::rerun::Options;
use crate::window::app::LimnApp;
use crate::window::facts::view_rect_of;
use crate::window::jobs::Job;
use crate::window::lang::{self, t, tf};
use crate::window::toasts::Kind;

impl LimnApp {
    /// Starts the run.
    pub(super) fn rerun(&mut self, options: Options) {
        self.park_draft();
        let (factory, choice) = self.engine.factory(&self.settings);
        self.start_job(move |project, ctx| Job::rerun(project, factory, choice, options, ctx));
    }

    /// Goes to the next object with a mask that waits, after the selected one, round to the first.
    pub(super) fn next_proposal(&mut self) {
        let document = self.document();
        let place = |object: &Object| (document.image_position(object.image), object.z, object.id);
        let here = self.selection.selected.and_then(|id| document.object(id)).map(place);
        let here = here.or_else(|| Some((document.image_position(self.shown.current?), i64::MIN, ObjectId(i64::MIN))));
        let mut all: Vec<_> = document.waiting().filter_map(|id| document.object(id)).map(place).collect();
        all.sort_unstable();
        let next = all.iter().find(|place| here.is_none_or(|here| **place > here)).or(all.first()).copied();
        let Some(object) = next.and_then(|(_, _, id)| document.object(id)).cloned() else {
            self.toasts.add(Kind::Info, t(lang::SAY_NO_PROPOSALS));
            return;
        };
        if self.shown.current != Some(object.image) {
            self.show_picture(object.image);
        }
        self.select(Some(object.id));
        if let Some(rect) = view_rect_of(&object) {
            self.shown.view.bring(self.shown.canvas, rect);
        }
        self.revision.touch();
        self.opened.touch_view_state(&self.ctx);
    }

    /// Decides for the selected object and goes on to the next.
    pub(super) fn decide_proposal(&mut self, take: bool) {
        let Some((object, rerun)) = self.proposal().map(|(o, r)| (o.clone(), r.clone())) else {
            // Nothing is decided that was not seen: the first press goes there.
            self.next_proposal();
            return;
        };
        let document = self.document();
        let picture = document.image(object.image).map_or_else(String::new, |i| i.file_name().to_owned());
        let mut change = Transaction::new(tf(if take { lang::DID_TAKE } else { lang::DID_KEEP }, &[&picture]));
        let Rerun { run, model, iou, proposal, base } = rerun;
        let decided = Some(Rerun { run, model: model.clone(), iou, proposal: None, base });
        let after = match proposal.filter(|_| take) {
            Some(mask) => Object { mask, model: Some(model), rerun: decided, ..object },
            None => Object { rerun: decided, ..object },
        };
        change.put_object(document, after);
        if self.commit(change) {
            self.last_run.judged[usize::from(!take)] += 1;
            if self.proposals() > 0 {
                self.next_proposal();
            } else {
                self.say_all_judged();
            }
        }
    }

    /// Takes all masks that wait and are at least so like the old ones, as one step.
    pub(super) fn take_above(&mut self, least: f32) {
        let document = self.document();
        let mut change = Transaction::default();
        for object in document.waiting().filter_map(|id| document.object(id)) {
            let Some(rerun) = object.rerun.clone().filter(|rerun| rerun.iou >= least) else { continue };
            let Some(mask) = rerun.proposal.clone() else { continue };
            let model = Some(rerun.model.clone());
            let rerun = Some(Rerun { proposal: None, ..rerun });
            change.put_object(document, Object { mask, model, rerun, ..object.clone() });
        }
        let count = change.edits.len();
        change.label = tf(lang::DID_TAKE_ABOVE, &[&count, &format!("{least:.2}")]);
        let label = change.label.clone();
        if count > 0 && self.commit(change) {
            self.last_run.judged[0] += count;
            self.toasts.undoable(label);
            if self.proposals() == 0 {
                self.say_all_judged();
            }
        }
    }

    /// The end of the judging is not silent.
    fn say_all_judged(&mut self) {
        let [taken, kept] = self.last_run.judged;
        self.toasts.add(Kind::Good, tf(lang::SAY_ALL_JUDGED, &[&(taken + kept), &taken, &kept]));
    }
}

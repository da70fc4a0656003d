//! The state of one object being outlined: its clicks, the box or mask it started from, and the network's last results.
//!
//! [`map`] is a result laid over the picture, [`ClickSession`] the history. Undo and redo restore the results that belonged to
//! the clicks: every step keeps the network's outputs (at the network's size, 16 bits: 0.6 MB at 384x384 whatever the size of
//! the picture), so nothing need run again.

pub mod map;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::crop::{CropRequest, CropSquare};
use crate::learning::seen::Seen;
use crate::picture::{Bitmap, Click, PixelRect};
use crate::regions::{MaskOptions, Runs};
pub use map::ProbabilityMap;

/// A result of the network (or what a session starts from).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Outcome {
    /// The square the network saw; `None` if nothing was predicted.
    pub crop: Option<CropSquare>,
    /// Object probability.
    pub mask: ProbabilityMap,
    /// Edge probability.
    pub edge: ProbabilityMap,
    /// Bounds and area of mask > 0.5.
    pub extent: Option<(PixelRect, u64)>,
    /// What learning keeps of it.
    pub seen: Option<Arc<Seen>>,
}

/// What somebody did.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Prompt {
    Click(Click),
    Box(BoxPrompt),
}

/// A box in pixel-edge image coordinates, `x0 <= x1`, `y0 <= y1`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BoxPrompt {
    /// Left.
    pub x0: f32,
    /// Top.
    pub y0: f32,
    /// Right.
    pub x1: f32,
    /// Bottom.
    pub y1: f32,
}

#[derive(Clone, Debug, PartialEq)]
struct Step {
    prompt: Prompt,
    outcome: Option<Outcome>,
}

/// All state of one object being outlined. Deterministic and without any window; clones share the results.
#[derive(Clone, Debug, PartialEq)]
pub struct ClickSession {
    width: u32,
    height: u32,
    start: Outcome,
    steps: Vec<Step>,
    undone: Vec<Step>,
    clicks: Vec<Click>,
}

impl ClickSession {
    /// An empty session for a picture of that size.
    pub fn new(width: u32, height: u32) -> Self {
        let zero = ProbabilityMap::zero(width, height);
        let start = Outcome { crop: None, mask: zero.clone(), edge: zero, extent: None, seen: None };
        Self { width, height, start, steps: Vec::new(), undone: Vec::new(), clicks: Vec::new() }
    }

    /// Starts from an existing mask: the previous mask is that mask and the previous edge its morphological gradient.
    pub fn correcting(mask: &Bitmap) -> Self {
        let mut session = Self::new(mask.width, mask.height);
        let runs = Runs::from_bitmap(mask);
        session.start = Outcome {
            crop: None,
            mask: ProbabilityMap::binary(Arc::new(mask.clone())),
            edge: ProbabilityMap::binary(Arc::new(mask.gradient())),
            extent: runs.bounds().map(|bounds| (bounds, runs.area())),
            seen: None,
        };
        session
    }

    /// Width of the picture in pixels.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height of the picture in pixels.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// First prompt: a box around the object, any two opposite corners. Replaces everything done so far (undo brings nothing
    /// of it back). How the network sees it: [`crate::segmenter`].
    pub fn set_box(&mut self, x0: f32, y0: f32, x1: f32, y1: f32) {
        let (w, h) = (self.width as f32, self.height as f32);
        let order = |a: f32, b: f32, end: f32| (a.min(b).clamp(0.0, end), a.max(b).clamp(0.0, end));
        let ((x0, x1), (y0, y1)) = (order(x0, x1, w), order(y0, y1, h));
        self.clicks.clear();
        self.undone.clear();
        self.steps = vec![Step { prompt: Prompt::Box(BoxPrompt { x0, y0, x1, y1 }), outcome: None }];
    }

    /// The box of [`ClickSession::set_box`], if it is in force.
    pub fn box_prompt(&self) -> Option<BoxPrompt> {
        match self.steps.first()?.prompt {
            Prompt::Box(prompt) => Some(prompt),
            Prompt::Click(_) => None,
        }
    }

    /// Adds a click; what was undone is gone.
    pub fn add_click(&mut self, click: Click) {
        self.undone.clear();
        self.clicks.push(click);
        self.steps.push(Step { prompt: Prompt::Click(click), outcome: None });
    }

    /// The clicks in force, oldest first.
    pub fn clicks(&self) -> &[Click] {
        &self.clicks
    }

    /// Takes the last click (or the box) back and restores the maps that belonged to the state before it. `false` if there is none.
    pub fn undo(&mut self) -> bool {
        let Some(step) = self.steps.pop() else { return false };
        if matches!(step.prompt, Prompt::Click(_)) {
            self.clicks.pop();
        }
        self.undone.push(step);
        true
    }

    /// Brings back what was undone last, with its maps. `false` if there is nothing.
    pub fn redo(&mut self) -> bool {
        let Some(step) = self.undone.pop() else { return false };
        if let Prompt::Click(click) = step.prompt {
            self.clicks.push(click);
        }
        self.steps.push(step);
        true
    }

    /// Whether [`ClickSession::undo`] would do something.
    pub fn can_undo(&self) -> bool {
        !self.steps.is_empty()
    }

    /// Whether [`ClickSession::redo`] would do something.
    pub fn can_redo(&self) -> bool {
        !self.undone.is_empty()
    }

    /// Whether there is neither a click nor a box (a mask to be corrected does not count).
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Whether the newest click (or the box) has its own result; if not, the maps are those of an earlier state.
    pub fn is_predicted(&self) -> bool {
        self.steps.last().is_some_and(|step| step.outcome.is_some())
    }

    /// Probability of the object.
    pub fn probability(&self) -> &ProbabilityMap {
        &self.outcome().mask
    }

    /// What the frozen network alone says for the same clicks and the same previous mask, where what is shown has been learned
    /// to: for comparison. Costs no run of the network. `None` where [`ClickSession::probability`] is the frozen network's.
    pub fn frozen_probability(&self) -> Option<ProbabilityMap> {
        let outcome = self.outcome();
        let seen = outcome.seen.as_ref().filter(|seen| !seen.shown.is_empty())?;
        let logits = seen.frozen();
        let size = logits.len().isqrt() as u32;
        Some(ProbabilityMap::from_logits(
            (self.width, self.height),
            seen.crop,
            size,
            &logits,
            Some(outcome.mask.rect()),
        ))
    }

    /// Probability of the object's edge.
    pub fn edge(&self) -> &ProbabilityMap {
        &self.outcome().edge
    }

    /// The square the network saw last; `None` before the first prediction.
    pub fn crop(&self) -> Option<CropSquare> {
        self.outcome().crop
    }

    /// The mask, one byte per pixel of the picture.
    pub fn mask(&self, options: &MaskOptions) -> Bitmap {
        self.runs(options).to_bitmap()
    }

    /// The mask as run lengths: what [`ClickSession::mask`] is filled from, cheaper for large pictures.
    pub fn runs(&self, options: &MaskOptions) -> Runs {
        self.probability().above(options.threshold).cleaned(options)
    }

    /// The newest result there is.
    fn outcome(&self) -> &Outcome {
        self.steps.iter().rev().find_map(|s| s.outcome.as_ref()).unwrap_or(&self.start)
    }

    /// The result before the newest prompt: what the next prediction builds on, however often it is repeated.
    pub(crate) fn previous(&self) -> &Outcome {
        let before = &self.steps[..self.steps.len().saturating_sub(1)];
        before.iter().rev().find_map(|s| s.outcome.as_ref()).unwrap_or(&self.start)
    }

    /// What the network saw for every prompt in force, oldest first.
    pub(crate) fn seen(&self) -> impl Iterator<Item = &Arc<Seen>> {
        self.steps.iter().filter_map(|step| step.outcome.as_ref()?.seen.as_ref())
    }

    /// For every click before the newest how deep it lay in what was wrong, in pixels; `None` where that is not known.
    pub(crate) fn depths(&self) -> impl Iterator<Item = Option<f32>> {
        let before = &self.steps[..self.steps.len().saturating_sub(1)];
        let clicks = before.iter().filter(|step| matches!(step.prompt, Prompt::Click(_)));
        clicks.map(|step| step.outcome.as_ref()?.seen.as_ref()?.depth)
    }

    /// The box, while it is the only prompt.
    pub(crate) fn only_box(&self) -> Option<BoxPrompt> {
        if self.steps.len() == 1 { self.box_prompt() } else { None }
    }

    /// The square for the next prediction.
    pub(crate) fn next_crop(&self) -> CropSquare {
        if let Some(b) = self.only_box() {
            let [x0, y0, x1, y1] = [b.x0, b.y0, b.x1, b.y1].map(f64::from);
            return CropSquare::around(x0, y0, x1, y1, self.width, self.height);
        }
        let previous = self.previous();
        CropSquare::choose(&CropRequest {
            width: self.width,
            height: self.height,
            mask: previous.extent,
            clicks: &self.clicks,
            previous: previous.crop,
        })
    }

    /// Keeps the result of the newest prompt.
    pub(crate) fn store(&mut self, outcome: Outcome) {
        if let Some(step) = self.steps.last_mut() {
            step.outcome = Some(outcome);
        }
    }
}

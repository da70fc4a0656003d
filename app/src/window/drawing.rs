//! What is being drawn: the object at hand, those that wait, and what the network says to them.

use std::collections::BTreeMap;
use std::time::Instant;

use limn_datasets::{ImageId, Mask};
use limn_models::MaskOptions;

use super::draft::clean::CRUMBS;
use super::draft::timeline::Timeline;
use super::draft::{Draft, SavedDraft};
use super::tool::Tool;

/// Where the pointer rests, and what a click there would give.
#[derive(Debug, Default)]
pub struct Hover {
    /// The place, in picture coordinates, and since when.
    pub at: Option<([f32; 2], Instant)>,
    /// Of the request for a preview.
    pub ticket: Option<u64>,
    /// What a click there would give.
    pub mask: Option<Mask>,
}

/// The pointer rests when it stayed within this many pixels of the picture.
const REST_WITHIN: f32 = 2.0;

impl Hover {
    /// Whether the pointer moved away from where it rested.
    pub fn moved(&self, at: Option<[f32; 2]>) -> bool {
        match (self.at, at) {
            (Some((old, _)), Some(new)) => (old[0] - new[0]).hypot(old[1] - new[1]) > REST_WITHIN,
            (None, None) => false,
            _ => true,
        }
    }
}

/// What the network without learning says to the object at hand.
#[derive(Debug, Default)]
pub struct Frozen {
    /// The key is held.
    pub held: bool,
    /// The answer of the worker that was on the screen when it was asked for.
    pub of: Option<u64>,
    /// Of the request.
    pub ticket: u64,
    /// What it says.
    pub mask: Option<Mask>,
}

/// What is being drawn, and with what.
#[derive(Debug)]
pub struct Drawing {
    /// What the pointer does on the canvas.
    pub tool: Tool,
    /// The object at hand.
    pub draft: Option<Draft>,
    /// Masks of other pictures that were begun and not accepted.
    pub parked: BTreeMap<ImageId, SavedDraft>,
    /// Accepted before their masks were there, and left behind.
    pub wished: Vec<Draft>,
    /// In which order things were done.
    pub timeline: Timeline,
    /// Number of the newest draft.
    pub next_draft: u64,
    /// Number of the newest request.
    pub next_ticket: u64,
    /// Threshold and clean-up of the network's masks.
    pub mask_options: MaskOptions,
    /// Parts of the network's masks below this share are left out.
    pub crumbs: f32,
    /// What one more click would give.
    pub hover: Hover,
    /// What the network without learning says.
    pub frozen: Frozen,
}

impl Default for Drawing {
    fn default() -> Self {
        Self {
            tool: Tool::default(),
            draft: None,
            parked: BTreeMap::new(),
            wished: Vec::new(),
            timeline: Timeline::default(),
            next_draft: 0,
            next_ticket: 0,
            mask_options: MaskOptions::default(),
            crumbs: CRUMBS,
            hover: Hover::default(),
            frozen: Frozen::default(),
        }
    }
}

impl Drawing {
    /// Another project: nothing is at hand, nothing waits.
    pub fn clear(&mut self) {
        self.parked.clear();
        self.wished.clear();
        self.draft = None;
        self.timeline = Timeline::default();
    }

    /// The number of an object that is begun now.
    pub fn new_draft(&mut self) -> u64 {
        self.next_draft += 1;
        self.next_draft
    }

    /// The number of a request that is made now.
    pub fn new_ticket(&mut self) -> u64 {
        self.next_ticket += 1;
        self.next_ticket
    }

    /// The mask of the object at hand.
    pub fn mask(&self) -> Option<&Mask> {
        self.draft.as_ref().and_then(|draft| draft.mask.as_ref())
    }

    /// Corners of the polygon that is not closed yet, and whether it adds.
    pub fn ring(&self) -> (Vec<[f32; 2]>, bool) {
        self.draft.as_ref().map_or((Vec::new(), true), Draft::ring)
    }

    /// Something is at hand that is not accepted yet.
    pub fn is_at_hand(&self) -> bool {
        self.draft.as_ref().is_some_and(|draft| !draft.is_empty() || draft.correcting.is_some())
    }

    /// A mask of this picture was begun and is not accepted yet.
    pub fn is_open_in(&self, image: ImageId) -> bool {
        let here = |draft: &Draft| draft.image == image && !draft.is_empty();
        self.parked.contains_key(&image) || self.draft.as_ref().is_some_and(here)
    }

    /// An answer of the network is outstanding.
    pub fn is_pending(&self) -> bool {
        self.draft.as_ref().is_some_and(Draft::pending) || !self.wished.is_empty()
    }

    /// The mask without learning, while the key is held and the clicks are those it was asked for.
    pub fn frozen_mask(&self) -> Option<&Mask> {
        let answered = self.draft.as_ref()?.answered;
        self.frozen.mask.as_ref().filter(|_| self.frozen.held && self.frozen.of == Some(answered))
    }

    /// What a click at the resting pointer would give.
    pub fn preview(&self) -> Option<&Mask> {
        self.hover.mask.as_ref()
    }

    /// The preview does not hold any more; true if one was shown.
    pub fn forget_preview(&mut self) -> bool {
        std::mem::take(&mut self.hover).mask.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_that_trembles_rests() {
        let hover = Hover { at: Some(([10.0, 10.0], Instant::now())), ..Hover::default() };
        assert!(!hover.moved(Some([11.0, 11.0])) && hover.moved(Some([12.0, 11.0])) && hover.moved(None));
        assert!(!Hover::default().moved(None) && Hover::default().moved(Some([0.0, 0.0])));
    }

    #[test]
    fn every_object_and_every_request_has_a_number_of_its_own() {
        let mut drawing = Drawing::default();
        assert_eq!(
            (drawing.new_draft(), drawing.new_draft(), drawing.new_ticket(), drawing.new_ticket()),
            (1, 2, 1, 2)
        );
        drawing.draft = Some(Draft::new(2, ImageId(1)));
        drawing.clear();
        assert_eq!((drawing.draft.is_none(), drawing.new_draft()), (true, 3), "an old answer fits no new object");
    }
}

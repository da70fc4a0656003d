//! The object at hand on the side of the window: its prompts with undo and redo, the mask that is shown, what is pending.
//! The worker is told the whole state each time, so nothing depends on messages arriving one by one.
//!
//! * `clean`: crumbs; `timeline`: in which order things were done, across the object at hand and the document
//! * `edit`: changes of a mask without the network; `hand`: how they live together with the network's answers;
//!   `neighbours`: what other objects lose to it, or it to them; `snap`: holding to a neighbour's border

pub mod clean;
pub mod edit;
pub mod hand;
pub mod neighbours;
pub mod snap;
pub mod timeline;

use std::time::Instant;

use limn_datasets::{ClassId, ClickRecord, ImageId, Mask, ObjectId};
use limn_models::Click;
use serde::{Deserialize, Serialize};

use hand::{Hand, HandEdit};

/// The click in the middle of a box.
fn middle([x0, y0, x1, y1]: [f32; 4]) -> Click {
    Click { x: (x0 + x1) / 2.0, y: (y0 + y1) / 2.0, positive: true }
}

/// One prompt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Prompt {
    /// A box: x0, y0, x1, y1. Only as the first prompt.
    Box([f32; 4]),
    /// A click: x, y, belongs to the object.
    Click(f32, f32, bool),
    /// A change by hand.
    Hand(HandEdit),
    /// A corner of a polygon that is not closed yet: x, y, joined (or cut out).
    Corner(f32, f32, bool),
}

/// Accepting before the answer is there. The answer fulfils it wherever the person is by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wish {
    /// And shows the next picture.
    pub then_next: bool,
    /// The class that was in force.
    pub class: Option<ClassId>,
}

/// The object at hand.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Tells drafts apart.
    pub number: u64,
    /// Picture.
    pub image: ImageId,
    /// The object that is being corrected.
    pub correcting: Option<ObjectId>,
    /// The mask it starts from.
    pub start: Option<Mask>,
    prompts: Vec<Prompt>,
    /// When each prompt was made, by the clock of [`timeline::Timeline`].
    stamps: Vec<u64>,
    /// When it was taken up, by the same clock.
    pub opened: u64,
    done: usize,
    /// The mask that is shown.
    pub mask: Option<Mask>,
    /// When work on it began.
    pub begun: Instant,
    /// The newest request.
    pub asked: u64,
    /// The request that `mask` answers.
    pub answered: u64,
    /// When the newest unanswered request was made.
    pub since: Option<Instant>,
    /// Accept as soon as the answer is there.
    pub wish: Option<Wish>,
    /// It covers this object nearly wholly, which was said at the first attempt to accept it.
    pub twice: Option<ObjectId>,
    /// The pixels of the picture that the prompts were made on, see [`limn_datasets::media::View::print`].
    pub print: Option<u64>,
}

/// A draft in the view state of a project, so that closing the window does not lose clicks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedDraft {
    /// Picture.
    pub image: i64,
    /// The object that is being corrected.
    pub correcting: Option<i64>,
    /// Prompts that are in force.
    pub prompts: Vec<Prompt>,
    /// It was accepted before its mask was there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub accept: bool,
    /// The pixels that the prompts were made on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub print: Option<u64>,
}

impl Draft {
    /// An empty draft.
    pub fn new(number: u64, image: ImageId) -> Self {
        Self {
            number,
            image,
            correcting: None,
            start: None,
            prompts: Vec::new(),
            stamps: Vec::new(),
            opened: 0,
            done: 0,
            mask: None,
            begun: Instant::now(),
            asked: 0,
            answered: 0,
            since: None,
            wish: None,
            twice: None,
            print: None,
        }
    }

    /// A draft that corrects the mask of an object.
    pub fn correcting(number: u64, image: ImageId, object: ObjectId, mask: Mask) -> Self {
        Self { correcting: Some(object), start: Some(mask.clone()), mask: Some(mask), ..Self::new(number, image) }
    }

    /// Adds a prompt after those in force, made at this time; what had been undone is forgotten. A box counts only as the
    /// first prompt.
    pub fn push(&mut self, prompt: Prompt, at: u64) -> bool {
        if matches!(prompt, Prompt::Box(_)) && (self.done > 0 || self.start.is_some()) {
            return false;
        }
        self.prompts.truncate(self.done);
        self.stamps.truncate(self.done);
        self.prompts.push(prompt);
        self.stamps.push(at);
        (self.twice, self.wish) = (None, None);
        self.done += 1;
        true
    }

    /// Takes the newest prompt back.
    pub fn undo(&mut self) -> bool {
        let can = self.can_undo();
        self.done -= usize::from(can);
        (self.twice, self.wish) = (None, None);
        can
    }

    /// Puts back what was undone last.
    pub fn redo(&mut self) -> bool {
        let can = self.can_redo();
        self.done += usize::from(can);
        can
    }

    /// There is a prompt to take back.
    pub fn can_undo(&self) -> bool {
        self.done > 0
    }

    /// There is a prompt to put back.
    pub fn can_redo(&self) -> bool {
        self.done < self.prompts.len()
    }

    /// Prompts in force.
    pub fn prompts(&self) -> &[Prompt] {
        &self.prompts[..self.done]
    }

    /// When the newest prompt in force was made.
    pub fn newest(&self) -> Option<u64> {
        self.done.checked_sub(1).map(|last| self.stamps[last])
    }

    /// Where the corners of the open polygon begin.
    fn ring_start(&self) -> usize {
        let corners = self.prompts().iter().rev().take_while(|p| matches!(p, Prompt::Corner(..))).count();
        self.done - corners
    }

    /// Corners of the polygon that is not closed yet, and whether it adds.
    pub fn ring(&self) -> (Vec<[f32; 2]>, bool) {
        let corners = &self.prompts()[self.ring_start()..];
        let adds = !matches!(corners.first(), Some(Prompt::Corner(_, _, false)));
        let points = corners.iter().filter_map(|p| match *p {
            Prompt::Corner(x, y, _) => Some([x, y]),
            _ => None,
        });
        (points.collect(), adds)
    }

    /// Takes all corners of the open polygon back; false if there are none.
    pub fn drop_ring(&mut self) -> bool {
        let start = self.ring_start();
        let had = start < self.done;
        self.done = start;
        had
    }

    /// There is a prompt that gives a mask.
    pub fn has_mask_prompt(&self) -> bool {
        self.prompts().iter().any(|p| !matches!(p, Prompt::Corner(..)))
    }

    /// The box, if one is in force.
    pub fn bounds(&self) -> Option<[f32; 4]> {
        self.prompts().iter().find_map(|p| match p {
            Prompt::Box(b) => Some(*b),
            _ => None,
        })
    }

    /// The clicks in force, oldest first.
    pub fn clicks(&self) -> Vec<Click> {
        self.prompts()
            .iter()
            .filter_map(|p| match *p {
                Prompt::Click(x, y, positive) => Some(Click { x, y, positive }),
                _ => None,
            })
            .collect()
    }

    /// The newest change by hand, and its place among the prompts.
    fn newest_hand(&self) -> Option<(usize, &HandEdit)> {
        self.prompts().iter().enumerate().rev().find_map(|(at, prompt)| match prompt {
            Prompt::Hand(edit) => Some((at, edit)),
            _ => None,
        })
    }

    /// The mask, if the newest prompt is a change by hand, which needs no network.
    pub fn result_of_hand(&self) -> Option<&Mask> {
        self.newest_hand().filter(|(at, _)| at + 1 == self.ring_start()).map(|(_, edit)| &edit.result)
    }

    /// What the network starts from: a mask (the result of the newest change by hand, else that of the object that is
    /// corrected), the clicks, and how many of them that mask already reflects. Earlier clicks that the hand overruled are
    /// left out.
    pub fn for_network(&self) -> (Option<Mask>, Vec<Click>, usize) {
        let Some((at, edit)) = self.newest_hand() else { return (self.start.clone(), self.clicks(), 0) };
        let mut clicks = Vec::new();
        let mut given = 0;
        for (order, prompt) in self.prompts().iter().enumerate() {
            if let Prompt::Click(x, y, positive) = *prompt {
                let agrees = edit.result.contains(x.max(0.0) as u32, y.max(0.0) as u32) == positive;
                if order > at || agrees {
                    clicks.push(Click { x, y, positive });
                    given += usize::from(order < at);
                }
            }
        }
        (Some(edit.result.clone()), clicks, given)
    }

    /// An answer of the network with what was set by hand over it. Becomes the result of a change by hand that was made
    /// while the network was at work.
    pub fn with_hand(&mut self, answer: &Mask) -> Mask {
        let mut hand = Hand::default();
        for prompt in self.prompts() {
            match prompt {
                Prompt::Hand(edit) => hand.push(edit),
                Prompt::Click(x, y, positive) => hand.click(*x, *y, *positive),
                Prompt::Box(_) | Prompt::Corner(..) => {}
            }
        }
        let whole = hand.over(answer);
        if let Some(Prompt::Hand(edit)) = self.ring_start().checked_sub(1).map(|last| &mut self.prompts[last]) {
            edit.result = whole.clone();
        }
        whole
    }

    /// The clicks as the document keeps them; a box is kept as the click in its middle that it stands for.
    pub fn records(&self) -> Vec<ClickRecord> {
        let middle = self.bounds().map(middle);
        middle.into_iter().chain(self.clicks()).map(|c| ClickRecord { x: c.x, y: c.y, positive: c.positive }).collect()
    }

    /// Nothing would be lost if it were dropped.
    pub fn is_empty(&self) -> bool {
        self.done == 0
    }

    /// The worker has not answered the newest request yet.
    pub fn pending(&self) -> bool {
        self.answered < self.asked
    }

    /// For the view state.
    pub fn save(&self) -> SavedDraft {
        SavedDraft {
            image: self.image.0,
            correcting: self.correcting.map(|o| o.0),
            prompts: self.prompts().to_vec(),
            accept: self.wish.is_some(),
            print: self.print,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_are_undone_and_redone_and_a_new_one_forgets_the_rest() {
        let mut draft = Draft::new(1, ImageId(1));
        assert!(draft.push(Prompt::Box([0.0, 0.0, 9.0, 9.0]), 0));
        assert!(draft.push(Prompt::Click(1.0, 1.0, true), 0));
        assert!(!draft.push(Prompt::Box([0.0, 0.0, 5.0, 5.0]), 0), "a box is a first prompt");
        assert!(draft.push(Prompt::Click(2.0, 2.0, false), 0));
        assert!(draft.undo());
        assert_eq!(draft.clicks(), [Click { x: 1.0, y: 1.0, positive: true }]);
        assert!(draft.redo() && !draft.redo());
        assert!(draft.undo() && draft.undo());
        assert!(draft.push(Prompt::Click(7.0, 7.0, true), 0));
        assert!(!draft.can_redo());
        assert_eq!(draft.bounds(), Some([0.0, 0.0, 9.0, 9.0]));
        assert!(draft.undo() && draft.undo() && !draft.undo());
        assert_eq!(draft.bounds(), None);
    }

    #[test]
    fn the_network_starts_from_the_hand_and_hears_the_clicks_that_agree() {
        let mut draft = Draft::new(1, ImageId(1));
        draft.push(Prompt::Click(1.5, 1.5, true), 0);
        draft.push(Prompt::Click(8.5, 1.5, false), 0);
        let painted = Mask::stroke(10, 10, &[[8.5, 1.5]], 1.5);
        let edit = HandEdit::between(&Mask::empty(10, 10), painted.clone()).unwrap();
        draft.push(Prompt::Hand(edit), 0);
        assert_eq!(draft.result_of_hand(), Some(&painted));
        draft.push(Prompt::Click(2.5, 7.5, true), 0);
        assert_eq!(draft.result_of_hand(), None);
        let later = Click { x: 2.5, y: 7.5, positive: true };
        assert_eq!(draft.for_network(), (Some(painted.clone()), vec![later], 0), "both early clicks were overruled");
        let answer = Mask::stroke(10, 10, &[[2.5, 7.5]], 1.0);
        assert_eq!(draft.with_hand(&answer), answer.union(&painted));
        draft.undo();
        draft.undo();
        assert_eq!(draft.for_network().1.len(), 2);
    }

    #[test]
    fn corners_are_taken_back_one_by_one_and_a_closed_polygon_opens_again() {
        let mut draft = Draft::new(1, ImageId(1));
        for (at, [x, y]) in [[1.0, 1.0], [8.0, 1.0], [8.0, 8.0]].into_iter().enumerate() {
            draft.push(Prompt::Corner(x, y, true), at as u64);
        }
        assert_eq!((draft.ring().0.len(), draft.has_mask_prompt(), draft.is_empty()), (3, false, false));
        let area = Mask::from_bytes(10, 10, &[1; 100]);
        draft.push(Prompt::Hand(HandEdit::between(&Mask::empty(10, 10), area.clone()).unwrap()), 3);
        assert_eq!((draft.ring().0.len(), draft.result_of_hand()), (0, Some(&area)));
        assert!(draft.undo() && draft.undo());
        assert_eq!(draft.ring().0, [[1.0, 1.0], [8.0, 1.0]]);
        draft.push(Prompt::Click(5.0, 5.0, true), 9);
        draft.push(Prompt::Corner(2.0, 2.0, false), 10);
        assert_eq!((draft.ring(), draft.newest()), ((vec![[2.0, 2.0]], false), Some(10)));
        assert!(draft.drop_ring() && !draft.drop_ring());
        assert_eq!(draft.newest(), Some(9));
    }

    #[test]
    fn a_saved_draft_keeps_what_is_in_force() {
        let mut draft = Draft::new(1, ImageId(3));
        draft.push(Prompt::Click(1.5, 1.0, true), 0);
        draft.push(Prompt::Click(2.5, 2.0, false), 0);
        draft.undo();
        let text = serde_json::to_string(&draft.save()).unwrap();
        let back: SavedDraft = serde_json::from_str(&text).unwrap();
        assert_eq!(back.prompts, [Prompt::Click(1.5, 1.0, true)]);
    }
}

//! What was drawn by hand, and how it lives together with the network's answers.
//!
//! A stroke, an area, a cut: each becomes the pixels that it added and those that it took away. The network sees the result
//! as its previous mask; whatever it answers to later clicks, pixels set by hand stay as they were set, until a click says
//! the contrary there.

use limn_datasets::Mask;
use serde::{Deserialize, Serialize};

/// One change by hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HandEdit {
    /// Pixels that were added.
    pub added: Mask,
    /// Pixels that were taken away.
    pub removed: Mask,
    /// The whole mask afterwards.
    pub result: Mask,
}

impl HandEdit {
    /// What leads from `before` to `after`; `None` if that is nothing.
    pub fn between(before: &Mask, after: Mask) -> Option<Self> {
        let edit = Self { added: after.subtract(before), removed: before.subtract(&after), result: after };
        (!edit.added.is_empty() || !edit.removed.is_empty()).then_some(edit)
    }
}

/// All pixels that are set by hand.
#[derive(Clone, Debug, Default)]
pub struct Hand {
    layers: Option<(Mask, Mask)>,
}

impl Hand {
    /// A later change goes over earlier ones.
    pub fn push(&mut self, edit: &HandEdit) {
        self.layers = Some(match self.layers.take() {
            None => (edit.added.clone(), edit.removed.clone()),
            Some((added, removed)) => {
                (added.subtract(&edit.removed).union(&edit.added), removed.subtract(&edit.added).union(&edit.removed))
            }
        });
    }

    /// A click that says the contrary of the hand frees the connected pixels around it.
    pub fn click(&mut self, x: f32, y: f32, positive: bool) {
        let Some((added, removed)) = &mut self.layers else { return };
        let contrary = if positive { removed } else { added };
        let (x, y) = (x.max(0.0) as u32, y.max(0.0) as u32);
        if contrary.contains(x, y)
            && let Some(part) = contrary.components().into_iter().find(|part| part.contains(x, y))
        {
            *contrary = contrary.subtract(&part);
        }
    }

    /// The network's answer with the hand over it.
    pub fn over(&self, answer: &Mask) -> Mask {
        match &self.layers {
            None => answer.clone(),
            Some((added, removed)) => answer.union(added).subtract(removed),
        }
    }
}

#[cfg(test)]
mod tests {
    use limn_datasets::PixelRect;

    use super::*;

    fn rect(x0: u32, x1: u32) -> Mask {
        Mask::rectangle(20, 4, PixelRect { x0, y0: 0, x1, y1: 4 })
    }

    #[test]
    fn later_answers_keep_what_the_hand_did_until_a_click_frees_it() {
        let (before, painted) = (rect(0, 6), rect(0, 6).union(&rect(12, 16)));
        let mut hand = Hand::default();
        hand.push(&HandEdit::between(&before, painted.clone()).unwrap());
        hand.push(&HandEdit::between(&painted, painted.subtract(&rect(0, 2))).unwrap());
        let answer = rect(0, 9);
        assert_eq!(hand.over(&answer), rect(2, 9).union(&rect(12, 16)));
        hand.click(5.0, 1.0, false);
        assert_eq!(hand.over(&answer), rect(2, 9).union(&rect(12, 16)), "nothing was set by hand there");
        hand.click(13.0, 1.0, false);
        assert_eq!(hand.over(&answer), rect(2, 9));
        hand.click(1.0, 1.0, true);
        assert_eq!(hand.over(&answer), answer);
        assert!(HandEdit::between(&answer, answer.clone()).is_none());
    }
}

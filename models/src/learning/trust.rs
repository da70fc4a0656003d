//! How far a head is trusted: as far as it has earned on objects it had not learned from.
//!
//! Before an accepted object is learned from, every prediction that led to it is judged: how near the truth would it have been
//! with the head's answer at several scales? The scale in force is the one that would have been best over the last objects,
//! if that is more than chance; a head that does no better than what it is added to is silent. The first click, the next ones
//! and the late corrections are judged apart, for a head may find objects well and spoil fine outlines.

use std::collections::VecDeque;

/// Scales of the answer that are judged. The first is silence.
pub const SCALES: [f32; 4] = [0.0, 0.35, 0.7, 1.0];

/// One figure for each of [`SCALES`].
pub type Judgement = [f32; SCALES.len()];

/// Objects that a judgement looks back on.
pub const WINDOW: usize = 10;

/// How much evidence is asked for before a head is followed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Caution {
    /// Standard errors that the mean gain is discounted by.
    pub errors: f32,
    /// Objects that gained nothing and are counted beside those that were judged.
    pub silent: usize,
    /// IoU with the accepted mask above which all answers are equally good.
    pub enough: f32,
}

/// For the global head: it grows with the objects that it is judged on.
pub const GLOBAL_CAUTION: Caution = Caution { errors: 0.5, silent: 1, enough: 1.0 };
/// For local copies, which know no more than a few clicks. The accepted mask is mostly the answer that was shown last, whose own
/// agreement with it says nothing: an answer is not worse for being as near to that one as that one is to the truth.
pub const LOCAL_CAUTION: Caution = Caution { errors: 0.5, silent: 2, enough: 0.9 };

/// Gain (in [`worth`]) below which a head had better be silent.
const MARGIN: f32 = 0.005;

/// How far the outlining of an object has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The first click (or a box).
    First,
    /// The second and the third.
    Early,
    /// All that follow.
    Late,
}

impl Stage {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::First, Self::Early, Self::Late];

    /// After so many clicks.
    pub fn of(clicks: usize) -> Self {
        match clicks {
            0 | 1 => Self::First,
            2 | 3 => Self::Early,
            _ => Self::Late,
        }
    }
}

/// The judgements on one head.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trust {
    /// For each stage, of the last objects that came so far, the mean worth at each scale.
    pub judged: [VecDeque<Judgement>; Stage::ALL.len()],
}

impl Trust {
    /// Notes the IoU that the predictions of one object would have had at each scale.
    pub fn note(&mut self, ious: &[(Stage, Judgement)], caution: Caution) {
        let worth = |iou: f32| worth(iou.min(caution.enough));
        for (stage, judged) in Stage::ALL.into_iter().zip(&mut self.judged) {
            let of_stage = || ious.iter().filter(|(s, _)| *s == stage);
            let count = of_stage().count();
            if count == 0 {
                continue;
            }
            judged.push_back(std::array::from_fn(|k| {
                of_stage().map(|(_, iou)| worth(iou[k])).sum::<f32>() / count as f32
            }));
            if judged.len() > WINDOW {
                judged.pop_front();
            }
        }
    }

    /// The scale in force: the one whose mean gain, as `caution` discounts it, is greatest; silence if none is above [`MARGIN`].
    pub fn scale(&self, stage: Stage, caution: Caution) -> f32 {
        let judged = &self.judged[stage as usize];
        let count = (judged.len() + caution.silent) as f32;
        let surely = |k: usize| {
            let silent = std::iter::repeat_n(0.0, caution.silent);
            let gains = || judged.iter().map(move |object| object[k] - object[0]).chain(silent.clone());
            let mean = gains().sum::<f32>() / count;
            let spread = gains().map(|gain| (gain - mean).powi(2)).sum::<f32>() / count;
            mean - caution.errors * (spread / count).sqrt()
        };
        let (mut best, mut gain) = (0, MARGIN);
        for k in 1..SCALES.len() {
            if surely(k) > gain {
                (best, gain) = (k, surely(k));
            }
        }
        SCALES[best]
    }
}

/// What an IoU is worth. Clicks go into the last parts: from 0.8 to 0.9 takes as many as from 0.5 to 0.75.
fn worth(iou: f32) -> f32 {
    -(1.05 - iou).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_gains_is_followed_what_does_not_is_silent() {
        let mut trust = Trust::default();
        assert_eq!(trust.scale(Stage::First, GLOBAL_CAUTION), 0.0, "nothing is known");
        for _ in 0..4 {
            let ious = [(Stage::First, [0.5, 0.6, 0.7, 0.65]), (Stage::Late, [0.9, 0.89, 0.88, 0.8])];
            trust.note(&ious, GLOBAL_CAUTION);
        }
        assert_eq!([Stage::First, Stage::Early, Stage::Late].map(|s| trust.scale(s, GLOBAL_CAUTION)), [0.7, 0.0, 0.0]);
    }

    #[test]
    fn chance_is_not_followed() {
        let mut trust = Trust::default();
        for k in 0..10 {
            let lucky = if k % 2 == 0 { 0.84 } else { 0.76 };
            trust.note(&[(Stage::Early, [0.8, 0.8, lucky, lucky])], GLOBAL_CAUTION);
        }
        assert_eq!(trust.scale(Stage::Early, GLOBAL_CAUTION), 0.0);
    }

    #[test]
    fn the_window_moves_on() {
        let mut trust = Trust::default();
        for _ in 0..3 * WINDOW {
            trust.note(&[(Stage::First, [0.5, 0.6, 0.7, 0.8])], GLOBAL_CAUTION);
        }
        for _ in 0..WINDOW {
            trust.note(&[(Stage::First, [0.5, 0.4, 0.3, 0.2])], GLOBAL_CAUTION);
        }
        assert_eq!(trust.judged[0].len(), WINDOW);
        assert_eq!(trust.scale(Stage::First, GLOBAL_CAUTION), 0.0);
    }

    #[test]
    fn a_little_gain_of_one_object_is_not_enough_for_a_local_copy() {
        let mut trust = Trust::default();
        for objects in 1..=3 {
            trust.note(&[(Stage::Late, [0.8, 0.802, 0.804, 0.806])], GLOBAL_CAUTION);
            let scales = [GLOBAL_CAUTION, LOCAL_CAUTION].map(|caution| trust.scale(Stage::Late, caution));
            assert_eq!(scales, [1.0, if objects < 2 { 0.0 } else { 1.0 }], "{objects}");
        }
    }

    #[test]
    fn what_was_shown_and_accepted_does_not_win_by_that() {
        let accepted_as_shown = [(Stage::Late, [1.0, 0.97, 0.94, 0.91])];
        let helped_before = [(Stage::Late, [0.5, 0.6, 0.7, 0.8])];
        let [mut local, mut global] = [LOCAL_CAUTION, GLOBAL_CAUTION].map(|caution| {
            let mut trust = Trust::default();
            for _ in 0..6 {
                trust.note(&accepted_as_shown, caution);
            }
            trust
        });
        local.note(&helped_before, LOCAL_CAUTION);
        global.note(&helped_before, GLOBAL_CAUTION);
        assert!(local.scale(Stage::Late, LOCAL_CAUTION) > 0.0);
        assert_eq!(global.scale(Stage::Late, GLOBAL_CAUTION), 0.0);
    }
}

//! Everything global that was learned, as data: what a project keeps and another one can take over.

use std::collections::VecDeque;

use limn_inference::adapt::{Head, HeadShape};

use super::generations::{Generation, GenerationInfo, Generations};
use super::limits::{HIDDEN, REPLAY_SAMPLES};
use super::sample::Sample;
use super::trust::{Stage, Trust};

/// Objects that the history looks back on.
pub const HISTORY: usize = 1000;
/// Objects over which gains are averaged.
const GAIN_OBJECTS: usize = 8;

/// An accepted object, judged before anything was learned from it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ObjectRecord {
    /// Clicks it took (a box counts as one).
    pub clicks: u32,
    /// Mean IoU with the accepted mask of what was shown after each of them ...
    pub iou: f32,
    /// ... and of what the frozen network alone would have shown there.
    pub frozen: f32,
}

impl ObjectRecord {
    /// What learning gained.
    pub fn gain(&self) -> f32 {
        self.iou - self.frozen
    }
}

/// Head, judgements, replay buffer and versions; plain data, written and read by [`super::bytes`].
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Name of the model.
    pub model: String,
    /// SHA-256 of its weights, hexadecimal.
    pub weights: String,
    /// The global head.
    pub head: Head<f32>,
    /// Judgements on it.
    pub trust: Trust,
    /// Judgements on local copies.
    pub local_trust: Trust,
    /// What may be learned again, oldest first; at most [`REPLAY_SAMPLES`].
    pub replay: VecDeque<Sample>,
    /// Objects learned from.
    pub objects: u64,
    /// State of the generator that draws samples.
    pub draws: u64,
    /// Versions.
    pub generations: Generations,
    /// The last [`HISTORY`] objects.
    pub history: VecDeque<ObjectRecord>,
}

impl State {
    /// Nothing learned, for cells of `channels` channels.
    pub fn new(model: &str, weights: &str, channels: usize) -> Self {
        Self {
            model: model.to_owned(),
            weights: weights.to_owned(),
            head: Head::new(HeadShape { channels, hidden: HIDDEN }),
            trust: Trust::default(),
            local_trust: Trust::default(),
            replay: VecDeque::new(),
            objects: 0,
            draws: 1,
            generations: Generations::default(),
            history: VecDeque::new(),
        }
    }

    /// What a class begins with that is to learn for itself: head, judgements and versions, no samples, no history.
    pub fn heir(&self) -> Self {
        Self {
            head: self.head.clone(),
            trust: self.trust,
            local_trust: self.local_trust,
            generations: self.generations.clone(),
            ..Self::new(&self.model, &self.weights, self.head.shape.channels)
        }
    }

    /// How far the global head is followed.
    pub fn global_scale(&self, stage: Stage) -> f32 {
        self.trust.scale(stage)
    }

    /// How far local copies are followed.
    pub fn local_scale(&self, stage: Stage) -> f32 {
        self.local_trust.scale(stage)
    }

    /// Notes an accepted object.
    pub fn record(&mut self, record: ObjectRecord) {
        self.objects += 1;
        self.history.push_back(record);
        if self.history.len() > HISTORY {
            self.history.pop_front();
        }
    }

    /// Puts samples into the replay buffer; the oldest make room.
    pub fn remember(&mut self, samples: impl IntoIterator<Item = Sample>) {
        self.replay.extend(samples);
        let excess = self.replay.len().saturating_sub(REPLAY_SAMPLES);
        self.replay.drain(..excess);
    }

    /// Mean gain over the last objects; `None` before the first.
    pub fn gain(&self) -> Option<f32> {
        let last = self.history.iter().rev().take(GAIN_OBJECTS);
        let count = last.len();
        (count > 0).then(|| last.map(ObjectRecord::gain).sum::<f32>() / count as f32)
    }

    /// Makes the present head a version.
    pub fn keep_generation(&mut self) {
        let info = GenerationInfo { number: 0, objects: self.objects, gain: self.gain().unwrap_or(0.0) };
        let (theta, trust, local_trust) = (self.head.theta.clone(), self.trust, self.local_trust);
        self.generations.push(Generation { info, theta, trust, local_trust });
    }

    /// Puts a kept version in force again: answers are then what they were; the replay buffer and the history stay. `false` if
    /// it is not kept (any more).
    pub fn roll_back(&mut self, number: u64) -> bool {
        let Some(Generation { theta, trust, local_trust, .. }) = self.generations.find(number).cloned() else {
            return false;
        };
        self.head.theta = theta;
        (self.trust, self.local_trust) = (trust, local_trust);
        self.generations.current = number;
        true
    }

    /// Whether what is shown was lately so much worse than the frozen network that the head should go back.
    pub fn is_worse_than_frozen(&self) -> bool {
        const WORSE: f32 = -0.01;
        self.history.len() >= GAIN_OBJECTS / 2 && self.gain().is_some_and(|gain| gain < WORSE)
    }

    /// Back to the head of the last version that was no worse than the frozen network, or to one that says nothing. The evidence
    /// stays as it is now, with the harm in it: an older head has to earn its trust again.
    pub fn go_back(&mut self) {
        let trusts = (self.trust, self.local_trust);
        match self.generations.last_good().map(|generation| generation.info.number) {
            Some(number) => {
                self.roll_back(number);
            }
            None => {
                self.head = Head::new(self.head.shape);
                self.generations.current = 0;
            }
        }
        (self.trust, self.local_trust) = trusts;
    }
}

//! Global parameters: where every local copy starts, learned from accepted masks.
//!
//! An accepted object is first judged ([`super::trust`]), then some of its predictions become samples of a bounded replay buffer,
//! and the head makes a few steps over this object's and older samples, so that the last object does not overwrite the others.
//! The work is cut into parts of a few milliseconds, so that a click need not wait.

use std::collections::VecDeque;
use std::sync::Arc;

use limn_inference::adapt::adam::Adam;
use limn_inference::adapt::head::uniform;
use limn_inference::adapt::{Batch, Head, Lesson, PlainTrainer, TrainOptions, Trainer};

use super::sample::Sample;
use super::seen::Seen;
use super::standard::standardise;
use super::state::{ObjectRecord, State};
use super::trust::{Judgement, Stage};
use crate::session::ProbabilityMap;

/// Samples an object leaves behind.
const OBJECT_SAMPLES: usize = 4;
/// Accepted objects that may wait.
const MOST_WAITING: usize = 4;

/// Constants of the global step.
#[derive(Clone, Copy, Debug)]
pub struct GlobalOptions {
    /// Adam's learning rate.
    pub rate: f64,
    /// Steps an accepted object.
    pub steps: usize,
    /// Older samples beside a recent one in every step.
    pub replayed: usize,
    /// Weight of the last layer's square.
    pub decay: f32,
    /// Weight that right cells keep beside the wrong ones.
    pub floor: f32,
}

impl Default for GlobalOptions {
    fn default() -> Self {
        Self { rate: 3e-3, steps: 24, replayed: 3, decay: 1e-3, floor: 0.05 }
    }
}

/// An accepted object on its way into the head.
#[derive(Debug)]
struct Pending {
    /// Its predictions, first to last.
    seen: Vec<Arc<Seen>>,
    accepted: ProbabilityMap,
    /// Side of the network's input.
    size: u32,
    /// Whether the head learns from it; if not it is only judged.
    train: bool,
    /// The class that is taught: other heads' answers are no reason to judge this one.
    class: Option<i64>,
    /// Predictions judged so far, and what came of it.
    judged: usize,
    global: Vec<(Stage, Judgement)>,
    local: Vec<(Stage, Judgement)>,
    /// Sums of the IoU of what was shown and of the frozen network.
    ious: [f32; 2],
    samples: Vec<Sample>,
    /// Steps made.
    steps: usize,
}

impl Pending {
    /// Judges the next prediction and takes a sample of it if it is one of those that are learned from.
    fn judge(&mut self, truth: &mut Vec<f32>, draws: &mut u64) {
        let (at, count) = (self.judged, self.seen.len());
        let seen = &self.seen[at];
        truth.resize((self.size * self.size) as usize, 0.0);
        self.accepted.resample(&seen.crop, self.size, truth);
        let frozen = seen.frozen();
        if seen.class == self.class {
            self.global.extend(seen.judge_global(&frozen, truth).map(|judgement| (seen.stage, judgement)));
            self.local.extend(seen.judge_local(&frozen, truth).map(|judgement| (seen.stage, judgement)));
        }
        for (sum, iou) in self.ious.iter_mut().zip(seen.judge_shown(&frozen, truth)) {
            *sum += iou;
        }
        // The first prediction, the last, and some between.
        let taken = |k: usize| if count <= OBJECT_SAMPLES { k } else { k * (count - 1) / (OBJECT_SAMPLES - 1) };
        if self.train && (0..OBJECT_SAMPLES.min(count)).any(|k| taken(k) == at) {
            *draws += 1;
            let (base, labels) = (seen.to_cells(&frozen), seen.to_cells(truth));
            self.samples.extend(Sample::draw(seen.channels, &seen.cells, &base, &labels, *draws));
        }
        self.judged += 1;
    }

    fn record(&self) -> ObjectRecord {
        let [shown, frozen] = self.ious.map(|sum| sum / self.seen.len() as f32);
        ObjectRecord { clicks: self.seen.len() as u32, iou: shown, frozen }
    }
}

/// The learner of one project: its state, the optimiser, and the objects that wait.
#[derive(Debug)]
pub struct GlobalLearner {
    state: State,
    adam: Adam<f32>,
    options: GlobalOptions,
    pending: VecDeque<Pending>,
}

impl GlobalLearner {
    /// A learner that goes on from `state`.
    pub fn new(state: State, options: GlobalOptions) -> Self {
        let adam = Adam::new(state.head.theta.len(), options.rate);
        Self { state, adam, options, pending: VecDeque::new() }
    }

    /// What was learned.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Objects that wait to be learned from.
    pub fn waiting(&self) -> usize {
        self.pending.len()
    }

    /// Takes up another state; what waits is forgotten.
    pub fn replace(&mut self, state: State) {
        *self = Self::new(state, self.options);
    }

    /// Drops the oldest sample.
    pub fn forget_oldest(&mut self) {
        self.state.replay.pop_front();
    }

    /// Puts a kept version in force; what waits is forgotten. `false` if it is not kept.
    pub fn roll_back(&mut self, number: u64) -> bool {
        let found = self.state.roll_back(number);
        if found {
            self.adam = Adam::new(self.state.head.theta.len(), self.options.rate);
            self.pending.clear();
        }
        found
    }

    /// The global head with its answer scaled.
    pub fn scaled(&self, trust: f32) -> Head<f32> {
        let mut head = self.state.head.clone();
        let last = head.shape.last_layer();
        for value in &mut head.theta[last] {
            *value *= trust;
        }
        head
    }

    /// Puts an accepted object of `class` into the queue: its predictions, the mask, the side of the network's input. With
    /// `train` the head learns from it, else it is only judged. The oldest are forgotten if too many wait.
    pub(super) fn enqueue(
        &mut self,
        seen: Vec<Arc<Seen>>,
        accepted: ProbabilityMap,
        size: u32,
        train: bool,
        class: Option<i64>,
    ) {
        if seen.is_empty() {
            return;
        }
        if self.pending.len() == MOST_WAITING {
            self.pending.pop_front();
        }
        self.pending.push_back(Pending {
            seen,
            accepted,
            size,
            train,
            class,
            judged: 0,
            global: Vec::new(),
            local: Vec::new(),
            ious: [0.0; 2],
            samples: Vec::new(),
            steps: 0,
        });
    }

    /// Works until nothing waits (true) or `stop` says so (false). `stop` is asked every few milliseconds.
    pub fn work(&mut self, trainer: &mut Box<dyn Trainer>, stop: &dyn Fn() -> bool) -> bool {
        let mut truth = Vec::new();
        while let Some(mut object) = self.pending.pop_front() {
            if stop() {
                self.pending.push_front(object);
                return false;
            }
            if object.judged < object.seen.len() {
                object.judge(&mut truth, &mut self.state.draws);
                if object.judged == object.seen.len() {
                    self.take_in(&mut object);
                }
                self.pending.push_front(object);
            } else if object.train && object.steps < self.options.steps {
                self.step(trainer, object.seen.len().min(OBJECT_SAMPLES));
                object.steps += 1;
                self.pending.push_front(object);
            } else if object.train {
                self.state.keep_generation();
            }
        }
        true
    }

    /// After the judgement, before the steps.
    fn take_in(&mut self, object: &mut Pending) {
        self.state.trust.note(&object.global);
        self.state.local_trust.note(&object.local);
        if !object.train {
            return;
        }
        self.state.record(object.record());
        if self.state.is_worse_than_frozen() {
            tracing::info!("what was learned did worse than the frozen network on the last objects: going back");
            self.state.go_back();
            self.adam = Adam::new(self.state.head.theta.len(), self.options.rate);
        }
        let samples = std::mem::take(&mut object.samples);
        if self.state.generations.current == 0 {
            let channels = self.state.head.shape.channels;
            standardise(&mut self.state.head, samples.iter().flat_map(|sample| sample.cells.chunks_exact(channels)));
        }
        self.state.remember(samples);
    }

    fn draw(&mut self, below: usize) -> usize {
        (uniform(&mut self.state.draws) * below as f64) as usize
    }

    /// One step over one of the `newest` samples and some of all.
    fn step(&mut self, trainer: &mut Box<dyn Trainer>, newest: usize) {
        let count = self.state.replay.len();
        if count == 0 {
            return;
        }
        let mut drawn = vec![count - 1 - self.draw(newest.min(count))];
        for _ in 0..self.options.replayed.min(count - 1) {
            drawn.push(self.draw(count));
        }
        let samples: Vec<_> = drawn.iter().map(|&at| self.state.replay[at].expand()).collect();
        let batches: Vec<Batch<'_>> = samples.iter().map(|(cells, base, goals)| Batch { cells, base, goals }).collect();
        let lesson = Lesson { batches: &batches, steps: &[(0..batches.len()).collect()] };
        let options = TrainOptions { anchor: 0.0, decay: self.options.decay, floor: self.options.floor, enough: 0.0 };
        if let Err(error) = trainer.train(&mut self.state.head, &mut self.adam, &lesson, &options) {
            tracing::warn!("learning goes on on the CPU: {error}");
            *trainer = Box::new(PlainTrainer::default());
        }
    }
}

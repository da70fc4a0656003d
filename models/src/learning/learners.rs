//! The learners of a project: one for everything and, where classes learn apart, one for each class.
//!
//! A class begins with what was learned for everything, but without its samples: its own objects are to teach it. What it learns
//! stays with it. All share one bound on memory.

use std::collections::BTreeMap;

use limn_inference::adapt::Trainer;

use super::bytes::Learned;
use super::global::{GlobalLearner, GlobalOptions};
use super::limits::{MOST_CLASSES, REPLAY_SAMPLES};
use super::state::State;

/// The learners, and which of them answers.
#[derive(Debug)]
pub struct Learners {
    shared: GlobalLearner,
    apart: BTreeMap<i64, GlobalLearner>,
    options: GlobalOptions,
    per_class: bool,
    /// Of the object at hand.
    class: Option<i64>,
}

impl Learners {
    /// For a network of which `state` says that nothing was learned.
    pub fn new(state: State, options: GlobalOptions) -> Self {
        let shared = GlobalLearner::new(state, options);
        Self { shared, apart: BTreeMap::new(), options, per_class: false, class: None }
    }

    /// Whether classes learn apart. What they learned stays while they do not.
    pub fn set_per_class(&mut self, per_class: bool) {
        self.per_class = per_class;
    }

    /// Whether classes learn apart.
    pub fn per_class(&self) -> bool {
        self.per_class
    }

    /// The class of the object at hand.
    pub fn set_class(&mut self, class: Option<i64>) {
        self.class = class;
    }

    /// The class that answers and is taught for itself now; `None`: what is learned for everything.
    pub fn class(&self) -> Option<i64> {
        let room = |class: &i64| self.apart.len() < MOST_CLASSES || self.apart.contains_key(class);
        self.class.filter(|class| self.per_class && room(class))
    }

    /// Classes that learned something for themselves.
    pub fn classes(&self) -> usize {
        self.apart.len()
    }

    /// The learner that answers.
    pub fn at_hand(&self) -> &GlobalLearner {
        self.class().and_then(|class| self.apart.get(&class)).unwrap_or(&self.shared)
    }

    /// The learner that is taught, made if its class has none yet.
    pub fn to_teach(&mut self) -> &mut GlobalLearner {
        let Some(class) = self.class() else { return &mut self.shared };
        let (shared, options) = (&self.shared, self.options);
        self.apart.entry(class).or_insert_with(|| GlobalLearner::new(shared.state().heir(), options))
    }

    /// See [`GlobalLearner::roll_back`]: of the learner that answers.
    pub fn roll_back(&mut self, number: u64) -> bool {
        let apart = self.class().and_then(|class| self.apart.get_mut(&class));
        apart.unwrap_or(&mut self.shared).roll_back(number)
    }

    /// Objects that wait to be learned from.
    pub fn waiting(&self) -> usize {
        self.all().map(GlobalLearner::waiting).sum()
    }

    /// Works until nothing waits (true) or `stop` says so (false).
    pub fn work(&mut self, trainer: &mut Box<dyn Trainer>, stop: &dyn Fn() -> bool) -> bool {
        let mut done = true;
        for learner in std::iter::once(&mut self.shared).chain(self.apart.values_mut()) {
            done &= learner.work(trainer, stop);
        }
        self.bound();
        done
    }

    /// Forgets everything.
    pub fn reset(&mut self) {
        let State { model, weights, head, .. } = self.shared.state();
        let nothing = State::new(model, weights, head.shape.channels);
        self.shared.replace(nothing);
        self.apart.clear();
    }

    /// All that was learned, as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let classes = self.apart.iter().map(|(class, learner)| (*class, learner.state()));
        Learned::to_bytes(self.shared.state(), classes)
    }

    /// Takes up what [`Learners::to_bytes`] wrote, in place of what was learned here.
    ///
    /// # Errors
    /// See [`Learned::from_bytes`].
    pub fn replace(&mut self, bytes: &[u8]) -> Result<(), crate::ModelError> {
        let Learned { shared, classes } = Learned::from_bytes(bytes, self.shared.state())?;
        self.shared.replace(shared);
        let options = self.options;
        self.apart = classes.into_iter().map(|(class, state)| (class, GlobalLearner::new(state, options))).collect();
        self.bound();
        Ok(())
    }

    fn all(&self) -> impl Iterator<Item = &GlobalLearner> {
        std::iter::once(&self.shared).chain(self.apart.values())
    }

    /// Keeps the samples of all within [`REPLAY_SAMPLES`]; who has most gives its oldest.
    fn bound(&mut self) {
        let count = |learner: &GlobalLearner| learner.state().replay.len();
        for _ in REPLAY_SAMPLES..self.all().map(count).sum::<usize>() {
            let all = std::iter::once(&mut self.shared).chain(self.apart.values_mut());
            if let Some(most) = all.max_by_key(|learner| count(learner)) {
                most.forget_oldest();
            }
        }
    }
}

//! Learning while annotating, seen from the click: which head answers, what is kept for later, what an accepted mask teaches.
//!
//! RAIS (arXiv 2210.10984): *local* parameters follow the clicks of the object at hand and are dropped with it; *global* ones
//! follow the accepted masks of the data set. Both live in a small head on the network's `feature` output
//! ([`limn_inference::adapt`]); the network itself never changes, and no accepted mask is touched.
//!
//! * [`field`]: a prediction at feature resolution; `seen`: what is kept of it until the object is accepted;
//! * [`local`]: parameters for the object at hand, from its clicks and what lies around them ([`reach`]); dropped when it is
//!   accepted;
//! * [`global`]: parameters of the data set, from accepted masks, through a bounded replay buffer of [`sample`]s;
//! * [`learners`]: one for everything or one for each class;
//! * [`trust`]: how far both are followed, by [`evidence`]; [`guard`]: what they may never do;
//! * [`state`]: all that was learned, as data (`bytes`: as a file); [`generations`]: its versions; [`report`]: for people.

mod bytes;
pub mod evidence;
pub mod field;
pub mod generations;
pub mod global;
pub mod guard;
pub mod learners;
mod limits;
pub mod local;
pub mod reach;
pub mod report;
pub mod sample;
pub(crate) mod seen;
pub mod standard;
pub mod state;
pub mod trust;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use limn_inference::adapt::{Head, PlainTrainer, Trainer};

use crate::card::Card;
use crate::crop::CropSquare;
use crate::error::ModelError;
use crate::picture::{Bitmap, Click};
use crate::session::{ClickSession, ProbabilityMap};
use field::PredictionField;
use global::GlobalOptions;
use guard::CellClick;
use learners::Learners;
use local::LocalOptions;
pub use report::LearningReport;
use seen::Seen;
use standard::standardise;
#[cfg(test)]
use state::ObjectRecord;
use state::State;
use trust::Stage;

/// Which parameters learn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Adapt {
    /// Those of the object at hand.
    pub local: bool,
    /// Those of the data set.
    pub global: bool,
}

impl Adapt {
    /// Neither: the frozen network.
    pub const OFF: Self = Self { local: false, global: false };

    fn any(self) -> bool {
        self.local || self.global
    }
}

impl fmt::Display for Adapt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match (self.local, self.global) {
            (false, false) => "off",
            (true, false) => "local",
            (false, true) => "global",
            (true, true) => "both",
        })
    }
}

/// A word that is none of the ways of learning.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no way of learning: use off, local, global or both")]
pub struct UnknownAdapt(String);

impl FromStr for Adapt {
    type Err = UnknownAdapt;

    fn from_str(text: &str) -> Result<Self, UnknownAdapt> {
        let (local, global) = match text {
            "off" => (false, false),
            "local" => (true, false),
            "global" => (false, true),
            "both" => (true, true),
            _ => return Err(UnknownAdapt(text.to_owned())),
        };
        Ok(Self { local, global })
    }
}

/// The learning part of a segmenter.
pub(crate) struct Learning {
    adapt: Adapt,
    /// See [`crate::Segmenter::epoch`].
    epoch: u64,
    learners: Learners,
    local: LocalOptions,
    trainer: Box<dyn Trainer>,
    channels: usize,
    field: PredictionField,
    feature: Vec<f32>,
}

impl Learning {
    /// For the `feature` output, of `channels` channels, of the network that `card` describes; nothing learned, everything off.
    pub(crate) fn new(card: &Card, channels: usize, trainer: Box<dyn Trainer>) -> Self {
        let state = State::new(&card.name, &card.sha256, channels);
        Self {
            adapt: Adapt::OFF,
            epoch: 0,
            learners: Learners::new(state, GlobalOptions::default()),
            local: LocalOptions::default(),
            trainer,
            channels,
            field: PredictionField::default(),
            feature: Vec::new(),
        }
    }

    pub(crate) fn set(&mut self, adapt: Adapt) {
        self.epoch += u64::from(self.adapt != adapt);
        self.adapt = adapt;
    }

    /// See [`crate::Segmenter::epoch`].
    pub(crate) fn epoch(&self) -> u64 {
        self.epoch
    }

    pub(crate) fn adapt(&self) -> Adapt {
        self.adapt
    }

    /// See [`crate::Segmenter::set_per_class`].
    pub(crate) fn set_per_class(&mut self, per_class: bool) {
        self.epoch += u64::from(self.learners.per_class() != per_class);
        self.learners.set_per_class(per_class);
    }

    /// See [`crate::Segmenter::set_class`].
    pub(crate) fn set_class(&mut self, class: Option<i64>) {
        self.learners.set_class(class);
    }

    /// See [`crate::Segmenter::learning`].
    pub(crate) fn report(&self) -> LearningReport {
        let state = self.learners.at_hand().state();
        LearningReport {
            class: self.learners.class(),
            objects: state.objects,
            generation: state.generations.current,
            generations: state.generations.kept.iter().map(|generation| generation.info).collect(),
            trust: Stage::ALL.map(|stage| state.global_scale(stage)),
            local_trust: Stage::ALL.map(|stage| state.local_scale(stage)),
            history: state.history.iter().copied().collect(),
            waiting: self.learners.waiting(),
        }
    }

    /// See [`crate::Segmenter::export_learning`].
    pub(crate) fn export(&self) -> Vec<u8> {
        self.learners.to_bytes()
    }

    /// See [`crate::Segmenter::import_learning`].
    pub(crate) fn import(&mut self, bytes: &[u8]) -> Result<(), ModelError> {
        self.learners.replace(bytes)?;
        self.epoch += 1;
        Ok(())
    }

    /// See [`crate::Segmenter::roll_back`].
    pub(crate) fn roll_back(&mut self, generation: u64) -> bool {
        let found = self.learners.roll_back(generation);
        self.epoch += u64::from(found);
        found
    }

    /// See [`crate::Segmenter::reset_learning`].
    pub(crate) fn reset(&mut self) {
        self.epoch += 1;
        self.learners.reset();
    }

    /// Whether the feature output is wanted at all.
    pub(crate) fn is_on(&self) -> bool {
        self.adapt.any()
    }

    /// Where to read the `feature` output to before [`Learning::answer`].
    pub(crate) fn feature_mut(&mut self) -> &mut Vec<f32> {
        &mut self.feature
    }

    /// Adds the heads' answer to the mask logits (`size` squared) of a prediction in `crop`, for which the network was given the
    /// mask `previous` (`size` squared).
    pub(crate) fn answer(
        &mut self,
        session: &ClickSession,
        crop: &CropSquare,
        size: u32,
        previous: &[f32],
        logits: &mut [f32],
    ) -> Arc<Seen> {
        let clicks = session.clicks();
        let side = (self.feature.len() / self.channels.max(1)).isqrt();
        let cells_a_pixel = side as f64 / f64::from(size);
        let in_cells: Vec<CellClick> = clicks
            .iter()
            .map(|click| {
                let (x, y) = crop.net_from_image(f64::from(click.x), f64::from(click.y), size);
                CellClick { x: (x * cells_a_pixel) as f32, y: (y * cells_a_pixel) as f32, positive: click.positive }
            })
            .collect();
        let place = |click: &Click| crop.net_from_image(f64::from(click.x), f64::from(click.y), size);
        let depth = clicks.last().and_then(|click| reach::depth(previous, size, place(click), click.positive));
        let depth = depth.map(|depth| (depth / crop.scale(size)) as f32);
        let in_image = session.depths().chain([depth]);
        let depths: Vec<Option<f32>> =
            in_image.map(|depth| depth.map(|d| d * (crop.scale(size) * cells_a_pixel) as f32)).collect();
        let radii = reach::radii(&in_cells, &depths);
        self.field.load(&self.feature, self.channels, logits);
        let stage = Stage::of(clicks.len());
        let mut seen = Seen::new(*crop, stage, depth, &self.field, logits);
        seen.class = self.learners.class();
        if let Err(error) = self.ask(&in_cells, &radii, &mut seen) {
            tracing::warn!("the adaptation goes on on the CPU: {error}");
            self.trainer = Box::new(PlainTrainer::default());
            // The plain trainer fails at nothing but lengths that do not fit, which would be the network's fault.
            drop(self.ask(&in_cells, &radii, &mut seen));
        }
        let mut answer = vec![0.0; side * side];
        let parts = [(&seen.global, seen.trust), (&seen.local, self.learners.at_hand().state().local_scale(stage))];
        for (part, scale) in parts.into_iter().filter(|(part, scale)| !part.is_empty() && *scale > 0.0) {
            for (sum, value) in answer.iter_mut().zip(part) {
                *sum += scale * value;
            }
        }
        if answer.iter().any(|&value| value != 0.0) {
            guard::add_guarded(&mut answer, &in_cells, logits);
            seen.shown = answer;
        }
        Arc::new(seen)
    }

    /// The answers of the global head and of a local copy.
    fn ask(&mut self, clicks: &[CellClick], radii: &[f32], seen: &mut Seen) -> Result<(), limn_inference::EngineError> {
        let learner = self.learners.at_hand();
        let state = learner.state();
        let mut start = Head::new(state.head.shape);
        if self.adapt.global && state.generations.current > 0 {
            self.trainer.forward(&state.head, &self.field.cells, &mut seen.global)?;
            seen.trust = state.global_scale(seen.stage);
            start = learner.scaled(seen.trust);
        }
        if self.adapt.local && clicks.len() > 1 {
            if seen.global.is_empty() {
                standardise(&mut start, self.field.cells.chunks_exact(self.channels));
            }
            let now: Vec<f32> = match seen.global.as_slice() {
                [] => vec![0.0; self.field.base.len()],
                answer => answer.iter().map(|y| seen.trust * y).collect(),
            };
            let trainer = self.trainer.as_mut();
            let more = local::adapt(trainer, &start, &now, &self.field, clicks, radii, &self.local)?;
            seen.local = more.unwrap_or_default();
        }
        Ok(())
    }

    /// See [`crate::Segmenter::learn`].
    pub(crate) fn accept(
        &mut self,
        session: &ClickSession,
        accepted: Arc<Bitmap>,
        size: u32,
        stop: &dyn Fn() -> bool,
    ) -> bool {
        if self.adapt.any() {
            let accepted = ProbabilityMap::binary(accepted);
            let (seen, class) = (session.seen().cloned().collect(), self.learners.class());
            self.learners.to_teach().enqueue(seen, accepted, size, self.adapt.global, class);
        }
        self.go_on(stop)
    }

    /// See [`crate::Segmenter::learn_more`].
    pub(crate) fn go_on(&mut self, stop: &dyn Fn() -> bool) -> bool {
        self.learners.work(&mut self.trainer, stop)
    }
}

impl fmt::Debug for Learning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Learning").field("adapt", &self.adapt).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;

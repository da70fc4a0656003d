//! Learning while annotating, seen from the click: which head answers, what is kept for later, what an accepted mask teaches.
//!
//! RAIS (arXiv 2210.10984): *local* parameters follow the clicks of the object at hand and are dropped with it; *global* ones
//! follow the accepted masks of the data set. Both live in a small head on the network's `feature` output
//! ([`limn_inference::adapt`]); the network itself never changes, and no accepted mask is touched.
//!
//! * [`field`]: a prediction at feature resolution;
//! * [`sample`]: what is kept of it;
//! * [`local`]: parameters for the object at hand, from its clicks; dropped when it is accepted;
//! * [`global`]: parameters of the data set, from accepted masks, through a bounded replay buffer.

pub mod field;
pub mod global;
pub mod local;
pub mod sample;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use limn_inference::adapt::{Head, HeadShape};

use crate::crop::CropSquare;
use crate::picture::{Bitmap, Click};
use crate::session::{ClickSession, ProbabilityMap};
use field::{KeptField, PredictionField};
use global::{GlobalLearner, GlobalOptions};
use local::{CellClick, LocalOptions};

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

impl FromStr for Adapt {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (local, global) = match text {
            "off" => (false, false),
            "local" => (true, false),
            "global" => (false, true),
            "both" => (true, true),
            _ => return Err(format!("`{text}` is no way of learning: use off, local, global or both")),
        };
        Ok(Self { local, global })
    }
}

/// What the network saw for one click: material for the global parameters once the object is accepted.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    crop: CropSquare,
    field: KeptField,
}

/// The learning part of a segmenter.
#[derive(Debug)]
pub(crate) struct Learning {
    adapt: Adapt,
    learner: GlobalLearner,
    local: LocalOptions,
    channels: usize,
    field: PredictionField,
    feature: Vec<f32>,
    /// Counts samples, so that each draws other cells.
    seed: u64,
}

impl Learning {
    /// For a `feature` output of `channels` channels; nothing learned, everything off.
    pub(crate) fn new(channels: usize) -> Self {
        Self {
            adapt: Adapt::OFF,
            learner: GlobalLearner::new(channels, GlobalOptions::default()),
            local: LocalOptions::default(),
            channels,
            field: PredictionField::default(),
            feature: Vec::new(),
            seed: 0,
        }
    }

    pub(crate) fn set(&mut self, adapt: Adapt) {
        self.adapt = adapt;
    }

    pub(crate) fn adapt(&self) -> Adapt {
        self.adapt
    }

    pub(crate) fn learner(&self) -> &GlobalLearner {
        &self.learner
    }

    /// Whether the feature output is wanted at all.
    pub(crate) fn is_on(&self) -> bool {
        self.adapt.any()
    }

    /// Where to read the `feature` output to before [`Learning::answer`].
    pub(crate) fn feature_mut(&mut self) -> &mut Vec<f32> {
        &mut self.feature
    }

    /// Adds the head's answer to the mask logits (`size` squared) of a prediction in `crop`.
    pub(crate) fn answer(&mut self, clicks: &[Click], crop: &CropSquare, size: u32, logits: &mut [f32]) -> Arc<Seen> {
        let side = (self.feature.len() / self.channels.max(1)).isqrt();
        self.field.load(&self.feature, [self.channels, side, side], logits);
        let seen = Arc::new(Seen { crop: *crop, field: self.field.keep() });
        let start = if self.adapt.global {
            self.learner.start()
        } else {
            Head::new(HeadShape { channels: self.channels, hidden: global::HIDDEN })
        };
        let mut local = None;
        if self.adapt.local && clicks.len() > 1 {
            let cells_a_pixel = side as f64 / f64::from(size);
            let in_cells: Vec<CellClick> = clicks
                .iter()
                .map(|click| {
                    let (x, y) = crop.net_from_image(f64::from(click.x), f64::from(click.y), size);
                    CellClick { x: (x * cells_a_pixel) as f32, y: (y * cells_a_pixel) as f32, positive: click.positive }
                })
                .collect();
            local = local::adapt(&start, self.field.view(), &in_cells, &self.local);
        }
        self.field.add_answer(local.as_ref().unwrap_or(&start), logits);
        seen
    }

    /// Learns from an accepted object. `stop` ends it early.
    pub(crate) fn accept(&mut self, session: &ClickSession, accepted: &Bitmap, size: u32, stop: &dyn Fn() -> bool) {
        if !self.adapt.global {
            return;
        }
        let map = ProbabilityMap::binary(Arc::new(accepted.clone()));
        let mut net = vec![0.0; (size * size) as usize];
        let mut samples = Vec::new();
        for seen in session.seen() {
            map.resample(&seen.crop, size, &mut net);
            self.seed += 1;
            samples.extend(seen.field.sample(&labels(&net, size as usize, seen.field.len()), self.seed));
        }
        self.learner.accept(samples, stop);
    }
}

/// A cell belongs to the object if more than half of it does.
fn labels(net: &[f32], size: usize, cells: usize) -> Vec<bool> {
    let side = cells.isqrt();
    let factor = size / side.max(1);
    let mut sums = vec![0.0; cells];
    for (row, line) in net.chunks_exact(size).enumerate() {
        for (sum, part) in sums[row / factor * side..][..side].iter_mut().zip(line.chunks_exact(factor)) {
            *sum += part.iter().sum::<f32>();
        }
    }
    let half = (factor * factor) as f32 / 2.0;
    sums.into_iter().map(|sum| sum > half).collect()
}

//! What the network and the heads said for one click: material for the judgement and the global step once the object is accepted.

use half::f16;

use super::field::{PredictionField, add_upsampled, factor};
use super::sample::{long, short};
use super::trust::{Judgement, SCALES, Stage};
use crate::crop::CropSquare;

/// One prediction, kept in half precision (2.1 MB at 384 x 384 with 88 channels).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Seen {
    /// The square of the picture.
    pub crop: CropSquare,
    /// How far the outlining had come.
    pub stage: Stage,
    /// The class whose own head answered, if classes learn apart.
    pub class: Option<i64>,
    /// The newest click's [`depth`](super::reach::depth) in pixels of the picture.
    pub depth: Option<f32>,
    /// Channels of a cell.
    pub channels: usize,
    /// n x channels.
    pub cells: Vec<f16>,
    /// The frozen network's logits at full resolution.
    pub logits: Vec<f16>,
    /// The global head's answer, n, unscaled; empty if there was none.
    pub global: Vec<f32>,
    /// How far it was trusted.
    pub trust: f32,
    /// What the local copy adds to that, n, unscaled; empty if there was none.
    pub local: Vec<f32>,
    /// What was added to the logits in the end, n; empty if nothing.
    pub shown: Vec<f32>,
}

impl Seen {
    /// Keeps a prediction; the answers are added by the caller.
    pub fn new(crop: CropSquare, stage: Stage, depth: Option<f32>, field: &PredictionField, logits: &[f32]) -> Self {
        Self {
            crop,
            stage,
            class: None,
            depth,
            channels: field.channels,
            cells: short(&field.cells),
            logits: short(logits),
            global: Vec::new(),
            trust: 0.0,
            local: Vec::new(),
            shown: Vec::new(),
        }
    }

    /// The frozen network's logits.
    pub fn frozen(&self) -> Vec<f32> {
        long(&self.logits)
    }

    /// IoU of the `frozen` logits plus the global head's answer at each scale with `truth` (a value a logit, above 1/2 is object);
    /// `None` if there was no answer.
    pub fn judge_global(&self, frozen: &[f32], truth: &[f32]) -> Option<Judgement> {
        (!self.global.is_empty()).then(|| ious(frozen, &self.global, SCALES, truth))
    }

    /// The same of what was in force of the global head, plus what a local copy added at each scale.
    pub fn judge_local(&self, frozen: &[f32], truth: &[f32]) -> Option<Judgement> {
        if self.local.is_empty() {
            return None;
        }
        let mut base = frozen.to_vec();
        if !self.global.is_empty() && self.trust > 0.0 {
            let scaled: Vec<f32> = self.global.iter().map(|y| self.trust * y).collect();
            add_upsampled(&scaled, &mut base);
        }
        Some(ious(&base, &self.local, SCALES, truth))
    }

    /// IoU of what was shown, and of the frozen network.
    pub fn judge_shown(&self, frozen: &[f32], truth: &[f32]) -> [f32; 2] {
        ious(frozen, &self.shown, [1.0, 0.0], truth)
    }

    /// The mean of every cell's part of a full-resolution map.
    pub fn to_cells(&self, map: &[f32]) -> Vec<f32> {
        let cells = self.cells.len() / self.channels;
        let (side, factor) = (cells.isqrt(), factor(map.len(), cells));
        let mut means = vec![0.0; cells];
        for (row, line) in map.chunks_exact(side * factor).enumerate() {
            for (mean, values) in means[row / factor * side..][..side].iter_mut().zip(line.chunks_exact(factor)) {
                *mean += values.iter().sum::<f32>() / (factor * factor) as f32;
            }
        }
        means
    }
}

/// IoU with `truth` of `base` plus `answer` (nothing if empty) at each scale; 1 where both are empty.
fn ious<const N: usize>(base: &[f32], answer: &[f32], scales: [f32; N], truth: &[f32]) -> [f32; N] {
    let mut added = vec![0.0; base.len()];
    if !answer.is_empty() {
        add_upsampled(answer, &mut added);
    }
    let (mut both, mut either) = ([0u32; N], [0u32; N]);
    for ((base, added), truth) in base.iter().zip(&added).zip(truth) {
        let object = *truth > 0.5;
        for (k, scale) in scales.iter().enumerate() {
            let said = base + scale * added > 0.0;
            both[k] += u32::from(said && object);
            either[k] += u32::from(said || object);
        }
    }
    std::array::from_fn(|k| if either[k] == 0 { 1.0 } else { both[k] as f32 / either[k] as f32 })
}

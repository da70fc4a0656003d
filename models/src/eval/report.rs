//! The report of an evaluation, as `limn eval --json` writes it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::eval::{EvalOptions, ObjectResult};
use crate::segmenter::Segmenter;

/// Mean numbers of clicks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct NumberOfClicks {
    /// To an IoU of 0.80.
    pub noc80: f64,
    /// To an IoU of 0.85.
    pub noc85: f64,
    /// To an IoU of 0.90.
    pub noc90: f64,
}

/// The objects of one class.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ClassFigures {
    /// Their number.
    pub objects: usize,
    /// NoC over them.
    #[serde(flatten)]
    pub noc: NumberOfClicks,
    /// NoC over the second half of them, in the order they were evaluated.
    pub second_half: NumberOfClicks,
}

/// What an evaluation found. NoC is the mean number of clicks to reach an IoU, counting `max_clicks` for objects that do not.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EvalReport {
    /// Number of objects.
    pub objects: usize,
    /// NoC at 0.80, 0.85 and 0.90.
    #[serde(flatten)]
    pub noc: NumberOfClicks,
    /// The target asked for ...
    pub target: f64,
    /// ... and NoC at that target.
    pub noc_target: f64,
    /// Objects that did not reach 0.90.
    pub failures90: usize,
    /// Mean IoU after 1, 3 and 5 clicks.
    pub iou_at: BTreeMap<String, f64>,
    /// Wall time over all clicks made (simulation, prediction, IoU) by their number.
    pub seconds_per_click: f64,
    /// Clicks an object is given up at.
    pub max_clicks: usize,
    /// Probability threshold.
    pub threshold: f32,
    /// Name of the model.
    pub model: String,
    /// Side of the network's input.
    pub size: u32,
    /// `wgpu`, `ort` or `reference`.
    pub backend: String,
    /// The adapter or library.
    pub device: String,
    /// Learning during evaluation: `off`, `local`, `global` or `both`.
    pub adapt: String,
    /// Whether every class learned for itself.
    pub per_class: bool,
    /// The order of the objects: `file` unless the caller says otherwise.
    pub order: String,
    /// Wall time of learning from an accepted object; not part of the time per click.
    pub learning_seconds_per_object: f64,
    /// NoC over the first half of the objects, in the order they were evaluated ...
    pub first_half: NumberOfClicks,
    /// ... and over the second half.
    pub second_half: NumberOfClicks,
    /// The classes apart, see [`EvalReport::split_by`].
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub classes: BTreeMap<String, ClassFigures>,
    /// Every object.
    pub per_object: Vec<ObjectResult>,
}

impl EvalReport {
    /// Sums up the results of all objects.
    pub fn new(results: Vec<ObjectResult>, options: &EvalOptions, segmenter: &Segmenter) -> Self {
        let info = segmenter.info();
        let most = options.max_clicks;
        let clicks: usize = results.iter().map(|r| r.ious.len()).sum();
        let seconds: f64 = results.iter().map(|r| r.seconds).sum();
        let after = |k: usize| (k.to_string(), mean(results.iter().map(|r| iou_after(r, k))));
        Self {
            objects: results.len(),
            noc: NumberOfClicks::of(&results, most),
            target: options.target,
            noc_target: mean(results.iter().map(|r| clicks_to(r, options.target, most))),
            failures90: results.iter().filter(|r| !r.ious.iter().any(|&iou| iou >= 0.90)).count(),
            iou_at: [1, 3, 5].map(after).into_iter().collect(),
            seconds_per_click: if clicks == 0 { 0.0 } else { seconds / clicks as f64 },
            max_clicks: most,
            threshold: options.threshold,
            model: segmenter.model().to_owned(),
            size: segmenter.size(),
            backend: info.backend.to_string(),
            device: info.device.clone(),
            adapt: segmenter.adapt().to_string(),
            per_class: false,
            order: "file".to_owned(),
            learning_seconds_per_object: mean(results.iter().map(|r| r.learning_seconds)),
            first_half: NumberOfClicks::of(&results[..results.len() / 2], most),
            second_half: NumberOfClicks::of(&results[results.len() / 2..], most),
            classes: BTreeMap::new(),
            per_object: results,
        }
    }

    /// Fills [`EvalReport::classes`]; `class_of` tells an object's class by its name.
    pub fn split_by(&mut self, class_of: impl Fn(&str) -> String) {
        let mut apart: BTreeMap<String, Vec<ObjectResult>> = BTreeMap::new();
        for result in &self.per_object {
            apart.entry(class_of(&result.name)).or_default().push(result.clone());
        }
        let figures = |results: Vec<ObjectResult>| ClassFigures {
            objects: results.len(),
            noc: NumberOfClicks::of(&results, self.max_clicks),
            second_half: NumberOfClicks::of(&results[results.len() / 2..], self.max_clicks),
        };
        self.classes = apart.into_iter().map(|(name, results)| (name, figures(results))).collect();
    }
}

impl NumberOfClicks {
    /// Over some objects; `most` counts for those that do not get there.
    fn of(results: &[ObjectResult], most: usize) -> Self {
        let noc = |target| mean(results.iter().map(|r| clicks_to(r, target, most)));
        Self { noc80: noc(0.80), noc85: noc(0.85), noc90: noc(0.90) }
    }
}

/// Index of the first click that reaches the target, from 1; `most` if none does.
fn clicks_to(result: &ObjectResult, target: f64, most: usize) -> f64 {
    result.ious.iter().position(|&iou| iou >= target).map_or(most, |n| n + 1) as f64
}

/// IoU after `k` clicks; of the last one if fewer were made.
fn iou_after(result: &ObjectResult, k: usize) -> f64 {
    result.ious.get(k - 1).or(result.ious.last()).copied().unwrap_or(0.0)
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = values.fold((0.0, 0u32), |(sum, n), v| (sum + v, n + 1));
    if n == 0 { 0.0 } else { sum / f64::from(n) }
}

//! Learning: what the heads add to a click, and what an accepted object costs, beside the network in the same clicks.

use std::sync::Arc;

use anyhow::Result;
use limn_inference::{BackendKind, EngineOptions};
use limn_models::{Adapt, Card, Click, ClickSession, MaskOptions, RgbLevels, Segmenter};
use serde::Serialize;

use super::{median, timed};

/// Learning through one backend.
#[derive(Debug, Serialize)]
pub struct LearningRow {
    /// `wgpu` or `ort`: where the network runs.
    pub backend: String,
    /// The whole network: a click in a new crop (median).
    pub network_ms: f64,
    /// The global head's answer, at a first click (median) ...
    pub global_answer_ms: f64,
    /// ... and with a local copy trained, at a second click (median).
    pub local_step_ms: f64,
    /// `local_step_ms / network_ms`.
    pub local_to_network: f64,
    /// Learning from an accepted object of three clicks: judgement, samples, all steps (median).
    pub object_ms: f64,
    /// `object_ms / network_ms`.
    pub object_to_network: f64,
    /// The longest time between two questions whether a click waits.
    pub longest_part_ms: f64,
}

/// The same object again and again, with everything learning.
///
/// # Errors
/// What the engine reports.
pub fn measure(
    weights: &[u8],
    card: &Card,
    kind: BackendKind,
    picture: &Arc<dyn RgbLevels>,
    runs: usize,
) -> Result<Option<LearningRow>> {
    let mut segmenter = Segmenter::new(weights, card, &EngineOptions::only(kind))?;
    if !segmenter.set_adapt(Adapt { local: true, global: true }) {
        return Ok(None);
    }
    let (mut network, mut first, mut second, mut object) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let longest = std::cell::Cell::new(0.0f64);
    let [width, height] = picture.size();
    let (x, y) = (width as f32 / 2.0, height as f32 / 2.0);
    for round in 0..=runs {
        let mut session = ClickSession::new(width, height);
        let mut timings = Vec::new();
        for n in 0..3u8 {
            let (dx, positive) = (f32::from(n) * width as f32 / 6.0, n < 1);
            session.add_click(Click { x: x + dx, y, positive });
            timings.push(segmenter.predict(picture, &mut session)?);
        }
        let accepted = Arc::new(session.mask(&MaskOptions::default()));
        let asked = std::cell::Cell::new(std::time::Instant::now());
        let ms = timed(|| {
            segmenter.learn(&session, Arc::clone(&accepted), &|| {
                longest.set(longest.get().max(asked.replace(std::time::Instant::now()).elapsed().as_secs_f64() * 1e3));
                false
            });
            Ok(())
        })?;
        // The first round is the warm-up, and nothing was learned before it.
        if round > 0 {
            network.extend(timings[..2].iter().filter(|t| !t.reused_image_part).map(|t| t.network_ms));
            first.push(timings[0].learning_ms);
            second.extend(timings[1..].iter().map(|t| t.learning_ms));
            object.push(ms);
        } else {
            longest.set(0.0);
        }
    }
    let (network_ms, local_step_ms, object_ms) = (median(&network), median(&second), median(&object));
    Ok(Some(LearningRow {
        backend: kind.to_string(),
        network_ms,
        global_answer_ms: median(&first),
        local_step_ms,
        local_to_network: local_step_ms / network_ms,
        object_ms,
        object_to_network: object_ms / network_ms,
        longest_part_ms: longest.get(),
    }))
}

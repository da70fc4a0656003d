//! `limn bench`: latency side by side with ONNX Runtime in the same run.
//!
//! * [`network`]: the bare network on every backend; [`click`]: whole clicks; [`learning`]: the heads; [`picture`]: what is clicked on;
//!   [`table`]: how it is printed; [`graph`]: every kernel of the wgpu plan.
//!
//! Everything is the median after a warm-up. Runs of different backends take turns, so that a machine that gets slower in
//! between does so for all of them.

pub mod click;
pub mod graph;
pub mod learning;
pub mod network;
pub mod picture;
pub mod table;

use std::time::Instant;

use anyhow::Result;
use limn_inference::{BackendChoice, BackendKind};
use serde::Serialize;

use super::args::{BenchArgs, Common};
use super::{engine, output};

/// Everything that is measured.
#[derive(Debug, Serialize)]
pub struct BenchReport {
    /// Name of the model.
    pub model: String,
    /// Version of the program.
    pub version: &'static str,
    /// Cores of the machine.
    pub cores: usize,
    /// Timed runs (the reference backend gets fewer).
    pub runs: usize,
    /// The bare network.
    pub network: Vec<network::NetworkRow>,
    /// Whole clicks.
    pub clicks: Vec<click::ClickRow>,
    /// Learning while annotating.
    pub learning: Vec<learning::LearningRow>,
    /// Backends that did not run, and why.
    pub missing: Vec<String>,
}

/// Runs the command.
///
/// # Errors
/// A model that cannot be loaded, a backend that fails while it runs.
pub fn run(given: &BenchArgs, common: &Common) -> Result<()> {
    let (card, weights) = engine::load_model(common)?;
    if given.graph {
        return graph::print(&weights, &card);
    }
    let kinds: Vec<BackendKind> = match common.backend {
        None | Some(BackendChoice::Auto) => BackendKind::ALL.to_vec(),
        // ONNX Runtime is what the others are compared with.
        Some(BackendChoice::Only(kind)) => {
            BackendKind::ALL.into_iter().filter(|k| *k == kind || *k == BackendKind::Ort).collect()
        }
    };
    let runs = given.runs as usize;
    let bar = output::bar("bench", common.quiet);
    let (mut network, mut missing) = (Vec::new(), Vec::new());
    for size in [384, 256] {
        bar.set_message(format!("bare network at {size}"));
        network.extend(network::measure(&weights, size, &kinds, runs, &mut missing)?);
    }
    let mut clicks = Vec::new();
    for (width, height) in [(512, 512), (4000, 3000)] {
        bar.set_message(format!("clicks on {width}x{height}"));
        let picture = picture::synthetic(width, height)?;
        for kind in kinds.iter().filter(|kind| **kind != BackendKind::Reference) {
            if network.iter().any(|row| row.backend == kind.to_string()) {
                clicks.extend(click::measure(&weights, &card, *kind, &picture, runs)?);
            }
        }
    }
    bar.set_message("learning");
    let mut rows = Vec::new();
    for kind in kinds.iter().filter(|kind| **kind != BackendKind::Reference) {
        if network.iter().any(|row| row.backend == kind.to_string()) {
            rows.extend(learning::measure(&weights, &card, *kind, &picture::synthetic(512, 512)?, runs)?);
        }
    }
    bar.finish_and_clear();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let version = env!("CARGO_PKG_VERSION");
    let report = BenchReport { model: card.name, version, cores, runs, network, clicks, learning: rows, missing };
    if let Some(path) = &given.json {
        output::write_json(path, &report)?;
    }
    if given.json.as_deref() != Some(std::path::Path::new("-")) {
        table::print(&report);
    }
    Ok(())
}

/// Milliseconds that `work` takes.
fn timed<T>(work: impl FnOnce() -> Result<T>) -> Result<f64> {
    let begun = Instant::now();
    work()?;
    Ok(begun.elapsed().as_secs_f64() * 1e3)
}

/// The median; 0 of nothing.
fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match (sorted.len(), sorted.len() / 2) {
        (0, _) => 0.0,
        (n, middle) if n % 2 == 1 => sorted[middle],
        (_, middle) => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_median_is_the_middle() {
        assert_eq!((median(&[]), median(&[3.0, 1.0, 2.0]), median(&[4.0, 1.0, 2.0, 3.0])), (0.0, 2.0, 2.5));
    }
}

//! The bare network: inputs in, run, outputs out.

use anyhow::Result;
use limn_inference::{BackendKind, EngineOptions, Executor};
use serde::Serialize;

use super::{median, timed};

/// One backend at one size.
#[derive(Debug, Serialize)]
pub struct NetworkRow {
    /// `wgpu`, `ort` or `reference`; `wgpu, f16 weights`.
    pub backend: String,
    /// Adapter or library.
    pub device: String,
    /// Side of the input.
    pub size: usize,
    /// Loading the model: parsing, planning, pipelines.
    pub load_ms: f64,
    /// Both inputs changed, everything runs (median).
    pub run_ms: f64,
    /// The same by ONNX Runtime, as a factor: above 1 is slower.
    pub ratio_to_ort: Option<f64>,
    /// Only `clicks` changed, as on a second click in an unchanged crop (median).
    pub second_click_ms: f64,
    /// That time as a part of `run_ms`.
    pub second_to_first: f64,
    /// Bytes of the buffers for values between nodes; 0 where the backend does not tell.
    pub pool_bytes: u64,
    /// Timed runs.
    pub runs: usize,
}

/// An executor with its samples.
struct Candidate {
    name: String,
    executor: Box<dyn Executor>,
    load_ms: f64,
    whole: Vec<f64>,
    second: Vec<f64>,
    runs: usize,
}

/// Measures every backend that loads, run by run in turns; the others' reasons go to `missing`.
///
/// # Errors
/// A backend that fails while it runs.
pub fn measure(
    weights: &[u8],
    size: usize,
    kinds: &[BackendKind],
    runs: usize,
    missing: &mut Vec<String>,
) -> Result<Vec<NetworkRow>> {
    let shapes: [(&str, &[usize]); 2] = [("image", &[1, 3, size, size]), ("clicks", &[1, 4, size, size])];
    let mut candidates = Vec::new();
    let plain = kinds.iter().map(|&kind| (kind, false));
    let halved = kinds.iter().filter(|kind| **kind == BackendKind::Wgpu).map(|&kind| (kind, true));
    for (kind, half_weights) in plain.chain(halved) {
        let options = EngineOptions { half_weights, ..EngineOptions::only(kind) };
        let name = if half_weights { format!("{kind}, f16 weights") } else { kind.to_string() };
        let mut loaded = None;
        let load_ms = timed(|| {
            loaded = Some(limn_inference::load(weights, &shapes, &options));
            Ok(())
        })?;
        match loaded {
            Some(Ok(executor)) => {
                // Plain Rust takes a second a run; three tell enough.
                let runs = if kind == BackendKind::Reference { runs.min(3) } else { runs };
                candidates.push(Candidate { name, executor, load_ms, whole: Vec::new(), second: Vec::new(), runs });
            }
            Some(Err(error)) => {
                let line = format!("{kind}: {error}");
                if !missing.contains(&line) {
                    missing.push(line);
                }
            }
            None => {}
        }
    }
    let image: Vec<f32> = (0..3 * size * size).map(|i| ((i * 37) % 255) as f32 / 128.0 - 1.0).collect();
    let clicks: Vec<f32> = (0..4 * size * size).map(|i| f32::from(u8::from(i % 5000 < 40))).collect();
    for round in 0..=runs {
        for candidate in candidates.iter_mut().filter(|c| round <= c.runs) {
            let whole = run_once(candidate.executor.as_mut(), Some(&image), &clicks)?;
            let second = run_once(candidate.executor.as_mut(), None, &clicks)?;
            // The first round is the warm-up.
            if round > 0 {
                candidate.whole.push(whole);
                candidate.second.push(second);
            }
        }
    }
    let ort = candidates.iter().find(|c| c.executor.info().backend == BackendKind::Ort).map(|c| median(&c.whole));
    let row = |c: &Candidate| {
        let (info, run_ms, second_click_ms) = (c.executor.info(), median(&c.whole), median(&c.second));
        NetworkRow {
            backend: c.name.clone(),
            device: info.device.clone(),
            size,
            load_ms: c.load_ms,
            run_ms,
            ratio_to_ort: ort.map(|ort| run_ms / ort),
            second_click_ms,
            second_to_first: second_click_ms / run_ms,
            pool_bytes: info.pool_bytes,
            runs: c.whole.len(),
        }
    };
    Ok(candidates.iter().map(row).collect())
}

/// Milliseconds of one run; without `image` that input stays as it was.
fn run_once(executor: &mut dyn Executor, image: Option<&[f32]>, clicks: &[f32]) -> Result<f64> {
    let (mut mask, mut edge) = (Vec::new(), Vec::new());
    timed(|| {
        if let Some(image) = image {
            executor.set_input("image", image)?;
        }
        executor.set_input("clicks", clicks)?;
        executor.run(&["mask", "edge"])?;
        executor.read_output("mask", &mut mask)?;
        executor.read_output("edge", &mut edge)?;
        Ok(())
    })
}

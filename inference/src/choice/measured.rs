//! Which backend is the fastest where nothing tells it beforehand: on a processor without ONNX Runtime.
//!
//! Whether rten, the software adapter or the reference is ahead depends on the processor and on the driver, by a factor of two either
//! way. So each runs the network a few times, once per machine and version of the program; the figures are remembered
//! ([`Speeds`]). Before that rten comes first, because it starts at once and calls no driver.

use std::time::{Duration, Instant};

use super::adapters;
use crate::executor::{BackendChoice, BackendKind, EngineOptions};
use crate::trials::Purpose;
use crate::trials::Speeds;
use crate::{EngineError, onnxruntime};

/// Timed runs of each; the median counts.
const RUNS: usize = 3;

/// What is tried, without a measurement in this order.
pub(super) const CANDIDATES: [BackendKind; 3] = [BackendKind::Rten, BackendKind::Wgpu, BackendKind::Reference];

/// What was measured on this machine before.
#[must_use]
pub fn known(options: &EngineOptions) -> Option<Speeds> {
    options.trials.as_ref()?.speeds(&machine(options))
}

/// Whether the choice of a backend waits for a measurement: the user names none, there is neither a hardware adapter nor ONNX Runtime, and
/// nothing was measured yet.
#[must_use]
pub fn is_wanted(options: &EngineOptions) -> bool {
    options.backend == BackendChoice::Auto
        && options.trials.is_some()
        && !adapters::usable(options).iter().any(|adapter| adapter.kind.is_hardware())
        && onnxruntime::library::load(options.ort_library.as_deref()).is_err()
        && known(options).is_none()
}

/// Runs the network on zeros with every candidate and remembers how long each took. Takes seconds, and up to ten where a driver compiles its
/// shaders for the first time.
///
/// # Errors
/// The model is refused, or nothing can run it.
pub fn measure(onnx: &[u8], input_shapes: &[(&str, &[usize])], options: &EngineOptions) -> Result<Speeds, EngineError> {
    let mut times = Vec::new();
    let mut last = None;
    for kind in CANDIDATES {
        let options = EngineOptions { backend: BackendChoice::Only(kind), ..options.clone() };
        match super::load(onnx, input_shapes, &options).and_then(|mut executor| time(executor.as_mut())) {
            Ok(time) => times.push((kind, time)),
            Err(error) => last = Some(error),
        }
    }
    let speeds = Speeds::new(times);
    if let Some(error) = last.filter(|_| speeds.is_empty()) {
        return Err(error);
    }
    if let Some(trials) = &options.trials
        && let Err(error) = trials.remember(&machine(options), &speeds)
    {
        tracing::warn!("speeds are not remembered: {error}");
    }
    Ok(speeds)
}

fn time(executor: &mut dyn crate::Executor) -> Result<Duration, EngineError> {
    let inputs = executor.inputs().to_vec();
    let output = executor.outputs().first().map(|output| output.name.clone());
    let mut times = Vec::new();
    let mut out = Vec::new();
    for _ in 0..=RUNS {
        let begun = Instant::now();
        for input in &inputs {
            executor.set_input(&input.name, &vec![0.0; input.elements()])?;
        }
        executor.run(&[])?;
        if let Some(name) = &output {
            executor.read_output(name, &mut out)?;
        }
        times.push(begun.elapsed());
    }
    // The first run warms up.
    times.remove(0);
    times.sort();
    Ok(times[RUNS / 2])
}

/// What the figures depend on, on one line.
fn machine(options: &EngineOptions) -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let adapter = adapters::usable(options).first().map(|adapter| adapter.subject(Purpose::Engine));
    let adapter = adapter.map_or_else(String::new, |subject| format!("{} {}", subject.adapter, subject.driver));
    format!("{} {cores} cores {} {adapter}", std::env::consts::ARCH, processor())
}

/// Name of the processor, where the system tells it.
fn processor() -> String {
    let list = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = list.lines().find(|line| line.starts_with("model name"));
    line.and_then(|line| line.split_once(':')).map(|(_, name)| name.trim().to_owned()).unwrap_or_default()
}

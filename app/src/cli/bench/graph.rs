//! `limn bench --graph`: what every kernel of the wgpu plan takes.

use crate::cli::output::say;
use anyhow::Result;
use limn_inference::gpu::{StepTime, WgpuExecutor};
use limn_inference::{BackendKind, EngineOptions, Executor};
use limn_models::Card;

/// Prints every step of the plan at the card's size, and the share of every kind of kernel.
///
/// # Errors
/// No adapter, or a model that wgpu cannot run.
pub fn print(weights: &[u8], card: &Card) -> Result<()> {
    let side = card.input.size as usize;
    let shapes: [(&str, &[usize]); 2] = [("image", &[1, 3, side, side]), ("clicks", &[1, 4, side, side])];
    let graph = limn_inference::compile(weights, &shapes)?;
    let mut executor = WgpuExecutor::new(&graph, &EngineOptions::only(BackendKind::Wgpu), "asked for".to_owned())?;
    executor.set_input("image", &vec![0.1; 3 * side * side])?;
    executor.set_input("clicks", &vec![0.0; 4 * side * side])?;
    let steps = executor.profile(3)?;
    say!("{}: every step on its own, best of 3, {side}x{side}\n", executor.info().device);
    say!("      ms      MMAC  GMAC/s  result               depends on      kernel, node");
    for step in &steps {
        let shape = step.shape.iter().map(ToString::to_string).collect::<Vec<_>>().join("x");
        say!(
            "{:>8.3} {:>9.2} {:>7.1}  {shape:<20} {:<15} {}, {}",
            step.ms,
            step.macs as f64 / 1e6,
            step.macs as f64 / 1e6 / step.ms,
            step.depends.join("+"),
            step.kernel,
            step.node
        );
    }
    say!("\n   share        ms  steps  kernel");
    let total: f64 = steps.iter().map(|s| s.ms).sum();
    for (kernel, ms, count) in by_kernel(&steps) {
        say!("{:>7.1}% {ms:>9.2} {count:>6}  {kernel}", 100.0 * ms / total);
    }
    say!("  100.0% {total:>9.2} {:>6}  all", steps.len());
    let submissions = executor.submissions()?;
    let longest = submissions.iter().copied().fold(0.0, f64::max);
    say!("\n{} submissions, the longest {longest:.1} ms", submissions.len());
    Ok(())
}

/// Milliseconds and number of steps of every kernel (without its defines), the dearest first.
fn by_kernel(steps: &[StepTime]) -> Vec<(String, f64, usize)> {
    let mut sums: Vec<(String, f64, usize)> = Vec::new();
    for step in steps {
        let kernel = step.kernel.split(' ').next().unwrap_or_default();
        match sums.iter_mut().find(|(name, ..)| name == kernel) {
            Some((_, ms, count)) => {
                *ms += step.ms;
                *count += 1;
            }
            None => sums.push((kernel.to_owned(), step.ms, 1)),
        }
    }
    sums.sort_by(|a, b| b.1.total_cmp(&a.1));
    sums
}

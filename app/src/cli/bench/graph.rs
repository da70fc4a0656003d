//! `limn bench --graph`: what every kernel of the wgpu plan takes.

use std::time::Duration;

use crate::cli::output::say;
use anyhow::Result;
use limn_inference::gpu::{Startup, StepTime, WgpuExecutor};
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
    // As a person's start would be, with what earlier ones left.
    let options =
        EngineOptions { trials: crate::engine::user_trials(), insist: true, ..EngineOptions::only(BackendKind::Wgpu) };
    let mut executor = WgpuExecutor::new(&graph, &options, "asked for".to_owned())?;
    let startup = executor.startup().clone();
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
    print_startup(&startup);
    Ok(())
}

/// What the start took, and the kernels whose first dispatch took longest.
fn print_startup(startup: &Startup) {
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    say!(
        "\nstart: {:.0} ms: device {:.0}, plan {:.0}, {} pipelines {:.0}, memory {:.0}, first dispatch of each {:.0}",
        ms(startup.total()),
        ms(startup.device),
        ms(startup.plan),
        startup.first_runs.len(),
        ms(startup.pipelines),
        ms(startup.memory),
        ms(startup.first_run())
    );
    let mut first_runs = startup.first_runs.clone();
    first_runs.sort_by_key(|(_, time)| std::cmp::Reverse(*time));
    for (kernel, time) in first_runs {
        say!("{:>8.1}  {kernel}", ms(time));
    }
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

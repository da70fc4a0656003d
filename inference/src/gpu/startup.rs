//! What building an executor took.

use std::time::{Duration, Instant};

/// The parts of a start, in their order.
#[derive(Clone, Debug, Default)]
pub struct Startup {
    /// Opening the device.
    pub device: Duration,
    /// Graph to steps, and which of them share memory.
    pub plan: Duration,
    /// Translating the shaders and giving them to the driver, on several threads.
    pub pipelines: Duration,
    /// Memory, weights and bind groups.
    pub memory: Duration,
    /// The first dispatch of every pipeline by kernel and defines, in which some drivers compile it.
    pub first_runs: Vec<(String, Duration)>,
}

impl Startup {
    /// All of it.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.device + self.plan + self.pipelines + self.memory + self.first_run()
    }

    /// The first dispatches together.
    #[must_use]
    pub fn first_run(&self) -> Duration {
        self.first_runs.iter().map(|(_, time)| *time).sum()
    }
}

/// The time since `begun`, which is now afterwards.
pub(super) fn lap(begun: &mut Instant) -> Duration {
    let now = Instant::now();
    now - std::mem::replace(begun, now)
}

//! How far long work is, and whether it shall go on.

/// What a caller hands in to follow and to stop long work. Called from worker threads.
pub trait Progress: Sync {
    /// `done` of `total` steps; `what` names the present one.
    fn report(&self, done: u64, total: u64, what: &str);
    /// True once the caller no longer wants the result.
    fn cancelled(&self) -> bool;
}

/// Follows nothing, stops nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn report(&self, _: u64, _: u64, _: &str) {}

    fn cancelled(&self) -> bool {
        false
    }
}

//! What a job and the window know of each other while it runs: how far it is, stop, pause, and its log.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use limn_datasets::Progress;

/// Lines that are kept; of more the first ones go.
const LOG_LINES: usize = 20_000;

/// A line of the log of a run over many objects.
#[derive(Clone, Debug, PartialEq)]
pub enum LogLine {
    /// An object was run.
    Object {
        /// Path of its picture.
        picture: String,
        /// Name of its class.
        class: String,
        /// IoU of the old and the new mask.
        iou: f32,
        /// They disagree.
        disagree: bool,
    },
    /// A picture could not be run, and why.
    Failed(String),
}

/// Between a job's thread and the window.
#[derive(Default)]
pub(super) struct Shared {
    done: AtomicU64,
    total: AtomicU64,
    what: Mutex<String>,
    cancel: AtomicBool,
    paused: Mutex<bool>,
    goes_on: Condvar,
    log: Mutex<Vec<LogLine>>,
    pub ctx: egui::Context,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub fn new(ctx: egui::Context) -> Self {
        Self { ctx, ..Self::default() }
    }

    /// Asks the job to stop; a job that pauses goes on to do so.
    pub fn cancel(&self) {
        self.cancel.store(true, Ordering::Relaxed);
        self.pause(false);
    }

    /// Holds the job at its next step, or lets it go on.
    pub fn pause(&self, paused: bool) {
        *lock(&self.paused) = paused;
        self.goes_on.notify_all();
    }

    pub fn is_paused(&self) -> bool {
        *lock(&self.paused)
    }

    /// Share done (if known) and what is being done.
    pub fn progress(&self) -> (Option<f32>, String) {
        let (done, total) = (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed));
        ((total > 0).then(|| done as f32 / total as f32), lock(&self.what).clone())
    }

    pub fn write(&self, line: LogLine) {
        let mut log = lock(&self.log);
        if log.len() == LOG_LINES {
            log.drain(..LOG_LINES / 10);
        }
        log.push(line);
    }

    /// The log so far.
    pub fn log<R>(&self, look: impl FnOnce(&[LogLine]) -> R) -> R {
        look(&lock(&self.log))
    }
}

impl Progress for Shared {
    fn report(&self, done: u64, total: u64, what: &str) {
        self.done.store(done, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
        what.clone_into(&mut lock(&self.what));
        self.ctx.request_repaint();
    }

    /// Also waits while the job is to pause.
    fn cancelled(&self) -> bool {
        let mut paused = lock(&self.paused);
        while *paused {
            // A wait without an end would outlive a window that closes.
            let waited = self.goes_on.wait_timeout(paused, Duration::from_secs(1));
            paused = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        self.cancel.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn a_paused_job_waits_and_stops_when_it_is_cancelled() {
        let shared = Arc::new(Shared::default());
        assert!(!shared.cancelled());
        shared.pause(true);
        let (sender, answer) = channel();
        let theirs = Arc::clone(&shared);
        let thread = std::thread::spawn(move || sender.send(theirs.cancelled()));
        assert!(answer.recv_timeout(Duration::from_millis(30)).is_err(), "it waits");
        shared.cancel();
        assert_eq!(answer.recv(), Ok(true));
        assert!(thread.join().is_ok() && !shared.is_paused());
    }

    #[test]
    fn the_log_keeps_the_newest_lines() {
        let shared = Shared::default();
        for i in 0..LOG_LINES + 5 {
            shared.write(LogLine::Failed(i.to_string()));
        }
        let last = LogLine::Failed((LOG_LINES + 4).to_string());
        shared.log(|log| assert!(log.len() <= LOG_LINES && log.last() == Some(&last)));
    }
}

//! Whether the changes of the project are on disk. The store writes them behind; what it cannot write waits, is told by a bar, and is
//! tried again by itself and by a button.

use std::time::{Duration, Instant};

use super::app::LimnApp;
use super::lang::{self, t, tf};
use super::toasts::Kind;

/// How long until what could not be written is tried again.
const AGAIN: Duration = Duration::from_secs(10);

/// What is known of it.
#[derive(Debug, Default)]
pub struct Written {
    /// Why they could not be written, and when that is tried again.
    failed: Option<(String, Instant)>,
    /// The project was to be closed although so many changes wait that cannot be written: once more, and it is.
    warned: Option<usize>,
}

impl LimnApp {
    /// Follows the store, once a frame.
    pub(super) fn follow_store(&mut self) {
        let written = &mut self.opened.written;
        // What is known stays while a job has the project.
        let Some(project) = &mut self.opened.project else { return };
        let (news, now) = (project.news(), Instant::now());
        let (waiting, stuck) = (project.unwritten() > 0, project.is_stuck());
        if let Some(error) = news {
            written.failed = Some((error.reason(), now + AGAIN));
        }
        match &mut written.failed {
            Some((_, at)) if stuck && *at <= now => {
                *at = now + AGAIN;
                project.write_again();
            }
            Some((_, at)) if stuck => self.ctx.request_repaint_after(*at - now),
            Some(_) if !waiting => {
                (written.failed, written.warned) = (None, None);
                self.toasts.add(Kind::Good, t(lang::SAY_WRITTEN_AFTER_ALL));
            }
            _ => {}
        }
    }

    /// How many changes wait because they could not be written, and why.
    pub fn unwritten(&self) -> Option<(usize, &str)> {
        let (why, _) = self.opened.written.failed.as_ref()?;
        let count = self.project()?.unwritten();
        (count > 0).then_some((count, why.as_str()))
    }

    pub(super) fn write_again(&self) {
        if let Some(project) = self.project() {
            project.write_again();
        }
    }

    /// Asked to close the project, or to open another, while changes wait that cannot be written, it stays once and this is said.
    pub(super) fn stays_for_unwritten(&mut self) -> bool {
        let Some((count, why)) = self.unwritten().map(|(count, why)| (count, why.to_owned())) else { return false };
        if self.opened.written.warned.replace(count) == Some(count) {
            return false;
        }
        self.toasts.add(Kind::Error, tf(lang::SAY_CLOSE_LOSES, &[&count, &why]));
        self.write_again();
        true
    }
}

//! Watches the folder of the project; says only that something about its pictures changed.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use limn_datasets::media::is_picture;
use notify_debouncer_full::notify::{RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, Debouncer, RecommendedCache, new_debouncer};

/// A watched folder; dropping it ends the watch.
pub struct Watch {
    changed: Arc<AtomicBool>,
    _debouncer: Debouncer<RecommendedWatcher, RecommendedCache>,
}

/// Copying many pictures gives one change.
const QUIET: Duration = Duration::from_millis(500);

impl Watch {
    /// Begins to watch `root` and what is below.
    ///
    /// # Errors
    /// When the system cannot watch it (too many watches, a network folder).
    pub fn start(root: &Path, ctx: egui::Context) -> Result<Self, notify_debouncer_full::notify::Error> {
        let changed = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&changed);
        let mut debouncer = new_debouncer(QUIET, None, move |result: DebounceEventResult| {
            let Ok(events) = result else { return };
            // The project file itself changes with every edit: only pictures and folders count.
            let counts = |p: &Path| is_picture(p) || p.extension().is_none();
            let touched =
                |e: &notify_debouncer_full::DebouncedEvent| !e.kind.is_access() && e.paths.iter().any(|p| counts(p));
            if events.iter().any(touched) {
                flag.store(true, Ordering::Release);
                ctx.request_repaint();
            }
        })?;
        debouncer.watch(root, RecursiveMode::Recursive)?;
        Ok(Self { changed, _debouncer: debouncer })
    }

    /// Something changed since the last call.
    pub fn changed(&self) -> bool {
        self.changed.swap(false, Ordering::AcqRel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn a_new_picture_is_noticed_and_the_project_file_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let watch = Watch::start(dir.path(), egui::Context::default()).unwrap();
        std::fs::write(dir.path().join("a.limn"), b"x").unwrap();
        std::thread::sleep(3 * QUIET);
        assert!(!watch.changed());
        std::fs::write(dir.path().join("a.png"), b"x").unwrap();
        // The system may be slow; ten seconds is a limit for giving up, not an expectation.
        let begun = Instant::now();
        while !watch.changed() {
            assert!(begun.elapsed() < Duration::from_secs(10), "the new picture was not noticed");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

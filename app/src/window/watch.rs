//! Watches the folder of the project; says which files of it changed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use limn_datasets::media::is_picture;
use notify_debouncer_full::notify::{RecommendedWatcher, RecursiveMode};
use notify_debouncer_full::{DebounceEventResult, Debouncer, RecommendedCache, new_debouncer};

/// What changed since it was asked last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changed {
    paths: BTreeSet<PathBuf>,
    /// Events were lost: anything may have changed.
    anything: bool,
}

/// Of more files than this it is only known that many changed.
const MOST: usize = 10_000;

impl Changed {
    /// Only this file.
    pub fn file(path: PathBuf) -> Self {
        Self { paths: [path].into(), anything: false }
    }

    fn is_empty(&self) -> bool {
        self.paths.is_empty() && !self.anything
    }

    /// The files, if they are all pictures: folders may hold others that changed with them.
    pub fn pictures(&self) -> Option<impl Iterator<Item = &Path>> {
        let known = !self.anything && self.paths.iter().all(|path| is_picture(path));
        known.then(|| self.paths.iter().map(PathBuf::as_path))
    }

    /// Whether a file may be among them, itself or with its folder.
    pub fn touches(&self, file: &Path) -> bool {
        self.anything || file.ancestors().any(|path| self.paths.contains(path))
    }
}

/// A watched folder; dropping it ends the watch.
pub struct Watch {
    changed: Arc<Mutex<Changed>>,
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
        let changed = Arc::new(Mutex::new(Changed::default()));
        let theirs = Arc::clone(&changed);
        // Events may name files by another way than the pictures are named by.
        let (real, given) = (root.canonicalize().unwrap_or_else(|_| root.to_path_buf()), root.to_path_buf());
        let mut debouncer = new_debouncer(QUIET, None, move |result: DebounceEventResult| {
            let mut changed = theirs.lock().unwrap_or_else(PoisonError::into_inner);
            match result {
                Ok(events) => {
                    // A read is no change.
                    let events = events.into_iter().filter(|event| !event.kind.is_access());
                    for path in events.flat_map(|event| event.event.paths).filter(|path| counts(path)) {
                        let inside = path.strip_prefix(&real).map(|inside| given.join(inside));
                        changed.paths.insert(inside.unwrap_or(path));
                    }
                    if changed.paths.len() > MOST {
                        changed.paths.clear();
                        changed.anything = true;
                    }
                }
                // A queue that ran over has lost what happened.
                Err(errors) => {
                    tracing::warn!("the folder may have changed unseen: {errors:?}");
                    changed.anything = true;
                }
            }
            if !changed.is_empty() {
                drop(changed);
                ctx.request_repaint();
            }
        })?;
        debouncer.watch(root, RecursiveMode::Recursive)?;
        Ok(Self { changed, _debouncer: debouncer })
    }

    /// What changed since the last call, if anything did. Ask only when it can be acted upon.
    pub fn changed(&self) -> Option<Changed> {
        let mut changed = self.changed.lock().unwrap_or_else(PoisonError::into_inner);
        (!changed.is_empty()).then(|| std::mem::take(&mut *changed))
    }
}

/// Pictures, and whatever may be a folder with pictures; the files that the program itself writes beside them are not.
fn counts(path: &Path) -> bool {
    let own = ["limn", "limn-wal", "limn-shm", "limn-journal", "limn-lock", "lock", "learned", "part", "json"];
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    is_picture(path) || (!path.is_file() && !own.contains(&extension))
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
        assert_eq!(watch.changed(), None);
        std::fs::write(dir.path().join("a.png"), b"x").unwrap();
        // The system may be slow; ten seconds is a limit for giving up, not an expectation.
        let begun = Instant::now();
        let changed = loop {
            if let Some(changed) = watch.changed() {
                break changed;
            }
            assert!(begun.elapsed() < Duration::from_secs(10), "the new picture was not noticed");
            std::thread::sleep(Duration::from_millis(50));
        };
        assert!(changed.touches(&dir.path().join("a.png")) && !changed.touches(&dir.path().join("b.png")));
    }

    #[test]
    fn a_folder_with_a_dot_in_its_name_counts_with_all_that_is_in_it() {
        let folder = PathBuf::from("pictures/v1.2");
        assert!(counts(&folder) && !counts(Path::new("pictures/pictures.limn-wal")));
        let changed = Changed { paths: [folder.clone()].into(), anything: false };
        assert!(changed.touches(&folder.join("deep/a.png")) && !changed.touches(Path::new("pictures/a.png")));
        assert!(Changed { anything: true, ..Changed::default() }.touches(Path::new("x")));
    }
}

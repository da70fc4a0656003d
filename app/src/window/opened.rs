//! The project that is open, and what of it is still to be written.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use limn_datasets::{Document, ImageRecord, Project};
use serde_json::{Map, Value};

use super::place::Place;
use super::written::Written;

/// The view state is written this long after it changed.
const VIEW_STATE_AFTER: Duration = Duration::from_millis(400);

/// Documents of more objects go on a thread of their own.
const MANY: usize = 10_000;

/// What was read of the view state and not understood.
#[derive(Clone, Debug, Default)]
pub struct NotUnderstood {
    /// Masks that were begun.
    pub drafts: Vec<Value>,
    /// Anything else.
    pub fields: Map<String, Value>,
}

/// The project that is open.
#[derive(Default)]
pub struct Opened {
    /// Which opening of a project this is.
    pub place: Place,
    /// The project, unless a job has it at the moment.
    pub project: Option<Project>,
    /// What is shown while a job has the project.
    pub meanwhile: Arc<Document>,
    /// Changes whenever the document may have changed.
    pub edits: u64,
    /// Whether the changes are on disk.
    pub written: Written,
    /// When the view state is to be written.
    pub view_state_due: Option<Instant>,
    /// What the view state holds that this version does not understand; it is written back.
    pub not_understood: NotUnderstood,
}

impl Opened {
    /// The document (an empty one when none is open).
    pub fn document(&self) -> &Document {
        self.project.as_ref().map_or(&self.meanwhile, Project::document)
    }

    /// The file of a picture.
    pub fn path_of(&self, image: &ImageRecord) -> Option<PathBuf> {
        Some(self.project.as_ref()?.image_path(&image.path))
    }

    /// The project goes to a job; its document stays in sight.
    pub fn lend(&mut self) -> Option<Project> {
        let mut project = self.project.take()?;
        // What a job changes is on disk when it says so.
        project.wait_from_now_on();
        self.meanwhile = project.shared_document();
        Some(project)
    }

    /// The project comes, or comes back from a job. In the window its changes are written behind.
    pub fn take_back(&mut self, mut project: Option<Project>, ctx: &egui::Context) {
        if let Some(project) = &mut project {
            let ctx = ctx.clone();
            if let Err(error) = project.write_behind(move || ctx.request_repaint()) {
                tracing::warn!("changes are written at once: {error}");
            }
        }
        self.project = project;
        self.forget_meanwhile();
    }

    /// The document that was shown while a job had the project is needed no more. A large one takes a while to go.
    fn forget_meanwhile(&mut self) {
        let gone = std::mem::take(&mut self.meanwhile);
        if gone.object_count() > MANY {
            let thread = std::thread::Builder::new().name("forgetting".to_owned());
            if let Err(error) = thread.spawn(move || drop(gone)) {
                tracing::debug!("no thread: {error}");
            }
        }
    }

    /// Nothing is open any more; what belongs to the place before means nothing at the one that comes.
    pub fn close(&mut self) {
        self.project = None;
        self.forget_meanwhile();
        self.place = self.place.next();
        self.written = Written::default();
    }

    /// The view state is to be written soon.
    pub fn touch_view_state(&mut self, ctx: &egui::Context) {
        self.view_state_due.get_or_insert(Instant::now() + VIEW_STATE_AFTER);
        ctx.request_repaint_after(VIEW_STATE_AFTER);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_job_has_stays_in_sight() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("a.pgm"), b"P5\n2 1\n255\nab").expect("a picture");
        let mut opened = Opened { project: Project::open_folder(folder.path()).ok(), ..Opened::default() };
        let place = opened.place;
        let lent = opened.lend().expect("a project");
        assert_eq!((opened.project.is_none(), opened.document().images().len()), (true, 1));
        opened.take_back(Some(lent), &egui::Context::default());
        assert_eq!((opened.document().images().len(), opened.meanwhile.images().len()), (1, 0));
        opened.close();
        assert!(opened.lend().is_none() && opened.document().images().is_empty() && opened.place != place);
    }
}

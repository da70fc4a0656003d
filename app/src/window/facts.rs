//! What can be asked of the window: by its panels, and by tests that look at what a key or a click has done.

use limn_datasets::{ClassId, Document, ImageId, ObjectId, Project};
use limn_models::learning::LearningReport;

use super::app::{EngineState, LimnApp};
use super::draft::Draft;
use super::jobs::Job;

impl LimnApp {
    /// The document that is open (an empty one when none is).
    pub fn document(&self) -> &Document {
        self.project.as_ref().map_or(&self.document, Project::document)
    }

    /// A project is open.
    pub fn is_open(&self) -> bool {
        self.project.is_some() || self.job.as_ref().is_some_and(Job::holds_project)
    }

    /// The project, unless an export or import has it at the moment.
    pub fn project(&self) -> Option<&Project> {
        self.project.as_ref()
    }

    /// The picture that is shown.
    pub fn current(&self) -> Option<ImageId> {
        self.current
    }

    /// The picture is read and drawn.
    pub fn picture_is_ready(&self) -> bool {
        self.picture.is_some()
    }

    /// Why the picture cannot be shown.
    pub fn picture_error(&self) -> Option<&str> {
        self.picture_error.as_deref()
    }

    /// A worker's answer or an export is outstanding.
    pub fn is_busy(&self) -> bool {
        self.job.is_some()
            || self.draft.as_ref().is_some_and(Draft::pending)
            || self.engine == EngineState::Starting
            || (self.current.is_some() && self.picture.is_none() && self.picture_error.is_none())
    }

    /// The mask of the object at hand.
    pub fn draft_mask(&self) -> Option<&limn_datasets::Mask> {
        self.draft.as_ref().and_then(|d| d.mask.as_ref())
    }

    /// Number of clicks of the object at hand.
    pub fn draft_clicks(&self) -> usize {
        self.draft.as_ref().map_or(0, |d| d.clicks().len())
    }

    /// Texts of the messages that are shown.
    pub fn messages(&self) -> Vec<String> {
        self.toasts.texts().map(str::to_owned).collect()
    }

    /// The selected object.
    pub fn selected(&self) -> Option<ObjectId> {
        self.selected
    }

    /// Something lies above the window and waits for an answer.
    pub fn is_dialog_open(&self) -> bool {
        self.dialog.is_some()
    }

    /// All selected objects; the first one is what others are combined with.
    pub fn selection(&self) -> Vec<ObjectId> {
        let Some(first) = self.selected else { return Vec::new() };
        let here = |id: &ObjectId| self.document().object(*id).is_some_and(|o| Some(o.image) == self.current);
        let also = self.also.iter().copied().filter(|id| *id != first && here(id));
        std::iter::once(first).chain(also).filter(here).collect()
    }

    /// Whether an object is selected.
    pub fn is_selected(&self, id: ObjectId) -> bool {
        self.selected == Some(id) || (self.selected.is_some() && self.also.contains(&id))
    }

    /// The class of the next object.
    pub fn class(&self) -> Option<ClassId> {
        self.class
    }

    /// How the learning stands.
    pub fn learning(&self) -> &LearningReport {
        &self.learning
    }

    /// The keyboard's pointer, in picture coordinates.
    pub fn cursor(&self) -> Option<[f32; 2]> {
        self.cursor
    }

    /// State of the engine.
    pub fn engine(&self) -> &EngineState {
        &self.engine
    }

    /// Where a point of the picture is on the screen.
    pub fn ui_from_image(&self, x: f32, y: f32) -> egui::Pos2 {
        self.view.ui_from_image(self.canvas, egui::pos2(x, y))
    }
}

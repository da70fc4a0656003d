//! What can be asked of the window: by its panels, and by tests that look at what a key or a click has done.

use limn_datasets::{ClassId, Document, ImageId, Object, ObjectId, Project};
use limn_models::learning::LearningReport;

use super::app::{EngineState, LimnApp};
use super::draft::Draft;
use super::jobs::Job;
use super::theme;

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
        self.shown.current
    }

    /// The picture is read and drawn.
    pub fn picture_is_ready(&self) -> bool {
        self.shown.picture().is_some()
    }

    /// Why the picture cannot be shown.
    pub fn picture_error(&self) -> Option<&str> {
        self.shown.error.as_deref()
    }

    /// Why a part of the picture cannot be read.
    pub fn unread_part(&self) -> Option<&str> {
        self.tiles.failed()
    }

    /// How many tiles of a level of the picture are on the GPU.
    pub fn tiles_of_level(&self, level: usize) -> usize {
        self.tiles.count(level)
    }

    /// A worker's answer or an export is outstanding.
    pub fn is_busy(&self) -> bool {
        self.job.is_some()
            || self.draft.as_ref().is_some_and(Draft::pending)
            || !self.wished.is_empty()
            || self.engine == EngineState::Starting
            || self.shown.is_waited_for()
    }

    /// The mask of the object at hand.
    pub fn draft_mask(&self) -> Option<&limn_datasets::Mask> {
        self.draft.as_ref().and_then(|d| d.mask.as_ref())
    }

    /// Corners of the polygon that is not closed yet, and whether it adds.
    pub fn ring(&self) -> (Vec<[f32; 2]>, bool) {
        self.draft.as_ref().map_or((Vec::new(), true), Draft::ring)
    }

    /// Something is at hand that is not accepted yet.
    pub fn is_at_hand(&self) -> bool {
        self.draft.as_ref().is_some_and(|d| !d.is_empty() || d.correcting.is_some())
    }

    /// A mask of this picture was begun and is not accepted yet.
    pub fn has_open_draft(&self, image: ImageId) -> bool {
        let here = |draft: &Draft| draft.image == image && !draft.is_empty();
        self.parked.contains_key(&image) || self.draft.as_ref().is_some_and(here)
    }

    /// The pictures with masks that were begun and are not accepted yet, in their order.
    pub fn open_drafts(&self) -> Vec<ImageId> {
        let here = self.draft.as_ref().filter(|d| !d.is_empty()).map(|d| d.image);
        let mut all: Vec<ImageId> = self.parked.keys().copied().chain(here).collect();
        all.sort_by_key(|id| self.document().image_position(*id));
        all.dedup();
        all
    }

    /// The colour in which an object is drawn: that of its class, or one of its own.
    pub(super) fn color_of(&self, object: &Object) -> egui::Color32 {
        let class = self.document().class(object.class).map_or([128; 3], |c| c.color);
        let own = || theme::CLASS_COLORS[object.id.0.unsigned_abs() as usize % theme::CLASS_COLORS.len()];
        theme::class_color(if self.settings.color_by_object { own() } else { class })
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
        let here = |id: &ObjectId| self.document().object(*id).is_some_and(|o| Some(o.image) == self.shown.current);
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
        self.shown.cursor
    }

    /// State of the engine.
    pub fn engine(&self) -> &EngineState {
        &self.engine
    }

    /// Where a point of the picture is on the screen.
    pub fn ui_from_image(&self, x: f32, y: f32) -> egui::Pos2 {
        self.shown.view.ui_from_image(self.shown.canvas, egui::pos2(x, y))
    }
}

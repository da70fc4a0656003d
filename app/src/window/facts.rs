//! What can be asked of the window: by its panels, and by tests that look at what a key or a click has done.

use limn_datasets::{Class, ClassId, Document, ImageId, ImageState, Mask, Object, ObjectId, Project, Rerun};
use limn_models::learning::LearningReport;

use super::app::{EngineState, LimnApp};
use super::draft::Draft;
use super::draft::timeline::Newest;
use super::jobs::Job;
use super::lang::{self, Text};
use super::theme;

impl LimnApp {
    /// The document that is open (an empty one when none is).
    pub fn document(&self) -> &Document {
        self.opened.document()
    }

    /// A project is open.
    pub fn is_open(&self) -> bool {
        self.opened.project.is_some() || self.job.as_ref().is_some_and(Job::holds_project)
    }

    /// The project, unless an export or import has it at the moment.
    pub fn project(&self) -> Option<&Project> {
        self.opened.project.as_ref()
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
        self.local.layers.tiles.failed()
    }

    /// How many tiles of a level of the picture are on the GPU.
    pub fn tiles_of_level(&self, level: usize) -> usize {
        self.local.layers.tiles.count(level)
    }

    /// A worker's answer or an export is outstanding.
    pub fn is_busy(&self) -> bool {
        self.job.is_some()
            || self.host.rescan.is_running()
            || self.project().is_some_and(|project| project.unwritten() > 0 && !project.is_stuck())
            || self.drawing.is_pending()
            || self.engine.state == EngineState::Starting
            || self.shown.is_waited_for()
    }

    /// The mask of the object at hand.
    pub fn draft_mask(&self) -> Option<&limn_datasets::Mask> {
        self.drawing.mask()
    }

    /// Corners of the polygon that is not closed yet, and whether it adds.
    pub fn ring(&self) -> (Vec<[f32; 2]>, bool) {
        self.drawing.ring()
    }

    /// Something is at hand that is not accepted yet.
    pub fn is_at_hand(&self) -> bool {
        self.drawing.is_at_hand()
    }

    /// A mask of this picture was begun and is not accepted yet.
    pub fn has_open_draft(&self, image: ImageId) -> bool {
        self.drawing.is_open_in(image)
    }

    /// The pictures with masks that were begun and are not accepted yet, in their order.
    pub fn open_drafts(&self) -> Vec<ImageId> {
        let here = self.drawing.draft.as_ref().filter(|d| !d.is_empty()).map(|d| d.image);
        let mut all: Vec<ImageId> = self.drawing.parked.keys().copied().chain(here).collect();
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
        self.drawing.draft.as_ref().map_or(0, |d| d.clicks().len())
    }

    /// Texts of the messages that are shown.
    pub fn messages(&self) -> Vec<String> {
        self.toasts.texts().map(str::to_owned).collect()
    }

    /// The selected object.
    pub fn selected(&self) -> Option<ObjectId> {
        self.selection.selected
    }

    /// Something lies above the window and waits for an answer.
    pub fn is_dialog_open(&self) -> bool {
        self.dialog.is_some()
    }

    /// All selected objects; the first one is what others are combined with.
    pub fn selection(&self) -> Vec<ObjectId> {
        let Some(first) = self.selection.selected else { return Vec::new() };
        let here = |id: &ObjectId| self.document().object(*id).is_some_and(|o| Some(o.image) == self.shown.current);
        let also = self.selection.also.iter().copied().filter(|id| *id != first && here(id));
        std::iter::once(first).chain(also).filter(here).collect()
    }

    /// Whether an object is selected.
    pub fn is_selected(&self, id: ObjectId) -> bool {
        self.selection.has(id)
    }

    /// The class of the next object.
    pub fn class(&self) -> Option<ClassId> {
        self.selection.class
    }

    /// How the learning stands.
    pub fn learning(&self) -> &LearningReport {
        &self.engine.learning
    }

    /// The keyboard's pointer, in picture coordinates.
    pub fn cursor(&self) -> Option<[f32; 2]> {
        self.shown.cursor
    }

    /// State of the engine.
    pub fn engine(&self) -> &EngineState {
        &self.engine.state
    }

    /// Where a point of the picture is on the screen.
    pub fn ui_from_image(&self, x: f32, y: f32) -> egui::Pos2 {
        self.shown.view.ui_from_image(self.shown.canvas, egui::pos2(x, y))
    }

    /// The class the object at hand has (when it is corrected) or will get.
    pub(super) fn class_of_draft(&self, draft: &Draft) -> Option<&Class> {
        let document = self.document();
        let own = draft.correcting.and_then(|id| document.object(id)).map(|o| o.class);
        document.class(own.or(self.selection.class)?)
    }

    /// The file name of a picture, for messages.
    pub(super) fn name_of(&self, image: limn_datasets::ImageId) -> String {
        self.document().image(image).map_or_else(String::new, |i| i.file_name().to_owned())
    }

    /// How many masks wait.
    pub fn proposals(&self) -> usize {
        self.document().waiting().len()
    }

    /// The selected object, if a new mask of it waits.
    pub(super) fn proposal(&self) -> Option<(&Object, &Rerun)> {
        let object = self
            .document()
            .object(self.selection.selected?)
            .filter(|o| waits(o) && Some(o.image) == self.shown.current)?;
        object.rerun.as_ref().map(|rerun| (object, rerun))
    }

    /// What undo takes back next.
    pub(super) fn next_undo(&self) -> Option<Newest> {
        let position =
            self.opened.project.as_ref().filter(|p| p.can_undo().is_some()).map_or(0, |p| p.history_position());
        self.drawing.timeline.newest(self.drawing.draft.as_ref(), position)
    }

    /// The mask without learning, while its key is held.
    pub fn frozen_mask(&self) -> Option<&Mask> {
        self.drawing.frozen_mask()
    }
}

fn waits(object: &Object) -> bool {
    object.rerun.as_ref().is_some_and(|rerun| rerun.proposal.is_some())
}

/// The rectangle of an object in the picture, as an egui rectangle.
pub(super) fn view_rect_of(object: &Object) -> Option<egui::Rect> {
    rect_of(&object.mask)
}

/// The rectangle of a mask in the picture, as an egui rectangle.
pub(super) fn rect_of(mask: &Mask) -> Option<egui::Rect> {
    let b = mask.bounds()?;
    let corner = |x: u32, y: u32| egui::pos2(x as f32, y as f32);
    Some(egui::Rect::from_min_max(corner(b.x0, b.y0), corner(b.x1, b.y1)))
}

/// The digit that chooses a class: its own, else its place in the list where no other class has that digit.
pub fn digit_of(document: &Document, class: &Class) -> Option<u8> {
    let classes = document.classes();
    let place = || u8::try_from(classes.iter().position(|c| c.id == class.id)? + 1).ok();
    let free = |digit: &u8| *digit <= 9 && !classes.iter().any(|c| c.hotkey == Some(*digit));
    class.hotkey.or_else(|| place().filter(free))
}

/// What a state is called.
pub fn state_name(state: ImageState) -> Text {
    match state {
        ImageState::Open => lang::STATE_OPEN,
        ImageState::Done => lang::STATE_DONE,
        ImageState::Checked => lang::STATE_CHECKED,
        ImageState::Rejected => lang::STATE_REJECTED,
    }
}

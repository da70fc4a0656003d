//! The state of the window, and what happens in each frame: drain the threads, draw, apply the commands.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use limn_datasets::{ClassId, Document, ImageId, ObjectId, Project};
use limn_inference::BackendChoice;
use limn_models::MaskOptions;
use limn_models::learning::LearningReport;

use super::apply::{Frozen, Hover};
use super::canvas::overlay::Overlay;
use super::canvas::tiles::Tiles;
use super::canvas::tools::{Gesture, Tool};
use super::canvas::view::View;
use super::command::Command;
use super::dialogs::Dialog;
use super::draft::{Draft, SavedDraft};
use super::fonts::Fonts;
use super::jobs::Job;
use super::lang::{self, Language, t, tf};
use super::panels::Local;
use super::picker::{Ask, FilePicker, NativePicker};
use super::picture::{Loader, Pyramid};
use super::predictor::{EngineInfo, PredictorFactory, real_factory};
use super::settings::Settings;
use super::stamp::{Stamp, Templates};
use super::thumbs::Thumbs;
use super::toasts::{Kind, Toasts};
use super::watch::Watch;
use super::worker::{Event, Worker};
use super::{WindowOptions, canvas, dialogs, keymap, keys, panels, theme};

/// Makes the predictor factory for given settings.
pub type Engines = Box<dyn Fn(&Settings) -> PredictorFactory>;

/// What the window is put together from; tests bring their own.
pub struct Pieces {
    /// File dialogs.
    pub picker: Box<dyn FilePicker>,
    /// Engines.
    pub engines: Engines,
    /// Where settings are kept; nowhere when `None`.
    pub settings_path: Option<PathBuf>,
    /// What the command line overrules in the settings, for this run only.
    pub options: WindowOptions,
    /// Watches the folder of the project for new pictures.
    pub watch: bool,
}

impl Pieces {
    /// The real ones.
    pub fn native(options: &WindowOptions) -> Self {
        Self {
            picker: Box::new(NativePicker::default()),
            engines: Box::new(real_factory),
            settings_path: Settings::default_path(),
            options: options.clone(),
            watch: true,
        }
    }
}

/// State of the engine, for the status bar.
#[derive(Clone, Debug, PartialEq)]
pub enum EngineState {
    /// Being made.
    Starting,
    /// Answers.
    Ready(EngineInfo),
    /// None works.
    Failed,
}

/// Time of the last click.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClickTime {
    /// The network alone.
    pub network_ms: f64,
    /// From the click to the mask.
    pub whole_ms: f64,
}

/// The window.
pub struct LimnApp {
    pub(super) ctx: egui::Context,
    pub(super) fonts: Fonts,
    pub(super) settings: Settings,
    pub(super) settings_path: Option<PathBuf>,
    pub(super) options: WindowOptions,
    pub(super) engines: Engines,
    pub(super) picker: Box<dyn FilePicker>,
    pub(super) worker: Worker,
    pub(super) loader: Loader,
    pub(super) thumbs: Thumbs,
    pub(super) watching: bool,
    pub(super) watch: Option<Watch>,
    pub(super) job: Option<Job>,

    pub(super) project: Option<Project>,
    /// What is shown while a job has the project.
    pub(super) document: Document,
    pub(super) current: Option<ImageId>,
    pub(super) picture: Option<Arc<Pyramid>>,
    pub(super) picture_error: Option<String>,
    pub(super) wanted_since: Instant,
    pub(super) view: View,
    pub(super) views: BTreeMap<ImageId, View>,
    pub(super) class: Option<ClassId>,
    pub(super) selected: Option<ObjectId>,
    /// Selected besides.
    pub(super) also: BTreeSet<ObjectId>,
    pub(super) mask_options: MaskOptions,
    pub(super) masks_shown: bool,

    pub(super) draft: Option<Draft>,
    pub(super) parked: BTreeMap<ImageId, SavedDraft>,
    pub(super) next_draft: u64,
    pub(super) next_ticket: u64,

    pub(super) engine: EngineState,
    pub(super) click_time: Option<ClickTime>,
    pub(super) toasts: Toasts,
    pub(super) dialog: Option<Dialog>,
    pub(super) local: Local,
    pub(super) tiles: Tiles,
    pub(super) overlay: Overlay,
    pub(super) draft_overlay: Overlay,
    pub(super) gesture: Gesture,
    pub(super) tool: Tool,
    pub(super) hover: Hover,
    pub(super) copied: Option<Stamp>,
    pub(super) templates: Templates,
    pub(super) learning: LearningReport,
    pub(super) frozen: Frozen,
    pub(super) canvas: egui::Rect,
    /// Changes whenever what the overlay shows may have changed.
    pub(super) revision: u64,
    /// The same for the object at hand.
    pub(super) draft_revision: u64,
    /// The keyboard's pointer, in picture coordinates.
    pub(super) cursor: Option<[f32; 2]>,
    /// Changes whenever the document may have changed.
    pub(super) edits: u64,
    pub(super) view_state_due: Option<Instant>,
}

/// The spinner appears after this long.
pub(super) const SPINNER_AFTER: Duration = Duration::from_millis(300);
/// The view state is written this long after it changed.
const VIEW_STATE_AFTER: Duration = Duration::from_millis(400);

impl LimnApp {
    /// Puts the window together and starts its threads.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn new(ctx: &egui::Context, pieces: Pieces) -> std::io::Result<Self> {
        let settings = pieces.settings_path.as_deref().map(Settings::load).unwrap_or_default();
        let templates = super::apply::load_templates(pieces.settings_path.as_deref());
        lang::set(settings.language);
        keys::install(&settings.keys);
        let mut fonts = Fonts::install(ctx);
        if settings.language == Language::Chinese {
            fonts.need(ctx, "");
        }
        theme::install(ctx);
        ctx.set_theme(egui::ThemePreference::from(settings.theme));
        ctx.set_zoom_factor(settings.scale.clamp(0.6, 2.5));
        // Ctrl with plus and minus must zoom the picture's view settings only through our own keys.
        ctx.options_mut(|o| o.zoom_with_keyboard = false);
        let effective = effective(&settings, &pieces.options);
        let worker = Worker::start(ctx.clone(), (pieces.engines)(&effective), choice(&effective))?;
        let loader = Loader::start(ctx.clone())?;
        Ok(Self {
            ctx: ctx.clone(),
            fonts,
            settings,
            settings_path: pieces.settings_path,
            options: pieces.options,
            engines: pieces.engines,
            picker: pieces.picker,
            worker,
            loader,
            thumbs: Thumbs::start(ctx.clone())?,
            watching: pieces.watch,
            watch: None,
            job: None,
            project: None,
            document: Document::default(),
            current: None,
            picture: None,
            picture_error: None,
            wanted_since: Instant::now(),
            view: View::default(),
            views: BTreeMap::new(),
            class: None,
            selected: None,
            also: BTreeSet::new(),
            mask_options: MaskOptions::default(),
            masks_shown: true,
            draft: None,
            parked: BTreeMap::new(),
            next_draft: 0,
            next_ticket: 0,
            engine: EngineState::Starting,
            click_time: None,
            toasts: Toasts::default(),
            dialog: None,
            local: Local::default(),
            tiles: Tiles::default(),
            overlay: Overlay::default(),
            draft_overlay: Overlay::default(),
            gesture: Gesture::default(),
            tool: Tool::default(),
            hover: Hover::default(),
            copied: None,
            templates,
            learning: LearningReport::default(),
            frozen: Frozen::default(),
            canvas: egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(800.0, 600.0)),
            revision: 0,
            draft_revision: 0,
            edits: 0,
            cursor: None,
            view_state_due: None,
        })
    }

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

    /// The settings with what the command line overrules.
    pub(super) fn effective_settings(&self) -> Settings {
        effective(&self.settings, &self.options)
    }

    /// Takes in what the threads have to say.
    fn drain(&mut self) {
        while let Some(event) = self.worker.event() {
            match event {
                Event::Ready(info) => self.engine = EngineState::Ready(info),
                Event::Failed(text) => {
                    if self.engine == EngineState::Starting {
                        self.engine = EngineState::Failed;
                    }
                    self.toasts.error(text);
                }
                Event::Answer(answer) => self.take_answer(answer),
                Event::Preview(answer) => self.take_preview(answer),
                Event::Frozen(answer) => self.take_frozen(answer),
                Event::Learning(report) => self.learning = *report,
                Event::Done(text) => self.toasts.add(Kind::Good, tf(lang::SAY_LEARNING_DONE, &[&text])),
            }
        }
        while let Some(loaded) = self.loader.next() {
            self.take_picture(loaded);
        }
        while let Some(answer) = self.picker.answer() {
            match answer.path {
                Some(path) => self.take_path(answer.ask, path),
                None if answer.failed => self.toasts.error(t(lang::SAY_NO_FILE_DIALOG)),
                None => {}
            }
        }
        if self.watch.as_ref().is_some_and(Watch::changed) && self.project.is_some() {
            self.apply(Command::Rescan);
        }
        self.poll_job();
        if self.fonts.poll(&self.ctx) {
            self.toasts.error(t(lang::SAY_NO_FONT));
        }
        self.poll_hover();
    }

    fn take_path(&mut self, ask: Ask, path: PathBuf) {
        match ask {
            Ask::Folder | Ask::Picture | Ask::Project => self.apply(Command::Open(path)),
            Ask::LearnedIn => self.take_learned_path(path, true),
            Ask::LearnedOut => self.take_learned_path(path, false),
            Ask::ClassList => self.apply(Command::ImportClasses(path)),
            Ask::SaveClassList => self.apply(Command::ExportClasses(path)),
            Ask::ExportTo | Ask::ImportFile | Ask::ImportFolder | Ask::OrtLibrary => {
                dialogs::take_path(&mut self.local, ask, &path);
            }
        }
    }

    fn dropped_files(&mut self) {
        let dropped: Vec<PathBuf> =
            self.ctx.input(|i| i.raw.dropped_files.iter().map(|f| f.path().to_path_buf()).collect());
        if let Some(path) = dropped.into_iter().next() {
            self.apply(Command::Open(path));
        }
    }

    /// The view state is to be written soon.
    pub(super) fn touch_view_state(&mut self) {
        self.view_state_due.get_or_insert(Instant::now() + VIEW_STATE_AFTER);
        self.ctx.request_repaint_after(VIEW_STATE_AFTER);
    }

    /// The document changed: what is kept of it anywhere is made anew.
    pub(super) fn touch_document(&mut self) {
        self.edits += 1;
        self.touch_overlay();
    }

    /// Only what is being drawn changed.
    pub(super) fn touch_draft(&mut self) {
        self.draft_revision += 1;
    }

    /// The overlay is to be drawn anew.
    pub(super) fn touch_overlay(&mut self) {
        self.revision += 1;
        self.draft_revision += 1;
    }

    /// One frame without a screen around it: what the threads have to say, then everything drawn.
    pub fn headless(&mut self, ui: &mut egui::Ui) {
        self.drain();
        self.show(ui);
    }

    /// Draws everything into `ui` and applies what was asked for.
    fn show(&mut self, ui: &mut egui::Ui) {
        let mut out = Vec::new();
        if self.dialog.is_none() && self.job.is_none() {
            out.extend(keymap::commands(ui.ctx()));
        } else if self.dialog == Some(Dialog::Help) {
            // The key that opened the page closes it too, whichever key that is now.
            let closes = |c: &Command| matches!(c, Command::ToggleHelp | Command::DropDraft);
            if keymap::commands(ui.ctx()).iter().any(closes) {
                out.push(Command::CloseDialog);
            }
        }
        let mut local = std::mem::take(&mut self.local);
        panels::show(ui, self, &mut local, &mut out);
        dialogs::show(ui.ctx(), self, &mut local, &mut out);
        self.local = local;
        self.toasts.show(ui.ctx());
        panels::drop_hint(ui.ctx());
        for command in out {
            self.apply(command);
        }
    }
}

impl eframe::App for LimnApp {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.drain();
        self.dropped_files();
        let closing = ctx.input(|i| i.viewport().close_requested());
        let now = Instant::now();
        if closing || self.view_state_due.is_some_and(|due| due <= now) {
            self.save_view_state();
        } else if let Some(due) = self.view_state_due {
            // A frame that was asked for may come a little early: ask again until it is time.
            ctx.request_repaint_after(due - now);
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        let begun = Instant::now();
        self.show(ui);
        tracing::trace!("frame: {:?} here, {:?} s before", begun.elapsed(), frame.info().cpu_usage);
    }

    fn on_exit(&mut self) {
        self.save_view_state();
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        theme::palette_of(visuals.dark_mode).panel.to_normalized_gamma_f32()
    }
}

fn effective(settings: &Settings, options: &WindowOptions) -> Settings {
    let mut settings = settings.clone();
    if let Some(backend) = &options.backend {
        settings.backend = backend.to_string();
    }
    if options.model.is_some() {
        settings.model.clone_from(&options.model);
    }
    settings
}

/// The backend of the settings; one that is not known counts as "auto".
pub(super) fn choice(settings: &Settings) -> BackendChoice {
    settings.backend.parse().unwrap_or(BackendChoice::Auto)
}

pub(super) use canvas::view_rect_of;

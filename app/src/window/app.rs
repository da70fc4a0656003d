//! The state of the window.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use limn_datasets::{ClassId, Document, ImageId, ObjectId, Project};
use limn_inference::BackendChoice;
use limn_models::MaskOptions;
use limn_models::learning::LearningReport;

use super::apply::{Frozen, Hover, NotUnderstood};
use super::canvas::overlay::Overlay;
use super::canvas::tiles::Tiles;
use super::canvas::tools::{Gesture, Tool};
use super::dialogs::Dialog;
use super::draft::timeline::Timeline;
use super::draft::{Draft, SavedDraft};
use super::fonts::Fonts;
use super::heard::gate::Gate;
use super::jobs::{Job, LogLine};
use super::lang::{self, Language};
use super::panels::Local;
use super::picker::{FilePicker, NativePicker};
use super::picture::Loader;
use super::place::Place;
use super::settings::Settings;
use super::shown::Shown;
use super::stamp::{Stamp, Templates};
use super::thumbs::Thumbs;
use super::toasts::Toasts;
use super::watch::Watch;
use super::worker::Worker;
use super::{WindowOptions, canvas, keys, theme};
use crate::engine::{EngineInfo, PredictorFactory, real_factory};

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
            engines: Box::new(|settings| real_factory(settings.model.clone(), settings.ort_library.clone())),
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
    /// What the last run over many objects said.
    pub(super) rerun_log: Vec<LogLine>,
    /// Where in the history the last run over many objects began and ended.
    pub(super) rerun_steps: Option<(usize, usize)>,
    /// How many new masks were taken and how many refused since the last run over many objects.
    pub(super) judged: [usize; 2],
    /// Only the new (or only the old) mask is shown, while a key is held.
    pub(super) judged_side: Option<bool>,

    /// Which opening of a project this is.
    pub(super) place: Place,
    pub(super) project: Option<Project>,
    /// What is shown while a job has the project.
    pub(super) document: Document,
    pub(super) shown: Shown,
    pub(super) class: Option<ClassId>,
    pub(super) selected: Option<ObjectId>,
    /// Selected besides.
    pub(super) also: BTreeSet<ObjectId>,
    pub(super) mask_options: MaskOptions,
    /// Parts of the network's masks below this share are left out.
    pub(super) crumbs: f32,
    pub(super) masks_shown: bool,

    pub(super) draft: Option<Draft>,
    pub(super) parked: BTreeMap<ImageId, SavedDraft>,
    /// Accepted before their masks were there, and left behind.
    pub(super) wished: Vec<Draft>,
    /// In which order things were done.
    pub(super) timeline: Timeline,
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
    /// Changes whenever what the overlay shows may have changed.
    pub(super) revision: u64,
    /// The same for the object at hand.
    pub(super) draft_revision: u64,
    /// Changes whenever the document may have changed.
    pub(super) edits: u64,
    pub(super) view_state_due: Option<Instant>,
    /// What the view state holds that this version does not understand; it is written back.
    pub(super) not_understood: NotUnderstood,
    pub(super) settings_due: Option<Instant>,
    /// When something was written to the project last.
    pub(super) saved_at: Option<SystemTime>,
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
        let (settings, damaged) = pieces.settings_path.as_deref().map(Settings::load).unwrap_or_default();
        let (templates, also_damaged) = super::apply::load_templates(pieces.settings_path.as_deref());
        lang::set(settings.language);
        keys::install(&settings.keys);
        ctx.add_plugin(Gate::default());
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
        let mut toasts = Toasts::default();
        for kept in [damaged, also_damaged].into_iter().flatten() {
            toasts.error(lang::tf(lang::SAY_KEPT_ASIDE, &[&kept.display()]));
        }
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
            rerun_log: Vec::new(),
            rerun_steps: None,
            judged: [0; 2],
            judged_side: None,
            place: Place::default(),
            project: None,
            document: Document::default(),
            shown: Shown::default(),
            class: None,
            selected: None,
            also: BTreeSet::new(),
            mask_options: MaskOptions::default(),
            crumbs: super::draft::clean::CRUMBS,
            masks_shown: true,
            draft: None,
            parked: BTreeMap::new(),
            wished: Vec::new(),
            timeline: Timeline::default(),
            next_draft: 0,
            next_ticket: 0,
            engine: EngineState::Starting,
            click_time: None,
            toasts,
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
            revision: 0,
            draft_revision: 0,
            edits: 0,
            view_state_due: None,
            not_understood: NotUnderstood::default(),
            settings_due: None,
            saved_at: None,
        })
    }

    /// The settings with what the command line overrules.
    pub(super) fn effective_settings(&self) -> Settings {
        effective(&self.settings, &self.options)
    }

    /// The view state is to be written soon.
    pub(super) fn touch_view_state(&mut self) {
        self.view_state_due.get_or_insert(Instant::now() + VIEW_STATE_AFTER);
        self.ctx.request_repaint_after(VIEW_STATE_AFTER);
    }

    /// The settings are to be written soon; a slider changes them many times a second.
    pub(super) fn touch_settings(&mut self) {
        self.settings_due.get_or_insert(Instant::now() + VIEW_STATE_AFTER);
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

//! The state of the window, in parts that each keep themselves in order.

use std::path::PathBuf;
use std::time::Duration;

use super::clipboard::Clipboard;
use super::dialog::Dialog;
use super::drawing::Drawing;
pub use super::engine::{ClickTime, EngineState};
use super::engine::{Engine, Engines};
use super::fonts::Fonts;
use super::heard::gate::Gate;
use super::host::Host;
use super::jobs::Job;
use super::lang::{self, Language};
use super::last_run::LastRun;
use super::opened::Opened;
use super::panels::Local;
use super::picker::{FilePicker, NativePicker};
use super::pictures::Pictures;
use super::preferences::Preferences;
use super::rescan::Rescan;
use super::revision::Revision;
use super::selection::Selection;
use super::settings::Settings;
use super::shown::Shown;
use super::toasts::Toasts;
use super::{WindowOptions, keys, theme};
use crate::engine::real_factory;

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

/// The window.
pub struct LimnApp {
    pub(super) ctx: egui::Context,
    pub(super) host: Host,
    pub(super) settings: Preferences,
    pub(super) engine: Engine,
    pub(super) pictures: Pictures,
    pub(super) opened: Opened,
    /// Work that takes a while; nothing is edited while it goes on.
    pub(super) job: Option<Job>,
    pub(super) last_run: LastRun,
    pub(super) shown: Shown,
    pub(super) selection: Selection,
    pub(super) drawing: Drawing,
    pub(super) clipboard: Clipboard,
    pub(super) revision: Revision,
    pub(super) toasts: Toasts,
    pub(super) dialog: Option<Dialog>,
    pub(super) local: Local,
}

/// The spinner appears after this long.
pub(super) const SPINNER_AFTER: Duration = Duration::from_millis(300);

impl LimnApp {
    /// Puts the window together and starts its threads.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn new(ctx: &egui::Context, pieces: Pieces) -> std::io::Result<Self> {
        let (settings, damaged) = pieces.settings_path.as_deref().map(Settings::load).unwrap_or_default();
        let (clipboard, also_damaged) = Clipboard::of(pieces.settings_path.as_deref());
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
        let engine = Engine::start(ctx.clone(), pieces.engines, &settings, pieces.options)?;
        let mut toasts = Toasts::default();
        for kept in [damaged, also_damaged].into_iter().flatten() {
            toasts.error(lang::tf(lang::SAY_KEPT_ASIDE, &[&kept.display()]));
        }
        Ok(Self {
            ctx: ctx.clone(),
            host: Host { picker: pieces.picker, fonts, rescan: Rescan::default(), watching: pieces.watch, watch: None },
            settings: Preferences::new(settings, pieces.settings_path),
            engine,
            pictures: Pictures::start(ctx)?,
            opened: Opened::default(),
            job: None,
            last_run: LastRun::default(),
            shown: Shown::default(),
            selection: Selection::default(),
            drawing: Drawing::default(),
            clipboard,
            revision: Revision::default(),
            toasts,
            dialog: None,
            local: Local::default(),
        })
    }

    /// The document changed: what is kept of it anywhere is made anew.
    pub(super) fn touch_document(&mut self) {
        self.opened.edits += 1;
        self.revision.touch();
    }
}

//! The engine as the window sees it: the thread that answers clicks, what it said of itself, and how another one is made.

use limn_inference::BackendChoice;
use limn_models::learning::LearningReport;

use super::WindowOptions;
use super::settings::Settings;
use super::worker::Worker;
use crate::engine::{EngineInfo, PredictorFactory};

/// Makes the predictor factory for given settings.
pub type Engines = Box<dyn Fn(&Settings) -> PredictorFactory>;

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

/// The engine of the window.
pub struct Engine {
    /// The inference thread.
    pub worker: Worker,
    /// How it is.
    pub state: EngineState,
    /// How long the last click took.
    pub click_time: Option<ClickTime>,
    /// How the learning stands.
    pub learning: LearningReport,
    engines: Engines,
    options: WindowOptions,
}

impl Engine {
    /// Starts the thread, which makes its engine by the settings and by what the command line overrules for this run.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        ctx: egui::Context,
        engines: Engines,
        settings: &Settings,
        options: WindowOptions,
    ) -> std::io::Result<Self> {
        let effective = effective(settings, &options);
        let worker = Worker::start(ctx, engines(&effective), choice(&effective))?;
        let (state, learning) = (EngineState::Starting, LearningReport::default());
        Ok(Self { worker, state, click_time: None, learning, engines, options })
    }

    /// What makes an engine by these settings, and of which kind.
    pub fn factory(&self, settings: &Settings) -> (PredictorFactory, BackendChoice) {
        let effective = effective(settings, &self.options);
        ((self.engines)(&effective), choice(&effective))
    }

    /// What the person chooses now goes before what the command line said.
    pub fn forget_command_line(&mut self) {
        self.options = WindowOptions::default();
    }

    /// Makes a new engine by these settings.
    pub fn restart(&mut self, settings: &Settings) {
        self.state = EngineState::Starting;
        let (factory, choice) = self.factory(settings);
        self.worker.restart(factory, choice);
    }

    /// The engine answers.
    pub fn is_ready(&self) -> bool {
        matches!(self.state, EngineState::Ready(_))
    }
}

/// The settings with what the command line overrules.
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
fn choice(settings: &Settings) -> BackendChoice {
    settings.backend.parse().unwrap_or(BackendChoice::Auto)
}

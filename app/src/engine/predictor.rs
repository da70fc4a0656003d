//! What window and runs need of an engine, as a trait: the real one is [`limn_models::Segmenter`], tests bring their own.

use std::path::PathBuf;
use std::sync::Arc;

use limn_inference::{BackendChoice, BackendKind, EngineOptions};
use limn_models::{ClickSession, ModelError, Registry, RgbError, RgbLevels, Segmenter, Timing};

use super::folders::{user_model_dirs, user_trials};

/// Which engine answers, for the status bar.
#[derive(Clone, Debug, PartialEq)]
pub struct EngineInfo {
    /// Name of the model.
    pub model: String,
    /// Backend.
    pub backend: BackendKind,
    /// Adapter or library.
    pub device: String,
    /// Why this backend.
    pub reason: String,
}

/// Why a prediction failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PredictError {
    /// The device is gone; a new one may work.
    #[error("{0}")]
    DeviceLost(String),
    /// Nobody waits for the answer any more: the person left the picture while a part of it was being read.
    #[error("nobody waits for this answer any more")]
    Stopped,
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

/// A network bound to an executor. It lives on the inference thread.
pub trait Predictor {
    /// What answers.
    fn info(&self) -> &EngineInfo;
    /// Runs the network for the present clicks of `session`.
    ///
    /// # Errors
    /// See [`PredictError`]; the session may be half written then.
    fn predict(&mut self, image: &Arc<dyn RgbLevels>, session: &mut ClickSession) -> Result<Timing, PredictError>;
    /// What learns; `None` if nothing does.
    fn segmenter(&mut self) -> Option<&mut Segmenter> {
        None
    }
}

/// Makes predictors on the inference thread; an error is one line for the person.
pub type PredictorFactory = Arc<dyn Fn(BackendChoice) -> Result<Box<dyn Predictor>, String> + Send + Sync>;

struct Real {
    segmenter: Segmenter,
    info: EngineInfo,
}

impl Predictor for Real {
    fn info(&self) -> &EngineInfo {
        &self.info
    }

    fn segmenter(&mut self) -> Option<&mut Segmenter> {
        Some(&mut self.segmenter)
    }

    fn predict(&mut self, image: &Arc<dyn RgbLevels>, session: &mut ClickSession) -> Result<Timing, PredictError> {
        self.segmenter.predict(image, session).map_err(|error| match &error {
            ModelError::Engine(engine) if engine.needs_new_executor() => PredictError::DeviceLost(error.to_string()),
            ModelError::Picture(RgbError::Stopped) => PredictError::Stopped,
            _ => PredictError::Other(error.to_string()),
        })
    }
}

/// A segmenter as a predictor.
pub fn of_segmenter(segmenter: Segmenter) -> Box<dyn Predictor> {
    let found = segmenter.info();
    let info = EngineInfo {
        model: segmenter.model().to_owned(),
        backend: found.backend,
        device: found.device.clone(),
        reason: found.reason.clone(),
    };
    Box::new(Real { segmenter, info })
}

/// The factory of the real engine: with this model (a name, or the path of a card; `None`: the usual one) and this library of ONNX
/// Runtime (`None`: where it is found).
pub fn real_factory(model: Option<String>, ort_library: Option<PathBuf>) -> PredictorFactory {
    Arc::new(move |backend| {
        let make = || -> Result<Box<dyn Predictor>, ModelError> {
            let mut registry = Registry::load(&user_model_dirs())?;
            let card = registry.find(model.as_deref())?;
            let weights = registry.weights(&card)?;
            let trials = user_trials();
            let options =
                EngineOptions { backend, ort_library: ort_library.clone(), trials, ..EngineOptions::default() };
            let segmenter = Segmenter::new(&weights, &card, &options)?;
            measure_once(weights, card, options);
            Ok(of_segmenter(segmenter))
        };
        make().map_err(|error| error.to_string())
    })
}

/// Finds out beside the work which backend is the fastest here, where nothing tells it beforehand; the next start uses it.
fn measure_once(weights: Vec<u8>, card: limn_models::Card, options: EngineOptions) {
    static ONCE: std::sync::Once = std::sync::Once::new();
    if options.backend != BackendChoice::Auto {
        return;
    }
    ONCE.call_once(|| {
        let work = move || {
            if !limn_inference::measured::is_wanted(&options) {
                return;
            }
            match Segmenter::measure(&weights, &card, &options) {
                Ok(speeds) => tracing::info!("measured: {speeds}"),
                Err(error) => tracing::warn!("the backends could not be measured: {error}"),
            }
        };
        if let Err(error) = std::thread::Builder::new().name("limn-measure".to_owned()).spawn(work) {
            tracing::warn!("no thread to measure the backends: {error}");
        }
    });
}

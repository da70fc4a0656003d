//! From the person's choices to an engine that answers clicks; the command line, runs over many objects and the window stand on it.
//!
//! * `predictor`: an engine as a trait, so that tests bring their own, and the real one
//! * `folders`: where this user's models lie, what is noted about graphics drivers, and where tiles of pictures go

mod folders;
mod predictor;

pub use folders::{tile_cache, user_model_dirs, user_trials};
pub use predictor::{EngineInfo, PredictError, Predictor, PredictorFactory, of_segmenter, real_factory};

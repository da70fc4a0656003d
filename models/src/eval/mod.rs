//! The standard protocol of interactive segmentation (as in the RITM code): simulated clicks at the centre of the largest
//! error until the target is reached.

pub mod distance;
pub mod protocol;
pub mod report;

pub use protocol::{EvalObject, evaluate, evaluate_object};
pub use report::{ClassFigures, EvalReport, NumberOfClicks};

/// How to evaluate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EvalOptions {
    /// IoU at which an object is done.
    pub target: f64,
    /// Clicks at which it is given up.
    pub max_clicks: usize,
    /// A pixel is predicted as object if its probability is above this.
    pub threshold: f32,
}

impl Default for EvalOptions {
    fn default() -> Self {
        Self { target: 0.90, max_clicks: 20, threshold: 0.49 }
    }
}

/// IoU after each click on one object.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct ObjectResult {
    /// Name of the object.
    pub name: String,
    /// IoU after the first, second, ... click.
    pub ious: Vec<f64>,
    /// Wall time of all clicks: simulation, prediction, IoU.
    pub seconds: f64,
    /// Wall time of learning from the accepted mask.
    pub learning_seconds: f64,
}

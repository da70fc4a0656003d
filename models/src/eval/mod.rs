//! The standard protocol of interactive segmentation (as in the RITM code): simulated clicks at the centre of the largest
//! error until the target is reached.

pub mod distance;
pub mod protocol;
pub mod report;

pub use protocol::{EvalObject, EvalOptions, ObjectResult, evaluate, evaluate_object};
pub use report::{ClassFigures, EvalReport, NumberOfClicks};

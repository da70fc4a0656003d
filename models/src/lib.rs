//! Model cards and registry, click sessions (crop policy, disks, paste back), evaluation protocol.
//!
//! Must not know: documents, windows.
//!
//! * [`card`], [`registry`]: what a model file must be, and where models are found;
//! * [`picture`]: pictures, bitmaps, clicks; all coordinates are pixel edges (pixel i covers [i, i+1));
//! * [`crop`]: which square of the picture the network sees;
//! * [`resample`]: from that square to the network's input and back;
//! * [`session`]: the state of one object being outlined, with undo and redo of its clicks;
//! * [`regions`]: components, holes and small areas of a mask;
//! * [`segmenter`]: the network bound to an executor: one prediction for the state of a session;
//! * [`learning`]: local and global parameters: what clicks and accepted masks teach;
//! * [`eval`]: the standard click protocol.

pub mod card;
pub mod crop;
pub mod error;
pub mod eval;
pub mod learning;
pub mod picture;
pub mod regions;
pub mod registry;
pub mod resample;
pub mod segmenter;
pub mod session;

pub use card::Card;
pub use crop::CropSquare;
pub use error::ModelError;
pub use learning::Adapt;
pub use learning::generations::GenerationInfo;
pub use learning::report::LearningReport;
pub use learning::state::ObjectRecord;
pub use limn_raster::level_size;
pub use picture::{Bitmap, Click, PixelRect, Rgb8, RgbError, RgbLevels, WholeRgb};
pub use regions::MaskOptions;
pub use registry::Registry;
pub use segmenter::{Segmenter, Timing};
pub use session::{ClickSession, ProbabilityMap};

//! What can go wrong with models and predictions; each message says what, where and how to mend.

use std::path::PathBuf;

use limn_files::{FileError, shown};
use limn_inference::EngineError;
use limn_raster::RgbError;

/// Errors of this crate. `Display` is one line.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A card could not be read.
    #[error("cannot read model card: {0}")]
    CardUnreadable(FileError),
    /// A card is not valid TOML or lacks a field.
    #[error("bad model card {}: {reason}; compare it with models/cards/edgeflow-lite0.toml", shown(path))]
    CardInvalid {
        /// The card.
        path: PathBuf,
        /// What is wrong, on one line.
        reason: String,
    },
    /// No card of that name is known.
    #[error(
        "no model named {name:?}: known are {known}; put its card and ONNX file into a folder named in LIMN_MODELS, or give the card's path"
    )]
    UnknownModel {
        /// What was asked for.
        name: String,
        /// The names that exist, comma separated.
        known: String,
    },
    /// The weights file that a card names is not there.
    #[error("model {model}: there are no weights at {}; put the file beside its card", shown(path))]
    WeightsMissing {
        /// Name of the model.
        model: String,
        /// Where the file was expected.
        path: PathBuf,
    },
    /// The weights file that a card names cannot be read.
    #[error("model {model}: cannot read its weights: {error}")]
    WeightsUnreadable {
        /// Name of the model.
        model: String,
        /// What keeps it from being read.
        error: FileError,
    },
    /// The weights file is not the one the card describes. Its own sum is not told: whoever wrote the card chose the name.
    #[error(
        "model {model}: {} does not have the sha256 that its card says ({expected}); fetch the right file or correct the card",
        shown(path)
    )]
    WrongSum {
        /// Name of the model.
        model: String,
        /// The weights file.
        path: PathBuf,
        /// The card's sum.
        expected: String,
    },
    /// A tensor of the ONNX file is missing or has another shape than a click network's.
    #[error(
        "model {model}: {reason}; a click network has inputs image 1x3xHxW and clicks 1x4xHxW, outputs mask and edge 1x1xHxW"
    )]
    WrongTensors {
        /// Name of the model.
        model: String,
        /// Which tensor, expected and found shape.
        reason: String,
    },
    /// A part of the picture cannot be read.
    #[error(transparent)]
    Picture(#[from] RgbError),
    /// Session and picture differ in size.
    #[error(
        "the click session is for a picture of {session:?} px but was given one of {picture:?} px; start a new session for this picture"
    )]
    SizeMismatch {
        /// Width and height of the session.
        session: (u32, u32),
        /// Width and height of the picture.
        picture: (u32, u32),
    },
    /// A session without clicks, box or mask was to be predicted.
    #[error("nothing to predict: the session has neither a click nor a box; add one first")]
    NothingPrompted,
    /// A ground truth mask cannot be used for evaluation.
    #[error("evaluation object {name}: {reason}")]
    BadTruth {
        /// Name of the object (file stem).
        name: String,
        /// What is wrong and how to mend it.
        reason: String,
    },
    /// What was learned belongs to another network.
    #[error(
        "this learning belongs to other weights (model {of}) than those in use (model {here}); choose that model, or start afresh"
    )]
    ForeignLearning {
        /// Name of the model it was learned with.
        of: String,
        /// Name of the model in use.
        here: String,
    },
    /// A file of what was learned cannot be read.
    #[error("cannot read what was learned: {reason}; export it again, or start afresh")]
    DamagedLearning {
        /// What is wrong.
        reason: String,
    },
    /// The network has no output to learn on.
    #[error("model {model} has no output named feature, so it cannot learn; choose another model")]
    CannotLearn {
        /// Name of the model.
        model: String,
    },
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

//! Annotation formats: out, in, and verified.
//!
//! One folder per format, one door here: a format is a [`Door`] and its line in [`Format::door`].
//!
//! * `options`: what the caller chooses; `report`: what came of it; `progress`: how far it is
//! * `staging`: all files of an export appear together or not at all
//! * `dataset`: what a reader finds, neutral between formats; `merge`: into the project; `check`: against the project

mod options;
mod progress;
mod report;

use std::path::Path;

pub use options::{CocoSegmentation, ExportOptions, Format, ImportOptions, MaskLayout};
pub use progress::{NoProgress, Progress};
pub use report::{ExportReport, Fault, FormatError, ImportReport, ObjectCheck, VerifyReport};

use crate::store::Project;

/// Writes the project in a format. Either all files are replaced or none is.
///
/// # Errors
/// When the target cannot be written, the format cannot hold the project, or the caller cancels.
pub fn export(
    project: &Project,
    format: Format,
    to: &Path,
    options: &ExportOptions,
    progress: &dyn Progress,
) -> Result<ExportReport, FormatError> {
    let _ = (project, options, progress);
    Err(FormatError::Unsupported { format, path: to.to_path_buf() })
}

/// Reads a data set into the project as one transaction. Everything is validated first; what is valid comes in, every
/// fault is reported with its place.
///
/// # Errors
/// When nothing can be read at all, the project cannot be written, or the caller cancels.
pub fn import(
    project: &mut Project,
    format: Format,
    from: &Path,
    options: &ImportOptions,
    progress: &dyn Progress,
) -> Result<ImportReport, FormatError> {
    let _ = (project, options, progress);
    Err(FormatError::Unsupported { format, path: from.to_path_buf() })
}

/// Decodes a written data set again and compares every object with the project (the one given, else the one that the
/// export names), or checks it in itself if there is none.
///
/// # Errors
/// When nothing can be read at all or the caller cancels.
pub fn verify(
    format: Format,
    path: &Path,
    images: Option<&Path>,
    project: Option<&Path>,
    progress: &dyn Progress,
) -> Result<VerifyReport, FormatError> {
    let _ = (images, project, progress);
    Err(FormatError::Unsupported { format, path: path.to_path_buf() })
}

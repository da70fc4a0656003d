//! Annotation formats: out, in, and verified.
//!
//! One folder per format, one door here: a format is a `Door` and its line in `Format::door`.
//!
//! * `options`: what the caller chooses; `report`: what came of it; `progress`: how far it is
//! * `staging`: all files of an export appear together or not at all
//! * `dataset`: what a reader finds, neutral between formats; `merge`: into the project; `check`: against the project
//! * `index_png`, `label_map`, `palette`, `manifest`: what formats with mask pictures share

mod check;
mod coco;
mod dataset;
mod index_png;
mod label_map;
mod manifest;
mod masks;
mod merge;
mod options;
mod palette;
mod progress;
mod report;
mod source;
mod staging;
mod voc;

use std::path::Path;

pub use index_png::mask_png;
pub use options::{CocoSegmentation, ExportOptions, Format, ImportOptions, MaskLayout};
pub use progress::{NoProgress, Progress};
pub use report::{ExportReport, Fault, FormatError, ImportReport, ObjectCheck, VerifyReport};

use crate::document::{ImageId, ObjectId};
use crate::raster::Mask;
use crate::store::{Project, paths};
use dataset::{Dataset, Origin};
use source::Source;

/// What a data set is read for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Purpose {
    /// To take it into a project.
    Import,
    /// To compare it with the project that it came from.
    Check,
}

/// What a format must be able to do.
trait Door: Sync {
    /// Writes the project.
    fn write(
        &self,
        source: &Source<'_>,
        to: &Path,
        options: &ExportOptions,
        progress: &dyn Progress,
    ) -> Result<ExportReport, FormatError>;

    /// Reads and validates a data set; `images` is where its pictures are, if the caller says so.
    fn read(
        &self,
        from: &Path,
        images: Option<&Path>,
        purpose: Purpose,
        progress: &dyn Progress,
    ) -> Result<Dataset, FormatError>;

    /// What remains of a picture's objects in this format, written as `origin` says.
    fn holdable(&self, project: &Project, image: ImageId, origin: &Origin) -> Vec<(ObjectId, Mask)>;
}

impl Format {
    /// The table of formats.
    fn door(self) -> &'static dyn Door {
        match self {
            Self::Coco => &coco::Coco,
            Self::Voc => &voc::Voc,
            Self::Masks => &masks::Masks,
        }
    }
}

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
    format.door().write(&Source::new(project), to, options, progress)
}

/// Reads a data set into the project as one transaction. Everything is validated first; what is valid comes in, every
/// fault is reported with its place. Objects that are there already (same picture, class and pixels) are not doubled.
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
    let images = options.images.clone().unwrap_or_else(|| project.root().to_path_buf());
    let dataset = format.door().read(from, Some(&images), Purpose::Import, progress)?;
    if progress.cancelled() {
        return Err(FormatError::Cancelled);
    }
    merge::merge(project, format, from, options, dataset)
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
    let door = format.door();
    let mut dataset = door.read(path, images, Purpose::Check, progress)?;
    let named = dataset.origin.as_ref().and_then(|origin| origin.project.clone());
    let source = match (project, named) {
        (Some(project), _) => Some(paths::absolute(project)),
        (None, Some(named)) if named.is_file() => Some(named),
        (None, Some(named)) => {
            dataset.notes.push(format!("the project {} is not there; checked without it", named.display()));
            None
        }
        (None, None) => None,
    };
    match source {
        None => Ok(check::in_itself(dataset)),
        Some(path) => {
            let project = Project::open_read_only(&path)?;
            let holdable = |project: &Project, image: ImageId, origin: &Origin| door.holdable(project, image, origin);
            Ok(check::against(&project, &path, dataset, &holdable))
        }
    }
}

//! What a format is: its names, what bears on it, how it is written and read.

use std::path::{Path, PathBuf};

use super::dataset::{Dataset, Origin};
use super::manifest::{Manifest, ManifestClass};
use super::options::{Choice, ExportOptions};
use super::pictures::Pictures;
use super::report::{ExportReport, FormatError};
use super::room::Room;
use super::source::Source;
use super::staging::Staging;
use super::{Format, Progress, kept, label_map};
use crate::document::{Document, ImageId, ImageRecord, ObjectId};
use crate::raster::Mask;
use crate::store::paths;

/// All that the program knows of a format.
pub(super) struct Door {
    /// The name on the command line: `coco`, `voc`, `masks`.
    pub name: &'static str,
    /// The name in menus and dialogs.
    pub title: &'static str,
    /// The usual name of the file where a data set is one file; `None` where it is a folder.
    pub file: Option<&'static str>,
    /// The export options that bear on this format.
    pub choices: &'static [Choice],
    /// False if data sets can be written only.
    pub can_import: bool,
    /// Writes a project.
    pub write: fn(&Export<'_>) -> Result<ExportReport, FormatError>,
    /// Reads and validates a data set.
    pub read: fn(&Reading<'_>) -> Result<Dataset, FormatError>,
    /// What remains of a picture's objects in this format, written as the origin says.
    pub holdable: fn(&Document, ImageId, &Origin) -> Vec<(ObjectId, Mask)>,
}

/// Every object as it is: what most formats can hold.
pub(super) fn everything(document: &Document, image: ImageId, _: &Origin) -> Vec<(ObjectId, Mask)> {
    document.objects_of(image).map(|object| (object.id, object.mask.clone())).collect()
}

/// What a writer is given.
pub(super) struct Export<'a> {
    pub format: Format,
    pub source: &'a Source<'a>,
    /// The folder that is written into.
    pub folder: &'a Path,
    /// Name of the file in it; empty where the data set is the folder.
    pub name: &'a str,
    pub options: &'a ExportOptions,
    pub progress: &'a dyn Progress,
}

impl Export<'_> {
    /// The report as it begins, and the pictures to write.
    pub fn begin(&self) -> (ExportReport, Vec<ImageRecord>) {
        let target = if self.name.is_empty() { self.folder.to_path_buf() } else { self.folder.join(self.name) };
        let mut report = ExportReport { target, ..ExportReport::default() };
        let images = self.source.images(self.options, &mut report.notes);
        report.images = images.len();
        report.notes.extend(kept::losses(&images, self.source.document.extra(), self.format));
        (report, images)
    }

    /// As [`Export::begin`], for formats that write pictures of labels: those that would be too large are named and left out.
    pub fn begin_label_maps(&self) -> (ExportReport, Vec<ImageRecord>) {
        let (mut report, mut images) = self.begin();
        images.retain(|image| {
            let fits = label_map::fits(image.width, image.height);
            if !fits {
                let (w, h) = (image.width, image.height);
                report
                    .notes
                    .push(format!("{}: left out, {w}x{h} pixels are too many for a picture of labels", image.path));
            }
            fits
        });
        report.images = images.len();
        (report, images)
    }

    /// Where the files gather until all are written.
    pub fn staging(&self) -> Result<Staging, FormatError> {
        Staging::new(self.source, self.folder, self.name, self.options.overwrite)
    }

    /// The note of what the format cannot say, with every class under its own name.
    pub fn manifest(&self) -> Manifest {
        let mut manifest = Manifest::new(self.format, self.source, self.options);
        let classes = self.source.document.classes().iter();
        manifest.classes = classes.map(|class| ManifestClass::new(class, class.name.clone())).collect();
        manifest
    }

    /// The format cannot hold something.
    pub fn cannot(&self, what: String) -> FormatError {
        FormatError::CannotHold { format: self.format, what }
    }
}

/// What a data set is read for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Purpose {
    /// To take it into a project.
    Import,
    /// To compare it with the project that it came from.
    Check,
}

/// What a reader is given.
pub(super) struct Reading<'a> {
    pub format: Format,
    /// The file, or the folder where the data set is one (or a file in it).
    pub from: PathBuf,
    /// Finds the pictures.
    pub pictures: &'a Pictures,
    pub purpose: Purpose,
    pub progress: &'a dyn Progress,
    /// What the masks may take.
    pub room: Room,
}

impl Reading<'_> {
    /// Nothing can be read at all.
    pub fn malformed(&self, detail: impl Into<String>) -> FormatError {
        FormatError::Malformed { format: self.format, path: self.from.clone(), detail: detail.into() }
    }

    /// The folder that holds the data set: itself, or where its file lies; absolute.
    pub fn folder(&self) -> PathBuf {
        let from = paths::absolute(&self.from);
        if from.is_dir() { from } else { from.parent().map(Path::to_path_buf).unwrap_or_default() }
    }
}

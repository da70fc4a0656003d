//! What came of an export, an import or a check.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;

use super::Format;
use crate::store::StoreError;

/// Why a data set cannot be written or read at all.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// A file or folder operation failed.
    #[error("cannot {what} {}: {source}", .path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// No space left. The old export is untouched.
    #[error("the disk of {} is full; the export was not written, what was there before is untouched", .path.display())]
    DiskFull {
        /// The target.
        path: PathBuf,
    },
    /// The target cannot be written. The old export is untouched.
    #[error("{} cannot be written ({source}); choose another folder", .path.display())]
    ReadOnly {
        /// The target.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// An export would overwrite a picture of the project.
    #[error("the export would overwrite the picture {}; choose another folder", .path.display())]
    WouldOverwrite {
        /// The picture.
        path: PathBuf,
    },
    /// The export would replace or remove files that this project did not write, or that somebody changed since.
    #[error("{}: {what}; choose another folder, or allow it with --overwrite", .folder.display())]
    NotOurs {
        /// The folder.
        folder: PathBuf,
        /// What is in the way.
        what: String,
    },
    /// The choice leaves nothing; what was exported before is untouched.
    #[error("{what}; nothing was exported, what was there before is untouched")]
    NothingToExport {
        /// What there is none of.
        what: &'static str,
    },
    /// Another fault of a file.
    #[error(transparent)]
    File(limn_files::FileError),
    /// The file is not what its format demands.
    #[error("{} is not {format} data: {detail}", .path.display())]
    Malformed {
        /// The format.
        format: Format,
        /// The file.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// The format cannot hold what the project has.
    #[error("{format} cannot hold {what}")]
    CannotHold {
        /// The format.
        format: Format,
        /// What and how to mend.
        what: String,
    },
    /// The format cannot be imported.
    #[error("{format} data sets can be written only; {} cannot be imported", .path.display())]
    Unsupported {
        /// The format.
        format: Format,
        /// The path.
        path: PathBuf,
    },
    /// The caller cancelled.
    #[error("cancelled; nothing was changed")]
    Cancelled,
    /// The project could not be opened or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One thing that is wrong in a data set, with its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Where: `annotations[3]`, `Annotations/x.xml object 2` ...
    pub place: String,
    /// What is wrong and what was done about it.
    pub what: String,
}

impl Fault {
    /// A fault.
    pub fn new(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { place: place.into(), what: what.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// What an export wrote.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ExportReport {
    /// Where it lies.
    pub target: PathBuf,
    /// Files written.
    pub files: usize,
    /// Pictures described.
    pub images: usize,
    /// Objects written.
    pub objects: usize,
    /// What the reader should know: pixels lost to overlap, objects left out, pictures with an orientation tag.
    pub notes: Vec<String>,
}

impl fmt::Display for ExportReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { target, files, images, objects, .. } = self;
        write!(f, "{objects} objects in {images} pictures written to {} ({files} files)", target.display())
    }
}

/// What an import brought in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// Pictures that got objects or are new.
    pub images: usize,
    /// New objects.
    pub objects: usize,
    /// New classes.
    pub classes: usize,
    /// Everything that was wrong, in file order.
    pub faults: Vec<Fault>,
    /// What the reader should know besides.
    pub notes: Vec<String>,
}

impl fmt::Display for ImportReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { images, objects, classes, faults, .. } = self;
        write!(f, "{objects} objects in {images} pictures, {classes} new classes, {} faults", faults.len())
    }
}

/// The check of one object.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ObjectCheck {
    /// Path of the picture.
    pub image: String,
    /// Name of the object: its number and class.
    pub object: String,
    /// Intersection over union of what was decoded with the project's mask; without a project, with itself written
    /// and read again. `None` if one of the two is missing.
    pub iou: Option<f64>,
    /// The same against what the format can hold (the pixels that no object above covers, without void band).
    pub iou_of_holdable: Option<f64>,
    /// What is wrong with it.
    pub fault: Option<String>,
}

/// The check of a data set.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct VerifyReport {
    /// The project it was compared with; `None` if it was checked in itself only.
    pub project: Option<PathBuf>,
    /// Every object.
    pub objects: Vec<ObjectCheck>,
    /// Faults of the data set.
    pub faults: Vec<Fault>,
    /// What the reader should know besides, for example pixels lost to overlap.
    pub notes: Vec<String>,
    /// Set if the project is damaged, so that only what could be read of it was compared: what is lost, in a line.
    pub damage: Option<String>,
}

impl VerifyReport {
    /// The smallest IoU with the project; `None` without objects. A missing object counts as 0.
    pub fn min_iou(&self) -> Option<f64> {
        self.objects.iter().map(|object| object.iou.unwrap_or(0.0)).reduce(f64::min)
    }

    /// True if there is no fault and every object decodes to exactly what the format can hold of it.
    pub fn is_exact(&self) -> bool {
        let exact = |object: &ObjectCheck| object.fault.is_none() && object.iou_of_holdable == Some(1.0);
        self.faults.is_empty() && self.objects.iter().all(exact)
    }
}

impl fmt::Display for VerifyReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults = self.faults.len() + self.objects.iter().filter(|object| object.fault.is_some()).count();
        let min = self.min_iou().map_or_else(|| "-".to_owned(), |iou| format!("{iou:.4}"));
        write!(f, "{} objects, smallest IoU {min}, {faults} faults", self.objects.len())
    }
}

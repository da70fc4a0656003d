//! Annotation formats: out, in, and verified.
//!
//! One folder per format; adding one is a folder whose `Door` says everything about it, and its line in `formats!`.
//!
//! * `door`: what a format is; `options`: what the caller chooses; `report`: what came of it; `progress`: how far it is
//! * `source`: what a writer reads from; `writing`: picture by picture; `staging`: all files of an export appear
//!   together or not at all
//! * `reading`: picture by picture; `dataset`: what a reader finds, neutral between formats; `notes`: what Limn knows beyond a format; `merge`: into
//!   the project; `compare`: against the project
//! * `manifest`, `label_map`, `index_png`, `palette`, `keyhole`, `shapes`, `base64`, `xml`: what several formats share

mod base64;
mod coco;
mod compare;
mod cutouts;
mod cvat;
mod dataset;
mod datumaro;
mod door;
mod eiseg;
mod index_png;
mod keyhole;
mod label_map;
mod label_studio;
mod labelme;
mod manifest;
mod masks;
mod merge;
mod notes;
mod options;
mod palette;
mod panoptic;
mod progress;
mod reading;
mod report;
mod shapes;
mod source;
mod staging;
mod voc;
mod writing;
mod xml;
mod yolo;

use std::fmt;
use std::path::Path;
use std::str::FromStr;

pub use index_png::mask_png;
pub use options::{Choice, CocoSegmentation, ExportOptions, ImportOptions, MaskLayout};
pub use progress::{NoProgress, Progress};
pub use report::{ExportReport, Fault, FormatError, ImportReport, ObjectCheck, VerifyReport};

use crate::store::{Project, paths};
use dataset::Dataset;
use door::{Door, Export, Purpose, Reading};
use source::Source;

/// The table of formats: the enum, [`Format::ALL`] and the doors.
macro_rules! formats {
    ($($(#[$doc:meta])* $variant:ident => $door:expr,)*) => {
        /// A format that data sets can be written to and read from.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        pub enum Format {
            $($(#[$doc])* $variant,)*
        }

        impl Format {
            /// All formats, in the order of menus.
            pub const ALL: &'static [Format] = &[$(Format::$variant),*];

            fn door(self) -> &'static Door {
                match self {
                    $(Self::$variant => &$door,)*
                }
            }
        }
    };
}

formats! {
    /// COCO instances: one JSON file.
    Coco => coco::DOOR,
    /// COCO panoptic: one JSON file and a folder of PNGs.
    Panoptic => panoptic::DOOR,
    /// PASCAL VOC: XML boxes, palette masks, image sets, label map.
    Voc => voc::DOOR,
    /// labelme: one JSON file per picture.
    Labelme => labelme::DOOR,
    /// YOLO segmentation: one text file per picture, `data.yaml`.
    Yolo => yolo::SEGMENTATION,
    /// YOLO boxes: as YOLO, boxes only.
    YoloBoxes => yolo::BOXES,
    /// CVAT for images 1.1: one XML file.
    Cvat => cvat::DOOR,
    /// Label Studio: one JSON file.
    LabelStudio => label_studio::DOOR,
    /// Datumaro: one JSON file per subset.
    Datumaro => datumaro::DOOR,
    /// EISeg: its COCO file and its label list.
    Eiseg => eiseg::DOOR,
    /// Plain mask pictures: one PNG per object, or one index or colour PNG per picture.
    Masks => masks::DOOR,
    /// Cut-outs: every object as a PNG with transparency.
    Cutouts => cutouts::DOOR,
}

impl Format {
    /// The name on the command line: `coco`, `voc`, `masks`.
    pub fn name(self) -> &'static str {
        self.door().name
    }

    /// The name in menus and dialogs.
    pub fn title(self) -> &'static str {
        self.door().title
    }

    /// True if a data set is one file, false if it is a folder.
    pub fn is_file(self) -> bool {
        self.door().file.is_some()
    }

    /// The usual name of the file where a data set is one file.
    pub fn file(self) -> Option<&'static str> {
        self.door().file
    }

    /// The export options that bear on this format.
    pub fn choices(self) -> &'static [Choice] {
        self.door().choices
    }

    /// False if data sets can be written only.
    pub fn can_import(self) -> bool {
        self.door().can_import
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.iter().copied().find(|format| format.name().eq_ignore_ascii_case(text));
        known.ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|format| format.name()).collect();
            format!("unknown format {text:?}; known are {}", names.join(", "))
        })
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
    let door = format.door();
    let (folder, name) = match door.file {
        Some(usual) => writing::target_of(to, usual),
        None => (to.to_path_buf(), String::new()),
    };
    let source = Source::new(project);
    (door.write)(&Export { format, source: &source, folder: &folder, name: &name, options, progress })
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
    if !format.can_import() {
        return Err(FormatError::Unsupported { format, path: from.to_path_buf() });
    }
    let images = options.images.clone().unwrap_or_else(|| project.root().to_path_buf());
    let dataset = read(format, from, Some(&images), Purpose::Import, progress)?;
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
    let mut dataset = read(format, path, images, Purpose::Check, progress)?;
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
        None => Ok(compare::in_itself(dataset)),
        Some(path) => {
            let project = Project::open_read_only(&path)?;
            Ok(compare::against(&project, &path, dataset, &format.door().holdable))
        }
    }
}

fn read(
    format: Format,
    from: &Path,
    images: Option<&Path>,
    purpose: Purpose,
    progress: &dyn Progress,
) -> Result<Dataset, FormatError> {
    let door = format.door();
    let from = door.file.map_or_else(|| from.to_path_buf(), |usual| reading::source_file(from, usual));
    (door.read)(&Reading { format, from, images, purpose, progress })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_parse_and_print() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse::<Format>(), Ok(*format));
            assert_eq!(Format::ALL.iter().filter(|other| other.title() == format.title()).count(), 1);
        }
        assert!("yolo?".parse::<Format>().unwrap_err().contains("coco, coco-panoptic, voc, labelme"));
    }
}

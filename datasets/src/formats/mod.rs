//! Annotation formats: out, in, and verified.
//!
//! One folder per format; adding one is a folder whose `Door` says everything about it, and its line in `formats!`.
//!
//! * `door`: what a format is; `options`: what the caller chooses; `report`: what came of it; `progress`: how far it is
//! * `source`: what a writer reads from; `writing`: picture by picture; `staging`: all files of an export appear
//!   together or not at all
//! * `reading`: picture by picture; `dataset`: what a reader finds, neutral between formats; `notes`: what Limn knows beyond a format; `merge`: into
//!   the project, `placing`: its pictures; `compare`: against the project
//! * `pictures`: from names to pictures; `orient`: masks turned upright; `kept`: what goes back as it came
//! * `text`: files in any encoding; `packed`: gzip and ZIP; `lenient`: values as programs write them; `room`: what masks may take
//! * `outlines`: masks as polygons, exact or within a tolerance; `part`: which objects are exported
//! * `recognise`: is this folder or file a data set, and of which format?
//! * `manifest`, `label_map`, `index_png`, `mask_file`, `palette`, `shapes`, `base64`, `xml`, `yaml`: what several formats share

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
mod kept;
mod label_map;
mod label_studio;
mod labelme;
mod lenient;
mod manifest;
mod mask_file;
mod masks;
mod merge;
mod notes;
mod options;
mod orient;
mod outlines;
mod packed;
mod palette;
mod panoptic;
mod part;
mod pictures;
mod placing;
mod progress;
mod reading;
pub mod recognise;
mod report;
pub(crate) mod room;
mod shapes;
mod source;
mod staging;
mod text;
mod voc;
mod writing;
mod xml;
mod yaml;
mod yolo;

use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;

pub use index_png::mask_png;
pub use options::{Choice, CocoSegmentation, ExportOptions, ImportOptions, MaskLayout, Tolerance};
pub(crate) use placing::some_of;
pub use progress::{NoProgress, Progress};
pub use report::{ExportReport, Fault, FormatError, ImportReport, ObjectCheck, VerifyReport};

use crate::store::{self, Project, paths};
use dataset::Dataset;
use door::{Door, Export, Purpose, Reading};
use pictures::Pictures;
use room::Room;
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
    let unknown: Vec<&String> =
        options.classes.iter().filter(|name| project.document().class_named(name).is_none()).collect();
    if let Some(name) = unknown.first() {
        return Err(FormatError::CannotHold {
            format,
            what: format!("the class {name:?}: the project has none of that name"),
        });
    }
    let source = Source::new(project).chosen(options);
    let filtered =
        options.only_done || !options.states.is_empty() || !options.tags.is_empty() || !options.objects.is_empty();
    if filtered && source.images(options, &mut Vec::new()).is_empty() {
        let what = match options {
            _ if options.only_done => "no picture is marked done",
            _ if options.objects.is_empty() => "no picture has the chosen state or tag",
            _ => "none of the chosen objects is in the project or has the chosen class, state or tag",
        };
        return Err(FormatError::NothingToExport { what });
    }
    let report = (door.write)(&Export { format, source: &source, folder: &folder, name: &name, options, progress })?;
    project.remember_exports(&source.memory());
    Ok(report)
}

/// The project that a single file names as where it came from, as it is written there.
fn origin_of(path: &Path) -> Option<String> {
    let text = text::read(path).ok()?;
    // Limn writes it in a line of its own near the beginning; the rest may be large.
    if let Some(line) = text.lines().take(5).find_map(|line| line.strip_prefix("\"info\": ")) {
        let info: serde_json::Value = serde_json::from_str(line.trim_end_matches(',')).ok()?;
        return info.pointer("/limn/project")?.as_str().map(str::to_owned);
    }
    if text.trim_start().starts_with('<') {
        let root = xml::parse(&text).ok()?;
        let note: serde_json::Value = serde_json::from_str(root.child("meta")?.text_of("limn")).ok()?;
        return note.get("project")?.as_str().map(str::to_owned);
    }
    let json: serde_json::Value = serde_json::from_str(&text).ok()?;
    let places = ["/info/limn/project", "/limn/project", "/0/meta/limn/project"];
    places.iter().find_map(|place| json.pointer(place)?.as_str()).map(str::to_owned)
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
    // Elsewhere only what the data set names is looked for.
    let searched_root = project.searched_root().map(Path::to_path_buf);
    let other_root = searched_root.is_none().then(|| project.root().to_path_buf());
    let known = project.document().images().iter().map(|image| project.image_path(&image.path));
    let searched = options.images.clone().into_iter().chain(searched_root);
    let searched = searched.chain(from.is_dir().then(|| from.to_path_buf()));
    let pictures = Pictures::new(searched, [folder_of(from)].into_iter().chain(other_root), known)
        .without(project.no_pictures().iter().map(|path| project.image_path(path)))
        .with_stored_pixels(options.stored_pixels);
    let dataset = read(format, from, &pictures, Purpose::Import, progress)?;
    if progress.cancelled() {
        return Err(FormatError::Cancelled);
    }
    merge::merge(project, format, &pictures, options, dataset)
}

/// Decodes a written data set again and compares every object with the project (the one given, else the one that the
/// export came from, if it lies with the pictures or near the export), or checks it in itself if there is none.
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
    if path.is_dir()
        && let Err(error) = limn_files::recover(path)
    {
        // An export that died half way is taken back by the next one; until then its files are as they are.
        tracing::debug!("not recovered: {error}");
    }
    let searched = images.map(Path::to_path_buf).into_iter().chain(path.is_dir().then(|| path.to_path_buf()));
    let pictures = Pictures::new(searched, [folder_of(path)], None);
    let mut dataset = read(format, path, &pictures, Purpose::Check, progress)?;
    let named = dataset.origin.as_ref().and_then(|origin| origin.project.as_deref());
    let near = |named: &str| identified(named, path, images);
    let source = match (project, named) {
        (Some(project), _) => Some(paths::absolute(project)),
        (None, Some(named)) => near(named),
        (None, None) => None,
    };
    if named.is_some() && source.is_none() {
        let what = "its project does not lie near it; checked without it (say --project to compare with it)";
        dataset.notes.push(what.to_owned());
    }
    match source {
        None => Ok(compare::in_itself(dataset)),
        Some(path) => {
            let project = Project::open_read_only(&path)?;
            Ok(compare::against(&project, &path, dataset, &format.door().holdable))
        }
    }
}

/// How many folders above an export, and how many entries of each, are looked through for its project.
const ABOVE: usize = 2;
const ENTRIES: usize = 300;

/// The project with this identity: in the folder of the pictures, or in one of the folders above the export or directly below
/// those. Only the files themselves say who they are; what an export says of places is not followed.
fn identified(identity: &str, export: &Path, images: Option<&Path>) -> Option<PathBuf> {
    let entries = |folder: &Path| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().take(ENTRIES).filter_map(Result::ok);
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
        paths.sort();
        paths
    };
    let own = |folder: &Path| {
        let is_project = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "limn");
        let mut projects = entries(folder).into_iter().filter(is_project);
        projects.find(|path| store::identity_of(path).as_deref() == Some(identity))
    };
    let folder = paths::absolute(&if export.is_dir() { export.to_path_buf() } else { folder_of(export) });
    let above = folder.ancestors().take(ABOVE + 1).filter(|folder| folder.parent().is_some());
    let near = |folder: &Path| {
        let below = || entries(folder).into_iter().filter(|path| path.is_dir()).find_map(|folder| own(&folder));
        own(folder).or_else(below)
    };
    images.and_then(own).or_else(|| above.into_iter().find_map(near))
}

fn read(
    format: Format,
    from: &Path,
    pictures: &Pictures,
    purpose: Purpose,
    progress: &dyn Progress,
) -> Result<Dataset, FormatError> {
    let door = format.door();
    let from = door.file.map_or_else(|| from.to_path_buf(), |usual| reading::source_file(from, usual));
    let (room, passed_over) = Room::of_path(&from);
    let job = Reading { format, from, pictures, purpose, progress, room };
    let mut packed = false;
    if job.from.is_file() {
        let mut start = Vec::new();
        let opened = limn_files::open(&job.from).map_err(staging::from_files)?;
        opened.take(8).read_to_end(&mut start).map_err(|error| staging::from_io("read", &job.from, error))?;
        let kind = packed::kind(&start);
        packed = kind.is_some();
        if let Some(kind) = kind.filter(|_| door.file.is_none()) {
            return Err(job.malformed(format!("it is a packed file ({kind}); unpack it and name the folder")));
        }
    }
    if let Some(usual) = door.file.filter(|_| job.from.is_dir() && !matches!(format, Format::Coco | Format::Eiseg)) {
        let extension = usual.rsplit_once('.').map_or(usual, |(_, extension)| extension);
        let files = reading::files_below(&job.from, extension);
        let detail = match files.as_slice() {
            [] => format!("there is no *.{extension} file in it"),
            files => format!("which of its files is it? Name one: {}", placing::some_of(files)),
        };
        return Err(job.malformed(detail));
    }
    let mut dataset = (door.read)(&job)?;
    if packed && dataset.images.is_empty() {
        return Err(
            job.malformed("it is a packed file in which no picture is described; unpack it and name what is in it")
        );
    }
    dataset.notes.extend(passed_over);
    Ok(dataset)
}

/// Where a file lies.
fn folder_of(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new(".")).to_path_buf()
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

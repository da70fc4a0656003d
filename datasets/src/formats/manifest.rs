//! The note that Limn puts into the folders it exports: where the data came from, and what their format cannot say.
//!
//! It makes a folder recognisable as an export (scans pass it over), lets `verify` find the project, and lists the
//! files, so that the next export can remove those that are no longer part of it.

use std::collections::{HashMap, VecDeque};
use std::path::Path;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::dataset::{FoundClass, FoundImage, FoundObject, Origin};
use super::notes::{ClassNote, ImageNote, ObjectNote};
use super::options::{ExportOptions, MaskLayout, Tolerance};
use super::part::Part;
use super::source::Source;
use super::staging::Staging;
use super::{Format, FormatError};
use crate::document::{Class, ImageRecord, Object};
use crate::raster::Mask;
use crate::store::scan::EXPORT_MARKER;

/// Content of `limn-export.json`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Manifest {
    pub(super) format: String,
    pub(super) limn: String,
    /// What tells its project from others: no path, no name.
    pub(super) project: Option<String>,
    pub(super) layout: MaskLayout,
    pub(super) void_band: u32,
    pub(super) only_done: bool,
    /// What of the project it holds.
    #[serde(skip_serializing_if = "Part::is_whole")]
    pub(super) chosen: Part,
    #[serde(skip_serializing_if = "Tolerance::is_off")]
    pub(super) tolerance: Tolerance,
    /// In the order of their indices, from 1.
    pub(super) classes: Vec<ManifestClass>,
    pub(super) images: Vec<ManifestImage>,
    /// All files of the export besides this one, with their sums.
    pub(super) files: Vec<Value>,
    /// Places of the pictures by their stems, made when first asked for.
    #[serde(skip)]
    by_stem: OnceLock<HashMap<String, usize>>,
}

/// A class and how the export spells it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ManifestClass {
    pub(super) name: String,
    /// The name in the files, if the format does not allow the real one.
    pub(super) written: String,
    #[serde(flatten)]
    pub(super) note: ClassNote,
}

/// A picture and its objects, in the order of their indices, from 1.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ManifestImage {
    pub(super) stem: String,
    pub(super) path: String,
    pub(super) width: u32,
    pub(super) height: u32,
    #[serde(flatten)]
    pub(super) note: ImageNote,
    pub(super) objects: Vec<ManifestObject>,
}

/// What the format cannot say about an object.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ManifestObject {
    /// The class's real name.
    pub(super) class: String,
    /// Left, top, right and bottom edge of its mask: how an object is known again whose format gives it no number.
    pub(super) bounds: [u32; 4],
    #[serde(flatten)]
    pub(super) note: ObjectNote,
}

impl Manifest {
    pub(super) fn new(format: Format, source: &Source<'_>, options: &ExportOptions) -> Self {
        Self {
            format: format.name().to_owned(),
            limn: env!("CARGO_PKG_VERSION").to_owned(),
            project: source.identity().map(str::to_owned),
            layout: options.mask_layout,
            void_band: options.void_band,
            only_done: options.only_done,
            chosen: Part::chosen_by(options),
            tolerance: options.tolerance,
            ..Self::default()
        }
    }

    /// Reads the note of a folder. `None` if there is none, it is damaged, or it belongs to another format: the data
    /// are then read like anybody's.
    pub(super) fn read(folder: &Path, format: Format) -> Option<Self> {
        let bytes = limn_files::read_bytes(&folder.join(EXPORT_MARKER), super::text::MAX_BYTES).ok()?;
        let manifest: Self = serde_json::from_slice(&bytes).ok()?;
        (manifest.format == format.name()).then_some(manifest)
    }

    /// Writes the note and puts the whole export in place. Returns the number of files.
    pub(super) fn finish(mut self, staging: Staging) -> Result<usize, FormatError> {
        staging.commit_with_note(|records, writer| {
            self.files = records.iter().map(serde_json::to_value).collect::<Result<_, _>>()?;
            serde_json::to_writer_pretty(writer, &self).map_err(std::io::Error::from)
        })
    }

    pub(super) fn origin(&self) -> Origin {
        Origin {
            project: self.project.clone(),
            layout: self.layout,
            void_band: self.void_band,
            only_done: self.only_done,
            part: self.chosen.clone(),
            tolerance: self.tolerance,
        }
    }

    pub(super) fn image(&self, stem: &str) -> Option<&ManifestImage> {
        let index = || self.images.iter().enumerate().map(|(at, image)| (image.stem.clone(), at)).collect();
        self.by_stem.get_or_init(index).get(stem).map(|&at| &self.images[at])
    }

    /// The classes as a reader finds them, in the order of their indices.
    pub(super) fn found_classes(&self) -> Vec<FoundClass> {
        self.classes.iter().map(|class| FoundClass { name: class.name.clone(), note: class.note.clone() }).collect()
    }

    /// The class's real name, if the format could not hold it.
    pub(super) fn real_name<'n>(&'n self, written: &'n str) -> &'n str {
        self.classes.iter().find(|class| class.written == written).map_or(written, |class| class.name.as_str())
    }
}

impl ManifestClass {
    pub(super) fn new(class: &Class, written: String) -> Self {
        Self { name: class.name.clone(), written, note: ClassNote::of(class) }
    }
}

impl ManifestImage {
    pub(super) fn new(image: &ImageRecord, stem: &str, objects: Vec<ManifestObject>) -> Self {
        Self {
            stem: stem.to_owned(),
            path: image.path.clone(),
            width: image.width,
            height: image.height,
            note: ImageNote::of(image),
            objects,
        }
    }

    /// The picture as a reader finds it.
    pub(super) fn found(&self, place: String) -> FoundImage {
        FoundImage {
            place,
            id: None,
            file: self.path.clone(),
            project_path: Some(self.path.clone()),
            width: self.width,
            height: self.height,
            note: self.note.clone(),
        }
    }

    /// Gives the notes to the objects found in the picture: to each the first one left of its class and bounds.
    pub(super) fn enrich(&self, found: &mut [(String, FoundObject)]) {
        let mut left: HashMap<(&str, [u32; 4]), VecDeque<&ManifestObject>> = HashMap::new();
        for note in &self.objects {
            left.entry((&note.class, note.bounds)).or_default().push_back(note);
        }
        for (class, object) in found {
            let key = (class.as_str(), corners(&object.mask));
            if let Some(note) = left.get_mut(&key).and_then(VecDeque::pop_front) {
                note.enrich(object);
            }
        }
    }
}

impl ManifestObject {
    pub(super) fn new(object: &Object, class: &str) -> Self {
        Self { class: class.to_owned(), bounds: corners(&object.mask), note: ObjectNote::of(object) }
    }

    /// Gives a found object what the note knows about it.
    pub(super) fn enrich(&self, found: &mut FoundObject) {
        found.note = self.note.clone();
    }
}

fn corners(mask: &Mask) -> [u32; 4] {
    mask.bounds().map_or([0; 4], |b| [b.x0, b.y0, b.x1, b.y1])
}

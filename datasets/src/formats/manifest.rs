//! The note that Limn puts into the folders it exports: where the data came from, and what their format cannot say.
//!
//! It makes a folder recognisable as an export (scans pass it over), lets `verify` find the project, and lists the
//! files, so that the next export can remove those that are no longer part of it.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::dataset::{FoundClass, FoundObject, Origin};
use super::options::{ExportOptions, MaskLayout};
use super::source::Source;
use super::staging::Staging;
use super::{Format, FormatError};
use crate::document::{Class, ClickRecord, ImageRecord, ImageState, Object};
use crate::store::paths;
use crate::store::scan::EXPORT_MARKER;

/// Content of `limn-export.json`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Manifest {
    pub(super) format: String,
    pub(super) limn: String,
    /// The project file, relative to the folder, with `/`.
    pub(super) project: Option<String>,
    pub(super) layout: MaskLayout,
    pub(super) void_band: u32,
    pub(super) only_done: bool,
    /// In the order of their indices, from 1.
    pub(super) classes: Vec<ManifestClass>,
    pub(super) images: Vec<ManifestImage>,
    /// All files of the export besides this one.
    pub(super) files: Vec<String>,
}

/// A class and how the export spells it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ManifestClass {
    pub(super) id: i64,
    pub(super) name: String,
    /// The name in the files, if the format does not allow the real one.
    pub(super) written: String,
    pub(super) color: [u8; 3],
    pub(super) supercategory: String,
    pub(super) hotkey: Option<u8>,
}

/// A picture and its objects, in the order of their indices, from 1.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ManifestImage {
    pub(super) stem: String,
    pub(super) path: String,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) done: bool,
    pub(super) objects: Vec<ManifestObject>,
}

/// What a mask picture cannot say about its object.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ManifestObject {
    pub(super) id: i64,
    /// The class's real name.
    pub(super) class: String,
    pub(super) z: i64,
    pub(super) crowd: bool,
    pub(super) hidden: bool,
    pub(super) difficult: bool,
    pub(super) truncated: bool,
    pub(super) model: Option<String>,
    pub(super) clicks: Vec<ClickRecord>,
}

impl Manifest {
    pub(super) fn new(format: Format, source: &Source<'_>, target: &Path, options: &ExportOptions) -> Self {
        Self {
            format: format.name().to_owned(),
            limn: env!("CARGO_PKG_VERSION").to_owned(),
            project: source.project_seen_from(target),
            layout: options.mask_layout,
            void_band: options.void_band,
            only_done: options.only_done,
            ..Self::default()
        }
    }

    /// Reads the note of a folder. `None` if there is none, it is damaged, or it belongs to another format: the data
    /// are then read like anybody's.
    pub(super) fn read(folder: &Path, format: Format) -> Option<Self> {
        let bytes = std::fs::read(folder.join(EXPORT_MARKER)).ok()?;
        let manifest: Self = serde_json::from_slice(&bytes).ok()?;
        (manifest.format == format.name()).then_some(manifest)
    }

    /// Writes the note, then puts the whole export in place. Returns the number of files.
    pub(super) fn finish(mut self, staging: Staging, format: Format) -> Result<usize, FormatError> {
        let former = Self::read(staging.target(), format).map_or_else(Vec::new, |manifest| manifest.files);
        self.files = staging.names();
        staging
            .write(EXPORT_MARKER, |writer| serde_json::to_writer_pretty(writer, &self).map_err(std::io::Error::from))?;
        staging.commit(&former)
    }

    pub(super) fn origin(&self, folder: &Path) -> Origin {
        let folder = paths::absolute(folder);
        Origin {
            project: self.project.as_ref().map(|project| paths::resolve(&folder, project)),
            layout: self.layout,
            void_band: self.void_band,
            only_done: self.only_done,
        }
    }

    pub(super) fn image(&self, stem: &str) -> Option<&ManifestImage> {
        self.images.iter().find(|image| image.stem == stem)
    }

    /// The classes as a reader finds them, in the order of their indices.
    pub(super) fn found_classes(&self) -> Vec<FoundClass> {
        let found = |class: &ManifestClass| FoundClass {
            id: Some(class.id),
            name: class.name.clone(),
            color: Some(class.color),
            supercategory: class.supercategory.clone(),
            hotkey: class.hotkey,
            ..FoundClass::default()
        };
        self.classes.iter().map(found).collect()
    }
}

impl ManifestClass {
    pub(super) fn new(class: &Class, written: String) -> Self {
        Self {
            id: class.id.0,
            name: class.name.clone(),
            written,
            color: class.color,
            supercategory: class.supercategory.clone(),
            hotkey: class.hotkey,
        }
    }
}

impl ManifestImage {
    pub(super) fn new(image: &ImageRecord, stem: &str, objects: Vec<ManifestObject>) -> Self {
        Self {
            stem: stem.to_owned(),
            path: image.path.clone(),
            width: image.width,
            height: image.height,
            done: image.state == ImageState::Done,
            objects,
        }
    }
}

impl ManifestObject {
    pub(super) fn new(object: &Object, class: &str) -> Self {
        Self {
            id: object.id.0,
            class: class.to_owned(),
            z: object.z,
            crowd: object.crowd,
            hidden: object.hidden,
            difficult: object.difficult,
            truncated: object.truncated,
            model: object.model.clone(),
            clicks: object.clicks.clone(),
        }
    }

    /// Gives a found object what the note knows about it.
    pub(super) fn enrich(&self, found: &mut FoundObject) {
        found.id = Some(self.id);
        found.z = Some(self.z);
        (found.crowd, found.hidden) = (self.crowd, self.hidden);
        (found.difficult, found.truncated) = (self.difficult, self.truncated);
        found.model.clone_from(&self.model);
        found.clicks.clone_from(&self.clicks);
    }
}

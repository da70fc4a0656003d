//! What an export reads from: the document and where its pictures are.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use limn_files::Record;

use super::options::ExportOptions;
use super::part;
use super::staging::{MAX_REMEMBERED, Remembered};
use crate::document::{Document, ImageRecord};
use crate::media;
use crate::store::{Project, paths};

/// The project as a writer sees it; can be shared between threads.
pub(super) struct Source<'p> {
    /// Without what the options leave out.
    pub(super) document: Cow<'p, Document>,
    root: &'p Path,
    project: Option<&'p Path>,
    identity: Option<String>,
    /// What the project remembers of its exports.
    exports: Mutex<Remembered>,
}

impl<'p> Source<'p> {
    pub(super) fn new(project: &'p Project) -> Self {
        let stored = project.exports().and_then(|text| serde_json::from_str(&text).ok());
        Self {
            document: Cow::Borrowed(project.document()),
            root: project.root(),
            project: project.path(),
            identity: project.identity(),
            exports: Mutex::new(stored.unwrap_or_default()),
        }
    }

    /// Only what the options choose.
    pub(super) fn chosen(self, options: &ExportOptions) -> Self {
        let document = match self.document {
            Cow::Borrowed(document) => part::of(document, options),
            Cow::Owned(document) => Cow::Owned(part::of(&document, options).into_owned()),
        };
        Self { document, ..self }
    }

    /// What tells the project from others: it is written into exports, where a path would give away names of folders.
    pub(super) fn identity(&self) -> Option<&str> {
        self.identity.as_deref()
    }

    /// Whether what an export in a folder names is this project: by its identity, or by its path as older exports do.
    pub(super) fn is_project(&self, named: &str, folder: &Path) -> bool {
        let by_path = || {
            let path = paths::absolute(&paths::resolve(folder, named));
            self.project.is_some_and(|project| paths::absolute(project) == path)
        };
        self.identity() == Some(named) || by_path()
    }

    /// What this project wrote into a folder, as far as it remembers.
    pub(super) fn remembered(&self, folder: &Path) -> Vec<Record> {
        let exports = self.exports.lock().unwrap_or_else(PoisonError::into_inner);
        exports.get(folder.to_string_lossy().as_ref()).cloned().unwrap_or_default()
    }

    /// Remembers what was written.
    pub(super) fn remember(&self, folder: &Path, records: Vec<Record>) {
        let mut exports = self.exports.lock().unwrap_or_else(PoisonError::into_inner);
        let known = exports.entry(folder.to_string_lossy().into_owned()).or_default();
        known.retain(|old| records.iter().all(|new| new.name != old.name));
        known.extend(records);
        while exports.len() > MAX_REMEMBERED {
            exports.pop_first();
        }
    }

    /// What is to be remembered, as text.
    pub(super) fn memory(&self) -> String {
        let exports = self.exports.lock().unwrap_or_else(PoisonError::into_inner);
        serde_json::to_string(&*exports).unwrap_or_default()
    }

    /// Where a picture's file is.
    pub(super) fn file_of(&self, image: &ImageRecord) -> PathBuf {
        paths::resolve(self.root, &image.path)
    }

    /// All picture files and the project, which an export must not overwrite.
    pub(super) fn files(&self) -> Vec<PathBuf> {
        let pictures = self.document.images().iter().map(|image| self.file_of(image));
        pictures.chain(self.project.map(Path::to_path_buf)).collect()
    }

    /// The pictures to export, each with its size: where it is not known yet, it is taken from a mask, else read from
    /// the file. A picture without either is left out with a note.
    pub(super) fn images(&self, options: &ExportOptions, notes: &mut Vec<String>) -> Vec<ImageRecord> {
        let wanted = |image: &&ImageRecord| options.takes_image(&self.document, image);
        let mut images = Vec::new();
        for image in self.document.images().iter().filter(wanted) {
            let mut image = image.clone();
            if image.width == 0 {
                let mask = self.document.objects_of(image.id).next().map(|o| (o.mask.width(), o.mask.height()));
                let size = mask.or_else(|| {
                    let info = media::probe(&self.file_of(&image)).ok();
                    info.map(|info| (info.width, info.height))
                });
                let Some(size) = size else {
                    notes.push(format!("{}: cannot be read and has no objects, left out", image.path));
                    continue;
                };
                (image.width, image.height) = size;
            }
            images.push(image);
        }
        images
    }

    /// A picture's file as seen from a folder, with `/`, where that names no folder outside of both the pictures' root and that
    /// folder; `None` where it would.
    pub(super) fn seen_from(&self, image: &ImageRecord, folder: &Path) -> Option<String> {
        let (file, folder) = (paths::absolute(&self.file_of(image)), paths::absolute(folder));
        let own = folder.starts_with(paths::absolute(self.root)) || file.starts_with(&folder);
        paths::relative(&folder, &file).filter(|_| own)
    }

    /// Pictures whose file is stored turned: masks are in the upright picture, other programs may not turn it.
    pub(super) fn orientation_notes(&self, images: &[ImageRecord]) -> Vec<String> {
        let tagged = |image: &&ImageRecord| {
            self.document.object_count_of(image.id) > 0
                && media::probe(&self.file_of(image)).is_ok_and(|info| info.source.orientation != 1)
        };
        let note = |image: &ImageRecord| {
            format!("{}: has an EXIF orientation; masks and size are those of the upright picture", image.path)
        };
        images.iter().filter(tagged).map(note).collect()
    }
}

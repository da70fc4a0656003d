//! What an export reads from: the document and where its pictures are.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use super::options::ExportOptions;
use crate::document::{Document, ImageRecord};
use crate::media;
use crate::store::{Project, paths};

/// The project as a writer sees it; can be shared between threads.
pub(super) struct Source<'p> {
    pub(super) document: &'p Document,
    root: &'p Path,
    project: Option<&'p Path>,
}

impl<'p> Source<'p> {
    pub(super) fn new(project: &'p Project) -> Self {
        Self { document: project.document(), root: project.root(), project: project.path() }
    }

    /// Where a picture's file is.
    pub(super) fn file_of(&self, image: &ImageRecord) -> PathBuf {
        paths::resolve(self.root, &image.path)
    }

    /// All picture files, which an export must not overwrite.
    pub(super) fn media(&self) -> HashSet<PathBuf> {
        self.document.images().iter().map(|image| self.file_of(image)).collect()
    }

    /// The pictures to export, each with its size: where it is not known yet, it is taken from a mask, else read from
    /// the file. A picture without either is left out with a note.
    pub(super) fn images(&self, options: &ExportOptions, notes: &mut Vec<String>) -> Vec<ImageRecord> {
        let wanted = |image: &&ImageRecord| !options.only_done || image.state.is_finished();
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

    /// The project file as seen from a folder, with `/`.
    pub(super) fn project_seen_from(&self, folder: &Path) -> Option<String> {
        let project = paths::absolute(self.project?);
        Some(paths::relative(folder, &project).unwrap_or_else(|| project.to_string_lossy().into_owned()))
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

//! Pictures against their files.

use std::path::Path;

use super::{Detail, Finding, FindingKind};
use crate::document::{Document, ImageRecord};
use crate::media;
use crate::store::paths;

pub(super) fn check(document: &Document, root: &Path, image: &ImageRecord, found: &mut Vec<Finding>) {
    let path = paths::resolve(root, &image.path);
    if !path.is_file() {
        let objects = document.object_count_of(image.id);
        let what = Detail::NotThere { path: path.display().to_string(), objects };
        found.push(Finding::new(FindingKind::MissingFile, image, &[], what));
        return;
    }
    match media::probe(&path) {
        Err(error) => {
            let what = Detail::NotReadable(error.to_string());
            found.push(Finding::new(FindingKind::UnreadableFile, image, &[], what));
        }
        Ok(info) if image.width > 0 && (info.width, info.height) != (image.width, image.height) => {
            let what = Detail::FileSize { file: [info.width, info.height], masks: [image.width, image.height] };
            found.push(Finding::new(FindingKind::WrongSize, image, &[], what));
        }
        Ok(_) => {}
    }
}

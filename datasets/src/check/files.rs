//! Pictures against their files.

use std::path::Path;

use super::{Finding, FindingKind};
use crate::document::{Document, ImageRecord};
use crate::media;
use crate::store::paths;

pub(super) fn check(document: &Document, root: &Path, image: &ImageRecord, found: &mut Vec<Finding>) {
    let path = paths::resolve(root, &image.path);
    if !path.is_file() {
        let objects = document.object_count_of(image.id);
        let what = format!("{} is not there; {objects} objects are kept", path.display());
        found.push(Finding::new(FindingKind::MissingFile, image, &[], what));
        return;
    }
    match media::probe(&path) {
        Err(error) => found.push(Finding::new(FindingKind::UnreadableFile, image, &[], error.to_string())),
        Ok(info) if image.width > 0 && (info.width, info.height) != (image.width, image.height) => {
            let (w, h) = (info.width, info.height);
            let turned = if (h, w) == (image.width, image.height) { " (turned?)" } else { "" };
            let what = format!("the file is {w}x{h}, its masks are for {}x{}{turned}", image.width, image.height);
            found.push(Finding::new(FindingKind::WrongSize, image, &[], what));
        }
        Ok(_) => {}
    }
}

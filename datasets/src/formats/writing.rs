//! Writing picture by picture, in parallel, with progress and cancelling.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use serde_json::{Map, Value};

use super::kept::KEPT;
use super::report::FormatError;
use super::staging::Staging;
use super::{Progress, Source};
use crate::document::{ImageRecord, Object};
use crate::media;

/// Calls `write` for every picture; results in the order of the pictures. The first error ends it.
pub(super) fn each<T: Send>(
    images: &[ImageRecord],
    progress: &dyn Progress,
    write: impl Fn(&ImageRecord) -> Result<T, FormatError> + Sync,
) -> Result<Vec<T>, FormatError> {
    let done = AtomicU64::new(0);
    let one = |image: &ImageRecord| {
        if progress.cancelled() {
            return Err(FormatError::Cancelled);
        }
        let written = write(image)?;
        progress.report(done.fetch_add(1, Ordering::Relaxed) + 1, images.len() as u64, &image.path);
        Ok(written)
    };
    images.par_iter().map(one).collect()
}

/// The objects of a picture that have pixels, from bottom to top, and a note about the others.
pub(super) fn objects_with_pixels<'s>(
    source: &'s Source<'_>,
    image: &ImageRecord,
    notes: &mut Vec<String>,
) -> Vec<&'s Object> {
    let (empty, full): (Vec<_>, Vec<_>) = source.document.objects_of(image.id).partition(|o| o.mask.is_empty());
    let note = |object: &Object| format!("{}: object {} is empty, left out", image.path, object.id.0);
    notes.extend(empty.into_iter().map(note));
    full
}

/// Copies a picture's file into the export; a missing one is only noted.
pub(super) fn copy_picture(
    source: &Source<'_>,
    staging: &Staging,
    image: &ImageRecord,
    name: &str,
    notes: &mut Vec<String>,
) -> Result<(), FormatError> {
    let from = source.file_of(image);
    // A project may come from anybody and name any file as its picture: what is none is not given away.
    match media::probe(&from) {
        Ok(_) => return staging.copy(name, &from),
        Err(_) if !from.exists() => notes.push(format!("{}: the file is missing and was not copied", image.path)),
        Err(error) => notes.push(format!("{}: not copied: {error}", image.path)),
    }
    Ok(())
}

/// The longest extension of a picture, in bytes.
const LONGEST_EXTENSION: usize = 12;

/// A picture's name in a folder of its own: the stem with the original extension.
pub(super) fn picture_name(image: &ImageRecord, stem: &str) -> String {
    let is_plain = |text: &str| text.len() <= LONGEST_EXTENSION && text.chars().all(char::is_alphanumeric);
    match image.file_name().rsplit_once('.').filter(|(_, extension)| is_plain(extension)) {
        Some((_, extension)) => format!("{stem}.{extension}"),
        None => stem.to_owned(),
    }
}

/// Splits a target into folder and file name: the path itself if it has the extension, else the usual name in it.
pub(super) fn target_of(to: &Path, usual: &str) -> (std::path::PathBuf, String) {
    let extension = Path::new(usual).extension();
    let named = to.extension().is_some_and(|found| extension.is_some_and(|wanted| found.eq_ignore_ascii_case(wanted)));
    match (to.parent(), to.file_name()) {
        (Some(folder), Some(name)) if named && !to.is_dir() => {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            (folder.to_path_buf(), name.to_string_lossy().into_owned())
        }
        _ => (to.to_path_buf(), usual.to_owned()),
    }
}

/// The members of a JSON object literal.
pub(super) fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

/// Adds what came with an import and has no place of its own, unless the format uses the name itself.
pub(super) fn add_extra(members: &mut Map<String, Value>, extra: &Map<String, Value>, own: &[&str]) {
    for (key, value) in extra {
        if !own.contains(&key.as_str()) && !members.contains_key(key) && key != KEPT {
            members.insert(key.clone(), value.clone());
        }
    }
}

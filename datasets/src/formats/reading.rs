//! Reading picture by picture, in parallel, and what the readers of shapes have in common.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use limn_files::WalkRules;
use rayon::prelude::*;
use serde_json::{Map, Value};

use super::dataset::{Dataset, FoundImage, FoundObject};
use super::report::{Fault, FormatError};
use super::{Progress, lenient, text};
use crate::document::natural_cmp;
use crate::media;
use crate::raster::Mask;
use crate::store::paths;

/// Pictures that are read at a time.
const BATCH: usize = 64;

/// Deeper folders are not searched.
const MAX_DEPTH: usize = 32;

/// What one picture's part of a data set gave: the picture, and its objects with the names of their classes.
#[derive(Default)]
pub(super) struct Picture {
    pub(super) found: Option<FoundImage>,
    pub(super) objects: Vec<(String, FoundObject)>,
    pub(super) faults: Vec<Fault>,
}

impl Picture {
    /// Nothing but a fault.
    pub(super) fn only(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self { faults: vec![Fault::new(place, what)], ..Self::default() }
    }
}

/// Reads one picture after the other into the data set.
pub(super) fn each<T: Sync>(
    items: &[T],
    dataset: &mut Dataset,
    progress: &dyn Progress,
    name: impl Fn(&T) -> &str,
    read: impl Fn(&T) -> Picture + Sync,
) -> Result<(), FormatError> {
    for (at, batch) in items.chunks(BATCH).enumerate() {
        if progress.cancelled() {
            return Err(FormatError::Cancelled);
        }
        progress.report((at * BATCH) as u64, items.len() as u64, name(&batch[0]));
        let pictures: Vec<Picture> = batch.par_iter().map(&read).collect();
        for picture in pictures {
            dataset.faults.extend(picture.faults);
            let Some(found) = picture.found else { continue };
            let image = dataset.images.len();
            dataset.images.push(found);
            for (class, mut object) in picture.objects {
                object.class = dataset.class_named(&class);
                object.image = image;
                dataset.objects.push(object);
            }
        }
    }
    Ok(())
}

/// A shape of a picture; those with the same class and the same key are parts of one object.
pub(super) struct Shape {
    pub(super) class: String,
    pub(super) object: FoundObject,
    pub(super) part_of: Option<i64>,
}

/// Shapes to objects.
pub(super) fn joined(shapes: Vec<Shape>) -> Vec<(String, FoundObject)> {
    let mut whole: HashMap<(i64, String), usize> = HashMap::new();
    let mut objects: Vec<(String, FoundObject)> = Vec::new();
    // Joined at the end: one union after the other would be parts times pixels.
    let mut parts: Vec<Vec<Mask>> = Vec::new();
    for Shape { class, object, part_of } in shapes {
        let next = objects.len();
        let at = part_of.map_or(next, |key| *whole.entry((key, class.clone())).or_insert(next));
        match objects.get(at) {
            Some(_) => parts[at].push(object.mask),
            None => {
                objects.push((class, object));
                parts.push(Vec::new());
            }
        }
    }
    for ((_, object), parts) in objects.iter_mut().zip(parts).filter(|(_, parts)| !parts.is_empty()) {
        let (width, height) = (object.mask.width(), object.mask.height());
        object.mask = Mask::union_all(width, height, parts.iter().chain([&object.mask]));
    }
    objects
}

/// All files below a folder with this extension, relative with `/`, in natural order; hidden ones and links that lead out of it
/// are passed over, every folder is visited once.
pub(super) fn files_below(folder: &Path, extension: &str) -> Vec<String> {
    let rules = WalkRules { depth: MAX_DEPTH, ..WalkRules::default() };
    let fits = |path: &Path| path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension));
    // What was passed over was told when the data set was opened.
    let found = limn_files::walk(folder, rules).filter_map(Result::ok).filter(|file| fits(&file.relative));
    let mut out: Vec<String> = found.filter_map(|file| paths::slashed(&file.relative)).collect();
    out.sort_by(|a, b| natural_cmp(a, b));
    out
}

/// The pictures of this stem in a folder (the stem may lead into one below it), whatever their extension.
pub(super) fn beside(folder: &Path, stem: &str) -> Vec<PathBuf> {
    let extensions = media::EXTENSIONS.iter().flat_map(|extension| [(*extension).to_owned(), extension.to_uppercase()]);
    let files = extensions.map(|extension| folder.join(format!("{stem}.{extension}"))).filter(|path| path.is_file());
    let mut found: Vec<PathBuf> = Vec::new();
    for path in files {
        // Where the system does not mind the case, one file answers to both.
        let is_known = |known: &PathBuf| known.canonicalize().ok() == path.canonicalize().ok();
        if !found.iter().any(is_known) {
            found.push(path);
        }
    }
    found
}

/// The file to read: the path itself, or within a folder the usual one, else the only one with its extension. The folder
/// itself where that leaves a doubt.
pub(super) fn source_file(from: &Path, usual: &str) -> PathBuf {
    let named = from.join(usual);
    if !from.is_dir() {
        return from.to_path_buf();
    }
    let wanted = named.extension();
    let entries = std::fs::read_dir(from).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.extension() == wanted && path.is_file()).collect();
    match (files.pop(), files.is_empty()) {
        (Some(only), true) => only,
        _ if named.is_file() => named,
        _ => from.to_path_buf(),
    }
}

/// The JSON of a file, in any encoding, with NaN and the like as empty texts.
///
/// # Errors
/// One line that says what is wrong.
pub(super) fn json(path: &Path) -> Result<Value, String> {
    let mut bytes = text::read(path)?.into_bytes();
    super::coco::stream::replace_nan(&mut bytes);
    serde_json::from_slice(&bytes).map_err(|error| error.to_string())
}

/// A JSON object out of a file.
///
/// # Errors
/// One line that says what is wrong.
pub(super) fn json_object(path: &Path) -> Result<Map<String, Value>, String> {
    match json(path)? {
        Value::Object(members) => Ok(members),
        _ => Err("it is not a JSON object".to_owned()),
    }
}

/// Whether something is covered partly, as VOC, CVAT and Datumaro say it.
pub(super) fn is_occluded(attributes: &Map<String, Value>, extra: &Map<String, Value>) -> bool {
    let set = |value: &Value| lenient::flag(value) == Some(true);
    attributes.get("occluded").or_else(|| extra.get("occluded")).is_some_and(set)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_one_class_and_key_are_joined() {
        let shape = |class: &str, x: u8, part_of| {
            let mask = Mask::from_predicate(4, 1, &[0, 1, 2, 3], |value: u8| value == x);
            Shape { class: class.to_owned(), object: FoundObject::new(String::new(), 0, 0, mask), part_of }
        };
        let shapes = vec![
            shape("a", 0, Some(1)),
            shape("b", 1, Some(1)),
            shape("a", 2, Some(1)),
            shape("a", 3, None),
            shape("a", 1, None),
        ];
        let areas: Vec<_> = joined(shapes).iter().map(|(class, object)| (class.clone(), object.mask.area())).collect();
        let expected = [("a", 2), ("b", 1), ("a", 1), ("a", 1)].map(|(class, area)| (class.to_owned(), area));
        assert_eq!(areas, expected);
    }
}

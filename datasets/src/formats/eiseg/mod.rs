//! EISeg's own: a COCO file `annotations.json` and the list of labels `autosave_label.txt`
//! (<https://github.com/PaddlePaddle/PaddleSeg/tree/release/2.10/EISeg>, `util/coco/coco.py`, `util/label.py`).
//!
//! * `write`; `labels`: the list, `idx name R G B` a line; `lists`: its JSON per picture, a list of outlines
//!
//! EISeg reads the first ring of an annotation only and knows no run lengths: every part of an object becomes an
//! annotation of its own with one ring, holes joined by a bridge. Limn puts the parts together again; what EISeg wrote
//! has one object per annotation. EISeg knows pictures by their names without folders. It splits label lines at spaces:
//! names with spaces are written with no-break spaces, which read as spaces.

mod labels;
mod lists;
mod write;

use std::collections::HashMap;

use super::dataset::{Dataset, FoundClass, FoundObject};
use super::door::{self, Door, Reading};
use super::report::FormatError;
use super::{Choice, coco, text};
use crate::raster::{Mask, PixelRect};

/// The usual name of the file.
const FILE: &str = "annotations.json";

/// The usual name of the list of labels.
const LABELS: &str = "autosave_label.txt";

/// The door of the format.
pub(super) const DOOR: Door = Door {
    name: "eiseg",
    title: "EISeg (COCO and label list)",
    file: Some(FILE),
    choices: &[Choice::Tolerance],
    can_import: true,
    write: write::write,
    read,
    holdable: door::everything,
};

fn read(job: &Reading<'_>) -> Result<Dataset, FormatError> {
    let list = job.folder().join(LABELS);
    let labels = if list.is_file() {
        text::read(&list).map_err(|error| job.malformed(format!("{LABELS}: {error}")))?
    } else {
        String::new()
    };
    if let Some(mut dataset) = lists::read(job, &labels)? {
        add_labels(&labels, &mut dataset);
        return Ok(dataset);
    }
    let mut dataset = coco::read::read(job)?;
    // EISeg's `info` is an empty text.
    if let Some(serde_json::Value::Object(top)) = dataset.extra.get_mut("coco") {
        top.retain(|_, value| !value.as_str().is_some_and(str::is_empty));
    }
    join_parts(&mut dataset);
    if dataset.origin.is_none() {
        drop_doubles(&mut dataset);
    }
    add_labels(&labels, &mut dataset);
    Ok(dataset)
}

/// EISeg may write an outline a second time with another id.
fn drop_doubles(dataset: &mut Dataset) {
    let mut seen: HashMap<(usize, usize, Option<PixelRect>), Vec<Mask>> = HashMap::new();
    let before = dataset.objects.len();
    dataset.objects.retain(|object| {
        let known = seen.entry((object.image, object.class, object.mask.bounds())).or_default();
        let is_new = !known.contains(&object.mask);
        if is_new {
            known.push(object.mask.clone());
        }
        is_new
    });
    let doubles = before - dataset.objects.len();
    if doubles > 0 {
        dataset.notes.push(format!("{doubles} outlines are in the file twice, as EISeg writes them; taken once"));
    }
}

/// Annotations that say they are parts of one object become one.
fn join_parts(dataset: &mut Dataset) {
    let mut whole: HashMap<(usize, i64), usize> = HashMap::new();
    let mut joined: Vec<FoundObject> = Vec::with_capacity(dataset.objects.len());
    // One union after the other would be parts times pixels.
    let mut parts: Vec<Vec<Mask>> = Vec::new();
    for mut object in std::mem::take(&mut dataset.objects) {
        let part_of = object.note.extra.shift_remove("limn_object").and_then(|id| id.as_i64());
        match part_of.map(|id| (object.image, id)) {
            Some(key) => match whole.get(&key) {
                Some(&at) => parts[at].push(object.mask),
                None => {
                    object.note.id = Some(key.1);
                    whole.insert(key, joined.len());
                    joined.push(object);
                    parts.push(Vec::new());
                }
            },
            None => {
                joined.push(object);
                parts.push(Vec::new());
            }
        }
    }
    for (object, parts) in joined.iter_mut().zip(parts).filter(|(_, parts)| !parts.is_empty()) {
        let (width, height) = (object.mask.width(), object.mask.height());
        object.mask = Mask::union_all(width, height, parts.iter().chain([&object.mask]));
    }
    dataset.objects = joined;
    for image in &mut dataset.images {
        image.note.extra.retain(|_, value| !value.as_str().is_some_and(str::is_empty));
        if let Some(serde_json::Value::String(path)) = image.note.extra.shift_remove("limn_path") {
            image.project_path = Some(path);
        }
    }
}

/// Labels of the list that the file does not name, and colours it does not tell.
fn add_labels(text: &str, dataset: &mut Dataset) {
    let (labels, faults) = labels::parse(text);
    for what in faults {
        dataset.fault(LABELS, what);
    }
    let mut known: HashMap<String, usize> = HashMap::new();
    for (at, class) in dataset.classes.iter().enumerate() {
        known.entry(class.name.clone()).or_insert(at);
        known.entry(class.name.replace('\u{a0}', " ")).or_insert(at);
    }
    for label in labels {
        match known.get(&label.name).copied() {
            Some(at) => drop(dataset.classes[at].note.color.get_or_insert(label.color)),
            None => {
                known.insert(label.name.clone(), dataset.classes.len());
                let mut class = FoundClass::named(label.name);
                (class.note.id, class.note.color) = (Some(label.id), Some(label.color));
                dataset.classes.push(class);
            }
        }
    }
}

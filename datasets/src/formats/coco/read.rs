//! Reading: every fault is named with its place; what is sound comes in.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use rayon::prelude::*;
use serde_json::{Map, Value};

use super::segmentation;
use crate::document::ClickRecord;
use crate::formats::dataset::{Dataset, FoundClass, FoundImage, FoundObject, Origin, PictureFinder};
use crate::formats::report::{Fault, FormatError};
use crate::formats::staging::from_io;
use crate::formats::{Format, Progress};
use crate::media;
use crate::raster::rle::MAX_SIDE;
use crate::store::paths;

/// Annotations that are decoded at a time.
const BATCH: usize = 4096;

pub(super) fn read(file: &Path, images: Option<&Path>, progress: &dyn Progress) -> Result<Dataset, FormatError> {
    let mut top = parse(file)?;
    let mut dataset = Dataset::default();
    let folder = paths::absolute(file).parent().map(Path::to_path_buf);
    let finder = PictureFinder::new(images.map(Path::to_path_buf), folder.clone());
    let (found_images, found_classes) =
        (take_list(&mut top, "images", &mut dataset), take_list(&mut top, "categories", &mut dataset));
    let annotations = take_list(&mut top, "annotations", &mut dataset);
    let class_at = read_categories(found_classes, &mut dataset);
    let image_at = read_images(found_images, &finder, &mut dataset);
    let limn = top.get_mut("info").and_then(Value::as_object_mut).and_then(|info| info.remove("limn"));
    if let Some(limn) = limn {
        let seen_from = folder.unwrap_or_default();
        dataset.origin = Some(Origin {
            project: limn.get("project").and_then(Value::as_str).map(|path| paths::resolve(&seen_from, path)),
            only_done: limn.get("only_done").and_then(Value::as_bool).unwrap_or(false),
            ..Origin::default()
        });
    }
    if !top.is_empty() {
        dataset.extra.insert("coco".to_owned(), top.into());
    }
    read_annotations(annotations, &class_at, &image_at, &mut dataset, progress)?;
    Ok(dataset)
}

/// The JSON object of the file. Python writes NaN and Infinity where JSON has none: they are read as null, so that
/// only the annotation they stand in is lost.
fn parse(file: &Path) -> Result<Map<String, Value>, FormatError> {
    let bytes = std::fs::read(file).map_err(|error| from_io("read", file, error))?;
    let malformed = |detail: String| FormatError::Malformed { format: Format::Coco, path: file.to_path_buf(), detail };
    let parsed = serde_json::from_slice(&bytes).or_else(|error| match without_nan(&bytes) {
        Some(mended) => serde_json::from_slice(&mended),
        None => Err(error),
    });
    match parsed.map_err(|error| malformed(error.to_string()))? {
        Value::Object(top) if top.contains_key("images") || top.contains_key("annotations") => Ok(top),
        Value::Object(_) => Err(malformed("it has neither images nor annotations".to_owned())),
        Value::Array(_) => Err(malformed("it is a list (a results file?), not a data set".to_owned())),
        _ => Err(malformed("it is not an object".to_owned())),
    }
}

/// The text with `NaN`, `Infinity` and `-Infinity` outside of strings replaced by null; `None` if there are none.
fn without_nan(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    let (mut at, mut in_string, mut changed) = (0, false, false);
    while let Some(&byte) = bytes.get(at) {
        let word = [&b"-Infinity"[..], b"Infinity", b"NaN"].into_iter().find(|word| bytes[at..].starts_with(word));
        match (in_string, byte, word) {
            (false, _, Some(word)) => {
                out.extend_from_slice(b"null");
                at += word.len();
                changed = true;
                continue;
            }
            (true, b'\\', _) => {
                out.push(byte);
                at += 1;
                out.extend(bytes.get(at));
            }
            (_, b'"', _) => {
                in_string = !in_string;
                out.push(byte);
            }
            _ => out.push(byte),
        }
        at += 1;
    }
    changed.then_some(out)
}

fn take_list(top: &mut Map<String, Value>, name: &str, dataset: &mut Dataset) -> Vec<Value> {
    match top.remove(name) {
        Some(Value::Array(list)) => list,
        Some(_) => {
            dataset.fault(name, "is not a list; taken as empty");
            Vec::new()
        }
        None => {
            dataset.fault(name, "is missing; taken as empty");
            Vec::new()
        }
    }
}

fn take_object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn take_string(members: &mut Map<String, Value>, key: &str) -> Option<String> {
    match members.remove(key) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

fn take_integer(members: &mut Map<String, Value>, key: &str) -> Option<i64> {
    let value = members.remove(key)?;
    value.as_i64().or_else(|| value.as_f64().filter(|v| v.fract() == 0.0 && v.abs() < 1e15).map(|v| v as i64))
}

/// Position of every category by its id.
fn read_categories(list: Vec<Value>, dataset: &mut Dataset) -> HashMap<i64, usize> {
    let mut at_of = HashMap::new();
    for (at, value) in list.into_iter().enumerate() {
        let place = format!("categories[{at}]");
        let mut members = take_object(value);
        let Some(id) = take_integer(&mut members, "id") else {
            dataset.fault(place, "left out: it has no integer id");
            continue;
        };
        let Some(name) = take_string(&mut members, "name").filter(|name| !name.is_empty()) else {
            dataset.fault(place, "left out: it has no name");
            continue;
        };
        if at_of.contains_key(&id) {
            dataset.fault(place, format!("left out: id {id} is used twice"));
            continue;
        }
        let color = members.remove("color");
        let mut limn = take_object(members.remove("limn").unwrap_or_default());
        let class = FoundClass {
            id: Some(id),
            color: color.and_then(|color| serde_json::from_value(color).ok()),
            supercategory: take_string(&mut members, "supercategory").unwrap_or_default(),
            hotkey: take_integer(&mut limn, "hotkey").and_then(|key| u8::try_from(key).ok()),
            name,
            extra: members,
        };
        at_of.insert(id, dataset.classes.len());
        dataset.classes.push(class);
    }
    at_of
}

/// Position of every picture by its id.
fn read_images(list: Vec<Value>, finder: &PictureFinder, dataset: &mut Dataset) -> HashMap<i64, usize> {
    let mut at_of = HashMap::new();
    let mut names = HashSet::new();
    for (at, value) in list.into_iter().enumerate() {
        let place = format!("images[{at}]");
        let mut members = take_object(value);
        let Some(id) = take_integer(&mut members, "id") else {
            dataset.fault(place, "left out: it has no integer id");
            continue;
        };
        let Some(file) = take_string(&mut members, "file_name").filter(|name| !name.is_empty()) else {
            dataset.fault(place, "left out: it has no file_name");
            continue;
        };
        let file = file.replace('\\', "/");
        if at_of.contains_key(&id) {
            dataset.fault(place, format!("left out: id {id} is used twice"));
            continue;
        }
        if !names.insert(file.clone()) {
            dataset.fault(&place, format!("file_name {file:?} is used twice; both are taken as one picture"));
        }
        let side =
            |value: Option<i64>| value.and_then(|v| u32::try_from(v).ok()).filter(|v| (1..=MAX_SIDE).contains(v));
        let (width, height) = (take_integer(&mut members, "width"), take_integer(&mut members, "height"));
        let size = side(width).zip(side(height)).or_else(|| {
            let info = finder.find(&file).and_then(|path| media::probe(&path).ok());
            info.map(|info| (info.width, info.height))
        });
        let Some((width, height)) = size else {
            dataset.fault(place, format!("left out: the size of {file:?} is neither given nor readable"));
            continue;
        };
        let mut limn = take_object(members.remove("limn").unwrap_or_default());
        let done = limn.remove("done").and_then(|done| done.as_bool()).unwrap_or(false);
        at_of.insert(id, dataset.images.len());
        let (id, project_path) = (Some(id), None);
        dataset.images.push(FoundImage { place, id, file, project_path, width, height, done, extra: members });
    }
    at_of
}

fn read_annotations(
    list: Vec<Value>,
    class_at: &HashMap<i64, usize>,
    image_at: &HashMap<i64, usize>,
    dataset: &mut Dataset,
    progress: &dyn Progress,
) -> Result<(), FormatError> {
    let total = list.len();
    let mut ids = HashSet::new();
    let mut rest = list.into_iter().enumerate().peekable();
    while let Some(&(at, _)) = rest.peek() {
        if progress.cancelled() {
            return Err(FormatError::Cancelled);
        }
        progress.report(at as u64, total as u64, "annotations");
        let batch: Vec<(usize, Value)> = rest.by_ref().take(BATCH).collect();
        let images = &dataset.images;
        let own = dataset.origin.is_some();
        let read: Vec<_> = batch
            .into_par_iter()
            .map(|(at, value)| annotation(format!("annotations[{at}]"), value, class_at, image_at, images, own))
            .collect();
        for (found, faults) in read {
            dataset.faults.extend(faults);
            if let Some(mut object) = found {
                if let Some(id) = object.id
                    && !ids.insert(id)
                {
                    dataset.fault(&object.place, format!("id {id} is used twice; this one gets a new id"));
                    object.id = None;
                }
                dataset.objects.push(object);
            }
        }
    }
    Ok(())
}

/// One annotation: the object, if it is sound, and its faults.
fn annotation(
    place: String,
    value: Value,
    class_at: &HashMap<i64, usize>,
    image_at: &HashMap<i64, usize>,
    images: &[FoundImage],
    own: bool,
) -> (Option<FoundObject>, Vec<Fault>) {
    let mut faults = Vec::new();
    let mut members = take_object(value);
    let id = take_integer(&mut members, "id");
    let name = id.map_or_else(|| place.clone(), |id| format!("{place} (id {id})"));
    let left_out = |what: String| (None, vec![Fault::new(name.clone(), format!("left out: {what}"))]);
    let image_id = take_integer(&mut members, "image_id");
    let Some(&image) = image_id.and_then(|id| image_at.get(&id)) else {
        return left_out(format!("there is no picture {}", shown(image_id)));
    };
    let class_id = take_integer(&mut members, "category_id");
    let Some(&class) = class_id.and_then(|id| class_at.get(&id)) else {
        return left_out(format!("there is no category {}", shown(class_id)));
    };
    let (width, height) = (images[image].width, images[image].height);
    let mask = match segmentation::decode(&members.remove("segmentation").unwrap_or_default(), width, height) {
        Ok(mask) if mask.is_empty() => return left_out("its mask covers no pixel of the picture".to_owned()),
        Ok(mask) => mask,
        Err(what) => return left_out(what),
    };
    if id.is_none() {
        faults.push(Fault::new(&name, "it has no integer id; it gets a new one"));
    }
    let (area, bbox) = (members.remove("area"), members.remove("bbox"));
    if own {
        // Other programs measure area and box on the polygon; in our own files they are those of the mask.
        if area.as_ref().and_then(Value::as_u64) != Some(mask.area()) {
            faults.push(Fault::new(&name, format!("its area is not that of its mask ({} pixels)", mask.area())));
        }
        let expected = mask.bounds().map(|b| [b.x0, b.y0, b.width(), b.height()]);
        if bbox.and_then(|bbox| serde_json::from_value::<[u32; 4]>(bbox).ok()) != expected {
            faults.push(Fault::new(&name, "its bbox is not that of its mask"));
        }
    }
    let crowd = members.remove("iscrowd").is_some_and(|crowd| crowd == 1 || crowd == true);
    let mut limn = take_object(members.remove("limn").unwrap_or_default());
    let mut flag = |key: &str| limn.remove(key).is_some_and(|value| value == true);
    let (difficult, truncated, hidden) = (flag("difficult"), flag("truncated"), flag("hidden"));
    let object = FoundObject {
        id,
        z: take_integer(&mut limn, "z").or(own.then_some(0)),
        crowd,
        difficult,
        truncated,
        hidden,
        clicks: clicks(limn.remove("clicks")),
        model: take_string(&mut limn, "model"),
        extra: members,
        ..FoundObject::new(name, image, class, mask)
    };
    (Some(object), faults)
}

fn clicks(value: Option<Value>) -> Vec<ClickRecord> {
    let triples: Vec<(f32, f32, u8)> = value.and_then(|value| serde_json::from_value(value).ok()).unwrap_or_default();
    triples.into_iter().map(|(x, y, positive)| ClickRecord { x, y, positive: positive == 1 }).collect()
}

fn shown(id: Option<i64>) -> String {
    id.map_or_else(|| "(no integer id)".to_owned(), |id| id.to_string())
}

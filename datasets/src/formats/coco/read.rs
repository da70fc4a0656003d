//! Reading: every fault is named with its place; what is sound comes in.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use rayon::prelude::*;
use serde_json::{Map, Value};

use super::{segmentation, stream};
use crate::formats::Progress;
use crate::formats::dataset::{Dataset, FoundClass, FoundImage, FoundObject, Origin, PictureFinder};
use crate::formats::door::Reading;
use crate::formats::notes::{ClassNote, ImageNote, ObjectNote, take_note};
use crate::formats::report::{Fault, FormatError};
use crate::raster::rle::MAX_SIDE;
use crate::store::paths;

/// Annotations that are decoded at a time.
const BATCH: usize = 4096;

/// Pixels that a polygon may reach out of the picture without a word: tools round in many ways.
const TOLERATED_OVERHANG: f64 = 2.0;

/// Reads a COCO file; `format` is named in errors.
pub(in crate::formats) fn read(job: &Reading<'_>) -> Result<Dataset, FormatError> {
    let Reading { from: ref file, format, images, progress, .. } = *job;
    let text = stream::Text::read(file, format)?;
    let stream::Head { mut top, annotations } = text.head()?;
    let mut dataset = Dataset::default();
    let folder = paths::absolute(file).parent().map(Path::to_path_buf);
    let finder = PictureFinder::new(images.map(Path::to_path_buf), folder.clone());
    let (found_images, found_classes) =
        (take_list(&mut top, "images", &mut dataset), take_list(&mut top, "categories", &mut dataset));
    match annotations {
        stream::Annotations::List(_) => {}
        stream::Annotations::Missing => dataset.fault("annotations", "is missing; taken as empty"),
        stream::Annotations::NoList => dataset.fault("annotations", "is not a list; taken as empty"),
    }
    let class_at = read_categories(found_classes, &mut dataset);
    let image_at = read_images(found_images, &finder, &mut dataset);
    dataset.origin = take_origin(&mut top, &folder.unwrap_or_default());
    if !top.is_empty() {
        dataset.extra.insert("coco".to_owned(), top.into());
    }
    if let stream::Annotations::List(total) = annotations {
        read_annotations(&text, total, &class_at, &image_at, &mut dataset, progress)?;
    }
    Ok(dataset)
}

/// What `info` says about the export, if it is one of ours.
pub(in crate::formats) fn take_origin(top: &mut Map<String, Value>, seen_from: &Path) -> Option<Origin> {
    let limn = top.get_mut("info").and_then(Value::as_object_mut).and_then(|info| info.remove("limn"))?;
    Some(Origin {
        project: limn.get("project").and_then(Value::as_str).map(|path| paths::resolve(seen_from, path)),
        only_done: limn.get("only_done").and_then(Value::as_bool).unwrap_or(false),
        ..Origin::default()
    })
}

pub(in crate::formats) fn take_list(top: &mut Map<String, Value>, name: &str, dataset: &mut Dataset) -> Vec<Value> {
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

pub(in crate::formats) fn take_object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

pub(in crate::formats) fn take_string(members: &mut Map<String, Value>, key: &str) -> Option<String> {
    match members.remove(key) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

pub(in crate::formats) fn take_integer(members: &mut Map<String, Value>, key: &str) -> Option<i64> {
    let value = members.remove(key)?;
    value.as_i64().or_else(|| value.as_f64().filter(|v| v.fract() == 0.0 && v.abs() < 1e15).map(|v| v as i64))
}

/// Position of every category by its id.
pub(in crate::formats) fn read_categories(list: Vec<Value>, dataset: &mut Dataset) -> HashMap<i64, usize> {
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
        let color = members.remove("color").and_then(|color| serde_json::from_value(color).ok());
        let supercategory = take_string(&mut members, "supercategory").unwrap_or_default();
        let note: ClassNote = take_note(&mut members);
        let note = ClassNote { id: Some(id), color, supercategory, extra: members, ..note };
        let class = FoundClass { name, note };
        at_of.insert(id, dataset.classes.len());
        dataset.classes.push(class);
    }
    at_of
}

/// Position of every picture by its id.
pub(in crate::formats) fn read_images(
    list: Vec<Value>,
    finder: &PictureFinder,
    dataset: &mut Dataset,
) -> HashMap<i64, usize> {
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
        let size = side(width).zip(side(height)).or_else(|| finder.size(&file));
        let Some((width, height)) = size else {
            dataset.fault(place, format!("left out: the size of {file:?} is neither given nor readable"));
            continue;
        };
        let note: ImageNote = take_note(&mut members);
        let note = ImageNote { extra: compact(members), ..note };
        at_of.insert(id, dataset.images.len());
        dataset.images.push(FoundImage { place, id: Some(id), file, project_path: None, width, height, note });
    }
    at_of
}

fn read_annotations(
    text: &stream::Text,
    total: u64,
    class_at: &HashMap<i64, usize>,
    image_at: &HashMap<i64, usize>,
    dataset: &mut Dataset,
    progress: &dyn Progress,
) -> Result<(), FormatError> {
    let mut ids = HashSet::new();
    let own = dataset.origin.is_some();
    // So many were counted.
    dataset.objects.reserve_exact(usize::try_from(total).unwrap_or(0));
    text.annotations(BATCH, |first, batch| {
        if progress.cancelled() {
            return Err(FormatError::Cancelled);
        }
        progress.report(first, total, "annotations");
        let images = &dataset.images;
        let read: Vec<_> = (first..)
            .zip(batch)
            .collect::<Vec<_>>()
            .into_par_iter()
            .map(|(at, value)| annotation(format!("annotations[{at}]"), value, class_at, image_at, images, own))
            .collect();
        for (found, faults) in read {
            dataset.faults.extend(faults);
            if let Some(mut object) = found {
                if let Some(id) = object.note.id
                    && !ids.insert(id)
                {
                    dataset.fault(&object.place, format!("id {id} is used twice; this one gets a new id"));
                    object.note.id = None;
                }
                dataset.objects.push(object);
            }
        }
        Ok(())
    })
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
    let segmentation = members.remove("segmentation").unwrap_or_default();
    let overhang = segmentation::overhang(&segmentation, width, height);
    let mask = match segmentation::decode(&segmentation, width, height) {
        Ok(mask) if mask.is_empty() => return left_out("its mask covers no pixel of the picture".to_owned()),
        Ok(mask) => mask,
        Err(what) => return left_out(what),
    };
    if overhang > TOLERATED_OVERHANG {
        faults.push(Fault::new(&name, format!("it reaches {overhang:.0} pixels out of the picture; cut off there")));
    }
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
    let mut note: ObjectNote = take_note(&mut members);
    if let Some(Value::Object(attributes)) = members.get_mut("attributes") {
        note.attributes = std::mem::take(attributes);
        members.remove("attributes");
    }
    note.z = note.z.or(own.then_some(0));
    let note = ObjectNote { id, crowd, extra: compact(members), ..note };
    (Some(FoundObject { note, ..FoundObject::new(name, image, class, mask) }), faults)
}

/// What is left of a record without the room of what was taken out: of a million objects that is a gigabyte.
fn compact(members: Map<String, Value>) -> Map<String, Value> {
    if members.is_empty() { Map::new() } else { members.into_iter().collect() }
}

fn shown(id: Option<i64>) -> String {
    id.map_or_else(|| "(no integer id)".to_owned(), |id| id.to_string())
}

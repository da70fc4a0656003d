//! Reading: every fault is named with its place; what is sound comes in.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::path::Path;

use rayon::prelude::*;
use serde_json::{Map, Value};

use super::{CATEGORY, segmentation, stream};
use crate::formats::dataset::{Dataset, FoundClass, FoundImage, FoundObject, Origin};
use crate::formats::door::Reading;
use crate::formats::lenient::Id;
use crate::formats::notes::{ClassNote, ImageNote, ObjectNote, take_note};
use crate::formats::pictures::{Found, Pictures, file_name, slashes};
use crate::formats::placing::some_of;
use crate::formats::reading::files_below;
use crate::formats::report::{Fault, FormatError};
use crate::formats::room::Room;
use crate::formats::{Format, kept, lenient, shapes};
use crate::raster::Mask;
use crate::store::paths;

/// Annotations that are decoded at a time.
const BATCH: usize = 4096;

/// Pixels that a polygon may reach out of the picture without a word: tools round in many ways.
const TOLERATED_OVERHANG: f64 = 2.0;

/// Reads a COCO file, or all of a folder; `format` is named in errors.
pub(in crate::formats) fn read(job: &Reading<'_>) -> Result<Dataset, FormatError> {
    if !job.from.is_dir() {
        let mut dataset = Dataset::default();
        one_file(job, &job.from, None, &mut dataset)?;
        return Ok(dataset);
    }
    let files = files_below(&job.from, "json");
    let is_instances = |file: &String| file_name(Path::new(file)).to_lowercase().starts_with("instances");
    // Of the files of one set that describe the same pictures, those with outlines.
    let only: Vec<String> = files.iter().filter(|file| is_instances(file)).cloned().collect();
    let chosen = if only.is_empty() { files.clone() } else { only };
    let mut dataset = Dataset::default();
    let mut read: Vec<String> = Vec::new();
    for file in &chosen {
        match one_file(job, &job.from.join(file), Some(file), &mut dataset) {
            Ok(()) => read.push(file.clone()),
            Err(FormatError::Malformed { detail, .. }) => dataset.fault(file, format!("left out: {detail}")),
            Err(error) => return Err(error),
        }
    }
    if read.is_empty() {
        let detail = match dataset.faults.first() {
            Some(fault) => fault.to_string(),
            None => "there is no *.json file in it".to_owned(),
        };
        return Err(job.malformed(detail));
    }
    dataset.notes.push(format!("{} files were read: {}", read.len(), read.join(", ")));
    let others: Vec<String> = files.into_iter().filter(|file| !chosen.contains(file)).collect();
    if !others.is_empty() {
        dataset.notes.push(format!("passed over, they hold no outlines by their names: {}", some_of(&others)));
    }
    Ok(dataset)
}

/// Reads one file; `part` is its name among several, whose pictures lie beside it or in a folder that it names.
fn one_file(job: &Reading<'_>, file: &Path, part: Option<&str>, dataset: &mut Dataset) -> Result<(), FormatError> {
    let Reading { format, pictures, .. } = *job;
    let text = stream::Text::read(file, format)?;
    let stream::Head { mut top, annotations } = text.head()?;
    let place = |what: &str| part.map_or_else(|| what.to_owned(), |part| format!("{part} {what}"));
    let folder = paths::absolute(file).parent().map(Path::to_path_buf).unwrap_or_default();
    let found_images = take_list(&mut top, "images", dataset);
    let unnamed = top.get("categories").is_none_or(Value::is_null);
    let found_classes = take_list(&mut top, "categories", dataset);
    match annotations {
        stream::Annotations::List(_) => {}
        stream::Annotations::Missing => dataset.fault(place("annotations"), "is missing; taken as empty"),
        stream::Annotations::NoList => dataset.fault(place("annotations"), "is not a list; taken as empty"),
    }
    let first_image = dataset.images.len();
    let mut classes = Classes { at: read_categories(found_classes, dataset), unnamed };
    let image_at = read_images(found_images, pictures, dataset);
    if let Some(part) = part {
        dataset.images[first_image..].iter_mut().for_each(|image| find_beside(image, part, &folder, pictures));
    } else {
        dataset.origin = take_origin(&mut top);
    }
    if !top.is_empty() && part.is_none() {
        dataset.extra.insert("coco".to_owned(), top.into());
    }
    if let stream::Annotations::List(total) = annotations {
        let prefix = part.map_or_else(String::new, |part| format!("{part} "));
        read_annotations(job, &text, total, &prefix, &mut classes, &image_at, dataset)?;
    }
    Ok(())
}

/// Of several files each means the pictures beside it, else those in the folder it is called after:
/// `instances_train.json`.
fn find_beside(image: &mut FoundImage, part: &str, folder: &Path, pictures: &Pictures) {
    image.place = format!("{part} {}", image.place);
    image.id = None;
    let beside = paths::resolve(folder, &image.file);
    let name = file_name(Path::new(part));
    let split = name.trim_end_matches(".json").rsplit(['_', '-', '.']).next().unwrap_or_default().to_owned();
    let in_split = || match pictures.look(&format!("{split}/{}", image.file), None) {
        Found::Exact(path) | Found::Close(path) => Some(path),
        _ => None,
    };
    let file = Some(beside).filter(|path| path.is_file()).or_else(in_split);
    if let Some(path) = file {
        image.file = path.to_string_lossy().into_owned();
    }
}

/// What `info` says about the export, if it is one of ours.
pub(in crate::formats) fn take_origin(top: &mut Map<String, Value>) -> Option<Origin> {
    let limn = top.get_mut("info").and_then(Value::as_object_mut).and_then(|info| info.remove("limn"))?;
    Some(Origin::of_note(&limn))
}

pub(in crate::formats) fn take_list(top: &mut Map<String, Value>, name: &str, dataset: &mut Dataset) -> Vec<Value> {
    match top.remove(name) {
        Some(Value::Array(list)) => list,
        // Records by their ids.
        Some(Value::Object(members)) if !members.is_empty() && members.values().all(Value::is_object) => {
            members.into_iter().map(|(_, value)| value).collect()
        }
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
    members.remove(key).as_ref().and_then(lenient::text)
}

pub(in crate::formats) fn take_integer(members: &mut Map<String, Value>, key: &str) -> Option<i64> {
    members.remove(key).as_ref().and_then(lenient::integer)
}

/// Position of every category by its id.
pub(in crate::formats) fn read_categories(list: Vec<Value>, dataset: &mut Dataset) -> HashMap<Id, usize> {
    let mut at_of = HashMap::new();
    let before: HashMap<String, usize> =
        dataset.classes.iter().enumerate().rev().map(|(at, class)| (class.name.clone(), at)).collect();
    for (at, value) in list.into_iter().enumerate() {
        let place = format!("categories[{at}]");
        let mut members = take_object(value);
        let Some(id) = Id::take(&mut members, "id") else {
            dataset.fault(place, "left out: it has no id");
            continue;
        };
        let Some(name) = take_string(&mut members, "name") else {
            dataset.fault(place, "left out: it has no name");
            continue;
        };
        if at_of.contains_key(&id) {
            dataset.fault(place, format!("left out: id {id} is used twice"));
            continue;
        }
        // Of several files each lists the same ones again.
        if let Some(known) = before.get(&name) {
            at_of.insert(id, *known);
            continue;
        }
        let color = members.remove("color").as_ref().and_then(lenient::color);
        let supercategory = take_string(&mut members, "supercategory").unwrap_or_default();
        let note: ClassNote = take_note(&mut members);
        let note = ClassNote { id: id.number(), color, supercategory, extra: members, ..note };
        let class = FoundClass { name, note };
        at_of.insert(id, dataset.classes.len());
        dataset.classes.push(class);
    }
    at_of
}

/// Which picture an id means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::formats) enum Meant {
    /// The picture at this position.
    Picture(usize),
    /// Several have it.
    Several(String),
}

impl Meant {
    /// The position, unless there is a doubt.
    pub(in crate::formats) fn position(&self) -> Option<usize> {
        match self {
            Self::Picture(at) => Some(*at),
            Self::Several(_) => None,
        }
    }
}

/// Position of every picture by its id.
pub(in crate::formats) fn read_images(
    list: Vec<Value>,
    pictures: &Pictures,
    dataset: &mut Dataset,
) -> HashMap<Id, Meant> {
    let mut at_of: HashMap<Id, Meant> = HashMap::new();
    let mut names = HashSet::new();
    for (at, value) in list.into_iter().enumerate() {
        let place = format!("images[{at}]");
        let mut members = take_object(value);
        let Some(id) = Id::take(&mut members, "id") else {
            dataset.fault(place, "left out: it has no id");
            continue;
        };
        let usual = take_string(&mut members, "file_name");
        let others = ["filename", "path", "coco_url", "url", "flickr_url"];
        let other = || others.iter().find_map(|key| members.get(*key).and_then(lenient::text));
        let Some(file) = usual.or_else(other) else {
            dataset.fault(place, "left out: it has no file_name");
            continue;
        };
        let file = slashes(&file);
        match at_of.get(&id) {
            // The same picture once more is no doubt.
            Some(Meant::Picture(known)) if dataset.images[*known].file == file => continue,
            Some(_) => {}
            None if !names.insert(file.clone()) => {
                dataset.fault(&place, format!("file_name {file:?} is used twice; both are taken as one picture"));
            }
            None => {}
        }
        let (width, height) = (members.remove("width"), members.remove("height"));
        let given = width.as_ref().and_then(lenient::side).zip(height.as_ref().and_then(lenient::side));
        let Some((width, height)) = given.or_else(|| pictures.size(&file)) else {
            dataset.fault(place, format!("left out: the size of {file:?} is neither given nor readable"));
            continue;
        };
        let note: ImageNote = take_note(&mut members);
        let note = ImageNote { extra: compact(members), ..note };
        let position = dataset.images.len();
        let meant = match at_of.remove(&id) {
            None => Meant::Picture(position),
            Some(before) => {
                let names = match before {
                    Meant::Picture(known) => dataset.images[known].file.clone(),
                    Meant::Several(names) => names,
                };
                dataset.fault(&place, format!("id {id} is used twice, for {names} and {file}: whose annotations?"));
                Meant::Several(format!("{names} and {file}"))
            }
        };
        let id = if at_of.insert(id.clone(), meant).is_none() { id.number() } else { None };
        dataset.images.push(FoundImage { place, id, file, project_path: None, width, height, note });
    }
    at_of
}

/// The categories of a file.
struct Classes {
    at: HashMap<Id, usize>,
    /// The file has no list: the ids are all the names there are.
    unnamed: bool,
}

fn read_annotations(
    job: &Reading<'_>,
    text: &stream::Text,
    total: u64,
    prefix: &str,
    classes: &mut Classes,
    image_at: &HashMap<Id, Meant>,
    dataset: &mut Dataset,
) -> Result<(), FormatError> {
    let progress = job.progress;
    let mut ids = HashSet::new();
    let own = dataset.origin.is_some();
    // So many were counted.
    dataset.objects.reserve_exact(usize::try_from(total).unwrap_or(0));
    text.annotations(BATCH, |first, batch| {
        if progress.cancelled() {
            return Err(FormatError::Cancelled);
        }
        progress.report(first, total, "annotations");
        if classes.unnamed {
            for id in batch.iter().filter_map(|value| Id::of(value.get("category_id")?)) {
                if let Entry::Vacant(free) = classes.at.entry(id) {
                    let id = free.key();
                    let name = format!("class {}", id.to_string().trim_matches('"'));
                    dataset.notes.push(format!("category {id} has no name; it is called {name:?}"));
                    let at = dataset.class_named(&name);
                    dataset.classes[at].note.id = id.number();
                    free.insert(at);
                }
            }
        }
        let named = &dataset.classes;
        let known = Known { classes: &classes.at, named, image_at, images: &dataset.images, own, room: &job.room };
        let read: Vec<_> = (first..)
            .zip(batch)
            .collect::<Vec<_>>()
            .into_par_iter()
            .map(|(at, value)| annotation(format!("{prefix}annotations[{at}]"), value, &known))
            .collect();
        for (found, faults) in read {
            dataset.faults.extend(faults);
            match found {
                Some(Read::Object(mut object)) => {
                    if let Some(id) = object.note.id
                        && !ids.insert(id)
                    {
                        dataset.fault(&object.place, format!("id {id} is used twice; this one gets a new id"));
                        object.note.id = None;
                    }
                    dataset.objects.push(*object);
                }
                Some(Read::Pose(image, pose)) => {
                    kept::keep(&mut dataset.images[image].note.extra, Format::Coco, pose.into());
                }
                None => {}
            }
        }
        Ok(())
    })
}

/// What an annotation refers to.
struct Known<'a> {
    classes: &'a HashMap<Id, usize>,
    named: &'a [FoundClass],
    image_at: &'a HashMap<Id, Meant>,
    images: &'a [FoundImage],
    /// Limn wrote the file.
    own: bool,
    room: &'a Room,
}

/// What an annotation is.
enum Read {
    Object(Box<FoundObject>),
    /// Key points without an area, and the picture that they are on.
    Pose(usize, Map<String, Value>),
}

/// Whether an annotation has key points and no area.
fn is_pose(members: &Map<String, Value>) -> bool {
    let points = members.get("keypoints").and_then(lenient::numbers).unwrap_or_default();
    let outline = members.get("segmentation").is_some_and(|value| !segmentation::is_empty(value));
    let corners = members.get("bbox").and_then(lenient::numbers).unwrap_or_default();
    let boxed = matches!(corners[..], [_, _, w, h] if w > 0.0 && h > 0.0);
    points.iter().any(|value| *value != 0.0) && !outline && !boxed
}

/// One annotation: the object, if it is sound, and its faults.
fn annotation(place: String, value: Value, known: &Known<'_>) -> (Option<Read>, Vec<Fault>) {
    let own = known.own;
    let mut faults = Vec::new();
    let mut members = take_object(value);
    let id = Id::take(&mut members, "id");
    let name = id.as_ref().map_or_else(|| place.clone(), |id| format!("{place} (id {id})"));
    let left_out = |what: String| (None, vec![Fault::new(name.clone(), format!("left out: {what}"))]);
    let image_id = Id::take(&mut members, "image_id");
    let image = match image_id.as_ref().and_then(|id| known.image_at.get(id)) {
        Some(Meant::Picture(image)) => *image,
        Some(Meant::Several(names)) => {
            return left_out(format!("several pictures have its image_id {}: {names}", shown(image_id.as_ref())));
        }
        None => return left_out(format!("there is no picture {}", shown(image_id.as_ref()))),
    };
    let class_id = Id::take(&mut members, "category_id");
    let Some(&class) = class_id.as_ref().and_then(|id| known.classes.get(id)) else {
        return left_out(format!("there is no category {}", shown(class_id.as_ref())));
    };
    if is_pose(&members) {
        if let Some(id) = id.as_ref().and_then(Id::number) {
            members.insert("id".to_owned(), id.into());
        }
        members.insert(CATEGORY.to_owned(), known.named[class].name.clone().into());
        return (Some(Read::Pose(image, compact(members))), faults);
    }
    let size = [known.images[image].width, known.images[image].height];
    let segmentation = members.remove("segmentation").unwrap_or_default();
    let (area, bbox) = (members.remove("area"), members.remove("bbox"));
    let mut drawn_as = None;
    let mask = if segmentation::is_empty(&segmentation)
        && let Some(corners) = bbox.as_ref().and_then(lenient::numbers).and_then(|list| <[f64; 4]>::try_from(list).ok())
    {
        drawn_as = Some(shapes::BOX);
        let turn = members.get("attributes").and_then(|attributes| attributes.get("rotation"));
        boxed(known.room, corners, turn.and_then(lenient::number).unwrap_or(0.0), size)
    } else {
        segmentation::decode(known.room, &segmentation, size).map(|decoded| {
            let bad = decoded.faults.into_iter().map(|what| Fault::new(&name, format!("a part was left out: {what}")));
            faults.extend(bad);
            if decoded.overhang > TOLERATED_OVERHANG {
                let what = format!("it reaches {:.0} pixels out of the picture; cut off there", decoded.overhang);
                faults.push(Fault::new(&name, what));
            }
            decoded.mask
        })
    };
    let mask = match mask {
        Ok(mask) if mask.is_empty() => return left_out("its mask covers no pixel of the picture".to_owned()),
        Ok(mask) => mask,
        Err(what) => return left_out(what),
    };
    if id.is_none() {
        faults.push(Fault::new(&name, "it has no id; it gets a new one"));
    }
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
    let crowd = members.remove("iscrowd").as_ref().and_then(lenient::flag).unwrap_or(false);
    let mut note: ObjectNote = take_note(&mut members);
    if let Some(Value::Object(attributes)) = members.get_mut("attributes") {
        note.attributes = std::mem::take(attributes);
        members.remove("attributes");
    }
    if let Some(kind) = drawn_as {
        members.insert(shapes::SHAPE.to_owned(), kind.into());
    }
    note.z = note.z.or(own.then_some(0));
    let note = ObjectNote { id: id.as_ref().and_then(Id::number), crowd, extra: compact(members), ..note };
    (Some(Read::Object(Box::new(FoundObject { note, ..FoundObject::new(name, image, class, mask) }))), faults)
}

/// A box as an object, turned around its centre.
fn boxed(room: &Room, [x, y, w, h]: [f64; 4], degrees: f64, size: [u32; 2]) -> Result<Mask, String> {
    if w <= 0.0 || h <= 0.0 {
        return Err(format!("it has no outline, and its bbox {w} x {h} has no area"));
    }
    let mask = shapes::turned_box(room, size, [[x, y], [x + w, y + h]], degrees, [x + w / 2.0, y + h / 2.0])?;
    if mask.is_empty() && [x + w, y + h].iter().all(|value| *value <= 1.0) {
        return Err("its bbox lies between 0 and 1: shares of the picture's size, where COCO has pixels".to_owned());
    }
    Ok(mask)
}

/// What is left of a record without the room of what was taken out: of a million objects that is a gigabyte.
fn compact(members: Map<String, Value>) -> Map<String, Value> {
    if members.is_empty() { Map::new() } else { members.into_iter().collect() }
}

fn shown(id: Option<&Id>) -> String {
    id.map_or_else(|| "(no id)".to_owned(), Id::to_string)
}

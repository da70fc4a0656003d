//! Reading a Datumaro folder, Limn's own or anybody's.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::formats::dataset::{Dataset, FoundClass, FoundImage, FoundObject};
use crate::formats::door::Reading;
use crate::formats::manifest::Manifest;
use crate::formats::notes::{ImageNote, ObjectNote, take_note};
use crate::formats::pictures::{Pictures, file_name, slashes};
use crate::formats::reading::{self, Picture, Shape, files_below, joined, json_object};
use crate::formats::report::{Fault, FormatError};
use crate::formats::room::Room;
use crate::formats::{Format, Progress, coco, kept, lenient, pictures, shapes};
use crate::raster::Mask;
use crate::store::paths;

/// Members of an annotation that are read.
const OWN: &[&str] =
    &["id", "type", "attributes", "group", "label_id", "z_order", "rle", "points", "bbox", "limn", "object_id"];

pub(super) fn read(job: &Reading<'_>) -> Result<Dataset, FormatError> {
    let Reading { ref from, pictures, progress, ref room, .. } = *job;
    // The folder, its `annotations`, or one file there.
    let root = if from.is_dir() { from.to_path_buf() } else { above_annotations(from) };
    let manifest = Manifest::read(&root, Format::Datumaro);
    let mut dataset = Dataset { origin: manifest.as_ref().map(Manifest::origin), ..Dataset::default() };
    dataset.classes = manifest.as_ref().map_or_else(Vec::new, Manifest::found_classes);
    let files: Vec<PathBuf> = if from.is_dir() {
        let inner = if root.join("annotations").is_dir() { root.join("annotations") } else { root.clone() };
        files_below(&inner, "json").iter().map(|file| inner.join(file)).collect()
    } else {
        vec![from.to_path_buf()]
    };
    let own = manifest.is_some();
    let mut read_any = false;
    for file in files.iter().filter(|file| file_name(file) != crate::store::scan::EXPORT_MARKER) {
        match json_object(file) {
            Ok(top) => {
                let name = file_name(file);
                let place = Place { root: &root, subset: name.trim_end_matches(".json"), pictures, own, room };
                read_any |= subset(top, &name, &place, &mut dataset, progress)?;
            }
            Err(error) => dataset.fault(file_name(file), error),
        }
    }
    if !read_any {
        let detail =
            dataset.faults.first().map_or("there is no JSON file with items in it".to_owned(), Fault::to_string);
        return Err(job.malformed(detail));
    }
    Ok(dataset)
}

fn above_annotations(file: &Path) -> PathBuf {
    let folder = file.parent().unwrap_or(Path::new("."));
    match folder.parent() {
        Some(above) if folder.file_name().is_some_and(|name| name == "annotations") => above.to_path_buf(),
        _ => folder.to_path_buf(),
    }
}

/// Where the pictures of a subset lie.
struct Place<'a> {
    root: &'a Path,
    subset: &'a str,
    pictures: &'a Pictures,
    own: bool,
    room: &'a Room,
}

impl Place<'_> {
    /// The subset's own folder counts first, unless Limn wrote the data set: then the path is that of the project.
    fn file_of(&self, name: &str) -> String {
        if self.own {
            return name.to_owned();
        }
        let images = paths::absolute(self.root).join("images");
        let stem = pictures::stem_of(name);
        for folder in [images.join(self.subset), images] {
            let path = paths::resolve(&folder, name);
            let path = if path.is_file() { Some(path) } else { reading::beside(&folder, stem).pop() };
            if let Some(path) = path {
                return path.to_string_lossy().into_owned();
            }
        }
        name.to_owned()
    }
}

/// Reads one file; false if it has no items.
fn subset(
    mut top: Map<String, Value>,
    file: &str,
    pictures: &Place<'_>,
    dataset: &mut Dataset,
    progress: &dyn Progress,
) -> Result<bool, FormatError> {
    let Some(Value::Array(items)) = top.remove("items") else {
        dataset.fault(file, "left out: it has no list of items");
        return Ok(false);
    };
    let categories = top.get("categories").cloned().unwrap_or_default();
    let labels: Vec<Option<FoundClass>> = labels(&categories);
    for class in labels.iter().flatten() {
        let at = dataset.class_named(&class.name);
        let known = &mut dataset.classes[at].note;
        known.color = known.color.or(class.note.color);
        if known.supercategory.is_empty() {
            known.supercategory.clone_from(&class.note.supercategory);
        }
    }
    let names: Vec<Option<String>> = labels.into_iter().map(|class| class.map(|class| class.name)).collect();
    let items: Vec<(String, Value)> =
        items.into_iter().enumerate().map(|(at, item)| (format!("{file} items[{at}]"), item)).collect();
    reading::each(
        &items,
        dataset,
        progress,
        |(place, _)| place.as_str(),
        |(place, value)| item(place, value, &names, pictures),
    )?;
    Ok(true)
}

/// Labels in the order of their numbers.
fn labels(categories: &Value) -> Vec<Option<FoundClass>> {
    let list = categories.pointer("/label/labels").and_then(Value::as_array);
    let colors = categories.pointer("/mask/colormap").and_then(Value::as_array);
    let mut by_label: HashMap<u64, &Value> = HashMap::new();
    for entry in colors.into_iter().flatten() {
        if let Some(label) = entry.get("label_id").and_then(Value::as_u64) {
            by_label.entry(label).or_insert(entry);
        }
    }
    let color = |label: usize| {
        let entry = by_label.get(&(label as u64))?;
        let channel = |name: &str| entry.get(name)?.as_u64().and_then(|v| u8::try_from(v).ok());
        Some([channel("r")?, channel("g")?, channel("b")?])
    };
    let class = |(at, label): (usize, &Value)| {
        let mut class = FoundClass::named(label.get("name")?.as_str().filter(|name| !name.is_empty())?);
        class.note.supercategory = label.get("parent").and_then(Value::as_str).unwrap_or("").to_owned();
        class.note.color = color(at);
        Some(class)
    };
    list.into_iter().flatten().enumerate().map(class).collect()
}

fn item(place: &str, item: &Value, labels: &[Option<String>], pictures: &Place<'_>) -> Picture {
    let image = item.get("image").or_else(|| item.get("media"));
    let path = image.and_then(|image| image.get("path")).and_then(Value::as_str).filter(|path| !path.is_empty());
    let Some(file) = path.or_else(|| item.get("id").and_then(Value::as_str)) else {
        return Picture::only(place, "left out: it names no picture");
    };
    let file = pictures.file_of(&slashes(file));
    let size = image.and_then(|image| match image.get("size")?.as_array()?.as_slice() {
        [height, width] => lenient::side(width).zip(lenient::side(height)),
        _ => None,
    });
    let Some((width, height)) = size.or_else(|| pictures.pictures.size(&file)) else {
        return Picture::only(place, format!("left out: the size of {file:?} is neither given nor readable"));
    };
    let mut out = Picture::default();
    let mut members = item.as_object().cloned().unwrap_or_default();
    let mut note: ImageNote = take_note(&mut members);
    kept::forget(&mut note.extra, Format::Datumaro);
    if !pictures.own && pictures.subset != "default" {
        note.extra.insert(kept::SPLIT.to_owned(), pictures.subset.into());
    }
    note.attributes = members.get("attr").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut found = Vec::new();
    for (at, value) in item.get("annotations").and_then(Value::as_array).into_iter().flatten().enumerate() {
        let place = format!("{place} annotations[{at}]");
        let label = value.get("label_id").and_then(lenient::integer).and_then(|at| usize::try_from(at).ok());
        let label = label.and_then(|at| labels.get(at)).and_then(Option::as_deref);
        match (value.get("type").and_then(Value::as_str), label) {
            (Some("label"), Some(label)) => note.tags.push(label.to_owned()),
            (Some("points" | "polyline" | "caption" | "cuboid_3d"), label) => {
                // Labels are numbered anew when it goes back.
                let mut raw = value.clone();
                raw["label_name"] = label.into();
                kept::keep(&mut note.extra, Format::Datumaro, raw);
            }
            (_, None) => out.faults.push(Fault::new(place, "left out: it has no label that is in the list")),
            (kind, Some(label)) => match mask(pictures.room, kind.unwrap_or(""), value, [width, height]) {
                Ok(mask) if mask.is_empty() => out.faults.push(Fault::new(place, "left out: it covers no pixel")),
                Ok(mask) => found.push(shape(place, label, value, mask)),
                Err(what) => out.faults.push(Fault::new(place, format!("left out: {what}"))),
            },
        }
    }
    out.objects = joined(found);
    out.found = Some(FoundImage { place: place.to_owned(), id: None, file, project_path: None, width, height, note });
    out
}

fn shape(place: String, label: &str, value: &Value, mask: Mask) -> Shape {
    let mut members = value.as_object().cloned().unwrap_or_default();
    let is_part = value.pointer("/limn/part").is_some_and(|part| *part == true);
    let group = value.get("group").and_then(Value::as_i64).filter(|group| *group != 0);
    let mut note: ObjectNote = take_note(&mut members);
    let own = note.id.is_some();
    let is_mask = value.get("type").is_some_and(|kind| kind == "mask");
    // Own parts name their object; polygons of strangers belong together by their group.
    let part_of = match (is_part, own) {
        (true, _) => note.id.map(|id| -id - 1),
        (false, true) => None,
        (false, false) => group.filter(|_| !is_mask),
    };
    if !is_part && group != note.group.filter(|group| *group != 0) {
        note.group = group;
    }
    if let Some(Value::Object(mut attributes)) = members.remove("attributes") {
        if own && note.extra.contains_key("occluded") {
            attributes.remove("occluded");
        }
        note.attributes = attributes;
    }
    note.id = value.get("id").and_then(Value::as_i64).filter(|id| *id > 0 && own);
    if value.get("type").is_some_and(|kind| kind == "bbox") {
        members.insert(shapes::SHAPE.to_owned(), shapes::BOX.into());
    }
    note.z = value.get("z_order").and_then(Value::as_i64).or(note.z);
    members.retain(|key, _| !OWN.contains(&key.as_str()));
    note.extra.extend(members);
    Shape { class: label.to_owned(), object: FoundObject { note, ..FoundObject::new(place, 0, 0, mask) }, part_of }
}

fn four(value: &Value, key: &str) -> Option<[f64; 4]> {
    value.get(key).and_then(lenient::numbers)?.try_into().ok()
}

fn mask(room: &Room, kind: &str, value: &Value, size: [u32; 2]) -> Result<Mask, String> {
    match kind {
        "mask" => coco::segmentation::decode(room, value.get("rle").unwrap_or(&Value::Null), size).map(|it| it.mask),
        "polygon" => {
            let ring = Value::Array(vec![value.get("points").cloned().unwrap_or_default()]);
            coco::segmentation::decode(room, &ring, size).map(|it| it.mask)
        }
        "bbox" => {
            let [x, y, w, h] = four(value, "bbox").ok_or("its bbox is not x, y, width, height")?;
            shapes::rectangle(room, size, [[x, y], [x + w, y + h]])
        }
        "rotated_bbox" => {
            let list = value.get("points").or_else(|| value.get("bbox")).and_then(lenient::numbers);
            let list = list.and_then(|list| <[f64; 5]>::try_from(list).ok());
            let [cx, cy, w, h, degrees] = list.ok_or("its points are not centre, size, angle")?;
            let corners = [[cx - w / 2.0, cy - h / 2.0], [cx + w / 2.0, cy + h / 2.0]];
            shapes::turned_box(room, size, corners, degrees, [cx, cy])
        }
        "ellipse" => {
            let [x0, y0, x1, y1] = four(value, "points").ok_or("its points are not x1, y1, x2, y2")?;
            let (centre, radii) = ([(x0 + x1) / 2.0, (y0 + y1) / 2.0], [(x1 - x0).abs() / 2.0, (y1 - y0).abs() / 2.0]);
            shapes::ellipse(room, size, centre, radii, 0.0, centre)
        }
        other => Err(format!("a {other} has no area")),
    }
}

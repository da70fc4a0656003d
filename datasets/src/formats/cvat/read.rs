//! Reading the XML file, Limn's own or CVAT's.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::attributes;
use crate::document::{Attribute, AttributeKind};
use crate::formats::dataset::{Dataset, FoundClass, FoundImage, FoundObject};
use crate::formats::door::Reading;
use crate::formats::manifest::{Manifest, ManifestImage};
use crate::formats::pictures::{Pictures, slashes};
use crate::formats::reading::{self, Picture};
use crate::formats::report::{Fault, FormatError};
use crate::formats::room::Room;
use crate::formats::xml::{self, Element};
use crate::formats::{Format, kept, lenient, shapes, text};
use crate::raster::Mask;
use crate::raster::limits::check_sides;

/// Farthest a mask may claim to lie from the corner of its picture, and its longest side.
const MAX_CORNER: f64 = 4e6;

/// Kinds of every class's attributes by their names.
type Kinds = HashMap<String, HashMap<String, AttributeKind>>;

pub(super) fn read(job: &Reading<'_>) -> Result<Dataset, FormatError> {
    let Reading { from: ref file, pictures: finder, progress, ref room, .. } = *job;
    let malformed = |detail: String| job.malformed(detail);
    let text = text::load(file, malformed)?;
    let root = xml::parse(&text).map_err(malformed)?;
    drop(text);
    if root.name != "annotations" {
        return Err(malformed(format!("its root element is {:?}, not annotations", root.name)));
    }
    let meta = root.child("meta");
    let manifest: Option<Manifest> = meta.and_then(|meta| serde_json::from_str(meta.text_of("limn")).ok());
    let mut dataset = Dataset { origin: manifest.as_ref().map(Manifest::origin), ..Dataset::default() };
    let labels = labels(meta);
    let kinds: Kinds = labels
        .iter()
        .map(|(class, attributes)| {
            (class.name.clone(), attributes.iter().map(|a| (a.name.clone(), a.kind.clone())).collect())
        })
        .collect();
    dataset.classes = match &manifest {
        Some(manifest) => manifest.found_classes(),
        None => labels.into_iter().map(|(class, _)| class).collect(),
    };
    // They belong to videos; they lie with the whole, and go back as they came.
    let tracks: Vec<&Element> = root.children.iter().filter(|child| child.name == "track").collect();
    for track in &tracks {
        kept::keep(&mut dataset.extra, Format::Cvat, track.to_text(2).into());
    }
    if !tracks.is_empty() {
        let what = "tracks belong to videos: they are no objects here, and go back with an export as cvat";
        dataset.notes.push(format!("{} {what}", tracks.len()));
    }
    let pictures: Vec<&Element> = root.children.iter().filter(|child| child.name == "image").collect();
    let notes: HashMap<&str, &ManifestImage> =
        manifest.iter().flat_map(|manifest| &manifest.images).map(|image| (image.path.as_str(), image)).collect();
    reading::each(
        &pictures,
        &mut dataset,
        progress,
        |image| image.attribute("name").unwrap_or(""),
        |image| picture(image, &kinds, &notes, finder, room),
    )?;
    Ok(dataset)
}

/// The labels with their attributes, but for those that are for pictures only.
fn labels(meta: Option<&Element>) -> Vec<(FoundClass, Vec<Attribute>)> {
    // Of a task, a project or a job.
    let holder = meta.and_then(|meta| ["task", "project", "job"].iter().find_map(|name| meta.child(name)));
    let Some(labels) = holder.and_then(|holder| holder.child("labels")) else {
        return Vec::new();
    };
    let class = |label: &Element| {
        let mut class = FoundClass::named(label.text_of("name"));
        class.note.color = lenient::hex_color(label.text_of("color"));
        let declared = label.child("attributes").into_iter().flat_map(|list| &list.children);
        let declared = declared.map(|a| Attribute {
            name: a.text_of("name").to_owned(),
            kind: attributes::kind(a.text_of("input_type"), a.text_of("values")),
        });
        class.note.attributes = declared.filter(|attribute| !attribute.name.is_empty()).collect();
        let attributes = class.note.attributes.clone();
        (class, attributes)
    };
    let wanted = |label: &&Element| label.text_of("type") != "tag" && !label.text_of("name").is_empty();
    labels.children.iter().filter(wanted).map(class).collect()
}

fn picture(
    element: &Element,
    kinds: &Kinds,
    notes: &HashMap<&str, &ManifestImage>,
    finder: &Pictures,
    room: &Room,
) -> Picture {
    let Some(name) = element.attribute("name").filter(|name| !name.is_empty()) else {
        return Picture::only("image", "left out: it has no name");
    };
    let name = slashes(name);
    let place = format!("image {name:?}");
    let given = element.number("width").zip(element.number("height")).filter(|&(w, h): &(u32, u32)| w > 0 && h > 0);
    let Some((width, height)) = given.or_else(|| finder.size(&name)) else {
        return Picture::only(place, "left out: its size is neither given nor readable");
    };
    let mut out = Picture::default();
    let note = notes.get(name.as_str()).copied();
    let mut found = note.map_or_else(FoundImage::default, |note| note.found(String::new()));
    found = FoundImage { place: place.clone(), file: name, width, height, ..found };
    found.note.tags.clear();
    kept::forget(&mut found.note.extra, Format::Cvat);
    if let Some(subset) = element.attribute("subset").filter(|subset| !matches!(*subset, "" | "default")) {
        found.note.extra.insert(kept::SPLIT.to_owned(), subset.into());
    }
    for (at, child) in element.children.iter().enumerate() {
        let place = format!("{place} {} {at}", child.name);
        if child.name == "tag" {
            found.note.tags.extend(child.attribute("label").map(str::to_owned));
            continue;
        }
        if matches!(child.name.as_str(), "points" | "polyline" | "skeleton" | "cuboid") {
            kept::keep(&mut found.note.extra, Format::Cvat, child.to_text(4).into());
            continue;
        }
        match shape(room, child, [width, height]) {
            Ok(mask) if mask.is_empty() => out.faults.push(Fault::new(place, "left out: it covers no pixel")),
            Ok(mask) => match child.attribute("label").filter(|label| !label.is_empty()) {
                Some(label) => {
                    let mut object = FoundObject::new(place, 0, 0, mask);
                    if child.name == "box" && child.number("rotation").unwrap_or(0.0) == 0.0 {
                        object.note.extra.insert(shapes::SHAPE.to_owned(), shapes::BOX.into());
                    }
                    out.objects.push((label.to_owned(), object));
                }
                None => out.faults.push(Fault::new(place, "left out: it has no label")),
            },
            Err(what) => out.faults.push(Fault::new(place, format!("left out: {what}"))),
        }
    }
    if let Some(note) = note {
        note.enrich(&mut out.objects);
    }
    // The elements again, by their places: what the file says counts more than the note.
    let mut objects = out.objects.iter_mut();
    let mut object = objects.next();
    for (at, child) in element.children.iter().enumerate() {
        let place = format!("{} {} {at}", found.place, child.name);
        if let Some((class, described)) = object.as_mut().filter(|(_, object)| object.place == place) {
            describe(child, kinds.get(class.as_str()), described);
            object = objects.next();
        }
    }
    out.found = Some(found);
    out
}

/// What the element says besides its shape.
fn describe(element: &Element, kinds: Option<&HashMap<String, AttributeKind>>, object: &mut FoundObject) {
    let mut found = Map::new();
    for child in element.children.iter().filter(|child| child.name == "attribute") {
        if let Some(name) = child.attribute("name") {
            let kind = kinds.and_then(|kinds| kinds.get(name));
            found.insert(name.to_owned(), attributes::value(&child.text, kind));
        }
    }
    let note = &mut object.note;
    let noted = std::mem::take(&mut note.attributes);
    let was_occluded = reading::is_occluded(&noted, &note.extra);
    let occluded = element.attribute("occluded").and_then(lenient::word).unwrap_or(false);
    let kept = noted.get("occluded").filter(|_| occluded == was_occluded).cloned();
    note.attributes = attributes::with_types(found, &noted);
    match kept {
        Some(value) => drop(note.attributes.insert("occluded".to_owned(), value)),
        None if occluded && !was_occluded => drop(note.attributes.insert("occluded".to_owned(), Value::Bool(true))),
        None if !occluded => drop(note.extra.remove("occluded").filter(|_| was_occluded)),
        None => {}
    }
    if let Some(z) = element.number("z_order") {
        note.z = Some(z);
    }
    let group = element.number::<i64>("group_id").unwrap_or(0);
    if group != note.group.unwrap_or(0) {
        note.group = Some(group).filter(|group| *group != 0);
    }
}

fn shape(room: &Room, element: &Element, size: [u32; 2]) -> Result<Mask, String> {
    let number = |name: &str| {
        let value = element.number::<f64>(name).filter(|value| value.is_finite());
        value.ok_or_else(|| format!("its {name} is no number"))
    };
    match element.name.as_str() {
        "mask" => mask(room, element, size),
        "polygon" => {
            let pair = |pair: &str| {
                let (x, y) = pair.split_once(',')?;
                Some([x.trim().parse().ok()?, y.trim().parse().ok()?])
            };
            let points = element.attribute("points").unwrap_or("").split(';').map(pair).collect::<Option<Vec<_>>>();
            shapes::polygon(room, size, &points.ok_or("its points are not x,y;x,y")?)
        }
        "box" => {
            let (a, b) = ([number("xtl")?, number("ytl")?], [number("xbr")?, number("ybr")?]);
            let centre = [(a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0];
            shapes::turned_box(room, size, [a, b], element.number("rotation").unwrap_or(0.0), centre)
        }
        "ellipse" => {
            let (centre, radii) = ([number("cx")?, number("cy")?], [number("rx")?, number("ry")?]);
            shapes::ellipse(room, size, centre, radii, element.number("rotation").unwrap_or(0.0), centre)
        }
        other => Err(format!("a {other} has no area")),
    }
}

/// Run lengths within a box, which may reach out of the picture: what does is cut off.
fn mask(room: &Room, element: &Element, [width, height]: [u32; 2]) -> Result<Mask, String> {
    check_sides(width, height).map_err(|error| error.to_string())?;
    let corner = |name: &str| {
        let value = element.number::<f64>(name).filter(|value| value.abs() < MAX_CORNER);
        value.map(|value| value.round() as i64).ok_or_else(|| format!("its {name} is no number"))
    };
    let (left, top) = (corner("left")?, corner("top")?);
    let side = |name: &str| u32::try_from(corner(name)?).map_err(|_| format!("its {name} is negative"));
    let (w, h) = (side("width")?, side("height")?);
    let (mut at, total) = (0u64, u64::from(w) * u64::from(h));
    let mut toggles = Vec::new();
    for (index, run) in element.attribute("rle").unwrap_or("").split(',').enumerate() {
        let run: u64 = run.trim().parse().map_err(|_| format!("its run {index} is {run:?}, not a number"))?;
        let end = at.checked_add(run).filter(|end| *end <= total);
        at = end.ok_or_else(|| format!("its runs cover more than the {total} pixels of its box"))?;
        toggles.push(at);
    }
    if at < total {
        return Err(format!("its runs cover {at} of the {total} pixels of its box"));
    }
    let small = room.mask(|budget| Mask::from_row_toggles(w, h, toggles, budget))?;
    Ok(shapes::place(width, height, [left, top], &small))
}

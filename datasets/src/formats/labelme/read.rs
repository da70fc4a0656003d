//! Reading labelme files, Limn's own or anybody's.

use std::path::Path;

use serde_json::{Map, Value};

use super::super::door::Reading;
use super::{OWN_OF_FILE, OWN_OF_SHAPE};
use crate::formats::dataset::{Dataset, FoundImage, FoundObject, Origin};
use crate::formats::manifest::Manifest;
use crate::formats::notes::{ImageNote, ObjectNote, take_note};
use crate::formats::pictures::{Found, Pictures, file_name, slashes, stem_of};
use crate::formats::reading::{self, Picture, Shape, files_below, joined, json_object};
use crate::formats::report::{Fault, FormatError};
use crate::formats::room::Room;
use crate::formats::{Format, base64, index_png, kept, lenient, shapes};
use crate::raster::Mask;
use crate::store::paths;

/// Farthest a mask may claim to lie from the corner of its picture.
const MAX_CORNER: f64 = 4e6;

pub(super) fn read(job: &Reading<'_>) -> Result<Dataset, FormatError> {
    let Reading { ref from, pictures, progress, ref room, .. } = *job;
    let folder = &job.folder();
    let manifest = Manifest::read(folder, Format::Labelme);
    let mut files = if from.is_dir() { files_below(folder, "json") } else { vec![file_name(from)] };
    files.retain(|file| file_name(Path::new(file)) != crate::store::scan::EXPORT_MARKER);
    let mut dataset = Dataset { origin: manifest.as_ref().map(Manifest::origin), ..Dataset::default() };
    dataset.classes = manifest.as_ref().map_or_else(Vec::new, Manifest::found_classes);
    if dataset.origin.is_none() {
        dataset.origin = files.iter().find_map(|file| origin(folder, file));
    }
    reading::each(&files, &mut dataset, progress, String::as_str, |file| one_file(folder, file, pictures, room))?;
    if dataset.images.is_empty() && manifest.is_none() {
        let detail = match dataset.faults.first() {
            Some(fault) => fault.to_string(),
            None => "there is no JSON file with shapes in it".to_owned(),
        };
        return Err(job.malformed(detail));
    }
    Ok(dataset)
}

/// Where a file came from, if Limn wrote it.
fn origin(folder: &Path, file: &str) -> Option<Origin> {
    let members = json_object(&folder.join(file)).ok()?;
    let limn = members.get("limn").filter(|limn| limn.get("project").is_some())?;
    Some(Origin::of_note(limn))
}

fn one_file(folder: &Path, file: &str, pictures: &Pictures, room: &Room) -> Picture {
    let mut members = match json_object(&folder.join(file)) {
        Ok(members) => members,
        Err(error) => return Picture::only(file, error),
    };
    let Some(Value::Array(list)) = members.remove("shapes") else {
        return Picture::only(file, "left out: it has no list of shapes");
    };
    let mut out = Picture::default();
    let below = file.rsplit_once('/').map_or("", |(below, _)| below);
    let own_stem = file_name(Path::new(file)).trim_end_matches(".json").to_owned();
    let named =
        members.get("imagePath").and_then(lenient::text).map_or_else(|| own_stem.clone(), |path| slashes(&path));
    let project_path = members.get("limn").and_then(|limn| limn.get("path")).and_then(Value::as_str).map(str::to_owned);
    let path = path_of(&paths::resolve(folder, below), &named, &own_stem, pictures);
    let side = |name: &str| members.get(name).and_then(lenient::side);
    let given = side("imageWidth").zip(side("imageHeight"));
    let found = pictures.look(&path, None);
    let only_inside = members.get("imageData").and_then(Value::as_str).is_some_and(|data| !data.is_empty());
    if found == Found::Nowhere && only_inside {
        let what = format!(
            "its picture {named:?} lies in the file itself only (imageData): save it beside the file, \
            for example with labelme_export_json, then import again"
        );
        out.faults.push(Fault::new(file, what));
    }
    let size = || pictures.size_of(&found.path()?);
    let Some((width, height)) = given.or_else(size) else {
        return Picture::only(file, format!("left out: the size of {named:?} is neither given nor readable"));
    };
    let mut note: ImageNote = take_note(&mut members);
    add_flags(&mut note.attributes, members.get("flags"));
    members.retain(|key, _| !OWN_OF_FILE.contains(&key.as_str()));
    note.extra = members;
    kept::forget(&mut note.extra, Format::Labelme);
    let mut found = Vec::new();
    for (at, value) in list.into_iter().enumerate() {
        let place = format!("{file} shapes[{at}]");
        let kind = value.get("shape_type").and_then(Value::as_str).unwrap_or("polygon");
        if matches!(kind, "point" | "points" | "line" | "linestrip") {
            kept::keep(&mut note.extra, Format::Labelme, value);
            continue;
        }
        match shape(room, place.clone(), &value, [width, height]) {
            Ok(shape) => found.push(shape),
            Err(what) => {
                out.faults.push(Fault::new(place, format!("left out: {what}")));
                kept::keep(&mut note.extra, Format::Labelme, value);
            }
        }
    }
    out.found = Some(FoundImage { place: file.to_owned(), id: None, file: path, project_path, width, height, note });
    out.objects = joined(found);
    out
}

/// The picture that a file means: the path in it is relative to the file; where there is nothing, the one of that stem or
/// of the file's own beside the file; else only the names in the path can help.
fn path_of(folder: &Path, named: &str, own_stem: &str, pictures: &Pictures) -> String {
    let whole = |path: &Path| path.to_string_lossy().replace('\\', "/");
    let meant = paths::resolve(folder, named);
    if meant.is_file() {
        return whole(&meant);
    }
    let plain = named.trim_start_matches("../");
    let base = named.rsplit('/').next().unwrap_or(named);
    let is_elsewhere = !matches!(pictures.look(plain, None), Found::Nowhere | Found::Several(_) | Found::Renamed(_));
    let near = || {
        let stems = [stem_of(base), own_stem];
        stems.iter().find_map(|stem| reading::beside(folder, stem).pop())
    };
    match Some(()).filter(|()| !is_elsewhere).and_then(|()| near()) {
        Some(path) => whole(&path),
        None => plain.to_owned(),
    }
}

fn add_flags(attributes: &mut Map<String, Value>, flags: Option<&Value>) {
    for (name, value) in flags.and_then(Value::as_object).into_iter().flatten().filter(|(_, value)| value.is_boolean())
    {
        attributes.insert(name.clone(), value.clone());
    }
}

fn shape(room: &Room, place: String, value: &Value, size: [u32; 2]) -> Result<Shape, String> {
    let mut members = value.as_object().cloned().ok_or("it is not an object")?;
    let class = members.get("label").and_then(lenient::text).ok_or("it has no label")?;
    let kind = members.get("shape_type").and_then(Value::as_str).unwrap_or("polygon").to_owned();
    let corners = members.get("points").and_then(lenient::points).ok_or("its points are no list of [x, y]")?;
    if corners.iter().flatten().any(|v| !v.is_finite() || v.abs() > MAX_CORNER) {
        return Err("a point of it is not a place near a picture".to_owned());
    }
    let mask = match (kind.as_str(), corners.as_slice()) {
        ("mask", &[first, _]) => mask(room, first, members.get("mask"), size)?,
        ("polygon", corners) => shapes::polygon(room, size, corners)?,
        // Boxes with all their corners, as labelme 5.6 and X-AnyLabeling have them.
        ("oriented_rectangle" | "rotation" | "quadrilateral" | "rectangle", corners @ [_, _, _, _]) => {
            shapes::polygon(room, size, corners)?
        }
        ("rectangle" | "rotation", &[a, b]) => shapes::rectangle(room, size, [a, b])?,
        ("circle", &[centre, edge]) => {
            let radius = (edge[0] - centre[0]).hypot(edge[1] - centre[1]);
            shapes::ellipse(room, size, centre, [radius; 2], 0.0, centre)?
        }
        (kind, corners) => return Err(format!("a {kind} with {} points", corners.len())),
    };
    if mask.is_empty() {
        return Err("it covers no pixel of the picture".to_owned());
    }
    let group = members.get("group_id").and_then(lenient::integer);
    let is_part = members.get("limn").and_then(|limn| limn.get("part")).is_some_and(|part| *part == true);
    let mut note: ObjectNote = take_note(&mut members);
    // Own parts name their object; polygons of strangers belong together by their group.
    let part_of = match (is_part, note.id) {
        (true, id) => id.map(|id| -id - 1),
        (false, Some(_)) => None,
        (false, None) => group.filter(|_| kind != "mask"),
    };
    if !is_part {
        note.group = group;
    }
    add_flags(&mut note.attributes, members.get("flags"));
    let said = members.get("description").and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    members.retain(|key, _| !OWN_OF_SHAPE.contains(&key.as_str()) && (said || key != "description"));
    note.extra = members;
    note.difficult |= note.extra.get("difficult").and_then(lenient::flag).unwrap_or(false);
    if kind == "rectangle" {
        note.extra.insert(shapes::SHAPE.to_owned(), shapes::BOX.into());
    }
    Ok(Shape { class, object: FoundObject { note, ..FoundObject::new(place, 0, 0, mask) }, part_of })
}

/// The pixels of a shape of type `mask`; its first point is its first pixel.
fn mask(room: &Room, first: [f64; 2], png: Option<&Value>, [width, height]: [u32; 2]) -> Result<Mask, String> {
    let bytes = png.and_then(Value::as_str).and_then(base64::decode).ok_or("its mask is not base 64")?;
    let picture = index_png::read_bytes(&bytes).map_err(|error| format!("its mask cannot be read: {error}"))?;
    let small = room.mask(|budget| Mask::from_bytes_within(picture.width, picture.height, &picture.values, budget))?;
    let [x, y] = first.map(f64::round);
    if x < 0.0 || y < 0.0 {
        return Err("its mask begins outside of the picture".to_owned());
    }
    Ok(shapes::place(width, height, [x as i64, y as i64], &small))
}

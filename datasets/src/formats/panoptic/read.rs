//! Reading: the rules of panopticapi, every breach named with its place.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::super::door::Reading;
use super::OWN_OF_SEGMENT;
use crate::formats::coco::read::{
    Meant, read_categories, read_images, take_integer, take_list, take_object, take_origin, take_string,
};
use crate::formats::dataset::{Dataset, FoundObject};
use crate::formats::lenient::Id;
use crate::formats::notes::{ObjectNote, take_note};
use crate::formats::reading::json_object;
use crate::formats::report::{Fault, FormatError};
use crate::formats::room::Room;
use crate::formats::{index_png, lenient};
use crate::raster::{Mask, Span};
use crate::store::paths;

pub(super) fn read(job: &Reading<'_>) -> Result<Dataset, FormatError> {
    let Reading { from: ref file, pictures, progress, ref room, .. } = *job;
    let malformed = |detail: String| job.malformed(detail);
    let mut top = json_object(file).map_err(malformed)?;
    if !top.contains_key("annotations") {
        return Err(malformed("it has no annotations".to_owned()));
    }
    let mut dataset = Dataset::default();
    let folder = paths::absolute(file).parent().map(Path::to_path_buf).unwrap_or_default();
    let (found_images, categories) =
        (take_list(&mut top, "images", &mut dataset), take_list(&mut top, "categories", &mut dataset));
    let annotations = take_list(&mut top, "annotations", &mut dataset);
    let class_at = read_categories(categories, &mut dataset);
    // A thing is the usual case.
    for class in &mut dataset.classes {
        class.note.extra.retain(|key, value| key != "isthing" || *value != 1);
    }
    let image_at = read_images(found_images, pictures, &mut dataset);
    dataset.origin = take_origin(&mut top);
    if !top.is_empty() {
        dataset.extra.insert("coco".to_owned(), top.into());
    }
    // The PNGs lie in a folder named like the file, else beside it.
    let own = file.with_extension("");
    let png_folder = if own.is_dir() { own } else { folder };
    let total = annotations.len() as u64;
    for (at, value) in annotations.into_iter().enumerate() {
        if progress.cancelled() {
            return Err(FormatError::Cancelled);
        }
        progress.report(at as u64, total, "annotations");
        annotation(room, format!("annotations[{at}]"), value, &png_folder, &class_at, &image_at, &mut dataset);
    }
    Ok(dataset)
}

fn annotation(
    room: &Room,
    place: String,
    value: Value,
    folder: &Path,
    class_at: &HashMap<Id, usize>,
    image_at: &HashMap<Id, Meant>,
    dataset: &mut Dataset,
) {
    let mut members = take_object(value);
    let image = Id::take(&mut members, "image_id").and_then(|id| image_at.get(&id)?.position());
    let (Some(image), Some(name)) = (image, take_string(&mut members, "file_name")) else {
        dataset.fault(place, "left out: it names no picture of the list, or no file");
        return;
    };
    let path: PathBuf = paths::resolve(folder, &name.replace('\\', "/"));
    let (width, height) = (dataset.images[image].width, dataset.images[image].height);
    let mut masks = match masks(room, &path, width, height) {
        Ok(masks) => masks,
        Err(what) => {
            dataset.fault(format!("{place} {name}"), format!("left out: {what}"));
            return;
        }
    };
    let own = dataset.origin.is_some();
    for value in take_list(&mut members, "segments_info", dataset) {
        let mut segment = take_object(value);
        let id = take_integer(&mut segment, "id");
        let place = format!("{place} {name} segment {}", id.map_or_else(|| "?".to_owned(), |id| id.to_string()));
        let class = Id::take(&mut segment, "category_id").and_then(|id| class_at.get(&id).copied());
        let mask = id.and_then(|id| u32::try_from(id).ok()).and_then(|id| masks.remove(&id));
        match (class, mask) {
            (Some(class), Some(mask)) => {
                let area = segment.get("area").and_then(lenient::integer).and_then(|area| u64::try_from(area).ok());
                if area.is_some_and(|area| area != mask.area()) {
                    let what = format!("its area is not that of its pixels ({})", mask.area());
                    dataset.faults.extend(own.then(|| Fault::new(&place, what)));
                }
                let note = note(segment, id, own);
                dataset.objects.push(FoundObject { note, ..FoundObject::new(place, image, class, mask) });
            }
            (None, _) => dataset.fault(place, "left out: its category is not in the list"),
            (_, None) => dataset.fault(place, "left out: the PNG has no pixel of it"),
        }
    }
    for (id, mask) in masks {
        let what = format!("{} pixels left out: no segment describes them", mask.area());
        dataset.fault(format!("{place} {name} segment {id}"), what);
    }
}

fn note(mut segment: Map<String, Value>, id: Option<i64>, own: bool) -> ObjectNote {
    let crowd = segment.get("iscrowd").and_then(lenient::flag).unwrap_or(false);
    let mut note: ObjectNote = take_note(&mut segment);
    if let Some(Value::Object(attributes)) = segment.remove("attributes") {
        note.attributes = attributes;
    }
    note.id = note.id.or(id.filter(|_| own));
    note.z = note.z.or(own.then_some(0));
    segment.retain(|key, _| !OWN_OF_SEGMENT.contains(&key.as_str()));
    ObjectNote { crowd, extra: segment, ..note }
}

/// The pixels of every segment but 0.
fn masks(room: &Room, path: &Path, width: u32, height: u32) -> Result<BTreeMap<u32, Mask>, String> {
    let picture = index_png::read_color(path)?;
    if (picture.width, picture.height) != (width, height) {
        return Err(format!("it is {}x{}, the picture {width}x{height}", picture.width, picture.height));
    }
    let number = |pixel: &[u8]| u32::from(pixel[0]) | u32::from(pixel[1]) << 8 | u32::from(pixel[2]) << 16;
    let mut spans: BTreeMap<u32, Vec<Span>> = BTreeMap::new();
    let channels = picture.channels;
    for (y, row) in (0..height).zip(picture.pixels.chunks_exact((width as usize * channels).max(1))) {
        let mut start = 0;
        let numbers: Vec<u32> = row.chunks_exact(channels).map(number).collect();
        while let Some(&present) = numbers.get(start) {
            let length = numbers[start..].iter().take_while(|&&other| other == present).count();
            if present != 0 {
                room.spans(1)?;
                let span = Span { y, x0: start as u32, x1: (start + length) as u32 };
                spans.entry(present).or_default().push(span);
            }
            start += length;
        }
    }
    Ok(spans.into_iter().map(|(id, spans)| (id, Mask::from_spans(width, height, spans))).collect())
}

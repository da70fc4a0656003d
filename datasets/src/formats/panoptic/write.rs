//! Writing the JSON file and the PNGs.

use std::collections::HashSet;
use std::io::Write as _;
use std::path::Path;

use png::ColorType;
use serde_json::{Map, Value, json};

use super::super::door::Export;
use super::OWN_OF_SEGMENT;
use crate::document::{ImageRecord, Object};
use crate::formats::label_map::unique_stems;
use crate::formats::notes::put_note;
use crate::formats::report::{ExportReport, FormatError};
use crate::formats::{coco, index_png, writing};

/// Segments have 24 bits.
const MAX_SEGMENT: i64 = (1 << 24) - 1;

pub(super) fn write(export: &Export<'_>) -> Result<ExportReport, FormatError> {
    let Export { source, options, progress, .. } = *export;
    let staging = export.staging()?;
    let (mut report, images) = export.begin_label_maps();
    let stems = unique_stems(&images, true);
    let png_folder =
        Path::new(export.name).file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let written = writing::each(&images, progress, |image| {
        let mut notes = Vec::new();
        let file = format!("{}.png", stems[&image.id]);
        let objects = writing::objects_with_pixels(source, image, &mut notes);
        let (pixels, segments) = picture(image, &objects, &mut notes);
        staging.write(&format!("{png_folder}/{file}"), |writer| {
            index_png::write_color(writer, image.width, image.height, &pixels, ColorType::Rgb)
        })?;
        let count = segments.len();
        let line = json!({"image_id": image.id, "file_name": file, "segments_info": segments}).to_string();
        Ok((count, line, notes))
    })?;
    let mut lines = Vec::with_capacity(written.len());
    for (objects, line, notes) in written {
        report.objects += objects;
        report.notes.extend(notes);
        lines.push(line);
    }
    report.notes.extend(source.orientation_notes(&images));
    let description = source.document.extra().get("coco").and_then(Value::as_object);
    staging.write(export.name, |writer| {
        writeln!(writer, "{{\n\"info\": {},", coco::write::info(description, source.identity(), options))?;
        let licenses = description.and_then(|d| d.get("licenses")).filter(|value| value.is_array());
        writeln!(writer, "\"licenses\": {},", licenses.unwrap_or(&json!([])))?;
        coco::write::list(writer, "images", images.iter().map(|record| coco::write::image(record).to_string()))?;
        writeln!(writer, ",")?;
        let category = |class| {
            let mut category = writing::members(coco::write::category(class));
            category.entry("isthing").or_insert_with(|| 1.into());
            Value::from(category).to_string()
        };
        coco::write::list(writer, "categories", source.document.classes().iter().map(category))?;
        writeln!(writer, ",")?;
        coco::write::list(writer, "annotations", lines.into_iter())?;
        writeln!(writer, "\n}}")
    })?;
    report.files = staging.commit(source)?;
    Ok(report)
}

/// RGB pixels and the segments; the topmost object keeps the pixel, one that is covered completely has no segment.
fn picture(image: &ImageRecord, objects: &[&Object], notes: &mut Vec<String>) -> (Vec<u8>, Vec<Value>) {
    let mut used: HashSet<i64> = HashSet::new();
    let own = |id: i64| (1..=MAX_SEGMENT).contains(&id);
    let mut next = objects.iter().map(|object| object.id.0).filter(|id| own(*id)).max().unwrap_or(0);
    let mut map = vec![0u32; image.width as usize * image.height as usize];
    let mut numbers = Vec::with_capacity(objects.len());
    for object in objects {
        let number = if own(object.id.0) && used.insert(object.id.0) {
            object.id.0
        } else {
            next = if next < MAX_SEGMENT { next + 1 } else { 1 };
            used.insert(next);
            next
        };
        object.mask.paint(&mut map, number as u32);
        numbers.push(number);
    }
    let mut area = std::collections::HashMap::<u32, (u64, [u32; 4])>::new();
    for (y, row) in (0u32..).zip(map.chunks_exact((image.width as usize).max(1))) {
        for (x, &number) in (0u32..).zip(row).filter(|(_, number)| **number != 0) {
            let (count, [x0, y0, x1, y1]) = area.entry(number).or_insert((0, [x, y, x, y]));
            *count += 1;
            (*x0, *y0, *x1, *y1) = ((*x0).min(x), (*y0).min(y), (*x1).max(x), (*y1).max(y));
        }
    }
    let mut segments = Vec::with_capacity(objects.len());
    for (object, number) in objects.iter().zip(numbers) {
        let (count, [x0, y0, x1, y1]) = area.get(&(number as u32)).copied().unwrap_or_default();
        let (id, all) = (object.id.0, object.mask.area());
        if count < all {
            notes.push(format!("{}: object {id} lost {} of {all} pixels to objects above", image.path, all - count));
        }
        if count > 0 {
            segments.push(segment(object, number, count, [x0, y0, x1 - x0 + 1, y1 - y0 + 1]));
        }
    }
    let pixels = map.iter().flat_map(|number| [*number as u8, (number >> 8) as u8, (number >> 16) as u8]).collect();
    (pixels, segments)
}

fn segment(object: &Object, number: i64, area: u64, bbox: [u32; 4]) -> Value {
    let mut segment = writing::members(json!({
        "id": number,
        "category_id": object.class,
        "iscrowd": u8::from(object.crowd),
        "area": area,
        "bbox": bbox,
    }));
    if !object.attributes.is_empty() {
        segment.insert("attributes".to_owned(), object.attributes.clone().into());
    }
    writing::add_extra(&mut segment, &object.extra, OWN_OF_SEGMENT);
    let mut note = coco::write::note_of(object);
    note.id = Some(object.id.0).filter(|id| *id != number);
    put_note(&mut segment, &note);
    Value::Object(Map::from_iter(segment))
}

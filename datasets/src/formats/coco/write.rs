//! Writing: one record a line, so that versions of a file can be compared.

use std::collections::{HashMap, HashSet};
use std::io::Write;

use rayon::prelude::*;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{CATEGORY, segmentation};
use crate::document::{Class, ClassId, ImageRecord, Object, ObjectId};
use crate::formats::door::Export;
use crate::formats::notes::{ClassNote, ImageNote, ObjectNote, put_note};
use crate::formats::outlines::Outlines;
use crate::formats::part::Part;
use crate::formats::report::{ExportReport, FormatError};
use crate::formats::writing::{self, add_extra, members};
use crate::formats::{ExportOptions, Format, Source, kept};
use crate::raster::RleError;

/// Pictures that are encoded at a time.
const BATCH: usize = 64;

/// Members of an annotation that are written from the document, whatever the extra fields say.
const OWN_OF_ANNOTATION: &[&str] =
    &["id", "image_id", "category_id", "iscrowd", "area", "bbox", "segmentation", "limn"];
const OWN_OF_IMAGE: &[&str] = &["id", "file_name", "width", "height", "limn"];
const OWN_OF_CATEGORY: &[&str] = &["id", "name", "supercategory", "color", "limn"];
const OWN_OF_FILE: &[&str] = &["info", "licenses", "images", "categories", "annotations"];

pub(super) fn write(export: &Export<'_>) -> Result<ExportReport, FormatError> {
    let Export { source, options, progress, .. } = *export;
    let staging = export.staging()?;
    let (mut report, images) = export.begin();
    let mut annotations: Vec<String> = Vec::new();
    let outlines = Outlines::new(options.tolerance);
    for (batch_at, batch) in images.chunks(BATCH).enumerate() {
        if progress.cancelled() {
            return Err(FormatError::Cancelled);
        }
        progress.report((batch_at * BATCH) as u64, images.len() as u64, &batch[0].path);
        let encoded: Vec<Vec<Encoded>> = batch
            .par_iter()
            .map(|image| {
                let cannot = |object: &Object, error: RleError| FormatError::CannotHold {
                    format: Format::Coco,
                    what: format!("object {} of {}: {error}", object.id.0, image.path),
                };
                let encode = |object| annotation(object, options, &outlines).map_err(|error| cannot(object, error));
                source.document.objects_of(image.id).map(encode).collect()
            })
            .collect::<Result<_, FormatError>>()?;
        for (image, encoded) in batch.iter().zip(encoded) {
            for line in encoded {
                match line {
                    Encoded::Exact(line) => annotations.push(line),
                    Encoded::Changed(id, line) => {
                        report.notes.push(format!("{}: object {id} changed, polygons have no holes", image.path));
                        annotations.push(line);
                    }
                    Encoded::Empty(id) => report.notes.push(format!("{}: object {id} is empty, left out", image.path)),
                }
            }
        }
    }
    report.objects = annotations.len();
    let poses = poses(source, &images, &mut report.notes);
    report.notes.extend(source.orientation_notes(&images));
    report.notes.extend(outlines.report());
    staging.write(export.name, |writer| {
        writeln!(writer, "{{")?;
        let description = source.document.extra().get("coco").and_then(Value::as_object);
        writeln!(writer, "\"info\": {},", info(description, source.identity(), options))?;
        let licenses = description.and_then(|d| d.get("licenses")).filter(|value| value.is_array());
        writeln!(writer, "\"licenses\": {},", licenses.unwrap_or(&json!([])))?;
        for (key, value) in description.into_iter().flatten() {
            if !OWN_OF_FILE.contains(&key.as_str()) {
                writeln!(writer, "{}: {value},", json!(key))?;
            }
        }
        list(writer, "images", images.iter().map(|record| image(record).to_string()))?;
        writeln!(writer, ",")?;
        list(writer, "categories", source.document.classes().iter().map(|class| category(class).to_string()))?;
        writeln!(writer, ",")?;
        list(writer, "annotations", annotations.into_iter().chain(poses))?;
        writeln!(writer, "\n}}")
    })?;
    report.files = staging.commit(source)?;
    progress.report(images.len() as u64, images.len() as u64, "written");
    Ok(report)
}

/// Key points without an area, as they came, with ids that no object has.
fn poses(source: &Source<'_>, images: &[ImageRecord], notes: &mut Vec<String>) -> Vec<String> {
    let classes: HashMap<&str, ClassId> =
        source.document.classes().iter().map(|class| (class.name.as_str(), class.id)).collect();
    let mut next = source.document.objects().map(|object| object.id.0).max().unwrap_or(0);
    let (mut lines, mut used) = (Vec::new(), HashSet::new());
    for image in images {
        for members in kept::of(&image.extra, Format::Coco).iter().filter_map(Value::as_object) {
            let name = members.get(CATEGORY).and_then(Value::as_str).unwrap_or_default();
            let Some(class) = classes.get(name) else {
                notes.push(format!("{}: key points left out, there is no class {name:?} any more", image.path));
                continue;
            };
            let own = members.get("id").and_then(Value::as_i64);
            let is_free = |id: &i64| source.document.object(ObjectId(*id)).is_none() && !used.contains(id);
            let id = own.filter(is_free).unwrap_or_else(|| {
                next = next.saturating_add(1);
                next
            });
            used.insert(id);
            next = next.max(id);
            let mut pose = writing::members(json!({"id": id, "image_id": image.id, "category_id": class}));
            let others = members.iter().filter(|(key, _)| *key != CATEGORY && *key != "id");
            pose.extend(others.map(|(key, value)| (key.clone(), value.clone())));
            lines.push(Value::from(pose).to_string());
        }
    }
    lines
}

pub(in crate::formats) fn list<W: Write>(
    writer: &mut W,
    name: &str,
    lines: impl Iterator<Item = String>,
) -> std::io::Result<()> {
    write!(writer, "\"{name}\": [")?;
    for (at, line) in lines.enumerate() {
        let separator = if at == 0 { "\n" } else { ",\n" };
        writer.write_all(separator.as_bytes())?;
        writer.write_all(line.as_bytes())?;
    }
    write!(writer, "\n]")
}

pub(in crate::formats) fn info(
    description: Option<&Map<String, Value>>,
    project: Option<&str>,
    options: &ExportOptions,
) -> Value {
    let kept = description.and_then(|d| d.get("info")).and_then(Value::as_object).cloned();
    let mut info = kept.unwrap_or_else(|| {
        let text = [("description", "Annotated with Limn"), ("url", ""), ("version", "1.0"), ("contributor", "")];
        text.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect()
    });
    let mut limn = json!({
        "version": env!("CARGO_PKG_VERSION"),
        "project": project,
        "only_done": options.only_done,
    });
    if options.is_choice() {
        limn["chosen"] = serde_json::to_value(Part::chosen_by(options)).unwrap_or_default();
    }
    if !options.tolerance.is_off() {
        limn["tolerance"] = options.tolerance.pixels().into();
    }
    info.insert("limn".to_owned(), limn);
    info.into()
}

/// Own members first, then whatever came with an import, then Limn's extras if there are any.
fn record(own: Value, reserved: &[&str], extra: &Map<String, Value>, note: &impl Serialize) -> Value {
    let mut members = members(own);
    add_extra(&mut members, extra, reserved);
    put_note(&mut members, note);
    members.into()
}

/// A record of the list `images`.
pub(in crate::formats) fn image(image: &ImageRecord) -> Value {
    let own = json!({"id": image.id, "file_name": image.path, "width": image.width, "height": image.height});
    let note = ImageNote { extra: Map::new(), ..ImageNote::of(image) };
    record(own, OWN_OF_IMAGE, &image.extra, &note)
}

/// A record of the list `categories`.
pub(in crate::formats) fn category(class: &Class) -> Value {
    let own = json!({
        "id": class.id, "name": class.name, "supercategory": class.supercategory, "color": class.color,
    });
    let note = ClassNote { hotkey: class.hotkey, attributes: class.attributes.clone(), ..ClassNote::default() };
    record(own, OWN_OF_CATEGORY, &class.extra, &note)
}

enum Encoded {
    Exact(String),
    Changed(i64, String),
    Empty(i64),
}

fn annotation(object: &Object, options: &ExportOptions, outlines: &Outlines) -> Result<Encoded, RleError> {
    let id = object.id.0;
    if object.mask.is_empty() {
        return Ok(Encoded::Empty(id));
    }
    let segmentation::Written { value, whole, read } =
        segmentation::encode(&object.mask, object.crowd, options.segmentation, outlines)?;
    // Area and box are those of what readers will see.
    let mask = read.as_ref().unwrap_or(&object.mask);
    let Some(bounds) = mask.bounds() else {
        return Ok(Encoded::Empty(id));
    };
    let mut own = json!({
        "id": id,
        "image_id": object.image,
        "category_id": object.class,
        "iscrowd": u8::from(object.crowd),
        "area": mask.area(),
        "bbox": [bounds.x0, bounds.y0, bounds.width(), bounds.height()],
        "segmentation": value,
    });
    if !object.attributes.is_empty() {
        own["attributes"] = object.attributes.clone().into();
    }
    let line = record(own, OWN_OF_ANNOTATION, &object.extra, &note_of(object)).to_string();
    Ok(if whole { Encoded::Exact(line) } else { Encoded::Changed(id, line) })
}

/// What COCO has no member for, where it differs from the default.
pub(in crate::formats) fn note_of(object: &Object) -> ObjectNote {
    ObjectNote {
        id: None,
        z: Some(object.z).filter(|z| *z != 0),
        crowd: false,
        attributes: Map::new(),
        extra: Map::new(),
        ..ObjectNote::of(object)
    }
}

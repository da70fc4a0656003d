//! Writing a Datumaro folder.

use std::collections::HashMap;
use std::io::Write as _;

use serde_json::{Map, Value, json};

use crate::document::{ClassId, ImageRecord, Object};
use crate::formats::door::Export;
use crate::formats::notes::{ImageNote, ObjectNote, put_note};
use crate::formats::outlines::Outlines;
use crate::formats::reading::is_occluded;
use crate::formats::report::{ExportReport, FormatError};
use crate::formats::{Format, kept, writing};
use crate::raster::RleError;

pub(super) fn write(export: &Export<'_>) -> Result<ExportReport, FormatError> {
    let Export { source, options, progress, .. } = *export;
    let (mut report, images) = export.begin();
    let staging = export.staging()?;
    let manifest = export.manifest();
    let classes = source.document.classes();
    let index_of: HashMap<ClassId, usize> = classes.iter().enumerate().map(|(at, class)| (class.id, at)).collect();
    let outlines = options.polygons.then(|| Outlines::new(options.tolerance));
    let written = writing::each(&images, progress, |image| {
        let mut notes = Vec::new();
        let objects = writing::objects_with_pixels(source, image, &mut notes);
        if options.copy_images {
            let name = format!("images/default/{}", image.path.replace("../", "up_"));
            writing::copy_picture(source, &staging, image, &name, &mut notes)?;
        }
        let mut free = objects.iter().filter_map(|object| object.group).max().unwrap_or(0);
        // As text at once: of many objects on one picture the trees would be ten times as large.
        let mut all: Vec<String> = Vec::new();
        for object in &objects {
            let own = annotations(object, index_of[&object.class], outlines.as_ref(), &mut free);
            let own = own.map_err(|error| FormatError::CannotHold {
                format: Format::Datumaro,
                what: format!("object {} of {}: {error}", object.id.0, image.path),
            })?;
            all.extend(own.iter().map(Value::to_string));
        }
        all.extend(kept::of(&image.extra, Format::Datumaro).iter().map(|raw| {
            let mut raw = raw.clone();
            let name = raw.as_object_mut().and_then(|members| members.remove("label_name"));
            let class = name.as_ref().and_then(Value::as_str).and_then(|name| source.document.class_named(name));
            if let Some(label) = class.and_then(|class| index_of.get(&class.id)) {
                raw["label_id"] = (*label).into();
            }
            raw.to_string()
        }));
        Ok((objects.len(), item(image, &all), notes))
    })?;
    let mut lines = Vec::with_capacity(written.len());
    for (objects, line, notes) in written {
        report.objects += objects;
        report.notes.extend(notes);
        lines.push(line);
    }
    report.notes.extend(outlines.as_ref().and_then(Outlines::report));
    report.notes.extend(source.orientation_notes(&images));
    let labels: Vec<Value> = classes
        .iter()
        .map(|class| {
            let attributes: Vec<&str> = class.attributes.iter().map(|attribute| attribute.name.as_str()).collect();
            json!({"name": class.name, "parent": class.supercategory, "attributes": attributes})
        })
        .collect();
    let colors: Vec<Value> = classes
        .iter()
        .enumerate()
        .map(|(at, class)| json!({"label_id": at, "r": class.color[0], "g": class.color[1], "b": class.color[2]}))
        .collect();
    let categories = json!({
        "label": {"label_groups": [], "labels": labels, "attributes": ["occluded"]},
        "mask": {"colormap": colors},
    });
    staging.write("annotations/default.json", |writer| {
        writer.write_all(b"{\"dm_format_version\": \"1.0\", \"media_type\": 2, \"infos\": {},\n")?;
        write!(writer, "\"categories\": {categories},\n\"items\": [")?;
        for (at, line) in lines.iter().enumerate() {
            writer.write_all(if at == 0 { b"\n" } else { b",\n" })?;
            writer.write_all(line.as_bytes())?;
        }
        writer.write_all(b"\n]}\n")
    })?;
    report.files = manifest.finish(staging)?;
    Ok(report)
}

fn item(image: &ImageRecord, annotations: &[String]) -> String {
    let id = Value::from(&image.path[..image.path.len() - image.file_name().len() + image.stem().len()]);
    let mut others = writing::members(json!({
        "attr": image.attributes,
        "image": {"path": image.path, "size": [image.height, image.width]},
    }));
    put_note(&mut others, &ImageNote { attributes: Map::new(), ..ImageNote::of(image) });
    let others: String = others.iter().map(|(key, value)| format!(",{}:{value}", json!(key))).collect();
    format!("{{\"id\":{id},\"annotations\":[{}]{others}}}", annotations.join(","))
}

/// One mask, or one polygon per part.
fn annotations(
    object: &Object,
    label: usize,
    outlines: Option<&Outlines>,
    free: &mut i64,
) -> Result<Vec<Value>, RleError> {
    let mut attributes = object.attributes.clone();
    if is_occluded(&attributes, &object.extra) {
        attributes.entry("occluded").or_insert(Value::Bool(true));
    }
    let note = ObjectNote { attributes: Map::new(), ..ObjectNote::of(object) };
    let annotation = |kind: &str, group: i64, key: &str, value: Value| {
        let mut annotation = writing::members(json!({
            "id": object.id,
            "type": kind,
            "attributes": attributes,
            "group": group,
            "label_id": label,
            "z_order": object.z,
        }));
        annotation.insert(key.to_owned(), value);
        put_note(&mut annotation, &note);
        Value::from(annotation)
    };
    let mask = &object.mask;
    let Some(outlines) = outlines else {
        let rle = json!({"counts": mask.to_coco_string()?, "size": [mask.height(), mask.width()]});
        return Ok(vec![annotation("mask", object.group.unwrap_or(0), "rle", rle)]);
    };
    let rings = outlines.rings_by_part(mask);
    let group = if rings.len() == 1 {
        object.group.unwrap_or(0)
    } else {
        *free += 1;
        *free
    };
    let parted = rings.len() > 1;
    let part = |ring: Vec<[u32; 2]>| {
        let mut part = annotation("polygon", group, "points", json!(ring.as_flattened()));
        part["limn"]["part"] = parted.into();
        part
    };
    Ok(rings.into_iter().map(part).collect())
}

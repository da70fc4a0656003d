//! Writing the COCO file as EISeg reads it, and the list of labels.

use std::collections::HashMap;
use std::io::Write as _;

use serde_json::{Value, json};

use super::{LABELS, labels};
use crate::document::{ImageRecord, Object};
use crate::formats::door::Export;
use crate::formats::outlines::{Outlines, floats};
use crate::formats::report::{ExportReport, FormatError};
use crate::formats::{coco, writing};
use crate::raster::Mask;

pub(super) fn write(export: &Export<'_>) -> Result<ExportReport, FormatError> {
    let Export { source, options, progress, .. } = *export;
    let staging = export.staging()?;
    let (mut report, images) = export.begin();
    let names = file_names(&images, &mut report.notes);
    let outlines = Outlines::new(options.tolerance);
    let written = writing::each(&images, progress, |image| {
        let mut notes = Vec::new();
        let objects = writing::objects_with_pixels(source, image, &mut notes);
        let annotations: Vec<Vec<Value>> = objects.iter().map(|object| annotations(object, &outlines)).collect();
        Ok((annotations, notes))
    })?;
    let mut lines: Vec<String> = Vec::new();
    let mut parted = 0;
    for (objects, notes) in written {
        report.objects += objects.len();
        report.notes.extend(notes);
        for mut annotation in objects.into_iter().flat_map(|parts| {
            parted += usize::from(parts.len() > 1);
            parts
        }) {
            annotation["id"] = (lines.len() + 1).into();
            lines.push(annotation.to_string());
        }
    }
    if parted > 0 {
        report.notes.push(format!("{parted} objects have several parts: EISeg sees each part as an object"));
    }
    report.notes.extend(outlines.report());
    report.notes.extend(source.orientation_notes(&images));
    let classes = source.document.classes();
    staging.write(export.name, |writer| {
        // EISeg wants the members in no order, and `info` of any type.
        writeln!(writer, "{{\n\"info\": {},\n\"licenses\": [],", coco::write::info(None, source.identity(), options))?;
        let record = |image: &ImageRecord| {
            let mut record = writing::members(coco::write::image(image));
            record.insert("limn_path".to_owned(), image.path.as_str().into());
            record.insert("file_name".to_owned(), names[image.path.as_str()].as_str().into());
            for key in ["license", "flickr_url", "coco_url", "date_captured"] {
                record.entry(key).or_insert_with(|| "".into());
            }
            Value::from(record).to_string()
        };
        coco::write::list(writer, "images", images.iter().map(record))?;
        writeln!(writer, ",")?;
        coco::write::list(writer, "categories", classes.iter().map(|class| coco::write::category(class).to_string()))?;
        writeln!(writer, ",")?;
        coco::write::list(writer, "annotations", lines.into_iter())?;
        writeln!(writer, "\n}}")
    })?;
    staging.write(LABELS, |writer| writer.write_all(labels::text(classes).as_bytes()))?;
    report.files = staging.commit(source)?;
    Ok(report)
}

/// The name of every picture without its folders; where two would be the same, with them.
fn file_names(images: &[ImageRecord], notes: &mut Vec<String>) -> HashMap<String, String> {
    let mut count: HashMap<&str, usize> = HashMap::new();
    for image in images {
        *count.entry(image.file_name()).or_default() += 1;
    }
    let mut shared: Vec<&str> = count.iter().filter(|(_, count)| **count > 1).map(|(name, _)| *name).collect();
    shared.sort_unstable();
    let note = |name: &str| format!("{name} lies in several folders; EISeg will not find it, its path was written");
    notes.extend(shared.into_iter().map(note));
    let name = |image: &ImageRecord| {
        if count[image.file_name()] == 1 { image.file_name().to_owned() } else { image.path.clone() }
    };
    images.iter().map(|image| (image.path.clone(), name(image))).collect()
}

/// One annotation per part, with one ring.
fn annotations(object: &Object, outlines: &Outlines) -> Vec<Value> {
    let (width, height) = (object.mask.width(), object.mask.height());
    let rings = outlines.rings_by_part(&object.mask);
    let annotation = |ring: Vec<[u32; 2]>| {
        let part = Mask::from_polygon(width, height, &floats(&ring)).ok()?;
        let bounds = part.bounds()?;
        let mut annotation = writing::members(json!({
            "id": 0,
            "iscrowd": u8::from(object.crowd),
            "image_id": object.image,
            "category_id": object.class,
            "segmentation": [ring.as_flattened()],
            "area": part.area(),
            "bbox": [bounds.x0, bounds.y0, bounds.width(), bounds.height()],
            "limn_object": object.id,
            "limn": coco::write::note_of(object),
        }));
        if !object.attributes.is_empty() {
            annotation.insert("attributes".to_owned(), object.attributes.clone().into());
        }
        writing::add_extra(&mut annotation, &object.extra, &[]);
        Some(Value::from(annotation))
    };
    rings.into_iter().filter_map(annotation).collect()
}

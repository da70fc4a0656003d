//! Writing a YOLO folder.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::Path;

use super::super::door::Export;
use super::{config, names};
use crate::document::{ClassId, ImageRecord, Object};
use crate::formats::label_map::unique_stems;
use crate::formats::manifest::{ManifestImage, ManifestObject};
use crate::formats::outlines::Outlines;
use crate::formats::report::{ExportReport, FormatError};
use crate::formats::{ExportOptions, Format, kept, writing};
use crate::store::paths;

pub(super) fn write(export: &Export<'_>) -> Result<ExportReport, FormatError> {
    let Export { source, options, progress, .. } = *export;
    let format = export.format;
    let (mut report, images) = export.begin();
    let staging = export.staging()?;
    let mut manifest = export.manifest();
    let classes = source.document.classes();
    let index_of: HashMap<ClassId, usize> = classes.iter().enumerate().map(|(at, class)| (class.id, at)).collect();
    let stems = unique_stems(&images, true);
    let outlines = Outlines::new(options.tolerance);
    let written = writing::each(&images, progress, |image| {
        let mut notes = Vec::new();
        let stem = format!("{}/{}", set_of(image, options), stems[&image.id]);
        let objects = writing::objects_with_pixels(source, image, &mut notes);
        let text: String =
            objects.iter().map(|object| line(object, index_of[&object.class], format, &outlines, &mut notes)).collect();
        staging.write(&format!("labels/{stem}.txt"), |writer| writer.write_all(text.as_bytes()))?;
        if options.copy_images {
            let name = format!("images/{}", writing::picture_name(image, &stem));
            writing::copy_picture(source, &staging, image, &name, &mut notes)?;
        }
        let name = |object: &Object| source.document.class(object.class).map_or("", |class| class.name.as_str());
        let entries = objects.iter().map(|object| ManifestObject::new(object, name(object))).collect();
        Ok((ManifestImage::new(image, &stem, entries), notes))
    })?;
    let (mut bridged, mut boxed) = (0, 0);
    for (image, notes) in written {
        report.objects += image.objects.len();
        for note in notes {
            match note.as_str() {
                BRIDGED => bridged += 1,
                BOXED => boxed += 1,
                _ => report.notes.push(note),
            }
        }
        manifest.images.push(image);
    }
    if bridged > 0 {
        report.notes.push(format!("{bridged} objects with holes or parts are one ring each, joined by bridges"));
    }
    if boxed > 0 {
        report.notes.push(format!("{boxed} objects are more than their box: only the box was written"));
    }
    let posed = images.iter().flat_map(|image| source.document.objects_of(image.id));
    let posed = posed.filter(|object| object.extra.contains_key("keypoints")).count();
    if posed > 0 {
        report.notes.push(format!("the key points of {posed} objects were not written; export as coco keeps them"));
    }
    if !options.copy_images {
        report.notes.push("the pictures were not copied; put them into images/train and images/val".to_owned());
    }
    report.notes.extend(outlines.report());
    report.notes.extend(source.orientation_notes(&images));
    let all: Vec<&str> = classes.iter().map(|class| class.name.as_str()).collect();
    let has = |set: &str| images.iter().any(|image| set_of(image, options) == set);
    let validation = if options.validation_percent > 0 || has("val") { "val" } else { "train" };
    let test = if has("test") { "test: images/test\n" } else { "" };
    let head = format!("path: .\ntrain: images/train\nval: images/{validation}\n{test}nc: {}\n", all.len());
    staging.write("data.yaml", |writer| writer.write_all(format!("{head}{}", names::text(&all)).as_bytes()))?;
    report.files = manifest.finish(staging)?;
    Ok(report)
}

/// Stand for counted notes.
const BRIDGED: &str = "bridged";
const BOXED: &str = "boxed";

/// The part of a split: the one that an import told, unless a share is asked for.
fn set_of(image: &ImageRecord, options: &ExportOptions) -> &'static str {
    if let Some(part) = kept::split(&image.extra).filter(|_| options.validation_percent == 0) {
        return config::part_of([part]).unwrap_or("train");
    }
    let share = u32::from(options.validation_percent.min(100));
    if paths::fingerprint(Path::new(&image.path)) % 100 < share { "val" } else { "train" }
}

fn line(object: &Object, class: usize, format: Format, outlines: &Outlines, notes: &mut Vec<String>) -> String {
    let (width, height) = (f64::from(object.mask.width()), f64::from(object.mask.height()));
    let mut line = class.to_string();
    let mut put = |x: f64, y: f64| {
        line.push_str(&format!(" {:.8} {:.8}", x / width, y / height));
    };
    let Some(b) = object.mask.bounds() else {
        return String::new();
    };
    if format == Format::YoloBoxes {
        put(f64::from(b.x0 + b.x1) / 2.0, f64::from(b.y0 + b.y1) / 2.0);
        put(f64::from(b.width()), f64::from(b.height()));
        if object.mask.area() < u64::from(b.width()) * u64::from(b.height()) {
            notes.push(BOXED.to_owned());
        }
    } else if let Some((ring, bridged)) = outlines.one_ring(&object.mask) {
        ring.iter().for_each(|[x, y]| put(f64::from(*x), f64::from(*y)));
        notes.extend(bridged.then(|| BRIDGED.to_owned()));
    }
    line.push('\n');
    line
}

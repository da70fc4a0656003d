//! Writing a VOC folder.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;

use serde_json::Value;

use super::labelmap;
use crate::document::{ClassId, ImageRecord, Object};
use crate::formats::door::Export;
use crate::formats::label_map::{MAX_LABELS, VOID, add_void_band, numbered, paint, unique_stems};
use crate::formats::manifest::{ManifestClass, ManifestImage, ManifestObject};
use crate::formats::palette::voc_palette;
use crate::formats::report::{ExportReport, FormatError};
use crate::formats::staging::Staging;
use crate::formats::xml::leaf;
use crate::formats::{ExportOptions, Source, index_png, kept, lenient, writing};
use crate::media;
use crate::store::paths;

/// Widest void band.
const MAX_BAND: u32 = 100;

/// Everything that the pictures have in common.
struct Job<'a> {
    source: &'a Source<'a>,
    staging: &'a Staging,
    options: &'a ExportOptions,
    /// Index from 1 and written name of every class.
    classes: HashMap<ClassId, (u8, &'a ManifestClass)>,
}

pub(super) fn write(export: &Export<'_>) -> Result<ExportReport, FormatError> {
    let Export { source, options, progress, .. } = *export;
    let (mut report, images) = export.begin_label_maps();
    let count = source.document.class_count();
    if count > MAX_LABELS {
        return Err(export.cannot(format!("{count} classes, {MAX_LABELS} are possible; export as coco")));
    }
    if options.void_band > MAX_BAND {
        return Err(
            export.cannot(format!("a void band of {} pixels, at most {MAX_BAND} are possible", options.void_band))
        );
    }
    if let Some(image) = images.iter().find(|image| numbered(&source.document, image.id).len() > MAX_LABELS) {
        let count = numbered(&source.document, image.id).len();
        return Err(
            export.cannot(format!("{count} objects in {}, {MAX_LABELS} are possible; export as coco", image.path))
        );
    }
    let staging = export.staging()?;
    let mut manifest = export.manifest();
    manifest.classes = written_classes(source, &mut report);
    let indexed =
        (1..=254u8).zip(&manifest.classes).filter_map(|(index, class)| Some((ClassId(class.note.id?), (index, class))));
    let job = Job { source, staging: &staging, options, classes: indexed.collect() };
    let stems = unique_stems(&images, true);
    let described = writing::each(&images, progress, |image| job.image(image, &stems[&image.id]))?;
    drop(job);
    for (image, notes) in described {
        report.objects += image.objects.len();
        report.notes.extend(notes);
        manifest.images.push(image);
    }
    write_sets(&staging, &manifest.images, options)?;
    let names: Vec<String> = manifest.classes.iter().map(|class| class.written.clone()).collect();
    staging.write("labelmap.txt", |writer| writer.write_all(labelmap::text(&names).as_bytes()))?;
    report.notes.extend(source.orientation_notes(&images));
    report.files = manifest.finish(staging)?;
    Ok(report)
}

/// The classes with the names the format can hold, unique among each other.
fn written_classes(source: &Source<'_>, report: &mut ExportReport) -> Vec<ManifestClass> {
    let mut written: Vec<ManifestClass> = Vec::new();
    for class in source.document.classes() {
        let mut name = labelmap::written_name(class);
        if written.iter().any(|other| other.written == name) {
            name = format!("{name}_{}", class.id.0);
        }
        if name != class.name {
            report.notes.push(format!("class {:?} is written as {name:?}, VOC cannot hold its name", class.name));
        }
        written.push(ManifestClass::new(class, name));
    }
    written
}

impl Job<'_> {
    /// All files of one picture; returns its entry and what should be said about it.
    fn image(&self, image: &ImageRecord, stem: &str) -> Result<(ManifestImage, Vec<String>), FormatError> {
        let objects = numbered(&self.source.document, image.id);
        let mut notes = Vec::new();
        for object in self.source.document.objects_of(image.id).filter(|object| object.mask.is_empty()) {
            notes.push(format!("{}: object {} is empty, left out", image.path, object.id.0));
        }
        if !objects.is_empty() {
            self.masks(image, stem, &objects, &mut notes)?;
        }
        let text = self.annotation(image, stem, &objects);
        self.staging.write(&format!("Annotations/{stem}.xml"), |writer| writer.write_all(text.as_bytes()))?;
        if self.options.copy_images {
            let name = format!("JPEGImages/{}", writing::picture_name(image, stem));
            writing::copy_picture(self.source, self.staging, image, &name, &mut notes)?;
        }
        let entries = objects.iter().map(|object| ManifestObject::new(object, self.real_name(object))).collect();
        Ok((ManifestImage::new(image, stem, entries), notes))
    }

    /// The two palette pictures.
    fn masks(
        &self,
        image: &ImageRecord,
        stem: &str,
        objects: &[&Object],
        notes: &mut Vec<String>,
    ) -> Result<(), FormatError> {
        let (width, height) = (image.width, image.height);
        let mut map = paint(width, height, objects);
        let mut visible = [0u64; 256];
        map.iter().for_each(|&label| visible[usize::from(label)] += 1);
        for (label, object) in (1..).zip(objects) {
            let lost = object.mask.area() - visible[label];
            if lost > 0 {
                let area = object.mask.area();
                notes.push(format!(
                    "{}: object {} lost {lost} of {area} pixels to objects above",
                    image.path, object.id.0
                ));
            }
        }
        add_void_band(&mut map, width, self.options.void_band);
        let write = |folder: &str, values: &[u8]| {
            let name = format!("{folder}/{stem}.png");
            self.staging.write(&name, |writer| index_png::write(writer, width, height, values, Some(voc_palette())))
        };
        write("SegmentationObject", &map)?;
        let mut class_of = [0u8; 256];
        class_of[usize::from(VOID)] = VOID;
        for (label, object) in (1..).zip(objects) {
            class_of[label] = self.classes.get(&object.class).map_or(VOID, |(index, _)| *index);
        }
        map.iter_mut().for_each(|label| *label = class_of[usize::from(*label)]);
        write("SegmentationClass", &map)
    }

    /// The XML text of a picture.
    fn annotation(&self, image: &ImageRecord, stem: &str, objects: &[&Object]) -> String {
        let info = media::probe(&self.source.file_of(image)).ok();
        let grey = info.is_some_and(|info| info.source.channels <= 2 && !info.source.palette);
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<annotation>\n");
        leaf(&mut out, 2, "folder", "JPEGImages");
        leaf(&mut out, 2, "filename", &writing::picture_name(image, stem));
        out.push_str("  <source>\n");
        for (name, text) in [("database", "Unknown"), ("annotation", "Limn"), ("image", "Unknown")] {
            leaf(&mut out, 4, name, text);
        }
        out.push_str("  </source>\n  <size>\n");
        leaf(&mut out, 4, "width", &image.width.to_string());
        leaf(&mut out, 4, "height", &image.height.to_string());
        leaf(&mut out, 4, "depth", if grey { "1" } else { "3" });
        out.push_str("  </size>\n");
        leaf(&mut out, 2, "segmented", flag(!objects.is_empty()));
        for object in objects {
            self.object(&mut out, object);
        }
        out.push_str("</annotation>\n");
        out
    }

    fn object(&self, out: &mut String, object: &Object) {
        let Some(bounds) = object.mask.bounds() else {
            return;
        };
        out.push_str("  <object>\n");
        leaf(out, 4, "name", self.classes.get(&object.class).map_or("", |(_, class)| &class.written));
        let pose = object.extra.get("pose").and_then(Value::as_str).unwrap_or("Unspecified");
        leaf(out, 4, "pose", pose);
        leaf(out, 4, "truncated", flag(object.truncated));
        leaf(out, 4, "difficult", flag(object.difficult));
        if let Some(occluded) = object.extra.get("occluded") {
            leaf(out, 4, "occluded", flag(lenient::flag(occluded) == Some(true)));
        }
        out.push_str("    <bndbox>\n");
        let corners = [("xmin", bounds.x0 + 1), ("ymin", bounds.y0 + 1), ("xmax", bounds.x1), ("ymax", bounds.y1)];
        for (name, value) in corners {
            leaf(out, 6, name, &value.to_string());
        }
        out.push_str("    </bndbox>\n");
        let kept = object.extra.get(super::object::ELEMENTS).and_then(Value::as_array);
        kept.into_iter().flatten().filter_map(Value::as_str).for_each(|element| out.push_str(element));
        out.push_str("  </object>\n");
    }

    fn real_name(&self, object: &Object) -> &str {
        self.source.document.class(object.class).map_or("", |class| class.name.as_str())
    }
}

/// `ImageSets/Main` lists all pictures, `ImageSets/Segmentation` those with masks.
fn write_sets(staging: &Staging, images: &[ManifestImage], options: &ExportOptions) -> Result<(), FormatError> {
    let is_validation = |image: &ManifestImage| match kept::split(&image.note.extra) {
        // The part that an import told, unless a share is asked for.
        Some(part) if options.validation_percent == 0 => part != "train",
        _ => paths::fingerprint(Path::new(&image.path)) % 100 < u32::from(options.validation_percent.min(100)),
    };
    for (folder, masks_only) in [("Main", false), ("Segmentation", true)] {
        for set in ["train", "val", "trainval"] {
            let wanted = |image: &&ManifestImage| {
                let in_set = set == "trainval" || is_validation(image) == (set == "val");
                in_set && (!masks_only || !image.objects.is_empty())
            };
            let lines: String = images.iter().filter(wanted).map(|image| format!("{}\n", image.stem)).collect();
            staging.write(&format!("ImageSets/{folder}/{set}.txt"), |writer| writer.write_all(lines.as_bytes()))?;
        }
    }
    Ok(())
}

fn flag(set: bool) -> &'static str {
    if set { "1" } else { "0" }
}

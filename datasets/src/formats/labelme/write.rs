//! Writing labelme files.

use std::sync::atomic::{AtomicBool, Ordering};

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value, json};

use super::super::door::Export;
use super::{OWN_OF_FILE, OWN_OF_SHAPE};
use crate::document::{ImageRecord, Object};
use crate::formats::label_map::unique_stems;
use crate::formats::manifest::{Manifest, ManifestImage};
use crate::formats::notes::{ImageNote, ObjectNote, put_note};
use crate::formats::outlines::Outlines;
use crate::formats::report::{ExportReport, FormatError};
use crate::formats::staging::{self, Staging};
use crate::formats::{Format, Source, base64, index_png, kept, shapes, writing};
use crate::store::paths;

/// The version of labelme whose rules the files follow.
const VERSION: &str = "5.5.0";

pub(super) fn write(export: &Export<'_>) -> Result<ExportReport, FormatError> {
    let Export { source, options, progress, .. } = *export;
    let (mut report, images) = export.begin();
    let stems = unique_stems(&images, false);
    // Beside the pictures the marker of an export would hide them from the next scan.
    let folder = paths::absolute(export.folder);
    let beside = source.files().iter().any(|file| file.starts_with(&folder));
    // One that is not ours stands for all: none is replaced unasked.
    let names = || images.iter().map(|image| format!("{}.json", stems[&image.id]));
    let is_strange = |name: &String| {
        let path = folder.join(name);
        path.is_file() && !staging::names_project(source, &path)
    };
    let first = if beside { names().find(is_strange).or_else(|| names().next()) } else { None };
    let staging = Staging::new(source, export.folder, first.as_deref().unwrap_or(""), options.overwrite)?;
    let mut manifest = export.manifest();
    // Some pictures lie where no path leads to that names nothing private.
    let apart = AtomicBool::new(false);
    let outlines = options.polygons.then(|| Outlines::new(options.tolerance));
    let written = writing::each(&images, progress, |image| {
        let stem = &stems[&image.id];
        let mut notes = Vec::new();
        let objects = writing::objects_with_pixels(source, image, &mut notes);
        let path = if options.copy_images {
            let name = writing::picture_name(image, stem);
            writing::copy_picture(source, &staging, image, &name, &mut notes)?;
            name.rsplit('/').next().unwrap_or(&name).to_owned()
        } else {
            let place = staging.target().join(stem);
            let folder = place.parent().unwrap_or(staging.target());
            source.seen_from(image, folder).unwrap_or_else(|| {
                apart.store(true, Ordering::Relaxed);
                image.path.clone()
            })
        };
        let text = picture(image, &path, &objects, source, outlines.as_ref(), &manifest);
        staging.write(&format!("{stem}.json"), |writer| {
            serde_json::to_writer_pretty(writer, &text).map_err(std::io::Error::from)
        })?;
        Ok((ManifestImage::new(image, stem, Vec::new()), objects.len(), notes))
    })?;
    for (image, objects, notes) in written {
        report.objects += objects;
        report.notes.extend(notes);
        manifest.images.push(image);
    }
    if apart.into_inner() {
        report.notes.push(
            "the pictures were not copied and lie elsewhere: put them into the folder before labelme opens it"
                .to_owned(),
        );
    }
    report.notes.extend(outlines.as_ref().and_then(Outlines::report));
    report.notes.extend(source.orientation_notes(&images));
    report.files = if beside { staging.commit(source)? } else { manifest.finish(staging)? };
    Ok(report)
}

fn picture<'a>(
    image: &'a ImageRecord,
    path: &str,
    objects: &'a [&'a Object],
    source: &'a Source<'a>,
    outlines: Option<&'a Outlines>,
    manifest: &Manifest,
) -> File<'a> {
    let (flags, attributes) = split_flags(&image.attributes);
    let mut file = writing::members(json!({
        "version": VERSION,
        "flags": flags,
        "shapes": [],
        "imagePath": path,
        "imageData": null,
        "imageHeight": image.height,
        "imageWidth": image.width,
    }));
    writing::add_extra(&mut file, &image.extra, OWN_OF_FILE);
    let note = ImageNote { attributes, extra: Map::new(), ..ImageNote::of(image) };
    let mut note = serde_json::to_value(note).unwrap_or_default();
    note["path"] = image.path.as_str().into();
    note["project"] = manifest.project.clone().into();
    note["only_done"] = manifest.only_done.into();
    if !manifest.chosen.is_whole() {
        note["chosen"] = serde_json::to_value(&manifest.chosen).unwrap_or_default();
    }
    if !manifest.tolerance.is_off() {
        note["tolerance"] = manifest.tolerance.pixels().into();
    }
    file.insert("limn".to_owned(), note);
    File { members: file, image, objects, source, outlines }
}

/// A file of labelme; its shapes are made one after the other while it is written, because there may be thousands.
struct File<'a> {
    members: Map<String, Value>,
    image: &'a ImageRecord,
    objects: &'a [&'a Object],
    source: &'a Source<'a>,
    outlines: Option<&'a Outlines>,
}

impl Serialize for File<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in &self.members {
            if key == "shapes" { map.serialize_entry(key, &Shapes(self))? } else { map.serialize_entry(key, value)? }
        }
        map.end()
    }
}

/// The list of shapes of a file.
struct Shapes<'a>(&'a File<'a>);

impl Serialize for Shapes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let File { image, objects, source, outlines, .. } = self.0;
        let mut free = objects.iter().filter_map(|object| object.group).max().unwrap_or(0);
        let shapes = objects.iter().flat_map(|object| {
            let class = source.document.class(object.class).map_or("", |class| class.name.as_str());
            match outlines {
                Some(outlines) => polygons(object, class, outlines, &mut free),
                None => vec![mask(object, class)],
            }
        });
        serializer.collect_seq(shapes.chain(kept::of(&image.extra, Format::Labelme).iter().cloned()))
    }
}

/// Yes and no are labelme's flags, other attributes are not.
fn split_flags(attributes: &Map<String, Value>) -> (Map<String, Value>, Map<String, Value>) {
    attributes.clone().into_iter().partition(|(_, value)| value.is_boolean())
}

fn shape(object: &Object, class: &str, group: Option<i64>, points: Value, kind: &str, mask: Value) -> Value {
    let (flags, attributes) = split_flags(&object.attributes);
    let mut shape = writing::members(json!({
        "label": class,
        "points": points,
        "group_id": group,
        "description": object.extra.get("description").and_then(Value::as_str).unwrap_or(""),
        "shape_type": kind,
        "flags": flags,
        "mask": mask,
    }));
    writing::add_extra(&mut shape, &object.extra, OWN_OF_SHAPE);
    let is_part = group != object.group;
    let note =
        ObjectNote { attributes, group: object.group.filter(|_| is_part), extra: Map::new(), ..ObjectNote::of(object) };
    put_note(&mut shape, &note);
    let mut shape = Value::from(shape);
    if is_part {
        shape["limn"]["part"] = true.into();
    }
    shape
}

/// One shape of type `mask`: its corners are the first and the last pixel, its picture is cut to them.
fn mask(object: &Object, class: &str) -> Value {
    let Some(bounds) = object.mask.bounds() else {
        return Value::Null;
    };
    let values: Vec<u8> = shapes::crop(&object.mask, bounds).into_iter().map(|value| value * 255).collect();
    let mut png = Vec::new();
    if let Err(error) = index_png::write(&mut png, bounds.width(), bounds.height(), &values, None) {
        // Into memory, of the right length: only an allocation could fail, and that would not return.
        tracing::warn!("a mask was not written: {error}");
    }
    let points = json!([[bounds.x0, bounds.y0], [bounds.x1 - 1, bounds.y1 - 1]]);
    shape(object, class, object.group, points, "mask", base64::encode(&png).into())
}

/// One polygon per part; parts share a group number, a free one if the object has none.
fn polygons(object: &Object, class: &str, outlines: &Outlines, free: &mut i64) -> Vec<Value> {
    let rings = outlines.rings_by_part(&object.mask);
    let group = object.group.filter(|_| rings.len() == 1).or_else(|| {
        (rings.len() > 1).then(|| {
            *free += 1;
            *free
        })
    });
    rings.into_iter().map(|ring| shape(object, class, group, json!(ring), "polygon", Value::Null)).collect()
}

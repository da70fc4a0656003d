//! Writing the XML file.

use std::collections::{BTreeSet, HashSet};
use std::io::Write as _;

use serde_json::Value;

use super::attributes;
use crate::document::{Attribute, ImageRecord, Object};
use crate::formats::door::Export;
use crate::formats::manifest::{ManifestImage, ManifestObject};
use crate::formats::outlines::Outlines;
use crate::formats::reading::is_occluded;
use crate::formats::report::{ExportReport, FormatError};
use crate::formats::xml::{self, escaped, leaf};
use crate::formats::{Format, Source, kept, shapes, writing};

pub(super) fn write(export: &Export<'_>) -> Result<ExportReport, FormatError> {
    let Export { source, options, progress, .. } = *export;
    let staging = export.staging()?;
    let (mut report, images) = export.begin();
    let mut manifest = export.manifest();
    let outlines = options.polygons.then(|| Outlines::new(options.tolerance));
    let written = writing::each(&images, progress, |record| {
        let mut notes = Vec::new();
        let objects = writing::objects_with_pixels(source, record, &mut notes);
        let (entries, text) = picture(source, record, &objects, outlines.as_ref());
        Ok((ManifestImage::new(record, "", entries), text, notes))
    })?;
    let mut pictures = Vec::with_capacity(written.len());
    for (image, text, notes) in written {
        report.objects += image.objects.len();
        report.notes.extend(notes);
        manifest.images.push(image);
        pictures.push(text);
    }
    report.notes.extend(outlines.as_ref().and_then(Outlines::report));
    report.notes.extend(source.orientation_notes(&images));
    let note = serde_json::to_string(&manifest).map_err(|error| export.cannot(error.to_string()))?;
    staging.write(export.name, |writer| {
        writer.write_all(meta(source, &images, &note).as_bytes())?;
        for (at, text) in pictures.iter().enumerate() {
            let ImageRecord { path, width, height, .. } = &images[at];
            let path = escaped(path);
            let split = kept::split(&images[at].extra);
            let subset = split.map_or_else(String::new, |split| format!(" subset=\"{}\"", escaped(split)));
            writeln!(writer, "  <image id=\"{at}\" name=\"{path}\"{subset} width=\"{width}\" height=\"{height}\">")?;
            writer.write_all(text.as_bytes())?;
            for element in kept::of(&images[at].extra, Format::Cvat).iter().filter_map(Value::as_str) {
                writer.write_all(element.as_bytes())?;
            }
            writeln!(writer, "  </image>")?;
        }
        for track in kept::of(source.document.extra(), Format::Cvat).iter().filter_map(Value::as_str) {
            writer.write_all(track.as_bytes())?;
        }
        writeln!(writer, "</annotations>")
    })?;
    report.files = staging.commit(source)?;
    Ok(report)
}

fn meta(source: &Source<'_>, images: &[ImageRecord], note: &str) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<annotations>\n  <version>1.1</version>\n");
    out.push_str("  <meta>\n    <task>\n");
    for (name, text) in [("name", "Limn"), ("size", &images.len().to_string()), ("mode", "annotation")] {
        leaf(&mut out, 6, name, text);
    }
    out.push_str("      <labels>\n");
    let classes = source.document.classes();
    let declared = attributes::declared(&source.document);
    for class in classes {
        let [r, g, b] = class.color;
        let attributes = declared.get(&class.id).map(Vec::as_slice).unwrap_or_default();
        label(&mut out, &class.name, &format!("#{r:02x}{g:02x}{b:02x}"), "any", &attributes_xml(attributes));
    }
    let own: HashSet<&str> = classes.iter().map(|class| class.name.as_str()).collect();
    let names: BTreeSet<String> = kept_elements(source, images).filter_map(label_of).collect();
    for name in names.iter().filter(|name| !own.contains(name.as_str())) {
        label(&mut out, name, "#808080", "any", "");
    }
    let tags: BTreeSet<&str> = images.iter().flat_map(|image| &image.tags).map(String::as_str).collect();
    for tag in tags.into_iter().filter(|tag| !own.contains(tag)) {
        label(&mut out, tag, "#808080", "tag", "");
    }
    out.push_str("      </labels>\n    </task>\n");
    leaf(&mut out, 4, "limn", note);
    out.push_str("  </meta>\n");
    out
}

/// The elements that go back as they came, of pictures and of the whole.
fn kept_elements<'a>(source: &'a Source<'_>, images: &'a [ImageRecord]) -> impl Iterator<Item = &'a Value> {
    let of_pictures = images.iter().flat_map(|image| kept::of(&image.extra, Format::Cvat));
    of_pictures.chain(kept::of(source.document.extra(), Format::Cvat))
}

/// The label of an element that goes back as it came.
fn label_of(element: &Value) -> Option<String> {
    xml::parse(element.as_str()?).ok()?.attribute("label").map(str::to_owned)
}

fn label(out: &mut String, name: &str, color: &str, kind: &str, attributes: &str) {
    out.push_str("        <label>\n");
    for (tag, text) in [("name", name), ("color", color), ("type", kind)] {
        leaf(out, 10, tag, text);
    }
    out.push_str(&format!("          <attributes>\n{attributes}          </attributes>\n        </label>\n"));
}

fn attributes_xml(declared: &[Attribute]) -> String {
    let mut out = String::new();
    for attribute in declared {
        let (input_type, values) = attributes::input(&attribute.kind);
        out.push_str("            <attribute>\n");
        let lines = [("name", attribute.name.as_str()), ("mutable", "False"), ("input_type", input_type)];
        for (tag, text) in lines.into_iter().chain([("default_value", ""), ("values", &values)]) {
            leaf(&mut out, 14, tag, text);
        }
        out.push_str("            </attribute>\n");
    }
    out
}

/// The elements of one picture, and the notes about its objects.
fn picture(
    source: &Source<'_>,
    image: &ImageRecord,
    objects: &[&Object],
    outlines: Option<&Outlines>,
) -> (Vec<ManifestObject>, String) {
    let mut out = String::new();
    let mut entries = Vec::with_capacity(objects.len());
    for object in objects {
        let class = source.document.class(object.class).map_or("", |class| class.name.as_str());
        entries.push(ManifestObject::new(object, class));
        let geometry = outlines.map_or_else(|| mask(object), |outlines| polygon(object, outlines));
        let Some((name, geometry)) = geometry else { continue };
        let occluded = u8::from(is_occluded(&object.attributes, &object.extra));
        let label = escaped(class);
        out.push_str(&format!("    <{name} label=\"{label}\" source=\"manual\" occluded=\"{occluded}\" {geometry}"));
        out.push_str(&format!(" z_order=\"{}\"", object.z));
        if let Some(group) = object.group {
            out.push_str(&format!(" group_id=\"{group}\""));
        }
        out.push_str(">\n");
        for (key, value) in object.attributes.iter().filter(|(key, _)| *key != "occluded") {
            let text = escaped(&attributes::text(value));
            out.push_str(&format!("      <attribute name=\"{}\">{text}</attribute>\n", escaped(key)));
        }
        out.push_str(&format!("    </{name}>\n"));
    }
    for tag in &image.tags {
        out.push_str(&format!("    <tag label=\"{}\" source=\"manual\">\n    </tag>\n", escaped(tag)));
    }
    (entries, out)
}

fn polygon(object: &Object, outlines: &Outlines) -> Option<(&'static str, String)> {
    let (ring, _) = outlines.one_ring(&object.mask)?;
    let points: Vec<String> = ring.iter().map(|[x, y]| format!("{x}.00,{y}.00")).collect();
    Some(("polygon", format!("points=\"{}\"", points.join(";"))))
}

/// Run lengths row by row within the box, zeros first.
fn mask(object: &Object) -> Option<(&'static str, String)> {
    let bounds = object.mask.bounds()?;
    let mut runs: Vec<u32> = vec![0];
    let mut present = 0;
    for value in shapes::crop(&object.mask, bounds) {
        if value != present {
            runs.push(0);
            present = value;
        }
        if let Some(run) = runs.last_mut() {
            *run += 1;
        }
    }
    let runs: Vec<String> = runs.iter().map(u32::to_string).collect();
    let [left, top, width, height] = [bounds.x0, bounds.y0, bounds.width(), bounds.height()];
    let rle = runs.join(", ");
    Some(("mask", format!("rle=\"{rle}\" left=\"{left}\" top=\"{top}\" width=\"{width}\" height=\"{height}\"")))
}

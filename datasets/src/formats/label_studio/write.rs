//! Writing the list of tasks.

use std::io::Write;

use rayon::prelude::*;
use serde_json::{Map, Value, json};

use super::super::door::Export;
use super::rle;
use crate::document::{ImageRecord, Object};
use crate::formats::manifest::Manifest;
use crate::formats::notes::{ImageNote, ObjectNote};
use crate::formats::outlines::Outlines;
use crate::formats::report::{ExportReport, FormatError};
use crate::formats::{Format, kept, writing};

pub(super) fn write(export: &Export<'_>) -> Result<ExportReport, FormatError> {
    let Export { source, options, progress, .. } = *export;
    let staging = export.staging()?;
    let (mut report, images) = export.begin();
    if let Some(image) = images.iter().find(|i| u64::from(i.width) * u64::from(i.height) > u64::from(u32::MAX / 4)) {
        let what = format!("{}: a picture of more than 2^30 pixels; export as coco", image.path);
        return Err(export.cannot(what));
    }
    let manifest = export.manifest();
    let outlines = options.polygons.then(|| Outlines::new(options.tolerance));
    let mut stopped = false;
    let (mut objects, mut notes) = (0, Vec::new());
    let written = staging.write(export.name, |writer| {
        writer.write_all(b"[")?;
        for (at, image) in images.iter().enumerate() {
            if progress.cancelled() {
                stopped = true;
                return Err(std::io::ErrorKind::Interrupted.into());
            }
            progress.report(at as u64, images.len() as u64, &image.path);
            writer.write_all(if at == 0 { b"\n" } else { b",\n" })?;
            let found = writing::objects_with_pixels(source, image, &mut notes);
            let result = |object: &&Object| {
                let class = source.document.class(object.class).map_or("", |class| class.name.as_str());
                result(object, class, image, outlines.as_ref()).map(|result| result.to_string())
            };
            let mut task = Task::of(image, &manifest);
            writer.write_all(task.head.as_bytes())?;
            // A few at a time: the run lengths of one object are many numbers.
            for batch in found.chunks(BATCH) {
                let lines: Vec<String> = batch.par_iter().filter_map(result).collect();
                objects += lines.len();
                lines.iter().try_for_each(|line| task.result(writer, line))?;
            }
            for kept in &task.kept {
                task.separator.write(writer)?;
                writer.write_all(kept.to_string().as_bytes())?;
            }
            writer.write_all(task.tail.as_bytes())?;
        }
        writer.write_all(b"\n]\n")
    });
    if stopped {
        return Err(FormatError::Cancelled);
    }
    written?;
    report.objects = objects;
    report.notes.extend(notes);
    report.notes.extend(outlines.as_ref().and_then(Outlines::report));
    report.notes.extend(source.orientation_notes(&images));
    report.files = staging.commit(source)?;
    Ok(report)
}

/// Objects that are encoded at a time.
const BATCH: usize = 16;

/// A comma before everything but the first.
#[derive(Default)]
struct Separator(bool);

impl Separator {
    fn write(&mut self, writer: &mut impl Write) -> std::io::Result<()> {
        if std::mem::replace(&mut self.0, true) { writer.write_all(b",") } else { Ok(()) }
    }
}

/// A task but for the results of its objects, which stand between head and tail.
struct Task {
    head: String,
    tail: String,
    /// Results that go back as they came.
    kept: Vec<Value>,
    separator: Separator,
}

impl Task {
    fn of(image: &ImageRecord, manifest: &Manifest) -> Self {
        let mut note = ImageNote::of(image);
        let data = note.extra.remove(super::DATA);
        let kept = kept::of(&image.extra, Format::LabelStudio);
        kept::forget(&mut note.extra, Format::LabelStudio);
        let aside = |what: &str| -> Vec<Value> { kept.iter().filter_map(|value| value.get(what)).cloned().collect() };
        let (others, predictions) = (aside("annotation"), aside("prediction"));
        let mut limn = serde_json::to_value(note).unwrap_or_default();
        limn["path"] = image.path.as_str().into();
        limn["size"] = json!([image.width, image.height]);
        limn["project"] = manifest.project.clone().into();
        limn["only_done"] = manifest.only_done.into();
        limn["classes"] = serde_json::to_value(&manifest.classes).unwrap_or_default();
        if !manifest.chosen.is_whole() {
            limn["chosen"] = serde_json::to_value(&manifest.chosen).unwrap_or_default();
        }
        if !manifest.tolerance.is_off() {
            limn["tolerance"] = manifest.tolerance.pixels().into();
        }
        let address = format!("/data/local-files/?d={}", percent_encoded(&image.path));
        let data = data.unwrap_or_else(|| json!({"image": address}));
        let (id, meta) = (image.id.0, json!({"limn": limn}));
        let own = format!("{{\"id\":{id},\"was_cancelled\":false,\"ground_truth\":false,\"result\":[");
        let others: String = others.iter().map(|other| format!(",{other}")).collect();
        Self {
            head: format!("{{\"id\":{id},\"data\":{data},\"meta\":{meta},\"annotations\":[{own}"),
            tail: format!("]}}{others}],\"predictions\":{}}}", Value::from(predictions)),
            kept: kept.iter().filter(|value| value.get("type").is_some()).cloned().collect(),
            separator: Separator::default(),
        }
    }

    fn result(&mut self, writer: &mut impl Write, line: &str) -> std::io::Result<()> {
        self.separator.write(writer)?;
        writer.write_all(line.as_bytes())
    }
}

fn percent_encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn result(object: &Object, class: &str, image: &ImageRecord, outlines: Option<&Outlines>) -> Option<Value> {
    let others = object.extra.get(super::LABELS).and_then(Value::as_array).into_iter().flatten().cloned();
    let labels: Vec<Value> = [Value::from(class)].into_iter().chain(others).collect();
    let (kind, value) = if let Some(outlines) = outlines {
        let (ring, _) = outlines.one_ring(&object.mask)?;
        let percent = |at: u32, of: u32| 100.0 * f64::from(at) / f64::from(of);
        let points: Vec<Value> =
            ring.iter().map(|[x, y]| json!([percent(*x, image.width), percent(*y, image.height)])).collect();
        ("polygonlabels", json!({"points": points, "closed": true, "polygonlabels": labels}))
    } else {
        ("brushlabels", json!({"format": "rle", "rle": rle::encode(&object.mask), "brushlabels": labels}))
    };
    let note = ObjectNote { extra: Map::new(), ..ObjectNote::of(object) };
    let mut result = writing::members(json!({
        "id": object.extra.get(super::ID).cloned().unwrap_or_else(|| format!("limn{}", object.id.0).into()),
        "type": kind,
        "from_name": "label",
        "to_name": "image",
        "original_width": image.width,
        "original_height": image.height,
        "image_rotation": 0,
        "value": value,
        "meta": {"limn": note},
    }));
    let own: Vec<&str> = super::OWN_OF_RESULT.iter().copied().chain([super::ID, super::LABELS]).collect();
    writing::add_extra(&mut result, &object.extra, &own);
    Some(result.into())
}

#[cfg(test)]
mod tests {
    #[test]
    fn addresses_are_encoded() {
        assert_eq!(super::percent_encoded("a b/ü#1.png"), "a%20b/%C3%BC%231.png");
    }
}

//! Reading the list of tasks, Limn's own or Label Studio's full export.

use std::path::Path;

use serde_json::{Map, Value};

use super::super::door::Reading;
use super::{OWN_OF_RESULT, rle};
use crate::formats::dataset::{Dataset, FoundClass, FoundImage, FoundObject, Origin, PictureFinder};
use crate::formats::manifest::ManifestClass;
use crate::formats::notes::{ImageNote, ObjectNote, take_note};
use crate::formats::reading::{self, Picture, points};
use crate::formats::report::{Fault, FormatError};
use crate::formats::shapes;
use crate::formats::staging::from_io;

use crate::store::paths;

pub(super) fn read(job: &Reading<'_>) -> Result<Dataset, FormatError> {
    let Reading { from: ref file, images, progress, .. } = *job;
    let bytes = std::fs::read(file).map_err(|error| from_io("read", file, error))?;
    let malformed = |detail: String| job.malformed(detail);
    let parsed: Value = serde_json::from_slice(&bytes).map_err(|error| malformed(error.to_string()))?;
    drop(bytes);
    let is_task = |task: &Value| task.get("data").is_some_and(Value::is_object);
    let tasks: Vec<(String, Value)> = match parsed {
        Value::Array(tasks) if tasks.iter().any(is_task) || tasks.is_empty() => {
            tasks.into_iter().enumerate().map(|(at, task)| (format!("tasks[{at}]"), task)).collect()
        }
        Value::Object(_) if is_task(&parsed) => vec![("task".to_owned(), parsed)],
        _ => return Err(malformed("it is no list of tasks with data and annotations".to_owned())),
    };
    let folder = paths::absolute(file).parent().map(Path::to_path_buf).unwrap_or_default();
    let mut dataset = Dataset::default();
    if let Some(limn) = tasks.iter().find_map(|(_, task)| task.get("meta")?.get("limn")) {
        dataset.origin = Some(Origin {
            project: limn.get("project").and_then(Value::as_str).map(|project| paths::resolve(&folder, project)),
            only_done: limn.get("only_done").and_then(Value::as_bool).unwrap_or(false),
            ..Origin::default()
        });
        let classes = limn.get("classes").cloned().unwrap_or_default();
        let classes: Vec<ManifestClass> = serde_json::from_value(classes).unwrap_or_default();
        dataset.classes = classes.into_iter().map(|class| FoundClass { name: class.name, note: class.note }).collect();
    }
    let finder = PictureFinder::new(images.map(Path::to_path_buf), Some(folder));
    reading::each(
        &tasks,
        &mut dataset,
        progress,
        |(place, _)| place.as_str(),
        |(place, task)| one_task(place, task, &finder),
    )?;
    Ok(dataset)
}

fn one_task(place: &str, task: &Value, finder: &PictureFinder) -> Picture {
    let address = task.get("data").and_then(Value::as_object).and_then(|data| {
        let usual = ["image", "img", "url", "photo"].iter().find_map(|key| data.get(*key)?.as_str());
        usual.or_else(|| data.values().find_map(Value::as_str))
    });
    let Some(address) = address else {
        return Picture::only(place, "left out: its data name no picture");
    };
    let file = file_of(address, finder);
    let mut out = Picture::default();
    let annotations = task.get("annotations").or_else(|| task.get("completions")).and_then(Value::as_array);
    let valid = |annotation: &&Value| annotation.get("was_cancelled").is_none_or(|cancelled| *cancelled != true);
    let mut chosen = annotations.into_iter().flatten().filter(valid);
    // What a model predicted counts where no person has said anything yet.
    let predicted = || task.get("predictions").and_then(Value::as_array).and_then(|list| list.first());
    let said = chosen.next().or_else(predicted);
    let results = said.and_then(|annotation| annotation.get("result")).and_then(Value::as_array);
    let results = results.map(Vec::as_slice).unwrap_or_default();
    let others = chosen.count();
    if others > 0 {
        let what = format!("{others} further annotations of it left out: one project holds one opinion");
        out.faults.push(Fault::new(place, what));
    }
    let mut meta = task.get("meta").and_then(Value::as_object).cloned().unwrap_or_default();
    let limn = meta.get("limn").cloned().unwrap_or_default();
    let side = |result: &Value, key: &str| result.get(key)?.as_u64().and_then(|v| u32::try_from(v).ok());
    let given = results.iter().find_map(|r| side(r, "original_width").zip(side(r, "original_height")));
    let noted = || serde_json::from_value::<(u32, u32)>(limn.get("size")?.clone()).ok();
    let Some((width, height)) = given.filter(|&(w, h)| w > 0 && h > 0).or_else(noted).or_else(|| finder.size(&file))
    else {
        return Picture::only(place, format!("left out: the size of {file:?} is neither given nor readable"));
    };
    let mut note: ImageNote = take_note(&mut meta);
    for (at, result) in results.iter().enumerate() {
        let place = format!("{place} result[{at}]");
        match result.get("type").and_then(Value::as_str) {
            Some("choices" | "taxonomy") => note.tags.extend(choices(result).filter(|tag| !tag.is_empty())),
            _ => match object(&place, result, width, height) {
                Ok(object) => out.objects.push(object),
                Err(what) => out.faults.push(Fault::new(place, format!("left out: {what}"))),
            },
        }
    }
    let project_path = limn.get("path").and_then(Value::as_str).map(str::to_owned);
    out.found = Some(FoundImage { place: place.to_owned(), id: None, file, project_path, width, height, note });
    out
}

fn choices(result: &Value) -> impl Iterator<Item = String> {
    let list = result.get("value").and_then(|value| value.get("choices")).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>().into_iter()
}

/// The path or name in an address: of local files what stands after `?d=`; Label Studio puts eight digits before the
/// names of uploaded files.
fn file_of(address: &str, finder: &PictureFinder) -> String {
    let decoded = |text: &str| percent_decoded(text).replace('\\', "/");
    if let Some((_, path)) = address.split_once("?d=") {
        return decoded(path.split('&').next().unwrap_or(path));
    }
    let is_address = address.contains("://") || address.starts_with("/data/");
    if !is_address {
        return address.replace('\\', "/");
    }
    let path = address.split(['?', '#']).next().unwrap_or(address);
    let name = decoded(path.rsplit('/').next().unwrap_or(path));
    let plain = name.split_once('-').filter(|(code, _)| code.len() == 8 && code.bytes().all(|b| b.is_ascii_hexdigit()));
    match plain {
        Some((_, plain)) if finder.find(&name).is_none() => plain.to_owned(),
        _ => name,
    }
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let code = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        let code = code.filter(|_| byte == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok());
        out.push(code.unwrap_or(byte));
        at += if code.is_some() { 3 } else { 1 };
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

fn object(place: &str, result: &Value, width: u32, height: u32) -> Result<(String, FoundObject), String> {
    let value = result.get("value").and_then(Value::as_object).ok_or("it has no value")?;
    let kind = result.get("type").and_then(Value::as_str).unwrap_or("");
    let labels = ["brushlabels", "polygonlabels", "rectanglelabels", "ellipselabels", "labels"];
    let label = labels.iter().find_map(|key| value.get(*key)?.as_array()?.first()?.as_str());
    let percent = |key: &str| value.get(key).and_then(Value::as_f64).ok_or_else(|| format!("its {key} is no number"));
    let scale = |x: f64, y: f64| [x / 100.0 * f64::from(width), y / 100.0 * f64::from(height)];
    let turn = value.get("rotation").and_then(Value::as_f64).unwrap_or(0.0);
    let mask = if let Some(list) = value.get("rle").and_then(Value::as_array) {
        let bytes: Option<Vec<u8>> = list.iter().map(|byte| byte.as_u64().and_then(|b| u8::try_from(b).ok())).collect();
        rle::decode(&bytes.ok_or("its run lengths are no bytes")?, width, height)?
    } else if let Some(corners) = value.get("points").and_then(points) {
        let corners: Vec<[f64; 2]> = corners.into_iter().map(|[x, y]| scale(x, y)).collect();
        shapes::polygon(width, height, &corners)?
    } else if kind.starts_with("ellipse") {
        let centre = scale(percent("x")?, percent("y")?);
        shapes::ellipse(width, height, centre, scale(percent("radiusX")?, percent("radiusY")?), turn, centre)?
    } else if kind.starts_with("rectangle") {
        let (x, y) = (percent("x")?, percent("y")?);
        let corner = scale(x, y);
        shapes::turned_box(width, height, [corner, scale(x + percent("width")?, y + percent("height")?)], turn, corner)?
    } else {
        return Err(format!("a result of type {kind:?} is no mask"));
    };
    let label = label.ok_or("it has no label")?;
    if mask.is_empty() {
        return Err("it covers no pixel of the picture".to_owned());
    }
    Ok((label.to_owned(), FoundObject { note: note(result), ..FoundObject::new(place.to_owned(), 0, 0, mask) }))
}

/// Limn's note; what a stranger wrote beside the mask is carried along.
fn note(result: &Value) -> ObjectNote {
    let mut meta = result.get("meta").and_then(Value::as_object).cloned().unwrap_or_default();
    let mut note: ObjectNote = take_note(&mut meta);
    let others = result.as_object().into_iter().flatten().filter(|(key, _)| !OWN_OF_RESULT.contains(&key.as_str()));
    note.extra = others.map(|(key, value)| (key.clone(), value.clone())).collect::<Map<_, _>>();
    note
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_lead_to_names() {
        let finder = PictureFinder::new(None, None);
        for (address, file) in [
            ("/data/local-files/?d=a%20b/%C3%BC.png", "a b/ü.png"),
            ("/data/upload/3/0a1b2c3d-cat.png", "cat.png"),
            ("https://x.org/p/dog%201.png?width=3", "dog 1.png"),
            ("sub\\cat-dog.png", "sub/cat-dog.png"),
            ("s3://bucket/cat-dog.png", "cat-dog.png"),
        ] {
            assert_eq!(file_of(address, &finder), file);
        }
    }

    #[test]
    fn predictions_count_until_a_person_has_spoken() {
        let result = |x: u32| {
            serde_json::json!([{
                "type": "rectanglelabels", "original_width": 20, "original_height": 10,
                "value": {"x": x, "y": 20, "width": 50, "height": 40, "rotation": 0, "rectanglelabels": ["cat"]},
            }])
        };
        let finder = PictureFinder::new(None, None);
        let mut task = serde_json::json!({
            "data": {"image": "cat.png"}, "annotations": [],
            "predictions": [{"model_version": "m", "result": result(10)}],
        });
        let left = |picture: &Picture| picture.objects.first().and_then(|(_, o)| o.mask.bounds()).map(|b| b.x0);
        assert_eq!(left(&one_task("x", &task, &finder)), Some(2));
        task["annotations"] = serde_json::json!([{"result": result(20)}]);
        assert_eq!(left(&one_task("x", &task, &finder)), Some(4));
        task["annotations"] = serde_json::json!([{"result": []}]);
        assert_eq!(left(&one_task("x", &task, &finder)), None, "a person said that there is nothing");
    }

    #[test]
    fn shapes_in_per_cent() {
        let value = serde_json::json!({
            "type": "rectanglelabels",
            "value": {"x": 10, "y": 20, "width": 50, "height": 40, "rotation": 0, "rectanglelabels": ["cat"]},
        });
        let (class, found) = object("x", &value, 20, 10).unwrap();
        let expected = shapes::rectangle(20, 10, [[2.0, 2.0], [12.0, 6.0]]).unwrap();
        assert_eq!((class.as_str(), found.mask), ("cat", expected));
    }
}

//! Reading the list of tasks, Limn's own or Label Studio's full export.

use std::collections::HashMap;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::super::door::Reading;
use super::{OWN_OF_RESULT, min, rle};
use crate::formats::dataset::{Dataset, FoundClass, FoundImage, FoundObject, Origin};
use crate::formats::manifest::ManifestClass;
use crate::formats::notes::{ImageNote, ObjectNote, take_note};
use crate::formats::pictures::{Pictures, percent_decoded, slashes};
use crate::formats::reading::{self, Picture};
use crate::formats::report::{Fault, FormatError};
use crate::formats::room::Room;
use crate::formats::{Format, kept, lenient, shapes, text};
use crate::media;

pub(super) fn read(job: &Reading<'_>) -> Result<Dataset, FormatError> {
    let Reading { from: ref file, pictures, progress, ref room, .. } = *job;
    let malformed = |detail: String| job.malformed(detail);
    let text = text::load(file, malformed)?;
    let parsed: Value = match serde_json::from_str(&text) {
        Ok(parsed) => parsed,
        Err(error) => lines(&text).ok_or_else(|| malformed(error.to_string()))?,
    };
    drop(text);
    let is_task = |task: &Value| task.get("data").is_some_and(Value::is_object);
    let tasks: Vec<(String, Value)> = match parsed {
        Value::Array(tasks) if tasks.iter().any(is_task) || tasks.is_empty() => {
            tasks.into_iter().enumerate().map(|(at, task)| (format!("tasks[{at}]"), task)).collect()
        }
        Value::Array(rows) if rows.iter().any(|row| min::task(row).is_some()) => {
            let task = |(at, row): (usize, Value)| (format!("tasks[{at}]"), min::task(&row).unwrap_or(row));
            rows.into_iter().enumerate().map(task).collect()
        }
        Value::Object(_) if is_task(&parsed) => vec![("task".to_owned(), parsed)],
        _ => return Err(malformed("it is no list of tasks with data and annotations".to_owned())),
    };
    let mut dataset = Dataset::default();
    if let Some(limn) = tasks.iter().find_map(|(_, task)| task.get("meta")?.get("limn")) {
        dataset.origin = Some(Origin::of_note(limn));
        let classes = limn.get("classes").cloned().unwrap_or_default();
        let classes: Vec<ManifestClass> = serde_json::from_value(classes).unwrap_or_default();
        dataset.classes = classes.into_iter().map(|class| FoundClass { name: class.name, note: class.note }).collect();
    }
    let pages: Vec<Page<'_>> = tasks.iter().flat_map(|(place, task)| pages(place, task)).collect();
    reading::each(&pages, &mut dataset, progress, |page| page.place, |page| one_page(page, pictures, room))?;
    Ok(dataset)
}

/// A task a line.
fn lines(text: &str) -> Option<Value> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    let tasks = lines.map(|line| serde_json::from_str(line).ok()).collect::<Option<Vec<Value>>>()?;
    (tasks.len() > 1).then_some(Value::Array(tasks))
}

/// One picture of a task; most have one.
struct Page<'t> {
    place: &'t str,
    task: &'t Value,
    /// Address of the picture; `None` where the data name none.
    address: Option<&'t str>,
    /// The name that results refer to it by, and its place in a list, where the task has several pictures.
    key: Option<(&'t str, Option<usize>)>,
    is_first: bool,
}

/// The pictures of a task.
fn pages<'t>(place: &'t str, task: &'t Value) -> Vec<Page<'t>> {
    let data = task.get("data").and_then(Value::as_object);
    let looks_so = |text: &str| {
        let path = text.split(['?', '#']).next().unwrap_or(text);
        media::is_picture(Path::new(path)) || text.contains("?d=") && media::is_picture(Path::new(text))
    };
    let mut found: Vec<(&str, Option<usize>, &str)> = Vec::new();
    for (key, value) in data.into_iter().flatten() {
        match value {
            Value::String(text) if looks_so(text) => found.push((key, None, text)),
            Value::Array(list) => {
                let texts = list.iter().enumerate().filter_map(|(at, item)| Some((at, item.as_str()?)));
                found.extend(texts.filter(|(_, text)| looks_so(text)).map(|(at, text)| (key.as_str(), Some(at), text)));
            }
            _ => {}
        }
    }
    if found.len() > 1 {
        let page = |(at, (key, index, address)): (usize, (&'t str, Option<usize>, &'t str))| Page {
            place,
            task,
            address: Some(address),
            key: Some((key, index)),
            is_first: at == 0,
        };
        return found.into_iter().enumerate().map(page).collect();
    }
    let usual = || ["image", "img", "url", "photo"].iter().find_map(|key| data?.get(*key)?.as_str());
    let any = || data?.values().find_map(Value::as_str);
    let address = found.first().map(|(_, _, address)| *address).or_else(usual).or_else(any);
    vec![Page { place, task, address, key: None, is_first: true }]
}

impl Page<'_> {
    /// Whether a result is about this picture; `None` if it names none of the task's.
    fn owns(&self, result: &Value) -> Option<bool> {
        let Some((key, index)) = self.key else { return Some(true) };
        let to = result.get("to_name").and_then(Value::as_str);
        let data = self.task.get("data").and_then(Value::as_object)?;
        if let Some(item) = result.get("item_index").and_then(Value::as_u64) {
            return Some(index.is_some_and(|index| index as u64 == item));
        }
        match to {
            Some(to) if data.contains_key(to) => Some(to == key && index.unwrap_or(0) == 0),
            // Texts and choices without a picture stay with the first.
            _ if geometry(result).is_none() => Some(self.is_first),
            _ => None,
        }
    }
}

fn one_page(page: &Page<'_>, pictures: &Pictures, room: &Room) -> Picture {
    let Page { place, task, .. } = *page;
    let Some(address) = page.address else {
        return Picture::only(place, "left out: its data name no picture");
    };
    let file = file_of(address, pictures);
    let mut out = Picture::default();
    let annotations = task.get("annotations").or_else(|| task.get("completions")).and_then(Value::as_array);
    let valid = |annotation: &&Value| annotation.get("was_cancelled").and_then(lenient::flag) != Some(true);
    let mut chosen = annotations.into_iter().flatten().filter(valid);
    // What a model predicted counts where no person has said anything yet.
    let predictions = || task.get("predictions").and_then(Value::as_array).into_iter().flatten();
    let by_person = chosen.next();
    let said = by_person.or_else(|| predictions().next());
    let results = said.and_then(|annotation| annotation.get("result")).and_then(Value::as_array);
    let results = results.map(Vec::as_slice).unwrap_or_default();
    let others: Vec<&Value> = chosen.collect();
    let mut meta = task.get("meta").and_then(Value::as_object).cloned().unwrap_or_default();
    let limn = meta.get("limn").cloned().unwrap_or_default();
    let side = |result: &Value, key: &str| result.get(key).and_then(lenient::side);
    let mine = || results.iter().filter(|result| page.owns(result) == Some(true));
    let given = mine().find_map(|r| side(r, "original_width").zip(side(r, "original_height")));
    let noted = || serde_json::from_value::<(u32, u32)>(limn.get("size")?.clone()).ok();
    let Some((width, height)) = given.or_else(noted).or_else(|| pictures.size(&file)) else {
        return Picture::only(place, format!("left out: the size of {file:?} is neither given nor readable"));
    };
    let mut note: ImageNote = take_note(&mut meta);
    kept::forget(&mut note.extra, Format::LabelStudio);
    if page.is_first {
        if !others.is_empty() {
            let what = format!(
                "{} further annotations of it are kept for Label Studio only: one project holds one opinion",
                others.len()
            );
            out.faults.push(Fault::new(place, what));
        }
        let aside = others.into_iter().map(|other| json!({"annotation": other}));
        let predicted = predictions().filter(|_| by_person.is_some()).map(|one| json!({"prediction": one}));
        aside.chain(predicted).for_each(|value| kept::keep(&mut note.extra, Format::LabelStudio, value));
        if let Some(data) =
            task.get("data").and_then(Value::as_object).filter(|data| data.len() > 1 && page.key.is_none())
        {
            note.extra.insert(super::DATA.to_owned(), data.clone().into());
        }
    }
    let mut several = 0;
    let same = SameId::new(results);
    for (at, result) in results.iter().enumerate() {
        let place = format!("{place} result[{at}]");
        match page.owns(result) {
            Some(true) => {}
            Some(false) => continue,
            None if page.is_first => {
                let to = result.get("to_name").and_then(Value::as_str).unwrap_or("?");
                out.faults.push(Fault::new(
                    place,
                    format!("left out: it is on {to:?}, which no picture of the task is called"),
                ));
                kept::keep(&mut note.extra, Format::LabelStudio, result.clone());
                continue;
            }
            None => continue,
        }
        match region(result, &same) {
            Region::Drawn => match object(room, &place, result, &same, width, height) {
                Ok((class, object)) => {
                    several += usize::from(object.note.extra.contains_key(super::LABELS));
                    out.objects.push((class, object));
                }
                Err(what) => {
                    out.faults.push(Fault::new(place, format!("left out: {what}")));
                    kept::keep(&mut note.extra, Format::LabelStudio, result.clone());
                }
            },
            // The label of another result, which has it already.
            Region::Label => {}
            Region::Other => {
                note.tags.extend(choices(result).filter(|tag| !tag.is_empty()));
                kept::keep(&mut note.extra, Format::LabelStudio, result.clone());
            }
        }
    }
    if several > 0 {
        let what = format!(
            "{several} regions have several labels: the first is the class, the others are in the attribute \"labels\""
        );
        out.faults.push(Fault::new(place, what));
    }
    let project_path = limn.get("path").and_then(Value::as_str).map(str::to_owned);
    out.found = Some(FoundImage { place: place.to_owned(), id: None, file, project_path, width, height, note });
    out
}

/// The labels of pictures as a whole; of a region they are no tags.
fn choices(result: &Value) -> impl Iterator<Item = String> {
    let value = result.get("value").filter(|value| value.get("x").is_none() && value.get("points").is_none());
    let kind = result.get("type").and_then(Value::as_str).filter(|kind| matches!(*kind, "choices" | "taxonomy"));
    let list = kind.and_then(|_| value?.get("choices")?.as_array());
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>().into_iter()
}

/// The results of a task by their ids: several may be about one region.
struct SameId<'r>(HashMap<String, Vec<&'r Value>>);

impl<'r> SameId<'r> {
    fn new(results: &'r [Value]) -> Self {
        let mut all: HashMap<String, Vec<&Value>> = HashMap::new();
        for result in results {
            if let Some(id) = result.get("id").filter(|id| !id.is_null()) {
                all.entry(id.to_string()).or_default().push(result);
            }
        }
        Self(all)
    }

    /// Those with the id of a result, itself among them; none for one without an id.
    fn of(&self, result: &Value) -> impl Iterator<Item = &'r Value> {
        let same = result.get("id").and_then(|id| self.0.get(&id.to_string()));
        same.into_iter().flatten().copied()
    }
}

/// What a result is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Region {
    /// An area.
    Drawn,
    /// The label of an area, which another result draws.
    Label,
    /// Something without an area: key points, texts, choices.
    Other,
}

/// The spelling of a result's area, if it has one.
fn geometry(result: &Value) -> Option<&'static str> {
    let kind = result.get("type").and_then(Value::as_str).unwrap_or("");
    let value = result.get("value")?;
    let drawn = ["brush", "polygon", "ellipse", "rectangle"].into_iter().find(|name| kind.starts_with(name));
    let by_members = || {
        let has = |key: &str| value.get(key).is_some();
        match () {
            () if has("rle") => Some("brush"),
            () if has("points") => Some("polygon"),
            () if has("radiusX") => Some("ellipse"),
            () if has("x") && has("width") && has("height") => Some("rectangle"),
            () => None,
        }
    };
    drawn.or_else(|| by_members().filter(|_| matches!(kind, "labels" | "")))
}

fn region(result: &Value, all: &SameId<'_>) -> Region {
    let kind = result.get("type").and_then(Value::as_str).unwrap_or("");
    match geometry(result) {
        None => Region::Other,
        Some(_) if kind != "labels" => Region::Drawn,
        // A label repeats the area of the result that it belongs to.
        Some(_) => {
            let drawn =
                |other: &Value| other.get("type").is_none_or(|kind| kind != "labels") && geometry(other).is_some();
            if all.of(result).any(drawn) { Region::Label } else { Region::Drawn }
        }
    }
}

/// All labels of a result's value.
fn labels(result: &Value) -> Vec<String> {
    let value = result.get("value").and_then(Value::as_object);
    let lists =
        value.into_iter().flatten().filter(|(key, _)| key.ends_with("labels")).filter_map(|(_, list)| list.as_array());
    lists.flatten().filter_map(lenient::text).collect()
}

/// The path or name in an address: of local files what stands after `?d=`; Label Studio puts eight digits before the
/// names of uploaded files.
fn file_of(address: &str, finder: &Pictures) -> String {
    let decoded = |text: &str| slashes(&percent_decoded(text));
    if let Some((_, path)) = address.split_once("?d=") {
        return decoded(path.split('&').next().unwrap_or(path));
    }
    let is_address = address.contains("://") || address.starts_with("/data/");
    if !is_address {
        return slashes(address);
    }
    let path = address.split(['?', '#']).next().unwrap_or(address);
    let name = decoded(path.rsplit('/').next().unwrap_or(path));
    let plain = name.split_once('-').filter(|(code, _)| code.len() == 8 && code.bytes().all(|b| b.is_ascii_hexdigit()));
    match plain {
        Some((_, plain)) if finder.find(&name).is_none() => plain.to_owned(),
        _ => name,
    }
}

fn object(
    room: &Room,
    place: &str,
    result: &Value,
    all: &SameId<'_>,
    width: u32,
    height: u32,
) -> Result<(String, FoundObject), String> {
    let value = result.get("value").and_then(Value::as_object).ok_or("it has no value")?;
    let percent = |key: &str| value.get(key).and_then(lenient::number).ok_or_else(|| format!("its {key} is no number"));
    let scale = |x: f64, y: f64| [x / 100.0 * f64::from(width), y / 100.0 * f64::from(height)];
    let turn = value.get("rotation").and_then(lenient::number).unwrap_or(0.0);
    let kind = geometry(result).unwrap_or("");
    let mask = if let Some(list) = value.get("rle").and_then(Value::as_array) {
        let byte = |byte: &Value| lenient::integer(byte).and_then(|b| u8::try_from(b).ok());
        let bytes: Option<Vec<u8>> = list.iter().map(byte).collect();
        rle::decode(&bytes.ok_or("its run lengths are no bytes")?, width, height, room)?
    } else if let Some(corners) = value.get("points").and_then(lenient::points) {
        let corners: Vec<[f64; 2]> = corners.into_iter().map(|[x, y]| scale(x, y)).collect();
        shapes::polygon(room, [width, height], &corners)?
    } else if kind == "ellipse" {
        let centre = scale(percent("x")?, percent("y")?);
        {
            let radii = scale(percent("radiusX")?, percent("radiusY")?);
            shapes::ellipse(room, [width, height], centre, radii, turn, centre)?
        }
    } else if kind == "rectangle" {
        let (x, y) = (percent("x")?, percent("y")?);
        let corner = scale(x, y);
        shapes::turned_box(
            room,
            [width, height],
            [corner, scale(x + percent("width")?, y + percent("height")?)],
            turn,
            corner,
        )?
    } else {
        return Err("its area is none that is known".to_owned());
    };
    let mut names = labels(result);
    let id = result.get("id").filter(|id| !id.is_null());
    // A label may stand in a result of its own for the same region.
    for name in all.of(result).filter(|other| !std::ptr::eq(*other, result)).flat_map(labels) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let mut names = names.into_iter();
    let label = names.next().ok_or("it has no label")?;
    if mask.is_empty() {
        return Err("it covers no pixel of the picture".to_owned());
    }
    let mut note = note(result);
    let others: Vec<String> = names.collect();
    if !others.is_empty() {
        note.attributes.insert("labels".to_owned(), others.join(", ").into());
        note.extra.insert(super::LABELS.to_owned(), others.into());
    }
    if let Some(id) = id.filter(|id| !id.as_str().is_some_and(|id| id.starts_with("limn"))) {
        note.extra.insert(super::ID.to_owned(), id.clone());
    }
    if kind == "rectangle" && turn == 0.0 {
        note.extra.insert(shapes::SHAPE.to_owned(), shapes::BOX.into());
    }
    Ok((label, FoundObject { note, ..FoundObject::new(place.to_owned(), 0, 0, mask) }))
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
        let finder = Pictures::new(None, None, None);
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
        let finder = Pictures::new(None, None, None);
        let mut task = serde_json::json!({
            "data": {"image": "cat.png"}, "annotations": [],
            "predictions": [{"model_version": "m", "result": result(10)}],
        });
        let left = |picture: &Picture| picture.objects.first().and_then(|(_, o)| o.mask.bounds()).map(|b| b.x0);
        let one_task = |task: &serde_json::Value| one_page(&pages("x", task)[0], &finder, &Room::of(0));
        assert_eq!(left(&one_task(&task)), Some(2));
        task["annotations"] = serde_json::json!([{"result": result(20)}]);
        let one_task = |task: &serde_json::Value| one_page(&pages("x", task)[0], &finder, &Room::of(0));
        assert_eq!(left(&one_task(&task)), Some(4));
        task["annotations"] = serde_json::json!([{"result": []}]);
        let one_task = |task: &serde_json::Value| one_page(&pages("x", task)[0], &finder, &Room::of(0));
        assert_eq!(left(&one_task(&task)), None, "a person said that there is nothing");
    }

    #[test]
    fn shapes_in_per_cent() {
        let value = serde_json::json!({
            "type": "rectanglelabels",
            "value": {"x": 10, "y": 20, "width": 50, "height": 40, "rotation": 0, "rectanglelabels": ["cat"]},
        });
        let room = Room::of(0);
        let (class, found) = object(&room, "x", &value, &SameId::new(&[]), 20, 10).unwrap();
        let expected = shapes::rectangle(&room, [20, 10], [[2.0, 2.0], [12.0, 6.0]]).unwrap();
        assert_eq!((class.as_str(), found.mask), ("cat", expected));
    }
}

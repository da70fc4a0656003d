//! What a case can ask. Every question is an object with one leading key; `tests/golden/cases/README.md` lists them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use limn_tests::Run;
use regex::bytes::Regex;
use serde_json::Value;

use crate::decode::{self, area_and_box};
use crate::python;
use crate::steps::Done;

/// What is wrong.
#[derive(Debug)]
pub struct Wrong(pub String);

impl<T: Into<String>> From<T> for Wrong {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

/// An array, or what stands alone as an array of one.
pub fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice)
}

/// Asks one question.
pub fn one(done: &mut Done, ask: &Value) -> Result<(), Wrong> {
    let key = ask.as_object().and_then(|object| object.keys().next().cloned()).unwrap_or_default();
    match key.as_str() {
        "any" => any(done, &ask["any"]),
        "objects" => objects(done, ask),
        "count" => {
            let n = rows(done, ask)?.len();
            same(&n.into(), &ask["count"], "number of objects")
        }
        "classes" => names(done, ask, "classes", "categories", "name"),
        "pictures" => names(done, ask, "pictures", "images", "file_name"),
        "keeps" => {
            let text = python::dumped(done.project(of(ask))?);
            holds(&text, &ask["keeps"], "the project")
        }
        "exit" => {
            let code = step(done, ask)?.code;
            let right = ask["exit"].as_i64().map_or(code != 0 && code < 100, |wanted| i64::from(code) == wanted);
            right.then_some(()).ok_or_else(|| format!("exit status {code}, not {}", ask["exit"]).into())
        }
        "says" => holds(&step(done, ask)?.words(), &ask["says"], "the output"),
        "silent" => {
            let words = step(done, ask)?.words();
            match pattern(&ask["silent"])?.find(words.as_bytes()) {
                None => Ok(()),
                Some(hit) => Err(format!("says {:?}", String::from_utf8_lossy(hit.as_bytes())).into()),
            }
        }
        "absent" if found(&done.work, word(&ask["absent"])).is_empty() => Ok(()),
        "absent" => Err(format!("{} is there", ask["absent"]).into()),
        "present" if found(&done.work, word(&ask["present"])).is_empty() => {
            Err(format!("{} is not there", ask["present"]).into())
        }
        "present" => Ok(()),
        "same" => {
            let name = word(&ask["same"]);
            let bytes = |folder: &Path| std::fs::read(folder.join(name)).ok();
            let unchanged = bytes(&done.work).is_some_and(|now| Some(now) == bytes(&done.source));
            unchanged.then_some(()).ok_or_else(|| format!("{name} was changed").into())
        }
        "seconds" => {
            let (took, limit) = (step(done, ask)?.processor, ask["seconds"].as_f64().unwrap_or(0.0));
            (took <= limit).then_some(()).ok_or_else(|| format!("took {took:.1} s, more than {limit}").into())
        }
        "ratio" => {
            let [.., first, last] = &done.runs[..] else { return Err("fewer than two steps".into()) };
            let limit = ask["ratio"].as_f64().unwrap_or(1.0) * first.processor + ask["plus"].as_f64().unwrap_or(0.0);
            let text = || format!("took {:.1} s, the step before {:.1} s: not linear", last.processor, first.processor);
            (last.processor <= limit).then_some(()).ok_or_else(|| text().into())
        }
        "file" => file(done, ask),
        "png" => png(done, ask),
        _ => Err(format!("unknown question {ask}").into()),
    }
}

/// Several right ways; each is a question or several that must all hold.
fn any(done: &mut Done, ways: &Value) -> Result<(), Wrong> {
    let mut answers = Vec::new();
    for way in list(ways) {
        let wrong: Vec<String> = list(way).iter().filter_map(|ask| one(done, ask).err()).map(|wrong| wrong.0).collect();
        if wrong.is_empty() {
            return Ok(());
        }
        answers.extend(wrong);
    }
    Err(format!("none of the right ways: {}", answers.join("; ")).into())
}

/// An object of a project: picture, class, pixels, box.
type Object = (String, String, i64, [i64; 4]);

fn rows(done: &mut Done, ask: &Value) -> Result<Vec<Object>, Wrong> {
    let top = done.project(of(ask))?;
    let name_of = |table: &str, id: &Value, key: &str| {
        let row = list(&top[table]).iter().find(|row| row["id"] == *id);
        row.and_then(|row| row[key].as_str()).map(str::to_owned).ok_or_else(|| format!("{table} has no {id}"))
    };
    let mut rows = Vec::new();
    for a in list(&top["annotations"]) {
        let (area, bounds) = area_and_box(&a["segmentation"])?;
        let picture = name_of("images", &a["image_id"], "file_name")?;
        rows.push((picture, name_of("categories", &a["category_id"], "name")?, area, bounds));
    }
    Ok(rows)
}

/// Exactly these objects; with `more` these and others.
fn objects(done: &mut Done, ask: &Value) -> Result<(), Wrong> {
    let near = ask["near"].as_i64().unwrap_or(0);
    let mut left = rows(done, ask)?;
    let shown = left.clone();
    for wanted in list(&ask["objects"]) {
        let mut hit = None;
        for (i, row) in left.iter().enumerate() {
            if fits(row, wanted, near)? {
                hit = Some(i);
                break;
            }
        }
        let shown = &shown[..shown.len().min(6)];
        left.remove(hit.ok_or_else(|| format!("no object {wanted}; there are {shown:?}"))?);
    }
    if left.is_empty() || ask["more"].as_bool() == Some(true) {
        return Ok(());
    }
    Err(format!("{} objects too many: {:?}", left.len(), &left[..left.len().min(4)]).into())
}

fn fits(row: &Object, wanted: &Value, near: i64) -> Result<bool, Wrong> {
    let text = |have: &str, wanted: &Value| -> Result<bool, Wrong> {
        Ok(match wanted.as_str() {
            Some("*") => true,
            Some(text) if text.starts_with("re:") => regex(&text[3..])?.is_match(have.as_bytes()),
            other => other == Some(have),
        })
    };
    let close = |have: i64, wanted: &Value, near: i64| wanted.as_i64().is_none_or(|w| (have - w).abs() <= near);
    let bounds = wanted[3].as_array().is_none_or(|box_| row.3.iter().zip(box_).all(|(a, b)| close(*a, b, near)));
    Ok(text(&row.0, &wanted[0])? && text(&row.1, &wanted[1])? && close(row.2, &wanted[2], near * 40) && bounds)
}

/// Exactly these names, in any order.
fn names(done: &mut Done, ask: &Value, what: &str, table: &str, key: &str) -> Result<(), Wrong> {
    let top = done.project(of(ask))?;
    let sorted = |mut names: Vec<&str>| {
        names.sort_unstable();
        names.join(", ")
    };
    let have = sorted(list(&top[table]).iter().map(|row| word(&row[key])).collect());
    let wanted = sorted(list(&ask[what]).iter().map(word).collect());
    (have == wanted).then_some(()).ok_or_else(|| format!("{what} {have} instead of {wanted}").into())
}

/// What a written file holds, by a pattern or at a place of its JSON.
fn file(done: &Done, ask: &Value) -> Result<(), Wrong> {
    let name = word(&ask["file"]);
    let text = std::fs::read_to_string(done.work.join(name)).map_err(|error| format!("{name}: {error}"))?;
    if !ask["holds"].is_null() {
        return holds(&text, &ask["holds"], name);
    }
    let top: Value = serde_json::from_str(&text).map_err(|error| format!("{name}: {error}"))?;
    let place = format!("/{}", word(&ask["at"]));
    let value = top.pointer(&place).ok_or_else(|| format!("{name} has no {place}"))?;
    same(value, &ask["is"], &format!("{name} {place}"))
}

/// Size, number of values, spread of the grey values or single pixels of a written PNG.
fn png(done: &Done, ask: &Value) -> Result<(), Wrong> {
    let name = word(&ask["png"]);
    let path = found(&done.work, name).into_iter().next().ok_or_else(|| format!("{name} is not there"))?;
    let picture = decode::png(&path)?;
    if !ask["size"].is_null() {
        let size = serde_json::json!([picture.width, picture.height]);
        same(&size, &ask["size"], &format!("size of {name}"))?;
    }
    if !ask["labels"].is_null() {
        let labels: BTreeSet<&[u16]> = picture.pixels().filter(|pixel| pixel != &[0]).collect();
        same(&labels.len().into(), &ask["labels"], &format!("values besides 0 in {name}"))?;
    }
    if let Some(spread) = ask["spread"].as_u64() {
        // The first sample of every pixel that is not transparent, without the twentieth at both ends.
        let mut seen: Vec<u16> = picture
            .pixels()
            .filter(|pixel| pixel.len() == 1 || pixel.last() != Some(&0))
            .map(|pixel| pixel[0])
            .collect();
        seen.sort_unstable();
        let cut = seen.len() / 20;
        let middle = &seen[cut..seen.len() - cut];
        let (low, high) = (middle.first().copied().unwrap_or(0), middle.last().copied().unwrap_or(0));
        if u64::from(high - low) < spread {
            return Err(format!("{name}: grey values {low}..{high}, a spread below {spread}").into());
        }
    }
    let tolerance = ask["tolerance"].as_i64().unwrap_or(0);
    for pixel in ask["pixels"].as_array().into_iter().flatten() {
        let (x, y) = (pixel[0].as_u64().unwrap_or(0) as usize, pixel[1].as_u64().unwrap_or(0) as usize);
        let have = picture.at(x, y);
        let near = |(g, w): (&u16, &Value)| w.as_i64().is_none_or(|w| (i64::from(*g) - w).abs() <= tolerance);
        if !have.iter().zip(list(&pixel[2])).all(near) {
            return Err(format!("{name} at {x},{y} is {have:?}, not {}", pixel[2]).into());
        }
    }
    Ok(())
}

fn of(ask: &Value) -> &str {
    ask["of"].as_str().unwrap_or("p.limn")
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// The run that is asked about: the last, or that of `step` (from the end where negative).
fn step<'a>(done: &'a Done, ask: &Value) -> Result<&'a Run, Wrong> {
    let (n, count) = (ask["step"].as_i64().unwrap_or(-1), done.runs.len() as i64);
    let at = usize::try_from(if n < 0 { count + n } else { n }).ok();
    at.and_then(|at| done.runs.get(at)).ok_or_else(|| format!("no step {n}").into())
}

/// Bytes for signs: words of ASCII in any case, everything else as it stands.
fn regex(text: &str) -> Result<Regex, Wrong> {
    Regex::new(&format!("(?-u){text}")).map_err(|error| error.to_string().into())
}

fn pattern(value: &Value) -> Result<Regex, Wrong> {
    regex(word(value))
}

fn holds(text: &str, wanted: &Value, what: &str) -> Result<(), Wrong> {
    if pattern(wanted)?.is_match(text.as_bytes()) {
        return Ok(());
    }
    let end: String = text.trim().chars().rev().take(220).collect::<Vec<_>>().into_iter().rev().collect();
    Err(format!("{what} does not hold /{}/ but: {end:?}", word(wanted)).into())
}

fn same(have: &Value, wanted: &Value, what: &str) -> Result<(), Wrong> {
    python::equal(have, wanted).then_some(()).ok_or_else(|| format!("{what} is {have}, not {wanted}").into())
}

/// Files by a name whose last part may hold `*`.
fn found(work: &Path, name: &str) -> Vec<PathBuf> {
    let path = work.join(name);
    let wanted = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let parts: Vec<String> = wanted.split('*').map(regex::escape).collect();
    let Ok(pattern) = regex(&format!("^{}$", parts.join(".*"))) else { return Vec::new() };
    let folder = path.parent().unwrap_or(work);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| pattern.is_match(entry.file_name().to_string_lossy().as_bytes()))
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    paths
}

//! EISeg's JSON per picture: a list of outlines with `name`, `labelIdx`, `color` and `points`, named like the picture.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::labels;
use crate::formats::dataset::{Dataset, FoundImage, FoundObject};
use crate::formats::door::Reading;
use crate::formats::pictures::{Found, file_name};
use crate::formats::reading::{self, Picture};
use crate::formats::report::{Fault, FormatError};
use crate::formats::{lenient, shapes};

/// Reads the file, or all of the folder, if they are such lists; `None` if they are COCO.
pub(super) fn read(job: &Reading<'_>, names: &str) -> Result<Option<Dataset>, FormatError> {
    let files: Vec<PathBuf> = if job.from.is_dir() {
        let names = reading::files_below(&job.from, "json").into_iter().filter(|file| !file.contains('/'));
        names.map(|name| job.from.join(name)).collect()
    } else {
        vec![job.from.clone()]
    };
    let is_list = |path: &&PathBuf| matches!(reading::json(path), Ok(Value::Array(_)));
    let lists: Vec<String> = files.iter().filter(is_list).map(|path| path.to_string_lossy().into_owned()).collect();
    if lists.is_empty() {
        return Ok(None);
    }
    let names: HashMap<i64, String> = labels::parse(names).0.into_iter().map(|label| (label.id, label.name)).collect();
    let mut dataset = Dataset::default();
    reading::each(&lists, &mut dataset, job.progress, String::as_str, |path| picture(job, Path::new(path), &names))?;
    Ok(Some(dataset))
}

fn picture(job: &Reading<'_>, path: &Path, names: &HashMap<i64, String>) -> Picture {
    let place = file_name(path);
    let list = match reading::json(path) {
        Ok(Value::Array(list)) => list,
        Ok(_) => return Picture::only(place, "left out: it is not a list of outlines"),
        Err(error) => return Picture::only(place, error),
    };
    let stem = place.trim_end_matches(".json").to_owned();
    // The label folder lies below the pictures by default.
    let folder = job.folder();
    let above = folder.parent().map(Path::to_path_buf).unwrap_or_default();
    let near = [above, folder].iter().find_map(|folder| reading::beside(folder, &stem).pop());
    let found = match near {
        Some(path) => Found::Exact(path),
        None => job.pictures.look(&stem, None),
    };
    let Some(file) = found.path() else {
        return Picture::only(place, format!("left out: no picture {stem:?} tells how large it is; say where it is"));
    };
    let Some((width, height)) = job.pictures.size_of(&file) else {
        return Picture::only(place, format!("left out: the picture {} cannot be read", file.display()));
    };
    let mut out = Picture::default();
    for (at, outline) in list.iter().enumerate() {
        let place = format!("{place} [{at}]");
        let index = outline.get("labelIdx").and_then(lenient::integer);
        let listed = || names.get(&index?).cloned();
        let name = outline.get("name").and_then(lenient::text).or_else(listed);
        let corners = outline.get("points").and_then(lenient::points);
        let mask = corners.ok_or_else(|| "its points are no list of [x, y]".to_owned());
        match (name, mask.and_then(|corners| shapes::polygon(&job.room, [width, height], &corners))) {
            (None, _) => out.faults.push(Fault::new(place, "left out: it has no name")),
            (_, Err(what)) => out.faults.push(Fault::new(place, format!("left out: {what}"))),
            (_, Ok(mask)) if mask.is_empty() => out.faults.push(Fault::new(place, "left out: it covers no pixel")),
            (Some(name), Ok(mask)) => out.objects.push((name, FoundObject::new(place, 0, 0, mask))),
        }
    }
    let file = file.to_string_lossy().into_owned();
    out.found = Some(FoundImage { place, file, width, height, ..FoundImage::default() });
    out
}

//! `data.yaml`: names, where the pictures of each part lie, how many key points a line has.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::names;
use crate::formats::{lenient, text, yaml};
use crate::store::paths;

/// Key points of an object at most; what claims more is no count.
const MAX_POINTS: f64 = 10_000.0;

/// The parts of a split and the members that name them.
const PARTS: &[(&str, &str)] =
    &[("train", "train"), ("val", "val"), ("valid", "val"), ("validation", "val"), ("test", "test")];

/// What the file says.
#[derive(Debug, Default)]
pub(super) struct Config {
    /// Names in the order of their indices, empty where there is a gap.
    pub(super) names: Vec<String>,
    pub(super) places: Vec<Place>,
    /// Number of key points of a line, and values of each.
    pub(super) points: Option<(usize, usize)>,
    /// What is wrong, with its place.
    pub(super) faults: Vec<(String, String)>,
}

/// A folder of pictures.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) part: &'static str,
    pub(super) images: PathBuf,
}

impl Place {
    /// Where the labels of these pictures lie: in `labels` for `images`, else beside them.
    pub(super) fn labels(&self) -> PathBuf {
        swapped(&self.images, "images", "labels")
            .filter(|folder| folder.is_dir())
            .unwrap_or_else(|| self.images.clone())
    }
}

/// The path with the last folder of one name called otherwise.
pub(super) fn swapped(path: &Path, from: &str, to: &str) -> Option<PathBuf> {
    let parts: Vec<&std::ffi::OsStr> = path.iter().collect();
    let at = parts.iter().rposition(|part| part.eq_ignore_ascii_case(from))?;
    Some(parts[..at].iter().copied().chain([to.as_ref()]).chain(parts[at + 1..].iter().copied()).collect())
}

/// The part of a split that one of these folders names.
pub(in crate::formats) fn part_of<'a>(folders: impl IntoIterator<Item = &'a str>) -> Option<&'static str> {
    folders.into_iter().find_map(|folder| {
        let folder = folder.to_lowercase();
        let plain = folder.trim_end_matches(|c: char| c.is_ascii_digit());
        PARTS.iter().find(|(name, _)| *name == plain).map(|(_, part)| *part)
    })
}

/// Reads the configuration of a folder: the file given, else `data.yaml`, else any YAML file with names in it, else the
/// lists that other tools write.
pub(super) fn read(given: &Path, folder: &Path) -> Config {
    let mut config = Config::default();
    let is_yaml = |path: &Path| {
        path.extension().is_some_and(|found| found.eq_ignore_ascii_case("yaml") || found.eq_ignore_ascii_case("yml"))
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
    let mut others: Vec<PathBuf> = entries.filter(|path| is_yaml(path)).collect();
    others.sort();
    let usual = folder.join("data.yaml");
    let first = [given, &usual].into_iter().find(|path| is_yaml(path) && path.is_file()).map(Path::to_path_buf);
    for path in first.into_iter().chain(others) {
        let parsed = text::read(&path).and_then(|text| yaml::parse(&text));
        match parsed {
            Ok(yaml) if yaml.is_object() => {
                let found = names::of(&yaml);
                let places = places(&yaml, path.parent().unwrap_or(folder));
                if found.is_none() && places.is_empty() {
                    continue;
                }
                config.names = found.unwrap_or_default();
                config.places = places;
                let shape = yaml.get("kpt_shape").and_then(lenient::numbers);
                config.points = shape.and_then(|shape| match shape[..] {
                    [count, size] if (1.0..=MAX_POINTS).contains(&count) && (2.0..=3.0).contains(&size) => {
                        Some((count as usize, size as usize))
                    }
                    _ => None,
                });
                break;
            }
            Ok(_) => {}
            Err(error) => {
                let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
                config.faults.push((name, format!("cannot be read: {error}")));
            }
        }
    }
    if config.names.is_empty() {
        config.names = listed(folder, &mut config.faults);
    }
    config
}

/// Names a line each.
fn listed(folder: &Path, faults: &mut Vec<(String, String)>) -> Vec<String> {
    let lists = ["classes.txt", "obj.names", "labels/classes.txt", "predefined_classes.txt", "_darknet.labels"];
    for name in lists {
        let path = folder.join(name);
        if !path.is_file() {
            continue;
        }
        match text::read(&path) {
            Ok(text) => {
                let mut names: Vec<String> = text.lines().map(|line| line.trim().to_owned()).collect();
                while names.last().is_some_and(String::is_empty) {
                    names.pop();
                }
                return names;
            }
            Err(error) => faults.push((name.to_owned(), format!("cannot be read: {error}"))),
        }
    }
    Vec::new()
}

/// Folders of pictures: `train`, `val` and `test`, each one or a list, seen from `path`, from the file, or from where
/// Roboflow thinks the file to be.
fn places(yaml: &Value, folder: &Path) -> Vec<Place> {
    let mut places: Vec<Place> = Vec::new();
    let base = yaml.get("path").and_then(Value::as_str).map(|path| path.trim().replace('\\', "/"));
    let bases: Vec<PathBuf> =
        base.iter().map(|base| paths::resolve(folder, base)).chain([folder.to_path_buf()]).collect();
    for (member, part) in PARTS {
        let entries: Vec<&str> = match yaml.get(*member) {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        for entry in entries.into_iter().map(|entry| entry.trim().replace('\\', "/")) {
            let inner = entry.trim_start_matches("../").trim_start_matches("./");
            let found = [entry.as_str(), inner]
                .into_iter()
                .flat_map(|entry| bases.iter().map(move |base| paths::resolve(base, entry)))
                .find(|path| path.is_dir() || path.is_file());
            match found {
                Some(path) if path.is_dir() => places.push(Place { part, images: path }),
                // A list of pictures: their folders count.
                Some(path) => {
                    let text = text::read(&path).unwrap_or_default();
                    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
                        let file = bases.iter().map(|base| paths::resolve(base, line)).find(|path| path.is_file());
                        let folder = file.and_then(|file| file.parent().map(Path::to_path_buf));
                        let is_new = |folder: &PathBuf| places.iter().all(|place| place.images != *folder);
                        if let Some(images) = folder.filter(is_new) {
                            places.push(Place { part, images });
                        }
                    }
                }
                None => {}
            }
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claimed_number_of_points_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        for (shape, points) in
            [("[17, 3]", Some((17, 3))), ("[9223372036854775807, 3]", None), ("[4, 1e30]", None), ("[-1, 2]", None)]
        {
            let text = format!("names: [a]\nkpt_shape: {shape}\n");
            std::fs::write(folder.path().join("data.yaml"), text).unwrap();
            assert_eq!(read(folder.path(), folder.path()).points, points, "{shape}");
        }
    }

    #[test]
    fn parts_and_folders() {
        assert_eq!(part_of(["labels", "train2017"]), Some("train"));
        assert_eq!((part_of(["x", "Valid"]), part_of(["trainings"])), (Some("val"), None));
        let path = Path::new("/a/images/b/images/train");
        assert_eq!(swapped(path, "images", "labels"), Some(PathBuf::from("/a/images/b/labels/train")));
    }
}

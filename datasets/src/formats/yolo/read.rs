//! Reading a YOLO folder, Limn's own or anybody's.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::super::door::Reading;
use super::config::{self, Config};
use super::line::{self, Line};
use crate::formats::dataset::{Dataset, FoundClass, FoundImage, FoundObject};
use crate::formats::manifest::{Manifest, ManifestImage};
use crate::formats::pictures::Found;
use crate::formats::placing::some_of;
use crate::formats::reading::{self, Picture, files_below};
use crate::formats::report::{Fault, FormatError};
use crate::formats::{kept, shapes, text};
use crate::store::paths;

/// Stems of text files that are no labels, unless a picture has the name.
const OTHERS: [&str; 14] = [
    "classes",
    "train",
    "val",
    "valid",
    "validation",
    "test",
    "labels",
    "requirements",
    "readme",
    "license",
    "notes",
    "predefined_classes",
    "readme.roboflow",
    "readme.dataset",
];

/// A text file that may hold labels.
struct LabelFile {
    path: PathBuf,
    /// Relative to the folder where it lies in it.
    name: String,
    /// The part of a split that its place names.
    part: Option<&'static str>,
}

pub(super) fn read(job: &Reading<'_>) -> Result<Dataset, FormatError> {
    let Reading { format, ref from, progress, .. } = *job;
    // The folder, or the data.yaml in it.
    let folder = job.folder();
    let manifest = Manifest::read(&folder, format);
    let config = config::read(from, &folder);
    let mut dataset = Dataset { origin: manifest.as_ref().map(Manifest::origin), ..Dataset::default() };
    dataset.classes = match &manifest {
        Some(manifest) => manifest.found_classes(),
        None => config.names.iter().map(FoundClass::named).collect(),
    };
    let files = label_files(&folder, &config, manifest.is_some());
    if files.is_empty() && manifest.is_none() {
        let mut detail = "there is no label file (*.txt) in it".to_owned();
        for (place, what) in &config.faults {
            detail.push_str(&format!("; {place} {what}"));
        }
        return Err(job.malformed(detail));
    }
    for (place, what) in &config.faults {
        dataset.fault(place, what);
    }
    let reader = Reader {
        job,
        folder: &folder,
        config: &config,
        manifest: manifest.as_ref(),
        known: dataset.classes.iter().map(|class| class.name.clone()).collect(),
        unnamed: Mutex::default(),
    };
    reading::each(&files, &mut dataset, progress, |file| file.name.as_str(), |file| reader.one_file(file))?;
    let unnamed = reader.unnamed.into_inner().unwrap_or_else(PoisonError::into_inner);
    if !unnamed.is_empty() && !config.names.is_empty() {
        let named = config.names.len();
        for class in unnamed {
            dataset
                .notes
                .push(format!("class {class} has no name, the data set names {named}; it is called \"class {class}\""));
        }
    } else if !unnamed.is_empty() {
        dataset.notes.push(
            "nothing names the classes (no data.yaml, no classes.txt); they are called by their numbers".to_owned(),
        );
    }
    // Objects of an index without a name have their class by now; the gap itself is no class.
    dataset.drop_nameless_classes();
    Ok(dataset)
}

/// All text files that may hold labels: below the folder, and where the configuration leads.
fn label_files(folder: &Path, config: &Config, own: bool) -> Vec<LabelFile> {
    let labels = folder.join("labels");
    let mut roots: Vec<(PathBuf, Option<&'static str>)> = Vec::new();
    if own || (config.places.is_empty() && labels.is_dir()) {
        roots.push((labels, None));
    } else {
        roots.extend(config.places.iter().map(|place| (place.labels(), Some(place.part))));
        roots.push((folder.to_path_buf(), None));
    }
    let mut seen = HashSet::new();
    let mut files = Vec::new();
    for (root, part) in roots {
        for file in files_below(&root, "txt") {
            let path = paths::absolute(&root.join(&file));
            if !seen.insert(path.clone()) {
                continue;
            }
            let name = paths::relative(folder, &path).unwrap_or_else(|| path.to_string_lossy().into_owned());
            let folders = name.rsplit_once('/').map_or("", |(folders, _)| folders);
            let part = part.or_else(|| config::part_of(folders.split('/')));
            files.push(LabelFile { path, name, part });
        }
    }
    files
}

struct Reader<'a> {
    job: &'a Reading<'a>,
    folder: &'a Path,
    config: &'a Config,
    manifest: Option<&'a Manifest>,
    known: Vec<String>,
    unnamed: Mutex<BTreeSet<usize>>,
}

impl Reader<'_> {
    fn one_file(&self, file: &LabelFile) -> Picture {
        let name = file.name.as_str();
        let stem = file.path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let own_stem = paths::relative(&self.folder.join("labels"), &file.path.with_extension(""));
        let note = self.manifest.zip(own_stem).and_then(|(manifest, stem)| manifest.image(&stem));
        let picture = self.picture_of(&file.path, &stem);
        let in_labels = name.split('/').rev().skip(1).any(|folder| folder.eq_ignore_ascii_case("labels"));
        let is_there = !matches!(picture, Found::Nowhere | Found::Elsewhere(_));
        let bytes = match limn_files::read_bytes(&file.path, text::MAX_BYTES) {
            Ok(bytes) => bytes,
            Err(error) => return Picture::only(name, error.to_string()),
        };
        let text = match bytes.is_empty() {
            true => String::new(),
            false => match text::decode(bytes) {
                Ok(text) => text,
                Err(error) => return Picture::only(name, format!("left out: {error}")),
            },
        };
        let is_other = OTHERS.contains(&stem.to_lowercase().as_str());
        let is_label = line::looks_like(&text);
        let wanted = note.is_some() || if is_other { is_there && is_label } else { is_there || is_label || in_labels };
        if !wanted {
            return Picture::default();
        }
        self.labels(file, &text, note, picture, &stem)
    }

    fn labels(
        &self,
        file: &LabelFile,
        text: &str,
        note: Option<&ManifestImage>,
        picture: Found,
        stem: &str,
    ) -> Picture {
        let name = file.name.as_str();
        let stored = |path: &PathBuf| path.to_string_lossy().into_owned();
        let mut found = match (note, picture) {
            (Some(note), picture) => {
                let known = note.found(name.to_owned());
                FoundImage { file: picture.path().as_ref().map_or(known.file.clone(), stored), ..known }
            }
            (None, Found::Several(paths)) => {
                let paths: Vec<String> = paths.iter().map(stored).collect();
                let what = format!(
                    "left out: which picture is it? {} fit it; rename one with its label file",
                    some_of(&paths)
                );
                return Picture::only(name, what);
            }
            (None, picture) => {
                let Some(path) = picture.path() else {
                    let what = format!("left out: no picture {stem:?} tells how large it is; say where it is");
                    return Picture::only(name, what);
                };
                let Some((width, height)) = self.job.pictures.size_of(&path) else {
                    return Picture::only(name, format!("left out: the picture {} cannot be read", path.display()));
                };
                FoundImage { place: name.to_owned(), file: stored(&path), width, height, ..FoundImage::default() }
            }
        };
        if let Some(part) = file.part.filter(|_| note.is_none()) {
            found.note.extra.insert(kept::SPLIT.to_owned(), part.into());
        }
        let mut out = Picture::default();
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let place = format!("{name} line {}", at + 1);
            match line::parse(line, [found.width, found.height], self.config.points, &self.job.room) {
                Ok(line) => out.objects.push(self.object(place, line)),
                Err(what) => out.faults.push(Fault::new(place, format!("left out: {what}"))),
            }
        }
        if let Some(note) = note {
            note.enrich(&mut out.objects);
        }
        out.found = Some(found);
        out
    }

    fn object(&self, place: String, line: Line) -> (String, FoundObject) {
        let class = line.class;
        let name = self.known.get(class).filter(|name| !name.is_empty()).cloned().unwrap_or_else(|| {
            self.unnamed.lock().unwrap_or_else(PoisonError::into_inner).insert(class);
            format!("class {class}")
        });
        let mut object = FoundObject::new(place, 0, 0, line.mask);
        if line.is_box {
            object.note.extra.insert(shapes::SHAPE.to_owned(), shapes::BOX.into());
        }
        if let Some(confidence) = line.confidence {
            object.note.attributes.insert("confidence".to_owned(), confidence.into());
        }
        if !line.points.is_empty() {
            object.note.extra.insert("keypoints".to_owned(), line.points.into());
        }
        (name, object)
    }

    /// The picture of a label file: in `images` for `labels`, beside it, or wherever the name leads.
    fn picture_of(&self, path: &Path, stem: &str) -> Found {
        let folder = path.parent().unwrap_or(self.folder);
        let by_config = self.config.places.iter().filter(|place| folder.starts_with(place.labels()));
        let by_config =
            by_config.filter_map(|place| Some(place.images.join(folder.strip_prefix(place.labels()).ok()?)));
        let folders =
            config::swapped(folder, "labels", "images").into_iter().chain(by_config).chain([folder.to_path_buf()]);
        for folder in folders {
            let mut found = reading::beside(&folder, stem);
            match found.len() {
                0 => {}
                1 => return Found::Exact(found.remove(0)),
                _ => return Found::Several(found),
            }
        }
        // What follows `labels` in its path, else its name.
        let parts: Vec<String> =
            path.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
        let after =
            parts.iter().rposition(|part| part.eq_ignore_ascii_case("labels")).map(|at| parts[at + 1..].join("/"));
        match after.map(|name| self.job.pictures.look(&name, None)) {
            Some(found @ (Found::Exact(_) | Found::Close(_) | Found::Several(_))) => found,
            _ => self.job.pictures.look(stem, None),
        }
    }
}

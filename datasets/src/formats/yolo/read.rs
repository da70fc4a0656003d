//! Reading a YOLO folder, Limn's own or anybody's.

use std::path::{Path, PathBuf};

use super::super::door::Reading;
use super::names;
use crate::formats::dataset::{Dataset, FoundClass, FoundImage, FoundObject, PictureFinder, file_name};
use crate::formats::manifest::{Manifest, ManifestImage};
use crate::formats::reading::{self, Picture, files_below};
use crate::formats::report::{Fault, FormatError};
use crate::formats::shapes;
use crate::raster::Mask;

/// Text files that are no labels.
const OTHERS: [&str; 8] =
    ["classes.txt", "train.txt", "val.txt", "valid.txt", "test.txt", "labels.txt", "requirements.txt", "readme.txt"];

pub(super) fn read(job: &Reading<'_>) -> Result<Dataset, FormatError> {
    let Reading { format, ref from, images, progress, .. } = *job;
    // The folder, or the data.yaml in it.
    let folder = if from.is_dir() { from } else { from.parent().unwrap_or(Path::new(".")) };
    let manifest = Manifest::read(folder, format);
    let labels = if folder.join("labels").is_dir() { folder.join("labels") } else { folder.to_path_buf() };
    let mut files = files_below(&labels, "txt");
    files.retain(|file| !OTHERS.contains(&file_name(Path::new(file)).to_lowercase().as_str()));
    let mut dataset = Dataset { origin: manifest.as_ref().map(|note| note.origin(folder)), ..Dataset::default() };
    dataset.classes = match &manifest {
        Some(manifest) => manifest.found_classes(),
        None => class_names(from, folder).into_iter().map(FoundClass::named).collect(),
    };
    if files.is_empty() && manifest.is_none() {
        let detail = "there is no label file (*.txt) in it".to_owned();
        return Err(job.malformed(detail));
    }
    let finder = PictureFinder::new(images.map(Path::to_path_buf).into_iter().chain([folder.to_path_buf()]), None);
    let known: Vec<String> = dataset.classes.iter().map(|class| class.name.clone()).collect();
    reading::each(&files, &mut dataset, progress, String::as_str, |file| {
        let stem = &file[..file.len() - ".txt".len()];
        let note = manifest.as_ref().and_then(|manifest| manifest.image(stem));
        one_file(&labels, file, note, &finder, &known)
    })?;
    // Objects of an index without a name have their class by now; the gap itself is no class.
    dataset.drop_nameless_classes();
    Ok(dataset)
}

/// Names from the YAML file, else from `classes.txt` or `obj.names`; none without them.
fn class_names(from: &Path, folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
    let is_yaml = |path: &PathBuf| path.extension().is_some_and(|found| found == "yaml" || found == "yml");
    let mut files: Vec<PathBuf> = entries.filter(is_yaml).collect();
    files.sort();
    let given = [from.to_path_buf(), folder.join("data.yaml")];
    let yaml = given.into_iter().filter(is_yaml).chain(files);
    let from_yaml = yaml.filter_map(|path| std::fs::read_to_string(path).ok()).find_map(|text| names::parse(&text));
    let lines = || {
        let lists = ["classes.txt", "obj.names", "labels/classes.txt"].iter();
        let text = lists.filter_map(|name| std::fs::read_to_string(folder.join(name)).ok()).next();
        text.map(|text| text.lines().map(|line| line.trim().to_owned()).collect())
    };
    from_yaml.or_else(lines).unwrap_or_default()
}

fn one_file(
    labels: &Path,
    file: &str,
    note: Option<&ManifestImage>,
    finder: &PictureFinder,
    classes: &[String],
) -> Picture {
    let text = match std::fs::read_to_string(labels.join(file)) {
        Ok(text) => text,
        Err(error) => return Picture::only(file, error.to_string()),
    };
    let stem = &file[..file.len() - ".txt".len()];
    let beside = format!("images/{stem}");
    let known = note.map(|note| note.found(file.to_owned()));
    let stranger = || {
        let name = [&beside, stem].into_iter().find(|name| finder.find(name).is_some()).unwrap_or(stem).to_owned();
        let (width, height) = finder.size(&name)?;
        Some(FoundImage { place: file.to_owned(), file: name, width, height, ..FoundImage::default() })
    };
    let Some(found) = known.or_else(stranger) else {
        return Picture::only(file, format!("left out: no picture {stem:?} tells how large it is; say where it is"));
    };
    let mut out = Picture::default();
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let place = format!("{file} line {}", at + 1);
        match object(line, found.width, found.height) {
            Ok((class, mask)) => {
                let name = classes.get(class).filter(|name| !name.is_empty());
                let name = name.cloned().unwrap_or_else(|| format!("class {class}"));
                out.objects.push((name, FoundObject::new(place, 0, 0, mask)));
            }
            Err(what) => out.faults.push(Fault::new(place, format!("left out: {what}"))),
        }
    }
    if let Some(note) = note {
        note.enrich(&mut out.objects);
    }
    out.found = Some(found);
    out
}

/// One line: five numbers are a box, seven or more a ring.
fn object(line: &str, width: u32, height: u32) -> Result<(usize, Mask), String> {
    let mut words = line.split_whitespace();
    let class = words.next().unwrap_or_default();
    let class = class.parse::<usize>().ok().filter(|class| *class < 1_000_000);
    let class = class.ok_or("it does not begin with the number of a class")?;
    let numbers: Vec<f64> = words.map(str::parse).collect::<Result<_, _>>().map_err(|_| "a value is no number")?;
    let mask = match numbers[..] {
        [cx, cy, w, h] => {
            let scale = |x: f64, y: f64| [x * f64::from(width), y * f64::from(height)];
            let corners = [scale(cx - w / 2.0, cy - h / 2.0), scale(cx + w / 2.0, cy + h / 2.0)];
            shapes::rectangle(width, height, corners)?
        }
        _ if numbers.len() >= 6 && numbers.len().is_multiple_of(2) => {
            let corner = |pair: &[f64]| [pair[0] * f64::from(width), pair[1] * f64::from(height)];
            shapes::polygon(width, height, &numbers.chunks_exact(2).map(corner).collect::<Vec<_>>())?
        }
        _ => return Err(format!("{} values are neither a box nor a ring", numbers.len())),
    };
    if mask.is_empty() {
        return Err("it covers no pixel of the picture".to_owned());
    }
    Ok((class, mask))
}

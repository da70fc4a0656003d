//! Is a folder or file a data set of a known format? Names and the beginnings of files tell; nothing is read as a whole.

use std::fs::File;
use std::io::{Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use super::Format;
use crate::store::scan::EXPORT_MARKER;

/// So much of a file's beginning and end is looked at.
const HEAD: u64 = 256 << 10;
const TAIL: u64 = 64 << 10;
/// So many names of a folder are looked at.
const NAMES: usize = 2_000;
/// So many files of a folder are looked into.
const FILES: usize = 12;

/// The format of a folder, and where in it the data set lies.
pub fn folder(path: &Path) -> Option<(Format, PathBuf)> {
    if let Some(format) = of_note(&path.join(EXPORT_MARKER)) {
        return Some((format, format.file().map_or_else(|| path.to_path_buf(), |name| path.join(name))));
    }
    let names = names_in(path);
    let has = |name: &str| names.iter().any(|n| n.eq_ignore_ascii_case(name));
    if has("SegmentationObject") || has("SegmentationClass") || (has("Annotations") && has("JPEGImages")) {
        return Some((Format::Voc, path.to_path_buf()));
    }
    let yaml = names.iter().filter(|name| has_ending(name, &["yaml", "yml"]));
    if let Some(found) = yaml.filter_map(|name| file(&path.join(name))).next() {
        return Some(found);
    }
    if has("labels") && !with_ending(&path.join("labels"), &["txt"], 3).is_empty() {
        return Some((yolo(path), path.to_path_buf()));
    }
    let places = [path.to_path_buf(), path.join("annotations"), path.join("Annotations")];
    for place in places.iter().filter(|place| place.is_dir()) {
        let files = with_ending(place, &["json", "xml"], FILES);
        let found: Vec<(Format, PathBuf)> = files.iter().filter_map(|name| file(name)).collect();
        let Some((format, first)) = found.first() else { continue };
        let same = found.iter().filter(|(other, _)| other == format).count();
        return Some((*format, if same > 1 && format.is_file() { place.clone() } else { first.clone() }));
    }
    None
}

/// The format of a file. Where a data set of the format is a folder, that is the file's.
pub fn file(path: &Path) -> Option<(Format, PathBuf)> {
    let ending = path.extension()?.to_str()?.to_ascii_lowercase();
    let parent = path.parent().unwrap_or(Path::new(".")).to_path_buf();
    if path.file_name().is_some_and(|name| name == EXPORT_MARKER) {
        return folder(&parent);
    }
    let text = ends_of(path)?;
    let has = |part: &str| text.contains(part);
    let format = match ending.as_str() {
        "json" if has("\"shapes\"") && has("\"imagePath\"") => Format::Labelme,
        "json" if has("\"segments_info\"") => Format::Panoptic,
        "json" if has("\"label_studio") || (text.starts_with('[') && has("\"data\"") && has("\"result\"")) => {
            Format::LabelStudio
        }
        "json" if has("\"items\"") && has("\"categories\"") => Format::Datumaro,
        "json" if has("\"annotations\"") && (has("\"images\"") || has("\"categories\"")) => Format::Coco,
        "xml" if has("<annotations") => Format::Cvat,
        "xml" if has("<annotation") && has("<filename") => Format::Voc,
        "yaml" | "yml" if has("names:") && (has("train:") || has("val:") || has("nc:")) => yolo(&parent),
        _ => return None,
    };
    let whole = match format {
        // Its files lie below `annotations`, its pictures beside that folder.
        Format::Voc | Format::Datumaro if parent.file_name().is_some_and(|n| n.eq_ignore_ascii_case("annotations")) => {
            parent.parent().map_or(parent.clone(), Path::to_path_buf)
        }
        format if format.is_file() => path.to_path_buf(),
        _ => parent,
    };
    Some((format, whole))
}

fn of_note(note: &Path) -> Option<Format> {
    let text = ends_of(note)?;
    let format = text.split_once("\"format\"")?.1.split('"').nth(1)?;
    format.parse().ok().filter(|format: &Format| format.can_import())
}

/// With outlines or with boxes only, as the first label says.
fn yolo(folder: &Path) -> Format {
    let labels = with_ending(&folder.join("labels"), &["txt"], FILES);
    let line = labels.iter().filter_map(|label| ends_of(label)).find_map(|text| text.lines().next().map(str::to_owned));
    let boxes = line.is_some_and(|line| line.split_whitespace().count() == 5);
    if boxes && Format::YoloBoxes.can_import() { Format::YoloBoxes } else { Format::Yolo }
}

/// Names in a folder, sorted.
fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().take(NAMES);
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

fn has_ending(name: &str, endings: &[&str]) -> bool {
    name.rsplit_once('.').is_some_and(|(_, ending)| endings.iter().any(|e| ending.eq_ignore_ascii_case(e)))
}

/// The first files of a folder and of the folders in it with one of these endings.
fn with_ending(folder: &Path, endings: &[&str], most: usize) -> Vec<PathBuf> {
    let names = names_in(folder);
    let here = names.iter().filter(|name| has_ending(name, endings)).map(|name| folder.join(name));
    let mut found: Vec<PathBuf> = here.take(most).collect();
    for name in names.iter().filter(|name| !name.contains('.')) {
        if !found.is_empty() {
            break;
        }
        let below = folder.join(name);
        let names = names_in(&below).into_iter().filter(|name| has_ending(name, endings));
        found.extend(names.map(|name| below.join(name)).take(most));
    }
    found
}

/// Beginning and end of a regular file as text.
fn ends_of(path: &Path) -> Option<String> {
    let mut file = limn_files::open(path).ok()?;
    let mut bytes = Vec::new();
    Read::by_ref(&mut file).take(HEAD).read_to_end(&mut bytes).ok()?;
    let length = file.metadata().map(|meta| meta.len()).unwrap_or(0);
    if length > HEAD {
        tail(&mut file, length.saturating_sub(TAIL).max(HEAD), &mut bytes)?;
    }
    Some(String::from_utf8_lossy(&bytes).trim_start_matches('\u{feff}').trim_start().to_owned())
}

fn tail(file: &mut File, from: u64, bytes: &mut Vec<u8>) -> Option<()> {
    file.seek(SeekFrom::Start(from)).ok()?;
    file.take(TAIL).read_to_end(bytes).ok()?;
    Some(())
}

#[cfg(test)]
mod tests {
    use crate::{
        Class, ClassId, ExportOptions, ImageId, ImageRecord, Mask, NoProgress, Object, ObjectId, Project, Transaction,
        export,
    };

    use super::*;

    #[test]
    fn what_is_written_is_recognised_with_and_without_the_note() {
        let dir = tempfile::tempdir().expect("a folder");
        std::fs::write(dir.path().join("a.ppm"), [b"P6\n8 8\n255\n".as_slice(), &[7; 192]].concat())
            .expect("a picture");
        let mut project = Project::in_memory(dir.path());
        let mut all = Transaction::new("all");
        all.put_class(project.document(), Class::new(ClassId(1), "cat", [9; 3]));
        all.put_image(project.document(), ImageRecord { width: 8, height: 8, ..ImageRecord::new(ImageId(1), "a.ppm") });
        let mask = Mask::from_bytes(8, 8, &(0..64).map(|i| u8::from(i % 8 < 4)).collect::<Vec<_>>());
        all.put_object(project.document(), Object::new(ObjectId(1), ImageId(1), ClassId(1), mask));
        project.commit(all).expect("a project");
        // An index mask says nothing of itself, and EISeg's file is COCO.
        let told = |format: &Format| format.can_import() && !matches!(format, Format::Masks | Format::Eiseg);
        for format in Format::ALL.iter().copied().filter(told) {
            let to = dir.path().join("out").join(format.name());
            let options = ExportOptions { copy_images: true, ..ExportOptions::default() };
            let target = format.file().map_or_else(|| to.clone(), |name| to.join(name));
            export(&project, format, &target, &options, &NoProgress).expect("an export");
            let found = folder(&to);
            assert_eq!(found.as_ref().map(|(f, _)| *f), Some(format));
            std::fs::remove_file(to.join(EXPORT_MARKER)).ok();
            assert_eq!(folder(&to).map(|(f, _)| f), Some(format), "{format} without the note");
            let from = folder(&to).map(|(_, from)| from).expect("a place");
            assert!(from.starts_with(&to) && from.exists(), "{format}: {}", from.display());
        }
    }

    #[test]
    fn pictures_and_other_files_are_no_data_set() {
        let dir = tempfile::tempdir().expect("a folder");
        for (name, text) in
            [("a.png", "x"), ("package.json", "{\"name\": 1}"), ("notes.txt", "1 2"), ("c.yaml", "a: 1")]
        {
            std::fs::write(dir.path().join(name), text).expect("a file");
        }
        assert_eq!(folder(dir.path()), None);
    }
}

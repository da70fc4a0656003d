//! Where the pictures of a data set go: to pictures of the project, or to new ones; how the masks must be turned.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;

use super::dataset::{Dataset, FoundImage};
use super::merge::FreeId;
use super::options::ImportOptions;
use super::pictures::{Found, Pictures, fold, slashes};
use crate::document::{ImageId, ImageRecord};
use crate::edit::{Edit, Transaction};
use crate::media;
use crate::store::{Project, paths};

/// Pictures that a note names before it only counts.
const NAMED: usize = 3;

/// Where a picture of the data set went.
pub(super) struct Placed {
    pub(super) id: ImageId,
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) is_new: bool,
    /// The orientation by which masks must be turned; 1 for none.
    pub(super) turn: u8,
}

/// Pictures of an orientation, for the notes about them.
#[derive(Default)]
struct Turned {
    /// Turned, because the labels have the size of the stored pixels.
    by_size: Vec<String>,
    /// Not turned, without a sign of how the labels were drawn.
    in_doubt: Vec<String>,
}

/// For every picture of the data set its record: an existing one, or a new one. `None` where the sizes contradict.
pub(super) fn place_images(
    project: &Project,
    pictures: &Pictures,
    options: &ImportOptions,
    dataset: &mut Dataset,
    ids: &mut FreeId,
    transaction: &mut Transaction,
) -> Vec<Option<Placed>> {
    let mut new: BTreeMap<String, ImageRecord> = BTreeMap::new();
    let mut changed: BTreeMap<ImageId, (ImageRecord, ImageRecord)> = BTreeMap::new();
    let mut placed = Vec::with_capacity(dataset.images.len());
    let mut turned = Turned::default();
    let with_objects: HashSet<usize> = dataset.objects.iter().map(|object| object.image).collect();
    let resolved = resolve_all(project, pictures, dataset);
    for (at, resolved) in resolved.into_iter().enumerate() {
        let found = dataset.images[at].clone();
        let path = match resolved {
            Ok(path) => Ok(path),
            Err(why) => {
                dataset
                    .fault(&found.place, format!("picture {:?} not found{why}; kept and marked missing", found.file));
                Err(found.file.clone())
            }
        };
        let missing = path.is_err();
        let (Ok(path) | Err(path)) = path;
        let known = project.document().image_at(&path);
        let (mut record, is_new) = match (known, new.get(&path)) {
            (Some(record), _) => match changed.get(&record.id) {
                Some((_, changed)) => (changed.clone(), false),
                None => (record.clone(), false),
            },
            (None, Some(record)) => (record.clone(), true),
            (None, None) => (ImageRecord::new(ImageId(ids.keep_or_next(found.id)), path), true),
        };
        let before = record.clone();
        record.missing |= missing;
        // A file that cannot be read keeps the size that the data set claims.
        let info = (record.width == 0 || (dataset.origin.is_none() && with_objects.contains(&at)))
            .then(|| media::probe(&project.image_path(&record.path)));
        let info = info.and_then(Result::ok);
        if let Some(info) = info.as_ref().filter(|_| record.width == 0) {
            (record.width, record.height) = (info.width, info.height);
        }
        let orientation = info.map_or(1, |info| info.source.orientation);
        let turn = if orientation == 1 || dataset.origin.is_some() {
            1
        } else {
            turn(orientation, &record, &found, options, &mut turned)
        };
        let (width, height) = if turn >= 5 { (found.height, found.width) } else { (found.width, found.height) };
        let contradiction = found.width > 0 && record.width > 0 && (width, height) != (record.width, record.height);
        if contradiction {
            let (w, h) = (found.width, found.height);
            let swapped = if (h, w) == (record.width, record.height) { " (orientation tag?)" } else { "" };
            let what = format!("left out: it says {w}x{h}, the picture is {}x{}{swapped}", record.width, record.height);
            dataset.fault(&found.place, what);
            placed.push(None);
            continue;
        }
        if record.width == 0 {
            (record.width, record.height) = (width, height);
        }
        found.note.add_to(&mut record);
        placed.push(Some(Placed { id: record.id, width: record.width, height: record.height, is_new, turn }));
        if is_new {
            new.insert(record.path.clone(), record);
        } else if before != record {
            changed.entry(record.id).or_insert_with(|| (before, record.clone())).1 = record.clone();
        }
    }
    turned.notes(&mut dataset.notes);
    let changed = changed.into_values();
    transaction.edits.extend(changed.map(|(before, after)| Edit::Image { before: Some(before), after: Some(after) }));
    let added = new.into_values().map(|record| Edit::Image { before: None, after: Some(record) });
    transaction.edits.extend(added);
    placed
}

/// By which orientation the masks of a picture must be turned.
fn turn(orientation: u8, record: &ImageRecord, found: &FoundImage, options: &ImportOptions, turned: &mut Turned) -> u8 {
    if options.stored_pixels {
        return orientation;
    }
    let swapped = (found.height, found.width) == (record.width, record.height) && found.width != found.height;
    let file = format!("{} (orientation {orientation})", record.path);
    if orientation >= 5 && swapped {
        turned.by_size.push(file);
        return orientation;
    }
    turned.in_doubt.push(file);
    1
}

impl Turned {
    fn notes(self, notes: &mut Vec<String>) {
        if !self.by_size.is_empty() {
            notes.push(format!(
                "{}: the labels have the size of the stored pixels, so they were turned with the picture (as with \
                 --stored-pixels)",
                some_of(&self.by_size)
            ));
        }
        if !self.in_doubt.is_empty() {
            notes.push(format!(
                "{}: EXIF orientation; the labels are taken as drawn on the upright picture. If they lie wrong, they were \
                 drawn on the stored pixels: undo, then import with --stored-pixels",
                some_of(&self.in_doubt)
            ));
        }
    }
}

/// The first few of a list, and how many more.
pub(crate) fn some_of(list: &[String]) -> String {
    let shown = list[..list.len().min(NAMED)].join(", ");
    match list.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// The stored path of every picture, or why there is none. Two entries never fall onto one picture without a word.
fn resolve_all(project: &Project, pictures: &Pictures, dataset: &mut Dataset) -> Vec<Result<String, String>> {
    let mut all: Vec<Result<(String, bool), String>> = Vec::with_capacity(dataset.images.len());
    for image in &dataset.images {
        let found = resolve(project, pictures, image);
        if let Ok((path, Sure::Renamed)) = &found {
            dataset
                .notes
                .push(format!("{}: {:?} is taken as {path:?}, which has another extension", image.place, image.file));
        }
        all.push(found.map(|(path, sure)| (path, sure == Sure::Exact)));
    }
    let mut entries: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, found) in all.iter().enumerate() {
        if let Ok((path, _)) = found {
            entries.entry(path).or_default().push(at);
        }
    }
    let mut doubted: Vec<(usize, String)> = Vec::new();
    for (path, entries) in entries.into_iter().filter(|(_, entries)| entries.len() > 1) {
        let names: HashSet<String> = entries.iter().map(|at| fold(&slashes(&dataset.images[*at].file))).collect();
        let guessed = entries.iter().copied().filter(|at| all[*at].as_ref().is_ok_and(|(_, exact)| !exact));
        if names.len() > 1 {
            doubted.extend(guessed.map(|at| (at, format!(" ({path:?} fits it and another entry as well)"))));
        }
    }
    for (at, why) in doubted {
        all[at] = Err(why);
    }
    all.into_iter().map(|found| found.map(|(path, _)| path)).collect()
}

/// How a picture was found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sure {
    Exact,
    Guessed,
    Renamed,
}

fn resolve(project: &Project, pictures: &Pictures, image: &FoundImage) -> Result<(String, Sure), String> {
    let stored = |path: &PathBuf| {
        paths::relative(project.root(), path).unwrap_or_else(|| path.to_string_lossy().replace('\\', "/"))
    };
    let own = image.project_path.iter();
    let is_there = |path: &&String| project.document().image_at(path).is_some() || project.image_path(path).is_file();
    if let Some(path) = own.chain(Some(&image.file)).find(is_there) {
        return Ok((stored(&project.image_path(path)), Sure::Exact));
    }
    let names = |paths: &[PathBuf]| some_of(&paths.iter().map(stored).collect::<Vec<_>>());
    let found = match pictures.look(&image.file, None) {
        Found::Nowhere => match &image.project_path {
            Some(path) if *path != image.file => pictures.look(path, None),
            _ => Found::Nowhere,
        },
        found => found,
    };
    match found {
        Found::Exact(path) => Ok((stored(&path), Sure::Exact)),
        Found::Close(path) => Ok((stored(&path), Sure::Guessed)),
        Found::Renamed(path) => Ok((stored(&path), Sure::Renamed)),
        Found::Several(paths) => Err(format!(" for certain ({} fit equally well; say --images)", names(&paths))),
        Found::Elsewhere(paths) => Err(format!(" ({} has its name, but lies in another folder)", names(&paths))),
        Found::Nowhere => Err(String::new()),
    }
}

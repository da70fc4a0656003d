//! A data set into the project, as one transaction.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use super::Format;
use super::dataset::{Dataset, FoundClass, FoundImage, PictureFinder};
use super::options::ImportOptions;
use super::report::{FormatError, ImportReport};
use crate::document::{Class, ClassId, Document, ImageId, ImageRecord, Object, ObjectId};
use crate::edit::{Edit, Transaction};
use crate::media;
use crate::store::{Project, paths};

/// Takes over everything valid; ids are kept where they are free. An object that the project has already (same picture,
/// class and pixels) is not doubled.
pub(super) fn merge(
    project: &mut Project,
    format: Format,
    from: &Path,
    options: &ImportOptions,
    mut dataset: Dataset,
) -> Result<ImportReport, FormatError> {
    let mut transaction = Transaction::new(format!("Import {}", format.title()));
    let mut ids = FreeIds::new(project);
    let classes = place_classes(project.document(), &dataset.classes, &mut ids, &mut transaction);
    let new_classes = transaction.edits.len();
    let images = place_images(project, from, options, &mut dataset, &mut ids, &mut transaction);
    let mut touched: HashSet<ImageId> =
        images.iter().flatten().filter(|image| image.is_new).map(|image| image.id).collect();
    let mut next_z: HashMap<ImageId, i64> = HashMap::new();
    let (mut objects, mut doubles) = (0, 0);
    transaction.edits.reserve_exact(dataset.objects.len());
    for found in std::mem::take(&mut dataset.objects) {
        let Some(image) = &images[found.image] else {
            dataset.fault(found.place, "left out, because its picture was");
            continue;
        };
        if (found.mask.width(), found.mask.height()) != (image.width, image.height) {
            let (w, h) = (found.mask.width(), found.mask.height());
            let what = format!("left out: its mask is {w}x{h}, the picture {}x{}", image.width, image.height);
            dataset.fault(found.place, what);
            continue;
        }
        let (class, document) = (classes[found.class], project.document());
        if document.objects_of(image.id).any(|known| known.class == class && known.mask == found.mask) {
            doubles += 1;
            continue;
        }
        let next = next_z.entry(image.id).or_insert_with(|| project.document().top_z(image.id));
        let z = found.note.z.unwrap_or(*next);
        *next = (*next).max(z.saturating_add(1));
        touched.insert(image.id);
        objects += 1;
        let id = ObjectId(ids.object.keep_or_next(found.note.id));
        let mut object = Object { z, ..Object::new(id, image.id, class, found.mask) };
        found.note.into_object(&mut object);
        transaction.edits.push(Edit::Object { before: None, after: Some(object) });
    }
    if doubles > 0 {
        dataset.notes.push(format!("{doubles} objects are in the project already and were not doubled"));
    }
    let mut extra = project.document().extra().clone();
    for (key, value) in dataset.extra {
        extra.entry(key).or_insert(value);
    }
    if extra != *project.document().extra() {
        transaction.put_extra(project.document(), extra);
    }
    project.commit(transaction)?;
    let Dataset { faults, notes, .. } = dataset;
    Ok(ImportReport { images: touched.len(), objects, classes: new_classes, faults, notes })
}

/// Ids of one kind: a wanted one is kept if it was never used.
struct FreeId {
    from: i64,
    used: HashSet<i64>,
    next: i64,
}

impl FreeId {
    fn new(from: i64) -> Self {
        Self { from, used: HashSet::new(), next: from }
    }

    fn keep_or_next(&mut self, wanted: Option<i64>) -> i64 {
        if let Some(id) = wanted.filter(|&id| id >= self.from && id < MAX_KEPT_ID)
            && self.used.insert(id)
        {
            self.next = self.next.max(id + 1);
            return id;
        }
        let id = self.next;
        self.next += 1;
        self.used.insert(id);
        id
    }
}

/// Ids beyond what a JSON number holds exactly are replaced.
const MAX_KEPT_ID: i64 = 1 << 53;

struct FreeIds {
    class: FreeId,
    image: FreeId,
    object: FreeId,
}

impl FreeIds {
    fn new(project: &Project) -> Self {
        let (class, image, object) = project.peek_ids();
        Self { class: FreeId::new(class), image: FreeId::new(image), object: FreeId::new(object) }
    }
}

/// For every class of the data set the id in the project: by name, else a new class.
fn place_classes(
    document: &Document,
    found: &[FoundClass],
    ids: &mut FreeIds,
    transaction: &mut Transaction,
) -> Vec<ClassId> {
    let mut by_name: HashMap<&str, ClassId> = document.classes().iter().map(|c| (c.name.as_str(), c.id)).collect();
    let mut hotkeys: HashSet<u8> = document.classes().iter().filter_map(|class| class.hotkey).collect();
    let mut placed = Vec::with_capacity(found.len());
    for class in found {
        let id = *by_name.entry(&class.name).or_insert_with(|| {
            let note = &class.note;
            let id = ClassId(ids.class.keep_or_next(note.id));
            let color = note.color.unwrap_or_else(|| super::palette::class_color(id.0));
            let mut new = Class::new(id, class.name.clone(), color);
            new.supercategory.clone_from(&note.supercategory);
            new.hotkey = note.hotkey.filter(|key| (1..=9).contains(key) && hotkeys.insert(*key));
            new.attributes.clone_from(&note.attributes);
            new.extra = note.extra.clone();
            transaction.edits.push(Edit::Class { before: None, after: Some(new) });
            id
        });
        placed.push(id);
    }
    placed
}

/// Where a picture of the data set went.
struct Placed {
    id: ImageId,
    width: u32,
    height: u32,
    is_new: bool,
}

/// For every picture of the data set its record: an existing one, or a new one. `None` where the sizes contradict.
fn place_images(
    project: &Project,
    from: &Path,
    options: &ImportOptions,
    dataset: &mut Dataset,
    ids: &mut FreeIds,
    transaction: &mut Transaction,
) -> Vec<Option<Placed>> {
    let beside = from.parent().map(Path::to_path_buf);
    let own = from.is_dir().then(|| from.to_path_buf());
    let searched = options.images.clone().into_iter().chain([project.root().to_path_buf()]).chain(own);
    let finder = PictureFinder::new(searched, beside);
    let names = NameIndex::new(project.document());
    let mut new: BTreeMap<String, ImageRecord> = BTreeMap::new();
    let mut changed: BTreeMap<ImageId, (ImageRecord, ImageRecord)> = BTreeMap::new();
    let mut placed = Vec::with_capacity(dataset.images.len());
    for at in 0..dataset.images.len() {
        let found = dataset.images[at].clone();
        let (mut record, is_new) = match resolve(project, &finder, &names, &found) {
            Resolved::Known(record) => match changed.get(&record.id) {
                Some((_, changed)) => (changed.clone(), false),
                None => (*record, false),
            },
            Resolved::File(path) => match new.get(&path) {
                Some(record) => (record.clone(), true),
                None => (new_record(project, path, ids, &found), true),
            },
            Resolved::Nowhere => {
                dataset.fault(&found.place, format!("picture {:?} not found; kept and marked missing", found.file));
                let mut record = new
                    .get(&found.file)
                    .cloned()
                    .unwrap_or_else(|| ImageRecord::new(ImageId(ids.image.keep_or_next(found.id)), found.file.clone()));
                record.missing = true;
                (record, true)
            }
        };
        let contradiction =
            found.width > 0 && record.width > 0 && (found.width, found.height) != (record.width, record.height);
        if contradiction {
            let (w, h) = (found.width, found.height);
            let turned = if (h, w) == (record.width, record.height) { " (orientation tag?)" } else { "" };
            let what = format!("left out: it says {w}x{h}, the picture is {}x{}{turned}", record.width, record.height);
            dataset.fault(&found.place, what);
            placed.push(None);
            continue;
        }
        let before = record.clone();
        if record.width == 0 {
            (record.width, record.height) = (found.width, found.height);
        }
        found.note.add_to(&mut record);
        placed.push(Some(Placed { id: record.id, width: record.width, height: record.height, is_new }));
        if is_new {
            new.insert(record.path.clone(), record);
        } else if before != record {
            changed.entry(record.id).or_insert_with(|| (before, record.clone())).1 = record.clone();
        }
    }
    let changed = changed.into_values();
    transaction.edits.extend(changed.map(|(before, after)| Edit::Image { before: Some(before), after: Some(after) }));
    let added = new.into_values().map(|record| Edit::Image { before: None, after: Some(record) });
    transaction.edits.extend(added);
    placed
}

fn new_record(project: &Project, path: String, ids: &mut FreeIds, found: &FoundImage) -> ImageRecord {
    let mut record = ImageRecord::new(ImageId(ids.image.keep_or_next(found.id)), path);
    // A file that cannot be read keeps the size that the data set claims.
    if let Ok(info) = media::probe(&project.image_path(&record.path)) {
        (record.width, record.height) = (info.width, info.height);
    }
    record
}

enum Resolved {
    Known(Box<ImageRecord>),
    File(String),
    Nowhere,
}

fn resolve(project: &Project, finder: &PictureFinder, names: &NameIndex<'_>, found: &FoundImage) -> Resolved {
    let document = project.document();
    let by_path = found.project_path.iter().chain([&found.file]).find_map(|path| document.image_at(path));
    let by_path = by_path.or_else(|| names.by_path(&found.file).and_then(|id| document.image(id)));
    if let Some(record) = by_path {
        return Resolved::Known(Box::new(record.clone()));
    }
    if let Some(path) = finder.find(&found.file) {
        let stored =
            paths::relative(project.root(), &path).unwrap_or_else(|| path.to_string_lossy().replace('\\', "/"));
        return match document.image_at(&stored) {
            Some(record) => Resolved::Known(Box::new(record.clone())),
            None => Resolved::File(stored),
        };
    }
    match names.only(&found.file).and_then(|id| document.image(id)) {
        Some(record) => Resolved::Known(Box::new(record.clone())),
        None => Resolved::Nowhere,
    }
}

/// Pictures of the project by name, by stem and by path without extension, where these are unique.
pub(super) struct NameIndex<'a> {
    by_name: HashMap<&'a str, Option<ImageId>>,
}

impl<'a> NameIndex<'a> {
    pub(super) fn new(document: &'a Document) -> Self {
        let mut by_name: HashMap<&str, Option<ImageId>> = HashMap::new();
        for image in document.images() {
            let path_stem = &image.path[..image.path.len() - image.file_name().len() + image.stem().len()];
            let keys = HashSet::from([image.file_name(), image.stem(), path_stem]);
            for key in keys {
                by_name.entry(key).and_modify(|id| *id = None).or_insert(Some(image.id));
            }
        }
        Self { by_name }
    }

    /// The only picture with this path (without extension), else with this file name or stem.
    pub(super) fn only(&self, file: &str) -> Option<ImageId> {
        let name = file.rsplit('/').next().unwrap_or(file);
        self.by_path(file).or_else(|| self.by_name.get(name).copied().flatten())
    }

    /// The only picture with this path, extension left out.
    fn by_path(&self, file: &str) -> Option<ImageId> {
        self.by_name.get(file).copied().flatten()
    }
}

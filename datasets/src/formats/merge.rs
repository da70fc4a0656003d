//! A data set into the project, as one transaction.

use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{Hash as _, Hasher as _};

use serde_json::Value;

use super::dataset::{Dataset, FoundClass};
use super::options::ImportOptions;
use super::pictures::Pictures;
use super::placing::place_images;
use super::report::{FormatError, ImportReport};
use super::{Format, kept, orient};
use crate::document::{Class, ClassColors, ClassId, Document, ImageId, ImageRecord, ImageState, Object, ObjectId};
use crate::edit::{Edit, Transaction};
use crate::raster::Mask;
use crate::store::scan::NO_PICTURES;
use crate::store::{LAST_COUNTED, Project, paths};

/// Takes over everything valid; ids are kept where they are free. An object that the project has already (same picture,
/// class and pixels) is not doubled.
pub(super) fn merge(
    project: &mut Project,
    format: Format,
    pictures: &Pictures,
    options: &ImportOptions,
    mut dataset: Dataset,
) -> Result<ImportReport, FormatError> {
    let mut transaction = Transaction::new(format!("Import {}", format.title()));
    let mut ids = FreeIds::new(project);
    let classes = place_classes(project.document(), &dataset.classes, &mut ids, &mut transaction, &mut dataset.notes);
    let new_classes = transaction.edits.len();
    let images = place_images(project, pictures, options, &mut dataset, &mut ids.image, &mut transaction);
    let mut touched: HashSet<ImageId> =
        images.iter().flatten().filter(|image| image.is_new).map(|image| image.id).collect();
    let mut next_z: HashMap<ImageId, i64> = HashMap::new();
    let mut known = Known::default();
    let (mut objects, mut doubles, mut twice) = (0, 0, 0);
    transaction.edits.reserve_exact(dataset.objects.len());
    for mut found in std::mem::take(&mut dataset.objects) {
        let Some(image) = &images[found.image] else {
            dataset.fault(found.place, "left out, because its picture was");
            continue;
        };
        if image.turn > 1 {
            match orient::upright(&found.mask, image.turn) {
                Ok(mask) => found.mask = mask,
                Err(error) => {
                    dataset.fault(found.place, format!("left out: it cannot be turned: {error}"));
                    continue;
                }
            }
        }
        if (found.mask.width(), found.mask.height()) != (image.width, image.height) {
            let (w, h) = (found.mask.width(), found.mask.height());
            let what = format!("left out: its mask is {w}x{h}, the picture {}x{}", image.width, image.height);
            dataset.fault(found.place, what);
            continue;
        }
        let class = classes[found.class];
        match known.look(project.document(), image.id, class, &found.mask) {
            Seen::InProject => {
                doubles += 1;
                continue;
            }
            Seen::InDataset => twice += 1,
            Seen::Never => {}
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
    let too_large = ids.class.too_large + ids.image.too_large + ids.object.too_large;
    if too_large > 0 {
        dataset.notes.push(format!(
            "{too_large} ids are {MAX_KEPT_ID} or larger, more than other programs hold; new ones were given"
        ));
    }
    if doubles > 0 {
        dataset.notes.push(format!("{doubles} objects are in the project already and were not doubled"));
    }
    if twice > 0 {
        dataset.notes.push(format!("{twice} objects are in the data set twice: same picture, class and pixels"));
    }
    let kept: usize = dataset.images.iter().map(|image| kept::of(&image.note.extra, format).len()).sum();
    let kept = kept + kept::of(&dataset.extra, format).len();
    if kept > 0 {
        dataset.notes.push(format!(
            "{kept} points, lines, texts and the like have no area; they are kept and go back with an export as {format}"
        ));
    }
    note_masks(project, &mut dataset, &mut transaction);
    let Dataset { faults, notes, .. } = dataset;
    project.commit(transaction)?;
    Ok(ImportReport { images: touched.len(), objects, classes: new_classes, faults, notes })
}

/// Fields of the whole data set, and which files are masks: those are no pictures to annotate.
fn note_masks(project: &Project, dataset: &mut Dataset, transaction: &mut Transaction) {
    let document = project.document();
    let mut extra = document.extra().clone();
    for (key, value) in std::mem::take(&mut dataset.extra) {
        match extra.get_mut(&key) {
            Some(known) if key == kept::KEPT => kept::add(known, value),
            Some(_) => {}
            None => drop(extra.insert(key, value)),
        }
    }
    let placed: HashSet<String> = transaction
        .edits
        .iter()
        .filter_map(|edit| match edit {
            Edit::Image { after: Some(image), .. } => Some(image.path.clone()),
            _ => None,
        })
        .collect();
    let stored = dataset.masks.iter().filter_map(|path| paths::relative(project.root(), path));
    let masks: BTreeSet<String> = stored.filter(|path| !path.starts_with("..") && !placed.contains(path)).collect();
    if !masks.is_empty() {
        let is_idle = |image: &&ImageRecord| {
            image.state == ImageState::Open && image.remark.is_empty() && document.object_count_of(image.id) == 0
        };
        let taken: Vec<&ImageRecord> =
            masks.iter().filter_map(|path| document.image_at(path)).filter(is_idle).collect();
        if !taken.is_empty() {
            let count = taken.len();
            dataset.notes.push(format!("{count} masks were pictures of the project; they are no longer"));
        }
        transaction
            .edits
            .extend(taken.into_iter().map(|image| Edit::Image { before: Some(image.clone()), after: None }));
        let known = extra.get(NO_PICTURES).and_then(Value::as_array).into_iter().flatten();
        let all: BTreeSet<String> = known.filter_map(Value::as_str).map(str::to_owned).chain(masks).collect();
        extra.insert(NO_PICTURES.to_owned(), all.into_iter().collect::<Vec<_>>().into());
    }
    if extra != *document.extra() {
        transaction.put_extra(document, extra);
    }
}

/// Objects by picture, class and pixels; one look costs the same however many there are.
#[derive(Default)]
struct Known {
    indexed: HashSet<ImageId>,
    seen: HashMap<(ImageId, ClassId, u64), Vec<(Mask, bool)>>,
}

enum Seen {
    InProject,
    InDataset,
    Never,
}

impl Known {
    /// Whether the project or the data set so far has the object; it is remembered.
    fn look(&mut self, document: &Document, image: ImageId, class: ClassId, mask: &Mask) -> Seen {
        if self.indexed.insert(image) {
            for object in document.objects_of(image) {
                let list = self.seen.entry((image, object.class, fingerprint(&object.mask))).or_default();
                list.push((object.mask.clone(), true));
            }
        }
        let list = self.seen.entry((image, class, fingerprint(mask))).or_default();
        match list.iter().find(|(known, _)| known == mask) {
            Some((_, true)) => Seen::InProject,
            Some((_, false)) => Seen::InDataset,
            None => {
                list.push((mask.clone(), false));
                Seen::Never
            }
        }
    }
}

fn fingerprint(mask: &Mask) -> u64 {
    let mut hasher = DefaultHasher::new();
    for span in mask.spans() {
        (span.y, span.x0, span.x1).hash(&mut hasher);
    }
    hasher.finish()
}

/// Ids of one kind: a wanted one is kept if it was never used.
pub(super) struct FreeId {
    lowest: i64,
    used: HashSet<i64>,
    next: i64,
    /// Ids that were too large to be kept.
    too_large: usize,
}

impl FreeId {
    fn new(from: i64) -> Self {
        Self { lowest: from, used: HashSet::new(), next: from, too_large: 0 }
    }

    pub(super) fn keep_or_next(&mut self, wanted: Option<i64>) -> i64 {
        if let Some(id) = wanted.filter(|&id| id >= self.lowest && id < MAX_KEPT_ID)
            && self.used.insert(id)
        {
            self.next = self.next.max(id + 1);
            return id;
        }
        self.too_large += usize::from(wanted.is_some_and(|id| id >= MAX_KEPT_ID));
        let id = self.next;
        self.next += 1;
        self.used.insert(id);
        id
    }
}

/// Ids from here on are replaced: other programs keep them in 32 bits.
const MAX_KEPT_ID: i64 = LAST_COUNTED;

struct FreeIds {
    class: FreeId,
    image: FreeId,
    object: FreeId,
}

impl FreeIds {
    fn new(project: &Project) -> Self {
        let (class, image, object) = project.peek_ids();
        let mut class = FreeId::new(class);
        // Where there is no class yet, a data set may count its classes from 0.
        if class.lowest == 1 && project.document().class_count() == 0 {
            class.lowest = 0;
        }
        Self { class, image: FreeId::new(image), object: FreeId::new(object) }
    }
}

/// For every class of the data set the id in the project: by name, else a new class.
fn place_classes(
    document: &Document,
    found: &[FoundClass],
    ids: &mut FreeIds,
    transaction: &mut Transaction,
    notes: &mut Vec<String>,
) -> Vec<ClassId> {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    found.iter().for_each(|class| *seen.entry(&class.name).or_default() += 1);
    for class in found {
        if let Some(count) = seen.remove(class.name.as_str()).filter(|count| *count > 1) {
            notes.push(format!("{count} categories have the same name {:?}; they are one class here", class.name));
        }
    }
    let mut by_name: HashMap<&str, ClassId> = document.classes().iter().map(|c| (c.name.as_str(), c.id)).collect();
    let mut hotkeys: HashSet<u8> = document.classes().iter().filter_map(|class| class.hotkey).collect();
    let own = found.iter().filter_map(|class| class.note.color);
    let mut colors = ClassColors::without(document.classes().iter().map(|class| class.color).chain(own));
    let mut placed = Vec::with_capacity(found.len());
    for class in found {
        let id = *by_name.entry(&class.name).or_insert_with(|| {
            let note = &class.note;
            let id = ClassId(ids.class.keep_or_next(note.id));
            let color = note.color.unwrap_or_else(|| colors.take());
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

//! A decoded data set against the project it came from, or against itself.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use super::dataset::{Dataset, FoundObject, Origin};
use super::outlines::LEAST_IOU;
use super::part;
use super::pictures::Pictures;
use super::report::{Fault, ObjectCheck, VerifyReport};
use crate::document::{Document, ImageId, Object, ObjectId};
use crate::raster::Mask;
use crate::store::{Project, paths};

/// What a format can hold of the objects of one picture.
pub(super) type Holdable<'a> = &'a dyn Fn(&Document, ImageId, &Origin) -> Vec<(ObjectId, Mask)>;

/// Without a project: every mask must survive being written and read again.
pub(super) fn in_itself(dataset: Dataset) -> VerifyReport {
    let name = |object: &FoundObject| label(object.note.id, &dataset.classes[object.class].name);
    let objects = dataset
        .objects
        .iter()
        .map(|object| {
            let mask = &object.mask;
            let written = mask.to_rle_string();
            let again = written.and_then(|text| Mask::from_rle_string(mask.width(), mask.height(), &text));
            let iou = again.as_ref().ok().map(|again| mask.iou(again));
            ObjectCheck {
                image: dataset.images[object.image].file.clone(),
                object: name(object),
                iou,
                iou_of_holdable: iou,
                fault: again.err().map(|error| error.to_string()),
            }
        })
        .collect();
    VerifyReport { project: None, objects, faults: dataset.faults, notes: dataset.notes, damage: None }
}

/// Against the project: every object of both sides.
pub(super) fn against(project: &Project, path: &Path, dataset: Dataset, holdable: Holdable<'_>) -> VerifyReport {
    let origin = dataset.origin.clone().unwrap_or_default();
    let options = origin.part.options(origin.only_done);
    let part = options.as_ref().map(|options| part::of(project.document(), options));
    let document = part.as_deref().unwrap_or(project.document());
    let known = document.images().iter().map(|image| project.image_path(&image.path));
    let names = Pictures::new(project.searched_root().map(Path::to_path_buf), None, known);
    let root = project.root().to_path_buf();
    let mut report = VerifyReport {
        project: Some(path.to_path_buf()),
        faults: dataset.faults.clone(),
        notes: dataset.notes.clone(),
        damage: project.notice().filter(|_| project.is_rescued()).map(str::to_owned),
        ..VerifyReport::default()
    };
    let mut found_of: BTreeMap<usize, Vec<&FoundObject>> = BTreeMap::new();
    for object in &dataset.objects {
        found_of.entry(object.image).or_default().push(object);
    }
    let mut seen = BTreeSet::new();
    for (at, image) in dataset.images.iter().enumerate() {
        let by_path = image.project_path.iter().chain([&image.file]).find_map(|path| document.image_at(path));
        let by_name = || {
            let path = names.find(&image.file)?;
            document.image_at(&paths::relative(&root, &path)?)
        };
        let record = by_path.or_else(by_name);
        let found = found_of.remove(&at).unwrap_or_default();
        match record {
            Some(record) => {
                seen.insert(record.id);
                let expected = holdable(document, record.id, &origin);
                compare_image(document, record.id, &dataset, found, expected, &origin, &mut report);
            }
            None => report.faults.push(Fault::new(&image.place, format!("{:?} is not in the project", image.file))),
        }
    }
    for image in document.images() {
        let wanted = options.as_ref().is_some_and(|options| options.takes_image(document, image));
        let objects = document.objects_of(image.id).filter(|object| !object.mask.is_empty()).count();
        if wanted && objects > 0 && !seen.contains(&image.id) {
            report.faults.push(Fault::new(&image.path, format!("its {objects} objects are missing in the data set")));
        }
    }
    report
}

fn compare_image(
    document: &Document,
    image: ImageId,
    dataset: &Dataset,
    found: Vec<&FoundObject>,
    holdable: Vec<(ObjectId, Mask)>,
    origin: &Origin,
    report: &mut VerifyReport,
) {
    let path = document.image(image).map_or_else(String::new, |record| record.path.clone());
    let holdable: HashMap<ObjectId, Mask> = holdable.into_iter().collect();
    let objects: Vec<&Object> = document.objects_of(image).filter(|object| !object.mask.is_empty()).collect();
    let (pairs, strangers) = pair_up(&objects, found, &holdable);
    for object in objects {
        let class = document.class(object.class).map_or("?", |class| class.name.as_str());
        let can_hold = holdable.get(&object.id).unwrap_or(&object.mask);
        let mut check = ObjectCheck {
            image: path.clone(),
            object: label(Some(object.id.0), class),
            iou: None,
            iou_of_holdable: None,
            fault: None,
        };
        match pairs.get(&object.id) {
            Some(found) => {
                check.iou = Some(object.mask.iou(&found.mask));
                // Within the tolerance that was asked for, the outline is what was to be written.
                let is_near = !origin.tolerance.is_off() && can_hold.iou(&found.mask) >= LEAST_IOU;
                let can_hold = if is_near { &found.mask } else { can_hold };
                check.iou_of_holdable = Some(can_hold.iou(&found.mask));
                let found_class = &dataset.classes[found.class].name;
                if found_class != class {
                    check.fault = Some(format!("its class became {found_class:?}"));
                } else if found.mask != *can_hold {
                    let wrong = found.mask.subtract(can_hold).area() + can_hold.subtract(&found.mask).area();
                    check.fault = Some(format!("{wrong} pixels differ"));
                }
            }
            None if can_hold.is_empty() => {
                (check.iou, check.iou_of_holdable) = (Some(0.0), Some(1.0));
                report.notes.push(format!("{path}: object {} is covered completely by others", check.object));
            }
            None => check.fault = Some("missing in the data set".to_owned()),
        }
        report.objects.push(check);
    }
    for stranger in strangers {
        let class = &dataset.classes[stranger.class].name;
        report.objects.push(ObjectCheck {
            image: path.clone(),
            object: label(stranger.note.id, class),
            iou: None,
            iou_of_holdable: None,
            fault: Some("not in the project".to_owned()),
        });
    }
}

/// Pairs by id where the data set carries ids of this picture's objects, the rest by the largest IoU.
fn pair_up<'f>(
    objects: &[&Object],
    found: Vec<&'f FoundObject>,
    holdable: &HashMap<ObjectId, Mask>,
) -> (HashMap<ObjectId, &'f FoundObject>, Vec<&'f FoundObject>) {
    let mut pairs = HashMap::new();
    let mut rest = Vec::new();
    for item in found {
        let id = item.note.id.map(ObjectId).filter(|id| objects.iter().any(|object| object.id == *id));
        match id {
            Some(id) if !pairs.contains_key(&id) => drop(pairs.insert(id, item)),
            _ => rest.push(item),
        }
    }
    let mut strangers = Vec::new();
    for item in rest {
        let free = objects.iter().filter(|object| !pairs.contains_key(&object.id));
        let scored = free.map(|object| (holdable.get(&object.id).unwrap_or(&object.mask).iou(&item.mask), object.id));
        let best = scored.filter(|(iou, _)| *iou > 0.0).max_by(|a, b| a.0.total_cmp(&b.0));
        match best {
            Some((_, id)) => drop(pairs.insert(id, item)),
            None => strangers.push(item),
        }
    }
    (pairs, strangers)
}

fn label(id: Option<i64>, class: &str) -> String {
    match id {
        Some(id) => format!("{id} {class}"),
        None => class.to_owned(),
    }
}

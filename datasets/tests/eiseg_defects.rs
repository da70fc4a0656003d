//! The defects of EISeg that concern data, each with a test that shows that Limn does not have them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::path::{Path, PathBuf};

use common::{folder, mask, project};
use limn_datasets::{
    Class, ClassId, ExportOptions, Format, FormatError, ImageRecord, ImportOptions, Mask, NoProgress, Object, ObjectId,
    Progress, Project, Transaction, export, import, verify,
};
use serde_json::Value;

fn target(base: &Path, format: Format) -> PathBuf {
    let folder = base.join(format.name());
    format.file().map_or_else(|| folder.clone(), |file| folder.join(file))
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn disc(radius: i64) -> Mask {
    let side = 2 * radius as u32 + 4;
    let centre = radius + 2;
    mask(side, side, |x, y| (x - centre).pow(2) + (y - centre).pow(2) <= radius * radius)
}

/// A project in memory with one picture of the mask's size and one object.
fn with_object(folder: &Path, mask: Mask) -> Project {
    let mut project = Project::create(&folder.join("one.limn"), folder).unwrap();
    let mut t = Transaction::new("one");
    t.put_class(project.document(), Class::new(ClassId(1), "thing", [9, 9, 9]));
    let mut image = ImageRecord::new(project.next_image_id(), "wide.png");
    (image.width, image.height) = (mask.width(), mask.height());
    let object = Object::new(project.next_object_id(), image.id, ClassId(1), mask);
    t.put_image(project.document(), image);
    t.put_object(project.document(), object);
    project.commit(t).unwrap();
    project
}

/// 1: undoing a click marked everything as saved; an object finished before was never written.
#[test]
fn undo_of_the_newest_leaves_what_was_finished_before_on_disk() {
    let (_base, pictures) = folder();
    let mut first = project(&pictures, false);
    let path = first.path().unwrap().to_path_buf();
    let image = first.document().image_at("empty.png").unwrap().id;
    let add = |project: &mut Project, x: i64| {
        let object = Object::new(project.next_object_id(), image, ClassId(1), mask(8, 9, |at, _| at == x));
        let mut t = Transaction::new("finish an object");
        t.put_object(project.document(), object);
        project.commit(t).unwrap();
    };
    add(&mut first, 1);
    add(&mut first, 2);
    first.undo().unwrap();
    drop(first);
    let again = Project::open(&path).unwrap();
    let masks: Vec<Mask> = again.document().objects_of(image).map(|object| object.mask.clone()).collect();
    assert_eq!(masks, [mask(8, 9, |at, _| at == 1)]);
}

/// 2: the grid over large pictures lost a strip at the right and at the bottom (10,000 px: the last 216).
#[test]
fn the_last_strip_of_a_large_picture_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let corner = Mask::from_spans(
        10_000,
        2_001,
        (1_700..2_001).map(|y| limn_datasets::Span { y, x0: 9_784, x1: 10_000 }).collect(),
    );
    let first = with_object(folder.path(), corner.clone());
    // Those that write whole pictures of 20 million pixels are tried with small ones elsewhere.
    for format in [Format::Coco, Format::Cvat, Format::Datumaro, Format::Labelme, Format::Yolo, Format::Eiseg] {
        let to = target(folder.path(), format);
        export(&first, format, &to, &ExportOptions::default(), &NoProgress).unwrap();
        let check = verify(format, &to, None, None, &NoProgress).unwrap();
        assert!(check.is_exact() && check.objects.len() == 1, "{format}: {check:?}");
    }
    assert_eq!(first.document().objects().next().unwrap().mask.area(), 216 * 301);
}

/// 3: a label's place in the list was taken for its number; after deletes classes were wrong or the program crashed.
#[test]
fn classes_are_known_by_their_ids_not_their_places() {
    let (base, pictures) = folder();
    let mut first = project(&pictures, false);
    let mut t = Transaction::new("delete the first class");
    for id in first.document().objects().filter(|o| o.class == ClassId(1)).map(|o| o.id).collect::<Vec<_>>() {
        t.remove_object(first.document(), id);
    }
    t.remove_class(first.document(), ClassId(1));
    first.commit(t).unwrap();
    let names = |project: &Project| -> Vec<(ObjectId, String)> {
        let name = |object: &Object| project.document().class(object.class).unwrap().name.clone();
        project.document().objects().map(|object| (object.id, name(object))).collect()
    };
    for format in Format::ALL.iter().copied().filter(|format| format.can_import()) {
        let to = target(base.path(), format);
        export(&first, format, &to, &ExportOptions::default(), &NoProgress).unwrap();
        let file = base.path().join(format!("{format}.limn"));
        let mut second = Project::create(&file, &pictures).unwrap();
        second.rescan().unwrap();
        import(&mut second, format, &to, &ImportOptions::default(), &NoProgress).unwrap();
        assert_eq!(names(&first), names(&second), "{format}");
        assert_eq!(first.document().classes(), second.document().classes(), "{format}");
    }
    let new = first.next_class_id();
    assert_eq!(new, ClassId(4), "the number of a deleted class is not given again");
}

/// No longer wants the result from the first moment on.
struct Stop;

impl Progress for Stop {
    fn report(&self, _: u64, _: u64, _: &str) {}

    fn cancelled(&self) -> bool {
        true
    }
}

/// All files below a folder with their content.
fn snapshot(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            out.extend(snapshot(&path));
        } else {
            out.push((path.clone(), std::fs::read(&path).unwrap()));
        }
    }
    out.sort();
    out
}

/// 4: `annotations.json` was written in place; a crash while it was written lost the labels of the whole folder.
#[test]
fn a_stopped_export_leaves_the_former_one() {
    let (base, pictures) = folder();
    let mut first = project(&pictures, true);
    let out = base.path().join("out");
    for &format in Format::ALL {
        export(&first, format, &target(&out, format), &ExportOptions::default(), &NoProgress).unwrap();
    }
    let before = snapshot(&out);
    first.undo().unwrap();
    for &format in Format::ALL {
        let stopped = export(&first, format, &target(&out, format), &ExportOptions::default(), &Stop);
        assert!(matches!(stopped, Err(FormatError::Cancelled)), "{format}: {stopped:?}");
    }
    assert!(snapshot(&out) == before, "the former exports are as they were");
}

/// 5: switching a save format or the folder cleared the labels.
#[test]
fn exports_of_all_formats_change_nothing_and_stand_side_by_side() {
    let (base, pictures) = folder();
    let first = project(&pictures, true);
    let before = first.document().clone();
    for _ in 0..2 {
        for &format in Format::ALL {
            export(&first, format, &target(base.path(), format), &ExportOptions::default(), &NoProgress).unwrap();
        }
    }
    assert_eq!(first.document(), &before);
    for &format in Format::ALL {
        let check = verify(format, &target(base.path(), format), None, None, &NoProgress).unwrap();
        assert!(check.is_exact(), "{format}: {check:?}");
    }
}

/// 6: only the first ring was read, holes became keyholes and parts became objects; small discs became triangles
/// (r = 5: IoU 0.25, r = 12: 0.60).
#[test]
fn holes_parts_and_small_things_are_exact() {
    let ring = |x: i64, y: i64, cx: i64| (9..=81).contains(&((x - cx).pow(2) + (y - 12).pow(2)));
    let two_rings = mask(60, 25, |x, y| ring(x, y, 12) || ring(x, y, 40));
    for (name, wanted) in [("r5", disc(5)), ("r12", disc(12)), ("r20", disc(20)), ("two rings", two_rings)] {
        let folder = tempfile::tempdir().unwrap();
        let first = with_object(folder.path(), wanted.clone());
        for format in Format::ALL.iter().copied().filter(|f| f.can_import() && *f != Format::YoloBoxes) {
            let to = target(folder.path(), format);
            export(&first, format, &to, &ExportOptions::default(), &NoProgress).unwrap();
            let mut second = Project::in_memory(folder.path());
            let report = import(&mut second, format, &to, &ImportOptions::default(), &NoProgress).unwrap();
            let masks: Vec<Mask> = second.document().objects().map(|object| object.mask.clone()).collect();
            assert_eq!(masks, std::slice::from_ref(&wanted), "{name} {format}: one object, exact; {:?}", report.faults);
        }
    }
}

/// 7: paths with Chinese characters were refused or could not be read.
#[test]
fn any_script_in_paths_and_names() {
    let base = tempfile::tempdir().unwrap();
    let pictures = base.path().join("图像 Ünï/кадры");
    std::fs::create_dir_all(&pictures).unwrap();
    let first = project(&pictures, false);
    for &format in Format::ALL {
        let to = target(&base.path().join("出力 é"), format);
        export(&first, format, &to, &ExportOptions::default(), &NoProgress).unwrap();
        let check = verify(format, &to, None, None, &NoProgress).unwrap();
        assert!(check.is_exact() && check.objects.iter().any(|o| o.image == "ünïcode 图.png"), "{format}: {check:?}");
    }
}

/// 8: pictures of one name in two folders were one; area and box were 0; width and height were swapped; `info` was a
/// text.
#[test]
fn names_sizes_areas_and_boxes_are_right() {
    let (base, pictures) = folder();
    let first = project(&pictures, false);
    for format in [Format::Coco, Format::Eiseg] {
        let to = target(base.path(), format);
        export(&first, format, &to, &ExportOptions::default(), &NoProgress).unwrap();
        let data = json(&to);
        assert!(data["info"].is_object() && data["licenses"].is_array());
        let images = data["images"].as_array().unwrap();
        let mut names: Vec<&str> = images.iter().map(|image| image["file_name"].as_str().unwrap()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), first.document().image_count(), "{format}: two folders hold a deep.png");
        for image in images {
            let record = first.document().images().iter().find(|record| record.id.0 == image["id"]).unwrap();
            let size = (image["width"].as_u64(), image["height"].as_u64());
            assert_eq!(size, (Some(record.width.into()), Some(record.height.into())));
        }
        for annotation in data["annotations"].as_array().unwrap() {
            let bbox: [u32; 4] = serde_json::from_value(annotation["bbox"].clone()).unwrap();
            assert!(annotation["area"].as_u64() > Some(0) && bbox[2] > 0 && bbox[3] > 0, "{annotation}");
            assert!(annotation["id"].as_u64() >= Some(1) && annotation["category_id"].as_u64() >= Some(1));
        }
    }
}

/// 9: every click kept float maps of the whole picture; memory grew. The history here is limited by bytes.
#[test]
fn the_history_does_not_grow_without_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = with_object(folder.path(), common::noise(64, 64, 1));
    first.set_history_limit(20_000);
    let image = first.document().images()[0].id;
    for seed in 0..200 {
        let mut t = Transaction::new("change");
        let object = Object::new(ObjectId(1), image, ClassId(1), common::noise(64, 64, seed + 2));
        t.put_object(first.document(), object);
        first.commit(t).unwrap();
    }
    let mut steps = 0;
    while first.undo().unwrap().is_some() {
        steps += 1;
    }
    // An entry holds the mask before and after, about 1.5 kB each.
    assert!((2..20).contains(&steps), "{steps} steps can be undone");
}

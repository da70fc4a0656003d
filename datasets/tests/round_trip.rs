//! Out and in again: every format, with holes, parts, single pixels, empty pictures, unicode and spaces.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::path::Path;

use common::{folder, project};
use limn_datasets::{
    CocoSegmentation, ExportOptions, Format, FormatError, ImportOptions, Mask, MaskLayout, NoProgress, Object, Project,
    export, import, verify,
};

/// Objects in a comparable form: path, z, class name, mask and the rest, by picture and z.
fn objects(project: &Project) -> Vec<(String, i64, String, Mask, Object)> {
    let document = project.document();
    let mut out = Vec::new();
    for image in document.images() {
        for object in document.objects_of(image.id) {
            let class = document.class(object.class).unwrap().name.clone();
            out.push((image.path.clone(), object.z, class, object.mask.clone(), object.clone()));
        }
    }
    out
}

/// All files below a folder, relative, sorted.
fn files(folder: &Path) -> Vec<String> {
    fn walk(folder: &Path, prefix: &str, out: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                walk(&entry.path(), &format!("{name}/"), out);
            } else {
                out.push(name);
            }
        }
    }
    let mut out = Vec::new();
    walk(folder, "", &mut out);
    out.sort();
    out
}

fn options() -> ExportOptions {
    ExportOptions::default()
}

/// A second project on the same pictures, into which the export is read.
fn reimport(pictures: &Path, format: Format, from: &Path) -> Project {
    let file = pictures.parent().unwrap().join("second.limn");
    let mut second = Project::create(&file, pictures).unwrap();
    second.rescan().unwrap();
    let report = import(&mut second, format, from, &ImportOptions::default(), &NoProgress).unwrap();
    assert_eq!(report.faults, [], "{format}");
    second
}

fn assert_same_objects(first: &Project, second: &Project) {
    let (before, after) = (objects(first), objects(second));
    assert_eq!(before.len(), after.len());
    for (b, a) in before.iter().zip(&after) {
        assert_eq!((&b.0, b.1, &b.2), (&a.0, a.1, &a.2));
        assert_eq!(b.3.iou(&a.3), 1.0, "{} z {}", b.0, b.1);
        let (b, a) = (&b.4, &a.4);
        assert_eq!((b.difficult, b.truncated, b.hidden, b.crowd), (a.difficult, a.truncated, a.hidden, a.crowd));
        assert_eq!((&b.clicks, &b.model), (&a.clicks, &a.model));
    }
}

fn assert_verified(format: Format, target: &Path, count: usize) {
    let report = verify(format, target, None, None, &NoProgress).unwrap();
    assert!(report.project.is_some(), "the export names its project");
    assert_eq!(report.objects.len(), count);
    assert!(report.is_exact(), "{format}: {report:?}");
}

#[test]
fn coco_in_every_spelling() {
    let (base, pictures) = folder();
    let first = project(&pictures, true);
    for form in [CocoSegmentation::Auto, CocoSegmentation::Rle, CocoSegmentation::RleUncompressed] {
        let target = base.path().join(format!("{form:?}/instances.json"));
        let options = ExportOptions { segmentation: form, ..options() };
        let report = export(&first, Format::Coco, &target, &options, &NoProgress).unwrap();
        assert_eq!((report.images, report.objects, report.files), (5, 11, 1));
        assert_eq!(report.notes, [] as [String; 0]);
        assert_verified(Format::Coco, &target, 11);
        assert_eq!(verify(Format::Coco, &target, None, None, &NoProgress).unwrap().min_iou(), Some(1.0));
        let second = reimport(&pictures, Format::Coco, &target);
        assert_same_objects(&first, &second);
        assert_eq!(first.document().classes(), second.document().classes());
        let ids = |p: &Project| p.document().objects().map(|o| o.id).collect::<Vec<_>>();
        assert_eq!(ids(&first), ids(&second), "free ids are kept");
        drop(second);
        std::fs::remove_file(base.path().join("second.limn")).unwrap();
    }
}

#[test]
fn coco_polygons_say_which_objects_they_change() {
    let (base, pictures) = folder();
    let first = project(&pictures, false);
    let options = ExportOptions { segmentation: CocoSegmentation::Polygon, ..options() };
    let report = export(&first, Format::Coco, &base.path().join("p.json"), &options, &NoProgress).unwrap();
    let changed = report.notes.iter().filter(|note| note.contains("no holes")).count();
    assert!((1..9).contains(&changed), "{:?}", report.notes);
    let check = verify(Format::Coco, &base.path().join("p.json"), None, None, &NoProgress).unwrap();
    let below = check.objects.iter().filter(|object| object.iou < Some(1.0)).count();
    assert_eq!(below, changed, "verify finds exactly the objects that the export named");
}

#[test]
fn voc_keeps_what_does_not_overlap() {
    let (base, pictures) = folder();
    let first = project(&pictures, false);
    let target = base.path().join("VOC out");
    let options = ExportOptions { copy_images: true, ..options() };
    let report = export(&first, Format::Voc, &target, &options, &NoProgress).unwrap();
    assert_eq!((report.images, report.objects), (5, 9));
    assert_verified(Format::Voc, &target, 9);
    let written = files(&target);
    for name in [
        "Annotations/empty.xml",
        "Annotations/other_deep.xml",
        "ImageSets/Main/trainval.txt",
        "JPEGImages/ünïcode 图.png",
        "SegmentationClass/photo one.png",
        "SegmentationObject/sub folder_deep.png",
        "labelmap.txt",
        "limn-export.json",
    ] {
        assert!(written.iter().any(|file| file == name), "{name} is not among {written:?}");
    }
    assert!(!written.contains(&"SegmentationClass/empty.png".to_owned()));
    assert_eq!(std::fs::read_to_string(target.join("ImageSets/Segmentation/val.txt")).unwrap(), "");
    let second = reimport(&pictures, Format::Voc, &target);
    assert_same_objects(&first, &second);
    assert_eq!(second.document().objects().next().unwrap().extra["pose"], "Frontal");
}

#[test]
fn voc_gives_overlaps_to_the_topmost_and_says_so() {
    let (base, pictures) = folder();
    let first = project(&pictures, true);
    let target = base.path().join("voc");
    let report = export(&first, Format::Voc, &target, &options(), &NoProgress).unwrap();
    let lost: Vec<_> = report.notes.iter().filter(|note| note.contains("lost")).collect();
    assert_eq!(lost.len(), 4, "{:?}", report.notes);
    let check = verify(Format::Voc, &target, None, None, &NoProgress).unwrap();
    assert!(check.is_exact(), "{check:?}");
    assert_eq!(check.objects.iter().filter(|object| object.iou < Some(1.0)).count(), 4);
    let banded = ExportOptions { void_band: 3, ..options() };
    export(&first, Format::Voc, &target, &banded, &NoProgress).unwrap();
    assert!(verify(Format::Voc, &target, None, None, &NoProgress).unwrap().is_exact());
}

#[test]
fn masks_in_every_layout() {
    let (base, pictures) = folder();
    let first = project(&pictures, true);
    for layout in [MaskLayout::Objects, MaskLayout::Instances, MaskLayout::Classes] {
        let target = base.path().join(format!("{layout:?}"));
        let options = ExportOptions { mask_layout: layout, ..options() };
        export(&first, Format::Masks, &target, &options, &NoProgress).unwrap();
        assert_verified(Format::Masks, &target, 11);
    }
    let target = base.path().join("Objects");
    assert!(files(&target).contains(&"sub folder/deep#1.png".to_owned()), "{:?}", files(&target));
    let second = reimport(&pictures, Format::Masks, &target);
    assert_same_objects(&first, &second);
}

#[test]
fn masks_of_strangers_become_objects() {
    let (base, pictures) = folder();
    let first = project(&pictures, false);
    let target = base.path().join("m");
    for (layout, expected) in [(MaskLayout::Objects, 4), (MaskLayout::Classes, 4)] {
        let options = ExportOptions { mask_layout: layout, ..options() };
        export(&first, Format::Masks, &target, &options, &NoProgress).unwrap();
        std::fs::remove_file(target.join("limn-export.json")).unwrap();
        let second = reimport(&pictures, Format::Masks, &target);
        let found = objects(&second).into_iter().filter(|object| object.0 == "photo one.png").count();
        assert_eq!(found, expected, "{layout:?}");
        let names: Vec<&str> = second.document().classes().iter().map(|class| class.name.as_str()).collect();
        let named = if layout == MaskLayout::Objects {
            vec!["object"]
        } else {
            vec!["cat", "a <b> & \"c\" ü", "name with spaces"]
        };
        assert_eq!(names, named);
        drop(second);
        std::fs::remove_file(base.path().join("second.limn")).unwrap();
        std::fs::remove_dir_all(&target).unwrap();
    }
}

#[test]
fn an_export_removes_its_former_files_and_touches_no_picture() {
    let (base, pictures) = folder();
    let mut first = project(&pictures, false);
    let target = base.path().join("m");
    export(&first, Format::Masks, &target, &options(), &NoProgress).unwrap();
    let before = files(&target).len();
    assert!(first.undo().unwrap().is_some());
    std::fs::write(target.join("mine.txt"), "keep").unwrap();
    export(&first, Format::Masks, &target, &options(), &NoProgress).unwrap();
    assert!(before > 9);
    assert_eq!(files(&target), ["limn-export.json", "mine.txt"]);

    first.redo().unwrap();
    let classes = ExportOptions { mask_layout: MaskLayout::Classes, ..options() };
    let pictures_before = std::fs::read(pictures.join("empty.png")).unwrap();
    let error = export(&first, Format::Masks, &pictures, &classes, &NoProgress).unwrap_err();
    assert!(matches!(error, FormatError::WouldOverwrite { .. }), "{error}");
    assert_eq!(std::fs::read(pictures.join("empty.png")).unwrap(), pictures_before);
    assert!(!files(&pictures).iter().any(|file| file.contains(".tmp")));
}

#[test]
fn an_unreadable_picture_does_not_stop_an_export() {
    let (base, pictures) = folder();
    std::fs::create_dir_all(&pictures).unwrap();
    std::fs::write(pictures.join("broken.png"), "no picture").unwrap();
    let first = project(&pictures, false);
    for format in Format::ALL {
        let target = base.path().join(format!("{format}.json"));
        let report = export(&first, *format, &target, &options(), &NoProgress).unwrap();
        assert_eq!((report.images, report.objects), (5, 9), "{format}");
        assert!(report.notes.iter().any(|note| note.contains("broken.png")), "{:?}", report.notes);
    }
}

#[test]
fn an_export_beside_the_pictures_is_not_scanned() {
    let (_base, pictures) = folder();
    let mut first = project(&pictures, false);
    export(&first, Format::Masks, &pictures.join("masks"), &options(), &NoProgress).unwrap();
    export(&first, Format::Voc, &pictures.join("voc"), &ExportOptions { copy_images: true, ..options() }, &NoProgress)
        .unwrap();
    assert!(first.rescan().unwrap().is_empty());
}

#[test]
fn an_import_is_one_step_and_can_be_taken_back() {
    let (base, pictures) = folder();
    let first = project(&pictures, true);
    export(&first, Format::Coco, &base.path().join("c.json"), &options(), &NoProgress).unwrap();
    let mut second = reimport(&pictures, Format::Coco, &base.path().join("c.json"));
    let label = second.undo().unwrap().unwrap();
    assert!(label.starts_with("Import"), "{label}");
    assert_eq!((second.document().object_count(), second.document().class_count()), (0, 0));
    second.redo().unwrap();
    assert_same_objects(&first, &second);
    let report =
        import(&mut second, Format::Coco, &base.path().join("c.json"), &ImportOptions::default(), &NoProgress).unwrap();
    assert_eq!((report.objects, report.notes.len()), (0, 1), "a second time brings nothing new: {report:?}");
    assert_same_objects(&first, &second);
}

#[test]
fn a_changed_object_is_found_by_verify() {
    let (base, pictures) = folder();
    let mut first = project(&pictures, false);
    let target = base.path().join("c.json");
    export(&first, Format::Coco, &target, &options(), &NoProgress).unwrap();
    let mut object = first.document().objects().next().unwrap().clone();
    object.mask = object.mask.subtract(&common::mask(40, 30, |x, _| x < 6));
    let id = object.id;
    let mut t = limn_datasets::Transaction::new("change");
    t.put_object(first.document(), object);
    t.remove_object(first.document(), limn_datasets::ObjectId(id.0 + 1));
    first.commit(t).unwrap();
    let check = verify(Format::Coco, &target, None, None, &NoProgress).unwrap();
    assert!(!check.is_exact() && check.min_iou() < Some(1.0));
    let faults: Vec<_> = check.objects.iter().filter_map(|object| object.fault.clone()).collect();
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(
        faults.iter().any(|fault| fault.contains("pixels differ")) && faults.contains(&"not in the project".to_owned())
    );
    std::fs::remove_file(first.path().unwrap()).unwrap();
    let alone = verify(Format::Coco, &target, None, None, &NoProgress).unwrap();
    assert!(alone.project.is_none() && alone.is_exact() && alone.notes.len() == 1);
}

#[test]
fn cancelling_leaves_nothing() {
    struct Cancel;
    impl limn_datasets::Progress for Cancel {
        fn report(&self, _: u64, _: u64, _: &str) {}
        fn cancelled(&self) -> bool {
            true
        }
    }
    let (base, pictures) = folder();
    let mut first = project(&pictures, false);
    for format in Format::ALL {
        let target = base.path().join(format!("{format}.json"));
        let result = export(&first, *format, &target, &options(), &Cancel);
        assert!(matches!(result, Err(FormatError::Cancelled)));
        assert!(!target.exists());
        export(&first, *format, &target, &options(), &NoProgress).unwrap();
        let before = first.document().clone();
        let result = import(&mut first, *format, &target, &ImportOptions::default(), &Cancel);
        let refused = matches!(result, Err(FormatError::Unsupported { .. }));
        assert!(if format.can_import() { matches!(result, Err(FormatError::Cancelled)) } else { refused });
        assert_eq!(first.document(), &before);
    }
}

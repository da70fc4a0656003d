//! One small data set in every format as other programs write it (`tests/python/make_samples.py`): Limn reads the very
//! same masks and classes out of all of them.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::Path;

use limn_datasets::{Format, ImportOptions, ImportReport, NoProgress, Project, import};

const SAMPLES: [(&str, Format); 10] = [
    ("coco", Format::Coco),
    ("panoptic", Format::Panoptic),
    ("voc", Format::Voc),
    ("labelme", Format::Labelme),
    ("yolo", Format::Yolo),
    ("cvat", Format::Cvat),
    ("label_studio", Format::LabelStudio),
    ("datumaro", Format::Datumaro),
    ("eiseg", Format::Eiseg),
    ("masks", Format::Masks),
];

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/samples")
}

/// The sample in a project on pictures of the right sizes.
fn imported(name: &str, format: Format) -> (tempfile::TempDir, Project, ImportReport) {
    let base = tempfile::tempdir().unwrap();
    for (name, width, height) in [("a.png", 12, 10), ("b c.png", 9, 7)] {
        image::GrayImage::new(width, height).save(base.path().join(name)).unwrap();
    }
    let mut project = Project::open_folder(base.path()).unwrap();
    let report = import(&mut project, format, &folder().join(name), &ImportOptions::default(), &NoProgress).unwrap();
    (base, project, report)
}

#[test]
fn every_sample_is_read_as_it_was_meant() {
    let text = std::fs::read_to_string(folder().join("expected.json")).unwrap();
    let expected: BTreeMap<String, Vec<(String, String, String)>> = serde_json::from_str(&text).unwrap();
    assert_eq!(expected.len(), SAMPLES.len());
    for (name, format) in SAMPLES {
        let (_base, project, report) = imported(name, format);
        let document = project.document();
        let mut found: Vec<(String, String, String)> = document
            .objects()
            .map(|object| {
                let image = document.image(object.image).unwrap();
                let class = document.class(object.class).unwrap();
                (image.path.clone(), class.name.clone(), object.mask.to_rle_string().unwrap())
            })
            .collect();
        let mut wanted = expected[name].clone();
        found.sort();
        wanted.sort();
        assert_eq!(found, wanted, "{name}: {:?}", report.faults);
        assert_eq!(document.image_count(), 2, "{name}: {:?}", document.images());
        assert_eq!(report.faults, [], "{name}");
    }
}

#[test]
fn what_the_formats_say_besides_comes_along() {
    let (_base, project, _) = imported("cvat", Format::Cvat);
    let dog = project.document().objects().find(|object| object.z == 2).unwrap();
    assert_eq!((dog.group, &dog.attributes["occluded"]), (Some(2), &true.into()));
    let (_base, project, _) = imported("labelme", Format::Labelme);
    let image = project.document().image_at("a.png").unwrap();
    assert_eq!((&image.attributes["night"], &image.extra["myKey"]), (&false.into(), &serde_json::json!([1])));
    assert!(project.document().objects().filter(|object| object.attributes.contains_key("wet")).count() == 3);
    let (_base, project, _) = imported("eiseg", Format::Eiseg);
    let colors: Vec<_> = project.document().classes().iter().map(|class| (class.name.as_str(), class.color)).collect();
    assert_eq!(colors, [("cat", [200, 0, 0]), ("big dog", [0, 200, 0])]);
    let (_base, project, _) = imported("masks", Format::Masks);
    assert_eq!(project.document().class_named("big dog").unwrap().color, [40, 50, 60]);
}

//! Against pycocotools: run lengths, polygon filling and a data set, from the golden files that
//! `tests/python/make_golden.py` wrote.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use limn_datasets::raster::rle::{decode_counts, encode_counts};
use limn_datasets::{ExportOptions, Format, ImportOptions, Mask, NoProgress, Project, export, import};
use serde::Deserialize;
use serde_json::{Value, json};

fn golden(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    std::fs::read_to_string(path).unwrap()
}

#[derive(Deserialize)]
struct RleCase {
    width: u32,
    height: u32,
    rows: Option<Vec<String>>,
    counts: Vec<u64>,
    string: String,
    area: u64,
}

#[test]
fn run_lengths_equal_those_of_pycocotools() {
    let cases: Vec<RleCase> = serde_json::from_str(&golden("rle.json")).unwrap();
    assert!(cases.len() >= 10);
    for case in cases {
        let mask = Mask::from_rle_string(case.width, case.height, &case.string).unwrap();
        assert_eq!(mask, Mask::from_rle_counts(case.width, case.height, &case.counts).unwrap());
        assert_eq!(
            (mask.to_rle_counts().unwrap(), mask.to_coco_string().unwrap(), mask.area()),
            (case.counts.clone(), case.string.clone(), case.area)
        );
        assert_eq!((decode_counts(&case.string).unwrap(), encode_counts(&case.counts)), (case.counts, case.string));
        if let Some(rows) = case.rows {
            let bytes: Vec<u8> = rows.iter().flat_map(|row| row.bytes().map(|byte| byte - b'0')).collect();
            assert_eq!(Mask::from_bytes(case.width, case.height, &bytes), mask);
        }
    }
}

#[derive(Deserialize)]
struct PolygonCase {
    width: u32,
    height: u32,
    points: Vec<f64>,
    string: String,
}

#[test]
fn polygons_are_filled_pixel_for_pixel_as_by_pycocotools() {
    let cases: Vec<PolygonCase> = serde_json::from_str(&golden("polygons.json")).unwrap();
    assert!(cases.len() >= 120);
    for (at, case) in cases.iter().enumerate() {
        let points: Vec<[f64; 2]> = case.points.chunks_exact(2).map(|pair| [pair[0], pair[1]]).collect();
        let expected = Mask::from_rle_string(case.width, case.height, &case.string).unwrap();
        let filled = Mask::from_polygon(case.width, case.height, &points).unwrap();
        let wrong = filled.subtract(&expected).area() + expected.subtract(&filled).area();
        assert_eq!(wrong, 0, "case {at}: {wrong} of {} pixels differ", expected.area());
    }
}

/// The golden data set in a fresh project whose pictures exist.
fn imported() -> (tempfile::TempDir, Project) {
    let folder = tempfile::tempdir().unwrap();
    for (name, width, height) in [("train/ü one.png", 11, 9), ("two.png", 15, 12), ("empty.png", 6, 6)] {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        image::GrayImage::new(width, height).save(path).unwrap();
    }
    let file = folder.path().join("coco.json");
    std::fs::write(&file, golden("coco.json")).unwrap();
    let mut project = Project::create(&folder.path().join("p.limn"), folder.path()).unwrap();
    let report = import(&mut project, Format::Coco, &file, &ImportOptions::default(), &NoProgress).unwrap();
    assert_eq!((report.faults.len(), report.objects, report.classes), (0, 3, 2), "{report:?}");
    (folder, project)
}

#[test]
fn a_foreign_data_set_decodes_as_pycocotools_decodes_it() {
    let (_folder, project) = imported();
    let expected: Value = serde_json::from_str(&golden("coco_masks.json")).unwrap();
    for object in project.document().objects() {
        assert_eq!(
            expected[object.id.0.to_string()],
            object.mask.to_rle_string().unwrap(),
            "annotation {}",
            object.id.0
        );
    }
    assert!(project.document().object(limn_datasets::ObjectId(17)).unwrap().crowd);
    assert_eq!(project.document().class_named("toothbrush").unwrap().id.0, 90);
}

#[test]
fn unknown_fields_survive_import_and_export() {
    let (folder, project) = imported();
    let target = folder.path().join("out.json");
    export(&project, Format::Coco, &target, &ExportOptions::default(), &NoProgress).unwrap();
    let before: Value = serde_json::from_str(&golden("coco.json")).unwrap();
    let after: Value = serde_json::from_str(&std::fs::read_to_string(&target).unwrap()).unwrap();
    for key in ["custom", "licenses"] {
        assert_eq!(after[key], before[key]);
    }
    assert_eq!((&after["info"]["year"], &after["info"]["description"]), (&json!(2024), &json!("golden")));
    for list in ["images", "categories", "annotations"] {
        for record in before[list].as_array().unwrap() {
            let twin = after[list].as_array().unwrap().iter().find(|other| other["id"] == record["id"]).unwrap();
            for (key, value) in record.as_object().unwrap() {
                // Masks may change their spelling; area and box are then those of the mask.
                if !["segmentation", "area", "bbox"].contains(&key.as_str()) {
                    assert_eq!(&twin[key], value, "{list} {} {key}", record["id"]);
                }
            }
        }
    }
}

#[test]
fn types_are_those_of_the_specification() {
    let (folder, project) = imported();
    let target = folder.path().join("out.json");
    export(&project, Format::Coco, &target, &ExportOptions::default(), &NoProgress).unwrap();
    let data: Value = serde_json::from_str(&std::fs::read_to_string(&target).unwrap()).unwrap();
    assert!(data["info"].is_object() && data["licenses"].is_array());
    for annotation in data["annotations"].as_array().unwrap() {
        assert!(annotation["id"].as_u64() >= Some(1));
        assert!(annotation["iscrowd"].is_u64() && annotation["area"].is_u64());
        assert!(annotation["bbox"].as_array().unwrap().iter().all(Value::is_u64));
        if let Some(polygons) = annotation["segmentation"].as_array() {
            assert!(polygons.iter().all(|ring| ring.as_array().unwrap().len() >= 8));
        }
    }
    let names: Vec<_> = data["images"].as_array().unwrap().iter().map(|image| image["file_name"].clone()).collect();
    assert_eq!(names, ["empty.png", "train/ü one.png", "two.png"]);
}

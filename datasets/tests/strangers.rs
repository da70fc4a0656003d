//! Data sets as other programs write them: they come in as they are, and what is in doubt is named.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use image::{GrayImage, ImageBuffer, Luma, RgbImage};
use limn_datasets::{
    ExportOptions, Format, FormatError, ImportOptions, ImportReport, MaskLayout, NoProgress, Project, export, import,
};
use serde_json::{Value, json};

/// A folder with pictures of 48 x 32, and a project beside them.
struct Place {
    folder: tempfile::TempDir,
    project: Project,
}

impl Place {
    fn new(pictures: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in pictures {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            RgbImage::from_pixel(48, 32, image::Rgb([90, 120, 30])).save(path).unwrap();
        }
        let project = Project::create(&folder.path().join("p.limn"), folder.path()).unwrap();
        Self { folder, project }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
        self
    }

    fn import(&mut self, format: Format, from: &str) -> ImportReport {
        self.import_with(format, from, &ImportOptions::default())
    }

    fn import_with(&mut self, format: Format, from: &str, options: &ImportOptions) -> ImportReport {
        let from = self.path(from);
        import(&mut self.project, format, &from, options, &NoProgress).unwrap()
    }

    fn export(&self, format: Format, to: &str, options: &ExportOptions) -> Result<Vec<String>, FormatError> {
        export(&self.project, format, &self.path(to), options, &NoProgress).map(|report| report.notes)
    }

    /// Every object as `picture class x y w h`, sorted.
    fn objects(&self) -> Vec<String> {
        let document = self.project.document();
        let shown = |object: &limn_datasets::Object| {
            let (image, class) = (document.image(object.image).unwrap(), document.class(object.class).unwrap());
            let b = object.mask.bounds().unwrap();
            format!("{} {} {} {} {} {}", image.path, class.name, b.x0, b.y0, b.width(), b.height())
        };
        let mut all: Vec<String> = document.objects().map(shown).collect();
        all.sort();
        all
    }
}

fn square(x: u32, y: u32, w: u32, h: u32) -> Value {
    json!([[x, y, x + w, y, x + w, y + h, x, y + h]])
}

fn said(report: &ImportReport) -> String {
    let faults = report.faults.iter().map(ToString::to_string);
    faults.chain(report.notes.iter().cloned()).collect::<Vec<_>>().join("\n")
}

/// A grey mask of 48 x 32 with a box of 10 x 8 in it.
fn mask(path: &Path, value: u8, [x0, y0]: [u32; 2]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let inside = |x: u32, y: u32| (x0..x0 + 10).contains(&x) && (y0..y0 + 8).contains(&y);
    GrayImage::from_fn(48, 32, |x, y| Luma([if inside(x, y) { value } else { 0 }])).save(path).unwrap();
}

#[test]
fn loosely_written_coco_comes_in_and_out_with_its_ids() {
    let mut place = Place::new(&["a.png", "b.png"]);
    let top = json!({
        "images": [
            {"id": "1", "file_name": "a.png", "width": "48", "height": "32.0"},
            {"id": u64::MAX, "file_name": "b.png", "width": 48, "height": 32},
        ],
        "categories": [{"id": 0, "name": "leaf"}, {"id": 2, "name": 7}],
        "annotations": [
            {"id": "1", "image_id": 1, "category_id": "0", "segmentation": [], "bbox": ["4", 4, 10, 8], "iscrowd": "1"},
            {"id": 2, "image_id": u64::MAX, "category_id": 2, "segmentation": null, "bbox": [4, 4, 10, 8],
             "attributes": {"rotation": 90.0}},
        ],
    });
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(top.to_string().encode_utf16().flat_map(u16::to_le_bytes)).collect();
    place.write("s.json", utf16);
    let report = place.import(Format::Coco, "s.json");
    assert_eq!(report.faults, []);
    assert_eq!(place.objects(), ["a.png leaf 4 4 10 8", "b.png 7 5 3 8 10"]);
    let first = place.project.document().objects().next().unwrap().clone();
    assert_eq!((first.extra["limn_shape"].as_str(), first.crowd), (Some("box"), true));
    place.export(Format::Coco, "o.json", &ExportOptions::default()).unwrap();
    let out: Value = serde_json::from_slice(&std::fs::read(place.path("o.json")).unwrap()).unwrap();
    assert_eq!((&out["categories"][0]["id"], &out["annotations"][0]["category_id"]), (&json!(0), &json!(0)));
}

#[test]
fn two_entries_never_fall_onto_one_picture() {
    let mut place = Place::new(&["0001.png", "val/2.png"]);
    let image = |id: u32, name: &str| json!({"id": id, "file_name": name, "width": 48, "height": 32});
    let object = |id: u32| json!({"id": id, "image_id": id, "category_id": 1, "segmentation": square(4, 4, 10, 8)});
    let top = json!({
        "images": [image(1, "cam1/0001.png"), image(2, "cam2/0001.png"), image(3, "train/2.png")],
        "categories": [{"id": 1, "name": "leaf"}, {"id": 2, "name": "leaf"}],
        "annotations": [object(1), object(2), object(3)],
    });
    place.write("s.json", top.to_string());
    let report = place.import(Format::Coco, "s.json");
    let expected = ["cam1/0001.png leaf 4 4 10 8", "cam2/0001.png leaf 4 4 10 8", "train/2.png leaf 4 4 10 8"];
    assert_eq!(place.objects(), expected);
    assert!(place.project.document().images().iter().all(|image| image.missing));
    for word in ["cam1/0001.png", "val/2.png\" has its name", "2 categories have the same name \"leaf\""] {
        assert!(said(&report).replace("(val/2.png", "(val/2.png\"").contains(word), "{word}: {}", said(&report));
    }
}

#[test]
fn labels_on_stored_pixels_are_turned_with_their_picture() {
    // A JPEG with an EXIF segment that says orientation 6.
    let mut jpeg = std::io::Cursor::new(Vec::new());
    RgbImage::new(48, 32).write_to(&mut jpeg, image::ImageFormat::Jpeg).unwrap();
    let exif: &[u8] = b"\xff\xe1\0\x22Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    let turned = [&jpeg.get_ref()[..2], exif, &jpeg.get_ref()[2..]].concat();
    let top = |width: u32, height: u32| {
        json!({
            "images": [{"id": 1, "file_name": "a.jpg", "width": width, "height": height}],
            "categories": [{"id": 1, "name": "leaf"}],
            "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "segmentation": square(4, 4, 10, 8)}],
        })
    };
    let mut place = Place::new(&[]);
    place.write("a.jpg", &turned).write("stored.json", top(48, 32).to_string());
    let report = place.import(Format::Coco, "stored.json");
    assert_eq!(place.objects(), ["a.jpg leaf 20 4 8 10"], "the size shows it");
    assert!(said(&report).contains("--stored-pixels"), "{}", said(&report));
    let mut place = Place::new(&[]);
    place.write("a.jpg", &turned).write("upright.json", top(32, 48).to_string());
    let report = place.import(Format::Coco, "upright.json");
    assert_eq!(place.objects(), ["a.jpg leaf 4 4 10 8"]);
    assert!(said(&report).contains("EXIF orientation"), "{}", said(&report));
}

#[test]
fn masks_find_their_pictures_and_are_none() {
    let mut place = Place::new(&["pics/a.jpg", "pics/b.jpg"]);
    mask(&place.path("pics/a.png"), 255, [4, 4]);
    mask(&place.path("pics/b_mask.png"), 255, [20, 16]);
    let report = place.import(Format::Masks, "pics");
    assert_eq!(report.faults, []);
    assert_eq!(place.objects(), ["pics/a.jpg object 4 4 10 8", "pics/b.jpg object 20 16 10 8"]);
    place.project.rescan().unwrap();
    let paths: Vec<&str> = place.project.document().images().iter().map(|image| image.path.as_str()).collect();
    assert_eq!(paths, ["pics/a.jpg", "pics/b.jpg"]);
}

#[test]
fn folders_name_classes_and_sixteen_bits_hold_many_objects() {
    let mut place = Place::new(&["pics/a.jpg"]);
    mask(&place.path("m/leaf/a.png"), 255, [4, 4]);
    mask(&place.path("m/bud/a.png"), 1, [20, 16]);
    place.import(Format::Masks, "m");
    assert_eq!(place.objects(), ["pics/a.jpg bud 20 16 10 8", "pics/a.jpg leaf 4 4 10 8"]);

    let mut place = Place::new(&["pics/a.png"]);
    let labels =
        ImageBuffer::from_fn(48, 32, |x, y| Luma([if x < 40 && y < 10 { (y * 40 + x + 1) as u16 } else { 0 }]));
    std::fs::create_dir(place.path("m")).unwrap();
    labels.save(place.path("m/a.png")).unwrap();
    place.import(Format::Masks, "m");
    assert_eq!(place.objects().len(), 400);
    let instances = ExportOptions { mask_layout: MaskLayout::Instances, ..ExportOptions::default() };
    place.export(Format::Masks, "out", &instances).unwrap();
    let report = limn_datasets::verify(Format::Masks, &place.path("out"), None, None, &NoProgress).unwrap();
    assert!(report.is_exact() && report.objects.len() == 400, "{report}");
}

#[test]
fn voc_boxes_beside_their_pictures() {
    let mut place = Place::new(&["set/train/a.jpg", "set/valid/a.jpg"]);
    let object = |name: &str, more: &str, x0: &str, x1: &str| {
        format!(
            "<object><name>{name}</name><difficult>Yes</difficult>{more}<bndbox><xmin>{x0}</xmin><ymin>5</ymin>\
             <xmax>{x1}</xmax><ymax>12</ymax></bndbox></object>"
        )
    };
    let xml = |objects: &str| {
        format!(
            "<annotation><filename>a.JPG</filename><size><width>0</width><height>0</height></size>{objects}</annotation>"
        )
    };
    let part = "<part><name>hand</name></part>";
    place.write("set/train/a.xml", xml(&(object("leaf", part, "5.0", "14.0") + &object("out", "", "90", "99"))));
    place.write("set/valid/a.XML", xml(&object("bud", "", "50", "39")));
    let report = place.import(Format::Voc, "set");
    assert_eq!(place.objects(), ["set/train/a.jpg leaf 4 4 10 8", "set/valid/a.jpg bud 38 4 10 8"]);
    assert_eq!(report.faults.len(), 1, "{}", said(&report));
    assert!(place.project.document().objects().all(|object| object.difficult));
    place.export(Format::Voc, "W", &ExportOptions::default()).unwrap();
    let all: String = ["train_a", "valid_a", "set_train_a", "set_valid_a"]
        .iter()
        .filter_map(|stem| std::fs::read_to_string(place.path(&format!("W/Annotations/{stem}.xml"))).ok())
        .collect();
    assert!(all.contains("hand"), "what is not known comes out again: {all}");
    let sets = std::fs::read_to_string(place.path("W/ImageSets/Main/val.txt")).unwrap();
    assert_eq!(sets.lines().count(), 1, "the split stays: {sets}");
}

#[test]
fn yolo_as_roboflow_and_models_write_it() {
    let pictures = ["set/train/images/a.jpg", "set/valid/images/test.jpg"];
    let mut place = Place::new(&pictures);
    place.write(
        "set/data.yaml",
        "\"names\" : &n [leaf, 'bud #1']\ntrain: ../train/images\nval: ../valid/images\nnc: 2\n",
    );
    place
        .write("set/README.roboflow.txt", "exported by\n")
        .write("set/train/labels/a.txt", "\u{feff}1,0.1875,0.25,0.2083333333,0.25,0.87\n");
    place.write("set/valid/labels/test.txt", "5 0.1875 0.25 0.2083333333 0.25 0.125 0.1875 2 0.25 0.1875 2\n");
    let report = place.import(Format::Yolo, "set");
    let expected = ["set/train/images/a.jpg bud #1 4 4 10 8", "set/valid/images/test.jpg class 5 4 4 10 8"];
    assert_eq!((place.objects(), &report.faults), (expected.map(str::to_owned).to_vec(), &Vec::new()));
    assert!(said(&report).contains("class 5 has no name"), "{}", said(&report));
    let confidence = place.project.document().objects().find_map(|object| object.attributes.get("confidence").cloned());
    assert_eq!(confidence, Some(json!(0.87)));
    place.export(Format::Yolo, "out", &ExportOptions::default()).unwrap();
    assert!(place.path("out/labels/val/test.txt").is_file() && place.path("out/labels/train/a.txt").is_file());
}

#[test]
fn what_has_no_area_goes_back_where_it_came_from() {
    let mut place = Place::new(&["set/a.png"]);
    let shape = |label: &str, kind: &str, points: Value| json!({"label": label, "shape_type": kind, "points": points});
    let file = json!({
        "version": "5.4.1", "flags": null, "imagePath": "a.png", "imageData": null,
        "shapes": [
            shape("leaf", "rectangle", json!([[4, 4], [14, 4], [14, 12], [4, 12]])),
            shape("tip", "point", json!([[30, 20]])),
            shape("rib", "linestrip", json!([[3, 3], [9, 9]])),
        ],
    });
    place.write("set/a.json", file.to_string());
    let report = place.import(Format::Labelme, "set");
    assert_eq!((report.faults.len(), place.objects()), (0, vec!["set/a.png leaf 4 4 10 8".to_owned()]));
    assert!(matches!(place.export(Format::Labelme, ".", &ExportOptions::default()), Err(FormatError::NotOurs { .. })));
    let overwrite = ExportOptions { overwrite: true, ..ExportOptions::default() };
    place.export(Format::Labelme, ".", &overwrite).unwrap();
    let text = std::fs::read_to_string(place.path("set/a.json")).unwrap();
    assert!(text.contains("\"tip\"") && text.contains("\"rib\"") && text.contains("\"leaf\""), "{text}");
    let notes = place.export(Format::Coco, "o.json", &ExportOptions::default()).unwrap();
    assert!(notes.iter().any(|note| note.contains("2 points") && note.contains("labelme")), "{notes:?}");
    assert!(!std::fs::read_to_string(place.path("o.json")).unwrap().contains("linestrip"));
}

#[test]
fn regions_of_label_studio_in_several_results() {
    let mut place = Place::new(&["a.png", "b.png"]);
    let value = json!({"x": 25, "y": 25, "width": 50, "height": 50, "rotation": 0});
    let with = |key: &str, labels: Value| {
        let mut value = value.clone();
        value[key] = labels;
        value
    };
    let result = |id: &str, kind: &str, to: &str, value: Value| json!({"id": id, "type": kind, "from_name": "l", "to_name": to, "original_width": 48, "original_height": 32, "value": value});
    let tasks = [json!({"id": 1, "data": {"image": "a.png", "image2": "b.png"}, "annotations": [{"result": [
        result("q", "rectangle", "image", value.clone()),
        result("q", "labels", "image", with("labels", json!(["leaf", "damaged"]))),
        result("r", "rectanglelabels", "image2", with("rectanglelabels", json!(["bud"]))),
        result("k", "keypointlabels", "image", json!({"x": 1, "y": 2, "keypointlabels": ["tip"]})),
    ]}]})];
    // A task a line.
    place.write("t.json", format!("{}\n{}\n", tasks[0], json!({"data": {"image": "b.png"}, "annotations": []})));
    let report = place.import(Format::LabelStudio, "t.json");
    assert_eq!(place.objects(), ["a.png leaf 12 8 24 16", "b.png bud 12 8 24 16"]);
    assert!(said(&report).contains("several labels"), "{}", said(&report));
    place.export(Format::LabelStudio, "o.json", &ExportOptions::default()).unwrap();
    let text = std::fs::read_to_string(place.path("o.json")).unwrap();
    assert!(text.contains("keypointlabels") && text.contains("damaged"), "{text}");
}

#[test]
fn exports_replace_only_what_this_project_wrote() {
    let top = |name: &str| {
        json!({
            "images": [{"id": 1, "file_name": name, "width": 48, "height": 32}],
            "categories": [{"id": 1, "name": "leaf"}],
            "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "segmentation": square(4, 4, 10, 8)}],
        })
    };
    let place = |name: &str| {
        let mut place = Place::new(&[name]);
        place.write("s.json", top(name).to_string());
        place.import(Format::Coco, "s.json");
        place
    };
    let (first, second) = (place("a.png"), place("b.png"));
    let target = tempfile::tempdir().unwrap();
    let to = |place: &Place, format: Format, name: &str, overwrite: bool| {
        let options = ExportOptions { overwrite, ..ExportOptions::default() };
        export(&place.project, format, &target.path().join(name), &options, &NoProgress)
    };
    for (format, name) in [
        (Format::Coco, "o.json"),
        (Format::Voc, "voc"),
        (Format::Masks, "m"),
        (Format::Yolo, "y"),
        (Format::Cvat, "o.xml"),
    ] {
        to(&first, format, name, false).unwrap();
        to(&first, format, name, false).unwrap();
        let refused = to(&second, format, name, false).unwrap_err();
        assert!(matches!(refused, FormatError::NotOurs { .. }), "{format}: {refused}");
        assert!(refused.to_string().contains("--overwrite"), "{refused}");
        to(&second, format, name, true).unwrap();
    }
    let only_done = ExportOptions { only_done: true, ..ExportOptions::default() };
    let error = first.export(Format::Coco, "mine.json", &only_done).unwrap_err();
    assert!(error.to_string().contains("no picture is marked done"), "{error}");
    let chosen = ExportOptions { classes: vec!["bud".to_owned()], ..ExportOptions::default() };
    assert!(first.export(Format::Coco, "mine.json", &chosen).unwrap_err().to_string().contains("\"bud\""));
    let gone = ExportOptions { objects: [limn_datasets::ObjectId(999)].into(), ..ExportOptions::default() };
    assert!(first.export(Format::Coco, "mine.json", &gone).unwrap_err().to_string().contains("chosen objects"));
}

#[test]
fn a_second_import_doubles_nothing_and_takes_no_longer() {
    let mut place = Place::new(&[]);
    image::GrayImage::new(400, 400).save(place.path("big.png")).unwrap();
    let annotation = |k: u32| json!({"id": k + 1, "image_id": 1, "category_id": 1, "segmentation": square(k % 100 * 4, k / 100 * 4, 3, 3)});
    let top = json!({
        "images": [{"id": 1, "file_name": "big.png", "width": 400, "height": 400}],
        "categories": [{"id": 1, "name": "cell"}],
        "annotations": (0..10_000).map(annotation).collect::<Vec<_>>(),
    });
    place.write("s.json", top.to_string());
    let began = std::time::Instant::now();
    assert_eq!(place.import(Format::Coco, "s.json").objects, 10_000);
    let first = began.elapsed();
    let report = place.import(Format::Coco, "s.json");
    assert!(report.objects == 0 && said(&report).contains("10000"), "{}", said(&report));
    assert!(began.elapsed() < first * 4 + std::time::Duration::from_secs(2));
}

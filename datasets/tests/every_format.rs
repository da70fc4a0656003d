//! Any document to every format and back: equal within what the format can hold, down to attributes, groups and clicks.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use limn_datasets::{
    Attribute, AttributeKind, Class, ClassId, ClickRecord, CocoSegmentation, ExportOptions, Format, ImageRecord,
    ImageState, ImportOptions, Mask, MaskLayout, NoProgress, Object, Project, Transaction, export, import, verify,
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// What remains of a picture's objects in a format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Holds {
    /// Every pixel.
    All,
    /// What no object above covers.
    Visible,
    /// The bounding box.
    Box,
    /// One region per class and picture; nothing else.
    Regions,
    /// Nothing that can be imported.
    CheckOnly,
}

/// Every format with the options that change what it writes.
fn ways() -> Vec<(Format, ExportOptions, Holds)> {
    let plain = ExportOptions::default;
    let polygons = || ExportOptions { polygons: true, ..plain() };
    let coco = |segmentation| ExportOptions { segmentation, ..plain() };
    let masks = |mask_layout| ExportOptions { mask_layout, ..plain() };
    let copied = || ExportOptions { copy_images: true, validation_percent: 40, ..plain() };
    vec![
        (Format::Coco, coco(CocoSegmentation::Auto), Holds::All),
        (Format::Coco, coco(CocoSegmentation::RleUncompressed), Holds::All),
        (Format::Panoptic, plain(), Holds::Visible),
        (Format::Voc, copied(), Holds::Visible),
        (Format::Labelme, plain(), Holds::All),
        (Format::Labelme, polygons(), Holds::All),
        (Format::Labelme, copied(), Holds::All),
        (Format::Yolo, plain(), Holds::All),
        (Format::Yolo, copied(), Holds::All),
        (Format::YoloBoxes, plain(), Holds::Box),
        (Format::Cvat, plain(), Holds::All),
        (Format::Cvat, polygons(), Holds::All),
        (Format::LabelStudio, plain(), Holds::All),
        (Format::LabelStudio, polygons(), Holds::All),
        (Format::Datumaro, plain(), Holds::All),
        (Format::Datumaro, polygons(), Holds::All),
        (Format::Datumaro, copied(), Holds::All),
        (Format::Eiseg, plain(), Holds::All),
        (Format::Masks, masks(MaskLayout::Objects), Holds::All),
        (Format::Masks, masks(MaskLayout::Instances), Holds::Visible),
        (Format::Masks, masks(MaskLayout::Classes), Holds::Regions),
        (Format::Masks, masks(MaskLayout::Colors), Holds::Regions),
        (Format::Cutouts, plain(), Holds::CheckOnly),
    ]
}

/// A mask with parts and holes: boxes added and taken away.
fn mask(width: u32, height: u32) -> impl Strategy<Value = Mask> {
    let rect = (0..width, 0..height, 1..=width, 1..=height, any::<bool>());
    (0..width, 0..height, proptest::collection::vec(rect, 0..6)).prop_map(move |(x, y, rects)| {
        let mut bytes = vec![0; (width * height) as usize];
        for (x0, y0, w, h, inside) in rects {
            for row in y0..(y0 + h).min(height) {
                bytes[(row * width + x0) as usize..(row * width + (x0 + w).min(width)) as usize].fill(u8::from(inside));
            }
        }
        bytes[(y * width + x) as usize] = 1;
        Mask::from_bytes(width, height, &bytes)
    })
}

/// Sizes of the pictures, one of them in a folder, two of one stem.
const PICTURES: [(&str, u32, u32); 4] =
    [("ü 图.png", 13, 9), ("sub dir/b.png", 6, 17), ("b.png", 11, 11), ("empty.png", 5, 4)];

/// Picture, class, mask, and a number whose bits choose everything else.
fn objects() -> impl Strategy<Value = Vec<(usize, i64, Mask, u64)>> {
    let object = (0..3usize).prop_flat_map(|picture| {
        let (_, width, height) = PICTURES[picture];
        (Just(picture), 1..=3i64, mask(width, height), any::<u64>())
    });
    proptest::collection::vec(object, 0..9)
}

fn attributes(bits: u64) -> Map<String, Value> {
    let all = [
        ("size", json!(2.5)),
        ("count", json!(3)),
        ("name", json!("a <b>\n\"c\" 图")),
        ("wet", json!(true)),
        ("occluded", json!(bits & 1 == 1)),
    ];
    let chosen = all.into_iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1);
    chosen.map(|(_, (key, value))| (key.to_owned(), value)).collect()
}

fn build(folder: &Path, objects: &[(usize, i64, Mask, u64)]) -> Project {
    for (name, width, height) in PICTURES {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        image::RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8 * 9, y as u8 * 7, 50])).save(path).unwrap();
    }
    let mut project = Project::open_folder(folder).unwrap();
    let mut t = Transaction::new("all");
    for (id, name, color) in
        [(1, "cat", [1, 2, 3]), (2, "a <b> & \"c\": ü, #d", [200, 0, 0]), (3, "two words", [1, 2, 3])]
    {
        let mut class = Class::new(ClassId(id), name, color);
        class.supercategory = "animal".to_owned();
        class.hotkey = u8::try_from(id).ok();
        class.attributes = vec![
            Attribute { name: "size".to_owned(), kind: AttributeKind::Number },
            Attribute {
                name: "side".to_owned(),
                kind: AttributeKind::Choice(vec!["left".to_owned(), "a b".to_owned()]),
            },
        ];
        class.extra.insert("keep".to_owned(), json!({"deep": [1, null]}));
        t.put_class(project.document(), class);
    }
    for (z, (picture, class, mask, bits)) in (0i64..).zip(objects) {
        let image = project.document().image_at(PICTURES[*picture].0).unwrap().id;
        let mut object = Object::new(project.next_object_id(), image, ClassId(*class), mask.clone());
        object.z = z / 2 - 1;
        object.attributes = attributes(bits >> 8);
        object.group = (bits & 1 == 1).then_some((bits >> 1 & 3) as i64 + 1);
        (object.crowd, object.difficult) = (bits >> 3 & 1 == 1, bits >> 4 & 1 == 1);
        (object.truncated, object.hidden) = (bits >> 5 & 1 == 1, bits >> 6 & 1 == 1);
        object.seconds = (bits >> 16 & 0xff) as f32 / 8.0;
        if bits >> 7 & 1 == 1 {
            object.model = Some("edgeflow".to_owned());
            object.clicks =
                vec![ClickRecord { x: 1.1, y: 2.0, positive: true }, ClickRecord { x: 0.5, y: 3.25, positive: false }];
            object.extra.insert("keep_object".to_owned(), json!([1, "x"]));
        }
        t.put_object(project.document(), object);
    }
    let mut image: ImageRecord = project.document().image_at("b.png").unwrap().clone();
    image.state = ImageState::Rejected;
    image.remark = "the left one\nagain".to_owned();
    image.tags = vec!["night".to_owned(), "two words".to_owned()];
    image.attributes = attributes(0b1111);
    image.extra.insert("keep_image".to_owned(), json!({"a": 1}));
    t.put_image(project.document(), image);
    project.commit(t).unwrap();
    project
}

/// What the objects of a project should be after a format has held them, by picture and id.
fn expected(project: &Project, holds: Holds) -> BTreeMap<(String, i64), Object> {
    let document = project.document();
    let mut out = BTreeMap::new();
    for image in document.images() {
        for (id, visible) in document.visible_masks(image.id) {
            let mut object = document.object(id).unwrap().clone();
            object.mask = match (holds, object.mask.bounds()) {
                (Holds::Visible, _) => visible,
                (Holds::Box, Some(bounds)) => Mask::rectangle(image.width, image.height, bounds),
                _ => object.mask,
            };
            if !object.mask.is_empty() {
                out.insert((image.path.clone(), id.0), object);
            }
        }
    }
    out
}

/// The union of what is visible of every class, by picture and class.
fn regions(project: &Project) -> BTreeMap<(String, String), Mask> {
    let document = project.document();
    let mut out: BTreeMap<(String, String), Mask> = BTreeMap::new();
    for image in document.images() {
        for (id, mask) in document.visible_masks(image.id).into_iter().filter(|(_, mask)| !mask.is_empty()) {
            let class = document.class(document.object(id).unwrap().class).unwrap().name.clone();
            let region =
                out.entry((image.path.clone(), class)).or_insert_with(|| Mask::empty(image.width, image.height));
            *region = region.union(&mask);
        }
    }
    out
}

fn there_and_back(first: &Project, base: &Path, at: usize, (format, options, holds): (Format, ExportOptions, Holds)) {
    let name = format!("{format} {options:?}");
    let folder = base.join(format!("out {at}"));
    let target = format.file().map_or_else(|| folder.clone(), |file| folder.join(file));
    let report = export(first, format, &target, &options, &NoProgress).unwrap();
    assert_eq!(report.images, PICTURES.len(), "{name}");
    let check = verify(format, &target, None, None, &NoProgress).unwrap();
    assert!(check.project.is_some() && check.is_exact(), "{name}: {check:#?}");
    if holds == Holds::CheckOnly {
        return;
    }
    let file = base.join(format!("second {at}.limn"));
    let mut second = Project::create(&file, first.root()).unwrap();
    second.rescan().unwrap();
    let report = import(&mut second, format, &target, &ImportOptions::default(), &NoProgress).unwrap();
    assert_eq!(report.faults, [], "{name}");
    if holds == Holds::Regions {
        assert_eq!(regions(first), regions(&second), "{name}");
        return;
    }
    let (before, after) = (expected(first, holds), expected(&second, Holds::All));
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>(), "{name}");
    for (key, object) in &before {
        assert_eq!(object, &Object { image: object.image, ..after[key].clone() }, "{name}");
    }
    assert_eq!(first.document().classes(), second.document().classes(), "{name}");
    for image in first.document().images() {
        let twin = second.document().image_at(&image.path).unwrap();
        assert_eq!(image, &ImageRecord { id: image.id, ..twin.clone() }, "{name}");
    }
    let again = import(&mut second, format, &target, &ImportOptions::default(), &NoProgress).unwrap();
    assert_eq!(again.objects, 0, "{name}: nothing is doubled");
}

proptest! {
    // A case writes and reads 23 data sets.
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn any_document_survives_every_format(objects in objects()) {
        let (base, pictures) = common::folder();
        let first = build(&pictures, &objects);
        for (at, way) in ways().into_iter().enumerate() {
            there_and_back(&first, base.path(), at, way);
        }
    }
}

#[test]
fn every_format_is_tried() {
    let tried: Vec<Format> = ways().into_iter().map(|(format, ..)| format).collect();
    assert!(Format::ALL.iter().all(|format| tried.contains(format)));
}

/// A file that a stranger wrote, in every format: how objects are known without Limn's notes.
#[test]
fn what_strangers_cannot_say_is_not_needed() {
    let (base, pictures) = common::folder();
    let first = common::project(&pictures, false);
    for (at, (format, options, holds)) in ways().into_iter().enumerate() {
        // Copied pictures would be pictures of their own to a stranger.
        let skipped = matches!(holds, Holds::Regions | Holds::CheckOnly) || format == Format::Masks;
        if skipped || options.copy_images {
            continue;
        }
        let folder = base.path().join(format!("out {at}"));
        let target = format.file().map_or_else(|| folder.clone(), |file| folder.join(file));
        export(&first, format, &target, &options, &NoProgress).unwrap();
        without_notes(&folder);
        let file = base.path().join(format!("second {at}.limn"));
        let mut second = Project::create(&file, first.root()).unwrap();
        second.rescan().unwrap();
        let images = ImportOptions { images: Some(pictures.clone()), ..ImportOptions::default() };
        let report = import(&mut second, format, &target, &images, &NoProgress).unwrap();
        // YOLO and the like find pictures by their stems, and two have the same.
        let faults: Vec<String> =
            report.faults.iter().map(ToString::to_string).filter(|f| !f.contains("deep")).collect();
        assert_eq!(faults, [] as [String; 0], "{format} {options:?}");
        let masks = |project: &Project| {
            let image = project.document().image_at("photo one.png").unwrap().id;
            let mut all: Vec<(String, String)> = project
                .document()
                .objects_of(image)
                .map(|object| {
                    let class = project.document().class(object.class).unwrap().name.clone();
                    (class, object.mask.to_rle_string().unwrap())
                })
                .collect();
            all.sort();
            all
        };
        if holds != Holds::Box && format != Format::Eiseg {
            assert_eq!(masks(&first), masks(&second), "{format} {options:?}");
        }
        assert!(!masks(&second).is_empty(), "{format} {options:?}");
    }
}

/// Takes out whatever Limn wrote for itself.
fn without_notes(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            without_notes(&path);
        } else if path.ends_with("limn-export.json") {
            std::fs::remove_file(&path).unwrap();
        } else if path.extension().is_some_and(|e| e == "json") {
            let mut value: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            strip(&mut value);
            std::fs::write(&path, value.to_string()).unwrap();
        } else if path.extension().is_some_and(|e| e == "xml") {
            let text = std::fs::read_to_string(&path).unwrap();
            let stripped = match (text.find("<limn>"), text.find("</limn>")) {
                (Some(from), Some(to)) => format!("{}{}", &text[..from], &text[to + "</limn>".len()..]),
                _ => text,
            };
            std::fs::write(&path, stripped).unwrap();
        }
    }
}

fn strip(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|key, _| !key.starts_with("limn"));
            members.values_mut().for_each(strip);
        }
        Value::Array(list) => list.iter_mut().for_each(strip),
        _ => {}
    }
}

//! A project with everything that formats stumble over, made anew for every test.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

use limn_datasets::{Class, ClassId, ClickRecord, ImageRecord, ImageState, Mask, Object, Project, Transaction};
use serde_json::json;

/// Pictures: name, width, height.
pub const PICTURES: [(&str, u32, u32); 5] = [
    ("photo one.png", 40, 30),
    ("ünïcode 图.png", 33, 21),
    ("sub folder/deep.png", 20, 25),
    ("other/deep.png", 20, 25),
    ("empty.png", 8, 9),
];

/// A mask from a rule on pixels.
pub fn mask(width: u32, height: u32, inside: impl Fn(i64, i64) -> bool) -> Mask {
    let bytes: Vec<u8> = (0..height)
        .flat_map(|y| (0..width).map(move |x| (x, y)))
        .map(|(x, y)| u8::from(inside(x.into(), y.into())))
        .collect();
    Mask::from_bytes(width, height, &bytes)
}

fn disc(cx: i64, cy: i64, r: i64) -> impl Fn(i64, i64) -> bool {
    move |x, y| (x - cx).pow(2) + (y - cy).pow(2) <= r * r
}

/// A deterministic noise mask.
pub fn noise(width: u32, height: u32, seed: u64) -> Mask {
    let mut state = seed;
    let bytes: Vec<u8> = (0..width * height)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 63) as u8
        })
        .collect();
    Mask::from_bytes(width, height, &bytes)
}

/// Writes the pictures into a folder.
pub fn write_pictures(folder: &Path) {
    for (name, width, height) in PICTURES {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        image::RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8 * 5, y as u8 * 7, 90])).save(path).unwrap();
    }
}

/// Opens a folder with the pictures and draws objects: without overlap (`overlap == false`) or with it.
pub fn project(folder: &Path, overlap: bool) -> Project {
    write_pictures(folder);
    let mut project = Project::open_folder(folder).unwrap();
    let mut t = Transaction::new("objects");
    for (name, color) in [("cat", [9, 8, 7]), ("a <b> & \"c\" ü", [1, 2, 3]), ("name with spaces", [200, 0, 50])] {
        let mut class = Class::new(project.next_class_id(), name, color);
        class.supercategory = "thing".to_owned();
        class.hotkey = u8::try_from(class.id.0).ok();
        t.put_class(project.document(), class);
    }
    let mut masks: Vec<(&str, i64, Mask)> = vec![
        // A ring with a hole, an island in the hole, a disc, a single pixel in the corner.
        ("photo one.png", 1, mask(40, 30, |x, y| disc(12, 12, 9)(x, y) && !disc(12, 12, 5)(x, y))),
        ("photo one.png", 2, mask(40, 30, disc(12, 12, 2))),
        ("photo one.png", 1, mask(40, 30, disc(32, 20, 6))),
        ("photo one.png", 3, mask(40, 30, |x, y| (x, y) == (39, 29))),
        // Two parts, pixels that touch at corners only, noise up to the border.
        (
            "ünïcode 图.png",
            2,
            mask(33, 21, |x, y| (1..5).contains(&x) && (2..9).contains(&y) || (7..9).contains(&x) && y < 4),
        ),
        ("ünïcode 图.png", 3, mask(33, 21, |x, y| x == y && x > 10)),
        ("ünïcode 图.png", 1, mask(33, 21, |x, y| noise(33, 21, 5).contains(x as u32, y as u32) && x > 21)),
        ("sub folder/deep.png", 1, mask(20, 25, |_, _| true)),
        ("other/deep.png", 3, mask(20, 25, |x, y| x == 0 || y == 24)),
    ];
    if overlap {
        masks.push(("photo one.png", 3, mask(40, 30, |x, y| (10..35).contains(&x) && (10..22).contains(&y))));
        masks.push(("sub folder/deep.png", 2, mask(20, 25, disc(10, 12, 6))));
    }
    for (z, (path, class, mask)) in (0i64..).zip(masks) {
        let image = project.document().image_at(path).unwrap().id;
        let mut object = Object::new(project.next_object_id(), image, ClassId(class), mask);
        object.z = z;
        object.difficult = z == 1;
        object.truncated = z == 2;
        object.hidden = z == 3;
        object.clicks = vec![ClickRecord { x: 1.5, y: z as f32, positive: z != 4 }];
        object.model = Some("edgeflow".to_owned());
        object.extra.insert("pose".to_owned(), json!("Frontal"));
        t.put_object(project.document(), object);
    }
    let mut done: ImageRecord = project.document().image_at("photo one.png").unwrap().clone();
    done.state = ImageState::Done;
    t.put_image(project.document(), done);
    project.commit(t).unwrap();
    project
}

/// A fresh folder `pictures` in a temporary one, which lives as long as the first value.
pub fn folder() -> (tempfile::TempDir, PathBuf) {
    let base = tempfile::tempdir().unwrap();
    let pictures = base.path().join("my pictures");
    std::fs::create_dir(&pictures).unwrap();
    (base, pictures)
}

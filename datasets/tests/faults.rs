//! Bad data sets and bad pictures: one clear line each, and nothing else is lost.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use limn_datasets::media::{Limits, MediaError, probe, read_picture};
use limn_datasets::{Format, FormatError, ImportOptions, NoProgress, Project, import};
use serde_json::{Value, json};

fn small_project(folder: &Path) -> Project {
    for name in ["a.png", "b.png", "wrong.png"] {
        image::GrayImage::new(10, 8).save(folder.join(name)).unwrap();
    }
    Project::open_folder(folder).unwrap()
}

fn square(x: i32) -> Value {
    json!([[x, 1, x + 2, 1, x + 2, 3, x, 3]])
}

#[test]
fn every_fault_of_a_coco_file_is_named_and_the_rest_comes_in() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = small_project(folder.path());
    let data = json!({
        "images": [
            {"id": 1, "file_name": "a.png", "width": 10, "height": 8},
            {"id": 2, "file_name": "gone.png", "width": 10, "height": 8},
            {"id": 9, "file_name": "b.png", "width": 10, "height": 8},
            {"id": 3, "file_name": "wrong.png", "width": 8, "height": 10},
            {"file_name": "b.png"},
            {"id": 9, "file_name": "a.png", "width": 10, "height": 8},
        ],
        "categories": [{"id": 0, "name": "zero"}, {"id": 5, "name": ""}, {"id": 6, "name": "six"}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 0, "iscrowd": 0, "segmentation": square(0)},
            {"id": 2, "image_id": 2, "category_id": 6, "iscrowd": 0, "segmentation": square(1)},
            {"id": 3, "image_id": 77, "category_id": 6, "segmentation": square(1)},
            {"id": 4, "image_id": 1, "category_id": 99, "segmentation": square(1)},
            {"id": 5, "image_id": 1, "category_id": 6, "segmentation": [[1, 2, 3, 4, 5]]},
            {"id": 6, "image_id": 1, "category_id": 6, "segmentation": [[1, 2, 3, 4]]},
            {"id": 7, "image_id": 1, "category_id": 6, "segmentation": [[1, 2, "NAN", 4, 5, 6]]},
            {"id": 8, "image_id": 1, "category_id": 6, "segmentation": {"size": [8, 10], "counts": "0~~~~"}},
            {"id": 9, "image_id": 1, "category_id": 6, "segmentation": {"size": [8, 10], "counts": [3, 4000000]}},
            {"id": 10, "image_id": 1, "category_id": 6, "segmentation": {"size": [100000, 100000], "counts": [0, 9]}},
            {"id": 11, "image_id": 1, "category_id": 6, "segmentation": {"size": [8, 10], "counts": [3, -1]}},
            {"id": 12, "image_id": 1, "category_id": 6, "segmentation": []},
            {"id": 13, "image_id": 1, "category_id": 6, "bbox": [1, 1, 2, 2]},
            {"id": 14, "image_id": 1, "category_id": 6, "segmentation": [[50, 50, 60, 50, 60, 60]]},
            {"id": 15, "image_id": 3, "category_id": 6, "segmentation": square(1)},
            {"id": 1, "image_id": 1, "category_id": 6, "segmentation": square(4)},
            {"image_id": 1, "category_id": 6, "segmentation": square(6)},
            "not an object",
            {"id": 19, "image_id": 9, "category_id": 6, "segmentation": square(6)},
            {"id": 20, "image_id": 1, "category_id": 6, "segmentation": [[8, 1, 30, 1, 30, 4, 8, 4]]},
        ],
    });
    // Python writes NaN without quotes.
    let text = data.to_string().replace("\"NAN\"", "NaN");
    let file = folder.path().join("bad.json");
    std::fs::write(&file, text).unwrap();
    let report = import(&mut project, Format::Coco, &file, &ImportOptions::default(), &NoProgress).unwrap();
    let faults: Vec<String> = report.faults.iter().map(ToString::to_string).collect();
    for (place, what) in [
        ("images[5]", "id 9 is used twice, for b.png and a.png"),
        ("images[4]", "no id"),
        ("images[1]", "\"gone.png\" not found"),
        ("images[3]", "it says 8x10, the picture is 10x8 (orientation tag?)"),
        ("categories[1]", "no name"),
        ("annotations[2] (id 3)", "no picture 77"),
        ("annotations[3] (id 4)", "no category 99"),
        ("annotations[4] (id 5)", "odd number"),
        ("annotations[5] (id 6)", "2 corners"),
        ("annotations[6] (id 7)", "not a number"),
        ("annotations[7] (id 8)", "damaged at character"),
        ("annotations[8] (id 9)", "cover 4000003 pixels"),
        ("annotations[9] (id 10)", "100000x100000"),
        ("annotations[10] (id 11)", "not a count"),
        ("annotations[11] (id 12)", "no mask"),
        ("annotations[13] (id 14)", "no pixel"),
        ("annotations[14] (id 15)", "its picture was"),
        ("annotations[15] (id 1)", "used twice"),
        ("annotations[16]", "it gets a new one"),
        ("annotations[17]", "no picture"),
        ("annotations[18] (id 19)", "several pictures have its image_id 9"),
        ("annotations[19] (id 20)", "reaches 20 pixels out of the picture"),
    ] {
        let named = faults.iter().any(|fault| fault.starts_with(place) && fault.contains(what));
        assert!(named, "{place}: {what} is not among {faults:#?}");
        assert!(faults.iter().all(|fault| !fault.contains('\n')));
    }
    assert_eq!(faults.len(), 22, "{faults:#?}");
    assert_eq!(report.objects, 6, "a box without an outline is an object");
    let gone = project.document().image_at("gone.png").unwrap();
    assert!(gone.missing && project.document().object_count_of(gone.id) == 1, "the missing picture keeps its object");
    let ids: Vec<i64> = project.document().classes().iter().map(|class| class.id.0).collect();
    assert_eq!(ids, [0, 6], "ids of a data set stay, also 0");
}

#[test]
fn what_is_no_data_set_is_refused_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = small_project(folder.path());
    let before = project.document().clone();
    let file = folder.path().join("x.json");
    for text in ["", "{", "[1, 2]", "{\"a\": 1}", "\"text\"", "{\"images\": [}"] {
        std::fs::write(&file, text).unwrap();
        let error = import(&mut project, Format::Coco, &file, &ImportOptions::default(), &NoProgress).unwrap_err();
        assert!(matches!(error, FormatError::Malformed { .. }), "{text}: {error}");
        assert!(!error.to_string().contains('\n'));
    }
    for format in [Format::Voc, Format::Masks] {
        let empty = folder.path().join("empty folder");
        std::fs::create_dir_all(&empty).unwrap();
        let error = import(&mut project, format, &empty, &ImportOptions::default(), &NoProgress).unwrap_err();
        assert!(matches!(error, FormatError::Malformed { .. }), "{error}");
    }
    let missing = folder.path().join("nowhere.json");
    let error = import(&mut project, Format::Coco, &missing, &ImportOptions::default(), &NoProgress).unwrap_err();
    assert!(error.to_string().contains("nowhere.json"), "{error}");
    assert_eq!(project.document(), &before);
}

#[test]
fn faults_of_a_voc_folder_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut project = small_project(folder.path());
    let voc = folder.path().join("voc");
    for sub in ["Annotations", "SegmentationClass", "SegmentationObject"] {
        std::fs::create_dir_all(voc.join(sub)).unwrap();
    }
    let xml = |name: &str, text: &str| std::fs::write(voc.join("Annotations").join(name), text).unwrap();
    let size = "<size><width>10</width><height>8</height></size>";
    let object =
        "<object><name>cat</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>4</xmax><ymax>4</ymax></bndbox></object>";
    xml("a.xml", &format!("<annotation><filename>a.png</filename>{size}{object}</annotation>"));
    xml("b.xml", "<annotation><filename>b.png</filename><size>");
    xml(
        "wrong.xml",
        "<annotation><filename>wrong.png</filename><size><width>4</width><height>4</height></size></annotation>",
    );
    std::fs::write(voc.join("SegmentationClass/b.png"), "text").unwrap();
    // Indices 1 and 2 of the original classes; 255 is void.
    let mut values = [0u8; 80];
    values[..4].fill(1);
    values[20..24].fill(2);
    values[30] = 255;
    image::GrayImage::from_raw(10, 8, values.to_vec()).unwrap().save(voc.join("SegmentationClass/wrong.png")).unwrap();
    let report = import(&mut project, Format::Voc, &voc, &ImportOptions::default(), &NoProgress).unwrap();
    let faults: Vec<String> = report.faults.iter().map(ToString::to_string).collect();
    for what in ["Annotations/b.xml", "SegmentationClass/b.png", "disagree about the size"] {
        assert!(faults.iter().any(|fault| fault.contains(what)), "{what} is not among {faults:#?}");
    }
    std::fs::remove_file(voc.join("Annotations/wrong.xml")).unwrap();
    let report = import(&mut project, Format::Voc, &voc, &ImportOptions::default(), &NoProgress).unwrap();
    assert_eq!(report.objects, 2);
    assert!(
        project.document().class_named("aeroplane").is_some() && project.document().class_named("bicycle").is_some()
    );
}

fn written(folder: &Path, name: &str, bytes: &[u8]) -> std::path::PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

#[test]
fn bad_pictures_are_refused_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let picture = image::RgbImage::from_fn(64, 48, |x, y| image::Rgb([x as u8 * 3, y as u8 * 5, (x * y) as u8]));
    let encoded = |format| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    };
    let (jpeg, png) = (encoded(image::ImageFormat::Jpeg), encoded(image::ImageFormat::Png));
    let mut boast = png.clone();
    boast[16..24].copy_from_slice(&[0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0]);
    let crc = crc32(&boast[12..29]);
    boast[29..33].copy_from_slice(&crc.to_be_bytes());
    let mut flipped = png.clone();
    flipped[60] ^= 0xff;
    let limits = Limits::default();
    type IsExpected = fn(&MediaError) -> bool;
    let cases: [(&str, &[u8], IsExpected); 6] = [
        ("half.jpg", &jpeg[..jpeg.len() / 2], |error| matches!(error, MediaError::Truncated { .. })),
        ("half.png", &png[..png.len() / 2], |error| matches!(error, MediaError::Truncated { .. })),
        ("empty.png", b"", |error| matches!(error, MediaError::Empty { .. })),
        ("text.png", b"this is not a picture at all", |error| matches!(error, MediaError::NotAPicture { .. })),
        ("boast.png", &boast, |error| matches!(error, MediaError::TooLarge { width: 100_000, .. })),
        ("flipped.png", &flipped, |error| matches!(error, MediaError::Damaged { .. })),
    ];
    for (name, bytes, is_expected) in cases {
        let error = read_picture(&written(folder.path(), name, bytes), &limits).unwrap_err();
        let text = error.to_string();
        assert!(is_expected(&error), "{name}: {error:?}");
        assert!(text.contains(name) && !text.contains('\n'), "{text}");
    }
    for format in [image::ImageFormat::WebP, image::ImageFormat::Tiff, image::ImageFormat::Bmp, image::ImageFormat::Gif]
    {
        let bytes = encoded(format);
        for cut in [bytes.len() / 3, bytes.len() / 2, bytes.len() * 9 / 10] {
            let result = read_picture(&written(folder.path(), "cut", &bytes[..cut]), &limits);
            assert!(result.is_err(), "{format:?} cut at {cut} of {}", bytes.len());
        }
        read_picture(&written(folder.path(), "whole", &bytes), &limits).unwrap();
    }
    assert!(matches!(probe(&folder.path().join("none.png")), Err(MediaError::Io { .. })));
    assert_eq!(probe(&folder.path().join("half.jpg")).unwrap().width, 64, "a header is enough to probe");
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}

#[test]
fn every_kind_of_picture_becomes_upright_rgb() {
    let folder = tempfile::tempdir().unwrap();
    let read = |name: &str| read_picture(&folder.path().join(name), &Limits::default()).unwrap();
    image::ImageBuffer::<image::Luma<u16>, _>::from_raw(3, 1, vec![1000u16, 1500, 2000])
        .unwrap()
        .save(folder.path().join("deep.png"))
        .unwrap();
    let deep = read("deep.png");
    assert_eq!(
        (deep.rgb, deep.source.bits, deep.source.channels),
        (vec![0, 0, 0, 128, 128, 128, 255, 255, 255], 16, 1)
    );

    image::RgbaImage::from_raw(2, 1, vec![10, 20, 30, 255, 10, 20, 30, 0])
        .unwrap()
        .save(folder.path().join("alpha.png"))
        .unwrap();
    let alpha = read("alpha.png");
    assert_eq!((alpha.rgb, alpha.alpha), (vec![10, 20, 30, 255, 255, 255], Some(vec![255, 0])));

    let mut encoder = png::Encoder::new(std::fs::File::create(folder.path().join("palette.png")).unwrap(), 4, 1);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Two);
    encoder.set_palette(vec![0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255]);
    encoder.write_header().unwrap().write_image_data(&[0b00_01_10_11]).unwrap();
    let palette = read("palette.png");
    assert_eq!((palette.source.palette, palette.source.bits, palette.source.channels), (true, 2, 1));
    assert_eq!(palette.rgb, [0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255]);
}

#[test]
fn a_cmyk_jpeg_gets_its_true_colours() {
    // Written by Pillow (Adobe marker, inverted CMYK): left half (200, 30, 40), right half (20, 160, 220).
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/cmyk.jpg");
    let picture = read_picture(&path, &Limits::default()).unwrap();
    assert_eq!((picture.width, picture.height, picture.source.channels), (16, 8, 4));
    for (x, expected) in [(1, [200, 30, 40]), (14, [20, 160, 220])] {
        let pixel = &picture.rgb[(3 * 16 + x) * 3..][..3];
        // JPEG at quality 90 and the rounding of the CMYK conversion.
        assert!(pixel.iter().zip(expected).all(|(&a, b)| a.abs_diff(b) <= 6), "{pixel:?} instead of {expected:?}");
    }
}

#[test]
fn exif_orientation_is_applied() {
    let folder = tempfile::tempdir().unwrap();
    // Left half dark, right half bright.
    let picture = image::GrayImage::from_fn(32, 16, |x, _| image::Luma([if x < 16 { 0 } else { 255 }]));
    let mut plain = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut plain, image::ImageFormat::Jpeg).unwrap();
    let plain = plain.into_inner();
    for (orientation, size, bright) in
        [(1u8, (32, 16), (31, 0)), (3, (32, 16), (0, 0)), (6, (16, 32), (0, 31)), (8, (16, 32), (0, 0))]
    {
        let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
        exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
        let mut bytes = vec![0xff, 0xd8, 0xff, 0xe1];
        bytes.extend(((exif.len() + 2) as u16).to_be_bytes());
        bytes.extend(exif);
        bytes.extend(&plain[2..]);
        let path = written(folder.path(), "turned.jpg", &bytes);
        let (info, picture) = (probe(&path).unwrap(), read_picture(&path, &Limits::default()).unwrap());
        assert_eq!(((info.width, info.height), info.source.orientation), (size, orientation));
        assert_eq!((picture.width, picture.height), size);
        let at = ((bright.1 * picture.width + bright.0) * 3) as usize;
        assert!(picture.rgb[at] > 200, "orientation {orientation}");
        let opposite = ((picture.height - 1 - bright.1) * picture.width + (picture.width - 1 - bright.0)) as usize * 3;
        assert!(picture.rgb[opposite] < 50, "orientation {orientation}");
    }
}

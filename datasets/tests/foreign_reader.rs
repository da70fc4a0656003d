//! Foreign readers: pycocotools, datumaro, Label Studio's converter and Pillow read what was exported and compare it
//! with masks written apart. The table goes to `target/tests/formats.md`.
//!
//! Needs `python3` with the packages of `tests/requirements.txt`; fails without them, because an export that only its own reader
//! understands is no export.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
#[path = "common/table.rs"]
mod table;

use std::path::Path;
use std::process::Command;

use common::{folder, project};
use limn_datasets::{
    CocoSegmentation, ExportOptions, Format, ImageRecord, MaskLayout, NoProgress, Object, Project, export, verify,
};
use serde_json::{Map, Value, json};

/// Runs a check script; its output becomes the message of the failure.
fn python(script: &str, arguments: &[&Path]) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python").join(script);
    let run = Command::new("python3").arg("-B").arg(&script).args(arguments).output();
    let output = run.expect("python3 is needed, with the packages of tests/requirements.txt");
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let advice = "; if a module is missing: python3 -m pip install -r tests/requirements.txt";
    assert!(output.status.success(), "{}:\n{text}{advice}", script.display());
    println!("{text}");
    text
}

/// The full masks by picture and object id, and the visible ones, written without any format's code:
/// `full/IMAGE_ID/OBJECT_ID.pgm` and `visible/...`, and `index.json`: pictures by path, classes by object.
fn write_truth(project: &Project, to: &Path) {
    let document = project.document();
    let image = |i: &ImageRecord| (i.path.clone(), json!({"id": i.id, "width": i.width, "height": i.height}));
    let images: Map<String, Value> = document.images().iter().map(image).collect();
    let class = |o: &Object| (o.id.0.to_string(), document.class(o.class).unwrap().name.clone().into());
    let classes: Map<String, Value> = document.objects().map(class).collect();
    std::fs::create_dir_all(to).unwrap();
    std::fs::write(
        to.join("index.json"),
        json!({"images": images, "classes": classes, "root": project.root()}).to_string(),
    )
    .unwrap();
    for image in project.document().images() {
        let visible = project.document().visible_masks(image.id);
        for object in project.document().objects_of(image.id) {
            let seen = visible.iter().find(|(id, _)| *id == object.id).map(|(_, mask)| mask).unwrap();
            for (kind, mask) in [("full", &object.mask), ("visible", seen)] {
                let folder = to.join(kind).join(image.id.0.to_string());
                std::fs::create_dir_all(&folder).unwrap();
                let mut text = format!("P2 {} {} 1\n", mask.width(), mask.height());
                for y in 0..mask.height() {
                    let row: Vec<&str> =
                        (0..mask.width()).map(|x| if mask.contains(x, y) { "1" } else { "0" }).collect();
                    text.push_str(&row.join(" "));
                    text.push('\n');
                }
                std::fs::write(folder.join(format!("{}.pgm", object.id.0)), text).unwrap();
            }
        }
    }
}

#[test]
fn pycocotools_decodes_the_same_masks() {
    let (base, pictures) = folder();
    let project = project(&pictures, true);
    let truth = base.path().join("truth");
    write_truth(&project, &truth);
    for segmentation in [CocoSegmentation::Auto, CocoSegmentation::Rle, CocoSegmentation::RleUncompressed] {
        let file = base.path().join(format!("{segmentation:?}.json"));
        let options = ExportOptions { segmentation, ..ExportOptions::default() };
        export(&project, Format::Coco, &file, &options, &NoProgress).unwrap();
        python("check_coco.py", &[&file, &truth, &pictures]);
    }
}

#[test]
fn pillow_reads_the_same_voc_masks() {
    let (base, pictures) = folder();
    for overlap in [false, true] {
        let project = project(&pictures, overlap);
        let truth = base.path().join(format!("truth {overlap}"));
        write_truth(&project, &truth);
        let target = base.path().join(format!("voc {overlap}"));
        let options = ExportOptions { copy_images: true, ..ExportOptions::default() };
        export(&project, Format::Voc, &target, &options, &NoProgress).unwrap();
        python("check_voc.py", &[&target, &truth]);
        drop(project);
        std::fs::remove_dir_all(&pictures).unwrap();
        std::fs::create_dir(&pictures).unwrap();
    }
}

#[test]
fn pillow_reads_the_same_mask_pngs() {
    let (base, pictures) = folder();
    let project = project(&pictures, true);
    let truth = base.path().join("truth");
    write_truth(&project, &truth);
    for mask_layout in [MaskLayout::Objects, MaskLayout::Instances, MaskLayout::Classes] {
        let target = base.path().join(format!("{mask_layout:?}"));
        let options = ExportOptions { mask_layout, ..ExportOptions::default() };
        export(&project, Format::Masks, &target, &options, &NoProgress).unwrap();
        python("check_masks.py", &[&target, &truth]);
    }
}

/// Round trip through Limn's own reader, then through somebody else's; a row of the table.
fn row(project: &Project, base: &Path, truth: &Path, format: Format, form: &str, options: ExportOptions) -> String {
    let folder = base.join(format!("{format} {form}"));
    let target = format.file().map_or_else(|| folder.clone(), |file| folder.join(file));
    export(project, format, &target, &options, &NoProgress).unwrap();
    let check = verify(format, &target, None, None, &NoProgress).unwrap();
    assert!(check.is_exact(), "{format} {form}: {check:#?}");
    let own = check.min_iou().unwrap();
    let held = check.objects.iter().filter_map(|object| object.iou_of_holdable).fold(1.0, f64::min);
    let script = |name: &str, arguments: &[&Path]| python(name, arguments);
    let (reader, iou) = match (format, options.mask_layout) {
        (Format::Coco, _) => (script("check_coco.py", &[&target, truth, project.root()]), None),
        (Format::Voc, _) => (script("check_voc.py", &[&target, truth]), None),
        (Format::Masks, MaskLayout::Objects | MaskLayout::Classes | MaskLayout::Instances) => {
            (script("check_masks.py", &[&target, truth]), None)
        }
        _ => {
            let text = script("check_formats.py", &[Path::new(format.name()), &target, truth]);
            let line = text.lines().find(|line| line.starts_with("OK\t")).unwrap().to_owned();
            let fields: Vec<&str> = line.split('\t').collect();
            (fields[1].to_owned(), Some(fields[3].to_owned()))
        }
    };
    // The older scripts compare pixel for pixel.
    let (reader, iou) = match iou {
        Some(iou) => (reader, iou),
        None if format == Format::Coco => ("pycocotools".to_owned(), "1.0000".to_owned()),
        None => ("Pillow".to_owned(), "1.0000".to_owned()),
    };
    format!("| {format} | {form} | {own:.4} | {held:.4} | {reader} | {iou} |\n")
}

#[test]
fn every_format_has_a_foreign_reader() {
    let (base, pictures) = folder();
    let project = project(&pictures, true);
    let truth = base.path().join("truth");
    write_truth(&project, &truth);
    let plain = ExportOptions::default;
    let polygons = || ExportOptions { polygons: true, ..plain() };
    let copied = || ExportOptions { copy_images: true, ..plain() };
    let masks = |mask_layout| ExportOptions { mask_layout, ..plain() };
    let mut table = String::from(
        "Smallest IoU of an object, in a document with overlaps, holes, parts, single pixels and noise: with the project, and \
         with what the format can hold of it (the pixels that nothing covers, the box).\n\n\
         | format | form | round trip, of the project | round trip, of what it holds | other reader | its IoU, of what it holds |\n|---|---|---|---|---|---|\n",
    );
    for (format, form, options) in [
        (Format::Coco, "auto", plain()),
        (Format::Coco, "rle", ExportOptions { segmentation: CocoSegmentation::Rle, ..plain() }),
        (Format::Panoptic, "", plain()),
        (Format::Voc, "", copied()),
        (Format::Labelme, "masks", copied()),
        (Format::Labelme, "polygons", ExportOptions { polygons: true, ..copied() }),
        (Format::Yolo, "", copied()),
        (Format::YoloBoxes, "", copied()),
        (Format::Cvat, "masks", plain()),
        (Format::Cvat, "polygons", polygons()),
        (Format::LabelStudio, "brush", plain()),
        (Format::LabelStudio, "polygons", polygons()),
        (Format::Datumaro, "masks", plain()),
        (Format::Datumaro, "polygons", polygons()),
        (Format::Eiseg, "", plain()),
        (Format::Masks, "objects", plain()),
        (Format::Masks, "instances", masks(MaskLayout::Instances)),
        (Format::Masks, "classes", masks(MaskLayout::Classes)),
        (Format::Masks, "colors", masks(MaskLayout::Colors)),
        (Format::Cutouts, "", plain()),
    ] {
        table += &row(&project, base.path(), &truth, format, form, options);
    }
    assert!(Format::ALL.iter().all(|format| table.contains(&format!("| {format} |"))));
    table::write("formats.md", &table);
}

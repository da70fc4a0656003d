//! Foreign readers: pycocotools and Pillow read what was exported and compare it with masks written apart.
//!
//! Needs `python3` with pycocotools, numpy and pillow; fails without them, because an export that only its own reader
//! understands is no export.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::path::Path;
use std::process::Command;

use common::{folder, project};
use limn_datasets::{CocoSegmentation, ExportOptions, Format, MaskLayout, NoProgress, Project, export};

/// Runs a check script; its output becomes the message of the failure.
fn python(script: &str, arguments: &[&Path]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python").join(script);
    let run = Command::new("python3").arg("-B").arg(&script).args(arguments).output();
    let output = run.expect("python3 is needed: install it with pycocotools, numpy and pillow");
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let advice = "; if a module is missing: python3 -m pip install pycocotools numpy pillow";
    assert!(output.status.success(), "{}:\n{text}{advice}", script.display());
    println!("{text}");
}

/// The full masks by picture and object id, and the visible ones, written without any format's code:
/// `full/IMAGE_ID/OBJECT_ID.pgm` and `visible/...`.
fn write_truth(project: &Project, to: &Path) {
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

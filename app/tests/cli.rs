//! The command line as a person meets it: the real program, its exit status, its messages.

mod support;

use limn_datasets::Project;
use serde_json::Value;
use support::{bad_onnx, card_for, disk_picture, huge_png_header, limn, one_line, sample, write_png};

#[test]
fn wrong_usage_exits_with_2() {
    for arguments in [
        &["segment"][..],
        &["segment", "a.png"],
        &["segment", "a.png", "--click", "1"],
        &["segment", "a.png", "--click", "1,2", "--backend", "cuda"],
        &["eval", "--images", "a"],
        &["eval", "--images", "a", "--masks", "b", "--adapt", "always"],
        &["export", "p.limn", "--to", "mp3:x"],
        &["verify", "coco"],
        &["--no-such-option"],
    ] {
        let output = limn(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn help_and_version_exit_with_0() {
    let output = limn(&["--version"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&output.stdout).starts_with("limn "));
    let help = String::from_utf8(limn(&["--help"]).stdout).unwrap();
    for command in ["segment", "eval", "import", "export", "verify", "info", "check", "batch", "bench", "doctor"] {
        assert!(help.contains(command), "{command}");
    }
}

#[test]
fn bad_pictures_exit_with_1_and_one_clear_line() {
    let dir = tempfile::tempdir().unwrap();
    let jpeg = std::fs::read(sample("rocket.jpg")).unwrap();
    for (name, bytes, part) in [
        ("cut off.jpg", jpeg[..jpeg.len() / 2].to_vec(), "cut off"),
        ("empty.png", Vec::new(), "empty"),
        ("text.png", b"this is only a text\n".to_vec(), "not a picture"),
        ("huge.png", huge_png_header(100_000, 100_000), "100000x100000"),
    ] {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let output = limn(&["segment", path.to_str().unwrap(), "--click", "5,5"]);
        assert_eq!(output.status.code(), Some(1), "{name}");
        let line = one_line(&output.stderr);
        assert!(line.contains(name) && line.contains(part), "{line}");
        assert!(output.stdout.is_empty());
    }
    let line = one_line(&limn(&["segment", "/nowhere/a.png", "--click", "5,5"]).stderr);
    assert!(line.contains("/nowhere/a.png"), "{line}");
}

#[test]
fn bad_models_exit_with_1_and_one_clear_line() {
    let dir = tempfile::tempdir().unwrap();
    let picture = sample("coins.png");
    let onnx = bad_onnx();
    let segment = |card: &std::path::Path| {
        let card = card.to_str().unwrap();
        limn(&["segment", picture.to_str().unwrap(), "--click", "5,5", "--backend", "reference", "--model", card])
    };
    let card = card_for(dir.path(), "strange", &onnx, &onnx);
    let output = segment(&card);
    assert_eq!(output.status.code(), Some(1));
    let line = one_line(&output.stderr);
    assert!(line.contains("Strange") && line.contains("strange node"), "operator and node are named: {line}");

    let card = card_for(dir.path(), "altered", &onnx, b"other bytes");
    let output = segment(&card);
    assert_eq!(output.status.code(), Some(1));
    let line = one_line(&output.stderr);
    assert!(line.contains("sha256") && line.contains("altered"), "{line}");

    let output = limn(&["segment", picture.to_str().unwrap(), "--click", "5,5", "--model", "nothing"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(one_line(&output.stderr).contains("edgeflow-lite0"));
}

#[test]
fn segment_covers_what_was_clicked_and_tells_what_it_did() {
    let dir = tempfile::tempdir().unwrap();
    let picture = dir.path().join("a disk.png");
    let truth = disk_picture(&picture, 320, 240, (160.0, 120.0), 60.0);
    let mask = dir.path().join("mask.png");
    let output = limn(&[
        "segment",
        picture.to_str().unwrap(),
        "--click",
        "160,120",
        "--click",
        "20,20,-",
        "--backend",
        "ort",
        "--out",
        mask.to_str().unwrap(),
        "--json",
        "-",
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty());
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let (width, height, values) = support::read_gray_png(&mask);
    assert_eq!((width, height), (320, 240));
    assert!(values.iter().all(|&v| v == 0 || v == 255));
    let at = |x: usize, y: usize| values[y * 320 + x];
    assert_eq!((at(160, 120), at(20, 20)), (255, 0));
    let both = values.iter().zip(&truth).filter(|&(&v, &t)| v != 0 && t).count() as f64;
    let either = values.iter().zip(&truth).filter(|&(&v, &t)| v != 0 || t).count() as f64;
    assert!(both / either > 0.85, "IoU with the disk {}", both / either);

    let area = values.iter().filter(|&&v| v != 0).count() as u64;
    assert_eq!(json["area"].as_u64(), Some(area));
    assert_eq!(json["clicks"][1]["positive"], Value::Bool(false));
    assert_eq!(json["backend"], "ort");
    assert_eq!(json["rle"]["size"], serde_json::json!([240, 320]));
    let rle = json["rle"]["counts"].as_str().unwrap();
    let decoded = limn_datasets::Mask::from_rle_string(320, 240, rle).unwrap();
    assert_eq!(decoded.area(), area);
    let bounds = decoded.bounds().unwrap();
    assert_eq!(json["bounds"], serde_json::json!([bounds.x0, bounds.y0, bounds.x1, bounds.y1]));
    for field in ["crop", "times", "device", "model"] {
        assert!(!json[field].is_null(), "{field}");
    }
    assert_eq!(json["times"]["clicks"].as_array().map(Vec::len), Some(2));

    // The mask that was written can be corrected: a negative click inside takes something away.
    let corrected = dir.path().join("corrected.png");
    let picture = picture.to_str().unwrap();
    let (mask, out) = (mask.to_str().unwrap(), corrected.to_str().unwrap());
    let output =
        limn(&["segment", picture, "--mask", mask, "--click", "160,75,-", "--backend", "ort", "--quiet", "--out", out]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stdout.is_empty(), "quiet");
    let (_, _, values) = support::read_gray_png(&corrected);
    assert_eq!(values[75 * 320 + 160], 0);
}

#[test]
fn a_click_outside_the_picture_is_refused() {
    let picture = sample("coins.png");
    let output = limn(&["segment", picture.to_str().unwrap(), "--click", "5000,5"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(one_line(&output.stderr).contains("outside"));
}

#[test]
fn eval_pairs_files_and_reports_every_field() {
    let dir = tempfile::tempdir().unwrap();
    let (images, masks) = (dir.path().join("my images"), dir.path().join("masks"));
    std::fs::create_dir_all(&images).unwrap();
    std::fs::create_dir_all(&masks).unwrap();
    for (name, centre) in [("one disk", (100.0, 80.0)), ("two", (60.0, 60.0))] {
        let truth = disk_picture(&images.join(format!("{name}.png")), 200, 160, centre, 40.0);
        let values: Vec<u8> = truth.iter().map(|&t| if t { 255 } else { 0 }).collect();
        write_png(&masks.join(format!("{name}#1.png")), 200, 160, png::ColorType::Grayscale, &values);
    }
    let output = limn(&[
        "eval",
        "--images",
        images.to_str().unwrap(),
        "--masks",
        masks.to_str().unwrap(),
        "--max-clicks",
        "6",
        "--backend",
        "ort",
        "--json",
        "-",
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["objects"], 2);
    for field in ["noc80", "noc85", "noc90", "seconds_per_click"] {
        assert!(json[field].as_f64().is_some_and(|v| v > 0.0), "{field}: {}", json[field]);
    }
    for k in ["1", "3", "5"] {
        let iou = json["iou_at"][k].as_f64().unwrap();
        assert!((0.0..=1.0).contains(&iou), "IoU after {k}");
    }
    assert!(json["noc80"].as_f64() <= json["noc85"].as_f64() && json["noc85"].as_f64() <= json["noc90"].as_f64());
    assert!(json["failures90"].is_u64());
    assert_eq!((json["backend"].as_str(), json["adapt"].as_str()), (Some("ort"), Some("off")));
    assert!(json["second_half"]["noc90"].is_f64());

    std::fs::write(masks.join("lost.png"), b"x").unwrap();
    let output = limn(&["eval", "--images", images.to_str().unwrap(), "--masks", masks.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(one_line(&output.stderr).contains("lost.png"));
}

#[test]
fn batch_runs_stored_clicks_again_and_data_sets_go_out_and_in() {
    let dir = tempfile::tempdir().unwrap();
    let pictures = dir.path().join("my pictures");
    std::fs::create_dir_all(&pictures).unwrap();
    let truth = disk_picture(&pictures.join("a disk.png"), 200, 160, (100.0, 80.0), 45.0);
    let truth = limn_datasets::Mask::from_bytes(200, 160, &truth.iter().map(|&t| u8::from(t)).collect::<Vec<_>>());
    let file = support::project_with_click(&pictures, (100.0, 80.0));
    let folder = pictures.to_str().unwrap();
    let mask = || {
        let project = Project::open(&file).unwrap();
        let object = project.document().objects().next().unwrap().clone();
        (object.mask.iou(&truth), object.model)
    };

    let output = limn(&["batch", folder, "--dry-run", "--backend", "ort"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("a disk.png") && text.contains("1 objects run, 1 disagree"), "{text}");
    assert_eq!(mask(), (0.0, None), "a dry run changes nothing");

    let output = limn(&["batch", folder, "--backend", "ort", "--apply", "--source", "clicks"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let (iou, model) = mask();
    assert!(iou > 0.7, "IoU with the disk after one click: {iou}");
    assert_eq!(model.as_deref(), Some("edgeflow-lite0"));
    let mut project = Project::open(&file).unwrap();
    assert!(project.undo().unwrap().is_some_and(|label| label.contains("edgeflow-lite0")), "one undo takes it back");
    assert!(project.redo().unwrap().is_some());
    drop(project);

    for format in limn_datasets::Format::ALL {
        let place = dir.path().join("out").join(format!("a set of {format}"));
        let data = format!("{format}:{}", format.file().map_or(place.clone(), |file| place.join(file)).display());
        let output = limn(&["export", folder, "--to", &data]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let output = limn(&["verify", &data]);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("1.0000") && text.contains("a disk.png"), "{text}");
    }
    let data = format!("coco:{}/out/a set of coco", dir.path().display());
    let again = dir.path().join("again.limn");
    let output = limn(&["import", again.to_str().unwrap(), "--from", &data, "--images", folder]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let project = Project::open(&again).unwrap();
    assert_eq!(project.document().objects().next().unwrap().mask.iou(&truth), iou);
}

#[test]
fn check_lists_what_is_wrong_and_exits_with_1() {
    let dir = tempfile::tempdir().unwrap();
    let pictures = dir.path().join("my pictures");
    std::fs::create_dir_all(&pictures).unwrap();
    disk_picture(&pictures.join("a disk.png"), 200, 160, (100.0, 80.0), 45.0);
    let square = serde_json::json!([[10, 10, 60, 10, 60, 60, 10, 60]]);
    let data = serde_json::json!({
        "images": [{"id": 1, "file_name": "a disk.png", "width": 200, "height": 160}],
        "categories": [{"id": 1, "name": "disk"}],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "segmentation": square},
            {"id": 2, "image_id": 1, "category_id": 1, "iscrowd": 0, "segmentation": [[10, 10, 61, 10, 61, 60, 10, 60]]},
        ],
    });
    let file = pictures.join("set.json");
    std::fs::write(&file, data.to_string()).unwrap();
    let data = format!("coco:{}", file.display());
    let output = limn(&["check", &data, "--json", "-"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(one_line(&output.stderr).contains("1 findings"));
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["findings"][0]["kind"], "duplicate");
    assert_eq!(json["findings"][0]["objects"], serde_json::json!([1, 2]));

    let file = dir.path().join("p.limn");
    let import = limn(&["import", file.to_str().unwrap(), "--from", &data, "--images", pictures.to_str().unwrap()]);
    assert_eq!(import.status.code(), Some(0), "{}", String::from_utf8_lossy(&import.stderr));
    let mut project = Project::open(&file).unwrap();
    let mut t = limn_datasets::Transaction::new("delete the double");
    t.remove_object(project.document(), limn_datasets::ObjectId(2));
    project.commit(t).unwrap();
    drop(project);
    let output = limn(&["check", file.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stdout.is_empty());
}

#[test]
fn info_tells_place_and_raw_values() {
    let scene = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/golden/domains/geo/int64_bigtiff.tif");
    let scene = scene.to_str().unwrap();
    let output = limn(&["info", scene, "--probe", "0,0", "--probe", "500,0", "--json", "-"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (found["width"].as_u64(), found["sample_type"].as_str(), found["crs"].as_str()),
        (Some(97), Some("int64"), Some("EPSG:32632"))
    );
    assert_eq!(found["probes"][0]["values"][0].as_u64(), Some(1_152_921_502_606_846_977), "{found}");
    assert!(found["probes"][1]["values"].is_null());
    let text = String::from_utf8(limn(&["info", scene, "--probe", "0,0"]).stdout).unwrap();
    assert!(text.contains("97 x 61 pixels, 1 band of int64") && text.contains("(0, 0) 11529215"), "{text}");
    assert_eq!(limn(&["info", scene, "--probe", "1"]).status.code(), Some(2));
}

#[test]
fn doctor_names_the_choice_and_the_model() {
    let output = limn(&["doctor", "--backend", "reference"]);
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    for part in ["adapters", "ONNX Runtime", "edgeflow-lite0", "12d0ddd05090 checked", "chosen: reference"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

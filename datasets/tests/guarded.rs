//! What a stranger's folder may not do: ask for memory that it is not worth, lead out, hang, give away, get away unnamed.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;

use std::path::{Path, PathBuf};

use limn_datasets::{
    CLASS_COLORS, ExportOptions, Format, ImportOptions, NoProgress, ObjectId, Project, Tolerance, export, import,
    verify,
};
use serde_json::{Value, json};

const SIDE: u32 = 1 << 22;

fn write(path: &Path, bytes: impl AsRef<[u8]>) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, bytes).unwrap();
}

fn picture(path: &Path, width: u32, height: u32) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    image::RgbImage::from_pixel(width, height, image::Rgb([90, 120, 30])).save(path).unwrap();
}

/// A COCO file with one picture `a.png` of 40 x 30.
fn coco(annotations: &Value) -> String {
    json!({
        "images": [{"id": 1, "file_name": "a.png", "width": 40, "height": 30}],
        "categories": [{"id": 1, "name": "cat"}],
        "annotations": annotations,
    })
    .to_string()
}

fn square(id: i64) -> Value {
    json!({"id": id, "image_id": 1, "category_id": 1, "segmentation": [[2, 2, 9, 2, 9, 9, 2, 9]]})
}

/// A folder with `a.png` and a project in it.
fn place() -> (tempfile::TempDir, Project) {
    let folder = tempfile::tempdir().unwrap();
    picture(&folder.path().join("a.png"), 40, 30);
    let project = Project::create(&folder.path().join("p.limn"), folder.path()).unwrap();
    (folder, project)
}

fn below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(below(&path)) } else { found.push(path) }
    }
    found
}

/// Every format that reads masks: a few bytes that ask for a mask of four million rows, many times.
#[test]
fn a_few_bytes_get_no_gigabytes() {
    let s = SIDE;
    let corners = json!([[0, 0], [3_999_999, 0], [3_999_999, 3_999_999], [0, 3_999_999]]);
    let shapes: Vec<Value> =
        (0..12).map(|_| json!({"label": "a", "shape_type": "polygon", "points": corners})).collect();
    let labelme = json!({"imagePath": "gone.png", "imageWidth": s, "imageHeight": s, "shapes": shapes});
    let side = 3_999_999u64;
    let mask = format!("<mask label='a' left='0' top='0' width='{side}' height='{side}' rle='0,{}'/>", side * side);
    let cvat = format!(
        "<annotations><image id='0' name='gone.png' width='{s}' height='{s}'>{}</image></annotations>",
        mask.repeat(12)
    );
    let annotation = json!({"type": "polygon", "label_id": 0, "points": [0, 0, s, 0, s, s, 0, s]});
    let datumaro = json!({
        "categories": {"label": {"labels": [{"name": "a"}]}},
        "items": [{"id": "gone", "image": {"path": "gone.png", "size": [s, s]}, "annotations": vec![annotation; 12]}],
    });
    let full = json!({"type": "rectanglelabels", "original_width": s, "original_height": s,
        "value": {"x": 0, "y": 0, "width": 100, "height": 100, "rectanglelabels": ["a"]}});
    let studio = json!([{"data": {"image": "gone.png"}, "annotations": [{"result": vec![full; 12]}]}]);
    let segmentation = json!({"size": [s, 1], "counts": [0, s]});
    let one = json!({"image_id": 1, "category_id": 1, "segmentation": segmentation});
    let coco = json!({
        "images": [{"id": 1, "file_name": "gone.png", "width": 1, "height": s}],
        "categories": [{"id": 1, "name": "a"}],
        "annotations": vec![one; 12],
    });
    for (format, file, text) in [
        (Format::Labelme, "a.json", labelme.to_string()),
        (Format::Cvat, "a.xml", cvat),
        (Format::Datumaro, "annotations/default.json", datumaro.to_string()),
        (Format::LabelStudio, "a.json", studio.to_string()),
        (Format::Coco, "a.json", coco.to_string()),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("set").join(file);
        write(&file, &text);
        let mut project = Project::create(&folder.path().join("p.limn"), folder.path()).unwrap();
        let from = if format.is_file() { file } else { folder.path().join("set") };
        let report = import(&mut project, format, &from, &ImportOptions::default(), &NoProgress).unwrap();
        // A few hundred bytes each are not worth 50 MB.
        let refused = report.faults.iter().filter(|fault| fault.what.contains("memory")).count();
        assert_eq!((report.objects, refused), (0, 12), "{format}: {report} {:?}", report.faults.first());
    }
}

#[cfg(unix)]
#[test]
fn pipes_are_refused_and_nothing_waits() {
    let (folder, mut project) = place();
    let pipe = |name: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        path
    };
    for (format, name) in [(Format::Coco, "c.json"), (Format::Cvat, "c.xml"), (Format::LabelStudio, "l.json")] {
        let from = pipe(name);
        let error =
            import(&mut project, format, &from, &ImportOptions::default(), &NoProgress).unwrap_err().to_string();
        assert!(error.contains("a pipe, not a file"), "{error}");
    }
    let read = |path: &Path| limn_datasets::media::read_picture(path, &limn_datasets::media::Limits::default());
    assert!(read(&pipe("b.png")).unwrap_err().to_string().contains("a pipe"));
    for (format, name) in [
        (Format::Labelme, "lm/a.json"),
        (Format::Yolo, "y/labels/a.txt"),
        (Format::Voc, "v/Annotations/a.xml"),
        (Format::Masks, "m/a.png"),
        (Format::Masks, "n/limn-export.json"),
    ] {
        let path = pipe(name);
        let set = folder.path().join(name.split('/').next().unwrap());
        assert!(
            import(&mut project, format, &set, &ImportOptions::default(), &NoProgress).is_err(),
            "{}",
            path.display()
        );
    }
    let (change, passed_over) = (project.rescan().unwrap(), project.passed_over());
    assert!(change.added.len() == 1 && passed_over.iter().any(|line| line.contains("a pipe")), "{passed_over:?}");
}

#[cfg(unix)]
#[test]
fn nothing_outside_is_looked_through_unasked() {
    use std::os::unix::fs::symlink;
    let base = tempfile::tempdir().unwrap();
    let at = |name: &str| base.path().join(name);
    picture(&at("outside/private/secret.png"), 8, 8);
    picture(&at("p/a.png"), 40, 30);
    symlink(at("outside"), at("p/more")).unwrap();
    symlink(at("outside/private/secret.png"), at("p/b.png")).unwrap();
    symlink(".", at("p/again")).unwrap();
    let mut project = Project::create(&at("p/p.limn"), &at("p")).unwrap();
    let change = project.rescan().unwrap();
    let told: Vec<&String> = project.passed_over().iter().filter(|line| line.contains("lead out")).collect();
    assert!(change.added.len() == 1 && told.len() == 1 && told[0].starts_with("2 of its links"), "{told:?}");
    assert!(project.leads_out());
    project.look_outside();
    assert_eq!(project.rescan().unwrap().added.len(), 2, "asked, all is found");
    assert!(!project.leads_out());
    drop(project);
    // A stored root that leads elsewhere.
    let elsewhere = Project::create(&at("p/other.limn"), &at("outside")).unwrap();
    drop(elsewhere);
    let mut project = Project::open(&at("p/other.limn")).unwrap();
    let change = project.rescan().unwrap();
    let told = project.passed_over().iter().any(|line| line.contains("outside of its folder"));
    assert!(change.is_empty() && told && project.leads_out(), "{change:?}");
    project.look_outside();
    assert_eq!(project.rescan().unwrap().added.len(), 1);
    // Folders of a data set.
    write(&at("set/a.json"), r#"{"imagePath": "a.png", "imageWidth": 40, "imageHeight": 30, "shapes": []}"#);
    symlink(at("outside"), at("set/more")).unwrap();
    let mut project = Project::in_memory(&at("set"));
    let report = import(&mut project, Format::Labelme, &at("set"), &ImportOptions::default(), &NoProgress).unwrap();
    assert!(report.notes.iter().any(|note| note.contains("1 of its links lead out")), "{:?}", report.notes);
}

/// The project is known again by an identity; what is given away names no folder.
#[test]
fn exports_name_no_folder_and_verify_finds_the_project() {
    let base = tempfile::tempdir().unwrap();
    let pictures = base.path().join("patient miller/study");
    std::fs::create_dir_all(&pictures).unwrap();
    let project = common::project(&pictures, false);
    let file = project.path().unwrap().to_path_buf();
    for format in Format::ALL.iter().copied() {
        let out = base.path().join("away").join(format.name());
        let target = format.file().map_or_else(|| out.clone(), |name| out.join(name));
        export(&project, format, &target, &ExportOptions::default(), &NoProgress).unwrap();
        for path in below(&out) {
            let bytes = std::fs::read(&path).unwrap();
            assert!(!bytes.windows(6).any(|part| part == b"miller"), "{}", path.display());
        }
        // Again over itself: it is known as this project's.
        export(&project, format, &target, &ExportOptions::default(), &NoProgress).unwrap();
        let named = verify(format, &target, None, Some(&file), &NoProgress).unwrap();
        assert!(named.is_exact() && named.project.is_some(), "{format}: {named:?}");
        let by_pictures = verify(format, &target, Some(&pictures), None, &NoProgress).unwrap();
        assert_eq!(by_pictures.project.as_deref(), Some(file.as_path()), "{format}");
        let alone = verify(format, &target, None, None, &NoProgress).unwrap();
        assert!(alone.project.is_none() && alone.notes.iter().any(|note| note.contains("--project")), "{format}");
    }
}

/// With a tolerance there are fewer corners, the report says what it cost, and `verify` takes it for what was asked.
#[test]
fn outlines_within_a_tolerance() {
    let (_base, folder) = common::folder();
    picture(&folder.join("b.png"), 400, 300);
    let mut project = Project::open_folder(&folder).unwrap();
    let image = project.document().image_at("b.png").unwrap().id;
    let disc = |x: i64, y: i64, r: i64| move |px: i64, py: i64| (px - x).pow(2) + (py - y).pow(2) <= r * r;
    let (one, two, hole) = (disc(100, 120, 80), disc(300, 150, 60), disc(300, 150, 25));
    let whole = common::mask(400, 300, one);
    let parted = common::mask(400, 300, |x, y| (two(x, y) && !hole(x, y)) || (x < 5 && y < 5));
    let mut t = limn_datasets::Transaction::new("objects");
    t.put_class(project.document(), limn_datasets::Class::new(limn_datasets::ClassId(1), "cat", [1, 2, 3]));
    for (id, mask) in [(1, whole), (2, parted)] {
        t.put_object(
            project.document(),
            limn_datasets::Object::new(ObjectId(id), image, limn_datasets::ClassId(1), mask),
        );
    }
    project.commit(t).unwrap();
    let tolerance = Tolerance::of_pixels(1.5).unwrap();
    for format in [
        Format::Coco,
        Format::Yolo,
        Format::Labelme,
        Format::Cvat,
        Format::LabelStudio,
        Format::Datumaro,
        Format::Eiseg,
    ] {
        assert!(format.choices().contains(&limn_datasets::Choice::Tolerance), "{format}");
        let written = |name: &str, options: &ExportOptions| {
            let out = folder.join(name).join(format.name());
            let target = format.file().map_or_else(|| out.clone(), |file| out.join(file));
            let report = export(&project, format, &target, options, &NoProgress).unwrap();
            let size: u64 = below(&out).iter().map(|path| path.metadata().unwrap().len()).sum();
            (target, report.notes, size)
        };
        let plain = ExportOptions { polygons: true, ..ExportOptions::default() };
        let (_, notes, exact) = written("exact", &plain);
        assert!(!notes.iter().any(|note| note.contains("outlines within")), "{format}: {notes:?}");
        let (target, notes, near) = written("near", &ExportOptions { tolerance, ..plain });
        let told = notes.iter().find(|note| note.contains("outlines within 1.5 pixels")).unwrap();
        assert!(told.contains("IoU with the masks at least 0.9"), "{format}: {told}");
        assert!(near < exact, "{format}: {near} bytes, exact {exact}");
        let check = verify(format, &target, None, project.path(), &NoProgress).unwrap();
        assert!(check.is_exact(), "{format}: {check:?}");
        let least = check.min_iou().unwrap();
        assert!((0.9..1.0).contains(&least), "{format}: {least}");
    }
}

#[test]
fn poses_without_an_area_and_tracks_go_back_as_they_came() {
    let (folder, mut project) = place();
    let points = json!([3, 4, 2, 0, 0, 0, 7.5, 8, 1]);
    let pose = json!({"id": 7, "image_id": 1, "category_id": 1, "keypoints": points, "num_keypoints": 2, "bbox": [0, 0, 0, 0]});
    let from = folder.path().join("c.json");
    write(&from, coco(&json!([square(1), pose])));
    let report = import(&mut project, Format::Coco, &from, &ImportOptions::default(), &NoProgress).unwrap();
    assert_eq!((report.objects, report.faults.len()), (1, 0), "{report:?}");
    assert!(report.notes.iter().any(|note| note.contains("are kept")), "{:?}", report.notes);
    let track = "<track id=\"0\" label=\"cat\"><box frame=\"0\" xtl=\"1.0\" ytl=\"2.0\" xbr=\"9.0\" ybr=\"8.0\" outside=\"0\"></box></track>";
    let from = folder.path().join("t.xml");
    write(&from, format!("<annotations>{track}</annotations>"));
    let report = import(&mut project, Format::Cvat, &from, &ImportOptions::default(), &NoProgress).unwrap();
    assert_eq!((report.objects, report.faults.len()), (0, 0), "{report:?}");
    assert!(report.notes.iter().any(|note| note.contains("tracks")), "{:?}", report.notes);

    let out = folder.path().join("out");
    let written = |format: Format, name: &str| {
        let report = export(&project, format, &out.join(name), &ExportOptions::default(), &NoProgress).unwrap();
        (std::fs::read_to_string(out.join(name)).unwrap_or_default(), report)
    };
    let (text, report) = written(Format::Coco, "again.json");
    let again: Value = serde_json::from_str(&text).unwrap();
    let all = again["annotations"].as_array().unwrap();
    let back = all.iter().find(|annotation| annotation.get("keypoints").is_some()).unwrap();
    assert_eq!((&back["keypoints"], &back["id"], &back["num_keypoints"]), (&points, &json!(7), &json!(2)));
    assert_eq!((all.len(), report.objects, back["category_id"].as_i64()), (2, 1, Some(1)));
    assert!(report.notes.iter().any(|note| note.contains("came from cvat")), "{:?}", report.notes);
    let (text, report) = written(Format::Cvat, "again.xml");
    assert!(text.contains("xtl=\"1.0\"") && text.contains("<track id=\"0\""), "{text}");
    assert!(report.notes.iter().any(|note| note.contains("came from coco")), "{:?}", report.notes);
}

#[test]
fn packed_files_that_are_called_so_are_read() {
    use std::io::Write;
    let (folder, mut project) = place();
    let pack = |text: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    };
    let import = |project: &mut Project, format, name: &str| {
        import(project, format, &folder.path().join(name), &ImportOptions::default(), &NoProgress)
    };
    let bytes = pack(coco(&json!([square(1)])).as_bytes());
    write(&folder.path().join("c.json.gz"), &bytes);
    assert_eq!(import(&mut project, Format::Coco, "c.json.gz").unwrap().objects, 1);
    write(&folder.path().join("wrong.json"), &bytes);
    assert!(import(&mut project, Format::Coco, "wrong.json").unwrap_err().to_string().contains("gzip"));
    write(&folder.path().join("bomb.json.gz"), pack(&vec![b' '; 70 << 20]));
    assert!(import(&mut project, Format::Coco, "bomb.json.gz").unwrap_err().to_string().contains("unpacks to more"));
    write(&folder.path().join("set.zip"), b"PK\x03\x04....");
    let error = import(&mut project, Format::Yolo, "set.zip").unwrap_err().to_string();
    assert!(error.contains("ZIP") && error.contains("unpack"), "{error}");
}

#[test]
fn new_classes_get_the_colours_of_the_window_and_large_ids_new_ones() {
    let (folder, mut project) = place();
    let from = folder.path().join("c.json");
    let text = json!({
        "images": [{"id": i64::MAX, "file_name": "a.png", "width": 40, "height": 30}],
        "categories": [{"id": 1i64 << 40, "name": "cat"}, {"id": 2, "name": "dog", "color": [1, 2, 3]}, {"id": 3, "name": "cow"}],
        "annotations": [{"id": 1i64 << 31, "image_id": i64::MAX, "category_id": 1i64 << 40, "segmentation": [[2, 2, 9, 2, 9, 9]]}],
    });
    write(&from, text.to_string());
    let report = import(&mut project, Format::Coco, &from, &ImportOptions::default(), &NoProgress).unwrap();
    assert!(report.notes.iter().any(|note| note.starts_with("3 ids are 2147483648 or larger")), "{:?}", report.notes);
    let document = project.document();
    let color = |name: &str| document.class_named(name).unwrap().color;
    assert_eq!(["cat", "dog", "cow"].map(color), [CLASS_COLORS[0], [1, 2, 3], CLASS_COLORS[1]]);
    assert!(
        document.classes().iter().all(|class| class.id.0 < 100) && document.objects().all(|object| object.id.0 < 100)
    );
    assert!(project.next_object_id().0 < 100);
}

#[test]
fn what_claims_too_much_or_is_no_picture_is_left_out_and_named() {
    let (folder, mut project) = place();
    write(&folder.path().join("id_secret"), "PRIVATE KEY".repeat(20));
    let text = json!({
        "images": [
            {"id": 1, "file_name": "a.png", "width": 40, "height": 30},
            {"id": 2, "file_name": "gone.png", "width": 200_000, "height": 200_000},
            {"id": 3, "file_name": "id_secret", "width": 40, "height": 30},
        ],
        "categories": [{"id": 1, "name": "cat"}],
        "annotations": (1..=3).map(|image| json!({"id": image, "image_id": image, "category_id": 1, "segmentation": [[2, 2, 9, 2, 9, 9]]})).collect::<Vec<_>>(),
    });
    write(&folder.path().join("c.json"), text.to_string());
    import(&mut project, Format::Coco, &folder.path().join("c.json"), &ImportOptions::default(), &NoProgress).unwrap();
    let instances = ExportOptions {
        mask_layout: limn_datasets::MaskLayout::Instances,
        copy_images: true,
        polygons: true,
        ..ExportOptions::default()
    };
    for format in [Format::Masks, Format::Voc, Format::Panoptic] {
        let out = folder.path().join("out").join(format.name());
        let report = export(&project, format, &out, &instances, &NoProgress).unwrap();
        assert!(report.notes.iter().any(|note| note.starts_with("gone.png: left out")), "{format}: {:?}", report.notes);
        assert!(report.images == 2 && report.files >= 2, "{format}: {report}");
    }
    for format in [Format::Voc, Format::Yolo, Format::Labelme, Format::Datumaro] {
        let out = folder.path().join("copied").join(format.name());
        let report = export(&project, format, &out, &instances, &NoProgress).unwrap();
        assert!(
            report.notes.iter().any(|note| note.starts_with("id_secret: not copied")),
            "{format}: {:?}",
            report.notes
        );
        for path in below(&out) {
            assert!(!std::fs::read(&path).unwrap().starts_with(b"PRIVATE"), "{}", path.display());
        }
    }
}

/// A project that is damaged is compared as far as it can be read, and that is said.
#[test]
fn a_rescued_project_is_named_by_verify() {
    let (folder, mut project) = place();
    write(&folder.path().join("c.json"), coco(&json!([square(1), square(2)])));
    import(&mut project, Format::Coco, &folder.path().join("c.json"), &ImportOptions::default(), &NoProgress).unwrap();
    let out = folder.path().join("out.json");
    export(&project, Format::Coco, &out, &ExportOptions::default(), &NoProgress).unwrap();
    let path = project.path().unwrap().to_path_buf();
    drop(project);
    assert_eq!(verify(Format::Coco, &out, None, Some(&path), &NoProgress).unwrap().damage, None);
    rusqlite::Connection::open(&path).unwrap().execute_batch("UPDATE object SET record = '{' WHERE id = 2").unwrap();
    let report = verify(Format::Coco, &out, None, Some(&path), &NoProgress).unwrap();
    assert!(report.damage.is_some_and(|damage| damage.contains("lost")), "{:?}", report.objects);
}

//! Where folders and names lead: folders that hold themselves, roots elsewhere, names that go upwards, what an export gives away.

use std::os::unix::fs::PermissionsExt as _;

use limn_tests::make::{self, Plan, data};
use limn_tests::verdicts::Verdict;
use limn_tests::{Folder, limn};
use serde_json::json;

use crate::{Asked, Seen, bytes, copied, folder_of, link};

pub const CASES: &[Asked] = &[
    Asked {
        name: "walks-links-to-itself",
        right: "a folder that holds itself is visited once: one object comes in",
        ask: itself,
    },
    Asked {
        name: "walks-root-elsewhere",
        right: "opening a folder takes in no picture from outside of it",
        ask: root_elsewhere,
    },
    Asked {
        name: "walks-private-file",
        right: "only what decodes as a picture is copied into an export",
        ask: private_file,
    },
    Asked { name: "walks-private-paths", right: "no export names a folder outside of it", ask: private_paths },
    Asked {
        name: "walks-rights-of-copies",
        right: "a copy is readable by nobody who may not read the original",
        ask: rights,
    },
    Asked {
        name: "walks-upward-names",
        right: "control: every file of an export lies below its target",
        ask: upward_names,
    },
];

fn itself(case: &Folder) -> Verdict {
    let mut seen = Seen::default();
    for (format, picture, file, text) in [
        (
            "labelme",
            "a.png",
            "a.json",
            r#"{"imagePath": "a.png", "imageWidth": 40, "imageHeight": 30, "shapes": [{"label": "a", "points": [[2, 2], [9, 2], [9, 9]]}]}"#,
        ),
        ("yolo", "images/a.png", "labels/a.txt", "0 0.1 0.1 0.4 0.1 0.4 0.4\n"),
    ] {
        let folder = case.join(format);
        make::png(folder.join(picture));
        let place = make::file(folder.join(file), text);
        for links in [&["again"][..], &["b", "c", "d"]] {
            for name in links {
                link(".", folder_of(&place).join(name));
            }
            let path = case.join(format!("{format}{}.limn", links.len()));
            let images = folder.display().to_string();
            let run = make::import(case, &path, format, &folder, &["--images", &images]);
            let count = make::objects(&path);
            seen.note(
                run.fine() && count == Some(1),
                format!("{format}, {} more links: {run}; {count:?} objects", links.len()),
            );
        }
    }
    seen.verdict()
}

fn root_elsewhere(case: &Folder) -> Verdict {
    let path = make::project(case, &Plan::default());
    for i in 0..3 {
        make::png(case.join(format!("outside/private/secret{i}.png")));
    }
    let outside = case.join("outside");
    let mut seen = Seen::default();
    for (name, root) in [("root", outside.display().to_string()), ("above", "..".into()), ("link", String::new())] {
        let folder = case.join(name);
        copied(folder_of(&path), &folder);
        let project = folder.join(format!("{name}.limn"));
        std::fs::rename(folder.join("p.limn"), &project).expect("renamed");
        if root.is_empty() {
            link(&outside, folder.join("more"));
        } else {
            make::sql(&project, &format!("INSERT OR REPLACE INTO meta VALUES('root', '{root}')"));
        }
        let run = limn!(case; "check", &folder).seconds(30).run();
        let taken = make::ask(&project, "SELECT count(*) FROM image WHERE record LIKE '%secret%'");
        seen.note(
            run.fine() && taken.as_deref() == Some("0"),
            format!("{name}: {run}; {taken:?} pictures from outside"),
        );
    }
    seen.verdict()
}

fn private_file(case: &Folder) -> Verdict {
    let path = make::project(case, &Plan::default());
    let secret = make::file(case.join("id_secret"), "PRIVATE KEY ".repeat(20));
    make::file(folder_of(&path).join("inside"), "PRIVATE KEY ".repeat(20));
    link(&secret, folder_of(&path).join("link.png"));
    let mut seen = Seen::default();
    for stored in ["../id_secret".to_owned(), secret.display().to_string(), "inside".into(), "link.png".into()] {
        make::change_record(&path, "image", |record| record["path"] = json!(stored));
        for format in ["voc", "yolo", "labelme", "datumaro"] {
            let out = format!("out-{format}-{}", seen.right + seen.wrong.len());
            let run = limn!(case; "export", &path, "--to", data(format, &case.join(&out)), "--copy-images").run();
            let given = holding(case, &out, b"PRIVATE KEY");
            seen.note(run.fine() && given.is_empty(), format!("{format} {stored}: {run}; copied: {given:?}"));
        }
    }
    seen.verdict()
}

fn private_paths(case: &Folder) -> Verdict {
    let path = make::project(case, &Plan { folder: "private-patient-miller/study", ..Plan::default() });
    let mut seen = Seen::default();
    for format in [
        "coco",
        "masks",
        "voc",
        "labelme",
        "yolo",
        "cvat",
        "label-studio",
        "datumaro",
        "eiseg",
        "coco-panoptic",
        "cutouts",
    ] {
        let out = format!("give-away/{format}");
        let run = limn!(case; "export", &path, "--to", data(format, &case.join(&out))).run();
        let told = holding(case, &out, b"patient-miller");
        let at = case.join(&out);
        let file = at.is_file() && contains(&bytes(&at), b"patient-miller");
        seen.note(
            run.ok() && told.is_empty() && !file,
            format!("{format}: {}; the folder's name stands in {told:?}", run.how()),
        );
    }
    seen.verdict()
}

/// The files below a folder of the case that hold some bytes.
fn holding(case: &Folder, folder: &str, wanted: &[u8]) -> Vec<String> {
    case.files_below(folder).into_iter().filter(|name| contains(&bytes(case.join(name)), wanted)).collect()
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

fn rights(case: &Folder) -> Verdict {
    let path = make::project(case, &Plan::default());
    let picture = folder_of(&path).join("a.png");
    std::fs::set_permissions(&picture, std::fs::Permissions::from_mode(0o600)).expect("rights");
    let mut seen = Seen::default();
    for (format, copy) in [("voc", "JPEGImages/a.png"), ("labelme", "a.png"), ("yolo", "images/train/a.png")] {
        let out = case.join(format!("out-{format}"));
        let run = limn!(case; "export", &path, "--to", data(format, &out), "--copy-images").run();
        let mode = std::fs::metadata(out.join(copy)).map(|data| data.permissions().mode() & 0o777).ok();
        seen.note(mode == Some(0o600), format!("{format}: {}; 0o600 became {mode:?}", run.how()));
    }
    seen.verdict()
}

fn upward_names(case: &Folder) -> Verdict {
    let names = ["../../up", "/abs", "..", ".", "a/../../b", "con", "x\\..\\..\\y", "nul\\u0000"];
    make::png(case.join("p/a.png"));
    let squares: Vec<make::Outlined> =
        (0..names.len()).map(|i| (0, i, make::square(2 + i as u32, 2 + i as u32, 6))).collect();
    let source = make::coco(case.join("s.json"), &[("a.png", 40, 30)], &squares, &names);
    let path = case.join("p/p.limn");
    let images = case.join("p").display().to_string();
    make::import(case, &path, "coco", &source, &["--images", &images]);
    let before = outside_of_targets(case);
    let (mut seen, mut exports) = (Seen::default(), 0);
    for stored in ["a.png", "../../../up.png", "../p/a.png", "x/../../../y.png"] {
        make::change_record(&path, "image", |record| record["path"] = json!(stored));
        for format in [
            "coco",
            "coco-panoptic",
            "voc",
            "labelme",
            "yolo",
            "yolo-boxes",
            "cvat",
            "label-studio",
            "datumaro",
            "eiseg",
            "masks",
            "cutouts",
        ] {
            exports += 1;
            let out = case.join(format!("deep/er/{format}{exports}{}", if format == "coco" { ".json" } else { "" }));
            let run = limn!(case; "export", &path, "--to", data(format, &out)).run();
            let now = outside_of_targets(case);
            seen.note(run.fine() && now == before, format!("{format} {stored}: {run}; outside: {now:?}"));
        }
    }
    seen.verdict()
}

fn outside_of_targets(case: &Folder) -> Vec<String> {
    let own = |name: &String| name.starts_with("deep/er") || name.starts_with("tmp/") || name.contains(".limn-");
    case.files_below("").into_iter().filter(|name| !own(name)).collect()
}

//! Pipes and devices under the names of pictures, data files and the program's own files: passed over at once.

use limn_tests::make::{self, Plan, data};
use limn_tests::verdicts::Verdict;
use limn_tests::{Folder, GB, limn};
use serde_json::json;

use crate::{Asked, Seen, beside, copied, folder_of, link, pipe};

pub const CASES: &[Asked] = &[
    Asked { name: "pipes-as-pictures", right: "passed over, at once", ask: pictures },
    Asked {
        name: "pipes-as-data",
        right: "refused or passed over by every reader, at once and below 500 MB",
        ask: data_files,
    },
    Asked {
        name: "pipes-under-own-names",
        right: "lock, note, project, class list: refused or passed over at once",
        ask: own_names,
    },
    Asked {
        name: "pipes-as-stored-picture",
        right: "a stored picture that is a pipe or a device stops no export",
        ask: stored_picture,
    },
];

fn pictures(case: &Folder) -> Verdict {
    let path = make::project(case, &Plan::default());
    let mut seen = Seen::default();
    for name in ["pipe", "zero", "terminal"] {
        let folder = case.join(name);
        copied(folder_of(&path), &folder);
        std::fs::rename(folder.join("p.limn"), folder.join(format!("{name}.limn"))).expect("renamed");
        match name {
            "pipe" => pipe(folder.join("b.png")),
            "zero" => link("/dev/zero", folder.join("b.png")),
            _ => link("/dev/tty", folder.join("b.png")),
        }
        let run = limn!(case; "check", &folder).seconds(10).memory(3 * GB).run();
        seen.run(name, &run, 10.0, 500);
        let run = limn!(case; "segment", folder.join("b.png"), "--click", "3,3", "--backend", "reference")
            .memory(3 * GB)
            .run();
        seen.run(&format!("segment {name}"), &run, 20.0, 500);
    }
    seen.verdict()
}

fn data_files(case: &Folder) -> Verdict {
    let mut seen = Seen::default();
    let places = [
        ("labelme", "x.json"),
        ("yolo", "labels/x.txt"),
        ("yolo", "data.yaml"),
        ("voc", "Annotations/x.xml"),
        ("voc", "labelmap.txt"),
        ("voc", "SegmentationClass/a.png"),
        ("masks", "a.png"),
        ("masks", "labelmap.txt"),
        ("datumaro", "annotations/default.json"),
        ("eiseg", "annotations.json"),
        ("eiseg", "autosave_label.txt"),
        ("coco-panoptic", "panoptic.json"),
    ];
    for (format, usual) in places {
        for kind in ["pipe", "zero"] {
            let folder = case.join(format!("{format}-{kind}-{}", seen.right + seen.wrong.len()));
            let place = folder.join(usual);
            std::fs::create_dir_all(folder_of(&place)).expect("a folder");
            for inner in ["JPEGImages", "Annotations", "labels", "images"] {
                std::fs::create_dir_all(folder.join(inner)).expect("a folder");
            }
            if kind == "pipe" {
                pipe(&place)
            } else {
                link("/dev/zero", &place)
            }
            let project = folder.with_extension("limn");
            let run = limn!(case; "import", &project, "--from", data(format, &folder)).seconds(10).memory(3 * GB).run();
            seen.run(&format!("{format} {usual} {kind}"), &run, 10.0, 500);
        }
    }
    pipe(case.join("c.json"));
    for format in ["coco", "cvat", "label-studio"] {
        for path in [case.join("c.json"), "/dev/zero".into()] {
            let project = case.join(format!("{format}.limn"));
            let run = limn!(case; "import", &project, "--from", data(format, &path)).seconds(10).memory(3 * GB).run();
            seen.run(&format!("{format} {}", path.display()), &run, 10.0, 500);
        }
    }
    seen.verdict()
}

fn own_names(case: &Folder) -> Verdict {
    let path = make::project(case, &Plan::default());
    let mut seen = Seen::default();
    pipe(beside(&path, ".lock"));
    seen.run("lock", &limn!(case; "check", &path).seconds(8).run(), 8.0, 500);
    std::fs::remove_file(beside(&path, ".lock")).ok();
    for action in ["export", "import"] {
        let out = case.join(format!("masks-{action}"));
        std::fs::create_dir(&out).expect("a folder");
        pipe(out.join("limn-export.json"));
        let run = if action == "export" {
            limn!(case; "export", &path, "--to", data("masks", &out)).seconds(8).run()
        } else {
            limn!(case; "import", case.join("new.limn"), "--from", data("masks", &out)).seconds(8).run()
        };
        seen.run(&format!("note, {action}"), &run, 8.0, 500);
    }
    pipe(case.join("f.limn"));
    seen.run("project", &limn!(case; "check", case.join("f.limn")).seconds(8).run(), 8.0, 500);
    link("/dev/zero", case.join("z.limn"));
    seen.run("project, device", &limn!(case; "check", case.join("z.limn")).seconds(8).memory(3 * GB).run(), 8.0, 500);
    seen.verdict()
}

fn stored_picture(case: &Folder) -> Verdict {
    let path = make::project(case, &Plan { pictures: &["a.png", "b.png"], ..Plan::default() });
    pipe(folder_of(&path).join("pipe.png"));
    link("/dev/zero", folder_of(&path).join("zero.png"));
    let mut seen = Seen::default();
    for stored in ["pipe.png", "zero.png"] {
        make::change_record(&path, "image", |record| record["path"] = json!(stored));
        for format in ["masks", "voc", "cutouts", "yolo"] {
            let out = case.join(format!("{format}-{stored}"));
            let run = limn!(case; "export", &path, "--to", data(format, &out), "--copy-images").memory(3 * GB).run();
            seen.run(&format!("{format} {stored}"), &run, 20.0, 500);
        }
    }
    seen.verdict()
}

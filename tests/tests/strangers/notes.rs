//! What others left where exports go: notes of exports, hidden folders, documents, pictures. It stays, unless a person says so.

use std::time::{Duration, SystemTime};

use limn_tests::make::{self, Plan, data};
use limn_tests::verdicts::Verdict;
use limn_tests::{Folder, limn};

use crate::{Asked, Seen, bytes, folder_of, link};

pub const CASES: &[Asked] = &[
    Asked {
        name: "notes-of-a-stranger",
        right: "what a stranger's limn-export.json lists is not removed, neither here nor through a link",
        ask: of_a_stranger,
    },
    Asked {
        name: "notes-upwards",
        right: "names in a note that lead out of the folder or to everything in it count for nothing",
        ask: upwards,
    },
    Asked {
        name: "notes-hidden-folder",
        right: "a folder .limn-export-NAME without this program's mark stays",
        ask: hidden_folder,
    },
    Asked {
        name: "masks-over-originals",
        right: "the originals of linked pictures keep their bytes",
        ask: over_originals,
    },
    Asked {
        name: "pictures-over-pictures",
        right: "--copy-images replaces no picture that this program did not write",
        ask: over_pictures,
    },
    Asked {
        name: "exports-over-documents",
        right: "no export replaces a document that this program did not write",
        ask: over_documents,
    },
    Asked {
        name: "results-over-inputs",
        right: "segment replaces no picture that it reads, check --json no picture and no project, by any spelling",
        ask: over_inputs,
    },
    Asked {
        name: "own-export-again",
        right: "control: what this project wrote is written again without a question, also from its own note",
        ask: own_again,
    },
];

fn of_a_stranger(case: &Folder) -> Verdict {
    let path = make::project(case, &Plan::default());
    let out = case.join("shared");
    let files = [
        make::file(out.join("papers/mine.doc"), "mine"),
        make::file(out.join("notes.txt"), "mine too"),
        make::file(case.join("outside/private.txt"), "outside"),
    ];
    link(case.join("outside"), out.join("link"));
    make::file(
        out.join("limn-export.json"),
        r#"{"format": "masks", "files": ["papers/mine.doc", "notes.txt", "link/private.txt"]}"#,
    );
    let mut seen = Seen::default();
    for more in [&[][..], &["--overwrite"]] {
        let mut arguments = vec!["export".into(), path.clone().into(), "--to".into(), data("masks", &out).into()];
        arguments.extend(more.iter().map(std::ffi::OsString::from));
        let run = case.limn(arguments).run();
        let left = files.iter().filter(|file| file.exists()).count();
        seen.note(left == 3, format!("{more:?}: {run}; {left} of three files are left"));
    }
    seen.verdict()
}

fn upwards(case: &Folder) -> Verdict {
    let path = make::project(case, &Plan::default());
    let mut seen = Seen::default();
    for (i, listed) in ["../mine.txt", "x/../../mine.txt", ".", "..", "", "./"].into_iter().enumerate() {
        let mine = make::file(case.join("mine.txt"), "mine");
        let out = case.join(format!("out{i}"));
        let other = make::file(out.join("other.txt"), "other");
        let absolute = mine.display().to_string();
        make::file(
            out.join("limn-export.json"),
            serde_json::json!({"format": "masks", "files": [listed, absolute]}).to_string(),
        );
        let run = limn!(case; "export", &path, "--to", data("masks", &out)).run();
        seen.note(mine.exists() && other.exists() && run.fine(), format!("{listed:?}: {run}; a file is gone"));
    }
    seen.verdict()
}

fn hidden_folder(case: &Folder) -> Verdict {
    let path = make::project(case, &Plan::default());
    let mut seen = Seen::default();
    for name in [".limn-export-settings", ".limn-export-1234-5678", ".limn-export-"] {
        let mine = case.join("out").join(name);
        let file = make::file(mine.join("thesis.txt"), "mine");
        let old = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        std::fs::File::open(&mine).and_then(|folder| folder.set_modified(old)).expect("an old folder");
        let run = limn!(case; "export", &path, "--to", data("masks", &case.join("out")), "--overwrite").run();
        let plain = limn!(case; "export", &path, "--to", data("masks", &case.join("out"))).run();
        seen.note(file.exists(), format!("{name}: {run}, {plain}; my folder is gone"));
    }
    seen.verdict()
}

fn over_originals(case: &Folder) -> Verdict {
    let originals = case.join("originals");
    let original = make::rgb(originals.join("a.png"), 77);
    let before = bytes(&original);
    std::fs::create_dir(case.join("p")).expect("a folder");
    link(&original, case.join("p/a.png"));
    let path = make::project(case, &Plan::default());
    let mut seen = Seen::default();
    for more in [&["--layout", "instances"][..], &["--layout", "instances", "--overwrite"]] {
        let mut arguments = vec!["export".into(), path.clone().into(), "--to".into(), data("masks", &originals).into()];
        arguments.extend(more.iter().map(std::ffi::OsString::from));
        let run = case.limn(arguments).run();
        seen.note(bytes(&original) == before, format!("{more:?}: {run}; the original is replaced by a mask"));
    }
    seen.verdict()
}

fn over_pictures(case: &Folder) -> Verdict {
    let path = make::project(case, &Plan::default());
    let mut seen = Seen::default();
    let places = [("voc", "JPEGImages"), ("labelme", "."), ("yolo", "images/train"), ("datumaro", "images")];
    for (format, place) in places {
        let out = case.join(format);
        let other = make::rgb(out.join(place).join("a.png"), 200);
        let before = bytes(&other);
        let run = limn!(case; "export", &path, "--to", data(format, &out), "--copy-images").run();
        seen.note(bytes(&other) == before, format!("{format}: {run}; replaced"));
    }
    seen.verdict()
}

fn over_documents(case: &Folder) -> Verdict {
    let path = make::project(case, &Plan::default());
    let mine = "MINE ".repeat(50);
    let mut seen = Seen::default();
    let targets: [(&str, &str, &[&str]); 9] = [
        ("coco", "mine.json", &["mine.json"]),
        ("cvat", "mine.xml", &["mine.xml"]),
        ("yolo", "y", &["y/data.yaml", "y/labels/train/a.txt"]),
        ("masks", "m", &["m/a#1.png"]),
        ("eiseg", "e", &["e/autosave_label.txt", "e/annotations.json"]),
        ("labelme", "l", &["l/a.json"]),
        ("voc", "v", &["v/labelmap.txt", "v/ImageSets/Segmentation/train.txt"]),
        ("label-studio", "ls.json", &["ls.json"]),
        ("datumaro", "d", &["d/annotations/default.json"]),
    ];
    for (format, target, foreign) in targets {
        for name in foreign {
            make::file(case.join(name), &mine);
        }
        let run = limn!(case; "export", &path, "--to", data(format, &case.join(target))).run();
        for name in foreign {
            seen.note(bytes(case.join(name)) == mine.as_bytes(), format!("{format}: {run}; {name} is replaced"));
        }
    }
    seen.verdict()
}

fn over_inputs(case: &Folder) -> Verdict {
    let mut seen = Seen::default();
    let picture = case.join("a.png");
    link(".", case.join("round"));
    for target in [picture.clone(), case.join("tmp/../a.png"), case.join("round/a.png")] {
        make::rgb(&picture, 90);
        let before = bytes(&picture);
        let run = limn!(case; "segment", &picture, "--click", "20,15", "--backend", "reference", "--out", &target)
            .seconds(90)
            .run();
        seen.note(bytes(&picture) == before && run.code == 1, format!("segment --out {}: {run}", target.display()));
    }
    let path = make::project(case, &Plan::default());
    for target in [folder_of(&path).join("a.png"), path.clone()] {
        let before = bytes(&target);
        let run = limn!(case; "check", &path, "--json", &target).run();
        seen.note(bytes(&target) == before, format!("check --json {}: {run}", target.display()));
        std::fs::write(&target, before).expect("as it was");
    }
    seen.verdict()
}

fn own_again(case: &Folder) -> Verdict {
    let path = make::project(case, &Plan::default());
    let mut seen = Seen::default();
    for format in ["coco", "cvat", "yolo", "masks", "eiseg", "labelme", "voc", "label-studio", "datumaro"] {
        for turn in ["first", "second"] {
            let run = limn!(case; "export", &path, "--to", data(format, &case.join(format!("out-{format}")))).run();
            seen.note(run.ok(), format!("{format}, {turn} time: {run}"));
        }
    }
    seen.verdict()
}

//! What reaches the terminal: names of strangers are escaped, and one bad name stops nothing.

use limn_tests::make::{self, Plan, data};
use limn_tests::verdicts::Verdict;
use limn_tests::{Folder, Run, limn};
use serde_json::json;

use crate::{Asked, Seen};

pub const CASES: &[Asked] = &[
    Asked {
        name: "printing-escape-codes",
        right: "no byte below 32 but tab and line end, no 127, no C1 in anything that is printed",
        ask: escape_codes,
    },
    Asked {
        name: "printing-one-bad-name",
        right: "a name that an export cannot use: the other pictures are exported",
        ask: bad_names,
    },
];

/// Control characters that a terminal would obey.
pub fn raw(run: &Run) -> bool {
    run.words().chars().any(|c| c.is_control() && c != '\n' && c != '\t' && c != '\r')
}

fn escape_codes(case: &Folder) -> Verdict {
    let evil = "a\u{1b}]0;owned\u{7}\u{1b}[2Jb\u{9b}31m";
    make::png(case.join("p/a.png"));
    let evil_picture = format!("{evil}.png");
    let far = json!([[900, 900, 901, 900, 901, 901]]);
    let objects = [(0, 0, make::square(2, 2, 6)), (1, 0, make::square(2, 2, 6)), (1, 0, far)];
    let source = make::coco(case.join("p/s.json"), &[(&evil_picture, 40, 30), ("a.png", 40, 30)], &objects, &[evil]);
    let path = case.join("p/p.limn");
    let strange = make::file(case.join("x\u{1b}[31m.png"), "no picture");
    let from = data("coco", &source);
    let out = |format: &str| data(format, &case.join(format!("o-{format}")));
    let runs = [
        ("import", limn!(case; "import", &path, "--from", &from).run()),
        ("check", limn!(case; "check", &path).run()),
        ("check of a data set", limn!(case; "check", &from).run()),
        ("export", limn!(case; "export", &path, "--to", out("voc"), "--copy-images").run()),
        ("verify", limn!(case; "verify", out("voc")).run()),
        ("labelme", limn!(case; "export", &path, "--to", out("labelme")).run()),
        ("yolo", limn!(case; "export", &path, "--to", out("yolo")).run()),
        ("segment", limn!(case; "segment", &strange, "--click", "1,1").run()),
        ("model", limn!(case; "segment", case.join("p/a.png"), "--click", "1,1", "--model", evil).run()),
        ("no project", limn!(case; "check", format!("{evil}.limn")).run()),
    ];
    let mut seen = Seen::default();
    for (name, run) in runs {
        seen.note(run.fine() && !raw(&run), format!("{name}: {}; control characters are printed", run.how()));
    }
    seen.verdict()
}

fn bad_names(case: &Folder) -> Verdict {
    let mut seen = Seen::default();
    let path = make::project(case, &Plan { pictures: &["a.png", "b.png"], ..Plan::default() });
    let long = format!("{}.png", "n".repeat(300));
    let wide = format!("{}.png", "\u{8def}".repeat(90));
    let mut export = |what: &str, path: &std::path::Path, format: &str| {
        let out = format!("o{}", seen.right + seen.wrong.len());
        let run = limn!(case; "export", path, "--to", data(format, &case.join(&out))).run();
        let there =
            case.files_below(&out).iter().any(|file| file.rsplit('/').next().is_some_and(|name| name.starts_with('b')));
        seen.note(run.fine() && there, format!("{format} {what}: {run}; nothing of b.png"));
    };
    for name in ["/", "..", "a/../../x", &long, &wide, "x.png/", "nul\0.png"] {
        make::change_record(&path, "image", |record| record["path"] = json!(name));
        let what: String = name.chars().take(10).collect();
        for format in ["masks", "voc", "labelme", "yolo"] {
            export(&format!("picture {what:?}"), &path, format);
        }
    }
    let long = "n".repeat(300);
    let path = make::project(case, &Plan { folder: "q", pictures: &["a.png", "b.png"], classes: &[&long, "cat"] });
    make::sql(
        &path,
        "UPDATE object SET class = 2, record = replace(record, '\"class\":1', '\"class\":2') WHERE image = 2",
    );
    for format in ["cutouts", "masks", "voc"] {
        export("class of 300 letters", &path, format);
    }
    seen.verdict()
}

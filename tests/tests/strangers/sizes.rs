//! Sizes that a data set claims: one line, at once, whatever is claimed.

use limn_tests::make::{self, Png, data};
use limn_tests::verdicts::Verdict;
use limn_tests::{Folder, GB, limn};
use serde_json::{Value, json};

use crate::{Asked, Seen};

pub const CASES: &[Asked] = &[
    Asked {
        name: "sizes-claimed",
        right: "sides near 2^32 with a few bytes: one line within 5 s and 500 MB",
        ask: claimed,
    },
    Asked {
        name: "sizes-transposed",
        right: "sides above 2^22 are refused by every reader, below 200 MB",
        ask: transposed,
    },
    Asked {
        name: "sizes-few-bytes-of-runs",
        right: "7 KB of run lengths that are millions of spans: below 500 MB",
        ask: runs,
    },
    Asked {
        name: "sizes-on-the-way-out",
        right: "a claimed picture is named, the others are written, below 1 GB",
        ask: on_the_way_out,
    },
    Asked {
        name: "sizes-slides",
        right: "control: twelve masks of 20,000 x 20,000 are exported below 1.5 GB",
        ask: slides,
    },
    Asked {
        name: "sizes-label-maps",
        right: "label maps that claim or unpack to 22,000 a side: within 5 s and 600 MB",
        ask: label_maps,
    },
    Asked { name: "sizes-deep", right: "deep JSON and XML, entities, anchors: within 5 s and 300 MB", ask: deep },
];

const BIG: u64 = 4_294_967_295;

fn claimed(case: &Folder) -> Verdict {
    let folder = case.join("d");
    let mut seen = Seen::default();
    let mut take = |what: &str, format: &str, path: std::path::PathBuf| {
        let project = case.join(format!("{what}.limn"));
        let run = limn!(case; "import", &project, "--from", data(format, &path)).seconds(10).run();
        seen.run(what, &run, 5.0, 500);
    };
    let cvat = |shape: &str| {
        format!(
            "<annotations><meta><task><labels><label><name>a</name></label></labels></task></meta>\
             <image id=\"0\" name=\"a.png\" width=\"{BIG}\" height=\"{BIG}\">{shape}</image></annotations>"
        )
    };
    let mask = format!(
        "<mask label=\"a\" left=\"0\" top=\"0\" width=\"{BIG}\" height=\"{BIG}\" rle=\"0,{}\"/>",
        u128::from(BIG) * u128::from(BIG)
    );
    take("cvat-mask", "cvat", make::file(folder.join("mask.xml"), cvat(&mask)));
    let polygon = format!("<polygon label=\"a\" points=\"0,0;{BIG},0;{BIG},{BIG}\"/>");
    take("cvat-polygon", "cvat", make::file(folder.join("polygon.xml"), cvat(&polygon)));
    let shape = json!([{"label": "a", "shape_type": "rectangle", "points": [[0, 0], [3_999_999, 3_999_999]]}]);
    let labelme = json!({"imagePath": "a.png", "imageWidth": BIG, "imageHeight": BIG, "shapes": shape});
    make::file(folder.join("lm/a.json"), labelme.to_string());
    take("labelme", "labelme", folder.join("lm"));
    let mark = |kind: &str, key: &str, points: Value| {
        let mut mark = json!({"type": kind, "label_id": 0, "id": 0, "group": 0, "z_order": 0});
        mark[key] = points;
        json!({"info": {}, "categories": {"label": {"labels": [{"name": "a"}]}},
               "items": [{"id": "a", "image": {"path": "a.png", "size": [BIG, BIG]}, "annotations": [mark]}]})
    };
    make::file(
        folder.join("dm/annotations/default.json"),
        mark("polygon", "points", json!([0, 0, BIG, 0, BIG, BIG])).to_string(),
    );
    take("datumaro", "datumaro", folder.join("dm"));
    let runs = json!({"counts": [0, BIG, BIG, BIG], "size": [BIG, BIG]});
    make::file(folder.join("dr/annotations/default.json"), mark("mask", "rle", runs).to_string());
    take("datumaro-runs", "datumaro", folder.join("dr"));
    let side = 4_194_304_u32;
    let ring = json!([[0, 0, side, 0, side, side, 0, side]]);
    take(
        "coco-polygon",
        "coco",
        make::coco(folder.join("c.json"), &[("a.png", side, side)], &[(0, 0, ring)], &["cat"]),
    );
    let runs = json!({"size": [side, side], "counts": [0, BIG]});
    take("coco-runs", "coco", make::coco(folder.join("r.json"), &[("a.png", side, side)], &[(0, 0, runs)], &["cat"]));
    seen.verdict()
}

fn transposed(case: &Folder) -> Verdict {
    let mut seen = Seen::default();
    for side in [2_147_483_648_u64, BIG, 300_000_000] {
        let folder = case.join(format!("l{side}"));
        let shapes = json!([{"label": "a", "points": [[1, 1], [5, 1], [5, 5]], "shape_type": "polygon"}]);
        for (i, (width, height)) in [(12, side), (side, 12)].into_iter().enumerate() {
            let labelme = json!({"imagePath": "a.png", "imageWidth": width, "imageHeight": height, "shapes": shapes});
            make::file(folder.join("a.json"), labelme.to_string());
            let from = data("labelme", &folder);
            seen.run(&format!("check {width} x {height}"), &limn!(case; "check", &from).run(), 5.0, 200);
            let project = case.join(format!("p{side}{i}.limn"));
            seen.run(
                &format!("import {width} x {height}"),
                &limn!(case; "import", &project, "--from", &from).run(),
                5.0,
                200,
            );
        }
    }
    seen.verdict()
}

/// Compressed run lengths of COCO.
fn compressed(counts: &[i64]) -> String {
    let mut text = String::new();
    for (i, count) in counts.iter().enumerate() {
        let mut value = count - if i > 2 { counts[i - 2] } else { 0 };
        loop {
            let bits = value & 31;
            value >>= 5;
            let more = if bits & 16 == 0 { value != 0 } else { value != -1 };
            text.push(char::from((48 + bits + if more { 32 } else { 0 }) as u8));
            if !more {
                break;
            }
        }
    }
    text
}

fn runs(case: &Folder) -> Verdict {
    let tall = 4_194_304;
    let mask = json!({"size": [tall, 1], "counts": compressed(&[0, i64::from(tall)])});
    let masks: Vec<make::Outlined> = (0..60).map(|_| (0, 0, mask.clone())).collect();
    let source = make::coco(case.join("tall.json"), &[("a.png", 1, tall)], &masks, &["cat"]);
    let mut seen = Seen::default();
    let project = case.join("tall.limn");
    seen.run(
        "60 masks of a column",
        &limn!(case; "import", &project, "--from", data("coco", &source)).run(),
        15.0,
        500,
    );
    seen.run("check of them", &limn!(case; "check", data("coco", &source)).run(), 15.0, 500);
    seen.verdict()
}

fn on_the_way_out(case: &Folder) -> Verdict {
    let mut seen = Seen::default();
    for side in [4_194_304_u32, 200_000] {
        let folder = case.join(format!("p{side}"));
        make::png(folder.join("a.png"));
        let objects = [(0, 0, make::square(2, 2, 6)), (1, 0, make::square(2, 2, 6))];
        let source =
            make::coco(case.join("s.json"), &[("a.png", 40, 30), ("gone.png", side, side)], &objects, &["cat"]);
        let path = folder.join("p.limn");
        let images = folder.display().to_string();
        let run = make::import(case, &path, "coco", &source, &["--images", &images]);
        seen.run("import", &run, 20.0, 1000);
        for (format, more) in [("voc", ""), ("masks", "--layout=instances"), ("coco-panoptic", ""), ("eiseg", "")] {
            if path.exists() {
                let mut arguments = vec!["export".into(), path.clone().into(), "--to".into()];
                arguments.push(data(format, &case.join(format!("{format}{side}"))).into());
                arguments.extend((!more.is_empty()).then(|| more.into()));
                let run = case.limn(arguments).seconds(30).run();
                seen.run(&format!("{format} of {side} a side"), &run, 30.0, 1000);
            }
        }
    }
    seen.verdict()
}

fn slides(case: &Folder) -> Verdict {
    let side = 20_000_u32;
    make::png(case.join("p/a.png"));
    let objects: Vec<make::Outlined> = (0..12)
        .map(|i| {
            let (before, run) = (i * side * 1000, side * 900);
            (0, i as usize, json!({"size": [side, side], "counts": [before, run, side * side - before - run]}))
        })
        .collect();
    let classes: Vec<String> = (0..12).map(|i| format!("c{i}")).collect();
    let classes: Vec<&str> = classes.iter().map(String::as_str).collect();
    let source = make::coco(case.join("s.json"), &[("b.png", side, side)], &objects, &classes);
    let path = case.join("p/p.limn");
    let made = limn!(case; "import", &path, "--from", data("coco", &source)).seconds(60).run();
    let run = limn!(case; "export", &path, "--to", data("masks", &case.join("out"))).seconds(240).run();
    let right = made.fine() && run.ok() && run.peak < 1500;
    if right {
        Ok(format!("{:.0} s, {} MB", run.seconds, run.peak))
    } else {
        Err(format!("import {made}; export {run}"))
    }
}

fn label_maps(case: &Folder) -> Verdict {
    let claims = |side, kind| Png { size: (1, 1), kind, claimed: Some((side, side)), ..Png::default() }.bytes();
    let unpacks = {
        let side = 22_000_u32;
        // Rows of zeros packed one after the other, so that the test does not take the memory either.
        let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        let row = vec![0; side as usize + 1];
        for _ in 0..side {
            std::io::Write::write_all(&mut packer, &row).expect("packed");
        }
        make::png_of(side, side, 8, 0, &[], &packer.finish().expect("packed"))
    };
    let mut seen = Seen::default();
    for (what, picture) in [
        ("claims 22,000", claims(22_000, 0)),
        ("claims 2^31 - 1", claims(2_147_483_647, 0)),
        ("RGB claims 22,000", claims(22_000, 2)),
        ("unpacks to 22,000", unpacks),
    ] {
        for (format, place) in [("voc", "SegmentationClass/a.png"), ("masks", "a.png")] {
            let folder = case.join(format!("{format}{}", seen.right + seen.wrong.len()));
            make::file(folder.join(place), &picture);
            let project = folder.with_extension("limn");
            let run = limn!(case; "import", &project, "--from", data(format, &folder)).seconds(40).run();
            // The clock of a debug build under load is not that of the case; the memory is.
            seen.run(&format!("{format} {what}"), &run, 20.0, 600);
        }
    }
    seen.verdict()
}

fn deep(case: &Folder) -> Verdict {
    let mut seen = Seen::default();
    let mut take = |what: &str, format: &str, path: std::path::PathBuf| {
        let project = case.join(format!("{what}.limn"));
        let run = limn!(case; "import", &project, "--from", data(format, &path)).seconds(20).memory(3 * GB).run();
        seen.run(what, &run, 10.0, 300);
    };
    take("list", "coco", make::file(case.join("list.json"), "[".repeat(300_000)));
    let nested = format!("{}1{}", "{\"info\":".repeat(200_000), "}".repeat(200_000));
    take("object", "coco", make::file(case.join("object.json"), nested));
    let nested = format!("{}{}", "<a>".repeat(200_000), "</a>".repeat(200_000));
    take("xml", "cvat", make::file(case.join("deep.xml"), nested));
    let entities: String =
        (1..12).map(|i| format!("<!ENTITY e{i} \"{}\">", format!("&e{};", i - 1).repeat(10))).collect();
    let text = format!(
        "<!DOCTYPE a [<!ENTITY e0 \"lol\">{entities}<!ENTITY x SYSTEM \"file:///etc/hostname\">]><annotations>\
         <image name=\"&e11;\" width=\"4\" height=\"4\"/><image name=\"&x;\" width=\"4\" height=\"4\"/></annotations>"
    );
    take("entities", "cvat", make::file(case.join("entities.xml"), text));
    let folder = case.join("y");
    make::file(folder.join("labels/a.txt"), "0 0.1 0.1 0.4 0.1 0.4 0.4\n");
    let anchors: String = (0..40)
        .map(|i| {
            let before = if i == 0 { "a".to_owned() } else { format!("b{}", i - 1) };
            format!("b{i}: &b{i} [*{before}, *{before}]\n")
        })
        .collect();
    make::file(folder.join("data.yaml"), format!("a: &a [x,x]\n{anchors}names: *b39\n"));
    take("anchors", "yolo", folder);
    seen.verdict()
}

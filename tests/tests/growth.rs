//! How processor time grows when there is twice as much: objects, classes, objects on one picture, holes, corners, lines.
//!
//! The ratio for twice as much should stay below 2.3 (twice, and what sorting and noise add). Times below 0.3 s are shown and not
//! judged; a ratio above the bound is measured again, and the best of three counts: only more work fails a case, not a machine that
//! was busy. The table is `target/tests/growth.md`.

#![cfg(unix)]

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use limn_tests::make::{self, Outlined, Png, data, square};
use limn_tests::verdicts::{self, Case, Verdict};
use limn_tests::{Folder, Run, limn};
use serde_json::{Value, json};

/// What fails a case: between what is asked for (2.3) and what quadratic work gives (4).
const BOUND: f64 = 3.0;
/// Processor seconds that can be judged.
const JUDGED: f64 = 0.3;
/// Side of the pictures.
const SIDE: u32 = 640;

const FORMATS: [&str; 7] = ["coco", "cvat", "label-studio", "datumaro", "labelme", "yolo", "eiseg"];

/// Objects of a data set of size n with its classes.
type Maker = fn(u32) -> (Vec<Outlined>, Vec<String>);

const SERIES: [(&str, u32, Maker); 4] = [
    ("objects", 8000, |n| ((0..n).map(|k| ((k % 10) as usize, 0, spot(k))).collect(), vec!["cat".into()])),
    ("classes", 5000, |n| {
        (
            (0..n).map(|k| ((k % 10) as usize, k as usize, spot(k))).collect(),
            (0..n).map(|k| format!("class {k}")).collect(),
        )
    }),
    ("crowd", 6000, |n| {
        ((0..n).map(|k| (0, 0, square(k % 125 * 5, k / 125 * 5 % 635, 4))).collect(), vec!["cat".into()])
    }),
    ("holes", 5000, |n| (vec![(0, 0, holes(n))], vec!["cat".into()])),
];

fn spot(k: u32) -> Value {
    let at = k / 10;
    square(at % 90 * 7, at / 90 * 7 % 630, 5)
}

/// A full picture with so many holes of one pixel, as run lengths.
fn holes(count: u32) -> Value {
    let (mut counts, mut run, mut left) = (vec![0], 0, count);
    for x in 0..SIDE {
        for y in 0..SIDE {
            if x % 4 == 1 && y % 4 == 1 && left > 0 {
                left -= 1;
                counts.extend([run, 1]);
                run = 0;
            } else {
                run += 1;
            }
        }
    }
    counts.push(run);
    json!({"size": [SIDE, SIDE], "counts": counts})
}

/// Two projects of a series, n and 2n, made when first asked for.
struct Series {
    name: &'static str,
    n: u32,
    maker: Maker,
    projects: OnceLock<[PathBuf; 2]>,
    folder: Folder,
}

impl Series {
    fn projects(&self) -> &[PathBuf; 2] {
        self.projects.get_or_init(|| [self.n, 2 * self.n].map(|n| self.made(n)))
    }

    fn made(&self, n: u32) -> PathBuf {
        let folder = self.folder.join(format!("{}{n}", self.name));
        let names: Vec<String> = (0..10).map(|i| format!("{i}.png")).collect();
        for name in &names {
            make::file(folder.join(name), Png { size: (SIDE, SIDE), ..Png::default() }.bytes());
        }
        let (objects, classes) = (self.maker)(n);
        let pictures: Vec<make::Picture<'_>> = names.iter().map(|name| (name.as_str(), SIDE, SIDE)).collect();
        let classes: Vec<&str> = classes.iter().map(String::as_str).collect();
        let source = make::coco(self.folder.join(format!("{}{n}.json", self.name)), &pictures, &objects, &classes);
        let path = folder.join("p.limn");
        let run = limn!(self.folder; "import", &path, "--from", data("coco", &source)).seconds(300).run();
        assert!(run.ok(), "{run}");
        path
    }

    /// Exported and read again.
    fn there_and_back(&self, format: &str) -> Verdict {
        let case = Folder::new();
        // A copy of their own: another case would find them locked.
        let projects = self.projects().each_ref().map(|path| {
            let copy = case.join(path.parent().and_then(Path::file_name).unwrap_or_default());
            std::fs::create_dir(&copy).expect("a folder");
            for entry in path.parent().unwrap_or(path).read_dir().expect("its folder").flatten() {
                std::fs::copy(entry.path(), copy.join(entry.file_name())).expect("a copy");
            }
            copy.join("p.limn")
        });
        let out = |i: usize, turn: u32| case.join(format!("{format}{i}-{turn}"));
        let export = best(|i, turn| {
            let mut arguments: Vec<OsString> = vec!["export".into(), projects[i].clone().into(), "--to".into()];
            arguments.push(data(format, &out(i, turn)).into());
            if self.name == "holes" {
                match format {
                    "labelme" | "cvat" | "label-studio" | "datumaro" => arguments.push("--polygons".into()),
                    "coco" => arguments.extend(["--segmentation".into(), "polygon".into()]),
                    _ => {}
                }
            }
            exported(case.limn(arguments).seconds(200).run())
        });
        let images = |i: usize| projects[i].parent().unwrap_or(Path::new("")).to_path_buf();
        let import =
            best(|i, _| limn!(case; "check", data(format, &out(i, 0)), "--images", images(i)).seconds(200).run());
        both(("export", export), ("import", import))
    }
}

/// An export has to end well, else its time says nothing.
fn exported(run: Run) -> Run {
    assert!(run.ok(), "{run}");
    run
}

fn both((one, first): (&str, Verdict), (two, second): (&str, Verdict)) -> Verdict {
    match (first, second) {
        (Ok(a), Ok(b)) => Ok(format!("{one} {a}; {two} {b}")),
        (Err(a), Err(b)) => Err(format!("{one} {a}; {two} {b}")),
        (Err(a), Ok(_)) => Err(format!("{one} {a}")),
        (Ok(_), Err(b)) => Err(format!("{two} {b}")),
    }
}

/// Runs what `run(0, turn)` is for n and `run(1, turn)` for 2n, up to three times, and judges the best of each.
fn best(mut run: impl FnMut(usize, u32) -> Run) -> Verdict {
    let mut least = [f64::INFINITY; 2];
    let mut text = String::new();
    for turn in 0..3 {
        for (i, least) in least.iter_mut().enumerate() {
            let done = run(i, turn);
            // `check` ends with 1 where it finds something; what counts is that it ends by itself.
            if !done.fine() || done.code > 1 {
                return Err(done.to_string());
            }
            *least = least.min(done.processor);
            text = format!("{} MB", done.peak);
        }
        let ratio = least[1] / least[0].max(0.001);
        text = format!("{:.2} s, {:.2} s, ratio {ratio:.1}, {text}", least[0], least[1]);
        if least[1] < JUDGED || ratio < if turn == 2 { BOUND } else { 2.3 } {
            return Ok(text);
        }
    }
    Err(text)
}

/// A list of names in `data.yaml` whose bracket never closes.
fn bracket(case: &Folder) -> Verdict {
    let folders = [20_000, 40_000].map(|n| {
        let folder = case.join(format!("y{n}"));
        make::png(folder.join("images/a.png"));
        make::file(folder.join("labels/a.txt"), "0 0.1 0.1 0.4 0.1 0.4 0.4\n");
        make::file(folder.join("data.yaml"), format!("names: [a,\n{}", "  b,\n".repeat(n)));
        folder
    });
    best(|i, _| limn!(case; "check", data("yolo", &folders[i])).seconds(100).run())
}

/// A mask of n separate spots, as polygons: looked at and exported.
fn spots(case: &Folder) -> Verdict {
    // Columns of single pixels, every other one empty; twice the spots in twice the height.
    let project = |n: u32| {
        let (width, height) = (400, 2 * n);
        let mut counts = Vec::new();
        let mut run = 0;
        for x in 0..width {
            if x % 2 == 1 {
                run += height;
                continue;
            }
            for _ in 0..n {
                counts.extend([run, 1]);
                run = 1;
            }
        }
        counts.push(run);
        let folder = case.join(format!("s{n}"));
        make::file(folder.join("a.png"), Png { size: (width, height), ..Png::default() }.bytes());
        let mask = json!({"size": [height, width], "counts": counts});
        let source =
            make::coco(case.join(format!("s{n}.json")), &[("a.png", width, height)], &[(0, 0, mask)], &["cat"]);
        let path = folder.join("p.limn");
        let images = folder.display().to_string();
        let made = make::import(case, &path, "coco", &source, &["--images", &images]);
        assert!(made.ok(), "{made}");
        path
    };
    let projects = [project(200), project(400)];
    let yolo = best(|i, turn| {
        limn!(case; "export", &projects[i], "--to", data("yolo", &case.join(format!("y{i}{turn}")))).seconds(100).run()
    });
    let coco = best(|i, turn| {
        let out = data("coco", &case.join(format!("c{i}{turn}.json")));
        limn!(case; "export", &projects[i], "--to", out, "--segmentation", "polygon").seconds(100).run()
    });
    let check = best(|i, _| limn!(case; "check", &projects[i]).seconds(100).run());
    both(("yolo", yolo), ("coco and check", both(("coco", coco), ("check", check))))
}

/// Foreign files with many classes, as the program's own exports do not write them.
fn foreign_classes(case: &Folder) -> Verdict {
    let eiseg = [8000, 16_000].map(|n| {
        let folder = case.join(format!("e{n}"));
        make::png(folder.join("a.png"));
        let classes: Vec<String> = (0..n).map(|i| format!("c{i}")).collect();
        let classes: Vec<&str> = classes.iter().map(String::as_str).collect();
        make::coco(folder.join("annotations.json"), &[("a.png", 40, 30)], &[(0, 0, square(2, 2, 6))], &classes);
        let labels: String = (0..n).map(|i| format!("{} c{i} {} {} 7\n", i + 1, i % 256, i / 256 % 256)).collect();
        make::file(folder.join("autosave_label.txt"), labels);
        folder
    });
    let labelme = [8000, 16_000].map(|n| {
        let folder = case.join(format!("l{n}"));
        make::png(folder.join("a.png"));
        let shapes: Vec<Value> = (0..n)
            .map(|i| json!({"label": format!("c{i}"), "shape_type": "polygon", "points": [[2, 2], [9, 2], [9, 9]]}))
            .collect();
        let top = json!({"imagePath": "a.png", "imageWidth": 40, "imageHeight": 30, "shapes": shapes});
        make::file(folder.join("a.json"), top.to_string());
        folder
    });
    let import = |format: &str, folder: &Path, at: String| {
        limn!(case; "import", case.join(at), "--from", data(format, folder)).seconds(100).run()
    };
    let one = best(|i, turn| import("eiseg", &eiseg[i], format!("e{i}{turn}.limn")));
    let two = best(|i, turn| import("labelme", &labelme[i], format!("l{i}{turn}.limn")));
    both(("eiseg", one), ("labelme", two))
}

/// Memory of many objects on one picture.
fn memory(case: &Folder) -> Verdict {
    let mut seen = Vec::new();
    let mut wrong = Vec::new();
    let projects = [3000_u32, 6000].map(|n| {
        let folder = case.join(format!("m{n}"));
        make::file(folder.join("a.png"), Png { size: (2000, 1500), ..Png::default() }.bytes());
        let objects: Vec<Outlined> =
            (0..n).map(|i| (0, 0, square(2 + 8 * (i % 240), 2 + 8 * (i / 240 % 180), 6))).collect();
        let source = make::coco(case.join(format!("m{n}.json")), &[("a.png", 2000, 1500)], &objects, &["cat"]);
        let path = folder.join("p.limn");
        let images = folder.display().to_string();
        let made = make::import(case, &path, "coco", &source, &["--images", &images]);
        assert!(made.ok(), "{made}");
        path
    });
    for format in FORMATS {
        let peaks: Vec<u64> = projects
            .iter()
            .enumerate()
            .map(|(i, path)| {
                let run = limn!(case; "export", path, "--to", data(format, &case.join(format!("{format}{i}"))))
                    .seconds(100)
                    .run();
                if run.ok() { run.peak } else { u64::MAX }
            })
            .collect();
        let text = format!("{format} {} MB, {} MB", peaks[0], peaks[1]);
        // 10 KB an object at most.
        if peaks[1] < 400 && peaks[1].saturating_sub(peaks[0]) <= 30 { seen.push(text) } else { wrong.push(text) }
    }
    if wrong.is_empty() { Ok(seen.join("; ")) } else { Err(wrong.join("; ")) }
}

/// Asks the program in a folder of its own.
type Ask = fn(&Folder) -> Verdict;

#[test]
fn twice_as_much_takes_about_twice_as_long() {
    let series: Vec<Series> = SERIES
        .iter()
        .map(|(name, n, maker)| Series { name, n: *n, maker: *maker, projects: OnceLock::new(), folder: Folder::new() })
        .collect();
    let mut cases = Vec::new();
    for series in &series {
        for format in FORMATS {
            cases.push(Case {
                name: format!("{}-{format}", series.name),
                right: format!("{} and {} {}: ratio below 2.3", series.n, 2 * series.n, series.name),
                ask: Box::new(move || series.there_and_back(format)),
            });
        }
    }
    let others: [(&str, &str, Ask); 4] = [
        ("bracket-yolo", "20,000 and 40,000 lines of a bracket that never closes: ratio below 2.3", bracket),
        ("spots", "40,000 and 80,000 separate spots: ratio below 2.3", spots),
        ("foreign-classes", "8,000 and 16,000 classes of EISeg and labelme: ratio below 2.3", foreign_classes),
        ("memory", "3,000 and 6,000 objects on one picture: below 400 MB, 10 KB an object at most", memory),
    ];
    for (name, right, ask) in others {
        cases.push(Case { name: name.into(), right: right.into(), ask: Box::new(move || ask(&Folder::new())) });
    }
    verdicts::run("growth", &cases);
}

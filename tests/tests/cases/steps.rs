//! The inputs of a case laid out in a folder of its own, and its commands run there one after the other.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use limn_tests::{Folder, GB, Run, limn, make};
use serde_json::{Value, json};

/// What a case left behind.
pub struct Done {
    /// Of the program, not of the steps in between.
    pub runs: Vec<Run>,
    /// Where the commands ran.
    pub work: PathBuf,
    /// The inputs as they were.
    pub source: PathBuf,
    projects: BTreeMap<String, Value>,
    case: Folder,
}

/// Lays out and runs.
pub fn run(folder: &Path, case: &Value) -> Done {
    let home = Folder::new();
    let work = home.join("w");
    let source = folder.join("in");
    copy(&source, &work);
    for pair in list(&case["rename"]) {
        std::fs::rename(work.join(word(&pair[0])), work.join(word(&pair[1]))).expect("a name of the case");
    }
    for maker in list(&case["make"]) {
        let path = work.join(word(&maker[1]["file"]));
        make::file(&path, made(word(&maker[0]), &maker[1]).to_string());
    }
    for name in list(&case["folders"]) {
        std::fs::create_dir_all(work.join(word(name))).expect("a folder of the case");
    }
    let limit = case["limit"].as_u64().unwrap_or(120) as u32;
    let mut runs = Vec::new();
    for step in list(&case["steps"]) {
        let words: Vec<&str> = list(step).iter().map(word).collect();
        match words[..] {
            ["$move", from, to] => std::fs::rename(work.join(from), work.join(to)).expect("moved"),
            ["$copy", from, to] => drop(std::fs::copy(work.join(from), work.join(to)).expect("copied")),
            ["$remove", name] => std::fs::remove_file(work.join(name)).expect("removed"),
            _ => {
                let arguments = words.iter().map(std::ffi::OsString::from).collect();
                // What is asked here are answers, not memory; a driver may reserve a lot of address space.
                let mut run = home.limn(arguments).folder(&work).memory(64 * GB).seconds(limit).run();
                if run.timed_out {
                    run.code = 124;
                    run.out = format!("(stopped after {limit} s)");
                }
                runs.push(run);
            }
        }
    }
    Done { runs, work, source, projects: BTreeMap::new(), case: home }
}

impl Done {
    /// What a project holds, by its COCO export with run lengths.
    pub fn project(&mut self, name: &str) -> Result<&Value, String> {
        if !self.projects.contains_key(name) {
            let target = self.case.join(format!("all-{}.json", self.projects.len()));
            let data = make::data("coco", &target);
            let run = limn!(self.case; "export", name, "--to", data, "--segmentation", "rle-uncompressed")
                .folder(&self.work)
                .memory(64 * GB)
                .seconds(120)
                .run();
            let text = std::fs::read_to_string(&target).ok().filter(|_| run.code == 0);
            let text = text.ok_or_else(|| format!("the project cannot be read: {run}"))?;
            let value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
            self.projects.insert(name.to_owned(), value);
        }
        Ok(&self.projects[name])
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a word instead of {value}"))
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).into_iter().flatten() {
        let entry = entry.expect("an input");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("an input");
        }
    }
}

/// Inputs that are too large to be kept.
fn made(maker: &str, plan: &Value) -> Value {
    let number = |key: &str| plan[key].as_i64().unwrap_or_else(|| panic!("{maker}: {key}"));
    match maker {
        // A COCO file with n small squares on one picture of side x side.
        "many_boxes" => {
            let per = number("side") / 4;
            let annotations: Vec<Value> = (0..number("n"))
                .map(|k| {
                    let (x, y) = ((k % per) * 4, (k / per) * 4);
                    let ring = [x, y, x + 3, y, x + 3, y + 3, x, y + 3];
                    json!({"id": k + 1, "image_id": 1, "category_id": 1, "segmentation": [ring], "bbox": [x, y, 3, 3], "area": 9, "iscrowd": 0})
                })
                .collect();
            json!({
                "images": [{"id": 1, "file_name": "big.png", "width": plan["side"], "height": plan["side"]}],
                "categories": [{"id": 1, "name": "cell"}],
                "annotations": annotations,
            })
        }
        // A labelme file whose polygon runs up and down far outside of the picture.
        "far_ring" => {
            let reach = number("reach");
            let points: Vec<[i64; 2]> =
                (0..number("n")).map(|k| [24 + k % 3, if k % 2 == 1 { -reach } else { reach }]).collect();
            let shape = |label: &str, points: Value| json!({"label": label, "points": points, "shape_type": "polygon", "flags": {}, "group_id": null});
            json!({
                "version": "5.0.1", "flags": {}, "imagePath": "a.png", "imageData": null, "imageWidth": 48, "imageHeight": 32,
                "shapes": [shape("leaf", json!(points)), shape("stem", json!([[4, 4], [12, 4], [12, 10], [4, 10]]))],
            })
        }
        other => panic!("nobody makes {other}"),
    }
}

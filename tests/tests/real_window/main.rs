//! The real program in a real window: it opens, draws a picture, answers a click, takes an object, and closes with status 0.
//!
//! On a machine as it is after installing: no cache of compiled shaders, an empty home, no variable of a driver set. That is
//! where drivers break that work everywhere else; the window's other tests draw with a driver that has its caches. Where Mesa's
//! software driver is installed it is the one that is asked, so that the result does not depend on the graphics card.
//!
//! * `screen`: Xvfb and the X protocol; `window`: the program while it runs; `manners`: what a window does besides

#![cfg(target_os = "linux")]

mod manners;
mod screen;
mod window;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use limn_tests::{Folder, limn, make};
use screen::{RETURN, Screen};
use serde_json::Value;
use window::{Running, Surroundings};

/// One after the other: each compiles shaders on all processors.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[test]
fn it_opens_answers_a_click_keeps_an_object_and_closes() {
    let _alone = alone();
    whole_path("real-window", &Folder::new(), &[]);
}

/// The same where ONNX Runtime cannot be found, so that the network runs on what is built in.
#[test]
fn it_does_so_without_onnx_runtime() {
    let _alone = alone();
    let case = Folder::new();
    let nothing = case.join("nothing");
    std::fs::create_dir(&nothing).unwrap();
    let nowhere =
        [("PATH", Some(nothing.as_os_str())), ("ORT_DYLIB_PATH", None), ("VIRTUAL_ENV", None), ("CONDA_PREFIX", None)];
    let mut doctor = limn!(case; "doctor");
    for (name, value) in nowhere {
        doctor = if let Some(value) = value { doctor.env(name, value) } else { doctor.without(name) };
    }
    let output = doctor.command().output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && !said.contains("libonnxruntime"), "ONNX Runtime is still found: {said}");
    whole_path("real-window-without-onnx-runtime", &case, &nowhere);
}

fn whole_path(name: &str, case: &Folder, surroundings: &Surroundings<'_>) {
    window::lay_picture(case);
    let screen = Screen::start(1600, 1000);
    let call = limn!(case; case.join("pictures"));
    let mut limn = Running::start(name, &call, case.join("words"), &screen, surroundings);
    let window = limn.wait("the window", || screen.window());
    screen.focus(window);
    let place = limn.wait_for_picture();
    limn.click_on(&place);

    screen.focus(window);
    screen.key(RETURN);
    let project = limn.wait("an object in the project", || {
        let file = case.files_below("pictures").into_iter().find(|file| file.ends_with(".limn"))?;
        (make::objects(&case.join(&file))? == 1).then(|| case.join(file))
    });
    screen.shot().save(name);
    screen.close(window);
    let status = limn.ended();
    assert!(status.success(), "closed with {status}: {}", limn.words());
    assert!(!limn.words().contains("panicked"), "{}", limn.words());

    // What is on disk is what was clicked.
    let record = make::ask(&project, "SELECT record FROM object").unwrap_or_default();
    let record: Value = serde_json::from_str(&record).expect("the object");
    assert_eq!(record["clicks"].as_array().map(Vec::len), Some(1), "{record}");
    let iou = iou_with_the_disk(case, &project);
    assert!(iou > 0.7, "IoU with the disk after one click: {iou}");
    println!("{name}: closed with status 0; IoU with the disk after one click: {iou:.3}");
}

/// Intersection over union of the project's one object with the disk, by the program's COCO export (runs column by column).
fn iou_with_the_disk(case: &Folder, project: &Path) -> f64 {
    let out = case.join("all.json");
    let run =
        limn!(case; "export", project, "--to", make::data("coco", &out), "--segmentation", "rle-uncompressed").run();
    assert!(run.ok(), "{run}");
    let top: Value = serde_json::from_slice(&std::fs::read(&out).expect("the export")).expect("JSON");
    let counts = top["annotations"][0]["segmentation"]["counts"].as_array().expect("run lengths");
    let (width, height) = (window::SIZE.0 as usize, window::SIZE.1 as usize);
    let mask = counts.iter().enumerate().flat_map(|(i, n)| vec![i % 2 == 1; n.as_u64().unwrap_or(0) as usize]);
    let disk = window::disk();
    let truth = (0..width * height).map(|i| disk[i % height * width + i / height]);
    let pairs: Vec<(bool, bool)> = mask.zip(truth).collect();
    let count = |test: fn(&(bool, bool)) -> bool| pairs.iter().filter(|pair| test(pair)).count() as f64;
    count(|(a, b)| *a && *b) / count(|(a, b)| *a || *b)
}

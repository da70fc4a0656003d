//! What is read, and the whole files to begin with.

use std::path::{Path, PathBuf};

use limn_datasets::media::{self, Limits};
use limn_datasets::{Format, Mask, NoProgress, Project, verify};
use limn_tests::make;

/// A reader.
pub struct Target {
    pub name: &'static str,
    /// Extensions of the inputs of `golden` that are whole files of this kind.
    extensions: &'static [&'static str],
    /// Reads bytes in an empty folder; answers and refusals are both right.
    pub read: fn(&[u8], &Path),
}

pub const TARGETS: &[Target] = &[
    Target {
        name: "coco",
        extensions: &["json"],
        read: |bytes, folder| data(bytes, folder, Format::Coco, "c.json", "c.json"),
    },
    Target {
        name: "labelme",
        extensions: &["json"],
        read: |bytes, folder| data(bytes, folder, Format::Labelme, "", "a.json"),
    },
    Target {
        name: "label-studio",
        extensions: &["json"],
        read: |bytes, folder| data(bytes, folder, Format::LabelStudio, "l.json", "l.json"),
    },
    Target {
        name: "voc",
        extensions: &["xml"],
        read: |bytes, folder| data(bytes, folder, Format::Voc, "", "Annotations/a.xml"),
    },
    Target {
        name: "cvat",
        extensions: &["xml"],
        read: |bytes, folder| data(bytes, folder, Format::Cvat, "c.xml", "c.xml"),
    },
    Target { name: "yolo", extensions: &["txt"], read: |bytes, folder| yolo(bytes, folder) },
    Target { name: "yaml", extensions: &["yaml"], read: |bytes, folder| yaml(bytes, folder) },
    Target { name: "label-map", extensions: &["txt"], read: |bytes, folder| label_map(bytes, folder) },
    Target {
        name: "mask-picture",
        extensions: &["png", "tif", "bmp"],
        read: |bytes, folder| data(bytes, folder, Format::Masks, "", "a.png"),
    },
    Target { name: "run-lengths", extensions: &["rle"], read: |bytes, _| run_lengths(bytes) },
    Target { name: "picture", extensions: &["png", "jpg", "tif", "bmp", "gif", "webp", "pbm"], read: picture },
    Target { name: "project", extensions: &["limn"], read: project },
    Target { name: "network", extensions: &["onnx"], read: |bytes, _| network(bytes) },
];

fn data(bytes: &[u8], folder: &Path, format: Format, open: &str, place: &str) {
    make::file(folder.join(place), bytes);
    verify(format, &folder.join(open), Some(folder), None, &NoProgress).ok();
}

fn yolo(bytes: &[u8], folder: &Path) {
    make::png(folder.join("images/a.png"));
    make::file(folder.join("data.yaml"), "names: [a, b]\n");
    data(bytes, folder, Format::Yolo, "", "labels/a.txt");
}

fn yaml(bytes: &[u8], folder: &Path) {
    make::png(folder.join("images/a.png"));
    make::file(folder.join("labels/a.txt"), "0 0.1 0.1 0.4 0.1 0.4 0.4\n");
    data(bytes, folder, Format::Yolo, "", "data.yaml");
}

fn label_map(bytes: &[u8], folder: &Path) {
    make::png(folder.join("SegmentationClass/a.png"));
    data(bytes, folder, Format::Voc, "", "labelmap.txt");
}

fn run_lengths(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for (width, height) in [(40, 30), (1, 4_000_000), (4_000_000, 1)] {
        Mask::from_rle_string(width, height, &text).ok();
    }
}

fn picture(bytes: &[u8], folder: &Path) {
    for name in ["a.png", "a.jpg"] {
        let path = make::file(folder.join(name), bytes);
        media::probe(&path).ok();
        media::read_picture(&path, &Limits::default()).ok();
    }
}

fn project(bytes: &[u8], folder: &Path) {
    let path = make::file(folder.join("p.limn"), bytes);
    Project::open_read_only(&path).ok();
    Project::open(&path).ok();
}

fn network(bytes: &[u8]) {
    limn_inference::compile(bytes, &[("image", &[1, 3, 64, 64]), ("clicks", &[1, 4, 64, 64])]).ok();
}

/// Whole files of a target: inputs of `golden` by their extension, and for some a few made here.
pub fn whole_files(target: &Target, folder: &Path) -> Vec<Vec<u8>> {
    let mut whole = Vec::new();
    if target.name == "run-lengths" {
        let masks = [vec![0, 1200], vec![5, 10, 20, 10, 1155], vec![0, 1, 1, 1, 1, 1196]];
        let mask = |counts: Vec<u64>| Mask::from_rle_counts(40, 30, &counts).expect("run lengths");
        whole.extend(masks.map(|counts| mask(counts).to_rle_string().expect("run lengths").into_bytes()));
    }
    if target.name == "project" {
        let path = folder.join("seed.limn");
        drop(Project::create(&path, folder).expect("a project"));
        make::settle(&path);
        whole.push(std::fs::read(&path).expect("a project"));
    }
    let golden = limn_tests::root().join("tests/golden");
    let mut files: Vec<PathBuf> = Vec::new();
    let mut open = vec![golden.join("hostile"), golden.join("cases")];
    while let Some(at) = open.pop() {
        for entry in std::fs::read_dir(at).into_iter().flatten().flatten() {
            let path = entry.path();
            let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
            if path.is_dir() {
                open.push(path);
            } else if target.extensions.contains(&&*extension)
                && path.file_name().is_some_and(|name| name != "case.json")
            {
                files.push(path);
            }
        }
    }
    files.sort();
    whole.extend(files.iter().filter_map(|path| std::fs::read(path).ok()).filter(|bytes| bytes.len() < 200_000));
    whole
}

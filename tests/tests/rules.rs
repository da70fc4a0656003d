//! Rules of the layout that nobody has to remember: who may use whom, what stands at the top, what every file carries.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

use limn_tests::root;
use limn_tests::use_paths::use_paths;

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .other_options(vec!["--offline".to_owned()])
        .exec()
        .expect("cargo metadata")
}

fn dependencies(package: &Package) -> BTreeSet<&str> {
    package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal).map(|d| d.name.as_str()).collect()
}

/// `shaders <- inference <- models <- app -> datasets`, `models -> raster, files <- datasets`, `tests -> all`.
#[test]
fn crates_know_only_what_the_arrows_allow() {
    let allowed = |name: &str| -> &[&str] {
        match name {
            "limn-shaders" | "limn-raster" | "limn-files" => &[],
            "limn-media" => &["limn-raster", "limn-files"],
            "limn-datasets" => &["limn-media", "limn-raster", "limn-files"],
            "limn-inference" => &["limn-shaders"],
            "limn-models" => &["limn-inference", "limn-raster", "limn-files"],
            "limn" => &["limn-models", "limn-inference", "limn-datasets", "limn-media", "limn-raster", "limn-files"],
            "limn-tests" => &[
                "limn",
                "limn-models",
                "limn-inference",
                "limn-shaders",
                "limn-datasets",
                "limn-media",
                "limn-raster",
                "limn-files",
            ],
            "xtask" => &[],
            other => panic!("{other} is not in the layout: add it to this test and to ARCHITECTURE.md"),
        }
    };
    let metadata = metadata();
    assert_eq!(metadata.workspace_packages().len(), 10);
    for package in metadata.workspace_packages() {
        for dependency in dependencies(package).into_iter().filter(|name| name.starts_with("limn")) {
            assert!(allowed(&package.name).contains(&dependency), "{} must not depend on {dependency}", package.name);
        }
    }
}

/// Window crates only in `app`, GPU and ONNX Runtime only in `inference`, picture and geometry crates only in `datasets`.
#[test]
fn outside_crates_stay_in_their_room() {
    let rooms: &[(&[&str], &[&str])] = &[
        (&["limn"], &["egui", "eframe", "rfd", "notify", "notify-debouncer-full", "anyhow", "clap"]),
        (&["limn-inference"], &["wgpu", "ort", "rten-onnx"]),
        (&["limn-datasets"], &["rusqlite", "png", "zip"]),
        (&["limn-datasets", "limn-media"], &["image", "quick-xml"]),
        (
            &["limn-media"],
            &["tiff", "quick_cache", "weezl", "ruzstd", "image-webp", "hayro-jpeg2000", "zune-core", "zune-jpeg"],
        ),
        (&["limn-raster"], &["geo"]),
    ];
    for package in metadata().workspace_packages() {
        // The tests look into what they judge with whatever reads it.
        if matches!(package.name.as_str(), "xtask" | "limn-tests") {
            continue;
        }
        for (rooms, guests) in rooms {
            for guest in guests.iter().filter(|_| !rooms.contains(&package.name.as_str())) {
                assert!(
                    !dependencies(package).contains(guest),
                    "{guest} belongs into {}, not into {}",
                    rooms.join(" and "),
                    package.name
                );
            }
        }
    }
    for package in metadata().workspace_packages() {
        if package.name.as_str() == "limn-shaders" {
            assert!(dependencies(package).is_empty(), "the shaders depend on nothing");
        }
    }
}

/// All files and folders below these folders.
fn everything_below(folders: impl IntoIterator<Item = PathBuf>) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = folders.into_iter().collect();
    let mut all = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path.clone());
            }
            all.push(path);
        }
    }
    all.sort();
    all
}

/// The Rust files below a folder and what they hold.
fn sources(folders: impl IntoIterator<Item = PathBuf>) -> Vec<(PathBuf, String)> {
    let files = everything_below(folders).into_iter().filter(|path| path.extension().is_some_and(|end| end == "rs"));
    files.map(|path| (path.clone(), std::fs::read_to_string(&path).expect("a text"))).collect()
}

/// What is no test of a file.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod ").next().unwrap_or_default()
}

#[test]
fn the_top_level_holds_only_what_the_layout_names() {
    let named = [
        "Cargo.toml",
        "Cargo.lock",
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "LICENSE",
        "app",
        "inference",
        "shaders",
        "models",
        "assets",
        "datasets",
        "tests",
        "target",
        "clippy.toml",
        "rustfmt.toml",
        "rust-toolchain.toml",
    ];
    for entry in std::fs::read_dir(root()).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        assert!(name.starts_with('.') || named.contains(&name.as_str()), "{name} is not in the layout");
    }
}

/// Other signs are spelled in more than one way by file systems and archives; tests make such files when they run.
#[test]
fn names_of_files_are_plain_ascii() {
    let folders = ["app", "inference", "shaders", "models", "assets", "datasets", "tests"];
    let all = everything_below(folders.map(|folder| root().join(folder)));
    for path in &all {
        assert!(path.file_name().unwrap().to_string_lossy().is_ascii(), "{}", path.display());
    }
    let seen = all.len();
    assert!(seen > 300, "only {seen} files");
}

/// The floors of the program, from the top: `program`; `window` and `cli`, which do not know each other; `rerun`; `engine`.
#[test]
fn rooms_of_the_program_know_only_what_is_below_them() {
    let upper: &[(&str, &[&str])] = &[
        ("engine", &["rerun", "cli", "window", "program"]),
        ("rerun", &["cli", "window", "program"]),
        ("cli", &["window", "program"]),
        ("window", &["cli", "program"]),
    ];
    let mut seen = 0;
    for (room, forbidden) in upper {
        for (path, text) in sources([root().join("app/src").join(room)]) {
            seen += 1;
            for (line, used) in use_paths(&text) {
                let above = used.first().filter(|start| *start == "crate").and_then(|_| used.get(1));
                let uses = above.is_some_and(|above| forbidden.contains(&above.as_str()));
                assert!(!uses, "{}:{line}: {room} must not use {}", path.display(), used.join("::"));
            }
        }
    }
    assert!(seen > 100, "only {seen} files");
}

/// The floors of the window, from the bottom. A module may use its own floor and what is below.
const WINDOW_FLOORS: [(&str, &[&str]); 8] = [
    (
        "texts and looks, and what is kept for a person",
        &[
            "lang",
            "theme",
            "icons",
            "fonts",
            "brand",
            "keep",
            "settings",
            "preferences",
            "adjustments",
            "tool",
            "values",
            "stamp",
            "class_list",
            "place",
            "dialog",
            "focus",
            "report",
            "remedy",
            "ending",
        ],
    ),
    (
        "pictures and how they are looked at",
        &["view", "cursor", "picture", "pictures", "thumbs", "tiles", "readers", "shown"],
    ),
    ("the object at hand", &["draft"]),
    ("threads and what they are asked", &["worker", "jobs", "watch", "rescan", "picker", "engine"]),
    ("what a person can ask for", &["command", "keymap", "keys", "heard"]),
    (
        "the state, and the one place that changes it",
        &[
            "app",
            "apply",
            "facts",
            "host",
            "opened",
            "written",
            "drawing",
            "selection",
            "last_run",
            "clipboard",
            "revision",
            "toasts",
        ],
    ),
    ("widgets: they read the state and say what is asked for", &["canvas", "panels", "dialogs"]),
    ("one frame", &["frame"]),
];

/// What a lower module of the window still knows of a higher one, and why. The list can only become shorter.
const WINDOW_EXCEPTIONS: [(&str, &str, &str); 1] = [
    // From which file, what, and why.
    (
        "app.rs",
        "panels::Local",
        "what panels and dialogs remember between frames lies in the window, which lives longer",
    ),
];

#[test]
fn modules_of_the_window_know_only_what_is_below_them() {
    let floor = |module: &str| WINDOW_FLOORS.iter().position(|(_, modules)| modules.contains(&module));
    let window = root().join("app/src/window");
    let (mut wrong, mut excepted, mut seen) = (Vec::new(), BTreeSet::new(), 0);
    for (path, text) in sources([window.clone()]) {
        let name = path.strip_prefix(&window).unwrap().to_string_lossy().replace('\\', "/");
        // The door names its rooms and opens the window.
        if name == "mod.rs" {
            continue;
        }
        let here = module_of(&name);
        let own = floor(&here[0]).unwrap_or_else(|| panic!("{name} is on no floor: add it to WINDOW_FLOORS"));
        for (line, used) in use_paths(without_tests(&text)) {
            let Some(used) = within_window(&here, &used) else { continue };
            let Some(other) = used.first().and_then(|module| floor(module)) else { continue };
            seen += 1;
            if other <= own {
                continue;
            }
            let used = used.join("::");
            match WINDOW_EXCEPTIONS.iter().find(|(from, what, _)| *from == name && *what == used) {
                Some((from, ..)) => drop(excepted.insert(*from)),
                None => wrong
                    .push(format!("{name}:{line} ({}) uses {used} ({})", WINDOW_FLOORS[own].0, WINDOW_FLOORS[other].0)),
            }
        }
    }
    assert!(wrong.is_empty(), "the window knows what is above:\n{}", wrong.join("\n"));
    assert!(seen > 300, "only {seen} uses were read");
    let done: Vec<_> = WINDOW_EXCEPTIONS.iter().filter(|(from, ..)| !excepted.contains(from)).collect();
    assert!(done.is_empty(), "take these out of the list: {done:?}");
}

/// A newcomer reads the state of the window at one glance; what belongs together is a part of its own.
#[test]
fn the_state_of_the_window_is_made_of_few_parts() {
    let text = std::fs::read_to_string(root().join("app/src/window/app.rs")).unwrap();
    let fields = text.split("pub struct LimnApp {").nth(1).and_then(|rest| rest.split("\n}").next()).unwrap();
    let count = fields.lines().filter(|line| line.trim_start().starts_with("pub")).count();
    assert!((1..20).contains(&count), "LimnApp has {count} fields");
}

#[test]
fn widgets_of_the_window_do_not_change_its_state() {
    let window = root().join("app/src/window");
    for (path, text) in sources(["canvas", "panels", "dialogs"].map(|folder| window.join(folder))) {
        for (at, line) in text.lines().enumerate() {
            let changes =
                line.contains("&mut LimnApp") || line.contains("impl LimnApp") || line.contains(".apply(Command");
            assert!(!changes, "{}:{}: widgets return commands: {line}", path.display(), at + 1);
        }
    }
}

/// The module of a file in the window: `apply/open.rs` is `apply::open`.
fn module_of(name: &str) -> Vec<String> {
    let parts = Path::new(name).with_extension("");
    let parts = parts.iter().map(|part| part.to_string_lossy().into_owned());
    parts.filter(|part| part != "mod").collect()
}

/// A path as the module `here` of the window writes it, from the window's door on; `None` where it leads out.
fn within_window(here: &[String], path: &[String]) -> Option<Vec<String>> {
    let mut at: Vec<&str> = ["window"].into_iter().chain(here.iter().map(String::as_str)).collect();
    for part in path {
        match part.as_str() {
            "crate" => at.clear(),
            "super" => drop(at.pop()),
            "self" => {}
            other => at.push(other),
        }
    }
    (at.first() == Some(&"window")).then(|| at[1..].iter().map(|part| (*part).to_owned()).collect())
}

#[test]
fn paths_are_followed_from_the_module_that_writes_them() {
    let here = ["apply".to_owned(), "open".to_owned()];
    let from = |path: &[&str]| within_window(&here, &path.iter().map(|part| (*part).to_owned()).collect::<Vec<_>>());
    assert_eq!(from(&["super", "undo"]), Some(vec!["apply".to_owned(), "undo".to_owned()]));
    assert_eq!(from(&["super", "super", "lang"]), Some(vec!["lang".to_owned()]));
    assert_eq!((from(&["crate", "engine"]), from(&["crate", "window", "t"])), (None, Some(vec!["t".to_owned()])));
}

/// Every library says at its door what it is.
#[test]
fn every_crate_has_a_description_at_its_door() {
    for folder in [
        "app",
        "inference",
        "shaders",
        "models",
        "datasets",
        "datasets/raster",
        "datasets/files",
        "datasets/media",
        "tests",
    ] {
        let door = std::fs::read_to_string(root().join(folder).join("src/lib.rs")).unwrap();
        assert!(door.starts_with("//!"), "{folder}/src/lib.rs does not say what the crate is");
        assert!(std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap().contains(&format!("`{folder}`")));
    }
}

/// Files are made, replaced and removed in one room, `limn-files`: beneath an opened folder, through no link, whole or not at all.
/// These still do so themselves (`trials` is below that room). The list can only become shorter.
const STILL_WRITE: &[&str] = &["inference/src/trials/mark.rs"];

/// What changes the file system, and queues without a bound, in code that is not a test.
const FORBIDDEN: [&str; 17] = [
    "File::create",
    "fs::write(",
    "fs::copy(",
    "create_dir(",
    "create_dir_all",
    "fs::remove_file",
    "remove_dir",
    "fs::rename",
    "OpenOptions",
    "DirBuilder",
    "hard_link",
    "symlink(",
    "set_permissions",
    "tempfile()",
    "NamedTempFile",
    "unbounded(",
    "mpsc::channel(",
];

#[test]
fn files_are_written_in_one_room() {
    let mut writing = BTreeSet::new();
    let crates = ["app", "inference", "shaders", "models", "datasets", "datasets/raster"];
    for (path, text) in sources(crates.map(|crate_| root().join(crate_).join("src"))) {
        let name = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
        if name.ends_with("/tests.rs") || name.contains("/tests/") {
            continue;
        }
        let lines = without_tests(&text).lines().filter(|line| !line.trim_start().starts_with("//"));
        let hits: Vec<&str> = lines.filter(|line| FORBIDDEN.iter().any(|word| line.contains(word))).collect();
        if !hits.is_empty() {
            writing.insert((name, hits.join("\n").trim().to_owned()));
        }
    }
    let new: Vec<_> = writing.iter().filter(|(name, _)| !STILL_WRITE.contains(&name.as_str())).collect();
    assert!(new.is_empty(), "these belong into limn-files (CONTRIBUTING.md, Security): {new:#?}");
    let done: Vec<_> = STILL_WRITE.iter().filter(|name| !writing.iter().any(|(other, _)| other == *name)).collect();
    assert!(done.is_empty(), "take these out of the list: {done:?}");
}

//! Rules of the layout that nobody has to remember: who may use whom, what stands at the top, what every file carries.

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};
use std::collections::BTreeSet;

use limn_tests::root;

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
    let mut folders: Vec<_> = ["app", "inference", "shaders", "models", "assets", "datasets", "tests"]
        .map(|folder| root().join(folder))
        .into();
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy();
            assert!(name.is_ascii(), "{}", path.display());
            seen += 1;
            if path.is_dir() {
                folders.push(path);
            }
        }
    }
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
        let mut folders = vec![root().join("app/src").join(room)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                seen += 1;
                let text = std::fs::read_to_string(&path).unwrap();
                for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"))
                {
                    for above in *forbidden {
                        let uses =
                            line.contains(&format!("crate::{above}")) || line.contains(&format!("crate::{{{above}"));
                        assert!(!uses, "{}:{}: {room} must not use {above}", path.display(), number + 1);
                    }
                }
            }
        }
    }
    assert!(seen > 100, "only {seen} files");
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
    let mut folders: Vec<_> = ["app", "inference", "shaders", "models", "datasets", "datasets/raster"]
        .map(|crate_| root().join(crate_).join("src"))
        .into();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
            if !name.ends_with(".rs") || name.ends_with("/tests.rs") || name.contains("/tests/") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
            let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            let hits: Vec<&str> = lines.filter(|line| FORBIDDEN.iter().any(|word| line.contains(word))).collect();
            if !hits.is_empty() {
                writing.insert((name, hits.join("\n").trim().to_owned()));
            }
        }
    }
    let new: Vec<_> = writing.iter().filter(|(name, _)| !STILL_WRITE.contains(&name.as_str())).collect();
    assert!(new.is_empty(), "these belong into limn-files (CONTRIBUTING.md, Security): {new:#?}");
    let done: Vec<_> = STILL_WRITE.iter().filter(|name| !writing.iter().any(|(other, _)| other == *name)).collect();
    assert!(done.is_empty(), "take these out of the list: {done:?}");
}

//! Exports over what stands there, with faults and deaths at every step.

use std::collections::BTreeMap;

use super::*;

const NOTE: &str = "limn-export.json";

fn rules() -> Rules {
    Rules { note: Some(NOTE.to_owned()), ..Rules::default() }
}

/// An export of these files with a note.
fn publish(target: &Path, rules: Rules, files: &[(&str, &str)], faults: Faults) -> Result<Published, FileError> {
    let export = Publication::begin_with(target, rules, faults)?;
    for (name, content) in files {
        export.write(name, |out| out.write_all(content.as_bytes()))?;
    }
    export.commit_with_note(note)
}

fn note(files: &[Record], out: &mut Draft) -> io::Result<()> {
    Ok(serde_json::to_writer(out, &serde_json::json!({"format": "x", "files": files}))?)
}

fn plainly(target: &Path, files: &[(&str, &str)]) -> Result<Published, FileError> {
    publish(target, rules(), files, Faults::new(|_| Ok(())))
}

/// Everything below a folder: content of files, `None` for folders.
fn state(folder: &Path) -> BTreeMap<String, Option<Vec<u8>>> {
    fn add(at: &Path, prefix: &str, all: &mut BTreeMap<String, Option<Vec<u8>>>) {
        for entry in std::fs::read_dir(at).unwrap().map(Result::unwrap) {
            let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                add(&entry.path(), &format!("{name}/"), all);
                all.insert(name, None);
            } else {
                let content = std::fs::read(entry.path()).unwrap_or_default();
                all.insert(name, Some(content));
            }
        }
    }
    let mut all = BTreeMap::new();
    add(folder, "", &mut all);
    all
}

fn names(folder: &Path) -> Vec<String> {
    state(folder).into_keys().collect()
}

const OLD: [(&str, &str); 4] = [("2.txt", "old"), ("a/1.txt", "old"), ("b/gone.txt", "old"), ("same.txt", "same")];
const NEW: [(&str, &str); 4] = [("2.txt", "new!"), ("a/1.txt", "new"), ("c/d/3.txt", "new"), ("same.txt", "same")];

#[test]
fn all_or_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let target = folder.path().join("new/deep");
    let export = Publication::begin(&target, rules()).unwrap();
    export.write("a/1.txt", |out| out.write_all(b"old")).unwrap();
    drop(export);
    assert!(names(folder.path()).is_empty(), "an abandoned export leaves no folder");

    let published = plainly(&target, &OLD).unwrap();
    assert_eq!((published.files, published.unchanged, published.removed), (5, 0, 0));
    let before = state(&target);
    let export = Publication::begin(&target, rules()).unwrap();
    export.write("a/1.txt", |out| out.write_all(b"new")).unwrap();
    assert!(export.write("2.txt", |_| Err(io::Error::other("broken"))).is_err());
    assert!(matches!(export.write("a/1.txt", |_| Ok(())), Err(FileError::Name { .. })), "written twice");
    assert_eq!(export.names(), ["a/1.txt"]);
    drop(export);
    assert_eq!(state(&target), before);

    let published = plainly(&target, &NEW).unwrap();
    assert_eq!((published.files, published.unchanged, published.removed), (5, 1, 1));
    assert_eq!(names(&target), ["2.txt", "a", "a/1.txt", "c", "c/d", "c/d/3.txt", NOTE, "same.txt"]);
    assert_eq!(plainly(&target, &NEW).unwrap().unchanged, 5);
}

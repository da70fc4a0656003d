//! All files of an export appear together or not at all, and what this project did not write is never replaced unasked.
//!
//! The work is that of [`limn_files::Publication`]. What counts as written by this project: in a folder what its note lists with
//! the sum that it still has, if the note names this project; a single file if the project remembers its sum, or, where it
//! remembers nothing of it, if the file itself names this project.

use std::collections::{BTreeMap, HashSet};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use limn_files::{Draft, FileError, FileId, Publication, Record, Rules};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::report::FormatError;
use super::source::Source;
use super::{origin_of, reading};
use crate::store::paths;
use crate::store::scan::EXPORT_MARKER;

/// The files of one export on their way. Dropping it before [`Staging::commit`] takes everything back.
pub(super) struct Staging {
    target: PathBuf,
    publication: Publication,
}

impl Staging {
    /// Prepares an export into the folder `target`, which is made if need be. `file` is its main file; empty where the
    /// export is the folder. The project's pictures are never overwritten.
    pub(super) fn new(source: &Source<'_>, target: &Path, file: &str, overwrite: bool) -> Result<Self, FormatError> {
        let folder = paths::absolute(target);
        let protected: HashSet<FileId> = source.files().iter().filter_map(|path| FileId::of(path).ok()).collect();
        let mut known = source.remembered(&folder);
        let mut overwrite = overwrite;
        if !overwrite && file.is_empty() {
            check_note(source, &folder)?;
        } else if !overwrite
            && known.iter().all(|record| record.name != file)
            && names_project(source, &folder.join(file))
        {
            // What the program wrote before it kept sums, or wrote without being able to.
            overwrite = true;
        }
        known.retain(|record| record.name != EXPORT_MARKER);
        let rules = Rules { note: file.is_empty().then(|| EXPORT_MARKER.to_owned()), overwrite, protected, known };
        let publication = Publication::begin(target, rules).map_err(from_files)?;
        Ok(Self { target: paths::absolute(target), publication })
    }

    /// The folder of the export, absolute.
    pub(super) fn target(&self) -> &Path {
        &self.target
    }

    /// Writes one file; `name` is relative to the target, with `/`.
    pub(super) fn write(
        &self,
        name: &str,
        content: impl FnOnce(&mut Draft) -> io::Result<()>,
    ) -> Result<(), FormatError> {
        self.publication.write(name, content).map_err(from_files)
    }

    /// Copies a file as it is.
    pub(super) fn copy(&self, name: &str, from: &Path) -> Result<(), FormatError> {
        let mut source = limn_files::open(from).map_err(from_files)?;
        self.publication.copy(name, &mut source).map_err(from_files)
    }

    /// Moves everything to its place; the project remembers what it wrote. Returns the number of files.
    pub(super) fn commit(self, source: &Source<'_>) -> Result<usize, FormatError> {
        let names = self.publication.names();
        let published = self.publication.commit().map_err(from_files)?;
        source.remember(&self.target, names.iter().filter_map(|name| record(&self.target, name)).collect());
        Ok(published.files)
    }

    /// As [`Staging::commit`], with the note of the export, and without the files of the former one that are no part of it.
    pub(super) fn commit_with_note(
        self,
        note: impl FnOnce(&[Record], &mut Draft) -> io::Result<()>,
    ) -> Result<usize, FormatError> {
        let published = self.publication.commit_with_note(note).map_err(from_files)?;
        Ok(published.files)
    }
}

/// Refuses a folder that holds the export of another project.
fn check_note(source: &Source<'_>, folder: &Path) -> Result<(), FormatError> {
    let note = folder.join(EXPORT_MARKER);
    if !note.is_file() {
        return Ok(());
    }
    let stored = reading::json(&note).ok();
    let project = stored.as_ref().and_then(|note| note.get("project")).and_then(Value::as_str);
    if project.is_none_or(|project| source.is_project(project, folder)) {
        return Ok(());
    }
    Err(FormatError::NotOurs {
        folder: folder.to_path_buf(),
        what: "it holds the export of another project".to_owned(),
    })
}

/// Whether a file says that it is an export of this project.
pub(super) fn names_project(source: &Source<'_>, path: &Path) -> bool {
    if !path.is_file() {
        return false;
    }
    let Some(stored) = origin_of(path) else { return false };
    let folder = path.parent().unwrap_or(Path::new("."));
    source.is_project(&stored, folder)
}

/// Length and sum of a file that was just written.
fn record(folder: &Path, name: &str) -> Option<Record> {
    let mut file = limn_files::open(&folder.join(name)).ok()?;
    let (mut sum, mut length, mut block) = (Sha256::new(), 0, vec![0; 1 << 16]);
    loop {
        let got = file.read(&mut block).ok()?;
        if got == 0 {
            break;
        }
        sum.update(&block[..got]);
        length += got as u64;
    }
    let sha256 = sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Some(Record { name: name.to_owned(), length, sha256 })
}

/// What a project remembers of its exports: of every folder the files with their sums.
pub(super) type Remembered = BTreeMap<String, Vec<Record>>;

/// Newest exports that are remembered.
pub(super) const MAX_REMEMBERED: usize = 200;

/// A failed operation of `limn-files` in the words of the report.
pub(super) fn from_files(error: FileError) -> FormatError {
    match error {
        FileError::Conflict { folder, names } => {
            let shown = super::placing::some_of(&names);
            FormatError::NotOurs {
                folder,
                what: format!("{shown} was not written by this project, or was changed since"),
            }
        }
        FileError::Protected { path } => FormatError::WouldOverwrite { path },
        FileError::DiskFull { path } => FormatError::DiskFull { path },
        FileError::ReadOnly { path, source, .. } => FormatError::ReadOnly { path, source },
        FileError::Io { what, path, source } => from_io(what, &path, source),
        other => FormatError::File(other),
    }
}

/// A failed file operation in the words of the report.
pub(super) fn from_io(what: &'static str, path: &Path, source: io::Error) -> FormatError {
    let path = path.to_path_buf();
    match source.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => FormatError::DiskFull { path },
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem if what != "read" => {
            FormatError::ReadOnly { path, source }
        }
        _ => FormatError::Io { what, path, source },
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::store::Project;

    fn listing(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn all_or_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::in_memory(folder.path());
        let source = Source::new(&project);
        let target = folder.path().join("new/deep");
        let staging = |file| Staging::new(&source, &target, file, false);
        let abandoned = staging("2.txt").unwrap();
        abandoned.write("a/1.txt", |w| w.write_all(b"old")).unwrap();
        drop(abandoned);
        assert!(listing(folder.path()).is_empty(), "an abandoned export leaves no folder");

        let first = staging("2.txt").unwrap();
        first.write("a/1.txt", |w| w.write_all(b"old")).unwrap();
        first.write("2.txt", |w| w.write_all(b"old")).unwrap();
        assert_eq!(first.commit(&source).unwrap(), 2);

        let second = staging("2.txt").unwrap();
        second.write("a/1.txt", |w| w.write_all(b"new")).unwrap();
        assert!(second.write("2.txt", |_| Err(io::Error::other("broken"))).is_err());
        drop(second);
        assert_eq!(std::fs::read(target.join("a/1.txt")).unwrap(), b"old");
        assert_eq!(listing(&target), ["2.txt", "a"]);
    }

    #[test]
    fn strangers_and_what_was_changed_since_stay_unless_asked() {
        let folder = tempfile::tempdir().unwrap();
        let project = Project::create(&folder.path().join("p.limn"), folder.path()).unwrap();
        let source = Source::new(&project);
        let write = |overwrite, text: &'static [u8]| {
            let staging = Staging::new(&source, folder.path(), "o.json", overwrite)?;
            staging.write("o.json", |w| w.write_all(text))?;
            staging.commit(&source)
        };
        std::fs::write(folder.path().join("o.json"), "somebody's").unwrap();
        assert!(matches!(write(false, b"1"), Err(FormatError::NotOurs { .. })));
        assert_eq!(std::fs::read(folder.path().join("o.json")).unwrap(), b"somebody's");
        write(true, b"1").unwrap();
        write(false, b"2").unwrap();
        std::fs::write(folder.path().join("o.json"), "2 and a correction").unwrap();
        assert!(write(false, b"3").unwrap_err().to_string().contains("--overwrite"));
    }
}

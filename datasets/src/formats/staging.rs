//! All files of an export appear together or not at all.
//!
//! Every file is first written under a temporary name in a hidden folder inside the target, which lies on
//! the same file system; only when all are complete and synced they are renamed to their places. A full disk, a cancelled export
//! or an error leaves what was there before.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufWriter, ErrorKind};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rayon::prelude::*;

use super::report::FormatError;
use crate::store::paths;

const PREFIX: &str = ".limn-export-";

/// The files of one export on their way. Dropping it before [`Staging::commit`] takes everything back.
pub(super) struct Staging {
    target: PathBuf,
    hidden: Option<tempfile::TempDir>,
    protected: HashSet<PathBuf>,
    counter: AtomicUsize,
    files: Mutex<Vec<(PathBuf, PathBuf)>>,
    made_folders: Mutex<Vec<PathBuf>>,
}

impl Staging {
    /// Prepares an export into the folder `target`, which is made if need be. `protected` files (the project's
    /// pictures) are never overwritten.
    pub(super) fn new(target: &Path, protected: HashSet<PathBuf>) -> Result<Self, FormatError> {
        let mut made = Vec::new();
        make_folders(target, &mut made).map_err(|error| from_io("create", target, error))?;
        remove_leftovers(target);
        let hidden = tempfile::Builder::new().prefix(PREFIX).tempdir_in(target);
        let mut staging = Self {
            target: paths::absolute(target),
            hidden: None,
            protected,
            counter: AtomicUsize::new(0),
            files: Mutex::default(),
            made_folders: Mutex::new(made),
        };
        staging.hidden = Some(hidden.map_err(|error| from_io("write in", target, error))?);
        Ok(staging)
    }

    /// The folder of the export, absolute.
    pub(super) fn target(&self) -> &Path {
        &self.target
    }

    /// Writes one file; `name` is relative to the target, with `/`.
    pub(super) fn write(
        &self,
        name: &str,
        content: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> Result<(), FormatError> {
        let place = self.place(name)?;
        let temporary = self.temporary_name();
        let written = (|| {
            let mut writer = BufWriter::new(File::create(&temporary)?);
            content(&mut writer)?;
            writer.into_inner().map_err(io::IntoInnerError::into_error).map(drop)
        })();
        written.map_err(|error| from_io("write", &place, error))?;
        self.files.lock().unwrap_or_else(PoisonError::into_inner).push((temporary, place));
        Ok(())
    }

    /// Copies a file as it is.
    pub(super) fn copy(&self, name: &str, from: &Path) -> Result<(), FormatError> {
        let mut source = File::open(from).map_err(|error| from_io("read", from, error))?;
        self.write(name, |writer| io::copy(&mut source, writer).map(drop))
    }

    /// The names written so far, sorted.
    pub(super) fn names(&self) -> Vec<String> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let mut names: Vec<String> =
            files.iter().filter_map(|(_, place)| paths::relative(&self.target, place)).collect();
        names.sort_unstable();
        names
    }

    /// Moves everything to its place and removes the files of the former export that are not part of this one.
    /// Returns the number of files.
    pub(super) fn commit(mut self, former: &[String]) -> Result<usize, FormatError> {
        let files = std::mem::take(&mut *self.files.lock().unwrap_or_else(PoisonError::into_inner));
        // One file after the other would wait for the disk as often as there are files.
        let synced = files.par_iter().try_for_each(|(temporary, place)| {
            let sync = File::options().write(true).open(temporary).and_then(|file| file.sync_all());
            sync.map_err(|error| from_io("write", place, error))
        });
        synced?;
        self.made_folders.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let mut folders = HashSet::new();
        for (temporary, place) in &files {
            std::fs::rename(temporary, place).map_err(|error| from_io("write", place, error))?;
            folders.extend(place.parent().map(Path::to_path_buf));
        }
        let written: HashSet<&PathBuf> = files.iter().map(|(_, place)| place).collect();
        for name in former.iter().filter(|name| is_plain(name)) {
            let old = self.target.join(name);
            if !written.contains(&old) && !self.protected.contains(&old) && old.is_file() {
                std::fs::remove_file(&old).map_err(|error| from_io("remove", &old, error))?;
            }
        }
        for folder in folders {
            sync_folder(&folder);
        }
        if let Some(hidden) = self.hidden.take()
            && let Err(error) = hidden.close()
        {
            tracing::warn!("a temporary folder of the export stays behind: {error}");
        }
        Ok(files.len())
    }

    /// Where a file goes; makes its folder and refuses what must not be overwritten.
    fn place(&self, name: &str) -> Result<PathBuf, FormatError> {
        let place = self.target.join(name);
        if !is_plain(name) || place.is_dir() {
            return Err(from_io("write", &place, io::Error::other("this is not the name of a file here")));
        }
        if self.protected.contains(&place) {
            return Err(FormatError::WouldOverwrite { path: place });
        }
        if let Some(folder) = place.parent() {
            let mut made = self.made_folders.lock().unwrap_or_else(PoisonError::into_inner);
            make_folders(folder, &mut made).map_err(|error| from_io("create", folder, error))?;
        }
        Ok(place)
    }

    fn temporary_name(&self) -> PathBuf {
        let number = self.counter.fetch_add(1, Ordering::Relaxed);
        let folder = self.hidden.as_ref().map_or(self.target.as_path(), tempfile::TempDir::path);
        folder.join(format!("{number}.tmp"))
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        drop(self.hidden.take());
        // Folders that were made for nothing; the innermost first. One that is not empty is none of ours.
        for folder in self.made_folders.lock().unwrap_or_else(PoisonError::into_inner).iter().rev() {
            if let Err(error) = std::fs::remove_dir(folder) {
                tracing::debug!("{} stays: {error}", folder.display());
            }
        }
    }
}

/// Like `create_dir_all`, remembering what was made, outermost first.
fn make_folders(folder: &Path, made: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut wanted = Vec::new();
    let mut at = folder;
    while !at.as_os_str().is_empty() && !at.is_dir() {
        wanted.push(at.to_path_buf());
        match at.parent() {
            Some(parent) => at = parent,
            None => break,
        }
    }
    for folder in wanted.into_iter().rev() {
        match std::fs::create_dir(&folder) {
            Ok(()) => made.push(paths::absolute(&folder)),
            Err(error) if error.kind() == ErrorKind::AlreadyExists && folder.is_dir() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Hidden folders that a killed export left, once they are an hour old (a younger one may be at work).
fn remove_leftovers(target: &Path) {
    let Ok(entries) = std::fs::read_dir(target) else {
        return; // The export itself will meet the same fault and report it.
    };
    for entry in entries.filter_map(Result::ok) {
        let ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let age = entry.metadata().and_then(|meta| meta.modified()).ok().and_then(|time| time.elapsed().ok());
        if ours
            && age.is_some_and(|age| age > Duration::from_secs(3600))
            && let Err(error) = std::fs::remove_dir_all(entry.path())
        {
            tracing::warn!("{} stays behind: {error}", entry.path().display());
        }
    }
}

/// Only downwards: no root, no `..`.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && Path::new(name).components().all(|part| matches!(part, Component::Normal(_)))
}

/// Makes the renames durable where the system can sync folders.
fn sync_folder(folder: &Path) {
    if cfg!(unix)
        && let Err(error) = File::open(folder).and_then(|folder| folder.sync_all())
    {
        tracing::warn!("{} could not be synced: {error}", folder.display());
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
    use std::io::Write;

    use super::*;

    fn listing(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn all_or_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("new/deep");
        let staging = Staging::new(&target, HashSet::new()).unwrap();
        staging.write("a/1.txt", |w| w.write_all(b"old")).unwrap();
        drop(staging);
        assert!(listing(folder.path()).is_empty(), "an abandoned export leaves no folder");

        let staging = Staging::new(&target, HashSet::new()).unwrap();
        staging.write("a/1.txt", |w| w.write_all(b"old")).unwrap();
        staging.write("2.txt", |w| w.write_all(b"old")).unwrap();
        assert_eq!(staging.commit(&[]).unwrap(), 2);

        let staging = Staging::new(&target, HashSet::new()).unwrap();
        staging.write("a/1.txt", |w| w.write_all(b"new")).unwrap();
        assert!(staging.write("2.txt", |_| Err(io::Error::other("broken"))).is_err());
        drop(staging);
        assert_eq!(std::fs::read(target.join("a/1.txt")).unwrap(), b"old");
        assert_eq!(listing(&target), ["2.txt", "a"]);
    }

    #[test]
    fn former_files_go_but_pictures_and_strangers_stay() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().canonicalize().unwrap().join("target");
        std::fs::create_dir(&target).unwrap();
        for name in ["stale.png", "picture.png", "other.txt"] {
            std::fs::write(target.join(name), name).unwrap();
        }
        std::fs::write(folder.path().join("outside"), "x").unwrap();
        let staging = Staging::new(&target, HashSet::from([target.join("picture.png")])).unwrap();
        let refused = staging.write("picture.png", |_| Ok(()));
        assert!(matches!(refused, Err(FormatError::WouldOverwrite { .. })));
        assert!(staging.write("../up.png", |_| Ok(())).is_err());
        staging.write("new.png", |_| Ok(())).unwrap();
        let former = ["stale.png", "picture.png", "../outside"].map(str::to_owned);
        staging.commit(&former).unwrap();
        assert_eq!(listing(&target), ["new.png", "other.txt", "picture.png"]);
        assert!(folder.path().join("outside").exists());
    }
}

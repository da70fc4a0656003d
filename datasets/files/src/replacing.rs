//! A file is replaced whole or not at all.
//!
//! The new content is written beside it under a random name that is created anew, synced, and renamed over the old file; then the
//! folder is synced. On failure, and when a [`Replacement`] is dropped unfinished, nothing is left behind.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::beneath::{Beneath, narrow, random};
use crate::identity::Kind;
use crate::{FileError, names};

/// Replaces the content of the file at `path`, or makes it.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("settings.json");
/// limn_files::replace(&path, b"{}")?;
/// assert_eq!(limn_files::read_bytes(&path, 100)?, b"{}");
/// # Ok::<(), limn_files::FileError>(())
/// ```
///
/// # Errors
/// As [`Replacement::begin`] and [`Replacement::finish`]; what was there before is untouched then.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let mut replacement = Replacement::begin(path)?;
    replacement.write_all(bytes).map_err(|error| FileError::from_io("write", path, error))?;
    replacement.finish()
}

/// The new content of a file on its way: write it, then [`finish`](Replacement::finish). Dropped before, the old file stays.
#[derive(Debug)]
pub struct Replacement {
    folder: Beneath,
    name: String,
    temporary: String,
    /// `None` once it is in place.
    writer: Option<BufWriter<File>>,
    /// Rights of the file that is replaced.
    rights: Option<u32>,
}

impl Replacement {
    /// Begins to replace the file at `path`, which need not exist; its folder must. The rights of the old file are kept where they are
    /// narrower.
    ///
    /// # Errors
    /// [`FileError::Link`] if a link stands there (see [`Replacement::begin_behind_link`]), [`FileError::NotAFile`]
    /// for a folder, pipe or device, and when the folder cannot be written.
    pub fn begin(path: &Path) -> Result<Self, FileError> {
        let name = path.file_name().and_then(|name| name.to_str());
        let refuse = || FileError::Name {
            name: path.to_string_lossy().into_owned(),
            why: "it names no file, or is not Unicode",
        };
        let name = name.ok_or_else(refuse)?.to_owned();
        names::check_name(&name)?;
        let folder = Beneath::open(path.parent().unwrap_or(Path::new("")))?;
        let rights = match folder.facts_here(&name)? {
            None => None,
            Some(facts) if facts.kind == Kind::File => Some(facts.mode),
            Some(facts) if facts.kind == Kind::Link => return Err(FileError::Link { path: path.to_path_buf() }),
            Some(facts) => return Err(FileError::NotAFile { path: path.to_path_buf(), what: facts.kind.words() }),
        };
        let temporary = format!(".limn-{:016x}.part", random());
        let file = folder.create_new(&temporary).map_err(|error| error.about(path, |name| name == temporary))?;
        Ok(Self { folder, name, temporary, writer: Some(BufWriter::new(file)), rights })
    }

    /// Like [`Replacement::begin`] for a place that the person named: if a link stands there, the file that it leads to is replaced.
    ///
    /// # Errors
    /// As [`Replacement::begin`]; when the link leads nowhere.
    pub fn begin_behind_link(path: &Path) -> Result<Self, FileError> {
        match path.symlink_metadata() {
            Ok(meta) if meta.file_type().is_symlink() => {
                let place = path.canonicalize().map_err(|error| FileError::from_io("follow", path, error))?;
                Self::begin(&place)
            }
            _ => Self::begin(path),
        }
    }

    /// Syncs the new content and puts it in place.
    ///
    /// # Errors
    /// When the disk is full or the file cannot be renamed; the old one is untouched then. An error from syncing the folder
    /// comes after the new file is in place.
    pub fn finish(mut self) -> Result<(), FileError> {
        let place = self.place();
        let Some(mut writer) = self.writer.take() else { return Ok(()) };
        let rights = self.rights;
        let done = (|| {
            writer.flush()?;
            let file = writer.get_ref();
            if let Some(mode) = rights {
                narrow(file, mode)?;
            }
            file.sync_all()
        })();
        drop(writer);
        let done = done.map_err(|error| FileError::from_io("write", &place, error));
        // A link or folder that came meanwhile is not replaced.
        let done = done.and_then(|()| self.folder.rename_over(&self.temporary, &self.name));
        if done.is_err() {
            self.folder.forget(&self.temporary);
        }
        done.and_then(|()| self.folder.sync())
    }

    /// Where the file will be.
    #[must_use]
    pub fn place(&self) -> PathBuf {
        self.folder.path().join(&self.name)
    }

    /// The new content as a file, for writers that seek.
    ///
    /// # Errors
    /// When what was written so far cannot be written out.
    pub fn file(&mut self) -> io::Result<&mut File> {
        let writer = self.writer.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        writer.flush()?;
        Ok(writer.get_mut())
    }
}

impl Write for Replacement {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.as_mut().ok_or(io::ErrorKind::NotConnected)?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.as_mut().map_or(Ok(()), BufWriter::flush)
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if let Some(writer) = self.writer.take() {
            // What is buffered is not wanted any more.
            drop(writer.into_parts());
            self.folder.forget(&self.temporary);
        }
    }
}

/// Keeps a damaged small file aside, so that a new one can be written: `settings.json` becomes `settings.json.old`, or
/// `settings.json.old-2` and so on if that is taken. Returns its new place.
///
/// # Errors
/// When the file is missing or cannot be renamed.
pub fn keep_aside(path: &Path) -> Result<PathBuf, FileError> {
    let refuse =
        || FileError::Name { name: path.to_string_lossy().into_owned(), why: "it names no file, or is not Unicode" };
    let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(refuse)?;
    names::check_name(name)?;
    let folder = Beneath::open(path.parent().unwrap_or(Path::new("")))?;
    let free = move_aside(&folder, name, &folder, name)?;
    folder.sync()?;
    Ok(folder.path().join(free))
}

/// Removes a file that this program just made; that there is none is no error.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("half-made");
/// limn_files::replace(&path, b"x")?;
/// limn_files::take_away(&path)?;
/// assert!(!path.exists() && limn_files::take_away(&path).is_ok());
/// # Ok::<(), limn_files::FileError>(())
/// ```
///
/// # Errors
/// When it cannot be removed, or the path names no file.
pub fn take_away(path: &Path) -> Result<(), FileError> {
    let refuse =
        || FileError::Name { name: path.to_string_lossy().into_owned(), why: "it names no file, or is not Unicode" };
    let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(refuse)?;
    match Beneath::open(path.parent().unwrap_or(Path::new("")))?.remove_file(name) {
        Err(error) if error.is_missing() => Ok(()),
        other => other,
    }
}

/// Moves the entry `from` of one folder to the first free name `name.old`, `name.old-2` ... of another.
pub(crate) fn move_aside(source: &Beneath, from: &str, target: &Beneath, name: &str) -> Result<String, FileError> {
    const TRIES: usize = 10_000;
    for number in 1..TRIES {
        let end = if number == 1 { ".old".to_owned() } else { format!(".old-{number}") };
        let mut cut = name.len().min(names::LONGEST_NAME - end.len());
        while !name.is_char_boundary(cut) {
            cut -= 1;
        }
        let free = format!("{}{end}", &name[..cut]);
        if target.facts_here(&free)?.is_some() {
            continue;
        }
        match source.move_new(from, target, &free) {
            Err(_) if target.facts_here(&free)?.is_some() => {} // Somebody was faster.
            other => return other.map(|()| free),
        }
    }
    Err(FileError::Content { path: target.path().join(name), why: "too many old copies; remove some".to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(folder: &Path) -> Vec<String> {
        Beneath::open(folder).unwrap().names().unwrap().into_iter().map(|name| name.into_string().unwrap()).collect()
    }

    #[test]
    fn whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        replace(&path, b"old").unwrap();
        let mut half = Replacement::begin(&path).unwrap();
        half.write_all(b"half").unwrap();
        drop(half);
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        let mut whole = Replacement::begin(&path).unwrap();
        whole.write_all(b"new").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"old", "not before it is finished");
        whole.finish().unwrap();
        assert_eq!(
            (std::fs::read(&path).unwrap(), listing(folder.path())),
            (b"new".to_vec(), vec!["a.json".to_owned()])
        );
        assert!(matches!(replace(folder.path(), b""), Err(FileError::NotAFile { what: "a folder", .. })));
        assert!(replace(&folder.path().join("none/a"), b"").unwrap_err().is_missing());
        assert!(replace(Path::new("/"), b"").is_err() && replace(&folder.path().join(".."), b"").is_err());
    }

    #[test]
    fn damaged_files_are_kept_under_free_names() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        for content in ["1", "2", "3"] {
            std::fs::write(&path, content).unwrap();
            keep_aside(&path).unwrap();
        }
        assert_eq!(listing(folder.path()), ["a.json.old", "a.json.old-2", "a.json.old-3"]);
        assert_eq!(std::fs::read(folder.path().join("a.json.old")).unwrap(), b"1");
        assert!(keep_aside(&path).unwrap_err().is_missing());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_refused_and_rights_stay_narrow() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("mine"), "mine").unwrap();
        std::fs::set_permissions(at("mine"), std::fs::Permissions::from_mode(0o600)).unwrap();
        symlink("mine", at("link")).unwrap();
        symlink("planted", at("dangling")).unwrap();
        assert!(matches!(replace(&at("link"), b"x"), Err(FileError::Link { .. })));
        assert!(matches!(replace(&at("dangling"), b"x"), Err(FileError::Link { .. })));
        assert!(Replacement::begin_behind_link(&at("dangling")).is_err());
        assert_eq!(listing(folder.path()), ["dangling", "link", "mine"]);
        Replacement::begin_behind_link(&at("link")).unwrap().finish().unwrap();
        let meta = at("mine").metadata().unwrap();
        assert_eq!((meta.len(), meta.permissions().mode() & 0o777), (0, 0o600));

        // A link that comes while the new content is written.
        let replacement = Replacement::begin(&at("new")).unwrap();
        symlink("mine", at("new")).unwrap();
        assert!(matches!(replacement.finish(), Err(FileError::Link { .. })));
        assert_eq!(listing(folder.path()), ["dangling", "link", "mine", "new"]);
    }
}

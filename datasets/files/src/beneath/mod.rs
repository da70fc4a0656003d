//! Everything below one opened folder, and nothing outside of it.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use crate::identity::{Facts, Kind};
use crate::{FileError, names};

#[cfg(unix)]
#[path = "unix.rs"]
mod system;
#[cfg(not(unix))]
#[path = "other.rs"]
mod system;

pub(crate) use system::narrow;

/// An opened folder. Names are relative to it, with `/`, and checked ([`crate::parts`]): only downwards. Neither on the way nor at the
/// end is a link followed, also not one that is put there meanwhile (on Unix; elsewhere links are looked for first).
///
/// ```
/// # fn main() -> Result<(), limn_files::FileError> {
/// # let temporary = tempfile::tempdir().unwrap();
/// let folder = limn_files::Beneath::open(temporary.path())?;
/// folder.make_folder("a/b")?;
/// folder.write_new("a/b/c.txt", b"text")?;
/// folder.rename_new("a/b/c.txt", "a/d.txt")?;
/// assert!(folder.write_new("../up.txt", b"text").is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Beneath {
    dir: system::Dir,
    path: PathBuf,
}

impl Beneath {
    /// Opens the folder at `path`, which a person named: links that lead to the folder itself are followed.
    ///
    /// # Errors
    /// When it is no folder or cannot be read.
    pub fn open(path: &Path) -> Result<Self, FileError> {
        // A program that was given a bare name works in the folder where it stands.
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        let dir =
            system::Dir::open(path).map_err(|error| match std::fs::metadata(path).map(|meta| Kind::of(&meta)) {
                Ok(kind) if kind != Kind::Folder => {
                    FileError::NotAFolder { path: path.to_path_buf(), what: kind.words() }
                }
                _ => FileError::from_io("open", path, error),
            })?;
        Ok(Self { dir, path: path.to_path_buf() })
    }

    /// Opens the folder at `path`, and makes it and those above it where they are missing.
    ///
    /// # Errors
    /// When it can be neither opened nor made.
    pub fn make(path: &Path) -> Result<Self, FileError> {
        Self::make_all(path, &mut Vec::new())
    }

    /// Like [`Beneath::make`]; says what was made, outermost first.
    pub(crate) fn make_all(path: &Path, made: &mut Vec<PathBuf>) -> Result<Self, FileError> {
        match Self::open(path) {
            Err(error) if error.is_missing() => {}
            other => return other,
        }
        let (Some(parent), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
            return Self::open(path);
        };
        let above = Self::make_all(parent, made)?;
        names::check_name(name)?;
        match above.dir.make(name, false) {
            Ok(()) => made.push(path.to_path_buf()),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(FileError::from_io("create", path, error)),
        }
        Self::open(path)
    }

    /// Where the folder was opened, for messages.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The same folder, opened again.
    pub(crate) fn again(&self) -> Result<Self, FileError> {
        let dir = self.dir.again().map_err(|error| FileError::from_io("open", &self.path, error))?;
        Ok(Self { dir, path: self.path.clone() })
    }

    /// The folder `name` beneath this one.
    ///
    /// # Errors
    /// When it is missing, no folder, or there is a link on the way.
    pub fn folder(&self, name: &str) -> Result<Self, FileError> {
        self.descend(&names::parts(name)?, false)
    }

    /// The folder `name` beneath this one; it and those above it are made where they are missing.
    ///
    /// # Errors
    /// When it cannot be made, or there is a link or a file on the way.
    pub fn make_folder(&self, name: &str) -> Result<Self, FileError> {
        self.descend(&names::parts(name)?, true)
    }

    /// Opens a regular file for reading.
    ///
    /// # Errors
    /// When it is missing, no regular file, or there is a link on the way or at the end.
    pub fn open_file(&self, name: &str) -> Result<File, FileError> {
        let (folder, last) = self.parent_of(name)?;
        folder.regular(last, "read", system::Dir::open_read).map(|(file, _)| file)
    }

    /// Opens a regular file for reading and writing, and says what is known of it.
    pub(crate) fn open_existing(&self, name: &str) -> Result<(File, Facts), FileError> {
        let (folder, last) = self.parent_of(name)?;
        folder.regular(last, "write", system::Dir::open_write)
    }

    /// All bytes of a regular file, at most `limit`.
    ///
    /// # Errors
    /// As [`Beneath::open_file`], or when it is larger.
    pub fn read(&self, name: &str, limit: u64) -> Result<Vec<u8>, FileError> {
        crate::reading::read_all(&mut self.open_file(name)?, &self.path.join(name), limit)
    }

    /// Makes a file that is not there yet, for writing.
    ///
    /// # Errors
    /// When anything stands at the name, also a link; when its folder is missing.
    pub fn create_new(&self, name: &str) -> Result<File, FileError> {
        let (folder, last) = self.parent_of(name)?;
        folder.dir.create_new(last).map_err(|error| folder.explain("create", last, error))
    }

    /// Makes a file that is not there yet, with this content, synced. Nothing is left behind on failure.
    ///
    /// # Errors
    /// As [`Beneath::create_new`], or when the disk is full.
    pub fn write_new(&self, name: &str, bytes: &[u8]) -> Result<(), FileError> {
        let (folder, last) = self.parent_of(name)?;
        let mut file = folder.dir.create_new(last).map_err(|error| folder.explain("create", last, error))?;
        file.write_all(bytes).and_then(|()| file.sync_all()).map_err(|error| {
            folder.forget(last);
            FileError::from_io("write", &folder.path.join(last), error)
        })
    }

    /// Gives a file or folder another name beneath this folder, where nothing stands yet.
    ///
    /// # Errors
    /// When something stands there, the file is missing, or there is a link on the way.
    pub fn rename_new(&self, from: &str, to: &str) -> Result<(), FileError> {
        let (source, old) = self.parent_of(from)?;
        let (target, new) = self.parent_of(to)?;
        source.move_new(old, &target, new)
    }

    /// As [`Beneath::rename_new`] for a name that need not be Unicode: one directly in this folder.
    ///
    /// # Errors
    /// As there; [`FileError::Name`] where it is no plain name.
    pub fn rename_new_raw(&self, from: &str, to: &OsStr) -> Result<(), FileError> {
        if Path::new(to).file_name() != Some(to) {
            return Err(FileError::Name { name: to.to_string_lossy().into_owned(), why: "it leads to another folder" });
        }
        let (source, old) = self.parent_of(from)?;
        source.dir.rename_new(old, &self.dir, to).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => FileError::from_io("create", &self.path.join(to), error),
            _ => source.explain("rename", old, error),
        })
    }

    /// Gives a file another name; a regular file that stands there is replaced, nothing else is.
    ///
    /// # Errors
    /// When something else than a file stands there, the file is missing, or there is a link on the way.
    pub fn rename_over(&self, from: &str, to: &str) -> Result<(), FileError> {
        let (source, old) = self.parent_of(from)?;
        let (target, new) = self.parent_of(to)?;
        match target.facts_here(new)?.map(|facts| facts.kind) {
            None | Some(Kind::File) => {}
            Some(kind) => return Err(target.not_a_file(new, kind)),
        }
        source.dir.rename_over(old, &target.dir, new).map_err(|error| target.explain("replace", new, error))
    }

    /// Removes a file; a link is removed itself.
    ///
    /// # Errors
    /// When it is missing or a folder, or there is a link on the way.
    pub fn remove_file(&self, name: &str) -> Result<(), FileError> {
        let (folder, last) = self.parent_of(name)?;
        folder.dir.remove_file(last).map_err(|error| folder.explain("remove", last, error))
    }

    /// Removes an empty folder.
    ///
    /// # Errors
    /// When it is missing, not empty or no folder, or there is a link on the way.
    pub fn remove_folder(&self, name: &str) -> Result<(), FileError> {
        let (folder, last) = self.parent_of(name)?;
        folder.dir.remove_folder(last).map_err(|error| folder.explain("remove", last, error))
    }

    /// What stands at a name, without following it; `None` if there is nothing (or no folder for it).
    ///
    /// # Errors
    /// When there is a link or a file on the way, or the system says another error.
    pub fn facts(&self, name: &str) -> Result<Option<Facts>, FileError> {
        match self.parent_of(name) {
            Ok((folder, last)) => folder.facts_here(last),
            Err(error) if error.is_missing() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The names of everything in this folder, sorted.
    ///
    /// # Errors
    /// What the system says.
    pub fn names(&self) -> Result<Vec<OsString>, FileError> {
        let mut names = self.dir.names().map_err(|error| FileError::from_io("list", &self.path, error))?;
        names.sort_unstable();
        Ok(names)
    }

    /// Makes what was created, renamed and removed in this folder durable, where the system can.
    ///
    /// # Errors
    /// What the system says.
    pub fn sync(&self) -> Result<(), FileError> {
        match self.dir.sync() {
            // Some file systems know no such thing for folders.
            Err(error) if matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
            other => other.map_err(|error| FileError::from_io("sync", &self.path, error)),
        }
    }

    /// Makes everything durable that was written to this disk; false if the system has no such call.
    pub(crate) fn sync_disk(&self) -> Result<bool, FileError> {
        self.dir.sync_disk().map_err(|error| FileError::from_io("sync", &self.path, error))
    }

    /// The system's lock on the folder itself, if there is such a thing: held while the file is open.
    pub(crate) fn as_lockable(&self) -> io::Result<Option<File>> {
        self.dir.as_lockable()
    }

    /// Makes a new folder here that only this user may enter.
    pub(crate) fn make_private(&self, name: &str) -> Result<Self, FileError> {
        names::check_name(name)?;
        self.dir.make(name, true).map_err(|error| self.explain("create", name, error))?;
        self.folder(name).inspect_err(|_| drop(self.dir.remove_folder(name)))
    }

    /// Moves the entry `old` of this folder to the free name `new` of another.
    pub(crate) fn move_new(&self, old: &str, target: &Self, new: &str) -> Result<(), FileError> {
        self.dir.rename_new(old, &target.dir, new).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => target.explain("create", new, error),
            _ => self.explain("rename", old, error),
        })
    }

    /// Like [`Beneath::move_new`] for a file, by another way: a second name is made and the first removed. Serves where renaming is
    /// what fails.
    pub(crate) fn link_new(&self, old: &str, target: &Self, new: &str) -> Result<(), FileError> {
        self.dir.link_new(old, &target.dir, new).map_err(|error| target.explain("bring back", new, error))?;
        self.dir.remove_file(old).map_err(|error| self.explain("remove", old, error))
    }

    /// What stands at one name of this folder.
    pub(crate) fn facts_here(&self, name: &str) -> Result<Option<Facts>, FileError> {
        let place = self.path.join(name);
        self.dir.facts(name, &place).map_err(|error| FileError::from_io("look at", &place, error))
    }

    /// Removes a file that is ours and no longer needed; what goes wrong is logged only.
    pub(crate) fn forget(&self, name: &str) {
        if let Err(error) = self.dir.remove_file(name)
            && error.kind() != ErrorKind::NotFound
        {
            tracing::warn!("{} stays behind: {error}", crate::shown(&self.path.join(name)));
        }
    }

    /// The opened folder of a file, and the file's own name.
    pub(crate) fn parent_of<'n>(&self, name: &'n str) -> Result<(Parent<'_>, &'n str), FileError> {
        let parts = names::parts(name)?;
        if parts.len() == 1 {
            return Ok((Parent::Here(self), name));
        }
        // `parts` is never empty: an empty name is refused.
        let (last, above) = parts.split_last().map_or(("", &[][..]), |(last, above)| (*last, above));
        Ok((Parent::Below(self.descend(above, false)?), last))
    }

    fn descend(&self, parts: &[&str], make: bool) -> Result<Self, FileError> {
        let mut below: Option<Self> = None;
        for part in parts {
            let at = below.as_ref().unwrap_or(self);
            let next = match at.dir.child(part) {
                Err(error) if make && error.kind() == ErrorKind::NotFound => match at.dir.make(part, false) {
                    Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
                    _ => at.dir.child(part),
                },
                other => other,
            };
            let dir = next.map_err(|error| at.explain("open", part, error))?;
            below = Some(Self { dir, path: at.path.join(part) });
        }
        below.map_or_else(|| self.again(), Ok)
    }

    /// Opens an entry that must be a regular file; looked at before (a pipe or device is not even opened) and after.
    fn regular(
        &self,
        name: &str,
        what: &'static str,
        open: impl FnOnce(&system::Dir, &str) -> io::Result<File>,
    ) -> Result<(File, Facts), FileError> {
        let place = self.path.join(name);
        match self.facts_here(name)?.map(|facts| facts.kind) {
            None => return Err(FileError::from_io(what, &place, ErrorKind::NotFound.into())),
            Some(Kind::File) => {}
            Some(kind) => return Err(self.not_a_file(name, kind)),
        }
        let file = open(&self.dir, name).map_err(|error| self.explain(what, name, error))?;
        let facts = Facts::of_open(&file, &place).map_err(|error| FileError::from_io(what, &place, error))?;
        match facts.kind {
            Kind::File => Ok((file, facts)),
            kind => Err(self.not_a_file(name, kind)),
        }
    }

    fn not_a_file(&self, name: &str, kind: Kind) -> FileError {
        let path = self.path.join(name);
        match kind {
            Kind::Link => FileError::Link { path },
            kind => FileError::NotAFile { path, what: kind.words() },
        }
    }

    /// The error of the system in our words: it spells "a link" in several ways.
    fn explain(&self, what: &'static str, name: &str, error: io::Error) -> FileError {
        let path = self.path.join(name);
        match self.dir.facts(name, &path) {
            Ok(Some(facts)) if facts.kind == Kind::Link => FileError::Link { path },
            Ok(Some(facts)) if facts.kind != Kind::Folder && error.kind() == ErrorKind::NotADirectory => {
                FileError::NotAFolder { path, what: facts.kind.words() }
            }
            _ => FileError::from_io(what, &path, error),
        }
    }
}

/// The folder of a file: the one at hand, or one opened below it.
pub(crate) enum Parent<'b> {
    Here(&'b Beneath),
    Below(Beneath),
}

impl std::ops::Deref for Parent<'_> {
    type Target = Beneath;

    fn deref(&self) -> &Beneath {
        match self {
            Self::Here(folder) => folder,
            Self::Below(folder) => folder,
        }
    }
}

/// Reads at most `most` bytes of a small file of ours, lossily.
pub(crate) fn read_small(file: &mut File, most: u64) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A number that nobody can guess well enough to wait for it; the names made of it are created anew in any case.
pub(crate) fn random() -> u64 {
    use std::hash::{BuildHasher, Hasher, RandomState};
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    hasher.finish()
}

#[cfg(test)]
#[cfg(unix)]
mod tests;

//! An opened folder where the system has no calls relative to one: by paths, with a look for links before each call.

use std::ffi::{OsStr, OsString};
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::identity::Facts;

/// A folder by its canonical path.
#[derive(Debug)]
pub(crate) struct Dir(PathBuf);

impl Dir {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let path = path.canonicalize()?;
        if path.is_dir() { Ok(Self(path)) } else { Err(ErrorKind::NotADirectory.into()) }
    }

    pub(super) fn again(&self) -> io::Result<Self> {
        Ok(Self(self.0.clone()))
    }

    /// The place of a name that is no link.
    fn place(&self, name: &str) -> io::Result<PathBuf> {
        let place = self.0.join(name.as_ref());
        match place.symlink_metadata() {
            Ok(meta) if meta.file_type().is_symlink() => Err(io::Error::other("a link, which is not followed here")),
            _ => Ok(place),
        }
    }

    pub(super) fn child(&self, name: &str) -> io::Result<Self> {
        Self::open(&self.place(name)?)
    }

    pub(super) fn make(&self, name: &str, _private: bool) -> io::Result<()> {
        std::fs::create_dir(self.0.join(name))
    }

    pub(super) fn create_new(&self, name: &str) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).create_new(true).open(self.0.join(name))
    }

    pub(super) fn open_read(&self, name: &str) -> io::Result<File> {
        File::open(self.place(name)?)
    }

    pub(super) fn open_write(&self, name: &str) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).open(self.place(name)?)
    }

    pub(super) fn rename_over(&self, from: &str, to: &Self, name: impl AsRef<OsStr>) -> io::Result<()> {
        std::fs::rename(self.0.join(from), to.0.join(name.as_ref()))
    }

    pub(super) fn rename_new(&self, from: &str, to: &Self, name: impl AsRef<OsStr>) -> io::Result<()> {
        if to.0.join(name.as_ref()).symlink_metadata().is_ok() {
            return Err(ErrorKind::AlreadyExists.into());
        }
        self.rename_over(from, to, name)
    }

    pub(super) fn link_new(&self, from: &str, to: &Self, name: &str) -> io::Result<()> {
        std::fs::hard_link(self.0.join(from), to.0.join(name))
    }

    pub(super) fn remove_file(&self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.0.join(name))
    }

    pub(super) fn remove_folder(&self, name: &str) -> io::Result<()> {
        std::fs::remove_dir(self.0.join(name))
    }

    pub(super) fn facts(&self, name: impl AsRef<OsStr>, _: &Path) -> io::Result<Option<Facts>> {
        let place = self.0.join(name);
        match place.symlink_metadata() {
            Ok(meta) => Facts::from_metadata(&meta, &place).map(Some),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    pub(super) fn names(&self) -> io::Result<Vec<OsString>> {
        std::fs::read_dir(&self.0)?.map(|entry| entry.map(|entry| entry.file_name())).collect()
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn sync_disk(&self) -> io::Result<bool> {
        Ok(false)
    }

    pub(super) fn as_lockable(&self) -> io::Result<Option<File>> {
        Ok(None)
    }
}

/// There are no such rights here.
pub(crate) fn narrow(_: &File, _: u32) -> io::Result<()> {
    Ok(())
}

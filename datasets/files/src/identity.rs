//! Which file it is, whatever its names are; and what is known of it without reading it.

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;
#[cfg(not(unix))]
use std::path::PathBuf;
use std::time::SystemTime;

/// A file or folder itself, apart from its names: links and hard links to one file are the same.
/// Device and number where the system has them, else the canonical path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(Id);

#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Id {
    #[cfg(unix)]
    Number(u64, u64),
    #[cfg(not(unix))]
    Path(PathBuf),
}

impl FileId {
    /// What `path` leads to, following links.
    ///
    /// # Errors
    /// What the system says, for example that there is nothing.
    pub fn of(path: &Path) -> io::Result<Self> {
        #[cfg(unix)]
        {
            std::fs::metadata(path).map(|meta| Self::of_metadata(&meta))
        }
        #[cfg(not(unix))]
        {
            path.canonicalize().map(|path| Self(Id::Path(path)))
        }
    }

    #[cfg(unix)]
    pub(crate) fn of_metadata(meta: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self::number(meta.dev(), meta.ino())
    }

    #[cfg(unix)]
    pub(crate) fn number(device: u64, number: u64) -> Self {
        Self(Id::Number(device, number))
    }

    #[cfg(not(unix))]
    pub(crate) fn place(path: PathBuf) -> Self {
        Self(Id::Path(path))
    }
}

/// True if both paths lead to one file or folder; false if one of them leads nowhere.
#[must_use]
pub fn same_file(a: &Path, b: &Path) -> bool {
    matches!((FileId::of(a), FileId::of(b)), (Ok(a), Ok(b)) if a == b)
}

/// What stands at a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A link, itself.
    Link,
    /// A pipe, device or socket, in words with an article.
    Other(&'static str),
}

impl Kind {
    /// In words, with its article.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::File => "a file",
            Self::Folder => "a folder",
            Self::Link => "a link",
            Self::Other(words) => words,
        }
    }

    pub(crate) fn of(meta: &Metadata) -> Self {
        let kind = meta.file_type();
        if kind.is_file() {
            Self::File
        } else if kind.is_dir() {
            Self::Folder
        } else if kind.is_symlink() {
            Self::Link
        } else {
            Self::Other(other(kind))
        }
    }
}

#[cfg(unix)]
fn other(kind: std::fs::FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;
    if kind.is_fifo() {
        "a pipe"
    } else if kind.is_socket() {
        "a socket"
    } else if kind.is_block_device() || kind.is_char_device() {
        "a device"
    } else {
        "something unknown"
    }
}

#[cfg(not(unix))]
fn other(_: std::fs::FileType) -> &'static str {
    "something unknown"
}

/// What is known of a file without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// What it is; a link is not followed.
    pub kind: Kind,
    /// In bytes.
    pub length: u64,
    /// When its content was last changed, if the system knows.
    pub modified: Option<SystemTime>,
    /// Which file it is.
    pub id: FileId,
    /// How many names (hard links) the file has.
    pub names: u64,
    /// Rights (`rwxrwxrwx`) where the system has such, else all.
    pub mode: u32,
}

impl Facts {
    /// Of an open file; `path` is where it was opened.
    pub(crate) fn of_open(file: &File, path: &Path) -> io::Result<Self> {
        Self::from_metadata(&file.metadata()?, path)
    }

    pub(crate) fn from_metadata(meta: &Metadata, path: &Path) -> io::Result<Self> {
        #[cfg(unix)]
        let (id, names, mode) = {
            use std::os::unix::fs::MetadataExt;
            let _ = path;
            (FileId::of_metadata(meta), meta.nlink(), meta.mode() & 0o777)
        };
        #[cfg(not(unix))]
        let (id, names, mode) = {
            let place = match (path.parent(), path.file_name()) {
                (Some(folder), Some(name)) => folder.canonicalize()?.join(name),
                _ => path.canonicalize()?,
            };
            (FileId::place(place), 1, 0o777)
        };
        Ok(Self { kind: Kind::of(meta), length: meta.len(), modified: meta.modified().ok(), id, names, mode })
    }

    /// True if it is the same file with the same content, as far as can be seen without reading it.
    pub(crate) fn is_unchanged(&self, now: &Self) -> bool {
        self.id == now.id && self.length == now.length && self.modified == now.modified && self.kind == now.kind
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn links_are_the_file_they_lead_to() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::write(at("a"), "x").unwrap();
        std::fs::write(at("b"), "x").unwrap();
        std::fs::hard_link(at("a"), at("hard")).unwrap();
        std::os::unix::fs::symlink("a", at("soft")).unwrap();
        assert!(same_file(&at("a"), &at("hard")) && same_file(&at("soft"), &at("hard")));
        assert!(!same_file(&at("a"), &at("b")) && !same_file(&at("gone"), &at("gone")));
    }
}

//! What can go wrong with a file, in one line each: what, where, how to mend.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::shown::{printable, shown};

/// Why a file was not read or written. Every text is one line and safe to print.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// There is something at this place, but no file: a folder, a pipe, a device, a socket.
    #[error("{} is {what}, not a file; name a regular file", shown(path))]
    NotAFile {
        /// The place.
        path: PathBuf,
        /// What is there, with its article.
        what: &'static str,
    },
    /// A file stands where a folder is needed.
    #[error("{} is {what}, not a folder; choose another folder", shown(path))]
    NotAFolder {
        /// The place.
        path: PathBuf,
        /// What is there, with its article.
        what: &'static str,
    },
    /// A link stands where none is followed.
    #[error("{} is a link, which is not followed here; name the place itself or remove the link", shown(path))]
    Link {
        /// The link.
        path: PathBuf,
    },
    /// A link leads out of the folder that was asked for.
    #[error("{} leads out of {}; open that place itself if its files are wanted", shown(path), shown(root))]
    LeadsOut {
        /// The link.
        path: PathBuf,
        /// The folder that must not be left.
        root: PathBuf,
    },
    /// The file has more bytes than the reader takes.
    #[error("{} has more than {limit} bytes, the most that is read here", shown(path))]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// In bytes.
        limit: u64,
    },
    /// A tree of folders is deeper, or has more entries, than is looked at.
    #[error("{} holds more than {limit} {what}, the most that is looked at; open a part of it", shown(path))]
    TooMany {
        /// The folder.
        path: PathBuf,
        /// In `what`.
        limit: usize,
        /// What is counted.
        what: &'static str,
    },
    /// There is no memory for the file's content.
    #[error("{}: no memory for {bytes} bytes; close other programs", shown(path))]
    Memory {
        /// The file.
        path: PathBuf,
        /// Asked for.
        bytes: u64,
    },
    /// A name that is not taken beneath a folder.
    #[error("'{}' is no name for a file here: {why}; choose another name", printable(name))]
    Name {
        /// The name.
        name: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The content of a small file cannot be understood.
    #[error("{}: {why}", shown(path))]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Files are in the way that this program did not write, or that were changed since.
    #[error("{}: {}; choose an empty folder or allow to overwrite", shown(folder), in_the_way(names))]
    Conflict {
        /// The folder.
        folder: PathBuf,
        /// The files, relative to the folder.
        names: Vec<String>,
    },
    /// The file in the way must never be replaced, for example a picture of the project.
    #[error("{} belongs to the project and is never replaced; choose another folder", shown(path))]
    Protected {
        /// The file.
        path: PathBuf,
    },
    /// Another process is at work in the same folder.
    #[error("another process is writing into {}; wait until it is done", shown(path))]
    Busy {
        /// The folder.
        path: PathBuf,
    },
    /// There is no space left.
    #[error("the disk of {} is full; make room or choose another disk", shown(path))]
    DiskFull {
        /// What was to be written.
        path: PathBuf,
    },
    /// The place cannot be written.
    #[error("cannot {what} {}: {source}; choose a place that can be written", shown(path))]
    ReadOnly {
        /// What was tried.
        what: &'static str,
        /// The place.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Anything else that the system says.
    #[error("cannot {what} {}: {source}", shown(path))]
    Io {
        /// What was tried.
        what: &'static str,
        /// The place.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl FileError {
    /// A failed operation, sorted by what a person can do about it.
    pub fn from_io(what: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_path_buf();
        match source.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Self::DiskFull { path },
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem if !matches!(what, "read" | "list") => {
                Self::ReadOnly { what, path, source }
            }
            _ => Self::Io { what, path, source },
        }
    }

    /// The same error about the place `whole`, if it is about something temporary in that folder, which would tell a person
    /// nothing.
    pub(crate) fn about(mut self, whole: &Path, is_temporary: impl Fn(&str) -> bool) -> Self {
        match &mut self {
            Self::DiskFull { path } | Self::ReadOnly { path, .. } | Self::Io { path, .. } => {
                let mut parts = path.iter().filter_map(|part| part.to_str());
                if parts.any(is_temporary) {
                    *path = whole.to_path_buf();
                }
            }
            _ => {}
        }
        self
    }

    /// True if there simply is nothing at the place.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == ErrorKind::NotFound)
    }
}

/// A few names and how many more there are.
fn in_the_way(names: &[String]) -> String {
    const NAMED: usize = 5;
    let first: Vec<_> = names.iter().take(NAMED).map(|name| printable(name)).collect();
    let more = if names.len() > NAMED { format!(" and {} more", names.len() - NAMED) } else { String::new() };
    let stand =
        if names.len() == 1 { "is in the way and was not written" } else { "are in the way and were not written" };
    format!("{}{more} {stand} by this program as it is now", first.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_one_printable_line() {
        let path = PathBuf::from("a\nb\u{1b}[31m");
        let names = (0..9).map(|n| format!("n{n}\r")).collect();
        let errors = [
            FileError::Conflict { folder: path.clone(), names },
            FileError::from_io("write", &path, ErrorKind::StorageFull.into()),
            FileError::from_io("write", &path, ErrorKind::PermissionDenied.into()),
            FileError::from_io("read", &path, ErrorKind::PermissionDenied.into()),
            FileError::Name { name: "\u{202e}gnp".into(), why: "x" },
        ];
        for error in errors {
            let text = error.to_string();
            assert!(!text.chars().any(char::is_control) && !text.contains('\u{202e}'), "{text:?}");
        }
    }
}

//! What can go wrong with a project file, each as one line.

use std::path::{Path, PathBuf};

use limn_files::FileError;
use rusqlite::ErrorCode;

use crate::edit::EditError;

/// Why a project cannot be opened or changed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another window or process has the project open.
    #[error("{} is already open ({holder}); close it there first", .path.display())]
    Locked {
        /// The project file.
        path: PathBuf,
        /// Process and host, as far as known.
        holder: String,
    },
    /// There is no such file.
    #[error("there is no project {}", .path.display())]
    NotFound {
        /// The project file.
        path: PathBuf,
    },
    /// The file exists already.
    #[error("{} exists already; open it or choose another name", .path.display())]
    Exists {
        /// The project file.
        path: PathBuf,
    },
    /// A database of another program or no database at all.
    #[error("{} is not a Limn project; choose a file that Limn wrote", .path.display())]
    NotAProject {
        /// The file.
        path: PathBuf,
    },
    /// Written by a newer version of the program.
    #[error("{} has format version {found}, this program knows versions up to {known}; use a newer Limn", .path.display())]
    TooNew {
        /// The project file.
        path: PathBuf,
        /// Version of the file.
        found: i64,
        /// Newest version known here.
        known: i64,
    },
    /// The database is damaged.
    #[error(
        "{} is damaged ({detail}); keep the file, then restore a backup beside it or rescue its rows with: sqlite3 FILE .recover",
        .path.display()
    )]
    Corrupt {
        /// The project file.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
    /// The project was opened without the right to change it.
    #[error("{} cannot be changed: {why}", .path.display())]
    ReadOnly {
        /// The project file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// No space left. Nothing was changed.
    #[error("the disk of {} is full; nothing was changed, free some space and repeat", .path.display())]
    DiskFull {
        /// The project file.
        path: PathBuf,
    },
    /// Any other failure of the database. Nothing was changed.
    #[error("{} could not be read or written ({detail}); nothing was changed", .path.display())]
    Database {
        /// The project file.
        path: PathBuf,
        /// SQLite's words.
        detail: String,
    },
    /// A file or folder operation failed.
    #[error("cannot {what} {}: {source}", .path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// A folder with several projects, none named like the folder.
    #[error("{} holds several projects ({names}); open one of them by name", .folder.display())]
    Ambiguous {
        /// The folder.
        folder: PathBuf,
        /// Their names.
        names: String,
    },
    /// The transaction does not fit the document.
    #[error(transparent)]
    Edit(#[from] EditError),
}

impl StoreError {
    /// Only what is wrong, for changes that wait until it is mended.
    pub fn reason(&self) -> String {
        match self {
            Self::DiskFull { path } => format!("the disk of {} is full", path.display()),
            Self::Database { path, detail } => format!("{} could not be written ({detail})", path.display()),
            other => other.to_string(),
        }
    }

    /// Sorts a failure of SQLite into the kinds above.
    pub(crate) fn from_sqlite(path: &Path, error: &rusqlite::Error) -> Self {
        use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, Utf8Error};
        let path = path.to_path_buf();
        // A value of another kind than this program writes.
        if let FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..) | Utf8Error(..) =
            error
        {
            return Self::Corrupt { path, detail: error.to_string() };
        }
        // The index of the log is a file that SQLite lengthens before it writes; where that fails there is no room.
        const NO_ROOM_FOR_INDEX: i32 = rusqlite::ffi::SQLITE_IOERR_SHMSIZE;
        if error.sqlite_error().is_some_and(|error| error.extended_code == NO_ROOM_FOR_INDEX) {
            return Self::DiskFull { path };
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::DiskFull { path },
            // Before its tables are known, nothing may take long.
            Some(ErrorCode::OperationInterrupted) => {
                Self::Corrupt { path, detail: "its tables make the data base compute without end".to_owned() }
            }
            Some(ErrorCode::NotADatabase) => Self::NotAProject { path },
            Some(ErrorCode::DatabaseCorrupt) => Self::Corrupt { path, detail: error.to_string() },
            Some(ErrorCode::ReadOnly) => Self::ReadOnly { path, why: error.to_string() },
            _ => Self::Database { path, detail: error.to_string() },
        }
    }
}

/// A failed operation of `limn-files` on behalf of the file `path`.
pub(super) fn from_files(what: &'static str, path: &Path, error: FileError) -> StoreError {
    match error {
        FileError::DiskFull { .. } => StoreError::DiskFull { path: path.to_path_buf() },
        FileError::Io { source, .. } | FileError::ReadOnly { source, .. } => {
            StoreError::Io { what, path: path.to_path_buf(), source }
        }
        other => StoreError::Io { what, path: path.to_path_buf(), source: std::io::Error::other(other.to_string()) },
    }
}

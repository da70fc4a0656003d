//! Opening and creating projects, and what happens where nothing can be written.

use std::path::{Path, PathBuf};

use limn_files::{Beneath, FileError, Links, Lock, LockError, Publication, Rules};
use rusqlite::{Connection, OpenFlags};

use super::error::StoreError;
use super::journal::{self, Journal};
use super::rows::{self, LoadError};
use super::writer::Writer;
use super::{NextIds, Project, from_files, paths, schema, stranger};

impl Project {
    /// Opens a project file for writing. Where that is not possible (read-only folder or file), it is opened for
    /// reading and [`Project::is_read_only`] says why. Of a damaged one what can still be read is opened for reading,
    /// and [`Project::notice`] says what is lost.
    ///
    /// # Errors
    /// When there is no such project, somebody else has it open, or nothing of it can be read.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let path = existing(path)?;
        match lock(&path) {
            Ok(lock) => Self::or_rescued(&path, Self::open_writable_or_read(path.clone(), lock)),
            Err(LockError::Held { holder }) => Err(StoreError::Locked { path, holder }),
            Err(error) => {
                let why = format!("it cannot be locked ({error}); mend that, or copy it to a folder of your own");
                Self::or_rescued(&path, Self::open_for_reading(path.clone(), why))
            }
        }
    }

    /// Where the disk is full, nothing of SQLite's can be made beside a project; it can still be read.
    fn open_writable_or_read(path: PathBuf, lock: Lock) -> Result<Self, StoreError> {
        match Self::open_writable(path.clone(), lock) {
            Err(fault @ (StoreError::DiskFull { .. } | StoreError::Database { .. } | StoreError::Io { .. })) => {
                let why = format!("it could not be opened for writing: {fault}; it can be exported to another disk");
                Self::open_for_reading(path, why).map_err(|_| fault)
            }
            other => other,
        }
    }

    /// Instead of a damaged project what can still be read of it.
    fn or_rescued(path: &Path, opened: Result<Self, StoreError>) -> Result<Self, StoreError> {
        match opened {
            Err(damage @ StoreError::Corrupt { .. }) => Self::rescue(path, damage),
            other => other,
        }
    }

    /// Opens a project file for reading, also while another process has it open for writing.
    ///
    /// # Errors
    /// When there is no such project or nothing of it can be read.
    pub fn open_read_only(path: &Path) -> Result<Self, StoreError> {
        let path = existing(path)?;
        Self::or_rescued(&path, Self::open_for_reading(path.clone(), "it was opened for reading".to_owned()))
    }

    /// Opens the project of a folder of pictures (`DIR/DIR.limn`, or the only `*.limn` in it) or creates it, and scans
    /// the folder. Where the folder cannot be written, a new project goes to the user's data folder and
    /// [`Project::notice`] says so.
    ///
    /// # Errors
    /// When the folder cannot be read, or as [`Project::open`].
    pub fn open_folder(dir: &Path) -> Result<Self, StoreError> {
        let dir = dir.canonicalize().map_err(|source| io("open the folder", dir, source))?;
        let own = dir.join(project_name(&dir));
        let mut project = match find_project(&dir, &own)? {
            Some(path) => Self::open(&path)?,
            None => match Self::create(&own, &dir) {
                Err(StoreError::Io { source, .. }) => Self::in_user_data(&dir, &source)?,
                other => other?,
            },
        };
        project.rescan()?;
        Ok(project)
    }

    /// Creates a project file for the pictures below `root`, without scanning. The folder of `path` must exist.
    ///
    /// # Errors
    /// When the file exists already or cannot be written.
    pub fn create(path: &Path, root: &Path) -> Result<Self, StoreError> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = folder.canonicalize().map_err(|source| io("open the folder", folder, source))?;
        let path = folder.join(path.file_name().unwrap_or_default());
        let lock = match lock(&path) {
            Ok(lock) => lock,
            Err(LockError::Held { holder }) => return Err(StoreError::Locked { path, holder }),
            Err(LockError::File(error)) => return Err(from_files("write", &path, error)),
            Err(error) => return Err(io("write", &path, std::io::Error::other(error.to_string()))),
        };
        if path.symlink_metadata().is_ok() {
            return Err(StoreError::Exists { path });
        }
        // The log of a project that was moved away would be taken for the new one's.
        for end in ["-wal", "-shm", "-journal"] {
            let left = with_suffix(&path, end);
            if left.symlink_metadata().is_ok() {
                limn_files::keep_aside(&left).map_err(|error| from_files("move", &left, error))?;
            }
        }
        let root = paths::absolute(root);
        let stored = paths::relative(&folder, &root).unwrap_or_else(|| root.to_string_lossy().into_owned());
        write_empty(&path, &stored)?;
        let mut project = Self::open_writable(path, lock)?;
        project.root_given = true;
        Ok(project)
    }

    /// Takes a project away that was just made and into which nothing came.
    ///
    /// # Errors
    /// When its files cannot be removed.
    pub fn discard(self) -> Result<(), StoreError> {
        let Some(path) = self.path.clone() else { return Ok(()) };
        // The data base lets go of its files and the lock of its own.
        drop(self);
        for file in [path.clone(), with_suffix(&path, "-wal"), with_suffix(&path, "-shm")] {
            limn_files::take_away(&file).map_err(|error| from_files("remove", &file, error))?;
        }
        Ok(())
    }

    /// A project without a file, for tests and for work that is not to be kept.
    pub fn in_memory(root: &Path) -> Self {
        let build = || {
            let mut connection = Connection::open_in_memory()?;
            schema::create(&mut connection)?;
            Ok::<_, rusqlite::Error>(connection)
        };
        let connection = build().expect("a database in memory needs neither disk nor rights");
        let next = NextIds { class: 1.into(), image: 1.into(), object: 1.into() };
        let mut project = Self::assemble(connection, None, paths::absolute(root), next);
        project.root_given = true;
        project
    }

    pub(super) fn assemble(connection: Connection, path: Option<PathBuf>, root: PathBuf, next: NextIds) -> Self {
        Self {
            writer: Writer::new(connection),
            path,
            root,
            document: std::sync::Arc::default(),
            journal: Journal::default(),
            history_limit: journal::LIMIT_BYTES,
            next,
            changed: std::collections::BTreeSet::new(),
            view: None,
            read_only: None,
            rescued: false,
            notice: None,
            scratch: None,
            lock: None,
            waits: false,
            written_at: None,
            left_out: std::collections::BTreeSet::new(),
            root_given: false,
            links: Links::Beneath,
            passed_over: super::scan::PassedOver::default(),
        }
    }

    fn open_writable(path: PathBuf, lock: Lock) -> Result<Self, StoreError> {
        let wrap = |error: rusqlite::Error| StoreError::from_sqlite(&path, &error);
        recover(&path);
        let mut connection = stranger::connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(wrap)?;
        if connection.is_readonly("main").map_err(wrap)? {
            drop((connection, lock));
            return Self::open_for_reading(path, "the file is write-protected".to_owned());
        }
        let found = schema::check(&mut connection, &path)?;
        schema::configure(&connection).map_err(wrap)?;
        schema::migrate(&mut connection, &path, found)?;
        let mut project = Self::load(connection, path)?;
        project.lock = Some(lock);
        Ok(project)
    }

    fn open_for_reading(path: PathBuf, why: String) -> Result<Self, StoreError> {
        let wrap = |error: rusqlite::Error| StoreError::from_sqlite(&path, &error);
        let tried = |connection: Connection| {
            connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))?;
            Ok::<_, rusqlite::Error>(connection)
        };
        let open = |name: &Path, flags| stranger::connect(name, flags).and_then(tried);
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let as_it_lies = || stranger::connect_as_it_lies(&path).and_then(tried);
        let has_log = || std::fs::metadata(with_suffix(&path, "-wal")).is_ok_and(|log| log.len() > 0);
        // While nobody writes it is read as it lies, which leaves nothing beside it. Nobody can begin to until it is read.
        let alone = lock(&path);
        let (mut connection, mut scratch) = if !has_log() && !matches!(alone, Err(LockError::Held { .. })) {
            (as_it_lies().map_err(wrap)?, None)
        } else {
            match open(&path, flags) {
                // A write-ahead log cannot be shared in a folder without write access or room; then nobody else writes either.
                Err(error) if is_no_access(&error) && has_log() => {
                    // The newest commits are still in the log: read a copy of both.
                    let (folder, copy) = copied(&path)?;
                    (open(&copy, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(wrap)?, Some(folder))
                }
                Err(error) if is_no_access(&error) => (as_it_lies().map_err(wrap)?, None),
                other => (other.map_err(wrap)?, None),
            }
        };
        let found = schema::check(&mut connection, &path)?;
        if found < schema::VERSION {
            let (folder, copy) = copied(&path)?;
            connection = open(&copy, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(wrap)?;
            schema::migrate_scratch(&mut connection, &path, found)?;
            scratch = Some(folder);
        }
        let path = path.clone();
        let mut project = Self::load(connection, path)?;
        project.read_only = Some(why);
        project.scratch = scratch;
        Ok(project)
    }

    fn load(connection: Connection, path: PathBuf) -> Result<Self, StoreError> {
        let wrap = |error: rusqlite::Error| StoreError::from_sqlite(&path, &error);
        let document = rows::load(&connection).map_err(|error| match error {
            LoadError::Sqlite(error) => wrap(error),
            other => StoreError::Corrupt { path: path.clone(), detail: other.to_string() },
        })?;
        let journal = Journal::load(&connection).map_err(wrap)?;
        let next = NextIds::load(&connection, &document).map_err(wrap)?;
        let stored_root = rows::meta(&connection, "root").map_err(wrap)?.unwrap_or_else(|| ".".to_owned());
        let view = rows::meta(&connection, "view").map_err(wrap)?;
        let left_out = rows::meta(&connection, "left_out").map_err(wrap)?;
        let folder = path.parent().unwrap_or(Path::new(".")).to_path_buf();
        let mut project = Self::assemble(connection, Some(path), paths::resolve(&folder, &stored_root), next);
        project.document = std::sync::Arc::new(document);
        project.journal = journal;
        project.left_out = left_out.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        // A view that cannot be read is no loss: the window opens at its beginning.
        project.view = view.and_then(|text| serde_json::from_str(&text).ok());
        Ok(project)
    }

    /// The project of a folder that cannot be written, in the user's data folder.
    fn in_user_data(dir: &Path, reason: &std::io::Error) -> Result<Self, StoreError> {
        let base = paths::user_data_folder().ok_or_else(|| {
            let source =
                std::io::Error::other(format!("{reason}, and no user data folder is known; set LIMN_DATA_DIR"));
            io("write in", dir, source)
        })?;
        let folder = base.join("projects");
        Beneath::make(&folder).map_err(|error| from_files("create", &folder, error))?;
        let stem = dir.file_name().map_or_else(|| "pictures".to_owned(), |name| name.to_string_lossy().into_owned());
        let path = folder.join(format!("{stem}-{:08x}.limn", paths::fingerprint(dir)));
        let mut project = if path.exists() { Self::open(&path)? } else { Self::create(&path, dir)? };
        project.notice =
            Some(format!("{} cannot be written ({reason}); the project is kept in {}", dir.display(), path.display()));
        Ok(project)
    }
}

/// The lock file of a project: `name.limn.lock`.
fn lock(project: &Path) -> Result<Lock, LockError> {
    let usual = with_suffix(project, ".lock");
    if usual.to_str().is_some() {
        return Lock::acquire(&usual);
    }
    // A name that is not Unicode: one that is the same each time, and of its own for each.
    let text =
        format!("{}-{:08x}", project.file_name().unwrap_or_default().to_string_lossy(), paths::fingerprint(project));
    Lock::acquire(&project.with_file_name(format!("{}.lock", limn_files::safe_name(&text, LONGEST_LOCK))))
}

/// The longest name of a lock file before its extension, in bytes.
const LONGEST_LOCK: usize = 200;

/// Writes a project without pictures. It is made elsewhere, so that a project appears whole or not at all.
fn write_empty(path: &Path, root: &str) -> Result<(), StoreError> {
    let failed = |source| io("make a temporary file for", path, source);
    let folder = tempfile::tempdir().map_err(failed)?;
    let made = folder.path().join("new.limn");
    let build = || {
        let mut connection = Connection::open(&made)?;
        schema::create(&mut connection)?;
        rows::set_meta(&connection, "root", root)?;
        let identity = super::new_identity(&connection)?;
        rows::set_meta(&connection, super::IDENTITY, &identity)?;
        connection.close().map_err(|(_, error)| error)
    };
    build().map_err(|error| StoreError::from_sqlite(&made, &error))?;
    let mut made = limn_files::open(&made).map_err(|error| from_files("read", &made, error))?;
    let mut publish = || {
        let name = path.file_name().and_then(|name| name.to_str());
        let refuse = || FileError::Name {
            name: path.to_string_lossy().into_owned(),
            why: "it is not Unicode, which a new project's name must be",
        };
        let name = name.ok_or_else(refuse)?;
        let publication = Publication::begin(path.parent().unwrap_or(Path::new("")), Rules::default())?;
        publication.copy(name, &mut made)?;
        publication.commit().map(drop)
    };
    publish().map_err(|error| from_files("write", path, error))
}

/// Removes what runs that were killed left in the project's folder: only what bears our mark and belongs to nobody alive.
fn recover(project: &Path) {
    let folder = project.parent().unwrap_or(Path::new(""));
    if let Err(error) = limn_files::recover(folder) {
        tracing::debug!("nothing was cleared in {}: {error}", limn_files::shown(folder));
    }
}

/// SQLite cannot make or open the files it needs beside the database.
fn is_no_access(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{CannotOpen, DiskFull, PermissionDenied, ReadOnly, SystemIoFailure};
    matches!(error.sqlite_error_code(), Some(CannotOpen | DiskFull | PermissionDenied | ReadOnly | SystemIoFailure))
}

fn io(what: &'static str, path: &Path, source: std::io::Error) -> StoreError {
    StoreError::Io { what, path: path.to_path_buf(), source }
}

fn existing(path: &Path) -> Result<PathBuf, StoreError> {
    match path.canonicalize() {
        Ok(path) if path.is_file() => Ok(path),
        Ok(path) => Err(StoreError::NotAProject { path }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(StoreError::NotFound { path: path.to_path_buf() })
        }
        Err(source) => Err(io("open", path, source)),
    }
}

/// `DIR.limn` for a folder `DIR`.
fn project_name(dir: &Path) -> PathBuf {
    let stem = dir.file_name().map_or_else(|| "pictures".into(), std::ffi::OsStr::to_os_string);
    with_suffix(Path::new(&stem), ".limn")
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// The project that belongs to a folder: the one named like it, else the only one.
fn find_project(dir: &Path, own: &Path) -> Result<Option<PathBuf>, StoreError> {
    if own.is_file() {
        return Ok(Some(own.to_path_buf()));
    }
    let entries = std::fs::read_dir(dir).map_err(|source| io("list", dir, source))?;
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|ext| ext == "limn") && path.is_file())
        .collect();
    found.sort();
    match found.len() {
        0 | 1 => Ok(found.pop()),
        _ => {
            let names = found.iter().filter_map(|path| path.file_name()).map(|name| name.to_string_lossy());
            let names = names.collect::<Vec<_>>().join(", ");
            Err(StoreError::Ambiguous { folder: dir.to_path_buf(), names })
        }
    }
}

/// A copy of a database, and of its log if there is one, in a temporary folder.
pub(super) fn copied(path: &Path) -> Result<(tempfile::TempDir, PathBuf), StoreError> {
    let folder = tempfile::tempdir().map_err(|source| io("make a temporary copy of", path, source))?;
    let copy = folder.path().join("copy.limn");
    for end in ["", "-wal"] {
        let (from, to) = (with_suffix(path, end), with_suffix(&copy, end));
        if !end.is_empty() && !from.is_file() {
            continue;
        }
        let mut from = limn_files::open(&from).map_err(|error| from_files("read", &from, error))?;
        let name = to.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut to = Beneath::open(folder.path())
            .and_then(|folder| folder.create_new(&name))
            .map_err(|error| from_files("make a temporary copy of", path, error))?;
        std::io::copy(&mut from, &mut to).map_err(|source| io("make a temporary copy of", path, source))?;
    }
    Ok((folder, copy))
}

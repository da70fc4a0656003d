//! A copy of a project before its tables change.
//!
//! It is made in a new folder beside the project, compared with it, synced, and moved to a name that nothing has yet:
//! half a copy never bears the name of one, and nothing is written through a link.

use std::path::Path;

use limn_files::Beneath;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags};

use super::error::StoreError;
use super::{from_files, schema, stranger};

/// A whole copy that has no name of its own yet; dropped, it is gone.
pub(super) struct Backup<'p> {
    project: &'p Path,
    folder: Beneath,
    /// Readable by its owner only; goes before its folder.
    copy: tempfile::TempPath,
    beside: tempfile::TempDir,
    /// `v1.TIME`
    middle: String,
}

/// Copies the project, which has the given version.
pub(super) fn make<'p>(connection: &Connection, project: &'p Path, version: i64) -> Result<Backup<'p>, StoreError> {
    let wrap = |error: rusqlite::Error| StoreError::from_sqlite(project, &error);
    let io = |source| StoreError::Io { what: "make a backup of", path: project.to_path_buf(), source };
    let place = project.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = Beneath::open(place).map_err(|error| from_files("make a backup of", project, error))?;
    let beside = tempfile::Builder::new().prefix(".limn-").tempdir_in(place).map_err(io)?;
    let copy = tempfile::Builder::new().prefix("copy").tempfile_in(beside.path()).map_err(io)?.into_temp_path();
    // A path is bytes, which need not be Unicode.
    let name = ToSqlOutput::Borrowed(ValueRef::Text(copy.as_os_str().as_encoded_bytes()));
    connection.execute("VACUUM INTO ?1", [name]).map_err(wrap)?;
    compare(connection, &copy, project, version)?;
    limn_files::open(&copy)
        .map_err(|error| from_files("read", &copy, error))
        .and_then(|file| if cfg!(unix) { file.sync_all().map_err(io) } else { Ok(()) })?;
    let time: String =
        connection.query_row("SELECT strftime('%Y%m%d-%H%M%S', 'now')", [], |row| row.get(0)).map_err(wrap)?;
    Ok(Backup { project, folder, copy, beside, middle: format!("v{version}.{time}") })
}

impl Backup<'_> {
    /// Gives it a name beside the project that nothing has yet, `name.limn.v1.TIME.backup` (UTC).
    pub(super) fn keep(self) -> Result<(), StoreError> {
        const TRIES: usize = 1000;
        let failed = |error| from_files("make a backup of", self.project, error);
        let text = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let from = format!("{}/{}", text(self.beside.path()), text(&self.copy));
        let name = format!("{}.{}", text(self.project), self.middle);
        for number in 1..TRIES {
            let name = if number == 1 { format!("{name}.backup") } else { format!("{name}-{number}.backup") };
            if self.folder.facts(&name).map_err(failed)?.is_none() {
                self.folder.rename_new(&from, &name).map_err(failed)?;
                return self.folder.sync().map_err(failed);
            }
        }
        let source = std::io::Error::other("there are too many backups beside it");
        Err(StoreError::Io { what: "make a backup of", path: self.project.to_path_buf(), source })
    }
}

/// A backup is one only if it has the version and every row.
fn compare(connection: &Connection, copy: &Path, path: &Path, version: i64) -> Result<(), StoreError> {
    let wrap = |error: rusqlite::Error| StoreError::from_sqlite(path, &error);
    let copied = stranger::connect(copy, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(wrap)?;
    let mut same = schema::check(&copied, path)? == version;
    for table in ["meta", "class", "image", "object", "journal"] {
        let count = |connection: &Connection| {
            connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, i64>(0))
        };
        same &= count(connection).map_err(wrap)? == count(&copied).map_err(wrap)?;
    }
    if same {
        return Ok(());
    }
    let detail = "its backup does not hold what it holds".to_owned();
    Err(StoreError::Database { path: path.to_path_buf(), detail })
}

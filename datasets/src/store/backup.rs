//! A copy of a project before its tables change.
//!
//! It is made in a hidden folder beside the project, compared with it, synced, and moved to a name that nothing has yet:
//! half a copy never bears the name of one, and nothing is written through a link. What a run that is killed leaves, the next one removes.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use limn_files::{Beneath, Publication, Rules, safe_name};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OpenFlags};

use super::error::StoreError;
use super::{from_files, schema, stranger};

/// A whole copy that has no name of its own yet; dropped, it is gone.
pub(super) struct Backup<'p> {
    project: &'p Path,
    copy: Publication,
    name: String,
    /// The name of its own, where that is not Unicode, as that of the project is not.
    raw: Option<OsString>,
}

/// Copies the project, which has the given version, for `name.limn.v1.TIME.backup` (UTC).
pub(super) fn make<'p>(connection: &Connection, project: &'p Path, version: i64) -> Result<Backup<'p>, StoreError> {
    let wrap = |error: rusqlite::Error| StoreError::from_sqlite(project, &error);
    let failed = |error| from_files("make a backup of", project, error);
    let place = project.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let time: String =
        connection.query_row("SELECT strftime('%Y%m%d-%H%M%S', 'now')", [], |row| row.get(0)).map_err(wrap)?;
    let (name, raw) = free_name(place, project, &format!("v{version}.{time}"))?;
    let original = limn_files::open(project).map_err(failed)?;
    let copy = Publication::begin(place, Rules::default()).map_err(failed)?;
    let mut fault = None;
    let written = copy.write_by_path(&name, Some(&original), |copy| {
        // A path is bytes, which need not be Unicode.
        let to = ToSqlOutput::Borrowed(ValueRef::Text(copy.as_os_str().as_encoded_bytes()));
        let made = connection.execute("VACUUM INTO ?1", [to]).map_err(wrap);
        made.and_then(|_| compare(connection, copy, project, version)).map_err(|error| {
            fault = Some(error);
            std::io::Error::other("it was not copied")
        })
    });
    match fault {
        Some(fault) => Err(fault),
        None => written.map(|()| Backup { project, copy, name, raw }).map_err(failed),
    }
}

impl Backup<'_> {
    /// Puts it in its place.
    pub(super) fn keep(self) -> Result<(), StoreError> {
        let failed = |error| from_files("make a backup of", self.project, error);
        let place = self.copy.target().to_path_buf();
        self.copy.commit().map_err(failed)?;
        let Some(raw) = self.raw else { return Ok(()) };
        let folder = Beneath::open(&place).map_err(failed)?;
        folder.rename_new_raw(&self.name, &raw).and_then(|()| folder.sync()).map_err(failed)
    }
}

/// A name beside the project that nothing has yet; and that which the copy gets at last, where the project's is not Unicode.
fn free_name(place: &Path, project: &Path, middle: &str) -> Result<(String, Option<OsString>), StoreError> {
    const TRIES: usize = 1000;
    let own = project.file_name().unwrap_or_default();
    let stem = own.to_string_lossy().into_owned();
    for number in 1..TRIES {
        let end = if number == 1 { ".backup".to_owned() } else { format!("-{number}.backup") };
        // A long name, or one that a folder could hold but no other disk, is shortened.
        let stem = safe_name(&stem, limn_files::LONGEST_NAME - middle.len() - end.len() - 1);
        let name = format!("{stem}.{middle}{end}");
        let raw = own.to_str().is_none().then(|| {
            let mut raw = own.to_owned();
            raw.push(format!(".{middle}{end}"));
            raw
        });
        let is_free = |name: &OsStr| place.join(name).symlink_metadata().is_err();
        if is_free(name.as_ref()) && raw.as_deref().is_none_or(is_free) {
            return Ok((name, raw));
        }
    }
    let source = std::io::Error::other("there are too many backups beside it");
    Err(StoreError::Io { what: "make a backup of", path: project.to_path_buf(), source })
}

/// A backup is one only if it has the version and every row.
fn compare(connection: &Connection, copy: &Path, path: &Path, version: i64) -> Result<(), StoreError> {
    let wrap = |error: rusqlite::Error| StoreError::from_sqlite(path, &error);
    let mut copied = stranger::connect(copy, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(wrap)?;
    let mut same = schema::check(&mut copied, path)? == version;
    // It is new in version 3.
    let tiles = connection.table_exists(None, "mask_tile").map_err(wrap)?;
    let tables = ["meta", "class", "image", "object", "journal"].into_iter().chain(tiles.then_some("mask_tile"));
    for table in tables {
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

//! The tables, their version, and the way from an older version to this one.

use std::path::Path;

use rusqlite::{Connection, Transaction};

use super::error::StoreError;
use super::{backup, stranger};

/// "Limn" in the header of the file.
pub(super) const APPLICATION_ID: i32 = 0x4C69_6D6E;

/// Newest version of the tables.
pub(super) const VERSION: i64 = 3;

/// One step from version `n` to `n + 1`, inside a transaction.
pub(super) type Migration = fn(&Transaction<'_>) -> rusqlite::Result<()>;

/// `MIGRATIONS[n - 1]` leads from version `n` to `n + 1`.
const MIGRATIONS: &[Migration] = &[
    // 2: records have attributes, tags, groups and remarks. Their absence has a meaning in old records, so no row
    // changes; the number keeps an older program from writing the records back without them.
    |_| Ok(()),
    // 3: large masks have a table of their own, and new entries of the history another form. No row changes: a large mask gets its
    // tiles when its object is changed.
    |transaction| {
        let is_there = transaction.table_exists(None, "mask_tile")?;
        if is_there { Ok(()) } else { transaction.execute_batch(MASK_TILE) }
    },
];

/// The table of large masks, which is new in version 3. `role` is 0 for the mask of an object, 1 for the new one that waits for a
/// decision; `row` and `col` count tiles of 256 x 256 pixels.
pub(super) const MASK_TILE: &str = "CREATE TABLE mask_tile(object INTEGER NOT NULL, role INTEGER NOT NULL, row INTEGER NOT NULL, \
     col INTEGER NOT NULL, data BLOB NOT NULL, PRIMARY KEY(object, role, row, col)) WITHOUT ROWID";

/// The tables. Records are JSON, one row each; masks in them are COCO run lengths (large ones lie in `mask_tile`), so other
/// programs can read a project.
pub(super) const TABLES: [&str; 7] = [
    "CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE class(id INTEGER PRIMARY KEY, record TEXT NOT NULL)",
    "CREATE TABLE image(id INTEGER PRIMARY KEY, record TEXT NOT NULL)",
    "CREATE TABLE object(id INTEGER PRIMARY KEY, image INTEGER NOT NULL, class INTEGER NOT NULL, record TEXT NOT NULL)",
    "CREATE INDEX object_by_image ON object(image)",
    MASK_TILE,
    "CREATE TABLE journal(seq INTEGER PRIMARY KEY, label TEXT NOT NULL, bytes INTEGER NOT NULL, edits TEXT NOT NULL)",
];

/// Makes the tables in an empty database.
pub(super) fn create(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    TABLES.iter().try_for_each(|statement| transaction.execute_batch(statement))?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    transaction.commit()
}

/// Write-ahead log, and every commit on disk before it returns.
pub(super) fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")
}

/// Whose file it is and which version, whether its tables are ours, and only then whether its pages are sound: that
/// computes what tables declare. The connection is one of [`stranger::connect`].
pub(super) fn check(connection: &mut Connection, path: &Path) -> Result<i64, StoreError> {
    let wrap = |error: rusqlite::Error| StoreError::from_sqlite(path, &error);
    let id: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(wrap)?;
    if id != APPLICATION_ID {
        return Err(StoreError::NotAProject { path: path.to_path_buf() });
    }
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(wrap)?;
    if found > VERSION {
        return Err(StoreError::TooNew { path: path.to_path_buf(), found, known: VERSION });
    }
    if let Some(detail) = stranger::difference(connection).map_err(wrap)? {
        return Err(StoreError::Corrupt { path: path.to_path_buf(), detail });
    }
    stranger::trust(connection).map_err(wrap)?;
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(wrap)?;
    if verdict != "ok" {
        return Err(StoreError::Corrupt { path: path.to_path_buf(), detail: verdict });
    }
    Ok(found)
}

/// Brings an older file to [`VERSION`], keeping a copy of it as `name.limn.v1.TIME.backup`.
pub(super) fn migrate(connection: &mut Connection, path: &Path, found: i64) -> Result<(), StoreError> {
    migrate_with(connection, path, found, VERSION, MIGRATIONS)
}

/// Brings a scratch copy of the project `path` to [`VERSION`].
pub(super) fn migrate_scratch(connection: &mut Connection, path: &Path, found: i64) -> Result<(), StoreError> {
    let migrated = (|| {
        let transaction = connection.transaction()?;
        steps(&transaction, found, VERSION, MIGRATIONS)?;
        transaction.commit()
    })();
    migrated.map_err(|error| StoreError::from_sqlite(path, &error))
}

fn migrate_with(
    connection: &mut Connection,
    path: &Path,
    found: i64,
    wanted: i64,
    migrations: &[Migration],
) -> Result<(), StoreError> {
    if found >= wanted {
        return Ok(());
    }
    let wrap = |error: rusqlite::Error| StoreError::from_sqlite(path, &error);
    let backup = backup::make(connection, path, found)?;
    let transaction = connection.transaction().map_err(wrap)?;
    steps(&transaction, found, wanted, migrations).map_err(wrap)?;
    // What failed leaves no file; what is changed has its copy on disk before.
    backup.keep()?;
    transaction.commit().map_err(wrap)
}

fn steps(transaction: &Transaction<'_>, found: i64, wanted: i64, migrations: &[Migration]) -> rusqlite::Result<()> {
    for step in migrations.iter().skip(usize::try_from(found - 1).unwrap_or(0)) {
        step(transaction)?;
    }
    transaction.pragma_update(None, "user_version", wanted)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn file() -> (tempfile::TempDir, PathBuf, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.limn");
        let mut connection = Connection::open(&path).unwrap();
        configure(&connection).unwrap();
        create(&mut connection).unwrap();
        connection.execute("INSERT INTO meta VALUES('root', '.')", []).unwrap();
        connection.pragma_update(None, "user_version", 1).unwrap();
        (folder, path, connection)
    }

    fn root(connection: &Connection) -> String {
        connection.query_row("SELECT value FROM meta", [], |row| row.get(0)).unwrap()
    }

    fn backups(folder: &Path) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let mut found: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|e| e == "backup")).collect();
        found.sort();
        found
    }

    const GOOD: &[Migration] = &[|t| t.execute_batch("UPDATE meta SET value = value || 'new'")];

    #[test]
    fn migration_keeps_a_copy_and_is_all_or_nothing() {
        let (folder, path, mut connection) = file();
        let broken: &[Migration] = &[|t| t.execute_batch("UPDATE meta SET value = 'lost'; SELECT * FROM nowhere")];
        assert!(migrate_with(&mut connection, &path, 1, VERSION, broken).is_err());
        assert_eq!((root(&connection), check(&mut connection, &path).unwrap()), (".".to_owned(), 1));
        assert!(backups(folder.path()).is_empty(), "what failed leaves no file");
        migrate_with(&mut connection, &path, 1, VERSION, GOOD).unwrap();
        assert_eq!((root(&connection), check(&mut connection, &path).unwrap()), (".new".to_owned(), VERSION));
        let mut backup = Connection::open(&backups(folder.path())[0]).unwrap();
        assert_eq!((root(&backup), check(&mut backup, &path).unwrap()), (".".to_owned(), 1));
        connection.pragma_update(None, "user_version", VERSION + 1).unwrap();
        assert!(matches!(check(&mut connection, &path), Err(StoreError::TooNew { known: VERSION, .. })));
    }

    #[test]
    fn every_file_gets_a_backup_of_its_own_whatever_stands_beside_it() {
        let (folder, path, mut connection) = file();
        // Half a backup of a run that was killed, and a link to plant one elsewhere.
        let half = folder.path().join("p.limn.v1.backup");
        std::fs::write(&half, "half").unwrap();
        for _ in 0..2 {
            connection.pragma_update(None, "user_version", 1).unwrap();
            migrate_with(&mut connection, &path, 1, VERSION, GOOD).unwrap();
        }
        let copies: Vec<PathBuf> = backups(folder.path()).into_iter().filter(|path| *path != half).collect();
        let mut roots: Vec<String> = copies.iter().map(|copy| root(&Connection::open(copy).unwrap())).collect();
        roots.sort();
        assert_eq!(roots.len(), 2, "{copies:?}");
        assert_eq!(std::fs::read(&half).unwrap(), b"half");
        let others =
            std::fs::read_dir(folder.path()).unwrap().filter_map(|entry| entry.unwrap().file_name().into_string().ok());
        assert!(others.into_iter().all(|name| name.starts_with("p.limn")), "no folder stays behind");
    }

    #[test]
    fn every_version_has_its_step() {
        assert_eq!(MIGRATIONS.len() as i64, VERSION - 1);
    }
}

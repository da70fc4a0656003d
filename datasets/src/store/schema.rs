//! The tables, their version, and the way from an older version to this one.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction};

use super::error::StoreError;

/// "Limn" in the header of the file.
pub(super) const APPLICATION_ID: i32 = 0x4C69_6D6E;

/// Newest version of the tables.
pub(super) const VERSION: i64 = 2;

/// One step from version `n` to `n + 1`, inside a transaction.
pub(super) type Migration = fn(&Transaction<'_>) -> rusqlite::Result<()>;

/// `MIGRATIONS[n - 1]` leads from version `n` to `n + 1`.
const MIGRATIONS: &[Migration] = &[
    // 2: records have attributes, tags, groups and remarks. Their absence has a meaning in old records, so no row
    // changes; the number keeps an older program from writing the records back without them.
    |_| Ok(()),
];

/// Records are JSON, one row each; masks in them are COCO run lengths, so other programs can read a project.
const TABLES: &str = "
    CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE class(id INTEGER PRIMARY KEY, record TEXT NOT NULL);
    CREATE TABLE image(id INTEGER PRIMARY KEY, record TEXT NOT NULL);
    CREATE TABLE object(id INTEGER PRIMARY KEY, image INTEGER NOT NULL, class INTEGER NOT NULL, record TEXT NOT NULL);
    CREATE INDEX object_by_image ON object(image);
    CREATE TABLE journal(seq INTEGER PRIMARY KEY, label TEXT NOT NULL, bytes INTEGER NOT NULL, edits TEXT NOT NULL);
";

/// Makes the tables in an empty database.
pub(super) fn create(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction()?;
    transaction.execute_batch(TABLES)?;
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

/// Whose file it is and which version, and whether its pages are sound.
pub(super) fn check(connection: &Connection, path: &Path) -> Result<i64, StoreError> {
    let wrap = |error: rusqlite::Error| StoreError::from_sqlite(path, &error);
    let id: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0)).map_err(wrap)?;
    if id != APPLICATION_ID {
        return Err(StoreError::NotAProject { path: path.to_path_buf() });
    }
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(wrap)?;
    if found > VERSION {
        return Err(StoreError::TooNew { path: path.to_path_buf(), found, known: VERSION });
    }
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(wrap)?;
    if verdict != "ok" {
        return Err(StoreError::Corrupt { path: path.to_path_buf(), detail: verdict });
    }
    Ok(found)
}

/// Brings an older file to [`VERSION`], keeping a copy of it as `name.limn.v1.backup`.
pub(super) fn migrate(connection: &mut Connection, path: &Path, found: i64) -> Result<(), StoreError> {
    migrate_with(connection, path, found, VERSION, MIGRATIONS)
}

fn migrate_with(
    connection: &mut Connection,
    path: &Path,
    found: i64,
    wanted: i64,
    steps: &[Migration],
) -> Result<(), StoreError> {
    if found >= wanted {
        return Ok(());
    }
    let wrap = |error: rusqlite::Error| StoreError::from_sqlite(path, &error);
    let backup = backup_path(path, found);
    if !backup.exists() {
        let target = backup.to_string_lossy().into_owned();
        connection.execute("VACUUM INTO ?1", [target]).map_err(wrap)?;
    }
    let transaction = connection.transaction().map_err(wrap)?;
    let from = usize::try_from(found - 1).unwrap_or(0);
    for step in steps.iter().skip(from) {
        step(&transaction).map_err(wrap)?;
    }
    transaction.pragma_update(None, "user_version", wanted).map_err(wrap)?;
    transaction.commit().map_err(wrap)
}

fn backup_path(path: &Path, version: i64) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".v{version}.backup"));
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> (tempfile::TempDir, PathBuf, Connection) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.limn");
        let mut connection = Connection::open(&path).unwrap();
        configure(&connection).unwrap();
        create(&mut connection).unwrap();
        (folder, path, connection)
    }

    #[test]
    fn migration_keeps_a_copy_and_is_all_or_nothing() {
        let (_folder, path, mut connection) = file();
        connection.execute("INSERT INTO meta VALUES('root', '.')", []).unwrap();
        let broken: &[Migration] = &[|t| t.execute_batch("UPDATE meta SET value = 'lost'; SELECT * FROM nowhere")];
        assert!(migrate_with(&mut connection, &path, 1, VERSION + 1, broken).is_err());
        let root = |c: &Connection| c.query_row("SELECT value FROM meta", [], |row| row.get::<_, String>(0)).unwrap();
        assert_eq!((root(&connection), check(&connection, &path).unwrap()), (".".to_owned(), VERSION));
        let good: &[Migration] = &[|t| t.execute_batch("UPDATE meta SET value = 'new'")];
        migrate_with(&mut connection, &path, 1, VERSION + 1, good).unwrap();
        assert_eq!(root(&connection), "new");
        assert!(matches!(check(&connection, &path), Err(StoreError::TooNew { known: VERSION, .. })));
        let backup = Connection::open(backup_path(&path, 1)).unwrap();
        assert_eq!((root(&backup), check(&backup, &path).unwrap()), (".".to_owned(), VERSION));
    }

    #[test]
    fn every_version_has_its_step() {
        assert_eq!(MIGRATIONS.len() as i64, VERSION - 1);
    }
}

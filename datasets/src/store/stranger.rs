//! A database may come from anybody: what it may do here, and whether its tables are ours.
//!
//! Triggers, views, generated columns and checks run when a table is read or written, so they are looked for before
//! anything else is asked of a file. Of one that has them the rows can be read from a copy whose tables are declared anew.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use limn_files::printable;
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags};

use super::schema::{MASK_TILE, TABLES};

/// What SQLite's `ANALYZE` makes; it computes nothing.
const ANALYSIS: [&str; 2] =
    ["CREATE TABLE sqlite_stat1(tbl,idx,stat)", "CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)"];

/// The first version that has [`MASK_TILE`].
const WITH_TILES: i64 = 3;

/// The longest text, blob or row of a database, in bytes.
const LONGEST: i32 = 256 << 20;

/// How long statements may take before it is known whose tables they ask.
const PATIENCE: Duration = Duration::from_secs(20);

/// Steps of the database's machine between two looks at the clock.
const STEPS: i32 = 100_000;

/// Opens a database that may run nothing of its own, and nothing for long before [`trust`].
pub(super) fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let mut connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    bounded(&mut connection)?;
    Ok(connection)
}

fn bounded(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST)?;
    without_code(connection)?;
    let began = Instant::now();
    connection.progress_handler(STEPS, Some(move || began.elapsed() > PATIENCE))
}

/// Its tables are ours: what is asked of them may take its time.
pub(super) fn trust(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.progress_handler(0, None::<fn() -> bool>)
}

/// Opens a database for reading as it lies, without its log, which leaves nothing beside it.
pub(super) fn connect_as_it_lies(path: &Path) -> rusqlite::Result<Connection> {
    let address = format!("file:{}?immutable=1", percent_encoded(path.as_os_str().as_encoded_bytes()));
    connect(Path::new(&address), OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI)
}

/// A path within a `file:` address.
fn percent_encoded(path: &[u8]) -> String {
    let mut out = String::with_capacity(path.len());
    for &byte in path {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn without_code(connection: &Connection) -> rusqlite::Result<()> {
    use DbConfig::{SQLITE_DBCONFIG_ENABLE_TRIGGER, SQLITE_DBCONFIG_ENABLE_VIEW, SQLITE_DBCONFIG_TRUSTED_SCHEMA};
    for option in [SQLITE_DBCONFIG_TRUSTED_SCHEMA, SQLITE_DBCONFIG_ENABLE_TRIGGER, SQLITE_DBCONFIG_ENABLE_VIEW] {
        connection.set_db_config(option, false)?;
    }
    Ok(())
}

/// The first thing in which the tables differ from ours, in words; `None` if they are ours.
pub(super) fn difference(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let (foreign, missing) = compared(connection)?;
    Ok(foreign.or_else(|| missing.map(|statement| format!("this is missing: {statement}"))))
}

/// The first object that is none of ours, and the first of ours that is not there.
fn compared(connection: &Connection) -> rusqlite::Result<(Option<String>, Option<&'static str>)> {
    let mut wanted: BTreeSet<&str> = TABLES.into();
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    // One that was migrated may still be called old.
    let is_old = version < WITH_TILES;
    if is_old {
        wanted.remove(MASK_TILE);
    }
    let mut statement = connection.prepare("SELECT type, name, sql FROM sqlite_schema")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let sql = row.get_ref(2)?.as_str().unwrap_or_default();
        let known = wanted.remove(sql) || ANALYSIS.contains(&sql) || is_old && sql == MASK_TILE;
        if !known {
            let text = |at| Ok::<_, rusqlite::Error>(row.get_ref(at)?.as_str().unwrap_or("object").to_owned());
            let (kind, name) = (text(0)?, text(1)?);
            return Ok((Some(format!("{} {} is none of this program", printable(&kind), printable(&name))), None));
        }
    }
    Ok((None, wanted.first().copied()))
}

/// Declares the tables of a copy anew, so that nothing but stored rows can be read from it; true if that is so afterwards.
pub(super) fn declare_anew(copy: &Path) -> rusqlite::Result<bool> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(copy, flags)?;
    bounded(&mut connection)?;
    connection.pragma_update(None, "writable_schema", true)?;
    let transaction = connection.transaction()?;
    // Indices are not needed to read, and those of other tables would not fit.
    transaction.execute("DELETE FROM sqlite_schema WHERE type <> 'table'", [])?;
    let mut names = Vec::new();
    for statement in TABLES {
        let Some(name) = statement.strip_prefix("CREATE TABLE ").and_then(|rest| rest.split('(').next()) else {
            continue;
        };
        transaction.execute("UPDATE sqlite_schema SET sql = ?1, tbl_name = name WHERE name = ?2", [statement, name])?;
        names.push(format!("'{name}'"));
    }
    let others = format!("DELETE FROM sqlite_schema WHERE name NOT IN ({})", names.join(", "));
    transaction.execute(&others, [])?;
    transaction.commit()?;
    drop(connection);
    Ok(compared(&connect(copy, flags)?)?.0.is_none())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::document::{Class, ClassId, ImageId, ImageRecord, Object, ObjectId};
    use crate::edit::Transaction;
    use crate::raster::Mask;
    use crate::store::Project;

    fn written(folder: &Path) -> PathBuf {
        let path = folder.join("p.limn");
        let mut project = Project::create(&path, folder).unwrap();
        let mut t = Transaction::new("all");
        t.put_class(project.document(), Class::new(ClassId(1), "cat", [1, 2, 3]));
        let mut image = ImageRecord::new(ImageId(1), "a.png");
        (image.width, image.height) = (4, 3);
        t.put_image(project.document(), image);
        t.put_object(
            project.document(),
            Object::new(ObjectId(1), ImageId(1), ClassId(1), Mask::from_bytes(4, 3, &[1; 12])),
        );
        project.commit(t).unwrap();
        path
    }

    #[test]
    fn what_a_stranger_lets_a_database_do_is_not_done() {
        let hex = "hex(zeroblob(400000000))";
        let endless = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r)";
        let cases = [
            ("CREATE TRIGGER t BEFORE INSERT ON object BEGIN SELECT RAISE(IGNORE); END".to_owned(), 1),
            (
                format!(
                    "ALTER TABLE meta RENAME TO m; CREATE VIEW meta AS {endless} SELECT key, value FROM m
                     WHERE (SELECT count(*) FROM r) > 0"
                ),
                1,
            ),
            (
                format!(
                    "DROP TABLE class; CREATE TABLE class(id INTEGER PRIMARY KEY,
                     record TEXT GENERATED ALWAYS AS ({hex})); INSERT INTO class(id) VALUES(1)"
                ),
                1,
            ),
            (
                format!(
                    "ALTER TABLE object RENAME TO o; CREATE TABLE object(id INTEGER PRIMARY KEY, image INTEGER NOT NULL,
                     class INTEGER NOT NULL, record TEXT NOT NULL CHECK(length(record) < 0 OR length({hex}) > 0));
                     PRAGMA ignore_check_constraints = 1; INSERT INTO object SELECT * FROM o"
                ),
                1,
            ),
        ];
        for (sql, objects) in cases {
            let folder = tempfile::tempdir().unwrap();
            let path = written(folder.path());
            Connection::open(&path).unwrap().execute_batch(&sql).unwrap();
            let before = std::fs::read(&path).unwrap();
            let start = Instant::now();
            let project = Project::open(&path).unwrap();
            assert!(start.elapsed() < Duration::from_secs(20), "{sql}");
            assert!(project.is_rescued() && project.is_read_only().is_some(), "{sql}");
            assert_eq!(project.document().object_count(), objects, "{sql}");
            assert!(project.notice().unwrap().contains("none of this program"), "{:?}", project.notice());
            assert_eq!(std::fs::read(&path).unwrap(), before, "{sql}");
        }
    }

    #[test]
    fn nothing_computes_for_long_and_nothing_is_longer_than_the_bound() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path());
        let mut connection = connect(&path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        let long = connection.query_row("SELECT length(zeroblob(300000000))", [], |row| row.get::<_, i64>(0));
        assert_eq!(long.unwrap_err().sqlite_error_code(), Some(rusqlite::ErrorCode::TooBig));
        // Without a clock: the next look finds that the time is over.
        connection.progress_handler(STEPS, Some(|| true)).unwrap();
        let endless = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM r";
        let stopped = connection.query_row(endless, [], |row| row.get::<_, i64>(0)).unwrap_err();
        assert!(matches!(
            crate::store::StoreError::from_sqlite(&path, &stopped),
            crate::store::StoreError::Corrupt { .. }
        ));
        trust(&mut connection).unwrap();
        let counted =
            "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r LIMIT 99999) SELECT count(*) FROM r";
        assert_eq!(connection.query_row(counted, [], |row| row.get::<_, i64>(0)), Ok(99_999));
    }

    #[test]
    fn what_sqlite_itself_adds_is_no_reason() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path());
        Connection::open(&path).unwrap().execute_batch("ANALYZE; VACUUM").unwrap();
        assert_eq!(Project::open(&path).unwrap().is_read_only(), None);
    }
}

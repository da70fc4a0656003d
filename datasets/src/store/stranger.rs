//! A database may come from anybody: what it may do here, and whether its tables are ours.
//!
//! Triggers, views, generated columns and checks run when a table is read or written, so they are looked for before
//! anything else is asked of a file. Of one that has them the rows can be read from a copy whose tables are declared anew.

use std::collections::BTreeSet;
use std::path::Path;

use limn_files::printable;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::schema::TABLES;

/// What SQLite's `ANALYZE` makes; it computes nothing.
const ANALYSIS: [&str; 2] =
    ["CREATE TABLE sqlite_stat1(tbl,idx,stat)", "CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)"];

/// Opens a database that may run nothing of its own.
pub(super) fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    without_code(&connection)?;
    Ok(connection)
}

fn without_code(connection: &Connection) -> rusqlite::Result<()> {
    use DbConfig::{SQLITE_DBCONFIG_ENABLE_TRIGGER, SQLITE_DBCONFIG_ENABLE_VIEW, SQLITE_DBCONFIG_TRUSTED_SCHEMA};
    for option in [SQLITE_DBCONFIG_TRUSTED_SCHEMA, SQLITE_DBCONFIG_ENABLE_TRIGGER, SQLITE_DBCONFIG_ENABLE_VIEW] {
        connection.set_db_config(option, false)?;
    }
    Ok(())
}

/// The statements that make our tables, as SQLite keeps them.
fn ours() -> impl Iterator<Item = &'static str> {
    TABLES.split(';').map(str::trim).filter(|statement| !statement.is_empty())
}

/// The first thing in which the tables differ from ours, in words; `None` if they are ours.
pub(super) fn difference(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let (foreign, missing) = compared(connection)?;
    Ok(foreign.or_else(|| missing.map(|statement| format!("this is missing: {statement}"))))
}

/// The first object that is none of ours, and the first of ours that is not there.
fn compared(connection: &Connection) -> rusqlite::Result<(Option<String>, Option<&'static str>)> {
    let mut wanted: BTreeSet<&str> = ours().collect();
    let mut statement = connection.prepare("SELECT type, name, sql FROM sqlite_schema")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let sql = row.get_ref(2)?.as_str().unwrap_or_default();
        if !wanted.remove(sql) && !ANALYSIS.contains(&sql) {
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
    without_code(&connection)?;
    connection.pragma_update(None, "writable_schema", true)?;
    let transaction = connection.transaction()?;
    // Indices are not needed to read, and those of other tables would not fit.
    transaction.execute("DELETE FROM sqlite_schema WHERE type <> 'table'", [])?;
    let mut names = Vec::new();
    for statement in ours() {
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
    use std::time::{Duration, Instant};

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
    fn what_sqlite_itself_adds_is_no_reason() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path());
        Connection::open(&path).unwrap().execute_batch("ANALYZE; VACUUM").unwrap();
        assert_eq!(Project::open(&path).unwrap().is_read_only(), None);
    }
}

//! Records to rows and back.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;
use rusqlite::{Connection, OptionalExtension, Transaction};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Map;

use super::tiles;
use crate::document::{Class, ClassId, Document, ImageId, ImageRecord, Object, ObjectId};
use crate::edit::Edit;
use crate::formats::room::Room;

/// Why stored rows cannot become a document.
#[derive(Debug, thiserror::Error)]
pub(super) enum LoadError {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error("table {table}, row {id}: {detail}")]
    Row { table: &'static str, id: i64, detail: String },
    #[error(transparent)]
    Rules(#[from] crate::edit::EditError),
}

/// Reads the whole document.
pub(super) fn load(connection: &Connection) -> Result<Document, LoadError> {
    let classes = records(connection, "class", |class: &Class| class.id.0, |_, _| Ok(()))?;
    let images = records(connection, "image", |image: &ImageRecord| image.id.0, |_, _| Ok(()))?;
    let room = room(connection)?;
    let fill = |object: &mut Object, record: &str| tiles::fill(connection, object, record, &room);
    let objects = records(connection, "object", |object: &Object| object.id.0, fill)?;
    let extra = match meta(connection, "extra")? {
        None => Map::new(),
        Some(text) => parse("meta", 0, &text)?,
    };
    Ok(Document::from_records(classes, images, objects, extra)?)
}

/// What the masks of a database may take: a few bytes of it are not worth gigabytes.
pub(super) fn room(connection: &Connection) -> rusqlite::Result<Room> {
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i64>(0));
    let bytes = number("page_count")?.saturating_mul(number("page_size")?);
    Ok(Room::of(bytes.unsigned_abs()))
}

/// Rows that are parsed side by side.
const BATCH: usize = 8192;

/// All records of a table; each must bear the id of its row; `fill` gives it what does not stand in it.
fn records<T: DeserializeOwned + Send>(
    connection: &Connection,
    table: &'static str,
    id_of: impl Fn(&T) -> i64 + Sync,
    fill: impl Fn(&mut T, &str) -> Result<(), LoadError>,
) -> Result<Vec<T>, LoadError> {
    let mut statement = connection.prepare(&format!("SELECT id, record FROM {table} ORDER BY id"))?;
    let mut rows = statement.query([])?;
    let (mut out, mut batch): (Vec<T>, Vec<(i64, String)>) = (Vec::new(), Vec::new());
    loop {
        batch.clear();
        while batch.len() < BATCH
            && let Some(row) = rows.next()?
        {
            let id: i64 = row.get(0)?;
            let text = row.get_ref(1)?.as_str();
            let text = text.map_err(|error| LoadError::Row { table, id, detail: error.to_string() })?;
            batch.push((id, text.to_owned()));
        }
        if batch.is_empty() {
            return Ok(out);
        }
        let read = |(id, text): &(i64, String)| {
            let record: T = parse(table, *id, text)?;
            match id_of(&record) {
                own if own == *id => Ok(record),
                own => Err(LoadError::Row { table, id: *id, detail: format!("it says that it is {own}") }),
            }
        };
        let parsed: Vec<Result<T, LoadError>> = batch.par_iter().map(read).collect();
        for (record, (_, text)) in parsed.into_iter().zip(&batch) {
            let mut record = record?;
            fill(&mut record, text)?;
            out.push(record);
        }
    }
}

fn parse<T: DeserializeOwned>(table: &'static str, id: i64, text: &str) -> Result<T, LoadError> {
    serde_json::from_str(text).map_err(|error| LoadError::Row { table, id, detail: error.to_string() })
}

/// Writes what the records are after these edits. Several edits of one record are one row.
pub(super) fn write(transaction: &Transaction<'_>, edits: &[Edit]) -> rusqlite::Result<()> {
    let mut last = Last::default();
    edits.iter().for_each(|edit| last.note(edit));
    for (id, class) in last.classes {
        match class {
            Some(class) => put(transaction, "INSERT OR REPLACE INTO class VALUES(?1, ?2)", id.0, class)?,
            None => remove(transaction, "DELETE FROM class WHERE id = ?1", id.0)?,
        }
    }
    for (id, image) in last.images {
        match image {
            Some(image) => put(transaction, "INSERT OR REPLACE INTO image VALUES(?1, ?2)", id.0, image)?,
            None => remove(transaction, "DELETE FROM image WHERE id = ?1", id.0)?,
        }
    }
    for (id, object) in last.objects {
        match object {
            Some(object) => {
                let rows = tiles::write(transaction, last.large.get(&id).copied(), object)?;
                let mut statement =
                    transaction.prepare_cached("INSERT OR REPLACE INTO object VALUES(?1, ?2, ?3, ?4)")?;
                statement.execute((id.0, object.image.0, object.class.0, tiles::record(object, rows)?))?;
            }
            None => {
                remove(transaction, "DELETE FROM object WHERE id = ?1", id.0)?;
                tiles::remove(transaction, id.0)?;
            }
        }
    }
    match last.extra {
        Some(extra) => set_meta(transaction, "extra", &json(extra)?),
        None => Ok(()),
    }
}

/// What is left of every record after some edits; by ascending id, as the rows lie.
#[derive(Default)]
struct Last<'a> {
    classes: BTreeMap<ClassId, Option<&'a Class>>,
    images: BTreeMap<ImageId, Option<&'a ImageRecord>>,
    objects: BTreeMap<ObjectId, Option<&'a Object>>,
    extra: Option<&'a Map<String, serde_json::Value>>,
    /// Objects with large masks as they were before.
    large: HashMap<ObjectId, &'a Object>,
}

impl<'a> Last<'a> {
    fn note(&mut self, edit: &'a Edit) {
        match edit {
            Edit::Class { before, after } => {
                let id = after.as_ref().or(before.as_ref()).map(|class| class.id);
                self.classes.extend(id.map(|id| (id, after.as_ref())));
            }
            Edit::Image { before, after } => {
                let id = after.as_ref().or(before.as_ref()).map(|image| image.id);
                self.images.extend(id.map(|id| (id, after.as_ref())));
            }
            Edit::Object { before, after } => {
                let id = after.as_ref().or(before.as_ref()).map(|object| object.id);
                self.objects.extend(id.map(|id| (id, after.as_ref())));
                if let Some(before) = before.as_ref().filter(|before| tiles::has_large(before)) {
                    self.large.entry(before.id).or_insert(before);
                }
            }
            Edit::Extra { after, .. } => self.extra = Some(after),
        }
    }
}

fn put(transaction: &Transaction<'_>, sql: &str, id: i64, record: &impl Serialize) -> rusqlite::Result<()> {
    transaction.prepare_cached(sql)?.execute((id, json(record)?)).map(drop)
}

fn remove(transaction: &Transaction<'_>, sql: &str, id: i64) -> rusqlite::Result<()> {
    transaction.prepare_cached(sql)?.execute([id]).map(drop)
}

/// A record as JSON text.
pub(super) fn json(record: &impl Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(record).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

/// A value of the `meta` table.
pub(super) fn meta(connection: &Connection, key: &str) -> rusqlite::Result<Option<String>> {
    let mut statement = connection.prepare_cached("SELECT value FROM meta WHERE key = ?1")?;
    statement.query_row([key], |row| row.get(0)).optional()
}

/// A number of the `meta` table.
pub(super) fn meta_number(connection: &Connection, key: &str) -> rusqlite::Result<Option<i64>> {
    Ok(meta(connection, key)?.and_then(|text| text.parse().ok()))
}

/// Sets a value of the `meta` table.
pub(super) fn set_meta(connection: &Connection, key: &str, value: &str) -> rusqlite::Result<()> {
    connection.prepare_cached("INSERT OR REPLACE INTO meta VALUES(?1, ?2)")?.execute([key, value]).map(drop)
}

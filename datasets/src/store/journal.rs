//! The history of transactions, kept in the project file so that undo and redo survive a restart.
//!
//! Memory holds labels only; the edits are read back when they are undone or redone. They are kept as JSON text, many
//! of them (an import) as deflated JSON, which is written and read without the text ever being in memory as a whole. The
//! history is limited by bytes: the oldest entries go first, the newest one always stays.

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use rusqlite::Connection;
use rusqlite::types::{Value, ValueRef};

use super::rows;
use crate::edit::{Edit, Transaction};

/// Bytes of edits that are kept.
pub(super) const LIMIT_BYTES: u64 = 256 << 20;

/// The largest entry: what the data base takes as one value (`stranger`), with room for the rest of its row.
const LONGEST_ENTRY: u64 = 255 << 20;

/// Edits of fewer bytes than this are read within a frame.
const SHORT_BYTES: u64 = 4 << 20;

/// One entry without its edits.
#[derive(Debug, Clone)]
struct Entry {
    seq: i64,
    label: String,
    bytes: u64,
}

/// Labels of all entries and how many of them are applied.
#[derive(Debug, Default, Clone)]
pub(super) struct Journal {
    entries: Vec<Entry>,
    applied: usize,
}

impl Journal {
    /// Reads the labels.
    pub(super) fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let mut statement = connection.prepare("SELECT seq, label, octet_length(edits) FROM journal ORDER BY seq")?;
        let entries = statement.query_map([], |row| {
            // As many as there are: what the row claims may be wrong.
            let bytes: i64 = row.get(2)?;
            Ok(Entry { seq: row.get(0)?, label: row.get(1)?, bytes: bytes.unsigned_abs() })
        })?;
        let entries: Vec<Entry> = entries.collect::<rusqlite::Result<_>>()?;
        let cursor = rows::meta_number(connection, "cursor")?.unwrap_or(0);
        let applied = entries.partition_point(|entry| entry.seq <= cursor);
        Ok(Self { entries, applied })
    }

    /// All labels, the oldest first.
    pub(super) fn labels(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|entry| entry.label.as_str())
    }

    /// How many entries are in force.
    pub(super) fn applied(&self) -> usize {
        self.applied
    }

    /// What undo would take back.
    pub(super) fn undo_label(&self) -> Option<&str> {
        self.applied.checked_sub(1).map(|at| self.entries[at].label.as_str())
    }

    /// What redo would do again.
    pub(super) fn redo_label(&self) -> Option<&str> {
        self.entries.get(self.applied).map(|entry| entry.label.as_str())
    }

    /// What undo would take back is read in no time.
    pub(super) fn short_undo(&self) -> bool {
        self.applied.checked_sub(1).is_some_and(|at| self.entries[at].bytes < SHORT_BYTES)
    }

    /// What redo would do again is read in no time.
    pub(super) fn short_redo(&self) -> bool {
        self.entries.get(self.applied).is_some_and(|entry| entry.bytes < SHORT_BYTES)
    }

    /// The transaction that undo would take back.
    pub(super) fn undo_edits(&self, connection: &Connection) -> rusqlite::Result<Option<Transaction>> {
        self.applied.checked_sub(1).map(|at| read(connection, &self.entries[at])).transpose()
    }

    /// The transaction that redo would do again.
    pub(super) fn redo_edits(&self, connection: &Connection) -> rusqlite::Result<Option<Transaction>> {
        self.entries.get(self.applied).map(|entry| read(connection, entry)).transpose()
    }

    /// Adds an entry within the given database transaction: what was undone before is forgotten, the oldest go while
    /// the limit is exceeded. Returns the journal as it is after the commit.
    pub(super) fn push(
        &self,
        connection: &Connection,
        label: &str,
        edits: &[Edit],
        limit: u64,
    ) -> rusqlite::Result<Self> {
        let mut next = self.clone();
        next.entries.truncate(next.applied);
        let last = next.entries.last().map_or(0, |entry| entry.seq);
        connection.prepare_cached("DELETE FROM journal WHERE seq > ?1")?.execute([last])?;
        let stored = stored(edits)?;
        let bytes = match &stored {
            Value::Text(text) => text.len(),
            Value::Blob(bytes) => bytes.len(),
            _ => 0,
        };
        if bytes as u64 > LONGEST_ENTRY {
            // The change itself is kept; it cannot be taken back, nor can what was before it.
            tracing::warn!("{label:?} is too large for the history, which begins anew after it");
            connection.execute("DELETE FROM journal", [])?;
            let next = Self::default();
            next.store_cursor(connection)?;
            return Ok(next);
        }
        let entry = Entry { seq: last + 1, label: label.to_owned(), bytes: bytes as u64 };
        let mut insert = connection.prepare_cached("INSERT INTO journal VALUES(?1, ?2, ?3, ?4)")?;
        insert.execute((entry.seq, label, bytes as i64, stored))?;
        next.entries.push(entry);
        let mut total: u64 = next.entries.iter().fold(0, |sum, entry| entry.bytes.saturating_add(sum));
        let mut dropped = 0;
        while total > limit && dropped + 1 < next.entries.len() {
            total -= next.entries[dropped].bytes;
            dropped += 1;
        }
        if dropped > 0 {
            let up_to = next.entries[dropped - 1].seq;
            connection.prepare_cached("DELETE FROM journal WHERE seq <= ?1")?.execute([up_to])?;
            next.entries.drain(..dropped);
        }
        next.applied = next.entries.len();
        next.store_cursor(connection)?;
        Ok(next)
    }

    /// Moves the cursor by one entry, back or forth, within the given database transaction.
    pub(super) fn step(&self, connection: &Connection, forward: bool) -> rusqlite::Result<Self> {
        let mut next = self.clone();
        next.applied = if forward { self.applied + 1 } else { self.applied.saturating_sub(1) };
        next.store_cursor(connection)?;
        Ok(next)
    }

    fn store_cursor(&self, connection: &Connection) -> rusqlite::Result<()> {
        let cursor = self.applied.checked_sub(1).map_or(0, |at| self.entries[at].seq);
        rows::set_meta(connection, "cursor", &cursor.to_string())
    }
}

/// From so many edits on they are kept deflated.
const MANY: usize = 2_000;

fn stored(edits: &[Edit]) -> rusqlite::Result<Value> {
    if edits.len() < MANY {
        return rows::json(&edits).map(Value::Text);
    }
    let failed = |error: std::io::Error| rusqlite::Error::ToSqlConversionFailure(Box::new(error));
    let mut deflated = std::io::BufWriter::new(DeflateEncoder::new(Vec::new(), Compression::fast()));
    serde_json::to_writer(&mut deflated, edits).map_err(|error| failed(error.into()))?;
    let encoder = deflated.into_inner().map_err(|error| failed(error.into_error()))?;
    encoder.finish().map(Value::Blob).map_err(failed)
}

fn read(connection: &Connection, entry: &Entry) -> rusqlite::Result<Transaction> {
    let mut statement = connection.prepare_cached("SELECT edits FROM journal WHERE seq = ?1")?;
    let parsed = statement.query_row([entry.seq], |row| {
        Ok(match row.get_ref(0)? {
            ValueRef::Blob(bytes) => serde_json::from_reader(std::io::BufReader::new(DeflateDecoder::new(bytes))),
            other => serde_json::from_str(other.as_str()?),
        })
    })?;
    let edits = parsed
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error)))?;
    Ok(Transaction::of(entry.label.clone(), edits))
}

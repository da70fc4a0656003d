//! The history of transactions, kept in the project file so that undo and redo survive a restart.
//!
//! Memory holds labels only; the edits are read back when they are undone or redone (`form`: as bytes). The history is limited by
//! bytes: the oldest entries go first, the newest one always stays.

mod form;

use std::collections::VecDeque;

use flate2::read::DeflateDecoder;
use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::rows;
use crate::document::Document;
use crate::edit::{Edit, Transaction};
use form::Way;

/// Bytes of edits that are kept.
pub(super) const LIMIT_BYTES: u64 = 256 << 20;

/// The largest entry: what the data base takes as one value (`stranger`), with room for the rest of its row.
const LONGEST_ENTRY: u64 = 255 << 20;

/// Edits of fewer bytes than this are read within a frame.
const SHORT_BYTES: u64 = 4 << 20;

/// One entry without its edits.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    seq: i64,
    label: String,
    bytes: u64,
}

/// Labels of all entries and how many of them are applied.
#[derive(Debug, Default)]
pub(super) struct Journal {
    entries: VecDeque<Entry>,
    applied: usize,
    /// Bytes of all entries.
    bytes: u64,
}

/// What becomes of the journal when the database has it.
pub(super) enum Step {
    /// A new entry behind those that are applied; the oldest go.
    Push { entry: Entry, oldest: usize },
    /// So many entries are applied.
    Go { applied: usize },
    /// Nothing is remembered.
    Forget,
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
        let entries: VecDeque<Entry> = entries.collect::<rusqlite::Result<_>>()?;
        let cursor = rows::meta_number(connection, "cursor")?.unwrap_or(0);
        let applied = entries.partition_point(|entry| entry.seq <= cursor);
        let bytes = entries.iter().map(|entry| entry.bytes).sum();
        Ok(Self { entries, applied, bytes })
    }

    /// Follows what was written.
    pub(super) fn follow(&mut self, step: Step) {
        match step {
            Step::Push { entry, oldest } => {
                self.bytes -= self.entries.drain(self.applied..).map(|entry| entry.bytes).sum::<u64>();
                self.bytes += entry.bytes;
                self.entries.push_back(entry);
                self.bytes -= self.entries.drain(..oldest).map(|entry| entry.bytes).sum::<u64>();
                self.applied = self.entries.len();
            }
            Step::Go { applied } => self.applied = applied,
            Step::Forget => *self = Self::default(),
        }
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
    pub(super) fn undo_edits(
        &self,
        connection: &Connection,
        document: &Document,
    ) -> rusqlite::Result<Option<Transaction>> {
        let entry = self.applied.checked_sub(1).map(|at| &self.entries[at]);
        entry.map(|entry| read(connection, entry, Way::Back, document)).transpose()
    }

    /// The transaction that redo would do again.
    pub(super) fn redo_edits(
        &self,
        connection: &Connection,
        document: &Document,
    ) -> rusqlite::Result<Option<Transaction>> {
        self.entries.get(self.applied).map(|entry| read(connection, entry, Way::Forth, document)).transpose()
    }

    /// Adds an entry within the given database transaction: what was undone before is forgotten, the oldest go while
    /// the limit is exceeded. [`Journal::follow`] takes what is returned after the commit.
    pub(super) fn push(
        &self,
        connection: &Connection,
        label: &str,
        edits: &[Edit],
        limit: u64,
    ) -> rusqlite::Result<Step> {
        let last = self.applied.checked_sub(1).map_or(0, |at| self.entries[at].seq);
        connection.prepare_cached("DELETE FROM journal WHERE seq > ?1")?.execute([last])?;
        let stored = form::write(edits).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        let bytes = stored.len() as u64;
        if bytes > LONGEST_ENTRY {
            // The change itself is kept; it cannot be taken back, nor can what was before it.
            tracing::warn!("{label:?} is too large for the history, which begins anew after it");
            connection.execute("DELETE FROM journal", [])?;
            store_cursor(connection, 0)?;
            return Ok(Step::Forget);
        }
        let entry = Entry { seq: last + 1, label: label.to_owned(), bytes };
        let mut insert = connection.prepare_cached("INSERT INTO journal VALUES(?1, ?2, ?3, ?4)")?;
        insert.execute((entry.seq, label, bytes as i64, stored))?;
        let undone: u64 = self.entries.range(self.applied..).map(|entry| entry.bytes).sum();
        let (mut total, mut oldest) = (self.bytes - undone + bytes, 0);
        while total > limit && oldest < self.applied {
            total -= self.entries[oldest].bytes;
            oldest += 1;
        }
        if oldest > 0 {
            let up_to = self.entries[oldest - 1].seq;
            connection.prepare_cached("DELETE FROM journal WHERE seq <= ?1")?.execute([up_to])?;
        }
        store_cursor(connection, entry.seq)?;
        Ok(Step::Push { entry, oldest })
    }

    /// Moves the cursor by one entry, back or forth, within the given database transaction.
    pub(super) fn step(&self, connection: &Connection, forward: bool) -> rusqlite::Result<Step> {
        let applied = if forward { self.applied + 1 } else { self.applied.saturating_sub(1) };
        store_cursor(connection, applied.checked_sub(1).map_or(0, |at| self.entries[at].seq))?;
        Ok(Step::Go { applied })
    }
}

fn store_cursor(connection: &Connection, seq: i64) -> rusqlite::Result<()> {
    rows::set_meta(connection, "cursor", &seq.to_string())
}

fn read(connection: &Connection, entry: &Entry, way: Way, document: &Document) -> rusqlite::Result<Transaction> {
    let room = rows::room(connection)?;
    let mut statement = connection.prepare_cached("SELECT edits FROM journal WHERE seq = ?1")?;
    statement.query_row([entry.seq], |row| {
        let json = |error| failed(Box::new(error));
        let edits = match row.get_ref(0)? {
            ValueRef::Blob(bytes) if form::is_marked(bytes) => {
                form::read(bytes, way, document, &room).map_err(|error| failed(Box::new(error)))?
            }
            // Earlier programs wrote JSON, and deflated JSON where it was long.
            ValueRef::Blob(bytes) => {
                serde_json::from_reader(std::io::BufReader::new(DeflateDecoder::new(bytes))).map_err(json)?
            }
            other => serde_json::from_str(other.as_str()?).map_err(json)?,
        };
        Ok(Transaction::of(entry.label.clone(), edits))
    })
}

fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Blob, error)
}

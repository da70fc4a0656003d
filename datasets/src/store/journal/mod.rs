//! The history of transactions, kept in the project file so that undo and redo survive a restart.
//!
//! Memory holds labels only; the edits are read back when they are undone or redone (`form`: as bytes). The history is limited by
//! bytes: the oldest entries go first, the newest one always stays.

mod form;

use std::collections::VecDeque;
use std::ops::Deref;
use std::sync::Arc;

use flate2::read::DeflateDecoder;
use rusqlite::Connection;
use rusqlite::types::ValueRef;

use super::rows;
use super::writer::Written;
use crate::document::Document;
use crate::edit::{Edit, Transaction};
use form::Way;

/// Bytes of edits that are kept.
pub(super) const LIMIT_BYTES: u64 = 256 << 20;

/// The largest entry: what the data base takes as one value (`stranger`), with room for the rest of its row.
const LONGEST_ENTRY: u64 = 255 << 20;

/// Edits of fewer bytes than this are read within a frame.
const SHORT_BYTES: u64 = 4 << 20;

/// Fewer edits than this are copied within a frame.
const SHORT_EDITS: usize = 10_000;

/// Entries of at most so many bytes keep their edits in memory for a while, so that the database need not be asked for them.
const KEPT_BYTES: u64 = 256 << 10;

/// How many entries keep them.
const KEPT: usize = 64;

/// One entry.
#[derive(Debug, Clone)]
struct Entry {
    seq: i64,
    label: String,
    /// 0 until it is written.
    bytes: u64,
    /// The edits: of all that are not written yet, and of some of the last.
    edits: Option<Arc<Vec<Edit>>>,
    is_written: bool,
}

/// Labels of all entries and how many of them are applied.
#[derive(Debug, Default)]
pub(super) struct Journal {
    entries: VecDeque<Entry>,
    applied: usize,
    /// Bytes of all entries.
    bytes: u64,
}

/// What becomes of the journal with a change.
pub(super) enum Step {
    /// A new entry.
    Push(Push),
    /// So many entries are applied; the last of them.
    Go { applied: usize, cursor: i64 },
    /// The change is none of the history.
    Stay,
}

/// A new entry behind those that are applied.
pub(super) struct Push {
    seq: i64,
    label: String,
    /// The last entry that is applied.
    after: i64,
    /// How many of the oldest go, and the last of them.
    oldest: usize,
    up_to: i64,
}

impl Step {
    /// Writes it, within the database transaction of its edits.
    pub(super) fn write(&self, connection: &Connection, edits: &[Edit]) -> rusqlite::Result<Written> {
        match self {
            Self::Push(push) => push.write(connection, edits),
            Self::Go { cursor, .. } => store_cursor(connection, *cursor).map(|()| Written::default()),
            Self::Stay => Ok(Written::default()),
        }
    }
}

impl Push {
    fn write(&self, connection: &Connection, edits: &[Edit]) -> rusqlite::Result<Written> {
        connection.prepare_cached("DELETE FROM journal WHERE seq > ?1")?.execute([self.after])?;
        let stored = form::write(edits).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        let bytes = stored.len() as u64;
        if bytes > LONGEST_ENTRY {
            // The change itself is kept; it cannot be taken back, nor can what was before it.
            tracing::warn!("{:?} is too large for the history, which begins anew after it", self.label);
            connection.execute("DELETE FROM journal", [])?;
            store_cursor(connection, self.seq)?;
            return Ok(Written { entry: Some(self.seq), bytes: None });
        }
        let mut insert = connection.prepare_cached("INSERT INTO journal VALUES(?1, ?2, ?3, ?4)")?;
        insert.execute((self.seq, &self.label, bytes as i64, stored))?;
        if self.oldest > 0 {
            connection.prepare_cached("DELETE FROM journal WHERE seq <= ?1")?.execute([self.up_to])?;
        }
        store_cursor(connection, self.seq)?;
        Ok(Written { entry: Some(self.seq), bytes: Some(bytes) })
    }
}

impl Journal {
    /// Reads the labels.
    pub(super) fn load(connection: &Connection) -> rusqlite::Result<Self> {
        let mut statement = connection.prepare("SELECT seq, label, octet_length(edits) FROM journal ORDER BY seq")?;
        let entries = statement.query_map([], |row| {
            // As many as there are: what the row claims may be wrong.
            let bytes: i64 = row.get(2)?;
            let (seq, label) = (row.get(0)?, row.get(1)?);
            Ok(Entry { seq, label, bytes: bytes.unsigned_abs(), edits: None, is_written: true })
        })?;
        let entries: VecDeque<Entry> = entries.collect::<rusqlite::Result<_>>()?;
        let cursor = rows::meta_number(connection, "cursor")?.unwrap_or(0);
        let applied = entries.partition_point(|entry| entry.seq <= cursor);
        let bytes = entries.iter().map(|entry| entry.bytes).sum();
        Ok(Self { entries, applied, bytes })
    }

    /// A new entry: what was undone before will be forgotten, and the oldest while they are more than the limit.
    pub(super) fn push(&self, label: &str, limit: u64) -> Step {
        let after = self.cursor();
        // Numbers go on behind what is forgotten: a change that is not written yet may still have them.
        let seq = self.entries.back().map_or(0, |entry| entry.seq).max(after) + 1;
        let undone: u64 = self.entries.range(self.applied..).map(|entry| entry.bytes).sum();
        let (mut total, mut oldest) = (self.bytes - undone, 0);
        while total > limit && oldest < self.applied {
            total -= self.entries[oldest].bytes;
            oldest += 1;
        }
        let up_to = oldest.checked_sub(1).map_or(0, |at| self.entries[at].seq);
        Step::Push(Push { seq, label: label.to_owned(), after, oldest, up_to })
    }

    /// The cursor moves by one entry, back or forth.
    pub(super) fn go(&self, forward: bool) -> Step {
        let applied = if forward { self.applied + 1 } else { self.applied.saturating_sub(1) };
        Step::Go { applied, cursor: applied.checked_sub(1).map_or(0, |at| self.entries[at].seq) }
    }

    /// The last entry that is applied.
    fn cursor(&self) -> i64 {
        self.applied.checked_sub(1).map_or(0, |at| self.entries[at].seq)
    }

    /// Takes the step, which is written or will be.
    pub(super) fn follow(&mut self, step: &Step, edits: &Arc<Vec<Edit>>) {
        match step {
            Step::Push(push) => {
                self.bytes -= self.entries.drain(self.applied..).map(|entry| entry.bytes).sum::<u64>();
                let (seq, label, edits) = (push.seq, push.label.clone(), Some(Arc::clone(edits)));
                self.entries.push_back(Entry { seq, label, bytes: 0, edits, is_written: false });
                self.bytes -= self.entries.drain(..push.oldest).map(|entry| entry.bytes).sum::<u64>();
                self.applied = self.entries.len();
                let late = self.entries.len().checked_sub(KEPT + 1).and_then(|at| self.entries.get_mut(at));
                if let Some(entry) = late.filter(|entry| entry.is_written) {
                    entry.edits = None;
                }
            }
            Step::Go { applied, .. } => self.applied = *applied,
            Step::Stay => {}
        }
    }

    /// Notes what became of an entry.
    pub(super) fn note(&mut self, written: Written) {
        let Some(seq) = written.entry else { return };
        let Some(bytes) = written.bytes else {
            let forgotten = self.entries.partition_point(|entry| entry.seq <= seq);
            self.bytes -= self.entries.drain(..forgotten).map(|entry| entry.bytes).sum::<u64>();
            self.applied = self.applied.saturating_sub(forgotten);
            return;
        };
        let Ok(at) = self.entries.binary_search_by_key(&seq, |entry| entry.seq) else { return };
        let is_late = at + KEPT < self.entries.len();
        let entry = &mut self.entries[at];
        (entry.bytes, entry.is_written) = (bytes, true);
        if bytes > KEPT_BYTES || is_late {
            entry.edits = None;
        }
        self.bytes += bytes;
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

    /// What undo would take back.
    pub(super) fn undo(&self) -> Option<Past<'_>> {
        self.applied.checked_sub(1).map(|at| Past { entry: &self.entries[at], way: Way::Back })
    }

    /// What redo would do again.
    pub(super) fn redo(&self) -> Option<Past<'_>> {
        self.entries.get(self.applied).map(|entry| Past { entry, way: Way::Forth })
    }
}

/// An entry that can be undone or done again.
pub(super) struct Past<'a> {
    entry: &'a Entry,
    way: Way,
}

impl Past<'_> {
    /// Its edits are there in no time.
    pub(super) fn is_short(&self) -> bool {
        match &self.entry.edits {
            Some(edits) => edits.len() < SHORT_EDITS,
            None => self.entry.bytes < SHORT_BYTES,
        }
    }

    /// The transaction, as it was done. `connect` gives the database where it is not in memory.
    pub(super) fn read<C: Deref<Target = Connection>>(
        &self,
        connect: impl FnOnce() -> C,
        document: &Document,
    ) -> rusqlite::Result<Transaction> {
        match &self.entry.edits {
            Some(edits) => Ok(Transaction::of(self.entry.label.clone(), edits.to_vec())),
            None => read(&connect(), self.entry, self.way, document),
        }
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

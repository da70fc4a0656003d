//! The project: one SQLite file (`*.limn`) beside or above the media, which are referenced and never changed.
//!
//! * `open`: opening, creating, falling back; `schema`: tables, version, migration; `backup`: a copy before it;
//!   `stranger`: what a database may do here, and whether its tables are ours
//! * `writer`: who writes, at once or behind (`behind`); `rows`: records to rows, `tiles`: large masks to rows; `ids`
//! * `journal`: undo and redo across restarts, `history`: the same as a list to go back in
//! * `scan`: what lies in the folder; `rescue`: damaged files; `paths`
//!
//! Every change is one database transaction that is on disk when the call returns; on error neither the document nor
//! the file has changed. Or changes are written behind ([`Project::write_behind`]): then what cannot be written waits until it can.

mod backup;
mod behind;
mod error;
mod history;
mod ids;
mod journal;
pub(crate) mod masks;
mod open;
pub(crate) mod paths;
mod rescue;
mod rows;
pub(crate) mod scan;
mod schema;
mod stranger;
mod tiles;
mod writer;

#[cfg(test)]
mod behind_tests;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use limn_files::{Links, Lock};
use rusqlite::Connection;
use serde_json::Value;

pub use error::StoreError;
use error::from_files;
pub use history::HistoryEntry;
pub(crate) use ids::LAST_COUNTED;
use ids::NextIds;
pub use scan::{Scan, ScanChange, Scanned};

use crate::document::{ClassId, Document, ImageId, ObjectId};
use crate::edit::{Applied, Edit, Transaction};
use journal::{Journal, Step};
use writer::{Kind, Work, Writer, Written};

/// An open project. One process holds it for writing at a time; it may move between threads.
pub struct Project {
    writer: Writer,
    path: Option<PathBuf>,
    root: PathBuf,
    document: Arc<Document>,
    journal: Journal,
    history_limit: u64,
    next: NextIds,
    changed: BTreeSet<ImageId>,
    view: Option<Value>,
    read_only: Option<String>,
    rescued: bool,
    notice: Option<String>,
    /// Holds the copy that is read where the original's log cannot be (dropped after the connection).
    scratch: Option<tempfile::TempDir>,
    lock: Option<Lock>,
    /// Changes are no longer to be written behind.
    waits: bool,
    /// When a change was on disk last.
    written_at: Option<std::time::SystemTime>,
    /// Stored paths that a scan leaves out.
    left_out: BTreeSet<String>,
    /// The caller named the root: it may be searched wherever it is.
    root_given: bool,
    /// Which links a scan follows.
    links: Links,
    /// By the last scan.
    passed_over: scan::PassedOver,
}

impl Project {
    /// The project file; `None` in memory.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The folder that picture paths are relative to.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where a stored picture path leads.
    pub fn image_path(&self, stored: &str) -> PathBuf {
        paths::resolve(&self.root, stored)
    }

    /// What the project holds.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// What the project holds now, for showing it while somebody else changes the project.
    pub fn shared_document(&self) -> Arc<Document> {
        Arc::clone(&self.document)
    }

    /// The pictures whose record or objects were changed, undo and redo included, since the project was opened.
    pub fn changed_images(&self) -> &BTreeSet<ImageId> {
        &self.changed
    }

    /// Why nothing can be changed; `None` if everything can.
    pub fn is_read_only(&self) -> Option<&str> {
        self.read_only.as_deref()
    }

    /// True if the file is damaged or not as this program writes it, so that only what could be read of it is here;
    /// [`Project::notice`] then says what is lost.
    pub fn is_rescued(&self) -> bool {
        self.rescued
    }

    /// Something the user should know about how the project was opened, for example that it lies in the user's data
    /// folder because the picture folder cannot be written.
    pub fn notice(&self) -> Option<&str> {
        self.notice.as_deref()
    }

    /// Applies a transaction and writes it. It is on disk when this returns; an empty one does nothing.
    ///
    /// # Errors
    /// When the transaction does not fit or cannot be written; the document and the file are then as before.
    pub fn commit(&mut self, transaction: Transaction) -> Result<(), StoreError> {
        self.commit_with(transaction, None)
    }

    /// As [`Project::commit`], and writes how the window looks ([`Project::set_view_state`]) in the same step: either both
    /// are on disk or neither.
    ///
    /// # Errors
    /// As [`Project::commit`].
    pub fn commit_with_view(&mut self, transaction: Transaction, view: &Value) -> Result<(), StoreError> {
        self.commit_with(transaction, Some(view))?;
        self.view = Some(view.clone());
        Ok(())
    }

    fn commit_with(&mut self, transaction: Transaction, view: Option<&Value>) -> Result<(), StoreError> {
        if transaction.is_empty() {
            return Ok(());
        }
        self.writable()?;
        let label = transaction.label.clone();
        let applied = Arc::make_mut(&mut self.document).apply_revertible(transaction)?;
        let step = self.journal.push(&label, self.history_limit);
        self.persist(applied, step, view.map(Value::to_string))
    }

    /// Takes back the newest transaction; returns its label, or `None` if there is nothing to take back.
    ///
    /// # Errors
    /// As [`Project::commit`].
    pub fn undo(&mut self) -> Result<Option<String>, StoreError> {
        self.writable()?;
        let Some(past) = self.journal.undo() else { return Ok(None) };
        let read = past.read(|| self.writer.connection(), &self.document).map_err(|error| self.wrap(&error))?;
        self.travel(read.invert(), false).map(Some)
    }

    /// Does again what was last undone; returns its label, or `None` if there is nothing to redo.
    ///
    /// # Errors
    /// As [`Project::commit`].
    pub fn redo(&mut self) -> Result<Option<String>, StoreError> {
        self.writable()?;
        let Some(past) = self.journal.redo() else { return Ok(None) };
        let read = past.read(|| self.writer.connection(), &self.document).map_err(|error| self.wrap(&error))?;
        self.travel(read, true).map(Some)
    }

    /// The label of what [`Project::undo`] would take back.
    pub fn can_undo(&self) -> Option<&str> {
        self.journal.undo_label()
    }

    /// The label of what [`Project::redo`] would do again.
    pub fn can_redo(&self) -> Option<&str> {
        self.journal.redo_label()
    }

    /// A class id that was never used. Each call gives another one.
    pub fn next_class_id(&self) -> ClassId {
        ClassId(self.next.class.fetch_add(1, Ordering::Relaxed))
    }

    /// A picture id that was never used. Each call gives another one.
    pub fn next_image_id(&self) -> ImageId {
        ImageId(self.next.image.fetch_add(1, Ordering::Relaxed))
    }

    /// An object id that was never used. Each call gives another one.
    pub fn next_object_id(&self) -> ObjectId {
        ObjectId(self.next.object.fetch_add(1, Ordering::Relaxed))
    }

    /// The ids that the next calls would give (class, picture, object), without taking them.
    pub(crate) fn peek_ids(&self) -> (i64, i64, i64) {
        let read = |id: &AtomicI64| id.load(Ordering::Relaxed);
        (read(&self.next.class), read(&self.next.image), read(&self.next.object))
    }

    /// What tells this project from all others, in files that are given away: no path, no name. One without gets it now, if it
    /// can be written; `None` if it cannot, or is in memory.
    pub(crate) fn identity(&self) -> Option<String> {
        self.path.as_ref()?;
        let connection = self.writer.connection();
        let stored = rows::meta(&connection, IDENTITY).ok().flatten();
        if stored.is_some() || self.read_only.is_some() {
            return stored;
        }
        let given = new_identity(&connection).ok()?;
        match rows::set_meta(&connection, IDENTITY, &given) {
            Ok(()) => Some(given),
            Err(error) => {
                tracing::warn!("the project gets no identity: {error}");
                None
            }
        }
    }

    /// What the project remembers of its exports, as it was given to [`Project::remember_exports`].
    pub(crate) fn exports(&self) -> Option<String> {
        rows::meta(&self.writer.connection(), "exports").ok().flatten()
    }

    /// Remembers its exports. A project that cannot be written forgets them.
    pub(crate) fn remember_exports(&self, text: &str) {
        if self.read_only.is_none()
            && let Err(error) = rows::set_meta(&self.writer.connection(), "exports", text)
        {
            tracing::warn!("the export is not remembered: {error}");
        }
    }

    /// What [`Project::set_view_state`] stored last.
    pub fn view_state(&self) -> Option<Value> {
        self.view.clone()
    }

    /// Remembers how the window looks (picture, zoom, class ...). Not undoable. In a read-only project it is kept for
    /// this run only.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn set_view_state(&mut self, view: &Value) -> Result<(), StoreError> {
        if self.read_only.is_none() {
            self.set_meta("view", view.to_string())?;
        }
        self.view = Some(view.clone());
        Ok(())
    }

    /// Limits the history to so many bytes of edits (the newest transaction always stays). 256 MiB by default.
    pub fn set_history_limit(&mut self, bytes: u64) {
        self.history_limit = bytes;
    }

    fn travel(&mut self, transaction: Transaction, forward: bool) -> Result<String, StoreError> {
        let label = transaction.label.clone();
        let applied = Arc::make_mut(&mut self.document).apply_revertible(transaction)?;
        let step = self.journal.go(forward);
        self.persist(applied, step, None)?;
        Ok(label)
    }

    /// Writes what was applied in memory, and with it a step of the journal and how the window looks. If that fails at once,
    /// takes it back in memory too.
    fn persist(&mut self, applied: Applied, step: Step, view: Option<String>) -> Result<(), StoreError> {
        self.next.raise(&applied);
        let Applied { edits, touched } = applied;
        let (edits, step, next) = (Arc::new(edits), Arc::new(step), self.next.numbers());
        let (shared, taken) = (Arc::clone(&edits), Arc::clone(&step));
        let work: Work = Box::new(move |transaction| {
            rows::write(transaction, &shared)?;
            if let Some(view) = &view {
                rows::set_meta(transaction, "view", view)?;
            }
            let written = taken.write(transaction, &shared)?;
            NextIds::store(next, transaction)?;
            Ok(written)
        });
        let follow = |project: &mut Self| project.journal.follow(&step, &edits);
        if let Err(error) = self.write(work, Kind::Change, follow) {
            let edits = Arc::try_unwrap(edits).unwrap_or_else(|edits| edits.to_vec());
            Arc::make_mut(&mut self.document).revert(Applied { edits, touched });
            return Err(self.wrap(&error));
        }
        if !matches!(*step, Step::Stay) {
            self.changed.extend(edits.iter().flat_map(changed_by).flatten());
        }
        Ok(())
    }

    /// Writes a value of the database's own.
    fn set_meta(&mut self, key: &'static str, value: String) -> Result<(), StoreError> {
        let work: Work =
            Box::new(move |transaction| rows::set_meta(transaction, key, &value).map(|()| Written::default()));
        self.write(work, Kind::Value(key), |_| ()).map_err(|error| self.wrap(&error))
    }

    /// Writes at once, or behind; `follow` is called where it did not fail.
    fn write(&mut self, work: Work, kind: Kind, follow: impl FnOnce(&mut Self)) -> rusqlite::Result<()> {
        if self.waits && self.writer.is_behind() {
            self.writer.come_back()?;
            self.follow();
        }
        if self.writer.is_behind() {
            follow(self);
            self.writer.later(work, kind);
        } else {
            let written = self.writer.now(&work)?;
            follow(self);
            self.note(written);
        }
        Ok(())
    }

    fn note(&mut self, written: Written) {
        self.journal.note(written);
        if written.entry.is_some() {
            self.written_at = Some(std::time::SystemTime::now());
        }
    }

    fn writable(&self) -> Result<(), StoreError> {
        match &self.read_only {
            None => Ok(()),
            Some(why) => Err(StoreError::ReadOnly { path: self.shown_path(), why: why.clone() }),
        }
    }

    fn shown_path(&self) -> PathBuf {
        self.path.clone().unwrap_or_else(|| PathBuf::from("the project in memory"))
    }

    fn wrap(&self, error: &rusqlite::Error) -> StoreError {
        StoreError::from_sqlite(&self.shown_path(), error)
    }
}

/// The key of a project's identity.
const IDENTITY: &str = "identity";

/// A number that no other project has, as text.
fn new_identity(connection: &Connection) -> rusqlite::Result<String> {
    connection.query_row("SELECT 'limn-' || lower(hex(randomblob(16)))", [], |row| row.get(0))
}

/// The identity that a project file has, if it is one.
pub(crate) fn identity_of(path: &Path) -> Option<String> {
    limn_files::open(path).ok()?;
    let connection = stranger::connect_as_it_lies(path).ok()?;
    let is_ours = matches!(stranger::difference(&connection), Ok(None));
    if is_ours { rows::meta(&connection, IDENTITY).ok().flatten() } else { None }
}

/// The pictures that an edit changes; one that is new is not changed.
fn changed_by(edit: &Edit) -> [Option<ImageId>; 2] {
    match edit {
        Edit::Image { before, after } => [before.as_ref().and(after.as_ref()).map(|image| image.id), None],
        Edit::Object { before, after } => [before.as_ref(), after.as_ref()].map(|object| Some(object?.image)),
        Edit::Class { .. } | Edit::Extra { .. } => [None, None],
    }
}

impl std::fmt::Debug for Project {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Project").field("path", &self.path).field("root", &self.root).finish_non_exhaustive()
    }
}

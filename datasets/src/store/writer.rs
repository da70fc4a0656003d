//! The one who writes: every change is one database transaction, one after the other.
//!
//! Either the caller waits for each (`now`), or changes are put into a queue and a thread of its own writes them in order
//! (`later`): the window does not wait for a disk. What cannot be written stays in the queue until it can, so that nothing is lost
//! while the program runs.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use rusqlite::{Connection, Transaction};

/// One change; it may be tried again.
pub(super) type Work = Box<dyn Fn(&Transaction<'_>) -> rusqlite::Result<Written> + Send>;

/// What a change is for whoever waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A person's work.
    Change,
    /// A value by its name: only the newest counts.
    Value(&'static str),
}

/// Called when something was written, or could not be.
pub(super) type Bell = Arc<dyn Fn() + Send + Sync>;

/// What the journal is told of a change.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Written {
    /// The entry of the journal, if it has one.
    pub entry: Option<i64>,
    /// Its bytes; `None` where it was too large for the history, which begins anew after it.
    pub bytes: Option<u64>,
}

/// How often it is looked whether the thread is still there.
const LOOK: std::time::Duration = std::time::Duration::from_millis(500);

/// Holds the database.
pub(super) struct Writer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    connection: Mutex<Connection>,
    queue: Mutex<Queue>,
    moved: Condvar,
}

#[derive(Default)]
struct Queue {
    work: VecDeque<(Work, Kind)>,
    /// What is being written.
    busy: Option<Kind>,
    written: Vec<Written>,
    failed: Option<rusqlite::Error>,
    /// Someone was told of the failure.
    told: bool,
    ends: bool,
    bell: Option<Bell>,
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Writer {
    pub fn new(connection: Connection) -> Self {
        let (queue, moved) = (Mutex::default(), Condvar::new());
        Self { shared: Arc::new(Shared { connection: Mutex::new(connection), queue, moved }), thread: None }
    }

    /// The database, for reading and for what stands in no order with the changes. Waits while a change is written.
    pub fn connection(&self) -> MutexGuard<'_, Connection> {
        held(&self.shared.connection)
    }

    /// Whether changes are written behind.
    pub fn is_behind(&self) -> bool {
        self.thread.is_some()
    }

    /// From now on changes are written behind; `bell` rings after each.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn go_behind(&mut self, bell: Bell) -> std::io::Result<()> {
        held(&self.shared.queue).bell = Some(bell);
        if self.thread.is_none() {
            let shared = Arc::clone(&self.shared);
            self.thread = Some(std::thread::Builder::new().name("store".to_owned()).spawn(move || shared.work())?);
        }
        Ok(())
    }

    /// From now on each change is waited for. What is in the queue is written first; what cannot be stays there, and so does the
    /// thread.
    ///
    /// # Errors
    /// The failure.
    pub fn come_back(&mut self) -> rusqlite::Result<()> {
        self.flush()?;
        self.end();
        Ok(())
    }

    /// Puts a change behind those that wait.
    pub fn later(&self, work: Work, kind: Kind) {
        let mut queue = held(&self.shared.queue);
        if let Kind::Value(_) = kind {
            queue.work.retain(|(_, other)| *other != kind);
        }
        queue.work.push_back((work, kind));
        drop(queue);
        self.shared.moved.notify_all();
    }

    /// Writes a change.
    pub fn now(&self, work: &Work) -> rusqlite::Result<Written> {
        write(&mut self.connection(), work)
    }

    /// How much of a person's work is not written yet.
    pub fn waiting(&self) -> usize {
        let queue = held(&self.shared.queue);
        let kinds = queue.work.iter().map(|(_, kind)| *kind).chain(queue.busy);
        kinds.filter(|kind| *kind == Kind::Change).count()
    }

    /// What was written since this was asked last, and a failure that nobody was told of.
    pub fn news(&self) -> (Vec<Written>, Option<rusqlite::Error>) {
        let mut queue = held(&self.shared.queue);
        let written = std::mem::take(&mut queue.written);
        let failed = if queue.told { None } else { queue.failed.as_ref().map(again) };
        queue.told |= failed.is_some();
        (written, failed)
    }

    /// True while the first change in the queue could not be written and is not tried again.
    pub fn is_stuck(&self) -> bool {
        held(&self.shared.queue).failed.is_some()
    }

    /// Tries again what could not be written.
    pub fn retry(&self) {
        let mut queue = held(&self.shared.queue);
        (queue.failed, queue.told) = (None, false);
        self.shared.moved.notify_all();
    }

    /// Waits until everything is written, and tries once more what could not be.
    ///
    /// # Errors
    /// The failure; what is not written stays in the queue.
    pub fn flush(&self) -> rusqlite::Result<()> {
        let Some(thread) = &self.thread else { return Ok(()) };
        self.retry();
        let mut queue = held(&self.shared.queue);
        // A thread that stopped by a fault of ours is not waited for.
        while (!queue.work.is_empty() || queue.busy.is_some()) && queue.failed.is_none() && !thread.is_finished() {
            let waited = self.shared.moved.wait_timeout(queue, LOOK);
            queue = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        queue.told = true;
        queue.failed.as_ref().map_or(Ok(()), |error| Err(again(error)))
    }

    /// Ends the thread when the queue is empty or cannot be emptied.
    fn end(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        held(&self.shared.queue).ends = true;
        self.shared.moved.notify_all();
        if thread.join().is_err() {
            tracing::warn!("the thread that writes the project had stopped");
        }
        let mut queue = held(&self.shared.queue);
        (queue.ends, queue.bell) = (false, None);
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if let Err(error) = self.flush() {
            tracing::error!("{} changes of the project were not written: {error}", self.waiting());
        }
        self.end();
    }
}

impl Shared {
    fn work(&self) {
        let mut queue = held(&self.queue);
        loop {
            let work = if queue.failed.is_none() { queue.work.pop_front() } else { None };
            let Some((work, kind)) = work else {
                if queue.ends {
                    return;
                }
                queue = self.moved.wait(queue).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            queue.busy = Some(kind);
            drop(queue);
            let written = write(&mut held(&self.connection), &work);
            queue = held(&self.queue);
            queue.busy = None;
            match written {
                Ok(written) => queue.written.push(written),
                Err(error) => {
                    queue.work.push_front((work, kind));
                    queue.failed = Some(error);
                }
            }
            self.moved.notify_all();
            if let Some(bell) = queue.bell.clone() {
                drop(queue);
                bell();
                queue = held(&self.queue);
            }
        }
    }
}

fn write(connection: &mut Connection, work: &Work) -> rusqlite::Result<Written> {
    let transaction = connection.transaction()?;
    let written = work(&transaction)?;
    transaction.commit()?;
    Ok(written)
}

/// The failure once more: SQLite's errors cannot be copied, what they say can.
fn again(error: &rusqlite::Error) -> rusqlite::Error {
    use rusqlite::Error::{SqliteFailure, ToSqlConversionFailure};
    match error {
        SqliteFailure(code, text) => SqliteFailure(*code, text.clone()),
        other => ToSqlConversionFailure(other.to_string().into()),
    }
}

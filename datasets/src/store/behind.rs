//! Changes that are written behind: whoever changes something does not wait for the disk.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rusqlite::OpenFlags;

use super::{Project, StoreError, stranger};

impl Project {
    /// From now on changes are written by a thread of their own: the calls that change something return at once, and `bell`
    /// rings whenever something was written or could not be ([`Project::news`]). What is not written yet is lost if the process
    /// is killed; it is written when the project is dropped.
    ///
    /// # Errors
    /// When the system gives no thread; changes are then written as before.
    pub fn write_behind(&mut self, bell: impl Fn() + Send + Sync + 'static) -> std::io::Result<()> {
        // A project in memory has nothing to wait for, one that is read nothing to write.
        if self.path.is_none() || self.read_only.is_some() {
            return Ok(());
        }
        self.waits = false;
        self.writer.go_behind(Arc::new(bell))
    }

    /// The next change, and those after it, are on disk when the calls return; what waits is written before. The call itself does
    /// not wait, so that another thread can.
    pub fn wait_from_now_on(&mut self) {
        self.waits = true;
    }

    /// Keeps everybody from writing a project for so long, as a slow disk does. For measuring.
    ///
    /// # Errors
    /// When its file cannot be opened.
    pub fn hold(path: &Path, time: Duration) -> Result<(), StoreError> {
        let opened = stranger::connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE);
        let held = opened.and_then(|connection| {
            connection.busy_timeout(Duration::from_secs(5))?;
            connection.execute_batch("BEGIN IMMEDIATE")?;
            std::thread::sleep(time);
            connection.execute_batch("ROLLBACK")
        });
        held.map_err(|error| StoreError::from_sqlite(path, &error))
    }

    /// How many changes are not on disk yet.
    pub fn unwritten(&self) -> usize {
        self.writer.waiting()
    }

    /// When a change came to the disk last, since the project was opened.
    pub fn written_at(&self) -> Option<SystemTime> {
        self.written_at
    }

    /// True while changes wait that could not be written ([`Project::write_again`]).
    pub fn is_stuck(&self) -> bool {
        self.writer.is_stuck()
    }

    /// Tries again to write what waits.
    pub fn write_again(&self) {
        self.writer.retry();
    }

    /// Follows what was written behind. A failure is told once.
    pub fn news(&mut self) -> Option<StoreError> {
        self.follow().map(|error| self.wrap(&error))
    }

    /// Notes what was written; a failure that nobody was told of comes back.
    pub(super) fn follow(&mut self) -> Option<rusqlite::Error> {
        let (written, failed) = self.writer.news();
        for written in written {
            self.note(written);
        }
        failed
    }
}

//! Binary things that belong to a project but not to its document: learned parameters. Not undoable.

use rusqlite::OptionalExtension;

use super::{Project, StoreError};

impl Project {
    /// What was kept under this name.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn blob(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let read = || {
            let mut statement = self.connection.prepare_cached("SELECT data FROM blob WHERE name = ?1")?;
            statement.query_row([name], |row| row.get(0)).optional()
        };
        read().map_err(|error| self.wrap(&error))
    }

    /// Keeps `data` under this name, or forgets what is there. On disk when this returns.
    ///
    /// # Errors
    /// When the project is read-only or cannot be written.
    pub fn set_blob(&mut self, name: &str, data: Option<&[u8]>) -> Result<(), StoreError> {
        self.writable()?;
        let write = || match data {
            Some(data) => self
                .connection
                .prepare_cached("INSERT OR REPLACE INTO blob VALUES(?1, ?2)")?
                .execute(rusqlite::params![name, data]),
            None => self.connection.prepare_cached("DELETE FROM blob WHERE name = ?1")?.execute([name]),
        };
        write().map(drop).map_err(|error| self.wrap(&error))
    }
}

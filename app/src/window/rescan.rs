//! Reads the folder of the project again, on a thread of its own.

use std::thread::JoinHandle;

use limn_datasets::{Project, Scanned, StoreError};

use super::place::Place;

/// The scan that runs, and whether another one is wanted after it.
#[derive(Debug, Default)]
pub struct Rescan {
    running: Option<(Place, JoinHandle<Result<Scanned, StoreError>>)>,
    again: bool,
}

impl Rescan {
    /// A scan runs.
    pub fn is_running(&self) -> bool {
        self.running.is_some()
    }

    /// Begins a scan; one that runs already is repeated when it has ended, as the folder may have changed behind it.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn begin(&mut self, project: &Project, place: Place, ctx: &egui::Context) -> std::io::Result<()> {
        if self.running.is_some() {
            self.again = true;
            return Ok(());
        }
        let (scan, ctx) = (project.begin_scan(), ctx.clone());
        let thread = std::thread::Builder::new().name("rescan".to_owned()).spawn(move || {
            let scanned = scan.run();
            ctx.request_repaint();
            scanned
        })?;
        self.running = Some((place, thread));
        Ok(())
    }

    /// What a scan found, once it has ended, if it was of this place; the second says that the folder is to be read again.
    pub fn ended(&mut self, here: Place) -> Option<(Option<Result<Scanned, StoreError>>, bool)> {
        let (place, thread) = self.running.take_if(|(_, thread)| thread.is_finished())?;
        let again = std::mem::take(&mut self.again);
        let scanned = thread.join();
        if scanned.is_err() {
            tracing::error!("reading the folder again stopped by a fault of this program; nothing of it is taken over");
        }
        Some((scanned.ok().filter(|_| place == here), again))
    }
}

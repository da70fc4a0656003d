//! What the system lends to the window: file dialogs, fonts, and word of changed files.

use std::path::Path;

use super::fonts::Fonts;
use super::picker::FilePicker;
use super::rescan::Rescan;
use super::watch::Watch;

/// What the system lends to the window.
pub struct Host {
    /// File dialogs.
    pub picker: Box<dyn FilePicker>,
    /// Fonts of the system, where ours lack a sign.
    pub fonts: Fonts,
    /// Reads the folder of the project again.
    pub rescan: Rescan,
    /// Folders of projects are watched.
    pub watching: bool,
    /// The watch upon the folder of the project that is open.
    pub watch: Option<Watch>,
}

impl Host {
    /// Watches a folder, if folders are watched at all.
    pub fn watch(&mut self, folder: &Path, ctx: &egui::Context) {
        if self.watching {
            match Watch::start(folder, ctx.clone()) {
                Ok(watch) => self.watch = Some(watch),
                Err(error) => tracing::warn!("the folder is not watched: {error}"),
            }
        }
    }
}

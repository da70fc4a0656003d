//! The threads that read pictures, and what they have read.

use limn_datasets::ImageId;

use super::picture::Loader;
use super::place::Place;
use super::thumbs::Thumbs;

/// The pictures of the project that is open.
pub struct Pictures {
    /// Whole pictures.
    pub loader: Loader,
    /// Small ones.
    pub thumbs: Thumbs,
}

impl Pictures {
    /// Starts the threads.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(ctx: &egui::Context) -> std::io::Result<Self> {
        Ok(Self { loader: Loader::start(ctx.clone())?, thumbs: Thumbs::start(ctx.clone())? })
    }

    /// Another project was opened: what was asked for before belongs to another place.
    pub fn move_to(&mut self, here: Place) {
        self.loader.move_to(here);
        self.thumbs.move_to(here);
    }

    /// The file of a picture has changed.
    pub fn forget(&mut self, id: ImageId) {
        self.loader.forget(id);
        self.thumbs.forget(id);
    }
}

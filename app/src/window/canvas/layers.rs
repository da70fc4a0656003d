//! What is drawn on the canvas, as it lies on the GPU.

use super::overlay::Overlay;
use crate::window::tiles::Tiles;

/// The layers of the canvas, from the bottom.
#[derive(Default)]
pub struct Layers {
    /// The picture.
    pub tiles: Tiles,
    /// The masks of the finished objects.
    pub objects: Overlay,
    /// The mask at hand.
    pub draft: Overlay,
    /// Changes with what is being drawn in this very moment, before it becomes a command.
    pub drawn: u64,
    /// Only the new (or only the old) mask is shown, while a key is held.
    pub judged_side: Option<bool>,
}

impl std::fmt::Debug for Layers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Layers").field("drawn", &self.drawn).finish_non_exhaustive()
    }
}

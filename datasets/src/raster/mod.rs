//! Masks as row spans, and everything that turns them into other shapes.
//!
//! * `mask`: the [`Mask`] itself, `algebra`: set operations, `components`: connected parts and holes
//! * [`rle`]: the COCO run-length codec (column-major counts and their compressed string)
//! * `rings`: boundaries on the pixel lattice, [`polygon`]: float polygons to masks as the COCO tools do it
//!
//! Coordinates are pixel edges: pixel `(x, y)` covers `[x, x+1) x [y, y+1)`, rows run from top to bottom.

mod algebra;
mod components;
mod mask;
pub mod polygon;
mod rings;
pub mod rle;
mod transpose;

pub use components::Connectivity;
pub use mask::{Mask, PixelRect, Span};
pub use polygon::{MAX_POLYGON_COORDINATE, PolygonError};
pub use rings::Ring;
pub use rle::RleError;

#[cfg(test)]
pub(crate) mod arbitrary;

//! Masks as row spans, the same as tiles for pictures of any size, and everything that turns them into other shapes.
//!
//! * `mask`: the [`Mask`] itself, `algebra`: set operations, `components`: connected parts and holes
//! * [`tiles`]: the same set of pixels in shared tiles: cheap copies, edits and differences in pictures of any size
//! * [`limits`]: what a claimed size may ask for; every reader goes through it
//! * [`rle`]: the COCO run-length codec (column-major counts and their compressed string), `columns`: positions to masks
//! * `drawn`: brush strokes and areas, `wand`: pixels of one colour, `morphology`: grow, shrink, smooth, `cut`: in two,
//!   `clean`: what is done to a network's proposal
//! * `outline`: polygons derived at a tolerance, with their error
//! * `rgb`: pictures of 8 bits in levels of halved size, read part by part
//! * `rings`: boundaries on the pixel lattice, [`keyhole`]: rings with their holes joined to one,
//!   [`polygon`]: float polygons to masks as the COCO tools do it
//!
//! Must not know: documents, files, GPU, models, windows.
//!
//! Coordinates are pixel edges: pixel `(x, y)` covers `[x, x+1) x [y, y+1)`, rows run from top to bottom.

#![cfg_attr(not(test), warn(clippy::cast_possible_truncation))]

mod algebra;
mod clean;
mod columns;
mod components;
mod cut;
mod drawn;
pub mod keyhole;
pub mod limits;
mod mask;
mod morphology;
mod outline;
pub mod polygon;
mod rgb;
mod rings;
pub mod rle;
pub mod tiles;
mod transpose;
mod wand;

pub use clean::Cleaning;
pub use components::Connectivity;
pub use limits::{LimitError, MAX_SIDE, MaskBudget};
pub use mask::{Mask, PixelRect, Span};
pub use outline::{Outline, OutlineError, OutlineOptions, Rings};
pub use polygon::{MAX_POLYGON_COORDINATE, PolygonError};
pub use rgb::{Rgb8, RgbError, RgbLevels, WholeRgb, halve_row, level_count, level_size};
pub use rings::Ring;
pub use rle::RleError;

#[cfg(any(test, feature = "arbitrary"))]
pub mod arbitrary;

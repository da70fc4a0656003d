//! From a square of the picture to the network's input, and back.
//!
//! The network's pixel centre u + 0.5 and the image's i + 0.5 correspond by `u + 0.5 = (i + 0.5 - centre) k + S / 2`. All maps are
//! separable: [`taps`] holds the weights of one axis, [`picture`] resamples the picture (with [`area`] averaging before strong
//! reductions), [`prior`] the previous mask and edge, and [`runs`] pastes a result back as run lengths above a threshold.

pub mod area;
pub mod picture;
pub mod prior;
pub mod runs;
pub mod taps;

//! TIFF files.
//!
//! * [`directory`]: what tags there are; [`tags`]: their numbers; [`layout`]: what they say of the pixels, and what is refused by name
//! * [`chunks`]: tiles and strips where they are wanted: [`codec`] decompresses them, [`unpack`] makes samples of them
//! * [`series`]: which directories are the picture, its levels, its mask, its planes
//! * [`picture`]: ordinary photographs, which the usual decoder reads as a whole

pub(crate) mod chunks;
mod codec;
pub(crate) mod directory;
pub(crate) mod layout;
mod picture;
pub(crate) mod series;
pub(crate) mod tags;
mod unpack;

pub(super) use picture::{header, is_tiff, pages};

#[cfg(test)]
pub(crate) mod written;

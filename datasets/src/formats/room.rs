//! The memory that the masks of one data set or project may take together.
//!
//! A few bytes can ask for gigabytes: one run length over a column of four million rows is four million spans. What may be
//! taken therefore grows with what was read: nobody draws an outline of a thousand rows in fewer bytes than that is worth.

use std::fmt::Display;
use std::path::Path;

use limn_files::{Budget, FileError, WalkRules};

use crate::raster::limits::MAX_MASK_BYTES;
use crate::raster::tiles::TileMask;
use crate::raster::{Mask, MaskBudget, Span};

/// What any data set may take.
const BASE: u64 = 32 << 20;

/// What every byte of a data set adds, up to [`ENOUGH`].
const PER_BYTE: u64 = 2000;

/// The most that small files may ask for.
const ENOUGH: u64 = 3 << 30;

/// What every byte of a large data set adds.
const PER_BYTE_OF_LARGE: u64 = 16;

/// Files that cannot be read which are named one by one.
const NAMED: usize = 3;

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Room(Budget);

impl Room {
    /// For a data set or a project of so many bytes.
    pub(crate) fn of(bytes: u64) -> Self {
        let small = BASE.saturating_add(bytes.saturating_mul(PER_BYTE)).min(ENOUGH);
        Self(Budget::new("bytes", small.saturating_add(bytes.saturating_mul(PER_BYTE_OF_LARGE))))
    }

    /// For a file, or all files below a folder; and lines about what of the folder is passed over.
    pub(super) fn of_path(path: &Path) -> (Self, Vec<String>) {
        if !path.is_dir() {
            return (Self::of(std::fs::metadata(path).map_or(0, |meta| meta.len())), Vec::new());
        }
        let (mut sum, mut outside, mut others) = (0u64, Vec::new(), Vec::new());
        for file in limn_files::walk(path, WalkRules::default()) {
            match file {
                Ok(file) => sum = sum.saturating_add(file.facts.length),
                Err(FileError::LeadsOut { path, .. }) => {
                    outside.push(path.file_name().unwrap_or_default().to_string_lossy().into_owned());
                }
                Err(error) => others.push(error.to_string()),
            }
        }
        let count = others.len();
        let mut lines: Vec<String> = others.into_iter().take(NAMED).collect();
        if count > NAMED {
            lines.push(format!("{} more files and folders cannot be read", count - NAMED));
        }
        if !outside.is_empty() {
            lines.push(format!(
                "{} of its links lead out of {} and were not followed ({}); open that place itself if its files are wanted",
                outside.len(),
                limn_files::shown(path),
                super::some_of(&outside)
            ));
        }
        (Self::of(sum), lines)
    }

    /// A mask, made within what is left.
    ///
    /// # Errors
    /// One line that says what is wrong.
    pub(super) fn mask<E: Display>(
        &self,
        make: impl FnOnce(&mut MaskBudget) -> Result<Mask, E>,
    ) -> Result<Mask, String> {
        let room = self.0.left().min(MAX_MASK_BYTES);
        let mut budget = MaskBudget::new(room);
        let made = make(&mut budget);
        self.spend(room - budget.left())?;
        made.map_err(|error| error.to_string())
    }

    /// Room for so many spans.
    ///
    /// # Errors
    /// One line that says what is wrong.
    pub(crate) fn spans(&self, spans: u64) -> Result<(), String> {
        self.spend(spans.saturating_mul(size_of::<Span>() as u64))
    }

    /// A mask of tiles as row spans, if there is room for them.
    ///
    /// # Errors
    /// One line that says what is wrong.
    pub(crate) fn mask_of_tiles(&self, tiles: &TileMask) -> Result<Mask, String> {
        let most = self.0.left() / size_of::<Span>() as u64;
        if !tiles.has_at_most(most) {
            return self.spans(most.saturating_add(1)).map(|()| Mask::empty(tiles.width(), tiles.height()));
        }
        let mask = Mask::from(tiles);
        self.spans(mask.spans().len() as u64)?;
        Ok(mask)
    }

    fn spend(&self, bytes: u64) -> Result<(), String> {
        let refused = |error| format!("its masks take more memory than files of this size are given: {error}");
        self.0.spend(bytes, "a mask").map_err(refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_bytes_do_not_get_gigabytes_and_large_files_do() {
        let tall = 4 << 20;
        let column =
            |room: &Room| room.mask(|budget| Mask::from_rle_counts_within(1, tall, &[0, u64::from(tall)], budget));
        let small = Room::of(400);
        assert!(column(&small).is_err());
        let larger = Room::of(100_000);
        let made = (0..100).take_while(|_| column(&larger).is_ok()).count();
        assert!((2..6).contains(&made), "{made} masks of 50 MB");
        assert!(Room::of(1 << 30).0.left() > 16 << 30);
        // Many outlines of usual pictures.
        let usual = Room::of(150);
        let ring = [[0.0, 0.0], [4000.0, 0.0], [4000.0, 3000.0], [0.0, 3000.0]];
        assert!((0..100).all(|_| usual.mask(|budget| Mask::from_polygon_within(4000, 3000, &ring, budget)).is_ok()));
    }
}

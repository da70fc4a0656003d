//! What the caller chooses.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use crate::document::{ImageState, ObjectId};

/// How COCO masks are written.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum CocoSegmentation {
    /// Polygons with integer pixel-edge corners where they decode to the very mask, else compressed run lengths.
    #[default]
    Auto,
    /// Polygons only. Holes are filled and the report names the objects that changed.
    Polygon,
    /// Compressed run lengths.
    Rle,
    /// Run lengths as a list of numbers.
    RleUncompressed,
}

impl FromStr for CocoSegmentation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "polygon" => Ok(Self::Polygon),
            "rle" => Ok(Self::Rle),
            "rle-uncompressed" => Ok(Self::RleUncompressed),
            _ => Err(format!("unknown segmentation {text:?}; known are auto, polygon, rle, rle-uncompressed")),
        }
    }
}

/// What plain mask pictures hold.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MaskLayout {
    /// `stem#k.png` per object: 255 object, 0 background. What `limn eval` reads.
    #[default]
    Objects,
    /// `stem.png` per picture: the class index, 0 background, with palette; the topmost object keeps the pixel.
    Classes,
    /// `stem.png` per picture: 1, 2, 3 ... per object, 0 background, with palette; the topmost object keeps the pixel.
    Instances,
    /// `stem.png` per picture: the colour of the class, black background, RGB; the topmost object keeps the pixel.
    Colors,
}

impl FromStr for MaskLayout {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "objects" => Ok(Self::Objects),
            "classes" => Ok(Self::Classes),
            "instances" => Ok(Self::Instances),
            "colors" => Ok(Self::Colors),
            _ => Err(format!("unknown mask layout {text:?}; known are objects, classes, instances, colors")),
        }
    }
}

/// How far an outline may be from its mask, in pixels; 0 (the default): not at all.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Tolerance {
    hundredths: u16,
}

impl Tolerance {
    /// The largest one, in pixels.
    pub const MAX: f64 = 100.0;

    /// So many pixels, kept in hundredths.
    ///
    /// # Errors
    /// Below 0, above [`Tolerance::MAX`] or no number.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "hundredths of 0 to 100 fit")]
    pub fn of_pixels(pixels: f64) -> Result<Self, String> {
        if (0.0..=Self::MAX).contains(&pixels) {
            Ok(Self { hundredths: (pixels * 100.0).round() as u16 })
        } else {
            Err(format!("a tolerance is 0 to {} pixels, not {pixels}", Self::MAX))
        }
    }

    /// In pixels.
    pub fn pixels(self) -> f64 {
        f64::from(self.hundredths) / 100.0
    }

    /// True if outlines are exact.
    pub fn is_off(&self) -> bool {
        self.hundredths == 0
    }
}

impl FromStr for Tolerance {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let pixels: f64 = text.trim().parse().map_err(|_| format!("{text:?} is no number of pixels"))?;
        Self::of_pixels(pixels)
    }
}

impl fmt::Display for Tolerance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pixels().fmt(f)
    }
}

impl TryFrom<f64> for Tolerance {
    type Error = String;

    fn try_from(pixels: f64) -> Result<Self, String> {
        Self::of_pixels(pixels)
    }
}

impl From<Tolerance> for f64 {
    fn from(tolerance: Tolerance) -> Self {
        tolerance.pixels()
    }
}

/// A choice that bears on some formats only (see [`super::Format::choices`]).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Choice {
    /// [`ExportOptions::segmentation`].
    Segmentation,
    /// [`ExportOptions::mask_layout`].
    MaskLayout,
    /// [`ExportOptions::polygons`].
    Polygons,
    /// [`ExportOptions::tolerance`].
    Tolerance,
    /// [`ExportOptions::void_band`].
    VoidBand,
    /// [`ExportOptions::copy_images`].
    CopyImages,
    /// [`ExportOptions::validation_percent`].
    Validation,
}

/// Choices for an export.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportOptions {
    /// COCO: form of the masks.
    pub segmentation: CocoSegmentation,
    /// Masks: what the pictures hold.
    pub mask_layout: MaskLayout,
    /// labelme, CVAT, Label Studio, Datumaro: rings on the pixel edges instead of rasters. Holes are joined to their
    /// outline by a bridge of no width.
    pub polygons: bool,
    /// COCO, YOLO, EISeg, and what `polygons` bears on: outlines may leave the mask by so much, with fewer corners. The report says
    /// what it cost.
    pub tolerance: Tolerance,
    /// VOC: width in pixels of the band of 255 ("void") around every object; 0 for none, 5 looks like the original.
    pub void_band: u32,
    /// VOC, YOLO, labelme, Datumaro: copy the pictures too.
    pub copy_images: bool,
    /// VOC, YOLO: percentage of pictures that are for validation, chosen by a fixed hash of their path.
    pub validation_percent: u8,
    /// Leave out pictures that are not marked done.
    pub only_done: bool,
    /// Only objects of these classes, by name; all if it is empty.
    pub classes: Vec<String>,
    /// Only pictures in one of these states; all if it is empty.
    pub states: Vec<ImageState>,
    /// Only pictures with one of these tags; all if it is empty.
    pub tags: Vec<String>,
    /// Only these objects, and the pictures that have one of them; all if it is empty.
    pub objects: BTreeSet<ObjectId>,
    /// Replace files that this project did not write.
    pub overwrite: bool,
}

impl ExportOptions {
    /// True if only some classes, states, tags or objects are exported.
    pub fn is_choice(&self) -> bool {
        !(self.classes.is_empty() && self.states.is_empty() && self.tags.is_empty() && self.objects.is_empty())
    }
}

/// Choices for an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// Where the pictures are; by default the project's root and the place of the data set are searched.
    pub images: Option<PathBuf>,
    /// The labels were drawn on the pixels as they are stored, without the orientation tag of the picture.
    pub stored_pixels: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tolerances_are_pixels() {
        assert_eq!("1.5".parse::<Tolerance>().map(|t| (t.pixels(), t.to_string())), Ok((1.5, "1.5".to_owned())));
        assert!(["-1", "101", "x", "nan", "inf"].iter().all(|text| text.parse::<Tolerance>().is_err()));
        assert!("0".parse::<Tolerance>().is_ok_and(|tolerance| tolerance.is_off()));
        let json = serde_json::to_string(&Tolerance::of_pixels(0.25).unwrap()).unwrap();
        assert_eq!((json.as_str(), serde_json::from_str(&json).ok()), ("0.25", Tolerance::of_pixels(0.25).ok()));
    }
}

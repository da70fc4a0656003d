//! What the caller chooses.

use std::path::PathBuf;
use std::str::FromStr;

use crate::document::ImageState;

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

/// A choice that bears on some formats only (see [`super::Format::choices`]).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Choice {
    /// [`ExportOptions::segmentation`].
    Segmentation,
    /// [`ExportOptions::mask_layout`].
    MaskLayout,
    /// [`ExportOptions::polygons`].
    Polygons,
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
    /// Replace files that this project did not write.
    pub overwrite: bool,
}

impl ExportOptions {
    /// True if only some classes, states or tags are exported.
    pub fn is_choice(&self) -> bool {
        !(self.classes.is_empty() && self.states.is_empty() && self.tags.is_empty())
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

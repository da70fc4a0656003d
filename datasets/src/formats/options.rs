//! What the caller chooses.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// A format that data sets can be written to and read from.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Format {
    /// COCO instances: one JSON file.
    Coco,
    /// PASCAL VOC: XML boxes, palette masks, image sets, label map.
    Voc,
    /// Plain mask pictures: one PNG per object, or one index PNG per picture.
    Masks,
}

impl Format {
    /// All formats, in the order of menus.
    pub const ALL: &'static [Format] = &[Format::Coco, Format::Voc, Format::Masks];

    /// The name on the command line: `coco`, `voc`, `masks`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Coco => "coco",
            Self::Voc => "voc",
            Self::Masks => "masks",
        }
    }

    /// The name in menus and dialogs.
    pub fn title(self) -> &'static str {
        match self {
            Self::Coco => "COCO instances (JSON)",
            Self::Voc => "PASCAL VOC (folder)",
            Self::Masks => "Mask PNGs (folder)",
        }
    }

    /// True if a data set is one file, false if it is a folder.
    pub fn is_file(self) -> bool {
        matches!(self, Self::Coco)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.iter().copied().find(|format| format.name().eq_ignore_ascii_case(text));
        known.ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|format| format.name()).collect();
            format!("unknown format {text:?}; known are {}", names.join(", "))
        })
    }
}

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
}

impl FromStr for MaskLayout {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "objects" => Ok(Self::Objects),
            "classes" => Ok(Self::Classes),
            "instances" => Ok(Self::Instances),
            _ => Err(format!("unknown mask layout {text:?}; known are objects, classes, instances")),
        }
    }
}

/// Choices for an export.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExportOptions {
    /// COCO: form of the masks.
    pub segmentation: CocoSegmentation,
    /// Masks: what the pictures hold.
    pub mask_layout: MaskLayout,
    /// VOC: width in pixels of the band of 255 ("void") around every object; 0 for none, 5 looks like the original.
    pub void_band: u32,
    /// VOC: copy the pictures into `JPEGImages`.
    pub copy_images: bool,
    /// VOC: percentage of pictures that go into `val.txt`, chosen by a fixed hash of their path.
    pub validation_percent: u8,
    /// Leave out pictures that are not marked done.
    pub only_done: bool,
}

/// Choices for an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportOptions {
    /// Where the pictures are; by default the project's root and the place of the data set are searched.
    pub images: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_parse_and_print() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse::<Format>(), Ok(*format));
        }
        assert!("yolo?".parse::<Format>().unwrap_err().contains("coco, voc, masks"));
    }
}

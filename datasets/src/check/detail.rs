//! What a finding says besides its kind: facts, so that a window can tell them in another language.

use std::fmt;

use serde::{Serialize, Serializer};

/// The facts of a finding. Sizes are width and height in pixels, coordinates are pixel edges.
#[derive(Clone, Debug, PartialEq)]
pub enum Detail {
    /// The file of a picture is gone.
    NotThere {
        /// Where it should be.
        path: String,
        /// Objects of the picture.
        objects: usize,
    },
    /// The file cannot be read: what its reader says, in English.
    NotReadable(String),
    /// The file has another size than the masks.
    FileSize {
        /// Of the file.
        file: [u32; 2],
        /// Of the masks.
        masks: [u32; 2],
    },
    /// A mask has another size than the picture.
    MaskSize {
        /// Of the mask.
        mask: [u32; 2],
        /// Of the picture.
        image: [u32; 2],
    },
    /// A click lies outside of the picture.
    ClickOutside([f32; 2]),
    /// There is no class of this number.
    NoClass(i64),
    /// The answer to an attribute is none of those allowed.
    NoAnswer {
        /// The answer, as JSON.
        value: String,
        /// The attribute.
        attribute: String,
        /// The class.
        class: String,
    },
    /// The object has no pixel.
    NoPixel,
    /// The object is a line.
    Thin {
        /// Length in pixels.
        length: u32,
        /// Mean thickness in pixels.
        width: f64,
    },
    /// The object has crumbs.
    Crumbs {
        /// How many parts are crumbs.
        crumbs: usize,
        /// All parts.
        parts: usize,
        /// A part with fewer pixels is a crumb.
        below: u64,
    },
    /// Two objects of a class are nearly the same.
    Same {
        /// Their intersection over union.
        iou: f64,
    },
    /// Two objects share pixels.
    Shared {
        /// How many.
        pixels: u64,
        /// The part of the smaller one, 0 to 1.
        share: f64,
        /// Their intersection over union.
        iou: f64,
    },
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotThere { path, objects } => write!(f, "{path} is not there; {objects} objects are kept"),
            Self::NotReadable(error) => f.write_str(error),
            Self::FileSize { file: [w, h], masks: [mw, mh] } => {
                let turned = if (h, w) == (mw, mh) { " (turned?)" } else { "" };
                write!(f, "the file is {w}x{h}, its masks are for {mw}x{mh}{turned}")
            }
            Self::MaskSize { mask: [mw, mh], image: [w, h] } => write!(f, "its mask is {mw}x{mh}, the picture {w}x{h}"),
            Self::ClickOutside([x, y]) => write!(f, "a click at {x}, {y} lies outside of the picture"),
            Self::NoClass(id) => write!(f, "there is no class {id}"),
            Self::NoAnswer { value, attribute, class } => {
                write!(f, "{value} is no answer to {attribute:?} of class {class:?}")
            }
            Self::NoPixel => f.write_str("it has no pixel"),
            Self::Thin { length, width } => write!(f, "it is {length} pixels long and {width:.1} thick on average"),
            Self::Crumbs { crumbs, parts, below } => {
                write!(f, "{crumbs} of its {parts} parts have fewer than {below} pixels")
            }
            Self::Same { iou } => write!(f, "of one class and nearly the same, IoU {iou:.3}"),
            Self::Shared { pixels, share, iou } => {
                write!(f, "they share {pixels} pixels, {:.0} % of the smaller one, IoU {iou:.3}", 100.0 * share)
            }
        }
    }
}

impl Serialize for Detail {
    /// As its English line.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

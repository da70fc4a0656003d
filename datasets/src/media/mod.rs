//! Still pictures as the annotator sees them: oriented, 8-bit RGB.
//!
//! * `read`: decoding with limits; `probe`: size and orientation from the header; `jpeg`: marker walk; `depth`: more
//!   than 8 bits; `guard`: decoders that give up; `tiff`: its rarer kinds; `pages`: several pictures in a file; `foreign`: what is not read, by name
//!
//! Rules: EXIF orientation is applied, so all coordinates are those of the upright picture. Samples of more than 8
//! bits are stretched linearly over all colour channels together, which keeps the hue; the darkest and the brightest
//! thousandth do not count. Palette and grey pictures become RGB; transparent pixels are laid over white and the alpha is kept beside.

mod depth;
pub(crate) mod foreign;
mod guard;
mod jpeg;
mod pages;
mod probe;
mod read;
mod tiff;

use std::path::{Path, PathBuf};

pub(crate) use guard::guarded;
pub use probe::{PictureInfo, probe};
pub use read::read_picture;

/// How large a picture may be. Checked against the header, before memory is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest side in pixels.
    pub max_side: u32,
    /// Most pixels.
    pub max_pixels: u64,
}

impl Default for Limits {
    /// 65,535 on a side, 500 million pixels (1.5 GB as RGB).
    fn default() -> Self {
        Self { max_side: 65_535, max_pixels: 500_000_000 }
    }
}

/// How the file stores the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceInfo {
    /// File format in lower case: `png`, `jpeg` ...
    pub format: &'static str,
    /// Bits per sample as stored.
    pub bits: u8,
    /// Samples per pixel as stored (1 for a palette).
    pub channels: u8,
    /// EXIF orientation, 1 (upright) to 8.
    pub orientation: u8,
    /// True if pixels are indices into a palette.
    pub palette: bool,
    /// What a person should know: that there are further frames, that the end is missing. Told when it is decoded.
    pub notes: Vec<String>,
}

/// A decoded picture.
#[derive(Clone, Debug)]
pub struct Picture {
    /// Width of the upright picture.
    pub width: u32,
    /// Height of the upright picture.
    pub height: u32,
    /// Interleaved RGB, row-major, `3 * width * height` bytes; transparent pixels over white.
    pub rgb: Vec<u8>,
    /// Opacity per pixel (255 opaque), if the file has any.
    pub alpha: Option<Vec<u8>>,
    /// How the file stores it.
    pub source: SourceInfo,
}

/// Why a picture cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The file cannot be opened or read.
    #[error("cannot read {}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// A file without content.
    #[error("{} is empty (0 bytes); copy it again from its source", .path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// A kind of file that is not read.
    #[error("{} is {kind}, which is not read; {advice}", .path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What it is: `a HEIC picture`.
        kind: String,
        /// What to do.
        advice: String,
    },
    /// Not a picture, whatever its name says.
    #[error("{} is not a picture of a known format, whatever its name says", .path.display())]
    NotAPicture {
        /// The file.
        path: PathBuf,
    },
    /// The header claims more than the limits allow.
    #[error(
        "{} claims {width}x{height} pixels, more than the limit of {} on a side and {} in all; cut it into tiles",
        .path.display(), .limits.max_side, .limits.max_pixels
    )]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Claimed width.
        width: u32,
        /// Claimed height.
        height: u32,
        /// What is allowed.
        limits: Limits,
    },
    /// The file has far too few bytes for the pixels that its header claims.
    #[error(
        "{} claims {width}x{height} pixels and has only {bytes} bytes, too few for so large a picture; save it again",
        .path.display()
    )]
    Hollow {
        /// The file.
        path: PathBuf,
        /// Claimed width.
        width: u32,
        /// Claimed height.
        height: u32,
        /// Bytes of the file.
        bytes: u64,
    },
    /// The file ends before the picture does.
    #[error("{} is cut off: the file ends before the picture does; copy it again from its source", .path.display())]
    Truncated {
        /// The file.
        path: PathBuf,
    },
    /// The decoder found a fault.
    #[error("{} cannot be decoded: {detail}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The decoder's words.
        detail: String,
    },
}

/// File name extensions that count as pictures.
pub const EXTENSIONS: &[&str] =
    &["png", "jpg", "jpeg", "jpe", "jfif", "tif", "tiff", "bmp", "webp", "gif", "pnm", "ppm", "pgm", "pbm"];

/// True if the file's name ends like that of a picture (the content decides when it is opened).
pub fn is_picture(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

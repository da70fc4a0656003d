//! What is annotated, from the file to what is seen.
//!
//! * [`medium`](Medium): planes of levels of typed samples, read part by part; [`block`](Block): such a part; [`cache`](TileCache): one bound
//!   for what was read of all of them
//! * [`display`](Display): how samples are to be seen; [`mapping`](Mapping): from samples to RGB; [`view`](View): a plane of a medium as it
//!   is seen, for canvas, network, wand and thumbnails
//! * `still`: pictures as media; [`read_picture`]: one as a whole, as 8-bit RGB
//! * [`scene`](SceneInfo): bands, stored levels, masks, planes and the place in the world of a TIFF; `tiff`: its directories, tiles and strips;
//!   [`describe`]: what a file is, for the command line
//! * `probe`: size and orientation from the header; `read`: decoding with limits; `jpeg`: marker walk; `jp2`: JPEG 2000; `guard`: decoders
//!   that give up; `pages`: several pictures in a file; [`foreign`]: what is not read, by name
//!
//! Must not know: documents, GPU, models, windows.
//!
//! Rules: EXIF orientation is applied, so all coordinates are those of the upright picture. Samples stay as the file holds them; of more than
//! 8 bits they are stretched linearly for the eye and the network, over all colour bands together, which keeps the hue; the darkest and the
//! brightest thousandth do not count, nor does what is missing or masked out. Palettes are seen in their colours; transparent and empty pixels
//! are laid over white.

mod block;
mod cache;
mod describe;
mod display;
pub mod foreign;
mod guard;
mod jp2;
mod jpeg;
mod mapping;
mod medium;
mod pages;
mod probe;
mod read;
mod sample;
mod samples;
mod scene;
mod still;
mod tiff;
mod view;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use block::Block;
pub use cache::{MediumId, TILE, TileCache};
pub use describe::{Description, Probe, ProbeAnswer, describe};
pub use display::{Appearance, Display, Statistics, Stretch};
pub use guard::guarded;
pub use mapping::Mapping;
pub use medium::{LevelOrigin, Medium, MediumInfo, Plane, Stop};
pub use probe::{PictureInfo, probe};
pub use read::read_picture;
pub use sample::{SampleType, Value};
pub use samples::Samples;
pub use scene::world::{Crs, World};
pub use scene::{AlphaKind, SceneInfo, StackSizes};
pub use tiff::series::MaskPlace;
pub use view::View;

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
    /// Its levels do not fit on the disk.
    #[error("{} is too large for memory, and no disk takes what does not fit: {source}; make room", .path.display())]
    Scratch {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// Its smaller levels were being made, and something was in the way.
    #[error("{source}; its smaller levels cannot be made")]
    Levels {
        /// What was in the way.
        source: Arc<MediaError>,
    },
    /// Nobody waits for it any more.
    #[error("the reading was stopped")]
    Stopped,
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
pub const EXTENSIONS: &[&str] = &[
    "png", "jpg", "jpeg", "jpe", "jfif", "tif", "tiff", "btf", "svs", "bmp", "webp", "gif", "pnm", "ppm", "pgm", "pbm",
    "jp2", "j2k", "jpx", "jpf",
];

/// True if the file's name ends like that of a picture (the content decides when it is opened).
pub fn is_picture(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    extension.is_some_and(|extension| EXTENSIONS.iter().any(|known| extension.eq_ignore_ascii_case(known)))
}

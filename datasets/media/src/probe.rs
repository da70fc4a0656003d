//! Size and orientation of a picture, from its header alone.

use std::io::{BufRead, BufReader, Read, Seek};
use std::path::Path;

use image::{ImageDecoder, ImageError, ImageFormat, ImageReader};
use limn_files::FileError;

use super::{MediaError, SourceInfo, foreign, guarded, jp2, jpeg, scene, tiff};

/// What the header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PictureInfo {
    /// Width after orientation.
    pub width: u32,
    /// Height after orientation.
    pub height: u32,
    /// How the file stores it.
    pub source: SourceInfo,
}

/// Reads the header of a picture: size after EXIF orientation, format, depth. No pixel is decoded.
///
/// # Errors
/// When the file cannot be read, is empty, is no picture or has a damaged header.
pub fn probe(path: &Path) -> Result<PictureInfo, MediaError> {
    let refused = match scene::probed(path) {
        Ok(Some(info)) => return Ok(info),
        Ok(None) => None,
        // Some of what is refused there the usual decoder reads.
        Err(error @ MediaError::Unsupported { .. }) => Some(error),
        Err(error) => return Err(error),
    };
    probe_usual(path).map_err(|error| refused.unwrap_or(error))
}

/// As [`probe`], of what the usual decoders read.
fn probe_usual(path: &Path) -> Result<PictureInfo, MediaError> {
    let (file, facts) = limn_files::open_with_facts(path).map_err(|error| from_files(path, error))?;
    if facts.length == 0 {
        return Err(MediaError::Empty { path: path.to_path_buf() });
    }
    let given_up = || Err(damaged(path, "its decoder gave up on its header"));
    guarded(|| probe_reader(BufReader::new(file), path)).unwrap_or_else(given_up)
}

/// As [`probe`], on any reader; `path` serves the messages.
pub(super) fn probe_reader(mut reader: impl BufRead + Seek, path: &Path) -> Result<PictureInfo, MediaError> {
    if reader.fill_buf().is_ok_and(jp2::is_jp2) {
        let header = jp2::header(&mut reader).map_err(|source| from_io(path, source))?;
        let header = header.ok_or_else(|| damaged(path, "its JPEG 2000 header has no size"))?;
        return Ok(oriented(header.width, header.height, header.source()));
    }
    let format = guess(&mut reader, path)?;
    if format == ImageFormat::Jpeg {
        let header = jpeg::read_header(&mut reader).map_err(|source| from_io(path, source))?;
        let header = header.ok_or_else(|| damaged(path, "its header has no frame"))?;
        let source = SourceInfo {
            format: "jpeg",
            bits: header.bits,
            channels: header.channels,
            orientation: header.orientation,
            palette: false,
            notes: Vec::new(),
        };
        return Ok(oriented(header.width, header.height, source));
    }
    if format == ImageFormat::Tiff {
        let header = tiff::header(reader, path)?;
        let source = SourceInfo {
            format: "tiff",
            bits: header.bits,
            channels: header.channels,
            orientation: header.orientation,
            palette: false,
            notes: Vec::new(),
        };
        return Ok(oriented(header.width, header.height, source));
    }
    let mut palette = format == ImageFormat::Gif;
    let mut png_bits = None;
    if format == ImageFormat::Png {
        let mut start = [0; 26];
        reader.read_exact(&mut start).map_err(|source| from_io(path, source))?;
        // Depth and colour type of IHDR; the decoder only tells what it makes of them.
        (png_bits, palette) = (Some(start[24]), start[25] == 3);
        reader.rewind().map_err(|source| io(path, source))?;
    }
    let mut decoder =
        ImageReader::with_format(reader, format).into_decoder().map_err(|error| from_image(path, error))?;
    let (width, height) = decoder.dimensions();
    let stored = decoder.original_color_type();
    let orientation = decoder.orientation().map_or(1, image::metadata::Orientation::to_exif);
    let channels = stored.channel_count();
    let bits = png_bits.unwrap_or((stored.bits_per_pixel() / u16::from(channels.max(1))).min(255) as u8);
    let channels = if palette { 1 } else { channels };
    let source = SourceInfo { format: name(format), bits, channels, orientation, palette, notes: Vec::new() };
    Ok(oriented(width, height, source))
}

/// The format by the first bytes.
pub(super) fn guess(reader: &mut (impl Read + Seek), path: &Path) -> Result<ImageFormat, MediaError> {
    let mut start = Vec::with_capacity(foreign::HEAD);
    reader.by_ref().take(foreign::HEAD as u64).read_to_end(&mut start).map_err(|source| io(path, source))?;
    reader.rewind().map_err(|source| io(path, source))?;
    if let Some(foreign) = foreign::by_content(&start) {
        let (kind, advice) = (foreign.kind.to_owned(), foreign.advice.to_owned());
        return Err(MediaError::Unsupported { path: path.to_path_buf(), kind, advice });
    }
    if tiff::is_tiff(&start) {
        return Ok(ImageFormat::Tiff);
    }
    let known = image::guess_format(&start).ok().filter(|format| name(*format) != "other");
    known.ok_or_else(|| MediaError::NotAPicture { path: path.to_path_buf() })
}

fn oriented(width: u32, height: u32, source: SourceInfo) -> PictureInfo {
    let (width, height) = if source.orientation >= 5 { (height, width) } else { (width, height) };
    PictureInfo { width, height, source }
}

/// The formats that are read.
fn name(format: ImageFormat) -> &'static str {
    match format {
        ImageFormat::Png => "png",
        ImageFormat::Jpeg => "jpeg",
        ImageFormat::Tiff => "tiff",
        ImageFormat::Bmp => "bmp",
        ImageFormat::WebP => "webp",
        ImageFormat::Gif => "gif",
        ImageFormat::Pnm => "pnm",
        _ => "other",
    }
}

fn io(path: &Path, source: std::io::Error) -> MediaError {
    MediaError::Io { path: path.to_path_buf(), source }
}

/// A file that was not opened: only regular files are.
pub(super) fn from_files(path: &Path, error: FileError) -> MediaError {
    match error {
        FileError::Io { source, .. } | FileError::ReadOnly { source, .. } => io(path, source),
        FileError::NotAFile { what, .. } => io(path, std::io::Error::other(format!("it is {what}, not a file"))),
        FileError::TooLarge { limit, .. } => {
            io(path, std::io::Error::other(format!("it has more than {limit} bytes; cut it into tiles")))
        }
        other => io(path, std::io::Error::other(other.to_string())),
    }
}

pub(super) fn damaged(path: &Path, detail: &str) -> MediaError {
    MediaError::Damaged { path: path.to_path_buf(), detail: detail.to_owned() }
}

/// An early end of the file is a fault of the picture, everything else one of the disk.
pub(super) fn from_io(path: &Path, source: std::io::Error) -> MediaError {
    if source.kind() == std::io::ErrorKind::UnexpectedEof {
        MediaError::Truncated { path: path.to_path_buf() }
    } else {
        io(path, source)
    }
}

/// A decoder's error in our words.
pub(super) fn from_image(path: &Path, error: ImageError) -> MediaError {
    match error {
        ImageError::IoError(source) => from_io(path, source),
        other => {
            let text = other.to_string();
            // Decoders wrap the early end of a file in their own words.
            let cut = ["unexpected end of file", "UnexpectedEof", "failed to fill whole buffer", "Exhausted data"];
            if cut.iter().any(|words| text.contains(words)) {
                return MediaError::Truncated { path: path.to_path_buf() };
            }
            MediaError::Damaged { path: path.to_path_buf(), detail: text.replace('\n', " ") }
        }
    }
}

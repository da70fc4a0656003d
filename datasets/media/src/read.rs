//! Decoding a picture as a whole: into upright samples, and from them into 8-bit RGB.

use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use image::{DynamicImage, ImageFormat, ImageReader};

use super::block::Block;
use super::display::{Appearance, Display, Statistics};
use super::mapping::{Mapping, over_white};
use super::probe::{damaged, from_files, from_image, guess, probe_reader};
use super::samples::Samples;
use super::scene::world::World;
use super::{Limits, MediaError, Picture, SourceInfo, guarded, jp2, jpeg, pages, scene};

/// The largest picture file that is read, in bytes.
const MAX_BYTES: u64 = 4 << 30;

/// Pictures of more pixels than this must have bytes for them.
pub(super) const LARGE_PIXELS: u64 = 1 << 26;

/// More pixels than this no byte of a usual picture stands for: of PNG at most 1,032 grey ones, of JPEG some 90.
pub(super) const PIXELS_PER_BYTE: u64 = 2000;

/// Reads a picture. The header is checked against the limits before memory is taken; a file that ends too early is an
/// error, never a half-grey picture.
///
/// # Errors
/// When the file cannot be read, is empty, no picture, too large, cut off or damaged.
pub fn read_picture(path: &Path, limits: &Limits) -> Result<Picture, MediaError> {
    let refused = match scene::found(path) {
        Ok(Some(found)) if !found.ordinary => return scene::picture(found, limits),
        Ok(_) => None,
        // Some of what is refused there the usual decoder reads.
        Err(error @ MediaError::Unsupported { .. }) => Some(error),
        Err(error) => return Err(error),
    };
    read_samples(path, limits).map(Decoded::picture).map_err(|error| refused.unwrap_or(error))
}

/// A picture as its file holds it, upright.
#[derive(Debug)]
pub(super) struct Decoded {
    /// The samples; transparent pixels of 8 bits are laid over white already.
    pub(super) block: Block,
    /// The last band of the block is opacity.
    pub(super) alpha: bool,
    /// Opacity of a picture of 8 bits, if the file has any.
    pub(super) opacity: Option<Vec<u8>>,
    pub(super) source: SourceInfo,
    /// Where it lies, as the file itself says it.
    pub(super) world: World,
}

impl Decoded {
    /// Eight bits as they are seen by the usual display.
    fn picture(self) -> Picture {
        let (block, alpha) = (self.block, self.alpha);
        let colours = block.bands - usize::from(alpha);
        let display = Display::usual(block.samples.sample_type(), colours);
        let statistics = || Arc::new(Statistics::of(&block, alpha, None));
        let mapping =
            Mapping::new(&display, block.samples.sample_type(), block.bands, alpha, &Appearance::default(), statistics);
        let opacity = self.opacity.or_else(|| mapping.alpha(&block));
        let (width, height) = (block.width, block.height);
        let rgb = match block.samples {
            Samples::U8(rgb) if block.bands == 3 => rgb,
            _ => mapping.rgb(&block),
        };
        Picture { width, height, rgb, alpha: opacity, source: self.source }
    }
}

/// Reads the samples of a picture as a whole; see [`read_picture`].
///
/// # Errors
/// As [`read_picture`].
pub(super) fn read_samples(path: &Path, limits: &Limits) -> Result<Decoded, MediaError> {
    let bytes = limn_files::read_bytes(path, MAX_BYTES).map_err(|error| from_files(path, error))?;
    if bytes.is_empty() {
        return Err(MediaError::Empty { path: path.to_path_buf() });
    }
    let laid = guarded(|| decoded(path, &bytes, limits, samples));
    laid.unwrap_or_else(|| Err(damaged(path, "its decoder gave up on it")))
}

/// The same with the colours of transparent pixels as they are; opacity is the last band.
///
/// # Errors
/// As [`read_picture`].
pub(super) fn read_raw(path: &Path, limits: &Limits) -> Result<Decoded, MediaError> {
    let bytes = limn_files::read_bytes(path, MAX_BYTES).map_err(|error| from_files(path, error))?;
    if bytes.is_empty() {
        return Err(MediaError::Empty { path: path.to_path_buf() });
    }
    let raw = guarded(|| decoded(path, &bytes, limits, raw_samples));
    raw.unwrap_or_else(|| Err(damaged(path, "its decoder gave up on it")))
}

/// What a decoded picture's samples become: a block, whether its last band is opacity, and opacity apart.
type Taken = fn(DynamicImage) -> (Block, bool, Option<Vec<u8>>);

fn decoded(path: &Path, bytes: &[u8], limits: &Limits, samples: Taken) -> Result<Decoded, MediaError> {
    if jp2::is_jp2(bytes) {
        return jp2::decoded(path, bytes, limits);
    }
    let info = probe_reader(Cursor::new(bytes), path)?;
    let (width, height) = (info.width, info.height);
    let too_wide = width > limits.max_side || height > limits.max_side;
    if too_wide || u64::from(width) * u64::from(height) > limits.max_pixels {
        return Err(MediaError::TooLarge { path: path.to_path_buf(), width, height, limits: *limits });
    }
    let pixels = u64::from(width) * u64::from(height);
    if pixels > LARGE_PIXELS && pixels / PIXELS_PER_BYTE > bytes.len() as u64 {
        return Err(MediaError::Hollow { path: path.to_path_buf(), width, height, bytes: bytes.len() as u64 });
    }
    let format = guess(&mut Cursor::new(bytes), path)?;
    let mut source = info.source;
    let (block, alpha, opacity) = match format {
        ImageFormat::Jpeg if !jpeg::is_complete(bytes) => {
            let decoded =
                without_end(bytes, limits).ok_or_else(|| MediaError::Truncated { path: path.to_path_buf() })?;
            source.notes.push("the file has no end mark, but all its pixels are there".to_owned());
            samples(decoded)
        }
        ImageFormat::WebP if !riff_is_complete(bytes) => {
            return Err(MediaError::Truncated { path: path.to_path_buf() });
        }
        // The other decoders notice themselves where something is missing.
        _ => samples(decode(bytes, format, limits).map_err(|error| from_image(path, error))?),
    };
    let pages = pages::count(bytes, format);
    if pages > 1 {
        source.notes.push(format!("the file holds {pages} pictures (frames or pages); this is the first one"));
    }
    let (width, height, turned) = (block.width, block.height, source.orientation);
    let block = block.oriented(turned);
    let opacity = opacity.map(|opacity| {
        let opacity = Block { width, height, bands: 1, samples: Samples::U8(opacity) }.oriented(turned);
        if let Samples::U8(opacity) = opacity.samples { opacity } else { Vec::new() }
    });
    Ok(Decoded { block, alpha, opacity, source, world: World::default() })
}

fn decode(bytes: &[u8], format: ImageFormat, limits: &Limits) -> Result<DynamicImage, image::ImageError> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(decoder_limits(limits));
    reader.decode()
}

/// A JPEG whose end mark is missing, if all pixels are there: then it does not matter what follows them.
fn without_end(bytes: &[u8], limits: &Limits) -> Option<DynamicImage> {
    let followed_by = |filler: u8| {
        let tail = std::iter::repeat_n(filler, 256).chain([0xff, 0xd9]);
        let whole: Vec<u8> = bytes.iter().copied().chain(tail).collect();
        decode(&whole, ImageFormat::Jpeg, limits).ok()
    };
    let ended: Vec<u8> = bytes.iter().copied().chain([0xff, 0xd9]).collect();
    let decoded = decode(&ended, ImageFormat::Jpeg, limits).ok()?;
    let same = |other: DynamicImage| other.as_bytes() == decoded.as_bytes();
    (followed_by(0x00).is_some_and(same) && followed_by(0x6b).is_some_and(same)).then_some(decoded)
}

/// True if the file is as long as its RIFF header says: what is cut off a WebP may be its orientation.
fn riff_is_complete(bytes: &[u8]) -> bool {
    let size = bytes.get(4..8).and_then(|size| size.try_into().ok()).map_or(0, u32::from_le_bytes);
    bytes.len() as u64 >= u64::from(size) + 8
}

/// The decoder's own limits: 16 bytes a pixel cover RGBA of 32-bit floats.
fn decoder_limits(limits: &Limits) -> image::Limits {
    let mut inner = image::Limits::default();
    inner.max_image_width = Some(limits.max_side);
    inner.max_image_height = Some(limits.max_side);
    inner.max_alloc = Some(limits.max_pixels.saturating_mul(16));
    inner
}

/// The samples of a decoded picture, whether the last band is opacity, and for 8 bits the opacity apart.
fn samples(decoded: DynamicImage) -> (Block, bool, Option<Vec<u8>>) {
    let (width, height) = (decoded.width(), decoded.height());
    let block = |bands: usize, samples: Samples| Block { width, height, bands, samples };
    let over_white = |values: &[u8], bands: usize| {
        let (colours, opacity) = split(values, bands);
        (block(bands - 1, Samples::U8(colours)), false, opacity)
    };
    match decoded {
        DynamicImage::ImageRgb8(buffer) => (block(3, Samples::U8(buffer.into_raw())), false, None),
        DynamicImage::ImageLuma8(buffer) => (block(1, Samples::U8(buffer.into_raw())), false, None),
        DynamicImage::ImageLumaA8(buffer) => over_white(&buffer.into_raw(), 2),
        DynamicImage::ImageRgba8(buffer) => over_white(&buffer.into_raw(), 4),
        DynamicImage::ImageLuma16(buffer) => (block(1, Samples::U16(buffer.into_raw())), false, None),
        DynamicImage::ImageLumaA16(buffer) => (block(2, Samples::U16(buffer.into_raw())), true, None),
        DynamicImage::ImageRgb16(buffer) => (block(3, Samples::U16(buffer.into_raw())), false, None),
        DynamicImage::ImageRgba16(buffer) => (block(4, Samples::U16(buffer.into_raw())), true, None),
        DynamicImage::ImageRgb32F(buffer) => (block(3, Samples::F32(buffer.into_raw())), false, None),
        DynamicImage::ImageRgba32F(buffer) => (block(4, Samples::F32(buffer.into_raw())), true, None),
        other => (block(3, Samples::U8(other.to_rgb8().into_raw())), false, None),
    }
}

/// As [`samples`], with nothing laid over anything.
fn raw_samples(decoded: DynamicImage) -> (Block, bool, Option<Vec<u8>>) {
    let (width, height) = (decoded.width(), decoded.height());
    match decoded {
        DynamicImage::ImageLumaA8(buffer) => {
            (Block { width, height, bands: 2, samples: Samples::U8(buffer.into_raw()) }, true, None)
        }
        DynamicImage::ImageRgba8(buffer) => {
            (Block { width, height, bands: 4, samples: Samples::U8(buffer.into_raw()) }, true, None)
        }
        other => samples(other),
    }
}

/// Interleaved colours and opacity, the last of `bands`, to colours over white and opacity. One that is opaque everywhere counts
/// as none.
fn split(samples: &[u8], bands: usize) -> (Vec<u8>, Option<Vec<u8>>) {
    let mut colours = Vec::with_capacity(samples.len() / bands * (bands - 1));
    let mut alpha = Vec::with_capacity(samples.len() / bands);
    for pixel in samples.chunks_exact(bands) {
        let opacity = pixel[bands - 1];
        colours.extend(pixel[..bands - 1].iter().map(|value| over_white(*value, opacity)));
        alpha.push(opacity);
    }
    let transparent = alpha.iter().any(|&opacity| opacity != 255);
    (colours, transparent.then_some(alpha))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jpeg_without_its_end_is_whole_or_cut() {
        let picture = image::RgbImage::from_fn(64, 48, |x, y| image::Rgb([x as u8 * 3, y as u8 * 5, (x * y) as u8]));
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
        let bytes = bytes.into_inner();
        let limits = Limits::default();
        assert!(without_end(&bytes[..bytes.len() - 2], &limits).is_some());
        for cut in [3, 10, 100, bytes.len() / 2] {
            assert!(without_end(&bytes[..bytes.len() - cut], &limits).is_none(), "{cut} bytes are missing");
        }
    }

    #[test]
    fn a_header_without_its_bytes_gets_no_memory() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.bmp");
        let mut bytes = b"BM".to_vec();
        bytes.extend([54u32, 0, 54, 40, 22_000, 22_000, 1 | 24 << 16, 0, 0, 0, 0, 0, 0].map(u32::to_le_bytes).concat());
        std::fs::write(&path, &bytes).unwrap();
        let refused = read_picture(&path, &Limits::default());
        assert!(matches!(refused, Err(MediaError::Hollow { width: 22_000, bytes: 54, .. })), "{refused:?}");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn only_regular_files_are_opened() {
        let device = Path::new("/dev/zero");
        assert!(read_picture(device, &Limits::default()).unwrap_err().to_string().contains("a device"));
        assert!(super::super::probe(device).unwrap_err().to_string().contains("a device"));
    }

    #[test]
    fn transparent_is_white_and_opaque_alpha_is_dropped() {
        assert_eq!(split(&[10, 20, 30, 0, 10, 20, 30, 255], 4), (vec![255, 255, 255, 10, 20, 30], Some(vec![0, 255])));
        assert_eq!(split(&[9, 255], 2), (vec![9], None));
    }
}

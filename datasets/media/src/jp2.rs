//! JPEG 2000 (ITU T.800): its header, its pixels, and where it lies (GeoJP2: a small TIFF in a box).

use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use hayro_jpeg2000::{ColorSpace, DecodeSettings, DecoderContext, Image};

use super::block::Block;
use super::read::Decoded;
use super::samples::Samples;
use super::scene::world::World;
use super::tiff::layout::unsupported;
use super::{Limits, MediaError, SourceInfo, probe, scene};

/// Samples of all bands that are decoded at most: the decoder takes some twelve bytes for each.
const MOST_SAMPLES: u64 = 400_000_000;

/// Boxes that are looked at.
const MOST_BOXES: usize = 1000;

/// The box of a GeoJP2 (its UUID).
const GEO: [u8; 16] = [0xb1, 0x4b, 0xf8, 0xbd, 0x08, 0x3d, 0x4b, 0x43, 0xa5, 0xae, 0x8c, 0xd7, 0xd5, 0xa6, 0xce, 0x03];

/// The largest GeoJP2 box that is read.
const MOST_GEO_BYTES: u64 = 16 << 20;

/// What the header says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) bands: u16,
    pub(super) bits: u8,
    signed: bool,
    /// The small TIFF that says where it lies.
    geo: Option<Vec<u8>>,
}

/// True for the first bytes of a JP2 file or a bare codestream.
pub(super) fn is_jp2(start: &[u8]) -> bool {
    start.starts_with(b"\0\0\0\x0cjP  ") || start.starts_with(b"\xff\x4f\xff\x51")
}

/// Reads the header; `None` if there is no sound one.
pub(super) fn header(reader: &mut (impl Read + Seek)) -> io::Result<Option<Header>> {
    let mut start = [0; 4];
    reader.read_exact(&mut start)?;
    let mut geo = None;
    let mut at = 0;
    if start != [0xff, 0x4f, 0xff, 0x51] {
        let found = codestream(reader, &mut geo)?;
        let Some(found) = found else { return Ok(None) };
        at = found;
    }
    reader.seek(SeekFrom::Start(at))?;
    // SOC, then SIZ with its length, capabilities and eight sides.
    let mut head = [0; 43];
    reader.read_exact(&mut head)?;
    if head[..4] != [0xff, 0x4f, 0xff, 0x51] {
        return Ok(None);
    }
    let side = |index: usize| u32::from_be_bytes([0, 1, 2, 3].map(|byte| head[8 + 4 * index + byte]));
    let (Some(width), Some(height)) = (side(0).checked_sub(side(2)), side(1).checked_sub(side(3))) else {
        return Ok(None);
    };
    let (bands, depth) = (u16::from_be_bytes([head[40], head[41]]), head[42]);
    Ok(Some(Header { width, height, bands, bits: (depth & 0x7f) + 1, signed: depth & 0x80 != 0, geo }))
}

/// Where the codestream of a JP2 file begins; a GeoJP2 box on the way is kept.
fn codestream(reader: &mut (impl Read + Seek), geo: &mut Option<Vec<u8>>) -> io::Result<Option<u64>> {
    let mut at = 0u64;
    for _ in 0..MOST_BOXES {
        reader.seek(SeekFrom::Start(at))?;
        let mut head = [0; 16];
        reader.read_exact(&mut head[..8])?;
        let mut length = u64::from(u32::from_be_bytes([head[0], head[1], head[2], head[3]]));
        let mut begins = 8;
        if length == 1 {
            reader.read_exact(&mut head[8..])?;
            length = head[8..].iter().fold(0, |length, byte| length << 8 | u64::from(*byte));
            begins = 16;
        }
        if &head[4..8] == b"jp2c" {
            return Ok(Some(at + begins));
        }
        if length < begins {
            return Ok(None);
        }
        if &head[4..8] == b"uuid" && length >= begins + 16 {
            let mut uuid = [0; 16];
            reader.read_exact(&mut uuid)?;
            let bytes = length - begins - 16;
            if uuid == GEO && bytes <= MOST_GEO_BYTES {
                let mut held = Vec::new();
                reader.by_ref().take(bytes).read_to_end(&mut held)?;
                *geo = Some(held);
            }
        }
        let Some(next) = at.checked_add(length) else { return Ok(None) };
        at = next;
    }
    Ok(None)
}

impl Header {
    pub(super) fn source(&self) -> SourceInfo {
        SourceInfo {
            format: "jp2",
            bits: self.bits,
            channels: u8::try_from(self.bands).unwrap_or(u8::MAX),
            orientation: 1,
            palette: false,
            notes: Vec::new(),
        }
    }
}

/// Decodes a picture as a whole.
///
/// # Errors
/// What is damaged, too large or of a kind that is not read.
pub(super) fn decoded(path: &Path, bytes: &[u8], limits: &Limits) -> Result<Decoded, MediaError> {
    let header = header(&mut io::Cursor::new(bytes)).map_err(|source| probe::from_io(path, source))?;
    let header = header.ok_or_else(|| probe::damaged(path, "its JPEG 2000 header has no size"))?;
    let (width, height) = (header.width, header.height);
    let pixels = u64::from(width) * u64::from(height);
    let samples = pixels * u64::from(header.bands.max(1));
    if width > limits.max_side || height > limits.max_side || pixels > limits.max_pixels {
        return Err(MediaError::TooLarge { path: path.to_path_buf(), width, height, limits: *limits });
    }
    if samples > MOST_SAMPLES {
        return Err(MediaError::Unsupported {
            path: path.to_path_buf(),
            kind: format!("a JPEG 2000 picture of {width} x {height} pixels and {} bands", header.bands),
            advice: "convert it to a TIFF in tiles (for example: gdal_translate -of COG in.jp2 out.tif)".to_owned(),
        });
    }
    // A byte stands for no more than this many samples, but in pictures of one value.
    if samples > 1 << 26 && samples / 20_000 > bytes.len() as u64 {
        return Err(MediaError::Hollow { path: path.to_path_buf(), width, height, bytes: bytes.len() as u64 });
    }
    if header.signed || header.bits > 16 {
        let kind = if header.signed { "signed samples" } else { "samples" };
        return Err(unsupported(path, &format!("a JPEG 2000 picture with {kind} of {} bits", header.bits)));
    }
    let fault =
        |error: &dyn std::fmt::Display| probe::damaged(path, &format!("its JPEG 2000 data are damaged: {error}"));
    let settings = DecodeSettings { strict: true, ..DecodeSettings::default() };
    let image = Image::new(bytes, &settings).map_err(|error| fault(&error))?;
    if matches!(image.color_space(), ColorSpace::CMYK) {
        return Err(unsupported(path, "a JPEG 2000 picture of printing colours (CMYK)"));
    }
    let alpha = image.has_alpha();
    let mut context = DecoderContext::default();
    let picture = image.decode(&mut context).map_err(|error| fault(&error))?;
    let bands = picture.components();
    let count = width as usize * height as usize;
    if bands.is_empty() || bands.iter().any(|band| band.samples().len() != count || band.bit_depth() > 16) {
        return Err(unsupported(path, "a JPEG 2000 picture whose bands differ in size or depth"));
    }
    // Bands of 8 bits and less are bytes.
    let small = bands.iter().all(|band| band.bit_depth() <= 8);
    let each = (0..count).flat_map(|at| bands.iter().map(move |band| band.samples()[at].round().max(0.0)));
    let samples = if small {
        Samples::U8(each.map(|value| value as u8).collect())
    } else {
        Samples::U16(each.map(|value| value as u16).collect())
    };
    let block = Block { width, height, bands: bands.len(), samples };
    let world = header.geo.as_deref().map_or_else(World::default, |bytes| scene::world_of_bytes(path, bytes));
    let source = header.source();
    Ok(Decoded { alpha: alpha && bands.len() > 1, block, opacity: None, source, world })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A JP2 in outline: signature, a box, GeoJP2, and a codestream of which only SIZ is there.
    fn outline(geo: &[u8]) -> Vec<u8> {
        let mut bytes = b"\0\0\0\x0cjP  \r\n\x87\n\0\0\0\x08free".to_vec();
        bytes.extend((24 + geo.len() as u32).to_be_bytes());
        bytes.extend([b"uuid", &GEO[..], geo].concat());
        bytes.extend(b"\0\0\0\0jp2c\xff\x4f\xff\x51\0\x29\0\0");
        bytes.extend([300u32, 200, 100, 0, 64, 64, 0, 0].map(u32::to_be_bytes).concat());
        bytes.extend([0, 1, 15, 1, 1]);
        bytes
    }

    #[test]
    fn the_header_is_found_behind_boxes() {
        let bytes = outline(b"II*\0");
        assert!(is_jp2(&bytes));
        let found = header(&mut io::Cursor::new(&bytes)).unwrap().unwrap();
        let geo = Some(b"II*\0".to_vec());
        assert_eq!(found, Header { width: 200, height: 200, bands: 1, bits: 16, signed: false, geo });
        for end in 0..bytes.len() - 2 {
            assert!(!matches!(header(&mut io::Cursor::new(&bytes[..end])), Ok(Some(_))), "cut at {end}");
        }
        let error = decoded(Path::new("a.jp2"), &bytes, &Limits::default()).unwrap_err().to_string();
        assert!(error.contains("a.jp2") && error.contains("JPEG 2000"), "{error}");
    }
}

//! PNG files whose pixels are indices: written with the VOC palette or as plain grey, read without losing the index.

use std::io::{self, BufReader, Write};
use std::path::Path;

use png::{BitDepth, ColorType, Compression, Decoder, Encoder, EncodingError, Transformations};

use crate::media::guarded;
use crate::raster::rle::MAX_SIDE;

/// Most pixels of an index picture.
pub(super) const MAX_PIXELS: u64 = 500_000_000;

/// A picture of indices, row-major.
#[derive(Debug)]
pub(super) struct IndexPicture {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) values: Vec<u8>,
}

/// Writes 8-bit values: with a palette (mode P) or as grey.
pub(super) fn write(
    writer: &mut impl Write,
    width: u32,
    height: u32,
    values: &[u8],
    palette: Option<Vec<u8>>,
) -> io::Result<()> {
    let color = if palette.is_some() { ColorType::Indexed } else { ColorType::Grayscale };
    encode(writer, width, height, values, color, palette)
}

/// Writes 8-bit pixels of any other colour type: RGB, RGBA.
pub(super) fn write_color(
    writer: &mut impl Write,
    width: u32,
    height: u32,
    pixels: &[u8],
    color: ColorType,
) -> io::Result<()> {
    encode(writer, width, height, pixels, color, None)
}

fn encode(
    writer: &mut impl Write,
    width: u32,
    height: u32,
    values: &[u8],
    color: ColorType,
    palette: Option<Vec<u8>>,
) -> io::Result<()> {
    encode_as(writer, width, height, values, color, BitDepth::Eight, palette)
}

fn encode_as(
    writer: &mut impl Write,
    width: u32,
    height: u32,
    values: &[u8],
    color: ColorType,
    depth: BitDepth,
    palette: Option<Vec<u8>>,
) -> io::Result<()> {
    let encode = || {
        let mut encoder = Encoder::new(writer, width, height);
        encoder.set_depth(depth);
        // Masks are long runs: the fast level is nearly as small as the best one.
        encoder.set_compression(Compression::Fast);
        encoder.set_color(color);
        if let Some(palette) = palette {
            encoder.set_palette(palette);
        }
        let mut png = encoder.write_header()?;
        png.write_image_data(values)?;
        png.finish()
    };
    encode().map_err(|error| match error {
        EncodingError::IoError(error) => error,
        other => io::Error::other(other.to_string()),
    })
}

/// Writes 16-bit grey values.
pub(super) fn write_wide(writer: &mut impl Write, width: u32, height: u32, values: &[u16]) -> io::Result<()> {
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_be_bytes()).collect();
    encode_as(writer, width, height, &bytes, ColorType::Grayscale, BitDepth::Sixteen, None)
}

/// A mask picture as PNG bytes: 8-bit grey, 255 where `object` (row-major, width x height) is not zero, else 0.
///
/// # Errors
/// If `object` has another length than the picture, or nothing can be allocated.
pub fn mask_png(width: u32, height: u32, object: &[u8]) -> io::Result<Vec<u8>> {
    let values: Vec<u8> = object.iter().map(|&value| if value == 0 { 0 } else { 255 }).collect();
    let mut bytes = Vec::new();
    write(&mut bytes, width, height, &values, None)?;
    Ok(bytes)
}

/// The pixels of a file as it holds them.
pub(super) enum Stored {
    /// Palette indices or greys of at most 8 bits (fewer bits are spread to 0..=255).
    Indices(Vec<u8>),
    /// Greys of 16 bits.
    Wide(Vec<u16>),
    GreyAlpha(Vec<[u8; 2]>),
    Rgb(Vec<[u8; 3]>),
    Rgba(Vec<[u8; 4]>),
}

/// Reads width, height and pixels. The header is checked before memory is taken.
///
/// # Errors
/// One line that says what is wrong.
pub(super) fn read_stored(source: impl io::BufRead + io::Seek) -> Result<(u32, u32, Stored), String> {
    let Pixels { width, height, mut raw, row, color, depth } = pixels(source)?;
    raw.truncate(row * height as usize);
    let stored = match (color, depth) {
        (ColorType::Grayscale, BitDepth::Sixteen) => {
            Stored::Wide(raw.as_chunks().0.iter().map(|pair| u16::from_be_bytes(*pair)).collect())
        }
        (ColorType::GrayscaleAlpha, BitDepth::Eight) => Stored::GreyAlpha(raw.as_chunks().0.to_vec()),
        (ColorType::Rgb, BitDepth::Eight) => Stored::Rgb(raw.as_chunks().0.to_vec()),
        (ColorType::Rgba, BitDepth::Eight) => Stored::Rgba(raw.as_chunks().0.to_vec()),
        _ => Stored::Indices(indices(Pixels { width, height, raw, row, color, depth })?.values),
    };
    Ok((width, height, stored))
}

/// Reads a palette or grey picture from memory.
///
/// # Errors
/// One line that says what is wrong.
pub(super) fn read_bytes(bytes: &[u8]) -> Result<IndexPicture, String> {
    indices(guarded_pixels(io::Cursor::new(bytes))?)
}

/// An 8-bit RGB or RGBA picture, row-major.
pub(super) struct ColorPicture {
    pub(super) width: u32,
    pub(super) height: u32,
    /// Channels: 3 or 4.
    pub(super) channels: usize,
    pub(super) pixels: Vec<u8>,
}

/// Reads an RGB or RGBA picture with its bytes as they are.
///
/// # Errors
/// One line that says what is wrong.
pub(super) fn read_color(path: &Path) -> Result<ColorPicture, String> {
    let file = limn_files::open(path).map_err(|error| error.to_string())?;
    let Pixels { width, height, mut raw, row, color, depth } = guarded_pixels(BufReader::new(file))?;
    let channels = match (color, depth) {
        (ColorType::Rgb, BitDepth::Eight) => 3,
        (ColorType::Rgba, BitDepth::Eight) => 4,
        _ => return Err(format!("it is {color:?} with {depth:?} bits, not an 8-bit colour picture")),
    };
    raw.truncate(row * height as usize);
    Ok(ColorPicture { width, height, channels, pixels: raw })
}

/// A decoded frame as the file holds it.
struct Pixels {
    width: u32,
    height: u32,
    raw: Vec<u8>,
    /// Bytes of a row.
    row: usize,
    color: ColorType,
    depth: BitDepth,
}

/// [`pixels`], where a fault of the decoder is one of the file.
fn guarded_pixels(source: impl io::BufRead + io::Seek) -> Result<Pixels, String> {
    guarded(|| pixels(source)).unwrap_or_else(|| Err("it is damaged, and its decoder gave up on it".to_owned()))
}

fn pixels(source: impl io::BufRead + io::Seek) -> Result<Pixels, String> {
    let mut decoder = Decoder::new(source);
    decoder.set_transformations(Transformations::IDENTITY);
    let (width, height) = decoder.read_header_info().map_err(|error| error.to_string())?.size();
    if width > MAX_SIDE || height > MAX_SIDE || u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(format!("it claims {width}x{height} pixels, more than can be read"));
    }
    let mut reader = decoder.read_info().map_err(|error| error.to_string())?;
    let size = reader.output_buffer_size().ok_or("its size does not fit into memory")?;
    let mut raw = vec![0; size];
    let frame = reader.next_frame(&mut raw).map_err(|error| error.to_string())?;
    Ok(Pixels { width, height, raw, row: frame.line_size, color: frame.color_type, depth: frame.bit_depth })
}

fn indices(Pixels { width, height, mut raw, row, color, depth }: Pixels) -> Result<IndexPicture, String> {
    let plain = matches!(color, ColorType::Indexed | ColorType::Grayscale);
    match depth {
        BitDepth::Eight if plain => raw.truncate(row * height as usize),
        BitDepth::One | BitDepth::Two | BitDepth::Four if plain => {
            let bits = depth as u8;
            // Grey of few bits means black to white, a palette index means itself.
            let scale = if color == ColorType::Grayscale { 255 / ((1u16 << bits) - 1) as u8 } else { 1 };
            let rows = raw.chunks_exact(row.max(1)).take(height as usize);
            raw = rows.flat_map(|row| unpack(row, width as usize, bits)).map(|value| value * scale).collect();
        }
        _ => return Err(format!("it is {color:?} with {depth:?} bits, not a palette or 8-bit picture")),
    }
    Ok(IndexPicture { width, height, values: raw })
}

/// The first `count` values of a row that holds several to a byte, the highest bits first.
fn unpack(row: &[u8], count: usize, bits: u8) -> impl Iterator<Item = u8> {
    let per_byte = usize::from(8 / bits);
    let mask = ((1u16 << bits) - 1) as u8;
    (0..count).map(move |x| row[x / per_byte] >> (8 - bits as usize * (x % per_byte + 1)) & mask)
}

#[cfg(test)]
mod tests {
    use super::super::palette::voc_palette;
    use super::*;

    fn read(bytes: &[u8]) -> Result<(u32, u32, Vec<u16>), String> {
        let (width, height, stored) = read_stored(io::Cursor::new(bytes))?;
        Ok(match stored {
            Stored::Indices(values) => (width, height, values.into_iter().map(u16::from).collect()),
            Stored::Wide(values) => (width, height, values),
            _ => panic!("colours"),
        })
    }

    #[test]
    fn indices_survive_palette_and_grey() {
        let values: Vec<u8> = (0..=255).chain([0; 14]).collect();
        for palette in [None, Some(voc_palette())] {
            let mut bytes = Vec::new();
            write(&mut bytes, 27, 10, &values, palette).unwrap();
            assert_eq!(read(&bytes).unwrap(), (27, 10, values.iter().map(|v| u16::from(*v)).collect()));
        }
        let wide: Vec<u16> = (0..270).map(|value| value * 200).collect();
        let mut bytes = Vec::new();
        write_wide(&mut bytes, 27, 10, &wide).unwrap();
        assert_eq!(read(&bytes).unwrap(), (27, 10, wide));
    }

    #[test]
    fn few_bits_are_unpacked() {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, 5, 1);
        encoder.set_depth(BitDepth::Two);
        encoder.set_color(ColorType::Indexed);
        encoder.set_palette(vec![0; 12]);
        encoder.write_header().unwrap().write_image_data(&[0b00_01_10_11, 0b10_00_00_00]).unwrap();
        assert_eq!(read(&bytes).unwrap().2, [0, 1, 2, 3, 2]);
    }

    #[test]
    fn a_boasting_header_is_refused() {
        let mut bytes = Vec::new();
        write(&mut bytes, 1, 1, &[0], None).unwrap();
        bytes[16..24].copy_from_slice(&[0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0]);
        let crc = crc32(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&crc.to_be_bytes());
        assert!(read(&bytes).unwrap_err().contains("100000x100000"));
    }

    fn crc32(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0u32, |crc, &byte| {
            (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
        })
    }
}

//! TIFFs beyond 8- and 16-bit grey and RGB: signed and floating samples, palettes, few bits; what comes out wrong or is no
//! picture is refused by name.

use std::io::{BufRead, Seek};
use std::path::Path;

use tiff::ColorType;
use tiff::decoder::{Decoder, DecodingResult, Limits as TiffLimits};
use tiff::tags::{PhotometricInterpretation, Tag};

use super::super::samples::Samples;
use super::super::{Limits, MediaError};

/// Most directories that are counted.
const MAX_PAGES: usize = 10_000;

/// What the header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Header {
    pub(in super::super) width: u32,
    pub(in super::super) height: u32,
    pub(in super::super) bits: u8,
    pub(in super::super) channels: u8,
    pub(in super::super) orientation: u8,
    pub(in super::super) palette: bool,
    /// Read here; else the usual decoder reads it.
    pub(in super::super) own: bool,
}

/// True for the first four bytes of a TIFF or a BigTIFF.
pub(in super::super) fn is_tiff(start: &[u8]) -> bool {
    matches!(start.first_chunk(), Some(b"II*\0" | b"MM\0*" | b"II+\0" | b"MM\0+"))
}

/// Reads the header.
///
/// # Errors
/// A damaged header, or a kind of TIFF that is refused.
pub(in super::super) fn header(mut reader: impl BufRead + Seek, path: &Path) -> Result<Header, MediaError> {
    let start = reader.fill_buf().ok();
    let big = start.and_then(|start| start.get(..4)).is_some_and(|start| start.contains(&b'+'));
    let name = if big { "BigTIFF" } else { "TIFF" };
    // A fault here is one of the file, not of a part of its pixels: its kind is named.
    let fault = |path: &Path, error: &tiff::TiffError| match fault(path, error) {
        MediaError::Damaged { path, detail } => {
            let detail = format!(
                "it is a {name} with a damaged header ({detail}); save it again, or convert it \
                (for example: gdal_translate in.tif out.tif)"
            );
            MediaError::Damaged { path, detail }
        }
        other => other,
    };
    let mut decoder = Decoder::new(reader).map_err(|error| fault(path, &error))?;
    let (width, height) = decoder.dimensions().map_err(|error| fault(path, &error))?;
    let number = |decoder: &mut Decoder<_>, tag| decoder.find_tag_unsigned::<u16>(tag).ok().flatten();
    let orientation = number(&mut decoder, Tag::Orientation).filter(|value| (1..=8).contains(value)).unwrap_or(1) as u8;
    let formats = decoder.find_tag_unsigned_vec::<u16>(Tag::SampleFormat).ok().flatten().unwrap_or_default();
    let plain = formats.iter().all(|format| matches!(format, 1 | 4));
    let samples = number(&mut decoder, Tag::SamplesPerPixel).unwrap_or(1);
    let chunky = number(&mut decoder, Tag::PlanarConfiguration).unwrap_or(1) == 1;
    let predictor = number(&mut decoder, Tag::Predictor).unwrap_or(1);
    let tiled = decoder.find_tag(Tag::TileWidth).ok().flatten().is_some();
    let refused = |what: String| MediaError::Unsupported {
        path: path.to_path_buf(),
        kind: what,
        advice: "save the bands that you want to see as an RGB or grey TIFF or PNG of 8 or 16 bits \
            (for example: gdal_translate -b 1 -b 2 -b 3 in.tif out.tif)"
            .to_owned(),
    };
    let color = decoder.colortype().map_err(|error| match error {
        tiff::TiffError::UnsupportedError(_) => refused(format!("a TIFF of {samples} bands in an unusual arrangement")),
        error => fault(path, &error),
    })?;
    let (bits, channels, own) = match color {
        ColorType::Gray(bits) => (bits, 1, !(plain && matches!(bits, 1 | 8 | 16))),
        ColorType::Palette(bits) if bits <= 8 => (bits, 1, true),
        ColorType::RGB(bits) if samples > 3 && chunky && (predictor != 1 || tiled) => {
            // The decoder leaves the further bands out at the wrong places.
            return Err(refused(format!(
                "a TIFF of {samples} bands with {bits} bits (RGB and more, as near infrared)"
            )));
        }
        ColorType::RGB(bits) => {
            (bits, 3, !(plain && matches!(bits, 8 | 16 | 32)) || (bits == 32 && !formats.contains(&3)))
        }
        ColorType::GrayA(bits) if plain && matches!(bits, 8 | 16) => (bits, 2, false),
        ColorType::RGBA(bits) if plain && matches!(bits, 8 | 16) => (bits, 4, false),
        ColorType::RGBA(32) if formats.iter().all(|format| *format == 3) => (32, 4, false),
        ColorType::CMYK(bits) if plain && matches!(bits, 8 | 16) => (bits, 4, false),
        ColorType::Multiband { num_samples, bit_depth } => {
            return Err(refused(format!("a TIFF of {num_samples} bands with {bit_depth} bits")));
        }
        other => return Err(refused(format!("a TIFF with pixels of the kind {other:?}"))),
    };
    let own = own || (channels == 3 && formats.contains(&3));
    Ok(Header { width, height, bits, channels, orientation, palette: matches!(color, ColorType::Palette(_)), own })
}

/// The pixels of a TIFF that is read here: interleaved grey (1) or RGB (3), as they are stored; palettes as RGB and few bits
/// spread over 8.
///
/// # Errors
/// What the decoder reports.
pub(in super::super) fn pixels(
    reader: impl BufRead + Seek,
    path: &Path,
    limits: &Limits,
) -> Result<(Samples, usize), MediaError> {
    let mut inner = TiffLimits::default();
    let bytes = usize::try_from(limits.max_pixels.saturating_mul(24)).unwrap_or(usize::MAX);
    (inner.decoding_buffer_size, inner.intermediate_buffer_size) = (bytes, bytes);
    let mut decoder = Decoder::new(reader).map_err(|error| fault(path, &error))?.with_limits(inner);
    let color = decoder.colortype().map_err(|error| fault(path, &error))?;
    let (width, height) = decoder.dimensions().map_err(|error| fault(path, &error))?;
    let inverted = decoder.find_tag_unsigned::<u16>(Tag::PhotometricInterpretation).ok().flatten()
        == Some(PhotometricInterpretation::WhiteIsZero.to_u16());
    let palette = match color {
        ColorType::Palette(_) => decoder.get_tag_u16_vec(Tag::ColorMap).map_err(|error| fault(path, &error))?,
        _ => Vec::new(),
    };
    let samples = decoder.read_image().map_err(|error| fault(path, &error))?;
    let channels = if matches!(color, ColorType::RGB(_)) { 3 } else { 1 };
    let (bits, count) = (color.bit_depth(), width as usize * height as usize * channels);
    let small = bits < 8;
    let bytes = match samples {
        DecodingResult::U8(values) if small => unpacked(&values, width as usize * channels, height as usize, bits),
        DecodingResult::U8(values) => values,
        DecodingResult::U16(values) => return Ok((Samples::U16(values), channels)),
        DecodingResult::I16(values) => return Ok((Samples::I16(values), channels)),
        other => return Ok((Samples::F32(floats(other)), channels)),
    };
    if bytes.len() < count {
        return Err(MediaError::Truncated { path: path.to_path_buf() });
    }
    if !palette.is_empty() {
        let colors = palette.len() / 3;
        let channel =
            |index: u8, of: usize| palette.get(of * colors + usize::from(index)).map_or(0, |v| (v >> 8) as u8);
        let rgb = bytes[..count].iter().flat_map(|&index| [channel(index, 0), channel(index, 1), channel(index, 2)]);
        return Ok((Samples::U8(rgb.collect()), 3));
    }
    // Few bits are spread over the whole range.
    let largest = if small { (1u16 << bits) - 1 } else { 255 };
    let spread = |value: u8| ((u16::from(value) * 255 + largest / 2) / largest) as u8;
    let grey = |value: u8| if inverted && small { 255 - spread(value) } else { spread(value) };
    Ok((Samples::U8(bytes[..count].iter().map(|&value| grey(value)).collect()), channels))
}

/// Samples of several bits to a byte, row by row, as one byte each; unchanged if the decoder has unpacked them.
fn unpacked(values: &[u8], row: usize, rows: usize, bits: u8) -> Vec<u8> {
    if values.len() >= row * rows {
        return values[..row * rows].to_vec();
    }
    let stride = (row * usize::from(bits)).div_ceil(8);
    let per_byte = usize::from(8 / bits.max(1));
    let mask = ((1u16 << bits) - 1) as u8;
    let sample = |line: &[u8], x: usize| line[x / per_byte] >> (8 - usize::from(bits) * (x % per_byte + 1)) & mask;
    values
        .chunks_exact(stride.max(1))
        .take(rows)
        .flat_map(|line| (0..row).map(|x| sample(line, x)).collect::<Vec<_>>())
        .collect()
}

fn floats(samples: DecodingResult) -> Vec<f32> {
    match samples {
        DecodingResult::U8(values) => values.into_iter().map(f32::from).collect(),
        DecodingResult::U16(values) => values.into_iter().map(f32::from).collect(),
        DecodingResult::U32(values) => values.into_iter().map(|value| value as f32).collect(),
        DecodingResult::U64(values) => values.into_iter().map(|value| value as f32).collect(),
        DecodingResult::I8(values) => values.into_iter().map(f32::from).collect(),
        DecodingResult::I16(values) => values.into_iter().map(f32::from).collect(),
        DecodingResult::I32(values) => values.into_iter().map(|value| value as f32).collect(),
        DecodingResult::I64(values) => values.into_iter().map(|value| value as f32).collect(),
        DecodingResult::F16(values) => values.into_iter().map(f32::from).collect(),
        DecodingResult::F32(values) => values,
        DecodingResult::F64(values) => values.into_iter().map(|value| value as f32).collect(),
    }
}

/// How many pictures the file holds.
pub(in super::super) fn pages(reader: impl BufRead + Seek) -> usize {
    let Ok(mut decoder) = Decoder::new(reader) else { return 1 };
    let mut pages = 1;
    while pages < MAX_PAGES && decoder.more_images() && decoder.next_image().is_ok() {
        // Small copies of the same picture and its masks are no pages.
        let kind = decoder.find_tag_unsigned::<u32>(Tag::NewSubfileType).ok().flatten().unwrap_or(0);
        pages += usize::from(kind & 0b101 == 0);
    }
    pages
}

pub(in super::super) fn fault(path: &Path, error: &tiff::TiffError) -> MediaError {
    match error {
        tiff::TiffError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            MediaError::Truncated { path: path.to_path_buf() }
        }
        other => MediaError::Damaged { path: path.to_path_buf(), detail: other.to_string().replace('\n', " ") },
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use tiff::encoder::{TiffEncoder, colortype};

    use super::*;

    fn read(bytes: &[u8]) -> (Samples, usize) {
        let path = Path::new("x.tif");
        let header = header(Cursor::new(bytes), path).unwrap();
        assert!(header.own, "{header:?}");
        pixels(Cursor::new(bytes), path, &Limits::default()).unwrap()
    }

    fn written<C: colortype::ColorType>(values: &[C::Inner]) -> Vec<u8>
    where
        [C::Inner]: tiff::encoder::TiffValue,
    {
        let mut file = Cursor::new(Vec::new());
        TiffEncoder::new(&mut file).unwrap().write_image::<C>(3, 1, values).unwrap();
        file.into_inner()
    }

    #[test]
    fn signed_and_floating_samples_stay_what_they_are() {
        assert_eq!(read(&written::<colortype::GrayI16>(&[-1000, 0, 1000])), (Samples::I16(vec![-1000, 0, 1000]), 1));
        assert_eq!(
            read(&written::<colortype::Gray32Float>(&[-0.5, 0.0, 0.5])),
            (Samples::F32(vec![-0.5, 0.0, 0.5]), 1)
        );
        assert_eq!(read(&written::<colortype::Gray32>(&[0, 50_000, 7])), (Samples::F32(vec![0.0, 50_000.0, 7.0]), 1));
        assert_eq!(read(&written::<colortype::Gray64Float>(&[1.0, 2.0, 3.0])), (Samples::F32(vec![1.0, 2.0, 3.0]), 1));
    }

    #[test]
    fn usual_kinds_are_left_to_the_usual_decoder() {
        let bytes = written::<colortype::Gray16>(&[1, 2, 3]);
        let header = header(Cursor::new(&bytes), Path::new("x.tif")).unwrap();
        assert_eq!((header.own, header.bits, header.width, pages(Cursor::new(&bytes))), (false, 16, 3, 1));
    }

    #[test]
    fn a_damaged_header_names_the_kind_of_file_and_what_to_do() {
        for (start, name) in [(b"II+\0\x08\0\0\0\x10\0\0\0", "a BigTIFF"), (b"II*\0\x08\0\0\0\0\0\0\0", "a TIFF")] {
            let mut bytes = start.to_vec();
            bytes.resize(116, 0);
            let error = header(Cursor::new(&bytes), Path::new("x.tif")).unwrap_err().to_string();
            assert!(error.contains(name) && error.contains("convert"), "{error}");
        }
    }

    #[test]
    fn few_bits_are_unpacked() {
        assert_eq!(unpacked(&[0b0001_1011, 0b1100_0000], 5, 1, 2), [0, 1, 2, 3, 3]);
        assert_eq!(unpacked(&[0xab, 0xc0], 3, 1, 4), [10, 11, 12]);
    }
}

//! TIFFs that the usual decoder reads as a whole: grey and RGB of 8 and 16 bits, and some kinds that are not read part by part (printing
//! colours, fax). What it reads wrong is refused by name.

use std::io::{BufRead, Seek};
use std::path::Path;

use tiff::ColorType;
use tiff::decoder::Decoder;
use tiff::tags::Tag;

use super::super::MediaError;
use super::directory::damaged_header;
use super::layout::unsupported;

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
    // A fault here is one of the file, not of a part of its pixels: its kind is named.
    let fault = |path: &Path, error: &tiff::TiffError| match fault(path, error) {
        MediaError::Damaged { path, detail } => damaged_header(&path, big, &detail),
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
    let refused = |what: String| unsupported(path, &what);
    let color = decoder.colortype().map_err(|error| match error {
        tiff::TiffError::UnsupportedError(_) => refused(format!("a TIFF of {samples} bands in an unusual arrangement")),
        error => fault(path, &error),
    })?;
    let (bits, channels) = match color {
        ColorType::Gray(bits) if plain && matches!(bits, 1 | 8 | 16) => (bits, 1),
        ColorType::RGB(bits) if samples > 3 && chunky && (predictor != 1 || tiled) => {
            // The decoder leaves the further bands out at the wrong places.
            return Err(refused(format!(
                "a TIFF of {samples} bands with {bits} bits (RGB and more, as near infrared)"
            )));
        }
        ColorType::RGB(bits) if plain && matches!(bits, 8 | 16) => (bits, 3),
        ColorType::GrayA(bits) if plain && matches!(bits, 8 | 16) => (bits, 2),
        ColorType::RGBA(bits) | ColorType::CMYK(bits) if plain && matches!(bits, 8 | 16) => (bits, 4),
        ColorType::Multiband { num_samples, bit_depth } => {
            return Err(refused(format!("a TIFF of {num_samples} bands with {bit_depth} bits")));
        }
        other => return Err(refused(format!("a TIFF with pixels of the kind {other:?}"))),
    };
    Ok(Header { width, height, bits, channels, orientation })
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

    fn written<C: colortype::ColorType>(values: &[C::Inner]) -> Vec<u8>
    where
        [C::Inner]: tiff::encoder::TiffValue,
    {
        let mut file = Cursor::new(Vec::new());
        TiffEncoder::new(&mut file).unwrap().write_image::<C>(3, 1, values).unwrap();
        file.into_inner()
    }

    #[test]
    fn usual_kinds_have_a_header() {
        let bytes = written::<colortype::Gray16>(&[1, 2, 3]);
        let header = header(Cursor::new(&bytes), Path::new("x.tif")).unwrap();
        assert_eq!((header.bits, header.width, pages(Cursor::new(&bytes))), (16, 3, 1));
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
}

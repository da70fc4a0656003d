//! What a directory says of its pixels: size, samples, and where the tiles or strips lie. What is not read is refused by name.

use std::path::Path;

use limn_raster::MAX_SIDE;

use super::super::sample::SampleType;
use super::super::{Limits, MediaError};
use super::directory::{Directory, Order, damaged_header};
use super::tags;

/// A tile or strip of more bytes is not decoded: it is taken into memory as a whole.
pub(crate) const MOST_CHUNK_BYTES: u64 = 256 << 20;

/// Strips that are not compressed are read in pieces of about so many bytes.
const PIECE_BYTES: u64 = 4 << 20;

/// Most samples of a pixel.
const MOST_BANDS: u64 = 4096;

/// Pictures of more pixels are not opened: a mask that is to be corrected takes a byte a pixel.
pub(crate) const MOST_PIXELS: u64 = 1 << 31;

/// How tiles and strips are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    Lzw,
    Deflate,
    PackBits,
    Jpeg,
    Zstandard,
    WebP,
}

/// What the bits of a sample mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Unsigned,
    Signed,
    Float,
}

/// What the first bands mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Photometric {
    WhiteIsZero,
    BlackIsZero,
    Rgb,
    Palette,
    Mask,
    /// Of JPEG alone: it is decoded into RGB.
    YCbCr,
}

/// What the opacity band means for the colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alpha {
    /// The colours are multiplied with it.
    Associated,
    /// The colours are as if it were opaque.
    Unassociated,
}

/// The layout of one directory's pixels.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) size: [u32; 2],
    pub(crate) bands: usize,
    pub(crate) bits: u8,
    pub(crate) format: Format,
    pub(crate) photometric: Photometric,
    /// What the last band is, if it is opacity.
    pub(crate) alpha: Option<Alpha>,
    pub(crate) compression: Compression,
    pub(crate) predictor: u8,
    pub(crate) planar: bool,
    pub(crate) tiled: bool,
    /// Width and height of a tile or strip; the last strip is shorter, tiles never are.
    pub(crate) chunk: [u32; 2],
    pub(crate) order: Order,
    /// The bits of each byte come from the lowest on.
    pub(crate) reversed: bool,
    pub(crate) jpeg_tables: Option<Vec<u8>>,
    /// Where each tile or strip lies and how many bytes it has; of planar ones all of band 0 first.
    pub(crate) places: Vec<[u64; 2]>,
    pub(crate) orientation: u8,
}

impl Layout {
    /// Reads it.
    ///
    /// # Errors
    /// What is damaged, too large, or of a kind that is not read.
    pub(crate) fn of(directory: &Directory) -> Result<Self, MediaError> {
        let (path, order) = (directory.source().path.as_path(), directory.order());
        let number = |tag, usual| directory.number(tag).map(|number| number.unwrap_or(usual));
        let fault = |detail: String| damaged_header(path, order.big_tiff, &detail);
        let size = size(directory, path)?;
        let bands = number(tags::SAMPLES_PER_PIXEL, 1)?;
        let depths = directory.numbers(tags::BITS_PER_SAMPLE)?.unwrap_or_else(|| vec![1]);
        let bits = depths.first().copied().unwrap_or(1);
        let said = depths.len() as u64;
        if bands == 0 || bands > MOST_BANDS || (said != bands && (said != 1 || bands > 64)) {
            return Err(fault(format!("{bands} samples a pixel and {said} depths of them")));
        }
        if depths.iter().any(|other| *other != bits) {
            let words: Vec<String> = depths.iter().take(4).map(u64::to_string).collect();
            return Err(unsupported(
                path,
                &format!("a TIFF whose bands have several depths ({} bits)", words.join(", ")),
            ));
        }
        if bits == 0 {
            return Err(fault("0 bits a sample".to_owned()));
        }
        let compression = compression(path, number(tags::COMPRESSION, 1)?)?;
        let format = format(directory, path, bits)?;
        let photometric = photometric(directory, path, compression, bands)?;
        // The others have none, whatever the file says.
        let predicted = matches!(compression, Compression::Lzw | Compression::Deflate | Compression::Zstandard);
        let predictor = if predicted { number(tags::PREDICTOR, 1)? } else { 1 };
        let fits = match predictor {
            1 => true,
            2 => matches!(bits, 8 | 16 | 32 | 64),
            3 => format == Format::Float,
            _ => false,
        };
        if !fits {
            return Err(unsupported(path, &format!("a TIFF of {bits} bits with predictor {predictor}")));
        }
        let alpha = alpha(directory, bands, photometric)?;
        let mut layout = Self {
            size,
            bands: bands as usize,
            bits: bits as u8,
            format,
            photometric,
            alpha,
            compression,
            predictor: predictor as u8,
            planar: number(tags::PLANAR_CONFIGURATION, 1)? == 2 && bands > 1,
            tiled: directory.has(tags::TILE_WIDTH),
            chunk: [0; 2],
            order,
            reversed: number(tags::FILL_ORDER, 1)? == 2,
            jpeg_tables: directory.raw(tags::JPEG_TABLES)?,
            places: Vec::new(),
            orientation: u8::try_from(number(tags::ORIENTATION, 1)?).ok().filter(|n| (1..=8).contains(n)).unwrap_or(1),
        };
        layout.lay_out(directory, path)?;
        Ok(layout)
    }

    /// Where the tiles or strips are.
    fn lay_out(&mut self, directory: &Directory, path: &Path) -> Result<(), MediaError> {
        let fault = |detail: String| damaged_header(path, self.order.big_tiff, &detail);
        let kind = if self.tiled { "tile" } else { "strip" };
        let [width, height] = if self.tiled {
            [directory.number(tags::TILE_WIDTH)?.unwrap_or(0), directory.number(tags::TILE_LENGTH)?.unwrap_or(0)]
        } else {
            let rows = directory.number(tags::ROWS_PER_STRIP)?.unwrap_or(u64::MAX);
            [self.size[0].into(), rows.min(self.size[1].into())]
        };
        let most = u64::from(u32::MAX);
        if width == 0 || height == 0 || width > most || height > most {
            return Err(fault(format!("its {kind}s are {width} x {height} pixels")));
        }
        let row_bits = u128::from(width) * self.chunk_bands() as u128 * u128::from(self.bits);
        let bytes = row_bits.div_ceil(8) * u128::from(height);
        let plain = self.compression == Compression::None && !self.tiled;
        if !plain && bytes > u128::from(MOST_CHUNK_BYTES) {
            return Err(MediaError::Unsupported {
                path: path.to_path_buf(),
                kind: format!("a TIFF with {kind}s of {width} x {height} pixels ({bytes} bytes)"),
                advice:
                    "save it in tiles (for example: gdal_translate -co TILED=YES -co COMPRESS=DEFLATE in.tif out.tif)"
                        .to_owned(),
            });
        }
        self.chunk = [width as u32, height as u32];
        let planes = if self.planar { self.bands as u64 } else { 1 };
        let [across, down] = self.grid().map(u64::from);
        let count = across * down * planes;
        let (offsets, counts) = if self.tiled {
            (tags::TILE_OFFSETS, tags::TILE_BYTE_COUNTS)
        } else {
            (tags::STRIP_OFFSETS, tags::STRIP_BYTE_COUNTS)
        };
        // Some writers name the places of tiles with the tags of strips.
        let either = |tag, other| {
            Ok(match directory.numbers(tag)? {
                None => directory.numbers(other)?,
                some => some,
            })
        };
        let offsets = either(offsets, tags::STRIP_OFFSETS)?.unwrap_or_default();
        let counts = either(counts, tags::STRIP_BYTE_COUNTS)?;
        let length = directory.source().length;
        let counts = counts.unwrap_or_else(|| offsets.iter().map(|at| length.saturating_sub(*at)).collect());
        if (offsets.len() as u64) < count || (counts.len() as u64) < count {
            let least = offsets.len().min(counts.len());
            return Err(fault(format!("it has the places of {least} {kind}s, and needs {count}")));
        }
        self.places = offsets.into_iter().zip(counts).take(count as usize).map(|(at, count)| [at, count]).collect();
        if plain {
            self.split(bytes as u64);
        }
        Ok(())
    }

    /// Strips of many bytes that are not compressed become several of fewer rows.
    fn split(&mut self, bytes: u64) {
        let [_, height] = self.chunk;
        let row = bytes / u64::from(height);
        let rows = u32::try_from(PIECE_BYTES / row.max(1)).unwrap_or(u32::MAX).max(1);
        if rows >= height {
            return;
        }
        // Only where every strip but the last is cut into whole pieces do the rows of all pieces follow each other evenly.
        let rows = if self.grid()[1] == 1 { rows } else { (1..=rows).rev().find(|n| height % n == 0).unwrap_or(1) };
        let [_, down] = self.grid();
        let mut places = Vec::new();
        for (index, [at, count]) in self.places.iter().copied().enumerate() {
            let strip = (index as u64 % u64::from(down)) as u32;
            let mut left = height.min(self.size[1] - strip * height);
            let (mut at, mut count) = (at, count);
            let sparse = count == 0;
            while left > 0 {
                let some = left.min(rows);
                let bytes = row * u64::from(some);
                places.push([at, bytes.min(count)]);
                if !sparse {
                    (at, count) = (at.saturating_add(bytes), count.saturating_sub(bytes));
                }
                left -= some;
            }
        }
        self.chunk[1] = rows;
        self.places = places;
    }

    /// How many tiles or strips lie side by side and below each other.
    pub(crate) fn grid(&self) -> [u32; 2] {
        [self.size[0].div_ceil(self.chunk[0]), self.size[1].div_ceil(self.chunk[1])]
    }

    /// Bytes of a decoded tile or strip with all its bands.
    pub(crate) fn chunk_bytes(&self) -> u64 {
        u64::from(self.chunk[0]) * u64::from(self.chunk[1]) * (self.bands * self.sample().bytes()) as u64
    }

    /// Some tiles or strips are left out.
    pub(crate) fn is_sparse(&self) -> bool {
        self.places.iter().any(|[_, count]| *count == 0)
    }

    /// Bands of a tile or strip.
    pub(crate) fn chunk_bands(&self) -> usize {
        if self.planar { 1 } else { self.bands }
    }

    /// The type in which samples are handed out.
    pub(crate) fn sample(&self) -> SampleType {
        match (self.format, self.bits) {
            (Format::Unsigned, 0..=8) => SampleType::U8,
            (Format::Unsigned, 9..=16) => SampleType::U16,
            (Format::Unsigned, 17..=32) => SampleType::U32,
            (Format::Unsigned, _) => SampleType::U64,
            (Format::Signed, 0..=8) => SampleType::I8,
            (Format::Signed, 9..=16) => SampleType::I16,
            (Format::Signed, 17..=32) => SampleType::I32,
            (Format::Signed, _) => SampleType::I64,
            (Format::Float, 0..=32) => SampleType::F32,
            (Format::Float, _) => SampleType::F64,
        }
    }

    /// The type of the samples in words: `uint8`, `float16`.
    pub(crate) fn sample_name(&self) -> String {
        let kind = match self.format {
            Format::Unsigned => "uint",
            Format::Signed => "int",
            Format::Float => "float",
        };
        let bits = if self.format == Format::Float { self.bits.into() } else { self.sample().bytes() * 8 };
        format!("{kind}{bits}")
    }

    /// Another one has samples of the same kind.
    pub(crate) fn like(&self, other: &Self) -> bool {
        self.bands == other.bands
            && self.bits == other.bits
            && self.format == other.format
            && (self.photometric == other.photometric
                || [self.photometric, other.photometric]
                    .iter()
                    .all(|p| matches!(p, Photometric::Rgb | Photometric::YCbCr)))
    }
}

/// Width and height, within what can be opened.
fn size(directory: &Directory, path: &Path) -> Result<[u32; 2], MediaError> {
    let fault = |detail: &str| damaged_header(path, directory.order().big_tiff, detail);
    let side = |tag| directory.number(tag)?.filter(|side| *side > 0).ok_or_else(|| fault("it has no size"));
    let [width, height] = [side(tags::IMAGE_WIDTH)?, side(tags::IMAGE_LENGTH)?];
    let most = u64::from(MAX_SIDE);
    if width > most || height > most || width * height > MOST_PIXELS {
        let [width, height] = [width, height].map(|side| u32::try_from(side).unwrap_or(u32::MAX));
        let limits = Limits { max_side: MAX_SIDE, max_pixels: MOST_PIXELS };
        return Err(MediaError::TooLarge { path: path.to_path_buf(), width, height, limits });
    }
    Ok([width as u32, height as u32])
}

fn compression(path: &Path, number: u64) -> Result<Compression, MediaError> {
    let name = match number {
        1 => return Ok(Compression::None),
        5 => return Ok(Compression::Lzw),
        8 | 32946 => return Ok(Compression::Deflate),
        32773 => return Ok(Compression::PackBits),
        7 => return Ok(Compression::Jpeg),
        50000 => return Ok(Compression::Zstandard),
        50001 => return Ok(Compression::WebP),
        2..=4 => "CCITT fax".to_owned(),
        6 => "old-style JPEG".to_owned(),
        34887 => "LERC".to_owned(),
        34925 => "LZMA".to_owned(),
        33003 | 33005 | 34712 => "JPEG 2000".to_owned(),
        50002 | 52546 => "JPEG XL".to_owned(),
        _ => "an unknown method".to_owned(),
    };
    Err(MediaError::Unsupported {
        path: path.to_path_buf(),
        kind: format!("a TIFF that is compressed with {name} (number {number})"),
        advice: "save it with deflate (for example: gdal_translate -co COMPRESS=DEFLATE in.tif out.tif)".to_owned(),
    })
}

fn format(directory: &Directory, path: &Path, bits: u64) -> Result<Format, MediaError> {
    let formats = directory.numbers(tags::SAMPLE_FORMAT)?.unwrap_or_else(|| vec![1]);
    let first = formats.first().copied().unwrap_or(1);
    if formats.iter().any(|format| *format != first) {
        return Err(unsupported(path, "a TIFF whose bands are of several types"));
    }
    let format = match first {
        1 | 4 => Format::Unsigned,
        2 => Format::Signed,
        3 => Format::Float,
        5 | 6 => return Err(unsupported(path, "a TIFF of complex samples (as radar pictures have)")),
        other => return Err(unsupported(path, &format!("a TIFF of samples of the unknown format {other}"))),
    };
    let known = match format {
        Format::Unsigned => matches!(bits, 1..=16 | 24 | 32 | 64),
        Format::Signed => matches!(bits, 8 | 16 | 32 | 64),
        Format::Float => matches!(bits, 16 | 32 | 64),
    };
    let kind = match format {
        Format::Unsigned => "whole numbers",
        Format::Signed => "signed numbers",
        Format::Float => "floating point numbers",
    };
    if known { Ok(format) } else { Err(unsupported(path, &format!("a TIFF with {kind} of {bits} bits"))) }
}

fn photometric(
    directory: &Directory,
    path: &Path,
    compression: Compression,
    bands: u64,
) -> Result<Photometric, MediaError> {
    let usual = if bands >= 3 { 2 } else { 1 };
    Ok(match directory.number(tags::PHOTOMETRIC)?.unwrap_or(usual) {
        0 => Photometric::WhiteIsZero,
        1 => Photometric::BlackIsZero,
        2 => Photometric::Rgb,
        3 => Photometric::Palette,
        4 => Photometric::Mask,
        6 if matches!(compression, Compression::Jpeg | Compression::WebP) => Photometric::YCbCr,
        5 => return Err(unsupported(path, "a TIFF of printing colours (CMYK)")),
        6 => return Err(unsupported(path, "a TIFF of YCbCr colours without JPEG")),
        8..=10 => return Err(unsupported(path, "a TIFF of L*a*b* colours")),
        other => return Err(unsupported(path, &format!("a TIFF of colours of the kind {other}"))),
    })
}

/// What the last band is, if it is opacity.
fn alpha(directory: &Directory, bands: u64, photometric: Photometric) -> Result<Option<Alpha>, MediaError> {
    let colours = if matches!(photometric, Photometric::Rgb | Photometric::YCbCr) { 3 } else { 1 };
    let extra = directory.numbers(tags::EXTRA_SAMPLES)?.unwrap_or_default();
    // Opacity elsewhere than at the end is a band as any other.
    Ok(match extra.last() {
        Some(1) if bands > colours => Some(Alpha::Associated),
        Some(2) if bands > colours => Some(Alpha::Unassociated),
        _ => None,
    })
}

pub(crate) fn unsupported(path: &Path, what: &str) -> MediaError {
    MediaError::Unsupported {
        path: path.to_path_buf(),
        kind: what.to_owned(),
        advice: "save the bands that you want to see as an RGB or grey TIFF or PNG of 8 or 16 bits \
            (for example: gdal_translate -b 1 -b 2 -b 3 in.tif out.tif)"
            .to_owned(),
    }
}

//! Mask pictures of any kind: palette, grey of 1 to 16 bits, with alpha, RGB; PNG, TIFF, BMP, and JPEG where it is black and
//! white after all.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;

use image::{DynamicImage, ImageFormat, ImageReader};

use super::index_png::{self, IndexPicture, Stored};
use super::label_map::VOID;
use crate::media::guarded;

/// Of a JPEG that stands for black and white so far a value may be off.
const JPEG_NOISE: u8 = 48;

/// The largest mask picture that is read, in bytes.
const MAX_BYTES: u64 = 2 << 30;

/// The part of a mask's pixels that may lie between black and white at soft edges.
const SOFT_PART: f64 = 0.5;

/// A mask picture.
#[derive(Debug)]
pub(super) struct MaskPicture {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) values: Values,
    /// What the reader should know: that it was a JPEG.
    pub(super) note: Option<String>,
}

/// The pixels, row-major.
#[derive(Debug)]
pub(super) enum Values {
    /// Indices or greys of at most 8 bits.
    Small(Vec<u8>),
    /// Likewise, of more bits.
    Wide(Vec<u16>),
    /// RGB, not all grey.
    Colours(Vec<[u8; 3]>),
}

impl MaskPicture {
    /// The values as 8-bit indices: colours by the map, else as they are.
    ///
    /// # Errors
    /// One line: a colour that nothing names, or a value beyond 255.
    pub(super) fn indices(self, index_of: &dyn Fn([u8; 3]) -> Option<u8>) -> Result<IndexPicture, String> {
        let values = match self.values {
            Values::Colours(pixels) => {
                let index = |color: [u8; 3]| {
                    index_of(color).ok_or_else(|| format!("nothing says what its colour {color:?} means"))
                };
                pixels.into_iter().map(index).collect::<Result<Vec<u8>, _>>()?
            }
            Values::Small(values) => values,
            Values::Wide(values) => {
                let byte =
                    |value: u16| u8::try_from(value).map_err(|_| format!("it has the value {value}, beyond 255"));
                values.into_iter().map(byte).collect::<Result<Vec<u8>, _>>()?
            }
        };
        Ok(IndexPicture { width: self.width, height: self.height, values })
    }
}

/// Reads a mask picture; its header is checked before memory is taken.
///
/// # Errors
/// One line that says what is wrong.
pub(super) fn read(path: &Path) -> Result<MaskPicture, String> {
    let bytes = limn_files::read_bytes(path, MAX_BYTES).map_err(|error| error.to_string())?;
    if bytes.is_empty() {
        return Err("it is empty (0 bytes)".to_owned());
    }
    let format = image::guess_format(&bytes).map_err(|_| "it is no picture, whatever its name says".to_owned())?;
    let decoded = guarded(|| match format {
        ImageFormat::Png => png(&bytes),
        format => other(&bytes, format),
    });
    decoded.unwrap_or_else(|| Err("it is damaged, and its decoder gave up on it".to_owned()))
}

fn png(bytes: &[u8]) -> Result<MaskPicture, String> {
    let (width, height, stored) = index_png::read_stored(Cursor::new(bytes))?;
    let values = match stored {
        Stored::Indices(values) => Values::Small(values),
        Stored::Wide(values) => Values::Wide(values),
        Stored::GreyAlpha(pixels) => grey_alpha(&pixels),
        Stored::Rgb(pixels) => colours(pixels),
        Stored::Rgba(pixels) => {
            // What nobody sees is background.
            colours(pixels.into_iter().map(|[r, g, b, a]| if a == 0 { [0; 3] } else { [r, g, b] }).collect())
        }
    };
    Ok(MaskPicture { width, height, values, note: None })
}

/// Where the visible pixels are of one grey, the alpha is the mask; else the grey is, where it is visible.
fn grey_alpha(pixels: &[[u8; 2]]) -> Values {
    let mut visible = pixels.iter().filter(|pixel| pixel[1] > 0);
    let first = visible.next().map_or(0, |pixel| pixel[0]);
    let one_grey = visible.all(|pixel| pixel[0] == first);
    let has_holes = pixels.iter().any(|pixel| pixel[1] == 0);
    let value = |[grey, alpha]: &[u8; 2]| match (one_grey && has_holes, alpha) {
        (true, alpha) => *alpha,
        (false, 0) => 0,
        (false, _) => *grey,
    };
    Values::Small(pixels.iter().map(value).collect())
}

/// Colours; greys if they are none.
fn colours(pixels: Vec<[u8; 3]>) -> Values {
    if pixels.iter().all(|[r, g, b]| r == g && g == b) {
        return Values::Small(pixels.into_iter().map(|[grey, ..]| grey).collect());
    }
    Values::Colours(pixels)
}

fn other(bytes: &[u8], format: ImageFormat) -> Result<MaskPicture, String> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = image::Limits::default();
    limits.max_alloc = Some(index_png::MAX_PIXELS * 4);
    reader.limits(limits);
    let decoded = reader.decode().map_err(|error| error.to_string().replace('\n', " "))?;
    let (width, height) = (decoded.width(), decoded.height());
    let mut note = None;
    let values = match decoded {
        DynamicImage::ImageLuma8(buffer) => Values::Small(buffer.into_raw()),
        DynamicImage::ImageLuma16(buffer) => Values::Wide(buffer.into_raw()),
        DynamicImage::ImageLumaA8(buffer) => grey_alpha(buffer.into_raw().as_chunks().0),
        DynamicImage::ImageRgb8(buffer) => colours(buffer.into_raw().as_chunks().0.to_vec()),
        DynamicImage::ImageRgba8(buffer) => {
            let pixels = buffer.into_raw();
            let visible = |[r, g, b, a]: &[u8; 4]| if *a == 0 { [0; 3] } else { [*r, *g, *b] };
            colours(pixels.as_chunks().0.iter().map(visible).collect())
        }
        other => return Err(format!("it has pixels of the kind {:?}; save it as PNG", other.color())),
    };
    let values = if format == ImageFormat::Jpeg {
        note = Some(
            "a JPEG, which cannot hold a mask exactly: cut at the middle grey; better save masks as PNG".to_owned(),
        );
        black_and_white(values)?
    } else {
        values
    };
    Ok(MaskPicture { width, height, values, note })
}

/// A JPEG of black and white; compression blurs it.
fn black_and_white(values: Values) -> Result<Values, String> {
    let greys: Vec<u8> = match values {
        Values::Small(values) => values,
        Values::Wide(values) => values.into_iter().map(|value| u8::try_from(value).unwrap_or(u8::MAX)).collect(),
        Values::Colours(pixels) => {
            pixels.into_iter().map(|[r, g, b]| ((u16::from(r) + u16::from(g) + u16::from(b)) / 3) as u8).collect()
        }
    };
    let far = greys.iter().filter(|grey| (JPEG_NOISE..255 - JPEG_NOISE).contains(grey)).count();
    let white = greys.iter().filter(|grey| **grey >= 128).count();
    // Blurred are the edges only.
    if far * 2 > white.max(1) {
        return Err("a JPEG that is not black and white: its values are changed by the compression; save masks as PNG"
            .to_owned());
    }
    Ok(Values::Small(greys.into_iter().map(|grey| if grey >= 128 { 255 } else { 0 }).collect()))
}

/// What grey values are, where nothing else tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// 0 and 255, perhaps 128 for what is ignored.
    Binary,
    /// As binary, with soft edges.
    Soft,
    /// Small numbers.
    Indices,
}

/// The values of the pixels and how many have each.
pub(super) fn counts<T: Copy + Into<u16>>(values: &[T]) -> BTreeMap<u16, u64> {
    let mut of_value = vec![0u64; usize::from(u16::MAX) + 1];
    values.iter().for_each(|value| of_value[usize::from((*value).into())] += 1);
    (0..=u16::MAX).zip(of_value).filter(|(_, count)| *count > 0).collect()
}

pub(super) fn kind(counts: &BTreeMap<u16, u64>, ignored: u16) -> Kind {
    let full = counts.get(&u16::from(VOID)).copied().unwrap_or(0);
    let between: Vec<u64> =
        counts.iter().filter(|(value, _)| **value != 0 && **value < u16::from(VOID)).map(|(_, count)| *count).collect();
    let only_ignored = counts.keys().all(|value| *value == 0 || *value == ignored || *value == u16::from(VOID));
    match full {
        0 => Kind::Indices,
        _ if only_ignored => Kind::Binary,
        // Indices beside the 255 of what is not annotated are few and cover much.
        _ if (between.iter().sum::<u64>() as f64) < SOFT_PART * full as f64 && soft(counts) => Kind::Soft,
        _ => Kind::Indices,
    }
}

/// Greys of soft edges lie anywhere; indices begin at 1.
fn soft(counts: &BTreeMap<u16, u64>) -> bool {
    let between = counts.keys().filter(|value| **value != 0 && **value < u16::from(VOID));
    between.clone().next_back().is_some_and(|largest| usize::from(*largest) > between.count() + 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[u16]) -> Kind {
        kind(&counts(values), 128)
    }

    #[test]
    fn greys_are_told_apart() {
        assert_eq!(of(&[0, 255, 255, 128]), Kind::Binary);
        assert_eq!(of(&[0, 255, 255, 255, 90]), Kind::Soft);
        assert_eq!((of(&[0, 1, 2, 3]), of(&[0, 1, 1, 2, 2, 255])), (Kind::Indices, Kind::Indices));
        let alone = grey_alpha(&[[255, 0], [255, 255]]);
        assert!(matches!(alone, Values::Small(values) if values == [0, 255]));
        let beside = grey_alpha(&[[0, 255], [255, 255]]);
        assert!(matches!(beside, Values::Small(values) if values == [0, 255]));
        assert!(matches!(colours(vec![[7; 3], [0; 3]]), Values::Small(values) if values == [7, 0]));
    }
}

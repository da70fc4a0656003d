//! How many pictures a file holds: animations and files of several pages show their first one only.

use std::io::Cursor;

use image::ImageFormat;

use super::tiff;

/// The number of frames or pages, at least 1. Damaged files count as far as they can be read.
pub(super) fn count(bytes: &[u8], format: ImageFormat) -> usize {
    let found = match format {
        ImageFormat::Gif => gif(bytes),
        ImageFormat::Png => png(bytes),
        ImageFormat::WebP => webp(bytes),
        ImageFormat::Tiff => tiff::pages(Cursor::new(bytes)),
        _ => 1,
    };
    found.max(1)
}

/// Image descriptors of a GIF (GIF89a, appendix A).
fn gif(bytes: &[u8]) -> usize {
    let table = |flags: u8| if flags & 0x80 != 0 { 3 << ((flags & 7) + 1) } else { 0 };
    let mut at = 13 + bytes.get(10).map_or(0, |flags| table(*flags));
    let mut frames = 0;
    while let Some(block) = bytes.get(at) {
        at += match block {
            0x2c => {
                frames += 1;
                11 + bytes.get(at + 9).map_or(0, |flags| table(*flags))
            }
            0x21 => 2,
            _ => break,
        };
        // Data in parts, each with its length before it.
        while let Some(length) = bytes.get(at) {
            at += 1 + usize::from(*length);
            if *length == 0 {
                break;
            }
        }
    }
    frames
}

/// Frames of an animated PNG (`acTL` before the first data).
fn png(bytes: &[u8]) -> usize {
    let mut at = 8;
    while let Some(head) = bytes.get(at..at + 8) {
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        match &head[4..] {
            b"acTL" => {
                let frames = bytes.get(at + 8..at + 12).and_then(|count| count.try_into().ok());
                return frames.map_or(1, u32::from_be_bytes) as usize;
            }
            b"IDAT" | b"IEND" => break,
            _ => {}
        }
        at = at.saturating_add(length).saturating_add(12);
    }
    1
}

/// `ANMF` chunks of a WebP.
fn webp(bytes: &[u8]) -> usize {
    let (mut at, mut frames) = (12, 0);
    while let Some(head) = bytes.get(at..at + 8) {
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        frames += usize::from(&head[..4] == b"ANMF");
        at = at.saturating_add(8).saturating_add(length).saturating_add(length % 2);
    }
    frames
}

#[cfg(test)]
mod tests {
    use image::codecs::gif::GifEncoder;
    use image::{Delay, Frame, RgbaImage};

    use super::*;

    #[test]
    fn frames_are_counted() {
        let mut bytes = Vec::new();
        let frame = || Frame::from_parts(RgbaImage::new(3, 2), 0, 0, Delay::from_numer_denom_ms(10, 1));
        GifEncoder::new(&mut bytes).encode_frames([frame(), frame(), frame()]).unwrap();
        assert_eq!(count(&bytes, ImageFormat::Gif), 3);
        for end in 0..bytes.len() {
            assert!(count(&bytes[..end], ImageFormat::Gif) <= 3);
        }
        let mut still = Cursor::new(Vec::new());
        RgbaImage::new(3, 2).write_to(&mut still, ImageFormat::Png).unwrap();
        assert_eq!(count(still.get_ref(), ImageFormat::Png), 1);
    }
}

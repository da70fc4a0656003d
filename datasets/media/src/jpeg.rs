//! A walk over JPEG markers (ITU T.81, annex B): size and orientation without reading the file, and whether the
//! picture is complete.

use std::io::{self, Read, Seek, SeekFrom};

use image::metadata::Orientation;

/// What the segments before the first scan say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct JpegHeader {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) bits: u8,
    pub(super) channels: u8,
    pub(super) orientation: u8,
}

const START_OF_SCAN: u8 = 0xda;
const END_OF_IMAGE: u8 = 0xd9;
const APP1: u8 = 0xe1;

/// Start-of-frame markers: 0xc0..=0xcf except the Huffman, arithmetic and JPG ones.
fn is_frame(marker: u8) -> bool {
    matches!(marker, 0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf)
}

/// Reads the segments up to the frame header, skipping what is not needed. `None` if this is no sound JPEG header.
pub(super) fn read_header(reader: &mut (impl Read + Seek)) -> io::Result<Option<JpegHeader>> {
    let mut start = [0; 2];
    reader.read_exact(&mut start)?;
    if start != [0xff, 0xd8] {
        return Ok(None);
    }
    let mut orientation = 1;
    loop {
        let marker = next_marker(reader)?;
        if matches!(marker, 0x01 | 0xd0..=0xd7) {
            continue;
        }
        if matches!(marker, START_OF_SCAN | END_OF_IMAGE) {
            return Ok(None);
        }
        let mut length = [0; 2];
        reader.read_exact(&mut length)?;
        let Some(length) = u16::from_be_bytes(length).checked_sub(2) else {
            return Ok(None);
        };
        if is_frame(marker) {
            let mut frame = [0; 6];
            reader.read_exact(&mut frame)?;
            let [bits, h1, h0, w1, w0, channels] = frame;
            let side = |high, low| u32::from(u16::from_be_bytes([high, low]));
            return Ok(Some(JpegHeader { width: side(w1, w0), height: side(h1, h0), bits, channels, orientation }));
        }
        if marker == APP1 {
            let mut segment = vec![0; usize::from(length)];
            reader.read_exact(&mut segment)?;
            if let Some(exif) = segment.strip_prefix(b"Exif\0\0") {
                orientation = Orientation::from_exif_chunk(exif).map_or(1, Orientation::to_exif);
            }
        } else {
            reader.seek(SeekFrom::Current(i64::from(length)))?;
        }
    }
}

/// The next marker, after any fill bytes.
fn next_marker(reader: &mut impl Read) -> io::Result<u8> {
    let mut byte = [0; 1];
    loop {
        reader.read_exact(&mut byte)?;
        if byte[0] != 0xff {
            continue;
        }
        while byte[0] == 0xff {
            reader.read_exact(&mut byte)?;
        }
        if byte[0] != 0 {
            return Ok(byte[0]);
        }
    }
}

/// True if the file reaches its end-of-image marker. Decoders fill what is missing with grey; a dataset must not.
pub(super) fn is_complete(bytes: &[u8]) -> bool {
    let mut at = 2;
    let mut scanning = false;
    while let Some(rest) = bytes.get(at..) {
        let Some(offset) = rest.iter().position(|&byte| byte == 0xff) else {
            return false;
        };
        at += offset + 1;
        match bytes.get(at) {
            None => return false,
            Some(0xff) => {}
            Some(&END_OF_IMAGE) => return scanning,
            // Within a scan only stuffed zeros and restarts may follow 0xff; outside they are fill bytes.
            Some(0x00 | 0x01 | 0xd0..=0xd8) => at += 1,
            Some(&marker) => {
                let Some(&[high, low]) = bytes.get(at + 1..at + 3) else {
                    return false;
                };
                scanning |= marker == START_OF_SCAN;
                at += 1 + usize::from(u16::from_be_bytes([high, low])).max(2);
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A JPEG in outline: APP1 with a thumbnail's end marker inside, frame header, scan, end.
    fn outline() -> Vec<u8> {
        let mut bytes = vec![0xff, 0xd8, 0xff, 0xe1, 0, 6, 0xff, 0xd9, 1, 2];
        bytes.extend([0xff, 0xc0, 0, 11, 8, 0, 30, 0, 40, 1, 1, 0x11, 0]);
        bytes.extend([0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0x12, 0xff, 0x00, 0xff, 0xd0, 0x34, 0xff, 0xd9]);
        bytes
    }

    #[test]
    fn the_header_is_found_behind_other_segments() {
        let header = read_header(&mut io::Cursor::new(outline())).unwrap().unwrap();
        assert_eq!(header, JpegHeader { width: 40, height: 30, bits: 8, channels: 1, orientation: 1 });
        assert!(read_header(&mut io::Cursor::new(vec![0xff, 0xd8, 0xff, 0xd9])).unwrap().is_none());
    }

    #[test]
    fn every_cut_is_noticed() {
        let bytes = outline();
        assert!(is_complete(&bytes));
        for end in 2..bytes.len() {
            assert!(!is_complete(&bytes[..end]), "cut at {end}");
        }
    }
}

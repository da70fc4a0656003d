//! Tiles as bytes: a version, numbers of 7 bits a byte, tiles as the distances between their toggles, a checksum (CRC-32) at the
//! end. What is read is checked: sizes before memory is taken, and that the form is the one way to write the tile.

use super::super::limits::LimitError;
use super::tile::{Shape, Tile};

/// The version of the form.
const VERSION: u8 = 1;

/// Why bytes are no tiles.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BytesError {
    /// Written by a later program.
    #[error("the tiles have form {0}, this program knows forms up to {VERSION}: it is too old for them")]
    Version(u8),
    /// The checksum is another one: bytes were lost or changed.
    #[error("the tiles are damaged: their checksum is wrong")]
    Checksum,
    /// What stands there makes no sense.
    #[error("the tiles are damaged at byte {at}")]
    Damaged {
        /// Position of the byte.
        at: usize,
    },
    /// The picture or the mask is too large.
    #[error("tiles: {0}")]
    TooLarge(#[from] LimitError),
}

const NO_PIXELS: u8 = 0;
const FULL: u8 = 1;
const RUNS: u8 = 2;

/// Writes the form.
pub(super) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub fn new() -> Self {
        Self { bytes: vec![VERSION] }
    }

    /// 7 bits a byte, the lowest first; all but the last have the highest bit set.
    pub fn number(&mut self, mut value: u32) {
        loop {
            let low = u8::try_from(value & 0x7f).unwrap_or_default();
            value >>= 7;
            if value == 0 {
                self.bytes.push(low);
                break;
            }
            self.bytes.push(low | 0x80);
        }
    }

    pub fn tile(&mut self, tile: Option<&Tile>) {
        match tile {
            None => self.bytes.push(NO_PIXELS),
            Some(Tile::Full) => self.bytes.push(FULL),
            Some(tile) => {
                self.bytes.push(RUNS);
                let toggles = tile.toggles();
                self.number(u32::try_from(toggles.len()).unwrap_or(u32::MAX));
                let mut last = 0;
                for &toggle in toggles {
                    self.number(u32::from(toggle - last));
                    last = toggle;
                }
            }
        }
    }

    pub fn finish(mut self) -> Vec<u8> {
        self.bytes.extend(crc32(&self.bytes).to_le_bytes());
        self.bytes
    }
}

/// Reads the form.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Checks version and checksum.
    pub fn new(bytes: &'a [u8]) -> Result<Self, BytesError> {
        let (bytes, sum) = bytes.split_last_chunk::<4>().ok_or(BytesError::Damaged { at: bytes.len() })?;
        match bytes.first() {
            Some(&VERSION) if crc32(bytes) == u32::from_le_bytes(*sum) => Ok(Self { bytes, at: 1 }),
            Some(&version) if version > VERSION => Err(BytesError::Version(version)),
            _ => Err(BytesError::Checksum),
        }
    }

    /// Where the next byte stands.
    pub fn at(&self) -> usize {
        self.at
    }

    fn damaged(&self) -> BytesError {
        BytesError::Damaged { at: self.at }
    }

    fn byte(&mut self) -> Result<u8, BytesError> {
        let byte = *self.bytes.get(self.at).ok_or(self.damaged())?;
        self.at += 1;
        Ok(byte)
    }

    pub fn number(&mut self) -> Result<u32, BytesError> {
        let mut value = 0u64;
        for shift in [0, 7, 14, 21, 28] {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return u32::try_from(value).map_err(|_| self.damaged());
            }
        }
        Err(self.damaged())
    }

    /// A number on top of another.
    pub fn sum(&mut self, before: u32) -> Result<u32, BytesError> {
        let more = self.number()?;
        before.checked_add(more).ok_or(self.damaged())
    }

    pub fn tile(&mut self, shape: Shape) -> Result<Option<Tile>, BytesError> {
        match self.byte()? {
            NO_PIXELS => Ok(None),
            FULL => Ok(Some(Tile::Full)),
            RUNS => {
                let count = self.number()? as usize;
                // Every toggle takes a byte at least.
                if count == 0 || count > self.bytes.len() - self.at {
                    return Err(self.damaged());
                }
                let mut toggles: Vec<u16> = Vec::with_capacity(count);
                for index in 0..count {
                    let before = toggles.last().copied().map_or(0, u32::from);
                    let toggle = self.sum(before)?;
                    if toggle >= shape.pixels() || (index > 0 && toggle == before) {
                        return Err(self.damaged());
                    }
                    toggles.push(u16::try_from(toggle).map_err(|_| self.damaged())?);
                }
                if toggles == [0] {
                    return Err(self.damaged());
                }
                Ok(Tile::from_toggles(&toggles, shape))
            }
            _ => Err(self.damaged()),
        }
    }

    /// Nothing may be left.
    pub fn finish(&self) -> Result<(), BytesError> {
        if self.at == self.bytes.len() { Ok(()) } else { Err(self.damaged()) }
    }
}

/// The checksum of zlib, PNG and Ethernet.
fn crc32(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0u32; 256];
        let mut at = 0u32;
        while at < 256 {
            let mut value = at;
            let mut bit = 0;
            while bit < 8 {
                value = if value & 1 == 1 { 0xedb8_8320 ^ (value >> 1) } else { value >> 1 };
                bit += 1;
            }
            table[at as usize] = value;
            at += 1;
        }
        table
    };
    !bytes.iter().fold(!0, |sum, &byte| TABLE[((sum ^ u32::from(byte)) & 0xff) as usize] ^ (sum >> 8))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_usual_one() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }
}

//! The run lengths of brush masks: thi.ng `rle-pack` over the bytes of an RGBA picture
//! (<https://github.com/thi-ng/umbrella/tree/develop/packages/rle-pack>).
//!
//! A stream of bits, the highest first: number of values (32 bits), bits of a value less one (5), four sizes of run
//! lengths less one (4 each). Then runs: a bit that says whether one value is repeated, the number of one of the four
//! sizes (2 bits), the run's length less one, and one value, or as many as the run is long.

use crate::formats::room::Room;
use crate::raster::Mask;

/// Bits of the four sizes, as Label Studio writes them.
const SIZES: [u32; 4] = [3, 4, 8, 16];

/// Bytes of a pixel: red, green, blue, alpha. A mask is in all four; readers look at alpha.
const CHANNELS: u64 = 4;

/// The packed bytes of a mask: 255 inside, 0 outside.
pub(super) fn encode(mask: &Mask) -> Vec<u8> {
    let width = u64::from(mask.width());
    let total = width * u64::from(mask.height());
    let mut bits = Bits::default();
    bits.put((total * CHANNELS) as u32, 32);
    bits.put(8 - 1, 5);
    SIZES.into_iter().for_each(|size| bits.put(size - 1, 4));
    let mut at = 0;
    for span in mask.spans() {
        let start = u64::from(span.y) * width + u64::from(span.x0);
        let length = u64::from(span.x1 - span.x0);
        bits.run(0, (start - at) * CHANNELS);
        bits.run(255, length * CHANNELS);
        at = start + length;
    }
    bits.run(0, (total - at) * CHANNELS);
    bits.bytes
}

/// The mask of packed bytes: pixels whose alpha is above one half.
///
/// # Errors
/// One line that says what is wrong.
pub(super) fn decode(bytes: &[u8], width: u32, height: u32, room: &Room) -> Result<Mask, String> {
    let ended = "its run lengths end too early";
    let mut bits = Reader { bytes, at: 0 };
    let total = u64::from(bits.take(32).ok_or(ended)?);
    let expected = u64::from(width) * u64::from(height) * CHANNELS;
    if total != expected {
        return Err(format!("its run lengths are for {total} values, the picture {width}x{height} has {expected}"));
    }
    let word = bits.take(5).ok_or(ended)? + 1;
    let mut sizes = [0; 4];
    for size in &mut sizes {
        *size = bits.take(4).ok_or(ended)? + 1;
    }
    let half = 1u64 << (word - 1);
    let (mut at, mut alpha) = (0u64, Alpha::default());
    while at < total {
        let repeated = bits.take(1).ok_or(ended)? == 1;
        let size = sizes[bits.take(2).ok_or(ended)? as usize];
        let end = at + u64::from(bits.take(size).ok_or(ended)?) + 1;
        if end > total {
            return Err("a run of it reaches beyond the picture".to_owned());
        }
        if repeated {
            let value = bits.take(word).ok_or(ended)?;
            alpha.push(at, end, u64::from(value) >= half);
            at = end;
        } else {
            while at < end {
                let value = bits.take(word).ok_or(ended)?;
                alpha.push(at, at + 1, u64::from(value) >= half);
                at += 1;
            }
        }
    }
    room.mask(|budget| Mask::from_row_toggles(width, height, alpha.toggles(), budget))
}

/// The positions of pixels, row by row, at which outside and inside change.
#[derive(Default)]
struct Alpha {
    toggles: Vec<u64>,
}

impl Alpha {
    /// The pixels whose alpha lies among the values `start..end`; of pixel p it is value 4 p + 3.
    fn push(&mut self, start: u64, end: u64, inside: bool) {
        let (from, to) = (start / CHANNELS, end / CHANNELS);
        if !inside || from == to {
            return;
        }
        match self.toggles.last_mut() {
            Some(last) if *last == from => *last = to,
            _ => self.toggles.extend([from, to]),
        }
    }

    fn toggles(self) -> Vec<u64> {
        self.toggles
    }
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    /// Bits that are used of the last byte, 0 for all.
    used: u32,
}

impl Bits {
    fn put(&mut self, value: u32, count: u32) {
        for bit in (0..count).rev() {
            if self.used == 0 {
                self.bytes.push(0);
            }
            if let Some(last) = self.bytes.last_mut() {
                *last |= ((value >> bit & 1) as u8) << (7 - self.used);
            }
            self.used = (self.used + 1) % 8;
        }
    }

    /// A value so many times, in as many runs as it takes.
    fn run(&mut self, value: u8, mut length: u64) {
        while length > 0 {
            let now = length.min(1 << SIZES[3]);
            let (index, size) = (0u32..).zip(SIZES).find(|(_, size)| now <= 1 << size).unwrap_or((3, SIZES[3]));
            self.put(1, 1);
            self.put(index, 2);
            self.put((now - 1) as u32, size);
            self.put(u32::from(value), 8);
            length -= now;
        }
    }
}

struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl Reader<'_> {
    /// The next `count` bits (at most 32); `None` at the end.
    fn take(&mut self, count: u32) -> Option<u32> {
        let mut value = 0u32;
        for _ in 0..count {
            let byte = *self.bytes.get(self.at / 8)?;
            value = value << 1 | u32::from(byte >> (7 - self.at % 8) & 1);
            self.at += 1;
        }
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::raster::arbitrary::mask;

    proptest! {
        #[test]
        fn masks_survive(m in mask()) {
            prop_assert_eq!(&decode(&encode(&m), m.width(), m.height(), &Room::of(0)).unwrap(), &m);
        }

        #[test]
        fn hostile_bytes_never_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
            if bytes.len() > 4 {
                bytes[..4].copy_from_slice(&(7u32 * 5 * 4).to_be_bytes());
            }
            if let Ok(m) = decode(&bytes, 7, 5, &Room::of(0)) {
                prop_assert!(m.area() <= 35);
            }
        }
    }

    #[test]
    fn the_bytes_are_those_of_label_studio() {
        // mask2rle of label_studio_sdk writes these bytes for the picture 0 255.
        let m = Mask::from_bytes(2, 1, &[0, 1]);
        assert_eq!(encode(&m), [0, 0, 0, 8, 57, 27, 252, 96, 17, 255, 128]);
        // Four single values, then a run.
        let mut bits = Bits::default();
        bits.put(8, 32);
        bits.put(7, 5);
        SIZES.into_iter().for_each(|size| bits.put(size - 1, 4));
        bits.put(0b00_0011, 6);
        [1, 2, 3, 200].into_iter().for_each(|value| bits.put(value, 8));
        bits.put(0b10_0011, 6);
        bits.put(127, 8);
        assert_eq!(decode(&bits.bytes, 2, 1, &Room::of(0)), Ok(Mask::from_bytes(2, 1, &[1, 0])));
    }
}

//! Run lengths of COCO and PNG, read without the program's own readers.

use std::io::Read as _;
use std::path::Path;

use serde_json::Value;

/// Area and box `[x, y, width, height]` of a mask in uncompressed run lengths (column by column).
pub fn area_and_box(rle: &Value) -> Result<(i64, [i64; 4]), String> {
    let number = |value: &Value| value.as_i64().ok_or_else(|| format!("no run lengths: {rle}"));
    let (height, width) = (number(&rle["size"][0])?, number(&rle["size"][1])?);
    let counts = rle["counts"].as_array().ok_or_else(|| format!("no run lengths: {rle}"))?;
    let (mut at, mut area) = (0, 0);
    let (mut x0, mut y0, mut x1, mut y1) = (width, height, -1, -1);
    for (k, run) in counts.iter().enumerate() {
        let run = number(run)?;
        if k % 2 == 1 && run > 0 {
            area += run;
            let (first, last) = (at, at + run - 1);
            (x0, x1) = (x0.min(first / height), x1.max(last / height));
            if first / height == last / height {
                (y0, y1) = (y0.min(first % height), y1.max(last % height));
            } else {
                (y0, y1) = (0, height - 1);
            }
        }
        at += run;
    }
    Ok((area, if area > 0 { [x0, y0, x1 - x0 + 1, y1 - y0 + 1] } else { [0; 4] }))
}

/// A PNG as samples: palette and grey one a pixel (indices), colours as many as there are.
pub struct Picture {
    pub width: usize,
    pub height: usize,
    channels: usize,
    samples: Vec<u16>,
}

impl Picture {
    /// The samples of a pixel.
    pub fn at(&self, x: usize, y: usize) -> &[u16] {
        let i = (y * self.width + x) * self.channels;
        &self.samples[i..i + self.channels]
    }

    /// All pixels, row by row.
    pub fn pixels(&self) -> impl Iterator<Item = &[u16]> {
        self.samples.chunks_exact(self.channels)
    }
}

/// Reads a PNG that is not interlaced.
pub fn png(path: &Path) -> Result<Picture, String> {
    let data = std::fs::read(path).map_err(|error| error.to_string())?;
    if data.get(..8) != Some(b"\x89PNG\r\n\x1a\n") {
        return Err(format!("{} is no PNG", path.display()));
    }
    let word = |at: usize| data.get(at..at + 4).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]) as usize);
    let (mut at, mut packed, mut head) = (8, Vec::new(), Vec::new());
    while let (Some(length), Some(kind)) = (word(at), data.get(at + 4..at + 8)) {
        let chunk = data.get(at + 8..at + 8 + length).ok_or("a PNG that is cut off")?;
        match kind {
            b"IHDR" => head = chunk.to_vec(),
            b"IDAT" => packed.extend_from_slice(chunk),
            _ => {}
        }
        at += 12 + length;
    }
    let [.., depth, kind, _, _, 0] = head[..] else { return Err("a PNG that is interlaced".into()) };
    let (width, height, depth) = (word(16).unwrap_or(0), word(20).unwrap_or(0), usize::from(depth));
    let channels = match kind {
        0 | 3 => 1,
        4 => 2,
        2 => 3,
        6 => 4,
        other => return Err(format!("colour type {other}")),
    };
    let mut raw = Vec::new();
    flate2::read::ZlibDecoder::new(&packed[..]).read_to_end(&mut raw).map_err(|error| error.to_string())?;
    let (stride, step) = ((width * channels * depth).div_ceil(8), (channels * depth / 8).max(1));
    if raw.len() < height * (stride + 1) {
        return Err("a PNG with too few bytes".into());
    }
    let (mut before, mut samples) = (vec![0_u8; stride], Vec::new());
    for row in raw.chunks_exact(stride + 1).take(height) {
        let (filter, mut line) = (row[0], row[1..].to_vec());
        for i in 0..stride {
            let left = if i >= step { line[i - step] } else { 0 };
            let (up, corner) = (before[i], if i >= step { before[i - step] } else { 0 });
            let add = match filter {
                1 => left,
                2 => up,
                3 => ((u16::from(left) + u16::from(up)) / 2) as u8,
                4 => paeth(left, up, corner),
                _ => 0,
            };
            line[i] = line[i].wrapping_add(add);
        }
        match depth {
            8 => samples.extend(line.iter().map(|byte| u16::from(*byte))),
            16 => samples.extend(line.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]))),
            _ => samples.extend(
                (0..width).map(|i| u16::from(line[i * depth / 8] >> (8 - depth - i * depth % 8)) & ((1 << depth) - 1)),
            ),
        }
        before = line;
    }
    Ok(Picture { width, height, channels, samples })
}

fn paeth(a: u8, b: u8, c: u8) -> u8 {
    let p = i16::from(a) + i16::from(b) - i16::from(c);
    let far = |v: u8| (p - i16::from(v)).abs();
    if far(a) <= far(b) && far(a) <= far(c) {
        a
    } else if far(b) <= far(c) {
        b
    } else {
        c
    }
}

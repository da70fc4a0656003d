//! Bitmaps and clicks; pictures are those of the crate for rasters. Rows run from top to bottom; coordinates are pixel edges: pixel i covers [i, i+1).

pub use limn_raster::{PixelRect, Rgb8, RgbError, RgbLevels, WholeRgb};

/// A click in pixel-edge image coordinates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Click {
    /// Pixels from the left edge of the picture.
    pub x: f32,
    /// Pixels from the top edge of the picture.
    pub y: f32,
    /// "Belongs to the object" rather than "does not".
    pub positive: bool,
}

/// One byte, 0 or 1, per pixel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bitmap {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// `width * height` bytes, 0 or 1.
    pub data: Vec<u8>,
}

impl Bitmap {
    /// An empty bitmap.
    pub fn new(width: u32, height: u32) -> Self {
        Self { width, height, data: vec![0; width as usize * height as usize] }
    }

    /// Number of pixels set.
    pub fn area(&self) -> u64 {
        self.data.iter().map(|&v| u64::from(v != 0)).sum()
    }

    /// The smallest rectangle that holds every set pixel.
    pub fn bounds(&self) -> Option<PixelRect> {
        let mut bounds: Option<PixelRect> = None;
        for (y, row) in self.data.chunks_exact(self.width.max(1) as usize).enumerate() {
            let Some(first) = row.iter().position(|&v| v != 0) else { continue };
            let last = row.iter().rposition(|&v| v != 0).unwrap_or(first);
            let (x0, x1, y) = (first as u32, last as u32 + 1, y as u32);
            bounds = Some(match bounds {
                None => PixelRect { x0, y0: y, x1, y1: y + 1 },
                Some(b) => PixelRect { x0: b.x0.min(x0), y0: b.y0, x1: b.x1.max(x1), y1: y + 1 },
            });
        }
        bounds
    }

    /// 3x3 dilation minus 3x3 erosion (outside the picture counts as background for both): the morphological gradient, the
    /// edge prior of a mask that is to be corrected.
    pub fn gradient(&self) -> Bitmap {
        let mut edge = Bitmap::new(self.width, self.height);
        let Some(bounds) = self.bounds() else { return edge };
        let (w, h) = (self.width as i64, self.height as i64);
        let at = |x: i64, y: i64| x >= 0 && y >= 0 && x < w && y < h && self.data[(y * w + x) as usize] != 0;
        let clamp = |v: i64, end: i64| v.clamp(0, end);
        for y in clamp(i64::from(bounds.y0) - 1, h)..clamp(i64::from(bounds.y1) + 1, h) {
            for x in clamp(i64::from(bounds.x0) - 1, w)..clamp(i64::from(bounds.x1) + 1, w) {
                let (mut any, mut all) = (false, true);
                for dy in -1..=1 {
                    for dx in -1..=1 {
                        let set = at(x + dx, y + dy);
                        any |= set;
                        all &= set;
                    }
                }
                edge.data[(y * w + x) as usize] = u8::from(any && !all);
            }
        }
        edge
    }
}

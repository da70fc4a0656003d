//! A probability map laid over a picture.

use std::sync::Arc;

use crate::crop::CropSquare;
use crate::picture::{Bitmap, PixelRect};
use crate::regions::Runs;
use crate::resample::prior::separable;
use crate::resample::runs;
use crate::resample::taps::{Axis, Tap};

/// Probabilities of the pixels of a picture: 0 outside [`ProbabilityMap::rect`].
///
/// It keeps the network's output and where that lies in the picture; values at image resolution (bilinear) are computed when
/// asked for, so that a map of a 100-megapixel picture costs no more than one of a thumbnail.
#[derive(Clone, Debug, PartialEq)]
pub struct ProbabilityMap {
    width: u32,
    height: u32,
    source: Source,
}

#[derive(Clone, Debug, PartialEq)]
enum Source {
    Zero,
    Binary(Arc<Bitmap>),
    Network(Network),
}

#[derive(Clone, Debug, PartialEq)]
struct Network {
    crop: CropSquare,
    size: u32,
    /// `size` squared values, 0..=65535 for 0..=1.
    values: Arc<[u16]>,
    /// Pixels of the picture that have a value.
    rect: PixelRect,
}

impl ProbabilityMap {
    /// Zero everywhere.
    pub fn zero(width: u32, height: u32) -> Self {
        Self { width, height, source: Source::Zero }
    }

    /// 1 on the bitmap's pixels.
    pub fn binary(bitmap: Arc<Bitmap>) -> Self {
        Self { width: bitmap.width, height: bitmap.height, source: Source::Binary(bitmap) }
    }

    /// The sigmoid of the network's logits for a crop; zero outside `clip` if there is one.
    pub(crate) fn from_logits(
        (width, height): (u32, u32),
        crop: CropSquare,
        size: u32,
        logits: &[f32],
        clip: Option<PixelRect>,
    ) -> Self {
        let quantised = |&logit: &f32| (65535.0 / (1.0 + (-logit).exp()) + 0.5) as u16;
        let mut rect = crop.pixels(width, height);
        if let Some(clip) = clip {
            rect.x0 = rect.x0.max(clip.x0);
            rect.y0 = rect.y0.max(clip.y0);
            rect.x1 = rect.x1.min(clip.x1).max(rect.x0);
            rect.y1 = rect.y1.min(clip.y1).max(rect.y0);
        }
        let network = Network { crop, size, values: logits.iter().map(quantised).collect(), rect };
        Self { width, height, source: Source::Network(network) }
    }

    /// Width of the picture.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// Height of the picture.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// The pixels that may differ from 0.
    pub fn rect(&self) -> PixelRect {
        match &self.source {
            Source::Zero => PixelRect { x0: 0, y0: 0, x1: 0, y1: 0 },
            Source::Binary(bitmap) => bitmap.bounds().unwrap_or(PixelRect { x0: 0, y0: 0, x1: 0, y1: 0 }),
            Source::Network(network) => network.rect,
        }
    }

    /// The values of [`ProbabilityMap::rect`], row by row.
    pub fn values(&self) -> Vec<f32> {
        let rect = self.rect();
        match &self.source {
            Source::Zero => Vec::new(),
            Source::Binary(bitmap) => {
                let line =
                    |y: u32| &bitmap.data[(y * bitmap.width + rect.x0) as usize..(y * bitmap.width + rect.x1) as usize];
                (rect.y0..rect.y1).flat_map(line).map(|&v| f32::from(v.min(1))).collect()
            }
            Source::Network(network) => {
                let (x, y) = network.axes(self.width, self.height);
                runs::dense(&network.values, &x, &y, rect)
            }
        }
    }

    /// The values of the whole picture, row by row.
    pub fn to_dense(&self) -> Vec<f32> {
        let (rect, values) = (self.rect(), self.values());
        let mut out = vec![0.0; self.width as usize * self.height as usize];
        let columns = (rect.x1 - rect.x0) as usize;
        for (n, row) in values.chunks_exact(columns.max(1)).enumerate() {
            let from = (rect.y0 as usize + n) * self.width as usize + rect.x0 as usize;
            out[from..from + columns].copy_from_slice(row);
        }
        out
    }

    /// The pixels above a threshold.
    pub fn above(&self, threshold: f32) -> Runs {
        let found = match &self.source {
            Source::Zero => Vec::new(),
            Source::Binary(bitmap) if threshold < 1.0 => Runs::from_bitmap(bitmap).runs,
            Source::Binary(_) => Vec::new(),
            Source::Network(network) => {
                let (x, y) = network.axes(self.width, self.height);
                runs::above(&network.values, &x, &y, network.rect, threshold)
            }
        };
        Runs { width: self.width, height: self.height, runs: found }
    }

    /// The map under another crop, as a `size` x `size` channel of the network's input.
    pub(crate) fn resample(&self, crop: &CropSquare, size: u32, out: &mut [f32]) {
        let x = Axis::x(crop, size, self.width);
        let y = Axis::y(crop, size, self.height);
        match &self.source {
            Source::Zero => out.fill(0.0),
            Source::Binary(bitmap) => {
                let (columns, rows): (Vec<[Tap; 2]>, Vec<[Tap; 2]>) = (x.image_taps(), y.image_taps());
                separable(&bitmap.data, self.width as usize, &columns, &rows, 1.0, out);
            }
            Source::Network(network) => {
                let (earlier_x, earlier_y) = network.axes(self.width, self.height);
                let columns = x.earlier_taps(&earlier_x, (network.rect.x0, network.rect.x1));
                let rows = y.earlier_taps(&earlier_y, (network.rect.y0, network.rect.y1));
                separable(&network.values, network.size as usize, &columns, &rows, 1.0 / 65535.0, out);
            }
        }
    }
}

impl Network {
    fn axes(&self, width: u32, height: u32) -> (Axis, Axis) {
        (Axis::x(&self.crop, self.size, width), Axis::y(&self.crop, self.size, height))
    }
}

//! Components, holes and small areas of a mask, on run lengths: their cost follows the outline, not the picture's size.

use crate::picture::{Bitmap, PixelRect};
pub use crate::resample::runs::Run;

/// How a mask is made from probabilities.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MaskOptions {
    /// A pixel belongs to the object if its probability is above this.
    pub threshold: f32,
    /// Keep only the component (8-connected) of most pixels; of equal ones the first from the top.
    pub largest_component: bool,
    /// Fill background that does not reach the picture's border (4-connected).
    pub fill_holes: bool,
    /// Drop components of fewer pixels.
    pub min_area: u32,
}

impl Default for MaskOptions {
    fn default() -> Self {
        Self { threshold: 0.5, largest_component: false, fill_holes: false, min_area: 0 }
    }
}

/// A mask as runs, sorted by row and column; runs of a row neither overlap nor touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Runs {
    /// Width of the picture.
    pub width: u32,
    /// Height of the picture.
    pub height: u32,
    /// The runs.
    pub runs: Vec<Run>,
}

impl Runs {
    /// The set pixels of a bitmap.
    pub fn from_bitmap(bitmap: &Bitmap) -> Self {
        let mut runs = Vec::new();
        for (y, row) in bitmap.data.chunks_exact(bitmap.width.max(1) as usize).enumerate() {
            let mut x = 0;
            while let Some(first) = row[x..].iter().position(|&v| v != 0).map(|n| x + n) {
                let end = row[first..].iter().position(|&v| v == 0).map_or(row.len(), |n| first + n);
                runs.push(Run { y: y as u32, x0: first as u32, x1: end as u32 });
                x = end;
            }
        }
        Self { width: bitmap.width, height: bitmap.height, runs }
    }

    /// One byte per pixel.
    pub fn to_bitmap(&self) -> Bitmap {
        let mut bitmap = Bitmap::new(self.width, self.height);
        for run in &self.runs {
            let line = run.y as usize * self.width as usize;
            bitmap.data[line + run.x0 as usize..line + run.x1 as usize].fill(1);
        }
        bitmap
    }

    /// Number of pixels.
    pub fn area(&self) -> u64 {
        self.runs.iter().map(|r| u64::from(r.x1 - r.x0)).sum()
    }

    /// The smallest rectangle that holds them.
    pub fn bounds(&self) -> Option<PixelRect> {
        let (first, last) = (self.runs.first()?, self.runs.last()?);
        let x0 = self.runs.iter().map(|r| r.x0).min()?;
        let x1 = self.runs.iter().map(|r| r.x1).max()?;
        Some(PixelRect { x0, y0: first.y, x1, y1: last.y + 1 })
    }

    /// Applies everything of `options` but the threshold: small components go first, then all but the largest, then holes are filled.
    #[must_use]
    pub fn cleaned(mut self, options: &MaskOptions) -> Self {
        if options.min_area > 1 || options.largest_component {
            let (label, areas) = self.components(1);
            let largest = (0..areas.len()).max_by_key(|&n| (areas[n], std::cmp::Reverse(n)));
            let keep = |n: usize| {
                areas[n] >= u64::from(options.min_area) && (!options.largest_component || Some(n) == largest)
            };
            let mut labels = label.into_iter();
            self.runs.retain(|_| labels.next().is_some_and(keep));
        }
        if options.fill_holes { self.filled() } else { self }
    }

    /// The mask with its holes filled.
    fn filled(self) -> Self {
        let background = self.complement();
        let (label, areas) = background.components(0);
        let mut open = vec![false; areas.len()];
        for (run, &n) in background.runs.iter().zip(&label) {
            open[n] |= run.y == 0 || run.y + 1 == self.height || run.x0 == 0 || run.x1 == self.width;
        }
        let mut labels = label.into_iter();
        let outside = Self {
            runs: background.runs.into_iter().filter(|_| labels.next().is_some_and(|n| open[n])).collect(),
            ..self
        };
        outside.complement()
    }

    /// Every pixel that is not set.
    fn complement(&self) -> Self {
        let mut runs = Vec::with_capacity(self.runs.len() + self.height as usize);
        let mut rest = self.runs.iter().peekable();
        for y in 0..self.height {
            let mut x = 0;
            while let Some(run) = rest.next_if(|r| r.y == y) {
                if run.x0 > x {
                    runs.push(Run { y, x0: x, x1: run.x0 });
                }
                x = run.x1;
            }
            if x < self.width {
                runs.push(Run { y, x0: x, x1: self.width });
            }
        }
        Self { width: self.width, height: self.height, runs }
    }

    /// Label of every run (numbered from the top) and the area of every label. Runs of neighbouring rows belong together if they
    /// share a column when widened by `reach`: 1 for 8-connected, 0 for 4-connected components.
    fn components(&self, reach: u32) -> (Vec<usize>, Vec<u64>) {
        let mut parent: Vec<usize> = (0..self.runs.len()).collect();
        let mut above = 0;
        for n in 0..self.runs.len() {
            let run = self.runs[n];
            let touches_from_left = |r: &Run| r.y + 1 < run.y || (r.y + 1 == run.y && r.x1 + reach <= run.x0);
            while above < n && touches_from_left(&self.runs[above]) {
                above += 1;
            }
            let mut m = above;
            while m < n && self.runs[m].y + 1 == run.y && self.runs[m].x0 < run.x1 + reach {
                union(&mut parent, m, n);
                m += 1;
            }
        }
        let (mut labels, mut areas) = (Vec::with_capacity(self.runs.len()), Vec::new());
        for (n, run) in self.runs.iter().enumerate() {
            // The root is the least index of its component, so it has been labelled before.
            let root = find(&mut parent, n);
            let label = if root == n { areas.len() } else { labels[root] };
            if root == n {
                areas.push(0);
            }
            areas[label] += u64::from(run.x1 - run.x0);
            labels.push(label);
        }
        (labels, areas)
    }
}

fn find(parent: &mut [usize], mut n: usize) -> usize {
    while parent[n] != n {
        parent[n] = parent[parent[n]];
        n = parent[n];
    }
    n
}

/// Joins two sets; the smaller root becomes the root of both.
fn union(parent: &mut [usize], a: usize, b: usize) {
    let (a, b) = (find(parent, a), find(parent, b));
    parent[a.max(b)] = a.min(b);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(width: u32, height: u32, seed: u32, density: u32) -> Bitmap {
        let mut state = seed.wrapping_mul(747_796_405).wrapping_add(1);
        let mut bitmap = Bitmap::new(width, height);
        for v in &mut bitmap.data {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *v = u8::from((state >> 16) % 100 < density);
        }
        bitmap
    }

    /// Flood fill from every pixel: label per pixel (0 none), in reading order.
    fn flood(bitmap: &Bitmap, value: u8, eight: bool) -> (Vec<usize>, Vec<u64>) {
        let (w, h) = (bitmap.width as i64, bitmap.height as i64);
        let (mut labels, mut areas) = (vec![0usize; bitmap.data.len()], vec![0u64]);
        for start in 0..bitmap.data.len() {
            if bitmap.data[start] != value || labels[start] != 0 {
                continue;
            }
            areas.push(0);
            let label = areas.len() - 1;
            labels[start] = label;
            let mut stack = vec![start];
            while let Some(p) = stack.pop() {
                areas[label] += 1;
                let (x, y) = (p as i64 % w, p as i64 / w);
                for (dx, dy) in [(-1, 0), (1, 0), (0, -1), (0, 1), (-1, -1), (1, -1), (-1, 1), (1, 1)] {
                    let (nx, ny) = (x + dx, y + dy);
                    if nx < 0 || ny < 0 || nx >= w || ny >= h || (!eight && dx != 0 && dy != 0) {
                        continue;
                    }
                    let q = (ny * w + nx) as usize;
                    if bitmap.data[q] == value && labels[q] == 0 {
                        labels[q] = label;
                        stack.push(q);
                    }
                }
            }
        }
        (labels, areas)
    }

    fn brute(bitmap: &Bitmap, options: &MaskOptions) -> Bitmap {
        let (labels, areas) = flood(bitmap, 1, true);
        let mut kept = bitmap.clone();
        let mut largest = 0;
        for n in 1..areas.len() {
            if largest == 0 || areas[n] > areas[largest] {
                largest = n;
            }
        }
        for (v, &label) in kept.data.iter_mut().zip(&labels) {
            let small = areas[label] < u64::from(options.min_area);
            if label != 0 && (small || (options.largest_component && label != largest)) {
                *v = 0;
            }
        }
        if options.fill_holes {
            let (labels, areas) = flood(&kept, 0, false);
            let (w, h) = (kept.width as usize, kept.height as usize);
            let mut open = vec![false; areas.len()];
            for (p, &label) in labels.iter().enumerate() {
                open[label] |= p % w == 0 || p % w == w - 1 || p / w == 0 || p / w == h - 1;
            }
            for (v, &label) in kept.data.iter_mut().zip(&labels) {
                if label != 0 && !open[label] {
                    *v = 1;
                }
            }
        }
        kept
    }

    #[test]
    fn components_holes_and_small_areas_agree_with_flood_fill() {
        for seed in 0..60 {
            let (width, height) = (1 + seed % 23, 1 + (seed * 7) % 19);
            let bitmap = noise(width, height, seed, 25 + seed % 55);
            assert_eq!(Runs::from_bitmap(&bitmap).to_bitmap(), bitmap);
            for bits in 0..8u32 {
                let options = MaskOptions {
                    largest_component: bits & 1 != 0,
                    fill_holes: bits & 2 != 0,
                    min_area: if bits & 4 != 0 { 4 } else { 0 },
                    ..MaskOptions::default()
                };
                let got = Runs::from_bitmap(&bitmap).cleaned(&options).to_bitmap();
                assert_eq!(got, brute(&bitmap, &options), "seed {seed}, {options:?}");
            }
        }
    }

    #[test]
    fn area_and_bounds_are_those_of_the_bitmap() {
        let bitmap = noise(17, 11, 3, 20);
        let runs = Runs::from_bitmap(&bitmap);
        assert_eq!((runs.area(), runs.bounds()), (bitmap.area(), bitmap.bounds()));
        assert_eq!(Runs::from_bitmap(&Bitmap::new(4, 4)).bounds(), None);
    }
}

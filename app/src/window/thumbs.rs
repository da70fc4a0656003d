//! Small copies of pictures, read on a thread of its own when they are in sight and kept within a bound.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use crossbeam_channel::{Receiver, Sender, bounded};
use egui::{ColorImage, Context, TextureHandle, TextureOptions};
use limn_datasets::ImageId;
use limn_datasets::PixelRect;
use limn_datasets::media::{Limits, TileCache, View, probe};
use limn_models::level_size;

use super::place::{Place, Placed};

/// Longer side of a thumbnail in pixels.
const EDGE: u32 = 192;
/// Thumbnails kept at most: about 40 MB.
const MOST: usize = 400;

/// What is known of a thumbnail.
pub enum Thumb {
    /// Being read, or not yet asked for.
    Coming,
    /// There it is.
    Here(TextureHandle),
    /// The file cannot be read.
    Broken,
}

#[derive(Default)]
struct Queue {
    wanted: Vec<Placed<(ImageId, PathBuf)>>,
    stop: bool,
}

struct Kept {
    texture: Option<TextureHandle>,
    used: u64,
}

/// The thread and what it has read. Who draws pictures says what is in sight; that changes nothing for anyone else.
pub struct Thumbs {
    queue: Arc<(Mutex<Queue>, Condvar)>,
    results: Receiver<Placed<(ImageId, Option<ColorImage>)>>,
    here: Place,
    kept: RefCell<BTreeMap<ImageId, Kept>>,
    clock: Cell<u64>,
}

impl Thumbs {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(ctx: Context) -> std::io::Result<Self> {
        let queue = Arc::new((Mutex::new(Queue::default()), Condvar::new()));
        let (sender, results) = bounded(8);
        let theirs = Arc::clone(&queue);
        std::thread::Builder::new().name("thumbnails".into()).spawn(move || read_all(&theirs, &sender, &ctx))?;
        Ok(Self { queue, results, here: Place::default(), kept: RefCell::default(), clock: Cell::default() })
    }

    /// Says which pictures are in sight; earlier wishes that were not begun are forgotten. Takes in what was read.
    pub fn want(&self, ctx: &Context, in_sight: impl Iterator<Item = (ImageId, PathBuf)>) {
        let now = self.clock.get() + 1;
        self.clock.set(now);
        let (here, mut all) = (self.here, self.kept.borrow_mut());
        for (id, image) in self.results.try_iter().filter_map(|read| read.at(here)) {
            let name = format!("thumbnail {}", id.0);
            let texture = image.map(|image| ctx.load_texture(name, image, TextureOptions::LINEAR));
            all.insert(id, Kept { texture, used: now });
        }
        let mut wanted = Vec::new();
        for (id, path) in in_sight {
            match all.get_mut(&id) {
                Some(kept) => kept.used = now,
                None => wanted.push(Placed::new(here, (id, path))),
            }
        }
        // The thread takes the last one first.
        wanted.reverse();
        let (queue, bell) = &*self.queue;
        queue.lock().unwrap_or_else(PoisonError::into_inner).wanted = wanted;
        bell.notify_one();
        while all.len() > MOST {
            let oldest = all.iter().min_by_key(|(_, kept)| kept.used).map(|(id, _)| *id);
            oldest.and_then(|id| all.remove(&id));
        }
    }

    /// The thumbnail of a picture.
    pub fn get(&self, id: ImageId) -> Thumb {
        match self.kept.borrow().get(&id) {
            None => Thumb::Coming,
            Some(Kept { texture: Some(texture), .. }) => Thumb::Here(texture.clone()),
            Some(Kept { texture: None, .. }) => Thumb::Broken,
        }
    }

    /// Another project was opened: what was asked for before belongs to another place.
    pub fn move_to(&mut self, here: Place) {
        self.here = here;
        self.queue.0.lock().unwrap_or_else(PoisonError::into_inner).wanted.clear();
        self.kept.get_mut().clear();
    }

    /// The file of a picture has changed.
    pub fn forget(&mut self, id: ImageId) {
        self.kept.get_mut().remove(&id);
    }
}

impl Drop for Thumbs {
    fn drop(&mut self) {
        self.queue.0.lock().unwrap_or_else(PoisonError::into_inner).stop = true;
        self.queue.1.notify_one();
    }
}

fn read_all(queue: &(Mutex<Queue>, Condvar), sender: &Sender<Placed<(ImageId, Option<ColorImage>)>>, ctx: &Context) {
    loop {
        let wish = {
            let (lock, bell) = queue;
            let mut queue = lock.lock().unwrap_or_else(PoisonError::into_inner);
            loop {
                if queue.stop {
                    return;
                }
                if let Some(next) = queue.wanted.pop() {
                    break next;
                }
                queue = bell.wait(queue).unwrap_or_else(PoisonError::into_inner);
            }
        };
        let read = |(id, path): (ImageId, PathBuf)| {
            // A decoder that panics on a hostile file costs this picture only.
            (id, std::panic::catch_unwind(|| small(&path)).ok().flatten())
        };
        if sender.send(wish.answered(read)).is_err() {
            return;
        }
        ctx.request_repaint();
    }
}

/// Pictures of more pixels get an empty one: all of them would have to be read.
const MOST_PIXELS: u64 = 128 << 20;

/// A picture made small, from the coarsest level that is still fine enough.
fn small(path: &std::path::Path) -> Option<ColorImage> {
    let info = probe(path).ok()?;
    if u64::from(info.width) * u64::from(info.height) > MOST_PIXELS {
        let longest = u64::from(info.width.max(info.height));
        let side = |side: u32| (u64::from(side) * u64::from(EDGE) / longest).max(1) as usize;
        return Some(ColorImage::filled([side(info.width), side(info.height)], egui::Color32::from_gray(90)));
    }
    let picture = View::open(path, &Limits::default(), &TileCache::new(1 << 20)).ok()?;
    let fine = |level: &usize| level_size(picture.size(), *level).into_iter().max().is_some_and(|side| side >= EDGE);
    let level = (0..picture.levels()).rev().find(fine).unwrap_or(0);
    let [x1, y1] = level_size(picture.size(), level);
    let rgb = picture.rgb(level, PixelRect { x0: 0, y0: 0, x1, y1 }).ok()?;
    Some(shrink(rgb.width, rgb.height, &rgb.data))
}

/// Each pixel is the mean of the block of the picture that it covers.
fn shrink(width: u32, height: u32, rgb: &[u8]) -> ColorImage {
    let longest = width.max(height).max(1);
    let scaled = |side: u32| (u64::from(side) * u64::from(EDGE.min(longest)) / u64::from(longest)).max(1) as u32;
    let (w, h) = (scaled(width), scaled(height));
    let edge = |i: u32, of: u32, full: u32| (u64::from(i) * u64::from(full) / u64::from(of)) as usize;
    let mut bytes = Vec::with_capacity(3 * (w * h) as usize);
    for y in 0..h {
        let rows = edge(y, h, height)..edge(y + 1, h, height);
        for x in 0..w {
            let columns = edge(x, w, width)..edge(x + 1, w, width);
            let mut sum = [0_u64; 3];
            let mut count = 0;
            for row in rows.clone() {
                let line = &rgb[3 * (row * width as usize + columns.start)..3 * (row * width as usize + columns.end)];
                for pixel in line.chunks_exact(3) {
                    (0..3).for_each(|c| sum[c] += u64::from(pixel[c]));
                    count += 1;
                }
            }
            bytes.extend(sum.map(|s| (s / count.max(1)) as u8));
        }
    }
    ColorImage::from_rgb([w as usize, h as usize], &bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thumbnail_keeps_shape_and_mean() {
        let rgb: Vec<u8> = (0..400 * 200).flat_map(|i| if i % 2 == 0 { [0; 3] } else { [200; 3] }).collect();
        let small = shrink(400, 200, &rgb);
        assert_eq!(small.size, [192, 96]);
        let mean = small.pixels.iter().map(|p| u64::from(p.r())).sum::<u64>() / small.pixels.len() as u64;
        // Blocks of two and three columns: the mean of the whole stays within a few steps of 100.
        assert!((90..=110).contains(&mean), "{mean}");
        assert_eq!(shrink(3, 1, &[9; 9]).size, [3, 1]);
    }
}

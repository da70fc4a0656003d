//! Reading pictures on a thread of its own: the one that is wanted first, then the next one ahead of time.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::{Condvar, Mutex, PoisonError};

use crossbeam_channel::{Receiver, Sender, bounded};
use limn_datasets::ImageId;
use limn_datasets::media::{Limits, SourceInfo, read_picture};
use limn_models::Rgb8;
use rayon::prelude::*;

/// Edge below which no coarser level is made.
const COARSEST: u32 = 512;

/// A picture and its halved copies, for drawing it small.
#[derive(Debug)]
pub struct Pyramid {
    /// Level 0 is the picture; a pixel of level `n` is the mean of 2 x 2 pixels of level `n - 1`.
    pub levels: Vec<Arc<Rgb8>>,
    /// Something worth knowing about the file, for instance "16 bit" (empty for a plain 8-bit RGB picture).
    pub note: String,
}

impl Pyramid {
    /// Makes the coarser levels.
    pub fn new(full: Rgb8, note: String) -> Self {
        let mut levels = vec![Arc::new(full)];
        while let Some(last) = levels.last()
            && last.width.max(last.height) > COARSEST
        {
            let half = halve(last);
            levels.push(Arc::new(half));
        }
        Self { levels, note }
    }

    /// The picture itself.
    pub fn full(&self) -> &Arc<Rgb8> {
        &self.levels[0]
    }

    /// Width and height in pixels.
    pub fn size(&self) -> [u32; 2] {
        [self.full().width, self.full().height]
    }

    /// Memory held, in bytes.
    pub fn bytes(&self) -> usize {
        self.levels.iter().map(|l| l.data.len()).sum()
    }

    /// Red, green and blue of a pixel, if it lies inside.
    pub fn pixel(&self, x: i64, y: i64) -> Option<[u8; 3]> {
        let full = self.full();
        if x < 0 || y < 0 || x >= i64::from(full.width) || y >= i64::from(full.height) {
            return None;
        }
        let at = 3 * (y as usize * full.width as usize + x as usize);
        full.data.get(at..at + 3).map(|p| [p[0], p[1], p[2]])
    }
}

fn halve(source: &Rgb8) -> Rgb8 {
    let (w, h) = (source.width.div_ceil(2) as usize, source.height.div_ceil(2) as usize);
    let (sw, sh) = (source.width as usize, source.height as usize);
    let mut data = vec![0_u8; w * h * 3];
    data.par_chunks_mut(w * 3).enumerate().for_each(|(y, row)| {
        let top = &source.data[2 * y * sw * 3..][..sw * 3];
        let bottom = &source.data[(2 * y + 1).min(sh - 1) * sw * 3..][..sw * 3];
        for (x, out) in row.chunks_exact_mut(3).enumerate() {
            let (a, b) = (6 * x, 3 * (2 * x + 1).min(sw - 1));
            for c in 0..3 {
                let sum =
                    u16::from(top[a + c]) + u16::from(top[b + c]) + u16::from(bottom[a + c]) + u16::from(bottom[b + c]);
                out[c] = ((sum + 2) / 4) as u8;
            }
        }
    });
    Rgb8 { width: w as u32, height: h as u32, data }
}

/// A picture that was read, or why not.
pub struct Loaded {
    /// Which.
    pub id: ImageId,
    /// The picture, or one line for the person.
    pub result: Result<Arc<Pyramid>, String>,
}

#[derive(Default)]
struct Slot {
    want: Option<(ImageId, PathBuf)>,
    ahead: Option<(ImageId, PathBuf)>,
    stop: bool,
}

/// The reading thread and the pictures read last.
pub struct Loader {
    slot: Arc<(Mutex<Slot>, Condvar)>,
    results: Receiver<Loaded>,
    kept: VecDeque<(ImageId, Arc<Pyramid>)>,
}

/// Bytes of pictures kept besides the newest.
const KEEP_BYTES: usize = 700 << 20;
/// Pictures kept at most.
const KEEP: usize = 6;

impl Loader {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(ctx: egui::Context) -> std::io::Result<Self> {
        let slot = Arc::new((Mutex::new(Slot::default()), Condvar::new()));
        let (sender, results) = bounded(4);
        let shared = Arc::clone(&slot);
        std::thread::Builder::new().name("decode".into()).spawn(move || read_all(&shared, &sender, &ctx))?;
        Ok(Self { slot, results, kept: VecDeque::new() })
    }

    /// Asks for a picture; an older wish that was not begun is forgotten.
    pub fn want(&self, id: ImageId, path: PathBuf) {
        self.put(|slot| slot.want = Some((id, path)));
    }

    /// Asks for a picture that will probably be wanted next.
    pub fn ahead(&self, id: ImageId, path: PathBuf) {
        if self.get(id).is_none() {
            self.put(|slot| slot.ahead = Some((id, path)));
        }
    }

    fn put(&self, change: impl FnOnce(&mut Slot)) {
        let (slot, bell) = &*self.slot;
        change(&mut slot.lock().unwrap_or_else(PoisonError::into_inner));
        bell.notify_one();
    }

    /// The next picture that came in; good ones are kept.
    pub fn next(&mut self) -> Option<Loaded> {
        let loaded = self.results.try_recv().ok()?;
        if let Ok(picture) = &loaded.result {
            self.kept.retain(|(id, _)| *id != loaded.id);
            self.kept.push_front((loaded.id, Arc::clone(picture)));
            let mut bytes = 0;
            let mut count = 0;
            self.kept.retain(|(_, p)| {
                bytes += p.bytes();
                count += 1;
                count <= 2 || (count <= KEEP && bytes <= KEEP_BYTES)
            });
        }
        Some(loaded)
    }

    /// A picture that is kept.
    pub fn get(&self, id: ImageId) -> Option<Arc<Pyramid>> {
        self.kept.iter().find(|(k, _)| *k == id).map(|(_, p)| Arc::clone(p))
    }

    /// Forgets all pictures (another project was opened).
    pub fn clear(&mut self) {
        self.kept.clear();
        self.put(|slot| {
            slot.want = None;
            slot.ahead = None;
        });
        while self.results.try_recv().is_ok() {}
    }
}

impl Drop for Loader {
    fn drop(&mut self) {
        self.put(|slot| slot.stop = true);
    }
}

fn read_all(shared: &(Mutex<Slot>, Condvar), sender: &Sender<Loaded>, ctx: &egui::Context) {
    loop {
        let (id, path) = {
            let (slot, bell) = shared;
            let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
            loop {
                if slot.stop {
                    return;
                }
                if let Some(next) = slot.want.take().or_else(|| slot.ahead.take()) {
                    break next;
                }
                slot = bell.wait(slot).unwrap_or_else(PoisonError::into_inner);
            }
        };
        // A decoder that panics on a hostile file costs this picture only.
        let read = std::panic::catch_unwind(|| read_picture(&path, &Limits::default()));
        let result = match read {
            Ok(Ok(picture)) => {
                let note = note(&picture.source);
                let full = Rgb8 { width: picture.width, height: picture.height, data: picture.rgb };
                Ok(Arc::new(Pyramid::new(full, note)))
            }
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => {
                Err(format!("the picture cannot be read (the decoder failed); replace the file: {}", path.display()))
            }
        };
        if sender.send(Loaded { id, result }).is_err() {
            return;
        }
        ctx.request_repaint();
    }
}

/// What a person may want to know of the file; empty for a plain 8-bit colour picture.
fn note(source: &SourceInfo) -> String {
    let mut parts = Vec::new();
    if source.palette {
        parts.push("palette".to_owned());
    } else if source.channels < 3 {
        parts.push("grey".to_owned());
    }
    if matches!(source.channels, 2 | 4) {
        parts.push("with alpha".to_owned());
    }
    if source.bits > 8 {
        parts.push(format!("{} bit", source.bits));
    }
    if source.orientation > 1 {
        parts.push("turned upright".to_owned());
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halving_is_the_mean_and_odd_edges_are_kept() {
        let source = Rgb8 { width: 3, height: 1, data: vec![0, 0, 0, 100, 50, 10, 9, 9, 9] };
        let half = halve(&source);
        assert_eq!((half.width, half.height), (2, 1));
        assert_eq!(half.data, [50, 25, 5, 9, 9, 9]);
    }

    #[test]
    fn a_large_picture_gets_levels_down_to_one_tile() {
        let picture =
            Pyramid::new(Rgb8 { width: 3_000, height: 1_001, data: vec![7; 3_000 * 1_001 * 3] }, String::new());
        let sizes: Vec<_> = picture.levels.iter().map(|l| (l.width, l.height)).collect();
        assert_eq!(sizes, [(3_000, 1_001), (1_500, 501), (750, 251), (375, 126)]);
        assert!(picture.levels.iter().all(|l| l.data.iter().all(|&v| v == 7)));
        assert_eq!(picture.pixel(2_999, 1_000), Some([7, 7, 7]));
        assert_eq!(picture.pixel(3_000, 0), None);
    }
}

//! Reading pictures on a thread of its own: the one that is wanted first, then the next one ahead of time.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::{Condvar, Mutex, PoisonError};

use crossbeam_channel::{Receiver, Sender, bounded};
use limn_datasets::ImageId;
use limn_datasets::media::{Limits, SourceInfo, read_picture};
use limn_models::Rgb8;
use rayon::prelude::*;

use super::lang::{self, t, tf};
use super::place::{Place, Placed};

/// Edge below which no coarser level is made.
const COARSEST: u32 = 512;

/// A picture and its halved copies, for drawing it small.
#[derive(Debug)]
pub struct Pyramid {
    /// Level 0 is the picture; a pixel of level `n` is the mean of 2 x 2 pixels of level `n - 1`.
    pub levels: Vec<Arc<Rgb8>>,
    /// What is known of the file, where it was read from one.
    pub source: Option<SourceInfo>,
    /// Tells other pixels from these: a picture that was replaced has another one.
    pub print: u64,
}

/// A number that other pixels do not have (FNV-1a over words of eight bytes; not against malice).
fn fingerprint(picture: &Rgb8) -> u64 {
    let mut print = 0xcbf2_9ce4_8422_2325_u64;
    let mut mix = |word: u64| print = (print ^ word).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23);
    mix(u64::from(picture.width) << 32 | u64::from(picture.height));
    let (words, rest) = picture.data.as_chunks::<8>();
    words.iter().for_each(|word| mix(u64::from_le_bytes(*word)));
    rest.iter().for_each(|byte| mix(u64::from(*byte)));
    print
}

impl Pyramid {
    /// Makes the coarser levels.
    pub fn new(full: Rgb8, source: Option<SourceInfo>) -> Self {
        let print = fingerprint(&full);
        let mut levels = vec![Arc::new(full)];
        while let Some(last) = levels.last()
            && last.width.max(last.height) > COARSEST
        {
            let half = halve(last);
            levels.push(Arc::new(half));
        }
        Self { levels, source, print }
    }

    /// What a person may want to know of the file, in a few words and in whole sentences; both empty for a plain 8-bit colour
    /// picture.
    pub fn notes(&self) -> (String, Vec<String>) {
        self.source.as_ref().map(notes).unwrap_or_default()
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
    want: Option<Placed<(ImageId, PathBuf)>>,
    ahead: Option<Placed<(ImageId, PathBuf)>>,
    stop: bool,
}

/// The reading thread and the pictures read last.
pub struct Loader {
    slot: Arc<(Mutex<Slot>, Condvar)>,
    results: Receiver<Placed<Loaded>>,
    here: Place,
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
        Ok(Self { slot, results, here: Place::default(), kept: VecDeque::new() })
    }

    /// Asks for a picture; an older wish that was not begun is forgotten.
    pub fn want(&self, id: ImageId, path: PathBuf) {
        self.put(|slot| slot.want = Some(Placed::new(self.here, (id, path))));
    }

    /// Asks for a picture that will probably be wanted next.
    pub fn ahead(&self, id: ImageId, path: PathBuf) {
        if self.get(id).is_none() {
            self.put(|slot| slot.ahead = Some(Placed::new(self.here, (id, path))));
        }
    }

    fn put(&self, change: impl FnOnce(&mut Slot)) {
        let (slot, bell) = &*self.slot;
        change(&mut slot.lock().unwrap_or_else(PoisonError::into_inner));
        bell.notify_one();
    }

    /// The next picture of this place that came in; good ones are kept.
    pub fn next(&mut self) -> Option<Loaded> {
        let here = self.here;
        let loaded = self.results.try_iter().find_map(|loaded| loaded.at(here))?;
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

    /// Another project was opened: what was asked for before belongs to another place.
    pub fn move_to(&mut self, here: Place) {
        self.here = here;
        self.kept.clear();
        self.put(|slot| (slot.want, slot.ahead) = (None, None));
    }

    /// The file of a picture has changed: it is read again when it is wanted.
    pub fn forget(&mut self, id: ImageId) {
        self.kept.retain(|(kept, _)| *kept != id);
    }
}

impl Drop for Loader {
    fn drop(&mut self) {
        self.put(|slot| slot.stop = true);
    }
}

fn read_all(shared: &(Mutex<Slot>, Condvar), sender: &Sender<Placed<Loaded>>, ctx: &egui::Context) {
    loop {
        let wish = {
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
        if sender.send(wish.answered(|(id, path)| Loaded { id, result: read(&path) })).is_err() {
            return;
        }
        ctx.request_repaint();
    }
}

fn read(path: &Path) -> Result<Arc<Pyramid>, String> {
    // A decoder that panics on a hostile file costs this picture only.
    match std::panic::catch_unwind(|| read_picture(path, &Limits::default())) {
        Ok(Ok(picture)) => {
            let full = Rgb8 { width: picture.width, height: picture.height, data: picture.rgb };
            Ok(Arc::new(Pyramid::new(full, Some(picture.source))))
        }
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("the picture cannot be read (the decoder failed); replace the file: {}", path.display())),
    }
}

fn notes(source: &SourceInfo) -> (String, Vec<String>) {
    let mut parts = Vec::new();
    if source.palette {
        parts.push(t(lang::NOTE_PALETTE).to_owned());
    } else if source.channels < 3 {
        parts.push(t(lang::NOTE_GREY).to_owned());
    }
    if matches!(source.channels, 2 | 4) {
        parts.push(t(lang::NOTE_ALPHA).to_owned());
    }
    let mut sentences: Vec<String> = source.notes.iter().map(|note| lang::said_again(note)).collect();
    if source.bits > 8 {
        parts.push(tf(lang::NOTE_BITS, &[&source.bits]));
        sentences.push(t(lang::NOTE_STRETCHED).to_owned());
    }
    if source.orientation > 1 {
        parts.push(t(lang::NOTE_TURNED).to_owned());
    }
    (parts.join(", "), sentences)
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
    fn a_picture_of_the_place_before_is_not_taken_for_one_of_this_place() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("a.ppm");
        std::fs::write(&path, b"P6\n1 1\n255\nabc").expect("a picture");
        let mut loader = Loader::start(egui::Context::default()).expect("a thread");
        let (before, here) = (Place::default(), Place::default().next());
        loader.want(ImageId(1), path.clone());
        // Its answer is under way when another project opens.
        while loader.results.is_empty() {
            std::thread::yield_now();
        }
        loader.move_to(here);
        assert!(loader.next().is_none() && loader.get(ImageId(1)).is_none(), "it belongs to {before:?}");
        loader.want(ImageId(1), path);
        let loaded = loop {
            if let Some(loaded) = loader.next() {
                break loaded;
            }
            std::thread::yield_now();
        };
        assert!(loaded.result.is_ok() && loader.get(ImageId(1)).is_some());
    }

    #[test]
    fn other_pixels_have_another_print() {
        let picture = |data: &[u8]| fingerprint(&Rgb8 { width: 3, height: 1, data: data.to_vec() });
        let print = picture(&[1, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(print, picture(&[1, 2, 3, 4, 5, 6, 7, 8, 9]));
        assert!(print != picture(&[1, 2, 3, 4, 5, 6, 7, 8, 10]) && print != picture(&[0, 2, 3, 4, 5, 6, 7, 8, 9]));
    }

    #[test]
    fn a_large_picture_gets_levels_down_to_one_tile() {
        let picture = Pyramid::new(Rgb8 { width: 3_000, height: 1_001, data: vec![7; 3_000 * 1_001 * 3] }, None);
        let sizes: Vec<_> = picture.levels.iter().map(|l| (l.width, l.height)).collect();
        assert_eq!(sizes, [(3_000, 1_001), (1_500, 501), (750, 251), (375, 126)]);
        assert!(picture.levels.iter().all(|l| l.data.iter().all(|&v| v == 7)));
        assert_eq!(picture.pixel(2_999, 1_000), Some([7, 7, 7]));
        assert_eq!(picture.pixel(3_000, 0), None);
    }
}

//! Opening pictures on a thread of its own: the one that is wanted first, then the next one ahead of time.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::{Condvar, Mutex, PoisonError};

use crossbeam_channel::{Receiver, Sender, bounded};
use limn_datasets::ImageId;
use limn_datasets::media::{Limits, SourceInfo, TileCache, View};

use super::lang::{self, t, tf};
use super::place::{Place, Placed};
use crate::engine::tile_cache;

/// A picture as it is seen.
pub type Picture = View;

/// What a person may want to know of a file, in a few words and in whole sentences; both empty for a plain 8-bit colour picture.
pub fn notes(picture: &Picture) -> (String, Vec<String>) {
    notes_of(&picture.info().source)
}

/// A picture that was read, or why not.
pub struct Loaded {
    /// Which.
    pub id: ImageId,
    /// The picture, or one line for the person.
    pub result: Result<Arc<Picture>, String>,
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
    kept: VecDeque<(ImageId, Arc<Picture>)>,
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
        let cache = tile_cache();
        std::thread::Builder::new().name("decode".into()).spawn(move || read_all(&shared, &sender, &ctx, &cache))?;
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
                // What lies on a disk takes room there, and may still be made.
                count <= 2 || (count <= KEEP && bytes <= KEEP_BYTES && p.is_resident(0))
            });
        }
        Some(loaded)
    }

    /// A picture that is kept.
    pub fn get(&self, id: ImageId) -> Option<Arc<Picture>> {
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

fn read_all(
    shared: &(Mutex<Slot>, Condvar),
    sender: &Sender<Placed<Loaded>>,
    ctx: &egui::Context,
    cache: &Arc<TileCache>,
) {
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
        if sender.send(wish.answered(|(id, path)| Loaded { id, result: read(&path, cache) })).is_err() {
            return;
        }
        ctx.request_repaint();
    }
}

fn read(path: &Path, cache: &Arc<TileCache>) -> Result<Arc<Picture>, String> {
    // A decoder that panics on a hostile file costs this picture only.
    match std::panic::catch_unwind(|| Picture::open(path, &Limits::default(), cache)) {
        Ok(Ok(picture)) => Ok(Arc::new(picture)),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("the picture cannot be read (the decoder failed); replace the file: {}", path.display())),
    }
}

fn notes_of(source: &SourceInfo) -> (String, Vec<String>) {
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
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("a.ppm");
        let print = |data: &[u8; 9]| {
            std::fs::write(&path, [&b"P6\n3 1\n255\n"[..], data].concat()).expect("a picture");
            read(&path, &TileCache::new(1 << 20)).expect("it is read").print()
        };
        let first = print(&[1, 2, 3, 4, 5, 6, 7, 8, 9]);
        assert_eq!(first, print(&[1, 2, 3, 4, 5, 6, 7, 8, 9]));
        assert!(first != print(&[1, 2, 3, 4, 5, 6, 7, 8, 10]) && first != print(&[0, 2, 3, 4, 5, 6, 7, 8, 9]));
    }
}

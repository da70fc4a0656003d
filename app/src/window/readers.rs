//! Threads that read the tiles of pictures that do not lie in memory. A newer wish list takes the place of the older one; the first
//! wish is read first.

use std::sync::{Arc, Condvar, Mutex, PoisonError};

use crossbeam_channel::{Receiver, Sender, bounded};
use limn_datasets::PixelRect;
use limn_models::Rgb8;

use super::picture::Picture;

/// How many tiles are read at once. Decoders use the other cores themselves.
const READERS: usize = 2;

/// A part of a level of a picture.
#[derive(Clone)]
pub struct Wish {
    /// The picture; its `Arc` tells it from another one.
    pub picture: Arc<Picture>,
    /// Level, column, row.
    pub key: (usize, u32, u32),
    /// In pixels of the level.
    pub part: PixelRect,
}

/// A wish that came true, or why it did not.
pub struct Read {
    /// What was wished for.
    pub wish: Wish,
    /// Its pixels.
    pub pixels: Result<Rgb8, String>,
}

#[derive(Default)]
struct Board {
    wishes: Vec<Wish>,
    /// Taken by a thread and not answered yet.
    taken: Vec<(usize, (usize, u32, u32))>,
    stop: bool,
}

/// The threads. They end when this is dropped.
pub struct Readers {
    board: Arc<(Mutex<Board>, Condvar)>,
    results: Receiver<Read>,
}

fn address(picture: &Arc<Picture>) -> usize {
    Arc::as_ptr(picture) as usize
}

impl Readers {
    /// Starts the threads.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(ctx: &egui::Context) -> std::io::Result<Self> {
        let board = Arc::new((Mutex::new(Board::default()), Condvar::new()));
        let (sender, results) = bounded(2 * READERS);
        for _ in 0..READERS {
            let (board, sender, ctx) = (Arc::clone(&board), sender.clone(), ctx.clone());
            std::thread::Builder::new().name("tiles".into()).spawn(move || read_all(&board, &sender, &ctx))?;
        }
        Ok(Self { board, results })
    }

    /// What is wished for now, the most wanted first.
    pub fn want(&self, mut wishes: Vec<Wish>) {
        let (board, bell) = &*self.board;
        let mut board = board.lock().unwrap_or_else(PoisonError::into_inner);
        wishes.retain(|wish| !board.taken.contains(&(address(&wish.picture), wish.key)));
        // The threads take the last one.
        wishes.reverse();
        board.wishes = wishes;
        drop(board);
        bell.notify_all();
    }

    /// A wish that came true since it was asked for last.
    pub fn next(&self) -> Option<Read> {
        self.results.try_recv().ok()
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        let (board, bell) = &*self.board;
        let mut board = board.lock().unwrap_or_else(PoisonError::into_inner);
        board.stop = true;
        board.wishes.clear();
        drop(board);
        bell.notify_all();
    }
}

fn read_all(shared: &(Mutex<Board>, Condvar), sender: &Sender<Read>, ctx: &egui::Context) {
    let (lock, bell) = shared;
    loop {
        let wish = {
            let mut board = lock.lock().unwrap_or_else(PoisonError::into_inner);
            loop {
                if board.stop {
                    return;
                }
                if let Some(wish) = board.wishes.pop() {
                    board.taken.push((address(&wish.picture), wish.key));
                    break wish;
                }
                board = bell.wait(board).unwrap_or_else(PoisonError::into_inner);
            }
        };
        let pixels = wish.picture.rgb(wish.key.0, wish.part).map_err(|error| error.to_string());
        let mine = (address(&wish.picture), wish.key);
        let sent = sender.send(Read { wish, pixels }).is_ok();
        lock.lock().unwrap_or_else(PoisonError::into_inner).taken.retain(|taken| *taken != mine);
        if !sent {
            return;
        }
        ctx.request_repaint();
    }
}

#[cfg(test)]
mod tests {
    use limn_datasets::media::{Limits, TileCache};

    use super::*;

    #[test]
    fn what_is_wished_for_is_read_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.pgm");
        std::fs::write(&path, [&b"P5\n8 4\n255\n"[..], &(0..32).collect::<Vec<u8>>()].concat()).expect("a picture");
        let picture = Picture::open(&path, &Limits::default(), &TileCache::new(1 << 20)).expect("it is read");
        let picture = Arc::new(picture);
        let wish = |column: u32| {
            let part = PixelRect { x0: column, y0: 1, x1: column + 1, y1: 2 };
            Wish { picture: Arc::clone(&picture), key: (0, column, 0), part }
        };
        let readers = Readers::start(&egui::Context::default()).expect("threads");
        readers.want(vec![wish(2), wish(5)]);
        let mut read = Vec::new();
        while read.len() < 2 {
            if let Some(one) = readers.next() {
                read.push((one.wish.key.1, one.pixels.expect("pixels").data[0]));
            }
            std::thread::yield_now();
        }
        read.sort_unstable();
        assert_eq!(read, [(2, 10), (5, 13)]);
        assert!(readers.next().is_none());
    }
}

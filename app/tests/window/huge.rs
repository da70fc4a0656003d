//! A picture that does not lie in memory: read tile by tile, while its halved levels are made.

use std::path::Path;
use std::time::{Duration, Instant};

use limn::window::command::Command;

use crate::support::{Window, small_engine};

/// Pixels of a side, and of a tile.
const SIDE: u32 = 12_000;
const TILE: u32 = 512;
/// Middle and radius of the disk in every tile.
const MIDDLE: i32 = 256;
const RADIUS: i32 = 150;

/// The bytes as a zlib stream of blocks that are stored as they are (RFC 1950, RFC 1951 section 3.2.4).
fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let mut blocks = bytes.chunks(65_535).peekable();
    while let Some(block) = blocks.next() {
        out.push(u8::from(blocks.peek().is_none()));
        let length = u16::try_from(block.len()).unwrap();
        out.extend(length.to_le_bytes().into_iter().chain((!length).to_le_bytes()));
        out.extend_from_slice(block);
    }
    let sums = bytes.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    out.extend((sums.1 << 16 | sums.0).to_be_bytes());
    out
}

/// A grey TIFF of 144 megapixels in tiles that all lie at the same place of the file (TIFF 6.0, section 15), except `damaged`
/// (column and row), where nothing lies that could be read.
fn write_huge(path: &Path, damaged: Option<[u32; 2]>) {
    let side = i32::try_from(TILE).unwrap();
    let pixels: Vec<u8> = (0..side * side)
        .map(|at| {
            let (x, y) = (at % side - MIDDLE, at / side - MIDDLE);
            if x * x + y * y < RADIUS * RADIUS { 220 } else { 30 }
        })
        .collect();
    let tile = deflated(&pixels);
    let mut out = b"II*\0\0\0\0\0".to_vec();
    let tile_at = u32::try_from(out.len()).unwrap();
    out.extend_from_slice(&tile);
    let nothing_at = u32::try_from(out.len()).unwrap();
    out.resize(out.len() + tile.len(), 0xff);
    let across = SIDE.div_ceil(TILE);
    let offsets: Vec<u32> = (0..across * across)
        .map(|n| if damaged == Some([n % across, n / across]) { nothing_at } else { tile_at })
        .collect();
    let counts = vec![u32::try_from(tile.len()).unwrap(); offsets.len()];
    let mut list = |values: &[u32]| {
        let at = u32::try_from(out.len()).unwrap();
        out.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        at
    };
    let (offsets_at, counts_at) = (list(&offsets), list(&counts));
    let count = u32::try_from(offsets.len()).unwrap();
    // Tag, type (3: 16 bits, 4: 32 bits), count, value.
    let entries: [[u32; 4]; 11] = [
        [256, 4, 1, SIDE],
        [257, 4, 1, SIDE],
        [258, 3, 1, 8],
        [259, 3, 1, 8], // Adobe's deflate
        [262, 3, 1, 1], // black is zero
        [277, 3, 1, 1],
        [284, 3, 1, 1],
        [322, 4, 1, TILE],
        [323, 4, 1, TILE],
        [324, 4, count, offsets_at],
        [325, 4, count, counts_at],
    ];
    let directory = u32::try_from(out.len()).unwrap();
    out.extend(u16::try_from(entries.len()).unwrap().to_le_bytes());
    for [tag, kind, count, value] in entries {
        out.extend([tag, kind].into_iter().flat_map(|short| u16::try_from(short).unwrap().to_le_bytes()));
        out.extend([count, value].into_iter().flat_map(u32::to_le_bytes));
    }
    out.extend([0; 4]);
    out[4..8].copy_from_slice(&directory.to_le_bytes());
    std::fs::write(path, out).unwrap();
}

fn window(damaged: Option<[u32; 2]>) -> Window {
    let dir = tempfile::tempdir().unwrap();
    write_huge(&dir.path().join("huge.tif"), damaged);
    let mut w = Window::with_engine(dir, small_engine());
    w.open_folder();
    assert_eq!(w.app().picture_error(), None);
    w
}

/// Frames until `done`.
fn until(w: &mut Window, what: &str, done: impl Fn(&Window) -> bool) {
    let begun = Instant::now();
    while !done(w) {
        assert!(begun.elapsed() < Duration::from_secs(120), "{what}");
        w.harness.step();
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_picture_of_144_megapixels_is_shown_and_a_click_in_it_answered() {
    let mut w = window(None);
    let image = w.app().document().image(w.app().current().unwrap()).unwrap();
    assert_eq!((image.width, image.height), (SIDE, SIDE));
    // The whole picture at a sixteenth of its size: 750 pixels, two tiles of the level across.
    until(&mut w, "no tiles of the whole picture", |w| w.app().tiles_of_level(4) == 4);
    w.app_mut().apply(Command::ActualSize);
    until(&mut w, "no tiles of its pixels", |w| w.app().tiles_of_level(0) >= 4);
    // The middle of the canvas is pixel 6,000: the disk of this tile has its middle at 5,888.
    w.add([5_888.0, 5_888.0]);
    assert!(w.draft_mask().contains(5_888, 5_888));
    assert_eq!((w.app().unread_part(), w.app().messages()), (None, Vec::new()));
}

#[test]
fn a_tile_that_cannot_be_read_leaves_the_others_alone() {
    // The tile in which the middle of the picture lies.
    let mut w = window(Some([11, 11]));
    w.app_mut().apply(Command::ActualSize);
    until(&mut w, "the damaged tile is not noticed", |w| w.app().unread_part().is_some());
    let said = w.app().unread_part().map(str::to_owned);
    until(&mut w, "its neighbours do not come", |w| w.app().tiles_of_level(0) >= 3);
    let before = w.app().tiles_of_level(0);
    w.app_mut().apply(Command::Pan([3_000.0, 3_000.0]));
    until(&mut w, "tiles elsewhere do not come", |w| w.app().tiles_of_level(0) >= before + 4);
    assert_eq!(w.app().unread_part().map(str::to_owned), said);
    assert!(w.app().messages().len() <= 1, "{:?}", w.app().messages());
}

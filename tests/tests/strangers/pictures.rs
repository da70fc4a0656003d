//! Pictures whose headers claim far more than they hold, and damaged ones on which decoders panic.

use std::path::PathBuf;

use limn_tests::make::{self, Png, chunk, png_of};
use limn_tests::verdicts::Verdict;
use limn_tests::{Folder, limn};

use crate::{Asked, Seen};

pub const CASES: &[Asked] = &[
    Asked {
        name: "pictures-bombs",
        right: "a picture without the bytes for its pixels: one line, below 600 MB",
        ask: bombs,
    },
    Asked {
        name: "pictures-bombs-in-a-folder",
        right: "the same as pictures of a folder, by import and check",
        ask: bombs_in_a_folder,
    },
    Asked {
        name: "pictures-damaged-palette",
        right: "a decoder's panic is caught and becomes one line that names the picture",
        ask: palettes,
    },
    Asked { name: "pictures-damaged-mask", right: "the same where the picture is a mask of a data set", ask: masks },
    Asked {
        name: "pictures-tiff-claims",
        right: "TIFFs that claim strips, bytes and tags: one line, below 500 MB",
        ask: tiffs,
    },
];

fn little(words: &[(usize, i64)]) -> Vec<u8> {
    words.iter().flat_map(|(bytes, value)| value.to_le_bytes()[..*bytes].to_vec()).collect()
}

/// Names and bytes of pictures of a few bytes that claim 22,000 x 22,000.
fn claims() -> Vec<(&'static str, Vec<u8>)> {
    let side = 22_000;
    let lies = |kind, claimed| Png { size: (1, 1), kind, claimed: Some(claimed), ..Png::default() }.bytes();
    let bmp = |width: i64, height: i64, bits: i64, packing: i64, extra: &[u8]| {
        let colours = if bits == 8 { 1 } else { 0 };
        let at = 54 + 4 * colours;
        let head = little(&[(4, at + extra.len() as i64), (2, 0), (2, 0), (4, at)]);
        let info = little(&[
            (4, 40),
            (4, width),
            (4, height),
            (2, 1),
            (2, bits),
            (4, packing),
            (4, 0),
            (4, 0),
            (4, 0),
            (4, colours),
            (4, 0),
        ]);
        [b"BM".to_vec(), head, info, vec![0; 4 * colours as usize], extra.to_vec()].concat()
    };
    let gif = |width: i64, height: i64| {
        let head = [b"GIF89a".to_vec(), little(&[(2, side), (2, side)]), vec![0x80, 0, 0], vec![0; 6]].concat();
        [head, b",".to_vec(), little(&[(2, 0), (2, 0), (2, width), (2, height)]), b"\0\x02\x02L\x01\0;".to_vec()]
            .concat()
    };
    let jpeg = |kind: u8| {
        let mut bytes = b"\xff\xd8\xff\xdb\0\x43\0".to_vec();
        bytes.extend([1; 64]);
        bytes.extend([0xff, kind, 0, 17, 8]);
        bytes.extend([(side as u16).to_be_bytes(), (side as u16).to_be_bytes()].concat());
        bytes.extend([3, 1, 17, 0, 2, 17, 0, 3, 17, 0]);
        for table in [0, 16] {
            bytes.extend([0xff, 0xc4, 0, 0x14, table, 1]);
            bytes.extend([0; 16]);
        }
        bytes.extend(b"\xff\xda\0\x0c\x03\x01\0\x02\0\x03\0\0\0\0");
        bytes.extend([0; 10]);
        bytes.extend(b"\xff\xd9");
        bytes
    };
    vec![
        ("grey.png", lies(0, (22_000, 22_000))),
        ("rgb.png", lies(2, (22_000, 22_000))),
        ("zero.png", lies(0, (0, 0))),
        ("wide.png", lies(0, (4_000_000, 100))),
        ("claims.bmp", bmp(side, side, 24, 0, &[])),
        ("runs.bmp", bmp(side, side, 8, 1, &[0, 1])),
        ("minus.bmp", bmp(-2_147_483_648, -2_147_483_648, 24, 0, &[])),
        ("claims.ppm", [b"P6 22000 22000 255\n".to_vec(), vec![b'x'; 30]].concat()),
        ("bits.pbm", b"P4 65000 7600\n".to_vec()),
        ("claims.gif", gif(side, side)),
        ("part.gif", gif(1, 1)),
        ("baseline.jpg", jpeg(0xc0)),
        ("progressive.jpg", jpeg(0xc2)),
    ]
}

fn looked_at(case: &Folder, seen: &mut Seen, path: &PathBuf, megabytes: u64) {
    let run = limn!(case; "segment", path, "--click", "3,3", "--backend", "reference").seconds(60).run();
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    seen.run(&name, &run, 60.0, megabytes);
}

fn bombs(case: &Folder) -> Verdict {
    let mut seen = Seen::default();
    for (name, bytes) in claims() {
        looked_at(case, &mut seen, &make::file(case.join(name), bytes), 600);
    }
    seen.verdict()
}

fn bombs_in_a_folder(case: &Folder) -> Verdict {
    let mut seen = Seen::default();
    for (name, bytes) in claims() {
        make::file(case.join("p").join(name), bytes);
    }
    let source =
        make::coco(case.join("s.json"), &[("part.gif", 22_000, 22_000)], &[(0, 0, make::square(2, 2, 6))], &["cat"]);
    let path = case.join("p/p.limn");
    let images = case.join("p").display().to_string();
    let run = make::import(case, &path, "coco", &source, &["--images", &images]);
    seen.run("import", &run, 60.0, 600);
    seen.run("check", &limn!(case; "check", case.join("p")).seconds(60).run(), 60.0, 600);
    for format in ["voc", "yolo", "cutouts"] {
        let out = make::data(format, &case.join(format!("o-{format}")));
        let run = limn!(case; "export", &path, "--to", out, "--copy-images").seconds(60).run();
        seen.note(!run.timed_out && !run.panicked() && run.peak <= 1000, format!("{format}: {run}"));
    }
    seen.verdict()
}

/// Palette pictures whose palette, transparency or indices do not fit together.
fn palette_pictures() -> Vec<(&'static str, Vec<u8>)> {
    let picture = |plte: Option<usize>, trns: Option<usize>, depth: u8, swapped: bool, value: u8| {
        let mut parts = Vec::new();
        parts.extend(plte.map(|n| chunk(b"PLTE", &vec![0; n])));
        parts.extend(trns.map(|n| chunk(b"tRNS", &vec![0; n])));
        if swapped {
            parts.reverse();
        }
        let row = [vec![0], vec![value; 16 * usize::from(depth) / 8]].concat();
        png_of(16, 16, depth, 3, &parts.concat(), &make::deflated(&row.repeat(16)))
    };
    vec![
        ("transparency-longer.png", picture(Some(6), Some(200), 8, false, 3)),
        ("transparency-longer-1-bit.png", picture(Some(6), Some(3), 1, false, 0xff)),
        ("transparency-first.png", picture(Some(12), Some(8), 8, true, 3)),
        ("transparency-empty.png", picture(Some(12), Some(0), 8, false, 3)),
        ("palette-empty.png", picture(Some(0), Some(1), 8, false, 3)),
        ("palette-odd.png", picture(Some(7), Some(4), 8, false, 3)),
        ("no-palette.png", picture(None, Some(4), 8, false, 3)),
        ("index-beyond.png", picture(Some(6), Some(2), 8, false, 255)),
    ]
}

fn palettes(case: &Folder) -> Verdict {
    let mut seen = Seen::default();
    for (name, bytes) in palette_pictures() {
        looked_at(case, &mut seen, &make::file(case.join(name), bytes), 600);
    }
    seen.verdict()
}

fn masks(case: &Folder) -> Verdict {
    let mut seen = Seen::default();
    for (name, bytes) in palette_pictures() {
        for (format, place) in [("voc", "SegmentationClass"), ("masks", ".")] {
            let folder = case.join(format!("{format}-{name}"));
            make::file(folder.join(place).join("a.png"), &bytes);
            let run = limn!(case; "check", make::data(format, &folder)).run();
            seen.note(run.fine(), format!("{format} {name}: {run}"));
        }
    }
    seen.verdict()
}

fn tiffs(case: &Folder) -> Verdict {
    // Entries of the directory: tag, type, count, value or offset.
    let tiff = |entries: &[[i64; 4]]| {
        let mut bytes = [b"II*\0".to_vec(), little(&[(4, 8), (2, entries.len() as i64)])].concat();
        for [tag, kind, count, value] in entries {
            bytes.extend(little(&[(2, *tag), (2, *kind), (4, *count), (4, *value)]));
        }
        [bytes, vec![0; 4]].concat()
    };
    let all = 4_294_967_295;
    let head = |width, height, bits, packing| {
        vec![[256, 4, 1, width], [257, 4, 1, height], [258, 3, 1, bits], [259, 3, 1, packing], [262, 3, 1, 1]]
    };
    let with = |mut entries: Vec<[i64; 4]>, more: &[[i64; 4]]| {
        entries.extend(more);
        tiff(&entries)
    };
    let strips = |rows, length| [[273, 4, 1, 8], [277, 3, 1, 1], [278, 4, 1, rows], [279, 4, 1, length]];
    let many = [[273, 4, 536_870_911, 8], [277, 3, 1, 1], [278, 4, 1, 1], [279, 4, 536_870_911, 8]];
    let profile = [&strips(100, 100)[..], &[[34_675, 7, all, 8]]].concat();
    let mut seen = Seen::default();
    for (name, bytes) in [
        ("one-strip.tif", with(head(60_000, 8000, 8, 1), &strips(all, all))),
        ("many-strips.tif", with(head(20_000, 20_000, 8, 5), &many)),
        ("profile.tif", with(head(100, 100, 8, 8), &profile)),
    ] {
        looked_at(case, &mut seen, &make::file(case.join("t").join(name), bytes), 500);
    }
    seen.run("folder of them", &limn!(case; "check", case.join("t")).run(), 20.0, 500);
    seen.verdict()
}

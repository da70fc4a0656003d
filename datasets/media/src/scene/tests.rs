//! Scenes that the tests write themselves: every layout equals the plain array that went into it, and each rule has a file of its own.

use std::io::Write;
use std::path::{Path, PathBuf};

use limn_raster::level_size;
use proptest::prelude::*;

use super::super::medium::Medium;
use super::super::still::open_within;
use super::super::tiff::written::{Held, Page, tiff};
use super::super::{LevelOrigin, TileCache, View, describe, probe, read_picture};
use super::world::Crs;
use super::*;

const ALL: [u64; 2] = [u64::MAX; 2];

fn file(folder: &tempfile::TempDir, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

fn open(path: &Path) -> View {
    View::new(open_within(path, &Limits::default(), ALL, None).unwrap(), TileCache::new(1 << 22)).unwrap()
}

fn whole(medium: &dyn Medium, plane: Plane, level: usize) -> Block {
    let [x1, y1] = level_size(medium.info().size, level);
    medium.read(plane, level, PixelRect { x0: 0, y0: 0, x1, y1 }, &Stop::default()).unwrap()
}

/// How a file of the property test is laid out.
#[derive(Clone, Debug)]
struct Layout {
    size: [u32; 2],
    bands: usize,
    /// Bits and format of a sample.
    sample: (u16, u16),
    tile: Option<[u32; 2]>,
    rows: u32,
    planar: bool,
    predictor: u16,
    compression: u16,
    big_endian: bool,
    big_tiff: bool,
}

fn layouts() -> impl Strategy<Value = Layout> {
    let samples = prop::sample::select(vec![
        (8, 1),
        (8, 2),
        (16, 1),
        (16, 2),
        (32, 1),
        (32, 2),
        (32, 3),
        (64, 1),
        (64, 2),
        (64, 3),
    ]);
    let tile = prop::option::of([1u32..=4, 1u32..=4].prop_map(|sides| sides.map(|side| side * 16)));
    let compression = prop::sample::select(vec![1u16, 5, 8, 32773, 50000]);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    ([1u32..=90, 1u32..=90], 1usize..=5, samples, tile, 1u32..=40, 1u16..=3, compression, flags).prop_map(
        |(size, bands, sample, tile, rows, predictor, compression, (planar, big_endian, big_tiff))| {
            // The third predictor is one of floats, and there is none without compression.
            let predictor = if predictor == 3 && sample.1 != 3 { 2 } else { predictor };
            let predictor = if matches!(compression, 5 | 8 | 50000) { predictor } else { 1 };
            Layout { size, bands, sample, tile, rows, planar, predictor, compression, big_endian, big_tiff }
        },
    )
}

/// The bits of a sample: small steps, and every bit now and then.
fn bits_of(x: u32, y: u32, band: usize, sample: (u16, u16)) -> u64 {
    let step = u64::from(x * 3 + y * 7) + band as u64 * 50;
    let noise = u64::from(x ^ y).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let value = if (x + y).is_multiple_of(5) { noise } else { step };
    match sample {
        (32, 3) => u64::from((step as f32 / 4.0 - 60.0).to_bits()),
        (64, 3) => (step as f64 / 4.0 - 60.0).to_bits(),
        (64, _) => value,
        (bits, _) => value & ((1 << bits) - 1),
    }
}

/// The rows of a tile or strip as they lie in a file, compressed.
fn chunk(layout: &Layout, origin: [u32; 2], size: [u32; 2], bands: std::ops::Range<usize>) -> Vec<u8> {
    let bytes = usize::from(layout.sample.0) / 8;
    let mut out = Vec::new();
    for y in origin[1]..origin[1] + size[1] {
        let mut row: Vec<u64> = Vec::new();
        for x in origin[0]..origin[0] + size[0] {
            // Padding is noise: none of it may show.
            let inside = x < layout.size[0] && y < layout.size[1];
            let padding = 0xa5a5_a5a5_a5a5_a5a5 & (u64::MAX >> (64 - layout.sample.0));
            row.extend(bands.clone().map(|band| if inside { bits_of(x, y, band, layout.sample) } else { padding }));
        }
        let stride = bands.len();
        if layout.predictor == 2 {
            for at in (stride..row.len()).rev() {
                row[at] = row[at].wrapping_sub(row[at - stride]) & (u64::MAX >> (64 - layout.sample.0));
            }
        }
        if layout.predictor == 3 {
            let mut planes: Vec<u8> = Vec::new();
            for byte in 0..bytes {
                planes.extend(row.iter().map(|value| value.to_be_bytes()[8 - bytes + byte]));
            }
            for at in (stride..planes.len()).rev() {
                planes[at] = planes[at].wrapping_sub(planes[at - stride]);
            }
            out.extend(planes);
            continue;
        }
        for value in row {
            match layout.big_endian {
                true => out.extend(&value.to_be_bytes()[8 - bytes..]),
                false => out.extend(&value.to_le_bytes()[..bytes]),
            }
        }
    }
    match layout.compression {
        5 => weezl::encode::Encoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8).encode(&out).unwrap(),
        8 => {
            let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
            packed.write_all(&out).unwrap();
            packed.finish().unwrap()
        }
        32773 => out.chunks(128).flat_map(|some| [&[some.len() as u8 - 1], some].concat()).collect(),
        50000 => ruzstd::encoding::compress_to_vec(&out[..], ruzstd::encoding::CompressionLevel::Fastest),
        _ => out,
    }
}

fn written(layout: &Layout) -> Vec<u8> {
    let (bits, format) = layout.sample;
    let mut page = Page::new(layout.size, layout.bands as u16, bits, format)
        .short(259, layout.compression)
        .short(317, layout.predictor)
        .short(284, if layout.planar { 2 } else { 1 });
    let [width, height] = layout.tile.unwrap_or([layout.size[0], layout.rows]);
    page = match layout.tile {
        Some([width, height]) => page.with(322, Held::Longs(vec![width])).with(323, Held::Longs(vec![height])),
        None => page.with(278, Held::Longs(vec![layout.rows])),
    };
    let across = if layout.planar { 1 } else { layout.bands };
    let planes = (0..layout.bands).step_by(across).map(|band| band..band + across);
    for bands in planes {
        for y in (0..layout.size[1]).step_by(height as usize) {
            for x in (0..layout.size[0]).step_by(width as usize) {
                // The last strip is short.
                let rows = if layout.tile.is_some() { height } else { height.min(layout.size[1] - y) };
                page = page.chunk(chunk(layout, [x, y], [width, rows], bands.clone()));
            }
        }
    }
    tiff(vec![page], layout.big_endian, layout.big_tiff)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn every_layout_is_the_plain_array(layout in layouts()) {
        let folder = tempfile::tempdir().unwrap();
        let path = file(&folder, "a.tif", &written(&layout));
        let found = found(&path).unwrap().unwrap();
        let [width, height] = layout.size;
        let part = PixelRect { x0: 0, y0: 0, x1: width, y1: height };
        let block = found.layers.read(Plane::default(), 0, part, &Stop::default()).unwrap();
        prop_assert_eq!((block.width, block.height, block.bands), (width, height, layout.bands));
        let bytes = usize::from(layout.sample.0) / 8;
        let mut expected: Vec<u8> = Vec::new();
        for y in 0..height {
            for x in 0..width {
                for band in 0..layout.bands {
                    let value = bits_of(x, y, band, layout.sample);
                    expected.extend(&value.to_le_bytes()[..bytes]);
                }
            }
        }
        if cfg!(target_endian = "little") {
            prop_assert!(block.samples.bytes() == expected, "{:?}", layout);
        }
        let inner = PixelRect { x0: width / 3, y0: height / 3, x1: width, y1: height.div_ceil(2) };
        prop_assert_eq!(found.layers.read(Plane::default(), 0, inner, &Stop::default()).unwrap(), block.part(inner));
    }
}

/// A grey scene of bytes, of one strip.
fn grey(size: [u32; 2], of: impl Fn(u32, u32) -> u8) -> Page {
    let pixels = (0..size[1]).flat_map(|y| (0..size[0]).map(move |x| (x, y))).map(|(x, y)| of(x, y)).collect();
    Page::new(size, 1, 8, 1).chunk(pixels)
}

#[test]
fn large_strips_without_compression_are_read_in_pieces() {
    let size = [3000, 4001];
    let of = |x: u32, y: u32| (x * 7 + y * 13) as u8;
    let folder = tempfile::tempdir().unwrap();
    let odd = Page::new(size, 1, 8, 1).with(278, Held::Longs(vec![1500]));
    let row = |y: u32| (0..size[0]).map(move |x| of(x, y));
    let strips =
        [0..1500, 1500..3000, 3000..4001].map(|rows: std::ops::Range<u32>| rows.flat_map(row).collect::<Vec<_>>());
    let strips = strips.into_iter().fold(odd, Page::chunk);
    for (name, page) in [("one.tif", grey(size, of)), ("three.tif", strips)] {
        let path = file(&folder, name, &tiff(vec![page.short(34735, 1)], false, false));
        let view =
            View::new(open_within(&path, &Limits::default(), [0, 0], None).unwrap(), TileCache::new(1 << 24)).unwrap();
        for y in [0, 1, 1398, 1499, 1500, 2999, 3000, 4000] {
            let block = view.samples(0, PixelRect { x0: 2990, y0: y, x1: 3000, y1: y + 1 }).unwrap();
            assert_eq!(block.values(5, 0).unwrap()[0].number(), f64::from(of(2995, y)), "{name} {y}");
        }
        assert!(view.bytes() < 64 << 20);
    }
}

#[test]
fn in_memory_and_part_by_part_all_levels_are_the_same() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/domains/geo");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !matches!(found(&path), Ok(Some(_))) || name.starts_with("bad") || name.starts_with("bomb") {
            continue;
        }
        let Ok(held) = open_within(&path, &Limits::default(), ALL, None) else { continue };
        let tiled = open_within(&path, &Limits::default(), [0, 0], None).unwrap();
        for level in 0..held.info().levels.len() {
            let (a, b) = (whole(&*held, Plane::default(), level), whole(&*tiled, Plane::default(), level));
            assert!(a.samples.bytes() == b.samples.bytes(), "level {level} of {}", path.display());
        }
        seen += 1;
    }
    assert!(seen > 50, "{seen}");
}

#[test]
fn levels_come_from_the_file_where_it_holds_them() {
    let folder = tempfile::tempdir().unwrap();
    let copy = |size: [u32; 2], value: u8| grey(size, move |_, _| value).with(254, Held::Longs(vec![1]));
    // The second level is missing, and so are the last ones.
    let pages = vec![grey([9001, 701], |_, _| 0), copy([4500, 350], 50), copy([1125, 87], 200), copy([40, 40], 9)];
    let path = file(&folder, "a.tif", &tiff(pages, false, false));
    for bounds in [[u64::MAX, u64::MAX], [0, 0]] {
        let medium = open_within(&path, &Limits::default(), bounds, None).unwrap();
        let info = medium.info();
        assert_eq!(info.scene.overviews, [[4500, 350], [1125, 87]], "a copy of other proportions is none");
        assert_eq!(info.levels.len(), 7);
        use LevelOrigin::{Made, Stored};
        assert_eq!(info.levels, [Stored, Stored, Made, Stored, Made, Made, Made]);
        for (level, value) in [0, 50, 50, 200, 200, 200, 200].into_iter().enumerate() {
            medium.wait(Plane::default(), level, level_size(info.size, level)[1], &Stop::default()).unwrap();
            let block = whole(&*medium, Plane::default(), level);
            assert_eq!((block.width, block.height), level_size(info.size, level).into());
            assert!(block.samples.bytes().iter().all(|v| *v == value), "{bounds:?} {level}");
        }
    }
}

#[test]
fn missing_samples_do_not_count_in_smaller_levels_or_in_the_stretch() {
    let folder = tempfile::tempdir().unwrap();
    let values: Vec<u8> = (0..600 * 400u32)
        .flat_map(|at| (if at % 600 < 301 { -9999i16 } else { 100 + (at % 3) as i16 }).to_le_bytes())
        .collect();
    let page = Page::new([600, 400], 1, 16, 2).chunk(values).with(42113, Held::Text("-9999".into()));
    let path = file(&folder, "a.tif", &tiff(vec![page], false, false));
    for bounds in [[u64::MAX, u64::MAX], [0, 0]] {
        let medium = open_within(&path, &Limits::default(), bounds, None).unwrap();
        let view = View::new(medium, TileCache::new(1 << 24)).unwrap();
        let level = view.samples(1, PixelRect { x0: 0, y0: 0, x1: 300, y1: 200 }).unwrap();
        let Samples::I16(values) = &level.samples else { panic!() };
        assert!(values.iter().all(|v| *v == -9999 || (100..=102).contains(v)), "{bounds:?}");
        let rgb = view.rgb(0, PixelRect { x0: 0, y0: 0, x1: 600, y1: 1 }).unwrap();
        assert_eq!((&rgb.data[..3], &rgb.data[3 * 303..3 * 304]), (&[255; 3][..], &[0; 3][..]));
        assert_eq!((view.is_valid(0, 0), view.is_valid(400, 3)), (Some(false), Some(true)));
    }
    let picture = read_picture(&path, &Limits::default()).unwrap();
    assert_eq!((picture.rgb[0], picture.rgb[3 * 305], picture.alpha.unwrap()[..2].to_vec()), (255, 255, vec![0, 0]));
}

#[test]
fn samples_that_are_left_out_and_bits_from_the_low_end() {
    let folder = tempfile::tempdir().unwrap();
    let page = || Page::new([4, 4], 1, 8, 1).with(278, Held::Longs(vec![2])).chunk(vec![7; 8]).chunk(Vec::new());
    let plain = file(&folder, "a.tif", &tiff(vec![page()], false, false));
    assert_eq!((open(&plain).values(0, 1), open(&plain).values(0, 2)), (Some(vec![7.0]), Some(vec![0.0])));
    let said = file(&folder, "b.tif", &tiff(vec![page().with(42113, Held::Text("99".into()))], true, true));
    assert_eq!((open(&said).values(0, 2), open(&said).is_valid(0, 2)), (Some(vec![99.0]), Some(false)));
    let bits = Page::new([10, 2], 1, 1, 1).short(266, 2).chunk(vec![0b0000_0101, 0b10, 0, 0]);
    let bits = open(&file(&folder, "c.tif", &tiff(vec![bits], false, false)));
    let row: Vec<f64> = (0..10).map(|x| bits.values(x, 0).unwrap()[0]).collect();
    assert_eq!(row, [1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
    assert_eq!((bits.pixel(0, 0), bits.pixel(1, 0)), (Some([255; 3]), Some([0; 3])), "few bits fill the whole range");
}

#[test]
fn a_palette_that_lies_on_its_side_is_seen_upright() {
    let folder = tempfile::tempdir().unwrap();
    let map: Vec<u16> = (0..3).flat_map(|channel| (0..256).map(move |index| (index + channel) << 8)).collect();
    let page = grey([3, 2], |x, y| (y * 10 + x) as u8).short(262, 3).short(274, 6).with(320, Held::Shorts(map));
    let path = file(&folder, "a.tif", &tiff(vec![page], true, false));
    let view = open(&path);
    assert_eq!((view.size(), view.values(0, 0), view.values(1, 2)), ([2, 3], Some(vec![10.0]), Some(vec![2.0])));
    assert_eq!(view.pixel(0, 0), Some([10, 11, 12]));
    let picture = read_picture(&path, &Limits::default()).unwrap();
    assert_eq!((picture.width, picture.height, &picture.rgb[..3]), (2, 3, &[10u8, 11, 12][..]));
    let info = probe(&path).unwrap();
    assert_eq!((info.width, info.height, info.source.palette), (2, 3, true));
}

#[test]
fn pages_of_one_size_are_planes_and_others_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let pages = vec![grey([5, 4], |_, _| 1), grey([5, 4], |_, _| 2), grey([9, 9], |_, _| 3)];
    let path = file(&folder, "a.tif", &tiff(pages, false, false));
    let view = open(&path);
    assert_eq!((view.info().planes, view.info().scene.sizes), (2, Some(StackSizes { c: 1, z: 2, t: 1 })));
    assert!(view.info().source.notes[0].contains("3 pictures"), "{:?}", view.info().source.notes);
    assert_eq!(view.info().plane(1), Some(Plane { slice: 1, frame: 0 }));
    let second = view.of_plane(Plane { slice: 1, frame: 0 }).unwrap();
    assert_eq!(second.samples(0, PixelRect { x0: 0, y0: 0, x1: 1, y1: 1 }).unwrap().samples, Samples::U8(vec![2]));
    let text = "ImageJ=1.5\nimages=4\nslices=2\nframes=2\n";
    let pages: Vec<Page> = (0..4).map(|n| grey([5, 4], move |_, _| n)).collect();
    let pages = pages.into_iter().map(|page| page.with(270, Held::Text(text.into()))).collect();
    let path = file(&folder, "b.tif", &tiff(pages, false, false));
    let found = describe(&path, &[(0, 0, Some(3)), (0, 0, Some(4)), (5, 0, None)]).unwrap();
    assert_eq!(found.sizes, Some(StackSizes { c: 1, z: 2, t: 2 }));
    let values: Vec<_> = found.probes.iter().map(|probe| probe.values.as_ref().map(|v| v[0].number())).collect();
    assert_eq!(values, [Some(3.0), None, None]);
}

#[test]
fn places_by_tags() {
    let folder = tempfile::tempdir().unwrap();
    let world = |page: Page| {
        let path = file(&folder, "a.tif", &tiff(vec![page], true, false));
        open(&path).info().scene.world.clone()
    };
    let keys =
        |raster: u16, code: u16| Held::Shorts(vec![1, 1, 0, 3, 1024, 0, 1, 1, 1025, 0, 1, raster, 3072, 0, 1, code]);
    let scale = Held::Doubles(vec![2.0, 3.0, 0.0]);
    let point = Held::Doubles(vec![10.0, 20.0, 0.0, 100.0, 500.0, 0.0]);
    let page = || grey([4, 4], |_, _| 0);
    let placed = page().with(33550, scale).with(33922, point);
    let found = world(placed.with(34735, keys(1, 32632)));
    assert_eq!((found.transform, found.crs), (Some([80.0, 2.0, 0.0, 560.0, 0.0, -3.0]), Some(Crs::Epsg(32632))));
    let matrix = |page: Page| {
        page.with(
            34264,
            Held::Doubles(vec![1.0, 0.5, 0.0, 10.0, 0.25, -1.0, 0.0, 20.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]),
        )
    };
    let found = world(matrix(page()).with(34735, keys(2, 32632)));
    assert_eq!((found.transform, found.pixel_is_point), (Some([9.25, 1.0, 0.5, 20.375, 0.25, -1.0]), true));
    let own = matrix(page()).with(34735, Held::Shorts(vec![1, 1, 0, 2, 3072, 0, 1, 32767, 3073, 34737, 5, 0]));
    assert_eq!(world(own.with(34737, Held::Text("mine|".into()))).crs, Some(Crs::Text("mine".into())));
    let points = page().with(33922, Held::Doubles(vec![1.0; 12])).with(34735, keys(1, 4326));
    let found = world(points);
    assert_eq!((found.transform, found.crs), (None, None));
    assert!(found.remarks[0].contains("2 control points in EPSG:4326"), "{:?}", found.remarks);
    let rational = page().with(50844, Held::Doubles(vec![0.0; 92]));
    assert!(world(rational).remarks[0].contains("RPC"));
    let flat = page().with(34264, Held::Doubles(vec![0.0; 16]));
    assert_eq!(world(flat).transform, None);
}

#[test]
fn what_is_not_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let message = |page: Page| {
        let path = file(&folder, "a.tif", &tiff(vec![page], false, false));
        let error = open_within(&path, &Limits::default(), ALL, None).unwrap_err().to_string();
        assert!(error.contains("a.tif") && !error.contains('\n'), "{error}");
        error
    };
    let page = || grey([40, 40], |_, _| 0);
    for (compression, word) in [(34887, "LERC"), (34925, "LZMA"), (6, "JPEG"), (34712, "JPEG 2000"), (31337, "31337")] {
        let error = message(page().short(259, compression));
        assert!(error.contains(word), "{error}");
    }
    for (format, word) in [(6, "complex"), (9, "format 9")] {
        let error = message(page().short(339, format));
        assert!(error.contains(word), "{error}");
    }
    let deep = message(Page::new([4, 4], 3, 16, 1).with(258, Held::Shorts(vec![5, 6, 5])).chunk(vec![0; 32]));
    assert!(deep.contains("5, 6, 5"), "{deep}");
    let huge = page().with(322, Held::Longs(vec![1 << 30])).with(323, Held::Longs(vec![1 << 30]));
    assert!(message(huge).contains("tiles of 1073741824"));
    assert!(message(page().with(256, Held::Longs(vec![0]))).contains("no size"));
    assert!(message(page().with(257, Held::Longs(vec![4000])).with(278, Held::Longs(vec![40]))).contains("needs 100"));
    assert!(message(page().with(257, Held::Longs(vec![4000]))).contains("cut off"));
    assert!(message(page().short(277, 5000)).contains("5000 samples"));
    assert!(message(page().with(256, Held::Longs(vec![u32::MAX]))).contains("claims"));
}

#[test]
fn a_damaged_strip_is_told_with_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&[3; 64]).unwrap();
    let packed = packed.finish().unwrap();
    let page = Page::new([8, 24], 1, 8, 1).short(259, 8).with(278, Held::Longs(vec![8]));
    let page = page.chunk(packed.clone()).chunk(vec![0x55; 20]).chunk(packed).short(34735, 1);
    let path = file(&folder, "a.tif", &tiff(vec![page], false, false));
    let error = open_within(&path, &Limits::default(), ALL, None).unwrap_err().to_string();
    assert!(error.contains("strip 1 (rows 8 to 15)") && error.contains("a.tif"), "{error}");
    let tiled = open_within(&path, &Limits::default(), [0, 0], None).unwrap();
    assert!(tiled.read(Plane::default(), 0, PixelRect { x0: 0, y0: 0, x1: 8, y1: 8 }, &Stop::default()).is_ok());
}

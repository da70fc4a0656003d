//! Scenes against what was put into them: sizes, places, values of pixels, sums over all of them.
//!
//! `tests/golden/domains/geo` is walked always. With `LIMN_DOMAINS` naming a folder that has a folder `geo` with a table of the same fields,
//! that one is walked too.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use limn_media::{Block, Limits, Plane, Samples, TileCache, View, describe};
use limn_raster::{PixelRect, level_size};
use serde_json::Value;

/// What is wrong with one entry of a table, each in a few words.
type Faults = Vec<String>;

fn table(folder: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join("truth.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Opened, and equal to the table; refused, with the words that are wanted; or damaged, and refused or right where it is whole.
fn faults(folder: &Path, entry: &Value) -> Faults {
    let path = folder.join(entry["file"].as_str().unwrap());
    let started = std::time::Instant::now();
    let found = describe(&path, &probes(entry, "probes"));
    let words = entry["message_names"].as_array().cloned().unwrap_or_default();
    let mut faults = Faults::new();
    match (entry["expect"].as_str().unwrap(), found) {
        ("opened", Err(error)) => faults.push(format!("refused: {error}")),
        ("opened", Ok(found)) => opened(&path, entry, &serde_json::to_value(found).unwrap(), &mut faults),
        ("refused", Ok(_)) => faults.push("opened".to_owned()),
        ("damaged", Ok(found)) => {
            let found = serde_json::to_value(found).unwrap();
            values(entry, &found, "probes", &mut faults);
        }
        (_, Err(error)) => {
            let text = error.to_string();
            if text.contains('\n') || !text.contains(entry["file"].as_str().unwrap()) {
                faults.push(format!("no line with the file: {text}"));
            }
            let missing = |word: &&Value| !text.to_lowercase().contains(&word.as_str().unwrap().to_lowercase());
            faults.extend(words.iter().find(missing).map(|word| format!("{word} is not named: {text}")));
        }
        (other, _) => panic!("{other}"),
    }
    let took = started.elapsed();
    if took.as_secs() >= 2 {
        faults.push(format!("it took {took:?}"));
    }
    faults
}

fn probes(entry: &Value, name: &str) -> Vec<limn_media::Probe> {
    let of = |probe: &Value| (probe["x"].as_u64().unwrap(), probe["y"].as_u64().unwrap(), None);
    entry[name].as_array().into_iter().flatten().map(of).collect()
}

fn opened(path: &Path, entry: &Value, found: &Value, faults: &mut Faults) {
    let mut same = |name: &str| {
        if let Some(expected) = entry.get(name)
            && !equal(expected, &found[name], 1e-9)
        {
            faults.push(format!("{name}: {} is not {expected}", found[name]));
        }
    };
    let fields = [
        "width",
        "height",
        "bands",
        "sample_type",
        "bits",
        "nodata",
        "transform",
        "crs",
        "pixel_is_point",
        "overviews",
    ];
    fields.into_iter().for_each(&mut same);
    ["crs_text", "mask", "band_names", "alpha", "min_is_white", "planes", "sizes"].into_iter().for_each(&mut same);
    values(entry, found, "probes", faults);
    let view = View::open(path, &Limits::default(), &TileCache::new(1 << 26)).unwrap();
    pixels(&view, entry, faults);
    valid(&view, entry, faults);
    smaller(&view, entry, faults);
    planes(&view, entry, faults);
    palette(&view, entry, faults);
}

/// Numbers within a share of themselves, all else exactly.
fn equal(a: &Value, b: &Value, within: f64) -> bool {
    match (a, b) {
        (Value::Number(x), Value::Number(y)) if x.is_f64() || y.is_f64() => {
            let (x, y) = (x.as_f64().unwrap(), y.as_f64().unwrap());
            (x - y).abs() <= within * x.abs().max(1.0) || x.to_bits() == y.to_bits()
        }
        (Value::Array(x), Value::Array(y)) => x.len() == y.len() && x.iter().zip(y).all(|(x, y)| equal(x, y, within)),
        _ => a == b,
    }
}

/// The samples at the table's pixels, within its tolerance.
fn values(entry: &Value, found: &Value, name: &str, faults: &mut Faults) {
    let tolerance = entry["tolerance"].as_f64().unwrap_or(0.0);
    for (expected, found) in entry[name].as_array().into_iter().flatten().zip(found["probes"].as_array().unwrap()) {
        let near = |(a, b): (&Value, &Value)| match (a.as_f64(), b.as_f64()) {
            (Some(x), Some(y)) if tolerance > 0.0 => (x - y).abs() <= tolerance,
            // The table is read to the last digit but one.
            (Some(x), Some(y)) if a.is_f64() || b.is_f64() => (x - y).abs() <= x.abs() * 4e-16,
            _ => a == b,
        };
        let (a, b) = (expected["values"].as_array().unwrap(), found["values"].as_array().unwrap());
        if a.len() != b.len() || !a.iter().zip(b).all(near) {
            faults.push(format!(
                "({}, {}): {} is not {}",
                expected["x"], expected["y"], found["values"], expected["values"]
            ));
        }
    }
}

fn whole(view: &View, level: usize) -> Block {
    let [x1, y1] = level_size(view.size(), level);
    view.samples(level, PixelRect { x0: 0, y0: 0, x1, y1 }).unwrap()
}

/// The CRC-32 of each band, or the mean of those that are lossy; and parts are as the whole.
fn pixels(view: &View, entry: &Value, faults: &mut Faults) {
    let block = whole(view, 0);
    let bands = view.info().stored_bands();
    let half = entry["sample_type"] == "float16";
    let sums = |band: usize| crc32fast::hash(&band_bytes(&block, band, half));
    if let Some(expected) = entry.get("crc32_per_band") {
        let found: Vec<u32> = (0..bands).map(sums).collect();
        if *expected != serde_json::json!(found) {
            faults.push(format!("crc32_per_band: {found:?} is not {expected}"));
        }
    }
    for (band, mean) in entry["mean_per_band"].as_array().into_iter().flatten().enumerate() {
        let step = block.bands;
        let numbers = (band..block.samples.len()).step_by(step).filter_map(|at| block.samples.get(at));
        let found = numbers.sum::<f64>() / f64::from(block.width * block.height);
        if (found - mean.as_f64().unwrap()).abs() > entry["mean_tolerance"].as_f64().unwrap() {
            faults.push(format!("mean of band {band}: {found} is not {mean}"));
        }
    }
    let [width, height] = view.size();
    for part in [[width / 3, height / 4, width, height / 2], [0, height / 2, width / 2, height], [1, 1, width - 1, 2]] {
        let part = PixelRect { x0: part[0], y0: part[1], x1: part[2], y1: part[3] };
        let (a, b) = (view.samples(0, part).unwrap(), block.part(part));
        if a.samples.bytes() != b.samples.bytes() {
            faults.push(format!("the part {part:?} is not as the whole"));
        }
    }
}

/// The samples of a band, row by row, little-endian; floats of 16 bits as such.
fn band_bytes(block: &Block, band: usize, half: bool) -> Vec<u8> {
    let size = block.samples.sample_type().bytes();
    if let (true, Samples::F32(values)) = (half, &block.samples) {
        let band = values.iter().skip(band).step_by(block.bands);
        return band.flat_map(|value| half::f16::from_f32(*value).to_le_bytes()).collect();
    }
    let samples = block.samples.bytes().chunks_exact(size).skip(band).step_by(block.bands);
    let little = |sample: &[u8]| {
        let mut sample = sample.to_vec();
        if cfg!(target_endian = "big") {
            sample.reverse();
        }
        sample
    };
    samples.flat_map(little).collect()
}

fn valid(view: &View, entry: &Value, faults: &mut Faults) {
    let at = |x: u32, y: u32| view.is_valid(x, y);
    for probe in entry["valid"].as_array().into_iter().flatten() {
        let (x, y) = (probe["x"].as_u64().unwrap() as u32, probe["y"].as_u64().unwrap() as u32);
        if at(x, y) != probe["valid"].as_bool() {
            faults.push(format!("({x}, {y}) is valid: {:?}", at(x, y)));
        }
    }
    if let Some(count) = entry["valid_count"].as_u64() {
        let [width, height] = view.size();
        let found =
            (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).filter(|(x, y)| at(*x, *y) == Some(true)).count();
        if found as u64 != count {
            faults.push(format!("{found} pixels are valid, not {count}"));
        }
    }
}

/// Values of the stored copies, where they are levels of ours in the same size.
fn smaller(view: &View, entry: &Value, faults: &mut Faults) {
    let sizes = entry["overviews"].as_array().cloned().unwrap_or_default();
    for (size, probes) in sizes.iter().zip(entry["overview_probes"].as_array().into_iter().flatten()) {
        let Some(level) = (1..view.levels()).find(|level| serde_json::json!(level_size(view.size(), *level)) == *size)
        else {
            continue;
        };
        let block = whole(view, level);
        for probe in probes.as_array().unwrap() {
            let (x, y) = (probe["x"].as_u64().unwrap() as u32, probe["y"].as_u64().unwrap() as u32);
            let found = serde_json::to_value(block.values(x, y)).unwrap();
            if found != probe["values"] {
                faults.push(format!("level {level} ({x}, {y}): {found} is not {}", probe["values"]));
            }
        }
    }
}

/// Values plane by plane; where channels lie in planes of their own they are bands here.
fn planes(view: &View, entry: &Value, faults: &mut Faults) {
    for (number, plane) in entry["plane_probes"].as_array().into_iter().flatten().enumerate() {
        let (probes, channel, slice) = match plane {
            Value::Array(probes) => (probes, 0, number as u32),
            other => {
                let number = |name: &str| other[name].as_u64().unwrap();
                (other["probes"].as_array().unwrap(), number("c") as usize, number("z") as u32)
            }
        };
        let view = view.of_plane(Plane { slice, frame: 0 }).unwrap();
        let block = whole(&view, 0);
        for probe in probes {
            let (x, y) = (probe["x"].as_u64().unwrap() as u32, probe["y"].as_u64().unwrap() as u32);
            let found = serde_json::to_value(&block.values(x, y).unwrap()[channel..=channel]).unwrap();
            if found != probe["values"] {
                faults.push(format!("plane {number} ({x}, {y}): {found} is not {}", probe["values"]));
            }
        }
    }
}

/// The colours that indices stand for.
fn palette(view: &View, entry: &Value, faults: &mut Faults) {
    let colours: BTreeMap<String, [u8; 3]> = serde_json::from_value(entry["palette"].clone()).unwrap_or_default();
    let [width, height] = view.size();
    for (index, colour) in colours {
        let is = |(x, y): &(u32, u32)| view.values(*x, *y) == Some(vec![index.parse().unwrap()]);
        let Some((x, y)) = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).find(is) else { continue };
        if view.pixel(x, y) != Some(colour) {
            faults.push(format!("index {index} is {:?}, not {colour:?}", view.pixel(x, y)));
        }
    }
}

/// How many entries are right, and what is wrong with the others.
fn walked(folder: &Path) -> (usize, Vec<String>) {
    let table = table(folder);
    let mut wrong = Vec::new();
    for entry in &table {
        let faults = faults(folder, entry);
        if !faults.is_empty() {
            wrong.push(format!("{}: {}", entry["file"].as_str().unwrap(), faults.join("; ")));
        }
    }
    (table.len() - wrong.len(), wrong)
}

#[test]
fn every_scene_is_what_its_table_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/domains/geo");
    let (right, wrong) = walked(&folder);
    println!("{right} of {} are right", right + wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_scene_of_a_named_folder_is_what_its_table_says() {
    let Some(folder) = std::env::var_os("LIMN_DOMAINS").map(PathBuf::from) else {
        println!("LIMN_DOMAINS names no folder: nothing is walked");
        return;
    };
    let (right, wrong) = walked(&folder.join("geo"));
    println!("{right} of {} are right", right + wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whatever is changed in a file or cut off it: an answer, and no panic. `LIMN_ROUNDS` says how often each file is changed.
#[test]
fn changed_files_are_opened_or_refused() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/domains/geo");
    let scratch = tempfile::tempdir().unwrap();
    let rounds = std::env::var("LIMN_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(12);
    let mut state = 7u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below.max(1)
    };
    for entry in table(&folder) {
        let name = entry["file"].as_str().unwrap();
        let bytes = std::fs::read(folder.join(name)).unwrap();
        if bytes.len() < 16 || bytes.len() > 40_000 || name.starts_with("bomb") {
            continue;
        }
        for round in 0..rounds {
            let mut bytes = bytes.clone();
            if round % 4 == 0 {
                bytes.truncate(random(bytes.len()));
            }
            // Directories lie at the beginning or at the end.
            for _ in 0..3 {
                let from = [0, bytes.len().saturating_sub(400), 0][random(3)];
                let at = from + random(400.min(bytes.len()));
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = random(256) as u8;
                }
            }
            let path = scratch.path().join(name);
            std::fs::write(&path, &bytes).unwrap();
            let started = std::time::Instant::now();
            describe(&path, &[(0, 0, None), (5, 5, Some(1)), (u64::MAX, 0, None)]).ok();
            limn_media::probe(&path).ok();
            if let Ok(view) = View::open(&path, &Limits::default(), &TileCache::new(1 << 20)) {
                view.samples(view.levels() - 1, PixelRect { x0: 0, y0: 0, x1: 1, y1: 1 }).ok();
            }
            assert!(started.elapsed().as_secs() < 10, "{name} took {:?}", started.elapsed());
        }
    }
}

/// A scene of 40,000 x 40,000 pixels in tiles of 512, most of them left out: the header and what is needed of the directory.
fn large_scene() -> Vec<u8> {
    const SIDE: u32 = 20_000;
    const TILE: u32 = 512;
    let count = SIDE.div_ceil(TILE).pow(2);
    let mut bytes = b"II*\0\0\0\0\0".to_vec();
    let tile = bytes.len() as u32;
    bytes.extend((0..TILE * TILE).map(|at| (at % 251) as u8));
    // One tile in seven is there; all of them are the same.
    let (offsets, counts) = (bytes.len() as u32, bytes.len() as u32 + 4 * count);
    bytes.extend((0..count).flat_map(|at| if at % 7 == 0 { tile } else { 0 }.to_le_bytes()));
    bytes.extend((0..count).flat_map(|at| if at % 7 == 0 { TILE * TILE } else { 0 }.to_le_bytes()));
    let directory = bytes.len() as u32;
    bytes[4..8].copy_from_slice(&directory.to_le_bytes());
    let entries = [
        [256, 4, 1, SIDE],
        [257, 4, 1, SIDE],
        [258, 3, 1, 8],
        [259, 3, 1, 1],
        [262, 3, 1, 1],
        [277, 3, 1, 1],
        [322, 4, 1, TILE],
        [323, 4, 1, TILE],
        [324, 4, count, offsets],
        [325, 4, count, counts],
    ];
    bytes.extend((entries.len() as u16).to_le_bytes());
    for [tag, kind, count, value] in entries {
        bytes.extend([(tag as u16).to_le_bytes(), (kind as u16).to_le_bytes()].concat());
        bytes.extend([count.to_le_bytes(), value.to_le_bytes()].concat());
    }
    bytes.extend([0; 4]);
    bytes
}

#[cfg(target_os = "linux")]
#[test]
fn a_scene_of_many_pixels_opens_in_bounded_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.tif");
    std::fs::write(&path, large_scene()).unwrap();
    let started = std::time::Instant::now();
    let view = View::open(&path, &Limits::default(), &TileCache::new(1 << 26)).unwrap();
    let part = PixelRect { x0: 10_000, y0: 10_000, x1: 10_512, y1: 10_512 };
    view.rgb(0, part).unwrap();
    let first = started.elapsed();
    let top = view.levels() - 1;
    let block = whole(&view, top);
    println!("first pixels after {first:?}, all levels after {:?}", started.elapsed());
    assert_eq!(block.width, level_size(view.size(), top)[0]);
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    println!("{} MB at most", peak >> 10);
    // As a whole its samples would be 400 MB.
    assert!(peak < 300 << 10, "{peak} kB");
}

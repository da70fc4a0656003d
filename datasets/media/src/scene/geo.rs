//! The place of a GeoTIFF by its tags (OGC 19-008r4).

use std::collections::HashMap;

use super::super::tiff::directory::Directory;
use super::super::tiff::tags;
use super::projection::{self, Parameters};
use super::world::{Crs, World};

const MODEL_TYPE: u16 = 1024;
const RASTER_TYPE: u16 = 1025;
const CITATION: u16 = 1026;
const GEODETIC_CRS: u16 = 2048;
const GEODETIC_CITATION: u16 = 2049;
const PROJECTED_CRS: u16 = 3072;
const PROJECTED_CITATION: u16 = 3073;
const USER_DEFINED: u16 = 32767;

/// What a key holds.
#[derive(Clone, Debug, PartialEq)]
enum Key {
    Short(u16),
    Number(f64),
    Text(String),
}

/// The place by the tags of a directory.
pub(crate) fn world(directory: &Directory) -> World {
    let keys = keys(directory);
    let short = |key: u16| match keys.get(&key) {
        Some(Key::Short(value)) => Some(*value),
        _ => None,
    };
    let mut world = World { pixel_is_point: short(RASTER_TYPE) == Some(2), ..World::default() };
    let crs = crs(&keys);
    let points = directory.reals(tags::MODEL_TIEPOINT).unwrap_or_default();
    let scale = directory.reals(tags::MODEL_PIXEL_SCALE).unwrap_or_default();
    world.transform =
        match (directory.reals(tags::MODEL_TRANSFORMATION).as_deref(), points.as_slice(), scale.as_slice()) {
            (Some([a, b, _, d, e, f, _, h, ..]), _, _) => Some([*d, *a, *b, *h, *e, *f]),
            (_, [i, j, _, x, y, _, ..], [sx, sy, ..]) if *sx != 0.0 && *sy != 0.0 => {
                Some([x - i * sx, *sx, 0.0, y + j * sy, 0.0, -sy])
            }
            (_, points, _) if points.len() >= 12 => {
                let place = crs.as_ref().map(|crs| format!(" in {crs}")).unwrap_or_default();
                world.remarks.push(format!(
                    "{} control points{place} say where it lies; they are not applied",
                    points.len() / 6
                ));
                None
            }
            _ => None,
        };
    world.transform = world.transform.filter(|t| t.iter().all(|v| v.is_finite()) && (t[1] * t[5] - t[2] * t[4]) != 0.0);
    if world.pixel_is_point
        && let Some([x, a, b, y, d, e]) = world.transform
    {
        // The numbers name the centre of the first pixel.
        world.transform = Some([x - (a + b) / 2.0, a, b, y - (d + e) / 2.0, d, e]);
    }
    if directory.has(tags::RPC_COEFFICIENTS) {
        world.remarks.push("rational polynomials (RPC) say where it lies; they are not applied".to_owned());
    }
    if short(MODEL_TYPE) == Some(3) {
        world.remarks.push("its coordinates are geocentric; it is not placed".to_owned());
        world.transform = None;
    }
    world.crs = crs;
    world
}

fn keys(directory: &Directory) -> HashMap<u16, Key> {
    let shorts = directory.numbers(tags::GEO_KEYS).ok().flatten().unwrap_or_default();
    let texts = directory.text(tags::GEO_TEXTS).unwrap_or_default();
    let numbers = directory.reals(tags::GEO_DOUBLES).unwrap_or_default();
    let mut keys = HashMap::new();
    for entry in shorts.chunks_exact(4).skip(1) {
        let [id, tag, count, value] = [0, 1, 2, 3].map(|at| u16::try_from(entry[at]).unwrap_or(0));
        let key = match tag {
            0 => Some(Key::Short(value)),
            tags::GEO_TEXTS => {
                let range = usize::from(value)..usize::from(value) + usize::from(count);
                texts.as_bytes().get(range).map(|bytes| {
                    Key::Text(String::from_utf8_lossy(bytes).trim_end_matches(['|', '\0']).trim().to_owned())
                })
            }
            tags::GEO_DOUBLES => numbers.get(usize::from(value)).copied().map(Key::Number),
            _ => None,
        };
        keys.extend(key.map(|key| (id, key)));
    }
    keys
}

fn crs(keys: &HashMap<u16, Key>) -> Option<Crs> {
    let short = |key: u16| match keys.get(&key) {
        Some(Key::Short(value)) if *value != 0 => Some(*value),
        _ => None,
    };
    let text = |key: u16| match keys.get(&key) {
        Some(Key::Text(text)) if !text.is_empty() => Some(text.clone()),
        _ => None,
    };
    let code = short(PROJECTED_CRS).or_else(|| short(GEODETIC_CRS));
    if let Some(code) = code.filter(|code| *code != USER_DEFINED) {
        return Some(Crs::Epsg(code.into()));
    }
    let citation = text(PROJECTED_CITATION).or_else(|| text(GEODETIC_CITATION)).or_else(|| text(CITATION));
    let wkt = citation.as_deref().and_then(|text| text.split_once("ESRI PE String =")).map(|(_, wkt)| wkt);
    let mut parameters = Parameters::default();
    for (id, key) in keys {
        match key {
            Key::Short(code) => parameters.codes.insert(*id, *code).is_some(),
            Key::Number(number) => parameters.numbers.insert(*id, *number).is_some(),
            Key::Text(_) => false,
        };
    }
    match (wkt, projection::proj(&parameters)) {
        (Some(wkt), _) => Crs::of_wkt(wkt),
        (None, Some(text)) => Some(Crs::Text(text)),
        (None, None) => citation.or_else(|| code.map(|_| "defined by the file".to_owned())).map(Crs::Text),
    }
}

//! What a medium is, in the words of `limn info`: all that is known of it, and raw values at pixels.

use std::path::Path;

use limn_raster::PixelRect;
use serde::Serialize;

use super::medium::{Medium, Stop};
use super::sample::{SampleType, Value};
use super::scene::world::Crs;
use super::scene::{AlphaKind, StackSizes};
use super::tiff::series::MaskPlace;
use super::{Limits, MediaError, still};

/// A pixel of level 0 by column, row and number of its plane (the first one if it names none).
pub type Probe = (u64, u64, Option<u32>);

/// What a medium is. Serialised, the names of its fields are those of `limn info --json`.
#[derive(Clone, Debug, Serialize)]
pub struct Description {
    /// File format in lower case.
    pub format: &'static str,
    /// Width of level 0.
    pub width: u32,
    /// Height of level 0.
    pub height: u32,
    /// Bands that the file holds.
    pub bands: usize,
    /// `uint8`, `int16`, `float32` ...
    pub sample_type: String,
    /// Bits of a sample as stored.
    pub bits: u8,
    /// How many planes there are: slices, frames and channels.
    pub planes: u32,
    /// What they are.
    pub sizes: Option<StackSizes>,
    /// The value of missing samples.
    pub nodata: Option<Value>,
    /// See [`World::transform`](super::World::transform).
    pub transform: Option<[f64; 6]>,
    /// The coordinate reference system, where it has a number: `EPSG:32632`.
    pub crs: Option<String>,
    /// Else its text.
    pub crs_text: Option<String>,
    /// See [`World::pixel_is_point`](super::World::pixel_is_point).
    pub pixel_is_point: bool,
    /// Widths and heights of the smaller copies that are stored.
    pub overviews: Vec<[u32; 2]>,
    /// Widths and heights of all levels.
    pub levels: Vec<[u32; 2]>,
    /// Where a mask of valid pixels lies.
    pub mask: Option<MaskPlace>,
    /// What the opacity band means for the colours.
    pub alpha: Option<AlphaKind>,
    /// The samples are numbers of colours.
    pub palette: bool,
    /// The least values are white.
    pub min_is_white: bool,
    /// Names of the bands.
    pub band_names: Option<Vec<String>>,
    /// EXIF orientation of the file; all that is said here is of the upright picture.
    pub orientation: u8,
    /// What a person should know.
    pub remarks: Vec<String>,
    /// What was asked for.
    pub probes: Vec<ProbeAnswer>,
}

/// The values of a pixel.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProbeAnswer {
    /// Column.
    pub x: u64,
    /// Row.
    pub y: u64,
    /// Number of the plane, where one was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plane: Option<u32>,
    /// A value for each band, as the file holds it; `None` outside of the picture.
    pub values: Option<Vec<Value>>,
    /// Whether the pixel holds anything: it is not masked out, transparent or missing.
    pub valid: Option<bool>,
}

/// Describes a medium, with the raw values of some pixels.
///
/// # Errors
/// When the file cannot be read, is of a kind that is not read, or is damaged where it was looked at.
pub fn describe(path: &Path, probes: &[Probe]) -> Result<Description, MediaError> {
    let medium = still::open_raw(path, &Limits::default())?;
    let view = super::View::new(std::sync::Arc::clone(&medium), super::TileCache::new(1 << 24))?;
    let info = medium.info();
    let mut remarks = info.source.notes.clone();
    remarks.extend(info.scene.world.remarks.iter().cloned());
    let world = &info.scene.world;
    let (crs, crs_text) = match &world.crs {
        Some(crs @ Crs::Epsg(_)) => (Some(crs.to_string()), None),
        Some(Crs::Text(text)) => (None, Some(text.clone())),
        None => (None, None),
    };
    let mut answers = Vec::with_capacity(probes.len());
    for (x, y, plane) in probes.iter().copied() {
        answers.push(answer(medium.as_ref(), &view, (x, y, plane))?);
    }
    let levels = (0..info.levels.len()).map(|level| limn_raster::level_size(info.size, level)).collect();
    Ok(Description {
        format: info.source.format,
        width: info.size[0],
        height: info.size[1],
        bands: info.stored_bands(),
        sample_type: info.scene.stored_type.clone().unwrap_or_else(|| name_of(info.sample).to_owned()),
        bits: info.source.bits,
        planes: info.scene.sizes.map_or(info.planes, |sizes| sizes.c * sizes.z * sizes.t),
        sizes: info.scene.sizes,
        nodata: info.scene.nodata.map(|nodata| value_of(info.sample, nodata)),
        transform: world.transform,
        crs,
        crs_text,
        pixel_is_point: world.pixel_is_point,
        overviews: info.scene.overviews.clone(),
        levels,
        mask: info.scene.mask,
        alpha: info.scene.alpha,
        palette: info.source.palette,
        min_is_white: info.scene.min_is_white,
        band_names: info.scene.band_names.clone(),
        orientation: info.source.orientation,
        remarks,
        probes: answers,
    })
}

fn answer(medium: &dyn Medium, view: &super::View, (x, y, number): Probe) -> Result<ProbeAnswer, MediaError> {
    let info = medium.info();
    let inside =
        u32::try_from(x).ok().zip(u32::try_from(y).ok()).filter(|(x, y)| *x < info.size[0] && *y < info.size[1]);
    let place = inside.zip(info.plane(number.unwrap_or(0)));
    let Some(((column, row), plane)) = place else {
        return Ok(ProbeAnswer { x, y, plane: number, values: None, valid: None });
    };
    let part = PixelRect { x0: column, y0: row, x1: column + 1, y1: row + 1 };
    let block = medium.read(plane, 0, part, &Stop::default())?;
    let mut values = block.values(0, 0).unwrap_or_default();
    values.truncate(info.stored_bands());
    Ok(ProbeAnswer { x, y, plane: number, values: Some(values), valid: view.validity(&block, 0, 0) })
}

fn name_of(sample: SampleType) -> &'static str {
    match sample {
        SampleType::U8 => "uint8",
        SampleType::I8 => "int8",
        SampleType::U16 => "uint16",
        SampleType::I16 => "int16",
        SampleType::U32 => "uint32",
        SampleType::I32 => "int32",
        SampleType::U64 => "uint64",
        SampleType::I64 => "int64",
        SampleType::F32 => "float32",
        SampleType::F64 => "float64",
    }
}

/// A number as a value of a type.
fn value_of(sample: SampleType, number: f64) -> Value {
    if !sample.is_whole() {
        Value::Real(number)
    } else if number < 0.0 {
        Value::Signed(number as i64)
    } else {
        Value::Unsigned(number as u64)
    }
}

//! Scenes: pictures that are more than a photograph. What a TIFF holds besides 8-bit colours (bands, samples of any type, nodata, masks,
//! levels, planes), and where a picture lies in the world.
//!
//! * [`layers`]: planes of levels of a TIFF; [`held`]: in memory, as planes are asked for; `still/tiled` reads what is larger
//! * [`world`]: transform and coordinate reference system; [`geo`]: by GeoTIFF keys, [`projection`] those of its own; [`beside`]: by files beside the picture
//! * [`words`]: names of bands and order of planes as descriptions in the file say them

pub(crate) mod beside;
mod geo;
pub(super) mod held;
pub(super) mod layers;
mod projection;
mod words;
pub(crate) mod world;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use limn_raster::{PixelRect, level_count};
use serde::Serialize;

use super::block::Block;
use super::cache::TILE;
use super::display::{Appearance, Statistics};
use super::medium::{LevelOrigin, MediumInfo, Plane, Stop};
use super::probe::PictureInfo;
use super::read::{LARGE_PIXELS, PIXELS_PER_BYTE};
use super::sample::SampleType;
use super::samples::Samples;
use super::still::{COARSEST, RESIDENT_BYTES, usual};
use super::tiff::directory::{Directories, Directory, MOST_DIRECTORIES, Source};
use super::tiff::layout::{Alpha, Compression, Format, Layout, Photometric};
use super::tiff::series::{self, MaskPlace};
use super::tiff::tags;
use super::{Limits, MediaError, Picture, SourceInfo};
use layers::{Layers, LevelSource};
use world::World;

/// So many tiles or strips, evenly spread, tell how often each value occurs in what does not fit into memory.
pub(super) const SAMPLED: u32 = 64;

/// What is known of a scene besides its pixels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SceneInfo {
    /// Where it lies.
    pub world: World,
    /// Type of the samples in the file where it is not the one they are handed out in: `float16`.
    pub stored_type: Option<String>,
    /// The value of missing samples.
    pub nodata: Option<f64>,
    /// Names of the bands, if the file names any.
    pub band_names: Option<Vec<String>>,
    /// Widths and heights of the smaller copies that the file, or one beside it, holds; from the largest on.
    pub overviews: Vec<[u32; 2]>,
    /// Where a mask of valid pixels lies. It is handed out as one band more, the last one, of full opacity or none.
    pub mask: Option<MaskPlace>,
    /// What the last band of the file means for the colours, if it is opacity.
    pub alpha: Option<AlphaKind>,
    /// Channels, slices and frames of a stack.
    pub sizes: Option<StackSizes>,
    /// Least values are white.
    pub min_is_white: bool,
}

/// What opacity means for colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AlphaKind {
    /// They are multiplied with it.
    Associated,
    /// They are as if they were opaque.
    Unassociated,
}

/// How a stack of pictures is made up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct StackSizes {
    /// Channels: bands that lie in pictures of their own.
    pub c: u32,
    /// Slices.
    pub z: u32,
    /// Frames.
    pub t: u32,
}

/// A TIFF that was looked at.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) layers: Layers,
    pub(super) info: MediumInfo,
    /// A photograph as any other program writes it, which the usual decoder reads.
    pub(super) ordinary: bool,
}

/// Looks at a TIFF: `None` if it is none.
///
/// # Errors
/// A file that cannot be read, a damaged header, a kind that is not read.
pub(super) fn found(path: &Path) -> Result<Option<Found>, MediaError> {
    let Some((file, length)) = open_tiff(path)? else { return Ok(None) };
    let directories = Directories::read(Source::new(path, file, length), MOST_DIRECTORIES)?;
    let layout = Layout::of(&directories.chain[0])?;
    let pixels = u64::from(layout.size[0]) * u64::from(layout.size[1]);
    if pixels > LARGE_PIXELS && pixels / PIXELS_PER_BYTE > length && !layout.is_sparse() {
        let [width, height] = layout.size;
        return Err(MediaError::Hollow { path: path.to_path_buf(), width, height, bytes: length });
    }
    let directory = &directories.chain[0];
    let mut world = geo::world(directory);
    let (nodata, remark) = nodata(directory.text(tags::GDAL_NODATA), &layout);
    world.remarks.extend(remark);
    let words = words::of_description(&series::description(&directories));
    let series = series::sorted(&directories, words.order, nodata.unwrap_or(0.0))?;
    let geographic = [tags::MODEL_PIXEL_SCALE, tags::MODEL_TIEPOINT, tags::MODEL_TRANSFORMATION, tags::GEO_KEYS];
    let other = [tags::RPC_COEFFICIENTS, tags::GDAL_NODATA, tags::GDAL_METADATA];
    let told = geographic.iter().chain(&other).any(|tag| directory.has(*tag));
    let smaller = &series.planes[0].smaller;
    let alone = series.planes.len() == 1 && series.planes[0].full.parts.len() == 1;
    let ordinary = !told && alone && series.mask.is_none() && smaller.is_empty() && is_ordinary(&layout);
    let bands: usize = series.planes[0].full.parts.iter().map(super::tiff::chunks::Chunks::bands).sum();
    let named = directory.text(tags::GDAL_METADATA).and_then(|xml| words::band_names(&xml, bands));
    let palette = palette(directory, &layout)?;
    let alpha = layout.alpha.filter(|_| alone);
    let scene = SceneInfo {
        world: beside::complete(path, world),
        stored_type: Some(layout.sample_name()).filter(|name| name == "float16"),
        nodata,
        band_names: named.or(words.names).filter(|names| names.len() == bands),
        overviews: smaller.iter().map(series::Image::size).collect(),
        mask: series.mask,
        alpha: alpha.map(|alpha| match alpha {
            Alpha::Associated => AlphaKind::Associated,
            Alpha::Unassociated => AlphaKind::Unassociated,
        }),
        sizes: series.sizes.map(|[c, z, t]| StackSizes { c, z, t }),
        min_is_white: layout.photometric == Photometric::WhiteIsZero,
    };
    let largest = (1u64 << layout.bits.min(63)) - 1;
    let few = layout.format == Format::Unsigned && layout.bits < 8;
    let appearance = Appearance {
        palette,
        white: few.then_some(largest as f64),
        inverted: scene.min_is_white,
        premultiplied: alpha == Some(Alpha::Associated),
        nodata,
    };
    let mut notes = Vec::new();
    let others = series.others + series.planes.len();
    if others > 1 {
        notes.push(format!("the file holds {others} pictures (frames or pages); this is the first one"));
    }
    notes.extend(directories.broken.map(|why| format!("the file is damaged: {why}; what was found before is shown")));
    let source = SourceInfo {
        format: "tiff",
        bits: layout.bits,
        channels: u8::try_from(bands).unwrap_or(u8::MAX),
        orientation: if is_placed(directory) { 1 } else { layout.orientation },
        palette: layout.photometric == Photometric::Palette,
        notes,
    };
    let planes = series.planes.len() as u32;
    let slices = series.sizes.map_or(1, |sizes| sizes[1]);
    let mask = series.mask.is_some();
    let layers = Layers::new(path, series.planes, slices, nodata);
    let info = MediumInfo {
        size: layout.size,
        levels: layers.sources.iter().map(LevelSource::origin).collect(),
        bands: bands + usize::from(mask),
        alpha: mask || alpha.is_some(),
        sample: layout.sample(),
        planes,
        appearance,
        source,
        scene,
    };
    Ok(Some(Found { layers, info, ordinary }))
}

/// What the first directory of a TIFF says; `None` if the file is none.
///
/// # Errors
/// As [`found`].
pub(super) fn probed(path: &Path) -> Result<Option<PictureInfo>, MediaError> {
    let Some((file, length)) = open_tiff(path)? else { return Ok(None) };
    let directories = Directories::read(Source::new(path, file, length), 1)?;
    let directory = &directories.chain[0];
    let layout = Layout::of(directory)?;
    let mut source = SourceInfo {
        format: "tiff",
        bits: layout.bits,
        channels: u8::try_from(layout.bands).unwrap_or(u8::MAX),
        orientation: layout.orientation,
        palette: layout.photometric == Photometric::Palette,
        notes: Vec::new(),
    };
    let mut size = layout.size;
    if is_placed(directory) {
        source.orientation = 1;
    }
    if source.orientation >= 5 {
        size.swap(0, 1);
    }
    Ok(Some(PictureInfo { width: size[0], height: size[1], source }))
}

/// The place that a small TIFF inside of another file tells.
pub(super) fn world_of_bytes(path: &Path, bytes: &[u8]) -> World {
    let directories = Directories::read(Source::of_bytes(path, bytes), 1);
    directories.map_or_else(|_| World::default(), |found| geo::world(&found.chain[0]))
}

/// The file says where it lies: such a picture is not turned.
fn is_placed(directory: &Directory) -> bool {
    directory.has(tags::MODEL_TIEPOINT) || directory.has(tags::MODEL_TRANSFORMATION)
}

/// A TIFF as it is usually seen, as a whole.
///
/// # Errors
/// What keeps it from being read; more pixels than the limits allow.
pub(super) fn picture(found: Found, limits: &Limits) -> Result<Picture, MediaError> {
    let Found { layers, info, .. } = found;
    let [width, height] = info.size;
    if width.max(height) > limits.max_side || u64::from(width) * u64::from(height) > limits.max_pixels {
        return Err(MediaError::TooLarge { path: layers.path, width, height, limits: *limits });
    }
    let strip = |y0: u32| {
        let part = PixelRect { x0: 0, y0, x1: width, y1: (y0 + TILE).min(height) };
        layers.read(Plane::default(), 0, part, &Stop::default())
    };
    let statistics = || {
        let bytes = u64::from(width) * u64::from(height) * (info.bands * info.sample.bytes()) as u64;
        let count = if bytes <= RESIDENT_BYTES { u32::MAX } else { SAMPLED };
        let parts = layers.sampled(Plane::default(), count).flatten();
        // As one column of pixels: only how often values occur counts.
        let columns = parts.map(|part| Block { width: 1, height: part.width * part.height, ..part });
        let all = columns.reduce(|mut all, part| {
            all.append(part);
            all
        });
        let all = all.unwrap_or_else(|| Block::zeros(1, 1, info.bands, info.sample));
        Arc::new(Statistics::of(&all, info.alpha, info.appearance.nodata))
    };
    let mapping = usual(&info, statistics);
    let (mut rgb, mut alpha, mut transparent) = (Vec::new(), Vec::new(), false);
    for y0 in (0..height).step_by(TILE as usize) {
        let block = strip(y0)?;
        rgb.extend(mapping.rgb(&block));
        let opacity = mapping.alpha(&block);
        transparent |= opacity.is_some();
        alpha.extend(opacity.unwrap_or_else(|| vec![255; block.width as usize * block.height as usize]));
    }
    let turned = |samples: Vec<u8>, bands: usize| {
        let block = Block { width, height, bands, samples: Samples::U8(samples) }.oriented(info.source.orientation);
        (block.width, block.height, block.samples.bytes().to_vec())
    };
    let (width, height, rgb) = turned(rgb, 3);
    let alpha = transparent.then(|| turned(alpha, 1).2);
    Ok(Picture { width, height, rgb, alpha, source: info.source.clone() })
}

/// The file, if it begins like a TIFF, and its length.
fn open_tiff(path: &Path) -> Result<Option<(File, u64)>, MediaError> {
    let (file, facts) = limn_files::open_with_facts(path).map_err(|error| super::probe::from_files(path, error))?;
    let mut start = [0; 4];
    let tiff = facts.length >= 4
        && limn_files::read_exact_at(&file, &mut start, 0).is_ok()
        && super::tiff::is_tiff(&start)
        && !is_foreign(&file, facts.length);
    Ok(tiff.then_some((file, facts.length)))
}

/// A file of another kind that begins like a TIFF.
fn is_foreign(file: &File, length: u64) -> bool {
    let mut head = vec![0; usize::try_from(length).unwrap_or(usize::MAX).min(super::foreign::HEAD)];
    limn_files::read_exact_at(file, &mut head, 0).is_ok() && super::foreign::by_content(&head).is_some()
}

/// Grey or RGB of 8 or 16 bits in a layout that the usual decoder reads right.
fn is_ordinary(layout: &Layout) -> bool {
    let colours = matches!(layout.photometric, Photometric::BlackIsZero | Photometric::Rgb);
    let bands = match (layout.photometric, layout.bands) {
        (Photometric::BlackIsZero, 1) | (Photometric::Rgb, 3) => layout.alpha.is_none(),
        (Photometric::BlackIsZero, 2) | (Photometric::Rgb, 4) => layout.alpha == Some(Alpha::Unassociated),
        _ => false,
    };
    let usual = match layout.compression {
        Compression::None | Compression::Deflate | Compression::PackBits | Compression::Jpeg => true,
        // The usual decoder takes the end of a tile for a fault.
        Compression::Lzw => !layout.tiled,
        Compression::Zstandard | Compression::WebP => false,
    };
    colours
        && bands
        && usual
        && !layout.is_sparse()
        && !layout.planar
        && !layout.reversed
        && layout.predictor != 3
        && layout.format == Format::Unsigned
        && matches!(layout.bits, 8 | 16)
}

/// The value of missing samples by its text, in the type of the samples; a remark if it marks nothing.
fn nodata(text: Option<String>, layout: &Layout) -> (Option<f64>, Option<String>) {
    let Some(text) = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()) else {
        return (None, None);
    };
    let sample = layout.sample();
    let number = text.replace(',', ".").parse::<f64>().ok();
    let fits = number.and_then(|number| match sample {
        SampleType::F32 if number.is_finite() => Some(f64::from(number as f32)).filter(|number| number.is_finite()),
        SampleType::F32 | SampleType::F64 => Some(number),
        whole => {
            let [least, most] = whole.range();
            // Of 12 bits too: what a sample cannot have marks nothing.
            Some(number.round()).filter(|number| *number >= least && *number <= most)
        }
    });
    let remark =
        format!("its value for missing samples, {}, marks none: no sample can have it", limn_files::printable(&text));
    (fits, fits.is_none().then_some(remark))
}

/// The colours of a palette.
fn palette(directory: &Directory, layout: &Layout) -> Result<Option<Arc<[[u8; 3]]>>, MediaError> {
    if layout.photometric != Photometric::Palette {
        return Ok(None);
    }
    let values = directory.numbers(tags::COLOR_MAP)?.unwrap_or_default();
    let count = values.len() / 3;
    // Some writers give bytes where 16 bits are meant.
    let shift = if values.iter().all(|value| *value < 256) { 0 } else { 8 };
    let colour = |index: usize| [0, 1, 2].map(|channel| (values[channel * count + index] >> shift) as u8);
    Ok((count > 0).then(|| (0..count).map(colour).collect()))
}

/// How many levels a picture of a size has.
pub(super) fn levels(size: [u32; 2]) -> usize {
    level_count(size, COARSEST)
}

/// The origin of levels that are all made.
pub(super) fn made(size: [u32; 2]) -> Vec<LevelOrigin> {
    let made = levels(size) - 1;
    [LevelOrigin::Stored].into_iter().chain(std::iter::repeat_n(LevelOrigin::Made, made)).collect()
}

#[cfg(test)]
mod tests;

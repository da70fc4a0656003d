//! Still pictures as media of one plane.
//!
//! * `resident`: decoded as a whole and held in memory with its levels; `spilled`: too large for that, decoded as a whole, its tiles
//!   in a file without a name; `tiled`: a large TIFF whose parts are read where they are wanted (smaller ones: `scene/held`)
//! * `levels`: halved levels made strip by strip

mod levels;
mod resident;
mod spilled;
mod tiled;

use std::path::Path;
use std::sync::Arc;

use limn_raster::PixelRect;

use super::block::Block;
use super::display::Appearance;
use super::mapping::Mapping;
use super::medium::{Medium, MediumInfo};
use super::read::{Decoded, read_raw, read_samples};
use super::scene::held::Held;
use super::scene::{self, Found, SceneInfo};
use super::{Limits, MediaError};

/// Levels go on until the longer side is this or less.
pub(super) const COARSEST: u32 = 256;

/// Samples with all their levels are held in memory up to so many bytes.
pub(super) const RESIDENT_BYTES: u64 = 384 << 20;

/// TIFFs of more pixels are read part by part where their layout allows it.
const WHOLE_PIXELS: u64 = 128 << 20;

/// Opens a picture.
///
/// # Errors
/// When the file cannot be read, is empty, no picture, too large, cut off or damaged.
pub(super) fn open(path: &Path, limits: &Limits, scratch: Option<&Path>) -> Result<Arc<dyn Medium>, MediaError> {
    open_within(path, limits, [RESIDENT_BYTES, WHOLE_PIXELS], scratch)
}

/// As [`open`] with other bounds: bytes of what is held in memory, pixels of what is decoded as a whole.
pub(super) fn open_within(
    path: &Path,
    limits: &Limits,
    [resident, whole]: [u64; 2],
    scratch: Option<&Path>,
) -> Result<Arc<dyn Medium>, MediaError> {
    let refused = match scene::found(path) {
        Ok(found) => match found.filter(|found| !found.ordinary || pixels(&found.info) > whole) {
            Some(found) => return of_scene(found, [resident, whole], scratch),
            None => None,
        },
        // Some of what is refused there the usual decoder reads.
        Err(error @ MediaError::Unsupported { .. }) => Some(error),
        Err(error) => return Err(error),
    };
    let decoded = match (read_samples(path, limits), refused) {
        (Ok(decoded), _) => decoded,
        (Err(_), Some(refused)) => return Err(refused),
        (Err(error), None) => return Err(error),
    };
    // A level has a quarter of the bytes of the one below.
    let bytes = decoded.block.bytes() as u64 * 4 / 3;
    if bytes <= resident {
        return Ok(Arc::new(resident::Resident::new(decoded, path)));
    }
    Ok(Arc::new(spilled::Spilled::new(decoded, path, scratch)?))
}

/// Opens a picture so that its samples are as the file holds them: colours of transparent pixels too.
///
/// # Errors
/// As [`open`].
pub(super) fn open_raw(path: &Path, limits: &Limits) -> Result<Arc<dyn Medium>, MediaError> {
    let first = match scene::found(path) {
        Ok(Some(found)) => return of_scene(found, [RESIDENT_BYTES, WHOLE_PIXELS], None),
        Ok(None) => None,
        // What the usual decoder makes of few bits are no raw values.
        Err(error @ MediaError::Unsupported { .. }) => match super::probe(path) {
            Ok(info) if info.source.bits >= 8 => Some(error),
            _ => return Err(error),
        },
        Err(error) => return Err(error),
    };
    // Where neither reads it, what was said first names the cause.
    let decoded = read_raw(path, limits).map_err(|error| first.unwrap_or(error))?;
    Ok(Arc::new(resident::Resident::new(decoded, path)))
}

/// A TIFF that is read here: in memory if it fits, else part by part.
fn of_scene(found: Found, [resident, whole]: [u64; 2], scratch: Option<&Path>) -> Result<Arc<dyn Medium>, MediaError> {
    let info = &found.info;
    let bytes = (pixels(info) * (info.bands * info.sample.bytes()) as u64).saturating_mul(4) / 3;
    if bytes <= resident && (!found.ordinary || pixels(info) <= whole) {
        return Ok(Arc::new(Held::new(found, resident)?));
    }
    Ok(Arc::new(tiled::Tiled::new(found, scratch)?))
}

fn pixels(info: &MediumInfo) -> u64 {
    info.size.map(u64::from).iter().product()
}

/// What is known of a picture that was decoded as a whole.
fn info_of(decoded: &Decoded, path: &Path) -> MediumInfo {
    let size = [decoded.block.width, decoded.block.height];
    MediumInfo {
        size,
        levels: scene::made(size),
        bands: decoded.block.bands,
        alpha: decoded.alpha,
        sample: decoded.block.samples.sample_type(),
        planes: 1,
        appearance: Appearance::default(),
        source: decoded.source.clone(),
        scene: SceneInfo { world: scene::beside::complete(path, decoded.world.clone()), ..SceneInfo::default() },
    }
}

/// Where [`mixed`] begins.
const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;

/// A step of FNV-1a over words of eight bytes.
fn mixed(print: u64, word: u64) -> u64 {
    (print ^ word).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23)
}

/// A number that other pixels do not have, of the picture as it is usually shown.
pub(super) fn print_of(block: &Block, mapping: &Mapping) -> u64 {
    let mut print = mixed(FNV_START, u64::from(block.width) << 32 | u64::from(block.height));
    // Eight rows are a whole number of words.
    for y0 in (0..block.height).step_by(8) {
        let part = PixelRect { x0: 0, y0, x1: block.width, y1: (y0 + 8).min(block.height) };
        let rgb = mapping.rgb(&block.part(part));
        let (words, rest) = rgb.as_chunks::<8>();
        print = words.iter().fold(print, |print, word| mixed(print, u64::from_le_bytes(*word)));
        print = rest.iter().fold(print, |print, byte| mixed(print, u64::from(*byte)));
    }
    print
}

/// The usual display of a decoded picture; `statistics` is asked if it needs them.
pub(super) fn usual(info: &MediumInfo, statistics: impl FnOnce() -> Arc<super::Statistics>) -> Mapping {
    Mapping::new(&info.usual_display(), info.sample, info.bands, info.alpha, &info.appearance, statistics)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use limn_raster::{Rgb8, RgbLevels, level_size};
    use tiff::encoder::{TiffEncoder, colortype};

    use super::super::{Display, Picture, Plane, Samples, Stop, Stretch, TileCache, View, read_picture};
    use super::*;

    fn noise(width: u32, height: u32, bands: u32) -> Vec<u8> {
        (0..width * height * bands).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
    }

    fn file(folder: &tempfile::TempDir, name: &str, bytes: &[u8]) -> std::path::PathBuf {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// A grey or RGB TIFF of 8 bits in tiles of 64 x 48, uncompressed (TIFF 6.0, section 15).
    fn tiled_tiff(width: u32, height: u32, bands: u32, pixels: &[u8]) -> Vec<u8> {
        let (across, down) = (width.div_ceil(64), height.div_ceil(48));
        let mut out = b"II*\0\0\0\0\0".to_vec();
        let mut offsets = Vec::new();
        for row in 0..down {
            for column in 0..across {
                offsets.push(out.len() as u32);
                for y in row * 48..(row + 1) * 48 {
                    for x in column * 64..(column + 1) * 64 {
                        let at = ((y * width + x) * bands) as usize;
                        let inside = x < width && y < height;
                        let pixel = if inside { &pixels[at..at + bands as usize] } else { &[9; 3][..bands as usize] };
                        out.extend_from_slice(pixel);
                    }
                }
            }
        }
        let list = |values: &[u32], out: &mut Vec<u8>| {
            let at = out.len() as u32;
            out.extend(values.iter().flat_map(|value| value.to_le_bytes()));
            if values.len() == 1 { values[0] } else { at }
        };
        let counts = vec![64 * 48 * bands; offsets.len()];
        let (offsets_at, counts_at) = (list(&offsets, &mut out), list(&counts, &mut out));
        let bits_at = out.len() as u32;
        out.extend([8u16; 3].into_iter().flat_map(u16::to_le_bytes));
        let bits = if bands == 1 { [258, 3, 1, 8] } else { [258, 3, 3, bits_at] };
        let entries: [[u32; 4]; 11] = [
            [256, 4, 1, width],
            [257, 4, 1, height],
            bits,
            [259, 3, 1, 1],
            [262, 3, 1, if bands == 1 { 1 } else { 2 }],
            [277, 3, 1, bands],
            [284, 3, 1, 1],
            [322, 4, 1, 64],
            [323, 4, 1, 48],
            [324, 4, offsets.len() as u32, offsets_at],
            [325, 4, offsets.len() as u32, counts_at],
        ];
        let directory = out.len() as u32;
        out.extend((entries.len() as u16).to_le_bytes());
        for [tag, kind, count, value] in entries {
            out.extend((tag as u16).to_le_bytes());
            out.extend((kind as u16).to_le_bytes());
            out.extend(count.to_le_bytes());
            out.extend(value.to_le_bytes());
        }
        out.extend([0; 4]);
        out[4..8].copy_from_slice(&directory.to_le_bytes());
        out
    }

    /// All levels as a medium gives them, once they are made.
    fn levels(medium: &dyn Medium) -> Vec<Block> {
        let info = medium.info();
        let whole = |level| {
            let [x1, y1] = level_size(info.size, level);
            let block =
                medium.read(Plane::default(), level, PixelRect { x0: 0, y0: 0, x1, y1 }, &Stop::default()).unwrap();
            assert_eq!(medium.rows_ready(Plane::default(), level), y1);
            block
        };
        (0..info.levels.len()).map(whole).collect()
    }

    #[test]
    fn resident_spilled_and_tiled_pictures_are_the_same() {
        let folder = tempfile::tempdir().unwrap();
        for (width, height, bands) in [(700, 1030, 3), (1301, 300, 1)] {
            let pixels = noise(width, height, bands);
            let path = file(&folder, "a.tif", &tiled_tiff(width, height, bands, &pixels));
            let open = |resident, whole| open_within(&path, &Limits::default(), [resident, whole], None).unwrap();
            let resident = open(u64::MAX, u64::MAX);
            assert!(resident.is_resident(Plane::default(), 0) && resident.bytes() > pixels.len());
            let Samples::U8(read) = &levels(&*resident)[0].samples else { panic!() };
            assert_eq!(read, &pixels);
            let spilled = open(0, u64::MAX);
            assert!(!spilled.is_resident(Plane::default(), 0) && spilled.bytes() == 0);
            assert_eq!((spilled.print(), levels(&*spilled)), (resident.print(), levels(&*resident)));
            let tiled = open(u64::MAX, 0);
            assert_eq!(levels(&*tiled), levels(&*resident));
            assert_eq!((tiled.progress(), tiled.info()), (None, resident.info()));
        }
    }

    #[test]
    fn a_view_reads_any_part_through_the_cache_as_from_memory() {
        let folder = tempfile::tempdir().unwrap();
        let pixels = noise(900, 700, 3);
        let path = file(&folder, "a.tif", &tiled_tiff(900, 700, 3, &pixels));
        let cache = TileCache::new(1 << 20);
        let open = |resident| {
            View::new(
                open_within(&path, &Limits::default(), [resident, u64::MAX], Some(folder.path())).unwrap(),
                Arc::clone(&cache),
            )
            .unwrap()
        };
        let (memory, disk) = (open(u64::MAX), open(0));
        assert_eq!(disk.values(300, 200), None, "its tile was not read yet");
        for level in 0..memory.levels() {
            let [w, h] = level_size([900, 700], level);
            for part in [[0, 0, w, h], [w / 3, h / 4, w / 3 + 9, h], [w - 1, h - 1, w, h]] {
                let part = PixelRect { x0: part[0], y0: part[1], x1: part[2], y1: part[3] };
                assert_eq!(disk.read(level, part).unwrap(), memory.read(level, part).unwrap(), "{level} {part:?}");
            }
        }
        assert!(cache.bytes() > 0 && cache.bytes() <= 1 << 20);
        let at = 3 * (699 * 900 + 899);
        assert_eq!(memory.pixel(899, 699), Some([pixels[at], pixels[at + 1], pixels[at + 2]]));
        assert_eq!((memory.pixel(900, 0), memory.values(0, 700), disk.values(900, 0)), (None, None, None));
        // The last one read is still there.
        assert_eq!(disk.values(899, 699), memory.values(899, 699));
    }

    #[test]
    fn a_view_waits_for_levels_that_are_being_made() {
        let folder = tempfile::tempdir().unwrap();
        let pixels = noise(2_000, 1_500, 1);
        let path = file(&folder, "a.tif", &tiled_tiff(2_000, 1_500, 1, &pixels));
        let open = |whole| {
            View::new(open_within(&path, &Limits::default(), [u64::MAX, whole], None).unwrap(), TileCache::new(1 << 24))
                .unwrap()
        };
        let [x1, y1] = level_size([2_000, 1_500], 1);
        let part = PixelRect { x0: 0, y0: 0, x1, y1 };
        let expected = open(u64::MAX).rgb(1, part).unwrap();
        // Many tiles at once, more than the threads that read them, while the levels are begun.
        for _ in 0..20 {
            assert_eq!(open(0).rgb(1, part).unwrap(), expected);
        }
    }

    #[test]
    fn sixteen_bits_stay_sixteen_bits_and_are_seen_as_before() {
        let folder = tempfile::tempdir().unwrap();
        let values: Vec<u16> = (0..300 * 200u32).map(|i| 1000 + (i % 4096) as u16).collect();
        for big in [false, true] {
            let mut bytes = Cursor::new(Vec::new());
            if big {
                TiffEncoder::new_big(&mut bytes).unwrap().write_image::<colortype::Gray16>(300, 200, &values).unwrap();
            } else {
                TiffEncoder::new(&mut bytes).unwrap().write_image::<colortype::Gray16>(300, 200, &values).unwrap();
            }
            let path = file(&folder, "a.tif", &bytes.into_inner());
            for whole in [0, u64::MAX] {
                let medium = open_within(&path, &Limits::default(), [u64::MAX, whole], None).unwrap();
                let view = View::new(medium, TileCache::new(1 << 24)).unwrap();
                let part = PixelRect { x0: 0, y0: 0, x1: 300, y1: 200 };
                assert_eq!(view.samples(0, part).unwrap().samples, Samples::U16(values.clone()));
                assert_eq!(view.values(7, 1), Some(vec![1307.0]), "{big} {whole}");
                let Picture { rgb, .. } = read_picture(&path, &Limits::default()).unwrap();
                assert_eq!(view.rgb(0, part).unwrap(), Rgb8 { width: 300, height: 200, data: rgb });
                let window = Display { stretch: Stretch::Window { centre: 1307.0, width: 2.0 }, ..*view.display() };
                assert_eq!(view.shown_as(window).unwrap().pixel(7, 1), Some([128; 3]));
            }
        }
    }

    #[test]
    fn a_tiled_picture_that_is_cut_off_is_a_fault_and_a_dropped_one_ends_its_thread() {
        let folder = tempfile::tempdir().unwrap();
        let mut bytes = tiled_tiff(700, 1030, 1, &noise(700, 1030, 1));
        // The offset of the last tile leads beyond the end.
        let directory = u32::from_le_bytes(bytes[4..8].try_into().unwrap()) as usize;
        let offsets = u32::from_le_bytes(bytes[directory + 2 + 9 * 12 + 8..][..4].try_into().unwrap()) as usize;
        let last = offsets + 4 * (11 * 22 - 1);
        bytes[last..last + 4].copy_from_slice(&0x7fff_0000u32.to_le_bytes());
        let path = file(&folder, "a.tif", &bytes);
        let medium = open_within(&path, &Limits::default(), [u64::MAX, 0], None).unwrap();
        let read = |level, part| medium.read(Plane::default(), level, part, &Stop::default());
        let first = PixelRect { x0: 0, y0: 0, x1: 64, y1: 48 };
        assert!(read(0, first).is_ok(), "what is there can be seen");
        let error = read(2, PixelRect { x0: 0, y0: 0, x1: 175, y1: 258 }).unwrap_err().to_string();
        assert!(error.contains("a.tif"), "{error}");
        assert_eq!(medium.progress(), None);
        let stopped = Stop::default();
        stopped.stop();
        assert!(matches!(medium.read(Plane::default(), 0, first, &stopped), Err(MediaError::Stopped)));
    }
}

//! One index per pixel: painting objects in z order, the void band, and file stems for flat folders.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::index_png;
use super::room::Room;
use crate::document::{Document, ImageId, ImageRecord, Object, ObjectId};
use crate::raster::Mask;

/// The index that means "not annotated".
pub(super) const VOID: u8 = 255;

/// Most objects (or classes) that a label map can tell apart.
pub(super) const MAX_LABELS: usize = 254;

/// Whether a picture of labels may have this size.
pub(super) fn fits(width: u32, height: u32) -> bool {
    u64::from(width) * u64::from(height) <= index_png::MAX_PIXELS
}

/// The objects of a picture that have pixels, from bottom to top: object `k` of a label map is number `k - 1` here.
pub(super) fn numbered(document: &Document, image: ImageId) -> Vec<&Object> {
    document.objects_of(image).filter(|object| !object.mask.is_empty()).collect()
}

/// Paints the objects as 1, 2, 3 ...; later ones over earlier ones, so the topmost keeps the pixel. At most
/// [`MAX_LABELS`] objects.
pub(super) fn paint(width: u32, height: u32, objects: &[&Object]) -> Vec<u8> {
    let mut map = vec![0; width as usize * height as usize];
    for (label, object) in (1..VOID).zip(objects) {
        object.mask.paint(&mut map, label);
    }
    map
}

/// As [`paint`] for any number of objects.
pub(super) fn paint_wide(width: u32, height: u32, objects: &[&Object]) -> Vec<u32> {
    let mut map = vec![0; width as usize * height as usize];
    for (label, object) in (1..).zip(objects) {
        object.mask.paint(&mut map, label);
    }
    map
}

/// Lays a band of [`VOID`] along every border between two labels. Of its `band` pixels the smaller half lies within
/// objects, the larger half on the background; distances are by the longer axis. The picture's edge is no border.
pub(super) fn add_void_band(map: &mut [u8], width: u32, band: u32) {
    if band == 0 || width == 0 {
        return;
    }
    let inner = near_border(map, width as usize, (band / 2) as usize);
    let outer = near_border(map, width as usize, (band - band / 2) as usize);
    for ((value, inner), outer) in map.iter_mut().zip(inner).zip(outer) {
        if if *value == 0 { outer } else { inner } {
            *value = VOID;
        }
    }
}

/// Whether the square of the given radius around each pixel holds more than one label.
fn near_border(map: &[u8], width: usize, radius: usize) -> Vec<bool> {
    let (mut low, mut high) = (map.to_vec(), map.to_vec());
    let mut grow = |step: usize, by_row: bool| {
        for (values, pick) in [(&mut low, u8::min as fn(u8, u8) -> u8), (&mut high, u8::max)] {
            let before = values.clone();
            for at in 0..before.len() {
                let first = by_row && at % width == 0;
                let last = by_row && at % width == width - 1;
                if !first && at >= step {
                    values[at] = pick(values[at], before[at - step]);
                }
                if !last && at + step < before.len() {
                    values[at] = pick(values[at], before[at + step]);
                }
            }
        }
    };
    for _ in 0..radius {
        grow(1, true);
        grow(width, false);
    }
    low.iter().zip(&high).map(|(low, high)| low != high).collect()
}

/// What remains of every object of a picture in a label map with the given void band.
pub(super) fn remaining(document: &Document, image: ImageId, band: u32) -> Vec<(ObjectId, Mask)> {
    let objects = numbered(document, image);
    let Some(first) = objects.first() else {
        return Vec::new();
    };
    let (width, height) = (first.mask.width(), first.mask.height());
    if !fits(width, height) {
        // Such a picture is not written.
        return objects.into_iter().map(|object| (object.id, object.mask.clone())).collect();
    }
    if band == 0 {
        let mut masks = regions(&paint_wide(width, height, &objects), width, height);
        let mask = |(label, object): (u32, &Object)| {
            (object.id, masks.remove(&label).unwrap_or_else(|| Mask::empty(width, height)))
        };
        return (1..).zip(objects.iter().copied()).map(mask).collect();
    }
    let mut map = paint(width, height, &objects);
    add_void_band(&mut map, width, band);
    split(&map, width, height).into_iter().zip(objects).map(|(mask, object)| (object.id, mask)).collect()
}

/// The masks of labels 1..=254, in order, empty ones included up to the largest label; one pass over the map.
pub(super) fn split(map: &[u8], width: u32, height: u32) -> Vec<Mask> {
    use crate::raster::Span;
    let mut spans: Vec<Vec<Span>> = vec![Vec::new(); MAX_LABELS];
    if width > 0 {
        for (y, row) in (0..height).zip(map.chunks_exact(width as usize)) {
            let mut start = 0;
            while start < row.len() {
                let label = row[start];
                let length = row[start..].iter().take_while(|&&value| value == label).count();
                if label != 0 && label != VOID {
                    let span = Span { y, x0: start as u32, x1: (start + length) as u32 };
                    spans[usize::from(label) - 1].push(span);
                }
                start += length;
            }
        }
    }
    let used = spans.iter().rposition(|spans| !spans.is_empty()).map_or(0, |at| at + 1);
    spans.truncate(MAX_LABELS.min(used.max(1)));
    spans.into_iter().map(|spans| Mask::from_spans(width, height, spans)).collect()
}

/// The mask of every value but 0, in one pass over the map.
pub(super) fn regions<T: Copy + Ord + Default>(map: &[T], width: u32, height: u32) -> BTreeMap<T, Mask> {
    use crate::raster::Span;
    let mut spans: BTreeMap<T, Vec<Span>> = BTreeMap::new();
    if width > 0 {
        for (y, row) in (0..height).zip(map.chunks_exact(width as usize)) {
            let mut start = 0;
            while let Some(&label) = row.get(start) {
                let length = row[start..].iter().take_while(|value| **value == label).count();
                if label != T::default() {
                    let span = Span { y, x0: start as u32, x1: (start + length) as u32 };
                    spans.entry(label).or_default().push(span);
                }
                start += length;
            }
        }
    }
    spans.into_iter().map(|(label, spans)| (label, Mask::from_spans(width, height, spans))).collect()
}

/// [`regions`] of a map that a stranger made, within the room of the data set.
///
/// # Errors
/// One line where it has more runs than that.
pub(super) fn regions_within<T: Copy + Ord + Default>(
    room: &Room,
    map: &[T],
    width: u32,
    height: u32,
) -> Result<BTreeMap<T, Mask>, String> {
    let rows = map.chunks(width.max(1) as usize);
    let changes = |row: &[T]| row.windows(2).filter(|pair| pair[0] != pair[1] && pair[1] != T::default()).count();
    let first = |row: &[T]| usize::from(row.first().is_some_and(|value| *value != T::default()));
    room.spans(rows.map(|row| (changes(row) + first(row)) as u64).sum())?;
    Ok(regions(map, width, height))
}

/// The lines `name:r,g,b` of a label map, the background left out; a `#` begins a remark unless a colour follows.
pub(super) fn listed(text: &str) -> Vec<(String, Option<[u8; 3]>)> {
    let mut list = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let mut fields = line.split(':');
        let name = fields.next().unwrap_or_default().trim().to_owned();
        let numbers = fields.next().unwrap_or_default().split(',').map(|value| value.trim().parse::<u8>().ok());
        let color: Option<[u8; 3]> = numbers.collect::<Option<Vec<u8>>>().and_then(|color| color.try_into().ok());
        let is_remark = line.starts_with('#') && color.is_none();
        let is_background = BACKGROUND.contains(&name.to_lowercase().as_str()) || color == Some([0; 3]);
        if !is_remark && !is_background {
            list.push((name, color));
        }
    }
    list
}

/// Names of what is no class.
const BACKGROUND: [&str; 4] = ["background", "__background__", "_background_", "void"];

/// A file stem for every picture, unique without regard to case. `flat`: all in one folder, so folders become part of
/// the stem where needed; else the stem keeps its folder. Pictures that differ only in their extension get it appended.
pub(super) fn unique_stems(images: &[ImageRecord], flat: bool) -> HashMap<ImageId, String> {
    let without_extension = |image: &ImageRecord| {
        let folder = &image.path[..image.path.len() - image.file_name().len()];
        format!("{folder}{}", image.stem()).replace("../", "up_").trim_start_matches('/').replace(':', "_")
    };
    let joined = |path: &str| path.replace('/', "_");
    let candidates = |image: &ImageRecord| {
        let long = without_extension(image);
        let extension = image.file_name().rsplit_once('.').map_or("", |(_, extension)| extension);
        if flat {
            let joined = joined(&long);
            vec![image.stem().to_owned(), joined.clone(), format!("{joined}_{extension}")]
        } else {
            vec![long.clone(), format!("{long}_{extension}")]
        }
    };
    let mut count: HashMap<String, usize> = HashMap::new();
    for image in images {
        let unique: HashSet<String> = candidates(image).iter().map(|stem| stem.to_lowercase()).collect();
        for stem in unique {
            *count.entry(stem).or_default() += 1;
        }
    }
    let mut stems = HashMap::new();
    let mut used: HashSet<String> = HashSet::new();
    for image in images {
        let free = candidates(image).into_iter().find(|stem| count[&stem.to_lowercase()] == 1);
        let stem = free.unwrap_or_else(|| format!("{}_{}", joined(&without_extension(image)), image.id.0));
        let mut stem = writable(&stem);
        if !used.insert(stem.to_lowercase()) {
            stem = format!("{stem}_{}", image.id.0);
            used.insert(stem.to_lowercase());
        }
        stems.insert(image.id, stem);
    }
    stems
}

/// The longest part of a stem, in bytes: what an export puts behind it must find room.
const LONGEST_PART: usize = 200;

/// The stem with every part as file systems take it.
fn writable(stem: &str) -> String {
    let part = |part: &str| match limn_files::check_name(part) {
        Ok(()) if part.len() <= LONGEST_PART => part.to_owned(),
        _ => limn_files::safe_name(part, LONGEST_PART),
    };
    let parts: Vec<String> = stem.split('/').filter(|part| !part.is_empty()).map(part).collect();
    if parts.is_empty() { "picture".to_owned() } else { parts.join("/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_band_lies_on_both_sides_of_a_border() {
        // Columns: background, background, object 1 x3, object 2 x2.
        let row = [0, 0, 1, 1, 1, 2, 2];
        let mut map: Vec<u8> = row.repeat(3);
        add_void_band(&mut map, 7, 2);
        assert_eq!(map, [0, 255, 255, 1, 255, 255, 2].repeat(3));
        let mut map: Vec<u8> = row.repeat(3);
        add_void_band(&mut map, 7, 1);
        assert_eq!(map, [0, 255, 1, 1, 1, 2, 2].repeat(3));
    }

    #[test]
    fn splitting_restores_what_was_painted() {
        let map = [0, 1, 1, 3, 255, 3];
        let masks = split(&map, 3, 2);
        assert_eq!(masks.iter().map(Mask::area).collect::<Vec<_>>(), [2, 0, 2]);
        assert!(masks[2].contains(0, 1) && masks[2].contains(2, 1) && !masks[2].contains(1, 1));
    }

    #[test]
    fn label_maps_with_strange_names() {
        let text = "# label:color_rgb:parts:actions\nleaf:250,50,83::\nbackground:0,0,0::\n#1 grade:1,2,3\nbud\n";
        let names: Vec<_> = listed(text).into_iter().collect();
        let expected = [("leaf", Some([250, 50, 83])), ("#1 grade", Some([1, 2, 3])), ("bud", None)];
        assert_eq!(names, expected.map(|(name, color)| (name.to_owned(), color)));
        let map = [0u16, 700, 700, 1];
        assert_eq!(
            regions(&map, 2, 2).into_iter().map(|(label, mask)| (label, mask.area())).collect::<Vec<_>>(),
            [(1, 1), (700, 2)]
        );
        assert_eq!(regions_within(&Room::of(0), &map, 2, 2), Ok(regions(&map, 2, 2)));
        // A board of single pixels, which a PNG packs into next to nothing.
        let board: Vec<u8> = (0..8_000_000u32).map(|at| (at % 2) as u8).collect();
        assert!(regions_within(&Room::of(0), &board, 4000, 2000).is_err());
    }

    #[test]
    fn stems_are_unique_without_regard_to_case() {
        let paths = ["a.png", "a.jpg", "x/B.png", "y/b.png", "c d.png"];
        let images: Vec<ImageRecord> = (1..).zip(paths).map(|(id, path)| ImageRecord::new(ImageId(id), path)).collect();
        let stems = |flat| {
            let stems = unique_stems(&images, flat);
            (1..=5).map(|id| stems[&ImageId(id)].clone()).collect::<Vec<_>>()
        };
        assert_eq!(stems(true), ["a_png", "a_jpg", "x_B", "y_b", "c d"]);
        assert_eq!(stems(false), ["a_png", "a_jpg", "x/B", "y/b", "c d"]);
        let long = format!("{}.png", "路".repeat(90));
        let images: Vec<ImageRecord> = (1..)
            .zip(["/", "..", "a/../../x", long.as_str()])
            .map(|(id, path)| ImageRecord::new(ImageId(id), path))
            .collect();
        for flat in [true, false] {
            let stems = unique_stems(&images, flat);
            assert_eq!(stems.values().collect::<HashSet<_>>().len(), 4);
            assert!(stems.values().all(|stem| limn_files::parts(&format!("{stem}#1234.png")).is_ok()), "{stems:?}");
        }
    }
}

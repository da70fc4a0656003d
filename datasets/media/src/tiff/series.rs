//! Which directories of a TIFF are the picture, which are its smaller copies, its mask, its planes, and which are none of these.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::MediaError;
use super::chunks::{Chunks, Kept, kept};
use super::directory::{Directories, Directory, MOST_DIRECTORIES, Source};
use super::layout::{Compression, Layout};
use super::tags;

/// Where a mask of valid pixels lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MaskPlace {
    /// In the file.
    Inside,
    /// In a file beside it (`.msk`).
    Beside,
}

/// Which pages are which, as a description in the file says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    /// Channels, slices and frames.
    pub(crate) sizes: [u32; 3],
    /// The page of each channel of each slice of each frame, the channel varying first.
    pub(crate) pages: Vec<usize>,
}

/// A picture of one size: its bands lie in one directory or in several.
#[derive(Debug)]
pub(crate) struct Image {
    pub(crate) parts: Vec<Chunks>,
    pub(crate) mask: Option<Chunks>,
}

/// A picture and its smaller copies.
#[derive(Debug)]
pub(crate) struct Pyramid {
    pub(crate) full: Image,
    /// From the largest on.
    pub(crate) smaller: Vec<Image>,
}

/// All that belongs to the picture.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) planes: Vec<Pyramid>,
    /// Channels, slices and frames, if there are several planes or bands of several pages.
    pub(crate) sizes: Option<[u32; 3]>,
    pub(crate) mask: Option<MaskPlace>,
    /// Pages that are neither planes nor levels nor masks.
    pub(crate) others: usize,
}

impl Image {
    pub(crate) fn size(&self) -> [u32; 2] {
        self.parts[0].size()
    }
}

/// Makes [`Chunks`], each with a number of its own.
struct Maker {
    kept: Arc<Kept>,
    fill: f64,
    next: u32,
}

impl Maker {
    fn chunks(&mut self, layout: Layout, source: &Source, fill: f64) -> Chunks {
        self.next += 1;
        Chunks::new(layout, source.clone(), fill, self.next, Arc::clone(&self.kept))
    }

    fn image(&mut self, layout: Layout, source: &Source) -> Image {
        let fill = self.fill;
        Image { parts: vec![self.chunks(layout, source, fill)], mask: None }
    }
}

/// Sorts the directories of a file. `order` is what its description says of pages; `fill` stands where tiles are left out.
///
/// # Errors
/// When the first directory cannot be read.
pub(crate) fn sorted(file: &Directories, order: Option<Order>, fill: f64) -> Result<Series, MediaError> {
    let main = Layout::of(&file.chain[0])?;
    let mut maker = Maker { kept: kept(main.chunk_bytes()), fill, next: 0 };
    let slide = description(file).starts_with("Aperio");
    let (mut pages, mut smaller, mut masks, mut others) = (vec![(0, main.clone())], Vec::new(), Vec::new(), 0);
    for (index, directory) in file.chain.iter().enumerate().skip(1) {
        let kind = directory.number(tags::NEW_SUBFILE_TYPE).ok().flatten().unwrap_or(0);
        let Ok(layout) = Layout::of(directory) else {
            others += usize::from(kind & 0b101 == 0);
            continue;
        };
        let level = is_level(&main, &layout) && (!slide || layout.tiled);
        match (kind & 0b100 != 0, kind & 1 != 0) {
            (true, _) => masks.push((layout, MaskPlace::Inside, file.source.clone())),
            (false, true) if level => smaller.push((layout, file.source.clone())),
            (false, true) => {}
            (false, false) if slide && level && layout.size != main.size => smaller.push((layout, file.source.clone())),
            (false, false) if layout.size == main.size && layout.like(&main) && !slide => pages.push((index, layout)),
            (false, false) => others += 1,
        }
    }
    if pages.len() == 1 {
        beside(&file.source.path, &main, &mut smaller, &mut masks);
    }
    let mut planes: Vec<Pyramid> = Vec::new();
    for (index, layout) in pages {
        let mut pyramid = Pyramid { full: maker.image(layout, &file.source), smaller: Vec::new() };
        for below in file.below(&file.chain[index]) {
            if let Some(layout) = Layout::of(&below).ok().filter(|layout| is_level(&main, layout)) {
                pyramid.smaller.push(maker.image(layout, &file.source));
            }
        }
        planes.push(pyramid);
    }
    let first = &mut planes[0];
    for (layout, source) in smaller {
        first.smaller.push(maker.image(layout, &source));
    }
    first.smaller.sort_by_key(|image| std::cmp::Reverse(image.size()));
    first.smaller.dedup_by_key(|image| image.size());
    let mut mask = None;
    for (layout, place, source) in masks {
        let (size, chunks) = (layout.size, maker.chunks(layout, &source, 0.0));
        if chunks.bands() != 1 || chunks.sample().bytes() != 1 {
            continue;
        }
        if size == main.size && first.full.mask.is_none() {
            first.full.mask = Some(chunks);
            mask = Some(place);
        } else if let Some(image) = first.smaller.iter_mut().find(|image| image.size() == size && image.mask.is_none())
        {
            image.mask = Some(chunks);
        }
    }
    if planes.len() == 1 {
        planes = following(file, planes, &mut maker);
    }
    let mut series = Series { planes, sizes: None, mask, others };
    series.arrange(order);
    Ok(series)
}

/// What the first directory says of the picture in words.
pub(crate) fn description(file: &Directories) -> String {
    file.chain.first().and_then(|first| first.text(tags::IMAGE_DESCRIPTION)).unwrap_or_default()
}

/// A smaller picture of the same kind and proportions.
fn is_level(main: &Layout, other: &Layout) -> bool {
    // By how much it is smaller, if each side was rounded up or down.
    let between = |side: usize| {
        let (whole, part) = (f64::from(main.size[side]), f64::from(other.size[side]));
        [whole / (part + 1.0), if part > 1.0 { whole / (part - 1.0) } else { f64::INFINITY }]
    };
    let ([from, to], [least, most]) = (between(0), between(1));
    let smaller = (0..2).all(|side| other.size[side] <= main.size[side]) && other.size != main.size;
    smaller && from.max(least) <= to.min(most) && main.like(other)
}

type Smaller = Vec<(Layout, Source)>;
type Masks = Vec<(Layout, MaskPlace, Source)>;

/// Levels and masks in files beside the picture, as GDAL writes them.
fn beside(path: &Path, main: &Layout, smaller: &mut Smaller, masks: &mut Masks) {
    for (layout, mask, source) in layouts(&with_suffix(path, "ovr")) {
        match mask {
            true => masks.push((layout, MaskPlace::Beside, source)),
            false if is_level(main, &layout) => smaller.push((layout, source)),
            false => {}
        }
    }
    let found = layouts(&with_suffix(path, "msk"));
    masks.extend(found.into_iter().map(|(layout, _, source)| (layout, MaskPlace::Beside, source)));
}

/// `scene.tif.ovr`, or `scene.ovr` as older programs write it.
fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    let name = PathBuf::from(name);
    if name.is_file() { name } else { path.with_extension(suffix) }
}

/// The layouts of another file's directories, and whether they are masks; none if it is not there or damaged.
fn layouts(path: &Path) -> Vec<(Layout, bool, Source)> {
    let Some(file) = open(path) else { return Vec::new() };
    let of = |directory: &Directory| {
        let kind = directory.number(tags::NEW_SUBFILE_TYPE).ok().flatten().unwrap_or(0);
        Some((Layout::of(directory).ok()?, kind & 0b100 != 0, file.source.clone()))
    };
    file.chain.iter().filter_map(of).collect()
}

fn open(path: &Path) -> Option<Directories> {
    let (file, facts) = limn_files::open_with_facts(path).ok()?;
    Directories::read(Source::new(path, file, facts.length), MOST_DIRECTORIES).ok()
}

/// The planes of an ImageJ stack that follow the only one of the file without a gap.
fn following(file: &Directories, mut planes: Vec<Pyramid>, maker: &mut Maker) -> Vec<Pyramid> {
    let text = description(file);
    let count = text.starts_with("ImageJ=").then(|| number_of(&text, "images")).flatten().unwrap_or(1);
    let layout = &planes[0].full.parts[0].layout;
    if count < 2 || layout.compression != Compression::None || layout.tiled || layout.planar {
        return planes;
    }
    let [start, _] = layout.places[0];
    let row = (layout.size[0] as usize * layout.bands * usize::from(layout.bits)).div_ceil(8) as u64;
    let bytes = row * u64::from(layout.size[1]);
    let there = file.source.length.saturating_sub(start) / bytes.max(1);
    let (rows, height) = (layout.chunk[1], layout.size[1]);
    let layout = layout.clone();
    for plane in 1..u64::from(count).min(there).min(u64::from(u16::MAX)) {
        let mut layout = layout.clone();
        for (index, place) in layout.places.iter_mut().enumerate() {
            let y = index as u32 * rows;
            *place = [start + plane * bytes + row * u64::from(y), row * u64::from(rows.min(height - y))];
        }
        planes.push(Pyramid { full: maker.image(layout, &file.source), smaller: Vec::new() });
    }
    planes
}

/// `images=4` in a description of lines.
pub(crate) fn number_of(text: &str, name: &str) -> Option<u32> {
    let value = |line: &str| line.trim().strip_prefix(name)?.strip_prefix('=')?.trim().parse().ok();
    text.lines().find_map(value)
}

impl Series {
    /// Channels that lie in pages of their own become bands of one plane.
    fn arrange(&mut self, order: Option<Order>) {
        let pages = self.planes.len();
        let slices = |pages: usize| u32::try_from(pages).unwrap_or(u32::MAX);
        if pages > 1 {
            self.sizes = Some([1, slices(pages), 1]);
        }
        let Some(Order { sizes, pages: places }) = order else { return };
        let mut left: Vec<Option<Pyramid>> = std::mem::take(&mut self.planes).into_iter().map(Some).collect();
        let distinct: std::collections::HashSet<usize> = places.iter().copied().collect();
        let single = left.iter().flatten().all(|plane| plane.full.parts[0].bands() == 1) || sizes[0] == 1;
        let whole = distinct.len() == pages && places.len() == pages && distinct.iter().all(|page| *page < pages);
        if !whole || !single || sizes.iter().map(|n| *n as usize).product::<usize>() != pages {
            self.planes = left.into_iter().flatten().collect();
            return;
        }
        if pages > 1 {
            self.sizes = Some(sizes);
        }
        for channels in places.chunks_exact(sizes[0] as usize) {
            let mut pyramids = channels.iter().filter_map(|page| left[*page].take());
            let Some(mut joined) = pyramids.next() else { continue };
            for other in pyramids {
                joined.full.parts.extend(other.full.parts);
                // Levels stay where every channel has them.
                let mut levels = other.smaller;
                joined.smaller.retain_mut(|image| {
                    let found = levels.iter().position(|level| level.size() == image.size());
                    found.map(|at| image.parts.extend(levels.swap_remove(at).parts)).is_some()
                });
            }
            self.planes.push(joined);
        }
    }
}

//! The picture in tiles: only what is seen is on the GPU, at the level that fits the zoom. Tiles of a picture in memory are made when
//! they are drawn; those of other pictures are read by threads, and coarser ones stand in until they are there.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use egui::{Color32, ColorImage, Painter, Rect, TextureFilter, TextureHandle, TextureOptions, pos2};
use limn_datasets::PixelRect;
use limn_models::{Rgb8, level_size};

use super::adjustments::Adjustments;
use super::picture::Picture;
use super::readers::{Readers, Wish};
use super::view::View;

/// Edge of a tile in pixels of its level.
pub const TILE: u32 = 512;
/// Tiles kept on the GPU (1 MiB each).
const KEEP: usize = 220;
/// Tiles uploaded in one frame: about 4 ms.
const UPLOADS: usize = 6;

/// From this many screen pixels per picture pixel on, the pixels are shown as squares.
const SQUARES_FROM: f64 = 4.0;

/// While levels are made, what has come since is looked for so often.
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// Level, column, row.
type Key = (usize, u32, u32);

struct Tile {
    texture: TextureHandle,
    used: u64,
    squares: bool,
    /// So many rows of the level are there; fewer than belong into it while the level is being made.
    rows: u32,
}

/// The tiles of the picture that is shown.
#[derive(Default)]
pub struct Tiles {
    adjustments: Adjustments,
    picture: Option<Arc<Picture>>,
    tiles: HashMap<Key, Tile>,
    frame: u64,
    /// Started with the first picture that does not lie in memory.
    readers: Option<Readers>,
    /// Tiles of this picture that could not be read; coarser ones stand in for them.
    failed: HashSet<Key>,
    /// Why the first of them could not be read.
    why: Option<String>,
}

impl Tiles {
    /// Shows another picture (or none).
    pub fn set(&mut self, picture: Option<Arc<Picture>>) {
        let same = match (&self.picture, &picture) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        };
        if !same {
            self.tiles.clear();
            self.picture = picture;
            self.failed.clear();
            self.why = None;
            if let Some(readers) = &self.readers {
                readers.want(Vec::new());
            }
        }
    }

    /// Shows all pictures in this way.
    pub fn show_as(&mut self, adjustments: Adjustments) {
        if self.adjustments != adjustments {
            self.tiles.clear();
            self.adjustments = adjustments;
        }
    }

    /// The picture that is shown.
    pub fn picture(&self) -> Option<&Arc<Picture>> {
        self.picture.as_ref()
    }

    /// Why a part of the picture could not be read, if that happened.
    pub fn failed(&self) -> Option<&str> {
        self.why.as_deref()
    }

    /// How many tiles of a level of it are on the GPU.
    pub fn count(&self, level: usize) -> usize {
        self.tiles.keys().filter(|key| key.0 == level).count()
    }

    /// Draws what is seen. Coarser tiles stand in for those that are not there yet.
    pub fn draw(&mut self, painter: &Painter, canvas: Rect, view: &View) {
        let Some(picture) = self.picture.clone() else { return };
        self.frame += 1;
        let ctx = painter.ctx().clone();
        let screen_per_image = view.zoom * f64::from(ctx.pixels_per_point());
        let wanted = level_for(screen_per_image, picture.levels());
        let squares = screen_per_image >= SQUARES_FROM;
        let coarsest = picture.levels() - 1;
        self.take_read(&ctx, &picture, squares);
        let mut uploads = UPLOADS;
        let mut wishes = Vec::new();
        let mut complete = self.fetch(&ctx, &picture, wanted, (view, canvas), squares, &mut uploads, &mut wishes);
        let postponed = uploads == 0;
        if !complete {
            // Few tiles show all of it, roughly.
            let mut more = usize::MAX;
            let mut stand_ins = Vec::new();
            self.fetch(&ctx, &picture, coarsest, (view, canvas), false, &mut more, &mut stand_ins);
            stand_ins.append(&mut wishes);
            wishes = stand_ins;
        }
        if picture.progress().is_some() {
            complete = false;
            ctx.request_repaint_after(LOOK_AGAIN);
        } else if !complete && postponed {
            ctx.request_repaint();
        }
        self.wish(&ctx, wishes);
        let levels = if complete { wanted..=wanted } else { wanted..=coarsest };
        for level in levels.rev() {
            for key in seen(&picture, level, view, canvas) {
                if let Some(tile) = self.tiles.get_mut(&key) {
                    tile.used = self.frame;
                    let (in_ui, uv) = placement(&picture, key, tile.rows, view, canvas);
                    painter.image(tile.texture.id(), in_ui, uv, Color32::WHITE);
                }
            }
        }
        self.evict();
    }

    /// Makes the tiles of a level that are seen and lie in memory, and collects the others; true if all are there.
    #[expect(clippy::too_many_arguments, reason = "what a frame knows")]
    fn fetch(
        &mut self,
        ctx: &egui::Context,
        picture: &Arc<Picture>,
        level: usize,
        (view, canvas): (&View, Rect),
        squares: bool,
        uploads: &mut usize,
        wishes: &mut Vec<Wish>,
    ) -> bool {
        let mut complete = true;
        let (resident, ready) = (picture.is_resident(level), picture.rows_ready(level));
        for key in seen(picture, level, view, canvas) {
            let whole = part_of(picture, key);
            let part = PixelRect { y1: whole.y1.min(ready), ..whole };
            if self.tiles.get(&key).is_some_and(|tile| tile.squares == squares && tile.rows >= whole.height()) {
                continue;
            }
            complete = false;
            if self.failed.contains(&key) {
                continue;
            }
            // Rows that came in since are few: the tile is read again once there are more, or all.
            let more = self.tiles.get(&key).map_or(1, |tile| tile.rows + u32::from(tile.squares == squares) * 32);
            if part.y1 <= part.y0 || (part.height() < more && part.y1 < whole.y1) {
                continue;
            }
            if !resident {
                wishes.push(Wish { picture: Arc::clone(picture), key, part });
            } else if *uploads > 0 {
                *uploads -= 1;
                match picture.rgb(level, part) {
                    Ok(pixels) => self.upload(ctx, key, &pixels, squares),
                    Err(error) => self.cannot_read(key, error.to_string()),
                }
            }
        }
        // What was made just now is there.
        complete
            || seen(picture, level, view, canvas)
                .iter()
                .all(|key| self.tiles.get(key).is_some_and(|tile| tile.rows >= part_of(picture, *key).height()))
    }

    /// Takes in what the threads have read.
    fn take_read(&mut self, ctx: &egui::Context, picture: &Arc<Picture>, squares: bool) {
        for _ in 0..UPLOADS {
            let Some(read) = self.readers.as_ref().and_then(Readers::next) else { return };
            if !Arc::ptr_eq(&read.wish.picture, picture) {
                continue;
            }
            match read.pixels {
                Ok(pixels) => self.upload(ctx, read.wish.key, &pixels, squares),
                Err(error) => self.cannot_read(read.wish.key, error),
            }
        }
        ctx.request_repaint();
    }

    /// Nothing else of the picture is given up; the first reason is told.
    fn cannot_read(&mut self, key: Key, why: String) {
        self.failed.insert(key);
        self.why.get_or_insert(why);
    }

    fn wish(&mut self, ctx: &egui::Context, wishes: Vec<Wish>) {
        if wishes.is_empty() {
            return;
        }
        if self.readers.is_none() {
            match Readers::start(ctx) {
                Ok(readers) => self.readers = Some(readers),
                Err(error) => wishes.into_iter().for_each(|wish| self.cannot_read(wish.key, error.to_string())),
            }
            ctx.request_repaint();
            return;
        }
        if let Some(readers) = &self.readers {
            readers.want(wishes);
        }
    }

    fn upload(&mut self, ctx: &egui::Context, key: Key, pixels: &Rgb8, squares: bool) {
        let table = self.adjustments.table();
        let shown = |v: u8| table[usize::from(v)];
        let colors: Vec<_> =
            pixels.data.chunks_exact(3).map(|p| Color32::from_rgb(shown(p[0]), shown(p[1]), shown(p[2]))).collect();
        let options = TextureOptions {
            magnification: if squares { TextureFilter::Nearest } else { TextureFilter::Linear },
            minification: TextureFilter::Linear,
            ..TextureOptions::LINEAR
        };
        let size = [pixels.width as usize, pixels.height as usize];
        let texture = ctx.load_texture(format!("tile {key:?}"), ColorImage::new(size, colors), options);
        self.tiles.insert(key, Tile { texture, used: self.frame, squares, rows: pixels.height });
    }

    fn evict(&mut self) {
        if self.tiles.len() <= KEEP {
            return;
        }
        let mut ages: Vec<_> = self.tiles.values().map(|t| t.used).collect();
        ages.sort_unstable();
        let oldest = ages[ages.len() - KEEP];
        let now = self.frame;
        self.tiles.retain(|_, t| t.used >= oldest || t.used == now);
    }
}

/// The level whose pixels are drawn at 1/2 to 1 screen pixel (level 0 when enlarged).
fn level_for(screen_per_image: f64, levels: usize) -> usize {
    let level = (1.0 / screen_per_image).max(1.0).log2().floor() as usize;
    level.min(levels - 1)
}

/// Keys of the tiles of a level that are seen, nearest to the middle first.
fn seen(picture: &Picture, level: usize, view: &View, canvas: Rect) -> Vec<Key> {
    let size = level_size(picture.size(), level);
    let step = f64::from(TILE) * (1_u64 << level) as f64;
    let [min, max] = view.seen_exactly(canvas);
    let range = |from: f64, to: f64, size: u32| {
        let last = i64::from(size.div_ceil(TILE)) - 1;
        let a = ((from / step).floor() as i64).max(0);
        let b = ((to / step).floor() as i64).min(last);
        (a..=b).map(|v| v as u32)
    };
    let mut keys: Vec<Key> = range(min[1], max[1], size[1])
        .flat_map(|y| range(min[0], max[0], size[0]).map(move |x| (level, x, y)))
        .collect();
    let middle = |axis: usize| f64::midpoint(min[axis], max[axis]) / step - 0.5;
    let (cx, cy) = (middle(0), middle(1));
    keys.sort_by(|a, b| {
        let far = |k: &Key| (f64::from(k.1) - cx).powi(2) + (f64::from(k.2) - cy).powi(2);
        far(a).total_cmp(&far(b))
    });
    keys
}

/// The pixels of its level that belong into a tile.
fn part_of(picture: &Picture, (level, column, row): Key) -> PixelRect {
    let [width, height] = level_size(picture.size(), level);
    let (x0, y0) = (column * TILE, row * TILE);
    PixelRect { x0, y0, x1: (x0 + TILE).min(width), y1: (y0 + TILE).min(height) }
}

/// Where so many rows of a tile lie in the picture, `[left, top, right, bottom]`, and which part of its texture is inside the picture
/// (the last pixel of a coarse level may stand for less than a full pixel).
fn in_image(picture: &Picture, key: Key, rows: u32) -> ([f64; 4], Rect) {
    let [w, h] = picture.size().map(f64::from);
    let part = part_of(picture, key);
    let k = (1_u64 << key.0) as f64;
    let (min, size) =
        ([f64::from(part.x0) * k, f64::from(part.y0) * k], [f64::from(part.width()) * k, f64::from(rows) * k]);
    let max = [(min[0] + size[0]).min(w), (min[1] + size[1]).min(h)];
    let uv = pos2(((max[0] - min[0]) / size[0]) as f32, ((max[1] - min[1]) / size[1]) as f32);
    ([min[0], min[1], max[0], max[1]], Rect::from_min_max(pos2(0.0, 0.0), uv))
}

/// As [`in_image`], on the screen.
fn placement(picture: &Picture, key: Key, rows: u32, view: &View, canvas: Rect) -> (Rect, Rect) {
    let ([x0, y0, x1, y1], uv) = in_image(picture, key, rows);
    let corner = |x: f64, y: f64| view.ui_from_exact(canvas, [x, y]);
    (Rect::from_min_max(corner(x0, y0), corner(x1, y1)), uv)
}

#[cfg(test)]
mod tests {
    use egui::vec2;

    use super::*;

    fn picture(w: u32, h: u32) -> Picture {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.pgm");
        let head = format!("P5\n{w} {h}\n255\n");
        std::fs::write(&path, [head.as_bytes(), &vec![0; (w * h) as usize]].concat()).expect("a picture");
        let cache = limn_datasets::media::TileCache::new(1 << 20);
        Picture::open(&path, &limn_datasets::media::Limits::default(), &cache).expect("it is read")
    }

    #[test]
    fn the_level_fits_the_zoom() {
        assert_eq!(level_for(3.0, 5), 0);
        assert_eq!(level_for(1.0, 5), 0);
        assert_eq!(level_for(0.51, 5), 0);
        assert_eq!(level_for(0.49, 5), 1);
        assert_eq!(level_for(0.01, 5), 4);
    }

    #[test]
    fn tiles_cover_the_picture_without_gap_or_overlap() {
        let picture = picture(1_301, 900);
        for level in 0..picture.levels() {
            let canvas = Rect::from_min_size(pos2(0.0, 0.0), vec2(500.0, 500.0));
            let view = View::fitted([1_301, 900], canvas);
            let area_of = |key| {
                let ([x0, y0, x1, y1], _) = in_image(&picture, key, part_of(&picture, key).height());
                (x1 - x0) * (y1 - y0)
            };
            let area: f64 = seen(&picture, level, &view, canvas).into_iter().map(area_of).sum();
            assert!((area - 1_301.0 * 900.0).abs() < 1.0, "level {level}: {area}");
        }
    }

    #[test]
    fn few_tiles_are_seen_of_a_huge_picture() {
        let canvas = Rect::from_min_size(pos2(0.0, 0.0), vec2(1_600.0, 1_000.0));
        let picture = picture(6_000, 4_500);
        for zoom in [0.02, 0.2, 0.9, 5.0] {
            let view = View { zoom, center: [3_000.0, 2_000.0], fit: false };
            let level = level_for(zoom, picture.levels());
            assert!(seen(&picture, level, &view, canvas).len() <= 40);
        }
    }
}

//! The picture in tiles: only what is seen is on the GPU, at the level of the pyramid that fits the zoom.

use std::collections::HashMap;
use std::sync::Arc;

use egui::{Color32, ColorImage, Painter, Rect, TextureFilter, TextureHandle, TextureOptions, pos2};
use serde::{Deserialize, Serialize};

use super::view::View;
use crate::window::picture::Pyramid;

/// Edge of a tile in pixels of its level.
pub const TILE: u32 = 512;
/// Tiles kept on the GPU (1 MiB each).
const KEEP: usize = 220;
/// Tiles uploaded in one frame: about 4 ms.
const UPLOADS: usize = 6;

/// From this many screen pixels per picture pixel on, the pixels are shown as squares.
const SQUARES_FROM: f32 = 4.0;

/// Level of the pyramid, column, row.
type Key = (usize, u32, u32);

struct Tile {
    texture: TextureHandle,
    used: u64,
    squares: bool,
}

/// How a picture is shown. The same for all pictures, so that it need not be set again for each.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Display {
    /// Added to every channel; 1 is the whole range.
    pub brightness: f32,
    /// Distance from the middle grey, times this.
    pub contrast: f32,
    /// Above 1 the dark parts become lighter.
    pub gamma: f32,
}

impl Default for Display {
    fn default() -> Self {
        Self { brightness: 0.0, contrast: 1.0, gamma: 1.0 }
    }
}

impl Display {
    /// What each value of a channel becomes.
    fn table(&self) -> [u8; 256] {
        std::array::from_fn(|value| {
            let v = (value as f32 / 255.0).powf(1.0 / self.gamma.clamp(0.05, 20.0));
            let v = (v - 0.5) * self.contrast + 0.5 + self.brightness;
            (255.0 * v).round().clamp(0.0, 255.0) as u8
        })
    }
}

/// The tiles of the picture that is shown.
#[derive(Default)]
pub struct Tiles {
    display: Display,
    picture: Option<Arc<Pyramid>>,
    tiles: HashMap<Key, Tile>,
    frame: u64,
}

impl Tiles {
    /// Shows another picture (or none).
    pub fn set(&mut self, picture: Option<Arc<Pyramid>>) {
        let same = match (&self.picture, &picture) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        };
        if !same {
            self.tiles.clear();
            self.picture = picture;
        }
    }

    /// Shows all pictures in this way.
    pub fn show_as(&mut self, display: Display) {
        if self.display != display {
            self.tiles.clear();
            self.display = display;
        }
    }

    /// The picture that is shown.
    pub fn picture(&self) -> Option<&Arc<Pyramid>> {
        self.picture.as_ref()
    }

    /// Draws what is seen. Coarser tiles stand in for those that are not uploaded yet.
    pub fn draw(&mut self, painter: &Painter, canvas: Rect, view: &View) {
        let Some(picture) = self.picture.clone() else { return };
        self.frame += 1;
        let ctx = painter.ctx().clone();
        let screen_per_image = view.zoom * ctx.pixels_per_point();
        let wanted = level_for(screen_per_image, picture.levels.len());
        let squares = screen_per_image >= SQUARES_FROM;
        let coarsest = picture.levels.len() - 1;
        let mut uploads = UPLOADS;
        let mut complete = true;
        for key in seen(&picture, wanted, view, canvas) {
            if self.tiles.get(&key).is_none_or(|t| t.squares != squares) {
                if uploads == 0 {
                    complete = false;
                    continue;
                }
                uploads -= 1;
                self.upload(&ctx, &picture, key, squares);
            }
        }
        let levels = if complete { wanted..=wanted } else { wanted..=coarsest };
        if !complete {
            for key in seen(&picture, coarsest, view, canvas) {
                if !self.tiles.contains_key(&key) {
                    self.upload(&ctx, &picture, key, false);
                }
            }
            ctx.request_repaint();
        }
        for level in levels.rev() {
            for key in seen(&picture, level, view, canvas) {
                if let Some(tile) = self.tiles.get_mut(&key) {
                    tile.used = self.frame;
                    let (in_image, uv) = placement(&picture, key);
                    painter.image(tile.texture.id(), view.ui_rect(canvas, in_image), uv, Color32::WHITE);
                }
            }
        }
        self.evict();
    }

    fn upload(&mut self, ctx: &egui::Context, picture: &Pyramid, key: Key, squares: bool) {
        let level = &picture.levels[key.0];
        let (x0, y0) = (key.1 * TILE, key.2 * TILE);
        let (w, h) = (TILE.min(level.width - x0) as usize, TILE.min(level.height - y0) as usize);
        let table = self.display.table();
        let shown = |v: u8| table[usize::from(v)];
        let mut pixels = Vec::with_capacity(w * h);
        for y in 0..h {
            let at = 3 * ((y0 as usize + y) * level.width as usize + x0 as usize);
            pixels.extend(
                level.data[at..at + 3 * w]
                    .chunks_exact(3)
                    .map(|p| Color32::from_rgb(shown(p[0]), shown(p[1]), shown(p[2]))),
            );
        }
        let options = TextureOptions {
            magnification: if squares { TextureFilter::Nearest } else { TextureFilter::Linear },
            minification: TextureFilter::Linear,
            ..TextureOptions::LINEAR
        };
        let texture = ctx.load_texture(format!("tile {key:?}"), ColorImage::new([w, h], pixels), options);
        self.tiles.insert(key, Tile { texture, used: self.frame, squares });
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
fn level_for(screen_per_image: f32, levels: usize) -> usize {
    let level = (1.0 / screen_per_image).max(1.0).log2().floor() as usize;
    level.min(levels - 1)
}

/// Keys of the tiles of a level that are seen, nearest to the middle first.
fn seen(picture: &Pyramid, level: usize, view: &View, canvas: Rect) -> Vec<Key> {
    let image = &picture.levels[level];
    let step = TILE as f32 * (1_u32 << level) as f32;
    let seen = view.seen(canvas);
    let range = |from: f32, to: f32, size: u32| {
        let last = size.div_ceil(TILE) as i64 - 1;
        let a = ((from / step).floor() as i64).max(0);
        let b = ((to / step).floor() as i64).min(last);
        (a..=b).map(|v| v as u32)
    };
    let mut keys: Vec<Key> = range(seen.min.y, seen.max.y, image.height)
        .flat_map(|y| range(seen.min.x, seen.max.x, image.width).map(move |x| (level, x, y)))
        .collect();
    let (cx, cy) = (seen.center().x / step - 0.5, seen.center().y / step - 0.5);
    keys.sort_by(|a, b| {
        let far = |k: &Key| (k.1 as f32 - cx).powi(2) + (k.2 as f32 - cy).powi(2);
        far(a).total_cmp(&far(b))
    });
    keys
}

/// Where a tile lies in the picture, and which part of its texture is inside the picture (the last pixel of a coarse
/// level may stand for less than a full pixel).
fn placement(picture: &Pyramid, key: Key) -> (Rect, Rect) {
    let level = &picture.levels[key.0];
    let [w, h] = picture.size();
    let k = (1_u32 << key.0) as f32;
    let (x0, y0) = (key.1 * TILE, key.2 * TILE);
    let (tw, th) = (TILE.min(level.width - x0) as f32, TILE.min(level.height - y0) as f32);
    let min = pos2(x0 as f32 * k, y0 as f32 * k);
    let max = pos2((min.x + tw * k).min(w as f32), (min.y + th * k).min(h as f32));
    let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2((max.x - min.x) / (tw * k), (max.y - min.y) / (th * k)));
    (Rect::from_min_max(min, max), uv)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_display_changes_nothing_and_gamma_lifts_the_dark() {
        let plain = Display::default().table();
        assert!((0..=255_u8).all(|v| plain[usize::from(v)] == v));
        let lifted = Display { gamma: 2.0, ..Display::default() }.table();
        assert_eq!((lifted[0], lifted[64], lifted[255]), (0, 128, 255));
        let hard = Display { contrast: 5.0, brightness: 0.1, ..Display::default() }.table();
        assert_eq!((hard[0], hard[255]), (0, 255));
    }
    use egui::vec2;
    use limn_models::Rgb8;

    fn picture(w: u32, h: u32) -> Pyramid {
        Pyramid::new(Rgb8 { width: w, height: h, data: vec![0; (w * h * 3) as usize] }, None)
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
        for level in 0..picture.levels.len() {
            let canvas = Rect::from_min_size(pos2(0.0, 0.0), vec2(500.0, 500.0));
            let view = View::fitted([1_301, 900], canvas);
            let area: f32 =
                seen(&picture, level, &view, canvas).into_iter().map(|k| placement(&picture, k).0.area()).sum();
            assert!((area - 1_301.0 * 900.0).abs() < 1.0, "level {level}: {area}");
        }
    }

    #[test]
    fn few_tiles_are_seen_of_a_huge_picture() {
        let canvas = Rect::from_min_size(pos2(0.0, 0.0), vec2(1_600.0, 1_000.0));
        let picture = picture(6_000, 4_500);
        for zoom in [0.02, 0.2, 0.9, 5.0] {
            let view = View { zoom, center: [3_000.0, 2_000.0], fit: false };
            let level = level_for(zoom, picture.levels.len());
            assert!(seen(&picture, level, &view, canvas).len() <= 40);
        }
    }
}

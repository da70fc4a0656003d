//! Masks on the screen: a label per screen pixel, then fill and outline from the labels. The work grows with the pixels
//! of the canvas, not with the number of objects, and outlines are as sharp as the screen at any zoom.

use std::time::{Duration, Instant};

use egui::{Color32, ColorImage, Painter, Rect, TextureHandle, TextureOptions, pos2};
use limn_datasets::Mask;
use rayon::prelude::*;

use crate::window::view::View;

/// One mask and how it looks.
pub struct Layer<'a> {
    /// The mask, in picture pixels.
    pub mask: &'a Mask,
    /// Colour of the fill.
    pub fill: Color32,
    /// Colour of the outline.
    pub line: Color32,
    /// Width of the outline in screen pixels, inside the mask.
    pub width: u8,
    /// Colour and width in screen pixels of a line around it, outside the mask, which sets it off from a picture of the same
    /// colour; no width, no line.
    pub halo: (Color32, u8),
}

/// Grid of the screen: `w` x `h` screen pixels whose upper left corner lies at `x0`, `y0` in the picture, `step`
/// picture pixels apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// Screen pixels across.
    pub w: usize,
    /// Screen pixels down.
    pub h: usize,
    /// Picture coordinate of the left edge.
    pub x0: f32,
    /// Picture coordinate of the upper edge.
    pub y0: f32,
    /// Picture pixels per screen pixel.
    pub step: f32,
}

/// Rows that one task works on.
const BAND: usize = 32;

/// Draws the layers, the last one uppermost, into an image of the size of the grid (colours premultiplied).
pub fn render(grid: &Grid, layers: &[Layer<'_>]) -> Vec<Color32> {
    let mut labels = vec![0_u32; grid.w * grid.h];
    let in_band = sorted_by_band(grid, layers);
    labels.par_chunks_mut(grid.w * BAND).zip(&in_band).enumerate().for_each(|(band, (rows, here))| {
        for &i in here {
            paint_labels(grid, band * BAND, rows, layers[i as usize].mask, i + 1);
        }
    });
    let mut pixels = vec![Color32::TRANSPARENT; grid.w * grid.h];
    pixels.par_chunks_mut(grid.w).enumerate().for_each(|(y, row)| shade(grid, &labels, layers, y, row));
    pixels
}

/// For each band of rows the layers that reach into it, in their order; those beside the screen are in none.
fn sorted_by_band(grid: &Grid, layers: &[Layer<'_>]) -> Vec<Vec<u32>> {
    let bands = grid.h.div_ceil(BAND);
    let mut in_band = vec![Vec::new(); bands];
    for (i, layer) in (0..u32::MAX - 1).zip(layers) {
        let Some(b) = layer.mask.bounds() else { continue };
        // A pixel more on each side than the rounding can matter.
        let first = (b.y0 as f32 - grid.y0) / grid.step - 1.0;
        let last = (b.y1 as f32 - grid.y0) / grid.step + 1.0;
        let beside = (b.x1 as f32) < grid.x0 || (b.x0 as f32) > grid.x0 + grid.w as f32 * grid.step;
        if beside || last < 0.0 || first >= grid.h as f32 {
            continue;
        }
        let (first, last) = (first.max(0.0) as usize / BAND, (last as usize / BAND).min(bands - 1));
        for band in &mut in_band[first..=last] {
            band.push(i);
        }
    }
    in_band
}

fn paint_labels(grid: &Grid, first_row: usize, rows: &mut [u32], mask: &Mask, label: u32) {
    let spans = mask.spans();
    let row_in_image = |y: usize| (grid.y0 + (y as f32 + 0.5) * grid.step).floor();
    let count = rows.len() / grid.w;
    let top = row_in_image(first_row).max(0.0) as u32;
    let mut at = spans.partition_point(|s| s.y < top);
    for dy in 0..count {
        let y = row_in_image(first_row + dy);
        if y < 0.0 {
            continue;
        }
        let y = y as u32;
        while at < spans.len() && spans[at].y < y {
            at += 1;
        }
        if at == spans.len() {
            return;
        }
        let row = &mut rows[dy * grid.w..][..grid.w];
        // The next screen row may show the same picture row: do not move `at` past it here.
        for span in spans[at..].iter().take_while(|s| s.y == y) {
            // Columns whose centre lies in [x0, x1).
            let column = |x: u32| (((x as f32 - grid.x0) / grid.step - 0.5).ceil().max(0.0) as usize).min(grid.w);
            let (a, b) = (column(span.x0), column(span.x1));
            row[a..b.max(a)].fill(label);
        }
    }
}

fn shade(grid: &Grid, labels: &[u32], layers: &[Layer<'_>], y: usize, row: &mut [Color32]) {
    let here = &labels[y * grid.w..][..grid.w];
    let widest = layers.iter().map(|layer| usize::from(layer.halo.1)).max().unwrap_or(0);
    // Labels at so many pixels to each side.
    let around = |x: usize, d: usize| {
        [
            (x >= d).then(|| here[x - d]),
            (x + d < grid.w).then(|| here[x + d]),
            (y >= d).then(|| labels[(y - d) * grid.w + x]),
            (y + d < grid.h).then(|| labels[(y + d) * grid.w + x]),
        ]
        .into_iter()
        .flatten()
    };
    for (x, out) in row.iter_mut().enumerate() {
        let label = here[x];
        if label == 0 {
            let mut near = (1..=widest).flat_map(|d| around(x, d).filter(|l| *l > 0).map(move |l| (d, l)));
            let halo = near.find_map(|(d, l)| {
                let (color, width) = layers[l as usize - 1].halo;
                (d <= usize::from(width)).then_some(color)
            });
            *out = halo.unwrap_or(*out);
            continue;
        }
        let layer = &layers[label as usize - 1];
        let edge = (1..=usize::from(layer.width)).any(|d| around(x, d).any(|l| l != label));
        *out = if edge { layer.line } else { layer.fill };
    }
}

/// The texture of the overlay and what it shows.
#[derive(Default)]
pub struct Overlay {
    texture: Option<TextureHandle>,
    shown: Option<(u64, Grid)>,
    /// How long the last rendering took, and when it ended.
    rendered: Option<(Duration, Instant)>,
}

/// Rendering may take this share of the time while only the view moves: in between, the texture is moved along.
const SHARE: u32 = 8;
/// What is quicker than this is rendered in every frame.
const QUICK: Duration = Duration::from_millis(3);

impl Overlay {
    /// Draws the masks over the picture. `revision` changes whenever the layers do; they are asked for only then or when the
    /// view moved.
    pub fn draw<'a>(
        &mut self,
        name: &str,
        painter: &Painter,
        canvas: Rect,
        view: &View,
        revision: u64,
        layers: impl FnOnce() -> Vec<Layer<'a>>,
    ) {
        let ppp = painter.ctx().pixels_per_point();
        let area = canvas.intersect(painter.clip_rect());
        let min = pos2((area.min.x * ppp).round() / ppp, (area.min.y * ppp).round() / ppp);
        let (w, h) = ((area.width() * ppp).round() as usize, (area.height() * ppp).round() as usize);
        if w == 0 || h == 0 {
            return;
        }
        let corner = view.image_from_ui(canvas, min);
        let grid = Grid { w, h, x0: corner.x, y0: corner.y, step: 1.0 / (view.zoom as f32 * ppp) };
        let moved_only = self.shown.is_some_and(|(shown, before)| shown == revision && before != grid);
        let wait = self.rendered.map_or(Duration::ZERO, |(took, ended)| match took > QUICK {
            true => (SHARE * took).saturating_sub(ended.elapsed()),
            false => Duration::ZERO,
        });
        if moved_only && !wait.is_zero() {
            // The last frame of a movement is always rendered anew.
            painter.ctx().request_repaint_after(wait);
        } else if self.shown != Some((revision, grid)) {
            let begun = Instant::now();
            let image = ColorImage::new([w, h], render(&grid, &layers()));
            match &mut self.texture {
                Some(texture) => texture.set(image, TextureOptions::NEAREST),
                none => *none = Some(painter.ctx().load_texture(name, image, TextureOptions::NEAREST)),
            }
            self.shown = Some((revision, grid));
            self.rendered = Some((begun.elapsed(), Instant::now()));
        }
        if let (Some(texture), Some((_, shown))) = (&self.texture, self.shown) {
            let rect = if shown == grid {
                Rect::from_min_size(min, egui::vec2(w as f32 / ppp, h as f32 / ppp))
            } else {
                let far = pos2(shown.x0 + shown.w as f32 * shown.step, shown.y0 + shown.h as f32 * shown.step);
                view.ui_rect(canvas, Rect::from_min_max(pos2(shown.x0, shown.y0), far))
            };
            painter.image(texture.id(), rect, Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)), Color32::WHITE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILL: Color32 = Color32::RED;
    const LINE: Color32 = Color32::GREEN;

    fn square(size: u32, from: u32, to: u32) -> Mask {
        let bytes: Vec<u8> = (0..size * size)
            .map(|i| u8::from((from..to).contains(&(i % size)) && (from..to).contains(&(i / size))))
            .collect();
        Mask::from_bytes(size, size, &bytes)
    }

    fn layer(mask: &Mask) -> Layer<'_> {
        Layer { mask, fill: FILL, line: LINE, width: 1, halo: (Color32::BLACK, 0) }
    }

    #[test]
    fn one_to_one_every_pixel_of_the_mask_is_drawn_with_its_border() {
        let mask = square(10, 2, 7);
        let grid = Grid { w: 10, h: 10, x0: 0.0, y0: 0.0, step: 1.0 };
        let image = render(&grid, &[layer(&mask)]);
        for y in 0..10 {
            for x in 0..10 {
                let inside = (2..7).contains(&x) && (2..7).contains(&y);
                let core = (3..6).contains(&x) && (3..6).contains(&y);
                let want = if core {
                    FILL
                } else if inside {
                    LINE
                } else {
                    Color32::TRANSPARENT
                };
                assert_eq!(image[y * 10 + x], want, "{x},{y}");
            }
        }
    }

    #[test]
    fn enlarged_the_outline_stays_one_screen_pixel_wide() {
        let mask = square(10, 2, 7);
        let grid = Grid { w: 80, h: 80, x0: 0.0, y0: 0.0, step: 0.125 };
        let image = render(&grid, &[layer(&mask)]);
        let row = &image[40 * 80..41 * 80];
        assert_eq!(row.iter().filter(|c| **c == LINE).count(), 2);
        assert_eq!(row.iter().filter(|c| **c == FILL).count(), 5 * 8 - 2);
        assert_eq!((row[15], row[16], row[55], row[56]), (Color32::TRANSPARENT, LINE, LINE, Color32::TRANSPARENT));
    }

    #[test]
    fn reduced_and_shifted_views_show_the_right_part() {
        let mask = square(100, 40, 60);
        let grid = Grid { w: 70, h: 66, x0: -20.0, y0: -16.0, step: 2.0 };
        let image = render(&grid, &[layer(&mask)]);
        // Screen pixel (30, 28) has its centre at picture (41, 41).
        assert_ne!(image[28 * 70 + 30], Color32::TRANSPARENT);
        assert_eq!(image.iter().filter(|c| **c != Color32::TRANSPARENT).count(), 100);
    }

    #[test]
    fn a_halo_lies_around_a_mask_and_not_upon_its_neighbours() {
        let (a, b) = (square(12, 2, 5), square(12, 5, 8));
        let grid = Grid { w: 12, h: 12, x0: 0.0, y0: 0.0, step: 1.0 };
        let dark = |mask| Layer { halo: (Color32::BLUE, 1), ..layer(mask) };
        let image = render(&grid, &[dark(&a), layer(&b)]);
        assert_eq!((image[12 + 3], image[3]), (Color32::BLUE, Color32::TRANSPARENT));
        assert_eq!(image[5 * 12 + 5], LINE, "a pixel of the other mask stays its own");
        assert_eq!(image[9 * 12 + 6], Color32::TRANSPARENT, "only where it is asked for");
    }

    #[test]
    fn more_masks_than_sixteen_bits_count_are_all_drawn() {
        let one = square(4, 0, 1);
        let last = square(4, 2, 3);
        let grid = Grid { w: 4, h: 4, x0: 0.0, y0: 0.0, step: 1.0 };
        let mut layers: Vec<Layer<'_>> = (0..70_000).map(|_| layer(&one)).collect();
        layers.push(Layer { line: Color32::BLUE, ..layer(&last) });
        assert_eq!(render(&grid, &layers)[2 * 4 + 2], Color32::BLUE);
    }

    #[test]
    fn the_last_layer_lies_on_top() {
        let (a, b) = (square(10, 0, 8), square(10, 4, 10));
        let grid = Grid { w: 10, h: 10, x0: 0.0, y0: 0.0, step: 1.0 };
        let top = Layer { fill: Color32::BLUE, line: Color32::BLUE, ..layer(&b) };
        let image = render(&grid, &[layer(&a), top]);
        assert_eq!(image[5 * 10 + 5], Color32::BLUE);
        assert_eq!(image[3 * 10 + 4], LINE, "the border of the lower mask follows the upper one");
    }
}

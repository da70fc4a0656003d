//! Where the picture lies on the screen: the transform between `ui` (points of the window) and `image` (pixel edges).

use egui::{Pos2, Rect, Vec2, pos2, vec2};
use serde::{Deserialize, Serialize};

/// Zoom and place of the picture. `zoom` is in screen points per picture pixel.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// Points per picture pixel.
    pub zoom: f64,
    /// The picture point (pixel-edge coordinates) in the middle of the canvas.
    pub center: [f64; 2],
    /// The whole picture is kept in sight whatever the size of the window.
    pub fit: bool,
}

impl Default for View {
    fn default() -> Self {
        Self { zoom: 1.0, center: [0.0, 0.0], fit: true }
    }
}

/// Largest zoom: 64 points per pixel.
const ZOOM_MOST: f64 = 64.0;
/// What is smaller than this on the screen, in points, is enlarged when it is gone to.
const SPECK: f32 = 24.0;
/// Points between what is gone to and the edge of the canvas.
const MARGIN: f32 = 8.0;
/// Margin around a fitted picture, as a share of the canvas.
const FIT: f64 = 0.96;

impl View {
    /// The view of a picture of `size` pixels that shows all of it in `canvas`.
    pub fn fitted(size: [u32; 2], canvas: Rect) -> Self {
        let (w, h) = (f64::from(size[0].max(1)), f64::from(size[1].max(1)));
        let zoom = (FIT * (f64::from(canvas.width()) / w).min(f64::from(canvas.height()) / h)).clamp(1e-6, 8.0);
        Self { zoom, center: [w / 2.0, h / 2.0], fit: true }
    }

    /// Follows the canvas while `fit` is on, and keeps the picture within reach.
    pub fn settle(&mut self, size: [u32; 2], canvas: Rect) {
        if self.fit {
            *self = Self::fitted(size, canvas);
        } else {
            let least = 0.25 * Self::fitted(size, canvas).zoom;
            self.zoom = self.zoom.clamp(least.min(ZOOM_MOST), ZOOM_MOST);
            self.center[0] = self.center[0].clamp(0.0, f64::from(size[0]));
            self.center[1] = self.center[1].clamp(0.0, f64::from(size[1]));
        }
    }

    /// Picture coordinates of a point of the window.
    pub fn image_from_ui(&self, canvas: Rect, p_in_ui: Pos2) -> Pos2 {
        let [x, y] = self.exactly_from_ui(canvas, p_in_ui);
        pos2(x as f32, y as f32)
    }

    /// The point of the window where a point of the picture is drawn.
    pub fn ui_from_image(&self, canvas: Rect, p_in_image: Pos2) -> Pos2 {
        self.ui_from_exact(canvas, [p_in_image.x, p_in_image.y].map(f64::from))
    }

    /// As [`View::image_from_ui`], also where a picture has more pixels than `f32` has numbers.
    pub fn exactly_from_ui(&self, canvas: Rect, p_in_ui: Pos2) -> [f64; 2] {
        let d = p_in_ui - canvas.center();
        [self.center[0] + f64::from(d.x) / self.zoom, self.center[1] + f64::from(d.y) / self.zoom]
    }

    /// As [`View::ui_from_image`], also where a picture has more pixels than `f32` has numbers.
    pub fn ui_from_exact(&self, canvas: Rect, [x, y]: [f64; 2]) -> Pos2 {
        let d = [(x - self.center[0]) * self.zoom, (y - self.center[1]) * self.zoom];
        canvas.center() + vec2(d[0] as f32, d[1] as f32)
    }

    /// The rectangle of the window that a rectangle of the picture covers.
    pub fn ui_rect(&self, canvas: Rect, in_image: Rect) -> Rect {
        Rect::from_min_max(self.ui_from_image(canvas, in_image.min), self.ui_from_image(canvas, in_image.max))
    }

    /// The part of the picture plane that is seen.
    pub fn seen(&self, canvas: Rect) -> Rect {
        Rect::from_min_max(self.image_from_ui(canvas, canvas.min), self.image_from_ui(canvas, canvas.max))
    }

    /// As [`View::seen`]: the corners at the upper left and the lower right.
    pub fn seen_exactly(&self, canvas: Rect) -> [[f64; 2]; 2] {
        [self.exactly_from_ui(canvas, canvas.min), self.exactly_from_ui(canvas, canvas.max)]
    }

    /// Zooms by `factor` so that the picture point under `anchor_in_ui` stays where it is.
    pub fn zoom_by(&mut self, canvas: Rect, anchor_in_ui: Pos2, factor: f32) {
        let [x, y] = self.exactly_from_ui(canvas, anchor_in_ui);
        self.zoom = (self.zoom * f64::from(factor)).clamp(1e-6, ZOOM_MOST);
        let d = anchor_in_ui - canvas.center();
        self.center = [x - f64::from(d.x) / self.zoom, y - f64::from(d.y) / self.zoom];
        self.fit = false;
    }

    /// Moves the picture with the pointer.
    pub fn pan(&mut self, d_in_ui: Vec2) {
        self.center[0] -= f64::from(d_in_ui.x) / self.zoom;
        self.center[1] -= f64::from(d_in_ui.y) / self.zoom;
        self.fit = false;
    }

    /// One picture pixel on one pixel of the screen, about the middle of the canvas.
    pub fn actual_size(&mut self, pixels_per_point: f32) {
        self.zoom = 1.0 / f64::from(pixels_per_point);
        self.fit = false;
    }

    /// Brings a rectangle of the picture into sight, and changes no more than that asks for: what is seen already stays
    /// where it is, what lies outside is moved in, and the zoom changes only where the rectangle would be a speck, or does
    /// not fit.
    pub fn bring(&mut self, canvas: Rect, in_image: Rect) {
        let shown = self.ui_rect(canvas, in_image);
        let longest = shown.width().max(shown.height());
        if longest < SPECK || !(shown.width() <= canvas.width() && shown.height() <= canvas.height()) {
            self.fly_to(canvas, in_image);
        } else if !canvas.shrink(MARGIN.min(canvas.height() / 8.0)).contains_rect(shown) {
            self.center = exact(in_image.center());
            self.fit = false;
        }
    }

    /// Brings a rectangle of the picture into the middle at a fitting zoom.
    fn fly_to(&mut self, canvas: Rect, in_image: Rect) {
        let size = in_image.size().max(vec2(8.0, 8.0));
        let fitting = 0.5 * (canvas.width() / size.x).min(canvas.height() / size.y);
        self.zoom = f64::from(fitting).clamp(1e-6, 16.0);
        self.center = exact(in_image.center());
        self.fit = false;
    }
}

fn exact(p: Pos2) -> [f64; 2] {
    [p.x, p.y].map(f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canvas() -> Rect {
        Rect::from_min_size(pos2(240.0, 40.0), vec2(800.0, 600.0))
    }

    #[test]
    fn the_transform_is_its_own_inverse() {
        let view = View { zoom: 0.37, center: [5_000.25, 3_000.5], fit: false };
        for p in [pos2(240.0, 40.0), pos2(777.5, 333.25), pos2(1_039.0, 639.0)] {
            let back = view.ui_from_image(canvas(), view.image_from_ui(canvas(), p));
            // f32 at 5000 has steps of 0.0005; times the zoom, well below a hundredth of a point.
            assert!((back - p).length() < 0.01, "{p:?} {back:?}");
        }
    }

    #[test]
    fn zooming_keeps_the_point_under_the_pointer() {
        let mut view = View::fitted([4_000, 3_000], canvas());
        let anchor = pos2(300.0, 500.0);
        let before = view.image_from_ui(canvas(), anchor);
        for factor in [1.5, 1.5, 0.7, 3.0] {
            view.zoom_by(canvas(), anchor, factor);
            assert!((view.image_from_ui(canvas(), anchor) - before).length() < 0.02);
        }
        assert!(!view.fit);
    }

    #[test]
    fn what_is_in_sight_stays_where_it_is_and_a_speck_is_enlarged() {
        let mut view = View::fitted([1_000, 800], canvas());
        let before = view;
        view.bring(canvas(), Rect::from_min_size(pos2(300.0, 200.0), vec2(200.0, 100.0)));
        assert_eq!(view, before, "it is seen already");
        view.zoom_by(canvas(), canvas().center(), 4.0);
        let zoom = view.zoom;
        view.bring(canvas(), Rect::from_min_size(pos2(0.0, 0.0), vec2(100.0, 100.0)));
        assert_eq!(view.zoom, zoom, "what lies outside is moved in");
        assert!(view.seen(canvas()).contains(pos2(50.0, 50.0)));
        view = before;
        view.bring(canvas(), Rect::from_min_size(pos2(10.0, 10.0), vec2(5.0, 5.0)));
        assert!(view.zoom > before.zoom, "five pixels are hard to see");
    }

    #[test]
    fn a_fitted_picture_is_wholly_seen_and_follows_the_canvas() {
        let mut view = View::fitted([12_000, 9_000], canvas());
        let all = Rect::from_min_max(pos2(0.0, 0.0), pos2(12_000.0, 9_000.0));
        assert!(view.seen(canvas()).contains_rect(all));
        let small = Rect::from_min_size(pos2(0.0, 0.0), vec2(200.0, 300.0));
        view.settle([12_000, 9_000], small);
        assert!(view.seen(small).contains_rect(all));
    }

    #[test]
    fn panning_moves_the_picture_with_the_pointer_and_it_cannot_be_lost() {
        let mut view = View { zoom: 2.0, center: [50.0, 50.0], fit: false };
        let p = view.ui_from_image(canvas(), pos2(10.0, 10.0));
        view.pan(vec2(30.0, -20.0));
        assert!((view.ui_from_image(canvas(), pos2(10.0, 10.0)) - p - vec2(30.0, -20.0)).length() < 0.01);
        view.pan(vec2(1e6, 1e6));
        view.settle([100, 100], canvas());
        assert_eq!(view.center, [0.0, 0.0]);
    }
}

//! The name of each object upon the canvas, as a small tag at the head of its mask.

use egui::{Color32, FontId, Painter, Rect, pos2, vec2};

use crate::window::app::LimnApp;
use crate::window::facts::rect_of;
use crate::window::theme::{self, size};
use crate::window::view::View;

/// More tags than this hide the picture.
const MOST: usize = 300;
/// Objects smaller than this, in points, have no tag.
const LEAST: f32 = 14.0;

/// Draws the tags of what is seen.
pub fn draw(app: &LimnApp, painter: &Painter, canvas: Rect, view: &View) {
    let Some(image) = app.shown.current.filter(|_| app.settings.names && app.selection.masks_shown) else { return };
    let document = app.document();
    let at_hand = app.drawing.draft.as_ref().and_then(|draft| draft.correcting);
    let font = FontId::proportional(size::SMALL);
    let shown = document.objects_of(image).enumerate().filter(|(_, o)| !o.hidden && Some(o.id) != at_hand);
    for (at, object) in shown.take(MOST) {
        let Some(bounds) = rect_of(&object.mask) else { continue };
        let rect = view.ui_rect(canvas, bounds);
        if !rect.intersects(canvas) || rect.width().max(rect.height()) < LEAST {
            continue;
        }
        let name = document.class(object.class).map_or("?", |class| class.name.as_str());
        let text = painter.layout_no_wrap(format!("{} {name}", at + 1), font.clone(), Color32::WHITE);
        let tag = text.size() + vec2(14.0, 4.0);
        // Above the object where there is room, else within it.
        let x = rect.min.x.clamp(canvas.min.x, (canvas.max.x - tag.x).max(canvas.min.x));
        let y = if rect.min.y - tag.y < canvas.min.y { rect.min.y.max(canvas.min.y) } else { rect.min.y - tag.y };
        let back = Rect::from_min_size(pos2(x, y), tag);
        painter.rect_filled(back, 3.0, Color32::from_black_alpha(190));
        let color = theme::line_of(app.color_of(object));
        painter.rect_filled(Rect::from_min_size(back.min, vec2(4.0, tag.y)), 2.0, color);
        painter.galley(back.min + vec2(8.0, 2.0), text, Color32::WHITE);
    }
}

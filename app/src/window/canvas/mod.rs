//! The canvas: picture, masks, prompts.
//!
//! * `overlay`: the masks; `layers`: what lies on the GPU, with the picture's tiles
//! * `tools`: pointer to commands; `toolbar`: which tool; `marks`: clicks, boxes and what is written upon the canvas
//! * `draft_bar`: the object at hand; `chips`: what must not be overlooked
//! * `names`: tags of the objects; `first`: the card of the first minute
//! * `change`: what another mask would add and take away; `proposal`: a new mask that waits for a decision; `hand`: what drawing by hand looks like

mod change;
mod chips;
mod cursor;
pub mod draft_bar;
mod first;
mod hand;
pub mod layers;
mod marks;
mod names;
pub mod overlay;
mod proposal;
mod toolbar;
pub mod tools;

use egui::{Color32, Role, Sense, Ui, WidgetInfo};
use limn_datasets::Mask;

use super::app::LimnApp;
use super::command::Command;
use super::facts::rect_of;
use super::keymap::{self, FROZEN, NEW, OLD, PEEK};
use super::lang::{self, t};
use super::panels::Local;
use super::shown::Seen;
use super::theme;
use super::tool::Tool;
use super::view::View;
use change::Change;
use overlay::Layer;
use tools::corners::Corners;
use tools::{Gesture, Scene};

/// Draws the canvas into what is left of `ui` and collects what the pointer asks for.
pub fn show(ui: &mut Ui, app: &LimnApp, local: &mut Local, out: &mut Vec<Command>) {
    toolbar::show(ui, app, &local.gesture, out);
    let rect = ui.available_rect_before_wrap();
    let response = ui.allocate_rect(rect, Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, t(lang::CANVAS)));
    let mut view = app.shown.view;
    local.seen = Some(Seen { canvas: rect, view });
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 0.0, theme::palette(ui).canvas);
    local.pointer_in_image = None;

    let Some(picture) = app.shown.picture().cloned() else {
        local.layers.tiles.set(None);
        marks::no_picture(ui, app, rect);
        chips::show(ui, app, rect, out);
        return;
    };
    view.settle(picture.size(), rect);
    local.seen = Some(Seen { canvas: rect, view });
    let tiles = &mut local.layers.tiles;
    tiles.show_as(app.settings.display);
    tiles.set(Some(picture.clone()));
    tiles.draw(&painter, rect, &view);

    let gesture = &mut local.gesture;
    let (ring, adds) = app.ring();
    let scene = Scene {
        view: &view,
        size: picture.size(),
        tool: app.drawing.tool,
        options: app.settings.tools,
        ring: (&ring, adds),
        arrivals: &local.heard.arrivals,
        active: app.dialog.is_none() && app.job.is_none(),
    };
    match app.draft_mask().filter(|_| app.drawing.tool == Tool::Corners) {
        Some(mask) => Corners::follow(&mut gesture.corners, mask, app.settings.tools.outline()),
        None => gesture.corners = None,
    }
    let mut pointer_says = Vec::new();
    gesture.commands(ui, &response, &scene, &mut pointer_says);
    local.heard.pointer.append(&mut pointer_says);
    // What is being drawn is part of the picture of this frame.
    if gesture.stroke().is_some() || gesture.corners.as_ref().is_some_and(Corners::is_held) {
        local.layers.drawn += 1;
    }
    let panning = gesture.is_panning() || ui.input(|i| i.key_down(egui::Key::Space));
    let pointer = ui.input(|i| i.pointer.latest_pos());
    let band = gesture.rubber_band(pointer);
    let over = pointer.filter(|_| response.contains_pointer());

    let peek = keymap::is_held(ui.ctx(), PEEK);
    let compare = keymap::is_held(ui.ctx(), FROZEN);
    if compare != app.drawing.frozen.held {
        out.push(Command::CompareFrozen(compare));
    }
    if !peek {
        masks(app, local, &painter, rect, &view);
        names::draw(app, &painter, rect, &view);
        marks::prompts(ui, app, &painter, rect, &view);
        if let Some(at) = app.shown.cursor {
            cursor::draw(&painter, rect, &view, at);
        }
    }
    hand::marks(ui, app, &local.gesture, &painter, (rect, &view), over);
    if let Some(at) = over {
        let p = view.image_from_ui(rect, at);
        local.pointer_in_image = Some([p.x, p.y]);
        ui.ctx().set_cursor_icon(if panning { egui::CursorIcon::Grabbing } else { egui::CursorIcon::Crosshair });
    }
    hover(app, over.map(|at| view.image_from_ui(rect, at)), panning || peek, picture.size(), out);
    marks::rubber_band(ui, &painter, band);
    if app.frozen_mask().is_some() {
        marks::frozen(ui, rect);
    }
    draft_bar::show(ui, app, local, rect, out);
    chips::show(ui, app, rect, out);
    proposal::bar(ui, app, rect, out);
    first::card(ui, app, rect, out);
    marks::hints(ui, app, rect);
}

/// Tells where the pointer is while the click tool is at hand, so that a preview can be asked for.
fn hover(app: &LimnApp, at: Option<egui::Pos2>, busy: bool, size: [u32; 2], out: &mut Vec<Command>) {
    let inside = |p: &egui::Pos2| p.x >= 0.0 && p.y >= 0.0 && p.x < size[0] as f32 && p.y < size[1] as f32;
    let wanted = app.drawing.tool == Tool::Click && app.settings.tools.preview && !busy;
    let at: Option<[f32; 2]> = at.filter(|p| wanted && inside(p)).map(Into::into);
    if app.drawing.hover.moved(at) {
        out.push(Command::Hover(at));
    }
}

/// Objects in their order, then the object at hand.
fn masks(app: &LimnApp, local: &mut Local, painter: &egui::Painter, rect: egui::Rect, view: &View) {
    let ppp = painter.ctx().pixels_per_point();
    let held = |key| keymap::is_held(painter.ctx(), key);
    let side = if held(NEW) { Some(true) } else { held(OLD).then_some(false) };
    let (layers_of, gesture) = (&mut local.layers, &local.gesture);
    if side != layers_of.judged_side {
        layers_of.judged_side = side;
        layers_of.drawn += 1;
    }
    layers_of.objects.draw("objects", painter, rect, view, app.revision.objects, || object_layers(app, ppp));
    // What is being drawn changes in every frame; only its own part of the screen is rendered then.
    let drawn = draft_as_drawn(app, gesture);
    let (proposed, previewed) = (Change::proposed(app), Change::previewed(app, drawn.as_ref()));
    let mut layers: Vec<Layer<'_>> = drawn.iter().map(|mask| draft_layer(app, mask, ppp)).collect();
    let alone = proposed.as_ref().zip(side).map(|(change, new)| change.alone(new));
    match &alone {
        Some((mask, color)) => layers.push(change::outline(mask, *color, ppp)),
        None => layers.extend(proposed.iter().flat_map(|change| change.to_decide(ppp))),
    }
    layers.extend(previewed.iter().flat_map(|change| change.as_hint(ppp)));
    let around = layers.iter().filter_map(|layer| rect_of(layer.mask)).reduce(egui::Rect::union);
    if let Some(around) = around {
        let part = view.ui_rect(rect, around).expand(2.0).intersect(rect);
        let revision = app.revision.draft + layers_of.drawn;
        layers_of.draft.draw("draft", &painter.with_clip_rect(part), rect, view, revision, || layers);
    }
}

/// The finished objects in their order.
fn object_layers(app: &LimnApp, ppp: f32) -> Vec<Layer<'_>> {
    let Some(image) = app.shown.current else { return Vec::new() };
    let document = app.document();
    let opacity = app.settings.opacity;
    let drafting = app.drawing.draft.as_ref().is_some_and(|d| !d.is_empty() || d.correcting.is_some());
    let correcting = app.drawing.draft.as_ref().and_then(|d| d.correcting);
    let deciding = app.proposal().map(|(object, _)| object.id);
    let width = |points: f32| (points * ppp).round().clamp(1.0, 12.0) as u8;
    let mut layers = Vec::new();
    if app.selection.masks_shown {
        for object in document.objects_of(image).filter(|o| !o.hidden && Some(o.id) != correcting) {
            let color = app.color_of(object);
            // What a new mask would change is drawn instead of the outline of the selection.
            let selected = app.is_selected(object.id) && !drafting && Some(object.id) != deciding;
            let (fill, line) = match (drafting, selected) {
                (true, _) => (0.5 * opacity, 0.65),
                (false, true) => (opacity, 1.0),
                (false, false) => (opacity, 0.95),
            };
            layers.push(Layer {
                mask: &object.mask,
                fill: color.gamma_multiply(fill),
                line: if selected { Color32::WHITE } else { theme::line_of(color).gamma_multiply(line) },
                width: width(if selected { 2.0 } else { 1.5 }),
                halo: (Color32::from_black_alpha(170), width(if selected { 1.6 } else { 1.2 })),
            });
        }
    }
    layers
}

/// The object at hand.
fn draft_layer<'a>(app: &LimnApp, mask: &'a Mask, ppp: f32) -> Layer<'a> {
    let class = match &app.drawing.draft {
        Some(draft) => app.class_of_draft(draft),
        None => app.selection.class.and_then(|id| app.document().class(id)),
    };
    let color = theme::class_color(class.map_or(theme::CLASS_COLORS[0], |c| c.color));
    let width = (2.0 * ppp).round().clamp(1.0, 12.0) as u8;
    let halo = (Color32::from_black_alpha(190), (1.4 * ppp).round().clamp(1.0, 12.0) as u8);
    let fill = color.gamma_multiply((app.settings.opacity + 0.08).min(1.0));
    Layer { mask, fill, line: theme::line_of(color), width, halo }
}

/// The mask at hand with what is being drawn in this very moment.
fn draft_as_drawn(app: &LimnApp, gesture: &Gesture) -> Option<Mask> {
    if let Some(mask) = app.frozen_mask() {
        return Some(mask.clone());
    }
    let mask = app.draft_mask();
    if let Some(corners) = gesture.corners.as_ref().filter(|c| c.is_held()) {
        return mask.map(|m| corners.outline().to_mask(m.width(), m.height()));
    }
    match (mask, gesture.stroke()) {
        (Some(mask), Some((stroke, true))) => Some(mask.union(stroke)),
        (Some(mask), Some((stroke, false))) => Some(mask.subtract(stroke)),
        (None, Some((stroke, true))) => Some(stroke.clone()),
        (mask, _) => mask.cloned(),
    }
}

//! Pointer and held keys on the canvas, turned into commands. Nothing is changed here but the gesture itself.
//!
//! * `corners`: dragging the outline

pub mod corners;

use egui::{Event, Key, Modifiers, PointerButton, Pos2, Rect, Response, Ui, pos2};
use limn_datasets::Mask;

use crate::window::command::Command;
use crate::window::draft::edit::MaskEdit;
use crate::window::draft::snap::Snap;
use crate::window::keymap;
use crate::window::tool::{Tool, ToolOptions};
use crate::window::view::View;
use corners::Corners;

/// What the pointer is doing between press and release.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Held {
    /// A click, if it does not move far.
    Click { positive: bool },
    /// A box from here.
    Box,
    /// Moving the picture.
    Pan,
    /// A trail of the brush, the lasso or the knife; `add` or take away.
    Trail { add: bool },
    /// A corner or edge of the outline.
    Corner,
}

/// The gesture that is going on.
#[derive(Clone, Debug, Default)]
pub struct Gesture {
    held: Option<(PointerButton, Pos2, Held)>,
    /// With which tool it began, and where the pointer was last.
    tool: Tool,
    last: Pos2,
    /// It ends now, wherever the pointer is.
    ends: bool,
    /// Space moved the picture, so letting it go does not accept.
    space_used: bool,
    /// Where the pointer went since it was pressed, in picture coordinates.
    trail: Vec<[f32; 2]>,
    /// What the stroke covers so far.
    stroke: Option<Mask>,
    /// The outline while its corners are edited.
    pub corners: Option<Corners>,
    /// Borders of the neighbours, made when a corner is taken.
    pub snap: Snap,
}

/// What a gesture needs to know of the window.
pub struct Scene<'a> {
    /// Where the picture lies.
    pub view: &'a View,
    /// Its size in pixels.
    pub size: [u32; 2],
    /// The tool.
    pub tool: Tool,
    /// What is set for it.
    pub options: ToolOptions,
    /// Corners of the polygon that is not closed yet, and whether it adds.
    pub ring: (&'a [[f32; 2]], bool),
    /// Place of each event of this frame among all that arrived in it.
    pub arrivals: &'a [usize],
    /// False while a dialog is open.
    pub active: bool,
}

/// A hand is not quite still while it clicks: movement up to this many points is still a click.
const STILL: f32 = 8.0;
/// Points of the window within which a corner or edge is taken, and a polygon's first corner closes it.
pub const REACH: f32 = 9.0;

impl Gesture {
    /// The box that is being drawn, in points of the window.
    pub fn rubber_band(&self, pointer: Option<Pos2>) -> Option<Rect> {
        match (self.held, pointer) {
            (Some((_, from, Held::Box)), Some(to)) if from.distance(to) > STILL => Some(Rect::from_two_pos(from, to)),
            _ => None,
        }
    }

    /// The picture is being moved.
    pub fn is_panning(&self) -> bool {
        matches!(self.held, Some((_, _, Held::Pan)))
    }

    /// The way of the lasso or the knife so far.
    pub fn trail(&self) -> &[[f32; 2]] {
        &self.trail
    }

    /// The stroke so far, and whether it adds.
    pub fn stroke(&self) -> Option<(&Mask, bool)> {
        match (&self.stroke, self.held) {
            (Some(stroke), Some((_, _, Held::Trail { add }))) => Some((stroke, add)),
            _ => None,
        }
    }

    /// Something is being drawn with a button held.
    pub fn is_drawing(&self) -> bool {
        matches!(self.held, Some((_, _, Held::Trail { .. } | Held::Box | Held::Corner)))
    }

    /// Takes back what is being drawn with a button held; false if nothing is.
    pub fn cancel(&mut self) -> bool {
        let drawing = self.is_drawing();
        self.trail.clear();
        self.stroke = None;
        self.corners = self.corners.take().filter(|corners| !corners.is_held());
        self.held = self.held.filter(|_| !drawing);
        drawing
    }

    /// What is being drawn ends at its last point as if the button were let go there.
    pub fn end(&mut self) {
        self.ends = self.is_drawing();
    }

    /// Turns the events of this frame into commands, each with its place among what arrived in this frame.
    ///
    /// A gesture ends when its button is let go, and where that is never heard of (outside of the window, or when another
    /// window comes to the front) it ends at its last point. Ending means finishing; only Esc takes a gesture back.
    pub fn commands(&mut self, ui: &Ui, response: &Response, scene: &Scene<'_>, out: &mut Vec<(usize, Command)>) {
        let canvas = response.rect;
        let typing = ui.ctx().text_edit_focused();
        let over = response.contains_pointer();
        let (events, space, scroll, pinch, pointer, modifiers) = ui.input(|i| {
            let scroll = i.smooth_scroll_delta();
            (i.events.clone(), i.key_down(Key::Space), scroll, i.zoom_delta(), i.pointer.latest_pos(), i.modifiers)
        });
        let mut asked = Vec::new();
        if std::mem::take(&mut self.ends) || self.is_stale(ui, &events) {
            self.finish(self.last, scene, canvas, &mut asked);
        }
        out.extend(asked.drain(..).map(|command| (0, command)));
        for (at, event) in events.iter().enumerate() {
            match *event {
                Event::PointerButton { pos, button, pressed: true, modifiers } if over && canvas.contains(pos) => {
                    if self.is_drawing() && self.held.is_some_and(|(held, ..)| held == button) {
                        self.finish(self.last, scene, canvas, &mut asked);
                    }
                    if self.held.is_none() {
                        ui.ctx().memory_mut(|m| m.stop_text_input());
                        let p_in_image = scene.view.image_from_ui(canvas, pos);
                        let what = held(scene.tool, button, modifiers, space && !typing);
                        let what = what.filter(|_| scene.active || button == PointerButton::Middle);
                        self.held = what.map(|h| (button, pos, h));
                        (self.tool, self.last) = (scene.tool, pos);
                        self.press(what, p_in_image.into(), modifiers, scene, &mut asked);
                    }
                }
                Event::PointerMoved(pos) if self.held.is_some() => {
                    let p = scene.view.image_from_ui(canvas, pos);
                    self.last = pos;
                    self.drag(p.into(), modifiers, scene);
                }
                Event::PointerButton { pos, button, pressed: false, .. }
                    if self.held.is_some_and(|(held, ..)| held == button) =>
                {
                    self.finish(pos, scene, canvas, &mut asked);
                }
                Event::WindowFocused(false) if self.is_drawing() => self.finish(self.last, scene, canvas, &mut asked),
                Event::Key { key: Key::Space, pressed: false, .. } if !typing => {
                    let moved = std::mem::take(&mut self.space_used);
                    asked.extend((scene.active && !moved).then(keymap::of_space).flatten());
                }
                _ => {}
            }
            let arrived = scene.arrivals.get(at).copied().unwrap_or(at);
            out.extend(asked.drain(..).map(|command| (arrived, command)));
        }
        let last = usize::MAX;
        if self.is_panning() {
            self.space_used |= space;
            let delta = ui.input(|i| i.pointer.delta());
            if delta != egui::Vec2::ZERO {
                out.push((last, Command::Pan(delta.into())));
            }
        }
        if over && let Some(at) = pointer {
            // Two fingers on a trackpad move the picture; a wheel zooms.
            let fingers = events.iter().any(|event| {
                use egui::MouseWheelSource::{Momentum, Trackpad};
                matches!(event, Event::MouseWheel { source: Trackpad | Momentum, modifiers, .. } if modifiers.is_none())
            });
            let sized = matches!(scene.tool, Tool::Brush | Tool::Eraser) && modifiers.shift;
            let turned = scroll.x + scroll.y;
            let factor = pinch * (scroll.y * 0.004).exp();
            if sized && turned != 0.0 {
                out.push((last, Command::ResizeBrush(turned / 40.0)));
            } else if fingers && scroll != egui::Vec2::ZERO {
                out.push((last, Command::Pan(scroll.into())));
            } else if !sized && (factor - 1.0).abs() > 1e-4 {
                out.push((last, Command::ZoomAt { at_in_ui: at.into(), factor }));
            }
        }
    }

    /// The button was let go where that was not heard.
    fn is_stale(&self, ui: &Ui, events: &[Event]) -> bool {
        let Some((button, ..)) = self.held else { return false };
        let heard = |event: &Event| matches!(event, Event::PointerButton { button: b, .. } if *b == button);
        !ui.input(|i| i.pointer.button_down(button)) && !events.iter().any(heard)
    }

    /// The gesture ends at `at`.
    fn finish(&mut self, at: Pos2, scene: &Scene<'_>, canvas: Rect, out: &mut Vec<Command>) {
        if let Some((_, from, what)) = self.held.take() {
            self.release([from, at], what, scene, canvas, out);
        }
        self.trail.clear();
        self.stroke = None;
    }

    fn press(
        &mut self,
        what: Option<Held>,
        p: [f32; 2],
        modifiers: Modifiers,
        scene: &Scene<'_>,
        out: &mut Vec<Command>,
    ) {
        match what {
            Some(Held::Trail { add }) => {
                self.trail = vec![p];
                let paints = matches!(scene.tool, Tool::Brush | Tool::Eraser);
                self.stroke = paints.then(|| Mask::stroke(scene.size[0], scene.size[1], &[p], scene.options.brush));
                if !add && scene.tool != Tool::Cut {
                    out.push(Command::TakeUp(p));
                }
            }
            Some(Held::Corner) => {
                let reach = f64::from(REACH) / scene.view.zoom;
                let taken = self.corners.as_mut().is_some_and(|c| c.press(p.map(f64::from), reach, modifiers));
                out.push(if taken { Command::PrepareSnap } else { Command::TakeUp(p) });
            }
            _ => {}
        }
    }

    fn drag(&mut self, p: [f32; 2], modifiers: Modifiers, scene: &Scene<'_>) {
        match self.held {
            Some((_, _, Held::Trail { .. })) => {
                let last = self.trail.last().copied().unwrap_or(p);
                // Less than half a pixel of the picture is no way.
                if (p[0] - last[0]).hypot(p[1] - last[1]) >= 0.5 {
                    self.trail.push(p);
                    if let Some(stroke) = &mut self.stroke {
                        let piece = Mask::stroke(scene.size[0], scene.size[1], &[last, p], scene.options.brush);
                        *stroke = stroke.union(&piece);
                    }
                }
            }
            Some((_, _, Held::Corner)) => {
                let reach = f64::from(REACH) / scene.view.zoom;
                let snap = (!modifiers.alt).then_some((&self.snap, reach));
                if let Some(corners) = &mut self.corners {
                    corners.drag(p.map(f64::from), scene.size, snap);
                }
            }
            _ => {}
        }
    }

    fn release(&mut self, [from, to]: [Pos2; 2], what: Held, scene: &Scene<'_>, canvas: Rect, out: &mut Vec<Command>) {
        let [w, h] = scene.size;
        let picture = Rect::from_min_max(Pos2::ZERO, pos2(w as f32, h as f32));
        let from_in_image = scene.view.image_from_ui(canvas, from);
        // The last edge belongs to the last pixel.
        let at = [from_in_image.x.min(w as f32 - 1e-3), from_in_image.y.min(h as f32 - 1e-3)];
        let still = from.distance(to) <= STILL;
        match what {
            Held::Click { positive } if still && picture.contains(from_in_image) => match self.tool {
                Tool::Wand => {
                    out.push(Command::Edit(MaskEdit::Wand { at, tolerance: scene.options.wand, add: positive }));
                }
                Tool::Parts => out.push(Command::Edit(MaskEdit::Part { at, keep: positive })),
                Tool::Polygon => add_corner(at, positive, &self.snap, scene, out),
                Tool::Corners => {
                    let reach = f64::from(REACH) / scene.view.zoom;
                    let deleted = self.corners.as_mut().and_then(|c| c.delete(at.map(f64::from), reach));
                    out.extend(deleted.map(|outline| Command::Edit(MaskEdit::Outline(outline))));
                }
                _ => out.push(Command::AddClick { x: at[0], y: at[1], positive }),
            },
            Held::Box if still => out.push(Command::SelectAt(from_in_image.x, from_in_image.y)),
            Held::Box => {
                let b = Rect::from_two_pos(from_in_image, scene.view.image_from_ui(canvas, to)).intersect(picture);
                if b.width() >= 1.0 && b.height() >= 1.0 {
                    out.push(Command::SetBox([b.min.x, b.min.y, b.max.x, b.max.y]));
                }
            }
            Held::Trail { add } => {
                let points = std::mem::take(&mut self.trail);
                match self.tool {
                    Tool::Lasso if points.len() >= 3 => {
                        out.push(Command::Edit(MaskEdit::Area { ring: points, add }));
                    }
                    Tool::Cut if points.len() >= 2 => out.push(Command::Cut(points)),
                    Tool::Brush | Tool::Eraser => {
                        out.push(Command::Edit(MaskEdit::Stroke { points, radius: scene.options.brush, add }));
                    }
                    _ => {}
                }
            }
            Held::Corner => {
                let changed = self.corners.as_mut().and_then(Corners::release);
                out.extend(changed.map(|outline| Command::Edit(MaskEdit::Outline(outline))));
            }
            Held::Click { .. } | Held::Pan => {}
        }
    }
}

/// The next corner of a polygon; at the first or the last one the polygon closes.
fn add_corner(at: [f32; 2], positive: bool, snap: &Snap, scene: &Scene<'_>, out: &mut Vec<Command>) {
    let (ring, adds) = scene.ring;
    let reach = REACH / scene.view.zoom as f32;
    let near = |p: &[f32; 2]| (p[0] - at[0]).hypot(p[1] - at[1]) <= reach;
    if ring.is_empty() {
        out.push(Command::PrepareSnap);
        if !positive {
            out.push(Command::TakeUp(at));
        }
    }
    let adds = if ring.is_empty() { positive } else { adds };
    if ring.len() >= 3 && (ring.first().is_some_and(near) || ring.last().is_some_and(near)) {
        out.push(Command::CloseRing);
    } else if !ring.last().is_some_and(near) {
        let snapped = snap.nearest(at.map(f64::from), f64::from(reach));
        let [x, y] = snapped.map_or(at, |p| p.map(|v| v as f32));
        out.push(Command::AddCorner { x, y, adds });
    }
}

fn held(tool: Tool, button: PointerButton, modifiers: Modifiers, space: bool) -> Option<Held> {
    let less = modifiers.shift || modifiers.alt;
    match button {
        PointerButton::Middle => Some(Held::Pan),
        PointerButton::Primary if space => Some(Held::Pan),
        PointerButton::Primary if modifiers.command || modifiers.ctrl => Some(Held::Box),
        PointerButton::Primary if tool == Tool::Corners => Some(Held::Corner),
        PointerButton::Primary | PointerButton::Secondary => {
            let first = button == PointerButton::Primary && !less;
            Some(match tool {
                Tool::Brush | Tool::Lasso | Tool::Cut => Held::Trail { add: first },
                Tool::Eraser => Held::Trail { add: !first },
                _ => Held::Click { positive: first },
            })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buttons_and_modifiers_mean_what_the_help_says() {
        let none = Modifiers::NONE;
        let click = |button, modifiers, space| held(Tool::Click, button, modifiers, space);
        assert_eq!(click(PointerButton::Primary, none, false), Some(Held::Click { positive: true }));
        assert_eq!(click(PointerButton::Secondary, none, false), Some(Held::Click { positive: false }));
        for m in [Modifiers::SHIFT, Modifiers::ALT] {
            assert_eq!(click(PointerButton::Primary, m, false), Some(Held::Click { positive: false }));
        }
        for tool in Tool::ALL {
            assert_eq!(held(tool, PointerButton::Primary, Modifiers::CTRL, false), Some(Held::Box));
            assert_eq!(held(tool, PointerButton::Primary, none, true), Some(Held::Pan));
            assert_eq!(held(tool, PointerButton::Middle, none, false), Some(Held::Pan));
        }
        assert_eq!(held(Tool::Brush, PointerButton::Primary, none, false), Some(Held::Trail { add: true }));
        assert_eq!(held(Tool::Brush, PointerButton::Secondary, none, false), Some(Held::Trail { add: false }));
        assert_eq!(held(Tool::Eraser, PointerButton::Primary, none, false), Some(Held::Trail { add: false }));
        assert_eq!(held(Tool::Corners, PointerButton::Primary, Modifiers::SHIFT, false), Some(Held::Corner));
        assert_eq!(held(Tool::Corners, PointerButton::Secondary, none, false), Some(Held::Click { positive: false }));
    }
}

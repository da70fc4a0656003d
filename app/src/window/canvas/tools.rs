//! Pointer and held keys on the canvas, turned into commands. Nothing is changed here but the gesture itself.

use egui::{Event, Key, Modifiers, PointerButton, Pos2, Rect, Response, Ui};

use super::view::View;
use crate::window::command::Command;
use crate::window::keymap;

/// What the pointer is doing between press and release.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Held {
    /// A click, if it does not move far.
    Click { positive: bool },
    /// A box from here.
    Box,
    /// Moving the picture.
    Pan,
}

/// The gesture that is going on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gesture {
    held: Option<(PointerButton, Pos2, Held)>,
    /// Space moved the picture, so letting it go does not accept.
    space_used: bool,
}

/// A hand is not quite still while it clicks: movement up to this many points is still a click.
const STILL: f32 = 8.0;

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

    /// Turns the events of this frame into commands. `size` is that of the picture; `active` is false while a dialog is open.
    pub fn commands(
        &mut self,
        ui: &Ui,
        response: &Response,
        view: &View,
        size: [u32; 2],
        active: bool,
        out: &mut Vec<Command>,
    ) {
        let canvas = response.rect;
        let typing = ui.ctx().egui_wants_keyboard_input();
        let over = response.contains_pointer();
        let (events, space, scroll, pinch, pointer) = ui.input(|i| {
            (i.events.clone(), i.key_down(Key::Space), i.smooth_scroll_delta(), i.zoom_delta(), i.pointer.latest_pos())
        });
        for event in &events {
            match *event {
                Event::PointerButton { pos, button, pressed: true, modifiers }
                    if over && canvas.contains(pos) && self.held.is_none() =>
                {
                    self.held = held(button, modifiers, space && !typing).map(|h| (button, pos, h));
                    ui.ctx().memory_mut(|m| m.stop_text_input());
                }
                Event::PointerButton { pos, button, pressed: false, .. } => {
                    if let Some((b, from, what)) = self.held
                        && b == button
                    {
                        self.held = None;
                        self.release(from, pos, what, view, canvas, size, out);
                    }
                }
                Event::Key { key: Key::Space, pressed: false, .. } if !typing => {
                    let moved = std::mem::take(&mut self.space_used);
                    out.extend((active && !moved).then(keymap::of_space).flatten());
                }
                Event::PointerGone => self.held = None,
                _ => {}
            }
        }
        if self.is_panning() {
            self.space_used |= space;
            let delta = ui.input(|i| i.pointer.delta());
            if delta != egui::Vec2::ZERO {
                out.push(Command::Pan(delta.into()));
            }
        }
        if over && let Some(at) = pointer {
            let factor = pinch * (scroll.y * 0.004).exp();
            if (factor - 1.0).abs() > 1e-4 {
                out.push(Command::ZoomAt { at_in_ui: at.into(), factor });
            }
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "two points, the gesture, and the three things that say where they are"
    )]
    fn release(
        &self,
        from: Pos2,
        to: Pos2,
        what: Held,
        view: &View,
        canvas: Rect,
        size: [u32; 2],
        out: &mut Vec<Command>,
    ) {
        let picture = Rect::from_min_max(Pos2::ZERO, Pos2::new(size[0] as f32, size[1] as f32));
        let from_in_image = view.image_from_ui(canvas, from);
        match what {
            Held::Click { positive } if from.distance(to) <= STILL && picture.contains(from_in_image) => {
                // The last edge belongs to the last pixel.
                let x = from_in_image.x.min(size[0] as f32 - 1e-3);
                let y = from_in_image.y.min(size[1] as f32 - 1e-3);
                out.push(Command::AddClick { x, y, positive });
            }
            Held::Box if from.distance(to) <= STILL => out.push(Command::SelectAt(from_in_image.x, from_in_image.y)),
            Held::Box => {
                let b = Rect::from_two_pos(from_in_image, view.image_from_ui(canvas, to)).intersect(picture);
                if b.width() >= 1.0 && b.height() >= 1.0 {
                    out.push(Command::SetBox([b.min.x, b.min.y, b.max.x, b.max.y]));
                }
            }
            Held::Click { .. } | Held::Pan => {}
        }
    }
}

fn held(button: PointerButton, modifiers: Modifiers, space: bool) -> Option<Held> {
    match button {
        PointerButton::Middle => Some(Held::Pan),
        PointerButton::Primary if space => Some(Held::Pan),
        PointerButton::Primary if modifiers.command || modifiers.ctrl => Some(Held::Box),
        PointerButton::Primary => Some(Held::Click { positive: !(modifiers.shift || modifiers.alt) }),
        PointerButton::Secondary => Some(Held::Click { positive: false }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buttons_and_modifiers_mean_what_the_help_says() {
        let none = Modifiers::NONE;
        assert_eq!(held(PointerButton::Primary, none, false), Some(Held::Click { positive: true }));
        assert_eq!(held(PointerButton::Secondary, none, false), Some(Held::Click { positive: false }));
        for m in [Modifiers::SHIFT, Modifiers::ALT] {
            assert_eq!(held(PointerButton::Primary, m, false), Some(Held::Click { positive: false }));
        }
        assert_eq!(held(PointerButton::Primary, Modifiers::CTRL, false), Some(Held::Box));
        assert_eq!(held(PointerButton::Primary, none, true), Some(Held::Pan));
        assert_eq!(held(PointerButton::Middle, none, false), Some(Held::Pan));
    }
}

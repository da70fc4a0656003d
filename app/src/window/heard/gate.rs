//! Which events a frame gets to see.
//!
//! A frame may take a second on a slow machine, and much is typed in a second. Some events decide who has the keyboard: a key
//! that opens a field, Enter, Esc and Tab in a field, a press of the pointer upon one. Whoever has it is known only when the
//! frame with that event is over, so what is typed behind it waits for the next frame. So does what is typed while a field is
//! on its way, while something is being drawn with a button held, and while a project is being opened.
//! The toolkit looks at Esc and Tab before the window does; therefore events are held back before they reach it.

use std::collections::VecDeque;

use egui::{Context, Event, Key, RawInput, Rect};

use crate::window::keymap;

/// How things stood at the end of the last frame.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// No dialog is open and no job runs: keys are commands.
    pub listening: bool,
    /// Something is being drawn with a button held.
    pub drawing: bool,
    /// A text field will have the keyboard soon.
    pub field_to_come: bool,
    /// A project is being opened.
    pub opening: bool,
    /// Where a press of the pointer gives the keyboard to nobody.
    pub canvas: Rect,
}

impl Default for Standing {
    fn default() -> Self {
        Self { listening: false, drawing: false, field_to_come: false, opening: false, canvas: Rect::NOTHING }
    }
}

/// Holds events back; a plugin of the toolkit.
#[derive(Debug, Default)]
pub struct Gate {
    now: Standing,
    waiting: VecDeque<Event>,
    /// So many frames a field may still take to get the keyboard.
    patience: u8,
    /// The key that opened a field, whose own letter is not for the field.
    opened_by: Option<Key>,
}

/// A field that does not come within so many frames does not come at all.
pub const PATIENCE: u8 = 12;

fn is_typed(event: &Event) -> bool {
    matches!(event, Event::Key { .. } | Event::Text(_) | Event::Paste(_) | Event::Copy | Event::Cut | Event::Ime(_))
}

/// Keys that act before what is typed in the same frame is heard: the toolkit's own, and those of lists that follow the text of
/// a dialog's field.
fn acts_first(key: Key, in_dialog: bool) -> bool {
    match key {
        Key::Escape | Key::Tab => true,
        Key::Enter | Key::ArrowUp | Key::ArrowDown => in_dialog,
        _ => false,
    }
}

/// What the events that went in so far leave open.
struct Round {
    typing: bool,
    /// A text field got something in this frame.
    written: bool,
    /// Who has the keyboard is known when this frame is over.
    unsure: bool,
    /// A button of the pointer is down that was pressed in this frame.
    pressed: bool,
}

impl Gate {
    /// Says how things stand; call it at the end of each frame. What waits is let in by the frames that follow.
    pub fn settle(ctx: &Context, now: Standing) {
        let mut again = false;
        ctx.with_plugin(|gate: &mut Self| {
            if now.field_to_come && !gate.now.field_to_come {
                gate.patience = PATIENCE;
            }
            gate.now = now;
            again = !gate.waiting.is_empty() && !now.drawing && !now.opening;
        });
        if again {
            ctx.request_repaint();
        }
    }

    /// Forgets what waits: what it was meant for did not come.
    pub fn forget(ctx: &Context) {
        ctx.with_plugin(|gate: &mut Self| gate.waiting.clear());
    }

    /// What of the events goes into this frame, in their order; the rest waits.
    fn let_in(&mut self, ctx: &Context, arrived: Vec<Event>) -> Vec<Event> {
        self.waiting.extend(arrived);
        let typing = ctx.text_edit_focused();
        let coming = self.now.field_to_come && !typing && self.patience > 0;
        self.patience = if coming { self.patience - 1 } else { self.patience };
        // Something that is drawn while the pointer is outside of the window ends with the next key.
        let drawing = self.now.drawing && ctx.input(|i| i.pointer.latest_pos().is_some());
        let mut round = Round { typing, written: false, unsure: false, pressed: false };
        let (mut now, mut later) = (Vec::new(), VecDeque::new());
        let mut hold = coming;
        for event in std::mem::take(&mut self.waiting) {
            if self.is_letter_of_opener(&event) {
                continue;
            }
            if is_typed(&event) {
                let ends_drawing = matches!(event, Event::Key { key: Key::Escape | Key::Space, .. });
                let aside = self.now.opening || ((drawing || round.pressed) && !ends_drawing);
                let too_early = round.written
                    && matches!(event, Event::Key { key, pressed: true, .. } if acts_first(key, !self.now.listening));
                hold |= round.unsure || too_early;
                // Behind a key that is set aside all keys are, but for one that ends the drawing; the pointer goes on.
                let behind = later.iter().any(is_typed) && !(drawing && ends_drawing);
                if hold || aside || behind {
                    later.push_back(event);
                    continue;
                }
                self.look_at_key(&event, &mut round);
            } else if let Event::PointerButton { pos, pressed, .. } = event {
                // A press elsewhere takes the keyboard from the field before it has heard what was typed.
                hold |= round.written;
                if hold {
                    later.push_back(event);
                    continue;
                }
                let upon_canvas = self.now.listening
                    && self.now.canvas.contains(pos)
                    && ctx.layer_id_at(pos).is_none_or(|layer| layer.order == egui::Order::Background);
                round.unsure |= round.typing || !upon_canvas;
                round.pressed = pressed && upon_canvas;
            } else if hold {
                later.push_back(event);
                continue;
            }
            now.push(event);
        }
        self.waiting = later;
        now
    }

    /// The text that comes with the key that opened a field.
    fn is_letter_of_opener(&mut self, event: &Event) -> bool {
        let own = |key: Key, text: &str| key.symbol_or_name().eq_ignore_ascii_case(text);
        let of_the_key = matches!((event, self.opened_by), (Event::Text(text), Some(key)) if own(key, text));
        if matches!(event, Event::Text(_) | Event::Key { pressed: true, .. }) {
            self.opened_by = None;
        }
        of_the_key
    }

    /// What a key that goes in means for those behind it.
    fn look_at_key(&mut self, event: &Event, round: &mut Round) {
        let Event::Key { key, pressed: true, modifiers, .. } = event else {
            round.written |= round.typing && matches!(event, Event::Text(_) | Event::Paste(_));
            return;
        };
        if round.typing || !self.now.listening {
            round.written |= round.typing;
            round.unsure |= matches!(key, Key::Enter | Key::Escape | Key::Tab);
        } else if keymap::command_of(*key, *modifiers).is_some_and(|command| command.takes_keyboard()) {
            round.unsure = true;
            self.opened_by = (!modifiers.command).then_some(*key);
        }
    }
}

impl egui::Plugin for Gate {
    fn debug_name(&self) -> &'static str {
        "keys in their order"
    }

    fn input_hook(&mut self, ctx: &Context, input: &mut RawInput) {
        input.events = self.let_in(ctx, std::mem::take(&mut input.events));
    }
}

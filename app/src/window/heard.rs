//! What the keyboard says, in the order in which it was said.
//!
//! A frame may take a second on a slow machine, and much is typed and clicked in a second. So keys and the pointer's
//! commands keep the order of their arrival, what is typed between "go to that field" and the field's having the keyboard
//! waits for the field, and what is pressed while something is being drawn waits for its end.

use egui::{Event, Key};

use super::command::Command;
use super::keymap;

/// How things stand when the keys of a frame are looked at.
#[derive(Clone, Copy, Debug, Default)]
pub struct Situation {
    /// No dialog is open and no job runs: keys are commands.
    pub listening: bool,
    /// Something is at hand that Enter would accept.
    pub at_hand: bool,
    /// Something is being drawn with a button held.
    pub drawing: bool,
    /// A text field will have the keyboard soon.
    pub field_to_come: bool,
}

/// Keys and the pointer's commands of one frame, and keys that wait.
#[derive(Debug, Default)]
pub struct Heard {
    /// What the keys ask for, each with its place among what arrived.
    pub keys: Vec<(usize, Command)>,
    /// What the pointer asks for upon the canvas.
    pub pointer: Vec<(usize, Command)>,
    /// The place of each event that is left in the input.
    pub arrivals: Vec<usize>,
    waiting: Vec<Event>,
    /// So many frames a field may still take to get the keyboard.
    patience: u8,
    /// In the frame before, a field was to come.
    expected: bool,
    /// A text field had the keyboard in the frame before.
    typed_before: bool,
    /// The key that opened a field, whose own letter is not for the field.
    opened_by: Option<Key>,
}

/// A field that does not come within so many frames does not come at all.
const PATIENCE: u8 = 12;

fn is_typed(event: &Event) -> bool {
    matches!(event, Event::Key { .. } | Event::Text(_) | Event::Paste(_) | Event::Copy | Event::Cut | Event::Ime(_))
}

impl Heard {
    /// Takes the keys of this frame out of the input, as far as they are commands.
    pub fn listen(&mut self, ctx: &egui::Context, now: Situation) {
        self.keys.clear();
        self.pointer.clear();
        let typing = ctx.text_edit_focused();
        let focus = Focus {
            typed_before: self.typed_before,
            // Enter presses the button that has the keyboard, and arrows are a slider's, while nothing is at hand.
            on_button: !typing && !now.at_hand && ctx.memory(|m| m.focused().is_some()),
            menu: egui::Popup::is_any_open(ctx),
            shift: ctx.input(|i| i.modifiers.shift),
        };
        self.typed_before = typing;
        let expected = std::mem::replace(&mut self.expected, now.field_to_come);
        self.patience = match () {
            () if typing || !now.field_to_come => 0,
            () if !expected => PATIENCE,
            () => self.patience.saturating_sub(1),
        };
        let waits = now.drawing || self.patience > 0;
        ctx.input_mut(|input| {
            let arrived = std::mem::take(&mut input.events);
            let mut list: Vec<(usize, Event)> = arrived.into_iter().enumerate().collect();
            if !waits && !self.waiting.is_empty() {
                let earlier = std::mem::take(&mut self.waiting);
                list.splice(0..0, earlier.into_iter().map(|event| (0, event)));
            }
            let mut left = Vec::with_capacity(list.len());
            let mut hold = waits;
            for (at, event) in list {
                let own = |key: Key, text: &str| key.symbol_or_name().eq_ignore_ascii_case(text);
                let of_the_key = match (&event, self.opened_by) {
                    (Event::Text(text), Some(key)) => own(key, text),
                    _ => false,
                };
                if matches!(event, Event::Text(_) | Event::Key { pressed: true, .. }) {
                    self.opened_by = None;
                }
                let ends_drawing = matches!(event, Event::Key { key: Key::Escape | Key::Space, .. });
                if of_the_key {
                    continue;
                }
                if hold && is_typed(&event) && !(now.drawing && ends_drawing) {
                    self.waiting.push(event);
                    continue;
                }
                if !now.listening || typing {
                    // Enter ends a line: what comes after it waits for what that leads to.
                    hold |= typing && matches!(event, Event::Key { key: Key::Enter, pressed: true, .. });
                    left.push((at, event));
                    continue;
                }
                match meaning(&event, focus) {
                    Meaning::Command(command) => {
                        if command.takes_keyboard() {
                            hold = true;
                            self.opened_by = match &event {
                                Event::Key { key, modifiers, .. } if !modifiers.command => Some(*key),
                                _ => None,
                            };
                        }
                        self.keys.push((at, command));
                    }
                    Meaning::Nothing => {}
                    Meaning::Other => left.push((at, event)),
                }
            }
            (self.arrivals, input.events) = left.into_iter().unzip();
        });
        if !self.waiting.is_empty() {
            ctx.request_repaint();
        }
    }

    /// Everything that was asked for, in the order of arrival.
    pub fn in_order(&mut self) -> Vec<Command> {
        let mut all: Vec<(usize, Command)> = self.pointer.drain(..).chain(self.keys.drain(..)).collect();
        all.sort_by_key(|(at, _)| *at);
        all.into_iter().map(|(_, command)| command).collect()
    }
}

/// Who has the keyboard besides.
#[derive(Clone, Copy)]
struct Focus {
    /// A text field had it in the frame before.
    typed_before: bool,
    /// A button or slider has it, and nothing is at hand.
    on_button: bool,
    /// A menu is open, which Esc closes.
    menu: bool,
    /// Shift is held.
    shift: bool,
}

fn meaning(event: &Event, focus: Focus) -> Meaning {
    match event {
        Event::Copy => Meaning::Command(Command::CopyObjects { cut: false }),
        Event::Cut => Meaning::Command(Command::CopyObjects { cut: true }),
        Event::Paste(text) => {
            Meaning::Command(Command::PasteObjects { text: Some(text.clone()), at_pointer: focus.shift })
        }
        Event::Key { key, pressed: true, modifiers, .. } => match key {
            // Space is the canvas's, which must tell a press from a drag; it never presses a button.
            Key::Space if modifiers.is_none() => Meaning::Nothing,
            // Esc has closed a menu or left a field, which is enough for one press.
            Key::Escape if focus.typed_before || focus.menu => Meaning::Other,
            Key::Enter | Key::ArrowLeft | Key::ArrowRight | Key::ArrowUp | Key::ArrowDown
                if focus.on_button && modifiers.is_none() =>
            {
                Meaning::Other
            }
            _ => keymap::command_of(*key, *modifiers).map_or(Meaning::Other, Meaning::Command),
        },
        _ => Meaning::Other,
    }
}

/// What an event is.
enum Meaning {
    Command(Command),
    /// Taken, and nothing more.
    Nothing,
    /// For somebody else.
    Other,
}

#[cfg(test)]
mod tests {
    use egui::Modifiers;

    use super::*;

    fn key(key: Key) -> Event {
        Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers: Modifiers::NONE }
    }

    /// One frame with these events; what is left for the widgets.
    fn frame(ctx: &egui::Context, heard: &mut Heard, now: Situation, events: Vec<Event>) -> Vec<Event> {
        let mut left = Vec::new();
        let input = egui::RawInput { events, ..Default::default() };
        let mut out = ctx.run_ui(input, |ui| {
            heard.listen(ui.ctx(), now);
            left = ui.ctx().input(|i| i.events.clone());
        });
        out.textures_delta.clear();
        left
    }

    fn listening() -> Situation {
        Situation { listening: true, ..Situation::default() }
    }

    #[test]
    fn keys_keep_their_order_whatever_the_order_of_the_table() {
        let (ctx, mut heard) = (egui::Context::default(), Heard::default());
        frame(&ctx, &mut heard, listening(), vec![key(Key::PageDown), key(Key::Enter), key(Key::PageDown)]);
        let step = Command::Step(1);
        assert_eq!(heard.in_order(), [step.clone(), Command::Accept { then_next: false }, step]);
    }

    #[test]
    fn a_click_before_a_key_comes_before_it() {
        let (ctx, mut heard) = (egui::Context::default(), Heard::default());
        frame(&ctx, &mut heard, listening(), vec![Event::PointerGone, key(Key::Enter)]);
        assert_eq!(heard.arrivals, [0]);
        let click = Command::AddClick { x: 1.0, y: 1.0, positive: true };
        heard.pointer.push((heard.arrivals[0], click.clone()));
        assert_eq!(heard.in_order(), [click, Command::Accept { then_next: false }]);
    }

    #[test]
    fn what_is_typed_before_the_field_has_the_keyboard_waits_for_it() {
        let (ctx, mut heard) = (egui::Context::default(), Heard::default());
        let typed = |text: &str| Event::Text(text.to_owned());
        let events = vec![key(Key::C), typed("c"), key(Key::V), typed("v"), key(Key::H), typed("h")];
        assert!(frame(&ctx, &mut heard, listening(), events).is_empty());
        assert_eq!(heard.in_order(), [Command::FocusNewClass], "V and H are letters of a name by now");
        let soon = Situation { field_to_come: true, ..listening() };
        assert!(frame(&ctx, &mut heard, soon, vec![key(Key::D), typed("d")]).is_empty());
        assert!(heard.in_order().is_empty());
        // The field has come (or will not come): what waited is there, in its order, without the "c" of the key itself.
        let now = Situation::default();
        let left = frame(&ctx, &mut heard, now, vec![]);
        assert_eq!(left, [key(Key::V), typed("v"), key(Key::H), typed("h"), key(Key::D), typed("d")]);
    }

    #[test]
    fn a_field_that_never_comes_does_not_swallow_the_keys() {
        let (ctx, mut heard) = (egui::Context::default(), Heard::default());
        let soon = Situation { field_to_come: true, ..listening() };
        frame(&ctx, &mut heard, soon, vec![key(Key::N)]);
        for _ in 0..PATIENCE {
            frame(&ctx, &mut heard, soon, vec![]);
        }
        assert_eq!(heard.in_order(), [Command::Step(1)]);
    }

    #[test]
    fn keys_wait_for_the_end_of_a_stroke_but_esc_does_not() {
        let (ctx, mut heard) = (egui::Context::default(), Heard::default());
        let drawing = Situation { drawing: true, ..listening() };
        frame(&ctx, &mut heard, drawing, vec![key(Key::PageDown), key(Key::Escape)]);
        assert_eq!(heard.in_order(), [Command::Escape]);
        frame(&ctx, &mut heard, listening(), vec![]);
        assert_eq!(heard.in_order(), [Command::Step(1)]);
    }

    #[test]
    fn space_is_never_left_for_a_button() {
        let (ctx, mut heard) = (egui::Context::default(), Heard::default());
        assert!(frame(&ctx, &mut heard, listening(), vec![key(Key::Space)]).is_empty());
        assert!(heard.in_order().is_empty(), "the canvas acts when it is let go");
    }
}

//! What the keyboard says, in the order in which it was said.
//!
//! Keys and the pointer's commands keep the order of their arrival. `gate` holds back what is typed before it is known who
//! has the keyboard.

pub mod gate;

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
}

/// Keys and the pointer's commands of one frame.
#[derive(Debug, Default)]
pub struct Heard {
    /// What the keys ask for, each with its place among what arrived.
    pub keys: Vec<(usize, Command)>,
    /// What the pointer asks for upon the canvas.
    pub pointer: Vec<(usize, Command)>,
    /// The place of each event that is left in the input.
    pub arrivals: Vec<usize>,
    /// A text field had the keyboard in the frame before.
    typed_before: bool,
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
        ctx.input_mut(|input| {
            let arrived = std::mem::take(&mut input.events);
            let mut left = Vec::with_capacity(arrived.len());
            for (at, event) in arrived.into_iter().enumerate() {
                if !now.listening || typing {
                    left.push((at, event));
                    continue;
                }
                match meaning(&event, focus) {
                    Meaning::Command(command) => self.keys.push((at, command)),
                    Meaning::Nothing => {}
                    Meaning::Other => left.push((at, event)),
                }
            }
            (self.arrivals, input.events) = left.into_iter().unzip();
        });
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

    use super::gate::{Gate, Standing};
    use super::*;

    fn key(key: Key) -> Event {
        Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers: Modifiers::NONE }
    }

    /// A window with a text field that gets the keyboard so many frames after it was asked for; what it does not take are commands.
    struct Desk {
        ctx: egui::Context,
        heard: Heard,
        standing: Standing,
        text: String,
        /// Frames until the field is there, once it was asked for.
        late: usize,
        asked: Option<usize>,
        said: Vec<Command>,
        entered: Vec<String>,
    }

    impl Desk {
        fn new(late: usize) -> Self {
            let ctx = egui::Context::default();
            ctx.add_plugin(Gate::default());
            let standing = Standing { listening: true, ..Standing::default() };
            let (text, said, entered) = (String::new(), Vec::new(), Vec::new());
            let mut desk = Self { ctx, heard: Heard::default(), standing, text, late, asked: None, said, entered };
            desk.frame(vec![]);
            desk
        }

        fn frame(&mut self, events: Vec<Event>) {
            let input = egui::RawInput { events, ..Default::default() };
            let Self { ctx, heard, standing, text, asked, said, entered, .. } = self;
            let listening = standing.listening && !standing.opening;
            let mut out = ctx.run_ui(input, |ui| {
                heard.listen(ui.ctx(), Situation { listening, ..Situation::default() });
                let field = ui.add(egui::TextEdit::singleline(text).id(egui::Id::unique("field")));
                if *asked == Some(0) {
                    field.request_focus();
                    *asked = None;
                }
                if field.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter)) {
                    entered.push(std::mem::take(text));
                    field.request_focus();
                }
                let new = heard.in_order();
                if new.iter().any(Command::takes_keyboard) {
                    *asked = Some(self.late);
                }
                said.extend(new);
            });
            out.textures_delta.clear();
            self.standing.field_to_come = self.asked.is_some();
            self.asked = self.asked.map(|frames| frames.saturating_sub(1));
            Gate::settle(&self.ctx, self.standing);
        }

        fn frames(&mut self, count: usize) {
            (0..count).for_each(|_| self.frame(vec![]));
        }
    }

    /// What typing a text says: each letter as a key and as text, a line break as Enter.
    fn typed(text: &str) -> Vec<Event> {
        let one = |letter: char| match letter {
            '\n' => vec![key(Key::Enter)],
            letter => {
                let name = letter.to_ascii_uppercase().to_string();
                let pressed = Key::from_name(&name).map(key);
                pressed.into_iter().chain([Event::Text(letter.to_string())]).collect()
            }
        };
        text.chars().flat_map(one).collect()
    }

    #[test]
    fn keys_keep_their_order_whatever_the_order_of_the_table() {
        let mut desk = Desk::new(0);
        desk.frame(vec![key(Key::PageDown), key(Key::Enter), key(Key::PageDown)]);
        let step = Command::Step(1);
        assert_eq!(desk.said, [step.clone(), Command::Accept { then_next: false }, step]);
    }

    #[test]
    fn a_click_before_a_key_comes_before_it() {
        let (ctx, mut heard) = (egui::Context::default(), Heard::default());
        let events = vec![Event::PointerGone, key(Key::Enter)];
        let mut out = ctx.run_ui(egui::RawInput { events, ..Default::default() }, |ui| {
            heard.listen(ui.ctx(), Situation { listening: true, ..Situation::default() });
        });
        out.textures_delta.clear();
        assert_eq!(heard.arrivals, [0]);
        let click = Command::AddClick { x: 1.0, y: 1.0, positive: true };
        heard.pointer.push((heard.arrivals[0], click.clone()));
        assert_eq!(heard.in_order(), [click, Command::Accept { then_next: false }]);
    }

    #[test]
    fn what_is_typed_after_the_key_of_a_field_is_the_fields() {
        // In one frame, event by event, in pairs; with a field that is there at once, and with a slow one.
        let all = typed("cvdh\nxn\ne");
        for late in [0, 1, 4] {
            for size in [all.len(), 1, 2, 3, 7] {
                let mut desk = Desk::new(late);
                all.chunks(size).for_each(|events| desk.frame(events.to_vec()));
                desk.frames(10 + late);
                assert_eq!(desk.entered, ["vdh", "xn"], "{size} events a frame, field after {late}");
                assert_eq!((desk.text.as_str(), desk.said.len()), ("e", 1), "{size}, {late}: {:?}", desk.said);
            }
        }
    }

    #[test]
    fn esc_in_the_same_frame_ends_the_field_only_after_what_was_typed_before_it() {
        let mut all = typed("cdhv");
        all.push(key(Key::Escape));
        all.extend(typed("n"));
        for size in [all.len(), 1, 2, 4] {
            let mut desk = Desk::new(0);
            all.chunks(size).for_each(|events| desk.frame(events.to_vec()));
            desk.frames(10);
            assert_eq!(desk.text, "dhv", "{size}");
            assert_eq!(desk.said, [Command::FocusNewClass, Command::Step(1)], "{size}");
        }
    }

    #[test]
    fn a_press_upon_a_field_and_letters_in_one_frame_are_a_name() {
        let mut desk = Desk::new(0);
        let at = egui::pos2(40.0, 16.0);
        let button = |pressed| Event::PointerButton {
            pos: at,
            button: egui::PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        desk.frame(vec![Event::PointerMoved(at)]);
        let mut events = vec![button(true), button(false)];
        events.extend(typed("vdh"));
        desk.frame(events);
        desk.frames(3);
        assert_eq!((desk.text.as_str(), desk.said.len()), ("vdh", 0), "{:?}", desk.said);
    }

    #[test]
    fn keys_wait_while_a_project_is_opened() {
        let mut desk = Desk::new(0);
        desk.standing.opening = true;
        desk.frames(1);
        desk.frame(typed("nd"));
        desk.frames(3);
        assert!(desk.said.is_empty());
        desk.standing.opening = false;
        desk.frames(2);
        assert_eq!(desk.said, [Command::Step(1), Command::ToggleDone]);
    }

    #[test]
    fn a_field_that_never_comes_does_not_swallow_the_keys() {
        let mut desk = Desk::new(1000);
        desk.frame(typed("c"));
        desk.frame(typed("n"));
        desk.frames(usize::from(gate::PATIENCE) + 2);
        assert_eq!(desk.said, [Command::FocusNewClass, Command::Step(1)]);
    }

    #[test]
    fn keys_wait_for_the_end_of_a_stroke_but_esc_does_not() {
        let mut desk = Desk::new(0);
        desk.standing.drawing = true;
        desk.frame(vec![Event::PointerMoved(egui::pos2(1.0, 1.0))]);
        desk.frame(vec![key(Key::PageDown), key(Key::Escape)]);
        assert_eq!(desk.said, [Command::Escape]);
        desk.standing.drawing = false;
        desk.frames(2);
        assert_eq!(desk.said, [Command::Escape, Command::Step(1)]);
    }

    #[test]
    fn space_is_never_left_for_a_button() {
        let (ctx, mut heard) = (egui::Context::default(), Heard::default());
        let mut left = Vec::new();
        let input = egui::RawInput { events: vec![key(Key::Space)], ..Default::default() };
        let mut out = ctx.run_ui(input, |ui| {
            heard.listen(ui.ctx(), Situation { listening: true, ..Situation::default() });
            left = ui.ctx().input(|i| i.events.clone());
        });
        out.textures_delta.clear();
        assert!(left.is_empty() && heard.in_order().is_empty(), "the canvas acts when it is let go");
    }
}

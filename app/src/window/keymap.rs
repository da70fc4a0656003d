//! Every key of the window, once: what it does, what the help page says of it, which command it gives.

use egui::{Key, KeyboardShortcut, Modifiers};

use super::command::Command;

/// Headings of the help page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Clicks and the object at hand.
    Outline,
    /// Going from picture to picture.
    Pictures,
    /// Finished objects and classes.
    Objects,
    /// Zoom and display.
    View,
    /// Files and the program.
    Program,
}

impl Group {
    /// All, in the order of the help page.
    pub const ALL: [Self; 5] = [Self::Outline, Self::Pictures, Self::Objects, Self::View, Self::Program];

    /// Heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Outline => "Outline an object",
            Self::Pictures => "Pictures",
            Self::Objects => "Objects and classes",
            Self::View => "View",
            Self::Program => "Program",
        }
    }
}

/// One key and what it does.
pub struct Binding {
    /// Heading under which help shows it.
    pub group: Group,
    /// The key with its modifiers.
    pub shortcut: KeyboardShortcut,
    /// What it does, for help and tooltips.
    pub text: &'static str,
    /// The command it gives.
    pub command: fn() -> Command,
}

const NONE: Modifiers = Modifiers::NONE;
const SHIFT: Modifiers = Modifiers::SHIFT;
const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);

const fn key(group: Group, modifiers: Modifiers, key: Key, text: &'static str, command: fn() -> Command) -> Binding {
    Binding { group, shortcut: KeyboardShortcut::new(modifiers, key), text, command }
}

/// The keys. Where two begin with the same key, the one with more modifiers comes first.
pub const BINDINGS: &[Binding] = &[
    key(Group::Outline, SHIFT, Key::Enter, "Accept, then next picture", || Command::Accept { then_next: true }),
    key(Group::Outline, NONE, Key::Enter, "Accept the object", || Command::Accept { then_next: false }),
    key(Group::Outline, NONE, Key::Space, "Accept the object (hold and drag: move the picture)", || Command::Accept {
        then_next: false,
    }),
    key(Group::Outline, NONE, Key::Escape, "Drop the clicks; else deselect", || Command::DropDraft),
    key(Group::Outline, CTRL_SHIFT, Key::Z, "Redo", || Command::Redo),
    key(Group::Outline, CTRL, Key::Y, "Redo", || Command::Redo),
    key(Group::Outline, CTRL, Key::Z, "Undo: clicks first, then everything else", || Command::Undo),
    key(Group::Pictures, SHIFT, Key::N, "Next picture that is not done", || Command::NextOpen),
    key(Group::Pictures, NONE, Key::PageDown, "Next picture", || Command::Step(1)),
    key(Group::Pictures, NONE, Key::ArrowRight, "Next picture", || Command::Step(1)),
    key(Group::Pictures, NONE, Key::N, "Next picture", || Command::Step(1)),
    key(Group::Pictures, NONE, Key::PageUp, "Previous picture", || Command::Step(-1)),
    key(Group::Pictures, NONE, Key::ArrowLeft, "Previous picture", || Command::Step(-1)),
    key(Group::Pictures, NONE, Key::P, "Previous picture", || Command::Step(-1)),
    key(Group::Pictures, NONE, Key::D, "Picture done / open again", || Command::ToggleDone),
    key(Group::Pictures, CTRL, Key::F, "Search the pictures", || Command::FocusSearch),
    key(Group::Objects, NONE, Key::K, "Select the previous object and go to it", || Command::SelectStep(-1)),
    key(Group::Objects, NONE, Key::J, "Select the next object and go to it", || Command::SelectStep(1)),
    key(Group::Objects, NONE, Key::E, "Re-open the selected object for more clicks", || Command::ReopenSelected),
    key(Group::Objects, NONE, Key::Delete, "Delete the selected object", || Command::DeleteSelected),
    key(Group::Objects, NONE, Key::Backspace, "Delete the selected object", || Command::DeleteSelected),
    key(Group::Objects, NONE, Key::V, "Hide / show the selected object", || Command::ToggleSelectedHidden),
    key(Group::Objects, NONE, Key::CloseBracket, "Selected object one up", || Command::RaiseSelected(1)),
    key(Group::Objects, NONE, Key::OpenBracket, "Selected object one down", || Command::RaiseSelected(-1)),
    key(Group::Objects, NONE, Key::C, "New class", || Command::FocusNewClass),
    key(Group::View, NONE, Key::F, "Whole picture", || Command::Fit),
    key(Group::View, NONE, Key::Num0, "One to one", || Command::ActualSize),
    key(Group::View, NONE, Key::Plus, "Larger", || Command::ZoomStep(1)),
    key(Group::View, NONE, Key::Equals, "Larger", || Command::ZoomStep(1)),
    key(Group::View, NONE, Key::Minus, "Smaller", || Command::ZoomStep(-1)),
    key(Group::View, NONE, Key::H, "Hide / show all masks", || Command::ToggleMasks),
    key(Group::Program, CTRL_SHIFT, Key::O, "Open a picture", || Command::AskOpenPicture),
    key(Group::Program, CTRL, Key::O, "Open a folder", || Command::AskOpenFolder),
    key(Group::Program, CTRL, Key::P, "Open a project", || Command::AskOpenProject),
    key(Group::Program, CTRL, Key::E, "Export", || Command::OpenExport),
    key(Group::Program, CTRL, Key::I, "Import", || Command::OpenImport),
    key(Group::Program, CTRL, Key::Comma, "Settings", || Command::OpenSettings),
    key(Group::Program, NONE, Key::F1, "This help", || Command::ToggleHelp),
];

/// What the mouse does, and keys that are held; for the help page only.
pub const MOUSE: &[(Group, &str, &str)] = &[
    (Group::Outline, "Left click", "This belongs to the object"),
    (Group::Outline, "Right click, Shift or Alt + left", "This does not belong to it"),
    (Group::Outline, "Ctrl + drag", "Box around the object, as the first hint"),
    (Group::Objects, "Ctrl + click", "Select the object under the pointer"),
    (Group::Objects, "1 ... 9", "Choose the class; with a selected object, give it this class"),
    (Group::View, "Wheel, pinch", "Zoom at the pointer"),
    (Group::View, "Middle drag, Space + drag", "Move the picture"),
    (Group::View, "R (hold)", "Look at the bare picture"),
];

/// The key held to look at the bare picture.
pub const PEEK: Key = Key::R;

/// The class digits.
pub const DIGITS: [Key; 9] =
    [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Num5, Key::Num6, Key::Num7, Key::Num8, Key::Num9];

/// Takes the pressed keys out of the input and gives their commands. `Space` is left to the canvas, which must tell a
/// press from a drag. Nothing is taken while a text field has the keyboard.
pub fn commands(ctx: &egui::Context) -> Vec<Command> {
    let mut commands = Vec::new();
    if ctx.egui_wants_keyboard_input() {
        return commands;
    }
    ctx.input_mut(|input| {
        for binding in BINDINGS {
            if binding.shortcut.logical_key == Key::Space {
                continue;
            }
            while input.consume_shortcut(&binding.shortcut) {
                commands.push((binding.command)());
            }
        }
        for (i, key) in DIGITS.iter().enumerate() {
            if input.consume_key(NONE, *key) {
                commands.push(Command::ClassDigit(i as u8 + 1));
            }
        }
    });
    commands
}

/// The keys as text, for instance "Ctrl+Z".
pub fn text(shortcut: &KeyboardShortcut) -> String {
    let mut text = String::new();
    let m = shortcut.modifiers;
    if m.command || m.ctrl {
        text += if cfg!(target_os = "macos") { "Cmd+" } else { "Ctrl+" };
    }
    if m.shift {
        text += "Shift+";
    }
    if m.alt {
        text += "Alt+";
    }
    text + match shortcut.logical_key {
        Key::ArrowRight => "Right",
        Key::ArrowLeft => "Left",
        Key::OpenBracket => "[",
        Key::CloseBracket => "]",
        Key::Plus => "+",
        Key::Equals => "=",
        Key::Minus => "-",
        Key::Comma => ",",
        other => other.name(),
    }
}

/// The tooltip of a button: what the binding with this text says, and its keys.
pub fn hint(label: &str, command: &Command) -> String {
    let keys: Vec<_> = BINDINGS.iter().filter(|b| (b.command)() == *command).map(|b| self::text(&b.shortcut)).collect();
    if keys.is_empty() { label.to_owned() } else { format!("{label}  ({})", keys.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_is_bound_twice_and_longer_chords_come_first() {
        for (i, a) in BINDINGS.iter().enumerate() {
            for b in &BINDINGS[i + 1..] {
                assert!(a.shortcut != b.shortcut, "{} is bound twice", text(&a.shortcut));
                // The input matches a chord even when Shift or Alt is held besides, so the longer one must come first.
                let swallows = a.shortcut.logical_key == b.shortcut.logical_key
                    && b.shortcut.modifiers.matches_logically(a.shortcut.modifiers);
                assert!(!swallows, "{} would swallow {}", text(&a.shortcut), text(&b.shortcut));
            }
            assert!(!DIGITS.contains(&a.shortcut.logical_key) && a.shortcut.logical_key != PEEK);
        }
    }

    #[test]
    fn hints_name_the_keys() {
        assert_eq!(
            hint("Undo", &Command::Undo),
            if cfg!(target_os = "macos") { "Undo  (Cmd+Z)" } else { "Undo  (Ctrl+Z)" }
        );
        assert_eq!(hint("Nothing", &Command::CloseDialog), "Nothing");
    }
}

//! The keys that are in force: the standard ones of [`super::keymap::ACTIONS`] and what the person chose instead.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use egui::{Key, KeyboardShortcut, Modifiers};

use super::keymap::{ACTIONS, Action};

/// Keys that a person chose: the id of an action and its keys as text.
pub type Own = BTreeMap<String, Vec<String>>;

/// All keys in force. A chord with more modifiers comes before one with fewer, because the input matches a chord even
/// when Shift or Alt is held besides.
#[derive(Default)]
pub struct Keys {
    chords: Vec<(KeyboardShortcut, &'static Action)>,
}

impl Keys {
    /// The standard keys with those of the person in their place. Texts that name no key are left out; of two actions
    /// with one key the one that the person chose has it, else the first.
    pub fn new(own: &Own) -> Self {
        let mut chords: Vec<(KeyboardShortcut, &'static Action)> = Vec::new();
        let (first, then): (Vec<_>, Vec<_>) = ACTIONS.iter().partition(|a| own.contains_key(a.id));
        for action in first.into_iter().chain(then) {
            for chord in chosen(own, action) {
                if !chords.iter().any(|(c, _)| *c == chord) {
                    chords.push((chord, action));
                }
            }
        }
        chords.sort_by_key(|(chord, _)| std::cmp::Reverse(weight(chord.modifiers)));
        Self { chords }
    }

    /// All chords with their actions, in the order in which they are to be tried.
    pub fn chords(&self) -> impl Iterator<Item = (&KeyboardShortcut, &'static Action)> {
        self.chords.iter().map(|(chord, action)| (chord, *action))
    }

    /// The keys of an action.
    pub fn of<'a>(&'a self, action: &'a Action) -> impl Iterator<Item = KeyboardShortcut> + 'a {
        self.chords.iter().filter(|(_, a)| a.id == action.id).map(|(chord, _)| *chord)
    }

    /// The keys of an action as one text, "Ctrl+Y, Ctrl+Shift+Z".
    pub fn text_of(&self, action: &Action) -> String {
        let mut keys: Vec<_> = self.of(action).collect();
        keys.sort_by_key(|k| action.standard.iter().position(|(m, key)| chord(*m, *key) == *k));
        keys.iter().map(text).collect::<Vec<_>>().join(", ")
    }

    /// Who has a key.
    pub fn owner(&self, wanted: &KeyboardShortcut) -> Option<&'static Action> {
        self.chords.iter().find(|(chord, _)| chord == wanted).map(|(_, action)| *action)
    }
}

/// The keys of an action by the choice of the person, else the standard.
fn chosen(own: &Own, action: &Action) -> Vec<KeyboardShortcut> {
    match own.get(action.id) {
        Some(texts) => texts.iter().filter_map(|text| parse(text)).collect(),
        None => action.standard.iter().map(|(m, k)| chord(*m, *k)).collect(),
    }
}

/// Gives an action one more key and takes it from whoever had it.
pub fn bind(own: &mut Own, action: &Action, wanted: KeyboardShortcut) {
    for other in ACTIONS {
        let mut keys = chosen(own, other);
        let had = keys.contains(&wanted);
        if other.id == action.id && !had {
            keys.push(wanted);
        } else if other.id != action.id && had {
            keys.retain(|k| *k != wanted);
        } else {
            continue;
        }
        put(own, other, &keys);
    }
}

/// Takes a key from an action.
pub fn unbind(own: &mut Own, action: &Action, unwanted: KeyboardShortcut) {
    let mut keys = chosen(own, action);
    keys.retain(|k| *k != unwanted);
    put(own, action, &keys);
}

/// Gives an action its standard keys again, and takes them from whoever has them now.
pub fn reset(own: &mut Own, action: &Action) {
    own.insert(action.id.to_owned(), Vec::new());
    for (modifiers, key) in action.standard {
        bind(own, action, chord(*modifiers, *key));
    }
    own.remove(action.id);
}

/// Only what differs from the standard is kept.
fn put(own: &mut Own, action: &Action, keys: &[KeyboardShortcut]) {
    let standard: Vec<_> = action.standard.iter().map(|(m, k)| chord(*m, *k)).collect();
    if keys == standard {
        own.remove(action.id);
    } else {
        own.insert(action.id.to_owned(), keys.iter().map(text).collect());
    }
}

fn weight(m: Modifiers) -> usize {
    [m.command || m.ctrl, m.shift, m.alt].into_iter().filter(|held| *held).count()
}

/// A key with its modifiers.
pub const fn chord(modifiers: Modifiers, key: Key) -> KeyboardShortcut {
    KeyboardShortcut::new(modifiers, key)
}

thread_local! {
    static NOW: RefCell<Rc<Keys>> = RefCell::new(Rc::new(Keys::new(&Own::new())));
}

/// Puts the keys of a person into force in the window that this thread draws.
pub fn install(own: &Own) {
    NOW.set(Rc::new(Keys::new(own)));
}

/// The keys in force.
pub fn now() -> Rc<Keys> {
    NOW.with_borrow(Rc::clone)
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
        Key::ArrowUp => "Up",
        Key::ArrowDown => "Down",
        Key::OpenBracket => "[",
        Key::CloseBracket => "]",
        Key::Plus => "+",
        Key::Equals => "=",
        Key::Minus => "-",
        Key::Comma => ",",
        other => other.name(),
    }
}

/// The key that a text names; the reverse of [`text`].
pub fn parse(text: &str) -> Option<KeyboardShortcut> {
    let (mut rest, mut modifiers) = (text.trim(), Modifiers::NONE);
    loop {
        let held = [
            ("Ctrl+", Modifiers::COMMAND),
            ("Cmd+", Modifiers::COMMAND),
            ("Shift+", Modifiers::SHIFT),
            ("Alt+", Modifiers::ALT),
        ];
        match held.into_iter().find_map(|(name, m)| Some((rest.strip_prefix(name)?, m))) {
            Some((after, m)) => {
                rest = after;
                modifiers = modifiers.plus(m);
            }
            None => return Key::from_name(rest).map(|key| chord(modifiers, key)),
        }
    }
}

/// The chord that was pressed in this frame, taken out of the input; modifiers alone are none.
pub fn pressed(ctx: &egui::Context) -> Option<KeyboardShortcut> {
    ctx.input_mut(|input| {
        let at =
            input.events.iter().position(|e| matches!(e, egui::Event::Key { pressed: true, repeat: false, .. }))?;
        let egui::Event::Key { key, modifiers, .. } = input.events.remove(at) else { return None };
        let mut kept = Modifiers::NONE;
        kept.command = modifiers.command || modifiers.ctrl;
        kept.shift = modifiers.shift;
        kept.alt = modifiers.alt;
        Some(chord(kept, key))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn action(id: &str) -> &'static Action {
        ACTIONS.iter().find(|a| a.id == id).expect("an action of the table")
    }

    #[test]
    fn every_standard_key_is_read_back_from_its_text() {
        for (modifiers, key) in ACTIONS.iter().flat_map(|a| a.standard) {
            let chord = chord(*modifiers, *key);
            assert_eq!(parse(&text(&chord)), Some(chord), "{}", text(&chord));
        }
        assert_eq!(parse("Ctrl+"), None);
        assert_eq!(parse("Nonsense"), None);
    }

    #[test]
    fn chords_with_more_modifiers_are_tried_first() {
        let keys = Keys::new(&Own::new());
        let order: Vec<_> = keys.chords().map(|(c, _)| *c).collect();
        for (i, a) in order.iter().enumerate() {
            for b in &order[i + 1..] {
                let swallows = a.logical_key == b.logical_key && b.modifiers.matches_logically(a.modifiers);
                assert!(!swallows, "{} would swallow {}", text(a), text(b));
            }
        }
    }

    #[test]
    fn a_key_moves_to_its_new_action_and_comes_back() {
        let mut own = Own::new();
        let (fit, export) = (action("fit"), action("export"));
        let f = chord(Modifiers::NONE, Key::F);
        bind(&mut own, export, f);
        let keys = Keys::new(&own);
        assert_eq!(keys.owner(&f).map(|a| a.id), Some("export"));
        assert_eq!(keys.text_of(fit), "");
        assert_eq!(keys.of(export).count(), 2, "the key it had stays");
        reset(&mut own, fit);
        let keys = Keys::new(&own);
        assert_eq!(keys.owner(&f).map(|a| a.id), Some("fit"));
        assert!(own.is_empty(), "only differences are kept: {own:?}");
    }

    #[test]
    fn a_damaged_list_of_keys_gives_what_can_be_understood() {
        let own = Own::from([("fit".into(), vec!["Blah".into(), "Ctrl+G".into(), String::new()])]);
        let keys = Keys::new(&own);
        assert_eq!(keys.text_of(action("fit")), text(&chord(Modifiers::COMMAND, Key::G)));
    }
}

//! Every text of the window, in each language side by side: adding a text is one line in the table of its topic.
//!
//! * `actions`: what keys and the palette name; `panels`, `dialogs`, `canvas`: labels, hints and empty pages
//! * `tools`: drawing by hand; `learning`: the learning panel; `batch`: many objects at once
//! * `again`: what was told in one language, told in another
//! * `messages`: what is told after something was done, and the labels of the history
//!
//! [`t`] gives a text in the language of the window, [`tf`] fills its places `{0}`, `{1}` ... The language belongs to the
//! thread of the window and to the jobs that it starts. Errors of the libraries are in English.

use std::cell::Cell;
use std::fmt::Display;

use serde::{Deserialize, Serialize};

/// One line `NAME = "English", "Chinese";` for each text of a topic.
macro_rules! texts {
    ($($name:ident = $en:literal, $zh:literal;)*) => {
        use super::Text;
        $(#[doc = concat!("\"", $en, "\"")] pub const $name: Text = Text { en: $en, zh: $zh };)*
        /// All texts of this topic with their names.
        #[cfg(test)]
        pub(super) const ALL: &[(&str, Text)] = &[$((stringify!($name), $name)),*];
    };
}

mod actions;
mod again;
mod batch;
mod canvas;
mod dialogs;
mod learning;
mod messages;
mod panels;
mod tools;

pub use actions::*;
pub use again::{format_title, said_again};
pub use batch::*;
pub use canvas::*;
pub use dialogs::*;
pub use learning::*;
pub use messages::*;
pub use panels::*;
pub use tools::*;

/// A language of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// Simplified Chinese.
    #[serde(rename = "zh")]
    Chinese,
}

impl Language {
    /// All, with their own names.
    pub const ALL: [(Self, &'static str); 2] = [(Self::English, "English"), (Self::Chinese, "中文")];
}

/// A text in all languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    en: &'static str,
    zh: &'static str,
}

impl Text {
    /// The text in one language.
    pub fn of(self, language: Language) -> &'static str {
        match language {
            Language::English => self.en,
            Language::Chinese => self.zh,
        }
    }
}

thread_local! {
    static CURRENT: Cell<Language> = const { Cell::new(Language::English) };
}

/// Sets the language of the window that this thread draws.
pub fn set(language: Language) {
    CURRENT.set(language);
}

/// The language that this thread speaks; a thread that tells a person something takes it over with [`set`].
pub fn current() -> Language {
    CURRENT.get()
}

/// The text in the language of the window.
pub fn t(text: Text) -> &'static str {
    text.of(CURRENT.get())
}

/// The text with its places filled: `{0}` by the first value and so on.
pub fn tf(text: Text, values: &[&dyn Display]) -> String {
    let mut rest = t(text);
    let mut out = String::with_capacity(rest.len() + 16);
    while let Some((before, place, after)) = next_place(rest) {
        out += before;
        match values.get(place) {
            Some(value) => out += &value.to_string(),
            None => out += "?",
        }
        rest = after;
    }
    out + rest
}

/// "1 object", "2 objects": the first text for one, the second for any other number.
pub fn counted(n: usize, one: Text, many: Text) -> String {
    tf(if n == 1 { one } else { many }, &[&n])
}

/// What stands before the next place, its number, and what comes after.
fn next_place(text: &str) -> Option<(&str, usize, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (number, after) = rest.split_once('}')?;
    Some((before, number.parse().ok()?, after))
}

#[cfg(test)]
pub(super) fn all() -> impl Iterator<Item = (&'static str, Text)> {
    [actions::ALL, batch::ALL, canvas::ALL, dialogs::ALL, learning::ALL, messages::ALL, panels::ALL, tools::ALL]
        .into_iter()
        .flatten()
        .copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(text: &str) -> Vec<usize> {
        let mut places = Vec::new();
        let mut rest = text;
        while let Some((_, place, after)) = next_place(rest) {
            places.push(place);
            rest = after;
        }
        assert!(!rest.contains(['{', '}']), "a place that cannot be filled: {text}");
        places.sort_unstable();
        places
    }

    #[test]
    fn every_text_is_there_in_both_languages_with_the_same_places() {
        for (name, text) in all() {
            let [en, zh] = [text.of(Language::English), text.of(Language::Chinese)];
            assert!(!en.trim().is_empty() && !zh.trim().is_empty(), "{name}");
            assert_eq!(places(en), places(zh), "{name}: {en} / {zh}");
            let numbers: Vec<usize> = (0..places(en).len()).collect();
            assert_eq!(places(en), numbers, "{name}: places count from 0");
            // A key, a unit or a name may be the same in both; a sentence is not.
            let sentence = en.split(' ').any(|w| w.len() > 2 && w.chars().all(|c| c.is_ascii_lowercase()));
            assert!(!sentence || en != zh, "{name} is not translated");
        }
    }

    #[test]
    fn places_are_filled_in_either_order() {
        let text = Text { en: "{0} of {1}", zh: "{1} 中的 {0}" };
        assert_eq!(tf(text, &[&3, &"x"]), "3 of x");
        set(Language::Chinese);
        assert_eq!(tf(text, &[&3, &"x"]), "x 中的 3");
        set(Language::English);
    }
}

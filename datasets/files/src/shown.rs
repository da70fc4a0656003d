//! Names and texts of strangers on one line of a terminal, a log or a window.

use std::borrow::Cow;
use std::fmt::{self, Display};
use std::path::Path;

/// The text with everything escaped that moves the cursor, starts an escape code, breaks the line, turns the
/// direction of writing or is not seen: `\u{1b}` for the escape character.
///
/// ```
/// assert_eq!(limn_files::printable("a\nb\u{202e}c"), "a\\nb\\u{202e}c");
/// ```
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_harmless) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for sign in text.chars() {
        match sign {
            _ if is_harmless(sign) => out.push(sign),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ => out.extend(sign.escape_unicode()),
        }
    }
    Cow::Owned(out)
}

/// A path on one line: [`printable`], what is not Unicode as `\u{fffd}`.
pub fn shown(path: &Path) -> impl Display {
    struct Shown<'p>(&'p Path);
    impl Display for Shown<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(&printable(&self.0.to_string_lossy()))
        }
    }
    Shown(path)
}

fn is_harmless(sign: char) -> bool {
    !(sign.is_control()
        || matches!(sign,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_harmless_stays() {
        for text in ["a b.png", "\u{732b} \u{e9} \u{1f600}", ""] {
            assert!(matches!(printable(text), Cow::Borrowed(same) if same == text));
        }
        assert_eq!(printable("\u{9b}31m\u{7f}\u{2066}"), "\\u{9b}31m\\u{7f}\\u{2066}");
    }

    proptest! {
        #[test]
        fn nothing_that_is_printed_does_anything(text in any::<String>()) {
            prop_assert!(printable(&text).chars().all(is_harmless));
        }
    }
}

//! Names of files: which are taken beneath a folder, and safe names out of any text.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use crate::FileError;

/// The longest part of a path, in bytes: what the usual file systems hold.
pub const LONGEST_NAME: usize = 255;

/// The longest relative path, in bytes.
const LONGEST_PATH: usize = 4000;

/// Checks one part of a path: not empty, no `.` and `..`, no separator, no control characters, none of the names that
/// Windows keeps for devices, at most [`LONGEST_NAME`] bytes; on Windows also none of the signs that it does not take.
///
/// # Errors
/// [`FileError::Name`] says what is wrong.
pub fn check_name(name: &str) -> Result<(), FileError> {
    fault(name).map_or(Ok(()), |why| Err(FileError::Name { name: name.to_owned(), why }))
}

/// The parts of a relative path with `/`, each checked by [`check_name`].
///
/// # Errors
/// [`FileError::Name`] says what is wrong.
pub fn parts(relative: &str) -> Result<Vec<&str>, FileError> {
    let refuse = |why| FileError::Name { name: relative.to_owned(), why };
    if relative.len() > LONGEST_PATH {
        return Err(refuse("it is too long"));
    }
    let parts: Vec<&str> = relative.split('/').collect();
    match parts.iter().find_map(|part| fault(part)) {
        None => Ok(parts),
        Some(why) => Err(refuse(why)),
    }
}

fn fault(name: &str) -> Option<&'static str> {
    match name {
        "" => return Some("it is empty, or a part of it is"),
        "." | ".." => return Some("it leads to another folder"),
        _ => {}
    }
    if name.contains(['/', '\\']) {
        Some("it holds a separator of folders")
    } else if name.chars().any(char::is_control) {
        Some("it holds control characters")
    } else if is_device(name) {
        Some("Windows keeps this name for a device")
    } else if name.len() > LONGEST_NAME {
        Some("it is too long")
    } else if cfg!(windows) && (name.contains(NOT_ON_WINDOWS) || name.ends_with(['.', ' '])) {
        Some("Windows does not take it")
    } else {
        None
    }
}

/// A name that begins so is hidden, or taken for an option.
const LEADING: [char; 4] = [' ', '.', '-', '~'];

const NOT_ON_WINDOWS: [char; 7] = ['<', '>', ':', '"', '|', '?', '*'];

/// `CON`, `nul.txt`, `COM1.png`: devices on Windows, with any extension.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end_matches(' ').to_uppercase();
    let numbered = |prefix: &str| {
        let number = stem.strip_prefix(prefix);
        number.is_some_and(|n| {
            matches!(n, "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "\u{b9}" | "\u{b2}" | "\u{b3}")
        })
    };
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$") || numbered("COM") || numbered("LPT")
}

/// How many hexadecimal digits tell changed names apart.
const DIGITS: usize = 12;

/// A name of at most `longest` bytes (at least 24) that every system takes, the same for the same text. A text that is
/// a safe name already stays as it is; a changed one ends with a part of its SHA-256, so that two different
/// texts never get one name. Whether names that differ only in capitals meet depends on the disk: see [`Names`].
///
/// ```
/// assert_eq!(limn_files::safe_name("cat", 100), "cat");
/// assert!(limn_files::safe_name("../a:b", 100).starts_with("_._a_b-"));
/// ```
#[must_use]
pub fn safe_name(text: &str, longest: usize) -> String {
    let longest = longest.clamp(24, LONGEST_NAME);
    if text.len() <= longest && is_safe(text) && !ends_like_ours(text) {
        return text.to_owned();
    }
    with_sum(text, longest)
}

fn with_sum(text: &str, longest: usize) -> String {
    let room = longest - DIGITS - 1;
    let mut out = String::new();
    for sign in text.chars() {
        let hidden = crate::printable(sign.encode_utf8(&mut [0; 4])).len() != sign.len_utf8();
        let leads = out.is_empty() && LEADING.contains(&sign);
        let bad = hidden || leads || matches!(sign, '/' | '\\') || NOT_ON_WINDOWS.contains(&sign);
        let sign = if bad { '_' } else { sign };
        if out.len() + sign.len_utf8() > room {
            break;
        }
        out.push(sign);
    }
    if is_device(&out) {
        // What makes it a device is the part before the first dot.
        out.insert(0, '_');
        while out.len() > room {
            out.pop();
        }
    }
    let sum: String =
        Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).take(DIGITS / 2).collect();
    format!("{out}-{sum}")
}

fn is_safe(text: &str) -> bool {
    fault(text).is_none()
        && !text.contains(NOT_ON_WINDOWS)
        && !text.starts_with(LEADING)
        && !text.ends_with(['.', ' '])
        && matches!(crate::printable(text), std::borrow::Cow::Borrowed(_))
}

/// Looks like the end that [`safe_name`] gives, so it needs one of its own.
fn ends_like_ours(text: &str) -> bool {
    let is_digit = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
    let bytes = text.as_bytes();
    bytes.len() > DIGITS
        && bytes[bytes.len() - DIGITS - 1] == b'-'
        && bytes[bytes.len() - DIGITS..].iter().all(is_digit)
}

/// Safe names for the texts of one folder, different even on disks that do not tell capitals from small letters.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// The text that got a name, by the name in small letters.
    given: HashMap<String, String>,
}

impl Names {
    /// The name for `text`, at most `longest` bytes: the same each time; [`safe_name`] unless another text has that
    /// name already.
    pub fn name_for(&mut self, text: &str, longest: usize) -> String {
        let longest = longest.clamp(24, LONGEST_NAME);
        let name = safe_name(text, longest);
        let holder = self.given.entry(name.to_lowercase()).or_insert_with(|| text.to_owned());
        if holder == text {
            return name;
        }
        let name = with_sum(text, longest);
        self.given.insert(name.to_lowercase(), text.to_owned());
        name
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_downwards_and_for_every_system() {
        for name in ["a", "a b/c.png", "\u{732b}/x#1.png", "..a/...b", ".hidden", "console.txt", "com10"] {
            assert!(parts(name).is_ok(), "{name}");
        }
        let long = "x".repeat(256);
        for name in [
            "", "/a", "a/", "a//b", "..", "a/../b", "./a", "a\\b", "a\nb", "nul", "Con.png", "a/lpt1", "aux .x", "a\0",
            &long,
        ] {
            assert!(matches!(parts(name), Err(FileError::Name { .. })), "{name:?}");
        }
    }

    #[test]
    fn capitals_do_not_meet() {
        let mut names = Names::default();
        let first = names.name_for("Cat", 60);
        let second = names.name_for("cat", 60);
        assert_eq!(first, "Cat");
        assert_ne!(second.to_lowercase(), "cat");
        assert_eq!((names.name_for("cat", 60), names.name_for("Cat", 60)), (second, first));
    }

    proptest! {
        #[test]
        fn safe_names_are_safe_short_and_stable(text in any::<String>(), longest in 24_usize..80) {
            let name = safe_name(&text, longest);
            prop_assert!(check_name(&name).is_ok() && name.len() <= longest, "{name:?}");
            prop_assert!(!name.contains(NOT_ON_WINDOWS));
            prop_assert_eq!(&name, &safe_name(&text, longest));
            prop_assert!(name == text || ends_like_ours(&name));
        }

        #[test]
        fn different_texts_have_different_names(a in "[a-c/:.]{0,6}", b in "[a-c/:.]{0,6}") {
            prop_assert_eq!(a == b, safe_name(&a, 40) == safe_name(&b, 40));
            let made = safe_name(&a, 40);
            prop_assert!(made == a || safe_name(&made, 40) != made, "a name that was made is no name of a text");
        }
    }
}

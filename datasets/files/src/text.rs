//! Text files in the encodings that annotation tools write.
//!
//! What decides, in this order: a byte order mark; zero bytes where UTF-16 has them; valid UTF-8 (unless that gives no language, as short texts in GBK can); the encoding that
//! an XML declaration or a Python-like `coding:` line names; GBK if its characters look like Chinese; Latin-1
//! (Windows-1252), which takes anything.

use std::path::Path;

use encoding_rs::{Encoding, GBK, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::{FileError, read_bytes};

/// A decoded text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Without a byte order mark.
    pub text: String,
    /// The encoding's name: `UTF-8`, `UTF-16LE`, `UTF-16BE`, `GBK`, `windows-1252` or what a declaration named.
    pub encoding: &'static str,
    /// True if some bytes were no characters of that encoding; they are U+FFFD in the text.
    pub damaged: bool,
}

/// Reads a regular file of at most `limit` bytes as text.
///
/// # Errors
/// As [`read_bytes`]; any bytes are some text.
pub fn read_text(path: &Path, limit: u64) -> Result<Text, FileError> {
    Ok(decode(&read_bytes(path, limit)?))
}

/// Decodes bytes as text; see this module for what decides.
///
/// ```
/// let text = limn_files::decode(b"\xff\xfec\0a\0t\0");
/// assert_eq!((text.text.as_str(), text.encoding), ("cat", "UTF-16LE"));
/// ```
#[must_use]
pub fn decode(bytes: &[u8]) -> Text {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return with(encoding, &bytes[mark..]);
    }
    if let Some(encoding) = utf16_without_mark(bytes) {
        return with(encoding, bytes);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        if hardly_a_language(text) && looks_chinese(bytes) {
            return with(GBK, bytes);
        }
        return Text { text: text.to_owned(), encoding: UTF_8.name(), damaged: false };
    }
    // A declaration of UTF-8 is wrong here. Declared UTF-16 cannot be, or the declaration could not be read.
    if let Some(encoding) = declared(bytes).filter(|&encoding| encoding != UTF_8 && encoding.is_ascii_compatible()) {
        return with(encoding, bytes);
    }
    if mostly_utf8(bytes) {
        return with(UTF_8, bytes);
    }
    with(if looks_chinese(bytes) { GBK } else { WINDOWS_1252 }, bytes)
}

fn with(encoding: &'static Encoding, bytes: &[u8]) -> Text {
    let (text, damaged) = encoding.decode_without_bom_handling(bytes);
    Text { text: text.into_owned(), encoding: encoding.name(), damaged }
}

/// Annotation files hold mostly ASCII signs, so in UTF-16 every other byte of their beginning is zero.
fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(1024) & !1];
    if head.is_empty() || !bytes.len().is_multiple_of(2) {
        return None;
    }
    let pairs = head.len() / 2;
    let zeros = |from: usize| head.iter().skip(from).step_by(2).filter(|&&byte| byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    if odd * 10 >= pairs * 4 && even == 0 {
        Some(UTF_16LE)
    } else if even * 10 >= pairs * 4 && odd == 0 {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// Short Chinese texts in GBK can be valid UTF-8; they are then letters that hardly any language has, from
/// several scripts.
fn hardly_a_language(text: &str) -> bool {
    let (mut rare, mut foreign) = (0_usize, 0_usize);
    for sign in text.chars().filter(|sign| !sign.is_ascii()) {
        foreign += 1;
        rare += usize::from(matches!(sign,
            '\u{180}'..='\u{19f}' | '\u{1a2}'..='\u{1ae}' | '\u{1b1}'..='\u{217}' | '\u{21c}'..='\u{385}'
            | '\u{3cf}'..='\u{400}' | '\u{460}'..='\u{530}' | '\u{700}'..='\u{7ff}'));
    }
    foreign > 0 && rare * 2 >= foreign
}

/// `<?xml version="1.0" encoding="GB2312"?>`, `# -*- coding: gbk -*-`.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(256)];
    let line = head.split(|&byte| byte == b'>' || byte == b'\n').next()?;
    let line: String = line.iter().map(|&byte| char::from(byte)).collect();
    let after = if line.trim_start().starts_with("<?xml") {
        line.split_once("encoding")?.1.trim_start().strip_prefix('=')?
    } else if line.starts_with('#') {
        line.split_once("coding")?.1.strip_prefix([':', '='])?
    } else {
        return None;
    };
    let label = after.trim_start().trim_start_matches(['"', '\'']);
    let end = label.find(|sign: char| !(sign.is_ascii_alphanumeric() || "-_.:".contains(sign))).unwrap_or(label.len());
    Encoding::for_label(&label.as_bytes()[..end])
}

/// A long UTF-8 text with a damaged place (or cut in the middle of a sign) is no Latin-1: most of its
/// characters beyond ASCII are whole.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut whole, mut broken) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        whole += chunk.valid().chars().filter(|sign| !sign.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    whole > 8 * broken
}

/// True if the bytes are GBK throughout and more of its characters are common Chinese ones than what the letters of Latin-1
/// happen to give.
fn looks_chinese(bytes: &[u8]) -> bool {
    let (mut score, mut at) = (0_i64, 0);
    while at < bytes.len() {
        let lead = bytes[at];
        if lead < 0x80 {
            at += 1;
            continue;
        }
        let Some(&trail) = bytes.get(at + 1) else { return false };
        if !(0x81..=0xfe).contains(&lead) || !(0x40..=0xfe).contains(&trail) || trail == 0x7f {
            return false;
        }
        let is_letter = |place: Option<&u8>| place.is_some_and(u8::is_ascii_alphabetic);
        let inside_a_word =
            is_letter(at.checked_sub(1).and_then(|before| bytes.get(before))) && is_letter(bytes.get(at + 2));
        score += match (lead, trail) {
            // Two letters of Latin-1 between letters, as in the German word for size.
            (_, 0xa1..) if inside_a_word => 0,
            // Punctuation and the common characters of GB 2312.
            (0xa1..=0xa3 | 0xb0..=0xd7, 0xa1..) => 2,
            (0xd8..=0xf7, 0xa1..) => 1,
            // Characters that only GBK has; a letter with an accent and one without look like these.
            _ => -1,
        };
        at += 2;
    }
    score > 0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// "cat" and "picture" in Chinese.
    const CHINESE: &str = "\u{732b}\n\u{56fe}\u{7247}";

    fn utf16(text: &str, encode: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(encode).collect()
    }

    #[test]
    fn every_encoding_there_and_back() {
        let gbk = GBK.encode(CHINESE).0.into_owned();
        let xml = "<?xml version=\"1.0\" encoding=\"Shift_JIS\"?><a>\u{732b}</a>";
        let sjis = encoding_rs::SHIFT_JIS.encode(xml).0.into_owned();
        let with_mark = |mark: &[u8], rest: Vec<u8>| [mark, &rest].concat();
        let cases: [(Vec<u8>, &str, &str); 12] = [
            (b"".to_vec(), "", "UTF-8"),
            (CHINESE.into(), CHINESE, "UTF-8"),
            (with_mark(b"\xef\xbb\xbf", CHINESE.into()), CHINESE, "UTF-8"),
            (with_mark(b"\xff\xfe", utf16(CHINESE, u16::to_le_bytes)), CHINESE, "UTF-16LE"),
            (with_mark(b"\xfe\xff", utf16(CHINESE, u16::to_be_bytes)), CHINESE, "UTF-16BE"),
            (utf16("{\"a\": \"\u{732b}\"}", u16::to_le_bytes), "{\"a\": \"\u{732b}\"}", "UTF-16LE"),
            (utf16("{\"a\": \"\u{732b}\"}", u16::to_be_bytes), "{\"a\": \"\u{732b}\"}", "UTF-16BE"),
            (gbk.clone(), CHINESE, "GBK"),
            (with_mark(b"names: [", gbk), &format!("names: [{CHINESE}"), "GBK"),
            (sjis, xml, "Shift_JIS"),
            (b"caf\xe9\nb\xeate\n".to_vec(), "caf\u{e9}\nb\u{ea}te\n", "windows-1252"),
            (b"Gr\xf6\xdfe: stra\xdfe".to_vec(), "Gr\u{f6}\u{df}e: stra\u{df}e", "windows-1252"),
        ];
        for (bytes, text, encoding) in cases {
            let found = decode(&bytes);
            assert_eq!((found.text.as_str(), found.encoding, found.damaged), (text, encoding, false));
        }
    }

    #[test]
    fn a_damaged_place_does_not_change_the_encoding() {
        let mut bytes = CHINESE.repeat(20).into_bytes();
        bytes[40] = 0xff;
        let text = decode(&bytes);
        assert!(text.damaged && text.encoding == "UTF-8");
    }

    proptest! {
        #[test]
        fn any_bytes_are_some_text(bytes in any::<Vec<u8>>()) {
            prop_assert!(bytes.is_empty() || !decode(&bytes).encoding.is_empty());
        }

        #[test]
        fn utf8_stays(text in "[^\\x00\\u{feff}]*") {
            prop_assert!(hardly_a_language(&text) || decode(text.as_bytes()).text == text);
        }
    }
}

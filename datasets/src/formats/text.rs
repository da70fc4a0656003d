//! Text files in whatever encoding they were saved; packed files named as what they are.

use std::path::Path;

/// The text of a file.
///
/// # Errors
/// One line that says what is wrong: it cannot be read, is empty, or is packed.
pub(super) fn read(path: &Path) -> Result<String, String> {
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    decode(bytes)
}

/// Bytes as text, see [`limn_files::decode`].
///
/// # Errors
/// One line that says what is wrong: it is empty or packed.
pub(super) fn decode(bytes: Vec<u8>) -> Result<String, String> {
    if bytes.is_empty() {
        return Err("it is empty (0 bytes); copy it again from its source".to_owned());
    }
    if let Some(kind) = packed(&bytes) {
        return Err(format!("it is a packed file ({kind}), whatever its name says; unpack it and name what was in it"));
    }
    // UTF-8 without a mark, the usual case, needs no copy.
    match String::from_utf8(bytes) {
        Ok(text) if !text.starts_with('\u{feff}') && !text.contains('\0') => Ok(text),
        Ok(text) => Ok(limn_files::decode(text.as_bytes()).text),
        Err(error) => Ok(limn_files::decode(error.as_bytes()).text),
    }
}

/// What a packed file is, by its first bytes.
pub(super) fn packed(bytes: &[u8]) -> Option<&'static str> {
    const KINDS: [(&[u8], &str); 7] = [
        (b"PK\x03\x04", "ZIP"),
        (b"\x1f\x8b", "gzip"),
        (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
        (b"Rar!", "RAR"),
        (b"BZh", "bzip2"),
        (b"\xfd7zXZ\0", "xz"),
        (b"\x28\xb5\x2f\xfd", "zstd"),
    ];
    KINDS.iter().find(|(start, _)| bytes.starts_with(start)).map(|(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text = "{\"name\": \"叶子\"}";
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked = |mark: &[u8], bytes: Vec<u8>| [mark.to_vec(), bytes].concat();
        let gbk = b"{\"name\": \"\xd2\xb6\xd7\xd3\"}".to_vec();
        for bytes in [text.into(), marked(b"\xef\xbb\xbf", text.into()), marked(b"\xff\xfe", utf16.clone()), utf16, gbk]
        {
            assert_eq!(decode(bytes).unwrap(), text);
        }
        assert_eq!(decode(b"bl\xfcte \xe9t\xe9".to_vec()).unwrap(), "blüte été");
    }

    #[test]
    fn empty_and_packed_files_are_named() {
        assert!(decode(Vec::new()).unwrap_err().contains("0 bytes"));
        assert!(decode(b"PK\x03\x04...".to_vec()).unwrap_err().contains("ZIP"));
        assert!(decode(b"\x1f\x8b\x08".to_vec()).unwrap_err().contains("gzip"));
    }
}

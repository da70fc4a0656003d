//! Text files in whatever encoding they were saved; packed files are unpacked where that is cheap, else named as what they are.

use std::path::Path;

use super::packed;
use super::report::FormatError;
use super::staging::from_files;

/// The largest file of annotations that is read.
pub(super) const MAX_BYTES: u64 = 2 << 30;

/// The text of a file.
///
/// # Errors
/// One line that says what is wrong: it cannot be read, is no regular file, is empty or too large, or is packed.
pub(super) fn read(path: &Path) -> Result<String, String> {
    let bytes = limn_files::read_bytes(path, MAX_BYTES).map_err(|error| error.to_string())?;
    decode(packed::unpacked(path, bytes)?)
}

/// The text of the file of a data set.
///
/// # Errors
/// When it cannot be read; what `malformed` makes of its content otherwise.
pub(super) fn load(path: &Path, malformed: impl FnOnce(String) -> FormatError) -> Result<String, FormatError> {
    let bytes = limn_files::read_bytes(path, MAX_BYTES).map_err(from_files)?;
    packed::unpacked(path, bytes).and_then(decode).map_err(malformed)
}

/// Bytes as text, see [`limn_files::decode`].
///
/// # Errors
/// One line that says what is wrong: it is empty or packed.
pub(super) fn decode(bytes: Vec<u8>) -> Result<String, String> {
    if bytes.is_empty() {
        return Err("it is empty (0 bytes); copy it again from its source".to_owned());
    }
    if let Some(kind) = packed::kind(&bytes) {
        return Err(packed::named(kind));
    }
    // UTF-8 without a mark, the usual case, needs no copy.
    match String::from_utf8(bytes) {
        Ok(text) if !text.starts_with('\u{feff}') && !text.contains('\0') => Ok(text),
        Ok(text) => Ok(limn_files::decode(text.as_bytes()).text),
        Err(error) => Ok(limn_files::decode(error.as_bytes()).text),
    }
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
        assert!(decode(Vec::new()).unwrap_err().contains("0 bytes"));
        assert!(decode(b"PK\x03\x04...".to_vec()).unwrap_err().contains("ZIP"));
    }

    #[cfg(unix)]
    #[test]
    fn only_files_are_read() {
        let device = read(Path::new("/dev/zero")).unwrap_err();
        assert!(device.contains("a device, not a file"), "{device}");
    }
}

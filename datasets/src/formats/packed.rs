//! What lies in packed files: gzip, and ZIP where one file of annotations is in it. Others are named by their first bytes.
//!
//! A packed file may unpack to anything: what comes out is bounded before it is read ([`room`]).

use std::io::{Cursor, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use zip::ZipArchive;
use zip::result::ZipError;

/// What any packed file may unpack to.
const BASE: u64 = 64 << 20;

/// How many times larger than itself a packed file of annotations may be. Real ones are 3 to 50 times larger.
const TIMES: u64 = 100;

/// Extensions of files of annotations.
const ANNOTATIONS: [&str; 4] = ["json", "jsonl", "xml", "txt"];

/// What a packed file is, by its first bytes.
pub(super) fn kind(bytes: &[u8]) -> Option<&'static str> {
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

/// That a file is packed, and what to do.
pub(super) fn named(kind: &str) -> String {
    format!("it is a packed file ({kind}), whatever its name says; unpack it and name what was in it")
}

/// The one file of annotations in what is packed and called so, for example `instances.json.gz`; other bytes as they are.
///
/// # Errors
/// One line: what it is and what to do.
pub(super) fn unpacked(path: &Path, bytes: Vec<u8>) -> Result<Vec<u8>, String> {
    let is_called = |name: &str| path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(name));
    let inner = match kind(&bytes) {
        Some("gzip") if is_called("gz") => inflated(MultiGzDecoder::new(bytes.as_slice()), room(bytes.len()))?,
        Some("ZIP") if is_called("zip") => only_annotations(&bytes)?,
        _ => return Ok(bytes),
    };
    match kind(&inner) {
        None => Ok(inner),
        Some(other) => {
            Err(format!("it is a packed file in a packed file ({other}); unpack it and name what was in it"))
        }
    }
}

/// What may come out of so many packed bytes.
fn room(packed: usize) -> u64 {
    BASE.max((packed as u64).saturating_mul(TIMES)).min(super::text::MAX_BYTES)
}

fn inflated(packed: impl Read, room: u64) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let read = packed.take(room + 1).read_to_end(&mut bytes);
    read.map_err(|error| format!("it is a packed file and damaged ({error}); pack or copy it again"))?;
    if bytes.len() as u64 > room {
        return Err(format!("it is a packed file that unpacks to more than {} MB; unpack it yourself", room >> 20));
    }
    Ok(bytes)
}

/// The file of annotations in a ZIP, if there is one only.
fn only_annotations(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let damaged = |_| "it is a ZIP that cannot be read; unpack it and name what was in it".to_owned();
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    let wanted: Vec<usize> = (0..archive.len())
        .filter(|&at| matches!(archive.name_for_index(at), Some(Ok(name)) if is_wanted(&name)))
        .collect();
    let &[at] = wanted.as_slice() else {
        let what = if wanted.is_empty() { "without a file" } else { "with several files" };
        return Err(format!("it is a ZIP {what} of annotations; unpack it and name what was in it"));
    };
    match archive.by_index(at) {
        Ok(file) => {
            let room = room(usize::try_from(file.compressed_size()).unwrap_or(usize::MAX).min(bytes.len()));
            inflated(file, room)
        }
        Err(ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED)) => {
            Err("it is a ZIP with a password; unpack it and name what was in it".to_owned())
        }
        Err(error) => Err(damaged(error)),
    }
}

/// A file of annotations by its name in a ZIP.
fn is_wanted(name: &str) -> bool {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let extension = last.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    let hidden = last.starts_with('.') || name.starts_with("__MACOSX/");
    !hidden && extension.is_some_and(|extension| ANNOTATIONS.contains(&extension.as_str()))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use zip::write::SimpleFileOptions;
    use zip::{CompressionMethod, ZipWriter};

    use super::*;

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    /// A ZIP of files, every other one stored as it is.
    fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (at, (name, content)) in files.iter().enumerate() {
            let method = if at % 2 == 0 { CompressionMethod::Deflated } else { CompressionMethod::Stored };
            writer.start_file(*name, SimpleFileOptions::default().compression_method(method)).unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    /// Under the name that it should have.
    fn unpacked(bytes: Vec<u8>) -> Result<Vec<u8>, String> {
        let name = if kind(&bytes) == Some("ZIP") { "a.ZIP" } else { "a.json.gz" };
        super::unpacked(Path::new(name), bytes)
    }

    #[test]
    fn one_file_of_annotations_is_read() {
        let text = b"{\"images\": []}".to_vec();
        assert_eq!(unpacked(text.clone()), Ok(text.clone()));
        assert_eq!(unpacked(gzip(&text)), Ok(text.clone()));
        for files in [
            &[("a/instances.json", text.as_slice())][..],
            &[("a.png", b"x"), ("annotations.xml", text.as_slice()), ("__MACOSX/annotations.xml", b"y")],
        ] {
            assert_eq!(unpacked(zip(files)), Ok(text.clone()));
        }
        let several = unpacked(zip(&[("a.json", &text), ("b.json", &text)]));
        assert!(several.unwrap_err().contains("several"));
        assert!(unpacked(zip(&[("a.png", &text)])).unwrap_err().contains("without"));
    }

    #[test]
    fn bombs_and_damage_are_named() {
        let zeros = vec![b' '; (BASE as usize) + 10];
        assert!(unpacked(gzip(&zeros)).unwrap_err().contains("unpacks to more than"));
        assert!(unpacked(zip(&[("a.json", &zeros)])).unwrap_err().contains("unpacks to more than"));
        assert!(unpacked(gzip(&gzip(b"x"))).unwrap_err().contains("in a packed file"));
        assert!(unpacked(b"\x1f\x8b\x08\0".to_vec()).unwrap_err().contains("damaged"));
        // What is called otherwise is left to whoever names it.
        assert_eq!(super::unpacked(Path::new("a.json"), gzip(b"x")), Ok(gzip(b"x")));
        assert!(named("7-Zip").contains("7-Zip"));
        let whole = zip(&[("a.json", b"{\"images\": [1, 2, 3]}")]);
        for at in 0..whole.len() {
            for cut in [whole[..at].to_vec(), [&whole[..at], &[whole[at] ^ 0x41], &whole[at + 1..]].concat()] {
                // Whatever comes of it, it is an answer, and a short one.
                assert!(unpacked(cut).map_or(true, |inner| inner.len() < 2 * whole.len()));
            }
        }
    }
}

//! What lies in packed files: gzip, and ZIP where one file of annotations is in it. Others are named by their first bytes.
//!
//! A packed file may unpack to anything: what comes out is bounded before it is read ([`room`]).

use std::io::Read;
use std::path::Path;

use flate2::Crc;
use flate2::read::{DeflateDecoder, MultiGzDecoder};

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

/// A file in a ZIP.
struct Entry<'b> {
    name: String,
    method: u16,
    encrypted: bool,
    sum: u32,
    packed: &'b [u8],
}

/// The file of annotations in a ZIP, if there is one only.
fn only_annotations(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let damaged = || "it is a ZIP that cannot be read; unpack it and name what was in it".to_owned();
    let entries = entries(bytes).ok_or_else(damaged)?;
    let is_wanted = |entry: &Entry<'_>| {
        let last = entry.name.rsplit('/').next().unwrap_or_default();
        let extension = last.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
        let hidden = last.starts_with('.') || entry.name.starts_with("__MACOSX/");
        !hidden && extension.is_some_and(|extension| ANNOTATIONS.contains(&extension.as_str()))
    };
    let mut wanted: Vec<Entry<'_>> = entries.into_iter().filter(is_wanted).collect();
    let Some(entry) = wanted.pop().filter(|_| wanted.is_empty()) else {
        let what = if wanted.is_empty() { "without a file" } else { "with several files" };
        return Err(format!("it is a ZIP {what} of annotations; unpack it and name what was in it"));
    };
    let room = room(entry.packed.len());
    let inner = match entry.method {
        _ if entry.encrypted => return Err("it is a ZIP with a password; unpack it and name what was in it".to_owned()),
        0 => inflated(entry.packed, room)?,
        8 => inflated(DeflateDecoder::new(entry.packed), room)?,
        _ => return Err(damaged()),
    };
    let mut sum = Crc::new();
    sum.update(&inner);
    if sum.sum() == entry.sum { Ok(inner) } else { Err(damaged()) }
}

/// The directory at the end of a ZIP (APPNOTE.TXT 4.3.12 and 4.3.16); `None` where it is damaged, in parts or larger than 4 GB.
fn entries(bytes: &[u8]) -> Option<Vec<Entry<'_>>> {
    const END: usize = 22;
    const REMARK: usize = 65_535;
    let short = |at: usize| Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?));
    let long = |at: usize| Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let place = |at: usize| usize::try_from(long(at)?).ok();
    let last = bytes.len().checked_sub(END)?;
    let end = (last.saturating_sub(REMARK)..=last).rev().find(|at| bytes[*at..].starts_with(b"PK\x05\x06"))?;
    let (count, mut at) = (short(end + 10)?, place(end + 16)?);
    let mut entries = Vec::new();
    for _ in 0..count {
        if !bytes.get(at..)?.starts_with(b"PK\x01\x02") {
            return None;
        }
        let (name, extra, remark) = (short(at + 28)?, short(at + 30)?, short(at + 32)?);
        let (name, extra, remark) = (usize::from(name), usize::from(extra), usize::from(remark));
        let text = String::from_utf8_lossy(bytes.get(at + 46..at + 46 + name)?).replace('\\', "/");
        let (packed, head) = (place(at + 20)?, place(at + 42)?);
        if !bytes.get(head..)?.starts_with(b"PK\x03\x04") {
            return None;
        }
        let start = head + 30 + usize::from(short(head + 26)?) + usize::from(short(head + 28)?);
        entries.push(Entry {
            name: text,
            method: short(at + 10)?,
            encrypted: short(at + 8)? & 1 == 1,
            sum: long(at + 16)?,
            packed: bytes.get(start..start.checked_add(packed)?)?,
        });
        at += 46 + name + extra + remark;
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder};

    use super::*;

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    /// A ZIP of files, every other one stored as it is.
    fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
        let (mut out, mut directory) = (Vec::new(), Vec::new());
        for (at, (name, content)) in files.iter().enumerate() {
            let mut sum = Crc::new();
            sum.update(content);
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
            encoder.write_all(content).unwrap();
            let deflated = encoder.finish().unwrap();
            let (method, packed) = if at % 2 == 0 { (8u16, deflated.as_slice()) } else { (0, *content) };
            let head = u32::try_from(out.len()).unwrap();
            let name_length = u16::try_from(name.len()).unwrap();
            let mut common = Vec::new();
            for word in [20u16, 0, method, 0, 0] {
                common.extend(word.to_le_bytes());
            }
            for long in [sum.sum(), packed.len() as u32, content.len() as u32] {
                common.extend(long.to_le_bytes());
            }
            common.extend(name_length.to_le_bytes());
            common.extend(0u16.to_le_bytes());
            out.extend(b"PK\x03\x04");
            out.extend(&common);
            out.extend(name.as_bytes());
            out.extend(packed);
            directory.extend(b"PK\x01\x02\x14\x00");
            directory.extend(&common);
            directory.extend([0; 10]);
            directory.extend(head.to_le_bytes());
            directory.extend(name.as_bytes());
        }
        let (start, count) = (out.len() as u32, files.len() as u16);
        out.extend(&directory);
        out.extend(b"PK\x05\x06\0\0\0\0");
        out.extend([count, count].map(u16::to_le_bytes).concat());
        out.extend((directory.len() as u32).to_le_bytes());
        out.extend(start.to_le_bytes());
        out.extend(b"\x03\0end");
        out
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

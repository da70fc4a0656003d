//! What an export wrote, with length and sum of each file: only what still matches is ever replaced or removed.

use std::collections::HashMap;
use std::io::{self, BufReader, Read};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::beneath::Beneath;
use crate::{FileError, names};

/// One file of an export. A note holds a list of them under `files`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Relative to the export's folder, with `/`.
    pub name: String,
    /// In bytes.
    pub length: u64,
    /// SHA-256 of the content, 64 hexadecimal digits in small letters.
    pub sha256: String,
}

/// The larger part of a note may be other things; only its `files` are read here.
const MOST_BYTES: u64 = 1 << 30;

#[derive(Deserialize)]
struct Note {
    files: Vec<Entry>,
}

/// Notes of earlier versions list bare names: nothing can be checked by them, so they count for nothing.
#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Record(Record),
    Name(#[expect(dead_code, reason = "it makes the note readable")] String),
}

/// The records of the note `name` in an export's folder, by their names. `None` if there is no note, it cannot be read, or it is
/// none of ours. Records whose names lead elsewhere are dropped.
///
/// # Errors
/// When there is a link on the way or in its place.
pub fn read_note(folder: &Beneath, name: &str) -> Result<Option<HashMap<String, Record>>, FileError> {
    let file = match folder.open_file(name) {
        Ok(file) => file,
        Err(error @ FileError::Link { .. }) => return Err(error),
        Err(error) if error.is_missing() => return Ok(None),
        Err(error) => {
            tracing::debug!("no note: {error}");
            return Ok(None);
        }
    };
    let note: Result<Note, _> = serde_json::from_reader(BufReader::new(file.take(MOST_BYTES)));
    let note = match note {
        Ok(note) => note,
        Err(error) => {
            tracing::debug!("{} is no note of an export: {error}", crate::shown(&folder.path().join(name)));
            return Ok(None);
        }
    };
    let records = note.files.into_iter().filter_map(|entry| match entry {
        Entry::Record(record) if is_sound(&record) && record.name != name => Some((record.name.clone(), record)),
        _ => None,
    });
    Ok(Some(records.collect()))
}

pub(super) fn is_sound(record: &Record) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    names::parts(&record.name).is_ok() && record.sha256.len() == 64 && record.sha256.bytes().all(is_digit)
}

/// Length and SHA-256 of the rest of a file.
pub(super) fn sum_of(file: &mut impl Read) -> io::Result<(u64, String)> {
    let (mut sum, mut length, mut block) = (Sha256::new(), 0, vec![0; 1 << 16]);
    loop {
        match file.read(&mut block) {
            Ok(0) => return Ok((length, spelled(sum))),
            Ok(got) => {
                sum.update(&block[..got]);
                length += got as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// A sum in hexadecimal digits.
pub(super) fn spelled(sum: Sha256) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let bytes = sum.finalize();
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

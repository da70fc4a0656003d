//! The directories of a TIFF (TIFF 6.0, section 2; BigTIFF): which tags there are and what they hold. Nothing that a file claims is believed
//! before its length vouches for it.

use std::collections::{BTreeMap, HashSet};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::MediaError;
use super::tags;

/// Most directories of a file that are read.
pub(crate) const MOST_DIRECTORIES: usize = 10_000;

/// Most entries of a directory.
const MOST_ENTRIES: u64 = 4096;

/// Most bytes of what one tag holds.
const MOST_VALUE_BYTES: u64 = 256 << 20;

/// What is read at places: an open file, or bytes of one that are a TIFF of their own.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    held: Held,
    pub(crate) length: u64,
}

#[derive(Clone, Debug)]
enum Held {
    File(Arc<File>),
    Bytes(Arc<[u8]>),
}

impl Source {
    pub(crate) fn new(path: &Path, file: File, length: u64) -> Self {
        Self { path: path.to_path_buf(), held: Held::File(Arc::new(file)), length }
    }

    /// Bytes that lie in the file at `path`.
    pub(crate) fn of_bytes(path: &Path, bytes: &[u8]) -> Self {
        Self { path: path.to_path_buf(), held: Held::Bytes(bytes.into()), length: bytes.len() as u64 }
    }

    /// So many bytes at a place; those must be there.
    pub(crate) fn bytes(&self, at: u64, count: u64) -> Result<Vec<u8>, MediaError> {
        let inside = at.checked_add(count).is_some_and(|end| end <= self.length);
        let Some(count) = usize::try_from(count).ok().filter(|_| inside) else {
            return Err(MediaError::Truncated { path: self.path.clone() });
        };
        let file = match &self.held {
            Held::File(file) => file,
            // Within the length, which is theirs.
            Held::Bytes(bytes) => return Ok(bytes[at as usize..][..count].to_vec()),
        };
        let mut bytes = vec![0; count];
        limn_files::read_exact_at(file, &mut bytes, at).map_err(|source| match source.kind() {
            io::ErrorKind::UnexpectedEof => MediaError::Truncated { path: self.path.clone() },
            _ => MediaError::Io { path: self.path.clone(), source },
        })?;
        Ok(bytes)
    }
}

/// How a file lays out numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) big_endian: bool,
    /// A BigTIFF, whose offsets have 8 bytes.
    pub(crate) big_tiff: bool,
}

impl Order {
    /// A whole number of up to 8 bytes.
    pub(crate) fn number(self, bytes: &[u8]) -> u64 {
        let step = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
        if self.big_endian { bytes.iter().fold(0, step) } else { bytes.iter().rev().fold(0, step) }
    }
}

/// What a directory says of a tag.
#[derive(Clone, Copy, Debug)]
struct Entry {
    kind: u16,
    count: u64,
    /// The value itself where it fits, else where it lies.
    held: [u8; 8],
}

/// One directory.
#[derive(Clone, Debug)]
pub(crate) struct Directory {
    source: Source,
    order: Order,
    entries: BTreeMap<u16, Entry>,
}

/// The directories of a file, in the order of its chain.
#[derive(Debug)]
pub(crate) struct Directories {
    pub(crate) source: Source,
    pub(crate) order: Order,
    pub(crate) chain: Vec<Directory>,
    /// Why the chain ends early.
    pub(crate) broken: Option<String>,
}

/// Bytes of a value of each type of TIFF 6.0 and BigTIFF.
fn size_of(kind: u16) -> Option<u64> {
    Some(match kind {
        1 | 2 | 6 | 7 => 1,
        3 | 8 => 2,
        4 | 9 | 11 | 13 => 4,
        5 | 10 | 12 | 16 | 17 | 18 => 8,
        _ => return None,
    })
}

impl Directories {
    /// Reads the header and the chain of at most so many directories. What is wrong with a later one is kept for [`Directories::broken`].
    ///
    /// # Errors
    /// When there is no whole first directory.
    pub(crate) fn read(source: Source, most: usize) -> Result<Self, MediaError> {
        let header = |detail: &str, big: bool| damaged_header(&source.path, big, detail);
        let start = source.bytes(0, source.length.min(16))?;
        let order = match start.get(..4) {
            Some(b"II*\0") => Order { big_endian: false, big_tiff: false },
            Some(b"MM\0*") => Order { big_endian: true, big_tiff: false },
            Some(b"II+\0") => Order { big_endian: false, big_tiff: true },
            Some(b"MM\0+") => Order { big_endian: true, big_tiff: true },
            _ => return Err(header("it does not begin like one", false)),
        };
        let first = if order.big_tiff { start.get(8..16) } else { start.get(4..8) };
        let mut next = first.map_or(0, |bytes| order.number(bytes));
        if next == 0 {
            return Err(header("it names no directory", order.big_tiff));
        }
        let (mut chain, mut seen, mut broken) = (Vec::new(), HashSet::new(), None);
        while next != 0 && chain.len() < most {
            if !seen.insert(next) {
                broken = Some("its directories form a loop".to_owned());
                break;
            }
            match Directory::read(&source, order, next) {
                Ok((directory, after)) => {
                    chain.push(directory);
                    next = after;
                }
                Err(_) if !chain.is_empty() => {
                    broken = Some(format!("its directory {} is damaged or cut off", chain.len() + 1));
                    break;
                }
                Err(MediaError::Truncated { .. }) => {
                    return Err(header("the file ends inside its directory", order.big_tiff));
                }
                Err(error) => return Err(error),
            }
        }
        if next != 0 && chain.len() == MOST_DIRECTORIES {
            broken = Some(format!("more than {MOST_DIRECTORIES} directories are not read"));
        }
        Ok(Self { source, order, chain, broken })
    }

    /// The directories whose places another one names ([`tags::SUB_IFDS`]); those that cannot be read are left out.
    pub(crate) fn below(&self, directory: &Directory) -> Vec<Directory> {
        let places = directory.numbers(tags::SUB_IFDS).ok().flatten().unwrap_or_default();
        let distinct: HashSet<u64> = places.iter().copied().collect();
        if distinct.len() != places.len() || places.len() > 64 {
            return Vec::new();
        }
        let read = |place: u64| Directory::read(&self.source, self.order, place).ok();
        places.into_iter().filter_map(|place| Some(read(place)?.0)).collect()
    }
}

impl Directory {
    /// The directory at a place, and where the next one is (0: there is none).
    fn read(source: &Source, order: Order, at: u64) -> Result<(Self, u64), MediaError> {
        let [count_bytes, entry_bytes, offset_bytes] = if order.big_tiff { [8, 20, 8] } else { [2, 12, 4] };
        let count = order.number(&source.bytes(at, count_bytes)?);
        if count == 0 || count > MOST_ENTRIES {
            return Err(damaged_header(&source.path, order.big_tiff, &format!("a directory of {count} entries")));
        }
        // Within the file, as what was read before it.
        let from = at + count_bytes;
        let bytes = source.bytes(from, count * entry_bytes)?;
        let mut entries = BTreeMap::new();
        for entry in bytes.chunks_exact(entry_bytes as usize) {
            let (tag, kind) = (order.number(&entry[..2]) as u16, order.number(&entry[2..4]) as u16);
            let (count, value) = entry[4..].split_at(offset_bytes as usize);
            let mut held = [0; 8];
            held[..value.len()].copy_from_slice(value);
            // The first one counts where a tag comes twice.
            entries.entry(tag).or_insert(Entry { kind, count: order.number(count), held });
        }
        // A file that ends here has no next one.
        let next = source.bytes(from + count * entry_bytes, offset_bytes).map_or(0, |next| order.number(&next));
        Ok((Self { source: source.clone(), order, entries }, next))
    }

    pub(crate) fn has(&self, tag: u16) -> bool {
        self.entries.contains_key(&tag)
    }

    /// The type of what a tag holds, and its bytes.
    fn value(&self, tag: u16) -> Result<Option<(u16, u64, Vec<u8>)>, MediaError> {
        let Some(entry) = self.entries.get(&tag) else { return Ok(None) };
        let fault = |detail: String| damaged_header(&self.source.path, self.order.big_tiff, &detail);
        let size =
            size_of(entry.kind).ok_or_else(|| fault(format!("tag {tag} is of the unknown type {}", entry.kind)))?;
        let bytes = entry.count.checked_mul(size).filter(|bytes| *bytes <= MOST_VALUE_BYTES);
        let bytes = bytes.ok_or_else(|| fault(format!("tag {tag} claims {} values", entry.count)))?;
        let offset_bytes = if self.order.big_tiff { 8 } else { 4 };
        if bytes <= offset_bytes {
            return Ok(Some((entry.kind, size, entry.held[..bytes as usize].to_vec())));
        }
        let at = self.order.number(&entry.held[..offset_bytes as usize]);
        let held = self.source.bytes(at, bytes);
        let held = held.map_err(|error| match error {
            MediaError::Truncated { .. } => fault(format!("what tag {tag} holds lies past the end of the file")),
            other => other,
        })?;
        Ok(Some((entry.kind, size, held)))
    }

    /// Whole numbers that a tag holds.
    pub(crate) fn numbers(&self, tag: u16) -> Result<Option<Vec<u64>>, MediaError> {
        let Some((kind, size, bytes)) = self.value(tag)? else { return Ok(None) };
        if !matches!(kind, 1 | 3 | 4 | 6 | 7 | 8 | 9 | 13 | 16 | 17 | 18) {
            let detail = format!("tag {tag} holds no whole numbers");
            return Err(damaged_header(&self.source.path, self.order.big_tiff, &detail));
        }
        Ok(Some(bytes.chunks_exact(size as usize).map(|bytes| self.order.number(bytes)).collect()))
    }

    /// The first whole number of a tag.
    pub(crate) fn number(&self, tag: u16) -> Result<Option<u64>, MediaError> {
        // One with many values (offsets) is not read for its first one alone.
        Ok(self.numbers(tag)?.and_then(|numbers| numbers.first().copied()))
    }

    /// Floating point numbers that a tag holds; `None` too if it holds others or cannot be read.
    pub(crate) fn reals(&self, tag: u16) -> Option<Vec<f64>> {
        let (kind, size, bytes) = self.value(tag).ok().flatten()?;
        let real = |bytes: &[u8]| match kind {
            11 => Some(f64::from(f32::from_bits(self.order.number(bytes) as u32))),
            12 => Some(f64::from_bits(self.order.number(bytes))),
            _ => None,
        };
        bytes.chunks_exact(size as usize).map(real).collect()
    }

    /// Text that a tag holds, without the zero at its end.
    pub(crate) fn text(&self, tag: u16) -> Option<String> {
        let (_, size, bytes) = self.value(tag).ok().flatten()?;
        let text = if size == 1 { String::from_utf8_lossy(&bytes).into_owned() } else { return None };
        Some(text.trim_end_matches('\0').to_owned())
    }

    /// Bytes that a tag holds.
    pub(crate) fn raw(&self, tag: u16) -> Result<Option<Vec<u8>>, MediaError> {
        Ok(self.value(tag)?.map(|(_, _, bytes)| bytes))
    }

    pub(crate) fn order(&self) -> Order {
        self.order
    }

    pub(crate) fn source(&self) -> &Source {
        &self.source
    }
}

/// A fault of the file, not of a part of its pixels: its kind is named.
pub(crate) fn damaged_header(path: &Path, big_tiff: bool, detail: &str) -> MediaError {
    let name = if big_tiff { "BigTIFF" } else { "TIFF" };
    let detail = format!(
        "it is a {name} with a damaged header ({detail}); save it again, or convert it (for example: gdal_translate in.tif out.tif)"
    );
    MediaError::Damaged { path: path.to_path_buf(), detail }
}

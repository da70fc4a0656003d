//! Opening and reading: regular files only, never more than the caller's limit.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::path::Path;

use crate::FileError;
use crate::identity::{Facts, Kind};

/// Opens a file for reading, following links, only if it is a regular file. Pipes, devices and sockets are not even
/// opened; nothing is waited for.
///
/// ```
/// let error = limn_files::open(&std::env::temp_dir()).unwrap_err();
/// assert!(matches!(error, limn_files::FileError::NotAFile { what: "a folder", .. }));
/// ```
///
/// # Errors
/// [`FileError::NotAFile`] for anything else than a file, [`FileError::Io`] for what the system says.
pub fn open(path: &Path) -> Result<File, FileError> {
    open_with_facts(path).map(|(file, _)| file)
}

/// [`open`], and what is known of the file.
///
/// # Errors
/// As [`open`].
pub fn open_with_facts(path: &Path) -> Result<(File, Facts), FileError> {
    let io = |error| FileError::from_io("read", path, error);
    let refuse_other = |kind: Kind| match kind {
        Kind::File => Ok(()),
        kind => Err(FileError::NotAFile { path: path.to_path_buf(), what: kind.words() }),
    };
    refuse_other(Kind::of(&std::fs::metadata(path).map_err(io)?))?;
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let careful = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        // The flags are the bits of a C `int`.
        options.custom_flags(careful.bits().cast_signed());
    }
    let file = options.open(path).map_err(io)?;
    // It may have been exchanged since.
    let facts = Facts::of_open(&file, path).map_err(io)?;
    refuse_other(facts.kind)?;
    Ok((file, facts))
}

/// All bytes of a regular file.
///
/// # Errors
/// As [`open`]; [`FileError::TooLarge`] above `limit` bytes; [`FileError::Memory`].
pub fn read_bytes(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    read_all(&mut open(path)?, path, limit)
}

/// The rest of an open file. Its size is only a hint; memory is asked for as bytes come.
pub(crate) fn read_all(file: &mut File, path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    const STEP: u64 = 1 << 20;
    let too_large = || FileError::TooLarge { path: path.to_path_buf(), limit };
    let io = |error| FileError::from_io("read", path, error);
    let said = file.metadata().map_err(io)?.len();
    if said > limit {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    loop {
        let have = bytes.len() as u64;
        // At first what the file says (not more than a step, in case it lies), then twice as much each time. One more
        // byte than is allowed is enough to see that there are too many.
        let next = if have == 0 { said.min(STEP) + 1 } else { have.max(STEP) };
        let next = next.min(limit.saturating_add(1) - have);
        let room = usize::try_from(next).unwrap_or(usize::MAX);
        bytes.try_reserve(room).map_err(|_| FileError::Memory { path: path.to_path_buf(), bytes: have + next })?;
        let got = file.take(next).read_to_end(&mut bytes).map_err(io)? as u64;
        if bytes.len() as u64 > limit {
            return Err(too_large());
        }
        if got < next {
            return Ok(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_as_many_bytes_as_allowed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        for length in [0_usize, 1, 5, (1 << 20) - 1, 1 << 20, (3 << 20) + 7] {
            let content: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
            std::fs::write(&path, &content).unwrap();
            assert!(read_bytes(&path, length as u64).unwrap() == content, "{length}");
            assert!(read_bytes(&path, u64::MAX).unwrap() == content, "{length}");
            if length > 0 {
                let refused = read_bytes(&path, length as u64 - 1);
                assert!(matches!(refused, Err(FileError::TooLarge { .. })), "{length}");
            }
        }
        assert!(read_bytes(&folder.path().join("none"), 1).unwrap_err().is_missing());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn files_that_say_they_are_empty_and_devices() {
        assert!(!read_bytes(Path::new("/proc/self/status"), 1 << 20).unwrap().is_empty());
        assert!(matches!(read_bytes(Path::new("/proc/self/status"), 10), Err(FileError::TooLarge { .. })));
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("a.png");
        std::os::unix::fs::symlink("/dev/zero", &link).unwrap();
        assert!(matches!(read_bytes(&link, 1 << 30), Err(FileError::NotAFile { what: "a device", .. })));
    }
}

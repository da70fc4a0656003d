//! An opened folder by its descriptor: every step downwards is one system call that follows no link.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use rustix::fs::{AtFlags, FileType, Mode, OFlags};

use crate::identity::{Facts, FileId, Kind};

/// An open folder; what is done in it is done there even if it is renamed meanwhile.
#[derive(Debug)]
pub(crate) struct Dir(OwnedFd);

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
/// Nothing is followed, nothing is waited for, no terminal becomes ours.
const CAREFUL: OFlags = OFlags::NOFOLLOW.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

impl Dir {
    /// Follows links: the person named this place.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self(rustix::fs::open(path, FOLDER, Mode::empty())?))
    }

    pub(super) fn again(&self) -> io::Result<Self> {
        self.0.try_clone().map(Self)
    }

    pub(super) fn child(&self, name: &str) -> io::Result<Self> {
        Ok(Self(rustix::fs::openat(&self.0, name, FOLDER | OFlags::NOFOLLOW, Mode::empty())?))
    }

    pub(super) fn make(&self, name: &str, private: bool) -> io::Result<()> {
        let mode = if private { 0o700 } else { 0o777 };
        Ok(rustix::fs::mkdirat(&self.0, name, Mode::from_raw_mode(mode))?)
    }

    pub(super) fn create_new(&self, name: &str) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | CAREFUL;
        Ok(File::from(rustix::fs::openat(&self.0, name, flags, Mode::from_raw_mode(0o666))?))
    }

    pub(super) fn open_read(&self, name: &str) -> io::Result<File> {
        Ok(File::from(rustix::fs::openat(&self.0, name, OFlags::RDONLY | CAREFUL, Mode::empty())?))
    }

    pub(super) fn open_write(&self, name: &str) -> io::Result<File> {
        Ok(File::from(rustix::fs::openat(&self.0, name, OFlags::RDWR | CAREFUL, Mode::empty())?))
    }

    /// Replaces what is there.
    pub(super) fn rename_over(&self, from: &str, to: &Self, name: impl AsRef<OsStr>) -> io::Result<()> {
        Ok(rustix::fs::renameat(&self.0, from, &to.0, name.as_ref())?)
    }

    /// Fails with `AlreadyExists` if something is there.
    pub(super) fn rename_new(&self, from: &str, to: &Self, name: impl AsRef<OsStr>) -> io::Result<()> {
        #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
        {
            use rustix::io::Errno;
            let done =
                rustix::fs::renameat_with(&self.0, from, &to.0, name.as_ref(), rustix::fs::RenameFlags::NOREPLACE);
            match done {
                // This file system or kernel does not know the flag.
                Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {}
                other => return Ok(other?),
            }
        }
        if to.facts(&name, Path::new(&name))?.is_some() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.rename_over(from, to, name)
    }

    /// A second name for a file (a link is not followed); fails if something is there.
    pub(super) fn link_new(&self, from: &str, to: &Self, name: &str) -> io::Result<()> {
        Ok(rustix::fs::linkat(&self.0, from, &to.0, name, AtFlags::empty())?)
    }

    pub(super) fn remove_file(&self, name: &str) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.0, name, AtFlags::empty())?)
    }

    pub(super) fn remove_folder(&self, name: &str) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(&self.0, name, AtFlags::REMOVEDIR)?)
    }

    pub(super) fn facts(&self, name: impl AsRef<OsStr>, _: &Path) -> io::Result<Option<Facts>> {
        let stat = match rustix::fs::statat(&self.0, name.as_ref(), AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            Err(rustix::io::Errno::NOENT) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let kind = match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Kind::File,
            FileType::Directory => Kind::Folder,
            FileType::Symlink => Kind::Link,
            FileType::Fifo => Kind::Other("a pipe"),
            FileType::Socket => Kind::Other("a socket"),
            FileType::CharacterDevice | FileType::BlockDevice => Kind::Other("a device"),
            FileType::Unknown => Kind::Other("something unknown"),
        };
        let (seconds, nanos) = (stat.st_mtime as i64, stat.st_mtime_nsec as u64);
        let modified = match u64::try_from(seconds) {
            Ok(after) => SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(after)),
            Err(_) => SystemTime::UNIX_EPOCH.checked_sub(Duration::from_secs(seconds.unsigned_abs())),
        };
        Ok(Some(Facts {
            kind,
            length: u64::try_from(stat.st_size).unwrap_or(0),
            modified: modified.and_then(|time| time.checked_add(Duration::from_nanos(nanos))),
            id: FileId::number(stat.st_dev as u64, stat.st_ino as u64),
            names: stat.st_nlink as u64,
            mode: stat.st_mode as u32 & 0o777,
        }))
    }

    /// All names, in no order.
    pub(super) fn names(&self) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in rustix::fs::Dir::read_from(&self.0)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if !matches!(name, b"." | b"..") {
                names.push(OsStr::from_bytes(name).to_owned());
            }
        }
        Ok(names)
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        Ok(rustix::fs::fsync(&self.0)?)
    }

    /// Everything written to this disk, at once; false if the system cannot.
    pub(super) fn sync_disk(&self) -> io::Result<bool> {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        {
            rustix::fs::syncfs(&self.0)?;
            Ok(true)
        }
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        Ok(false)
    }

    /// The folder as a file, for the system's lock on it.
    pub(super) fn as_lockable(&self) -> io::Result<Option<File>> {
        // A descriptor of its own, so that two holders in one process exclude each other too.
        Ok(Some(File::from(rustix::fs::openat(&self.0, ".", FOLDER, Mode::empty())?)))
    }
}

/// Keeps of the new file's rights only those in `mode` (and that the owner may read and write).
pub(crate) fn narrow(file: &File, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let now = file.metadata()?.permissions().mode() & 0o777;
    let narrow = now & (mode | 0o600);
    if narrow == now {
        return Ok(());
    }
    file.set_permissions(std::fs::Permissions::from_mode(narrow))
}

//! One writer at a time: a lock file that names the process and the machine.
//!
//! The system's file lock decides, so a process that was killed leaves nothing behind but the file, which the next one
//! takes over. Where the file system knows no locks, the content decides: this machine and a process that no longer
//! lives means stale. What is not a lock file of ours is never written to, and never removed.

use std::fs::{File, TryLockError};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::beneath::{Beneath, read_small};
use crate::holder::Holder;
use crate::identity::{Facts, FileId, Kind};
use crate::{FileError, names, shown};

/// The held lock; released and removed when dropped.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("a.limn.lock");
/// let lock = limn_files::Lock::acquire(&path)?;
/// assert!(matches!(limn_files::Lock::acquire(&path), Err(limn_files::LockError::Held { .. })));
/// # drop(lock);
/// # Ok::<(), limn_files::LockError>(())
/// ```
#[derive(Debug)]
pub struct Lock {
    folder: Beneath,
    name: String,
    file: File,
    id: FileId,
}

/// Why there is no lock.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Somebody else holds it.
    #[error("in use by {holder}")]
    Held {
        /// `process 12 on name`, or `another process`.
        holder: String,
    },
    /// What stands there is no lock file of this program: a link, a file with two names, other content.
    #[error("{} is {what}, not a lock of this program; look at it and remove it", shown(path))]
    NotOurs {
        /// The place.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// The lock file cannot be made, for example in a folder that cannot be written or on a full disk.
    #[error(transparent)]
    File(#[from] FileError),
}

/// Longer than any content of ours.
const MOST: u64 = 512;

impl Lock {
    /// Takes the lock whose file is `path`.
    ///
    /// # Errors
    /// [`LockError::Held`] while somebody else has it, [`LockError::NotOurs`] if something else stands there (it is left
    /// as it is), [`LockError::File`] if the file cannot be made.
    pub fn acquire(path: &Path) -> Result<Self, LockError> {
        let refuse = || FileError::Name {
            name: path.to_string_lossy().into_owned(),
            why: "it names no file, or is not Unicode",
        };
        let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(refuse)?;
        names::check_name(name)?;
        let folder = Beneath::open(path.parent().unwrap_or(Path::new("")))?;
        // Each turn another process made, removed or exchanged the file; that ends.
        const TURNS: usize = 1000;
        for _ in 0..TURNS {
            if let Some(lock) = Self::try_at(&folder, name)? {
                return Ok(lock);
            }
            std::thread::yield_now();
        }
        Err(LockError::Held { holder: "another process".to_owned() })
    }

    /// `None` if the file was exchanged meanwhile.
    fn try_at(folder: &Beneath, name: &str) -> Result<Option<Self>, LockError> {
        let path = folder.path().join(name);
        let not_ours = |what| LockError::NotOurs { path: path.clone(), what };
        let io = |error| LockError::File(FileError::from_io("lock", &path, error));
        let (mut file, facts) = match folder.facts_here(name)? {
            None => match folder.create_new(name) {
                Ok(file) => {
                    let facts = Facts::of_open(&file, &path).map_err(io)?;
                    (file, facts)
                }
                Err(_) if folder.facts_here(name)?.is_some() => return Ok(None),
                Err(error) => return Err(error.into()),
            },
            Some(facts) if facts.kind != Kind::File => return Err(not_ours(facts.kind.words())),
            Some(_) => match folder.open_existing(name) {
                Ok(opened) => opened,
                Err(error) if error.is_missing() => return Ok(None),
                Err(error) => return Err(error.into()),
            },
        };
        // A link count of 0: the former holder removed it after we opened it.
        if facts.names > 1 {
            return Err(not_ours("another name of a file"));
        }
        let content = read_small(&mut file, MOST).map_err(io)?;
        let holder = Holder::parse(&content);
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(held(holder.as_ref())),
            // A file system without locks: the content decides.
            Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => {
                if holder.as_ref().is_some_and(Holder::may_live) {
                    return Err(held(holder.as_ref()));
                }
            }
            Err(TryLockError::Error(error)) => return Err(io(error)),
        }
        let is_still_there = folder.facts_here(name)?.is_some_and(|now| now.id == facts.id);
        if !is_still_there {
            return Ok(None);
        }
        // Read again: what was there before we held the lock may have been another's.
        file.seek(SeekFrom::Start(0)).map_err(io)?;
        let content = read_small(&mut file, MOST).map_err(io)?;
        if !content.is_empty() && Holder::parse(&content).is_none() {
            return Err(not_ours("a file with other content"));
        }
        if let Err(error) = write_holder(&mut file) {
            // The system's lock holds all the same.
            tracing::warn!("the lock file {} does not name its holder: {error}", shown(&path));
        }
        Ok(Some(Self { folder: folder.again()?, name: name.to_owned(), file, id: facts.id }))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let ours = matches!(self.folder.facts_here(&self.name), Ok(Some(facts)) if facts.id == self.id);
        if ours {
            self.folder.forget(&self.name);
        }
        if let Err(error) = self.file.unlock() {
            tracing::debug!("{} was not unlocked: {error}", shown(&self.folder.path().join(&self.name)));
        }
    }
}

fn write_holder(file: &mut File) -> io::Result<()> {
    // Written before the rest is cut off, so that a full disk leaves something of our form.
    let text = Holder::this().to_string();
    file.seek(SeekFrom::Start(0))?;
    file.set_len(0)?;
    file.write_all(text.as_bytes())
}

fn held(holder: Option<&Holder>) -> LockError {
    let holder = holder.map_or_else(
        || "another process".to_owned(),
        |holder| format!("process {} on {}", holder.process, holder.host),
    );
    LockError::Held { holder }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.limn.lock");
        (folder, path)
    }

    #[test]
    fn the_second_is_refused_and_told_who_holds_it() {
        let (_folder, path) = place();
        let first = Lock::acquire(&path).unwrap();
        let refused = Lock::acquire(&path).unwrap_err();
        assert!(refused.to_string().contains(&std::process::id().to_string()), "{refused}");
        drop(first);
        assert!(!path.exists());
        drop(Lock::acquire(&path).unwrap());
    }

    #[test]
    fn what_a_dead_process_left_is_taken_over() {
        let (_folder, path) = place();
        for left in [String::new(), format!("4194999 {}", Holder::this().host)] {
            std::fs::write(&path, left).unwrap();
            let lock = Lock::acquire(&path).unwrap();
            assert_eq!(std::fs::read_to_string(&path).unwrap(), Holder::this().to_string());
            drop(lock);
            assert!(!path.exists());
        }
    }

    #[test]
    fn other_files_are_left_as_they_are() {
        let (_folder, path) = place();
        for content in ["years of work", "1 host\nand more", &"x".repeat(2000)] {
            std::fs::write(&path, content).unwrap();
            assert!(matches!(Lock::acquire(&path), Err(LockError::NotOurs { .. })));
            assert_eq!(std::fs::read_to_string(&path).unwrap(), content);
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_pipes_and_second_names_are_left_as_they_are() {
        let (folder, path) = place();
        let mine = folder.path().join("mine");
        // Content of our form: only the link says that it is not ours.
        std::fs::write(&mine, "").unwrap();
        let refused = |what: &str| match Lock::acquire(&path) {
            Err(LockError::NotOurs { what: found, .. }) => assert_eq!(found, what),
            other => panic!("{other:?}"),
        };
        std::os::unix::fs::symlink("mine", &path).unwrap();
        refused("a link");
        std::fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("planted", &path).unwrap();
        refused("a link");
        assert!(!folder.path().join("planted").exists());
        std::fs::remove_file(&path).unwrap();
        std::fs::hard_link(&mine, &path).unwrap();
        refused("another name of a file");
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir(&path).unwrap();
        refused("a folder");
        assert_eq!(std::fs::read(&mine).unwrap(), b"");
    }

    #[test]
    fn a_file_that_took_its_place_is_not_removed() {
        let (_folder, path) = place();
        let lock = Lock::acquire(&path).unwrap();
        std::fs::rename(&path, path.with_extension("away")).unwrap();
        std::fs::write(&path, "mine").unwrap();
        drop(lock);
        assert_eq!(std::fs::read(&path).unwrap(), b"mine");
    }

    #[test]
    fn many_threads_one_at_a_time() {
        let (_folder, path) = place();
        let inside = std::sync::atomic::AtomicUsize::new(0);
        let ordering = std::sync::atomic::Ordering::SeqCst;
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        if let Ok(lock) = Lock::acquire(&path) {
                            assert_eq!(inside.fetch_add(1, ordering), 0);
                            inside.fetch_sub(1, ordering);
                            drop(lock);
                        }
                    }
                });
            }
        });
        assert!(!path.exists());
    }
}

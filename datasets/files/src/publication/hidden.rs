//! The hidden folder of an export on its way: its name, the mark inside, and what to do with one that a dead process left.

use std::fs::{File, TryLockError};
use std::io::Write;

use super::swap::Hook;
use crate::beneath::{Beneath, random, read_small};
use crate::holder::Holder;
use crate::identity::{Facts, Kind};
use crate::{FileError, shown};

const PREFIX: &str = ".limn-export-";
const MARK: &str = "mark";
const TITLE: &str = "limn export, process and machine:";

/// The journal of a swap. Beside it, or once it has one of the next two names, the swap has ended.
pub(super) const JOURNAL: &str = "journal";
/// All new files are in place: the old ones may go.
pub(super) const DONE: &str = "done";
/// All old files are back in place: the new ones may go.
pub(super) const VOID: &str = "void";
/// A journal that is not whole yet.
pub(super) const PART: &str = "journal.part";

/// A hidden folder with our mark, which is locked as long as this value lives.
#[derive(Debug)]
pub(super) struct Hidden {
    pub(super) dir: Beneath,
    name: String,
    mark: Option<File>,
}

impl Hidden {
    pub(super) fn make(target: &Beneath) -> Result<Self, FileError> {
        let name = format!("{PREFIX}{:016x}", random());
        let dir = target.make_private(&name)?;
        let marked = (|| {
            let mut mark = dir.create_new(MARK)?;
            let io = |error| FileError::from_io("write", &dir.path().join(MARK), error);
            // Locked before it says whose it is, so that nobody takes it for one that a dead process left.
            if let Err(error) = mark.try_lock() {
                tracing::debug!("{} is not locked: {error}", shown(dir.path()));
            }
            // In one piece, so that a death leaves it empty or whole.
            let content = format!("{TITLE}\n{}\n", Holder::this());
            mark.write_all(content.as_bytes()).and_then(|()| mark.sync_all()).map_err(io)?;
            Ok(mark)
        })();
        match marked {
            Ok(mark) => Ok(Self { dir, name, mark: Some(mark) }),
            Err(error) => {
                dir.forget(MARK);
                drop(target.remove_folder(&name));
                Err(error)
            }
        }
    }

    /// Takes over the folder `name` if its mark is of our form, names this machine, and its process has ended. `None` for all others.
    pub(super) fn adopt(target: &Beneath, name: &str) -> Option<Self> {
        if !is_name(name) {
            return None;
        }
        // Neither the folder nor the mark may be a link.
        let dir = target.folder(name).ok()?;
        let (mut mark, facts) = dir.open_existing(MARK).ok()?;
        let locked = match mark.try_lock() {
            Ok(()) => true,
            Err(TryLockError::WouldBlock) => return None,
            Err(TryLockError::Error(_)) => false,
        };
        let content = read_small(&mut mark, 512).ok()?;
        let holder = Holder::parse(content.strip_prefix(TITLE)?.strip_prefix('\n')?)?;
        // The lock knows better than the number of the process, which another one may have now.
        let dead = holder.is_here() && (locked || !holder.may_live());
        (facts.names == 1 && dead).then(|| Self { dir, name: name.to_owned(), mark: Some(mark) })
    }

    pub(super) fn has(&self, name: &str) -> Result<bool, FileError> {
        Ok(self.dir.facts_here(name)?.is_some())
    }

    /// Removes the folder `name` if it is of the kind that a process leaves which died while it made or removed it: empty, or with an empty
    /// mark. Only to be asked while the target is locked, since a living process makes it so too.
    pub(super) fn remove_if_empty(target: &Beneath, name: &str) -> bool {
        let removed = (|| {
            let dir = target.folder(name)?;
            let is_mark = |facts: Facts| facts.kind == Kind::File && facts.length == 0 && facts.names == 1;
            match dir.names()?.as_slice() {
                [] => {}
                [only] if only == MARK && dir.facts_here(MARK)?.is_some_and(is_mark) => dir.remove_file(MARK)?,
                _ => return Ok(false),
            }
            target.remove_folder(name).map(|()| true)
        })();
        removed.unwrap_or_else(|error: FileError| {
            tracing::debug!("stays: {error}");
            false
        })
    }

    /// True while a swap has begun and neither ended nor been taken back.
    pub(super) fn is_open(&self) -> Result<bool, FileError> {
        Ok(self.has(JOURNAL)? && !self.has_ended()?)
    }

    fn has_ended(&self) -> Result<bool, FileError> {
        Ok(self.has(DONE)? || self.has(VOID)?)
    }

    /// Removes the folder with the files that are ours by their names. Files kept aside (`N.old`) go only if the swap has
    /// ended; anything else in it stays, and then the folder too. What is not removed now, the next run removes. True if it is gone.
    pub(super) fn clear(&mut self, target: &Beneath, hook: Hook<'_>) -> bool {
        let cleared = (|| {
            let ended = self.has_ended()?;
            let remove = |name: &str| {
                hook("clear").map_err(|error| FileError::from_io("remove", &self.dir.path().join(name), error))?;
                match self.dir.remove_file(name) {
                    Err(error) if !error.is_missing() => Err(error),
                    _ => Ok(()),
                }
            };
            for name in self.dir.names()? {
                let Some(name) = name.to_str() else { continue };
                if is_new(name) || (ended && (is_old(name) || name == JOURNAL)) || name == PART {
                    remove(name)?;
                }
            }
            // Until everything else is gone, the mark and how the swap ended must be known.
            let left = self.dir.names()?;
            if left.iter().all(|name| name == MARK || name == DONE || name == VOID) {
                self.mark = None;
                for name in [DONE, VOID, MARK] {
                    remove(name)?;
                }
                target.remove_folder(&self.name)?;
                return Ok::<bool, FileError>(true);
            }
            Ok(false)
        })();
        cleared.unwrap_or_else(|error| {
            tracing::warn!("a hidden folder of an export stays behind: {error}");
            false
        })
    }
}

/// True for the names that our hidden folders have.
pub(super) fn is_name(name: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    name.strip_prefix(PREFIX).is_some_and(|rest| rest.len() == 16 && rest.bytes().all(is_digit))
}

pub(super) fn new_name(number: usize) -> String {
    format!("{number}.new")
}

pub(super) fn old_name(number: usize) -> String {
    format!("{number}.old")
}

/// `12.new`, and what a data base puts beside it.
fn is_new(name: &str) -> bool {
    let is_numbered = |number: &str| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let rest = name.split_once('.').filter(|(number, _)| is_numbered(number)).map(|(_, rest)| rest);
    matches!(rest, Some("new" | "new-journal" | "new-wal" | "new-shm"))
}

fn is_old(name: &str) -> bool {
    name.strip_suffix(".old")
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The folder's own lock while files are exchanged in it; none where the system or the disk has no such thing.
pub(super) fn lock_target(target: &Beneath) -> Result<Option<File>, FileError> {
    const PATIENCE: std::time::Duration = std::time::Duration::from_secs(60);
    const PAUSE: std::time::Duration = std::time::Duration::from_millis(10);
    let Ok(Some(file)) = target.as_lockable() else { return Ok(None) };
    let began = std::time::Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::WouldBlock) if began.elapsed() < PATIENCE => std::thread::sleep(PAUSE),
            Err(TryLockError::WouldBlock) => return Err(FileError::Busy { path: target.path().to_path_buf() }),
            Err(TryLockError::Error(error)) => {
                tracing::debug!("{} cannot be locked: {error}", shown(target.path()));
                return Ok(None);
            }
        }
    }
}

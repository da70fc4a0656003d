//! One writer per project: a lock file beside it that names the process and the host.
//!
//! The operating system's file lock decides, so a process that was killed leaves nothing behind but the file, which
//! the next one takes over. Where the file system knows no locks, the file's content decides: the same host and a
//! process that no longer lives means stale.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The held lock; released and removed when dropped.
#[derive(Debug)]
pub(super) struct ProjectLock {
    path: PathBuf,
    file: File,
}

/// Why there is no lock.
#[derive(Debug)]
pub(super) enum LockError {
    /// Somebody else holds it.
    Held(String),
    /// The lock file cannot be made.
    Io(std::io::Error),
}

impl ProjectLock {
    /// The lock file of a project: `name.limn.lock`.
    pub(super) fn path_for(project: &Path) -> PathBuf {
        let mut name = project.as_os_str().to_owned();
        name.push(".lock");
        PathBuf::from(name)
    }

    /// Takes the lock.
    pub(super) fn acquire(project: &Path) -> Result<Self, LockError> {
        let path = Self::path_for(project);
        loop {
            let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
            let mut file = file.map_err(LockError::Io)?;
            let mut holder = String::new();
            let known = (&mut file).take(256).read_to_string(&mut holder);
            let holder = if known.is_ok() { holder.trim().to_owned() } else { String::new() };
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(LockError::Held(describe(&holder))),
                Err(TryLockError::Error(error)) if error.kind() == std::io::ErrorKind::Unsupported => {
                    if lives(&holder) {
                        return Err(LockError::Held(describe(&holder)));
                    }
                }
                Err(TryLockError::Error(error)) => return Err(LockError::Io(error)),
            }
            if !is_still_at(&file, &path) {
                continue; // The former holder removed the file between our opening and locking it.
            }
            if let Err(error) = write_holder(&mut file) {
                tracing::warn!("the lock file {} does not name its holder: {error}", path.display());
            }
            return Ok(Self { path, file });
        }
    }
}

impl Drop for ProjectLock {
    fn drop(&mut self) {
        let removed = std::fs::remove_file(&self.path);
        let unlocked = self.file.unlock();
        if let Err(error) = removed.and(unlocked) {
            tracing::warn!("the lock file {} stays behind: {error}", self.path.display());
        }
    }
}

fn write_holder(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    write!(file, "{} {}", std::process::id(), host())
}

fn describe(holder: &str) -> String {
    match holder.split_once(' ') {
        Some((pid, host)) => format!("process {pid} on {host}"),
        None => "by another process".to_owned(),
    }
}

/// Name of this machine.
fn host() -> String {
    let from_kernel = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let from_environment = || std::env::var("COMPUTERNAME").or_else(|_| std::env::var("HOSTNAME")).ok();
    from_kernel.or_else(from_environment).map_or_else(|| "this machine".to_owned(), |name| name.trim().to_owned())
}

/// True if the named process may still run: on another host one cannot know, so it counts as alive.
fn lives(holder: &str) -> bool {
    match holder.split_once(' ') {
        Some((pid, at)) if at == host() => Path::new("/proc").join(pid).exists(),
        Some(_) => true,
        None => false,
    }
}

#[cfg(unix)]
fn is_still_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (file.metadata(), std::fs::metadata(path)) {
        (Ok(ours), Ok(there)) => ours.dev() == there.dev() && ours.ino() == there.ino(),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_still_at(_: &File, path: &Path) -> bool {
    path.exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_refused_and_told_who_holds_it() {
        let folder = tempfile::tempdir().unwrap();
        let project = folder.path().join("a.limn");
        let first = ProjectLock::acquire(&project).unwrap();
        let Err(LockError::Held(holder)) = ProjectLock::acquire(&project) else { panic!("locked twice") };
        assert!(holder.contains(&std::process::id().to_string()), "{holder}");
        drop(first);
        assert!(!ProjectLock::path_for(&project).exists());
        drop(ProjectLock::acquire(&project).unwrap());
    }

    #[test]
    fn a_file_left_by_a_dead_process_is_taken_over() {
        let folder = tempfile::tempdir().unwrap();
        let project = folder.path().join("a.limn");
        std::fs::write(ProjectLock::path_for(&project), format!("4194999 {}", host())).unwrap();
        let lock = ProjectLock::acquire(&project).unwrap();
        let content = std::fs::read_to_string(ProjectLock::path_for(&project)).unwrap();
        assert!(content.starts_with(&std::process::id().to_string()));
        drop(lock);
        assert!(!lives(&format!("4194999 {}", host())) && lives("1 elsewhere"));
    }
}

//! The files: one per trial and process, a few lines of text.
//!
//! The process that lays a mark holds the lock of the file until it ends, however it ends. The lock is taken before the file gets
//! its name, so that nobody sees a mark that is not locked yet.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use super::{Purpose, Subject};

const FIRST_LINE: &str = "limn mark 1";
/// Bytes of a mark at most.
const MAX_BYTES: u64 = 4096;
/// Marks that are looked at, at most.
const MAX_MARKS: usize = 100;

/// What a mark says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mark {
    /// What is tried.
    pub subject: Subject,
    /// Version of the program.
    pub program: String,
    /// Number of the process.
    pub process: u32,
    /// When the trial began.
    pub began: SystemTime,
    /// It did not come to an end in time.
    pub slow: bool,
}

/// A mark that lies in the folder.
#[derive(Debug)]
pub struct Entry {
    /// The file.
    pub path: PathBuf,
    /// What it says.
    pub mark: Mark,
    /// Whether the process lives.
    pub alive: bool,
}

/// A mark of this process.
#[derive(Debug)]
pub struct Held {
    path: PathBuf,
    file: File,
}

impl Held {
    /// Writes the file.
    ///
    /// # Errors
    /// What the system says.
    pub fn lay(folder: &Path, program: &str, subject: &Subject) -> io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        std::fs::create_dir_all(folder)?;
        let (process, count) = (std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let mark = Mark {
            subject: subject.clone(),
            program: program.to_owned(),
            process,
            began: SystemTime::now(),
            slow: false,
        };
        for attempt in 0..100 {
            let name = format!("{}-{process}-{count}-{attempt}", subject.purpose.name());
            let (path, unready) = (folder.join(format!("{name}.mark")), folder.join(format!("{name}.part")));
            if path.exists() {
                continue;
            }
            let mut file = match OpenOptions::new().write(true).create_new(true).open(&unready) {
                Ok(file) => file,
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                Err(error) => return Err(error),
            };
            // File systems without locks: what counts then is the number of the process.
            file.lock().ok();
            let done = file.write_all(mark.text().as_bytes()).and_then(|()| file.sync_data());
            if let Err(error) = done.and_then(|()| std::fs::rename(&unready, &path)) {
                remove(&unready);
                return Err(error);
            }
            return Ok(Self { path, file });
        }
        Err(io::Error::new(io::ErrorKind::AlreadyExists, "every name is taken"))
    }

    /// The trial is over.
    pub fn take_away(self) {
        remove(&self.path);
    }

    /// The trial took too long; the mark stays.
    pub fn leave(mut self) {
        let written = self.file.seek(io::SeekFrom::End(0)).and_then(|_| self.file.write_all(b"slow: yes\n"));
        if let Err(error) = written.and_then(|()| self.file.sync_data()) {
            tracing::warn!("{}: {error}", self.path.display());
        }
    }

    /// As if the process died.
    #[cfg(test)]
    pub fn abandon(self) {
        drop(self.file);
        let text = std::fs::read_to_string(&self.path).unwrap();
        let own = format!("process: {}\n", std::process::id());
        std::fs::write(&self.path, text.replace(&own, &format!("process: {}\n", u32::MAX))).unwrap();
    }
}

impl Mark {
    fn text(&self) -> String {
        let Subject { purpose, adapter, driver } = &self.subject;
        let line = |text: &str| text.replace(['\n', '\r'], " ");
        let began = self.began.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        format!(
            "{FIRST_LINE}\npurpose: {}\nadapter: {}\ndriver: {}\nprogram: {}\nprocess: {}\nbegan: {began}\n",
            purpose.name(),
            line(adapter),
            line(driver),
            self.program,
            self.process,
        )
    }

    /// What a text says, if it is a mark.
    fn read(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        if lines.next() != Some(FIRST_LINE) {
            return None;
        }
        let fields: Vec<(&str, &str)> =
            lines.filter_map(|line| line.split_once(": ").or(line.split_once(':'))).collect();
        let field = |name: &str| fields.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let purpose = field("purpose")?;
        Some(Self {
            subject: Subject {
                purpose: Purpose::ALL.into_iter().find(|known| known.name() == purpose)?,
                adapter: field("adapter")?,
                driver: field("driver")?,
            },
            program: field("program")?,
            process: field("process")?.parse().ok()?,
            began: SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(field("began")?.parse().ok()?))?,
            slow: field("slow").is_some(),
        })
    }
}

/// Every mark in the folder; what is none is left alone.
#[must_use]
pub fn read_all(folder: &Path) -> Vec<Entry> {
    let Ok(entries) = folder.read_dir() else { return Vec::new() };
    let marks =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "mark"));
    marks.take(MAX_MARKS).filter_map(|path| read_one(path).ok().flatten()).collect()
}

fn read_one(path: PathBuf) -> io::Result<Option<Entry>> {
    if !path.symlink_metadata()?.is_file() {
        return Ok(None);
    }
    let file = File::open(&path)?;
    let mut text = String::new();
    (&file).take(MAX_BYTES).read_to_string(&mut text)?;
    let Some(mark) = Mark::read(&text) else { return Ok(None) };
    let alive = match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => true,
        // Where there are no locks nothing is known of a process that the system does not list.
        Err(TryLockError::Error(_)) => is_listed(mark.process),
        Ok(()) => false,
    };
    Ok(Some(Entry { path, mark, alive }))
}

/// Whether the system lists a process of this number; yes, where it cannot be asked.
fn is_listed(process: u32) -> bool {
    let list = Path::new("/proc/self");
    !list.exists() || Path::new("/proc").join(process.to_string()).exists()
}

/// Writes a file of the folder: under another name first, so that nobody reads half of it; through no link.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let unready = path.with_extension(format!("{}-{count}.part", std::process::id()));
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).open(&unready)?;
    let done = file.write_all(bytes).and_then(|()| file.sync_data());
    done.and_then(|()| std::fs::rename(&unready, path)).inspect_err(|_| remove(&unready))
}

/// Takes a file away that may be gone already.
pub fn remove(path: &Path) {
    if let Err(error) = std::fs::remove_file(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!("{}: {error}", path.display());
    }
}

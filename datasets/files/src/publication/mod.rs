//! All files of an export appear together or not at all, and nothing is replaced or removed that this program did not write.
//!
//! Every file is first written in a hidden folder inside the target, summed while it is written. At
//! [`Publication::commit`] the places are looked at: what stands there is replaced only if the former export's note records
//! it with the sum that it still has (or the caller allows to overwrite). Then a journal is written and the files are exchanged; the old ones are
//! kept aside until all new ones are in place. A fault takes everything back; what a process that
//! died left half done is taken back by the next one ([`recover`]). A full disk, a cancelled export or an error leaves what was there before.

mod hidden;
mod journal;
mod note;
mod recovery;
mod swap;
#[cfg(test)]
#[cfg(unix)]
mod tests;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt;
use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};

pub use note::{Record, read_note};
pub use recovery::{Recovery, recover};

use crate::beneath::{Beneath, narrow};
use crate::identity::{Facts, FileId, Kind};
use crate::{FileError, names};
use hidden::{Hidden, lock_target, new_name};
use journal::{Plan, Step};
use swap::{Ways, facts_at};

/// What a [`Publication`] may do.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// The name of the note that lists the files, such as `limn-export.json`; without one, every file in the way is somebody's.
    pub note: Option<String>,
    /// Files in the way are replaced, whoever wrote them; the person said so.
    pub overwrite: bool,
    /// Files that are never replaced or removed, whatever their names: the project and its pictures.
    pub protected: HashSet<FileId>,
    /// Files that this program is known to have written besides those of the note, for example as the project remembers.
    pub known: Vec<Record>,
}

/// What was published.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    /// Files of the export, with the note.
    pub files: usize,
    /// Those of them that stood there already with the same content.
    pub unchanged: usize,
    /// Files of the former export that are no part of this one, and were removed.
    pub removed: usize,
    /// Likewise, but changed since by somebody, and left.
    pub kept: Vec<String>,
}

/// For tests: a function that is called before each change of the swap with what is about to happen, and may fail or
/// end the process there.
#[derive(Clone)]
pub struct Faults(Arc<dyn Fn(&'static str) -> io::Result<()> + Send + Sync>);

impl Faults {
    /// See [`Faults`].
    pub fn new(at: impl Fn(&'static str) -> io::Result<()> + Send + Sync + 'static) -> Self {
        Self(Arc::new(at))
    }
}

impl fmt::Debug for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Faults")
    }
}

/// The files of one export on their way. Dropped before [`Publication::commit`], it takes everything back. Files can be written
/// from several threads at once.
///
/// ```
/// use std::io::Write;
/// # let folder = tempfile::tempdir().unwrap();
/// use limn_files::{Publication, Rules};
/// let rules = Rules { note: Some("limn-export.json".to_owned()), ..Rules::default() };
/// let export = Publication::begin(folder.path(), rules)?;
/// export.write("labels/a.txt", |out| out.write_all(b"1 2 3"))?;
/// export.commit_with_note(|files, out| Ok(write!(out, r#"{{"files": {}}}"#, serde_json::to_string(files)?)?))?;
/// # Ok::<(), limn_files::FileError>(())
/// ```
#[derive(Debug)]
pub struct Publication {
    target: Beneath,
    /// Folders that were made for the target, outermost first; empty once something was published.
    made: Vec<PathBuf>,
    rules: Rules,
    former: HashMap<String, Record>,
    /// `None` once it must not be cleared any more.
    hidden: Option<Hidden>,
    counter: AtomicUsize,
    files: Mutex<HashMap<String, (usize, Option<Record>)>>,
    faults: Faults,
}

impl Publication {
    /// Prepares an export into the folder `target`, which is made if need be. Takes back what a process that died left there.
    ///
    /// # Errors
    /// When the folder cannot be made, written or recovered.
    pub fn begin(target: &Path, rules: Rules) -> Result<Self, FileError> {
        Self::begin_with(target, rules, Faults::new(|_| Ok(())))
    }

    /// [`Publication::begin`] with a hook, for tests.
    ///
    /// # Errors
    /// As [`Publication::begin`].
    pub fn begin_with(target: &Path, rules: Rules, faults: Faults) -> Result<Self, FileError> {
        if let Some(note) = &rules.note {
            names::check_name(note)?;
        }
        let mut made = Vec::new();
        let prepared = Beneath::make_all(target, &mut made).and_then(|folder| {
            recovery::recover_with(&folder, &|what| (faults.0)(what))?;
            let former = former(&folder, &rules)?.0;
            // In the folder's own lock nobody mistakes the new hidden folder for a leftover.
            let lock = lock_target(&folder)?;
            let hidden = Hidden::make(&folder)?;
            drop(lock);
            Ok((folder, former, hidden))
        });
        let (target, former, hidden) = match prepared {
            Ok(prepared) => prepared,
            Err(error) => {
                unmake(&made);
                return Err(error.about(target, hidden::is_name));
            }
        };
        let (counter, files) = (AtomicUsize::new(0), Mutex::default());
        Ok(Self { target, made, rules, former, hidden: Some(hidden), counter, files, faults })
    }

    /// The folder of the export, as it was named.
    #[must_use]
    pub fn target(&self) -> &Path {
        self.target.path()
    }

    /// Looks before the work whether files of these names could be put in place, without reading what is there.
    ///
    /// # Errors
    /// [`FileError::Conflict`] with all names in the way, [`FileError::Protected`], [`FileError::Link`],
    /// [`FileError::NotAFile`].
    pub fn preflight<'n>(&self, names: impl IntoIterator<Item = &'n str>) -> Result<(), FileError> {
        let mut ways = Ways::new(&self.target);
        let mut conflicts = Vec::new();
        for name in names {
            names::parts(name)?;
            if let Some(facts) = self.in_the_way(&mut ways, name)?
                && !self.rules.overwrite
                && self.rules.note.as_deref() != Some(name)
                && self.former.get(name).is_none_or(|record| record.length != facts.length)
            {
                conflicts.push(name.to_owned());
            }
        }
        if !conflicts.is_empty() {
            // Another process may have published since this export began.
            let lock = lock_target(&self.target)?;
            let (former, _) = former(&self.target, &self.rules)?;
            drop(lock);
            conflicts.retain(|name| !former.contains_key(name));
        }
        conflict_of(&self.target, conflicts)
    }

    /// Writes one file; `name` is relative to the target, with `/`.
    ///
    /// # Errors
    /// When the name is none ([`FileError::Name`]) or was written already, when what stands there must not be replaced,
    /// when the disk is full, or `content` fails.
    pub fn write(&self, name: &str, content: impl FnOnce(&mut Draft) -> io::Result<()>) -> Result<(), FileError> {
        self.draft(name, |file, place| {
            let mut draft = Draft(BufWriter::with_capacity(1 << 16, Summing { file, sum: Sha256::new(), length: 0 }));
            let written =
                content(&mut draft).and_then(|()| draft.0.into_inner().map_err(io::IntoInnerError::into_error));
            let Summing { sum, length, .. } = written.map_err(|error| FileError::from_io("write", place, error))?;
            Ok((length, note::spelled(sum)))
        })
    }

    /// Copies an open file as it is, from its beginning; rights that are narrower than usual stay so.
    ///
    /// # Errors
    /// As [`Publication::write`], or when it cannot be read.
    pub fn copy(&self, name: &str, from: &mut File) -> Result<(), FileError> {
        self.draft(name, |file, place| {
            let copied = (|| {
                let facts = Facts::of_open(from, place)?;
                narrow(&file, facts.mode)?;
                from.seek(SeekFrom::Start(0))?;
                let mut out = Summing { file, sum: Sha256::new(), length: 0 };
                io::copy(from, &mut out)?;
                Ok((out.length, note::spelled(out.sum)))
            })();
            copied.map_err(|error| FileError::from_io("write", place, error))
        })
    }

    /// Lets `make` write a file by its path, for libraries that want one (data bases); it is read once more for its sum. The
    /// file has the rights of `like` where those are narrower than usual.
    ///
    /// # Errors
    /// As [`Publication::write`].
    pub fn write_by_path(
        &self,
        name: &str,
        like: Option<&File>,
        make: impl FnOnce(&Path) -> io::Result<()>,
    ) -> Result<(), FileError> {
        let hidden = self.hidden()?;
        self.draft(name, |file, place| {
            let io = |error| FileError::from_io("write", place, error);
            if let Some(like) = like {
                Facts::of_open(like, place).and_then(|facts| narrow(&file, facts.mode)).map_err(io)?;
            }
            drop(file);
            let number = self.number_of(name);
            make(&hidden.dir.path().join(new_name(number))).map_err(io)?;
            let mut file = hidden.dir.open_file(&new_name(number))?;
            note::sum_of(&mut file).map_err(io)
        })
    }

    /// The names written so far, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let whole = files.iter().filter(|(_, (_, record))| record.is_some());
        let mut names: Vec<String> = whole.map(|(name, _)| name.clone()).collect();
        names.sort_unstable();
        names
    }

    /// Puts everything in place and removes the files of the former export that are not part of this one.
    ///
    /// # Errors
    /// [`FileError::Conflict`] if files are in the way, and all others; the folder is then as it was before. If it could
    /// not be brought back (the log says so), [`recover`] tries again.
    pub fn commit(mut self) -> Result<Published, FileError> {
        let target = self.target.path().to_path_buf();
        self.publish().map_err(|error| error.about(&target, hidden::is_name))
    }

    /// Writes the note, then as [`Publication::commit`]. `write` gets the records of all files, sorted; the note must be JSON
    /// with these records in a list `files`, and may hold anything else.
    ///
    /// # Errors
    /// As [`Publication::commit`].
    pub fn commit_with_note(
        self,
        write: impl FnOnce(&[Record], &mut Draft) -> io::Result<()>,
    ) -> Result<Published, FileError> {
        let records: Vec<Record> = self.written().into_iter().map(|(_, record)| record).collect();
        let Some(note) = self.rules.note.clone() else {
            return Err(FileError::Name { name: String::new(), why: "the export has no note" });
        };
        self.write(&note, |out| write(&records, out))?;
        self.commit()
    }

    fn hidden(&self) -> Result<&Hidden, FileError> {
        self.hidden
            .as_ref()
            .ok_or_else(|| FileError::from_io("write in", self.target.path(), io::Error::other("the export has ended")))
    }

    fn number_of(&self, name: &str) -> usize {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        files.get(name).map_or(0, |(number, _)| *number)
    }

    /// What was written, sorted by name, each with its number.
    fn written(&self) -> Vec<(usize, Record)> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let whole = files.values().filter_map(|(number, record)| Some((*number, record.clone()?)));
        let mut whole: Vec<(usize, Record)> = whole.collect();
        whole.sort_unstable_by(|(_, a), (_, b)| a.name.cmp(&b.name));
        whole
    }

    /// Makes a file in the hidden folder and lets `fill` write it and say its length and sum.
    fn draft(
        &self,
        name: &str,
        fill: impl FnOnce(File, &Path) -> Result<(u64, String), FileError>,
    ) -> Result<(), FileError> {
        names::parts(name)?;
        self.preflight([name])?;
        let place = self.target.path().join(name);
        let number = self.counter.fetch_add(1, Ordering::Relaxed);
        let is_new = {
            let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
            let is_new = !files.contains_key(name);
            if is_new {
                files.insert(name.to_owned(), (number, None));
            }
            is_new
        };
        if !is_new {
            return Err(FileError::Name { name: name.to_owned(), why: "two files of the export have it" });
        }
        let hidden = self.hidden()?;
        let filled = hidden.dir.create_new(&new_name(number)).and_then(|file| fill(file, &place));
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        match filled {
            Ok((length, sha256)) => {
                files.insert(name.to_owned(), (number, Some(Record { name: name.to_owned(), length, sha256 })));
                Ok(())
            }
            Err(error) => {
                files.remove(name);
                hidden.dir.forget(&new_name(number));
                Err(error)
            }
        }
    }

    /// What stands in the place of a new file, unless it must never be replaced.
    fn in_the_way(&self, ways: &mut Ways<'_>, name: &str) -> Result<Option<Facts>, FileError> {
        let path = || self.target.path().join(name);
        match facts_at(ways, name)? {
            None => Ok(None),
            Some(facts) => match facts.kind {
                Kind::File if self.rules.protected.contains(&facts.id) => Err(FileError::Protected { path: path() }),
                Kind::File => Ok(Some(facts)),
                Kind::Link => Err(FileError::Link { path: path() }),
                kind => Err(FileError::NotAFile { path: path(), what: kind.words() }),
            },
        }
    }

    fn publish(&mut self) -> Result<Published, FileError> {
        let files = self.written();
        let hidden = self.hidden()?;
        let hook: swap::Hook<'_> = &|what| (self.faults.0)(what);
        sync_files(hidden, &files)?;
        let lock = lock_target(&self.target)?;
        let (plan, checked, mut published) = self.plan(&files)?;
        let mut clear = true;
        if !plan.steps.is_empty() {
            let io = |error| FileError::from_io("write in", self.target.path(), error);
            hook("write the journal").map_err(io)?;
            // The hidden folder itself must be durable before anything is kept in it.
            let begun = self.target.sync().and_then(|()| plan.write(hidden));
            match begun.and_then(|()| swap::forward(&self.target, hidden, &plan, &checked, hook)) {
                Ok(durable) => clear = durable,
                Err(error) => {
                    if hidden.is_open().unwrap_or(true)
                        && let Err(second) = swap::back(&self.target, hidden, &plan, hook)
                    {
                        tracing::error!("an export could not be taken back, the next run tries again: {second}");
                        // Not cleared: it holds the old files.
                        self.hidden = None;
                        self.made.clear();
                    }
                    return Err(error);
                }
            }
        }
        self.made.clear();
        published.files = files.len();
        swap::remove_emptied(&self.target, &plan);
        if let Some(mut hidden) = self.hidden.take()
            && clear
        {
            hidden.clear(&self.target, &|what| (self.faults.0)(what));
        }
        drop(lock);
        Ok(published)
    }

    /// What is to happen, and what is known of the files that are kept aside.
    fn plan(&self, files: &[(usize, Record)]) -> Result<(Plan, Vec<Option<Facts>>, Published), FileError> {
        // Read again: another process may have published since this export began.
        let (former, has_note) = former(&self.target, &self.rules)?;
        let mut ways = Ways::new(&self.target);
        let (mut plan, mut checked, mut published) = (Plan::default(), Vec::new(), Published::default());
        let (mut conflicts, mut going) = (Vec::new(), HashSet::new());
        let written: HashSet<&str> = files.iter().map(|(_, record)| record.name.as_str()).collect();
        let mut stale: Vec<&Record> =
            former.values().filter(|record| !written.contains(record.name.as_str())).collect();
        stale.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        for record in stale {
            // What cannot be looked at (a link on the way, say) is not what was written, and stays.
            let found = swap::matches(&mut ways, record).unwrap_or_else(|error| {
                tracing::debug!("stays: {error}");
                None
            });
            match found.filter(|facts| !self.rules.protected.contains(&facts.id)) {
                Some(facts) => {
                    plan.steps.push(Step { name: record.name.clone(), new: None, old: true });
                    going.insert((facts.id.clone(), record.name.to_lowercase()));
                    checked.push(Some(facts));
                    published.removed += 1;
                }
                None if matches!(facts_at(&mut ways, &record.name), Ok(Some(_))) => {
                    published.kept.push(record.name.clone())
                }
                None => {}
            }
        }
        let mut folders = BTreeSet::new();
        for (number, record) in files {
            let name = &record.name;
            let new = Some((*number, record.clone()));
            let Some(facts) = self.in_the_way(&mut ways, name)? else {
                folders.extend(name.match_indices('/').map(|(at, _)| &name[..at]));
                plan.steps.push(Step { name: name.clone(), new, old: false });
                checked.push(None);
                continue;
            };
            if going.contains(&(facts.id.clone(), name.to_lowercase())) {
                // A disk that does not tell capitals: it is a file of the former export, which goes.
                plan.steps.push(Step { name: name.clone(), new, old: false });
                checked.push(None);
                continue;
            }
            if facts.length == record.length && swap::matches(&mut ways, record)?.is_some() {
                published.unchanged += 1;
                continue;
            }
            let is_note = has_note && self.rules.note.as_ref() == Some(name);
            let ours = match former.get(name) {
                _ if self.rules.overwrite || is_note => Some(facts),
                Some(record) => swap::matches(&mut ways, record)?,
                None => None,
            };
            match ours {
                Some(facts) => {
                    plan.steps.push(Step { name: name.clone(), new, old: true });
                    checked.push(Some(facts));
                }
                None => conflicts.push(name.clone()),
            }
        }
        conflict_of(&self.target, conflicts)?;
        for folder in folders {
            if self.target.facts(folder)?.is_none() {
                plan.folders.push(folder.to_owned());
            }
        }
        Ok((plan, checked, published))
    }
}

impl Drop for Publication {
    fn drop(&mut self) {
        if let Some(mut hidden) = self.hidden.take() {
            hidden.clear(&self.target, &|_| Ok(()));
        }
        unmake(&self.made);
    }
}

/// Where a file of an export is written.
#[derive(Debug)]
pub struct Draft(BufWriter<Summing>);

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A file that is summed while it is written.
#[derive(Debug)]
struct Summing {
    file: File,
    sum: Sha256,
    length: u64,
}

impl Write for Summing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.sum.update(&bytes[..written]);
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// What this program wrote here before, and whether there is a note of it.
fn former(target: &Beneath, rules: &Rules) -> Result<(HashMap<String, Record>, bool), FileError> {
    let noted = match &rules.note {
        Some(note) => read_note(target, note)?,
        None => None,
    };
    let has_note = noted.is_some();
    let mut records = noted.unwrap_or_default();
    for record in rules.known.iter().filter(|record| note::is_sound(record)) {
        records.entry(record.name.clone()).or_insert_with(|| record.clone());
    }
    Ok((records, has_note))
}

fn conflict_of(target: &Beneath, names: Vec<String>) -> Result<(), FileError> {
    if names.is_empty() {
        return Ok(());
    }
    Err(FileError::Conflict { folder: target.path().to_path_buf(), names })
}

/// Makes the new files durable before they are put in place. One file after the other would wait for the disk as often
/// as there are files, so for many there is one call for the whole disk, where the system has it.
fn sync_files(hidden: &Hidden, files: &[(usize, Record)]) -> Result<(), FileError> {
    const MANY: usize = 64;
    if files.len() > MANY && hidden.dir.sync_disk()? {
        return Ok(());
    }
    for (number, _) in files {
        let (file, _) = hidden.dir.open_existing(&new_name(*number))?;
        file.sync_all().map_err(|error| FileError::from_io("write in", hidden.dir.path(), error))?;
    }
    Ok(())
}

/// Removes folders that were made for nothing; the innermost first. One that is not empty is none of ours.
fn unmake(made: &[PathBuf]) {
    for folder in made.iter().rev() {
        if let Err(error) = std::fs::remove_dir(folder) {
            tracing::debug!("{} stays: {error}", crate::shown(folder));
        }
    }
}

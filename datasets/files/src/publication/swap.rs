//! The exchange of the old files for the new ones, forwards and backwards.
//!
//! Going back looks only at what is there, never at how far the exchange came, so the same way serves an error, a
//! process that died, and one that died while it was going back.

use std::collections::BTreeSet;
use std::io;

use super::hidden::{DONE, Hidden, JOURNAL, VOID, new_name, old_name};
use super::journal::Plan;
use super::note::{Record, sum_of};
use crate::beneath::{Beneath, narrow};
use crate::identity::{Facts, Kind};
use crate::replacing::move_aside;
use crate::{FileError, shown};

/// Called before each change on the disk with what is about to happen; an error stops the swap there.
pub(super) type Hook<'h> = &'h (dyn Fn(&'static str) -> io::Result<()> + Sync);

/// Folders beneath the target; the last one is kept open, since the names come sorted.
pub(super) struct Ways<'t> {
    target: &'t Beneath,
    last: Option<(String, Beneath)>,
}

impl<'t> Ways<'t> {
    pub(super) fn new(target: &'t Beneath) -> Self {
        Self { target, last: None }
    }

    /// The folder of a file and its name there; `None` if the folder is missing.
    pub(super) fn to<'n>(&mut self, name: &'n str) -> Result<Option<(&Beneath, &'n str)>, FileError> {
        match self.open(name, false) {
            Err(error) if error.is_missing() => Ok(None),
            other => other.map(Some),
        }
    }

    /// Likewise; makes the folder if it is missing.
    fn made<'n>(&mut self, name: &'n str) -> Result<(&Beneath, &'n str), FileError> {
        self.open(name, true)
    }

    fn open<'n>(&mut self, name: &'n str, make: bool) -> Result<(&Beneath, &'n str), FileError> {
        let (above, last) = name.rsplit_once('/').unwrap_or(("", name));
        if above.is_empty() {
            return Ok((self.target, last));
        }
        if self.last.as_ref().is_none_or(|(at, _)| at != above) {
            let folder = if make { self.target.make_folder(above)? } else { self.target.folder(above)? };
            self.last = Some((above.to_owned(), folder));
        }
        // It was just put there.
        Ok((self.last.as_ref().map_or(self.target, |(_, folder)| folder), last))
    }
}

/// What stands at a name, if its folder is there.
pub(super) fn facts_at(ways: &mut Ways<'_>, name: &str) -> Result<Option<Facts>, FileError> {
    match ways.to(name)? {
        Some((folder, last)) => folder.facts_here(last),
        None => Ok(None),
    }
}

/// True if a regular file with exactly this content stands there; with its facts when it was read.
pub(super) fn matches(ways: &mut Ways<'_>, record: &Record) -> Result<Option<Facts>, FileError> {
    let Some((folder, last)) = ways.to(&record.name)? else { return Ok(None) };
    match folder.facts_here(last)? {
        Some(facts) if facts.kind == Kind::File && facts.length == record.length => {}
        _ => return Ok(None),
    }
    let path = folder.path().join(last);
    let mut file = folder.open_file(last)?;
    let io = |error| FileError::from_io("read", &path, error);
    let facts = Facts::of_open(&file, &path).map_err(io)?;
    let (length, sum) = sum_of(&mut file).map_err(io)?;
    Ok((length == record.length && sum == record.sha256).then_some(facts))
}

/// Puts everything in place. `checked` holds what was known, when it was checked, of each old file, by step. False if it
/// is done, but perhaps not yet on the disk: then the old files must not go yet.
pub(super) fn forward(
    target: &Beneath,
    hidden: &Hidden,
    plan: &Plan,
    checked: &[Option<Facts>],
    hook: Hook<'_>,
) -> Result<bool, FileError> {
    let io = |what, name: &str| {
        let path = target.path().join(name);
        move |error| FileError::from_io(what, &path, error)
    };
    let mut ways = Ways::new(target);
    for folder in &plan.folders {
        hook("create a folder").map_err(io("create", folder))?;
        target.make_folder(folder)?;
    }
    for (number, step) in plan.steps.iter().enumerate() {
        let mut rights = None;
        if step.old {
            hook("keep aside").map_err(io("rename", &step.name))?;
            let aside = old_name(number);
            let Some((folder, last)) = ways.to(&step.name)? else { continue };
            match folder.move_new(last, &hidden.dir, &aside) {
                // Another name of a file that is aside already, on a disk that does not tell capitals.
                Err(error) if error.is_missing() && step.new.is_none() => continue,
                other => other?,
            }
            let now = hidden.dir.facts_here(&aside)?;
            let before = checked.get(number).and_then(Option::as_ref);
            match (now, before) {
                (Some(now), Some(before)) if before.is_unchanged(&now) => rights = Some(now.mode),
                // Somebody wrote it after it was checked.
                _ => {
                    let names = vec![step.name.clone()];
                    return Err(FileError::Conflict { folder: target.path().to_path_buf(), names });
                }
            }
        }
        if let Some((new, _)) = &step.new {
            hook("put in place").map_err(io("rename", &step.name))?;
            let new = new_name(*new);
            if let Some(rights) = rights
                && hidden.dir.facts_here(&new)?.is_some_and(|facts| facts.mode & rights != facts.mode)
            {
                narrow(&hidden.dir.open_file(&new)?, rights).map_err(io("write", &step.name))?;
            }
            let (folder, last) = ways.made(&step.name)?;
            hidden.dir.move_new(&new, folder, last)?;
        }
    }
    hook("sync").map_err(io("sync", "."))?;
    sync_folders(target, plan)?;
    hook("be done").map_err(io("write", "."))?;
    hidden.dir.rename_new(JOURNAL, DONE)?;
    // From here on there is no way back: whoever comes next finds that it is done.
    Ok(hidden.dir.sync().inspect_err(|error| tracing::warn!("{error}")).is_ok())
}

/// Brings the old files back. Returns the places of those whose own place was taken by somebody meanwhile.
pub(super) fn back(target: &Beneath, hidden: &Hidden, plan: &Plan, hook: Hook<'_>) -> Result<Vec<String>, FileError> {
    let mut beside = Vec::new();
    let mut ways = Ways::new(target);
    for (number, step) in plan.steps.iter().enumerate().rev() {
        let io = |error| FileError::from_io("rename", &target.path().join(&step.name), error);
        if let Some((new, record)) = &step.new
            && !hidden.has(&new_name(*new))?
            && matches(&mut ways, &Record { name: step.name.clone(), ..record.clone() })?.is_some()
            && let Some((folder, last)) = ways.to(&step.name)?
        {
            hook("take back").map_err(io)?;
            let back = folder.move_new(last, &hidden.dir, &new_name(*new));
            // Where renaming is what fails: it is the new file, which nobody needs any more.
            back.or_else(|_| folder.remove_file(last))?;
        }
        let aside = old_name(number);
        if step.old && hidden.has(&aside)? {
            hook("bring back").map_err(io)?;
            let (folder, last) = ways.made(&step.name)?;
            if folder.facts_here(last)?.is_none() {
                let moved = hidden.dir.move_new(&aside, folder, last);
                moved.or_else(|_| hidden.dir.link_new(&aside, folder, last))?;
            } else {
                let free = move_aside(&hidden.dir, &aside, folder, last)?;
                let place = step.name.rsplit_once('/').map_or(free.clone(), |(above, _)| format!("{above}/{free}"));
                tracing::warn!("{}: the former file is now {}", shown(target.path()), crate::printable(&place));
                beside.push(place);
            }
        }
    }
    for folder in plan.folders.iter().rev() {
        // One that is not empty is somebody's now.
        if let Err(error) = target.remove_folder(folder) {
            tracing::debug!("a folder stays: {error}");
        }
    }
    // The renames come to the disk in their order, so one that cannot wait for them goes on all the same.
    if let Err(error) = sync_folders(target, plan) {
        tracing::warn!("{error}");
    }
    hook("be void").map_err(|error| FileError::from_io("write", target.path(), error))?;
    let void = hidden.dir.rename_new(JOURNAL, VOID);
    void.or_else(|_| hidden.dir.create_new(VOID).map(drop))?;
    if let Err(error) = hidden.dir.sync() {
        tracing::warn!("{error}");
    }
    Ok(beside)
}

/// Removes the folders that are empty now that files of the former export are gone.
pub(super) fn remove_emptied(target: &Beneath, plan: &Plan) {
    let gone = plan.steps.iter().filter(|step| step.new.is_none());
    let mut above: BTreeSet<&str> = BTreeSet::new();
    for step in gone {
        above.extend(step.name.match_indices('/').map(|(at, _)| &step.name[..at]));
    }
    // In reverse order the inner ones come first.
    for folder in above.into_iter().rev() {
        if let Err(error) = target.remove_folder(folder) {
            tracing::debug!("a folder stays: {error}");
        }
    }
}

/// Makes the renames durable: each folder once.
fn sync_folders(target: &Beneath, plan: &Plan) -> Result<(), FileError> {
    let mut above: BTreeSet<&str> = BTreeSet::new();
    for name in plan.steps.iter().map(|step| step.name.as_str()).chain(plan.folders.iter().map(String::as_str)) {
        above.extend(name.rsplit_once('/').map(|(above, _)| above));
    }
    for folder in above {
        match target.folder(folder) {
            Ok(folder) => folder.sync()?,
            Err(error) if error.is_missing() => {} // Taken back.
            Err(error) => return Err(error),
        }
    }
    target.sync()
}

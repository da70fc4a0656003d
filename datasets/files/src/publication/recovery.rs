//! What a process that died left in a folder: a swap is taken back, hidden folders are removed.

use std::path::Path;

use super::hidden::{DONE, Hidden, JOURNAL, is_name, lock_target};
use super::journal::Plan;
use super::swap::{self, Hook};
use crate::FileError;
use crate::beneath::Beneath;

/// What [`recover`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovery {
    /// How many exports that had died half way were taken back: their folder is as it was before.
    pub taken_back: usize,
    /// How many hidden folders were removed.
    pub removed: usize,
    /// Former files whose own place was taken by somebody meanwhile; they lie there now, relative to the folder.
    pub beside: Vec<String>,
}

/// Takes back what a process of this program and machine that died left half done in the folder `target`, and removes its hidden
/// folders. Hidden folders of processes that may still live, of other machines and of others are left alone. Every
/// [`Publication`](super::Publication) begins with this; whoever reads an exported folder may call it before.
///
/// # Errors
/// When the folder cannot be opened or listed, or files cannot be brought back; the next run tries again.
pub fn recover(target: &Path) -> Result<Recovery, FileError> {
    recover_with(&Beneath::open(target)?, &|_| Ok(()))
}

pub(super) fn recover_with(target: &Beneath, hook: Hook<'_>) -> Result<Recovery, FileError> {
    let names: Vec<String> = target.names()?.into_iter().filter_map(|name| name.into_string().ok()).collect();
    let names: Vec<String> = names.into_iter().filter(|name| is_name(name)).collect();
    let mut recovery = Recovery::default();
    if names.is_empty() {
        return Ok(recovery);
    }
    let lock = lock_target(target)?;
    for name in names {
        let Some(mut hidden) = Hidden::adopt(target, &name) else {
            if lock.is_some() && Hidden::remove_if_empty(target, &name) {
                recovery.removed += 1;
            }
            continue;
        };
        if hidden.is_open()? {
            let plan = match Plan::read(&hidden, JOURNAL) {
                Ok(plan) => plan,
                Err(error) => {
                    tracing::warn!("left as it is: {error}");
                    continue;
                }
            };
            recovery.beside.extend(swap::back(target, &hidden, &plan, hook)?);
            recovery.taken_back += 1;
        }
        if hidden.has(DONE)?
            && let Ok(plan) = Plan::read(&hidden, DONE)
        {
            swap::remove_emptied(target, &plan);
        }
        recovery.removed += usize::from(hidden.clear(target, hook));
    }
    drop(lock);
    Ok(recovery)
}

//! The one room for reading and writing files.
//!
//! Folders come from strangers, disks fill and processes die. So whatever this program reads or writes goes through here:
//!
//! | to | use |
//! |---|---|
//! | open or read a file | [`open`], [`read_bytes`], [`read_text`]: regular files only, never more than a limit |
//! | list the files below a folder | [`walk`]: each folder once, bounded, links only to places beneath it |
//! | replace one file | [`replace`], [`Replacement`]: whole or not at all, no links followed |
//! | keep a damaged small file | [`keep_aside`] |
//! | remove a file that was just made | [`take_away`] |
//! | hold what does not fit into memory | [`Scratch`]: a file without a name |
//! | work below a folder | [`Beneath`]: plain relative names, no links on the way |
//! | write an export | [`Publication`]: all files or none, only over what this program wrote; [`recover`] after a crash |
//! | be the only writer | [`Lock`] |
//! | know a file under all its names | [`FileId`], [`same_file`] |
//! | make a name out of any text | [`safe_name`], [`Names`]; check one with [`check_name`], a path with [`parts`] |
//! | print a name or a path | [`printable`], [`shown`]: one line, no escape codes |
//! | bound what a file may take | [`Budget`]: asked before memory is taken |
//! | find the user's folders | [`Folders`] |
//!
//! ```
//! use limn_files::{read_text, replace};
//! # let folder = tempfile::tempdir().unwrap();
//! let path = folder.path().join("classes.txt");
//! replace(&path, b"cat\ndog\n")?;
//! assert_eq!(read_text(&path, 1 << 20)?.text.lines().count(), 2);
//! # Ok::<(), limn_files::FileError>(())
//! ```
//!
//! Errors are [`FileError`]s: one line that says what, where and how to mend, safe to print.
//! On Unix every step downwards is a system call relative to an opened folder that follows no link, so nothing can be exchanged between a
//! look and a step; elsewhere links are looked for before each step.
//!
//! Must not know: documents, masks, GPU, windows.

mod beneath;
mod budget;
mod error;
mod folders;
mod holder;
mod identity;
mod lock;
mod names;
mod publication;
mod reading;
mod replacing;
mod scratch;
mod shown;
mod text;
mod walk;

pub use beneath::Beneath;
pub use budget::{Budget, OverBudget, Share};
pub use error::FileError;
pub use folders::Folders;
pub use identity::{Facts, FileId, Kind, same_file};
pub use lock::{Lock, LockError};
pub use names::{LONGEST_NAME, Names, check_name, parts, safe_name};
pub use publication::{Draft, Faults, Publication, Published, Record, Recovery, Rules, read_note, recover};
pub use reading::{open, open_with_facts, read_bytes};
pub use replacing::{Replacement, keep_aside, replace, take_away};
pub use scratch::{Scratch, read_exact_at};
pub use shown::{printable, shown};
pub use text::{Text, decode, read_text};
pub use walk::{Found, Links, Walk, WalkRules, walk};

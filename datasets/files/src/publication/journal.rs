//! The journal of a swap: what is to happen, written and synced before anything happens.

use std::io::{BufRead, BufReader, BufWriter, Read, Write};

use serde::{Deserialize, Serialize};

use super::hidden::{Hidden, JOURNAL, PART};
use super::note::{Record, is_sound};
use crate::{FileError, names};

/// One file that is put in place, kept aside, or both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Step {
    /// Its place, relative to the target.
    pub(super) name: String,
    /// The number of the new file in the hidden folder, and its content.
    pub(super) new: Option<(usize, Record)>,
    /// True if a file stands there, which is kept aside under the step's number.
    pub(super) old: bool,
}

/// Everything that a swap does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    /// Folders that are missing, outermost first.
    pub(super) folders: Vec<String>,
    pub(super) steps: Vec<Step>,
}

#[derive(Serialize, Deserialize)]
enum Line {
    Begin(u32),
    Folder(String),
    Step(Step),
    End(usize),
}

/// Of a journal that is read.
const MOST_BYTES: u64 = 1 << 30;
const VERSION: u32 = 1;

impl Plan {
    /// Writes the journal, whole and synced.
    pub(super) fn write(&self, hidden: &Hidden) -> Result<(), FileError> {
        let file = hidden.dir.create_new(PART)?;
        let mut writer = BufWriter::new(file);
        let written = (|| {
            put(&mut writer, &Line::Begin(VERSION))?;
            for folder in &self.folders {
                put(&mut writer, &Line::Folder(folder.clone()))?;
            }
            for step in &self.steps {
                put(&mut writer, &Line::Step(step.clone()))?;
            }
            put(&mut writer, &Line::End(self.steps.len()))?;
            writer.flush()?;
            writer.get_ref().sync_all()
        })();
        written.map_err(|error| FileError::from_io("write", &hidden.dir.path().join(PART), error))?;
        hidden.dir.rename_new(PART, JOURNAL)?;
        hidden.dir.sync()
    }

    /// Reads the journal that a dead process left, under the name it has now. It may be anybody's, so every name is checked.
    pub(super) fn read(hidden: &Hidden, name: &str) -> Result<Self, FileError> {
        let path = hidden.dir.path().join(name);
        let damaged =
            |why: &str| FileError::Content { path: path.clone(), why: format!("no journal of an export: {why}") };
        let file = hidden.dir.open_file(name)?;
        let (mut plan, mut whole, mut begun) = (Self::default(), false, false);
        for line in BufReader::new(file.take(MOST_BYTES)).lines() {
            let line = line.map_err(|error| FileError::from_io("read", &path, error))?;
            match serde_json::from_str(&line).map_err(|error| damaged(&error.to_string()))? {
                Line::Begin(VERSION) => begun = true,
                Line::Begin(_) => return Err(damaged("it is from another version")),
                Line::Folder(name) => {
                    names::parts(&name)?;
                    plan.folders.push(name);
                }
                Line::Step(step) => {
                    names::parts(&step.name)?;
                    if step.new.as_ref().is_some_and(|(_, record)| !is_sound(record)) {
                        return Err(damaged("a record is damaged"));
                    }
                    plan.steps.push(step);
                }
                Line::End(count) => whole = count == plan.steps.len(),
            }
        }
        if begun && whole { Ok(plan) } else { Err(damaged("it is not whole")) }
    }
}

fn put(writer: &mut impl Write, line: &Line) -> std::io::Result<()> {
    serde_json::to_writer(&mut *writer, line)?;
    writer.write_all(b"\n")
}

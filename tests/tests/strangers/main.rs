//! Folders and files of strangers: nothing outside is read, written or emptied, claimed sizes are not believed, nothing is looked
//! up; and what is left when the process is killed. Asked of the real program under limits of memory and time.
//!
//! A case is a function with a folder of its own; the table goes to the output and to `target/tests/strangers.md`.
//!
//! * `links`: links and other names of files; `notes`: what others left where exports go; `walks`: where folders and names lead
//! * `sizes`, `pictures`: headers that claim, few bytes that unpack; `pipes`: what is no file; `schema`, `records`: projects made by
//!   others; `models`: cards and networks; `printing`: what reaches the terminal; `telemetry`: who is spoken to
//! * `kills`: killed at random moments and at exact ones; `leftovers`: what stays behind; `hostile`: the inputs of `tests/golden/hostile`

#![cfg(unix)]

mod hostile;
mod kills;
mod leftovers;
mod links;
mod models;
mod notes;
mod pictures;
mod pipes;
mod printing;
mod records;
mod schema;
mod sizes;
mod telemetry;
mod walks;

use limn_tests::verdicts::{self, Case, Verdict};
use limn_tests::{Folder, Run};

/// A case: name, what is right, how it is asked.
struct Asked {
    name: &'static str,
    right: &'static str,
    ask: fn(&Folder) -> Verdict,
}

const ALL: [&[Asked]; 14] = [
    links::CASES,
    notes::CASES,
    walks::CASES,
    sizes::CASES,
    pictures::CASES,
    pipes::CASES,
    schema::CASES,
    records::CASES,
    models::CASES,
    printing::CASES,
    telemetry::CASES,
    kills::CASES,
    leftovers::CASES,
    hostile::CASES,
];

#[test]
fn strangers_do_no_harm() {
    let cases: Vec<Case<'_>> = ALL
        .iter()
        .flat_map(|cases| cases.iter())
        .map(|case| Case {
            name: case.name.to_owned(),
            right: case.right.to_owned(),
            ask: Box::new(move || (case.ask)(&Folder::new())),
        })
        .collect();
    verdicts::run("strangers", &cases);
}

/// What a case saw, piece by piece; it is right if every piece is.
#[derive(Default)]
struct Seen {
    right: usize,
    wrong: Vec<String>,
}

impl Seen {
    fn note(&mut self, right: bool, text: impl Into<String>) {
        if right {
            self.right += 1;
        } else {
            self.wrong.push(text.into());
        }
    }

    /// A run that ended by itself, within `seconds` of the processors and `megabytes`.
    fn run(&mut self, what: &str, run: &Run, seconds: f64, megabytes: u64) {
        let right = run.fine() && run.processor <= seconds && run.peak <= megabytes;
        self.note(right, format!("{what}: {run}"));
    }

    fn verdict(self) -> Verdict {
        match self.wrong.len() {
            0 => Ok(format!("{} looked at", self.right)),
            n => Err(format!("{n} of {}: {}", n + self.right, self.wrong.join("; "))),
        }
    }
}

/// A link to `target` at `path`.
fn link(target: impl AsRef<std::path::Path>, path: impl AsRef<std::path::Path>) {
    std::os::unix::fs::symlink(target, path.as_ref())
        .unwrap_or_else(|error| panic!("{}: {error}", path.as_ref().display()));
}

/// A pipe at `path`.
fn pipe(path: impl AsRef<std::path::Path>) {
    let made = std::process::Command::new("mkfifo").arg(path.as_ref()).status();
    assert!(made.is_ok_and(|status| status.success()), "no pipe at {}", path.as_ref().display());
}

/// The same path with more at its end: `p.limn` and `.lock`.
fn beside(path: &std::path::Path, more: &str) -> std::path::PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(more);
    name.into()
}

/// The bytes there are; none where there is nothing.
fn bytes(path: impl AsRef<std::path::Path>) -> Vec<u8> {
    std::fs::read(path).unwrap_or_default()
}

/// A file by name, part of what an export wrote.
fn folder_of(path: &std::path::Path) -> &std::path::Path {
    path.parent().unwrap_or(path)
}

/// A copy of a folder.
fn copied(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copied(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

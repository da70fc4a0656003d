//! Lines, JSON, mask PNGs and progress bars.

use std::io::{IsTerminal, Read, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use limn_datasets::Progress;
use limn_models::Bitmap;
use serde::Serialize;

/// A line on standard output, as `println!`, but nothing in it is obeyed by a terminal: see [`harmless`].
macro_rules! say {
    ($($text:tt)*) => {
        $crate::cli::output::print(&format!($($text)*))
    };
}

/// A line on standard error, as `eprintln!`; escaped as in [`say`].
macro_rules! complain {
    ($($text:tt)*) => {
        $crate::cli::output::print_error(&format!($($text)*))
    };
}

pub(crate) use {complain, say};

/// Prints a line to standard output. What is cut off by a reader that ends early (`| head`) is no error.
pub fn print(text: &str) {
    writeln!(std::io::stdout(), "{}", harmless(text)).ok();
}

/// Prints a line to standard error.
pub fn print_error(text: &str) {
    writeln!(std::io::stderr(), "{}", harmless(text)).ok();
}

/// The text with everything escaped that a terminal would obey; line ends and tabs stay. Names in files of strangers may hold
/// escape codes.
fn harmless(text: &str) -> String {
    let lines: Vec<String> = text
        .split('\n')
        .map(|line| line.split('\t').map(limn_files::printable).collect::<Vec<_>>().join("\t"))
        .collect();
    lines.join("\n")
}

/// Writes `value` as JSON to a file, or to standard output for `-`.
///
/// # Errors
/// When it cannot be written.
pub fn write_json(to: &Path, value: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    if to == Path::new("-") {
        std::io::stdout().write_all(text.as_bytes()).context("cannot write to standard output")
    } else {
        write_file(to, text.as_bytes())
    }
}

/// Writes a file whole or not at all, through no link.
///
/// # Errors
/// When the folder cannot be written or is full; what was there before is untouched. A file of another kind, a picture
/// for example, is not replaced.
pub fn write_file(to: &Path, bytes: &[u8]) -> Result<()> {
    refuse_other_kind(to, bytes)?;
    limn_files::replace(to, bytes)
        .with_context(|| format!("cannot write {}; choose a folder that can be written and has space", to.display()))
}

/// Refuses an output that is one of the files that are read, under whatever name.
///
/// # Errors
/// If it is.
pub fn refuse_inputs<'p>(to: &Path, inputs: impl IntoIterator<Item = &'p Path>) -> Result<()> {
    for input in inputs {
        if limn_files::same_file(to, input) {
            bail!("{} is read by this command and would be replaced; name another output", to.display());
        }
    }
    Ok(())
}

/// A file that stands at `to` is replaced only if its first bytes say that it is of the kind that is written.
fn refuse_other_kind(to: &Path, bytes: &[u8]) -> Result<()> {
    let Ok(old) = limn_files::open(to) else {
        return Ok(()); // There is none, or the writing itself says what is in the way.
    };
    let mut head = Vec::new();
    old.take(64).read_to_end(&mut head).with_context(|| format!("cannot read {}", to.display()))?;
    let kind = Kind::of(bytes);
    if head.is_empty() || kind != Kind::Other && Kind::of(&head) == kind {
        return Ok(());
    }
    bail!("{} is a file of another kind and is not replaced; name another output or remove it", to.display())
}

/// What the first bytes of an output say.
#[derive(PartialEq, Eq)]
enum Kind {
    Json,
    /// An 8-bit grey PNG, as masks are.
    GreyPng,
    Other,
}

impl Kind {
    fn of(head: &[u8]) -> Self {
        if head.starts_with(b"\x89PNG") && head.get(24..26) == Some(&[8, 0]) {
            Self::GreyPng
        } else if matches!(head.trim_ascii_start().first(), Some(b'{' | b'[')) {
            Self::Json
        } else {
            Self::Other
        }
    }
}

/// Writes a mask as an 8-bit grey PNG, 255 object, 0 background.
///
/// # Errors
/// As [`write_file`].
pub fn write_mask(to: &Path, mask: &Bitmap) -> Result<()> {
    write_file(to, &limn_datasets::mask_png(mask.width, mask.height, &mask.data)?)
}

/// A bar on stderr, on a terminal only and not when `quiet`.
pub fn bar(what: &'static str, quiet: bool) -> ProgressBar {
    let shown = !quiet && std::io::stderr().is_terminal();
    let bar = ProgressBar::with_draw_target(
        None,
        if shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() },
    );
    let style = ProgressStyle::with_template("{prefix} {wide_bar} {pos}/{len} {eta} {msg}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.set_prefix(what);
    if shown {
        bar.enable_steady_tick(Duration::from_millis(200));
    }
    bar
}

/// A bar that data set work reports to.
#[derive(Debug)]
pub struct BarProgress(pub ProgressBar);

impl Progress for BarProgress {
    fn report(&self, done: u64, total: u64, what: &str) {
        self.0.set_length(total);
        self.0.set_position(done);
        self.0.set_message(what.to_owned());
    }

    fn cancelled(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_obeys_no_name() {
        assert_eq!(harmless("a\tb\nc\u{1b}[2J\u{9b}1m\r"), "a\tb\nc\\u{1b}[2J\\u{9b}1m\\r");
    }

    #[test]
    fn outputs_replace_only_their_own_kind() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let mask = limn_datasets::mask_png(2, 1, &[255, 0]).unwrap();
        for (name, before) in [
            ("photo.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02".as_slice()),
            ("photo.jpg", b"\xff\xd8"),
        ] {
            std::fs::write(at(name), before).unwrap();
            assert!(write_file(&at(name), &mask).is_err() && write_json(&at(name), &1).is_err(), "{name}");
            assert_eq!(std::fs::read(at(name)).unwrap(), before);
        }
        for _ in 0..2 {
            write_file(&at("mask.png"), &mask).unwrap();
            write_json(&at("report.json"), &[1]).unwrap();
        }
        assert!(write_json(&at("mask.png"), &[1]).is_err());
        assert!(refuse_inputs(&at("mask.png"), [at("report.json").as_path()]).is_ok());
        std::fs::hard_link(at("mask.png"), at("same.png")).unwrap();
        assert!(refuse_inputs(&at("same.png"), [at("report.json").as_path(), &at("mask.png")]).is_err());
    }
}

//! JSON, mask PNGs and progress bars.

use std::io::{IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use limn_datasets::Progress;
use limn_models::Bitmap;
use serde::Serialize;

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

/// Writes a file under a temporary name, syncs and renames it, so that nobody sees half of it.
///
/// # Errors
/// When the folder cannot be written or is full; what was there before is untouched.
pub fn write_file(to: &Path, bytes: &[u8]) -> Result<()> {
    let folder = to.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = to.file_name().with_context(|| format!("{} names no file; give a file name", to.display()))?;
    let temporary = folder.join(format!(".{}.{}.part", name.to_string_lossy(), std::process::id()));
    let write = || -> std::io::Result<()> {
        let mut file = std::fs::File::create(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&temporary, to)
    };
    write().or_else(|error| {
        // What went wrong first is what matters; a leftover that cannot be removed either does no harm.
        drop(std::fs::remove_file(&temporary));
        Err(error).with_context(|| {
            format!("cannot write {}; choose a folder that can be written and has space", to.display())
        })
    })
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

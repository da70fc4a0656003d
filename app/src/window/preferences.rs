//! The settings of the person in force, and the file in which they are kept.

use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use limn_files::FileError;

use super::settings::Settings;

/// Settings are written this long after they changed.
const WRITTEN_AFTER: Duration = Duration::from_millis(400);

/// The settings in force. It stands for them; what is changed is written when [`Preferences::touch`] was called.
#[derive(Debug)]
pub struct Preferences {
    settings: Settings,
    /// Nowhere when `None`.
    path: Option<PathBuf>,
    due: Option<Instant>,
}

impl Preferences {
    /// These settings, kept in this file.
    pub fn new(settings: Settings, path: Option<PathBuf>) -> Self {
        Self { settings, path, due: None }
    }

    /// Where they are kept.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// They are to be written soon; a slider changes them many times a second.
    pub fn touch(&mut self, ctx: &egui::Context) {
        self.due.get_or_insert(Instant::now() + WRITTEN_AFTER);
        ctx.request_repaint_after(WRITTEN_AFTER);
    }

    /// It is time to write them.
    pub fn is_due(&self, now: Instant) -> bool {
        self.due.is_some_and(|due| due <= now)
    }

    /// Writes them.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&mut self) -> Result<(), FileError> {
        self.due = None;
        self.path.as_deref().map_or(Ok(()), |path| self.settings.save(path))
    }
}

impl Deref for Preferences {
    type Target = Settings;

    fn deref(&self) -> &Settings {
        &self.settings
    }
}

impl DerefMut for Preferences {
    fn deref_mut(&mut self) -> &mut Settings {
        &mut self.settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_settings_are_written_once_they_rest() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("settings.json");
        let mut preferences = Preferences::new(Settings::default(), Some(path.clone()));
        preferences.opacity = 0.25;
        assert!(!preferences.is_due(Instant::now() + 2 * WRITTEN_AFTER), "nobody said that something changed");
        preferences.touch(&egui::Context::default());
        assert!(!preferences.is_due(Instant::now()) && preferences.is_due(Instant::now() + 2 * WRITTEN_AFTER));
        preferences.save().expect("they are written");
        assert!(!preferences.is_due(Instant::now() + 2 * WRITTEN_AFTER));
        assert!((Settings::load(&path).0.opacity - 0.25).abs() < 1e-6);
    }
}

//! Objects that were copied, and those that a person keeps under a name.

use std::path::{Path, PathBuf};

use limn_files::FileError;

use super::stamp::{Stamp, Templates};

/// What can be put into a picture.
#[derive(Debug, Default)]
pub struct Clipboard {
    /// What was copied or cut last.
    pub copied: Option<Stamp>,
    /// What is kept under names.
    pub templates: Templates,
}

/// The file of the templates lies beside that of the settings.
fn templates_path(settings: &Path) -> PathBuf {
    settings.with_file_name("templates.json")
}

impl Clipboard {
    /// With the templates of the person with these settings; and where a file that could not be read was put aside.
    pub fn of(settings: Option<&Path>) -> (Self, Option<PathBuf>) {
        let (templates, damaged) = settings.map(|path| Templates::load(&templates_path(path))).unwrap_or_default();
        (Self { copied: None, templates }, damaged)
    }

    /// Writes the templates beside the settings.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, settings: Option<&Path>) -> Result<(), FileError> {
        settings.map_or(Ok(()), |path| self.templates.save(&templates_path(path)))
    }
}

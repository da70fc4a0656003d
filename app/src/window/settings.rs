//! What is remembered for a person, not for a project: theme, engine, hints. One small JSON file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::canvas::tools::ToolOptions;
use super::lang::Language;

/// Which theme.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThemeChoice {
    /// As the desktop.
    #[default]
    System,
    /// Dark.
    Dark,
    /// Light.
    Light,
}

impl From<ThemeChoice> for egui::ThemePreference {
    fn from(choice: ThemeChoice) -> Self {
        match choice {
            ThemeChoice::System => Self::System,
            ThemeChoice::Dark => Self::Dark,
            ThemeChoice::Light => Self::Light,
        }
    }
}

/// The settings of a person. Unknown fields of the file are ignored, missing ones take their default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Language of the window.
    pub language: Language,
    /// Theme of the window.
    pub theme: ThemeChoice,
    /// "auto", "wgpu", "ort" or "reference".
    pub backend: String,
    /// The ONNX Runtime library, if it is not to be looked for.
    pub ort_library: Option<PathBuf>,
    /// Name of the model; the first card when absent.
    pub model: Option<String>,
    /// Keys that differ from the standard ones: action and its keys, for instance "accept" and ["Ctrl+A"].
    pub keys: BTreeMap<String, Vec<String>>,
    /// Shows the line of key hints under the picture.
    pub key_hints: bool,
    /// Opacity of the fill of masks, 0 to 1.
    pub opacity: f32,
    /// Size of everything, 1 = normal.
    pub scale: f32,
    /// Folders and projects opened last, newest first.
    pub recent: Vec<PathBuf>,
    /// The engine learns from accepted objects.
    pub learn_global: bool,
    /// The engine adapts to the clicks of the object at hand.
    pub learn_local: bool,
    /// Every class learns for itself.
    pub learn_per_class: bool,
    /// Brush, wand, outline, neighbours.
    pub tools: ToolOptions,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            language: Language::default(),
            theme: ThemeChoice::System,
            keys: BTreeMap::new(),
            backend: "auto".into(),
            ort_library: None,
            model: None,
            key_hints: true,
            opacity: 0.45,
            scale: 1.0,
            recent: Vec::new(),
            learn_global: true,
            learn_local: true,
            learn_per_class: false,
            tools: ToolOptions::default(),
        }
    }
}

/// How many recent places are kept.
const RECENT: usize = 8;

impl Settings {
    /// Where the settings of this person lie, if the system says where.
    pub fn default_path() -> Option<PathBuf> {
        eframe::storage_dir("limn").map(|dir| dir.join("settings.json"))
    }

    /// Reads the settings; a missing or damaged file gives the defaults (and a line in the log).
    pub fn load(path: &Path) -> Self {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                if error.kind() != std::io::ErrorKind::NotFound {
                    tracing::warn!("settings not read: {error}: {}", path.display());
                }
                return Self::default();
            }
        };
        serde_json::from_str(&text).unwrap_or_else(|error| {
            tracing::warn!("settings not understood, the defaults are used: {error}: {}", path.display());
            Self::default()
        })
    }

    /// Writes the settings to a temporary name and renames it.
    ///
    /// # Errors
    /// What the file system says.
    pub fn save(&self, path: &Path) -> std::io::Result<()> {
        write(path, &serde_json::to_string_pretty(self)?)
    }

    /// Puts a place at the head of the recent ones.
    pub fn remember(&mut self, place: &Path) {
        let place = place.canonicalize().unwrap_or_else(|_| place.to_path_buf());
        self.recent.retain(|p| *p != place);
        self.recent.insert(0, place);
        self.recent.truncate(RECENT);
    }
}

/// Writes a small file under a temporary name and renames it, so that there is always a whole one.
pub(super) fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir)?;
    }
    let part = path.with_extension("json.part");
    std::fs::write(&part, text)?;
    std::fs::rename(&part, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_come_back_and_damage_is_survived() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep").join("settings.json");
        assert_eq!(Settings::load(&path), Settings::default());
        let mut settings = Settings { theme: ThemeChoice::Light, backend: "ort".into(), ..Settings::default() };
        settings.remember(dir.path());
        settings.save(&path).unwrap();
        assert_eq!(Settings::load(&path), settings);
        std::fs::write(&path, "{\"theme\": \"dark\", \"unknown\": 1}").unwrap();
        assert_eq!(Settings::load(&path).theme, ThemeChoice::Dark);
        std::fs::write(&path, "{").unwrap();
        assert_eq!(Settings::load(&path), Settings::default());
    }

    #[test]
    fn a_recent_place_is_listed_once() {
        let dir = tempfile::tempdir().unwrap();
        let mut settings = Settings::default();
        for i in 0..12 {
            let place = dir.path().join(format!("{}", i % 10));
            std::fs::create_dir_all(&place).unwrap();
            settings.remember(&place);
        }
        assert_eq!(settings.recent.len(), RECENT);
        assert!(settings.recent[0].ends_with("1") && settings.recent[1].ends_with("0"));
    }
}

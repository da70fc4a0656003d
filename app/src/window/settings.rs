//! What is remembered for a person, not for a project: theme, engine, hints. One small JSON file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use limn_files::FileError;
use serde::{Deserialize, Serialize};

use super::adjustments::Adjustments;
use super::keep;
use super::lang::Language;
use super::tool::ToolOptions;

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
    /// How pictures are shown.
    pub display: Adjustments,
    /// Every object has a colour of its own instead of its class's.
    pub color_by_object: bool,
    /// Size of everything, 1 = normal.
    pub scale: f32,
    /// Folders and projects opened last, newest first.
    pub recent: Vec<PathBuf>,
    /// Projects whose pictures may lie outside of their folder, as the person said; newest first.
    pub outside: Vec<PathBuf>,
    /// The engine learns from accepted objects.
    pub learn_global: bool,
    /// The engine adapts to the clicks of the object at hand.
    pub learn_local: bool,
    /// Every class learns for itself.
    pub learn_per_class: bool,
    /// Brush, wand, outline, neighbours.
    pub tools: ToolOptions,
    /// Names of the formats of the last export.
    pub exports: Vec<String>,
    /// A name stands upon every object of the canvas.
    pub names: bool,
    /// An object was accepted once: the card of the first minute is not shown any more.
    pub begun: bool,
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
            opacity: 0.35,
            display: Adjustments::default(),
            color_by_object: false,
            scale: 1.0,
            recent: Vec::new(),
            outside: Vec::new(),
            learn_global: true,
            learn_local: true,
            learn_per_class: false,
            tools: ToolOptions::default(),
            exports: Vec::new(),
            names: false,
            begun: false,
        }
    }
}

/// How many projects are remembered that may look outside of their folder.
const OUTSIDE: usize = 200;

/// How many recent places are kept.
const RECENT: usize = 8;

impl Settings {
    /// Where the settings of this person lie, if the system says where.
    pub fn default_path() -> Option<PathBuf> {
        eframe::storage_dir("limn").map(|dir| dir.join("settings.json"))
    }

    /// Reads the settings. What cannot be understood takes its default, and the file as it was is kept aside; where, comes
    /// back.
    pub fn load(path: &Path) -> (Self, Option<PathBuf>) {
        let (value, aside) = keep::read(path);
        let Some(value) = value else { return (Self::default(), aside) };
        let known = serde_json::to_value(Self::default()).unwrap_or_default();
        let (settings, unread) = keep::lenient::read::<Self>(value);
        // Fields of another version are no damage.
        let damaged = unread.keys().any(|field| known.get(field).is_some());
        (settings, damaged.then(|| keep::set_aside(path)).flatten())
    }

    /// Writes the settings as a whole.
    ///
    /// # Errors
    /// What the file system says.
    pub fn save(&self, path: &Path) -> Result<(), FileError> {
        let text =
            serde_json::to_string_pretty(self).map_err(|error| FileError::from_io("write", path, error.into()))?;
        keep::write(path, text.as_bytes())
    }

    /// Remembers that a project may look outside of its folder.
    pub fn allow_outside(&mut self, project: &Path) {
        self.outside.retain(|path| path != project);
        self.outside.insert(0, project.to_path_buf());
        self.outside.truncate(OUTSIDE);
    }

    /// Puts a place at the head of the recent ones.
    pub fn remember(&mut self, place: &Path) {
        let place = place.canonicalize().unwrap_or_else(|_| place.to_path_buf());
        self.recent.retain(|p| *p != place);
        self.recent.insert(0, place);
        self.recent.truncate(RECENT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_come_back_and_damage_is_survived() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep").join("settings.json");
        assert_eq!(Settings::load(&path), (Settings::default(), None));
        let mut settings = Settings { theme: ThemeChoice::Light, backend: "ort".into(), ..Settings::default() };
        settings.remember(dir.path());
        settings.save(&path).unwrap();
        assert_eq!(Settings::load(&path), (settings, None));
        std::fs::write(&path, "{\"theme\": \"dark\", \"unknown\": 1}").unwrap();
        let (settings, aside) = Settings::load(&path);
        assert_eq!((settings.theme, aside), (ThemeChoice::Dark, None));
        std::fs::write(&path, "{\"theme\": \"dark\", \"opacity\": \"much\"}").unwrap();
        let (settings, aside) = Settings::load(&path);
        assert_eq!((settings.theme, settings.opacity), (ThemeChoice::Dark, Settings::default().opacity));
        assert!(aside.is_some_and(|kept| std::fs::read_to_string(kept).unwrap().contains("much")));
        std::fs::write(&path, "{").unwrap();
        let (settings, aside) = Settings::load(&path);
        assert!(settings == Settings::default() && aside.is_some_and(|kept| kept.exists()));
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

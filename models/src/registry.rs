//! The models that are there: the built-in one, and every card found in the model folders.
//!
//! Looked through, in this order: folders given by the caller, `LIMN_MODELS` (a path list), the user's data folder
//! (`limn/models`), and `models` beside the program. A card found earlier hides a later one of the same name. The built-in
//! model is compiled into the program, so that no installation lacks it.

use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::card::Card;
use crate::error::ModelError;

const BUILTIN_CARD: &str = include_str!("../cards/edgeflow-lite0.toml");
const BUILTIN_WEIGHTS: &[u8] = include_bytes!("../weights/edgeflow-lite0.onnx");
/// Weights files beyond this are refused before they are read.
const WEIGHTS_LIMIT: u64 = 4 << 30;

/// All known cards, the default one first unless a folder overrides it.
#[derive(Debug)]
pub struct Registry {
    cards: Vec<Card>,
    problems: Vec<ModelError>,
    folders: Vec<PathBuf>,
}

impl Registry {
    /// Name of the model that is used when none is asked for.
    pub const DEFAULT: &'static str = "edgeflow-lite0";

    /// Finds the cards in `extra_dirs` and in the usual folders. A bad card is kept as a problem and does not hide the others.
    ///
    /// # Errors
    /// [`ModelError::CardInvalid`] if the built-in card is broken.
    pub fn load(extra_dirs: &[PathBuf]) -> Result<Self, ModelError> {
        let mut folders = extra_dirs.to_vec();
        folders.extend(usual_folders());
        let mut registry = Self { cards: Vec::new(), problems: Vec::new(), folders: Vec::new() };
        for folder in folders {
            if registry.folders.contains(&folder) {
                continue;
            }
            for path in cards_in(&folder) {
                match Card::read(&path) {
                    Ok(card) if registry.cards.iter().any(|c| c.name == card.name) => {}
                    Ok(card) => registry.cards.push(card),
                    Err(problem) => registry.problems.push(problem),
                }
            }
            registry.folders.push(folder);
        }
        if !registry.cards.iter().any(|c| c.name == Self::DEFAULT) {
            let card = Card::parse(BUILTIN_CARD, Path::new("(built in) edgeflow-lite0.toml"))?;
            registry.cards.insert(0, card);
        }
        Ok(registry)
    }

    /// Every card, first come first.
    pub fn cards(&self) -> &[Card] {
        &self.cards
    }

    /// Cards that were found and could not be used.
    pub fn problems(&self) -> &[ModelError] {
        &self.problems
    }

    /// The folders that were looked through, existing or not.
    pub fn folders(&self) -> &[PathBuf] {
        &self.folders
    }

    /// Adds the card at `path`, before all others.
    ///
    /// # Errors
    /// [`ModelError::CardUnreadable`] and [`ModelError::CardInvalid`].
    pub fn add(&mut self, path: &Path) -> Result<&Card, ModelError> {
        let card = Card::read(path)?;
        self.cards.retain(|c| c.path.as_deref() != Some(path));
        self.cards.insert(0, card);
        Ok(&self.cards[0])
    }

    /// The card of that name; the default model's for `None`.
    ///
    /// # Errors
    /// [`ModelError::UnknownModel`].
    pub fn get(&self, name: Option<&str>) -> Result<&Card, ModelError> {
        let wanted = name.unwrap_or(Self::DEFAULT);
        self.cards.iter().find(|c| c.name == wanted).ok_or_else(|| ModelError::UnknownModel {
            name: wanted.to_owned(),
            known: self.cards.iter().map(|c| c.name.as_str()).collect::<Vec<_>>().join(", "),
        })
    }

    /// Like [`Registry::get`], but a name that ends in `.toml` is the path of a card, which is added first.
    ///
    /// # Errors
    /// As [`Registry::get`] and [`Registry::add`].
    pub fn find(&mut self, name_or_path: Option<&str>) -> Result<Card, ModelError> {
        match name_or_path {
            Some(path) if path.ends_with(".toml") => self.add(Path::new(path)).cloned(),
            name => self.get(name).cloned(),
        }
    }

    /// The bytes of a card's weights file, its sum checked.
    ///
    /// # Errors
    /// [`ModelError::WeightsUnreadable`] and [`ModelError::WrongSum`].
    pub fn weights(&self, card: &Card) -> Result<Vec<u8>, ModelError> {
        if card.path.is_none() {
            return checked(card, Path::new("(built in)"), BUILTIN_WEIGHTS.to_vec());
        }
        let paths = card.weights_paths();
        let path =
            paths.iter().find(|p| p.is_file()).or(paths.first()).cloned().unwrap_or_else(|| card.file.clone().into());
        let unreadable =
            |reason: String| ModelError::WeightsUnreadable { model: card.name.clone(), path: path.clone(), reason };
        let length = std::fs::metadata(&path).map_err(|e| unreadable(e.to_string()))?.len();
        if length > WEIGHTS_LIMIT {
            return Err(unreadable(format!("{length} bytes is more than the limit of {WEIGHTS_LIMIT}")));
        }
        let bytes = std::fs::read(&path).map_err(|e| unreadable(e.to_string()))?;
        checked(card, &path, bytes)
    }
}

/// The bytes if their sum is the card's.
fn checked(card: &Card, path: &Path, bytes: Vec<u8>) -> Result<Vec<u8>, ModelError> {
    let got: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
    if got.eq_ignore_ascii_case(&card.sha256) {
        Ok(bytes)
    } else {
        let (model, expected) = (card.name.clone(), card.sha256.to_ascii_lowercase());
        Err(ModelError::WrongSum { model, path: path.to_owned(), expected, got })
    }
}

/// `LIMN_MODELS`, the user's data folder, beside the program.
fn usual_folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    if let Some(list) = std::env::var_os("LIMN_MODELS") {
        folders.extend(std::env::split_paths(&list).filter(|p| !p.as_os_str().is_empty()));
    }
    folders.extend(user_data_folder().map(|d| d.join("limn").join("models")));
    if let Ok(program) = std::env::current_exe()
        && let Some(folder) = program.parent()
    {
        folders.push(folder.join("models"));
    }
    folders
}

/// Where programs keep a user's data on this system.
fn user_data_folder() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
    if cfg!(windows) {
        variable("APPDATA")
    } else if cfg!(target_os = "macos") {
        variable("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        variable("XDG_DATA_HOME").or_else(|| variable("HOME").map(|home| home.join(".local/share")))
    }
}

/// Card files of a folder and of its `cards` folder, sorted; none if the folder does not exist.
fn cards_in(folder: &Path) -> Vec<PathBuf> {
    let mut cards = Vec::new();
    for dir in [folder.to_owned(), folder.join("cards")] {
        let Ok(entries) = std::fs::read_dir(&dir) else { continue };
        cards.extend(entries.flatten().map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "toml")));
    }
    cards.sort();
    cards
}

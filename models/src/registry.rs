//! The models that are there: the built-in one, and every card found in the model folders.
//!
//! Looked through, in this order: folders given by the caller, `LIMN_MODELS` (a path list), the user's data folder
//! (`limn/models`), and `models` beside the program. A card found earlier hides a later one of the same name. The built-in
//! model is compiled into the program, so that no installation lacks it.

use std::path::{Path, PathBuf};

use limn_files::{Beneath, Folders};
use sha2::{Digest, Sha256};

use crate::card::Card;
use crate::error::ModelError;

const BUILTIN_CARD: &str = include_str!("../cards/edgeflow-lite0.toml");
const BUILTIN_WEIGHTS: &[u8] = include_bytes!("../weights/edgeflow-lite0.onnx");
/// Weights files beyond this are refused before they are read: no ONNX file, being one protocol buffer, is larger.
const WEIGHTS_LIMIT: u64 = 2 << 30;

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
    /// [`ModelError::WeightsMissing`], [`ModelError::WeightsUnreadable`] and [`ModelError::WrongSum`].
    pub fn weights(&self, card: &Card) -> Result<Vec<u8>, ModelError> {
        let folders = card.weights_folders();
        let Some(beside) = folders.first() else {
            return checked(card, Path::new("(built in)"), BUILTIN_WEIGHTS.to_vec());
        };
        for folder in &folders {
            let Ok(opened) = Beneath::open(folder) else { continue };
            if !matches!(opened.facts(&card.file), Ok(None)) {
                let unreadable = |error| ModelError::WeightsUnreadable { model: card.name.clone(), error };
                let bytes = opened.read(&card.file, WEIGHTS_LIMIT).map_err(unreadable)?;
                return checked(card, &folder.join(&card.file), bytes);
            }
        }
        Err(ModelError::WeightsMissing { model: card.name.clone(), path: beside.join(&card.file) })
    }
}

/// The bytes if their sum is the card's.
fn checked(card: &Card, path: &Path, bytes: Vec<u8>) -> Result<Vec<u8>, ModelError> {
    let got: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
    if got.eq_ignore_ascii_case(&card.sha256) {
        Ok(bytes)
    } else {
        let (model, expected) = (card.name.clone(), card.sha256.to_ascii_lowercase());
        Err(ModelError::WrongSum { model, path: path.to_owned(), expected })
    }
}

/// `LIMN_MODELS`, the user's data folder, beside the program.
fn usual_folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    if let Some(list) = std::env::var_os("LIMN_MODELS") {
        folders.extend(std::env::split_paths(&list).filter(|p| !p.as_os_str().is_empty()));
    }
    folders.extend(Folders::from_environment(|name| std::env::var_os(name)).data.map(|data| data.join("models")));
    if let Ok(program) = std::env::current_exe()
        && let Some(folder) = program.parent()
    {
        folders.push(folder.join("models"));
    }
    folders
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with a card (built-in text, changed by `edit`) and a weights file.
    fn folder(edit: impl Fn(String) -> String, weights: Option<&[u8]>) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("mine.toml"), edit(BUILTIN_CARD.to_owned())).unwrap();
        if let Some(bytes) = weights {
            std::fs::write(dir.path().join("edgeflow-lite0.onnx"), bytes).unwrap();
        }
        dir
    }

    fn renamed(card: String) -> String {
        card.replacen("edgeflow-lite0", "mine", 1)
    }

    #[test]
    fn the_built_in_model_is_there_and_its_sum_is_right() {
        let registry = Registry::load(&[]).unwrap();
        let card = registry.get(None).unwrap();
        assert_eq!((card.name.as_str(), card.input.size, card.input.click_radius), (Registry::DEFAULT, 384, 5.0));
        assert_eq!(card.tensors.len(), 5);
        assert!(card.figures.iter().any(|f| f.set == "photos" && f.noc85 == Some(3.97) && f.iou_at["3"] == 0.815));
        assert_eq!(registry.weights(card).unwrap().len(), BUILTIN_WEIGHTS.len());
    }

    #[test]
    fn a_users_model_is_found_beside_its_card() {
        let dir = folder(renamed, Some(BUILTIN_WEIGHTS));
        let registry = Registry::load(&[dir.path().to_owned()]).unwrap();
        let card = registry.get(Some("mine")).unwrap();
        assert_eq!(registry.weights(card).unwrap().len(), BUILTIN_WEIGHTS.len());
        assert!(registry.get(None).is_ok(), "the built-in model stays");
        let mut plain = Registry::load(&[]).unwrap();
        let path = dir.path().join("mine.toml");
        assert_eq!(plain.find(path.to_str()).unwrap().name, "mine");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let registry = Registry::load(&[]).unwrap();
        let unknown = registry.get(Some("nothing")).unwrap_err().to_string();
        assert!(unknown.contains("nothing") && unknown.contains("edgeflow-lite0"), "{unknown}");

        let missing = folder(renamed, None);
        let registry = Registry::load(&[missing.path().to_owned()]).unwrap();
        let error = registry.weights(registry.get(Some("mine")).unwrap()).unwrap_err();
        assert!(
            matches!(&error, ModelError::WeightsMissing { path, .. } if path.starts_with(missing.path())),
            "{error}"
        );

        let other = folder(renamed, Some(b"something else"));
        let registry = Registry::load(&[other.path().to_owned()]).unwrap();
        let error = registry.weights(registry.get(Some("mine")).unwrap()).unwrap_err();
        let ModelError::WrongSum { expected, .. } = &error else { panic!("{error}") };
        assert!(expected.starts_with("12d0ddd0"));
        let got: String = Sha256::digest(b"something else").iter().map(|b| format!("{b:02x}")).collect();
        assert!(!error.to_string().contains(&got[..8]), "the sum of a file that a stranger's card names is not told");
    }

    #[test]
    fn a_card_reads_nothing_but_a_plain_file_beside_it() {
        let named = |file: &str| {
            let line = format!("file = {file:?}");
            folder(move |card| renamed(card).replacen("file = \"edgeflow-lite0.onnx\"", &line, 1), Some(b"x"))
        };
        for way in ["/etc/passwd", "../edgeflow-lite0.onnx", "a/b.onnx", "a\\b.onnx", "C:x.onnx", "..", ".", "", "a\nb"]
        {
            let dir = named(way);
            let registry = Registry::load(&[dir.path().to_owned()]).unwrap();
            assert!(registry.get(Some("mine")).is_err(), "{way}");
            let text = registry.problems()[0].to_string();
            assert!(text.contains("plain name") && !text.contains('\n'), "{text}");
        }
        #[cfg(unix)]
        {
            let dir = folder(renamed, None);
            let (at, elsewhere) = (dir.path().join("edgeflow-lite0.onnx"), tempfile::tempdir().unwrap());
            let secret = elsewhere.path().join("secret");
            std::fs::write(&secret, BUILTIN_WEIGHTS).unwrap();
            let registry = Registry::load(&[dir.path().to_owned()]).unwrap();
            let refused = |part: &str| {
                let error = registry.weights(registry.get(Some("mine")).unwrap()).unwrap_err().to_string();
                assert!(error.contains(part), "{error}");
            };
            std::os::unix::fs::symlink(&secret, &at).unwrap();
            refused("link");
            std::fs::remove_file(&at).unwrap();
            std::fs::create_dir(&at).unwrap();
            refused("folder");
            std::fs::remove_dir(&at).unwrap();
            // A pipe without a writer, or a device: nothing is waited for.
            assert!(std::process::Command::new("mkfifo").arg(&at).status().unwrap().success());
            refused("not a file");
        }
    }

    #[test]
    fn bad_cards_are_problems_and_hide_nothing() {
        for (from, to, part) in [
            ("sha256 = \"12d0", "sha256 = \"xyz", "64 hexadecimal"),
            ("size = 384", "size = 380", "multiple of 32"),
            ("file = ", "fyle = ", "line "),
            ("kind = \"click\"", "kind = \"matting\"", "matting"),
            ("licence = \"", "licence = ", "line "),
        ] {
            let dir = folder(|card| renamed(card).replacen(from, to, 1), None);
            let registry = Registry::load(&[dir.path().to_owned()]).unwrap();
            let text = registry.problems().iter().map(ToString::to_string).collect::<String>();
            assert!(text.contains(part) && text.contains("mine.toml") && !text.contains('\n'), "{from}: {text}");
            assert!(registry.get(None).is_ok());
        }
        let gone = Registry::load(&[]).unwrap().find(Some("/nowhere/a card.toml")).unwrap_err();
        assert!(matches!(gone, ModelError::CardUnreadable(_)), "{gone}");
    }
}

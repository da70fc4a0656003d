//! Model cards: TOML files that say what a weights file is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::error::ModelError;

/// A parsed model card. See `models/cards/edgeflow-lite0.toml` for every field with its meaning.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    /// Short name, used by `--model`.
    pub name: String,
    /// One line for people.
    #[serde(default)]
    pub title: String,
    /// What the network does; `click` is the only kind so far.
    #[serde(default = "click")]
    pub kind: String,
    /// Plain name of the weights file, which lies beside the card or in `../weights/`; links are not followed.
    pub file: String,
    /// SHA-256 of the weights file, 64 hexadecimal digits.
    pub sha256: String,
    /// Licence expression.
    #[serde(default)]
    pub licence: String,
    /// ONNX opset.
    #[serde(default)]
    pub opset: Option<u32>,
    /// Number of weights.
    #[serde(default)]
    pub parameters: Option<u64>,
    /// Multiply-adds of one run at `input.size`, in 10^9.
    #[serde(default)]
    pub gmac: Option<f64>,
    /// How the network's input is made.
    #[serde(default)]
    pub input: Input,
    /// Names, shapes and meaning of the tensors.
    #[serde(default)]
    pub tensors: Vec<TensorCard>,
    /// What it was trained on.
    #[serde(default)]
    pub training: Training,
    /// What it reaches.
    #[serde(default)]
    pub figures: Vec<Figures>,
    /// Where the card was read; `None` for the built-in model.
    #[serde(skip)]
    pub path: Option<PathBuf>,
}

/// How the network's input is made from a picture.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Input {
    /// Side of the square input in pixels.
    pub size: u32,
    /// The side must be a multiple of this.
    pub multiple_of: u32,
    /// Radius of the click disks in pixels of the network's input.
    pub click_radius: f32,
    /// Subtracted from values 0..255.
    pub mean: f32,
    /// Divides what is left.
    pub scale: f32,
}

impl Default for Input {
    fn default() -> Self {
        Self { size: 384, multiple_of: 32, click_radius: 5.0, mean: 127.0, scale: 128.0 }
    }
}

/// One tensor of the network.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TensorCard {
    /// Name in the ONNX file.
    pub name: String,
    /// `input` or `output`.
    pub role: String,
    /// Dimensions: numbers, `H`, `W`, `H/4`, `W/4`.
    pub shape: Vec<String>,
    /// What it holds.
    #[serde(default)]
    pub meaning: String,
}

/// Where the weights come from.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Training {
    /// The data, in words.
    pub data: String,
    /// Where the trunk's first weights come from.
    pub trunk: String,
    /// Papers.
    pub papers: Vec<String>,
}

/// Measured on one set with the standard click protocol.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Figures {
    /// Name of the set.
    pub set: String,
    /// Number of objects.
    pub objects: Option<u32>,
    /// Mean number of clicks to an IoU of 0.80.
    pub noc80: Option<f64>,
    /// Mean number of clicks to an IoU of 0.85.
    pub noc85: Option<f64>,
    /// Mean number of clicks to an IoU of 0.90.
    pub noc90: Option<f64>,
    /// Objects that do not reach 0.90 before the last click.
    pub failures90: Option<u32>,
    /// Mean IoU after so many clicks.
    pub iou_at: BTreeMap<String, f64>,
}

/// Whether this names a file and no way to one, on every system: a card that a stranger wrote does not choose what is read.
fn is_plain(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    matches!((parts.next(), parts.next()), (Some(std::path::Component::Normal(_)), None))
        && !name.contains(|c: char| c.is_control() || matches!(c, '/' | '\\' | ':'))
}

fn click() -> String {
    "click".to_owned()
}

impl Card {
    /// Reads a card file.
    ///
    /// # Errors
    /// [`ModelError::CardUnreadable`] and [`ModelError::CardInvalid`].
    pub fn read(path: &Path) -> Result<Self, ModelError> {
        /// Longer ones are no cards.
        const LONGEST: u64 = 1 << 20;
        let text = limn_files::read_text(path, LONGEST).map_err(ModelError::CardUnreadable)?.text;
        let mut card = Self::parse(&text, path)?;
        card.path = Some(path.to_owned());
        Ok(card)
    }

    /// Parses the text of a card; `path` is for messages.
    ///
    /// # Errors
    /// [`ModelError::CardInvalid`].
    pub fn parse(text: &str, path: &Path) -> Result<Self, ModelError> {
        let invalid = |reason: String| ModelError::CardInvalid { path: path.to_owned(), reason };
        let card: Self = toml::from_str(text).map_err(|e| {
            let line = e.span().map_or(1, |span| 1 + text[..span.start.min(text.len())].matches('\n').count());
            invalid(format!("line {line}: {}", e.message().replace('\n', " ")))
        })?;
        match card.fault() {
            None => Ok(card),
            Some(fault) => Err(invalid(fault)),
        }
    }

    /// What keeps the card from being used.
    fn fault(&self) -> Option<String> {
        let Self { name, kind, file, sha256, input, .. } = self;
        let positive = |v: f32| v.is_finite() && v > 0.0;
        if name.is_empty() {
            Some("name is empty".to_owned())
        } else if kind != "click" {
            Some(format!("kind {kind:?} is unknown, only \"click\" is supported"))
        } else if !is_plain(file) {
            Some(format!("file {file:?} is not the plain name of a file beside the card"))
        } else if sha256.len() != 64 || !sha256.chars().all(|c| c.is_ascii_hexdigit()) {
            Some(format!("sha256 {sha256:?} is not 64 hexadecimal digits"))
        } else if input.multiple_of == 0
            || input.size == 0
            || !input.size.is_multiple_of(input.multiple_of)
            || input.size > 4096
        {
            Some(format!("input.size {} is not a multiple of {} up to 4096", input.size, input.multiple_of))
        } else if !positive(input.scale)
            || !positive(input.click_radius)
            || input.click_radius > 64.0
            || !input.mean.is_finite()
        {
            Some("input.scale, input.mean or input.click_radius is out of range".to_owned())
        } else {
            None
        }
    }

    /// The folders where the weights file is looked for: that of the card, then the `weights` beside it; none for the built-in
    /// model.
    pub fn weights_folders(&self) -> Vec<PathBuf> {
        let Some(folder) = self.path.as_deref().and_then(Path::parent) else { return Vec::new() };
        vec![folder.to_owned(), folder.join("../weights")]
    }
}

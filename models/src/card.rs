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
    /// Weights file: beside the card, or in `../weights/`.
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

fn click() -> String {
    "click".to_owned()
}

impl Card {
    /// Reads a card file.
    ///
    /// # Errors
    /// [`ModelError::CardUnreadable`] and [`ModelError::CardInvalid`].
    pub fn read(path: &Path) -> Result<Self, ModelError> {
        let unreadable = |reason: String| ModelError::CardUnreadable { path: path.to_owned(), reason };
        let length = std::fs::metadata(path).map_err(|e| unreadable(e.to_string()))?.len();
        if length > 1 << 20 {
            return Err(unreadable(format!("{length} bytes is too long for a card")));
        }
        let text = std::fs::read_to_string(path).map_err(|e| unreadable(e.to_string()))?;
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
        card.check().map_err(invalid)?;
        Ok(card)
    }

    fn check(&self) -> Result<(), String> {
        let input = &self.input;
        if self.name.is_empty() {
            return Err("name is empty".to_owned());
        }
        if self.kind != "click" {
            return Err(format!("kind {:?} is unknown, only \"click\" is supported", self.kind));
        }
        if self.sha256.len() != 64 || !self.sha256.chars().all(|c| c.is_ascii_hexdigit()) {
            return Err(format!("sha256 {:?} is not 64 hexadecimal digits", self.sha256));
        }
        if input.multiple_of == 0
            || input.size == 0
            || !input.size.is_multiple_of(input.multiple_of)
            || input.size > 4096
        {
            return Err(format!("input.size {} is not a multiple of {} up to 4096", input.size, input.multiple_of));
        }
        let positive = |v: f32| v.is_finite() && v > 0.0;
        if !positive(input.scale)
            || !positive(input.click_radius)
            || input.click_radius > 64.0
            || !input.mean.is_finite()
        {
            return Err("input.scale, input.mean or input.click_radius is out of range".to_owned());
        }
        Ok(())
    }

    /// Where the weights file is looked for: beside the card, then in `../weights/`; empty for the built-in model.
    pub fn weights_paths(&self) -> Vec<PathBuf> {
        let Some(folder) = self.path.as_deref().and_then(Path::parent) else { return Vec::new() };
        vec![folder.join(&self.file), folder.join("../weights").join(&self.file)]
    }
}

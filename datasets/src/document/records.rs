//! The plain records of a document.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::raster::Mask;

/// Identity of a class: from 1 (0 where a data set counts from there), never reused, never a position in a list.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClassId(pub i64);

/// Identity of a picture: from 1, never reused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ImageId(pub i64);

/// Identity of an object: from 1, never reused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ObjectId(pub i64);

/// A kind of thing.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Class {
    /// Identity.
    pub id: ClassId,
    /// Name; unique within the document, never empty.
    pub name: String,
    /// Colour on the screen and in palettes, RGB.
    pub color: [u8; 3],
    /// COCO's supercategory; may be empty.
    pub supercategory: String,
    /// Digit key that chooses the class, 1 to 9.
    pub hotkey: Option<u8>,
    /// What is asked about every object of the class.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<Attribute>,
    /// Fields of imported files that have no place of their own.
    pub extra: Map<String, Value>,
}

impl Class {
    /// A class with no supercategory, hotkey, attributes or further fields.
    pub fn new(id: ClassId, name: impl Into<String>, color: [u8; 3]) -> Self {
        Self {
            id,
            name: name.into(),
            color,
            supercategory: String::new(),
            hotkey: None,
            attributes: Vec::new(),
            extra: Map::new(),
        }
    }
}

/// A question about the objects of a class. The answers are in [`Object::attributes`] under the name.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Attribute {
    /// Name; unique within the class, never empty.
    pub name: String,
    /// What may be answered.
    pub kind: AttributeKind,
}

/// What an attribute may be.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AttributeKind {
    /// Any text: a JSON string.
    Text,
    /// Any number: a JSON number.
    Number,
    /// One of these: a JSON string.
    Choice(Vec<String>),
    /// Yes or no: a JSON boolean.
    Flag,
}

/// How far the work on a picture is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ImageState {
    /// Still to do.
    #[default]
    Open,
    /// Marked as finished by the annotator.
    Done,
    /// Looked over by a second person and found right.
    Checked,
    /// Looked over and sent back; [`ImageRecord::remark`] says why.
    Rejected,
}

impl ImageState {
    /// All, in the order of the work.
    pub const ALL: [Self; 4] = [Self::Open, Self::Done, Self::Checked, Self::Rejected];

    /// Nothing is left to be drawn: done or checked.
    pub fn is_finished(self) -> bool {
        matches!(self, Self::Done | Self::Checked)
    }
}

/// A picture of the project. `width`, `height` and `missing` are facts about the file; they are kept when an edit that
/// does not mention them is undone.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ImageRecord {
    /// Identity.
    pub id: ImageId,
    /// Path relative to the project's root, with `/`; unique.
    pub path: String,
    /// Width in pixels after EXIF orientation; 0 until read.
    pub width: u32,
    /// Height in pixels after EXIF orientation; 0 until read.
    pub height: u32,
    /// How far the work is.
    pub state: ImageState,
    /// What the reviewer has to say; empty where nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub remark: String,
    /// Free words to find the picture by, each once, in the order in which they were given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Facts about the whole picture by name: strings, numbers or booleans.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub attributes: Map<String, Value>,
    /// True if the last scan did not find the file.
    pub missing: bool,
    /// Fields of imported files that have no place of their own.
    pub extra: Map<String, Value>,
}

impl ImageRecord {
    /// An open picture of unknown size.
    pub fn new(id: ImageId, path: impl Into<String>) -> Self {
        Self {
            id,
            path: path.into(),
            width: 0,
            height: 0,
            state: ImageState::Open,
            remark: String::new(),
            tags: Vec::new(),
            attributes: Map::new(),
            missing: false,
            extra: Map::new(),
        }
    }

    /// The file's name without folders.
    pub fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// The file's name without folders and extension.
    pub fn stem(&self) -> &str {
        let name = self.file_name();
        match name.rsplit_once('.') {
            Some((stem, _)) if !stem.is_empty() => stem,
            _ => name,
        }
    }
}

/// A click that helped to make a mask, kept as provenance. Pixel-edge coordinates.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct ClickRecord {
    /// From the left edge of the picture.
    pub x: f32,
    /// From the top edge of the picture.
    pub y: f32,
    /// Inside (true) or outside (false) of the object.
    pub positive: bool,
}

/// What a run of a model over many objects said of one: the object was looked at, and where the two disagree the new mask
/// waits for a person. Belongs to the project and goes into no format.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Rerun {
    /// Which run: its prompts and the model. A run that goes on leaves out what it did before.
    pub run: String,
    /// The model.
    pub model: String,
    /// Intersection over union of the object's mask and the new one.
    pub iou: f32,
    /// The new mask while nobody has decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<Mask>,
    /// Tells the mask that was there when the run began from others, for merging.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
}

/// One annotated thing.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Object {
    /// Identity.
    pub id: ObjectId,
    /// The picture it is in.
    pub image: ImageId,
    /// What it is.
    pub class: ClassId,
    /// Its pixels.
    pub mask: Mask,
    /// The clicks it was made with.
    pub clicks: Vec<ClickRecord>,
    /// The model that proposed the mask.
    pub model: Option<String>,
    /// Not drawn.
    pub hidden: bool,
    /// COCO's `iscrowd`.
    pub crowd: bool,
    /// VOC's `difficult`.
    pub difficult: bool,
    /// VOC's `truncated`.
    pub truncated: bool,
    /// Order within the picture: larger lies on top.
    pub z: i64,
    /// Objects of one picture with the same number belong together (the parts of one thing, a herd).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<i64>,
    /// Answers to the attributes of the class, and those that imported files brought: strings, numbers or booleans.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub attributes: Map<String, Value>,
    /// Seconds that a person spent on the object.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub seconds: f32,
    /// What the last run over many objects said of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rerun: Option<Rerun>,
    /// Fields of imported files that have no place of their own.
    pub extra: Map<String, Value>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
fn is_zero(seconds: &f32) -> bool {
    *seconds == 0.0
}

impl Object {
    /// A visible object without clicks, at the bottom.
    pub fn new(id: ObjectId, image: ImageId, class: ClassId, mask: Mask) -> Self {
        Self {
            id,
            image,
            class,
            mask,
            clicks: Vec::new(),
            model: None,
            hidden: false,
            crowd: false,
            difficult: false,
            truncated: false,
            z: 0,
            group: None,
            attributes: Map::new(),
            seconds: 0.0,
            rerun: None,
            extra: Map::new(),
        }
    }
}

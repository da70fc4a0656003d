//! Objects without a picture: what the clipboard holds, and the templates of a person.

use std::path::{Path, PathBuf};

use limn_datasets::{Class, Mask, Object};
use limn_files::FileError;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::keep;

/// Objects that can be put into any picture, with the names of their classes. As JSON it travels over the clipboard.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stamp {
    /// Size in pixels of the picture that they were taken from.
    pub size: [u32; 2],
    /// The lowest first.
    #[serde(rename = "limn_objects")]
    pub pieces: Vec<Piece>,
}

/// One object of a stamp.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Piece {
    /// Name of the class.
    pub class: String,
    /// Colour of the class where the data set does not have it yet.
    pub color: [u8; 3],
    /// The pixels, in the picture that it was taken from.
    pub mask: Mask,
    /// COCO's `iscrowd`.
    #[serde(default)]
    pub crowd: bool,
    /// VOC's `difficult`.
    #[serde(default)]
    pub difficult: bool,
    /// VOC's `truncated`.
    #[serde(default)]
    pub truncated: bool,
    /// Objects with one number belong together.
    #[serde(default)]
    pub group: Option<i64>,
    /// Answers to the attributes of the class.
    #[serde(default)]
    pub attributes: Map<String, Value>,
}

impl Stamp {
    /// The stamp of objects of one picture; `class_of` gives their classes. `None` without objects.
    pub fn of<'a>(objects: &[&Object], class_of: impl Fn(&Object) -> Option<&'a Class>) -> Option<Self> {
        let first = objects.first()?;
        let piece = |object: &&Object| {
            let class = class_of(object);
            Piece {
                class: class.map_or_else(|| "object".to_owned(), |c| c.name.clone()),
                color: class.map_or([128; 3], |c| c.color),
                mask: object.mask.clone(),
                crowd: object.crowd,
                difficult: object.difficult,
                truncated: object.truncated,
                group: object.group,
                attributes: object.attributes.clone(),
            }
        };
        let size = [first.mask.width(), first.mask.height()];
        Some(Self { size, pieces: objects.iter().map(piece).collect() })
    }

    /// Reads what [`Stamp::to_text`] wrote; `None` for any other text.
    pub fn from_text(text: &str) -> Option<Self> {
        let stamp: Self = serde_json::from_str(text.trim()).ok()?;
        (!stamp.pieces.is_empty()).then_some(stamp)
    }

    /// As JSON.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Centre of the rectangle around all objects, in picture coordinates.
    pub fn centre(&self) -> Option<[f32; 2]> {
        let all = self.pieces.iter().filter_map(|piece| piece.mask.bounds());
        let around = all.reduce(|a, b| limn_datasets::raster::PixelRect {
            x0: a.x0.min(b.x0),
            y0: a.y0.min(b.y0),
            x1: a.x1.max(b.x1),
            y1: a.y1.max(b.y1),
        })?;
        Some([(around.x0 + around.x1) as f32 / 2.0, (around.y0 + around.y1) as f32 / 2.0])
    }
}

/// The templates of a person: stamps with names, one small JSON file beside the settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Templates {
    /// By name, in the order in which they were made.
    pub list: Vec<(String, Stamp)>,
}

impl Templates {
    /// Reads them, each for itself. What cannot be understood is left out, and the file as it was is kept aside; where,
    /// comes back.
    pub fn load(path: &Path) -> (Self, Option<PathBuf>) {
        let (value, aside) = keep::read(path);
        let all = match value {
            None => return (Self::default(), aside),
            Some(Value::Array(all)) => all,
            Some(_) => return (Self::default(), keep::set_aside(path)),
        };
        let count = all.len();
        let list: Vec<_> = all.into_iter().filter_map(|one| serde_json::from_value(one).ok()).collect();
        let damaged = list.len() < count;
        (Self { list }, damaged.then(|| keep::set_aside(path)).flatten())
    }

    /// Writes them as a whole.
    ///
    /// # Errors
    /// What the file system says.
    pub fn save(&self, path: &Path) -> Result<(), FileError> {
        let text = serde_json::to_string(self).map_err(|error| FileError::from_io("write", path, error.into()))?;
        keep::write(path, text.as_bytes())
    }

    /// The template of a name.
    pub fn get(&self, name: &str) -> Option<&Stamp> {
        self.list.iter().find(|(n, _)| n == name).map(|(_, stamp)| stamp)
    }

    /// Puts a template in the place of one with the same name, else at the end.
    pub fn put(&mut self, name: &str, stamp: Stamp) {
        match self.list.iter_mut().find(|(n, _)| n == name) {
            Some((_, there)) => *there = stamp,
            None => self.list.push((name.to_owned(), stamp)),
        }
    }
}

#[cfg(test)]
mod tests {
    use limn_datasets::raster::PixelRect;
    use limn_datasets::{ClassId, ImageId, ObjectId};

    use super::*;

    fn object() -> Object {
        let mask = Mask::rectangle(20, 10, PixelRect { x0: 4, y0: 2, x1: 8, y1: 6 });
        let mut object = Object::new(ObjectId(1), ImageId(1), ClassId(1), mask);
        object.crowd = true;
        object.attributes.insert("colour".into(), "red".into());
        object
    }

    #[test]
    fn a_stamp_survives_the_clipboard_and_other_texts_are_none() {
        let class = Class::new(ClassId(1), "traffic light", [1, 2, 3]);
        let stamp = Stamp::of(&[&object()], |_| Some(&class)).unwrap();
        assert_eq!(Stamp::from_text(&stamp.to_text()), Some(stamp.clone()));
        assert_eq!((stamp.size, stamp.centre()), ([20, 10], Some([6.0, 4.0])));
        for other in ["", "hello", "{}", "[1]", "{\"size\":[1,1],\"limn_objects\":[]}"] {
            assert_eq!(Stamp::from_text(other), None, "{other}");
        }
    }

    #[test]
    fn templates_come_back_by_name_and_damage_is_survived() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep").join("templates.json");
        let stamp = Stamp::of(&[&object()], |_| None).unwrap();
        let (mut templates, _) = Templates::load(&path);
        templates.put("窗", stamp.clone());
        templates.put("窗", stamp.clone());
        templates.save(&path).unwrap();
        let (again, aside) = Templates::load(&path);
        assert_eq!(aside, None);
        assert_eq!((again.list.len(), again.get("窗")), (1, Some(&stamp)));
        // One bad template costs itself only, and the file is kept.
        let text = std::fs::read_to_string(&path).unwrap().replacen('[', "[[\"bad\", 5],", 1);
        std::fs::write(&path, &text).unwrap();
        let (again, aside) = Templates::load(&path);
        assert_eq!(again.list.len(), 1);
        assert_eq!(std::fs::read_to_string(aside.unwrap()).unwrap(), text);
        std::fs::write(&path, "{").unwrap();
        let (none, aside) = Templates::load(&path);
        assert!(none == Templates::default() && aside.is_some());
    }
}

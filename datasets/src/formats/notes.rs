//! What Limn knows about classes, pictures and objects beyond what a format has members for.
//!
//! A writer puts a note into a member called `limn` where the format lets strangers add members, else into the
//! [manifest](super::manifest). A reader starts from the note and lets the format's own members overrule it, so that
//! what somebody changed with another program counts. Members with the usual value are not written.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::kept::KEPT;
use crate::document::{Attribute, Class, ClickRecord, ImageRecord, ImageState, Object};

/// About an object.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ObjectNote {
    /// Its id, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<i64>,
    /// Its place in the order; `None` if the data set does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) z: Option<i64>,
    #[serde(skip_serializing_if = "is_default")]
    pub(super) crowd: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub(super) difficult: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub(super) truncated: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub(super) hidden: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) model: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", with = "triples")]
    pub(super) clicks: Vec<ClickRecord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) group: Option<i64>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub(super) attributes: Map<String, Value>,
    #[serde(skip_serializing_if = "is_default")]
    pub(super) seconds: f32,
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub(super) extra: Map<String, Value>,
}

impl ObjectNote {
    /// Everything about an object but its picture, class and mask.
    pub(super) fn of(object: &Object) -> Self {
        Self {
            id: Some(object.id.0),
            z: Some(object.z),
            crowd: object.crowd,
            difficult: object.difficult,
            truncated: object.truncated,
            hidden: object.hidden,
            model: object.model.clone(),
            clicks: object.clicks.clone(),
            group: object.group,
            attributes: object.attributes.clone(),
            seconds: object.seconds,
            extra: object.extra.clone(),
        }
    }

    /// Puts everything into an object but id and order.
    pub(super) fn into_object(self, object: &mut Object) {
        (object.crowd, object.difficult, object.truncated) = (self.crowd, self.difficult, self.truncated);
        (object.hidden, object.model, object.clicks) = (self.hidden, self.model, self.clicks);
        (object.group, object.attributes, object.seconds) = (self.group, self.attributes, self.seconds);
        object.extra = self.extra;
    }
}

/// About a picture.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ImageNote {
    #[serde(skip_serializing_if = "is_default")]
    pub(super) state: ImageState,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) remark: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tags: Vec<String>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub(super) attributes: Map<String, Value>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub(super) extra: Map<String, Value>,
}

impl ImageNote {
    /// Everything about a picture but id, path and size.
    pub(super) fn of(image: &ImageRecord) -> Self {
        Self {
            state: image.state,
            remark: image.remark.clone(),
            tags: image.tags.clone(),
            attributes: image.attributes.clone(),
            extra: image.extra.clone(),
        }
    }

    /// Adds what is new to a picture's record; what the record says already stays, the state is taken over.
    pub(super) fn add_to(self, image: &mut ImageRecord) {
        if self.state != ImageState::Open {
            image.state = self.state;
        }
        if image.remark.is_empty() {
            image.remark = self.remark;
        }
        for tag in self.tags {
            if !image.tags.contains(&tag) {
                image.tags.push(tag);
            }
        }
        for (map, new) in [(&mut image.attributes, self.attributes), (&mut image.extra, self.extra)] {
            for (key, value) in new {
                match map.get_mut(&key) {
                    Some(known) if key == KEPT => super::kept::add(known, value),
                    Some(_) => {}
                    None => drop(map.insert(key, value)),
                }
            }
        }
    }
}

/// About a class.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ClassNote {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) color: Option<[u8; 3]>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) supercategory: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hotkey: Option<u8>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) attributes: Vec<Attribute>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub(super) extra: Map<String, Value>,
}

impl ClassNote {
    /// Everything about a class but its name.
    pub(super) fn of(class: &Class) -> Self {
        Self {
            id: Some(class.id.0),
            color: Some(class.color),
            supercategory: class.supercategory.clone(),
            hotkey: class.hotkey,
            attributes: class.attributes.clone(),
            extra: class.extra.clone(),
        }
    }
}

/// Takes the note out of the member `limn`; the usual values if there is none or it is damaged.
pub(super) fn take_note<T: DeserializeOwned + Default>(members: &mut Map<String, Value>) -> T {
    members.remove("limn").and_then(|note| serde_json::from_value(note).ok()).unwrap_or_default()
}

/// The note as the member `limn`, unless it says nothing.
pub(super) fn put_note(members: &mut Map<String, Value>, note: &impl Serialize) {
    match serde_json::to_value(note) {
        Ok(Value::Object(note)) if note.is_empty() => {}
        Ok(note) => drop(members.insert("limn".to_owned(), note)),
        // Strings, numbers and maps with string keys are always JSON; a NaN becomes null.
        Err(error) => tracing::warn!("a note was not written: {error}"),
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Clicks as `[x, y, 1 or 0]`.
mod triples {
    use super::{ClickRecord, Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Click {
        Triple(f32, f32, u8),
        Record(ClickRecord),
    }

    pub(super) fn serialize<S: Serializer>(clicks: &[ClickRecord], serializer: S) -> Result<S::Ok, S::Error> {
        let triples: Vec<_> = clicks.iter().map(|click| (click.x, click.y, u8::from(click.positive))).collect();
        triples.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ClickRecord>, D::Error> {
        let record = |click| match click {
            Click::Triple(x, y, positive) => ClickRecord { x, y, positive: positive == 1 },
            Click::Record(record) => record,
        };
        Ok(Vec::<Click>::deserialize(deserializer)?.into_iter().map(record).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{ClassId, ImageId, ObjectId};
    use crate::raster::Mask;

    #[test]
    fn a_note_holds_everything_and_says_nothing_of_the_usual() {
        let mut object = Object::new(ObjectId(4), ImageId(1), ClassId(1), Mask::empty(3, 3));
        let mut members = Map::new();
        put_note(&mut members, &ObjectNote::of(&object));
        assert_eq!(members["limn"], serde_json::json!({"id": 4, "z": 0}));
        object.clicks = vec![ClickRecord { x: 1.5, y: 2.0, positive: true }];
        object.group = Some(7);
        object.seconds = 2.5;
        object.attributes.insert("colour".to_owned(), "red".into());
        (object.hidden, object.model) = (true, Some("m".to_owned()));
        put_note(&mut members, &ObjectNote::of(&object));
        let mut again = Object::new(ObjectId(4), ImageId(1), ClassId(1), Mask::empty(3, 3));
        take_note::<ObjectNote>(&mut members).into_object(&mut again);
        assert_eq!((again, members.len()), (object, 0));
    }

    #[test]
    fn a_damaged_note_is_as_none() {
        let mut members = Map::from_iter([("limn".to_owned(), Value::from("text"))]);
        assert_eq!(take_note::<ObjectNote>(&mut members), ObjectNote::default());
    }
}

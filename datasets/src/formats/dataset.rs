//! What a reader finds in a data set, neutral between formats.

use std::collections::HashMap;
use std::path::PathBuf;

use serde::Deserialize as _;
use serde_json::{Map, Value};

use super::notes::{ClassNote, ImageNote, ObjectNote};
use super::options::{MaskLayout, Tolerance};
use super::part::Part;
use super::report::Fault;
use crate::raster::Mask;

/// A class as a data set describes it.
#[derive(Clone, Debug, Default)]
pub(super) struct FoundClass {
    pub(super) name: String,
    pub(super) note: ClassNote,
}

impl FoundClass {
    pub(super) fn named(name: impl Into<String>) -> Self {
        Self { name: name.into(), note: ClassNote::default() }
    }
}

/// A picture as a data set names it.
#[derive(Clone, Debug, Default)]
pub(super) struct FoundImage {
    /// Where in the data set.
    pub(super) place: String,
    pub(super) id: Option<i64>,
    /// Its path or name in the data set; may lack the extension. Absolute where the reader knows the file.
    pub(super) file: String,
    /// Its path in the project that wrote the data set.
    pub(super) project_path: Option<String>,
    /// 0 if the data set does not say.
    pub(super) width: u32,
    /// 0 if the data set does not say.
    pub(super) height: u32,
    pub(super) note: ImageNote,
}

/// An object as a data set describes it; `image` and `class` are positions in the lists of the [`Dataset`].
#[derive(Clone, Debug)]
pub(super) struct FoundObject {
    pub(super) place: String,
    pub(super) image: usize,
    pub(super) class: usize,
    pub(super) mask: Mask,
    pub(super) note: ObjectNote,
}

impl FoundObject {
    pub(super) fn new(place: String, image: usize, class: usize, mask: Mask) -> Self {
        Self { place, image, class, mask, note: ObjectNote::default() }
    }
}

/// How a Limn export was made, as far as it bears on what can be expected of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Origin {
    /// What tells the project that it came from, as it is written there.
    pub(super) project: Option<String>,
    pub(super) layout: MaskLayout,
    pub(super) void_band: u32,
    pub(super) only_done: bool,
    /// What of the project it holds.
    pub(super) part: Part,
    /// How far its outlines may be from the masks.
    pub(super) tolerance: Tolerance,
}

impl Origin {
    /// Of what Limn writes into the files of formats that let it.
    pub(super) fn of_note(note: &Value) -> Self {
        let flag = |key: &str| note.get(key).and_then(Value::as_bool).unwrap_or(false);
        let tolerance = note.get("tolerance").and_then(Value::as_f64);
        Self {
            project: note.get("project").and_then(Value::as_str).map(str::to_owned),
            only_done: flag("only_done"),
            part: note.get("chosen").and_then(|part| Part::deserialize(part).ok()).unwrap_or_default(),
            tolerance: tolerance.and_then(|pixels| Tolerance::of_pixels(pixels).ok()).unwrap_or_default(),
            ..Self::default()
        }
    }
}

/// A whole data set.
#[derive(Clone, Debug, Default)]
pub(super) struct Dataset {
    pub(super) classes: Vec<FoundClass>,
    pub(super) images: Vec<FoundImage>,
    pub(super) objects: Vec<FoundObject>,
    /// Fields of the whole data set.
    pub(super) extra: Map<String, Value>,
    pub(super) faults: Vec<Fault>,
    pub(super) notes: Vec<String>,
    /// Set if Limn wrote it.
    pub(super) origin: Option<Origin>,
    /// Files that were read as masks: no pictures to annotate.
    pub(super) masks: Vec<PathBuf>,
    /// Where [`Dataset::class_named`] finds classes.
    pub(super) class_index: ClassIndex,
}

/// Positions of the first classes by their names, as many as `indexed`.
#[derive(Clone, Debug, Default)]
pub(super) struct ClassIndex {
    at: HashMap<String, usize>,
    indexed: usize,
}

impl Dataset {
    /// Position of the class with this name, added if it is new.
    pub(super) fn class_named(&mut self, name: &str) -> usize {
        if self.classes.len() < self.class_index.indexed {
            self.class_index = ClassIndex::default();
        }
        let index = &mut self.class_index;
        for (at, class) in self.classes.iter().enumerate().skip(index.indexed) {
            index.at.entry(class.name.clone()).or_insert(at);
        }
        index.indexed = self.classes.len();
        if let Some(&at) = index.at.get(name) {
            return at;
        }
        self.classes.push(FoundClass::named(name));
        index.at.insert(name.to_owned(), index.indexed);
        index.indexed += 1;
        index.indexed - 1
    }

    /// Takes out classes without a name: gaps between indices, which no object may have.
    pub(super) fn drop_nameless_classes(&mut self) {
        let place = |next: &mut usize, class: &FoundClass| {
            Some(std::mem::replace(next, *next + usize::from(!class.name.is_empty())))
        };
        let new_at: Vec<usize> = self.classes.iter().scan(0, place).collect();
        self.classes.retain(|class| !class.name.is_empty());
        self.objects.iter_mut().for_each(|object| object.class = new_at[object.class]);
        self.class_index = ClassIndex::default();
    }

    pub(super) fn fault(&mut self, place: impl Into<String>, what: impl Into<String>) {
        self.faults.push(Fault::new(place, what));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_found_by_name_however_they_came() {
        let classes = ["a", "", "b", "a"].map(FoundClass::named).into();
        let mut dataset = Dataset { classes, ..Dataset::default() };
        assert_eq!(["b", "a", "c", "c"].map(|name| dataset.class_named(name)), [2, 0, 4, 4]);
        dataset.classes.push(FoundClass::named("d"));
        assert_eq!(dataset.class_named("d"), 5);
        dataset.drop_nameless_classes();
        assert_eq!(["b", "d", "e"].map(|name| dataset.class_named(name)), [1, 4, 5]);
    }
}

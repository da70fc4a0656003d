//! What a reader finds in a data set, neutral between formats.

use std::path::PathBuf;

use serde_json::{Map, Value};

use super::notes::{ClassNote, ImageNote, ObjectNote};
use super::options::MaskLayout;
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
    /// The project it came from, if it says so.
    pub(super) project: Option<PathBuf>,
    pub(super) layout: MaskLayout,
    pub(super) void_band: u32,
    pub(super) only_done: bool,
    /// It holds chosen classes, states or tags only.
    pub(super) chosen: bool,
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
}

impl Dataset {
    /// Position of the class with this name, added if it is new.
    pub(super) fn class_named(&mut self, name: &str) -> usize {
        match self.classes.iter().position(|class| class.name == name) {
            Some(at) => at,
            None => {
                self.classes.push(FoundClass::named(name));
                self.classes.len() - 1
            }
        }
    }

    /// Takes out classes without a name: gaps between indices, which no object may have.
    pub(super) fn drop_nameless_classes(&mut self) {
        let place = |next: &mut usize, class: &FoundClass| {
            Some(std::mem::replace(next, *next + usize::from(!class.name.is_empty())))
        };
        let new_at: Vec<usize> = self.classes.iter().scan(0, place).collect();
        self.classes.retain(|class| !class.name.is_empty());
        self.objects.iter_mut().for_each(|object| object.class = new_at[object.class]);
    }

    pub(super) fn fault(&mut self, place: impl Into<String>, what: impl Into<String>) {
        self.faults.push(Fault::new(place, what));
    }
}

//! What a reader finds in a data set, neutral between formats, and how its pictures are found on the disk.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::{Map, Value};

use super::notes::{ClassNote, ImageNote, ObjectNote};
use super::options::MaskLayout;
use super::report::Fault;
use crate::media;
use crate::raster::Mask;
use crate::store::{paths, scan};

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
    /// Its path or name in the data set; may lack the extension.
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

/// Finds pictures by the names that data sets give them, below a few folders.
pub(super) struct PictureFinder {
    searched: Vec<PathBuf>,
    looked_into: Vec<PathBuf>,
    index: OnceLock<HashMap<String, Vec<PathBuf>>>,
}

impl PictureFinder {
    /// Folders that are searched with everything below them, and folders in which only the named path is tried.
    pub(super) fn new(
        searched: impl IntoIterator<Item = PathBuf>,
        looked_into: impl IntoIterator<Item = PathBuf>,
    ) -> Self {
        let folders = |list: &mut dyn Iterator<Item = PathBuf>| {
            let mut unique: Vec<PathBuf> = Vec::new();
            for folder in list.map(|folder| paths::absolute(&folder)) {
                if folder.is_dir() && !unique.contains(&folder) {
                    unique.push(folder);
                }
            }
            unique
        };
        let searched = folders(&mut searched.into_iter());
        let looked_into = folders(&mut looked_into.into_iter());
        Self { searched, looked_into, index: OnceLock::new() }
    }

    /// The file with this relative path, else the only one with this name or stem anywhere below the searched folders.
    pub(super) fn find(&self, name: &str) -> Option<PathBuf> {
        let name = name.replace('\\', "/");
        let roots = self.searched.iter().chain(&self.looked_into);
        let direct = roots.map(|root| paths::resolve(root, &name)).find(|path| path.is_file());
        direct.or_else(|| {
            let name = name.to_lowercase();
            let base = name.rsplit('/').next().unwrap_or(&name);
            let only = |key: &str| match self.index().get(key).map(Vec::as_slice) {
                Some([only]) => Some(only.clone()),
                _ => None,
            };
            only(&name).or_else(|| only(base))
        })
    }

    /// Width and height of the picture with this name, if it can be found and read.
    pub(super) fn size(&self, name: &str) -> Option<(u32, u32)> {
        let info = media::probe(&self.find(name)?).ok()?;
        Some((info.width, info.height))
    }

    /// Lower-case names and stems of all pictures below the searched folders.
    fn index(&self) -> &HashMap<String, Vec<PathBuf>> {
        self.index.get_or_init(|| {
            let mut index: HashMap<String, Vec<PathBuf>> = HashMap::new();
            for root in &self.searched {
                // A folder that cannot be listed holds no picture for us; the caller reports what it misses.
                let found = scan::find_pictures(root, &mut Vec::new()).unwrap_or_default();
                for relative in found {
                    let path = paths::resolve(root, &relative);
                    let name = file_name(&path).to_lowercase();
                    let stem = path.file_stem().map(|stem| stem.to_string_lossy().to_lowercase());
                    let path_stem = relative.rsplit_once('.').map(|(stem, _)| stem.to_lowercase());
                    for key in [Some(name), stem, path_stem].into_iter().flatten() {
                        let places = index.entry(key).or_default();
                        if !places.contains(&path) {
                            places.push(path.clone());
                        }
                    }
                }
            }
            index
        })
    }
}

pub(super) fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

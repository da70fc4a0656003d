//! Reading mask pictures, Limn's own or anybody's.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::pairing::{self, Owner};
use crate::formats::dataset::{Dataset, FoundClass, FoundImage, FoundObject};
use crate::formats::door::Reading;
use crate::formats::label_map::{VOID, listed, regions};
use crate::formats::manifest::{Manifest, ManifestImage};
use crate::formats::mask_file::{self, Kind, MaskPicture, Values};
use crate::formats::palette::voc_color;
use crate::formats::placing::some_of;
use crate::formats::report::FormatError;
use crate::formats::staging::from_io;
use crate::formats::{Format, MaskLayout, Purpose, text};
use crate::raster::Mask;
use crate::store::{paths, scan};

/// The value of pixels that an evaluation ignores.
const IGNORED: u16 = 128;

/// The class of masks that name none.
const UNNAMED_CLASS: &str = "object";

/// Pictures that are read at a time.
const BATCH: usize = 64;

pub(super) fn read(job: &Reading<'_>) -> Result<Dataset, FormatError> {
    let Reading { from: ref folder, purpose, progress, .. } = *job;
    if !folder.is_dir() {
        return Err(from_io("read", folder, std::io::Error::other("it is not a folder of masks")));
    }
    let manifest = Manifest::read(folder, Format::Masks);
    let mut dataset = Dataset { origin: manifest.as_ref().map(|note| note.origin(folder)), ..Dataset::default() };
    let labels = Labels::read(folder, manifest.as_ref(), &mut dataset);
    dataset.classes = match &manifest {
        Some(manifest) => manifest.found_classes(),
        None => labels.found_classes(),
    };
    let mut skipped = Vec::new();
    let files = scan::all_pictures(folder, &mut skipped)?;
    dataset.notes.extend(skipped);
    let (files, others) = pairing::masks_among(files);
    if files.is_empty() && manifest.as_ref().is_none_or(|manifest| manifest.images.is_empty()) {
        let detail = "there is no picture file in it".to_owned();
        return Err(job.malformed(detail));
    }
    if !others.is_empty() {
        let count = others.len();
        dataset.notes.push(format!("{count} files were taken as pictures, not as masks: {}", some_of(&others)));
    }
    let root = paths::absolute(folder);
    let own: HashSet<PathBuf> = files.iter().map(|file| root.join(file)).collect();
    let mut reader = Reader {
        job,
        manifest: manifest.as_ref(),
        labels,
        purpose,
        own: &own,
        image_at: HashMap::new(),
        unnamed: BTreeSet::new(),
        dataset,
    };
    for note in manifest.iter().flat_map(|manifest| &manifest.images) {
        reader.image(&note.stem, None, note.width, note.height);
    }
    for (at, batch) in files.chunks(BATCH).enumerate() {
        if progress.cancelled() {
            return Err(FormatError::Cancelled);
        }
        progress.report((at * BATCH) as u64, files.len() as u64, &batch[0]);
        let pictures: Vec<_> = batch.par_iter().map(|file| mask_file::read(&root.join(file))).collect();
        for (file, picture) in batch.iter().zip(pictures) {
            match picture {
                Ok(picture) => reader.file(file, picture),
                Err(error) => reader.dataset.fault(file, format!("left out: {error}")),
            }
        }
    }
    reader.name_unnamed();
    let mut dataset = reader.dataset;
    dataset.masks = own.into_iter().collect();
    dataset.classes.iter_mut().filter(|class| class.name.is_empty()).for_each(|class| {
        // Index pictures may skip indices; a class needs a name all the same.
        class.name = UNNAMED_CLASS.to_owned();
    });
    drop_unused_duplicates(&mut dataset);
    Ok(dataset)
}

/// What `labelmap.txt` says, or the export itself.
struct Labels {
    /// Names of indices 1, 2, 3 ..., and their colours.
    list: Vec<(String, Option<[u8; 3]>)>,
    by_color: HashMap<[u8; 3], u8>,
}

impl Labels {
    fn read(folder: &Path, manifest: Option<&Manifest>, dataset: &mut Dataset) -> Self {
        let path = ["labelmap.txt", "label_map.txt", "labels.txt"]
            .iter()
            .map(|name| folder.join(name))
            .find(|path| path.is_file());
        let text = match path.as_deref().map(text::read) {
            Some(Ok(text)) => text,
            Some(Err(error)) => {
                dataset.fault("labelmap.txt", format!("cannot be read: {error}"));
                String::new()
            }
            None => String::new(),
        };
        let list = listed(&text);
        let colors = (1..=254u8).zip(&list).filter_map(|(index, (_, color))| Some(((*color)?, index)));
        let by_color: HashMap<[u8; 3], u8> = colors.chain([([0; 3], 0)]).collect();
        let has_map = by_color.len() > 1 || manifest.is_some_and(|note| note.layout == MaskLayout::Colors);
        let palette = || (0..=u8::MAX).map(|index| (voc_color(index), index)).collect();
        Self { list, by_color: if has_map { by_color } else { palette() } }
    }

    fn found_classes(&self) -> Vec<FoundClass> {
        let class = |(name, color): &(String, Option<[u8; 3]>)| {
            let mut class = FoundClass::named(name);
            class.note.color = *color;
            class
        };
        self.list.iter().map(class).collect()
    }

    /// Greys that are the colours of the map, as indices; `None` if one of them is no colour of it.
    fn by_grey(&self, values: &[u16]) -> Option<Vec<u16>> {
        if self.list.iter().all(|(_, color)| color.is_none()) {
            return None;
        }
        let index = |value: u16| {
            let grey = u8::try_from(value).ok()?;
            self.by_color.get(&[grey; 3]).map(|index| u16::from(*index))
        };
        let of: Vec<Option<u16>> = (0..=u16::from(u8::MAX)).map(index).collect();
        values.iter().map(|value| of.get(usize::from(*value)).copied().flatten()).collect()
    }
}

/// Several nameless indices are one class.
fn drop_unused_duplicates(dataset: &mut Dataset) {
    let mut first: HashMap<String, usize> = HashMap::new();
    let mut kept = Vec::new();
    let new_at: Vec<usize> = std::mem::take(&mut dataset.classes)
        .into_iter()
        .map(|class| {
            *first.entry(class.name.clone()).or_insert_with(|| {
                kept.push(class);
                kept.len() - 1
            })
        })
        .collect();
    dataset.classes = kept;
    dataset.objects.iter_mut().for_each(|object| object.class = new_at[object.class]);
}

struct Reader<'m> {
    job: &'m Reading<'m>,
    manifest: Option<&'m Manifest>,
    labels: Labels,
    purpose: Purpose,
    own: &'m HashSet<PathBuf>,
    image_at: HashMap<String, usize>,
    /// Values that nothing names.
    unnamed: BTreeSet<u16>,
    dataset: Dataset,
}

impl Reader<'_> {
    /// Position of the picture with this stem (or file); `None` if its masks differ in size.
    fn image(&mut self, stem: &str, file: Option<&Path>, width: u32, height: u32) -> Option<usize> {
        let key = file.map_or_else(|| stem.to_owned(), |path| path.to_string_lossy().into_owned());
        if let Some(&at) = self.image_at.get(&key) {
            let image = &self.dataset.images[at];
            return ((image.width, image.height) == (width, height)).then_some(at);
        }
        let note = self.manifest.and_then(|manifest| manifest.image(stem));
        let at = self.dataset.images.len();
        self.image_at.insert(key.clone(), at);
        let stranger = || FoundImage { place: stem.to_owned(), file: key, ..FoundImage::default() };
        let found = note.map_or_else(stranger, |note| note.found(stem.to_owned()));
        self.dataset.images.push(FoundImage { width, height, ..found });
        Some(at)
    }

    fn file(&mut self, file: &str, picture: MaskPicture) {
        let MaskPicture { width, height, values, note } = picture;
        self.dataset.notes.extend(note.map(|note| format!("{file}: {note}")));
        let owner = match self.manifest {
            Some(manifest) => pairing::of_export(file, manifest),
            None => pairing::owner(file, self.job.pictures, &|path| !self.own.contains(path)),
        };
        let Owner { stem, file: path, number, folder, doubt } = match owner {
            Ok(owner) => owner,
            Err(what) => {
                self.dataset.fault(file, format!("left out: {what}"));
                return;
            }
        };
        self.dataset.notes.extend(doubt);
        let Some(image) = self.image(&stem, path.as_deref(), width, height) else {
            self.dataset.fault(file, "left out: its size differs from that of the picture's other masks");
            return;
        };
        let note = self.manifest.and_then(|manifest| manifest.image(&stem)).cloned();
        let size = (width, height);
        let (values, wide) = match values {
            Values::Indices { values, wide } => (values, wide),
            Values::Colours(pixels) => {
                let index = |color: &[u8; 3]| {
                    let index = self.labels.by_color.get(color).copied();
                    index
                        .map(u16::from)
                        .ok_or_else(|| format!("left out: nothing says what its colour {color:?} means"))
                };
                match pixels.iter().map(index).collect::<Result<Vec<u16>, _>>() {
                    Ok(values) => return self.classes(file, image, note.as_ref(), size, &values),
                    Err(what) => return self.dataset.fault(file, what),
                }
            }
        };
        if let Some(manifest) = self.manifest {
            return match manifest.layout {
                MaskLayout::Objects => self.object(file, image, number, None, note.as_ref(), size, &values),
                MaskLayout::Instances => self.instances(file, image, note.as_ref(), size, &values),
                MaskLayout::Classes | MaskLayout::Colors => self.classes(file, image, note.as_ref(), size, &values),
            };
        }
        let counts = mask_file::counts(&values);
        let kind = if wide { Kind::Indices } else { mask_file::kind(&counts, IGNORED) };
        let has_names = !self.labels.list.is_empty();
        match kind {
            Kind::Binary => self.object(file, image, number, folder, None, size, &values),
            Kind::Soft if !has_names => {
                self.dataset
                    .notes
                    .push(format!("{file}: it has grey values between 0 and 255 (soft edges); cut at the middle"));
                let values: Vec<u16> = values.into_iter().map(|value| if value > IGNORED { 255 } else { 0 }).collect();
                self.object(file, image, number, folder, None, size, &values);
            }
            // One value, in a file of its own.
            _ if number.is_some() || (folder.is_some() && counts.len() <= 2) => {
                self.object(file, image, number, folder, None, size, &values);
            }
            // More than 8 bits, or more values than there are classes: every value an object.
            _ if wide && !has_names => self.instances(file, image, None, size, &values),
            _ => match self.labels.by_grey(&values) {
                Some(values) => self.classes(file, image, None, size, &values),
                None => self.classes(file, image, None, size, &values),
            },
        }
    }

    /// One object: 255, or whatever is neither 0 nor ignored where there is no 255.
    #[expect(clippy::too_many_arguments, reason = "what is known of one file, which meets here and nowhere else")]
    fn object(
        &mut self,
        file: &str,
        image: usize,
        number: Option<usize>,
        folder: Option<String>,
        note: Option<&ManifestImage>,
        (width, height): (u32, u32),
        values: &[u16],
    ) {
        let full = values.contains(&255);
        let belongs = |value: u16| if full { value == 255 } else { value != 0 && value != IGNORED };
        let mask = Mask::from_predicate(width, height, values, belongs);
        if mask.is_empty() {
            self.dataset.fault(file, "left out: it has no object pixel");
            return;
        }
        let entry = note.zip(number).and_then(|(note, k)| note.objects.get(k.checked_sub(1)?));
        let name = entry.map(|entry| entry.class.as_str()).or(folder.as_deref()).unwrap_or(UNNAMED_CLASS);
        let class = self.dataset.class_named(name);
        let mut object = FoundObject::new(file.to_owned(), image, class, mask);
        if let Some(entry) = entry {
            entry.enrich(&mut object);
        }
        self.dataset.objects.push(object);
    }

    /// Every value an object.
    fn instances(
        &mut self,
        file: &str,
        image: usize,
        note: Option<&ManifestImage>,
        (width, height): (u32, u32),
        values: &[u16],
    ) {
        // Limn's 16-bit pictures have no value that means "not annotated".
        let void = note.is_some_and(|note| note.objects.len() >= usize::from(VOID));
        for (label, mask) in regions(values, width, height) {
            if label == u16::from(VOID) && !void && values.iter().all(|value| *value <= u16::from(VOID)) {
                continue;
            }
            let entry = note.and_then(|note| note.objects.get(usize::from(label) - 1));
            let class = self.dataset.class_named(entry.map_or(UNNAMED_CLASS, |entry| &entry.class));
            let mut object = FoundObject::new(format!("{file} index {label}"), image, class, mask);
            if let Some(entry) = entry {
                entry.enrich(&mut object);
            }
            self.dataset.objects.push(object);
        }
    }

    /// One index per class: the connected parts become objects. For a check every object that was written stands for
    /// the whole region of its class.
    fn classes(
        &mut self,
        file: &str,
        image: usize,
        note: Option<&ManifestImage>,
        (width, height): (u32, u32),
        values: &[u16],
    ) {
        let listed = self.manifest.map_or(self.labels.list.len(), |manifest| manifest.classes.len());
        for (index, region) in regions(values, width, height) {
            if index == u16::from(VOID) {
                continue;
            }
            let named = usize::from(index) <= listed;
            let class = if named {
                usize::from(index) - 1
            } else {
                self.unnamed.insert(index);
                self.dataset.class_named(&format!("class {index}"))
            };
            let place = format!("{file} index {index}");
            match note.filter(|_| self.purpose == Purpose::Check) {
                Some(note) => {
                    let name = self.dataset.classes[class].name.clone();
                    for entry in note.objects.iter().filter(|entry| entry.class == name) {
                        let mut object = FoundObject::new(place.clone(), image, class, region.clone());
                        entry.enrich(&mut object);
                        self.dataset.objects.push(object);
                    }
                }
                None => {
                    let parts = region.components().into_iter();
                    let found = parts.map(|part| FoundObject::new(place.clone(), image, class, part));
                    self.dataset.objects.extend(found);
                }
            }
        }
    }

    /// Says which values have no name.
    fn name_unnamed(&mut self) {
        if self.unnamed.is_empty() {
            return;
        }
        let values: Vec<String> = self.unnamed.iter().map(u16::to_string).collect();
        let why =
            if self.labels.list.is_empty() { "there is no labelmap.txt" } else { "labelmap.txt does not name them" };
        let text = format!("the values {} have no name ({why}); they are called \"class N\"", some_of(&values));
        self.dataset.notes.push(text);
    }
}

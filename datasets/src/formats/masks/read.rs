//! Reading mask pictures, Limn's own or anybody's.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::pairing::{self, Owner};
use crate::formats::dataset::{Dataset, FoundClass, FoundImage, FoundObject};
use crate::formats::door::Reading;
use crate::formats::label_map::{VOID, listed, regions_within};
use crate::formats::manifest::{Manifest, ManifestImage};
use crate::formats::mask_file::{self, Kind, MaskPicture, Values};
use crate::formats::palette::voc_color;
use crate::formats::placing::some_of;
use crate::formats::report::FormatError;
use crate::formats::staging::from_io;
use crate::formats::{Format, MaskLayout, Purpose, text};
use crate::media;
use crate::raster::{Mask, MaskBudget};
use crate::store::{paths, scan};

/// The value of pixels that an evaluation ignores.
const IGNORED: u16 = 128;

/// The class of masks that name none.
const UNNAMED_CLASS: &str = "object";

/// Pictures that are read at a time.
const BATCH: usize = 64;

/// Pixels that are in memory at a time, unless one picture alone has more.
const PIXELS_AT_ONCE: u64 = 1 << 27;

pub(super) fn read(job: &Reading<'_>) -> Result<Dataset, FormatError> {
    let Reading { from: ref folder, purpose, progress, .. } = *job;
    if !folder.is_dir() {
        return Err(from_io("read", folder, std::io::Error::other("it is not a folder of masks")));
    }
    let manifest = Manifest::read(folder, Format::Masks);
    let mut dataset = Dataset { origin: manifest.as_ref().map(Manifest::origin), ..Dataset::default() };
    let labels = Labels::read(folder, manifest.as_ref(), &mut dataset);
    dataset.classes = match &manifest {
        Some(manifest) => manifest.found_classes(),
        None => labels.found_classes(),
    };
    let mut passed = scan::PassedOver::default();
    let files = scan::all_pictures(folder, &mut passed)?;
    dataset.notes.extend(passed.lines);
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
    let mut done = 0;
    for batch in batches(&root, &files) {
        if progress.cancelled() {
            return Err(FormatError::Cancelled);
        }
        progress.report(done as u64, files.len() as u64, &batch[0]);
        done += batch.len();
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

/// Files that are read side by side: not more than [`BATCH`], and together not more than a large picture's worth of pixels.
fn batches<'f>(root: &Path, files: &'f [String]) -> Vec<&'f [String]> {
    let pixels =
        |file: &String| media::probe(&root.join(file)).map_or(0, |info| u64::from(info.width) * u64::from(info.height));
    let pixels: Vec<u64> = files.par_iter().map(pixels).collect();
    let mut batches = Vec::new();
    let (mut start, mut sum) = (0, 0u64);
    for (at, pixels) in pixels.into_iter().enumerate() {
        sum = sum.saturating_add(pixels);
        if at > start && (sum > PIXELS_AT_ONCE || at - start == BATCH) {
            batches.push(&files[start..at]);
            (start, sum) = (at, pixels);
        }
    }
    batches.extend((start < files.len()).then(|| &files[start..]));
    batches
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
    fn by_grey<T: Value>(&self, values: &[T]) -> Option<Vec<u8>> {
        if self.list.iter().all(|(_, color)| color.is_none()) {
            return None;
        }
        let index = |value: u16| {
            let grey = u8::try_from(value).ok()?;
            self.by_color.get(&[grey; 3]).copied()
        };
        let of: Vec<Option<u8>> = (0..=u16::from(u8::MAX)).map(index).collect();
        values.iter().map(|value| of.get(usize::from((*value).into())).copied().flatten()).collect()
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

/// A pixel: an index or a grey.
trait Value: Copy + Ord + Default + Into<u16> {}

impl Value for u8 {}
impl Value for u16 {}

/// What a mask file belongs to.
struct Of<'f> {
    file: &'f str,
    image: usize,
    number: Option<usize>,
    folder: Option<String>,
    note: Option<ManifestImage>,
    size: [u32; 2],
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
        let of = Of { file, image, number, folder, note, size: [width, height] };
        match values {
            Values::Small(values) => self.values(of, values, false),
            Values::Wide(values) => self.values(of, values, true),
            Values::Colours(pixels) => {
                let index = |color: &[u8; 3]| {
                    let index = self.labels.by_color.get(color).copied();
                    index.ok_or_else(|| format!("left out: nothing says what its colour {color:?} means"))
                };
                match pixels.iter().map(index).collect::<Result<Vec<u8>, _>>() {
                    Ok(values) => self.classes(&of, &values),
                    Err(what) => self.dataset.fault(file, what),
                }
            }
        }
    }

    /// Indices or greys; `wide` if they have more than 8 bits.
    fn values<T: Value>(&mut self, of: Of<'_>, values: Vec<T>, wide: bool) {
        if let Some(manifest) = self.manifest {
            return match manifest.layout {
                MaskLayout::Objects => self.object(&of, None, &values),
                MaskLayout::Instances => self.instances(&of, &values),
                MaskLayout::Classes | MaskLayout::Colors => self.classes(&of, &values),
            };
        }
        let of = Of { note: None, ..of };
        let counts = mask_file::counts(&values);
        let kind = if wide { Kind::Indices } else { mask_file::kind(&counts, IGNORED) };
        let has_names = !self.labels.list.is_empty();
        match kind {
            Kind::Binary => self.object(&of, of.folder.as_deref(), &values),
            Kind::Soft if !has_names => {
                self.dataset
                    .notes
                    .push(format!("{}: it has grey values between 0 and 255 (soft edges); cut at the middle", of.file));
                let cut = |value: T| if value.into() > IGNORED { 255u8 } else { 0 };
                let values: Vec<u8> = values.into_iter().map(cut).collect();
                self.object(&of, of.folder.as_deref(), &values);
            }
            // One value, in a file of its own.
            _ if of.number.is_some() || (of.folder.is_some() && counts.len() <= 2) => {
                self.object(&of, of.folder.as_deref(), &values);
            }
            // More than 8 bits, or more values than there are classes: every value an object.
            _ if wide && !has_names => self.instances(&of, &values),
            _ => match self.labels.by_grey(&values) {
                Some(values) => self.classes(&of, &values),
                None => self.classes(&of, &values),
            },
        }
    }

    /// One object: 255, or whatever is neither 0 nor ignored where there is no 255.
    fn object<T: Value>(&mut self, of: &Of<'_>, folder: Option<&str>, values: &[T]) {
        let full = values.iter().any(|value| (*value).into() == 255);
        let belongs = |value: T| match value.into() {
            value if full => value == 255,
            value => value != 0 && value != IGNORED,
        };
        let [width, height] = of.size;
        let made = |budget: &mut MaskBudget| Mask::from_predicate_within(width, height, values, belongs, budget);
        let mask = match self.job.room.mask(made) {
            Ok(mask) => mask,
            Err(what) => return self.dataset.fault(of.file, format!("left out: {what}")),
        };
        if mask.is_empty() {
            self.dataset.fault(of.file, "left out: it has no object pixel");
            return;
        }
        let entry = of.note.as_ref().zip(of.number).and_then(|(note, k)| note.objects.get(k.checked_sub(1)?));
        let name = entry.map(|entry| entry.class.as_str()).or(folder).unwrap_or(UNNAMED_CLASS);
        let class = self.dataset.class_named(name);
        let mut object = FoundObject::new(of.file.to_owned(), of.image, class, mask);
        if let Some(entry) = entry {
            entry.enrich(&mut object);
        }
        self.dataset.objects.push(object);
    }

    /// Every value an object.
    fn instances<T: Value>(&mut self, of: &Of<'_>, values: &[T]) {
        let Of { file, image, note, .. } = of;
        let Some(regions) = self.regions(of, values) else { return };
        // Limn's 16-bit pictures have no value that means "not annotated".
        let void = note.as_ref().is_some_and(|note| note.objects.len() >= usize::from(VOID));
        let is_small = || values.iter().all(|value| (*value).into() <= u16::from(VOID));
        for (label, mask) in regions {
            let label: u16 = label.into();
            if label == u16::from(VOID) && !void && is_small() {
                continue;
            }
            let entry = note.as_ref().and_then(|note| note.objects.get(usize::from(label) - 1));
            let class = self.dataset.class_named(entry.map_or(UNNAMED_CLASS, |entry| &entry.class));
            let mut object = FoundObject::new(format!("{file} index {label}"), *image, class, mask);
            if let Some(entry) = entry {
                entry.enrich(&mut object);
            }
            self.dataset.objects.push(object);
        }
    }

    /// The mask of every value but 0; a fault where they are too many.
    fn regions<T: Value>(&mut self, of: &Of<'_>, values: &[T]) -> Option<BTreeMap<T, Mask>> {
        let regions = regions_within(&self.job.room, values, of.size[0], of.size[1]);
        regions.map_err(|what| self.dataset.fault(of.file, format!("left out: {what}"))).ok()
    }

    /// One index per class: the connected parts become objects. For a check every object that was written stands for
    /// the whole region of its class.
    fn classes<T: Value>(&mut self, of: &Of<'_>, values: &[T]) {
        let Of { file, image, note, .. } = of;
        let image = *image;
        let Some(regions) = self.regions(of, values) else { return };
        let listed = self.manifest.map_or(self.labels.list.len(), |manifest| manifest.classes.len());
        for (index, region) in regions {
            let index: u16 = index.into();
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
            match note.as_ref().filter(|_| self.purpose == Purpose::Check) {
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

//! Reading mask pictures, Limn's own or anybody's.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use rayon::prelude::*;

use crate::formats::dataset::{Dataset, FoundClass, FoundImage, FoundObject};
use crate::formats::door::Reading;
use crate::formats::index_png::{self, IndexPicture};
use crate::formats::label_map::{VOID, split};
use crate::formats::manifest::{Manifest, ManifestImage};
use crate::formats::palette::voc_color;
use crate::formats::report::FormatError;
use crate::formats::staging::from_io;
use crate::formats::{Format, MaskLayout, Purpose};
use crate::raster::Mask;
use crate::store::scan;

/// The value of pixels that an evaluation ignores.
const IGNORED: u8 = 128;

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
    dataset.classes = match &manifest {
        Some(manifest) => manifest.found_classes(),
        None => labelmap_classes(folder),
    };
    let colors = colors_of(folder, manifest.as_ref());
    let mut skipped = Vec::new();
    let mut files = scan::find_pictures(folder, &mut skipped)?;
    files.retain(|file| file.to_lowercase().ends_with(".png"));
    dataset.notes.extend(skipped);
    if files.is_empty() && manifest.as_ref().is_none_or(|manifest| manifest.images.is_empty()) {
        let detail = "there is no PNG file in it".to_owned();
        return Err(job.malformed(detail));
    }
    let mut reader = Reader { manifest: manifest.as_ref(), purpose, image_at: HashMap::new(), dataset };
    for note in manifest.iter().flat_map(|manifest| &manifest.images) {
        reader.image(&note.stem, note.width, note.height);
    }
    for (at, batch) in files.chunks(BATCH).enumerate() {
        if progress.cancelled() {
            return Err(FormatError::Cancelled);
        }
        progress.report((at * BATCH) as u64, files.len() as u64, &batch[0]);
        let pictures: Vec<_> = batch.par_iter().map(|file| index_png::read_with(&folder.join(file), &colors)).collect();
        for (file, picture) in batch.iter().zip(pictures) {
            match picture {
                Ok(picture) => reader.file(file, &picture),
                Err(error) => reader.dataset.fault(file, format!("left out: {error}")),
            }
        }
    }
    let mut dataset = reader.dataset;
    dataset.classes.iter_mut().filter(|class| class.name.is_empty()).for_each(|class| {
        // Index pictures may skip indices; a class needs a name all the same.
        class.name = UNNAMED_CLASS.to_owned();
    });
    drop_unused_duplicates(&mut dataset);
    Ok(dataset)
}

/// Classes in the order of their indices from 1, as `labelmap.txt` names them; none without it.
fn labelmap_classes(folder: &Path) -> Vec<FoundClass> {
    let text = std::fs::read_to_string(folder.join("labelmap.txt")).unwrap_or_default();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let class = |line: &str| {
        let mut fields = line.split(':');
        let mut class = FoundClass::named(fields.next().unwrap_or_default());
        let numbers = fields.next().unwrap_or_default().split(',').map(|value| value.trim().parse().ok());
        class.note.color = numbers.collect::<Option<Vec<u8>>>().and_then(|color| color.try_into().ok());
        class
    };
    lines.map(class).filter(|class| class.name != "background").collect()
}

/// What the colours of RGB pictures mean: those of `labelmap.txt`, else the VOC palette.
fn colors_of(folder: &Path, manifest: Option<&Manifest>) -> HashMap<[u8; 3], u8> {
    let listed =
        (1..=254u8).zip(labelmap_classes(folder)).filter_map(|(index, class)| Some((class.note.color?, index)));
    let listed: HashMap<[u8; 3], u8> = listed.chain([([0; 3], 0)]).collect();
    let has_map = listed.len() > 1 || manifest.is_some_and(|note| note.layout == MaskLayout::Colors);
    if has_map { listed } else { (0..=u8::MAX).map(|index| (voc_color(index), index)).collect() }
}

/// Several nameless indices are one class.
fn drop_unused_duplicates(dataset: &mut Dataset) {
    let mut first: BTreeMap<String, usize> = BTreeMap::new();
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
    manifest: Option<&'m Manifest>,
    purpose: Purpose,
    image_at: HashMap<String, usize>,
    dataset: Dataset,
}

impl Reader<'_> {
    /// Position of the picture with this stem; `None` if its masks differ in size.
    fn image(&mut self, stem: &str, width: u32, height: u32) -> Option<usize> {
        if let Some(&at) = self.image_at.get(stem) {
            let image = &self.dataset.images[at];
            return ((image.width, image.height) == (width, height)).then_some(at);
        }
        let note = self.manifest.and_then(|manifest| manifest.image(stem));
        let at = self.dataset.images.len();
        self.image_at.insert(stem.to_owned(), at);
        let stranger = || FoundImage { place: stem.to_owned(), file: stem.to_owned(), ..FoundImage::default() };
        let found = note.map_or_else(stranger, |note| note.found(stem.to_owned()));
        self.dataset.images.push(FoundImage { width, height, ..found });
        Some(at)
    }

    fn file(&mut self, file: &str, picture: &IndexPicture) {
        let name = &file[..file.len() - ".png".len()];
        let (stem, number) = split_name(name);
        let Some(image) = self.image(stem, picture.width, picture.height) else {
            self.dataset.fault(file, "left out: its size differs from that of the picture's other masks");
            return;
        };
        let note = self.manifest.and_then(|manifest| manifest.image(stem));
        let layout = match self.manifest {
            Some(manifest) => manifest.layout,
            None if number.is_some() || is_binary(&picture.values) => MaskLayout::Objects,
            None => MaskLayout::Classes,
        };
        match layout {
            MaskLayout::Objects => self.object(file, image, number, note, picture),
            MaskLayout::Instances => self.instances(file, image, note, picture),
            MaskLayout::Classes | MaskLayout::Colors => self.classes(file, image, note, picture),
        }
    }

    /// One object: 255, or whatever is neither 0 nor ignored where there is no 255.
    fn object(
        &mut self,
        file: &str,
        image: usize,
        number: Option<usize>,
        note: Option<&ManifestImage>,
        picture: &IndexPicture,
    ) {
        let full = picture.values.contains(&255);
        let belongs = |value: u8| if full { value == 255 } else { value != 0 && value != IGNORED };
        let mask = Mask::from_predicate(picture.width, picture.height, &picture.values, belongs);
        if mask.is_empty() {
            self.dataset.fault(file, "left out: it has no object pixel");
            return;
        }
        let entry = note.zip(number).and_then(|(note, k)| note.objects.get(k.checked_sub(1)?));
        let class = self.dataset.class_named(entry.map_or(UNNAMED_CLASS, |entry| &entry.class));
        let mut object = FoundObject::new(file.to_owned(), image, class, mask);
        if let Some(entry) = entry {
            entry.enrich(&mut object);
        }
        self.dataset.objects.push(object);
    }

    fn instances(&mut self, file: &str, image: usize, note: Option<&ManifestImage>, picture: &IndexPicture) {
        let masks = split(&picture.values, picture.width, picture.height);
        for (k, mask) in masks.into_iter().enumerate().filter(|(_, mask)| !mask.is_empty()) {
            let entry = note.and_then(|note| note.objects.get(k));
            let class = self.dataset.class_named(entry.map_or(UNNAMED_CLASS, |entry| &entry.class));
            let mut object = FoundObject::new(format!("{file} index {}", k + 1), image, class, mask);
            if let Some(entry) = entry {
                entry.enrich(&mut object);
            }
            self.dataset.objects.push(object);
        }
    }

    /// One index per class: the connected parts become objects. For a check every object that was written stands for
    /// the whole region of its class.
    fn classes(&mut self, file: &str, image: usize, note: Option<&ManifestImage>, picture: &IndexPicture) {
        let masks = split(&picture.values, picture.width, picture.height);
        for (index, region) in (0usize..).zip(masks).filter(|(_, mask)| !mask.is_empty()) {
            while self.dataset.classes.len() <= index {
                let name = format!("class {}", self.dataset.classes.len() + 1);
                self.dataset.classes.push(FoundClass::named(name));
            }
            let place = format!("{file} index {}", index + 1);
            match note.filter(|_| self.purpose == Purpose::Check) {
                Some(note) => {
                    let name = self.dataset.classes[index].name.clone();
                    for entry in note.objects.iter().filter(|entry| entry.class == name) {
                        let mut object = FoundObject::new(place.clone(), image, index, region.clone());
                        entry.enrich(&mut object);
                        self.dataset.objects.push(object);
                    }
                }
                None => {
                    let parts = region.components().into_iter();
                    let found = parts.map(|part| FoundObject::new(place.clone(), image, index, part));
                    self.dataset.objects.extend(found);
                }
            }
        }
    }
}

/// `stem#k` to stem and number.
fn split_name(name: &str) -> (&str, Option<usize>) {
    match name.rsplit_once('#') {
        Some((stem, number)) if !stem.is_empty() => match number.parse() {
            Ok(number) => (stem, Some(number)),
            Err(_) => (name, None),
        },
        _ => (name, None),
    }
}

fn is_binary(values: &[u8]) -> bool {
    values.contains(&VOID) && values.iter().all(|&value| matches!(value, 0 | IGNORED | VOID))
}

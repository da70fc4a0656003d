//! Reading a VOC folder, Limn's own or anybody's.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::labelmap;
use super::layout::{self, Entry};
use super::object::{self, Names};
use crate::formats::dataset::{Dataset, FoundClass, FoundImage};
use crate::formats::door::Reading;
use crate::formats::index_png::IndexPicture;
use crate::formats::manifest::{Manifest, ManifestImage};
use crate::formats::palette::voc_color;
use crate::formats::pictures::slashes;
use crate::formats::reading::{self, Picture};
use crate::formats::report::{Fault, FormatError};
use crate::formats::xml::{self, Element};
use crate::formats::{Format, kept, mask_file, text};
use crate::store::paths;

/// What all pictures of a set have in common.
struct Reader<'a> {
    job: &'a Reading<'a>,
    manifest: Option<&'a Manifest>,
    known: Vec<FoundClass>,
    colors: HashMap<[u8; 3], u8>,
    palette: HashMap<[u8; 3], u8>,
    /// A label map or an export of ours names the indices.
    has_map: bool,
    /// Objects whose name is the challenge's, because nothing else names them.
    guessed: AtomicUsize,
    /// XML files that name another picture than that of their own name.
    misnamed: AtomicUsize,
    /// Part of a split of each stem.
    splits: HashMap<String, &'static str>,
}

pub(super) fn read(job: &Reading<'_>) -> Result<Dataset, FormatError> {
    let Reading { ref from, progress, .. } = *job;
    let entries = layout::entries(from);
    if entries.is_empty() {
        let detail =
            "there is no XML file in it, and neither SegmentationClass nor SegmentationObject holds a mask".to_owned();
        return Err(job.malformed(detail));
    }
    let folder = &entries[0].root.clone();
    let manifest = Manifest::read(folder, Format::Voc);
    let mut dataset = Dataset { origin: manifest.as_ref().map(Manifest::origin), ..Dataset::default() };
    let path = folder.join("labelmap.txt");
    let map = match path.is_file().then(|| text::read(&path)) {
        Some(Ok(text)) => Some(text),
        Some(Err(error)) => {
            dataset.fault("labelmap.txt", format!("cannot be read: {error}"));
            None
        }
        None => None,
    };
    dataset.classes = match (&manifest, &map) {
        (Some(manifest), _) => manifest.found_classes(),
        (None, Some(text)) => labelmap::parse(text).into_iter().map(FoundClass::named).collect(),
        (None, None) => Vec::new(),
    };
    let names: Vec<String> = dataset.classes.iter().map(|class| class.name.clone()).collect();
    let reader = Reader {
        job,
        manifest: manifest.as_ref(),
        colors: labelmap::colors(map.as_deref().unwrap_or_default(), &names),
        palette: (0..=u8::MAX).map(|index| (voc_color(index), index)).collect(),
        has_map: manifest.is_some() || map.is_some(),
        guessed: AtomicUsize::new(0),
        misnamed: AtomicUsize::new(0),
        splits: if manifest.is_some() { HashMap::new() } else { splits(folder) },
        known: dataset.classes.clone(),
    };
    reading::each(&entries, &mut dataset, progress, |entry| entry.stem.as_str(), |entry| reader.one_image(entry))?;
    let guessed = reader.guessed.load(Ordering::Relaxed);
    if guessed > 0 {
        dataset.notes.push(format!(
            "nothing names the classes (no labelmap.txt, no XML): {guessed} objects have the names of the challenge \
             (1 aeroplane, 2 bicycle ...); rename the classes if they are others"
        ));
    }
    let misnamed = reader.misnamed.load(Ordering::Relaxed);
    if misnamed > 0 {
        dataset
            .notes
            .push(format!("{misnamed} XML files name another picture than the one of their own name, which counts"));
    }
    // Indices without a name in the label map are no classes.
    dataset.drop_nameless_classes();
    Ok(dataset)
}

/// The lists of a set: which stem is for training and which for validation.
fn splits(folder: &Path) -> HashMap<String, &'static str> {
    let mut of_stem = HashMap::new();
    for sets in ["ImageSets/Segmentation", "ImageSets/Main"] {
        for (file, part) in [("train.txt", "train"), ("val.txt", "val"), ("test.txt", "test")] {
            let path = folder.join(sets).join(file);
            let text = if path.is_file() { text::read(&path).unwrap_or_default() } else { String::new() };
            for stem in text.lines().filter_map(|line| line.split_whitespace().next()) {
                of_stem.insert(stem.to_owned(), part);
            }
        }
    }
    of_stem
}

impl Reader<'_> {
    fn one_image(&self, entry: &Entry) -> Picture {
        let mut out = Picture::default();
        let shown = |path: &Path| paths::relative(&entry.root, path).unwrap_or_else(|| path.display().to_string());
        let place = entry.xml.as_deref().map_or_else(|| format!("Annotations/{}.xml", entry.stem), shown);
        let root = entry.xml.as_ref().and_then(|path| {
            let read = text::read(path).and_then(|text| xml::parse(&text));
            read.map_err(|error| out.faults.push(Fault::new(&place, error))).ok()
        });
        let is_stranger = root.as_ref().is_some_and(|root| root.name != "annotation");
        if is_stranger && entry.objects.is_none() && entry.classes.is_none() {
            // Some other XML among the files.
            return Picture::only(place, "left out: its root element is not annotation");
        }
        let note = self.manifest.and_then(|manifest| manifest.image(&entry.stem));
        let mut mask = |path: Option<&Path>, colors: &HashMap<[u8; 3], u8>| {
            let path = path?;
            let read = mask_file::read(path).and_then(|picture| {
                out.faults.extend(picture.note.clone().map(|note| Fault::new(shown(path), note)));
                picture.indices(&|color| colors.get(&color).copied())
            });
            read.map_err(|error| out.faults.push(Fault::new(shown(path), error))).ok()
        };
        let by_object = mask(entry.objects.as_deref(), &self.palette);
        let by_class = mask(entry.classes.as_deref(), &self.colors);
        let picture = self.picture_of(entry, root.as_ref());
        let masks = [&by_object, &by_class];
        let Some((width, height)) = self.agreed_size(entry, root.as_ref(), masks, note, &picture, &mut out.faults)
        else {
            return out;
        };
        let mut found = note.map_or_else(FoundImage::default, |note| note.found(String::new()));
        if note.is_none() {
            let by_folder = crate::formats::yolo::part_of(entry.stem.split('/').rev().skip(1));
            if let Some(part) = self.splits.get(&entry.name).copied().or(by_folder) {
                found.note.extra.insert(kept::SPLIT.to_owned(), part.into());
            }
        }
        out.found = Some(FoundImage { place: place.clone(), file: picture, width, height, ..found });
        let tags: Vec<&Element> =
            root.iter().flat_map(|root| &root.children).filter(|child| child.name == "object").collect();
        let names = Names {
            classes: &self.known,
            manifest: self.manifest,
            has_map: self.has_map,
            guessed: &self.guessed,
            room: &self.job.room,
        };
        object::all(&entry.stem, &place, (width, height), by_object, by_class, &tags, note, &names, &mut out);
        out
    }

    /// The picture: that of the XML's own name in the set, else the one that the XML names, else whatever fits the name.
    fn picture_of(&self, entry: &Entry, root: Option<&Element>) -> String {
        let named = slashes(root.map_or("", |root| root.text_of("filename")));
        let base = named.rsplit('/').next().unwrap_or(&named).to_owned();
        let whole = |path: &Path| path.to_string_lossy().into_owned();
        for folder in &entry.folders {
            let mut own = reading::beside(folder, &entry.name);
            let same_name =
                own.iter().position(|path| path.file_name().is_some_and(|name| name.to_string_lossy() == base));
            if let Some(at) = same_name.or(if own.len() == 1 { Some(0) } else { None }) {
                let other = folder.join(&base);
                let names_another = same_name.is_none() && !base.is_empty() && other.is_file() && other != own[at];
                self.misnamed.fetch_add(usize::from(names_another), Ordering::Relaxed);
                return whole(&own.swap_remove(at));
            }
        }
        for folder in &entry.folders {
            let meant = folder.join(&base);
            if !base.is_empty() && meant.is_file() {
                return whole(&meant);
            }
        }
        if !named.is_empty() && self.job.pictures.find(&named).is_some() {
            return named;
        }
        let path = slashes(root.map_or("", |root| root.text_of("path")));
        if !path.is_empty() && self.job.pictures.find(&path).is_some() {
            return path;
        }
        if named.is_empty() { entry.name.clone() } else { named }
    }

    /// The size on which XML and masks agree, else that of the picture; 0 x 0 if nothing tells it, `None` if they
    /// contradict each other.
    fn agreed_size(
        &self,
        entry: &Entry,
        root: Option<&Element>,
        masks: [&Option<IndexPicture>; 2],
        note: Option<&ManifestImage>,
        picture: &str,
        faults: &mut Vec<Fault>,
    ) -> Option<(u32, u32)> {
        let from_xml = root.and_then(|root| root.child("size"));
        let from_xml = from_xml.and_then(|size| Some((size.number_of("width")?, size.number_of("height")?)));
        let from_note = note.map(|note| (note.width, note.height));
        let from_masks = masks.into_iter().flatten().map(|picture| (picture.width, picture.height));
        let mut sizes = from_masks.chain(from_xml).chain(from_note).filter(|&(w, h)| w > 0 && h > 0);
        let Some(first) = sizes.next().or_else(|| self.job.pictures.size(picture)) else {
            return Some((0, 0));
        };
        match sizes.find(|&size| size != first) {
            None => Some(first),
            Some((w, h)) => {
                let what = format!("left out: its files disagree about the size, {}x{} and {w}x{h}", first.0, first.1);
                faults.push(Fault::new(&entry.stem, what));
                None
            }
        }
    }
}

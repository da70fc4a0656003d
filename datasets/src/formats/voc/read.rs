//! Reading a VOC folder, Limn's own or anybody's.

use std::collections::BTreeSet;
use std::path::Path;

use super::labelmap;
use crate::formats::Format;
use crate::formats::dataset::{Dataset, FoundClass, FoundImage, FoundObject};
use crate::formats::door::Reading;
use crate::formats::index_png::{self, IndexPicture};
use crate::formats::label_map::{VOID, split};
use crate::formats::manifest::{Manifest, ManifestImage};
use crate::formats::reading::{self, Picture};
use crate::formats::report::{Fault, FormatError};
use crate::formats::xml::{self, Element};
use crate::raster::Mask;

pub(super) fn read(job: &Reading<'_>) -> Result<Dataset, FormatError> {
    let Reading { from: ref folder, progress, .. } = *job;
    let manifest = Manifest::read(folder, Format::Voc);
    let mut dataset = Dataset { origin: manifest.as_ref().map(|note| note.origin(folder)), ..Dataset::default() };
    dataset.classes = classes(folder, manifest.as_ref());
    let stems: Vec<String> = stems(folder).into_iter().collect();
    if stems.is_empty() {
        let detail = "neither Annotations nor SegmentationClass nor SegmentationObject holds a file".to_owned();
        return Err(job.malformed(detail));
    }
    let known = dataset.classes.clone();
    reading::each(&stems, &mut dataset, progress, String::as_str, |stem| {
        let note = manifest.as_ref().and_then(|manifest| manifest.image(stem));
        one_image(folder, stem, note, &known, manifest.as_ref())
    })?;
    // Indices without a name in the label map are no classes.
    dataset.drop_nameless_classes();
    Ok(dataset)
}

/// Classes in the order of their indices from 1; an empty name marks a gap.
fn classes(folder: &Path, manifest: Option<&Manifest>) -> Vec<FoundClass> {
    if let Some(manifest) = manifest {
        return manifest.found_classes();
    }
    let names = match std::fs::read_to_string(folder.join("labelmap.txt")) {
        Ok(text) => labelmap::parse(&text),
        // Without a label map the indices are those of the original challenge.
        Err(_) => labelmap::ORIGINAL.map(str::to_owned).to_vec(),
    };
    names.into_iter().map(FoundClass::named).collect()
}

fn stems(folder: &Path) -> BTreeSet<String> {
    let mut stems = BTreeSet::new();
    for (sub, extension) in [("Annotations", "xml"), ("SegmentationClass", "png"), ("SegmentationObject", "png")] {
        let entries = std::fs::read_dir(folder.join(sub)).into_iter().flatten().filter_map(Result::ok);
        for path in entries.map(|entry| entry.path()) {
            let fits = path.extension().is_some_and(|found| found.eq_ignore_ascii_case(extension));
            if let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()).filter(|_| fits) {
                stems.insert(stem.to_owned());
            }
        }
    }
    stems
}

fn one_image(
    folder: &Path,
    stem: &str,
    note: Option<&ManifestImage>,
    classes: &[FoundClass],
    manifest: Option<&Manifest>,
) -> Picture {
    let mut out = Picture::default();
    let place = format!("Annotations/{stem}.xml");
    let root = match std::fs::read_to_string(folder.join(&place)) {
        Ok(text) => xml::parse(&text).map_err(|error| out.faults.push(Fault::new(&place, error))).ok(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => {
            out.faults.push(Fault::new(&place, error.to_string()));
            None
        }
    };
    let mut picture = |sub: &str| {
        let place = format!("{sub}/{stem}.png");
        let path = folder.join(&place);
        let read = path.is_file().then(|| index_png::read(&path))?;
        read.map_err(|error| out.faults.push(Fault::new(place, error))).ok()
    };
    let (by_object, by_class) = (picture("SegmentationObject"), picture("SegmentationClass"));
    let Some((width, height)) = agreed_size(stem, root.as_ref(), [&by_object, &by_class], note, &mut out.faults) else {
        return out;
    };
    let named = root.as_ref().map_or("", |root| root.text_of("filename"));
    let file = if named.is_empty() { stem.to_owned() } else { named.to_owned() };
    let found = note.map_or_else(FoundImage::default, |note| note.found(String::new()));
    out.found = Some(FoundImage { place, file, width, height, ..found });
    let tags: Vec<&Element> =
        root.iter().flat_map(|root| &root.children).filter(|child| child.name == "object").collect();
    objects(stem, by_object, by_class, &tags, note, classes, manifest, &mut out);
    out
}

/// The size on which XML and masks agree; 0 x 0 if nothing tells it, `None` if they contradict each other.
fn agreed_size(
    stem: &str,
    root: Option<&Element>,
    pictures: [&Option<IndexPicture>; 2],
    note: Option<&ManifestImage>,
    faults: &mut Vec<Fault>,
) -> Option<(u32, u32)> {
    let from_xml = root.and_then(|root| root.child("size")).and_then(|size| {
        Some((size.text_of("width").parse::<u32>().ok()?, size.text_of("height").parse::<u32>().ok()?))
    });
    let from_note = note.map(|note| (note.width, note.height));
    let from_pictures = pictures.into_iter().flatten().map(|picture| (picture.width, picture.height));
    let mut sizes = from_pictures.chain(from_xml).chain(from_note).filter(|&(w, h)| w > 0 && h > 0);
    let first = sizes.next().unwrap_or((0, 0));
    match sizes.find(|&size| size != first) {
        None => Some(first),
        Some((w, h)) => {
            let what = format!("left out: its files disagree about the size, {}x{} and {w}x{h}", first.0, first.1);
            faults.push(Fault::new(stem, what));
            None
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "the parts of one picture that meet here and nowhere else")]
fn objects(
    stem: &str,
    by_object: Option<IndexPicture>,
    by_class: Option<IndexPicture>,
    tags: &[&Element],
    note: Option<&ManifestImage>,
    classes: &[FoundClass],
    manifest: Option<&Manifest>,
    out: &mut Picture,
) {
    let name_of = |index: u8| {
        let known = classes.get(usize::from(index) - 1).map(|class| class.name.clone());
        known.filter(|name| !name.is_empty()).unwrap_or_else(|| format!("class {index}"))
    };
    let mut covered = 0;
    match (by_object, by_class) {
        (Some(picture), class_map) => {
            let masks = split(&picture.values, picture.width, picture.height);
            for (k, mask) in masks.into_iter().enumerate().filter(|(_, mask)| !mask.is_empty()) {
                let place = format!("SegmentationObject/{stem}.png index {}", k + 1);
                let entry = note.and_then(|note| note.objects.get(k));
                let tag = tags.get(k);
                let by_map = class_map.as_ref().and_then(|map| majority(map, &mask)).map(name_of);
                let by_tag = || tag.map(|tag| real_name(tag.text_of("name"), manifest));
                let Some(class) = by_map.or_else(by_tag).or_else(|| entry.map(|entry| entry.class.clone())) else {
                    out.faults.push(Fault::new(place, "left out: neither masks nor XML name its class"));
                    continue;
                };
                let mut object = FoundObject::new(place, 0, 0, mask);
                if let Some(entry) = entry {
                    entry.enrich(&mut object);
                }
                if let Some(tag) = tag.filter(|tag| real_name(tag.text_of("name"), manifest) == class) {
                    describe(tag, &mut object);
                    covered += 1;
                }
                out.objects.push((class, object));
            }
        }
        (None, Some(picture)) => {
            let masks = split(&picture.values, picture.width, picture.height);
            for (index, mask) in (1..=254u8).zip(masks) {
                for part in mask.components() {
                    let place = format!("SegmentationClass/{stem}.png index {index}");
                    out.objects.push((name_of(index), FoundObject::new(place, 0, 0, part)));
                    covered += 1;
                }
            }
        }
        (None, None) => {}
    }
    if note.is_none() && covered < tags.len() {
        let what = format!("{} of its {} objects have a box but no mask; left out", tags.len() - covered, tags.len());
        out.faults.push(Fault::new(format!("Annotations/{stem}.xml"), what));
    }
}

/// The most frequent class index under a mask, background and void apart.
fn majority(map: &IndexPicture, mask: &Mask) -> Option<u8> {
    let mut count = [0u64; 256];
    for span in mask.spans() {
        let row = span.y as usize * map.width as usize;
        let run = map.values.get(row + span.x0 as usize..row + span.x1 as usize)?;
        run.iter().for_each(|&index| count[usize::from(index)] += 1);
    }
    (1..VOID).filter(|&index| count[usize::from(index)] > 0).max_by_key(|&index| count[usize::from(index)])
}

/// The class's name in the project that wrote the data, where the format could not hold it.
fn real_name(written: &str, manifest: Option<&Manifest>) -> String {
    manifest.map_or(written, |manifest| manifest.real_name(written)).to_owned()
}

/// Flags and further fields of an `object` element.
fn describe(tag: &Element, object: &mut FoundObject) {
    object.note.truncated = tag.text_of("truncated") == "1";
    object.note.difficult = tag.text_of("difficult") == "1";
    for child in &tag.children {
        let own = matches!(child.name.as_str(), "name" | "truncated" | "difficult" | "bndbox");
        let usual = child.name == "pose" && child.text.trim() == "Unspecified";
        if !own && !usual && child.children.is_empty() {
            object.note.extra.insert(child.name.clone(), child.text.trim().into());
        }
    }
}

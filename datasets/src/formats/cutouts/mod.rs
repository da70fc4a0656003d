//! Cut-outs: every object as a PNG of its bounding box, what does not belong to it transparent. Out only.
//!
//! Files lie in a folder per class: `CLASS/STEM#K.png`, `K` from 1 in z order, as in plain masks. The pixels are those of
//! the upright picture, 8 bits a channel. `limn verify` compares the transparency with the masks.

use std::collections::HashMap;
use std::path::Path;

use png::ColorType;

use super::dataset::{Dataset, FoundObject};
use super::door::{self, Door, Export, Reading};
use super::label_map::unique_stems;
use super::manifest::{Manifest, ManifestClass, ManifestImage, ManifestObject};
use super::reading::{self, Picture};
use super::report::{ExportReport, Fault, FormatError};
use super::staging::Staging;
use super::{Format, Source, index_png, shapes, writing};
use crate::document::{ImageRecord, Object};
use crate::media::{Limits, Picture as Pixels, read_picture};
use crate::raster::Mask;

/// The longest name of a class's folder, in bytes.
const LONGEST_FOLDER: usize = 100;

/// The door of the format.
pub(super) const DOOR: Door = Door {
    name: "cutouts",
    title: "Cut-outs with transparency (folder)",
    file: None,
    choices: &[],
    can_import: false,
    write,
    read,
    holdable: door::everything,
};

fn write(export: &Export<'_>) -> Result<ExportReport, FormatError> {
    let Export { source, progress, .. } = *export;
    let (mut report, images) = export.begin();
    let staging = export.staging()?;
    let mut manifest = export.manifest();
    manifest.classes = source.document.classes().iter().map(written_class).collect();
    let stems = unique_stems(&images, true);
    let classes = manifest.classes.iter().filter_map(|class| Some((class.note.id?, class))).collect();
    let written =
        writing::each(&images, progress, |image| one_image(source, &staging, image, &stems[&image.id], &classes))?;
    for (image, notes) in written {
        report.objects += image.objects.len();
        report.notes.extend(notes);
        manifest.images.push(image);
    }
    report.files = manifest.finish(staging)?;
    Ok(report)
}

/// Reads back what Limn wrote, to check it: where a cut-out lay only the note of the export knows.
fn read(job: &Reading<'_>) -> Result<Dataset, FormatError> {
    let Reading { ref from, progress, .. } = *job;
    let Some(manifest) = Manifest::read(from, Format::Cutouts) else {
        return Err(job.malformed("it is no folder of cut-outs that Limn wrote"));
    };
    let mut dataset = Dataset { origin: Some(manifest.origin()), ..Dataset::default() };
    dataset.classes = manifest.found_classes();
    reading::each(
        &manifest.images,
        &mut dataset,
        progress,
        |image| image.path.as_str(),
        |image| read_back(from, image, &manifest),
    )?;
    Ok(dataset)
}

fn one_image(
    source: &Source<'_>,
    staging: &Staging,
    image: &ImageRecord,
    stem: &str,
    classes: &HashMap<i64, &ManifestClass>,
) -> Result<(ManifestImage, Vec<String>), FormatError> {
    let mut notes = Vec::new();
    let objects = writing::objects_with_pixels(source, image, &mut notes);
    if objects.is_empty() {
        return Ok((ManifestImage::new(image, stem, Vec::new()), notes));
    }
    let picture = match read_picture(&source.file_of(image), &Limits::default()) {
        Ok(picture) if (picture.width, picture.height) == (image.width, image.height) => picture,
        Ok(picture) => {
            let (w, h) = (picture.width, picture.height);
            notes.push(format!("{}: is {w}x{h}, not {}x{}; left out", image.path, image.width, image.height));
            return Ok((ManifestImage::new(image, stem, Vec::new()), notes));
        }
        Err(error) => {
            notes.push(format!("{}: left out, its picture cannot be read: {error}", image.path));
            return Ok((ManifestImage::new(image, stem, Vec::new()), notes));
        }
    };
    let mut entries = Vec::with_capacity(objects.len());
    for (k, object) in (1..).zip(&objects) {
        let class = classes.get(&object.class.0);
        let (real, folder) = class.map_or(("", "unknown"), |class| (class.name.as_str(), class.written.as_str()));
        let Some((pixels, width, height)) = cut(&picture, object) else { continue };
        staging.write(&format!("{folder}/{stem}#{k}.png"), |writer| {
            index_png::write_color(writer, width, height, &pixels, ColorType::Rgba)
        })?;
        entries.push(ManifestObject::new(object, real));
    }
    Ok((ManifestImage::new(image, stem, entries), notes))
}

/// RGBA pixels of the object's box, and its size. Transparent pixels are black.
fn cut(picture: &Pixels, object: &Object) -> Option<(Vec<u8>, u32, u32)> {
    let bounds = object.mask.bounds()?;
    let inside = shapes::crop(&object.mask, bounds);
    let mut pixels = Vec::with_capacity(inside.len() * 4);
    for (y, row) in (bounds.y0..bounds.y1).zip(inside.chunks_exact(bounds.width() as usize)) {
        let start = (y as usize * picture.width as usize + bounds.x0 as usize) * 3;
        for (rgb, inside) in picture.rgb[start..].chunks_exact(3).zip(row) {
            pixels.extend(if *inside == 1 { [rgb[0], rgb[1], rgb[2], 255] } else { [0; 4] });
        }
    }
    Some((pixels, bounds.width(), bounds.height()))
}

/// A class's folder: its name, without what folders cannot be called.
fn written_class(class: &crate::document::Class) -> ManifestClass {
    let clean = class.name.replace(['/', '\\', ':', '*', '?', '"', '<', '>', '|', '\n', '\r', '\t', '\0'], "_");
    let clean = clean.trim().trim_matches('.');
    let name = if clean == class.name { clean.to_owned() } else { format!("{clean}_{}", class.id.0) };
    let name = if name.len() > LONGEST_FOLDER { limn_files::safe_name(&name, LONGEST_FOLDER) } else { name };
    ManifestClass::new(class, name)
}

fn read_back(folder: &Path, image: &ManifestImage, manifest: &Manifest) -> Picture {
    let mut out = Picture { found: Some(image.found(image.path.clone())), ..Picture::default() };
    for (k, entry) in (1..).zip(&image.objects) {
        let class = manifest.classes.iter().find(|class| class.name == entry.class);
        let place = format!("{}/{}#{k}.png", class.map_or("unknown", |class| &class.written), image.stem);
        match alpha(&folder.join(&place)) {
            Ok(small) => {
                let corner = [entry.bounds[0], entry.bounds[1]].map(i64::from);
                let mask = shapes::place(image.width, image.height, corner, &small);
                let mut object = FoundObject::new(place, 0, 0, mask);
                entry.enrich(&mut object);
                out.objects.push((entry.class.clone(), object));
            }
            Err(what) => out.faults.push(Fault::new(place, what)),
        }
    }
    out
}

fn alpha(path: &Path) -> Result<Mask, String> {
    let picture = index_png::read_color(path)?;
    if picture.channels != 4 {
        return Err("it has no transparency".to_owned());
    }
    let alpha: Vec<u8> = picture.pixels.chunks_exact(4).map(|pixel| pixel[3]).collect();
    Ok(Mask::from_predicate(picture.width, picture.height, &alpha, |value| value > 127))
}

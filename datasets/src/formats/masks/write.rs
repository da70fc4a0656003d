//! Writing mask pictures.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use crate::document::{ClassId, ImageRecord, Object};
use crate::formats::label_map::{MAX_LABELS, numbered, paint, unique_stems};
use crate::formats::manifest::{Manifest, ManifestClass, ManifestImage, ManifestObject};
use crate::formats::palette::{voc_color, voc_palette};
use crate::formats::report::{ExportReport, FormatError};
use crate::formats::staging::Staging;
use crate::formats::{ExportOptions, Format, MaskLayout, Progress, Source, index_png};

pub(super) fn write(
    source: &Source<'_>,
    to: &Path,
    options: &ExportOptions,
    progress: &dyn Progress,
) -> Result<ExportReport, FormatError> {
    let mut report = ExportReport { target: to.to_path_buf(), ..ExportReport::default() };
    let images = source.images(options, &mut report.notes);
    report.images = images.len();
    check_counts(source, &images, options.mask_layout)?;
    let staging = Staging::new(to, source.media())?;
    let mut manifest = Manifest::new(Format::Masks, source, staging.target(), options);
    let classes = source.document.classes();
    manifest.classes = classes.iter().map(|class| ManifestClass::new(class, class.name.clone())).collect();
    let index_of: HashMap<ClassId, u8> = (1..=254u8).zip(classes).map(|(index, class)| (class.id, index)).collect();
    let stems = unique_stems(&images, false);
    let done = AtomicU64::new(0);
    let written: Vec<(ManifestImage, Vec<String>)> = images
        .par_iter()
        .map(|image| {
            if progress.cancelled() {
                return Err(FormatError::Cancelled);
            }
            let written = one_image(source, &staging, image, &stems[&image.id], options.mask_layout, &index_of)?;
            progress.report(done.fetch_add(1, Ordering::Relaxed) + 1, images.len() as u64, &image.path);
            Ok(written)
        })
        .collect::<Result<_, _>>()?;
    for (image, notes) in written {
        report.objects += image.objects.len();
        report.notes.extend(notes);
        manifest.images.push(image);
    }
    if options.mask_layout == MaskLayout::Classes {
        let line = |(index, class): (u8, &ManifestClass)| {
            let [r, g, b] = voc_color(index);
            format!("{}:{r},{g},{b}::\n", class.written.replace([':', '\n', '\r'], "_"))
        };
        let lines: String = (1..=254u8).zip(&manifest.classes).map(line).collect();
        let text = format!("# label:color_rgb:parts:actions\nbackground:0,0,0::\n{lines}");
        staging.write("labelmap.txt", |writer| writer.write_all(text.as_bytes()))?;
    }
    report.notes.extend(source.orientation_notes(&images));
    report.files = manifest.finish(staging, Format::Masks)?;
    Ok(report)
}

fn check_counts(source: &Source<'_>, images: &[ImageRecord], layout: MaskLayout) -> Result<(), FormatError> {
    let cannot = |what: String| Err(FormatError::CannotHold { format: Format::Masks, what });
    let classes = source.document.class_count();
    if layout == MaskLayout::Classes && classes > MAX_LABELS {
        return cannot(format!("{classes} classes in one picture, {MAX_LABELS} are possible; use the layout objects"));
    }
    let full = images.iter().find(|image| source.document.object_count_of(image.id) > MAX_LABELS);
    match full {
        Some(image) if layout != MaskLayout::Objects => {
            let count = source.document.object_count_of(image.id);
            cannot(format!("{count} objects in {}, {MAX_LABELS} are possible; use the layout objects", image.path))
        }
        _ => Ok(()),
    }
}

fn one_image(
    source: &Source<'_>,
    staging: &Staging,
    image: &ImageRecord,
    stem: &str,
    layout: MaskLayout,
    index_of: &HashMap<ClassId, u8>,
) -> Result<(ManifestImage, Vec<String>), FormatError> {
    let (width, height) = (image.width, image.height);
    let objects = numbered(source.document, image.id);
    let mut notes = Vec::new();
    let empty = source.document.object_count_of(image.id) - objects.len();
    if empty > 0 {
        notes.push(format!("{}: {empty} empty objects left out", image.path));
    }
    if layout == MaskLayout::Objects {
        for (k, object) in (1..).zip(&objects) {
            let mut values = vec![0u8; width as usize * height as usize];
            object.mask.paint(&mut values, 255);
            let name = format!("{stem}#{k}.png");
            staging.write(&name, |writer| index_png::write(writer, width, height, &values, None))?;
        }
    } else {
        let mut map = paint(width, height, &objects);
        notes.extend(lost_pixels(image, &map, &objects));
        if layout == MaskLayout::Classes {
            let mut class_of = [0u8; 256];
            for (label, object) in (1..).zip(&objects) {
                class_of[label] = index_of.get(&object.class).copied().unwrap_or(0);
            }
            map.iter_mut().for_each(|label| *label = class_of[usize::from(*label)]);
        }
        let name = format!("{stem}.png");
        staging.write(&name, |writer| index_png::write(writer, width, height, &map, Some(voc_palette())))?;
    }
    let class_name = |object: &Object| source.document.class(object.class).map_or("", |class| &class.name).to_owned();
    let entries = objects.iter().map(|object| ManifestObject::new(object, &class_name(object))).collect();
    Ok((ManifestImage::new(image, stem, entries), notes))
}

/// Who lost pixels to whom lies above.
fn lost_pixels(image: &ImageRecord, map: &[u8], objects: &[&Object]) -> Vec<String> {
    let mut visible = [0u64; 256];
    map.iter().for_each(|&label| visible[usize::from(label)] += 1);
    let lost = (1..).zip(objects).map(|(label, object)| (object, object.mask.area() - visible[label]));
    let note = |object: &Object, lost: u64| {
        format!("{}: object {} lost {lost} of {} pixels to objects above", image.path, object.id.0, object.mask.area())
    };
    lost.filter(|(_, lost)| *lost > 0).map(|(object, lost)| note(object, lost)).collect()
}

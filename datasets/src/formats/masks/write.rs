//! Writing mask pictures.

use std::collections::HashMap;
use std::io::Write;

use png::ColorType;

use crate::document::{Class, ClassId, ImageRecord, Object};
use crate::formats::door::Export;
use crate::formats::label_map::{MAX_LABELS, numbered, paint_wide, unique_stems};
use crate::formats::manifest::{ManifestClass, ManifestImage, ManifestObject};
use crate::formats::palette::{voc_color, voc_palette};
use crate::formats::report::{ExportReport, FormatError};
use crate::formats::staging::Staging;
use crate::formats::{Format, MaskLayout, Source, index_png, writing};

/// Most objects of an instance picture: its values have 16 bits where 8 do not suffice.
const MAX_INSTANCES: usize = 65_535;

pub(super) fn write(export: &Export<'_>) -> Result<ExportReport, FormatError> {
    let Export { source, options, progress, .. } = *export;
    let (mut report, images) = export.begin_label_maps();
    check_counts(source, &images, options.mask_layout)?;
    let staging = export.staging()?;
    let mut manifest = export.manifest();
    let classes = source.document.classes();
    let index_of: HashMap<ClassId, u8> = (1..=254u8).zip(classes).map(|(index, class)| (class.id, index)).collect();
    let stems = unique_stems(&images, false);
    let colors = distinct_colors(classes);
    let written = writing::each(&images, progress, |image| {
        one_image(source, &staging, image, &stems[&image.id], options.mask_layout, &index_of, &colors)
    })?;
    for (image, notes) in written {
        report.objects += image.objects.len();
        report.notes.extend(notes);
        manifest.images.push(image);
    }
    if matches!(options.mask_layout, MaskLayout::Classes | MaskLayout::Colors) {
        let line = |(index, class): (u8, &ManifestClass)| {
            let [r, g, b] = match options.mask_layout {
                MaskLayout::Colors => colors[usize::from(index)],
                _ => voc_color(index),
            };
            format!("{}:{r},{g},{b}::\n", class.written.replace([':', '\n', '\r'], "_"))
        };
        let lines: String = (1..=254u8).zip(&manifest.classes).map(line).collect();
        let text = format!("# label:color_rgb:parts:actions\nbackground:0,0,0::\n{lines}");
        staging.write("labelmap.txt", |writer| writer.write_all(text.as_bytes()))?;
    }
    if options.mask_layout == MaskLayout::Colors {
        let changed = classes.iter().zip(&colors[1..]).filter(|(class, color)| class.color != **color);
        let note = |(class, [r, g, b]): (&Class, &[u8; 3])| {
            format!(
                "class {:?} is painted in {r},{g},{b}, its own colour is black or that of another class",
                class.name
            )
        };
        report.notes.extend(changed.map(note));
    }
    report.notes.extend(source.orientation_notes(&images));
    report.files = manifest.finish(staging)?;
    Ok(report)
}

fn check_counts(source: &Source<'_>, images: &[ImageRecord], layout: MaskLayout) -> Result<(), FormatError> {
    let cannot = |what: String| Err(FormatError::CannotHold { format: Format::Masks, what });
    let classes = source.document.class_count();
    if matches!(layout, MaskLayout::Classes | MaskLayout::Colors) && classes > MAX_LABELS {
        return cannot(format!("{classes} classes in one picture, {MAX_LABELS} are possible; use the layout objects"));
    }
    let full = images.iter().find(|image| source.document.object_count_of(image.id) > MAX_INSTANCES);
    match full {
        Some(image) if layout == MaskLayout::Instances => {
            let count = source.document.object_count_of(image.id);
            cannot(format!("{count} objects in {}, {MAX_INSTANCES} are possible; use the layout objects", image.path))
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
    colors: &[[u8; 3]],
) -> Result<(ManifestImage, Vec<String>), FormatError> {
    let (width, height) = (image.width, image.height);
    let objects = numbered(&source.document, image.id);
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
        let wide = paint_wide(width, height, &objects);
        notes.extend(lost_pixels(image, &wide, &objects));
        let name = format!("{stem}.png");
        if layout == MaskLayout::Instances && objects.len() > MAX_LABELS {
            let values: Vec<u16> = wide.into_iter().map(|label| label as u16).collect();
            staging.write(&name, |writer| index_png::write_wide(writer, width, height, &values))?;
            let class_name =
                |object: &Object| source.document.class(object.class).map_or("", |class| &class.name).to_owned();
            let entries = objects.iter().map(|object| ManifestObject::new(object, &class_name(object))).collect();
            return Ok((ManifestImage::new(image, stem, entries), notes));
        }
        // What a label stands for in the picture.
        let value = |object: &&Object| index_of.get(&object.class).copied().unwrap_or(0);
        let values: Vec<u8> = if layout == MaskLayout::Instances {
            (0..=objects.len()).map(|label| label as u8).collect()
        } else {
            [0].into_iter().chain(objects.iter().map(value)).collect()
        };
        let map: Vec<u8> = wide.into_iter().map(|label| values[label as usize]).collect();
        if layout == MaskLayout::Colors {
            let pixels: Vec<u8> = map.iter().flat_map(|&index| colors[usize::from(index)]).collect();
            staging.write(&name, |writer| index_png::write_color(writer, width, height, &pixels, ColorType::Rgb))?;
        } else {
            staging.write(&name, |writer| index_png::write(writer, width, height, &map, Some(voc_palette())))?;
        }
    }
    let class_name = |object: &Object| source.document.class(object.class).map_or("", |class| &class.name).to_owned();
    let entries = objects.iter().map(|object| ManifestObject::new(object, &class_name(object))).collect();
    Ok((ManifestImage::new(image, stem, entries), notes))
}

/// Colours of the background (black) and of every class, no two alike: a class whose colour is taken gets the next free
/// one of the VOC palette.
fn distinct_colors(classes: &[Class]) -> Vec<[u8; 3]> {
    let mut colors = vec![[0; 3]];
    for class in classes.iter().take(MAX_LABELS) {
        let free = |color: &[u8; 3]| {
            !colors.contains(color) && (*color == class.color || classes.iter().all(|c| c.color != *color))
        };
        let color = [class.color].into_iter().chain((1..=255).map(voc_color)).find(free);
        colors.push(color.unwrap_or([0, 0, 1]));
    }
    colors
}

/// Who lost pixels to whom lies above.
fn lost_pixels(image: &ImageRecord, map: &[u32], objects: &[&Object]) -> Vec<String> {
    let mut visible = vec![0u64; objects.len() + 1];
    map.iter().for_each(|&label| visible[label as usize] += 1);
    let lost = (1..).zip(objects).map(|(label, object)| (object, object.mask.area() - visible[label]));
    let note = |object: &Object, lost: u64| {
        format!("{}: object {} lost {lost} of {} pixels to objects above", image.path, object.id.0, object.mask.area())
    };
    lost.filter(|(_, lost)| *lost > 0).map(|(object, lost)| note(object, lost)).collect()
}

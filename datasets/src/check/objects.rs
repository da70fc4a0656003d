//! Every object for itself.

use super::{CheckOptions, Detail, Finding, FindingKind};
use crate::document::{AttributeKind, Document, ImageRecord, Object};
use crate::raster::Mask;

/// Shorter things may be thin.
const MIN_SLIVER_LENGTH: u32 = 10;

pub(super) fn check(document: &Document, image: &ImageRecord, options: &CheckOptions, found: &mut Vec<Finding>) {
    for object in document.objects_of(image.id) {
        let mut add = |kind, what: Detail| found.push(Finding::new(kind, image, &[object.id], what));
        let mask = &object.mask;
        if let Some(what) = unknown(document, object) {
            add(FindingKind::UnknownClass, what);
        }
        if image.width > 0 && (mask.width(), mask.height()) != (image.width, image.height) {
            let what = Detail::MaskSize { mask: [mask.width(), mask.height()], image: [image.width, image.height] };
            add(FindingKind::OutOfBounds, what);
        }
        let (width, height) = (mask.width() as f32, mask.height() as f32);
        let outside = object.clicks.iter().find(|c| !(0.0..=width).contains(&c.x) || !(0.0..=height).contains(&c.y));
        if let Some(click) = outside {
            add(FindingKind::OutOfBounds, Detail::ClickOutside([click.x, click.y]));
        }
        if mask.is_empty() {
            add(FindingKind::Empty, Detail::NoPixel);
        } else if let Some(what) = sliver(mask, options) {
            add(FindingKind::Sliver, what);
        }
    }
}

fn unknown(document: &Document, object: &Object) -> Option<Detail> {
    let Some(class) = document.class(object.class) else {
        return Some(Detail::NoClass(object.class.0));
    };
    class.attributes.iter().find_map(|attribute| {
        let value = object.attributes.get(&attribute.name)?;
        let fits = match &attribute.kind {
            AttributeKind::Text => value.is_string(),
            AttributeKind::Number => value.is_number(),
            AttributeKind::Flag => value.is_boolean(),
            AttributeKind::Choice(choices) => value.as_str().is_some_and(|v| choices.iter().any(|choice| choice == v)),
        };
        (!fits).then(|| Detail::NoAnswer {
            value: value.to_string(),
            attribute: attribute.name.clone(),
            class: class.name.clone(),
        })
    })
}

fn sliver(mask: &Mask, options: &CheckOptions) -> Option<Detail> {
    let bounds = mask.bounds()?;
    let length = bounds.width().max(bounds.height());
    let mean = mask.area() as f64 / f64::from(length);
    if length >= MIN_SLIVER_LENGTH && mean < options.sliver_width {
        return Some(Detail::Thin { length, width: mean });
    }
    if mask.area() <= options.crumb_area {
        return None;
    }
    let parts = mask.components();
    let largest = parts.iter().map(Mask::area).max()?;
    let is_crumb = |part: &&Mask| part.area() < options.crumb_area && part.area() < largest;
    match parts.iter().filter(is_crumb).count() {
        0 => None,
        crumbs => Some(Detail::Crumbs { crumbs, parts: parts.len(), below: options.crumb_area }),
    }
}

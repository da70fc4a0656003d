//! Objects against each other: the boxes are swept from left to right, so that only neighbours are compared.

use super::{CheckOptions, Detail, Finding, FindingKind};
use crate::document::{Document, ImageRecord, Object};
use crate::raster::PixelRect;

pub(super) fn check(document: &Document, image: &ImageRecord, options: &CheckOptions, found: &mut Vec<Finding>) {
    let mut objects: Vec<(PixelRect, &Object)> = document.objects_of(image.id).filter_map(boxed).collect();
    objects.sort_by_key(|(bounds, object)| (bounds.x0, object.id));
    let mut pairs = Vec::new();
    for (at, (bounds, object)) in objects.iter().enumerate() {
        let right = objects[at + 1..].iter().take_while(|(other, _)| other.x0 < bounds.x1);
        for (_, other) in right.filter(|(other, _)| other.y0 < bounds.y1 && bounds.y0 < other.y1) {
            let (first, second) = if object.id < other.id { (object, other) } else { (other, object) };
            pairs.extend(compare(first, second, image, options));
        }
    }
    pairs.sort_by(|a, b| a.objects.cmp(&b.objects));
    found.extend(pairs);
}

fn boxed(object: &Object) -> Option<(PixelRect, &Object)> {
    Some((object.mask.bounds()?, object))
}

fn compare(a: &Object, b: &Object, image: &ImageRecord, options: &CheckOptions) -> Option<Finding> {
    let shared = a.mask.intersection_area(&b.mask);
    if shared == 0 {
        return None;
    }
    let (smaller, union) = (a.mask.area().min(b.mask.area()), a.mask.area() + b.mask.area() - shared);
    let (iou, share) = (shared as f64 / union as f64, shared as f64 / smaller as f64);
    if a.class == b.class && iou > options.duplicate_iou {
        let what = Detail::Same { iou };
        return Some(Finding::new(FindingKind::Duplicate, image, &[a.id, b.id], what));
    }
    if iou >= options.overlap_iou || share >= options.overlap_share {
        let what = Detail::Shared { pixels: shared, share, iou };
        return Some(Finding::new(FindingKind::Overlap, image, &[a.id, b.id], what));
    }
    None
}

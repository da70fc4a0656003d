//! Other objects of the picture that a mask touches: what they lose to it, or it to them.

use limn_datasets::{Document, ImageId, Mask, Object, ObjectId, Transaction};

/// The objects of a picture that can be seen, besides `own`, and that a mask touches or nearly touches.
fn touched<'a>(
    document: &'a Document,
    mask: &'a Mask,
    image: ImageId,
    own: [Option<ObjectId>; 2],
) -> impl Iterator<Item = &'a Object> {
    let others = document.objects_of(image).filter(move |o| !own.contains(&Some(o.id)) && !o.hidden);
    others.filter(|o| touching(&o.mask, mask))
}

/// The mask without the pixels of other objects of the picture.
pub fn without(document: &Document, mask: &Mask, image: ImageId, own: Option<ObjectId>) -> Mask {
    touched(document, mask, image, [own, None]).fold(mask.clone(), |mask, other| mask.subtract(&other.mask))
}

/// All pixels of the objects that a mask touches or nearly touches.
pub fn of(document: &Document, mask: &Mask, image: ImageId, own: Option<ObjectId>) -> Mask {
    let empty = Mask::empty(mask.width(), mask.height());
    touched(document, mask, image, [own, None]).fold(empty, |all, other| all.union(&other.mask))
}

/// What neighbours lose when `mask` takes its pixels; one that is left with nothing goes.
pub fn take_from(
    document: &Document,
    change: &mut Transaction,
    mask: &Mask,
    image: ImageId,
    own: [Option<ObjectId>; 2],
) {
    for other in touched(document, mask, image, own).filter(|other| other.mask.intersection_area(mask) > 0) {
        let left = other.mask.subtract(mask);
        if left.is_empty() {
            change.remove_object(document, other.id);
        } else {
            change.put_object(document, Object { mask: left, ..other.clone() });
        }
    }
}

/// The rectangles around two masks overlap, or nearly.
fn touching(a: &Mask, b: &Mask) -> bool {
    const NEAR: u32 = 4;
    match (a.bounds(), b.bounds()) {
        (Some(a), Some(b)) => a.x0 < b.x1 + NEAR && b.x0 < a.x1 + NEAR && a.y0 < b.y1 + NEAR && b.y0 < a.y1 + NEAR,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use limn_datasets::PixelRect;

    use super::*;

    #[test]
    fn masks_touch_up_to_a_few_pixels_apart() {
        let at = |x0: u32| Mask::rectangle(40, 10, PixelRect { x0, y0: 2, x1: x0 + 5, y1: 7 });
        assert!(touching(&at(0), &at(4)) && touching(&at(0), &at(8)) && touching(&at(8), &at(0)));
        assert!(!touching(&at(0), &at(9)) && !touching(&at(0), &Mask::empty(40, 10)));
    }
}

//! Which pictures and objects are meant.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use super::{ClassId, Document, ImageId, ImageRecord, ImageState, Object};

/// Conditions on pictures and objects; all that are given must hold. The empty filter lets everything through.
///
/// A picture passes if its own conditions hold and, where conditions on objects are given, at least one of its objects
/// meets them all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter {
    /// Part of the path, a tag, the remark, or a class of its objects; case does not matter.
    pub text: String,
    /// The picture's state is one of these (none given: any).
    pub states: BTreeSet<ImageState>,
    /// The picture has this tag.
    pub tag: Option<String>,
    /// The picture has, or has not, a remark.
    pub has_remark: Option<bool>,
    /// The picture has, or has not, any object.
    pub has_objects: Option<bool>,
    /// The picture is one of these (for example those with problems).
    pub among: Option<BTreeSet<ImageId>>,
    /// The picture is one of these too (for example those changed lately).
    pub changed: Option<BTreeSet<ImageId>>,
    /// The object is of this class.
    pub class: Option<ClassId>,
    /// The object has this attribute, with this value if one is given (compared as text).
    pub attribute: Option<(String, Option<String>)>,
    /// The object has as many pixels.
    pub area: Option<RangeInclusive<u64>>,
}

impl Filter {
    /// Lets everything through.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    fn asks_for_objects(&self) -> bool {
        self.class.is_some() || self.attribute.is_some() || self.area.is_some()
    }

    /// Whether an object meets the conditions on objects.
    pub fn object(&self, object: &Object) -> bool {
        let attribute = self.attribute.as_ref().is_none_or(|(name, wanted)| {
            object.attributes.get(name).is_some_and(|value| {
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                wanted.as_ref().is_none_or(|wanted| text == *wanted)
            })
        });
        self.class.is_none_or(|class| object.class == class)
            && attribute
            && self.area.as_ref().is_none_or(|area| area.contains(&object.mask.area()))
    }

    /// Whether a picture of `document` passes.
    pub fn image(&self, document: &Document, image: &ImageRecord) -> bool {
        (self.states.is_empty() || self.states.contains(&image.state))
            && self.tag.as_ref().is_none_or(|tag| image.tags.contains(tag))
            && self.has_remark.is_none_or(|has| image.remark.is_empty() != has)
            && self.has_objects.is_none_or(|has| (document.object_count_of(image.id) > 0) == has)
            && [&self.among, &self.changed].into_iter().flatten().all(|among| among.contains(&image.id))
            && self.matches_text(document, image)
            && (!self.asks_for_objects() || document.objects_of(image.id).any(|object| self.object(object)))
    }

    fn matches_text(&self, document: &Document, image: &ImageRecord) -> bool {
        if self.text.is_empty() {
            return true;
        }
        let wanted = self.text.to_lowercase();
        let holds = |text: &str| text.to_lowercase().contains(&wanted);
        holds(&image.path)
            || holds(&image.remark)
            || image.tags.iter().any(|tag| holds(tag))
            || document.objects_of(image.id).any(|o| document.class(o.class).is_some_and(|class| holds(&class.name)))
    }

    /// The pictures that pass, in their order.
    pub fn images<'a>(&'a self, document: &'a Document) -> impl Iterator<Item = &'a ImageRecord> {
        document.images().iter().filter(|image| self.image(document, image))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Class, ObjectId};
    use crate::edit::Transaction;
    use crate::raster::Mask;

    fn document() -> Document {
        let mut document = Document::default();
        let mut t = Transaction::new("all");
        t.put_class(&document, Class::new(ClassId(1), "Große Kuh", [1; 3]));
        t.put_class(&document, Class::new(ClassId(2), "cup", [2; 3]));
        for (id, path) in [(1, "a/one.png"), (2, "b/two.png"), (3, "b/three.png")] {
            let mut image = ImageRecord::new(ImageId(id), path);
            if id == 2 {
                image.tags = vec!["night".to_owned()];
                image.state = ImageState::Rejected;
                image.remark = "tail is missing".to_owned();
            }
            t.put_image(&document, image);
        }
        let mut cow = Object::new(ObjectId(1), ImageId(1), ClassId(1), Mask::from_bytes(2, 2, &[1, 1, 1, 0]));
        cow.attributes.insert("age".to_owned(), 3.into());
        t.put_object(&document, cow);
        t.put_object(
            &document,
            Object::new(ObjectId(2), ImageId(2), ClassId(2), Mask::from_bytes(2, 2, &[1, 0, 0, 0])),
        );
        document.apply(&t).unwrap();
        document
    }

    fn found(filter: &Filter) -> Vec<i64> {
        let document = document();
        let mut ids: Vec<i64> = filter.images(&document).map(|image| image.id.0).collect();
        ids.sort_unstable();
        ids
    }

    #[test]
    fn every_condition_narrows_and_all_must_hold() {
        let none = Filter::default();
        assert!(none.is_empty());
        assert_eq!(found(&none), [1, 2, 3]);
        let text = |text: &str| Filter { text: text.to_owned(), ..Filter::default() };
        assert_eq!(found(&text("B/")), [2, 3]);
        assert_eq!(found(&text("große")), [1], "the class of an object, in any case");
        assert_eq!(found(&text("TAIL")), [2]);
        assert_eq!(found(&Filter { states: [ImageState::Rejected].into(), ..Filter::default() }), [2]);
        assert_eq!(found(&Filter { tag: Some("night".to_owned()), ..Filter::default() }), [2]);
        assert_eq!(found(&Filter { has_remark: Some(false), ..Filter::default() }), [1, 3]);
        assert_eq!(found(&Filter { has_objects: Some(false), ..Filter::default() }), [3]);
        assert_eq!(found(&Filter { class: Some(ClassId(2)), ..Filter::default() }), [2]);
        assert_eq!(found(&Filter { class: Some(ClassId(2)), area: Some(2..=9), ..Filter::default() }), [0; 0]);
        let age = |value: Option<&str>| Filter {
            attribute: Some(("age".to_owned(), value.map(str::to_owned))),
            ..Filter::default()
        };
        assert_eq!((found(&age(None)), found(&age(Some("3"))), found(&age(Some("4")))), (vec![1], vec![1], vec![]));
        assert_eq!(found(&Filter { among: Some([ImageId(3)].into()), ..Filter::default() }), [3]);
        let both = Filter {
            among: Some([2, 3].map(ImageId).into()),
            changed: Some([3, 1].map(ImageId).into()),
            ..Filter::default()
        };
        assert_eq!(found(&both), [3]);
    }
}

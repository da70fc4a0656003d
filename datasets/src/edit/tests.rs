use proptest::prelude::*;

use super::*;
use crate::document::{ImageState, Rerun};
use crate::raster::Mask;

fn document() -> Document {
    let mut document = Document::default();
    let mut t = Transaction::new("start");
    t.put_class(&document, Class::new(ClassId(1), "cat", [255, 0, 0]));
    t.put_class(&document, Class::new(ClassId(2), "dog", [0, 255, 0]));
    for (id, path) in [(1, "b10.png"), (2, "b2.png"), (3, "sub/c.png")] {
        let mut image = ImageRecord::new(ImageId(id), path);
        (image.width, image.height) = (4, 3);
        t.put_image(&document, image);
    }
    document.apply(&t).unwrap();
    document
}

fn object(id: i64, image: i64, class: i64, bits: u16) -> Object {
    let bytes: Vec<u8> = (0..12).map(|bit| (bits >> bit & 1) as u8).collect();
    let mut object = Object::new(ObjectId(id), ImageId(image), ClassId(class), Mask::from_bytes(4, 3, &bytes));
    object.z = i64::from(bits % 5);
    if !bits.is_multiple_of(3) {
        let proposal = (bits % 3 == 1).then(|| object.mask.clone());
        let (run, model) = ("boxes".to_owned(), "m".to_owned());
        object.rerun = Some(Rerun { run, model, iou: 0.5, proposal, base: None });
    }
    object
}

/// What a random user does; ids are small so that actions meet.
#[derive(Clone, Debug)]
enum Action {
    Put(i64, i64, i64, u16),
    Remove(i64),
    Rename(i64, u8),
    RemoveClass(i64),
    AddClass(i64),
    Mark(i64),
    Move(i64, u8),
    RemoveImage(i64),
    Describe(u8),
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        4 => (1i64..8, 1i64..4, 1i64..4, any::<u16>()).prop_map(|(o, i, c, m)| Action::Put(o, i, c, m)),
        2 => (1i64..8).prop_map(Action::Remove),
        1 => (1i64..4, 0u8..4).prop_map(|(c, n)| Action::Rename(c, n)),
        1 => (1i64..4).prop_map(Action::RemoveClass),
        1 => (1i64..4).prop_map(Action::AddClass),
        1 => (1i64..4).prop_map(Action::Mark),
        1 => (1i64..4, 0u8..4).prop_map(|(i, n)| Action::Move(i, n)),
        1 => (1i64..4).prop_map(Action::RemoveImage),
        1 => any::<u8>().prop_map(Action::Describe),
    ]
}

fn add(t: &mut Transaction, d: &Document, action: &Action) {
    match *action {
        Action::Put(o, i, c, bits) => {
            t.put_object(d, object(o, i, c, bits));
        }
        Action::Remove(o) => {
            t.remove_object(d, ObjectId(o));
        }
        Action::Rename(c, n) => {
            if let Some(mut class) = d.class(ClassId(c)).cloned() {
                class.name = format!("name {n}");
                t.put_class(d, class);
            }
        }
        Action::RemoveClass(c) => {
            t.remove_class(d, ClassId(c));
        }
        Action::AddClass(c) => {
            t.put_class(d, Class::new(ClassId(c), format!("new {c}"), [1, 2, 3]));
        }
        Action::Mark(i) => {
            if let Some(mut image) = d.image(ImageId(i)).cloned() {
                image.state = ImageState::Done;
                t.put_image(d, image);
            }
        }
        Action::Move(i, n) => {
            if let Some(mut image) = d.image(ImageId(i)).cloned() {
                image.path = format!("moved/{n}.png");
                t.put_image(d, image);
            }
        }
        Action::RemoveImage(i) => {
            t.remove_image(d, ImageId(i));
        }
        Action::Describe(n) => {
            let mut extra = Map::new();
            extra.insert("n".to_owned(), n.into());
            t.put_extra(d, extra);
        }
    }
}

/// Everything the index structures claim, recomputed the slow way.
fn assert_consistent(d: &Document) {
    for (at, image) in d.images().iter().enumerate() {
        assert_eq!(d.image_position(image.id), Some(at));
        assert_eq!(d.image_at(&image.path), Some(image));
        let objects: Vec<_> = d.objects_of(image.id).collect();
        assert!(objects.windows(2).all(|w| (w[0].z, w[0].id) < (w[1].z, w[1].id)));
        assert_eq!(objects.len(), d.objects().filter(|o| o.image == image.id).count());
    }
    assert_eq!(d.image_index.len(), d.image_count());
    assert_eq!(d.done_count(), d.images().iter().filter(|image| image.state.is_finished()).count());
    let waits = |o: &&Object| o.rerun.as_ref().is_some_and(|rerun| rerun.proposal.is_some());
    let waiting: Vec<ObjectId> = d.objects().filter(waits).map(|o| o.id).collect();
    assert_eq!(d.waiting().collect::<Vec<_>>(), waiting);
    for class in d.classes() {
        assert_eq!(d.object_count_of_class(class.id), d.objects().filter(|o| o.class == class.id).count());
    }
    for object in d.objects() {
        assert!(d.class(object.class).is_some() && d.image(object.image).is_some());
    }
}

proptest! {
    #[test]
    fn apply_then_invert_is_the_identity_and_errors_change_nothing(
        groups in proptest::collection::vec(proptest::collection::vec(action(), 1..5), 1..12)
    ) {
        let start = document();
        let mut d = start.clone();
        let mut history = Vec::new();
        for group in &groups {
            let mut t = Transaction::new("random");
            group.iter().for_each(|action| add(&mut t, &d, action));
            let before = d.clone();
            match d.apply(&t) {
                Ok(()) => {
                    let after = d.clone();
                    d.apply(&t.clone().invert()).unwrap();
                    prop_assert_eq!(&d, &before);
                    d.apply(&t).unwrap();
                    prop_assert_eq!(&d, &after);
                    history.push(t);
                }
                Err(_) => prop_assert_eq!(&d, &before),
            }
            assert_consistent(&d);
        }
        for t in history.into_iter().rev() {
            d.apply(&t.invert()).unwrap();
        }
        prop_assert_eq!(d, start);
    }
}

/// Looking through the transaction for each of its edits would take hours here.
#[test]
fn a_transaction_of_many_edits_knows_the_last_one_of_each_record() {
    let many = 300_000;
    let mut d = document();
    let mut t = Transaction::new("many");
    for id in 1..=many {
        t.put_object(&d, object(id, 1, 1, 0b1));
    }
    for id in 1..=many {
        t.put_object(&d, object(id, 1, 2, 0b10));
    }
    for id in 1..=many / 2 {
        t.remove_object(&d, ObjectId(id));
    }
    // Not through the transaction's own hands: it is seen all the same.
    let first = object(many, 1, 2, 0b10);
    t.edits.push(Edit::Object { before: Some(first.clone()), after: Some(Object { hidden: true, ..first }) });
    t.put_object(&d, object(many, 1, 1, 0b100));
    d.apply(&t).unwrap();
    assert_eq!(d.object_count(), (many / 2) as usize);
    assert_eq!(
        (d.object_count_of_class(ClassId(1)), d.object_count_of_class(ClassId(2))),
        (1, (many / 2) as usize - 1)
    );
    d.apply(&t.invert()).unwrap();
    assert_eq!(d, document());
}

#[test]
fn pictures_come_in_natural_order() {
    let paths: Vec<String> = document().images().iter().map(|image| image.path.clone()).collect();
    assert_eq!(paths, ["b2.png", "b10.png", "sub/c.png"]);
}

#[test]
fn rules_are_enforced_with_a_reason() {
    let mut d = document();
    let mut put = |edits: &dyn Fn(&mut Transaction, &Document)| {
        let mut t = Transaction::new("t");
        edits(&mut t, &d);
        d.apply(&t)
    };
    assert!(matches!(
        put(&|t, d| {
            t.put_object(d, object(1, 9, 1, 1));
        }),
        Err(EditError::Dangling { .. })
    ));
    assert!(matches!(
        put(&|t, d| {
            t.put_object(d, object(1, 1, 9, 1));
        }),
        Err(EditError::Dangling { .. })
    ));
    assert!(matches!(
        put(&|t, d| {
            t.put_object(d, object(0, 1, 1, 1));
        }),
        Err(EditError::BadId { .. })
    ));
    let double = Class::new(ClassId(3), "cat", [0; 3]);
    assert!(matches!(
        put(&|t, d| {
            t.put_class(d, double.clone());
        }),
        Err(EditError::Duplicate { .. })
    ));
    let wrong = Object::new(ObjectId(1), ImageId(1), ClassId(1), Mask::empty(3, 4));
    assert!(matches!(
        put(&|t, d| {
            t.put_object(d, wrong.clone());
        }),
        Err(EditError::MaskSize { .. })
    ));
    put(&|t, d| {
        t.put_object(d, object(1, 1, 1, 1));
    })
    .unwrap();
    assert_eq!(
        put(&|t, d| {
            t.remove_class(d, ClassId(1));
        }),
        Err(EditError::InUse { what: "class 1".into(), objects: 1 })
    );
    let stale = Edit::Object { before: None, after: Some(object(1, 1, 1, 3)) };
    let t = Transaction::of("t", vec![stale]);
    assert!(matches!(d.apply(&t), Err(EditError::Stale { .. })));
}

#[test]
fn facts_about_files_survive_undo() {
    let mut d = document();
    let mut done = d.image(ImageId(1)).cloned().unwrap();
    done.state = ImageState::Done;
    let mut t = Transaction::new("mark");
    t.put_image(&d, done);
    d.apply(&t).unwrap();
    let at = d.image_position(ImageId(1)).unwrap();
    d.images[at].missing = true;
    d.apply(&t.invert()).unwrap();
    let image = d.image(ImageId(1)).unwrap();
    assert_eq!((image.state, image.missing), (ImageState::Open, true));
}

#[test]
fn the_topmost_object_keeps_the_pixel() {
    let mut d = document();
    let mut t = Transaction::new("two");
    let (mut low, mut high) = (object(1, 1, 1, 0b0111), object(2, 1, 1, 0b1100));
    (low.z, high.z) = (5, 6);
    t.put_object(&d, low.clone());
    t.put_object(&d, high.clone());
    d.apply(&t).unwrap();
    assert_eq!(d.visible_masks(ImageId(1)), [(low.id, low.mask.subtract(&high.mask)), (high.id, high.mask.clone())]);
    assert_eq!(d.object_at(ImageId(1), 2, 0).map(|o| o.id), Some(high.id));
    assert_eq!(d.top_z(ImageId(1)), 7);
}

#[test]
fn tags_and_names_of_attributes_are_kept_as_they_come_and_go() {
    let mut document = Document::default();
    let mut t = Transaction::new("all");
    t.put_class(&document, Class::new(ClassId(1), "cat", [0; 3]));
    for (id, tags) in [(1, vec!["night", "rain"]), (2, vec!["rain"])] {
        let mut image = ImageRecord::new(ImageId(id), format!("{id}.png"));
        image.tags = tags.into_iter().map(str::to_owned).collect();
        t.put_image(&document, image);
    }
    let mut object = Object::new(ObjectId(1), ImageId(1), ClassId(1), Mask::empty(2, 2));
    object.attributes.insert("age".to_owned(), 3.into());
    t.put_object(&document, object.clone());
    document.apply(&t).unwrap();
    let order = document.order_revision();
    let kept = |document: &Document| {
        (document.tags().collect::<Vec<_>>().join(" "), document.attribute_names().collect::<Vec<_>>().join(" "))
    };
    assert_eq!(kept(&document), ("night rain".to_owned(), "age".to_owned()));
    let start = document.clone();
    let mut t = Transaction::new("change");
    let mut image = document.image(ImageId(1)).unwrap().clone();
    image.tags = vec!["day".to_owned()];
    t.put_image(&document, image);
    object.attributes.clear();
    t.put_object(&document, object);
    document.apply(&t).unwrap();
    assert_eq!((kept(&document), document.order_revision()), (("day rain".to_owned(), String::new()), order));
    document.apply(&t.invert()).unwrap();
    assert_eq!(document, start);
    let mut t = Transaction::new("new");
    t.put_image(&document, ImageRecord::new(ImageId(3), "0.png"));
    document.apply(&t).unwrap();
    assert_ne!(document.order_revision(), order);
}

//! Changes of classes over the whole data set. Each is one transaction; count first with
//! [`Document::object_count_of_class`].

use std::collections::HashSet;

use super::Transaction;
use crate::document::{Class, ClassId, Document, Object, ObjectId};

/// Another name.
pub fn rename(document: &Document, id: ClassId, name: &str) -> Transaction {
    let mut transaction = Transaction::new("");
    if let Some(class) = document.class(id).filter(|class| class.name != name) {
        transaction.label = format!("Rename class {} to {name}", class.name);
        transaction.put_class(document, Class { name: name.to_owned(), ..class.clone() });
    }
    transaction
}

/// Gives all objects of `from` to `into` and removes `from`.
pub fn merge(document: &Document, from: &[ClassId], into: ClassId) -> Transaction {
    let mut transaction = Transaction::new("");
    let Some(target) = document.class(into) else { return transaction };
    let names: Vec<&str> = from.iter().filter_map(|id| document.class(*id)).map(|c| c.name.as_str()).collect();
    transaction.label = format!("Merge {} into {}", names.join(", "), target.name);
    let from: HashSet<ClassId> = from.iter().copied().filter(|id| *id != into).collect();
    relabel(&mut transaction, document, into, |object| from.contains(&object.class));
    for class in document.classes().iter().filter(|class| from.contains(&class.id)) {
        transaction.remove_class(document, class.id);
    }
    transaction
}

/// Makes a new class out of some objects of another.
pub fn split(document: &Document, objects: &[ObjectId], new: Class) -> Transaction {
    let mut transaction = Transaction::new(format!("New class {} for {} objects", new.name, objects.len()));
    let id = new.id;
    transaction.put_class(document, new);
    let objects: HashSet<ObjectId> = objects.iter().copied().collect();
    relabel(&mut transaction, document, id, |object| objects.contains(&object.id));
    transaction
}

/// Removes a class; its objects go to another class, or with it.
pub fn delete(document: &Document, id: ClassId, reassign: Option<ClassId>) -> Transaction {
    let mut transaction = Transaction::new("");
    let Some(class) = document.class(id) else { return transaction };
    transaction.label = format!("Delete class {}", class.name);
    match reassign.filter(|other| *other != id) {
        Some(other) => relabel(&mut transaction, document, other, |object| object.class == id),
        None => {
            let objects = document.objects().filter(|object| object.class == id);
            transaction.edits.extend(objects.map(|o| super::Edit::Object { before: Some(o.clone()), after: None }));
        }
    }
    transaction.remove_class(document, id);
    transaction
}

fn relabel(transaction: &mut Transaction, document: &Document, class: ClassId, wanted: impl Fn(&Object) -> bool) {
    for object in document.objects().filter(|object| wanted(object)) {
        // Straight edits: `put_object` would look through the transaction for an earlier edit of each object.
        let edit =
            super::Edit::Object { before: Some(object.clone()), after: Some(Object { class, ..object.clone() }) };
        transaction.edits.push(edit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{ImageId, ImageRecord};
    use crate::raster::Mask;

    fn document() -> Document {
        let mut document = Document::default();
        let mut t = Transaction::new("all");
        for (id, name) in [(1, "cat"), (2, "Katze"), (3, "dog")] {
            t.put_class(&document, Class::new(ClassId(id), name, [0; 3]));
        }
        t.put_image(&document, ImageRecord::new(ImageId(1), "a.png"));
        for (id, class) in [(1, 1), (2, 2), (3, 2), (4, 3)] {
            t.put_object(
                &document,
                Object::new(ObjectId(id), ImageId(1), ClassId(class), Mask::from_bytes(1, 1, &[1])),
            );
        }
        document.apply(&t).unwrap();
        document
    }

    fn counts(document: &Document) -> Vec<(String, usize)> {
        document.classes().iter().map(|c| (c.name.clone(), document.object_count_of_class(c.id))).collect()
    }

    fn after(change: impl FnOnce(&Document) -> Transaction) -> Vec<(String, usize)> {
        let before = document();
        let mut changed = before.clone();
        let t = change(&before);
        changed.apply(&t).unwrap();
        let result = counts(&changed);
        changed.apply(&t.invert()).unwrap();
        assert_eq!(changed, before, "undone");
        result
    }

    #[test]
    fn objects_follow_their_class() {
        let named = |list: &[(&str, usize)]| list.iter().map(|(n, c)| ((*n).to_owned(), *c)).collect::<Vec<_>>();
        assert_eq!(after(|d| rename(d, ClassId(2), "Kätzchen"))[1], ("Kätzchen".to_owned(), 2));
        assert!(rename(&document(), ClassId(2), "Katze").is_empty());
        assert_eq!(after(|d| merge(d, &[ClassId(2), ClassId(1)], ClassId(1))), named(&[("cat", 3), ("dog", 1)]));
        let new = Class::new(ClassId(9), "kitten", [0; 3]);
        assert_eq!(after(|d| split(d, &[ObjectId(3)], new))[3], ("kitten".to_owned(), 1));
        assert_eq!(after(|d| delete(d, ClassId(2), Some(ClassId(3)))), named(&[("cat", 1), ("dog", 3)]));
        assert_eq!(after(|d| delete(d, ClassId(2), None)), named(&[("cat", 1), ("dog", 1)]));
    }
}

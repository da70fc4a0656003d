//! Ids that were never used.

use std::sync::atomic::{AtomicI64, Ordering};

use rusqlite::Connection;

use super::rows;
use crate::document::Document;
use crate::edit::Applied;

/// The next free ids; they only ever grow.
#[derive(Debug)]
pub(super) struct NextIds {
    pub(super) class: AtomicI64,
    pub(super) image: AtomicI64,
    pub(super) object: AtomicI64,
}

/// Ids from here on are taken as they come, but do not count: other programs keep ids in 32 bits or in floating point, and after
/// the largest there would be none.
pub(crate) const LAST_COUNTED: i64 = 1 << 31;

/// The id after the largest that counts.
fn after(ids: impl Iterator<Item = i64>) -> i64 {
    ids.filter(|id| (1..LAST_COUNTED).contains(id)).max().unwrap_or(0) + 1
}

impl NextIds {
    pub(super) fn load(connection: &Connection, document: &Document) -> rusqlite::Result<Self> {
        let stored = |key| {
            let stored = rows::meta_number(connection, key)?.filter(|id| (1..=LAST_COUNTED).contains(id));
            Ok::<_, rusqlite::Error>(stored.unwrap_or(1))
        };
        let class = after(document.classes().iter().map(|class| class.id.0));
        let image = after(document.images().iter().map(|image| image.id.0));
        let object = after(document.objects().map(|object| object.id.0));
        Ok(Self {
            class: stored("next_class")?.max(class).into(),
            image: stored("next_image")?.max(image).into(),
            object: stored("next_object")?.max(object).into(),
        })
    }

    /// Ids that a caller chose are used up too.
    pub(super) fn raise(&self, applied: &Applied) {
        let raise = |next: &AtomicI64, largest: i64| next.fetch_max(largest, Ordering::Relaxed);
        raise(&self.class, after(applied.touched.classes.iter().map(|id| id.0)));
        raise(&self.image, after(applied.touched.images.iter().map(|id| id.0)));
        raise(&self.object, after(applied.touched.objects.iter().map(|id| id.0)));
    }

    /// Of classes, pictures and objects.
    pub(super) fn numbers(&self) -> [i64; 3] {
        [&self.class, &self.image, &self.object].map(|next| next.load(Ordering::Relaxed))
    }

    pub(super) fn store(numbers: [i64; 3], connection: &Connection) -> rusqlite::Result<()> {
        for (key, next) in ["next_class", "next_image", "next_object"].into_iter().zip(numbers) {
            rows::set_meta(connection, key, &next.to_string())?;
        }
        Ok(())
    }
}

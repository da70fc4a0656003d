//! What can still be read of a damaged project.
//!
//! Rows are read one by one: upwards to the first damaged page, downwards to the last, then each id between. Every row
//! that is lost or breaks a rule is left out and named; a picture or class that only objects remember gets a stand-in. The rescued project can be
//! looked at and exported, not changed; the damaged file is left as it is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use limn_files::printable;
use rusqlite::{Connection, OpenFlags};
use serde::de::DeserializeOwned;

use super::error::StoreError;
use super::open::copied;
use super::{NextIds, Project, paths, rows, stranger, tiles};
use crate::document::{Class, ClassId, Document, ImageId, ImageRecord, Object};

/// Ids between two damaged places that are tried one by one.
const MAX_PROBES: i64 = 1_000_000;

/// How many lost rows a notice names.
const NAMED: usize = 5;

impl Project {
    /// Opens what can be read of a damaged project, for reading. [`Project::notice`] says what is lost.
    ///
    /// # Errors
    /// With the given `damage` when nothing at all can be read.
    pub(super) fn rescue(path: &Path, damage: StoreError) -> Result<Self, StoreError> {
        let Ok((folder, copy)) = copied(path) else { return Err(damage) };
        let Some(mut read) = read(&copy) else { return Err(damage) };
        if read.images.is_empty() && read.objects.is_empty() {
            return Err(damage);
        }
        read.drop_unruly();
        read.stand_ins();
        read.drop_misfits();
        let Found { classes, images, objects, extra, root, lost } = read;
        let Ok(document) = Document::from_records(classes, images, objects, extra) else {
            return Err(damage);
        };
        drop(folder);
        // Nothing is written to it: changes are refused before they reach it.
        let Ok(connection) = Connection::open_in_memory() else { return Err(damage) };
        let next = NextIds { class: 1.into(), image: 1.into(), object: 1.into() };
        let home = path.parent().unwrap_or(Path::new("."));
        let root = paths::resolve(home, root.as_deref().unwrap_or("."));
        let mut project = Self::assemble(connection, Some(path.to_path_buf()), root, next);
        project.document = std::sync::Arc::new(document);
        project.read_only =
            Some("the file is damaged; export what is left and import it into a new project".to_owned());
        project.rescued = true;
        let why = match damage {
            StoreError::Corrupt { detail, .. } => detail,
            other => other.to_string(),
        };
        project.notice = Some(notice(path, &why, &lost));
        Ok(project)
    }
}

fn notice(path: &Path, why: &str, lost: &[String]) -> String {
    let rest = match lost.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let named = match lost {
        [] => "every row could be read".to_owned(),
        lost => format!("lost: {}{rest}", lost[..lost.len().min(NAMED)].join(", ")),
    };
    let (path, why) = (limn_files::shown(path), printable(why));
    format!("{path} is damaged ({why}) and was opened for reading; {named}. Export it, then import that elsewhere")
}

/// What could be read.
struct Found {
    classes: Vec<Class>,
    images: Vec<ImageRecord>,
    objects: Vec<Object>,
    extra: serde_json::Map<String, serde_json::Value>,
    /// The stored root.
    root: Option<String>,
    /// What is lost, each in a few words.
    lost: Vec<String>,
}

/// All rows that can be read; `None` if it is no database any more.
fn read(copy: &Path) -> Option<Found> {
    let open = || stranger::connect(copy, OpenFlags::SQLITE_OPEN_READ_WRITE).ok();
    let mut connection = open()?;
    if !matches!(stranger::difference(&connection), Ok(None)) {
        drop(connection);
        if !matches!(stranger::declare_anew(copy), Ok(true)) {
            return None;
        }
        connection = open()?;
    }
    stranger::trust(&mut connection).ok()?;
    let mut lost = Vec::new();
    let classes = table::<Class>(&connection, "class", |class| class.id.0, |_, _| true, &mut lost);
    let images = table::<ImageRecord>(&connection, "image", |image| image.id.0, |_, _| true, &mut lost);
    let room = rows::room(&connection).ok()?;
    let fill = |object: &mut Object, record: &str| tiles::fill(&connection, object, record, &room).is_ok();
    let objects = table::<Object>(&connection, "object", |object| object.id.0, fill, &mut lost);
    let root = rows::meta(&connection, "root").ok().flatten();
    let extra = rows::meta(&connection, "extra").ok().flatten();
    let extra = extra.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    Some(Found { classes, images, objects, extra, root, lost })
}

/// The records of a table by ascending id.
fn table<T: DeserializeOwned>(
    connection: &Connection,
    name: &str,
    id_of: impl Fn(&T) -> i64,
    fill: impl Fn(&mut T, &str) -> bool,
    lost: &mut Vec<String>,
) -> Vec<T> {
    let mut found: BTreeMap<i64, String> = BTreeMap::new();
    let mut broken: BTreeSet<i64> = BTreeSet::new();
    let whole = walk(connection, name, "ASC", &mut found, &mut broken);
    if !whole {
        let up_to = found.keys().next_back().copied().unwrap_or(0);
        walk(connection, name, "DESC", &mut found, &mut broken);
        let from = found.keys().find(|id| **id > up_to).copied();
        probe(connection, name, up_to + 1, from, &mut found, lost);
    }
    lost.extend(broken.iter().filter(|id| !found.contains_key(id)).map(|id| format!("{name} {id}")));
    let mut records = Vec::with_capacity(found.len());
    for (id, text) in found {
        let record = serde_json::from_str(&text).ok().filter(|record| id_of(record) == id);
        match record.and_then(|mut record| fill(&mut record, &text).then_some(record)) {
            Some(record) => records.push(record),
            None => lost.push(format!("{name} {id}")),
        }
    }
    records
}

/// Reads in one direction until the first damaged page; true if it came to the end. Rows that are no text are noted.
fn walk(
    connection: &Connection,
    name: &str,
    direction: &str,
    found: &mut BTreeMap<i64, String>,
    broken: &mut BTreeSet<i64>,
) -> bool {
    let mut read = || -> rusqlite::Result<()> {
        let mut statement = connection.prepare(&format!("SELECT id, record FROM {name} ORDER BY id {direction}"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            match row.get::<_, String>(1) {
                Ok(text) => drop(found.insert(id, text)),
                Err(_) => drop(broken.insert(id)),
            }
        }
        Ok(())
    };
    read().is_ok()
}

/// Tries the ids of a gap one by one.
fn probe(
    connection: &Connection,
    name: &str,
    from: i64,
    to: Option<i64>,
    found: &mut BTreeMap<i64, String>,
    lost: &mut Vec<String>,
) {
    let Some(to) = to else {
        lost.push(format!("{name} from {from} on"));
        return;
    };
    for id in from..to.min(from.saturating_add(MAX_PROBES)) {
        let sql = format!("SELECT record FROM {name} WHERE id = ?1");
        match connection.query_row(&sql, [id], |row| row.get::<_, String>(0)) {
            Ok(text) => drop(found.insert(id, text)),
            // No such row: nothing is lost.
            Err(rusqlite::Error::QueryReturnedNoRows) => {}
            Err(_) => lost.push(format!("{name} {id}")),
        }
    }
}

impl Found {
    /// Leaves out classes and pictures that cannot stand in a document.
    fn drop_unruly(&mut self) {
        let (mut names, lost) = (BTreeSet::new(), &mut self.lost);
        let mut keep = |what: &str, id: i64, lowest: i64, name: &str| {
            let wrong = match name {
                _ if id < lowest => "its id is below the first",
                "" => "it has no name",
                name if !names.insert(format!("{what} {name}")) => "another has its name",
                _ => return true,
            };
            lost.push(format!("{what} {id} ({wrong})"));
            false
        };
        self.classes.retain(|class| keep("class", class.id.0, 0, &class.name));
        self.images.retain(|image| keep("picture", image.id.0, 1, &image.path));
    }

    /// Pictures and classes that objects refer to and that are lost.
    fn stand_ins(&mut self) {
        let names: BTreeSet<String> = self.classes.iter().map(|class| class.name.clone()).collect();
        let known: BTreeSet<ClassId> = self.classes.iter().map(|class| class.id).collect();
        let wanted: BTreeSet<ClassId> = self.objects.iter().map(|object| object.class).collect();
        for id in wanted.difference(&known).filter(|id| id.0 >= 0) {
            self.lost.push(format!("name of class {}", id.0));
            self.classes.push(Class::new(*id, free_name(format!("class {}", id.0), &names), [128; 3]));
        }
        self.classes.sort_by_key(|class| class.id);
        let sizes: BTreeMap<ImageId, (u32, u32)> =
            self.objects.iter().rev().map(|o| (o.image, (o.mask.width(), o.mask.height()))).collect();
        let names: BTreeSet<String> = self.images.iter().map(|image| image.path.clone()).collect();
        let known: BTreeSet<ImageId> = self.images.iter().map(|image| image.id).collect();
        for (id, (width, height)) in sizes.iter().filter(|(id, _)| !known.contains(id) && id.0 >= 1) {
            self.lost.push(format!("path of picture {}", id.0));
            let mut image = ImageRecord::new(*id, free_name(format!("lost picture {}", id.0), &names));
            (image.width, image.height, image.missing) = (*width, *height, true);
            self.images.push(image);
        }
        self.images.sort_by_key(|image| image.id);
    }

    /// Leaves out objects of nothing, and those whose mask does not fit the others of its picture.
    fn drop_misfits(&mut self) {
        let classes: BTreeSet<ClassId> = self.classes.iter().map(|class| class.id).collect();
        let images: BTreeMap<ImageId, (u32, u32)> =
            self.images.iter().map(|image| (image.id, (image.width, image.height))).collect();
        let size = |object: &Object| (object.mask.width(), object.mask.height());
        // The masks' own size where none has that of the picture: the file may have been saved again.
        let mut fitting: BTreeMap<ImageId, (u32, u32)> = BTreeMap::new();
        for object in self.objects.iter().filter(|object| size(object) != (0, 0)) {
            let chosen = fitting.entry(object.image).or_insert_with(|| size(object));
            if images.get(&object.image) == Some(&size(object)) {
                *chosen = size(object);
            }
        }
        let lost = &mut self.lost;
        self.objects.retain(|object| {
            let wrong = if object.id.0 < 1 {
                "its id is below the first"
            } else if !classes.contains(&object.class) || !images.contains_key(&object.image) {
                "its class or picture cannot be"
            } else if fitting.get(&object.image).is_none_or(|fitting| *fitting != size(object)) {
                "its mask has another size than its picture"
            } else {
                return true;
            };
            lost.push(format!("object {} ({wrong})", object.id.0));
            false
        });
    }
}

fn free_name(name: String, taken: &BTreeSet<String>) -> String {
    if !taken.contains(&name) {
        return name;
    }
    let others = (2..).map(|number| format!("{name} ({number})"));
    others.into_iter().find(|other| !taken.contains(other)).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use serde_json::json;

    use super::*;
    use crate::edit::Transaction;
    use crate::raster::Mask;

    /// A project with many objects, on disk without a log.
    fn written(folder: &Path, objects: i64) -> PathBuf {
        let path = folder.join("p.limn");
        let mut project = Project::create(&path, folder).unwrap();
        let mut t = Transaction::new("all");
        t.put_class(project.document(), Class::new(ClassId(1), "cat", [1, 2, 3]));
        let mut image = ImageRecord::new(ImageId(1), "a.png");
        (image.width, image.height) = (200, 100);
        t.put_image(project.document(), image);
        for id in 1..=objects {
            let bytes: Vec<u8> = (0..200 * 100).map(|at| u8::from((at * id) % 7 == 0)).collect();
            let mask = Mask::from_bytes(200, 100, &bytes);
            let object = Object::new(project.next_object_id(), ImageId(1), ClassId(1), mask);
            t.put_object(project.document(), object);
        }
        project.commit(t).unwrap();
        drop(project);
        // Everything into the one file.
        let connection = Connection::open(&path).unwrap();
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        path
    }

    /// The page that holds the row of an object.
    fn page_with(bytes: &[u8], text: &str) -> usize {
        let at = bytes.windows(text.len()).position(|window| window == text.as_bytes()).unwrap();
        at / 4096 * 4096
    }

    #[test]
    fn whole_rows_are_read_around_a_damaged_page() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path(), 60);
        let before = Project::open_read_only(&path).unwrap().document().clone();
        let mut bytes = std::fs::read(&path).unwrap();
        let page = page_with(&bytes, "{\"id\":30,\"image\":1");
        bytes[page..page + 4096].fill(0xa5);
        std::fs::write(&path, &bytes).unwrap();
        let project = Project::open(&path).unwrap();
        let (why, notice) = (project.is_read_only().unwrap().to_owned(), project.notice().unwrap().to_owned());
        assert!(why.contains("damaged") && !why.contains('\n'), "{why}");
        assert!(notice.contains("lost: ") && notice.contains("object"), "{notice}");
        let document = project.document();
        assert!(document.object_count() >= 40 && document.object_count() < 60, "{}", document.object_count());
        for object in document.objects() {
            assert_eq!(Some(object), before.object(object.id), "what is read is what was written");
        }
        assert_eq!((document.classes(), document.images()), (before.classes(), before.images()));
        assert_eq!(std::fs::read(&path).unwrap(), bytes, "the damaged file is left as it is");
    }

    #[test]
    fn lost_pictures_and_classes_get_stand_ins() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path(), 3);
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch("UPDATE class SET record = '{'; UPDATE image SET record = 'x'; UPDATE object SET record = '' WHERE id = 2").unwrap();
        drop(connection);
        let project = Project::open(&path).unwrap();
        let document = project.document();
        assert_eq!(document.objects().map(|object| object.id.0).collect::<Vec<_>>(), [1, 3]);
        assert_eq!(
            (document.classes()[0].name.as_str(), document.images()[0].path.as_str()),
            ("class 1", "lost picture 1")
        );
        let notice = project.notice().unwrap();
        for what in ["class 1", "image 1", "object 2"] {
            assert!(notice.contains(what), "{what}: {notice}");
        }
    }

    #[test]
    fn a_record_against_the_rules_is_left_out_and_named() {
        let wrong = [
            (
                "UPDATE object SET record = json_set(record, '$.mask.size', json('[0,0]'), '$.mask.counts', '') WHERE id = 2",
                2,
                "object 2",
            ),
            ("UPDATE object SET record = json_set(record, '$.class', 99) WHERE id = 2", 3, "class 99"),
            ("UPDATE object SET record = json_set(record, '$.id', 3) WHERE id = 2", 2, "object 2"),
            ("UPDATE class SET record = json_set(record, '$.name', '')", 3, "class 1"),
            ("UPDATE image SET record = json_set(record, '$.path', '')", 3, "picture 1"),
            ("INSERT INTO class SELECT 2, json_set(record, '$.id', 2) FROM class", 3, "class 2"),
        ];
        for (sql, objects, named) in wrong {
            let folder = tempfile::tempdir().unwrap();
            let path = written(folder.path(), 3);
            Connection::open(&path).unwrap().execute_batch(sql).unwrap();
            let project = Project::open(&path).unwrap();
            assert!(project.is_rescued(), "{sql}");
            assert_eq!(project.document().object_count(), objects, "{sql}");
            assert!(project.notice().unwrap().contains(named), "{sql}: {:?}", project.notice());
            drop(project);
            let of_folder = Project::open_folder(folder.path()).unwrap();
            assert!(of_folder.is_rescued() && of_folder.document().object_count() == objects, "{sql}");
        }
    }

    #[test]
    fn a_picture_saved_again_in_another_size_locks_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path(), 3);
        let mut project = Project::open(&path).unwrap();
        project.set_image_size(ImageId(1), 100, 50).unwrap();
        drop(project);
        let sql = "UPDATE image SET record = json_set(record, '$.width', 100, '$.height', 50)";
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let project = Project::open(&path).unwrap();
        assert_eq!((project.is_read_only(), project.document().object_count()), (None, 3));
        let image = &project.document().images()[0];
        assert_eq!((image.width, image.height), (200, 100), "the size of what was outlined");
    }

    #[test]
    fn masks_that_a_small_file_is_not_worth_are_lost_and_the_others_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path(), 1);
        let connection = Connection::open(&path).unwrap();
        let tall = 4 << 20;
        let image = json!({"id": 2, "path": "b.png", "width": 1, "height": tall, "state": "open", "missing": false, "extra": {}});
        connection.execute("INSERT INTO image VALUES(2, ?1)", [image.to_string()]).unwrap();
        let whole = Mask::from_rle_counts(1, tall, &[0, u64::from(tall)]).unwrap();
        for id in 10..20 {
            let object = Object::new(crate::document::ObjectId(id), ImageId(2), ClassId(1), whole.clone());
            let text = serde_json::to_string(&object).unwrap();
            connection.execute("INSERT INTO object VALUES(?1, 2, 1, ?2)", (id, text)).unwrap();
        }
        drop(connection);
        let project = Project::open(&path).unwrap();
        let count = project.document().object_count();
        assert!(project.is_rescued() && (1..5).contains(&count), "{count} objects, {:?}", project.notice());
        assert!(project.document().object(crate::document::ObjectId(1)).is_some());
    }

    #[test]
    fn what_is_no_database_any_more_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path(), 3);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[100..].fill(0x5a);
        std::fs::write(&path, &bytes).unwrap();
        assert!(Project::open(&path).is_err());
    }
}

//! Small pictures, data sets and projects, made without the program's own writers where they are to be damaged or to lie.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{Folder, Run};

/// A PNG of one value, or one that lies about itself.
#[derive(Clone)]
pub struct Png {
    /// Width and height.
    pub size: (u32, u32),
    /// Colour type: 0 grey, 2 RGB, 3 palette.
    pub kind: u8,
    /// The value of every sample.
    pub value: u8,
    /// Width and height that its header says instead.
    pub claimed: Option<(u32, u32)>,
}

impl Default for Png {
    fn default() -> Self {
        Self { size: (40, 30), kind: 0, value: 0, claimed: None }
    }
}

impl Png {
    /// Its bytes.
    pub fn bytes(&self) -> Vec<u8> {
        let channels = if self.kind == 2 { 3 } else { 1 };
        let mut row = vec![self.value; self.size.0 as usize * channels];
        row.insert(0, 0);
        let rows = row.repeat(self.size.1 as usize);
        let (width, height) = self.claimed.unwrap_or(self.size);
        let palette: Vec<u8> = (0..12).collect();
        let extra = if self.kind == 3 { chunk(b"PLTE", &palette) } else { Vec::new() };
        png_of(width, height, 8, self.kind, &extra, &deflated(&rows))
    }
}

/// A PNG of its parts: `extra` are whole chunks before the pixels, `data` is their zlib stream.
pub fn png_of(width: u32, height: u32, depth: u8, kind: u8, extra: &[u8], data: &[u8]) -> Vec<u8> {
    let mut head = width.to_be_bytes().to_vec();
    head.extend(height.to_be_bytes());
    head.extend([depth, kind, 0, 0, 0]);
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &head), extra.to_vec(), chunk(b"IDAT", data), chunk(b"IEND", &[])]
        .concat()
}

/// A chunk of a PNG with its sum.
pub fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut sum = flate2::Crc::new();
    sum.update(kind);
    sum.update(data);
    [&(data.len() as u32).to_be_bytes(), &kind[..], data, &sum.sum().to_be_bytes()].concat()
}

/// A zlib stream.
///
/// # Panics
/// Never: it is written into memory.
pub fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(bytes).and_then(|()| packer.finish()).unwrap_or_else(|error| panic!("{error}"))
}

/// The SHA-256 of some bytes in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Writes a file and the folders above it.
///
/// # Panics
/// If it cannot be written.
pub fn file(path: impl AsRef<Path>, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = path.as_ref();
    let made = path.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| std::fs::write(path, bytes));
    if let Err(error) = made {
        panic!("{}: {error}", path.display());
    }
    path.to_path_buf()
}

/// Writes a grey picture of 40 x 30.
pub fn png(path: impl AsRef<Path>) -> PathBuf {
    file(path, Png::default().bytes())
}

/// Writes an RGB picture of 40 x 30 and one value.
pub fn rgb(path: impl AsRef<Path>, value: u8) -> PathBuf {
    file(path, Png { kind: 2, value, ..Png::default() }.bytes())
}

/// A picture of a COCO file: name, width, height.
pub type Picture<'a> = (&'a str, u32, u32);

/// An object of a COCO file: number of its picture, number of its class (from 0), segmentation.
pub type Outlined = (usize, usize, Value);

/// A COCO file.
pub fn coco_text(pictures: &[Picture<'_>], objects: &[Outlined], classes: &[&str]) -> String {
    let images = pictures
        .iter()
        .enumerate()
        .map(|(i, (name, width, height))| json!({"id": i + 1, "file_name": name, "width": width, "height": height}));
    let categories = classes.iter().enumerate().map(|(i, name)| json!({"id": i + 1, "name": name}));
    let annotations = objects.iter().enumerate().map(|(i, (picture, class, segmentation))| {
        json!({"id": i + 1, "image_id": picture + 1, "category_id": class + 1, "segmentation": segmentation, "iscrowd": 0})
    });
    json!({
        "images": images.collect::<Vec<_>>(),
        "categories": categories.collect::<Vec<_>>(),
        "annotations": annotations.collect::<Vec<_>>(),
    })
    .to_string()
}

/// Writes a COCO file.
pub fn coco(path: impl AsRef<Path>, pictures: &[Picture<'_>], objects: &[Outlined], classes: &[&str]) -> PathBuf {
    file(path, coco_text(pictures, objects, classes))
}

/// A square as a polygon of COCO.
pub fn square(x: u32, y: u32, side: u32) -> Value {
    json!([[x, y, x + side, y, x + side, y + side, x, y + side]])
}

/// What a project of a case holds.
pub struct Plan<'a> {
    /// Folder below the case's own.
    pub folder: &'a str,
    /// Its pictures of 40 x 30, each with one square of 6 pixels at (2, 2); what is there already is taken as it is.
    pub pictures: &'a [&'a str],
    /// Classes; the objects are of the first.
    pub classes: &'a [&'a str],
}

impl Default for Plan<'_> {
    fn default() -> Self {
        Self { folder: "p", pictures: &["a.png"], classes: &["cat"] }
    }
}

/// Makes a project with the program: `FOLDER/NAME.limn`, everything in the one file.
///
/// # Panics
/// If the program refuses.
pub fn project(case: &Folder, plan: &Plan<'_>) -> PathBuf {
    let folder = case.join(plan.folder);
    for picture in plan.pictures {
        let path = folder.join(picture);
        if !path.exists() {
            png(path);
        }
    }
    let pictures: Vec<Picture<'_>> = plan.pictures.iter().map(|name| (*name, 40, 30)).collect();
    let objects: Vec<Outlined> = (0..pictures.len()).map(|i| (i, 0, square(2, 2, 6))).collect();
    // Outside of the pictures' folder, so that nothing of it is taken for a part of the data set.
    let source = coco(case.join("made").join("source.json"), &pictures, &objects, plan.classes);
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let path = folder.join(format!("{name}.limn"));
    let run = import(case, &path, "coco", &source, &["--images", &folder.to_string_lossy()]);
    assert!(run.ok(), "the project of the case could not be made: {run}");
    settle(&path);
    path
}

/// `limn import PROJECT --from FORMAT:SOURCE ...` within a minute.
pub fn import(case: &Folder, project: &Path, format: &str, source: &Path, more: &[&str]) -> Run {
    let mut arguments = vec!["import".into(), project.into(), "--from".into(), data(format, source).into()];
    arguments.extend(more.iter().map(std::ffi::OsString::from));
    case.limn(arguments).seconds(60).run()
}

/// `FORMAT:PATH`, as the command line names a data set.
pub fn data(format: &str, path: &Path) -> String {
    format!("{format}:{}", path.display())
}

/// Everything of a project's log into the one file.
///
/// # Panics
/// If it is no project.
pub fn settle(path: &Path) {
    sql(path, "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode=DELETE;");
}

/// Runs statements on a project file, as a stranger would.
///
/// # Panics
/// If SQLite refuses one.
pub fn sql(path: &Path, statements: &str) {
    let done = Connection::open(path).and_then(|db| db.execute_batch(statements));
    done.unwrap_or_else(|error| panic!("{}: {error}: {statements}", path.display()));
}

/// What a query gives as its first value, as text; `None` if SQLite refuses or there is none.
pub fn ask(path: &Path, query: &str) -> Option<String> {
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
    let value: rusqlite::types::Value = db.query_row(query, [], |row| row.get(0)).ok()?;
    use rusqlite::types::Value as V;
    Some(match value {
        V::Null => String::new(),
        V::Integer(n) => n.to_string(),
        V::Real(x) => x.to_string(),
        V::Text(text) => text,
        V::Blob(bytes) => bytes.iter().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").unwrap_or_default();
            hex
        }),
    })
}

/// Number of objects in a project.
pub fn objects(path: &Path) -> Option<u64> {
    ask(path, "SELECT count(*) FROM object")?.parse().ok()
}

/// Changes the JSON of the first record of a table (`class`, `image`, `object`).
///
/// # Panics
/// If there is none.
pub fn change_record(path: &Path, table: &str, change: impl FnOnce(&mut Value)) {
    let id = ask(path, &format!("SELECT id FROM {table} ORDER BY id")).unwrap_or_default();
    let text = ask(path, &format!("SELECT record FROM {table} WHERE id = {id}")).unwrap_or_default();
    let mut record: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{table}: {error}: {text}"));
    change(&mut record);
    let text = record.to_string().replace('\'', "''");
    sql(path, &format!("UPDATE {table} SET record = '{text}' WHERE id = {id};"));
}

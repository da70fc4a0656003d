//! What is wrong or doubtful in a document: a list of findings, each with the objects it is about.
//!
//! * `detail`: what a finding says; `files`: pictures against their files; `objects`: every object for itself; `pairs`: objects against each other
//!
//! Nothing is changed. The findings of a picture stand together, in the order of the pictures.

mod detail;
mod files;
mod objects;
mod pairs;

use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

pub use detail::Detail;
use rayon::prelude::*;
use serde::Serialize;

use crate::document::{Document, ImageId, ImageRecord, ObjectId};
use crate::formats::{FormatError, Progress};

/// The kinds of findings.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// The picture's file is not there.
    MissingFile,
    /// The picture's file cannot be read.
    UnreadableFile,
    /// The picture has another size than the document says, so its masks do not fit.
    WrongSize,
    /// An object without a pixel.
    Empty,
    /// An object of a class that does not exist, or an attribute that its class does not know.
    UnknownClass,
    /// An object that is no more than a line, or has crumbs beside its main parts.
    Sliver,
    /// A click outside of the picture, or a mask of another size.
    OutOfBounds,
    /// Two objects of one class that are nearly the same.
    Duplicate,
    /// Two objects that share many pixels.
    Overlap,
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MissingFile => "missing file",
            Self::UnreadableFile => "unreadable file",
            Self::WrongSize => "wrong size",
            Self::Empty => "empty",
            Self::UnknownClass => "unknown class",
            Self::Sliver => "sliver",
            Self::OutOfBounds => "out of bounds",
            Self::Duplicate => "duplicate",
            Self::Overlap => "overlap",
        })
    }
}

/// One thing that is wrong or doubtful.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// What kind of thing.
    pub kind: FindingKind,
    /// The picture.
    pub image: ImageId,
    /// Its path.
    pub path: String,
    /// The objects it is about; none where it is about the picture.
    pub objects: Vec<ObjectId>,
    /// What was found; reads as one line.
    pub what: Detail,
}

impl Finding {
    fn new(kind: FindingKind, image: &ImageRecord, objects: &[ObjectId], what: Detail) -> Self {
        Self { kind, image: image.id, path: image.path.clone(), objects: objects.to_vec(), what }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: ", self.path, self.kind)?;
        match self.objects.as_slice() {
            [] => {}
            [one] => write!(f, "object {}: ", one.0)?,
            many => {
                let ids: Vec<String> = many.iter().map(|id| id.0.to_string()).collect();
                write!(f, "objects {}: ", ids.join(" and "))?;
            }
        }
        self.what.fmt(f)
    }
}

/// From where on something is worth a finding.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CheckOptions {
    /// Whether the pictures' files are looked at.
    pub files: bool,
    /// Two objects overlap if their intersection over union is at least this.
    pub overlap_iou: f64,
    /// Two objects overlap if they share at least this part of the smaller one.
    pub overlap_share: f64,
    /// Two objects of one class are duplicates if their intersection over union is above this.
    pub duplicate_iou: f64,
    /// An object is a sliver if it is thinner than this on average, in pixels.
    pub sliver_width: f64,
    /// A part of an object is a crumb if it has fewer pixels and is not the largest part.
    pub crumb_area: u64,
}

impl Default for CheckOptions {
    fn default() -> Self {
        Self { files: true, overlap_iou: 0.3, overlap_share: 0.5, duplicate_iou: 0.9, sliver_width: 2.0, crumb_area: 4 }
    }
}

/// Looks through a whole document; `root` is where its pictures are ([`crate::Project::root`]).
///
/// # Errors
/// When the caller cancels.
pub fn check(
    document: &Document,
    root: &Path,
    options: &CheckOptions,
    progress: &dyn Progress,
) -> Result<Vec<Finding>, FormatError> {
    let images = document.images();
    let done = AtomicU64::new(0);
    let one = |image: &ImageRecord| {
        if progress.cancelled() {
            return Err(FormatError::Cancelled);
        }
        let found = check_image(document, root, image, options);
        progress.report(done.fetch_add(1, Ordering::Relaxed) + 1, images.len() as u64, &image.path);
        Ok(found)
    };
    let found: Vec<Vec<Finding>> = images.par_iter().map(one).collect::<Result<_, _>>()?;
    Ok(found.into_iter().flatten().collect())
}

/// Looks through one picture.
pub fn check_image(document: &Document, root: &Path, image: &ImageRecord, options: &CheckOptions) -> Vec<Finding> {
    let mut found = Vec::new();
    if options.files {
        files::check(document, root, image, &mut found);
    }
    objects::check(document, image, options, &mut found);
    pairs::check(document, image, options, &mut found);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Attribute, AttributeKind, Class, ClassId, ClickRecord, Object};
    use crate::edit::Transaction;
    use crate::formats::NoProgress;
    use crate::raster::{Mask, PixelRect};
    use crate::store::Project;

    fn boxed(x0: u32, y0: u32, x1: u32, y1: u32) -> Mask {
        Mask::rectangle(40, 30, PixelRect { x0, y0, x1, y1 })
    }

    /// A folder with a good picture, one that is no picture, one of another size, and a record without a file.
    fn project(folder: &std::path::Path, objects: Vec<(i64, Mask)>) -> Project {
        for name in ["a.png", "other.png"] {
            image::GrayImage::new(40, 30).save(folder.join(name)).unwrap();
        }
        let mut project = Project::open_folder(folder).unwrap();
        let mut t = Transaction::new("start");
        for (id, name) in [(1, "cat"), (2, "dog")] {
            let mut class = Class::new(ClassId(id), name, [1, 2, 3]);
            class.attributes = vec![Attribute { name: "age".to_owned(), kind: AttributeKind::Number }];
            t.put_class(project.document(), class);
        }
        let image = project.document().image_at("a.png").unwrap().id;
        for (class, mask) in objects {
            let object = Object::new(project.next_object_id(), image, ClassId(class), mask);
            t.put_object(project.document(), object);
        }
        let mut gone = ImageRecord::new(project.next_image_id(), "gone.png");
        (gone.width, gone.height) = (40, 30);
        t.put_image(project.document(), gone);
        project.commit(t).unwrap();
        project
    }

    fn kinds(found: &[Finding]) -> Vec<(FindingKind, Vec<i64>)> {
        found.iter().map(|f| (f.kind, f.objects.iter().map(|id| id.0).collect())).collect()
    }

    #[test]
    fn every_kind_is_found_and_nothing_else() {
        use FindingKind::{
            Duplicate, Empty, MissingFile, OutOfBounds, Overlap, Sliver, UnknownClass, UnreadableFile, WrongSize,
        };
        let folder = tempfile::tempdir().unwrap();
        let with_crumb = boxed(30, 20, 38, 28).union(&boxed(1, 28, 2, 29));
        let mut project = project(
            folder.path(),
            vec![
                (1, boxed(0, 0, 10, 10)),
                (1, boxed(0, 0, 10, 10).union(&boxed(10, 0, 11, 5))), // 2: a duplicate of 1
                (2, boxed(5, 0, 16, 10)),                             // 3: covers half of 1 and 2
                (1, Mask::empty(40, 30)),
                (2, boxed(0, 15, 30, 16)), // 5: a line
                (2, with_crumb),           // 6
                (1, boxed(20, 0, 26, 6)),  // 7: a wrong click and wrong attributes, else good
                (2, boxed(26, 0, 32, 6)),  // 8: touches 7 only
            ],
        );
        let mut t = Transaction::new("wrong");
        let mut object = project.document().object(ObjectId(7)).unwrap().clone();
        object.clicks = vec![ClickRecord { x: 40.5, y: 3.0, positive: true }];
        object.attributes.insert("age".to_owned(), "old".into());
        t.put_object(project.document(), object);
        project.commit(t).unwrap();
        image::GrayImage::new(30, 40).save(folder.path().join("a.png")).unwrap();
        std::fs::write(folder.path().join("other.png"), "text").unwrap();
        let mut found =
            kinds(&check(project.document(), project.root(), &CheckOptions::default(), &NoProgress).unwrap());
        found.sort();
        let mut wanted = vec![
            (MissingFile, vec![]),
            (UnreadableFile, vec![]),
            (WrongSize, vec![]),
            (Empty, vec![4]),
            (UnknownClass, vec![7]),
            (Sliver, vec![5]),
            (Sliver, vec![6]),
            (OutOfBounds, vec![7]),
            (Duplicate, vec![1, 2]),
            (Overlap, vec![1, 3]),
            (Overlap, vec![2, 3]),
        ];
        wanted.sort();
        assert_eq!(found, wanted);
    }

    #[test]
    fn neighbours_and_small_things_are_no_findings() {
        let folder = tempfile::tempdir().unwrap();
        let objects = vec![
            (1, boxed(0, 0, 10, 10)),
            (1, boxed(10, 0, 20, 10)),
            (2, boxed(3, 20, 5, 22)),
            (2, boxed(39, 29, 40, 30)),
        ];
        let project = project(folder.path(), objects);
        let options = CheckOptions { files: false, ..CheckOptions::default() };
        assert_eq!(check(project.document(), project.root(), &options, &NoProgress).unwrap(), []);
    }

    #[test]
    fn a_finding_reads_as_a_line() {
        let image = ImageRecord::new(ImageId(1), "a.png");
        let what = Detail::Shared { pixels: 40, share: 0.5, iou: 1.0 / 3.0 };
        let found = Finding::new(FindingKind::Overlap, &image, &[ObjectId(1), ObjectId(3)], what);
        let line = "they share 40 pixels, 50 % of the smaller one, IoU 0.333";
        assert_eq!(found.to_string(), format!("a.png: overlap: objects 1 and 3: {line}"));
        let json = serde_json::to_value(&found).unwrap();
        assert_eq!((json["kind"].as_str(), json["what"].as_str()), (Some("overlap"), Some(line)));
    }
}

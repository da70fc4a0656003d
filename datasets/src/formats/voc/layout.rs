//! Which files of a folder belong to which picture, in every way that VOC files are laid out.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::formats::reading::{beside, files_below};
use crate::store::{paths, scan};

/// Folders of masks, with the names that tools append.
const OBJECT_MASKS: &str = "SegmentationObject";
const CLASS_MASKS: [&str; 2] = ["SegmentationClass", "SegmentationClassAug"];

/// Folders of pictures beside `Annotations`.
const PICTURES: [&str; 4] = ["JPEGImages", "images", "Images", "img"];

/// One picture's files.
#[derive(Debug)]
pub(super) struct Entry {
    /// Name in reports and in the note of an export: the stem, with folders where the folder has several sets.
    pub(super) stem: String,
    /// The file's own stem.
    pub(super) name: String,
    pub(super) xml: Option<PathBuf>,
    pub(super) objects: Option<PathBuf>,
    pub(super) classes: Option<PathBuf>,
    /// Where its picture may lie.
    pub(super) folders: Vec<PathBuf>,
    /// The root it belongs to.
    pub(super) root: PathBuf,
}

/// All pictures that a folder (or one XML file) speaks of.
pub(super) fn entries(from: &Path) -> Vec<Entry> {
    let from = paths::absolute(from);
    if from.is_file() {
        let folder = from.parent().map(Path::to_path_buf).unwrap_or_default();
        let root = set_above(&folder);
        return vec![loose(&from, root.as_deref().unwrap_or(&folder), root.as_deref())];
    }
    // One of the folders of a set stands for the set.
    let from = set_above(&from.join("x")).filter(|root| from.parent() == Some(root.as_path())).unwrap_or(from);
    let roots = sets(&from);
    let mut entries: Vec<Entry> = roots.iter().flat_map(|root| set(&from, root)).collect();
    for file in files_below(&from, "xml") {
        let path = from.join(&file);
        if roots.iter().all(|root| !path.starts_with(root.join("Annotations"))) {
            entries.push(loose(&path, &from, None));
        }
    }
    entries
}

/// The set that a folder of annotations or masks belongs to.
fn set_above(folder: &Path) -> Option<PathBuf> {
    let above = folder.ancestors().find(|folder| {
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        name == "Annotations" || name == OBJECT_MASKS || CLASS_MASKS.contains(&name.as_str())
    })?;
    above.parent().map(Path::to_path_buf)
}

/// Folders that hold `Annotations` or masks with something in them; none of them within another.
fn sets(from: &Path) -> Vec<PathBuf> {
    let is_own = |name: &str| name == "Annotations" || name == OBJECT_MASKS || CLASS_MASKS.contains(&name);
    let files = limn_files::walk(from, limn_files::WalkRules::default()).filter_map(Result::ok);
    let root = |file: limn_files::Found| {
        let folders: Vec<&str> = file.relative.parent()?.iter().map(|part| part.to_str()).collect::<Option<_>>()?;
        let at = folders.iter().position(|name| is_own(name))?;
        Some(from.join(folders[..at].iter().collect::<PathBuf>()))
    };
    let mut roots: Vec<PathBuf> = files.filter_map(root).collect::<BTreeSet<_>>().into_iter().collect();
    let all = roots.clone();
    roots.retain(|root| !all.iter().any(|other| other != root && root.starts_with(other)));
    roots
}

/// Whether a folder of a set lies in it: a link that leads elsewhere is not followed.
fn is_inside(root: &Path, folder: &Path) -> bool {
    folder.canonicalize().is_ok_and(|folder| folder.starts_with(paths::absolute(root)))
}

/// The pictures of a set of the usual folders.
fn set(from: &Path, root: &Path) -> Vec<Entry> {
    let prefix =
        paths::relative(from, root).filter(|prefix| prefix != ".").map_or_else(String::new, |p| format!("{p}/"));
    let mut stems: BTreeSet<String> = BTreeSet::new();
    let without = |file: String| file.rsplit_once('.').map(|(stem, _)| stem.to_owned()).unwrap_or(file);
    let annotations = root.join("Annotations");
    if is_inside(from, &annotations) {
        stems.extend(files_below(&annotations, "xml").into_iter().map(without));
    }
    for folder in [OBJECT_MASKS].into_iter().chain(CLASS_MASKS).filter(|name| is_inside(from, &root.join(name))) {
        stems.extend(
            scan::all_pictures(&root.join(folder), &mut scan::PassedOver::default())
                .unwrap_or_default()
                .into_iter()
                .map(without),
        );
    }
    let pictures: Vec<PathBuf> = PICTURES.iter().map(|name| root.join(name)).filter(|folder| folder.is_dir()).collect();
    let entry = |stem: String| {
        let xml = ["xml", "XML", "Xml"]
            .iter()
            .map(|ext| root.join(format!("Annotations/{stem}.{ext}")))
            .find(|p| p.is_file());
        let mask = |folder: &str| {
            let usual = root.join(format!("{folder}/{stem}.png"));
            if usual.is_file() { Some(usual) } else { beside(&root.join(folder), &stem).pop() }
        };
        Entry {
            name: stem.clone(),
            xml,
            objects: mask(OBJECT_MASKS),
            classes: CLASS_MASKS.iter().find_map(|folder| mask(folder)),
            folders: pictures.clone(),
            root: root.to_path_buf(),
            stem: format!("{prefix}{stem}"),
        }
    };
    stems.into_iter().map(entry).collect()
}

/// An XML file on its own: its picture lies beside it, or in a set's folder.
fn loose(xml: &Path, from: &Path, root: Option<&Path>) -> Entry {
    let folder = xml.parent().map(Path::to_path_buf).unwrap_or_default();
    let name = xml.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    let stem = paths::relative(from, &xml.with_extension("")).unwrap_or_else(|| name.clone());
    let near = PICTURES.iter().filter_map(|name| Some(folder.parent()?.join(name)));
    let of_root = root.into_iter().flat_map(|root| PICTURES.iter().map(|name| root.join(name)));
    let mut folders: Vec<PathBuf> = vec![folder.clone()];
    folders.extend(near.chain(of_root).filter(|folder| folder.is_dir()));
    Entry { stem, name, xml: Some(xml.to_path_buf()), objects: None, classes: None, folders, root: from.to_path_buf() }
}

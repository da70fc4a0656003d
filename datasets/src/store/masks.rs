//! Folders of masks among the pictures: their names say so, and every file in them belongs to a picture.

use std::collections::HashSet;
use std::path::Path;

use crate::media;

/// Folders that hold masks if their files pair with pictures.
const MASK_FOLDERS: &[&str] = &[
    "mask",
    "masks",
    "label",
    "labels",
    "gt",
    "gts",
    "ground_truth",
    "groundtruth",
    "annotation",
    "annotations",
    "seg",
    "segs",
    "segmentation",
    "segmentations",
    "segmentationclass",
    "segmentationobject",
    "labelids",
    "panoptic",
];

/// Folders of PASCAL VOC, which hold masks whatever lies beside them.
const VOC_FOLDERS: &[&str] =
    &["segmentationclass", "segmentationobject", "segmentationclassaug", "segmentationclassraw"];

/// Folders that hold the pictures of such masks.
const PICTURE_FOLDERS: &[&str] =
    &["images", "image", "imgs", "img", "JPEGImages", "Images", "pictures", "photos", "rgb", "data", "input", "inputs"];

/// What tools append to a picture's stem for its masks.
const SUFFIXES: &[&str] = &[
    "_mask",
    "-mask",
    ".mask",
    "_masks",
    "_label",
    "-label",
    "_labels",
    "_gt",
    "_seg",
    "_segmentation",
    "_pseudo",
    "_cutout",
    "_instance",
    "_instances",
    "_semantic",
    "_annotation",
    "_color",
    "mask",
];

/// The list of labels that EISeg keeps beside its masks.
const EISEG_LABELS: &str = "autosave_label.txt";

/// How many masks lie directly in a folder (relative to the root); 0 if it is not one of masks.
pub(super) fn are_in(root: &Path, relative: &str) -> usize {
    let parts: Vec<&str> = relative.split('/').collect();
    let is_named = |part: &str, names: &[&str]| names.iter().any(|name| part.eq_ignore_ascii_case(name));
    let folder = root.join(relative);
    let eiseg = folder.join(EISEG_LABELS).is_file();
    if !eiseg && !parts.iter().any(|part| is_named(part, MASK_FOLDERS) || is_named(part, VOC_FOLDERS)) {
        return 0;
    }
    let files = stems(&folder);
    if files.is_empty() {
        return 0;
    }
    if is_named(parts[parts.len() - 1], VOC_FOLDERS) {
        return files.len();
    }
    // The same place without the part that names masks, or with one that names pictures instead.
    let last = parts.len() - 1;
    let mut pictures: HashSet<String> = HashSet::new();
    for at in (0..parts.len()).filter(|at| is_named(parts[*at], MASK_FOLDERS) || (eiseg && *at == last)) {
        let place = |instead: Option<&str>| {
            let kept = parts[..at].iter().copied().chain(instead).chain(parts[at + 1..].iter().copied());
            root.join(kept.collect::<Vec<_>>().join("/"))
        };
        let places = PICTURE_FOLDERS.iter().map(|name| Some(*name)).chain([None]);
        pictures.extend(places.flat_map(|instead| stems(&place(instead))));
    }
    let paired = files.iter().filter(|stem| belongs(stem, &pictures)).count();
    if paired * 10 >= files.len() * 9 { files.len() } else { 0 }
}

/// True if a mask of this stem belongs to one of the pictures.
fn belongs(stem: &str, pictures: &HashSet<String>) -> bool {
    pictures.contains(stem) || candidates(stem).any(|plain| pictures.contains(plain))
}

/// The stems of pictures that a mask of this stem may belong to: without number and without suffix.
pub(crate) fn candidates(stem: &str) -> impl Iterator<Item = &str> {
    let numbered = stem.rsplit_once('#').filter(|(plain, number)| !plain.is_empty() && number.parse::<u32>().is_ok());
    let plain = numbered.map(|(plain, _)| plain);
    let suffixed = SUFFIXES.iter().filter_map(move |suffix| {
        let at = stem.len().checked_sub(suffix.len()).filter(|at| *at > 0 && stem.is_char_boundary(*at))?;
        stem[at..].eq_ignore_ascii_case(suffix).then(|| stem[..at].trim_end_matches(['_', '-', '.']))
    });
    plain.into_iter().chain(suffixed).filter(|plain| !plain.is_empty())
}

/// Stems of the pictures directly in a folder, in lower case.
fn stems(folder: &Path) -> HashSet<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
    let stem = |path: std::path::PathBuf| Some(path.file_stem()?.to_str()?.to_lowercase());
    entries.filter(|path| media::is_picture(path)).filter_map(stem).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_are_told_from_pictures() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "a.jpg",
            "b.jpg",
            "masks/a_mask.png",
            "masks/b_mask.png",
            "labels/cat.png",
            "label/a.png",
            "label/a_pseudo.png",
            "label/autosave_label.txt",
            "set/images/train/x.jpg",
            "set/masks/train/x.png",
            "VOC/SegmentationClass/q.png",
            "VOC/JPEGImages/q.jpg",
            "carnival/masks/venice.jpg",
            "more/c.jpg",
        ] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        for (relative, count) in [
            ("masks", 2),
            ("labels", 0),
            ("label", 2),
            ("set/masks/train", 1),
            ("set/images/train", 0),
            ("VOC/SegmentationClass", 1),
            ("VOC/JPEGImages", 0),
            ("carnival/masks", 0),
            ("more", 0),
        ] {
            assert_eq!(are_in(folder.path(), relative), count, "{relative}");
        }
    }

    #[test]
    fn stems_of_masks_lead_to_pictures() {
        let of = |stem| candidates(stem).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!((of("a_mask"), of("a#2"), of("plain")), (vec!["a".to_owned(); 2], vec!["a".to_owned()], vec![]));
    }
}

//! Which picture a mask belongs to, by its name.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use crate::formats::manifest::Manifest;
use crate::formats::pictures::{Found, Pictures, fold};
use crate::formats::placing::some_of;
use crate::store::masks::candidates;

/// Whose mask a file is.
#[derive(Debug)]
pub(super) struct Owner {
    /// The picture's path without extension, as far as the mask tells it.
    pub(super) stem: String,
    /// The picture's file, if it was found.
    pub(super) file: Option<PathBuf>,
    /// `k` of `stem#k`.
    pub(super) number: Option<usize>,
    /// The folder that names the class: where the pictures have no such folder.
    pub(super) folder: Option<String>,
    /// What should be said.
    pub(super) doubt: Option<String>,
}

/// The masks among the pictures of a folder, and the others: where `a.png` lies beside `a.jpg`, or `a_mask.png` beside
/// `a.png`, one is the mask of the other. All are masks where no two pair.
pub(super) fn masks_among(files: Vec<String>) -> (Vec<String>, Vec<String>) {
    let split = |file: &str| {
        let (stem, extension) = file.rsplit_once('.').unwrap_or((file, ""));
        (fold(stem), extension.to_lowercase())
    };
    let is_photo = |extension: &str| matches!(extension, "jpg" | "jpeg" | "jpe" | "jfif" | "webp");
    let names: Vec<(String, String)> = files.iter().map(|file| split(file)).collect();
    let photos: HashSet<&str> = names.iter().filter(|(_, ext)| is_photo(ext)).map(|(stem, _)| stem.as_str()).collect();
    let stems: HashSet<&str> = names.iter().map(|(stem, _)| stem.as_str()).collect();
    let is_mask = |(stem, extension): &(String, String)| {
        let beside_photo = !is_photo(extension) && photos.contains(stem.as_str());
        let (folder, name) = stem.rsplit_once('/').map_or(("", stem.as_str()), |(folder, name)| (folder, name));
        let full = |plain: &str| if folder.is_empty() { plain.to_owned() } else { format!("{folder}/{plain}") };
        // `a#1` and `a#2` alone are all masks; `a_mask` pairs with `a` in the same folder.
        let suffixed = !name.contains('#') && candidates(name).any(|plain| stems.contains(full(plain).as_str()));
        beside_photo || suffixed
    };
    let paired: Vec<bool> = names.iter().map(is_mask).collect();
    if !paired.contains(&true) {
        return (files, Vec::new());
    }
    let (mut masks, mut others) = (Vec::new(), Vec::new());
    for (file, is_mask) in files.into_iter().zip(paired) {
        if is_mask { masks.push(file) } else { others.push(file) }
    }
    (masks, others)
}

/// The owner in an export of ours: its note knows all stems.
pub(super) fn of_export(file: &str, manifest: &Manifest) -> Result<Owner, String> {
    let name = file.rsplit_once('.').map_or(file, |(name, _)| name);
    let numbered = name.rsplit_once('#').and_then(|(stem, number)| Some((stem, number.parse::<usize>().ok()?)));
    let (stem, number) = match numbered {
        Some((stem, number)) if manifest.image(stem).is_some() || manifest.image(name).is_none() => {
            (stem, Some(number))
        }
        _ => (name, None),
    };
    Ok(Owner { stem: stem.to_owned(), file: None, number, folder: None, doubt: None })
}

/// The owner of a mask of anybody: the picture of the very name first, then without number and without what tools append;
/// then by the name alone, where the folder is the class.
///
/// # Errors
/// One line if several pictures fit.
pub(super) fn owner(file: &str, pictures: &Pictures, wanted: &dyn Fn(&Path) -> bool) -> Result<Owner, String> {
    let name = file.rsplit_once('.').map_or(file, |(name, _)| name);
    let (folder, base) = name.rsplit_once('/').map_or(("", name), |(folder, base)| (folder, base));
    let number_of =
        |plain: &str| base.strip_prefix(plain).and_then(|rest| rest.strip_prefix('#')?.parse::<usize>().ok());
    let plain: Vec<&str> = [base].into_iter().chain(candidates(base)).collect();
    let mut several: Option<Vec<PathBuf>> = None;
    for with_folder in [true, false] {
        if !with_folder && folder.is_empty() {
            break;
        }
        for plain in &plain {
            let stem =
                if with_folder && !folder.is_empty() { format!("{folder}/{plain}") } else { (*plain).to_owned() };
            let number = number_of(plain);
            match pictures.look_among(&stem, None, wanted) {
                Found::Exact(path) | Found::Close(path) | Found::Renamed(path) => {
                    // The picture lies in no folder of that name.
                    let above = path.parent().and_then(Path::file_name).map(|name| fold(&name.to_string_lossy()));
                    let last = folder.rsplit('/').next().unwrap_or(folder);
                    let is_class = !folder.is_empty() && above != Some(fold(last)) && !is_usual(last);
                    let folder = is_class.then(|| last.to_owned());
                    return Ok(Owner { stem, file: Some(path), number, folder, doubt: None });
                }
                Found::Several(paths) => drop(several.get_or_insert(paths)),
                Found::Elsewhere(_) | Found::Nowhere => {}
            }
        }
    }
    if let Some(paths) = several {
        let names: Vec<String> = paths.iter().map(|path| path.to_string_lossy().into_owned()).collect();
        return Err(format!("which picture is it? {} fit equally well; say --images", some_of(&names)));
    }
    // Of no picture: the number is one if anything is.
    let numbered = base.rsplit_once('#').and_then(|(stem, number)| Some((stem, number.parse::<usize>().ok()?)));
    let (base, number) =
        numbered.filter(|(stem, _)| !stem.is_empty()).map_or((base, None), |(stem, k)| (stem, Some(k)));
    let stem = if folder.is_empty() { base.to_owned() } else { format!("{folder}/{base}") };
    Ok(Owner { stem, file: None, number, folder: None, doubt: None })
}

/// Folders that say what they hold rather than of which class.
fn is_usual(folder: &str) -> bool {
    const USUAL: [&str; 18] = [
        "mask",
        "masks",
        "label",
        "labels",
        "gt",
        "annotations",
        "annotation",
        "train",
        "val",
        "valid",
        "validation",
        "test",
        "segmentation",
        "segmentations",
        "seg",
        "images",
        "segmentationclass",
        "segmentationobject",
    ];
    USUAL.contains(&folder.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_beside_pictures() {
        let among = |files: &[&str]| masks_among(files.iter().map(|file| (*file).to_owned()).collect()).0;
        assert_eq!(among(&["a.jpg", "a.png", "b.jpg", "b.png"]), ["a.png", "b.png"]);
        assert_eq!(among(&["a.png", "a_mask.png"]), ["a_mask.png"]);
        assert_eq!(among(&["a#1.png", "a#2.png"]), ["a#1.png", "a#2.png"]);
        assert_eq!(among(&["shot.png", "shot#2.png"]), ["shot.png", "shot#2.png"]);
        assert_eq!(among(&["leaf/a.png", "bud/a.png"]), ["leaf/a.png", "bud/a.png"]);
    }

    #[test]
    fn owners_by_name() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a.jpg", "shot.png", "shot#2.png", "train/b.jpg", "x/c.jpg", "y/c.jpg"] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        let pictures = Pictures::new([folder.path().to_path_buf()], None, None);
        let find = |file: &str| {
            let owner = owner(file, &pictures, &|_| true)?;
            let path = owner.file.map(|path| path.file_name().unwrap().to_string_lossy().into_owned());
            Ok::<_, String>((path.unwrap_or_default(), owner.number, owner.folder.unwrap_or_default()))
        };
        for (file, path, number, class) in [
            ("a_mask.png", "a.jpg", None, ""),
            ("a#3.png", "a.jpg", Some(3), ""),
            ("shot#2.png", "shot#2.png", None, ""),
            ("shot#3.png", "shot.png", Some(3), ""),
            ("leaf/a.png", "a.jpg", None, "leaf"),
            ("masks/a.png", "a.jpg", None, ""),
            ("train/b.png", "b.jpg", None, ""),
            ("gone.png", "", None, ""),
        ] {
            assert_eq!(find(file), Ok((path.to_owned(), number, class.to_owned())), "{file}");
        }
        assert!(find("c.png").unwrap_err().contains("fit equally well"));
    }
}

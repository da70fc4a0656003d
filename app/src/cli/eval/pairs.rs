//! Which mask belongs to which picture.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use limn_datasets::media::is_picture;

/// A mask and the picture it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Stem of the mask's file name.
    pub name: String,
    /// The picture.
    pub image: PathBuf,
    /// The mask.
    pub mask: PathBuf,
}

/// Pairs `masks/stem.png` and `masks/stem#k.png` with `images/stem.*`, in the order of stem and k.
///
/// # Errors
/// A folder that cannot be read or is empty, a mask without a picture, two pictures of one stem.
pub fn pair(images: &Path, masks: &Path) -> Result<Vec<Pair>> {
    let mut pictures: BTreeMap<String, PathBuf> = BTreeMap::new();
    for path in files(images)?.into_iter().filter(|p| is_picture(p)) {
        if let Some(other) = pictures.insert(stem(&path), path.clone()) {
            bail!("{} and {} have the same stem; keep one of them", other.display(), path.display());
        }
    }
    let mut pairs: BTreeMap<(String, u64, String), Pair> = BTreeMap::new();
    for mask in files(masks)?.into_iter().filter(|p| p.extension().is_some_and(|e| e.eq_ignore_ascii_case("png"))) {
        let name = stem(&mask);
        let numbered =
            name.rsplit_once('#').filter(|(stem, k)| pictures.contains_key(*stem) && k.parse::<u64>().is_ok());
        let (of, k) = match numbered {
            Some((stem, k)) if !pictures.contains_key(&name) => (stem, k.parse().unwrap_or(0)),
            _ => (name.as_str(), 0),
        };
        let image = pictures.get(of).with_context(|| {
            format!("mask {} has no picture {of}.* in {}; add it or remove the mask", mask.display(), images.display())
        })?;
        pairs.insert((of.to_owned(), k, name.clone()), Pair { name: name.clone(), image: image.clone(), mask });
    }
    if pairs.is_empty() {
        bail!("no masks (*.png) in {}; name them after their pictures: stem.png or stem#1.png", masks.display());
    }
    Ok(pairs.into_values().collect())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let unreadable = || format!("cannot read folder {}; check the path", folder.display());
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(unreadable)? {
        paths.push(entry.with_context(unreadable)?.path());
    }
    paths.sort();
    Ok(paths)
}

fn stem(path: &Path) -> String {
    path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(names: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for name in names {
            std::fs::write(dir.path().join(name), b"x").unwrap();
        }
        dir
    }

    #[test]
    fn masks_find_their_pictures_in_natural_order() {
        let images = folder(&["a b.jpg", "c#1.png", "d.png", "notes.txt"]);
        let masks = folder(&["a b#10.png", "a b#2.png", "a b.png", "c#1.png", "c#1#3.png"]);
        let pairs = pair(images.path(), masks.path()).unwrap();
        let got: Vec<(String, String)> = pairs.iter().map(|p| (p.name.clone(), stem(&p.image))).collect();
        let want = [("a b", "a b"), ("a b#2", "a b"), ("a b#10", "a b"), ("c#1", "c#1"), ("c#1#3", "c#1")];
        assert_eq!(got, want.map(|(m, i)| (m.to_owned(), i.to_owned())));
    }

    #[test]
    fn what_does_not_pair_is_named() {
        let images = folder(&["a.jpg", "a.png"]);
        let masks = folder(&["b.png"]);
        assert!(pair(images.path(), masks.path()).unwrap_err().to_string().contains("same stem"));
        let images = folder(&["a.jpg"]);
        assert!(pair(images.path(), masks.path()).unwrap_err().to_string().contains("b.png has no picture b.*"));
        assert!(pair(images.path(), images.path()).unwrap_err().to_string().contains("no masks"));
        assert!(pair(&images.path().join("x"), masks.path()).unwrap_err().to_string().contains("cannot read folder"));
    }
}

//! From the name that a data set gives a picture to the picture: one rule for all formats.
//!
//! The name as it stands counts first, below each of the folders. Else the longest common end of the path decides: in any
//! case, composed or decomposed letters alike, `%20` undone, `\` as `/`, whatever lies before. A file fits only if the
//! folders agree as far as both have any: `train/1.png` is never `val/1.png`. If no name fits, a file of the same stem
//! does. Two that fit equally well are named, never chosen from.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use limn_files::Links;
use unicode_normalization::UnicodeNormalization as _;

use crate::media;
use crate::store::{paths, scan};

/// What a name leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// The file with the very name.
    Exact(PathBuf),
    /// The only file whose path ends alike.
    Close(PathBuf),
    /// As `Close`, but with another extension.
    Renamed(PathBuf),
    /// Several fit equally well.
    Several(Vec<PathBuf>),
    /// Files of the name lie in other folders only.
    Elsewhere(Vec<PathBuf>),
    /// None.
    Nowhere,
}

impl Found {
    /// The picture, if there is no doubt.
    pub(super) fn path(self) -> Option<PathBuf> {
        match self {
            Self::Exact(path) | Self::Close(path) | Self::Renamed(path) => Some(path),
            _ => None,
        }
    }
}

/// The pictures below a few folders, and those of a project.
pub(super) struct Pictures {
    searched: Vec<PathBuf>,
    looked_into: Vec<PathBuf>,
    known: HashSet<PathBuf>,
    /// Files that are no pictures, though they could be.
    passed_over: HashSet<PathBuf>,
    /// Labels are those of the pixels as they are stored, before any orientation.
    stored_pixels: bool,
    index: OnceLock<Index>,
}

#[derive(Default)]
struct Index {
    candidates: Vec<Candidate>,
    by_name: HashMap<String, Vec<usize>>,
    by_stem: HashMap<String, Vec<usize>>,
}

struct Candidate {
    path: PathBuf,
    /// Folders below the innermost searched folder, the last one first, folded.
    folders: Vec<String>,
}

impl Pictures {
    /// Folders that are searched with everything below them, folders in which only the named path is tried, and the files
    /// of the project's pictures, which need not be there.
    pub(super) fn new(
        searched: impl IntoIterator<Item = PathBuf>,
        looked_into: impl IntoIterator<Item = PathBuf>,
        known: impl IntoIterator<Item = PathBuf>,
    ) -> Self {
        let folders = |list: &mut dyn Iterator<Item = PathBuf>| {
            let mut unique: Vec<PathBuf> = Vec::new();
            for folder in list.map(|folder| paths::absolute(&folder)) {
                if folder.is_dir() && !unique.contains(&folder) {
                    unique.push(folder);
                }
            }
            unique
        };
        Self {
            searched: folders(&mut searched.into_iter()),
            looked_into: folders(&mut looked_into.into_iter()),
            known: known.into_iter().collect(),
            passed_over: HashSet::new(),
            stored_pixels: false,
            index: OnceLock::new(),
        }
    }

    /// Files that only their very name finds: masks.
    pub(super) fn without(self, files: impl IntoIterator<Item = PathBuf>) -> Self {
        Self { passed_over: files.into_iter().collect(), ..self }
    }

    /// Sizes are those of the stored pixels.
    pub(super) fn with_stored_pixels(self, stored_pixels: bool) -> Self {
        Self { stored_pixels, ..self }
    }

    /// The picture of a name; `beside` is a folder where the name is tried first.
    pub(super) fn look(&self, name: &str, beside: Option<&Path>) -> Found {
        self.look_among(name, beside, &|_| true)
    }

    /// As [`Pictures::look`], among the files that are wanted.
    pub(super) fn look_among(&self, name: &str, beside: Option<&Path>, wanted: &dyn Fn(&Path) -> bool) -> Found {
        let name = slashes(name);
        let folders = beside.into_iter().chain(self.searched.iter().chain(&self.looked_into).map(PathBuf::as_path));
        let is_there = |path: &PathBuf| wanted(path) && (self.known.contains(path) || is_file(path));
        if let Some(path) = folders.map(|folder| paths::resolve(folder, &name)).find(is_there) {
            return Found::Exact(path);
        }
        let plain = self.by_end(&name, wanted);
        let decoded = percent_decoded(&name);
        if plain.clone().path().is_some() || decoded == name {
            return plain;
        }
        match self.look_among(&decoded, beside, wanted) {
            Found::Exact(path) => Found::Close(path),
            Found::Nowhere => plain,
            other => other,
        }
    }

    /// The file of a name, if there is no doubt.
    pub(super) fn find(&self, name: &str) -> Option<PathBuf> {
        self.look(name, None).path()
    }

    /// Width and height of the picture with this name, if it can be found and read.
    pub(super) fn size(&self, name: &str) -> Option<(u32, u32)> {
        self.size_of(&self.find(name)?)
    }

    /// Width and height of a file, if it can be read.
    pub(super) fn size_of(&self, path: &Path) -> Option<(u32, u32)> {
        let info = media::probe(path).ok()?;
        let turned = self.stored_pixels && info.source.orientation >= 5;
        Some(if turned { (info.height, info.width) } else { (info.width, info.height) })
    }

    fn by_end(&self, name: &str, wanted: &dyn Fn(&Path) -> bool) -> Found {
        let parts: Vec<String> =
            path_of_address(name).split('/').filter(|part| !matches!(*part, "" | "." | "..")).map(fold).collect();
        let Some((base, folders)) = parts.split_last() else {
            return Found::Nowhere;
        };
        let index = self.index.get_or_init(|| self.build_index());
        let of = |map: &HashMap<String, Vec<usize>>, key: &str| -> Vec<&Candidate> {
            let places = map.get(key).map(Vec::as_slice).unwrap_or_default();
            places.iter().map(|at| &index.candidates[*at]).filter(|candidate| wanted(&candidate.path)).collect()
        };
        let named = of(&index.by_name, base);
        let stem = stem_of(base);
        let (fits, by_stem) = if named.is_empty() { (of(&index.by_stem, stem), true) } else { (named, false) };
        let common =
            |candidate: &Candidate| folders.iter().rev().zip(&candidate.folders).take_while(|(a, b)| a == b).count();
        let agrees = |candidate: &&Candidate| {
            let common = common(candidate);
            common == folders.len() || common == candidate.folders.len()
        };
        let agreeing: Vec<&Candidate> = fits.iter().copied().filter(agrees).collect();
        let longest = agreeing.iter().map(|candidate| common(candidate)).max();
        let mut best: Vec<&Candidate> =
            agreeing.into_iter().filter(|candidate| Some(common(candidate)) == longest).collect();
        if best.len() > 1 {
            // Files that differ in case only: the one that is written so.
            let written = name.rsplit('/').next().unwrap_or(name);
            let same: Vec<&Candidate> =
                best.iter().copied().filter(|candidate| file_name(&candidate.path) == written).collect();
            if same.len() == 1 {
                best = same;
            }
        }
        let paths = |list: &[&Candidate]| list.iter().map(|candidate| candidate.path.clone()).collect();
        match best.as_slice() {
            [only] if by_stem && stem != base => Found::Renamed(only.path.clone()),
            [only] => Found::Close(only.path.clone()),
            [] if fits.is_empty() => Found::Nowhere,
            [] => Found::Elsewhere(paths(&fits)),
            several => Found::Several(paths(several)),
        }
    }

    fn build_index(&self) -> Index {
        let mut index = Index::default();
        let mut seen = HashSet::new();
        let files = self.searched.iter().flat_map(|root| {
            // A folder that cannot be listed holds no picture for us; the caller reports what it misses.
            let found = scan::find_pictures(root, Links::Beneath, &mut scan::PassedOver::default()).unwrap_or_default();
            found.into_iter().map(|relative| paths::resolve(root, &relative)).collect::<Vec<_>>()
        });
        for path in files.chain(self.known.iter().cloned()) {
            if self.passed_over.contains(&path) || !seen.insert(path.clone()) {
                continue;
            }
            let below = self.searched.iter().filter_map(|root| path.strip_prefix(root).ok());
            let relative = below.min_by_key(|relative| relative.components().count()).unwrap_or(&path);
            let parts: Vec<String> =
                relative.components().map(|part| fold(&part.as_os_str().to_string_lossy())).collect();
            let Some((base, folders)) = parts.split_last() else { continue };
            let at = index.candidates.len();
            index.by_name.entry(base.clone()).or_default().push(at);
            index.by_stem.entry(stem_of(base).to_owned()).or_default().push(at);
            index.candidates.push(Candidate { path, folders: folders.iter().rev().cloned().collect() });
        }
        index
    }
}

/// True for a file; a name that no system can hold is none.
fn is_file(path: &Path) -> bool {
    path.is_file()
}

/// With `/`, as it is written otherwise.
pub(super) fn slashes(name: &str) -> String {
    name.trim().replace('\\', "/")
}

/// Of an address what names the file: without `https://host` and `?query`.
fn path_of_address(name: &str) -> &str {
    match name.split_once("://") {
        Some((_, rest)) => rest.split(['?', '#']).next().unwrap_or(rest),
        None => name,
    }
}

/// One spelling for all that differ in case or in the composition of letters.
pub(super) fn fold(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.to_lowercase().nfc().collect() }
}

/// Without the extension of a picture; any other dot is part of the name.
pub(super) fn stem_of(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() && media::is_picture(Path::new(name)) => stem,
        _ => name,
    }
}

/// The last part of a path.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

/// `%20` and the like undone; the text itself where that gives no text.
pub(super) fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let code = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        let code = code.filter(|_| byte == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok());
        out.push(code.unwrap_or(byte));
        at += if code.is_some() { 3 } else { 1 };
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Files below a folder, and what finds them.
    fn pictures(names: &[&str]) -> (tempfile::TempDir, Pictures) {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        let pictures = Pictures::new([folder.path().to_path_buf()], None, None);
        (folder, pictures)
    }

    fn found(pictures: &Pictures, name: &str) -> String {
        let root = pictures.searched[0].clone();
        let short = |path: &PathBuf| path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
        match pictures.look(name, None) {
            Found::Exact(path) => format!("= {}", short(&path)),
            Found::Close(path) => format!("~ {}", short(&path)),
            Found::Renamed(path) => format!(". {}", short(&path)),
            Found::Several(paths) => format!("{} fit", paths.len()),
            Found::Elsewhere(paths) => format!("{} elsewhere", paths.len()),
            Found::Nowhere => "-".to_owned(),
        }
    }

    #[test]
    fn the_longest_common_end_decides() {
        let (_folder, p) = pictures(&["train/a.png", "val/a.png", "val/b.png", "c.png", "x/y/d.png"]);
        for (name, expected) in [
            ("train/a.png", "= train/a.png"),
            ("/home/old/set/train/a.png", "~ train/a.png"),
            ("D:\\set\\val\\A.PNG", "~ val/a.png"),
            ("a.png", "2 fit"),
            ("b.png", "~ val/b.png"),
            ("train/b.png", "1 elsewhere"),
            ("cam1/c.png", "~ c.png"),
            ("https://example.org/x/y/d.png?width=3", "~ x/y/d.png"),
            ("z/y/d.png", "1 elsewhere"),
            ("e.png", "-"),
        ] {
            assert_eq!(found(&p, name), expected, "{name}");
        }
    }

    #[test]
    fn spellings_of_one_name() {
        let (_folder, p) =
            pictures(&["x y.png", "x%20y.png", "my leaf.png", "blu\u{308}te.png", "plot.v2.1.png", "plot.v2.png"]);
        for (name, expected) in [
            ("x%20y.png", "= x%20y.png"),
            ("my%20leaf.png", "~ my leaf.png"),
            ("bl\u{fc}te.png", "~ blu\u{308}te.png"),
            ("plot.v2.1", "~ plot.v2.1.png"),
            ("plot.v2.1.jpg", ". plot.v2.1.png"),
            ("my leaf", "~ my leaf.png"),
        ] {
            assert_eq!(found(&p, name), expected, "{name}");
        }
    }

    #[test]
    fn pictures_of_the_project_need_not_be_there() {
        let folder = tempfile::tempdir().unwrap();
        let root = paths::absolute(folder.path());
        let p = Pictures::new([root.clone()], None, [root.join("gone/a.png")]);
        assert_eq!(p.look("old/gone/a.png", None), Found::Close(root.join("gone/a.png")));
        assert_eq!(p.look("gone/a.png", None), Found::Exact(root.join("gone/a.png")));
    }
}

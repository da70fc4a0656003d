//! The files below a folder: regular files, each folder once, in the order of their names, with bounds.

use std::collections::HashSet;
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use crate::FileError;
use crate::identity::{Facts, FileId, Kind};

/// Which links are followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Links {
    /// None; they are passed over without a word.
    Never,
    /// Those that lead to a place beneath the folder; others are reported as [`FileError::LeadsOut`].
    #[default]
    Beneath,
    /// All: only for a folder whose owner was asked.
    Anywhere,
}

/// What is looked at.
#[derive(Clone, Debug)]
pub struct WalkRules {
    /// Which links are followed.
    pub links: Links,
    /// Also names that begin with a dot.
    pub hidden: bool,
    /// How many folders deep; deeper ones are reported as [`FileError::TooMany`]. 0: only the folder itself.
    pub depth: usize,
    /// How many entries in all; then comes [`FileError::TooMany`] and the walk ends.
    pub entries: usize,
}

impl Default for WalkRules {
    fn default() -> Self {
        Self { links: Links::Beneath, hidden: false, depth: 64, entries: 5_000_000 }
    }
}

/// A file that was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// Where it is: the walk's folder and the way from there.
    pub path: PathBuf,
    /// As seen from the walk's folder.
    pub relative: PathBuf,
    /// Of what a link leads to.
    pub facts: Facts,
}

/// Lists the files below `root`, which itself may be reached through links. The iterator does its work as it is asked; to stop, ask no more.
/// What cannot be listed or is no file (pipes, devices, links that lead out or nowhere) comes as an error that
/// names it; the walk goes on.
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// # std::fs::write(folder.path().join("a.txt"), "x").unwrap();
/// let rules = limn_files::WalkRules::default();
/// let files: Vec<_> = limn_files::walk(folder.path(), rules).filter_map(Result::ok).collect();
/// assert_eq!(files[0].relative, std::path::Path::new("a.txt"));
/// ```
pub fn walk(root: &Path, rules: WalkRules) -> Walk {
    Walk {
        root: root.to_path_buf(),
        real_root: None,
        rules,
        waiting: None,
        seen: HashSet::new(),
        counted: 0,
        pass: None,
    }
}

/// Says which folders are passed over.
type Pass = Box<dyn FnMut(&Path) -> bool + Send>;

/// See [`walk`].
pub struct Walk {
    root: PathBuf,
    real_root: Option<PathBuf>,
    rules: WalkRules,
    /// The last comes next; `None` before the beginning.
    waiting: Option<Vec<Waiting>>,
    seen: HashSet<FileId>,
    counted: usize,
    pass: Option<Pass>,
}

enum Waiting {
    Folder { relative: PathBuf, depth: usize },
    Entry { relative: PathBuf, depth: usize },
}

impl Walk {
    /// Folders (with their full path) for which `pass` says true are passed over with all that is in them.
    #[must_use]
    pub fn passing_over(mut self, pass: impl FnMut(&Path) -> bool + Send + 'static) -> Self {
        self.pass = Some(Box::new(pass));
        self
    }

    fn list(&mut self, relative: &Path, depth: usize) -> Result<(), FileError> {
        let folder = self.root.join(relative);
        let io = |error| FileError::from_io("list", &folder, error);
        if self.rules.entries <= self.counted {
            return Err(self.too_many());
        }
        if !self.seen.insert(FileId::of(&folder).map_err(io)?) {
            return Ok(()); // A link led to where we were.
        }
        let mut names = Vec::new();
        let mut broken = None;
        for entry in fs::read_dir(&folder).map_err(io)? {
            match entry {
                Ok(entry) => names.push(entry.file_name()),
                Err(error) => broken = Some(io(error)),
            }
            if self.counted + names.len() > self.rules.entries {
                return Err(self.too_many());
            }
        }
        self.counted += names.len();
        names.retain(|name| self.rules.hidden || !name.as_encoded_bytes().starts_with(b"."));
        names.sort_unstable();
        let entries = names.into_iter().rev().map(|name| Waiting::Entry { relative: relative.join(name), depth });
        self.waiting.get_or_insert_default().extend(entries);
        broken.map_or(Ok(()), Err)
    }

    /// Nothing more comes after this.
    fn too_many(&mut self) -> FileError {
        self.waiting = Some(Vec::new());
        FileError::TooMany { path: self.root.clone(), limit: self.rules.entries, what: "entries" }
    }

    /// A file is found; a folder waits; `None` for what is passed over.
    fn look(&mut self, relative: PathBuf, depth: usize) -> Result<Option<Found>, FileError> {
        let path = self.root.join(&relative);
        let io = |error| FileError::from_io("look at", &path, error);
        let mut meta = path.symlink_metadata().map_err(io)?;
        if Kind::of(&meta) == Kind::Link {
            match self.follow(&path)? {
                Some(behind) => meta = behind,
                None => return Ok(None),
            }
        }
        match Kind::of(&meta) {
            Kind::File => Ok(Some(Found { facts: Facts::from_metadata(&meta, &path).map_err(io)?, relative, path })),
            Kind::Folder if depth >= self.rules.depth => {
                Err(FileError::TooMany { path: self.root.clone(), limit: self.rules.depth, what: "levels of folders" })
            }
            Kind::Folder => {
                if !self.pass.as_mut().is_some_and(|pass| pass(&path)) {
                    self.waiting.get_or_insert_default().push(Waiting::Folder { relative, depth: depth + 1 });
                }
                Ok(None)
            }
            kind => Err(FileError::NotAFile { path, what: kind.words() }),
        }
    }

    fn follow(&mut self, path: &Path) -> Result<Option<Metadata>, FileError> {
        let io = |error| FileError::from_io("follow", path, error);
        match self.rules.links {
            Links::Never => return Ok(None),
            Links::Anywhere => {}
            Links::Beneath => {
                let root = match &self.real_root {
                    Some(root) => root.clone(),
                    None => self.real_root.insert(self.root.canonicalize().map_err(io)?).clone(),
                };
                if !path.canonicalize().map_err(io)?.starts_with(root) {
                    return Err(FileError::LeadsOut { path: path.to_path_buf(), root: self.root.clone() });
                }
            }
        }
        fs::metadata(path).map(Some).map_err(io)
    }
}

impl Iterator for Walk {
    type Item = Result<Found, FileError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.waiting.is_none() {
            self.waiting = Some(vec![Waiting::Folder { relative: PathBuf::new(), depth: 0 }]);
        }
        loop {
            let result = match self.waiting.as_mut()?.pop()? {
                Waiting::Folder { relative, depth } => self.list(&relative, depth).map(|()| None),
                Waiting::Entry { relative, depth } => self.look(relative, depth),
            };
            if let Some(item) = result.transpose() {
                return Some(item);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, file).unwrap();
        }
        folder
    }

    fn names(walk: Walk) -> (Vec<String>, Vec<FileError>) {
        let (mut found, mut errors) = (Vec::new(), Vec::new());
        for item in walk {
            match item {
                Ok(file) => found.push(file.relative.to_str().unwrap().replace('\\', "/")),
                Err(error) => errors.push(error),
            }
        }
        (found, errors)
    }

    #[test]
    fn in_order_with_bounds() {
        let folder = tree(&["b/2", "b/1", "a", "c/d/e", ".hidden/x", ".y", "skip/z"]);
        let rules = WalkRules::default();
        let skip = |path: &Path| path.ends_with("skip");
        let (found, errors) = names(walk(folder.path(), rules.clone()).passing_over(skip));
        assert_eq!((found, errors.len()), (["a", "b/1", "b/2", "c/d/e"].map(str::to_owned).to_vec(), 0));
        let (found, errors) = names(walk(folder.path(), WalkRules { depth: 1, hidden: true, ..rules.clone() }));
        assert_eq!(found, [".hidden/x", ".y", "a", "b/1", "b/2", "skip/z"]);
        assert!(matches!(errors[..], [FileError::TooMany { limit: 1, .. }]));
        let (found, errors) = names(walk(folder.path(), WalkRules { entries: 7, ..rules.clone() }));
        assert!(found.len() <= 7 && matches!(errors[..], [FileError::TooMany { limit: 7, .. }]), "{found:?}");
        let (found, errors) = names(walk(&folder.path().join("none"), rules));
        assert!(found.is_empty() && errors[0].is_missing());
    }

    #[cfg(unix)]
    #[test]
    fn links_come_back_once_and_never_lead_out() {
        use std::os::unix::fs::symlink;
        let outside = tree(&["secret"]);
        let folder = tree(&["in/a", "in/deep/b"]);
        let at = |name: &str| folder.path().join(name);
        for (to, name) in [(".", "self"), ("..", "in/up"), ("in/a", "file"), ("nowhere", "broken")] {
            symlink(to, at(name)).unwrap();
        }
        symlink(outside.path(), at("out")).unwrap();
        symlink(outside.path().join("secret"), at("out.png")).unwrap();
        let (found, errors) = names(walk(folder.path(), WalkRules::default()));
        assert_eq!(found, ["file", "in/a", "in/deep/b"]);
        let leads_out = |error: &&FileError| matches!(error, FileError::LeadsOut { .. });
        // `in/up` is the folder itself; the two that lead out and the broken one are told.
        assert_eq!((errors.len(), errors.iter().filter(leads_out).count()), (3, 2), "{errors:?}");
        let never = WalkRules { links: Links::Never, ..WalkRules::default() };
        assert_eq!(names(walk(folder.path(), never)).0, ["in/a", "in/deep/b"]);
        let anywhere = WalkRules { links: Links::Anywhere, ..WalkRules::default() };
        assert_eq!(names(walk(folder.path(), anywhere)).0, ["file", "in/a", "in/deep/b", "out/secret", "out.png"]);
    }
}

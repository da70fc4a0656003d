//! What lies in the folder: new pictures come in, removed ones are marked.
//!
//! Subfolders are included, in natural order. Passed over are hidden files and folders, folders that hold an export
//! (recognised by their [`EXPORT_MARKER`]), folders of masks (see `masks`) and files that an import read as masks
//! ([`NO_PICTURES`]). Facts about files are not edits: a scan is not undone.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use limn_files::{FileError, Links, WalkRules, shown};
use rayon::prelude::*;
use serde_json::Value;

use super::error::StoreError;
use super::journal::Step;
use super::{Project, masks, paths};
use crate::document::{ImageId, ImageRecord, natural_cmp};
use crate::edit::{Edit, Transaction};
use crate::media;

/// The file that marks a folder as written by an export.
pub(crate) const EXPORT_MARKER: &str = "limn-export.json";

/// The member of the document's further fields that lists files of masks, which are no pictures of the project.
pub(crate) const NO_PICTURES: &str = "limn_masks";

/// What a scan found.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct ScanChange {
    /// Pictures that are new to the project, in order.
    pub added: Vec<ImageId>,
    /// Pictures whose file is gone, in order.
    pub missing: Vec<ImageId>,
    /// Pictures whose file is there again, in order.
    pub returned: Vec<ImageId>,
}

/// What a walk passes over.
#[derive(Clone, Debug, Default)]
pub(crate) struct PassedOver {
    /// Lines that say what, and why.
    pub(crate) lines: Vec<String>,
    /// Links lead out of the folder.
    pub(crate) leads_out: bool,
}

/// A scan that has not run yet.
#[derive(Debug)]
pub struct Scan {
    idle: bool,
    /// The root, if it may be searched.
    searched: Option<PathBuf>,
    root: PathBuf,
    links: Links,
    known: Vec<Known>,
    /// Files that an import read as masks.
    masks: HashSet<String>,
    left_out: BTreeSet<String>,
}

/// A picture of the document.
#[derive(Debug)]
struct Known {
    id: ImageId,
    path: String,
    missing: bool,
}

/// What a scan found.
#[derive(Debug, Default)]
pub struct Scanned {
    passed: PassedOver,
    /// Stored paths of new pictures, and their sizes where they can be read.
    new: Vec<(String, Option<(u32, u32)>)>,
    /// Pictures that are missing now, or no longer.
    moved: Vec<(ImageId, bool)>,
}

impl Scan {
    /// Reads the folder.
    ///
    /// # Errors
    /// When the root cannot be listed.
    pub fn run(self) -> Result<Scanned, StoreError> {
        let mut scanned = Scanned::default();
        if self.idle {
            return Ok(scanned);
        }
        let passed = &mut scanned.passed;
        let mut found = match &self.searched {
            Some(root) => find_pictures(root, self.links, passed)?,
            None => {
                let root = shown(&self.root);
                passed.lines.push(format!(
                    "the pictures of this project lie in {root}, outside of its folder; new ones are not looked for there"
                ));
                passed.leads_out = true;
                Vec::new()
            }
        };
        found.retain(|path| !self.masks.contains(path));
        let known: HashSet<&str> = self.known.iter().map(|image| image.path.as_str()).collect();
        let is_new = |path: &&String| !known.contains(path.as_str()) && !self.left_out.contains(*path);
        let new: Vec<&String> = found.iter().filter(is_new).collect();
        // A file that cannot be read keeps the size 0; opening it will say what is wrong.
        let size =
            |path: &str| media::probe(&paths::resolve(&self.root, path)).ok().map(|info| (info.width, info.height));
        scanned.new = new.into_par_iter().map(|path| (path.clone(), size(path))).collect();
        let found: HashSet<&str> = found.iter().map(String::as_str).collect();
        for image in &self.known {
            let here = found.contains(image.path.as_str()) || paths::resolve(&self.root, &image.path).is_file();
            if here == image.missing {
                scanned.moved.push((image.id, !here));
            }
        }
        Ok(scanned)
    }
}

impl ScanChange {
    /// True if the document has not changed.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.missing.is_empty() && self.returned.is_empty()
    }
}

impl Project {
    /// Compares the folder with the document: new pictures are added (with their size), removed ones are marked
    /// missing, those that came back are unmarked. Not undoable. A read-only project is brought up to date in memory.
    ///
    /// Nothing outside of the project's folder is looked through unasked ([`Project::look_outside`]): neither a root that the
    /// project file names elsewhere, nor what links lead to. What is passed over so is told ([`Project::passed_over`]).
    ///
    /// # Errors
    /// When the root cannot be listed or the result cannot be written.
    pub fn rescan(&mut self) -> Result<ScanChange, StoreError> {
        let scanned = self.begin_scan().run()?;
        self.take_scan(scanned)
    }

    /// What a scan needs, so that it can run on another thread.
    pub fn begin_scan(&self) -> Scan {
        let searched = if self.rescued { None } else { self.searched_root().map(Path::to_path_buf) };
        let images = self.document.images().iter();
        Scan {
            // What could be read of a damaged file is looked at and exported; nothing is added to it.
            idle: self.rescued,
            searched,
            root: self.root.clone(),
            links: self.links,
            known: images
                .map(|image| Known { id: image.id, path: image.path.clone(), missing: image.missing })
                .collect(),
            masks: self.no_pictures().into_iter().map(str::to_owned).collect(),
            left_out: self.left_out.clone(),
        }
    }

    /// Takes over what a scan found. What changed meanwhile in the document stays as it is.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn take_scan(&mut self, scanned: Scanned) -> Result<ScanChange, StoreError> {
        let mut change = ScanChange::default();
        if self.rescued {
            return Ok(change);
        }
        self.passed_over = scanned.passed;
        let mut facts = Vec::new();
        for (id, missing) in scanned.moved {
            let Some(image) = self.document.image(id).filter(|image| image.missing != missing) else { continue };
            let list = if missing { &mut change.missing } else { &mut change.returned };
            list.push(id);
            facts.push((id, image.width, image.height, missing));
        }
        let mut transaction = Transaction::new("scan");
        for (path, size) in scanned.new {
            if self.document.image_at(&path).is_some() || self.left_out.contains(&path) {
                continue;
            }
            let mut image = ImageRecord::new(self.next_image_id(), path);
            (image.width, image.height) = size.unwrap_or((0, 0));
            change.added.push(image.id);
            transaction.edits.push(Edit::Image { before: None, after: Some(image) });
        }
        self.record_facts(transaction, &facts)?;
        Ok(change)
    }

    /// A person said that the root of this project and what its links lead to may be looked through, wherever they are. Holds until
    /// the project is closed.
    pub fn look_outside(&mut self) {
        self.root_given = true;
        self.links = Links::Anywhere;
    }

    /// Files and folders that the last scan passed over, and why.
    pub fn passed_over(&self) -> &[String] {
        &self.passed_over.lines
    }

    /// True if the last scan left out what lies outside of the project's folder; [`Project::look_outside`] lets it in.
    pub fn leads_out(&self) -> bool {
        self.passed_over.leads_out
    }

    /// The root, if it may be searched: the project's own folder or one below it, or one that the caller named.
    pub(crate) fn searched_root(&self) -> Option<&Path> {
        let is_own = || {
            let folder = self.path.as_deref().and_then(Path::parent);
            let (root, data) = (paths::absolute(&self.root), paths::user_data_folder());
            let in_data = data.is_some_and(|data| folder.is_some_and(|f| f.starts_with(paths::absolute(&data))));
            in_data || folder.is_none_or(|folder| root.starts_with(paths::absolute(folder)))
        };
        (self.root_given || is_own()).then_some(self.root.as_path())
    }

    /// A picture that is taken out of the project is not found again by a scan. Not undoable: a picture that comes back by
    /// undo is known again.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn leave_out(&mut self, stored: &str) -> Result<(), StoreError> {
        self.writable()?;
        if self.left_out.insert(stored.to_owned()) {
            let text = serde_json::to_string(&self.left_out).unwrap_or_default();
            if let Err(error) = self.set_meta("left_out", text) {
                self.left_out.remove(stored);
                return Err(error);
            }
        }
        Ok(())
    }

    /// Stored paths of files that an import read as masks.
    pub(crate) fn no_pictures(&self) -> Vec<&str> {
        let list = self.document.extra().get(NO_PICTURES).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// Notes the size of a picture that was unknown until it was read. Not undoable. Of a picture with objects of another
    /// size (it was saved again since) the old size stays: that of what was outlined.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn set_image_size(&mut self, id: ImageId, width: u32, height: u32) -> Result<(), StoreError> {
        let outlined =
            |size| self.document.objects_of(id).any(|object| (object.mask.width(), object.mask.height()) != size);
        match self.document.image(id) {
            Some(_) if outlined((width, height)) => Ok(()),
            Some(image) if (image.width, image.height) != (width, height) => {
                let facts = [(id, width, height, image.missing)];
                self.record_facts(Transaction::default(), &facts)
            }
            _ => Ok(()),
        }
    }

    /// New pictures and changed facts, in one database transaction that the journal does not know.
    fn record_facts(&mut self, new: Transaction, facts: &[(ImageId, u32, u32, bool)]) -> Result<(), StoreError> {
        if new.is_empty() && facts.is_empty() {
            return Ok(());
        }
        let document = Arc::make_mut(&mut self.document);
        let mut applied = document.apply_revertible(new)?;
        for &(id, width, height, missing) in facts {
            let Some(before) = document.image(id).cloned() else { continue };
            document.set_facts(id, width, height, missing);
            let after = document.image(id).cloned();
            applied.edits.push(Edit::Image { before: Some(before), after });
        }
        if self.read_only.is_some() {
            return Ok(());
        }
        self.persist(applied, Step::Stay, None)
    }
}

/// All picture files below `root`, relative, in natural order; exports and folders of masks are passed over.
pub(crate) fn find_pictures(root: &Path, links: Links, passed: &mut PassedOver) -> Result<Vec<String>, StoreError> {
    let top = root.to_path_buf();
    walk(root, links, passed, move |folder, relative, skipped| {
        let masks = masks::are_in(&top, relative);
        if masks > 0 {
            skipped.push(format!("{relative}: {masks} masks of pictures, no pictures to annotate; passed over"));
        }
        masks == 0 && !is_export(folder)
    })
}

/// All picture files below `root`, relative, in natural order; whatever they are.
pub(crate) fn all_pictures(root: &Path, passed: &mut PassedOver) -> Result<Vec<String>, StoreError> {
    walk(root, Links::Beneath, passed, |_, _, _| true)
}

/// `wanted` says whether a folder (itself, and relative to the root) is to be looked into. Each folder is visited once; links that
/// lead out of the root are told, not followed, unless `links` says so.
fn walk(
    root: &Path,
    links: Links,
    passed: &mut PassedOver,
    wanted: impl Fn(&Path, &str, &mut Vec<String>) -> bool + Send + 'static,
) -> Result<Vec<String>, StoreError> {
    std::fs::read_dir(root).map_err(|source| StoreError::Io { what: "list", path: root.to_path_buf(), source })?;
    let told: Arc<Mutex<Vec<String>>> = Arc::default();
    let (heard, top) = (Arc::clone(&told), root.to_path_buf());
    let pass = move |folder: &Path| {
        let relative = folder.strip_prefix(&top).ok().and_then(paths::slashed);
        let mut told = heard.lock().unwrap_or_else(PoisonError::into_inner);
        relative.is_some_and(|relative| !wanted(folder, &relative, &mut told))
    };
    let skipped = &mut passed.lines;
    let mut found = Vec::new();
    let mut foreign: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    let mut outside: Vec<String> = Vec::new();
    for file in limn_files::walk(root, WalkRules { links, ..WalkRules::default() }).passing_over(pass) {
        match file {
            Ok(file) => match paths::slashed(&file.relative) {
                None => skipped.push(format!("{}: the name is not Unicode; rename it", shown(&file.path))),
                Some(relative) if media::is_picture(&file.path) => found.push(relative),
                Some(_) => {
                    if let Some(kind) = media::foreign::by_name(&file.path) {
                        foreign.entry(kind.kind).or_insert((0, kind.advice)).0 += 1;
                    }
                }
            },
            Err(FileError::LeadsOut { path, .. }) => {
                outside.push(path.file_name().unwrap_or_default().to_string_lossy().into_owned());
            }
            // A socket or the like beside the pictures matters to nobody.
            Err(FileError::NotAFile { path, .. }) if !media::is_picture(&path) => {}
            Err(error) => skipped.push(error.to_string()),
        }
    }
    skipped.append(&mut told.lock().unwrap_or_else(PoisonError::into_inner));
    if !outside.is_empty() {
        passed.leads_out = true;
        skipped.push(format!(
            "{} of its links lead out of {} and were not followed ({})",
            outside.len(),
            shown(root),
            crate::formats::some_of(&outside)
        ));
    }
    skipped.extend(foreign.into_iter().map(|(kind, (count, advice))| format!("{count} x {kind}: not read; {advice}")));
    found.sort_by(|a, b| natural_cmp(a, b));
    Ok(found)
}

fn is_export(folder: &Path) -> bool {
    let marker: PathBuf = folder.join(EXPORT_MARKER);
    marker.is_file()
}

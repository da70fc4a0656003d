//! Opening folders, pictures and projects; going from picture to picture; where the person was.

use std::path::{Path, PathBuf};

use limn_datasets::{ImageId, ImageRecord, Project};
use limn_models::learning::LearningReport;

use crate::window::app::LimnApp;
use crate::window::fonts;
use crate::window::jobs::Job;
use crate::window::lang::{self, Text, t, tf};
use crate::window::last_run::LastRun;
use crate::window::picture::{Loaded, Picture};
use crate::window::toasts::Kind;
use crate::window::watch::Changed;

impl LimnApp {
    /// Opens a folder, a project, or the folder of a picture with that picture in sight. Reading happens on a thread.
    pub(super) fn open(&mut self, path: PathBuf) {
        if self.job.is_some() {
            self.toasts.add(Kind::Info, t(lang::SAY_WAIT));
            return;
        }
        let path = std::path::absolute(&path).unwrap_or(path);
        if self.is_open_already(&path) || self.stays_for_unwritten() {
            return;
        }
        self.save_view_state();
        match Job::open(path, false, self.ctx.clone()) {
            Ok(job) => self.job = Some(job),
            Err(error) => self.toasts.error(error),
        }
    }

    /// Opens a project that another window has, only to look at it.
    pub(super) fn open_read_only(&mut self, path: PathBuf) {
        if self.job.is_some() {
            return;
        }
        self.save_view_state();
        match Job::open(path, true, self.ctx.clone()) {
            Ok(job) => self.job = Some(job),
            Err(error) => self.toasts.error(error),
        }
    }

    /// What is open is not opened again (it would lock itself out); a picture of it is shown.
    fn is_open_already(&mut self, path: &Path) -> bool {
        let Some(project) = &self.opened.project else { return false };
        let same =
            |a: &Path, b: &Path| a == b || matches!((a.canonicalize(), b.canonicalize()), (Ok(a), Ok(b)) if a == b);
        if same(path, project.root()) || project.path().is_some_and(|p| same(path, p)) {
            self.rescan();
            return true;
        }
        let picture = relative(project.root(), path).and_then(|p| project.document().image_at(&p)).map(|i| i.id);
        if let Some(image) = picture {
            self.show_picture(image);
        }
        picture.is_some()
    }

    /// The person said that the pictures of this project may lie outside of its folder.
    pub(super) fn look_outside(&mut self) {
        let Some(project) = &mut self.opened.project else { return };
        project.look_outside();
        if let Some(path) = project.path() {
            self.settings.allow_outside(path);
            self.save_settings();
        }
        self.rescan();
    }

    /// Takes over a project that was opened.
    pub(super) fn take_project(&mut self, mut project: Project, show: Option<&Path>) {
        self.forget_place();
        let may = project.path().is_some_and(|path| self.settings.outside.iter().any(|p| p == path));
        let looks_outside = may && project.leads_out();
        if looks_outside {
            project.look_outside();
        }
        let root = project.root().to_path_buf();
        let name = root.file_name().map_or_else(|| root.display().to_string(), |n| n.to_string_lossy().into_owned());
        self.ctx.send_viewport_cmd(egui::ViewportCommand::Title(format!("{name} - Limn")));
        self.last_run = LastRun::default();
        // A project that lies elsewhere is found again by its folder of pictures, whose name people know.
        self.settings.remember(project.path().filter(|path| path.starts_with(&root)).unwrap_or(&root));
        self.save_settings();
        let remembered = self.remember_view_state(&project);
        let document = project.document();
        let names = document.classes().iter().map(|c| c.name.as_str());
        for name in names.chain(document.images().iter().map(|i| i.path.as_str())).filter(|n| fonts::needs_more(n)) {
            self.host.fonts.need(&self.ctx, name);
        }
        let named = show.and_then(|p| relative(&root, p)).and_then(|p| document.image_at(&p).map(|i| i.id));
        let last = remembered.picture.as_deref().and_then(|p| document.image_at(p)).map(|i| i.id);
        let first = document.images().iter().find(|i| !i.missing).map(|i| i.id);
        let image = named.or(last).or(first);
        if let (Some(id), Some(view)) = (last, remembered.view) {
            self.shown.views.insert(id, view);
        }
        self.host.watch(&root, &self.ctx);
        self.opened.take_back(Some(project), &self.ctx);
        if looks_outside {
            self.rescan();
        }
        self.engine.learning = LearningReport::default();
        self.place_learning();
        if let Some(image) = image {
            self.show_picture(image);
        }
    }

    /// Clears everything that belongs to the project that was open.
    fn forget_place(&mut self) {
        self.host.watch = None;
        self.opened.close();
        self.shown.clear();
        // What threads were asked for before means nothing here.
        self.pictures.move_to(self.opened.place);
        self.drawing.clear();
        self.selection.clear();
        self.dialog = None;
        self.local = Default::default();
        self.touch_document();
    }

    /// Shows a picture; the object at hand of the one before is kept for its return.
    pub(super) fn show_picture(&mut self, image: ImageId) {
        let Some(record) = self.document().image(image).cloned() else { return };
        if self.shown.current == Some(image) && self.shown.picture().is_some() {
            return;
        }
        self.park_draft();
        self.shown.go_to(image);
        self.local.scroll_to_current = true;
        self.selection.selected = None;
        self.revision.touch();
        self.opened.touch_view_state(&self.ctx);
        if let Some(picture) = self.pictures.loader.get(image) {
            self.shown.take(picture);
            self.picture_arrived();
        } else if record.missing {
            self.shown.error = Some(tf(lang::SAY_FILE_GONE, &[&record.path]));
        } else if let Some(path) = self.opened.path_of(&record) {
            self.pictures.loader.want(image, path);
        }
    }

    /// A picture was read, or could not be.
    pub(in crate::window) fn take_picture(&mut self, loaded: Loaded) {
        match loaded.result {
            Ok(picture) => {
                let seen =
                    (self.shown.current == Some(loaded.id)).then(|| self.shown.picture().map(|p| p.print())).flatten();
                if let Some(before) = seen {
                    if before != picture.print() {
                        self.shown.replaced = Some((loaded.id, picture));
                    }
                    return;
                }
                self.note_size(loaded.id, picture.size());
                if self.shown.current == Some(loaded.id) && self.shown.picture().is_none() {
                    self.shown.take(picture);
                    self.picture_arrived();
                }
            }
            Err(error) if self.shown.current == Some(loaded.id) => self.shown.error = Some(error),
            Err(_) => {}
        }
    }

    /// The file in sight has other pixels now: they are shown, the objects stay and are marked by a tag of the picture, and a
    /// mask that was begun on the pixels before waits for them.
    pub(in crate::window) fn picture_replaced(&mut self, id: ImageId, picture: std::sync::Arc<Picture>) {
        let name = self.name_of(id);
        if self.drawing.draft.as_ref().is_some_and(|draft| !draft.is_empty()) {
            if let Some(draft) = &mut self.drawing.draft {
                draft.wish = None;
            }
            self.park_draft();
        }
        self.drawing.draft = None;
        self.note_size(id, picture.size());
        self.shown.take(picture);
        self.local.gesture.cancel();
        self.forget_preview();
        if self.document().object_count_of(id) > 0 {
            self.mark_replaced(id);
        }
        self.toasts.error(tf(lang::SAY_PICTURE_REPLACED, &[&name]));
        self.revision.touch();
    }

    /// Masks and exports need the size of the picture; it is a fact about the file, not a step to undo.
    fn note_size(&mut self, image: ImageId, [width, height]: [u32; 2]) {
        let Some(project) = &mut self.opened.project else { return };
        if let Some(record) = project.document().image(image)
            && (record.width, record.height) != (width, height)
            && let Err(error) = project.set_image_size(image, width, height)
        {
            self.toasts.error(error);
        }
    }

    fn picture_arrived(&mut self) {
        self.revision.touch();
        self.unpark_draft();
        // The next picture is read while this one is worked on.
        if let Some(next) = self.neighbour(1).and_then(|id| self.document().image(id).cloned())
            && let Some(path) = self.opened.path_of(&next)
        {
            self.pictures.loader.ahead(next.id, path);
        }
    }

    /// The picture so many places further that is there, within the list as it is filtered.
    pub(super) fn neighbour(&self, by: i32) -> Option<ImageId> {
        let images = self.document().images();
        let at = images.iter().position(|i| Some(i.id) == self.shown.current)?;
        let fits = |i: &&ImageRecord| !i.missing && self.local.filter.image(self.document(), i);
        if by >= 0 {
            images[at + 1..].iter().filter(fits).nth(by as usize - 1).map(|i| i.id)
        } else {
            images[..at].iter().rev().filter(fits).nth(by.unsigned_abs() as usize - 1).map(|i| i.id)
        }
    }

    pub(super) fn step(&mut self, by: i32) {
        if by == 0 || !self.is_open() {
            return;
        }
        match self.neighbour(by) {
            Some(image) => self.show_picture(image),
            None => {
                let text = t(if by > 0 { lang::SAY_LAST_PICTURE } else { lang::SAY_FIRST_PICTURE });
                self.toasts.add(Kind::Info, text);
            }
        }
    }

    pub(super) fn next_open(&mut self) {
        let images = self.document().images();
        let at = images.iter().position(|i| Some(i.id) == self.shown.current).unwrap_or(0);
        let order = images[at.min(images.len())..].iter().skip(1).chain(&images[..at.min(images.len())]);
        let next = order.into_iter().find(|i| !i.state.is_finished() && !i.missing).map(|i| i.id);
        match next {
            Some(image) => self.show_picture(image),
            None => self.toasts.add(Kind::Good, t(lang::SAY_ALL_DONE)),
        }
    }

    /// The watch saw that files changed: pictures that are in memory are read again if theirs are among them.
    pub(in crate::window) fn files_changed(&mut self, changed: &Changed) {
        for (id, path) in self.pictures_among(changed) {
            self.pictures.forget(id);
            if self.shown.current == Some(id) && self.shown.picture().is_some() {
                self.pictures.loader.want(id, path);
            }
        }
        self.rescan();
    }

    /// The pictures whose files are among those that changed.
    fn pictures_among(&self, changed: &Changed) -> Vec<(ImageId, PathBuf)> {
        let (document, root) = (self.document(), self.project().map(Project::root));
        let with_path = |image: &ImageRecord| Some((image.id, self.opened.path_of(image)?));
        if let (Some(files), Some(root)) = (changed.pictures(), root) {
            return files.filter_map(|path| with_path(document.image_at(&stored_path(root, path))?)).collect();
        }
        document.images().iter().filter_map(with_path).filter(|(_, path)| changed.touches(path)).collect()
    }

    /// Reads the folder again: new pictures appear, removed ones are marked.
    pub(super) fn rescan(&mut self) {
        let Some(project) = &self.opened.project else { return };
        if let Err(error) = self.host.rescan.begin(project, self.opened.place, &self.ctx) {
            self.toasts.error(error);
        }
    }

    /// Takes over what a scan found.
    pub(in crate::window) fn follow_rescan(&mut self) {
        if self.opened.project.is_none() {
            return;
        }
        let Some((scanned, again)) = self.host.rescan.ended(self.opened.place) else { return };
        let Some(project) = &mut self.opened.project else { return };
        match scanned.map(|scanned| scanned.and_then(|scanned| project.take_scan(scanned))) {
            None => {}
            Some(Ok(change)) => {
                self.opened.edits += 1;
                let counted = |n: usize, what: Text| (n > 0).then(|| tf(what, &[&n]));
                let parts = [
                    counted(change.added.len(), lang::SAY_NEW),
                    counted(change.missing.len(), lang::SAY_GONE),
                    counted(change.returned.len(), lang::SAY_RETURNED),
                ];
                let text = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
                if !change.is_empty() {
                    self.toasts.add(Kind::Info, tf(lang::SAY_FOLDER_CHANGE, &[&text]));
                }
            }
            Some(Err(error)) => self.toasts.error(error),
        }
        if again {
            self.rescan();
        }
        let Some(current) = self.shown.current else {
            if let Some(first) = self.document().images().iter().find(|i| !i.missing).map(|i| i.id) {
                self.show_picture(first);
            }
            return;
        };
        // A picture that came back, or was repaired, is read again.
        if self.shown.error.is_some() && self.document().image(current).is_some_and(|i| !i.missing) {
            self.shown.current = None;
            self.show_picture(current);
        }
    }
}

/// A path as the project keeps it: below the root relative to it, else as it is; with '/'.
pub(super) fn stored_path(root: &Path, path: &Path) -> String {
    relative(root, path).unwrap_or_else(|| path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/"))
}

/// `path` below `root`, with '/'.
fn relative(root: &Path, path: &Path) -> Option<String> {
    let inside = |root: &Path, path: &Path| {
        let parts: Option<Vec<_>> = path.strip_prefix(root).ok()?.iter().map(|p| p.to_str()).collect();
        parts.map(|p| p.join("/"))
    };
    inside(root, path).or_else(|| inside(&root.canonicalize().ok()?, &path.canonicalize().ok()?))
}

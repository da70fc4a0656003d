//! Long work on a thread of its own: opening, exporting, importing. The project moves to the thread and comes back with
//! the result; meanwhile the window shows a copy of the document.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, TryRecvError, bounded};
use limn_datasets::{
    CheckOptions, ExportOptions, Finding, Format, ImportOptions, NoProgress, Progress, Project, check, export, import,
    verify,
};

use limn_inference::BackendChoice;

use super::lang::{self, t, tf};
use super::predictor::PredictorFactory;
use crate::rerun;

/// What to export.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportRequest {
    /// File format.
    pub format: Format,
    /// Where to.
    pub to: PathBuf,
    /// Options of the format.
    pub options: ExportOptions,
    /// Reads the result back and compares it.
    pub check: bool,
}

/// What to import.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportRequest {
    /// File format.
    pub format: Format,
    /// Where from.
    pub from: PathBuf,
    /// Options of the format.
    pub options: ImportOptions,
}

/// How a job ended.
pub enum Outcome {
    /// A place was opened, perhaps with a picture to show.
    Opened(Result<Option<PathBuf>, String>),
    /// An export or import: what to tell the person.
    Done(Result<String, String>),
    /// A check: what was found.
    Checked(Result<Vec<Finding>, String>),
}

/// The result of a job.
pub struct Finished {
    /// The project, unless it could not be opened.
    pub project: Option<Box<Project>>,
    /// How it ended.
    pub outcome: Outcome,
}

#[derive(Default)]
struct Shared {
    done: AtomicU64,
    total: AtomicU64,
    what: Mutex<String>,
    cancel: AtomicBool,
    ctx: egui::Context,
}

impl Progress for Shared {
    fn report(&self, done: u64, total: u64, what: &str) {
        self.done.store(done, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
        what.clone_into(&mut self.what.lock().unwrap_or_else(PoisonError::into_inner));
        self.ctx.request_repaint();
    }

    fn cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }
}

/// A running job.
pub struct Job {
    title: String,
    holds_project: bool,
    /// Where the project can be opened again should the job fail badly.
    pub place: Option<PathBuf>,
    begun: Instant,
    shared: Arc<Shared>,
    result: Receiver<Finished>,
}

impl Job {
    fn start(
        name: &str,
        title: String,
        place: Option<PathBuf>,
        holds_project: bool,
        ctx: egui::Context,
        work: impl FnOnce(&Shared) -> Finished + Send + 'static,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared { ctx, ..Shared::default() });
        let (sender, result) = bounded(1);
        let theirs = Arc::clone(&shared);
        std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            // A panic drops the sender; the window then opens the project again.
            if let Ok(finished) = catch_unwind(AssertUnwindSafe(|| work(&theirs))) {
                sender.send(finished).ok();
            }
            theirs.ctx.request_repaint();
        })?;
        Ok(Self { title, holds_project, place, begun: Instant::now(), shared, result })
    }

    /// Opens a picture, folder or project.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn open(path: PathBuf, ctx: egui::Context) -> std::io::Result<Self> {
        let title = tf(lang::JOB_OPENING, &[&path.display()]);
        Self::start("open", title, None, false, ctx, move |_| {
            let (project, show) = open(&path);
            match project {
                Ok(project) => Finished { project: Some(Box::new(project)), outcome: Outcome::Opened(Ok(show)) },
                Err(error) => Finished { project: None, outcome: Outcome::Opened(Err(error)) },
            }
        })
    }

    /// Exports, then reads the result back.
    ///
    /// # Errors
    /// When the system gives no thread (the project is lost to the window then; open it again).
    pub fn export(project: Project, request: ExportRequest, ctx: egui::Context) -> std::io::Result<Self> {
        let place = project.path().map(Path::to_path_buf);
        let title = tf(lang::JOB_EXPORTING, &[&request.format]);
        Self::start("export", title, place, true, ctx, move |progress| {
            let outcome = Outcome::Done(run_export(&project, &request, progress));
            Finished { project: Some(Box::new(project)), outcome }
        })
    }

    /// Imports as one transaction.
    ///
    /// # Errors
    /// As [`Job::export`].
    pub fn import(mut project: Project, request: ImportRequest, ctx: egui::Context) -> std::io::Result<Self> {
        let place = project.path().map(Path::to_path_buf);
        let title = tf(lang::JOB_IMPORTING, &[&request.format]);
        Self::start("import", title, place, true, ctx, move |progress| {
            let result = import(&mut project, request.format, &request.from, &request.options, progress);
            let told = result.map(|r| {
                let faults = r.faults.iter().map(ToString::to_string);
                with_details(r.to_string(), faults.chain(r.notes.iter().cloned()).collect())
            });
            let outcome = Outcome::Done(told.map_err(|e| e.to_string()));
            Finished { project: Some(Box::new(project)), outcome }
        })
    }

    /// Runs a model over the objects.
    ///
    /// # Errors
    /// As [`Job::export`].
    pub fn rerun(
        mut project: Project,
        factory: PredictorFactory,
        choice: BackendChoice,
        options: rerun::Options,
        ctx: egui::Context,
    ) -> std::io::Result<Self> {
        let place = project.path().map(Path::to_path_buf);
        Self::start("rerun", t(lang::JOB_BATCH).to_owned(), place, true, ctx, move |progress| {
            let make = || factory(choice);
            let result = rerun::run(&mut project, &make, &options, progress, &mut |_, _, _| {});
            let told = result.map(|summary| with_details(summary.to_string(), summary.failed.clone()));
            Finished { project: Some(Box::new(project)), outcome: Outcome::Done(told) }
        })
    }

    /// Looks for problems in the whole data set.
    ///
    /// # Errors
    /// As [`Job::export`].
    pub fn check(project: Project, options: CheckOptions, ctx: egui::Context) -> std::io::Result<Self> {
        let place = project.path().map(Path::to_path_buf);
        Self::start("check", t(lang::JOB_CHECKING).to_owned(), place, true, ctx, move |progress| {
            let found = check(project.document(), project.root(), &options, progress);
            let outcome = Outcome::Checked(found.map_err(|e| e.to_string()));
            Finished { project: Some(Box::new(project)), outcome }
        })
    }

    /// The result, once; `Err` when the thread failed badly.
    pub fn poll(&self) -> Option<Result<Finished, ()>> {
        match self.result.try_recv() {
            Ok(finished) => Some(Ok(finished)),
            Err(TryRecvError::Disconnected) => Some(Err(())),
            Err(TryRecvError::Empty) => None,
        }
    }

    /// Asks the job to stop.
    pub fn cancel(&self) {
        self.shared.cancel.store(true, Ordering::Relaxed);
    }

    /// How long it has been running.
    pub fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Heading for the progress dialog.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The project is with this job.
    pub fn holds_project(&self) -> bool {
        self.holds_project
    }

    /// Share done (if known) and what is being done.
    pub fn progress(&self) -> (Option<f32>, String) {
        let (done, total) = (self.shared.done.load(Ordering::Relaxed), self.shared.total.load(Ordering::Relaxed));
        let what = self.shared.what.lock().unwrap_or_else(PoisonError::into_inner).clone();
        ((total > 0).then(|| done as f32 / total as f32), what)
    }
}

fn open(path: &Path) -> (Result<Project, String>, Option<PathBuf>) {
    let is_project = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("limn"));
    let text = |e: limn_datasets::StoreError| e.to_string();
    if path.is_dir() {
        return (Project::open_folder(path).map_err(text), None);
    }
    if is_project {
        return (Project::open(path).map_err(text), None);
    }
    if !path.exists() {
        return (Err(format!("there is no such file or folder: {}", path.display())), None);
    }
    if !limn_datasets::media::is_picture(path) {
        return (Err(format!("not a picture, a folder or a .limn project: {}", path.display())), None);
    }
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    (Project::open_folder(folder).map_err(text), Some(path.to_path_buf()))
}

fn run_export(project: &Project, request: &ExportRequest, progress: &Shared) -> Result<String, String> {
    let report = export(project, request.format, &request.to, &request.options, progress).map_err(|e| e.to_string())?;
    let text = with_details(report.to_string(), report.notes.clone());
    if !request.check || progress.cancelled() {
        return Ok(text);
    }
    progress.report(0, 0, "Reading the result back");
    let check = verify(request.format, &request.to, Some(project.root()), project.path(), &NoProgress)
        .map_err(|e| format!("the export was written, but cannot be read back: {e}"))?;
    if check.is_exact() {
        return Ok(format!("{text}\nRead back: every object is exact."));
    }
    let faults = check.faults.iter().map(ToString::to_string);
    let objects = check.objects.iter().filter_map(|o| Some(format!("{} {}: {}", o.image, o.object, o.fault.as_ref()?)));
    Ok(with_details(format!("{text}\nRead back: {check}"), faults.chain(objects).collect()))
}

/// The first few details below the summary, and how many more there are.
fn with_details(mut text: String, details: Vec<String>) -> String {
    const SHOWN: usize = 3;
    for line in details.iter().take(SHOWN) {
        text += &format!("\n{line}");
    }
    if details.len() > SHOWN {
        text += &format!("\nand {} more", details.len() - SHOWN);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_cut() {
        let details = |n: usize| (0..n).map(|i| i.to_string()).collect::<Vec<_>>();
        assert_eq!(with_details("done".into(), details(0)), "done");
        assert_eq!(with_details("done".into(), details(2)), "done\n0\n1");
        assert_eq!(with_details("done".into(), details(5)), "done\n0\n1\n2\nand 2 more");
    }

    #[test]
    fn what_is_neither_picture_nor_place_is_refused_by_name() {
        let dir = tempfile::tempdir().expect("a folder");
        let file = dir.path().join("notes.txt");
        std::fs::write(&file, "x").expect("a file");
        for path in [file, dir.path().join("nowhere")] {
            let Err(error) = open(&path).0 else { panic!("{} was opened", path.display()) };
            assert!(error.contains(&path.display().to_string()), "{error}");
        }
    }
}

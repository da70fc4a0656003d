//! Long work on a thread of its own: opening, exporting, importing. The project moves to the thread and comes back with
//! the result; meanwhile the window shows a copy of the document.
//!
//! * `shared`: how far it is, stop, pause, log; `work`: what is done with a project

mod shared;
mod work;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, TryRecvError, bounded};
use limn_datasets::{
    CheckOptions, ExportOptions, Finding, Format, ImportOptions, Progress as _, Project, check, import,
};
use limn_inference::BackendChoice;

use super::lang::{self, counted, t, tf};
use super::report::{Line, Report};
use crate::engine::PredictorFactory;
use crate::rerun;
pub use shared::LogLine;
use shared::Shared;
use work::{open, run_exports};

/// What to export.
#[derive(Clone, Debug, PartialEq)]
pub struct ExportRequest {
    /// File formats, each with its file or folder.
    pub targets: Vec<(Format, PathBuf)>,
    /// Options of the formats.
    pub options: ExportOptions,
    /// Reads the result back and compares it.
    pub check: bool,
    /// Masks that are not accepted and so are not in the export.
    pub open_drafts: usize,
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
    /// A place was opened.
    Opened(Result<Opened, NotOpened>),
    /// An export: what to tell of the formats that were written, and why it ended before all were.
    Exported(Option<Report>, Option<Unfinished>),
    /// An import: what to tell the person.
    Done(Result<Report, String>),
    /// A run over many objects.
    Rerun(Result<rerun::Summary, String>),
    /// A way through the history.
    Travelled(Result<(), String>),
    /// A check: what was found.
    Checked(Result<Vec<Finding>, String>),
}

/// What was opened besides the project.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Opened {
    /// A picture to show.
    pub show: Option<PathBuf>,
    /// The place is a data set of this format, which lies in this file or folder; nothing of it is in the project yet.
    pub data_set: Option<(Format, PathBuf)>,
}

/// Why an export ended before all formats were written.
#[derive(Clone, Debug, PartialEq)]
pub enum Unfinished {
    /// Files stand in the way that this project did not write: what is said of them, and what is still to be written.
    NotOurs(String, ExportRequest),
    /// Anything else, as one line.
    Other(String),
}

/// Why a place was not opened.
#[derive(Clone, Debug, PartialEq)]
pub enum NotOpened {
    /// Another window has this project; it can be looked at.
    Locked(PathBuf, String),
    /// Anything else, as one line.
    Other(String),
}

/// The result of a job.
pub struct Finished {
    /// The project, unless it could not be opened.
    pub project: Option<Box<Project>>,
    /// How it ended.
    pub outcome: Outcome,
}

/// A running job.
pub struct Job {
    title: String,
    holds_project: bool,
    pausable: bool,
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
        let shared = Arc::new(Shared::new(ctx));
        let (sender, result) = bounded(1);
        let theirs = Arc::clone(&shared);
        let language = lang::current();
        std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            lang::set(language);
            // A panic drops the sender; the window then opens the project again.
            if let Ok(finished) = catch_unwind(AssertUnwindSafe(|| work(&theirs))) {
                sender.send(finished).ok();
            }
            theirs.ctx.request_repaint();
        })?;
        Ok(Self { title, holds_project, pausable: false, place, begun: Instant::now(), shared, result })
    }

    /// Opens a picture, folder or project.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn open(path: PathBuf, for_reading: bool, ctx: egui::Context) -> std::io::Result<Self> {
        let title = tf(lang::JOB_OPENING, &[&path.display()]);
        Self::start("open", title, None, false, ctx, move |_| {
            let (project, opened) = open(&path, for_reading);
            match project {
                Ok(project) => Finished { project: Some(Box::new(project)), outcome: Outcome::Opened(Ok(opened)) },
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
        let names: Vec<&str> = request.targets.iter().map(|(format, _)| format.name()).collect();
        let title = tf(lang::JOB_EXPORTING, &[&names.join(", ")]);
        Self::start("export", title, place, true, ctx, move |progress| {
            let (report, unfinished) = run_exports(&project, request, progress);
            let outcome = Outcome::Exported(report, unfinished);
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
                let faults = r.faults.iter().map(|fault| Line::new(fault.to_string(), true));
                let counts: [&dyn std::fmt::Display; 4] = [
                    &counted(r.objects, lang::OBJECT_ONE, lang::OBJECT_MANY),
                    &counted(r.images, lang::PICTURE_ONE, lang::PICTURE_MANY),
                    &counted(r.classes, lang::NEW_CLASS_ONE, lang::NEW_CLASS_MANY),
                    &counted(r.faults.len(), lang::FAULT_ONE, lang::FAULT_MANY),
                ];
                Report {
                    title: tf(lang::IMPORT_OF, &[&request.format, &request.from.display()]),
                    summary: tf(lang::SAY_IMPORTED, &counts),
                    lines: faults.chain(r.notes.iter().map(|note| Line::new(note, false))).collect(),
                }
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
        let limit = options.limit;
        let job = Self::start("rerun", t(lang::JOB_BATCH).to_owned(), place, true, ctx, move |shared| {
            let make = || factory(choice);
            let mut told = |project: &Project, object: &limn_datasets::Object, iou: f32| {
                let document = project.document();
                shared.write(LogLine::Object {
                    picture: document.image(object.image).map_or_else(String::new, |image| image.path.clone()),
                    class: document.class(object.class).map_or_else(String::new, |class| class.name.clone()),
                    iou,
                    disagree: iou < limit,
                });
            };
            let result = rerun::run(&mut project, &make, &options, shared, &mut told);
            for failed in result.iter().flat_map(|summary| &summary.failed) {
                shared.write(LogLine::Failed(failed.clone()));
            }
            Finished { project: Some(Box::new(project)), outcome: Outcome::Rerun(result) }
        })?;
        Ok(Self { pausable: true, ..job })
    }

    /// Undoes or redoes until so many steps of the history are in force; cancelled, it stays where it is.
    ///
    /// # Errors
    /// As [`Job::export`].
    pub fn travel(mut project: Project, position: usize, ctx: egui::Context) -> std::io::Result<Self> {
        let place = project.path().map(Path::to_path_buf);
        Self::start("travel", t(lang::JOB_TRAVEL).to_owned(), place, true, ctx, move |shared| {
            let total = project.history_position().abs_diff(position) as u64;
            let mut gone = Ok(());
            for done in 0..total {
                let from = project.history_position();
                let next = if from > position { from - 1 } else { from + 1 };
                gone = project.go_to(next).map_err(|e| e.to_string());
                shared.report(done + 1, total, project.can_undo().unwrap_or_default());
                if gone.is_err() || shared.cancelled() || project.history_position() != next {
                    break;
                }
            }
            Finished { project: Some(Box::new(project)), outcome: Outcome::Travelled(gone) }
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

    /// Asks the job to stop and waits for that, but not for ever; the project comes back.
    pub fn wind_up(self, limit: Duration) -> Option<Project> {
        self.shared.cancel();
        self.result.recv_timeout(limit).ok().and_then(|finished| finished.project).map(|project| *project)
    }

    /// Asks the job to stop.
    pub fn cancel(&self) {
        self.shared.cancel();
    }

    /// The job can be held.
    pub fn is_pausable(&self) -> bool {
        self.pausable
    }

    /// The job is held, or about to be.
    pub fn is_paused(&self) -> bool {
        self.shared.is_paused()
    }

    /// Holds the job, or lets it go on.
    pub fn pause(&self, paused: bool) {
        self.shared.pause(paused);
    }

    /// Shows the log to `look`.
    pub fn log<R>(&self, look: impl FnOnce(&[LogLine]) -> R) -> R {
        self.shared.log(look)
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
        self.shared.progress()
    }
}

//! File dialogs behind a trait, so that the window can be driven without a desktop.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::lang::{self, t};

/// What to ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// A folder of pictures to open.
    Folder,
    /// One picture to open.
    Picture,
    /// A `.limn` project to open.
    Project,
    /// A folder to export to.
    ExportTo,
    /// A file to import.
    ImportFile,
    /// A folder to import.
    ImportFolder,
    /// The ONNX Runtime library.
    OrtLibrary,
    /// A file of what was learned, or a project that learned.
    LearnedIn,
    /// A file to write what was learned to.
    LearnedOut,
    /// A list of classes to read.
    ClassList,
    /// Where to write the list of classes.
    SaveClassList,
    /// Where to write a report.
    SaveReport,
    /// Where the file of a missing picture is now.
    Relink,
}

/// An answer; `path` is `None` when the person cancelled.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What was asked.
    pub ask: Ask,
    /// What was chosen.
    pub path: Option<PathBuf>,
    /// No dialog could be shown at all.
    pub failed: bool,
}

/// Asks the person for a file or a folder without blocking the window.
pub trait FilePicker {
    /// Opens the dialog and returns at once.
    fn ask(&mut self, ask: Ask, start: Option<PathBuf>, ctx: &egui::Context);
    /// The next answer, if one is there.
    fn answer(&mut self) -> Option<Answer>;
}

/// A dialog that is gone sooner than this was not closed by a person.
const FASTEST_CANCEL: Duration = Duration::from_millis(250);

/// The dialogs of the desktop, each on a thread of its own.
pub struct NativePicker {
    sender: Sender<Answer>,
    receiver: Receiver<Answer>,
}

impl Default for NativePicker {
    fn default() -> Self {
        let (sender, receiver) = bounded(4);
        Self { sender, receiver }
    }
}

impl FilePicker for NativePicker {
    fn ask(&mut self, ask: Ask, start: Option<PathBuf>, ctx: &egui::Context) {
        let (sender, ctx) = (self.sender.clone(), ctx.clone());
        // Texts are of the window's language, which belongs to its thread.
        let title = t(match ask {
            Ask::Folder => lang::ASK_FOLDER,
            Ask::Picture => lang::ASK_PICTURE,
            Ask::Project => lang::ASK_PROJECT,
            Ask::ExportTo => lang::ASK_EXPORT_TO,
            Ask::ImportFile => lang::ASK_IMPORT_FILE,
            Ask::ImportFolder => lang::ASK_IMPORT_FOLDER,
            Ask::OrtLibrary => lang::ASK_ORT,
            Ask::LearnedIn => lang::ASK_LEARNED_IN,
            Ask::LearnedOut => lang::ASK_LEARNED_OUT,
            Ask::ClassList => lang::CLASSES_IMPORT,
            Ask::SaveClassList => lang::CLASSES_EXPORT,
            Ask::SaveReport => lang::REPORT_SAVE,
            Ask::Relink => lang::RELINK,
        });
        let (pictures, project, learned) = (t(lang::FILTER_PICTURES), t(lang::FILTER_PROJECT), t(lang::FILTER_LEARNED));
        let run = move || {
            let begun = Instant::now();
            let mut dialog = rfd::FileDialog::new().set_title(title);
            if let Some(start) = start {
                dialog = dialog.set_directory(start);
            }
            let path = match ask {
                Ask::Folder | Ask::ExportTo | Ask::ImportFolder => dialog.pick_folder(),
                Ask::Picture | Ask::Relink => dialog.add_filter(pictures, limn_datasets::media::EXTENSIONS).pick_file(),
                Ask::Project => dialog.add_filter(project, &["limn"]).pick_file(),
                Ask::LearnedIn => dialog.add_filter(learned, &["learned", "limn"]).pick_file(),
                Ask::LearnedOut => dialog.set_file_name("limn.learned").save_file(),
                Ask::ImportFile | Ask::OrtLibrary | Ask::ClassList => dialog.pick_file(),
                Ask::SaveClassList => dialog.set_file_name("classes.txt").save_file(),
                Ask::SaveReport => dialog.set_file_name("report.txt").save_file(),
            };
            // The library does not tell a cancelled dialog from one that never came up; nobody cancels this fast.
            let failed = path.is_none() && begun.elapsed() < FASTEST_CANCEL;
            // Nobody listens any more only when the window has closed.
            sender.send(Answer { ask, path, failed }).ok();
            ctx.request_repaint();
        };
        if let Err(error) = std::thread::Builder::new().name("file-dialog".into()).spawn(run) {
            tracing::error!("cannot start the thread of the file dialog: {error}");
        }
    }

    fn answer(&mut self) -> Option<Answer> {
        self.receiver.try_recv().ok()
    }
}

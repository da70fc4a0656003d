//! Settings, export and import.

use limn_datasets::Project;

use crate::window::app::LimnApp;
use crate::window::command::Command;
use crate::window::dialog::Dialog;
use crate::window::heard::gate::Gate;
use crate::window::jobs::{ExportRequest, Finished, ImportRequest, Job, LogLine, NotOpened, Outcome, Unfinished};
use crate::window::keep;
use crate::window::keys;
use crate::window::lang::{self, Language, t, tf};
use crate::window::report::Report;
use crate::window::settings::{Settings, ThemeChoice};
use crate::window::toasts::Kind;

impl LimnApp {
    pub(super) fn export(&mut self, request: ExportRequest) {
        let names: Vec<String> = request.targets.iter().map(|(format, _)| format.name().to_owned()).collect();
        // What is left of an export after a question is not what a person chose.
        if self.settings.exports != names && !request.options.overwrite {
            self.settings.exports = names;
            self.settings.touch(&self.ctx);
        }
        self.start_job(|project, ctx| Job::export(project, request, ctx));
    }

    pub(super) fn import(&mut self, request: ImportRequest) {
        self.park_draft();
        self.start_job(|project, ctx| Job::import(project, request, ctx));
    }

    pub(super) fn start_job(&mut self, start: impl FnOnce(Project, egui::Context) -> std::io::Result<Job>) {
        if self.job.is_some() {
            return;
        }
        self.save_view_state();
        let Some(project) = self.opened.lend() else { return };
        let place = project.path().map(std::path::Path::to_path_buf);
        self.dialog = None;
        match start(project, self.ctx.clone()) {
            Ok(job) => self.job = Some(job),
            Err(error) => {
                self.toasts.error(error);
                self.reopen_place(place);
            }
        }
    }

    /// Takes the project back from a job that has ended.
    pub(in crate::window) fn poll_job(&mut self) {
        let Some(result) = self.job.as_ref().and_then(Job::poll) else { return };
        let Some(job) = self.job.take() else { return };
        let Ok(Finished { project, outcome }) = result else {
            self.toasts.error(t(lang::SAY_TASK_STOPPED));
            self.reopen_place(job.place);
            return;
        };
        match outcome {
            Outcome::Opened(Ok(opened)) => {
                if let Some(project) = project {
                    self.take_project(*project, opened.show.as_deref());
                    if opened.data_set.is_some()
                        && self.opened.project.as_ref().is_some_and(|p| p.is_read_only().is_none())
                    {
                        // What was typed meanwhile is no answer to a question that nobody had seen.
                        Gate::forget(&self.ctx);
                        self.local.data_set = opened.data_set;
                        self.dialog = Some(Dialog::DataSet);
                    }
                }
            }
            Outcome::Opened(Err(NotOpened::Other(error))) => {
                Gate::forget(&self.ctx);
                self.toasts.error(error);
            }
            Outcome::Opened(Err(NotOpened::Locked(path, said))) => {
                Gate::forget(&self.ctx);
                self.local.locked = Some((path, said));
                self.dialog = Some(Dialog::Locked);
            }
            Outcome::Checked(result) => {
                self.opened.take_back(project.map(|p| *p), &self.ctx);
                self.after_job();
                match result {
                    Ok(found) => self.take_findings(found),
                    Err(error) => self.toasts.error(error),
                }
            }
            Outcome::Travelled(result) => {
                self.opened.take_back(project.map(|p| *p), &self.ctx);
                if let Err(error) = result {
                    self.toasts.error(error);
                }
                self.after_job();
                self.arrived();
            }
            Outcome::Rerun(result) => {
                self.opened.take_back(project.map(|p| *p), &self.ctx);
                self.last_run.log = job.log(<[LogLine]>::to_vec);
                match result {
                    Ok(summary) => {
                        let now = self.opened.project.as_ref().map_or(0, Project::history_position);
                        self.last_run.ended(now, summary.pictures);
                        self.toasts.add(Kind::Good, said(&summary));
                    }
                    Err(error) => self.toasts.error(error),
                }
                self.after_job();
            }
            Outcome::Exported(report, unfinished) => {
                self.opened.take_back(project.map(|p| *p), &self.ctx);
                if let Some(report) = report {
                    self.take_report(report);
                }
                self.after_job();
                match unfinished {
                    Some(Unfinished::NotOurs(said, rest)) => {
                        self.local.not_ours = Some((said, rest));
                        self.dialog = Some(Dialog::Replace);
                    }
                    Some(Unfinished::Other(error)) => self.toasts.error(error),
                    None => {}
                }
            }
            Outcome::Done(result) => {
                self.opened.take_back(project.map(|p| *p), &self.ctx);
                match result {
                    Ok(report) => self.take_report(report),
                    Err(error) => self.toasts.error(error),
                }
                self.after_job();
            }
        }
    }

    /// The outcome in a message; all of it on a page that stays, which opens by itself where there is more to read.
    fn take_report(&mut self, report: Report) {
        self.local.report_open = !report.lines.is_empty();
        let kind = if report.lines.iter().any(|line| line.serious) { Kind::Info } else { Kind::Good };
        self.toasts.with_action(kind, report.summary.clone(), lang::REPORT, Command::ToggleReport);
        self.local.report = Some(report);
    }

    pub(super) fn save_report(&mut self, path: &std::path::Path) {
        let Some(report) = &self.local.report else { return };
        match keep::write(path, report.to_text().as_bytes()) {
            Ok(()) => self.toasts.add(Kind::Good, tf(lang::SAY_REPORT_SAVED, &[&path.display()])),
            Err(error) => self.toasts.error(tf(lang::SAY_REPORT_NOT_SAVED, &[&error])),
        }
    }

    /// There is nothing to save, and that is said.
    pub(super) fn say_saved(&mut self) {
        self.save_settings();
        self.save_view_state();
        let Some(project) = &self.opened.project else { return };
        let place = project.path().unwrap_or(project.root()).display().to_string();
        match project.is_read_only() {
            Some(why) => self.toasts.error(tf(lang::SAY_CANNOT_DRAW, &[&why])),
            None => self.toasts.add(Kind::Good, tf(lang::SAY_ALL_SAVED, &[&place])),
        }
    }

    /// Nothing may refer to what a job removed; what it added is shown.
    fn after_job(&mut self) {
        self.note_commits();
        self.forget_what_is_gone();
        self.unpark_draft();
        self.touch_document();
        self.opened.touch_view_state(&self.ctx);
    }

    fn reopen_place(&mut self, place: Option<std::path::PathBuf>) {
        if let Some(place) = place {
            self.open(place);
        }
    }

    pub(super) fn set_settings(&mut self, settings: Settings) {
        let engine = |s: &Settings| (s.backend.clone(), s.ort_library.clone(), s.model.clone());
        let restart = engine(&settings) != engine(&self.settings);
        if settings.theme != self.settings.theme {
            self.ctx.set_theme(egui::ThemePreference::from(settings.theme));
        }
        if (settings.scale - self.settings.scale).abs() > 1e-3 {
            self.ctx.set_zoom_factor(settings.scale.clamp(0.6, 2.5));
        }
        lang::set(settings.language);
        keys::install(&settings.keys);
        if settings.language == Language::Chinese {
            self.host.fonts.need(&self.ctx, "");
        }
        *self.settings = settings;
        self.save_settings();
        self.revision.touch();
        if restart {
            // What the person chooses now goes before what the command line said.
            self.engine.forget_command_line();
            self.restart_engine();
        }
    }

    /// Opens the palette with an empty line.
    pub(super) fn open_palette(&mut self) {
        self.local.forms.palette = Default::default();
        self.dialog = Some(Dialog::Palette);
    }

    pub(super) fn switch_language(&mut self) {
        let at = Language::ALL.iter().position(|(l, _)| *l == self.settings.language).unwrap_or(0);
        let language = Language::ALL[(at + 1) % Language::ALL.len()].0;
        self.set_settings(Settings { language, ..self.settings.clone() });
    }

    pub(super) fn switch_theme(&mut self) {
        let dark = self.ctx.theme() == egui::Theme::Dark;
        let theme = if dark { ThemeChoice::Light } else { ThemeChoice::Dark };
        self.set_settings(Settings { theme, ..self.settings.clone() });
    }

    pub(in crate::window) fn save_settings(&mut self) {
        if let Err(error) = self.settings.save() {
            self.toasts.error(tf(lang::SAY_SETTINGS_NOT_SAVED, &[&error]));
        }
    }

    pub(super) fn restart_engine(&mut self) {
        // Somebody asked for it: what ended an earlier start may be tried again.
        if let Some(trials) = crate::engine::user_trials() {
            trials.forgive_engines();
        }
        self.engine.restart(&self.settings);
    }

    /// A job changed the document.
    fn note_commits(&mut self) {
        if let Some(position) = self.opened.project.as_ref().map(Project::history_position) {
            self.drawing.timeline.committed(position);
        }
    }
}

/// What a run over many objects came to.
fn said(summary: &crate::rerun::Summary) -> String {
    let mean = summary.iou_sum / summary.objects.max(1) as f64;
    let counts: [&dyn std::fmt::Display; 4] =
        [&summary.objects, &summary.disagree, &summary.replaced, &format!("{mean:.3}")];
    // There is no mean of nothing.
    let mut text =
        if summary.objects == 0 { t(lang::BATCH_DONE_NONE).to_owned() } else { tf(lang::BATCH_DONE, &counts) };
    for (happened, more) in [
        (summary.left > 0, tf(lang::BATCH_LEFT, &[&summary.left])),
        (!summary.failed.is_empty(), tf(lang::BATCH_FAILED, &[&summary.failed.len()])),
        (summary.stopped, t(lang::BATCH_STOPPED).to_owned()),
    ] {
        if happened {
            text = format!("{text}\n{more}");
        }
    }
    text
}

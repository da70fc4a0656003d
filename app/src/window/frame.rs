//! One frame: what the threads have to say, then everything drawn, then what was asked for.

use std::path::PathBuf;
use std::time::Instant;

use super::app::{EngineState, LimnApp};
use super::command::Command;
use super::dialogs::{self, Dialog};
use super::lang::{self, t, tf};
use super::picker::Ask;
use super::toasts::Kind;
use super::watch::Watch;
use super::worker::Event;
use super::{keymap, panels, theme};

impl LimnApp {
    /// Takes in what the threads have to say.
    pub(super) fn drain(&mut self) {
        while let Some(event) = self.worker.event() {
            match event {
                Event::Ready(info) => self.engine = EngineState::Ready(info),
                Event::Failed(text) => {
                    if self.engine == EngineState::Starting {
                        self.engine = EngineState::Failed;
                    }
                    self.toasts.error(text);
                }
                Event::Answer(answer) => self.take_answer(answer),
                Event::Preview(answer) => self.take_preview(answer),
                Event::Frozen(answer) => self.take_frozen(answer),
                Event::Learning(report) => self.learning = *report,
                Event::Done(text) => self.toasts.add(Kind::Good, tf(lang::SAY_LEARNING_DONE, &[&text])),
            }
        }
        while let Some(loaded) = self.loader.next() {
            self.take_picture(loaded);
        }
        while let Some(answer) = self.picker.answer() {
            match answer.path {
                Some(path) => self.take_path(answer.ask, path),
                None if answer.failed => self.toasts.error(t(lang::SAY_NO_FILE_DIALOG)),
                None => {}
            }
        }
        if self.watch.as_ref().is_some_and(Watch::changed) && self.project.is_some() {
            self.apply(Command::Rescan);
        }
        self.poll_job();
        if self.fonts.poll(&self.ctx) {
            self.toasts.error(t(lang::SAY_NO_FONT));
        }
        self.poll_hover();
    }

    fn take_path(&mut self, ask: Ask, path: PathBuf) {
        match ask {
            Ask::Folder | Ask::Picture | Ask::Project => self.apply(Command::Open(path)),
            Ask::LearnedIn => self.take_learned_path(path, true),
            Ask::LearnedOut => self.take_learned_path(path, false),
            Ask::ClassList => self.apply(Command::ImportClasses(path)),
            Ask::SaveClassList => self.apply(Command::ExportClasses(path)),
            Ask::ExportTo | Ask::ImportFile | Ask::ImportFolder | Ask::OrtLibrary => {
                dialogs::take_path(&mut self.local, ask, &path);
            }
        }
    }

    fn dropped_files(&mut self) {
        let dropped: Vec<PathBuf> =
            self.ctx.input(|i| i.raw.dropped_files.iter().map(|f| f.path().to_path_buf()).collect());
        if let Some(path) = dropped.into_iter().next() {
            self.apply(Command::Open(path));
        }
    }

    /// One frame without a screen around it: what the threads have to say, then everything drawn.
    pub fn headless(&mut self, ui: &mut egui::Ui) {
        self.drain();
        self.show(ui);
    }

    /// Draws everything into `ui` and applies what was asked for.
    fn show(&mut self, ui: &mut egui::Ui) {
        let mut out = Vec::new();
        if self.dialog.is_none() && self.job.is_none() {
            out.extend(keymap::commands(ui.ctx()));
        } else if self.dialog == Some(Dialog::Help) {
            // The key that opened the page closes it too, whichever key that is now.
            let closes = |c: &Command| matches!(c, Command::ToggleHelp | Command::DropDraft);
            if keymap::commands(ui.ctx()).iter().any(closes) {
                out.push(Command::CloseDialog);
            }
        }
        let mut local = std::mem::take(&mut self.local);
        panels::show(ui, self, &mut local, &mut out);
        dialogs::show(ui.ctx(), self, &mut local, &mut out);
        self.local = local;
        let below = self.dialog.is_some();
        self.toasts.show(ui.ctx(), below);
        panels::drop_hint(ui.ctx());
        for command in out {
            self.apply(command);
        }
    }
}

impl eframe::App for LimnApp {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.drain();
        self.dropped_files();
        let closing = ctx.input(|i| i.viewport().close_requested());
        let now = Instant::now();
        if closing || self.view_state_due.is_some_and(|due| due <= now) {
            self.save_view_state();
        } else if let Some(due) = self.view_state_due {
            // A frame that was asked for may come a little early: ask again until it is time.
            ctx.request_repaint_after(due - now);
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        let begun = Instant::now();
        self.show(ui);
        tracing::trace!("frame: {:?} here, {:?} s before", begun.elapsed(), frame.info().cpu_usage);
    }

    fn on_exit(&mut self) {
        self.save_view_state();
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        theme::palette_of(visuals.dark_mode).panel.to_normalized_gamma_f32()
    }
}

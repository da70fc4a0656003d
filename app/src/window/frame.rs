//! One frame: what the threads have to say, then everything drawn, then what was asked for.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use egui::Event;

use super::app::{EngineState, LimnApp};
use super::command::Command;
use super::dialog::Dialog;
use super::dialogs;
use super::heard::Situation;
use super::heard::gate::{Gate, Standing};
use super::lang::{self, t, tf};
use super::picker::Ask;
use super::theme::space;
use super::toasts::Kind;
use super::watch::Watch;
use super::worker;
use super::{keymap, panels, theme};

impl LimnApp {
    /// Takes in what the threads have to say.
    pub(super) fn drain(&mut self) {
        self.follow_store();
        self.follow_rescan();
        while let Some(event) = self.engine.worker.event() {
            let here = self.opened.place;
            match event {
                worker::Event::Ready(info) => self.engine.state = EngineState::Ready(info),
                worker::Event::Failed(text) => {
                    if self.engine.state == EngineState::Starting {
                        self.engine.state = EngineState::Failed;
                    }
                    self.toasts.error(text);
                }
                worker::Event::Answer(answer) => answer.at(here).into_iter().for_each(|a| self.take_answer(a)),
                worker::Event::Preview(answer) => answer.at(here).into_iter().for_each(|a| self.take_preview(a)),
                worker::Event::Frozen(answer) => answer.at(here).into_iter().for_each(|a| self.take_frozen(a)),
                worker::Event::Learning(report) => report.at(here).into_iter().for_each(|r| self.engine.learning = *r),
                worker::Event::Unlearned(count) => {
                    self.toasts.add(Kind::Info, tf(lang::SAY_UNLEARNED, &[&count]));
                }
                worker::Event::Done(text) => self.toasts.add(Kind::Good, tf(lang::SAY_LEARNING_DONE, &[&text])),
            }
        }
        self.fulfil_wishes();
        while let Some(loaded) = self.pictures.loader.next() {
            self.take_picture(loaded);
        }
        // What is being drawn is finished on the pixels upon which it was begun.
        if !self.local.gesture.is_drawing()
            && let Some((id, picture)) = self.shown.replaced.take()
            && self.shown.current == Some(id)
        {
            self.picture_replaced(id, picture);
        }
        while let Some(answer) = self.host.picker.answer() {
            match answer.path {
                Some(path) => self.take_path(answer.ask, path),
                None if answer.failed => self.toasts.error(t(lang::SAY_NO_FILE_DIALOG)),
                None => {}
            }
        }
        // What changed while a job has the project is looked at afterwards.
        if self.opened.project.is_some()
            && let Some(changed) = self.host.watch.as_ref().and_then(Watch::changed)
        {
            self.files_changed(&changed);
        }
        self.poll_job();
        if self.host.fonts.poll(&self.ctx) {
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
            Ask::SaveReport => self.apply(Command::SaveReport(path)),
            Ask::Relink => {
                if let Some(image) = self.shown.current {
                    self.apply(Command::Relink(image, path));
                }
            }
            Ask::ExportTo | Ask::ImportFile | Ask::ImportFolder | Ask::OrtLibrary => {
                dialogs::take_path(&mut self.local, ask, &path);
            }
        }
    }

    fn dropped_files(&mut self) {
        let dropped: Vec<PathBuf> =
            self.ctx.input(|i| i.raw.dropped_files.iter().map(|f| f.path().to_path_buf()).collect());
        let count = dropped.len();
        if let Some(path) = dropped.into_iter().next() {
            if count > 1 {
                self.toasts.add(Kind::Info, tf(lang::SAY_ONE_OF_DROPPED, &[&path.display(), &(count - 1)]));
            }
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
        let mut local = std::mem::take(&mut self.local);
        let closed_help = self.dialog == Some(Dialog::Help) && closes_help(ui.ctx());
        // A key that comes while the pointer is outside of the window ends what is being drawn there.
        let gone =
            ui.input(|i| i.pointer.latest_pos().is_none() && i.events.iter().any(|e| matches!(e, Event::Key { .. })));
        if gone {
            local.gesture.end();
        }
        let situation =
            Situation { listening: self.dialog.is_none() && self.job.is_none(), at_hand: self.is_at_hand() };
        local.heard.listen(ui.ctx(), situation);
        let mut out = Vec::new();
        if closed_help {
            out.push(Command::CloseDialog);
        }
        panels::show(ui, self, &mut local, &mut out);
        if let Some(seen) = local.seen.take() {
            self.shown.lie(seen);
        }
        dialogs::show(ui.ctx(), self, &mut local, &mut out);
        let in_order = local.heard.in_order();
        self.local = local;
        let below = self.dialog.is_some();
        let canvas = if self.is_open() { self.shown.canvas } else { ui.ctx().content_rect().shrink(space::L) };
        out.extend(self.toasts.show(ui.ctx(), canvas, below));
        panels::drop_hint(ui.ctx());
        let before = self.dialog;
        for command in in_order.into_iter().chain(out) {
            self.apply(command);
        }
        if before.is_some() && self.dialog != before {
            // A field of the dialog that is gone has the keyboard no more.
            self.ctx.memory_mut(|m| m.focused().into_iter().for_each(|id| m.surrender_focus(id)));
        }
        self.settle();
    }

    /// Says how the next events find the window.
    pub(super) fn settle(&self) {
        let field_to_come = self.local.focus.is_some()
            || self.local.rename.is_some()
            || matches!(self.dialog, Some(Dialog::Palette | Dialog::PickClass));
        let standing = Standing {
            listening: self.dialog.is_none() && self.job.is_none(),
            drawing: self.local.gesture.is_drawing(),
            field_to_come,
            opening: self.job.as_ref().is_some_and(|job| !job.holds_project()),
            canvas: if self.is_open() && !self.local.grid { self.shown.canvas } else { egui::Rect::NOTHING },
        };
        Gate::settle(&self.ctx, standing);
    }
}

/// The key that opened the help page closes it too, whichever key that is now.
fn closes_help(ctx: &egui::Context) -> bool {
    let closes = |event: &Event| match event {
        Event::Key { key, modifiers, pressed: true, .. } => {
            keymap::command_of(*key, *modifiers) == Some(Command::ToggleHelp)
        }
        _ => false,
    };
    !ctx.text_edit_focused() && ctx.input(|i| i.events.iter().any(closes))
}

/// How long closing waits for a job to stop.
const CLOSING: Duration = Duration::from_secs(20);

impl eframe::App for LimnApp {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.drain();
        self.dropped_files();
        let closing = ctx.input(|i| i.viewport().close_requested());
        if closing && self.stays_for_unwritten() {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
        }
        let now = Instant::now();
        if closing || self.opened.view_state_due.is_some_and(|due| due <= now) {
            self.save_view_state();
        } else if let Some(due) = self.opened.view_state_due {
            // A frame that was asked for may come a little early: ask again until it is time.
            ctx.request_repaint_after(due - now);
        }
        if self.settings.is_due(now) {
            self.save_settings();
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        let begun = Instant::now();
        self.show(ui);
        tracing::trace!("frame: {:?} here, {:?} s before", begun.elapsed(), frame.info().cpu_usage);
    }

    fn on_exit(&mut self) {
        // A job that has the project ends first: half an export is taken back, not cut off.
        if let Some(job) = self.job.take()
            && let Some(project) = job.wind_up(CLOSING)
        {
            self.opened.project = Some(project);
        }
        self.save_settings();
        self.save_view_state();
        // The inference thread is not to wait for a picture while the program waits for it.
        self.shown.clear();
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        theme::palette_of(visuals.dark_mode).panel.to_normalized_gamma_f32()
    }
}

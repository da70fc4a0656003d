//! The progress of long work, with a way to pause it and to stop it; a run over many objects shows its log.

use std::time::Duration;

use egui::{Id, Modal, ProgressBar, RichText, ScrollArea, Ui};

use crate::window::app::{LimnApp, SPINNER_AFTER};
use crate::window::command::Command;
use crate::window::jobs::{Job, LogLine};
use crate::window::lang::{self, t, tf};
use crate::window::theme::{self, size, space};

/// Draws the dialog.
pub fn show(ctx: &egui::Context, app: &LimnApp, out: &mut Vec<Command>) {
    let Some(job) = &app.job else { return };
    ctx.request_repaint_after(Duration::from_millis(100));
    // What is quick needs no dialog.
    if job.elapsed() < SPINNER_AFTER {
        return;
    }
    let (share, what) = job.progress();
    Modal::new(Id::unique("progress")).show(ctx, |ui| {
        ui.set_width(if job.is_pausable() { 460.0 } else { 360.0 });
        ui.label(RichText::new(job.title()).strong());
        ui.add_space(space::S);
        match share {
            Some(share) => {
                ui.add(ProgressBar::new(share).desired_height(8.0));
            }
            None => {
                ui.add(egui::Spinner::new());
            }
        }
        let weak = theme::palette(ui).weak;
        let percent = share.map_or_else(String::new, |share| format!("{:.0} %   ", 100.0 * share));
        ui.label(RichText::new(percent + &what).size(size::SMALL).color(weak));
        if job.is_pausable() {
            let state = if job.is_paused() { Some(t(lang::PAUSED).to_owned()) } else { time_left(job, share) };
            ui.label(RichText::new(state.unwrap_or_default()).size(size::SMALL).color(weak));
            ui.add_space(space::S);
            job.log(|lines| log(ui, lines, 180.0));
        }
        ui.add_space(space::S);
        ui.horizontal(|ui| {
            if job.is_pausable() {
                let paused = job.is_paused();
                if ui.button(t(if paused { lang::GO_ON } else { lang::PAUSE })).clicked() {
                    out.push(Command::PauseJob(!paused));
                }
            }
            if job.holds_project() && ui.button(t(lang::CANCEL)).clicked() {
                out.push(Command::CancelJob);
            }
        });
    });
}

/// How long it will take, once that can be told.
fn time_left(job: &Job, share: Option<f32>) -> Option<String> {
    let (share, elapsed) = (share?, job.elapsed());
    if share < 0.01 || elapsed < Duration::from_secs(3) {
        return None;
    }
    let seconds = (elapsed.as_secs_f32() * (1.0 - share) / share).round() as u64;
    Some(tf(lang::TIME_LEFT, &[&format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)]))
}

/// The lines of a run over many objects, the newest below; those that want a look stand out.
pub(super) fn log(ui: &mut Ui, lines: &[LogLine], height: f32) {
    let p = theme::palette(ui);
    let row = ui.text_style_height(&egui::TextStyle::Small);
    egui::Frame::new().fill(p.canvas).corner_radius(4).inner_margin(6.0).show(ui, |ui| {
        ScrollArea::vertical().max_height(height).auto_shrink(false).stick_to_bottom(true).show_rows(
            ui,
            row,
            lines.len(),
            |ui, range| {
                for line in &lines[range] {
                    let (text, color) = match line {
                        LogLine::Object { picture, class, iou, disagree } => {
                            let text = tf(lang::LOG_OBJECT, &[picture, class, &format!("{iou:.3}")]);
                            (text, if *disagree { p.warn } else { p.weak })
                        }
                        LogLine::Failed(error) => (error.clone(), p.bad),
                    };
                    let text = RichText::new(text).size(size::SMALL).color(color);
                    ui.add(egui::Label::new(text).truncate());
                }
            },
        );
    });
}

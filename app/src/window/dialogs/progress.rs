//! The progress of long work, with a way to stop it.

use std::time::Duration;

use egui::{Id, Modal, ProgressBar, RichText};

use crate::window::app::{LimnApp, SPINNER_AFTER};
use crate::window::command::Command;
use crate::window::lang::{self, t};
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
        ui.set_width(360.0);
        ui.label(RichText::new(job.title()).strong());
        ui.add_space(space::S);
        match share {
            Some(share) => {
                ui.add(ProgressBar::new(share).desired_height(8.0).show_percentage());
            }
            None => {
                ui.add(egui::Spinner::new());
            }
        }
        ui.label(RichText::new(what).size(size::SMALL).color(theme::palette(ui).weak));
        ui.add_space(space::S);
        if job.holds_project() && ui.button(t(lang::CANCEL)).clicked() {
            out.push(Command::CancelJob);
        }
    });
}

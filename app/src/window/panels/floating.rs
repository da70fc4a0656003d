//! The frame of what floats above the canvas: a heading like that of the panels, a cross, and the contents.

use egui::{Align, Layout, Pos2, RichText, Ui, Vec2};

use crate::window::icons::{self, Icon};
use crate::window::lang::{self, tf};
use crate::window::theme::{size as points, space};

/// Room for a message above it.
const HEAD: f32 = 34.0;

/// Draws it while `open`; `size` and `at` are where it first appears.
pub fn show(
    ctx: &egui::Context,
    (id, title): (&'static str, &str),
    open: &mut bool,
    size: Vec2,
    at: Pos2,
    contents: impl FnOnce(&mut Ui),
) {
    if !*open {
        return;
    }
    let window = egui::Window::new(title).id(egui::Id::unique(id)).title_bar(false);
    // Messages come at the head of the canvas.
    let at = at + egui::vec2(0.0, HEAD);
    window.default_size(size).default_pos(at).show(ctx, |ui| {
        ui.horizontal(|ui| {
            ui.label(RichText::new(title).strong().size(points::BODY));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if icons::button(ui, Icon::Cross, &tf(lang::CLOSE_PANEL, &[&title])).clicked() {
                    *open = false;
                }
            });
        });
        ui.add_space(space::XS);
        contents(ui);
    });
}

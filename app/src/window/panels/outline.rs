//! Threshold and clean-up of the mask, acting on the object at hand while it is drawn.

use egui::{RichText, Slider, Ui};
use limn_models::MaskOptions;

use crate::window::app::LimnApp;
use crate::window::command::Command;
use crate::window::lang::{self, t, tf};
use crate::window::theme::{self, size, space};

/// Draws the panel.
pub fn show(ui: &mut Ui, app: &LimnApp, out: &mut Vec<Command>) {
    ui.add_space(space::S);
    ui.separator();
    ui.label(RichText::new(t(lang::MASK)).strong()).on_hover_text(t(lang::MASK_HINT));
    let mut options: MaskOptions = app.mask_options;
    ui.horizontal(|ui| {
        let label = ui.label(RichText::new(t(lang::THRESHOLD)).size(size::SMALL).color(theme::palette(ui).weak));
        ui.spacing_mut().slider_width = (ui.available_width() - 56.0).max(60.0);
        ui.add(Slider::new(&mut options.threshold, 0.05..=0.95).fixed_decimals(2)).labelled_by(label.id);
    });
    ui.checkbox(&mut options.largest_component, t(lang::LARGEST_PART));
    ui.checkbox(&mut options.fill_holes, t(lang::FILL_HOLES));
    ui.horizontal(|ui| {
        let label = ui.label(t(lang::SMALLEST_PART));
        ui.add(
            egui::DragValue::new(&mut options.min_area)
                .range(0..=1_000_000)
                .speed(2.0)
                .suffix(tf(lang::PIXELS, &[&""])),
        )
        .labelled_by(label.id);
    });
    if options != app.mask_options {
        out.push(Command::SetMaskOptions(options));
    }
}

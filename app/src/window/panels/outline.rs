//! Threshold and clean-up of the mask, acting on the object at hand while it is drawn.

use egui::{CollapsingHeader, Panel, RichText, Slider, Ui};
use limn_models::MaskOptions;

use super::Local;
use crate::window::app::LimnApp;
use crate::window::command::Command;
use crate::window::lang::{self, t, tf};
use crate::window::theme::{self, size, space};

/// Below this height of the window it is folded up unless a person opens it: the lists need the room.
const ROOMY: f32 = 760.0;

/// Draws it at the foot of the column.
pub fn show(ui: &mut Ui, app: &LimnApp, local: &mut Local, out: &mut Vec<Command>) {
    let open = local.mask_open.unwrap_or(ui.ctx().content_rect().height() >= ROOMY);
    let foot = Panel::bottom("outline").frame(egui::Frame::new()).show_separator_line(false).resizable(false);
    foot.show(ui, |ui| {
        ui.separator();
        let header = CollapsingHeader::new(RichText::new(t(lang::MASK)).strong()).id_salt("mask").open(Some(open));
        let header = header.show_unindented(ui, |ui| settings(ui, app, out));
        if header.header_response.on_hover_text(t(lang::MASK_HINT)).clicked() {
            local.mask_open = Some(!open);
        }
        ui.add_space(space::XS);
    });
}

fn settings(ui: &mut Ui, app: &LimnApp, out: &mut Vec<Command>) {
    let mut options: MaskOptions = app.drawing.mask_options;
    let mut crumbs = app.drawing.crumbs;
    ui.horizontal(|ui| {
        let label = ui.label(RichText::new(t(lang::THRESHOLD)).size(size::SMALL).color(theme::palette(ui).weak));
        ui.spacing_mut().slider_width = (ui.available_width() - 56.0).max(60.0);
        ui.add(Slider::new(&mut options.threshold, 0.05..=0.95).fixed_decimals(2)).labelled_by(label.id);
    });
    ui.checkbox(&mut options.largest_component, t(lang::LARGEST_PART));
    ui.checkbox(&mut options.fill_holes, t(lang::FILL_HOLES));
    ui.horizontal(|ui| {
        let label = ui.label(t(lang::SMALLEST_PART)).on_hover_text(t(lang::SMALLEST_PART_HINT));
        let mut percent = 100.0 * crumbs;
        ui.add(egui::DragValue::new(&mut percent).range(0.0..=20.0).speed(0.05).max_decimals(2).suffix(" %"))
            .labelled_by(label.id);
        crumbs = percent / 100.0;
        let pixels = egui::DragValue::new(&mut options.min_area).range(0..=1_000_000).speed(2.0);
        ui.add(pixels.suffix(tf(lang::PIXELS, &[&""]))).labelled_by(label.id);
    });
    if options != app.drawing.mask_options {
        out.push(Command::SetMaskOptions(options));
    }
    if (crumbs - app.drawing.crumbs).abs() > 1e-6 {
        out.push(Command::SetCrumbs(crumbs));
    }
}

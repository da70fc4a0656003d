//! The bar of tools at the left edge of the canvas, and above it what can be set for the tool at hand.

use egui::{ComboBox, Frame, Margin, Panel, RichText, ScrollArea, Slider, Ui};

use super::tools::Gesture;
use crate::window::adjustments::Adjustments;
use crate::window::app::LimnApp;
use crate::window::command::Command;
use crate::window::draft::edit::MaskEdit;
use crate::window::icons;
use crate::window::keymap::hint;
use crate::window::lang::{self, t, tf};
use crate::window::theme::{self, size};
use crate::window::tool::{BRUSH, Neighbours, Tool, ToolOptions};

/// Below this width, in points, the settings are one line that is scrolled.
const NARROW: f32 = 330.0;

/// Draws both; what is left of `ui` is for the picture.
pub fn show(ui: &mut Ui, app: &LimnApp, gesture: &Gesture, out: &mut Vec<Command>) {
    let p = theme::palette(ui);
    let frame = Frame::new().fill(p.panel);
    Panel::left("tools").frame(frame.inner_margin(Margin::symmetric(4, 6))).resizable(false).exact_size(34.0).show(
        ui,
        |ui| {
            ui.spacing_mut().item_spacing.y = 3.0;
            for tool in Tool::ALL {
                let command = Command::SetTool(tool);
                let label = hint(t(tool.label()), &command);
                if icons::toggle(ui, tool.icon(), &label, app.drawing.tool == tool, true).clicked() {
                    out.push(command);
                }
            }
        },
    );
    Panel::top("tool options").frame(frame.inner_margin(Margin::symmetric(10, 4))).show(ui, |ui| {
        if ui.available_width() < NARROW {
            // Several lines would leave nothing of a small canvas.
            let scroll = ScrollArea::horizontal().id_salt("tool options").auto_shrink([false, true]);
            scroll.show(ui, |ui| ui.horizontal(|ui| options(ui, app, gesture, out)));
            return;
        }
        ui.horizontal_wrapped(|ui| {
            ui.set_min_height(24.0);
            options(ui, app, gesture, out);
        });
    });
}

fn options(ui: &mut Ui, app: &LimnApp, gesture: &Gesture, out: &mut Vec<Command>) {
    let before = app.settings.tools;
    let mut options = before;
    ui.label(RichText::new(t(app.drawing.tool.label())).strong());
    ui.spacing_mut().slider_width = 110.0;
    match app.drawing.tool {
        Tool::Click => {
            ui.checkbox(&mut options.preview, t(lang::PREVIEW)).on_hover_text(t(lang::PREVIEW_HINT));
        }
        Tool::Brush | Tool::Eraser => {
            slider(
                ui,
                t(lang::RADIUS),
                Slider::new(&mut options.brush, BRUSH).logarithmic(true).max_decimals(1).suffix(" px"),
            );
        }
        Tool::Wand => slider(ui, t(lang::TOLERANCE), Slider::new(&mut options.wand, 0..=128)),
        Tool::Corners => {
            let tolerance = Slider::new(&mut options.tolerance, 0.0..=8.0).step_by(0.25).suffix(" px");
            slider(ui, t(lang::TOLERANCE), tolerance);
            ui.checkbox(&mut options.orthogonal, t(lang::RIGHT_ANGLES)).on_hover_text(t(lang::RIGHT_ANGLES_HINT));
            corners_error(ui, gesture);
        }
        Tool::Polygon | Tool::Lasso | Tool::Cut | Tool::Parts => {}
    }
    if app.draft_mask().is_some() || app.selection.selected.is_some() {
        ui.menu_button(t(lang::CLEAN_UP), |ui| clean_up(ui, &mut options, out));
    }
    neighbours(ui, &mut options);
    display(ui, app, out);
    if options != before {
        out.push(Command::SetToolOptions(options));
    }
}

fn slider(ui: &mut Ui, name: &str, slider: Slider<'_>) {
    let label = ui.label(RichText::new(name).size(size::SMALL).color(theme::palette(ui).weak));
    ui.add(slider).labelled_by(label.id);
}

fn corners_error(ui: &mut Ui, gesture: &Gesture) {
    let Some(corners) = &gesture.corners else { return };
    let error = corners.error();
    let text = tf(
        lang::CORNERS_ERROR,
        &[&corners.outline().points(), &format!("{:.3}", error.iou), &format!("{:.1}", error.distance)],
    );
    ui.label(RichText::new(text).size(size::SMALL).color(theme::palette(ui).weak));
}

fn clean_up(ui: &mut Ui, options: &mut ToolOptions, out: &mut Vec<Command>) {
    ui.set_min_width(190.0);
    let step = options.step;
    for (label, edit) in [
        (t(lang::CLEAN), MaskEdit::Clean),
        (t(lang::CLEAN_FILL_HOLES), MaskEdit::FillHoles),
        (t(lang::CLEAN_LARGEST), MaskEdit::LargestPart),
        (t(lang::CLEAN_SMOOTH), MaskEdit::Smooth(step)),
        (t(lang::CLEAN_GROW), MaskEdit::Grow(step)),
        (t(lang::CLEAN_SHRINK), MaskEdit::Shrink(step)),
    ] {
        let command = Command::Edit(edit);
        if ui.button(label).on_hover_text(hint(label, &command)).clicked() {
            out.push(command);
            ui.close();
        }
    }
    ui.horizontal(|ui| {
        let label = ui.label(t(lang::CLEAN_BY));
        let field = egui::DragValue::new(&mut options.step).range(1.0..=50.0).speed(0.1).suffix(" px");
        ui.add(field).labelled_by(label.id);
    });
}

/// Brightness, contrast and gamma of what is seen; the pictures and the network's input stay as they are.
fn display(ui: &mut Ui, app: &LimnApp, out: &mut Vec<Command>) {
    let mut display = app.settings.display;
    let changed = display != Adjustments::default();
    let text = RichText::new(t(lang::DISPLAY)).color(if changed {
        theme::palette(ui).accent
    } else {
        theme::palette(ui).text
    });
    ui.menu_button(text, |ui| {
        ui.set_min_width(230.0);
        slider(ui, t(lang::BRIGHTNESS), Slider::new(&mut display.brightness, -1.0..=1.0).fixed_decimals(2));
        slider(
            ui,
            t(lang::CONTRAST),
            Slider::new(&mut display.contrast, 0.2..=5.0).logarithmic(true).fixed_decimals(2),
        );
        slider(ui, t(lang::GAMMA), Slider::new(&mut display.gamma, 0.2..=5.0).logarithmic(true).fixed_decimals(2));
        if ui.add_enabled(changed, egui::Button::new(t(lang::DISPLAY_RESET))).clicked() {
            display = Adjustments::default();
        }
    });
    if display != app.settings.display {
        out.push(Command::SetAdjustments(display));
    }
}

fn neighbours(ui: &mut Ui, options: &mut ToolOptions) {
    let name = t(lang::NEIGHBOURS);
    let chooser = ComboBox::from_id_salt("neighbours").selected_text(t(options.neighbours.label())).width(150.0);
    let chooser = chooser.show_ui(ui, |ui| {
        for rule in Neighbours::ALL {
            ui.selectable_value(&mut options.neighbours, rule, t(rule.label()));
        }
    });
    chooser.response.accessible_name(name).on_hover_text(name);
}

//! Learning while annotating: on and off, what it has brought, versions to go back to.

use egui::{Color32, Grid, Rect, RichText, ScrollArea, Sense, Stroke, Ui, pos2, vec2};
use limn_datasets::ClassId;
use limn_models::learning::LearningReport;

use super::{Local, floating};
use crate::window::app::LimnApp;
use crate::window::command::Command;
use crate::window::lang::{self, t, tf};
use crate::window::picker::Ask;
use crate::window::theme::{self, size, space};
use crate::window::worker::Order;

/// Objects that "lately" means.
const LATELY: usize = 8;
/// Objects that the curves show.
const SHOWN: usize = 80;

/// Draws the window of the panel.
pub fn show(ctx: &egui::Context, app: &LimnApp, local: &mut Local, out: &mut Vec<Command>) {
    if !local.learning_open {
        return;
    }
    let mut open = true;
    let at = local.canvas(app).right_top() + vec2(-360.0, 20.0);
    floating::show(ctx, ("learning", t(lang::LEARNING)), &mut open, vec2(330.0, 0.0), at, |ui| {
        switches(ui, app, out);
        ui.separator();
        let report = &app.engine.learning;
        if report.objects == 0 && report.history.is_empty() {
            ui.label(RichText::new(t(lang::LEARN_NOTHING)).color(theme::palette(ui).weak));
        } else {
            figures(ui, app, report);
            clicks_curve(ui, report);
            gain_curve(ui, report);
            versions(ui, report, out);
        }
        ui.separator();
        files(ui, report, local, out);
    });
    local.learning_open = open;
}

fn switches(ui: &mut Ui, app: &LimnApp, out: &mut Vec<Command>) {
    let settings = &app.settings;
    let before = (settings.learn_global, settings.learn_local, settings.learn_per_class);
    let (mut global, mut local, mut per_class) = before;
    ui.checkbox(&mut global, t(lang::LEARN_GLOBAL)).on_hover_text(t(lang::LEARN_GLOBAL_HINT));
    ui.checkbox(&mut local, t(lang::LEARN_LOCAL)).on_hover_text(t(lang::LEARN_LOCAL_HINT));
    ui.checkbox(&mut per_class, t(lang::LEARN_PER_CLASS)).on_hover_text(t(lang::LEARN_PER_CLASS_HINT));
    if (global, local, per_class) != before {
        out.push(Command::SetLearning { global, local, per_class });
    }
    ui.label(RichText::new(t(lang::LEARN_COMPARE)).color(theme::palette(ui).weak).size(size::SMALL));
}

fn figures(ui: &mut Ui, app: &LimnApp, report: &LearningReport) {
    let weak = theme::palette(ui).weak;
    Grid::new("learning figures").num_columns(2).spacing([space::L, space::XS]).show(ui, |ui| {
        if app.settings.learn_per_class {
            let class = report.class.and_then(|id| app.document().class(ClassId(id)));
            ui.label(RichText::new(t(lang::LEARN_CLASS)).color(weak));
            ui.label(class.map_or(t(lang::LEARN_ALL_CLASSES), |class| class.name.as_str()));
            ui.end_row();
        }
        ui.label(RichText::new(t(lang::LEARN_OBJECTS)).color(weak));
        ui.horizontal(|ui| {
            ui.label(RichText::new(report.objects.to_string()).strong());
            if report.waiting > 0 {
                ui.label(RichText::new(tf(lang::LEARN_WAITING, &[&report.waiting])).color(weak).size(size::SMALL));
            }
        });
        ui.end_row();
        ui.label(RichText::new(t(lang::LEARN_VERSION)).color(weak));
        let none = report.generation == 0;
        ui.label(if none { t(lang::LEARN_NONE).to_owned() } else { report.generation.to_string() });
        ui.end_row();
        ui.label(RichText::new(t(lang::LEARN_TRUST)).color(weak)).on_hover_text(t(lang::LEARN_TRUST_HINT));
        ui.label(percent(&report.trust)).on_hover_text(t(lang::LEARN_TRUST_HINT));
        ui.end_row();
        ui.label(RichText::new(t(lang::LEARN_LOCAL_TRUST)).color(weak)).on_hover_text(t(lang::LEARN_LOCAL_TRUST_HINT));
        // The first click has no clicks before it to adapt to.
        ui.label(percent(&report.local_trust[1..])).on_hover_text(t(lang::LEARN_LOCAL_TRUST_HINT));
        ui.end_row();
    });
}

fn percent(weights: &[f32]) -> String {
    let each: Vec<String> = weights.iter().map(|weight| format!("{:.0} %", 100.0 * weight)).collect();
    each.join("   ")
}

fn mean(values: impl ExactSizeIterator<Item = f32>) -> f32 {
    let count = values.len().max(1) as f32;
    values.sum::<f32>() / count
}

/// A heading with a figure, and the area of a curve below.
fn curve(ui: &mut Ui, title: &str, figure: &str) -> (egui::Painter, Rect) {
    ui.add_space(space::S);
    ui.horizontal(|ui| {
        ui.label(RichText::new(title).size(size::SMALL));
        ui.label(RichText::new(figure).size(size::SMALL).color(theme::palette(ui).weak));
    });
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 62.0), Sense::hover());
    ui.painter().rect_filled(rect, 4.0, theme::palette(ui).canvas);
    (ui.painter_at(rect), rect.shrink(4.0))
}

fn clicks_curve(ui: &mut Ui, report: &LearningReport) {
    let clicks: Vec<f32> = report.history.iter().map(|o| o.clicks as f32).collect();
    let lately = mean(clicks.iter().rev().take(LATELY).copied());
    let (painter, rect) = curve(ui, t(lang::LEARN_CLICKS), &tf(lang::LEARN_CLICKS_NOW, &[&format!("{lately:.1}")]));
    let p = theme::palette(ui);
    let from = clicks.len().saturating_sub(SHOWN);
    let most = clicks[from..].iter().copied().fold(4.0, f32::max);
    let step = rect.width() / (clicks.len() - from).max(12) as f32;
    let mut line = Vec::new();
    for (at, value) in clicks[from..].iter().enumerate() {
        let x = rect.min.x + step * at as f32;
        let bar =
            Rect::from_min_max(pos2(x, rect.max.y - rect.height() * value / most), pos2(x + 0.7 * step, rect.max.y));
        painter.rect_filled(bar, 1.0, p.weak.gamma_multiply(0.5));
        let window = &clicks[(from + at + 1).saturating_sub(LATELY)..=from + at];
        let smooth = mean(window.iter().copied());
        line.push(pos2(x + 0.35 * step, rect.max.y - rect.height() * smooth / most));
    }
    painter.line(line, Stroke::new(2.0, p.accent));
}

fn gain_curve(ui: &mut Ui, report: &LearningReport) {
    let history = &report.history;
    let last = history.len().min(LATELY);
    let lately = mean(history.iter().rev().take(LATELY).map(|o| o.iou - o.frozen));
    let figure = tf(lang::LEARN_GAIN_NOW, &[&format!("{lately:+.3}"), &last]);
    let (painter, rect) = curve(ui, t(lang::LEARN_GAIN), &figure);
    let p = theme::palette(ui);
    let from = history.len().saturating_sub(SHOWN);
    let gains: Vec<f32> = history[from..].iter().map(|o| o.iou - o.frozen).collect();
    let most = gains.iter().map(|g| g.abs()).fold(0.05, f32::max);
    let step = rect.width() / gains.len().max(12) as f32;
    let middle = rect.center().y;
    painter.hline(rect.x_range(), middle, Stroke::new(1.0, p.weak.gamma_multiply(0.4)));
    let mut line = Vec::new();
    for (at, gain) in gains.iter().enumerate() {
        let x = rect.min.x + step * at as f32;
        let end = middle - 0.5 * rect.height() * gain / most;
        let color: Color32 = if *gain >= 0.0 { p.good } else { p.bad };
        let bar = Rect::from_two_pos(pos2(x, middle), pos2(x + 0.7 * step, end));
        painter.rect_filled(bar, 1.0, color.gamma_multiply(0.55));
        let window = &gains[(at + 1).saturating_sub(LATELY)..=at];
        line.push(pos2(x + 0.35 * step, middle - 0.5 * rect.height() * mean(window.iter().copied()) / most));
    }
    painter.line(line, Stroke::new(2.0, p.accent));
}

fn versions(ui: &mut Ui, report: &LearningReport, out: &mut Vec<Command>) {
    if report.generations.is_empty() {
        return;
    }
    ui.add_space(space::S);
    ui.label(RichText::new(t(lang::LEARN_VERSIONS)).size(size::SMALL));
    ScrollArea::vertical().max_height(104.0).auto_shrink([false, true]).show(ui, |ui| {
        for version in report.generations.iter().rev() {
            let current = version.number == report.generation;
            ui.horizontal(|ui| {
                let gain = format!("{:+.3}", version.gain);
                let text = tf(lang::LEARN_VERSION_ROW, &[&version.number, &version.objects, &gain]);
                let text = RichText::new(text).size(size::SMALL);
                ui.label(if current { text.strong() } else { text });
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    let name = tf(lang::LEARN_GO_BACK, &[&version.number]);
                    let button = egui::Button::new(RichText::new(t(lang::LEARN_BACK)).size(size::SMALL)).small();
                    if ui.add_enabled(!current, button).accessible_name(name.as_str()).on_hover_text(name).clicked() {
                        out.push(Command::Learn(Order::RollBack(version.number)));
                    }
                });
            });
        }
    });
}

fn files(ui: &mut Ui, report: &LearningReport, local: &mut Local, out: &mut Vec<Command>) {
    ui.horizontal_wrapped(|ui| {
        if ui.button(t(lang::LEARN_IMPORT)).on_hover_text(t(lang::LEARN_IMPORT_HINT)).clicked() {
            out.push(Command::Ask(Ask::LearnedIn));
        }
        let something = report.objects > 0;
        if ui.add_enabled(something, egui::Button::new(t(lang::LEARN_EXPORT))).clicked() {
            out.push(Command::Ask(Ask::LearnedOut));
        }
        // Versions cannot bring back what is forgotten, so it takes two presses.
        let sure = local.forget_learning && something;
        let label = if sure { lang::LEARN_RESET_SURE } else { lang::LEARN_RESET };
        if ui.add_enabled(something, egui::Button::new(t(label))).clicked() {
            if sure {
                out.push(Command::Learn(Order::Reset));
            }
            local.forget_learning = !sure;
        }
    });
}

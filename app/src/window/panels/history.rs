//! What was done, the newest first; a click goes there.

use egui::{RichText, Role, ScrollArea, Sense, Ui, WidgetInfo, vec2};

use super::{Local, floating};
use crate::window::app::LimnApp;
use crate::window::command::Command;
use crate::window::lang::{self, t, tf};
use crate::window::theme::{self, size, space};

/// The labels, made anew only when the history changed.
#[derive(Debug, Default)]
pub struct History {
    made_for: Option<(u64, lang::Language)>,
    labels: Vec<String>,
    position: usize,
}

/// Draws the window.
pub fn show(ctx: &egui::Context, app: &LimnApp, local: &mut Local, out: &mut Vec<Command>) {
    if !local.history_open {
        return;
    }
    let canvas = local.canvas(app);
    let history = &mut local.history;
    if let Some(project) = app.project()
        && history.made_for != Some((app.opened.edits, lang::current()))
    {
        history.labels = project.history().into_iter().map(|entry| lang::said_again(&entry.label)).collect();
        history.position = project.history_position();
        history.made_for = Some((app.opened.edits, lang::current()));
    }
    let at = canvas.right_top() + vec2(-330.0, 20.0);
    let title = ("history", t(lang::HISTORY));
    floating::show(ctx, title, &mut local.history_open, vec2(300.0, 360.0), at, |ui| {
        let weak = theme::palette(ui).weak;
        if history.labels.is_empty() {
            ui.label(RichText::new(t(lang::HISTORY_EMPTY)).color(weak));
            return;
        }
        ui.label(RichText::new(t(lang::HISTORY_NOTE)).color(weak).size(size::SMALL));
        ui.spacing_mut().item_spacing.y = 1.0;
        let count = history.labels.len();
        ScrollArea::vertical().auto_shrink(false).show_rows(ui, space::ROW, count + 1, |ui, range| {
            for i in range {
                let position = count - i;
                if row(ui, history, position) {
                    out.push(Command::GoTo(position));
                }
            }
        });
    });
}

/// The document after so many steps; true when it was chosen.
fn row(ui: &mut Ui, history: &History, position: usize) -> bool {
    let p = theme::palette(ui);
    let label = position.checked_sub(1).map_or(t(lang::HISTORY_START), |at| history.labels[at].as_str());
    let here = position == history.position;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), space::ROW), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, here, tf(lang::HISTORY_GO, &[&position, &label])));
    if here || response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, 5.0, if here { p.selected } else { p.hover });
    }
    let undone = position > history.position;
    let mut text = RichText::new(label).color(if undone { p.weak } else { p.text });
    if undone {
        text = text.strikethrough();
    }
    let mut inner = ui.new_child(
        egui::UiBuilder::new()
            .max_rect(rect.shrink2(vec2(8.0, 0.0)))
            .layout(egui::Layout::left_to_right(egui::Align::Center)),
    );
    inner.label(RichText::new(position.to_string()).color(p.weak).size(size::SMALL));
    inner.add(egui::Label::new(text).truncate().selectable(false));
    response.clicked()
}

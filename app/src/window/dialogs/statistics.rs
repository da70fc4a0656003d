//! What there is of each class: objects, pictures, areas, time and clicks.

use egui::{Align2, Color32, FontId, Grid, Rect, RichText, Sense, Ui, WidgetInfo, pos2, vec2};
use limn_datasets::document::{ClassStatistics, Statistics};
use limn_datasets::{ClassId, ImageState};

use super::{dialog, foot, middle, sideways};
use crate::window::app::LimnApp;
use crate::window::command::Command;
use crate::window::facts::state_name;
use crate::window::lang::{self, t, tf};
use crate::window::theme::{self, size, space};

/// Fields of the dialog.
#[derive(Debug, Default)]
pub struct Form {
    counted: Option<(u64, Statistics)>,
    class: Option<ClassId>,
}

/// Draws the dialog.
pub fn show(ctx: &egui::Context, app: &LimnApp, form: &mut Form, out: &mut Vec<Command>) {
    if form.counted.as_ref().is_none_or(|(edits, _)| *edits != app.opened.edits) {
        form.counted = Some((app.opened.edits, app.document().statistics()));
    }
    let Some((_, statistics)) = &form.counted else { return };
    let mut class = form.class;
    dialog(ctx, "statistics", t(lang::STATISTICS), 680.0, out, |ui, out| {
        states(ui, statistics);
        ui.add_space(space::M);
        middle(ui, 60.0, |ui| {
            if statistics.classes.iter().all(|c| c.objects() == 0) {
                ui.label(RichText::new(t(lang::STATISTICS_EMPTY)).color(theme::palette(ui).weak));
            } else {
                sideways(ui, "table", |ui| table(ui, app, statistics, &mut class));
                ui.add_space(space::M);
                histograms(ui, app, statistics, class);
            }
        });
        foot(ui, out, |_, _| ());
    });
    form.class = class;
}

/// One bar of all pictures, split by state.
fn states(ui: &mut Ui, statistics: &Statistics) {
    let p = theme::palette(ui);
    let total: usize = statistics.states.iter().sum();
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 14.0), Sense::hover());
    let colors = [p.pressed, p.accent, p.good, p.bad];
    let mut x = rect.min.x;
    for (count, color) in statistics.states.iter().zip(colors) {
        let width = rect.width() * *count as f32 / total.max(1) as f32;
        let part = Rect::from_min_size(pos2(x, rect.min.y), vec2(width, rect.height()));
        ui.painter().rect_filled(part, 2.0, color);
        x += width;
    }
    ui.horizontal_wrapped(|ui| {
        for ((state, count), color) in ImageState::ALL.into_iter().zip(statistics.states).zip(colors) {
            let (dot, _) = ui.allocate_exact_size(vec2(10.0, 10.0), Sense::hover());
            ui.painter().rect_filled(dot, 2.0, color);
            ui.label(RichText::new(format!("{} {count}", t(state_name(state)))).size(size::SMALL));
        }
        let empty = tf(lang::STATISTICS_NO_OBJECTS, &[&statistics.empty_images]);
        ui.label(RichText::new(empty).size(size::SMALL).color(p.weak));
    });
    let text = tf(lang::STATISTICS_STATES, &[&total]);
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, text.clone()));
}

fn table(ui: &mut Ui, app: &LimnApp, statistics: &Statistics, chosen: &mut Option<ClassId>) {
    let most = statistics.classes.iter().map(ClassStatistics::objects).max().unwrap_or(0).max(1);
    Grid::new("statistics").num_columns(6).striped(true).spacing([16.0, 4.0]).show(ui, |ui| {
        for head in [
            lang::STATISTICS_CLASS,
            lang::OBJECTS,
            lang::PICTURES,
            lang::STATISTICS_AREA,
            lang::STATISTICS_SECONDS,
            lang::STATISTICS_CLICKS,
        ] {
            ui.label(RichText::new(t(head)).size(size::SMALL).color(theme::palette(ui).weak));
        }
        ui.end_row();
        for numbers in &statistics.classes {
            let Some(class) = app.document().class(numbers.class) else { continue };
            let color = theme::class_color(class.color);
            let on = *chosen == Some(class.id);
            if ui.selectable_label(on, &class.name).on_hover_text(t(lang::STATISTICS_CHOOSE)).clicked() {
                *chosen = (!on).then_some(class.id);
            }
            bar(ui, numbers.objects(), most, color);
            number(ui, numbers.images.to_string());
            number(ui, median(&numbers.areas).map_or_else(String::new, |a| tf(lang::PIXELS, &[&a])));
            number(ui, median(&numbers.seconds).map_or_else(String::new, |s| format!("{s:.1}")));
            let clicks = numbers.clicks.iter().sum::<usize>() as f32 / numbers.clicks.len().max(1) as f32;
            number(ui, if numbers.clicks.is_empty() { String::new() } else { format!("{clicks:.1}") });
            ui.end_row();
        }
    });
}

/// A figure at the right of its column.
fn number(ui: &mut Ui, text: String) {
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| ui.label(text));
}

/// The median of ascending numbers.
fn median<T: Copy>(ascending: &[T]) -> Option<T> {
    ascending.get(ascending.len() / 2).copied()
}

/// A number with a bar as long as its share of the largest.
fn bar(ui: &mut Ui, count: usize, most: usize, color: Color32) {
    let p = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(170.0, 18.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Label, true, count.to_string()));
    let filled = Rect::from_min_size(rect.min, vec2((rect.width() - 50.0) * count as f32 / most as f32, rect.height()));
    ui.painter().rect_filled(filled.shrink2(vec2(0.0, 3.0)), 2.0, color);
    let at = pos2(filled.max.x + 5.0, rect.center().y);
    ui.painter().text(at, Align2::LEFT_CENTER, count.to_string(), FontId::proportional(size::SMALL), p.text);
}

/// Areas by powers of four, and seconds and clicks in steps, of one class or of all.
fn histograms(ui: &mut Ui, app: &LimnApp, statistics: &Statistics, chosen: Option<ClassId>) {
    let classes: Vec<&ClassStatistics> =
        statistics.classes.iter().filter(|c| chosen.is_none_or(|id| c.class == id)).collect();
    let class = chosen.and_then(|id| app.document().class(id));
    let color = class.map_or(theme::palette(ui).accent, |c| theme::class_color(c.color));
    let areas = classes.iter().flat_map(|c| &c.areas).map(|a| (a.max(&1).ilog2() / 2) as usize);
    let seconds = classes.iter().flat_map(|c| &c.seconds).map(|s| (s / 5.0) as usize);
    let clicks = classes.iter().flat_map(|c| &c.clicks).copied();
    let whose = class.map_or_else(|| t(lang::STATISTICS_ALL).to_owned(), |c| c.name.clone());
    ui.label(RichText::new(whose).strong());
    ui.columns(3, |columns| {
        let power = |i: usize| short(4_u64.saturating_pow(i as u32));
        histogram(&mut columns[0], t(lang::STATISTICS_AREAS), &bins(areas, 14), color, power);
        histogram(&mut columns[1], t(lang::STATISTICS_TIMES), &bins(seconds, 13), color, |i| (5 * i).to_string());
        histogram(&mut columns[2], t(lang::STATISTICS_CLICK_COUNTS), &bins(clicks, 16), color, |i| i.to_string());
    });
}

fn short(n: u64) -> String {
    match n {
        0..=9_999 => n.to_string(),
        10_000..=999_999 => format!("{}k", n / 1_000),
        _ => format!("{}M", n / 1_000_000),
    }
}

/// How many fall into each bin; what is beyond the last counts as the last.
fn bins(values: impl Iterator<Item = usize>, count: usize) -> Vec<usize> {
    let mut bins = vec![0; count];
    values.for_each(|at| bins[at.min(count - 1)] += 1);
    bins
}

fn histogram(ui: &mut Ui, title: &str, bins: &[usize], color: Color32, name: impl Fn(usize) -> String) {
    let p = theme::palette(ui);
    ui.label(RichText::new(title).size(size::SMALL).color(p.weak));
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 96.0), Sense::hover());
    let spoken = format!("{title}: {}", bins.iter().map(usize::to_string).collect::<Vec<_>>().join(", "));
    response.widget_info(|| WidgetInfo::labeled(egui::Role::Image, true, spoken.clone()));
    let ground = Rect::from_min_max(rect.min, rect.max - vec2(0.0, 14.0));
    ui.painter().rect_filled(ground, 3.0, p.field);
    let most = bins.iter().copied().max().unwrap_or(0).max(1);
    let step = ground.width() / bins.len() as f32;
    let hovered = response.hover_pos().map(|at| ((at.x - ground.min.x) / step) as usize);
    for (i, count) in bins.iter().enumerate() {
        let height = (ground.height() - 4.0) * *count as f32 / most as f32;
        let left = ground.min.x + i as f32 * step;
        let bar = Rect::from_min_max(pos2(left + 1.0, ground.max.y - height), pos2(left + step - 1.0, ground.max.y));
        ui.painter().rect_filled(bar, 1.0, if hovered == Some(i) { p.text } else { color });
        if i % 3 == 0 {
            let font = FontId::proportional(size::SMALL - 2.0);
            ui.painter().text(pos2(left, rect.max.y), Align2::LEFT_BOTTOM, name(i), font, p.weak);
        }
    }
    if let Some((i, count)) = hovered.and_then(|i| Some((i, bins.get(i)?))) {
        response.on_hover_text(format!("{} ...: {count}", name(i)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_beyond_the_last_bin_counts_as_the_last() {
        assert_eq!(bins([0, 1, 1, 9].into_iter(), 3), [1, 2, 1]);
        assert_eq!(median(&[1, 5, 9]), Some(5));
        assert_eq!(median::<u8>(&[]), None);
    }
}

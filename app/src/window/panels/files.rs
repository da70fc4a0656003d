//! The pictures: search, state, how many objects.

use egui::{Align, Align2, FontId, Layout, RichText, Role, ScrollArea, Sense, TextEdit, Ui, WidgetInfo, vec2};
use limn_datasets::{ImageRecord, ImageState};

use super::{Focus, Local, heading};
use crate::window::app::LimnApp;
use crate::window::command::Command;
use crate::window::icons::{self, Icon};
use crate::window::keymap::hint;
use crate::window::lang::{self, counted, t, tf};
use crate::window::theme::{self, size, space};

/// Draws the panel.
pub fn show(ui: &mut Ui, app: &LimnApp, local: &mut Local, out: &mut Vec<Command>) {
    let document = app.document();
    heading(ui, t(lang::PICTURES), &tf(lang::DONE_OF, &[&document.done_count(), &document.image_count()]));
    let search = ui
        .add(TextEdit::singleline(&mut local.search).hint_text(t(lang::SEARCH)).desired_width(f32::INFINITY))
        .accessible_name(t(lang::SEARCH_PICTURES));
    if local.focus == Some(Focus::Search) {
        search.request_focus();
        local.focus = None;
    }
    egui::Panel::bottom("picture tools")
        .frame(egui::Frame::new())
        .show_separator_line(false)
        .show(ui, |ui| tools(ui, app, out));

    let wanted = local.search.to_lowercase();
    let images: Vec<&ImageRecord> =
        document.images().iter().filter(|i| wanted.is_empty() || i.path.to_lowercase().contains(&wanted)).collect();
    if images.is_empty() {
        let text = if document.image_count() == 0 { lang::NO_PICTURES } else { lang::NOTHING_FOUND };
        ui.add_space(space::M);
        ui.label(RichText::new(t(text)).color(theme::palette(ui).weak));
        return;
    }
    ui.spacing_mut().item_spacing.y = 2.0;
    let mut area = ScrollArea::vertical().auto_shrink(false);
    if std::mem::take(&mut local.scroll_to_current)
        && let Some(at) = images.iter().position(|i| Some(i.id) == app.current)
    {
        let row = space::ROW + ui.spacing().item_spacing.y;
        let height = ui.available_height();
        area = area.vertical_scroll_offset((at as f32 * row - height / 2.0).max(0.0));
    }
    area.show_rows(ui, space::ROW, images.len(), |ui, range| {
        for image in &images[range] {
            if row(ui, app, image) {
                out.push(Command::Show(image.id));
            }
        }
    });
}

/// One picture; true when it was chosen.
fn row(ui: &mut Ui, app: &LimnApp, image: &ImageRecord) -> bool {
    let p = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), space::ROW), Sense::click());
    let current = app.current == Some(image.id);
    let count = app.document().object_count_of(image.id);
    let state = if image.missing { t(lang::STATE_MISSING) } else { t(state_name(image.state)) };
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, current, format!("{}, {state}", image.path)));
    if !ui.is_rect_visible(rect) {
        return response.clicked();
    }
    let painter = ui.painter();
    if current || response.hovered() || response.has_focus() {
        painter.rect_filled(rect, 5.0, if current { p.selected } else { p.hover });
    }
    let mark = egui::Rect::from_center_size(rect.left_center() + vec2(13.0, 0.0), vec2(13.0, 13.0));
    if image.missing {
        icons::paint(painter, mark, Icon::Warning, p.warn);
    } else if image.state == ImageState::Done {
        icons::paint(painter, mark, Icon::Check, p.good);
    } else if count > 0 {
        painter.circle_filled(mark.center(), 3.0, p.accent);
    } else {
        painter.circle_stroke(mark.center(), 3.0, egui::Stroke::new(1.2, p.weak));
    }
    let mut right = rect.max.x - 8.0;
    if count > 0 {
        let font = FontId::proportional(size::SMALL);
        right = painter
            .text(rect.right_center() - vec2(8.0, 0.0), Align2::RIGHT_CENTER, count.to_string(), font, p.weak)
            .min
            .x
            - 6.0;
    }
    let color = if image.missing { p.weak } else { p.text };
    let galley = {
        let mut job =
            egui::text::LayoutJob::simple_singleline(image.path.clone(), FontId::proportional(size::BODY), color);
        job.wrap = egui::text::TextWrapping::truncate_at_width((right - rect.min.x - 28.0).max(20.0));
        painter.layout_job(job)
    };
    painter.galley(egui::pos2(rect.min.x + 27.0, rect.center().y - galley.size().y / 2.0), galley, color);
    let tip = if image.width > 0 {
        let objects = counted(count, lang::OBJECT_ONE, lang::OBJECT_MANY);
        format!("{}\n{}", image.path, tf(lang::PICTURE_TIP, &[&image.width, &image.height, &objects, &state]))
    } else {
        format!("{}\n{state}", image.path)
    };
    response.on_hover_text(tip).clicked()
}

/// What a state is called.
pub fn state_name(state: ImageState) -> lang::Text {
    match state {
        ImageState::Open => lang::STATE_OPEN,
        ImageState::Done => lang::STATE_DONE,
        ImageState::Checked => lang::STATE_CHECKED,
        ImageState::Rejected => lang::STATE_REJECTED,
    }
}

fn tools(ui: &mut Ui, app: &LimnApp, out: &mut Vec<Command>) {
    ui.add_space(space::S);
    ui.horizontal(|ui| {
        for (icon, label, command) in [
            (Icon::Left, t(lang::PREVIOUS_PICTURE), Command::Step(-1)),
            (Icon::Right, t(lang::NEXT_PICTURE), Command::Step(1)),
        ] {
            if icons::button(ui, icon, &hint(label, &command)).clicked() {
                out.push(command);
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let done = app.current.and_then(|id| app.document().image(id)).is_some_and(|i| i.state == ImageState::Done);
            let text = t(if done { lang::OPEN_AGAIN } else { lang::MARK_DONE });
            let button = egui::Button::new((icons::atom(if done { Icon::Pencil } else { Icon::Check }), text));
            if ui.add_enabled(app.current.is_some(), button).on_hover_text(hint(text, &Command::ToggleDone)).clicked() {
                out.push(Command::ToggleDone);
            }
        });
    });
}

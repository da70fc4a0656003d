//! The picture in sight: how far it is, what the reviewer says, tags and attributes.

use egui::{Align, Id, Layout, RichText, Ui, vec2};
use limn_datasets::{ImageRecord, ImageState};

use super::{Local, edit_line};
use crate::window::app::LimnApp;
use crate::window::command::Command;
use crate::window::facts::state_name;
use crate::window::focus::Focus;
use crate::window::icons::{self, Icon};
use crate::window::keymap::hint;
use crate::window::lang::{self, t, tf};
use crate::window::theme::{self, size, space};
use crate::window::values;

/// Windows that are lower than this, in points, fold the details of a picture.
const LOW: f32 = 640.0;

/// Draws the part of the panel below the list.
pub fn show(ui: &mut Ui, app: &LimnApp, local: &mut Local, out: &mut Vec<Command>) {
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
            let copy = t(lang::COPY_TO_NEXT);
            if icons::toggle(ui, Icon::Copy, &hint(copy, &Command::CopyToNext), false, app.shown.current.is_some())
                .clicked()
            {
                out.push(Command::CopyToNext);
            }
            if icons::toggle(ui, Icon::Grid, &hint(t(lang::THUMBNAILS), &Command::ToggleGrid), local.grid, true)
                .clicked()
            {
                out.push(Command::ToggleGrid);
            }
        });
    });
    let Some(image) = app.shown.current.and_then(|id| app.document().image(id)) else { return };
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        ui.spacing_mut().button_padding = vec2(6.0, 4.0);
        for state in ImageState::ALL {
            let name = t(state_name(state));
            let command = Command::SetState(state);
            let text = RichText::new(name).size(size::SMALL);
            let button = ui.selectable_label(image.state == state, text);
            let label = tf(lang::MARK_AS, &[&name]);
            let key = match state {
                ImageState::Done => Command::ToggleDone,
                other => Command::ToggleState(other),
            };
            if button.accessible_name(&label).on_hover_text(hint(&label, &key)).clicked() {
                out.push(command);
            }
        }
    });
    // In a low window the list of pictures needs the room: one line holds all that is seldom needed.
    let low = ui.ctx().content_rect().height() < LOW;
    local.details |= matches!(local.focus, Some(Focus::Remark | Focus::Tags));
    if low {
        let filled = !image.remark.is_empty() || !image.tags.is_empty() || !image.attributes.is_empty();
        let mark = if filled { " •" } else { "" };
        let title = RichText::new(format!("{}{mark}", t(lang::DETAILS))).size(size::SMALL);
        let header = egui::CollapsingHeader::new(title).id_salt("details").open(Some(local.details));
        if header.show(ui, |_| ()).header_response.clicked() {
            local.details = !local.details;
        }
        if !local.details {
            return;
        }
    }
    let line = |name: &str| Id::unique((name, image.id.0));
    let width = ui.available_width() - 2.0;
    let (field, text) = edit_line(ui, &mut local.typing, line("remark"), t(lang::REMARK), &image.remark, width);
    if local.focus == Some(Focus::Remark) {
        field.request_focus();
        local.focus = None;
    }
    out.extend(text.map(|text| Command::SetRemark(image.id, text.trim().to_owned())));
    let (field, text) = edit_line(ui, &mut local.typing, line("tags"), t(lang::TAGS), &image.tags.join(", "), width);
    let field = field.on_hover_text(t(lang::TAGS_HINT));
    if local.focus == Some(Focus::Tags) {
        field.request_focus();
        local.focus = None;
    }
    out.extend(text.map(|text| Command::SetTags(image.id, tags(&text))));
    let count = image.attributes.len();
    let title = tf(lang::PICTURE_ATTRIBUTES, &[&count]);
    egui::CollapsingHeader::new(RichText::new(title).size(size::SMALL))
        .id_salt("picture attributes")
        .show(ui, |ui| attributes(ui, image, local, out));
}

/// The words of a line, each once, in their order.
fn tags(text: &str) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for tag in text.split([',', '，', ';']).map(str::trim).filter(|tag| !tag.is_empty()) {
        if !tags.iter().any(|known| known == tag) {
            tags.push(tag.to_owned());
        }
    }
    tags
}

fn attributes(ui: &mut Ui, image: &ImageRecord, local: &mut Local, out: &mut Vec<Command>) {
    for (name, value) in &image.attributes {
        ui.horizontal(|ui| {
            ui.label(RichText::new(name).color(theme::palette(ui).weak).size(size::SMALL));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if icons::button(ui, Icon::Cross, &tf(lang::REMOVE_ATTRIBUTE, &[name])).clicked() {
                    out.push(Command::SetPictureAttribute(image.id, name.clone(), None));
                }
                let id = Id::unique(("picture attribute", image.id.0, name));
                let width = ui.available_width();
                let (_, text) = edit_line(ui, &mut local.typing, id, name, &values::text(value), width);
                let value = text.map(|text| values::parse(&text));
                out.extend(value.map(|v| Command::SetPictureAttribute(image.id, name.clone(), Some(v))));
            });
        });
    }
    let id = Id::unique(("new picture attribute", image.id.0));
    let width = ui.available_width();
    let (_, text) = edit_line(ui, &mut local.typing, id, t(lang::NEW_ATTRIBUTE), "", width);
    if let Some((name, value)) = text.as_deref().map(|text| text.split_once('=').unwrap_or((text, ""))) {
        out.push(Command::SetPictureAttribute(image.id, name.trim().to_owned(), Some(values::parse(value.trim()))));
    }
}

#[cfg(test)]
mod tests {
    use super::tags;

    #[test]
    fn tags_are_words_between_commas_each_once() {
        assert_eq!(tags(" night, very dark ,night，夜;"), ["night", "very dark", "夜"]);
    }
}

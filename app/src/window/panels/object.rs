//! What can be done with the selected objects, and what is known of them: class, flags, group, attributes.

use egui::{Align, ComboBox, Id, Layout, RichText, Ui};
use limn_datasets::{Attribute, AttributeKind, Object};
use serde_json::Value;

use super::{Local, edit_line};
use crate::window::app::LimnApp;
use crate::window::command::{Combine, Command, ObjectFlag};
use crate::window::icons::{self, Icon};
use crate::window::keymap::hint;
use crate::window::lang::{self, t, tf};
use crate::window::theme::{self, size, space};
use crate::window::values;

/// Draws the part of the panel below the list; `object` is the first of those selected.
pub fn show(ui: &mut Ui, app: &LimnApp, object: &Object, local: &mut Local, out: &mut Vec<Command>) {
    let selection = app.selection();
    ui.add_space(space::S);
    class_and_order(ui, app, object, out);
    if selection.len() > 1 {
        several(ui, selection.len(), out);
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        for (flag, text, on) in [
            (ObjectFlag::Difficult, lang::DIFFICULT, object.difficult),
            (ObjectFlag::Crowd, lang::CROWD, object.crowd),
            (ObjectFlag::Truncated, lang::TRUNCATED, object.truncated),
        ] {
            let mut on = on;
            if ui.checkbox(&mut on, RichText::new(t(text)).size(size::SMALL)).changed() {
                out.push(Command::SetFlag(flag, on));
            }
        }
    });
    ui.horizontal(|ui| {
        let label = ui.label(RichText::new(t(lang::GROUP)).size(size::SMALL));
        let now = object.group.map_or_else(String::new, |g| g.to_string());
        let id = Id::unique(("group", object.id.0));
        let (field, text) = edit_line(ui, &mut local.typing, id, t(lang::GROUP), &now, 70.0);
        field.labelled_by(label.id);
        out.extend(text.map(|text| Command::SetGroup(text.trim().parse().ok())));
        if icons::button(ui, Icon::Plus, &hint(t(lang::GROUP_NEW), &Command::GroupSelected)).clicked() {
            out.push(Command::GroupSelected);
        }
        let layer = tf(lang::LAYER, &[&object.z]);
        ui.label(RichText::new(layer).size(size::SMALL).color(theme::palette(ui).weak));
    });
    let asked = app.document().class(object.class).map_or(&[][..], |c| &c.attributes);
    for attribute in asked {
        ui.horizontal(|ui| answer(ui, object, attribute, local, out));
    }
    for (name, value) in object.attributes.iter().filter(|(name, _)| !asked.iter().any(|a| a.name == **name)) {
        ui.horizontal(|ui| free(ui, object, name, value, local, out));
    }
    let id = Id::unique(("new attribute", object.id.0));
    let width = ui.available_width();
    let (_, text) = edit_line(ui, &mut local.typing, id, t(lang::NEW_OBJECT_ATTRIBUTE), "", width);
    if let Some((name, value)) = text.as_deref().map(|text| text.split_once('=').unwrap_or((text, ""))) {
        out.push(Command::SetAttribute(name.trim().to_owned(), Some(values::parse(value.trim()))));
    }
}

fn class_and_order(ui: &mut Ui, app: &LimnApp, object: &Object, out: &mut Vec<Command>) {
    let document = app.document();
    let name = document.class(object.class).map_or("?", |c| c.name.as_str());
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        let width = (ui.available_width() - 104.0).clamp(48.0, 104.0);
        let combo = ComboBox::from_id_salt("class of object").width(width).truncate().selected_text(name);
        let combo = combo.show_ui(ui, |ui| {
            for class in document.classes() {
                if ui.selectable_label(class.id == object.class, &class.name).clicked() {
                    out.push(Command::SetClassOfSelected(class.id));
                }
            }
        });
        combo.response.accessible_name(t(lang::CLASS_OF_OBJECT));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            for (icon, label, command) in [
                (Icon::Trash, t(lang::DELETE_OBJECT), Command::DeleteSelected),
                (Icon::Down, t(lang::OBJECT_DOWN), Command::RaiseSelected(-1)),
                (Icon::Up, t(lang::OBJECT_UP), Command::RaiseSelected(1)),
                (Icon::Pencil, t(lang::REOPEN_OBJECT), Command::ReopenSelected),
            ] {
                if icons::button(ui, icon, &hint(label, &command)).clicked() {
                    out.push(command);
                }
            }
        });
    });
}

/// Operations between several objects.
fn several(ui: &mut Ui, count: usize, out: &mut Vec<Command>) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().button_padding.x = 6.0;
        let weak = theme::palette(ui).weak;
        ui.label(RichText::new(tf(lang::SELECTED_COUNT, &[&count])).size(size::SMALL).color(weak));
        for (operation, text, explained) in [
            (Combine::Union, lang::UNION, lang::ACT_UNION),
            (Combine::Subtract, lang::SUBTRACT, lang::ACT_SUBTRACT),
            (Combine::Intersect, lang::INTERSECT, lang::ACT_INTERSECT),
            (Combine::Exclude, lang::EXCLUDE, lang::ACT_EXCLUDE),
        ] {
            let command = Command::CombineSelected(operation);
            if ui.small_button(t(text)).on_hover_text(hint(t(explained), &command)).clicked() {
                out.push(command);
            }
        }
    });
}

/// The answer to a question of the class.
fn answer(ui: &mut Ui, object: &Object, attribute: &Attribute, local: &mut Local, out: &mut Vec<Command>) {
    let name = &attribute.name;
    let value = object.attributes.get(name);
    let set = |value: Option<Value>| Command::SetAttribute(name.clone(), value);
    if attribute.kind == AttributeKind::Flag {
        let mut on = value.and_then(Value::as_bool).unwrap_or(false);
        if ui.checkbox(&mut on, name).changed() {
            out.push(set(Some(Value::Bool(on))));
        }
        return;
    }
    label(ui, name);
    let now = value.map_or_else(String::new, values::text);
    match &attribute.kind {
        AttributeKind::Choice(choices) => {
            let combo = ComboBox::from_id_salt(("choice", name)).width(ui.available_width() - 8.0).truncate();
            let shown = if now.is_empty() { t(lang::NO_ANSWER).to_owned() } else { now.clone() };
            let combo = combo.selected_text(shown).show_ui(ui, |ui| {
                if ui.selectable_label(value.is_none(), t(lang::NO_ANSWER)).clicked() {
                    out.push(set(None));
                }
                for choice in choices {
                    if ui.selectable_label(now == *choice, choice).clicked() {
                        out.push(set(Some(Value::String(choice.clone()))));
                    }
                }
            });
            combo.response.accessible_name(name);
        }
        kind => {
            let id = Id::unique(("attribute", object.id.0, name));
            let width = ui.available_width();
            let (_, text) = edit_line(ui, &mut local.typing, id, name, &now, width);
            if let Some(text) = text.map(|text| text.trim().to_owned()) {
                match (values::parse(&text), kind) {
                    _ if text.is_empty() => out.push(set(None)),
                    (Value::Number(number), AttributeKind::Number) => out.push(set(Some(Value::Number(number)))),
                    (_, AttributeKind::Number) => out.push(Command::SayNoNumber(text)),
                    _ => out.push(set(Some(Value::String(text)))),
                }
            }
        }
    }
}

/// An attribute that the class does not ask for.
fn free(ui: &mut Ui, object: &Object, name: &str, value: &Value, local: &mut Local, out: &mut Vec<Command>) {
    label(ui, name);
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        if icons::button(ui, Icon::Cross, &tf(lang::REMOVE_ATTRIBUTE, &[&name])).clicked() {
            out.push(Command::SetAttribute(name.to_owned(), None));
        }
        let id = Id::unique(("attribute", object.id.0, name));
        let width = ui.available_width();
        let (_, text) = edit_line(ui, &mut local.typing, id, name, &values::text(value), width);
        out.extend(text.map(|text| Command::SetAttribute(name.to_owned(), Some(values::parse(&text)))));
    });
}

fn label(ui: &mut Ui, name: &str) {
    let text = RichText::new(name).size(size::SMALL).color(theme::palette(ui).weak);
    ui.add_sized([80.0, space::ROW - 4.0], egui::Label::new(text).truncate());
}

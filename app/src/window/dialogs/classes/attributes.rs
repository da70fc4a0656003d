//! The questions that a class asks about its objects.

use egui::{ComboBox, Id, RichText, Ui};
use limn_datasets::{Attribute, AttributeKind, Class};

use crate::window::command::Command;
use crate::window::icons::{self, Icon};
use crate::window::lang::{self, Text, t, tf};
use crate::window::panels::edit_line;

const KINDS: [Text; 4] = [lang::KIND_TEXT, lang::KIND_NUMBER, lang::KIND_CHOICE, lang::KIND_FLAG];

fn kind_at(at: usize) -> AttributeKind {
    match at {
        0 => AttributeKind::Text,
        1 => AttributeKind::Number,
        2 => AttributeKind::Choice(Vec::new()),
        _ => AttributeKind::Flag,
    }
}

fn place(kind: &AttributeKind) -> usize {
    match kind {
        AttributeKind::Text => 0,
        AttributeKind::Number => 1,
        AttributeKind::Choice(_) => 2,
        AttributeKind::Flag => 3,
    }
}

/// Draws the editor; every change is one step.
pub fn show(ui: &mut Ui, class: &Class, typing: &mut Option<(Id, String)>, out: &mut Vec<Command>) {
    ui.label(RichText::new(tf(lang::ATTRIBUTES_OF, &[&class.name])).strong());
    let put = |change: &dyn Fn(&mut Vec<Attribute>)| {
        let mut after = class.clone();
        change(&mut after.attributes);
        Command::PutClass(Box::new(after))
    };
    for (i, attribute) in class.attributes.iter().enumerate() {
        ui.horizontal(|ui| {
            let line = |what: &str| Id::unique((what, class.id.0, i));
            let label = tf(lang::ATTRIBUTE_NAME, &[&(i + 1)]);
            let (_, name) = edit_line(ui, typing, line("attribute name"), &label, &attribute.name, 160.0);
            if let Some(name) = name {
                let (from, to) = (attribute.name.clone(), name.trim().to_owned());
                out.push(Command::RenameAttribute { class: class.id, from, to });
            }
            let now = place(&attribute.kind);
            let combo = ComboBox::from_id_salt(line("attribute kind")).width(90.0).selected_text(t(KINDS[now]));
            let combo = combo.show_ui(ui, |ui| {
                for (at, text) in KINDS.into_iter().enumerate() {
                    if ui.selectable_label(at == now, t(text)).clicked() && at != now {
                        out.push(put(&|list| list[i].kind = kind_at(at)));
                    }
                }
            });
            combo.response.accessible_name(tf(lang::ATTRIBUTE_KIND, &[&attribute.name]));
            if let AttributeKind::Choice(choices) = &attribute.kind {
                let label = tf(lang::ATTRIBUTE_CHOICES, &[&attribute.name]);
                let (field, text) = edit_line(ui, typing, line("choices"), &label, &choices.join(", "), 260.0);
                field.on_hover_text(t(lang::TAGS_HINT));
                if let Some(text) = text {
                    out.push(put(&|list| list[i].kind = AttributeKind::Choice(words(&text))));
                }
            }
            if icons::button(ui, Icon::Trash, &tf(lang::REMOVE_ATTRIBUTE, &[&attribute.name])).clicked() {
                out.push(put(&|list| drop(list.remove(i))));
            }
        });
    }
    let id = Id::unique(("new question", class.id.0));
    let (_, name) = edit_line(ui, typing, id, t(lang::ATTRIBUTE_NEW), "", 260.0);
    if let Some(name) = name.map(|name| name.trim().to_owned())
        && !name.is_empty()
        && !class.attributes.iter().any(|a| a.name == name)
    {
        out.push(put(&|list| list.push(Attribute { name: name.clone(), kind: AttributeKind::Text })));
    }
}

/// The words between commas.
fn words(text: &str) -> Vec<String> {
    text.split([',', '，']).map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

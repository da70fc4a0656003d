//! What the keys and the mouse do: the ten that make most of the work, the rule of each key that has more than one meaning,
//! then everything by heading, to be searched.

use egui::{CollapsingHeader, Grid, RichText, TextEdit, Ui};

use super::{dialog, foot, middle};
use crate::window::command::Command;
use crate::window::dialog::Dialog;
use crate::window::keymap::{ACTIONS, Group, MOUSE, keys_of};
use crate::window::keys;
use crate::window::lang::{self, Text, t};
use crate::window::theme::{self, size, space};

/// Fields of the page.
#[derive(Debug, Default)]
pub struct Form {
    search: String,
}

/// The keys that have a rule, each written down here and nowhere else; the tests of the window hold them.
pub const RULES: [(fn() -> Command, Text); 6] = [
    (|| Command::Escape, lang::RULE_ESC),
    (|| Command::Delete, lang::RULE_DELETE),
    (|| Command::TakeBack, lang::RULE_BACKSPACE),
    (|| Command::Undo, lang::RULE_UNDO),
    (|| Command::Accept { then_next: false }, lang::RULE_ACCEPT),
    (|| Command::Accept { then_next: true }, lang::RULE_ACCEPT_NEXT),
];

/// What most of the work is done with.
const FIRST: [(Text, Text); 3] = [
    (lang::MOUSE_LEFT, lang::MOUSE_BELONGS),
    (lang::MOUSE_RIGHT, lang::MOUSE_NOT),
    (lang::MOUSE_CTRL_DRAG, lang::MOUSE_BOX),
];

/// And with these actions.
const FIRST_ACTIONS: [&str; 7] = ["accept", "accept-next", "undo", "next", "pick-class", "clean", "done"];

/// Draws the page.
pub fn show(ctx: &egui::Context, form: &mut Form, out: &mut Vec<Command>) {
    dialog(ctx, "help", t(lang::HELP_TITLE), 840.0, out, |ui, out| {
        let field = TextEdit::singleline(&mut form.search).hint_text(t(lang::HELP_SEARCH)).desired_width(f32::INFINITY);
        ui.add(field).accessible_name(t(lang::HELP_SEARCH));
        ui.add_space(space::S);
        let search = form.search.trim().to_lowercase();
        middle(ui, 36.0, |ui| {
            // Two columns where there is room for them.
            let count = if ui.available_width() < 740.0 { 1 } else { 2 };
            if search.is_empty() {
                ui.columns(count, |columns| {
                    first(&mut columns[0]);
                    rules(&mut columns[count - 1]);
                });
            }
            ui.columns(count, |columns| {
                for group in Group::ALL {
                    let second = matches!(group, Group::Objects | Group::View);
                    section(&mut columns[if second { count - 1 } else { 0 }], group, &search);
                }
            });
        });
        foot(ui, out, |ui, out| {
            if ui.button(t(lang::KEYS_TITLE)).clicked() {
                out.push(Command::OpenDialog(Dialog::Keys));
            }
        });
    });
}

fn first(ui: &mut Ui) {
    heading(ui, t(lang::HELP_FIRST));
    let actions = FIRST_ACTIONS.iter().filter_map(|id| ACTIONS.iter().find(|a| a.id == *id));
    let now = keys::now();
    let mouse = FIRST.iter().map(|(keys, text)| (t(*keys).to_owned(), t(*text)));
    table(ui, "first", mouse.chain(actions.map(|a| (now.text_of(a), t(a.text)))));
}

fn rules(ui: &mut Ui) {
    heading(ui, t(lang::HELP_RULES));
    table(ui, "rules", RULES.iter().map(|(command, text)| (keys_of(&command()), t(*text))));
}

fn heading(ui: &mut Ui, text: &str) {
    let accent = theme::palette(ui).accent;
    ui.label(RichText::new(text).strong().color(accent));
}

/// Rows of one heading: all keys, and what they do. An action without keys is not shown here.
fn rows(group: Group) -> Vec<(String, &'static str)> {
    let now = keys::now();
    let mouse = MOUSE.iter().filter(|(g, ..)| *g == group).map(|(_, keys, text)| (t(*keys).to_owned(), t(*text)));
    let actions = ACTIONS.iter().filter(|a| a.group == group).map(|a| (now.text_of(a), t(a.text)));
    mouse.chain(actions.filter(|(keys, _)| !keys.is_empty())).collect()
}

/// A heading that unfolds; while something is searched for, what fits is shown at once.
fn section(ui: &mut Ui, group: Group, search: &str) {
    let holds = |(keys, text): &(String, &str)| {
        search.is_empty() || keys.to_lowercase().contains(search) || text.to_lowercase().contains(search)
    };
    let rows: Vec<_> = rows(group).into_iter().filter(holds).collect();
    if rows.is_empty() {
        return;
    }
    let title = RichText::new(t(group.title())).strong().color(theme::palette(ui).accent);
    let open = (!search.is_empty()).then_some(true);
    CollapsingHeader::new(title).id_salt(group).open(open).show_unindented(ui, |ui| table(ui, group, rows.into_iter()));
}

fn table(ui: &mut Ui, id: impl std::hash::Hash + std::fmt::Debug, rows: impl Iterator<Item = (String, &'static str)>) {
    Grid::new(id).num_columns(2).spacing([14.0, 4.0]).min_col_width(110.0).show(ui, |ui| {
        for (keys, text) in rows {
            ui.scope(|ui| {
                ui.set_max_width(120.0);
                ui.add(egui::Label::new(RichText::new(keys).strong().size(size::BODY)).wrap());
            });
            ui.scope(|ui| {
                ui.set_max_width(240.0);
                ui.add(egui::Label::new(text).wrap());
            });
            ui.end_row();
        }
    });
    ui.add_space(space::M);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_on_the_page() {
        let all: Vec<String> = Group::ALL.into_iter().flat_map(rows).map(|(keys, _)| keys).collect();
        for (chord, action) in keys::now().chords() {
            let text = keys::text(chord);
            assert!(all.iter().any(|k| k.split(", ").any(|k| k == text)), "{text} of {}", action.id);
        }
    }

    #[test]
    fn the_keys_with_a_rule_are_those_that_the_rule_is_about() {
        let keys: Vec<String> = RULES.iter().map(|(command, _)| keys_of(&command())).collect();
        let undo = if cfg!(target_os = "macos") { "Cmd+Z" } else { "Ctrl+Z" };
        assert_eq!(keys, ["Escape", "Delete", "Backspace", undo, "Enter, Space", "Shift+Enter"]);
        assert!(FIRST_ACTIONS.iter().all(|id| ACTIONS.iter().any(|a| a.id == *id)));
    }
}

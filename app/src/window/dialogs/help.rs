//! All keys as they are now, and what the mouse does.

use egui::{Grid, RichText, ScrollArea, Ui};

use super::{Dialog, dialog};
use crate::window::command::Command;
use crate::window::keymap::{ACTIONS, Group, MOUSE};
use crate::window::keys;
use crate::window::lang::{self, t};
use crate::window::theme::{self, space};

/// Draws the page.
pub fn show(ctx: &egui::Context, out: &mut Vec<Command>) {
    let height = ctx.content_rect().height() - 160.0;
    dialog(ctx, "help", t(lang::HELP_TITLE), 820.0, out, |ui, out| {
        ScrollArea::vertical()
            .max_height(height)
            .min_scrolled_height(height.min(600.0))
            .auto_shrink([false, true])
            .show(ui, |ui| {
                ui.columns(2, |columns| {
                    for group in Group::ALL {
                        section(&mut columns[usize::from(matches!(group, Group::Objects | Group::View))], group);
                    }
                });
            });
        ui.add_space(space::M);
        ui.horizontal(|ui| {
            if ui.button(t(lang::CLOSE)).clicked() {
                out.push(Command::CloseDialog);
            }
            if ui.button(t(lang::KEYS_TITLE)).clicked() {
                out.push(Command::OpenDialog(Dialog::Keys));
            }
        });
    });
}

/// Rows of one heading: all keys, and what they do. An action without keys is not shown here.
fn rows(group: Group) -> Vec<(String, &'static str)> {
    let now = keys::now();
    let mouse = MOUSE.iter().filter(|(g, ..)| *g == group).map(|(_, keys, text)| (t(*keys).to_owned(), t(*text)));
    let actions = ACTIONS.iter().filter(|a| a.group == group).map(|a| (now.text_of(a), t(a.text)));
    mouse.chain(actions.filter(|(keys, _)| !keys.is_empty())).collect()
}

fn section(ui: &mut Ui, group: Group) {
    let p = theme::palette(ui);
    ui.label(RichText::new(t(group.title())).strong().color(p.accent));
    Grid::new(group).num_columns(2).spacing([14.0, 4.0]).min_col_width(110.0).show(ui, |ui| {
        for (keys, text) in rows(group) {
            ui.scope(|ui| {
                ui.set_max_width(130.0);
                ui.add(egui::Label::new(RichText::new(keys).strong()).wrap());
            });
            ui.scope(|ui| {
                ui.set_max_width(230.0);
                ui.add(egui::Label::new(text).wrap());
            });
            ui.end_row();
        }
    });
    ui.add_space(space::L);
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
}

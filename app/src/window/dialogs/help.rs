//! The keys, made from the key map.

use egui::{Grid, RichText, ScrollArea, Ui};

use super::dialog;
use crate::window::command::Command;
use crate::window::keymap::{self, BINDINGS, Group, MOUSE};
use crate::window::theme::{self, space};

/// Draws the page.
pub fn show(ctx: &egui::Context, out: &mut Vec<Command>) {
    let height = ctx.content_rect().height() - 160.0;
    dialog(ctx, "help", "Keys and mouse", 820.0, out, |ui, out| {
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
        if ui.button("Close").clicked() {
            out.push(Command::CloseDialog);
        }
    });
}

/// Rows of one heading: what it does, and all its keys.
pub fn rows(group: Group) -> Vec<(String, &'static str)> {
    let mut rows: Vec<(String, &'static str)> =
        MOUSE.iter().filter(|(g, ..)| *g == group).map(|(_, keys, text)| ((*keys).to_owned(), *text)).collect();
    for binding in BINDINGS.iter().filter(|b| b.group == group) {
        let keys = keymap::text(&binding.shortcut);
        match rows.iter_mut().find(|(_, text)| *text == binding.text) {
            Some((known, _)) => *known += &format!(", {keys}"),
            None => rows.push((keys, binding.text)),
        }
    }
    rows
}

fn section(ui: &mut Ui, group: Group) {
    let p = theme::palette(ui);
    ui.label(RichText::new(group.title()).strong().color(p.accent));
    Grid::new(group.title()).num_columns(2).spacing([14.0, 4.0]).min_col_width(110.0).show(ui, |ui| {
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
        for binding in BINDINGS {
            let keys = keymap::text(&binding.shortcut);
            assert!(all.iter().any(|k| k.split(", ").any(|k| k == keys)), "{keys}");
        }
        assert_eq!(rows(Group::Outline).iter().filter(|(_, text)| *text == "Redo").count(), 1);
    }
}

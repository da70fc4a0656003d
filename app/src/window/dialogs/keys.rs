//! Choosing other keys: every action with its keys; one press records a new one.

use egui::{Grid, Key, KeyboardShortcut, RichText, Ui};

use super::{dialog, foot, middle, note, sideways};
use crate::window::app::LimnApp;
use crate::window::command::Command;
use crate::window::icons::{self, Icon};
use crate::window::keymap::{ACTIONS, Action, Group};
use crate::window::keys::{self, Own};
use crate::window::lang::{self, t, tf};
use crate::window::settings::Settings;
use crate::window::theme::{self, space};

/// Fields of the dialog.
#[derive(Debug, Default)]
pub struct Form {
    /// The action that waits for its key.
    recording: Option<&'static str>,
    /// A key that another action has: who wants it, and the key.
    contested: Option<(&'static str, KeyboardShortcut)>,
}

/// Draws the dialog.
pub fn show(ctx: &egui::Context, app: &LimnApp, form: &mut Form, out: &mut Vec<Command>) {
    let mut own = app.settings.keys.clone();
    record(ctx, form, &mut own);
    let recording = form.recording.is_some();
    let mut asked = Vec::new();
    dialog(ctx, "keys", t(lang::KEYS_TITLE), 780.0, &mut asked, |ui, out| {
        note(ui, t(lang::KEYS_NOTE));
        contest(ui, form, &mut own);
        middle(ui, 60.0, |ui| {
            for group in Group::ALL {
                ui.add_space(space::S);
                ui.label(RichText::new(t(group.title())).strong().color(theme::palette(ui).accent));
                sideways(ui, t(group.title()), |ui| {
                    Grid::new(group).num_columns(2).spacing([14.0, 2.0]).min_col_width(280.0).show(ui, |ui| {
                        for action in ACTIONS.iter().filter(|a| a.group == group) {
                            ui.label(t(action.text));
                            row(ui, action, form, &mut own);
                            ui.end_row();
                        }
                    });
                });
            }
        });
        foot(ui, out, |ui, _| {
            if ui.add_enabled(!own.is_empty(), egui::Button::new(t(lang::KEYS_RESET_ALL))).clicked() {
                own.clear();
            }
        });
    });
    // Esc ends the recording, not the dialog.
    if !recording {
        if asked.contains(&Command::CloseDialog) {
            *form = Form::default();
        }
        out.append(&mut asked);
    }
    if own != app.settings.keys {
        out.push(Command::SetSettings(Box::new(Settings { keys: own, ..app.settings.clone() })));
    }
}

/// Takes the key that is pressed for the action that waits.
fn record(ctx: &egui::Context, form: &mut Form, own: &mut Own) {
    let Some(id) = form.recording else { return };
    let Some(chord) = keys::pressed(ctx) else { return };
    form.recording = None;
    form.contested = None;
    let Some(action) = find(id).filter(|_| chord.logical_key != Key::Escape) else { return };
    match keys::Keys::new(own).owner(&chord) {
        Some(other) if other.id != id => form.contested = Some((id, chord)),
        _ => keys::bind(own, action, chord),
    }
}

fn find(id: &str) -> Option<&'static Action> {
    ACTIONS.iter().find(|a| a.id == id)
}

/// Says who has the key and asks whether to take it.
fn contest(ui: &mut Ui, form: &mut Form, own: &mut Own) {
    let warn = ui.visuals().warn_fg_color;
    let Some((id, chord)) = form.contested else { return };
    let (Some(action), Some(other)) = (find(id), keys::Keys::new(own).owner(&chord)) else { return };
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(tf(lang::KEYS_TAKEN, &[&keys::text(&chord), &t(other.text)])).color(warn));
        if ui.button(tf(lang::KEYS_TAKE, &[&t(action.text)])).clicked() {
            keys::bind(own, action, chord);
            form.contested = None;
        }
        if ui.button(t(lang::KEYS_LEAVE)).clicked() {
            form.contested = None;
        }
    });
}

fn row(ui: &mut Ui, action: &'static Action, form: &mut Form, own: &mut Own) {
    let name = t(action.text);
    ui.horizontal(|ui| {
        let keys_now = keys::Keys::new(own);
        for chord in keys_now.of(action) {
            let text = keys::text(&chord);
            let button = egui::Button::new((RichText::new(&text).strong(), icons::atom(Icon::Cross)));
            let label = tf(lang::KEYS_REMOVE, &[&text, &name]);
            if ui.add(button).accessible_name(&label).on_hover_text(&label).clicked() {
                keys::unbind(own, action, chord);
            }
        }
        if form.recording == Some(action.id) {
            ui.label(RichText::new(t(lang::KEYS_PRESS)).color(theme::palette(ui).accent));
        } else if icons::button(ui, Icon::Plus, &tf(lang::KEYS_ADD, &[&name])).clicked() {
            *form = Form { recording: Some(action.id), ..Form::default() };
        }
        if own.contains_key(action.id) && icons::button(ui, Icon::Undo, &tf(lang::KEYS_RESET, &[&name])).clicked() {
            keys::reset(own, action);
        }
    });
}

//! The settings of the person; each takes effect at once.

use std::path::{Path, PathBuf};

use egui::{Grid, TextEdit};

use super::{dialog, foot, middle, note};
use crate::window::app::{EngineState, LimnApp};
use crate::window::command::Command;
use crate::window::dialog::Dialog;
use crate::window::lang::{self, Language, Text, t, tf};
use crate::window::picker::Ask;
use crate::window::settings::{Settings, ThemeChoice};
use crate::window::theme::space;

/// Fields of the dialog.
#[derive(Debug, Default)]
pub struct Form {
    /// Path of the library while it is typed.
    library: Option<String>,
    /// Names of the models, read when the dialog opens.
    models: Option<Vec<String>>,
}

impl Form {
    /// A library was chosen.
    pub fn set_library(&mut self, path: &Path) {
        self.library = Some(path.display().to_string());
    }

    fn models(&mut self) -> &[String] {
        self.models.get_or_insert_with(|| {
            let dirs = crate::engine::user_model_dirs();
            match limn_models::Registry::load(&dirs) {
                Ok(registry) => registry.cards().iter().map(|c| c.name.clone()).collect(),
                Err(error) => {
                    tracing::warn!("{error}");
                    Vec::new()
                }
            }
        })
    }
}

const BACKENDS: [(&str, Text); 4] = [
    ("auto", lang::ENGINE_AUTO),
    ("wgpu", lang::ENGINE_GPU),
    ("ort", lang::ENGINE_ORT),
    ("reference", lang::ENGINE_REFERENCE),
];

/// Draws the dialog.
pub fn show(ctx: &egui::Context, app: &LimnApp, form: &mut Form, out: &mut Vec<Command>) {
    let before = app.settings.clone();
    let mut s: Settings = before.clone();
    dialog(ctx, "settings", t(lang::SETTINGS), 480.0, out, |ui, out| {
        middle(ui, 30.0, |ui| {
            Grid::new("settings").num_columns(2).spacing([18.0, 10.0]).min_col_width(120.0).show(ui, |ui| {
                ui.label(t(lang::LANGUAGE));
                ui.horizontal(|ui| {
                    for (value, name) in Language::ALL {
                        ui.selectable_value(&mut s.language, value, name);
                    }
                });
                ui.end_row();

                ui.label(t(lang::THEME));
                ui.horizontal(|ui| {
                    for (value, text) in [
                        (ThemeChoice::System, lang::THEME_SYSTEM),
                        (ThemeChoice::Dark, lang::THEME_DARK),
                        (ThemeChoice::Light, lang::THEME_LIGHT),
                    ] {
                        ui.selectable_value(&mut s.theme, value, t(text));
                    }
                });
                ui.end_row();

                ui.label(t(lang::TEXT_SIZE));
                ui.horizontal(|ui| {
                    for (value, text) in [
                        (0.9, lang::SIZE_SMALL),
                        (1.0, lang::SIZE_NORMAL),
                        (1.2, lang::SIZE_LARGE),
                        (1.5, lang::SIZE_LARGER),
                    ] {
                        ui.selectable_value(&mut s.scale, value, t(text));
                    }
                });
                ui.end_row();

                ui.label(t(lang::HINTS));
                ui.checkbox(&mut s.key_hints, t(lang::SHOW_HINTS));
                ui.end_row();

                ui.label(t(lang::KEYS));
                if ui.button(t(lang::KEYS_TITLE)).clicked() {
                    out.push(Command::OpenDialog(Dialog::Keys));
                }
                ui.end_row();

                ui.label(t(lang::ENGINE));
                let text =
                    BACKENDS.iter().find(|(b, _)| *b == s.backend).map_or(s.backend.as_str(), |(_, text)| t(*text));
                let combo =
                    egui::ComboBox::from_id_salt("backend").selected_text(text).width(200.0).show_ui(ui, |ui| {
                        for (value, text) in BACKENDS {
                            if ui.selectable_label(s.backend == value, t(text)).clicked() {
                                s.backend = value.to_owned();
                            }
                        }
                    });
                combo.response.accessible_name(t(lang::ENGINE));
                ui.end_row();

                ui.label(t(lang::MODEL));
                let models = form.models();
                let shown =
                    s.model.clone().or_else(|| models.first().cloned()).unwrap_or_else(|| t(lang::MODEL_NONE).into());
                let combo = egui::ComboBox::from_id_salt("model").selected_text(shown).width(200.0).show_ui(ui, |ui| {
                    for model in models {
                        if ui.selectable_label(s.model.as_ref() == Some(model), model).clicked() {
                            s.model = Some(model.clone());
                        }
                    }
                });
                combo.response.accessible_name(t(lang::MODEL));
                ui.end_row();

                let label = ui.label(t(lang::ENGINE_ORT));
                ui.horizontal(|ui| {
                    let kept = s.ort_library.as_ref().map_or_else(String::new, |p| p.display().to_string());
                    let from_dialog = form.library.as_ref().is_some_and(|_| !ui.ctx().egui_wants_keyboard_input());
                    let text = form.library.get_or_insert(kept);
                    let field = TextEdit::singleline(text).hint_text(t(lang::FOUND_BY_ITSELF)).desired_width(200.0);
                    let field = ui.add(field).labelled_by(label.id);
                    if field.lost_focus() || (from_dialog && !field.has_focus()) {
                        let path = text.trim();
                        s.ort_library = (!path.is_empty()).then(|| PathBuf::from(path));
                        form.library = None;
                    }
                    if ui.button(t(lang::CHOOSE)).clicked() {
                        out.push(Command::Ask(Ask::OrtLibrary));
                    }
                });
                ui.end_row();
            });
        });
        ui.add_space(space::S);
        match app.engine() {
            EngineState::Ready(info) => {
                note(ui, &tf(lang::ENGINE_IN_USE, &[&info.backend, &info.device, &info.reason]))
            }
            EngineState::Starting => note(ui, t(lang::ENGINE_IS_STARTING)),
            EngineState::Failed => note(ui, t(lang::ENGINE_NOT_RUNNING)),
        }
        if foot(ui, out, |_, _| ()) {
            form.models = None;
            form.library = None;
        }
    });
    if s != before {
        out.push(Command::SetSettings(Box::new(s)));
    }
}

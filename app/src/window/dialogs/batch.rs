//! Running a model over many objects.

use std::collections::BTreeSet;

use egui::{ComboBox, Slider};
use limn_datasets::{ClassId, ImageId, ImageState, Object};

use super::{buttons, dialog, middle, note};
use crate::rerun::{Options, Source};
use crate::window::app::{EngineState, LimnApp};
use crate::window::command::Command;
use crate::window::lang::{self, Text, counted, t, tf};
use crate::window::theme::space;

/// Which objects are run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Scope {
    #[default]
    All,
    /// Of pictures that are open.
    Open,
    /// Of the pictures that the filter lets through.
    Filtered,
    /// Of the picture in sight.
    Picture,
    /// Those that are selected.
    Selected,
    /// Those of one class.
    Class,
}

const SCOPES: [(Scope, Text); 6] = [
    (Scope::All, lang::SCOPE_ALL),
    (Scope::Open, lang::SCOPE_OPEN),
    (Scope::Filtered, lang::SCOPE_FILTERED),
    (Scope::Picture, lang::SCOPE_PICTURE),
    (Scope::Selected, lang::SCOPE_SELECTED),
    (Scope::Class, lang::SCOPE_CLASS),
];

/// Fields of the dialog; they stay for the next time.
#[derive(Debug)]
pub struct Form {
    source: Source,
    limit: f32,
    apply: bool,
    again: bool,
    scope: Scope,
    class: Option<ClassId>,
}

impl Default for Form {
    fn default() -> Self {
        let (source, scope) = (Source::Clicks, Scope::All);
        Self { source, limit: 0.9, apply: false, again: false, scope, class: None }
    }
}

/// Draws the dialog; `shown` are the pictures that pass the filter.
pub fn show(ctx: &egui::Context, app: &LimnApp, form: &mut Form, shown: &[ImageId], out: &mut Vec<Command>) {
    let document = app.document();
    // Of objects that were made elsewhere only the mask is known.
    let clicked = document.objects().any(|object| !object.clicks.is_empty());
    if form.source == Source::Clicks && !clicked {
        form.source = Source::Masks;
    }
    form.class = form.class.filter(|id| document.class(*id).is_some()).or(app.selection.class);
    let shown: BTreeSet<ImageId> = shown.iter().copied().collect();
    let selected: BTreeSet<_> = app.selection().into_iter().collect();
    let wanted = |object: &&Object| match form.scope {
        Scope::All => true,
        Scope::Open => document.image(object.image).is_some_and(|i| i.state == ImageState::Open),
        Scope::Filtered => shown.contains(&object.image),
        Scope::Picture => Some(object.image) == app.shown.current,
        Scope::Selected => selected.contains(&object.id),
        Scope::Class => Some(object.class) == form.class,
    };
    let objects: Vec<&Object> = document.objects().filter(wanted).collect();
    let EngineState::Ready(info) = &app.engine.state else {
        return dialog(ctx, "batch", t(lang::BATCH), 470.0, out, |ui, out| {
            note(ui, t(lang::ENGINE_NOT_RUNNING));
            buttons(ui, t(lang::BATCH_START), false, out);
        });
    };
    let run = format!("{}/{}", form.source, info.model);
    let before = objects.iter().filter(|o| o.rerun.as_ref().is_some_and(|r| r.run == run)).count();
    dialog(ctx, "batch", t(lang::BATCH), 500.0, out, |ui, out| {
        middle(ui, 0.0, |ui| {
            note(ui, t(lang::BATCH_NOTE));
            ui.add_space(space::M);
            ui.label(t(lang::BATCH_FROM));
            for (source, text) in [
                (Source::Clicks, lang::BATCH_CLICKS),
                (Source::Boxes, lang::BATCH_BOXES),
                (Source::Masks, lang::BATCH_MASKS),
            ] {
                let can = source != Source::Clicks || clicked;
                let radio = ui.add_enabled(can, egui::RadioButton::new(form.source == source, t(text)));
                if radio.on_disabled_hover_text(t(lang::BATCH_NO_CLICKS)).clicked() {
                    form.source = source;
                }
            }
            ui.add_space(space::M);
            scope(ui, app, form);
            note(ui, &counted(objects.len(), lang::OBJECT_ONE, lang::OBJECT_MANY));
            ui.horizontal(|ui| {
                let label = ui.label(t(lang::BATCH_LIMIT));
                ui.add(Slider::new(&mut form.limit, 0.0..=1.0).fixed_decimals(2)).labelled_by(label.id);
            });
            if before > 0 {
                ui.checkbox(&mut form.again, tf(lang::BATCH_AGAIN, &[&before]));
            }
            ui.checkbox(&mut form.apply, t(lang::BATCH_APPLY));
            earlier(ui, app, out);
        });
        // Where all were run before, running again is what is meant.
        let again = form.again || before == objects.len();
        if buttons(ui, t(lang::BATCH_START), !objects.is_empty(), out) {
            let all = objects.len() == document.object_count();
            out.push(Command::Rerun(Options {
                source: form.source,
                model: info.model.clone(),
                objects: (!all).then(|| objects.iter().map(|object| object.id).collect()),
                again,
                limit: form.limit,
                apply: form.apply,
                ..Options::default()
            }));
        }
    });
}

fn scope(ui: &mut egui::Ui, app: &LimnApp, form: &mut Form) {
    ui.horizontal_wrapped(|ui| {
        let label = ui.label(t(lang::SCOPE));
        let now = SCOPES.iter().find(|(scope, _)| *scope == form.scope).map_or("", |(_, text)| t(*text));
        let combo = ComboBox::from_id_salt("scope").width(220.0).selected_text(now).show_ui(ui, |ui| {
            for (scope, text) in SCOPES {
                ui.selectable_value(&mut form.scope, scope, t(text));
            }
        });
        combo.response.labelled_by(label.id);
        if form.scope == Scope::Class {
            let name = form.class.and_then(|id| app.document().class(id)).map_or("", |c| c.name.as_str());
            let combo = ComboBox::from_id_salt("class of scope").truncate().selected_text(name).show_ui(ui, |ui| {
                for class in app.document().classes() {
                    ui.selectable_value(&mut form.class, Some(class.id), &class.name);
                }
            });
            combo.response.accessible_name(t(lang::SCOPE_CLASS));
        }
    });
}

/// What earlier runs left.
fn earlier(ui: &mut egui::Ui, app: &LimnApp, out: &mut Vec<Command>) {
    let waiting = app.proposals();
    if waiting > 0 {
        ui.add_space(space::S);
        ui.horizontal(|ui| {
            ui.label(tf(lang::BATCH_WAITING, &[&waiting]));
            if ui.button(t(lang::BATCH_REVIEW)).clicked() {
                out.extend([Command::CloseDialog, Command::NextProposal]);
            }
        });
    }
    let here = app.project().map(limn_datasets::Project::history_position);
    if let Some((from, _)) = app.last_run.steps.filter(|(from, to)| from < to && Some(*to) == here) {
        ui.add_space(space::S);
        if ui.button(t(lang::BATCH_TAKE_BACK)).clicked() {
            out.extend([Command::CloseDialog, Command::GoTo(from)]);
        }
    }
    if !app.last_run.log.is_empty() {
        ui.add_space(space::S);
        egui::CollapsingHeader::new(t(lang::BATCH_LAST_LOG))
            .id_salt("log")
            .show(ui, |ui| super::progress::log(ui, &app.last_run.log, 160.0));
    }
}

//! Running a model over many objects.

use std::collections::BTreeSet;

use egui::Slider;
use limn_datasets::ImageId;

use super::{buttons, dialog, note};
use crate::rerun::{Options, Source};
use crate::window::app::{EngineState, LimnApp};
use crate::window::command::Command;
use crate::window::lang::{self, t, tf};
use crate::window::theme::space;

/// Fields of the dialog.
#[derive(Debug)]
pub struct Form {
    source: Source,
    limit: f32,
    apply: bool,
    only_shown: bool,
}

impl Default for Form {
    fn default() -> Self {
        Self { source: Source::Clicks, limit: 0.9, apply: false, only_shown: false }
    }
}

/// Draws the dialog; `shown` are the pictures that pass the filter.
pub fn show(ctx: &egui::Context, app: &LimnApp, form: &mut Form, shown: &[ImageId], out: &mut Vec<Command>) {
    // Of objects that were made elsewhere only the mask is known.
    let clicked = app.document().objects().any(|object| !object.clicks.is_empty());
    if form.source == Source::Clicks && !clicked {
        form.source = Source::Masks;
    }
    dialog(ctx, "batch", t(lang::BATCH), 470.0, out, |ui, out| {
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
        ui.horizontal(|ui| {
            let label = ui.label(t(lang::BATCH_LIMIT));
            ui.add(Slider::new(&mut form.limit, 0.0..=1.0).fixed_decimals(2)).labelled_by(label.id);
        });
        if shown.len() < app.document().image_count() {
            ui.checkbox(&mut form.only_shown, tf(lang::BATCH_ONLY_SHOWN, &[&shown.len()]));
        }
        ui.checkbox(&mut form.apply, t(lang::BATCH_APPLY));
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
        if let Some((from, _)) = app.rerun_steps.filter(|(from, to)| from < to && Some(*to) == here) {
            ui.add_space(space::S);
            if ui.button(t(lang::BATCH_TAKE_BACK)).clicked() {
                out.extend([Command::CloseDialog, Command::GoTo(from)]);
            }
        }
        if !app.rerun_log.is_empty() {
            ui.add_space(space::S);
            egui::CollapsingHeader::new(t(lang::BATCH_LAST_LOG))
                .id_salt("log")
                .show(ui, |ui| super::progress::log(ui, &app.rerun_log, 160.0));
        }
        let EngineState::Ready(info) = &app.engine else { return };
        if buttons(ui, t(lang::BATCH_START), app.document().object_count() > 0, out) {
            let images = form.only_shown.then(|| shown.iter().copied().collect::<BTreeSet<_>>());
            out.push(Command::Rerun(Options {
                source: form.source,
                model: info.model.clone(),
                images: images.filter(|i| i.len() < app.document().image_count()),
                limit: form.limit,
                apply: form.apply,
                ..Options::default()
            }));
        }
    });
}

//! The line at the bottom: what answers the clicks, how fast, where the pointer is.

use std::time::SystemTime;

use egui::{Align, Layout, RichText, Ui};
use limn_datasets::media::SampleType;

use super::Local;
use crate::window::app::{EngineState, LimnApp};
use crate::window::command::Command;
use crate::window::keymap::hint;
use crate::window::lang::{self, counted, t, tf};
use crate::window::picture::{Picture, notes};
use crate::window::theme::{self, size};

/// Narrower windows show less.
const NARROW: f32 = 780.0;

/// The time of day here, as "12:03".
fn clock(at: SystemTime) -> Option<String> {
    let zoned = jiff::Timestamp::try_from(at).ok()?.to_zoned(jiff::tz::TimeZone::system());
    Some(zoned.strftime("%H:%M").to_string())
}

/// Draws the line.
pub fn show(ui: &mut Ui, app: &LimnApp, local: &Local, out: &mut Vec<Command>) {
    // The right side comes first: what is left of the line is for the engine, whose name is cut where it does not fit.
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.set_min_height(20.0);
        ui.scope(|ui| figures(ui, app, local));
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| engine(ui, app, out));
    });
}

/// The picture, where the pointer is, how long the last click took, and that all is saved.
fn figures(ui: &mut Ui, app: &LimnApp, local: &Local) {
    let p = theme::palette(ui);
    let text = |s: String| RichText::new(s).size(size::SMALL).color(p.weak);
    let width = ui.ctx().content_rect().width();
    if let Some(project) = app.project().filter(|p| p.is_read_only().is_none()) {
        let saved = project.written_at().and_then(clock);
        let said = match app.unwritten() {
            Some((count, _)) => tf(lang::NOT_SAVED, &[&count]),
            None => saved.map_or(t(lang::ALL_SAVED).to_owned(), |at| tf(lang::SAVED_AT, &[&at])),
        };
        let place = project.path().unwrap_or(project.root()).display();
        let more = app.unwritten().map_or_else(|| tf(lang::SAY_ALL_SAVED, &[&place]), |(_, why)| why.to_owned());
        ui.label(text(said)).on_hover_text(more);
        ui.separator();
    }
    if let Some(picture) = app.shown.picture() {
        let [w, h] = picture.size();
        let mut size = format!("{w} x {h}");
        let (short, mut sentences) = notes(picture);
        sentences.extend(local.layers.tiles.failed().map(str::to_owned));
        if !short.is_empty() {
            size += &format!(", {short}");
        }
        let told = !sentences.is_empty();
        let size = ui.label(if told { text(size).color(p.warn) } else { text(size) });
        if told {
            size.on_hover_text(sentences.join("\n"));
        }
        if let Some(share) = picture.progress() {
            ui.separator();
            ui.label(text(tf(lang::LEVELS_MADE, &[&((100.0 * share) as u32)]))).on_hover_text(t(lang::LEVELS_TIP));
        }
        ui.separator();
        ui.label(text(format!("{:.0} %", 100.0 * app.shown.view.zoom * f64::from(ui.ctx().pixels_per_point()))));
        if let Some([x, y]) = local.pointer_in_image.filter(|_| width >= NARROW)
            && x >= 0.0
            && y >= 0.0
            && let Some(values) = values_at(picture, x as u32, y as u32)
        {
            ui.separator();
            let here = ui.label(text(format!("{}, {}   {values}", x.floor(), y.floor())));
            let world = &picture.info().scene.world;
            if let Some(place) = world.told(f64::from(x), f64::from(y)) {
                ui.separator();
                let crs = world.crs.as_ref().map_or_else(String::new, ToString::to_string);
                ui.label(text(place)).on_hover_text(&crs);
            }
            if let Some(names) = &picture.info().scene.band_names {
                here.on_hover_text(names.join(", "));
            }
        }
    }
    if let Some(time) = app.engine.click_time.filter(|_| width >= NARROW) {
        ui.separator();
        ui.label(text(tf(lang::LAST_CLICK_TIME, &[&time.whole_ms.round(), &time.network_ms.round()])));
    }
}

/// More bands than these are told as they are in the file.
const MOST_COLOURS: usize = 3;

/// The samples of a pixel: bytes as red, green and blue, others as the file holds them.
fn values_at(picture: &Picture, x: u32, y: u32) -> Option<String> {
    if picture.info().sample == SampleType::U8 && picture.info().stored_bands() <= MOST_COLOURS {
        let [r, g, b] = picture.pixel(x, y)?;
        return Some(format!("RGB {r} {g} {b}"));
    }
    let values: Vec<String> = picture.values(x, y)?.iter().map(|value| format!("{value}")).collect();
    Some(values.join(" "))
}

/// What answers the clicks, and masks that wait for a decision.
fn engine(ui: &mut Ui, app: &LimnApp, out: &mut Vec<Command>) {
    let p = theme::palette(ui);
    let text = |s: String| RichText::new(s).size(size::SMALL).color(p.weak);
    match &app.engine.state {
        EngineState::Starting => {
            ui.add(egui::Spinner::new().size(12.0));
            ui.label(text(t(lang::ENGINE_STARTING).into()));
        }
        EngineState::Ready(info) => {
            let (dot, _) = ui.allocate_exact_size(egui::vec2(10.0, 10.0), egui::Sense::hover());
            ui.painter().circle_filled(dot.center(), 3.5, p.good);
            ui.label(text(format!("{}  |  {}", info.model, info.backend)));
            let short = info.device.split(" (/").next().unwrap_or(&info.device);
            ui.add(egui::Label::new(text(short.to_owned())).truncate().show_tooltip_when_elided(false))
                .on_hover_text(tf(lang::ENGINE_BECAUSE, &[&info.device, &info.reason]));
        }
        EngineState::Failed => {
            ui.label(RichText::new(t(lang::ENGINE_NONE)).size(size::SMALL).color(p.bad));
            if ui.small_button(t(lang::TRY_AGAIN)).clicked() {
                out.push(Command::RestartEngine);
            }
        }
    }
    let waiting = app.proposals();
    if waiting > 0 {
        ui.separator();
        let label = counted(waiting, lang::STATUS_WAITING_ONE, lang::STATUS_WAITING);
        let button = egui::Button::new(RichText::new(label).size(size::SMALL).color(p.accent)).small();
        if ui.add(button).on_hover_text(hint(t(lang::ACT_PROPOSAL_NEXT), &Command::NextProposal)).clicked() {
            out.push(Command::NextProposal);
        }
    }
}

//! The page without a project: what to do first.

use egui::{Align, Button, Layout, RichText, Ui, vec2};

use crate::window::app::LimnApp;
use crate::window::command::Command;
use crate::window::icons::{self, Icon};
use crate::window::keymap::hint;
use crate::window::lang::{self, t};
use crate::window::theme::{self, size, space};

/// The sample pictures, where they lie beside the program or in its source folder.
fn samples() -> Option<std::path::PathBuf> {
    let program = std::env::current_exe().ok()?;
    let near = program.ancestors().skip(1).take(4);
    near.flat_map(|folder| [folder.join("samples"), folder.join("assets/samples")]).find(|folder| folder.is_dir())
}

/// Draws the page.
pub fn show(ui: &mut Ui, app: &LimnApp, out: &mut Vec<Command>) {
    let width = 460.0_f32.min(ui.available_width() - 2.0 * space::L);
    let height = 430.0 + 26.0 * app.settings.recent.len().min(5) as f32;
    let top = ((ui.available_height() - height) / 2.0).max(space::L);
    egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| page(ui, app, [top, width], out));
}

fn page(ui: &mut Ui, app: &LimnApp, [top, width]: [f32; 2], out: &mut Vec<Command>) {
    let p = theme::palette(ui);
    ui.add_space(top);
    ui.vertical_centered(|ui| {
        ui.set_max_width(width);
        ui.label(RichText::new("Limn").size(size::DISPLAY).strong().color(p.accent));
        ui.label(RichText::new(t(lang::SUBTITLE)).size(15.0).color(p.weak));
        ui.add_space(space::XL);
        let main = Button::new((
            icons::colored_atom(Icon::Folder, p.on_accent),
            RichText::new(t(lang::OPEN_A_FOLDER)).color(p.on_accent).size(15.0),
        ))
        .fill(p.accent)
        .min_size(vec2(280.0, 40.0));
        if ui.add(main).on_hover_text(hint(t(lang::ACT_OPEN_FOLDER), &Command::AskOpenFolder)).clicked() {
            out.push(Command::AskOpenFolder);
        }
        ui.add_space(space::XS);
        for (icon, text, command) in [
            (Icon::Picture, t(lang::ACT_OPEN_PICTURE), Command::AskOpenPicture),
            (Icon::Project, t(lang::ACT_OPEN_PROJECT), Command::AskOpenProject),
        ] {
            let button = Button::new((icons::atom(icon), text)).min_size(vec2(280.0, 32.0));
            if ui.add(button).clicked() {
                out.push(command);
            }
        }
        if let Some(samples) = samples() {
            let text = t(lang::TRY_SAMPLES);
            let button = Button::new((icons::atom(Icon::Target), text)).min_size(vec2(280.0, 32.0));
            if ui.add(button).clicked() {
                out.push(Command::Open(samples));
            }
        }
        ui.add_space(space::M);
        ui.label(RichText::new(t(lang::OR_DROP)).color(p.weak));
        ui.label(RichText::new(t(lang::WHAT_IS_KEPT)).color(p.weak).size(size::SMALL));
        ui.add_space(space::L);
        if app.settings.recent.is_empty() {
            for line in [t(lang::FIRST_CLICKS), t(lang::FIRST_KEYS)] {
                ui.label(RichText::new(line).color(p.weak).size(size::SMALL));
            }
        } else {
            ui.label(RichText::new(t(lang::RECENT)).strong().size(size::SMALL).color(p.weak));
            for place in app.settings.recent.iter().take(5) {
                let name =
                    place.file_stem().map_or_else(|| place.display().to_string(), |n| n.to_string_lossy().into_owned());
                ui.with_layout(Layout::top_down(Align::Center), |ui| {
                    let button = Button::new(RichText::new(name).color(p.text)).frame_when_inactive(false);
                    if ui.add(button).on_hover_text(place.display().to_string()).clicked() {
                        out.push(Command::Open(place.clone()));
                    }
                });
            }
        }
    });
}

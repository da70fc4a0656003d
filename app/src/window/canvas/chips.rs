//! What must not be overlooked, at the head of the canvas: hidden masks, a file that is gone, or that holds more or less than
//! what is seen.

use egui::{Area, Frame, Id, Margin, Order, Rect, RichText, Ui};

use crate::window::app::LimnApp;
use crate::window::command::Command;
use crate::window::keymap::keys_of;
use crate::window::lang::{self, t};
use crate::window::picker::Ask;
use crate::window::theme::{self, space};

/// Draws them.
pub fn show(ui: &Ui, app: &LimnApp, canvas: Rect, out: &mut Vec<Command>) {
    let gone = app.shown.current.and_then(|id| app.document().image(id)).filter(|image| image.missing);
    let told = app.shown.picture().map_or(&[][..], |picture| &picture.info().source.notes);
    if app.selection.masks_shown && gone.is_none() && told.is_empty() {
        return;
    }
    let p = theme::palette(ui);
    let area = Area::new(Id::unique("chips")).order(Order::Middle).constrain_to(canvas.shrink(4.0));
    area.fixed_pos(canvas.min + egui::vec2(space::M, space::M)).show(ui.ctx(), |ui| {
        let frame = Frame::popup(ui.style()).fill(p.panel).corner_radius(9).inner_margin(Margin::symmetric(10, 4));
        if !app.selection.masks_shown {
            frame.show(ui, |ui| {
                ui.horizontal(|ui| {
                    ui.label(RichText::new(t(lang::MASKS_HIDDEN)).color(p.warn));
                    let key = keys_of(&Command::ToggleMasks);
                    if ui.small_button(t(lang::SHOW_MASKS)).on_hover_text(key).clicked() {
                        out.push(Command::ToggleMasks);
                    }
                });
            });
        }
        for note in told {
            frame.show(ui, |ui| {
                ui.set_max_width((canvas.width() - 60.0).clamp(120.0, 380.0));
                ui.add(
                    egui::Label::new(RichText::new(lang::said_again(note)).size(theme::size::SMALL).color(p.warn))
                        .wrap(),
                );
            });
        }
        if let Some(image) = gone {
            frame.show(ui, |ui| {
                ui.horizontal(|ui| {
                    ui.label(RichText::new(t(lang::FILE_IS_GONE)).color(p.warn));
                    if ui.small_button(t(lang::RELINK)).clicked() {
                        out.push(Command::Ask(Ask::Relink));
                    }
                    if ui.small_button(t(lang::TAKE_OUT)).clicked() {
                        out.push(Command::TakeOut(image.id));
                    }
                });
            });
        }
    });
}

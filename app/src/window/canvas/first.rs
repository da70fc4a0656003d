//! The card of the first minute: click the thing, Enter, next. It is gone after the first object, and never comes again.

use egui::{Align2, Area, Frame, Id, Margin, Order, Rect, RichText, Ui, pos2};

use crate::window::app::LimnApp;
use crate::window::command::Command;
use crate::window::icons::{self, Icon};
use crate::window::lang::{self, t};
use crate::window::theme::{self, size, space};

/// Narrower canvases have no room for it.
const LEAST: f32 = 480.0;

/// Draws the card.
pub fn card(ui: &Ui, app: &LimnApp, canvas: Rect, out: &mut Vec<Command>) {
    let begun = app.settings.begun || app.document().object_count() > 0;
    if begun || app.shown.picture().is_none() || canvas.width() < LEAST || app.dialog.is_some() {
        return;
    }
    let area = Area::new(Id::unique("first minute")).order(Order::Middle).pivot(Align2::RIGHT_TOP);
    let area = area.fixed_pos(pos2(canvas.max.x - space::M, canvas.min.y + space::M)).constrain_to(canvas.shrink(4.0));
    area.show(ui.ctx(), |ui| {
        let p = theme::palette(ui);
        let frame = Frame::popup(ui.style()).fill(p.panel).corner_radius(9).inner_margin(Margin::symmetric(12, 8));
        frame.show(ui, |ui| {
            ui.set_max_width(290.0);
            ui.horizontal(|ui| {
                ui.label(RichText::new(t(lang::FIRST_TITLE)).strong());
                ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                    if icons::button(ui, Icon::Cross, t(lang::FIRST_CLOSE)).clicked() {
                        out.push(Command::Begun);
                    }
                });
            });
            for (number, text) in [(1, lang::FIRST_CLICK), (2, lang::FIRST_ACCEPT), (3, lang::FIRST_NEXT)] {
                ui.horizontal_wrapped(|ui| {
                    ui.label(RichText::new(number.to_string()).strong().color(p.accent));
                    ui.label(RichText::new(t(text)).size(size::SMALL));
                });
            }
        });
    });
}

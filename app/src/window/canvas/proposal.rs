//! The bar of a new mask that waits for a decision.

use egui::{Align2, Area, Frame, Id, Margin, Order, Rect, RichText, Ui, pos2};

use crate::window::app::LimnApp;
use crate::window::command::Command;
use crate::window::keymap::hint;
use crate::window::lang::{self, t, tf};
use crate::window::theme::{self, space};

/// Draws it for the selected object, if one waits.
pub fn bar(ui: &Ui, app: &LimnApp, canvas: Rect, out: &mut Vec<Command>) {
    let Some((_, rerun)) = app.proposal().filter(|_| app.drawing.draft.is_none()) else { return };
    Area::new(Id::unique("proposal bar"))
        .order(Order::Middle)
        .pivot(Align2::CENTER_BOTTOM)
        .fixed_pos(pos2(canvas.center().x, canvas.max.y - space::L))
        .constrain_to(canvas)
        .show(ui.ctx(), |ui| {
            let p = theme::palette(ui);
            let frame = Frame::popup(ui.style()).fill(p.panel).corner_radius(9).inner_margin(Margin::symmetric(12, 7));
            frame.show(ui, |ui| {
                ui.set_max_width(canvas.width() - 2.0 * space::XL);
                ui.horizontal_wrapped(|ui| {
                    let text = tf(lang::PROPOSAL, &[&format!("{:.2}", rerun.iou)]);
                    ui.label(text).on_hover_text(tf(lang::PROPOSAL_BY, &[&rerun.model]));
                    let decided: usize = app.last_run.judged.iter().sum();
                    let place = tf(lang::PROPOSAL_PLACE, &[&(decided + 1), &(decided + app.proposals())]);
                    ui.label(RichText::new(place).color(p.weak));
                    for (color, text) in [(theme::ADDED, lang::PROPOSAL_ADDED), (theme::TAKEN, lang::PROPOSAL_TAKEN)] {
                        let (dot, _) = ui.allocate_exact_size(egui::vec2(10.0, 10.0), egui::Sense::hover());
                        ui.painter().rect_filled(dot, 2.0, color);
                        ui.label(RichText::new(t(text)).size(theme::size::SMALL).color(p.weak));
                    }
                    let take = RichText::new(t(lang::PROPOSAL_TAKE)).color(p.on_accent);
                    for (button, text, command) in [
                        (egui::Button::new(take).fill(p.accent), lang::PROPOSAL_TAKE, Command::DecideProposal(true)),
                        (
                            egui::Button::new(t(lang::PROPOSAL_KEEP)),
                            lang::PROPOSAL_KEEP,
                            Command::DecideProposal(false),
                        ),
                        (egui::Button::new(t(lang::PROPOSAL_NEXT)), lang::PROPOSAL_NEXT, Command::NextProposal),
                        (egui::Button::new(t(lang::JUDGE_LIST)), lang::JUDGE_LIST, Command::ToggleJudging),
                    ] {
                        if ui.add(button).on_hover_text(hint(t(text), &command)).clicked() {
                            out.push(command);
                        }
                    }
                });
            });
        });
}

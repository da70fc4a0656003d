//! A new mask that waits for a decision: what it would add and take away, and the bar to decide.

use egui::{Align2, Area, Color32, Frame, Id, Margin, Order, Rect, RichText, Ui, pos2};
use limn_datasets::Mask;

use super::overlay::Layer;
use crate::window::app::LimnApp;
use crate::window::command::Command;
use crate::window::keymap::hint;
use crate::window::lang::{self, t, tf};
use crate::window::theme::{self, space};

/// What a new mask would change.
pub struct Change {
    kept: Mask,
    added: Mask,
    taken: Mask,
}

/// The change of the selected object, if a new mask of it waits and nothing else is at hand.
pub fn change(app: &LimnApp) -> Option<Change> {
    let (object, rerun) = app.proposal().filter(|_| app.draft.is_none())?;
    let (old, new) = (&object.mask, rerun.proposal.as_ref()?);
    Some(Change { kept: old.intersect(new), added: new.subtract(old), taken: old.subtract(new) })
}

impl Change {
    /// Green is added, red is taken away; the outlines are those of the pieces.
    pub fn layers(&self, palette: &theme::Palette, ppp: f32) -> [Layer<'_>; 3] {
        let width = (1.5 * ppp).round().clamp(1.0, 12.0) as u8;
        let layer = |mask, color: Color32, fill| Layer { mask, fill: color.gamma_multiply(fill), line: color, width };
        [
            layer(&self.kept, Color32::WHITE, 0.08),
            layer(&self.added, palette.good, 0.55),
            layer(&self.taken, palette.bad, 0.55),
        ]
    }
}

/// Draws it for the selected object, if one waits.
pub fn bar(ui: &Ui, app: &LimnApp, canvas: Rect, out: &mut Vec<Command>) {
    let Some((_, rerun)) = app.proposal().filter(|_| app.draft.is_none()) else { return };
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
                    for (color, text) in [(p.good, lang::PROPOSAL_ADDED), (p.bad, lang::PROPOSAL_TAKEN)] {
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
                    ] {
                        if ui.add(button).on_hover_text(hint(t(text), &command)).clicked() {
                            out.push(command);
                        }
                    }
                });
            });
        });
}

//! The bar of the object at hand: what it is, of which class, its parts and holes; accept, drop.

use egui::{Align2, Area, Button, Color32, Frame, Id, Margin, Order, Rect, RichText, Sense, Ui, pos2, vec2};

use crate::window::app::LimnApp;
use crate::window::command::Command;
use crate::window::draft::Draft;
use crate::window::draft::clean;
use crate::window::draft::edit::MaskEdit;
use crate::window::icons::{self, Icon};
use crate::window::keymap::hint;
use crate::window::lang::{self, counted, t, tf};
use crate::window::panels::Local;
use crate::window::theme::{self, size, space};

/// Below this width of the canvas, in points, the bar has icons only.
const SHORT: f32 = 520.0;

/// Parts and holes of the mask that is shown, counted once for each.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    of: Option<u64>,
    parts: usize,
    holes: usize,
}

impl Counted {
    /// Follows the mask; `revision` changes with it.
    pub fn follow(&mut self, draft: &Draft, revision: u64) {
        if self.of != Some(revision) {
            (self.parts, self.holes) = draft.mask.as_ref().map_or((0, 0), clean::parts_and_holes);
            self.of = Some(revision);
        }
    }
}

/// Draws the bar.
pub fn show(ui: &Ui, app: &LimnApp, local: &mut Local, canvas: Rect, out: &mut Vec<Command>) {
    let Some(draft) = app.drawing.draft.as_ref().filter(|_| app.is_at_hand()) else { return };
    if local.gesture.stroke().is_none() {
        local.counted.follow(draft, app.revision.draft + local.layers.drawn);
    }
    let counts = &local.counted;
    Area::new(Id::unique("draft bar"))
        .order(Order::Middle)
        .pivot(Align2::CENTER_BOTTOM)
        .fixed_pos(pos2(canvas.center().x, canvas.max.y - space::L))
        .constrain_to(canvas.shrink(4.0))
        .show(ui.ctx(), |ui| {
            let p = theme::palette(ui);
            let frame = Frame::popup(ui.style()).fill(p.panel).corner_radius(9).inner_margin(Margin::symmetric(10, 6));
            frame.show(ui, |ui| {
                ui.set_max_width(canvas.width() - 40.0);
                ui.horizontal_wrapped(|ui| contents(ui, app, draft, counts, canvas.width() < SHORT, out));
            });
        });
}

fn contents(ui: &mut Ui, app: &LimnApp, draft: &Draft, counts: &Counted, short: bool, out: &mut Vec<Command>) {
    let p = theme::palette(ui);
    class(ui, app, draft, short, out);
    let weak = |text: String| RichText::new(text).color(p.weak);
    let covered = draft.twice.and_then(|id| app.document().object(id));
    if let Some(other) = covered {
        let iou = draft.mask.as_ref().map_or(0.0, |mask| mask.iou(&other.mask));
        ui.label(RichText::new(tf(lang::COVERS_ANOTHER, &[&format!("{:.0}", 100.0 * iou)])).color(p.warn));
        if ui.button(t(lang::KEEP_BOTH)).on_hover_text(hint(t(lang::ACT_KEEP_BOTH), &Command::KeepBoth)).clicked() {
            out.push(Command::KeepBoth);
        }
    } else if draft.wish.is_some() {
        ui.label(weak(t(lang::ACCEPTED_WHEN_READY).to_owned()));
    } else if !short {
        let parts = [
            draft.correcting.map(|_| t(lang::CORRECTING).to_owned()),
            draft.bounds().map(|_| t(lang::BOX).to_owned()),
            some(draft.clicks().len(), lang::CLICK_ONE, lang::CLICK_MANY),
            some(draft.ring().0.len(), lang::CORNER_ONE, lang::CORNER_MANY),
            draft.mask.as_ref().map(|mask| tf(lang::PIXELS, &[&mask.area()])),
        ];
        ui.label(weak(parts.into_iter().flatten().collect::<Vec<_>>().join(", ")));
    }
    let clean = Command::Edit(MaskEdit::Clean);
    if covered.is_none() && (counts.parts > 1 || counts.holes > 0) {
        let parts = some(counts.parts, lang::PART_ONE, lang::PART_MANY);
        let holes = some(counts.holes, lang::HOLE_ONE, lang::HOLE_MANY);
        let text = [parts, holes].into_iter().flatten().collect::<Vec<_>>().join(", ");
        if !short {
            ui.label(RichText::new(&text).color(if counts.parts > 4 { p.warn } else { p.weak }));
        }
        let label = hint(t(lang::CLEAN), &clean);
        let pressed = if short {
            icons::button(ui, Icon::Wand, &format!("{text}. {label}")).clicked()
        } else {
            ui.button(t(lang::CLEAN_SHORT)).on_hover_text(label).clicked()
        };
        if pressed {
            out.push(clean);
        }
    }
    let accept = t(if covered.is_some() { lang::REPLACE } else { lang::ACCEPT });
    let icon = icons::colored_atom(Icon::Check, p.on_accent);
    let button = if short { Button::new(icon) } else { Button::new((icon, RichText::new(accept).color(p.on_accent))) };
    if ui.add(button.fill(p.accent)).accessible_name(accept).on_hover_text(t(lang::ACCEPT_HINT)).clicked() {
        out.push(Command::Accept { then_next: false });
    }
    let dropped = if short {
        icons::button(ui, Icon::Cross, t(lang::DROP)).clicked()
    } else {
        ui.button(t(lang::DROP)).on_hover_text("Esc").clicked()
    };
    if dropped {
        out.push(Command::DropDraft);
    }
}

/// "3 clicks"; nothing for none.
fn some(count: usize, one: lang::Text, many: lang::Text) -> Option<String> {
    (count > 0).then(|| counted(count, one, many))
}

/// The class, which another one can be chosen for.
fn class(ui: &mut Ui, app: &LimnApp, draft: &Draft, short: bool, out: &mut Vec<Command>) {
    let class = app.class_of_draft(draft);
    let color = theme::class_color(class.map_or(theme::CLASS_COLORS[0], |c| c.color));
    let (dot, _) = ui.allocate_exact_size(vec2(12.0, 12.0), Sense::hover());
    ui.painter().rect(dot, 3.0, color, egui::Stroke::new(1.0, Color32::from_black_alpha(90)), egui::StrokeKind::Inside);
    let name = class.map_or(t(lang::OBJECT_CLASS), |c| c.name.as_str());
    let shown: String = name.chars().take(if short { 8 } else { 28 }).collect();
    let button = Button::new(RichText::new(shown).strong().size(size::BODY)).frame_when_inactive(false);
    let button = ui.add(button).accessible_name(tf(lang::CLASS_AT_HAND, &[&name]));
    if button.on_hover_text(hint(t(lang::PICK_CLASS), &Command::PickClass)).clicked() {
        out.push(Command::PickClass);
    }
}

//! Short messages at the head of the canvas, where no controls lie: each appears once, goes by itself or when dismissed; errors stay longer.

use std::time::{Duration, Instant};

use egui::{Align2, Area, Frame, Id, Margin, Order, RichText, Stroke, Vec2};

use super::command::Command;
use super::icons::{self, Icon};
use super::lang::{self, Text, t, tf};
use super::theme::{self, space};

/// What a toast is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something was done.
    Info,
    /// Something finished well.
    Good,
    /// Something failed; the text says how to mend it.
    Error,
}

#[derive(Clone, Debug)]
struct Toast {
    number: u64,
    kind: Kind,
    text: String,
    /// What can be done about it, with one press.
    act: Option<Text>,
    command: Option<Command>,
    until: Instant,
}

/// The toasts that are shown.
#[derive(Debug, Default)]
pub struct Toasts {
    next: u64,
    list: Vec<Toast>,
}

/// More at once hide the picture; the oldest go first.
const MOST: usize = 5;

impl Toasts {
    /// Shows `text`. The same text again only renews the one that is there.
    pub fn add(&mut self, kind: Kind, text: impl Into<String>) {
        let text = text.into();
        let stays = match kind {
            Kind::Info => Duration::from_secs(4),
            Kind::Good => Duration::from_secs(8),
            Kind::Error => Duration::from_secs(20),
        };
        let until = Instant::now() + stays;
        if kind == Kind::Error {
            tracing::warn!("{text}");
        }
        if let Some(same) = self.list.iter_mut().find(|t| t.text == text && t.kind == kind) {
            same.until = until;
            return;
        }
        self.next += 1;
        self.list.push(Toast { number: self.next, kind, text, act: None, command: None, until });
        if self.list.len() > MOST {
            self.list.remove(0);
        }
    }

    /// Says that something is gone, with a way to bring it back.
    pub fn undoable(&mut self, text: impl Into<String>) {
        self.with_action(Kind::Info, text, lang::UNDO, Command::Undo);
    }

    /// Shows `text` with a button.
    pub fn with_action(&mut self, kind: Kind, text: impl Into<String>, act: Text, command: Command) {
        // An "undo" of an older message would undo something else now.
        self.list.retain(|t| t.command.as_ref() != Some(&command));
        self.add(kind, text);
        if let Some(toast) = self.list.last_mut() {
            (toast.act, toast.command) = (Some(act), Some(command));
            toast.until = Instant::now() + Duration::from_secs(8);
        }
    }

    /// Shows a failure.
    pub fn error(&mut self, error: impl std::fmt::Display) {
        self.add(Kind::Error, error.to_string());
    }

    /// The texts now shown, oldest first.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(|t| t.text.as_str())
    }

    /// Draws the toasts and forgets those whose time is over.
    /// `below`: a dialog is open, whose buttons must not be covered.
    pub fn show(&mut self, ctx: &egui::Context, canvas: egui::Rect, below: bool) -> Option<Command> {
        let mut pressed = None;
        let now = Instant::now();
        self.list.retain(|t| t.until > now);
        if let Some(first) = self.list.iter().map(|t| t.until).min() {
            ctx.request_repaint_after(first.saturating_duration_since(now));
        }
        let mut gone = None;
        let mut top = canvas.min.y + space::M;
        let screen = ctx.content_rect();
        // In a narrow canvas it reaches over the column at the right.
        let width = (canvas.width() - 2.0 * space::L).clamp(280.0, 420.0).min(screen.width() - 40.0);
        let right = (canvas.max.x - space::M).max(canvas.min.x + width + 40.0).min(screen.max.x - space::S);
        for toast in self.list.iter().rev() {
            let shown = Area::new(Id::unique(("toast", toast.number)))
                .order(if below { Order::Middle } else { Order::Tooltip })
                .pivot(Align2::RIGHT_TOP)
                .fixed_pos(egui::pos2(right, top))
                .show(ctx, |ui| {
                    let p = theme::palette(ui);
                    let (icon, color) = match toast.kind {
                        Kind::Info => (Icon::Help, p.accent),
                        Kind::Good => (Icon::Check, p.good),
                        Kind::Error => (Icon::Warning, p.bad),
                    };
                    Frame::popup(ui.style())
                        .fill(p.raised)
                        .stroke(Stroke::new(1.0, color.gamma_multiply(0.6)))
                        .inner_margin(Margin::symmetric(12, 8))
                        .show(ui, |ui| {
                            ui.set_max_width(width);
                            ui.horizontal_top(|ui| {
                                let (rect, _) = ui.allocate_exact_size(Vec2::splat(18.0), egui::Sense::hover());
                                icons::paint(ui.painter(), rect.shrink(1.0), icon, color);
                                ui.scope(|ui| {
                                    ui.set_max_width(width - if toast.act.is_some() { 150.0 } else { 70.0 });
                                    ui.add(egui::Label::new(RichText::new(&toast.text)).wrap());
                                });
                                if let (Some(act), Some(command)) = (toast.act, &toast.command)
                                    && ui
                                        .button(t(act))
                                        .accessible_name(tf(lang::DO_ABOUT, &[&t(act), &toast.text]))
                                        .clicked()
                                {
                                    pressed = Some(command.clone());
                                    gone = Some(toast.number);
                                }
                                if icons::button(ui, Icon::Cross, t(lang::DISMISS)).clicked() {
                                    gone = Some(toast.number);
                                }
                            });
                        });
                });
            top += shown.response.rect.height() + space::XS;
        }
        if let Some(number) = gone {
            self.list.retain(|t| t.number != number);
        }
        pressed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_message_is_shown_once() {
        let mut toasts = Toasts::default();
        toasts.error("disk full");
        toasts.error("disk full");
        toasts.add(Kind::Info, "saved");
        assert_eq!(toasts.texts().collect::<Vec<_>>(), ["disk full", "saved"]);
        for i in 0..20 {
            toasts.add(Kind::Info, format!("{i}"));
        }
        assert_eq!(toasts.texts().count(), MOST);
    }
}

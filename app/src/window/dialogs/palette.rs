//! Every action, found by typing a few of its letters.

use egui::{
    Align, Id, Key, Layout, Modal, Modifiers, RichText, Role, ScrollArea, Sense, TextEdit, Ui, WidgetInfo, vec2,
};

use super::open_frame;
use crate::window::app::LimnApp;
use crate::window::command::Command;
use crate::window::keymap::ACTIONS;
use crate::window::keys;
use crate::window::lang::{self, Language, t, tf};
use crate::window::theme::{self, size, space};

/// Fields of the dialog.
#[derive(Debug, Default)]
pub struct Form {
    text: String,
    at: usize,
}

/// A line of the palette.
struct Entry {
    title: String,
    /// What may be typed besides: the English name while the window speaks another language.
    also: &'static str,
    group: &'static str,
    keys: String,
    command: Command,
}

fn entries(app: &LimnApp) -> Vec<Entry> {
    let now = keys::now();
    let actions = ACTIONS.iter().filter_map(|action| {
        let command = action.gives().filter(|c| !matches!(c, Command::OpenPalette | Command::ClassDigit(_)))?;
        Some(Entry {
            title: t(action.text).to_owned(),
            also: action.text.of(Language::English),
            group: t(action.group.title()),
            keys: now.text_of(action),
            command,
        })
    });
    let classes = app.document().classes().iter().map(|class| Entry {
        title: tf(lang::CLASS_NAMED, &[&class.name]),
        also: "",
        group: t(lang::CLASSES),
        keys: String::new(),
        command: Command::ChooseClass(class.id),
    });
    let templates = app.clipboard.templates.list.iter().map(|(name, _)| Entry {
        title: tf(lang::TEMPLATES_INSERT_NAMED, &[name]),
        also: "",
        group: t(lang::TEMPLATES_TITLE),
        keys: String::new(),
        command: Command::InsertTemplate(name.clone()),
    });
    actions.chain(classes).chain(templates).collect()
}

/// Draws the dialog.
pub fn show(ctx: &egui::Context, app: &LimnApp, form: &mut Form, out: &mut Vec<Command>) {
    let mut found: Vec<(i32, Entry)> = entries(app)
        .into_iter()
        .filter_map(|e| Some((score(&form.text, &e.title).max(score(&form.text, e.also))?, e)))
        .collect();
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    // Taken before the text field sees them.
    let pressed = |key| ctx.input_mut(|i| i.consume_key(Modifiers::NONE, key));
    let (up, down, enter) = (pressed(Key::ArrowUp), pressed(Key::ArrowDown), pressed(Key::Enter));
    form.at = form.at.min(found.len().saturating_sub(1));
    if down && form.at + 1 < found.len() {
        form.at += 1;
    } else if up {
        form.at = form.at.saturating_sub(1);
    }
    let mut run = enter.then_some(form.at);
    let left = open_frame(ctx, Modal::new(Id::unique("palette")), t(lang::PALETTE_TITLE), 520.0, out, |ui, _| {
        let field = TextEdit::singleline(&mut form.text).hint_text(t(lang::PALETTE_HINT)).desired_width(f32::INFINITY);
        let field = ui.add(field).accessible_name(t(lang::PALETTE_HINT));
        if !field.has_focus() {
            field.request_focus();
        }
        if field.changed() {
            form.at = 0;
        }
        ui.add_space(space::S);
        if found.is_empty() {
            ui.label(RichText::new(t(lang::NOTHING_FOUND)).color(theme::palette(ui).weak));
        }
        ui.spacing_mut().item_spacing.y = 1.0;
        let height = (ui.ctx().content_rect().height() - 180.0).clamp(120.0, 380.0);
        ScrollArea::vertical().max_height(height).min_scrolled_height(height).auto_shrink(false).show(ui, |ui| {
            for (i, (_, entry)) in found.iter().enumerate() {
                if row(ui, entry, i == form.at, up || down) {
                    run = Some(i);
                }
            }
        });
    });
    if left.escaped || left.beside {
        out.push(Command::CloseDialog);
    }
    if let Some((_, entry)) = run.and_then(|at| found.into_iter().nth(at)) {
        out.push(Command::CloseDialog);
        out.push(entry.command);
    }
}

/// One action; true when it was clicked.
fn row(ui: &mut Ui, entry: &Entry, chosen: bool, moved: bool) -> bool {
    let p = theme::palette(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), space::ROW), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, chosen, &entry.title));
    if chosen && moved {
        response.scroll_to_me(None);
    }
    if !ui.is_rect_visible(rect) {
        return false;
    }
    if chosen || response.hovered() {
        ui.painter().rect_filled(rect, 5.0, if chosen { p.selected } else { p.hover });
    }
    let mut inner = ui.new_child(
        egui::UiBuilder::new().max_rect(rect.shrink2(vec2(8.0, 0.0))).layout(Layout::left_to_right(Align::Center)),
    );
    inner.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.label(RichText::new(&entry.keys).color(p.weak).size(size::SMALL));
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let font = egui::FontId::proportional(size::BODY);
            let whole = ui.painter().layout_no_wrap(entry.title.clone(), font, p.text).size().x;
            ui.add(egui::Label::new(RichText::new(&entry.title).color(p.text)).truncate());
            // The group only where it has room.
            if whole + 110.0 < rect.width() - 120.0 {
                ui.label(RichText::new(entry.group).color(p.weak).size(size::SMALL));
            }
        });
    });
    response.clicked()
}

/// How well the typed letters fit: all must occur in order; letters at the beginning of words and in one piece count
/// more. `None` where they do not occur; without letters everything fits alike.
pub(super) fn score(typed: &str, text: &str) -> Option<i32> {
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let mut score = 0;
    let mut at = 0;
    for wanted in typed.to_lowercase().chars().filter(|c| !c.is_whitespace()) {
        let begins = |i: usize| i == 0 || !text[i - 1].is_alphanumeric();
        let next = (at < text.len() && text[at] == wanted).then_some(at);
        // Going on where the last letter was is best, then the beginning of a word, then anywhere.
        let word = || (at..text.len()).find(|&i| text[i] == wanted && begins(i));
        let anywhere = || (at..text.len()).find(|&i| text[i] == wanted);
        let found = next.filter(|_| at > 0).or_else(word).or_else(anywhere)?;
        score += if found == at { 3 } else { 0 } + if begins(found) { 3 } else { 0 };
        at = found + 1;
    }
    Some(score)
}

#[cfg(test)]
mod tests {
    use super::score;

    #[test]
    fn letters_in_order_are_found_and_the_better_fit_wins() {
        assert!(score("np", "Next picture") > score("np", "Open a project"));
        assert!(score("undo", "Undo: clicks first") > score("undo", "Redo under Options"));
        assert_eq!(score("xyz", "Next picture"), None);
        assert_eq!(score("", "anything"), Some(0));
        assert!(score("掩膜", "隐藏 / 显示所有掩膜").is_some());
    }
}
